# A revocation and a failover, again and again: on a standby that confirms what it has replayed, whoever was told that a
# revocation is committed is never shown the old answer there any more, nor after the primary is lost and the standby has taken
# over; and nobody who asks all the time, on either, is ever shown what was published in the transaction that revoked.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Load;
use Portal;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(time);

my $primary = start_portal('server_0', init => { allows_streaming => 1 }, conf => "max_wal_senders = 5\nmax_connections = 50");
ok(run_log([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', 'app=app', '-d', $primary->connstr('postgres'), '-f', "$FindBin::RealBin/stress/revoke.sql" ]), 'the portal is made');
my $number = 0;

sub add_standby
{
	my ($of) = @_;
	$of->backup('backup' . ++$number);
	my $standby = PostgreSQL::Test::Cluster->new("server_$number");
	$standby->init_from_backup($of, "backup$number", has_streaming => 1);
	$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nsynchronous_standby_names = ''");
	$standby->start;
	$of->safe_psql('postgres', q{ALTER SYSTEM SET synchronous_standby_names = '*'});
	$of->safe_psql('postgres', q{ALTER SYSTEM SET synchronous_commit = 'remote_apply'});
	$of->reload;
	$of->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'});
	return $standby;
}

# Clients that ask as Rita all the time; to them the secret is a division by zero.
my $questions = PostgreSQL::Test::Utils::tempdir() . '/ask.sql';
append_to_file($questions, <<'END');
SELECT 1 / (count(*) = 0)::int FROM kroles.media WHERE name = 'secret' OR id = 2;
SELECT 1 / (NOT kroles_can('view', 'media', 2))::int;
SELECT 1 / (count(*) < 2)::int FROM kroles.media;
SELECT 1 / (count(*) = 0)::int FROM note WHERE text = 'secret';
END
my ($readings, @askers) = (0);

sub start_asking
{
	my ($node) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/asked.' . $node->name . '.' . time;
	my $pid = fork() // die "fork: $!";
	if (!$pid)
	{
		$ENV{PGOPTIONS} = '-c kroles.user=rita';
		open STDOUT, '>', $file or die;
		open STDERR, '>&', \*STDOUT or die;
		exec 'pgbench', '-n', '-M', 'prepared', '-P', '1', '-U', 'app', '-T', '100000', '-f', $questions, $node->connstr('postgres') or die;
	}
	push @askers, { pid => $pid, file => $file, name => $node->name };
	return;
}

# Ends the clients that ask one server, if the loss of it has not.
sub stop_asking
{
	my ($node) = @_;
	for my $asker (grep { $_->{name} eq $node->name } @askers)
	{
		kill 'TERM', $asker->{pid};
		waitpid $asker->{pid}, 0;
		my $told = slurp_file($asker->{file});
		unlike($told, qr/division by zero/, 'who asks ' . $node->name . ' is never shown the secret');
		my $asked = 0;
		$asked += 4 * $_ for map { int } $told =~ /^progress: [\d.]+ s, ([\d.]+) tps/mg;
		cmp_ok($asked, '>', 0, 'and has asked');
		$readings += $asked;
	}
	@askers = grep { $_->{name} ne $node->name } @askers;
	return;
}

my ($rounds, $failovers, $wrong, $lost) = (0, 0, 0, 0);
my $standby = add_standby($primary);
start_asking($primary);
until_over(sub {
	start_asking($standby);
	my $writer = Session->new($primary);
	my $reader = Session->new($standby, role => 'app', person => 'rita');
	my $ask = q{SELECT count(*) || ' ' || kroles_can('view', 'media', 1)::text FROM kroles.media};
	my $end = time + 20;
	while (time < $end)
	{
		$writer->ask('BEGIN; CALL take(0); INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 1); COMMIT');
		$wrong++ if $reader->ask($ask) ne '0 false';
		$writer->ask('BEGIN; DELETE FROM kroles.publications WHERE media_id = 2; CALL give(0); COMMIT');
		$wrong++ if $reader->ask($ask) ne '1 true';
		$rounds++;
	}
	# revoked, confirmed, and the primary is gone
	$writer->ask('CALL take(0)');
	$primary->stop('immediate');
	stop_asking($primary);
	$standby->promote;
	$lost++ if $reader->ask($ask) ne '0 false';
	$lost++ if Session->new($standby, role => 'app', person => 'rita')->ask($ask) ne '0 false';
	is($standby->safe_psql('postgres', 'SELECT * FROM kroles_verify()'), '', 'what is stored is what it is derived from, after failover ' . ++$failovers);
	$primary->clean_node;
	$primary = $standby;
	$primary->safe_psql('postgres', 'CALL give(0)');
	$standby = add_standby($primary);
});
stop_asking($primary);
is($wrong, 0, 'after each confirmed change the standby answers by it');
is($lost, 0, 'after each failover the last revocation holds, in old sessions and new ones');
figure("failover: $failovers failovers, $rounds revocations confirmed and read, $readings readings more");
done_testing();
