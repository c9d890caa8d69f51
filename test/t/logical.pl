# Logical replication of all tables of kroles into another cluster: the subscriber answers as the publisher does, when it has
# copied the rows and after each change that arrives, in sessions that have asked before and remember too.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my %node;
for my $name (qw(publisher subscriber))
{
	$node{$name} = start_node($name, init => { allows_streaming => 'logical' });
	$node{$name}->safe_psql('postgres', 'CREATE EXTENSION kroles; CREATE ROLE app LOGIN; SELECT kroles_grant_access(\'app\')');
}
my ($publisher, $subscriber) = @node{qw(publisher subscriber)};
$publisher->safe_psql('postgres', <<'END');
SELECT kroles_trust_gateway('app');
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1, 'olga', 'admin'), (2, 'pia', 'private_only'), (3, 'otto', 'admin');
INSERT INTO kroles.groups (id, name) VALUES (1, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES
    (1, 'channel', 'private', 'by a grant of her own', 1, NULL, false), (2, 'channel', 'private', 'through the group', 1, NULL, false),
    (3, 'channel', 'open', 'open to all', 1, NULL, false), (4, 'gallery', 'private', 'a gallery', 1, NULL, false), (5, 'gallery', 'private', 'inside it', 1, 4, true);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'member'), (4, 2, 'member');
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (2, 1, 'member');
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film 1', 1), (2, 'film 2', 1), (3, 'film 3', 1), (4, 'film 4', 1), (5, 'film 5', 1), (6, 'film 6', 2), (100, 'secret', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1), (2, 2), (3, 3), (5, 5);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (4, 2, 'viewer');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 3);
INSERT INTO kroles.playlists (id, space_id, name) VALUES (1, 1, 'term'), (2, 3, 'other');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1), (1, 2), (1, 3), (1, 4), (2, 3);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (8, 'room', 'hall', 1);
INSERT INTO kroles.events (id, name, created_by) VALUES (1, 'congress', 1), (2, 'fair', 3);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 2, 'speaker'), (1, 3, 'moderator');
INSERT INTO kroles.event_participants (event_id, group_id) VALUES (2, 1);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 8);
UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = ('channel', 'member', 'contribute');
CREATE PUBLICATION portal FOR TABLES IN SCHEMA kroles;
END

# The rows that CREATE EXTENSION made make room for those that come; in a session that says it is a replica nothing guards them.
$subscriber->safe_psql('postgres', <<'END');
SET session_replication_role = replica;
DELETE FROM kroles.settings;
DELETE FROM kroles.rights;
DELETE FROM kroles.baseline_rights;
DELETE FROM kroles.role_rights;
DELETE FROM kroles.ceiling_rights;
DELETE FROM kroles.role_labels;
DELETE FROM kroles.audit_log;
END
my $remembers = Session->new($subscriber, role => 'app', person => 'pia');
my $ids = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media};
my $can = q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM unnest('{1, 2, 3, 4, 5, 6, 8, 100}'::bigint[]) AS id WHERE kroles_can('view', 'media', id)};
like($remembers->ask($ids), qr{^psql:\S+ WARNING:  01000\s*$}, 'before anything has come nobody is known: no gateway is trusted, which a WARNING says');
$subscriber->safe_psql('postgres', sprintf q{CREATE SUBSCRIPTION portal CONNECTION '%s' PUBLICATION portal}, $publisher->connstr('postgres') =~ s/'/''/gr);
$subscriber->wait_for_subscription_sync($publisher, 'portal');
# (until every table keeps pace with the others, nothing is answered: a table may be ahead of them when it has just been copied)
$subscriber->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate <> 'r'});

