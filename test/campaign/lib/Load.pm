# A portal under load: the random work of the stress test (test/stress), by clients that come back when their connection is lost,
# and what has to be true afterwards.
package Load;
use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);
use FindBin;
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_random_portal start_clients stop_clients end_clients refusals until_over in_rounds sound figure);

my $stress = "$FindBin::RealBin/stress";
my $seed = $ENV{KROLES_SEED} // 1;
srand($seed);
my %working;    # the clients' process groups

# What people's random work may meet: what they may not do, what is hidden, the rules of rows, and what is to be tried again.
my @expected = qw(42501 42704 55000 23... 40001 40P01);

# Starts a server with the portal of the random work; "conf" and "init" as start_node() has them.
sub start_random_portal
{
	my ($name, %options) = @_;
	my $node = start_portal($name, %options, conf => "log_line_prefix = '%e %p '\nautovacuum_naptime = 5\n" . ($options{conf} // ''));
	my ($out, $err) = run_command([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', 'app=app', '-d', $node->connstr('postgres'), '-f', "$stress/random.sql" ]);
	is($err, '', 'the portal is made');
	return $node;
}

# Clients at work, each in a psql of its own. With "seconds" they work so long and then tell what they find (end_clients);
# without, they begin again whenever they are cut off, until stop_clients. "options" are settings of the server, client by client.
sub start_clients
{
	my ($node, $number, %how) = @_;
	# (whose loops end with this process, however it ends)
	my $load = { node => $node, folder => tempdir(CLEANUP => 1), pids => [], number => $number };
	for my $n (0 .. $number - 1)
	{
		my $first = ++$seed * 1000;
		my $psql = sprintf q{psql -XqAt -v VERBOSITY=sqlstate -d '%s user=app' >>'%s/%d' 2>&1}, $node->connstr('postgres'), $load->{folder}, $n;
		my $work = $how{seconds} ? sprintf(q{{ perl '%s/act.pl' %d %d; cat '%s/end.sql'; } | %s}, $stress, $first, $how{seconds}, $stress, $psql)
			: sprintf q{n=%d; while kill -0 %d 2>/dev/null; do perl '%s/act.pl' $n 3600 2>/dev/null | %s; n=$((n + 1)); sleep 0.2; done}, $first, $$, $stress, $psql;
		my $pid = fork() // die "fork: $!";
		if (!$pid)
		{
			setpgrp;
			$SIG{PIPE} = 'DEFAULT';
			$ENV{PGOPTIONS} = $how{options}[ $n % @{ $how{options} } ] if $how{options};
			exec 'bash', '-c', $work or die "bash: $!";
		}
		push @{ $load->{pids} }, $pid;
		$working{$pid} = 1;
	}
	return $load;
}

sub wait_for
{
	my ($load) = @_;
	for my $pid (@{ $load->{pids} })
	{
		waitpid $pid, 0;
		delete $working{$pid};
	}
	return;
}

# A part that ends early leaves none of them.
END { local $?; kill 'KILL', -$_ for keys %working }

# Stops clients that work for ever. The server may be down.
sub stop_clients
{
	my ($load) = @_;
	kill 'KILL', -$_ for @{ $load->{pids} };
	wait_for($load);
	for (1 .. 600)
	{
		my ($code, $out) = $load->{node}->psql('postgres', q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'app'});
		last if $code || !$out;
		sleep 0.05;
	}
	return;
}

# Waits until all clients have worked their time, then compares: each session, which has lived through everything, finds no
# difference between what people are shown and what the questions say, and is shown what a new one is; and so again after
# changes in peace.
sub end_clients
{
	my ($load, @also) = @_;
	my $node = $load->{node};
	{
		local $ENV{PGOPTIONS} = "-c stress.clients=$load->{number}";
		my ($out, $err) = run_command([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', "$stress/quiet.sql" ]);
		is($err, '', 'the quiet changes are made');
	}
	wait_for($load);
	my $allowed = join '|', @expected, @also;
	my @lines = told($load);
	my $new = $node->safe_psql('postgres', 'SELECT fingerprint()', extra_params => [ '-U', 'app' ]);
	my (%then, %last, @else);
	for (@lines)
	{
		if (/^then (\w+)$/) { $then{$1}++ }
		elsif (/^last (\w+)$/) { $last{$1}++ }
		elsif (!/^finished$/ && !/^(psql:<stdin>:\d+: )?ERROR:  ($allowed)$/) { push @else, $_ }
	}
	is(scalar(grep { /^finished$/ } @lines), $load->{number}, 'every client comes to the end');
	is(join("\n", splice @else, 0, 20), '', 'nothing else is said, of errors and of differences');
	is(scalar(keys %then), 1, 'all old sessions are shown the same');
	is(join(' ', keys %last), $new, 'after quiet changes they are shown what a new session is');
	return;
}

# Every line that the clients were told.
sub told
{
	my ($load) = @_;
	return map { split /\n/, slurp_file($_) } glob "$load->{folder}/*";
}

# How often the clients were refused with a SQLSTATE, or a pattern of one.
sub refusals
{
	my ($load, $state) = @_;
	return scalar grep { /(ERROR|FATAL):  ($state)$/ } told($load);
}

# Calls a function again and again until the part's minutes are over.
sub until_over
{
	my ($act) = @_;
	my $end = time + 60 * ($ENV{KROLES_MINUTES} // 1);
	$act->() while time < $end;
	return;
}

# The same in rounds of a minute, each on a new server: to compare everything takes longer the more there is. The function gets the
# number of the round and its seconds.
sub in_rounds
{
	my ($act) = @_;
	my $round = 0;
	until_over(sub { $act->(++$round, 60) });
	return;
}

# What has to be true of a database when nobody is at work: what is stored is what it is derived from, places in order have no
# gap, and everybody, in a new session, is shown what the questions say.
sub sound
{
	my ($node, $what, $database) = @_;
	$database //= 'postgres';
	is($node->safe_psql($database, 'SELECT * FROM kroles_verify()'), '', "$what: what is stored is what it is derived from");
	is($node->safe_psql($database, <<'END'), '0', "$what: places in order leave no gap");
SELECT count(*) FROM (SELECT max(position) <> count(*) FROM kroles.playlist_items GROUP BY playlist_id
    UNION ALL SELECT max(position) <> count(*) FROM kroles.media_speakers GROUP BY media_id
    UNION ALL SELECT max(position) <> count(*) FROM kroles.event_sessions GROUP BY event_id) AS l (gap) WHERE gap
END
	is($node->safe_psql($database, 'SELECT person, what FROM differences() LIMIT 20', extra_params => [ '-U', 'app' ]), '',
		"$what: everybody is shown what the questions say");
	return;
}

# A figure of the part, which is printed at the end.
sub figure
{
	my ($text) = @_;
	note("figure: $text");
	return;
}

1;
