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

my $plain = start_portal('plain');
$plain->safe_psql('postgres', $portal);
my ($between, $after) = long_transaction($plain);
is(could($plain, $between), 't', 'without times of commits, it counts from the beginning of its transaction');
is(could($plain, $after), 't', 'and afterwards');
$plain->stop;

my $primary = start_portal('primary', init => { allows_streaming => 1 }, conf => 'track_commit_timestamp = on');
$primary->safe_psql('postgres', $portal);
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
($between, $after) = long_transaction($primary);
is(could($primary, $between), 'f', 'with them, it does not count before its commit');
is(could($primary, $after), 't', 'but from then on');
$primary->wait_for_catchup($standby, 'replay');
is(could($standby, $between), 'f', 'a standby says so too: before');
is(could($standby, $after), 't', 'and after');

# Trimmed up to a time within the transaction: its change counts later, so it is still there to be undone.
is($primary->safe_psql('postgres', "SELECT kroles_trim_audit('$between') >= 0"), 't', 'trimmed');
is(could($primary, $between), 'f', 'the answer is as before');
$primary->stop;
$standby->stop;
done_testing();