my %everything = (
	'rights' => q{SELECT o.kind, o.id, p.id, kroles_rights(o.kind, o.id, p.id), kroles_role(o.kind, o.id, p.id) FROM (SELECT id FROM kroles.users UNION ALL SELECT NULL) AS p,
		(SELECT kind::text::kroles.object_kind AS kind, id FROM kroles.spaces UNION ALL SELECT 'media', id FROM kroles.media UNION ALL SELECT 'room', id FROM kroles.media UNION ALL SELECT 'event', id FROM kroles.events UNION ALL SELECT 'site', NULL) AS o ORDER BY 1, 2, 3},
	map { ("rows of $_" => "SELECT t::text FROM kroles.$_ AS t ORDER BY 1") } split /\n/, $publisher->safe_psql('postgres',
		q{SELECT relname FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND relname NOT IN ('secret', 'replica')}));

sub alike
{
	my ($what) = @_;
	for my $part (sort keys %everything)
	{
		is($subscriber->safe_psql('postgres', $everything{$part}), $publisher->safe_psql('postgres', $everything{$part}), "$what: $part");
	}
	is($_->safe_psql('postgres', 'SELECT count(*) FROM kroles_verify()'), '0', "$what: what is derived is right on " . $_->name) for $publisher, $subscriber;
	return;
}

sub sees
{
	my ($expected, $what) = @_;
	is($remembers->ask($ids), $expected, "$what: rows");
	is($remembers->ask($can), $expected, "$what: kroles_can");
	return;
}

sub change
{
	my ($sql) = @_;
	$publisher->safe_psql('postgres', $sql);
	$publisher->wait_for_catchup('portal');
	return;
}

alike('copied');
# events and rooms: who joins on the publisher has on the subscriber what was read there, and loses it there too
my $there = q{SELECT kroles_role('event', 1), kroles_role('event', 2), kroles_role('room', 8), kroles_rights('room', 8), kroles_rights('media', 8)};

sub is_there
{
	my ($expected, $what) = @_;
	is($remembers->ask($there), $expected, "$what: on the subscriber, in a session that remembers");
	is($publisher->safe_psql('postgres', qq{SET kroles."user" = 'pia'; $there}, extra_params => [ '-U', 'app' ]), $expected, "$what: on the publisher");
	return;
}

my $speaks = '{contribute,join_room,present,interact}';
(my $speaks_and_views = $speaks) =~ s/\{/{view,/;
is_there("speaker|attendee|presenter|$speaks_and_views|{view}", 'events are copied');
$publisher->safe_psql('postgres', q{SET kroles."user" = 'pia'; SELECT kroles_room_join(8)}, extra_params => [ '-U', 'app' ]);
change('DELETE FROM kroles.event_participants WHERE user_id = 2');
is_there("|attendee|presenter|$speaks|{}", 'taken out of the event, in the room still');
change('DELETE FROM kroles.group_members');
is_there("||presenter|$speaks|{}", 'taken out of the group');
alike('in the room still');
change('UPDATE kroles.settings SET chat_and_collaboration = false');
is_there('|||{}|{}', 'rooms are switched off');
change(q{UPDATE kroles.settings SET chat_and_collaboration = true; INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 2)});
is_there('attendee||participant|{view,join_room,interact}|{view}', 'made an attendee');
change('DELETE FROM kroles.event_sessions');
is_there('attendee|||{}|{}', 'what was a session is none any more');
change('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 8)');
$publisher->safe_psql('postgres', q{SET kroles."user" = 'pia'; SELECT kroles_room_join(8)}, extra_params => [ '-U', 'app' ]);
change(q{UPDATE kroles.room_participants SET joined_at = now() - interval '12 hours' WHERE left_at IS NULL; UPDATE kroles.event_participants SET role = 'speaker' WHERE user_id = 2});
is_there("speaker||presenter|$speaks_and_views|{view}", 'the stay has run out');
change('DELETE FROM kroles.events WHERE id = 1');
is_there('|||{}|{}', 'the event is deleted');
change('INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2)');
change('SELECT kroles_move_item(1, 4, 1)');
change('DELETE FROM kroles.playlist_items WHERE media_id = 1');
change('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 5)');
is($subscriber->safe_psql('postgres', q{SELECT string_agg(media_id::text, ' ' ORDER BY position) FROM kroles.playlist_items WHERE playlist_id = 1}),
	'4 2 3 5', 'a playlist in its new order');
sees('1 2 3 4 5 6', 'copied');
change('BEGIN; DELETE FROM kroles.space_members WHERE space_id = 1; INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 1); COMMIT');
sees('2 3 4 5 6', 'a grant is revoked');
change('DELETE FROM kroles.group_members');
sees('3 4 5 6', 'she leaves the group');
change(q{UPDATE kroles.spaces SET type = 'private' WHERE id = 3});
sees('4 5 6', 'the open channel becomes private');
change('DELETE FROM kroles.media_collaborators');
sees('5 6', 'a collaborator no more');
change('UPDATE kroles.media SET owner_id = 3 WHERE id = 6');
sees('5', 'an owner no more');
change('UPDATE kroles.spaces SET parent_id = NULL WHERE id = 5');
sees('', 'the sub-gallery moves away');
change('DELETE FROM kroles.spaces WHERE id = 2');
change(q{INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 2, 'moderator')});
sees('1 100', 'given back');
change(q{UPDATE kroles.role_rights SET allowed = false WHERE (kind, role) = ('channel', 'moderator')});
sees('', 'moderators have no right any more');
change('UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped; DELETE FROM kroles.publications WHERE media_id = 100');
sees('1', 'they have again; one film is taken down');
change('UPDATE kroles.users SET blocked = true WHERE id = 2');
sees('', 'blocked');
change('UPDATE kroles.users SET blocked = false WHERE id = 2; DELETE FROM kroles.media WHERE id = 3');
sees('1', 'no longer blocked');
alike('at the end');
change('TRUNCATE kroles.publications');
sees('', 'all publications are gone at once');
alike('all publications are gone at once');

