# See test/bench/replicas.
use strict;
use warnings;

use Portal;
use PostgreSQL::Test::Cluster;
use Session;
use Test::More;
use Time::HiRes qw(time);

my $rounds = shift;
my $out = Test::More->builder->output;    # (the framework sends what is printed to its log)
my $primary = start_portal('primary', init => { allows_streaming => 'logical' }, conf => 'fsync = on');
$primary->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'private', 'term', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
SELECT kroles_publish_entitlements();
END
$primary->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('kroles_replica', 'pgoutput')});
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
my $replica = start_node('replica', init => { allows_streaming => 'logical' });
$replica->safe_psql('postgres', 'CREATE EXTENSION kroles; CREATE ROLE app LOGIN; SELECT kroles_grant_access(\'app\')');
$replica->safe_psql('postgres', sprintf q{SELECT kroles_subscribe('%s', 'kroles_replica')}, $primary->connstr('postgres') =~ s/'/''/gr);
$replica->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'});

my $changes = Session->new($primary);
my %asks = map { $_->name => Session->new($_, role => 'app', person => 'pia') } $standby, $replica;
my $can = q{SELECT kroles_can('view', 'media', 1)};
my $revoke = 'DELETE FROM kroles.space_members WHERE space_id = 1';
my $grant = q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member')};

# Revokes and asks at once on a server, or after a wait; prints how often the answer was the old one, and the times.
sub measure
{
	my ($name, $what, $waits) = @_;
	my ($old, @waited, @committed) = (0);
	for my $round (1 .. $rounds)
	{
		for my $change ($revoke, $grant)
		{
			my $begin = time;
			$changes->ask($change);
			push @committed, time - $begin;
			my $position = $waits ? $changes->ask('SELECT kroles_position()') : undef;
			$begin = time;
			$asks{$name}->ask("SELECT kroles_wait('$position', '1 minute')") if $waits;
			push @waited, time - $begin if $waits;
			$old++ if $asks{$name}->ask($can) eq 't' && $change eq $revoke;
			# the next round begins when the change has come
			1 while $asks{$name}->ask($can) ne ($change eq $revoke ? 'f' : 't');
		}
	}
	print $out sprintf("| %s | %d of %d | %.1f ms | %s |\n", $what, $old, $rounds, 1000 * middle(@committed), $waits ? sprintf('%.1f ms', 1000 * middle(@waited)) : '');
	return;
}

sub middle { return (sort { $a <=> $b } @_)[ @_ / 2 ] }

print $out "| | old answers | commit | wait |\n|---|---|---|---|\n";
measure('standby', 'standby, asked at once');
measure('standby', 'standby, after `kroles_wait()`', 1);
$primary->append_conf('postgresql.conf', "synchronous_standby_names = '*'\nsynchronous_commit = remote_apply");
$primary->reload;
$changes->ask("SELECT 1") until $changes->ask('SHOW synchronous_commit') eq 'remote_apply';
measure('standby', 'standby, `synchronous_commit = remote_apply`');
$primary->append_conf('postgresql.conf', "synchronous_standby_names = ''\nsynchronous_commit = on");
$primary->reload;
$changes->ask("SELECT 1") until $changes->ask('SHOW synchronous_commit') eq 'on';
measure('replica', 'replica, asked at once');
measure('replica', 'replica, after `kroles_wait()`', 1);
pass('measured');
done_testing();
