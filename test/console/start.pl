#!/usr/bin/env perl
# What "make console" does: a private PostgreSQL with the portal, the page at an address that is told, and nothing left when it is
# interrupted. Prints TAP.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../docs/lib";
use Document;
use File::Temp qw(tempdir);
use HTTP::Tiny;
use POSIX qw(setsid);
use Test::More;

my $make = Document::content('GNUmakefile');
like($make, qr/^console: built-console\n\t\@echo 'Starting a private PostgreSQL.*\n\t\+\@PORT=.* test\/server run examples\/console\/run\n/m,
	'make console says what it does, and runs it');
SKIP:
{
	my $missing = (grep { system("command -v $_ >/dev/null 2>&1") != 0 } qw(node npm openssl))[0];
	skip "the console, start: $missing is not installed", 1 if $missing;
	my $folder = tempdir(DIR => '/var/tmp', CLEANUP => 1);
	chmod 0755, $folder;
	my $pid = open my $told, '-|';
	defined $pid or die "fork: $!\n";
	if (!$pid)
	{
		setsid();
		$SIG{INT} = 'DEFAULT';      # jobs in the background of a shell ignore it, and so would what is started here
		open STDERR, '>&', \*STDOUT;
		$ENV{PORT} = 0;
		$ENV{KROLES_TMP} = $folder;
		exec 'test/server', 'run', 'examples/console/run';
	}
	my ($address, @lines);
	eval {
		local $SIG{ALRM} = sub { die "nothing in two minutes\n" };
		alarm 120;
		while (my $line = <$told>)
		{
			push @lines, $line;
			last if ($address) = $line =~ m{^(http://127\.0\.0\.1:\d+/)$};
		}
		alarm 0;
	};
	if (!$address && "@lines" =~ /npm cannot fetch its package \((.*)\)/)
	{
		skip "the console, start: npm cannot fetch its package ($1)", 1;
	}
	is(scalar(my @servers = glob "$folder/kroles.*/data"), 1, 'it has a PostgreSQL of its own');
	ok($address, 'it tells the address') or diag @lines, $@;
	my $page = HTTP::Tiny->new->get($address // 'http://127.0.0.1:1/');
	is($page->{status}, 200, 'the page is there');
	like($page->{content}, qr/<title>kroles console</, 'and is the console');
	my $door = HTTP::Tiny->new->get(($address // 'http://127.0.0.1:1/') . 'api/read/me');
	like($door->{content}, qr/"me":\{"rows":\[\]/, 'its server reaches the database, where nobody is signed in yet');

	kill INT => -$pid;
	waitpid $pid, 0;
	is($? >> 8, 130, 'Ctrl-C ends it');
	is(HTTP::Tiny->new(timeout => 2)->get($address // 'http://127.0.0.1:1/')->{status}, 599, 'and the page with it');
	my @left = grep { /server\.mjs/ } `ps -o args= -s $pid`;
	is_deeply(\@left, [], 'no process of it is left');
	is_deeply([ glob "$folder/*" ], [], 'nor anything of its PostgreSQL');
}
done_testing();
