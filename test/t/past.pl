# Questions about an earlier time: with track_commit_timestamp a change counts from its commit, without it from the beginning of its
# transaction, and a standby answers as its primary does. A change that is not committed is not undone by others.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $portal = <<'END';
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (10, 'channel', 'private', 'Seminar', 1);
END

# A membership that is given in a long transaction: what pia could see between its beginning and its commit, and after.
sub long_transaction
{
	my ($node) = @_;
	my $session = Session->new($node);
	$session->ask('BEGIN');
	$session->ask("INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (10, 2, 'member')");
	my $between = $node->safe_psql('postgres', 'SELECT pg_sleep(0.05); SELECT clock_timestamp()') =~ s/\A\s+|\s+\z//gr;
	is($node->safe_psql('postgres', "SELECT kroles_could(2, 'view', 'channel', 10, '$between')"), 'f', 'not committed: nobody else sees it');
	$node->safe_psql('postgres', 'SELECT pg_sleep(0.05)');
	$session->ask('COMMIT');
	$node->safe_psql('postgres', 'SELECT pg_sleep(0.05)');
	return ($between, $node->safe_psql('postgres', 'SELECT clock_timestamp()'));
}

sub could
{
	my ($node, $at) = @_;
	return $node->safe_psql('postgres', "SELECT kroles_could(2, 'view', 'channel', 10, '$at')");
}

# A standby of that server, which has copies of its own of all settings.
sub start_standby
{
	my ($name, $of, @settings) = @_;
	my $standby = PostgreSQL::Test::Cluster->new($name);
	$of->backup("for_$name");
	$standby->init_from_backup($of, "for_$name", has_streaming => 1);
	$standby->append_conf('postgresql.conf', $_) for @settings;
	$standby->start;
	return $standby;
}

my $plain = start_portal('plain', init => { allows_streaming => 1 });
$plain->safe_psql('postgres', $portal);
my ($between, $after) = long_transaction($plain);
is(could($plain, $between), 't', 'without times of commits, it counts from the beginning of its transaction');
is(could($plain, $after), 't', 'and afterwards');
my $eager = start_standby('eager', $plain, 'track_commit_timestamp = on');
is(could($eager, $between), 't', 'a standby that has the setting on says so too');
$eager->stop;
$plain->stop;

my $primary = start_portal('primary', init => { allows_streaming => 1 }, conf => 'track_commit_timestamp = on');
$primary->safe_psql('postgres', $portal);
my $standby = start_standby('standby', $primary);
($between, $after) = long_transaction($primary);
is(could($primary, $between), 'f', 'with them, it does not count before its commit');
is(could($primary, $after), 't', 'but from then on');
$primary->wait_for_catchup($standby, 'replay');
is(could($standby, $between), 'f', 'a standby says so too: before');
is(could($standby, $after), 't', 'and after');

# A standby goes by its primary's setting, not by its own.
$standby->adjust_conf('postgresql.conf', 'track_commit_timestamp', 'off');
$standby->restart;
is(could($standby, $between), 'f', 'a standby that has the setting off says so too');

# Savepoints have the times of their transactions; the ids of transactions in a log from another server say nothing here.
my ($now) = $primary->safe_psql('postgres', <<'END') =~ /^(\d{4}-.*)$/m;
BEGIN;
SAVEPOINT s;
UPDATE kroles.space_members SET role = 'contributor' WHERE space_id = 10;
RELEASE s;
SELECT clock_timestamp() FROM (SELECT pg_sleep(0.01)) AS p;
SELECT pg_sleep(0.05);
COMMIT;
END
my $contribute = "SELECT kroles_could(2, 'contribute', 'channel', 10, '$now')";
is($primary->safe_psql('postgres', $contribute), 'f', 'a change after a savepoint does not count before the commit');
$primary->safe_psql('postgres', 'UPDATE kroles.audit_log SET txid = txid WHERE id = (SELECT max(id) FROM kroles.audit_log)');
is($primary->safe_psql('postgres', $contribute), 't', 'a row of the log that was put in anew counts from the beginning of the transaction that it names');

# Trimmed up to a time within the transaction: its change counts later, so it is still there to be undone.
is($primary->safe_psql('postgres', "SELECT kroles_trim_audit('$between') >= 0"), 't', 'trimmed');
is(could($primary, $between), 'f', 'the answer is as before');
$primary->stop;
$standby->stop;
done_testing();
