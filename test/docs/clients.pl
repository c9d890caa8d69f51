#!/usr/bin/env perl
# The clients of examples/clients: what doc/clients.md shows of psql, of keys and of sessions without tokens is what examples/clients/run
# prints there; and each client that checks itself is run, or skipped by name where what it needs is not here. It has a server of
# its own. Prints TAP.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Document;
use Test::More;

plan skip_all => 'node is not installed' if system('node --version >/dev/null 2>&1') != 0;

my %sections = map { $_ => 1 } 'Changing keys, and ending sessions', 'psql', 'Gateways', 'Login roles';
my $told = `test/server run examples/clients/run keys psql without-tokens 2>&1` =~ s/[ \t]+$//mgr;
is($?, 0, 'the examples run') or diag $told;

my @lines = split /\n/, Document::content('doc/clients.md');
my $shown = 0;
for my $block (grep { $_->{language} eq '' } Document::blocks('doc/clients.md'))
{
	my ($section) = map { /^#+ (.*)/ ? $1 : () } reverse @lines[0 .. $block->{line} - 1];
	next unless $sections{$section};
	$shown++;
	ok(index($told, $block->{text}) >= 0, "doc/clients.md: the output in line $block->{line}, below \"$section\"") or diag $block->{text};
}
is($shown, 6, 'the sections have their outputs');

# Functions that the pages show are those of the programs.
my $programs = join '', map { Document::content($_) } glob 'examples/clients/*.mjs';
my @functions = grep { $_->{language} eq 'js' && $_->{text} =~ /^async function/ } Document::blocks('doc/clients.md');
is(scalar @functions, 2, 'doc/clients.md shows two functions');
ok(index($programs, $_->{text}) >= 0, "the function in line $_->{line} is that of a program") for @functions;

# The clients: "NAME: ok, N checks", "NAME: N of M checks failed" or "NAME: skipped: REASON"; through pgbouncer some come again.
my @clients = ("Node's pg", 'postgres.js', 'Knex', 'Kysely', 'Drizzle', 'Sequelize', 'TypeORM', 'Prisma', 'psql', 'PostGraphile 4',
	'PostGraphile 5', 'JDBC');
$told = `test/server run examples/clients/run checks 2>&1`;
is($?, 0, 'no client fails') or diag $told;
my %good = map { $_ => 1 } $told =~ /^(.+): ok, [1-9]\d* checks$/mg;
my %missing = $told =~ /^(.+): skipped: (.+)$/mg;
for my $client (@clients)
{
	SKIP:
	{
		my ($without) = grep { defined } $missing{$client}, $client eq 'JDBC' ? @missing{'java', 'prepared statements through pgbouncer'} : ();
		skip "$client: $without", 1 if $without && !$good{$client};
		ok($good{$client}, "$client does what it checks");
	}
}
SKIP:
{
	my $without = $missing{'prepared statements through pgbouncer'} // $missing{"Node's pg"};
	skip "prepared statements through pgbouncer: $without", 1 if $without;
	like($told, qr/^through PgBouncer .*\n(?:.+: ok, .*\n){2}/m, 'prepared statements through pgbouncer');
}
done_testing();
