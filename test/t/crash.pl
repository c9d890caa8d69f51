# After a crash everything is as it was committed: revocations hold, uncommitted changes are gone, and prepared changes take
# effect when they are committed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = start_portal('crash', conf => "max_prepared_transactions = 5\nrestart_after_crash = on");
$node->safe_psql('postgres', <<'END');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT n, 'channel', 'private', 'channel ' || n, 1 FROM generate_series(1, 4) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT n, 2, 'member' FROM generate_series(1, 4) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, 1 FROM generate_series(1, 5) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, n FROM generate_series(1, 4) AS n;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT n, 'room', 'hall ' || n, 1 FROM generate_series(11, 13) AS n;
INSERT INTO kroles.media_moderators (media_id, user_id, permission) SELECT n, 2, 'room_moderator' FROM generate_series(11, 13) AS n;
CHECKPOINT;
END

my $ids = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media WHERE id < 10};
my $can = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM generate_series(1, 5) AS id WHERE kroles_can('view', 'media', id)};
my $unsound = 'SELECT count(*) FROM kroles_verify()';

sub sees
{
	my ($pia, $expected, $what) = @_;
	is($pia->ask($ids), $expected, "$what: rows");
	is($pia->ask($can), $expected, "$what: kroles_can");
	return;
}

my $pia = Session->new($node, role => 'app', person => 'pia');
sees($pia, '1 2 3 4', 'at first');
$node->safe_psql('postgres', 'DELETE FROM kroles.space_members WHERE space_id = 1; DELETE FROM kroles.publications WHERE media_id = 2');
$node->safe_psql('postgres', q{BEGIN; DELETE FROM kroles.space_members WHERE space_id = 3; INSERT INTO kroles.publications (media_id, space_id) VALUES (5, 3); PREPARE TRANSACTION 'p'});
# of three rooms she joins two, and leaves the one; being taken off all is committed, being blocked, which ends the stay in the
# other, is not
$pia->ask('SELECT kroles_room_join(11); SELECT kroles_room_join(12)');
$node->safe_psql('postgres', 'DELETE FROM kroles.media_moderators');
$pia->ask('SELECT kroles_room_leave(12)');
my $open = Session->new($node);
$open->ask('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 4; UPDATE kroles.users SET blocked = true WHERE id = 2; DELETE FROM kroles.publications WHERE media_id = 4; INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 4)');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
sees($pia, '3 4', 'before the crash');
my $log = $node->safe_psql('postgres', 'SELECT count(*), max(id) FROM kroles.audit_log');

$node->stop('immediate');
$node->start;
$pia = Session->new($node, role => 'app', person => 'pia');
sees($pia, '3 4', 'after the crash');
is($pia->ask(q{SELECT string_agg(kroles_rights('room', id)::text, ' ' ORDER BY id) FROM generate_series(11, 13) AS id}),
	'{contribute,moderate,join_room,start_room,moderate_room,present,interact} {} {}',
	'she is in the room that she had joined and not left');
is($node->safe_psql('postgres', 'SELECT count(*), max(id) FROM kroles.audit_log'), $log, 'the log has what was committed');
is($node->safe_psql('postgres', $unsound), '0', 'what is derived is right');
# the prepared transaction still holds what tells readers that it is under way
$node->safe_psql('postgres', q{COMMIT PREPARED 'p'});
sees($pia, '4', 'what was prepared before the crash is committed after it');
$node->safe_psql('postgres', 'DELETE FROM kroles.space_members WHERE space_id = 4');
sees($pia, '', 'revoked after the crash');
is($node->safe_psql('postgres', q{SELECT nextval('kroles.media_id_seq') IS NOT NULL AND count(*) = 8 FROM kroles.media}), 't', 'nothing is lost');

# A crash again, in one backend: the server starts all others anew.
$node->safe_psql('postgres', q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (4, 2, 'member')});
sees($pia, '4', 'given back');
my $victim = Session->new($node);
kill 'KILL', $victim->pid;
for (1 .. 600)
{
	last if slurp_file($node->logfile) =~ /terminated by signal 9.*ready to accept connections/s;
	select undef, undef, undef, 0.1;
}
$pia = Session->new($node, role => 'app', person => 'pia');
sees($pia, '4', 'after a backend has crashed');
is($node->safe_psql('postgres', $unsound), '0', 'what is derived is right');

done_testing();