# A row that comes is followed by nothing of the subscriber's own: what the publisher has logged is what there is.
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log'), $publisher->safe_psql('postgres', 'SELECT count(*) FROM kroles.audit_log'),
	'nothing is logged twice');
change('DELETE FROM kroles.gateways');
is($remembers->ask($ids), '', 'the gateway is trusted no more');


# What was made by hand is known as a replica; and a publication of the whole schema sends more than it has to.
is($subscriber->safe_psql('postgres', q{SELECT string_agg(finding, ' ' ORDER BY finding) FROM kroles_doctor() WHERE finding ~ 'lease|subscri|replica_'}), 'no_lease replica_unmarked',
	'the doctor knows a replica');
is($publisher->safe_psql('postgres', q{SELECT subject FROM kroles_doctor() WHERE finding = 'secret_published'}), 'publication portal', 'and a publication of the secret');
my $position = $publisher->safe_psql('postgres', 'SELECT kroles_position()');
is($remembers->ask("SELECT kroles_wait('$position', '1 minute')"), 't', 'positions count there too');
$publisher->safe_psql('postgres', q{UPDATE kroles.settings SET replica_lease = '1 hour'});
$publisher->wait_for_catchup('portal');
is($remembers->ask($ids), 'ERROR:  KR001', 'and the lease');
change(q{SELECT kroles_heartbeat()});
is($remembers->ask($ids), '', 'until there is a heartbeat');

# A statement over a replication connection shows what it shows elsewhere.
$publisher->safe_psql('postgres', 'CREATE ROLE streams LOGIN REPLICATION; SELECT kroles_grant_access(\'streams\'); UPDATE kroles.users SET db_role = \'streams\' WHERE id = 2;'
	  . 'INSERT INTO kroles.media (id, name, owner_id) VALUES (200, \'her own\', 2)');
is($publisher->safe_psql('postgres', 'SELECT audience FROM kroles.media WHERE id = 200', replication => 'database', extra_params => [ '-U', 'streams' ]),
	'hidden', 'an audience over a replication connection');
is($publisher->safe_psql('postgres', 'SELECT audience FROM kroles.media WHERE id = 200'), '200 owner=2', 'and for who sees every row');

done_testing();
