#!/usr/bin/env perl
# What one client of the random work says to psql: for so many seconds whatever people may think of, by anyone, from a seed.
# (end.sql is what its session says afterwards.)
#
#   act.pl SEED SECONDS
use strict;
use warnings;
use Time::HiRes qw(time);

my ($seed, $seconds) = @ARGV;
srand($seed);
$| = 1;

sub one { return $_[ int rand @_ ] }
sub number { return $_[0] + int rand($_[1] - $_[0] + 1) }
sub person { return number(2, 40) }
sub group { return number(1, 6) }
sub space { return number(1, 24) }
sub channel { return number(1, 12) }
sub gallery { return number(13, 24) }
sub media { return number(1, 60) }
sub event { return number(1, 10) }
sub room { return 3 * number(0, 19) + 2 }
sub role { return one(qw(member contributor moderator manager)) }
sub event_role { return one(qw(organizer speaker moderator attendee attendee)) }
sub type { return one(qw(open restricted private)) }
sub permission { return one(qw(viewer publisher editor)) }
sub until_when { return one('NULL', 'NULL', q{'infinity'}, q{now() + interval '1 day'}, q{now() - interval '1 second'}) }

# What people do of their own accord, each with how often it comes: where they may, as far as they know, and anywhere.
my @of_people = (
	[ 30, sub { sprintf 'SELECT kroles_publish(m.id, s.id) FROM kroles.media AS m, kroles.spaces AS s WHERE s.id %% 5 = %d AND kroles_can_publish(m.id, s.id) ORDER BY m.id %% %d LIMIT 1', number(0, 4), number(2, 9) } ],
	[ 8, sub { sprintf 'DELETE FROM kroles.publications WHERE published_by = kroles_current_user() AND media_id %% 3 = %d', number(0, 2) } ],
	[ 8, sub { 'SELECT kroles_approve(media_id, space_id) FROM kroles.moderation_queue LIMIT 1' } ],
	[ 8, sub { 'SELECT kroles_reject(media_id, space_id) FROM kroles.moderation_queue LIMIT 1' } ],
	[ 8, sub { sprintf 'INSERT INTO kroles.space_members (space_id, user_id, role) SELECT id, %d, \'%s\' FROM kroles.spaces WHERE owner_id = kroles_current_user() ON CONFLICT DO NOTHING', person(), role() } ],
	[ 8, sub { sprintf 'DELETE FROM kroles.space_members WHERE id %% 5 = %d', number(0, 4) } ],
	[ 8, sub { sprintf 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, %d, \'%s\' FROM kroles.media WHERE owner_id = kroles_current_user() ON CONFLICT DO NOTHING', person(), permission() } ],
	[ 6, sub { sprintf 'UPDATE kroles.media SET owner_id = %d WHERE owner_id = kroles_current_user() AND id %% 3 = %d', person(), number(0, 2) } ],
	[ 12, sub { sprintf 'SELECT kroles_publish(%d, %d)', media(), space() } ],
	[ 6, sub { sprintf 'INSERT INTO kroles.publications (media_id, space_id) VALUES (%d, %d)', media(), space() } ],
	[ 3, sub { sprintf 'INSERT INTO kroles.publications (media_id, space_id) SELECT id, %d FROM kroles.media WHERE id %% 10 = %d ON CONFLICT DO NOTHING', space(), number(0, 9) } ],
	[ 6, sub { sprintf 'SELECT kroles_take_down(%d, %d)', media(), space() } ],
	[ 4, sub { sprintf 'DELETE FROM kroles.publications WHERE media_id = %d', media() } ],
	[ 5, sub { sprintf 'SELECT kroles_approve(%d, %d)', media(), space() } ],
	[ 3, sub { sprintf 'UPDATE kroles.publications SET status = \'%s\' WHERE media_id %% 4 = %d AND status = \'pending\'', one(qw(approved rejected)), number(0, 3) } ],
	[ 3, sub { sprintf 'SELECT kroles_reject(%d, %d)', media(), space() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.media (name) VALUES (\'new\')' } ],
	[ 2, sub { sprintf 'DELETE FROM kroles.media WHERE id > 1000 AND owner_id = %d', person() } ],
	[ 2, sub { sprintf 'UPDATE kroles.media SET name = name || \'!\' WHERE id = %d', media() } ],
	[ 1, sub { sprintf 'UPDATE kroles.media SET owner_id = %d WHERE id = %d', person(), media() } ],
	[ 10, sub { sprintf 'SELECT kroles_room_join(id) FROM kroles.media WHERE kroles_can(\'join_room\', \'room\', id) AND id %% 3 = %d LIMIT 2', number(0, 2) } ],
	[ 4, sub { sprintf 'SELECT kroles_room_join(%d)', room() } ],
	[ 4, sub { 'SELECT kroles_room_leave(media_id) FROM kroles.room_participants WHERE user_id = kroles_current_user() AND left_at IS NULL LIMIT 1' } ],
	[ 3, sub { 'SELECT kroles_room_remove(media_id, user_id) FROM kroles.room_participants WHERE left_at IS NULL AND user_id <> kroles_current_user() LIMIT 1' } ],
	[ 1, sub { sprintf 'SELECT kroles_room_remove(%d, %d)', room(), person() } ],
	[ 2, sub { 'INSERT INTO kroles.events (name) VALUES (\'new\')' } ],
	[ 6, sub { sprintf 'INSERT INTO kroles.event_participants (event_id, user_id, role) SELECT id, %d, \'%s\' FROM kroles.events WHERE kroles_can(\'manage_participants\', \'event\', id) ON CONFLICT DO NOTHING', person(), event_role() } ],
	[ 4, sub { sprintf 'UPDATE kroles.event_participants SET role = \'%s\' WHERE event_id = %d AND id %% 3 = %d', event_role(), event(), number(0, 2) } ],
	[ 4, sub { sprintf 'DELETE FROM kroles.event_participants WHERE event_id = %d', event() } ],
	[ 4, sub { sprintf 'INSERT INTO kroles.event_sessions (event_id, media_id) SELECT e.id, m.id FROM kroles.events AS e, kroles.media AS m WHERE kroles_can(\'manage\', \'event\', e.id) AND kroles_can(\'publish\', \'media\', m.id) AND m.id %% 7 = %d ON CONFLICT (event_id, media_id) DO NOTHING', number(0, 6) } ],
	[ 2, sub { sprintf 'SELECT kroles_move_session(event_id, media_id, 1) FROM kroles.event_sessions WHERE event_id = %d LIMIT 1', event() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.event_sessions WHERE media_id %% 3 = %d', number(0, 2) } ]);

# What changes who may do what; by whoever may, or by Ada.
my @of_rights = (
	[ 6, sub { sprintf 'INSERT INTO kroles.space_members (space_id, user_id, role, expires_at) VALUES (%d, %d, \'%s\', %s)
		ON CONFLICT ON CONSTRAINT space_members_one_grant_a_user_or_group DO UPDATE SET role = excluded.role, expires_at = excluded.expires_at', space(), person(), role(), until_when() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (%d, %d, \'%s\')', space(), group(), role() } ],
	[ 5, sub { sprintf 'DELETE FROM kroles.space_members WHERE space_id = %d AND user_id = %d', space(), person() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.space_members WHERE space_id = %d AND group_id = %d', space(), group() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.space_members WHERE user_id = %d', person() } ],
	[ 4, sub { sprintf 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (%d, %d, \'%s\')', media(), person(), permission() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (%d, %d, \'%s\')', media(), group(), permission() } ],
	[ 3, sub { sprintf 'DELETE FROM kroles.media_collaborators WHERE media_id = %d', media() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (%d, %d, \'chat_moderator\')', media(), person() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.media_moderators WHERE media_id = %d', media() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (%d, %d)', media(), person() } ],
	[ 1, sub { sprintf 'INSERT INTO kroles.playlists (space_id, name) VALUES (%d, \'list\')', channel() } ],
	[ 3, sub { sprintf 'INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT id, %d FROM kroles.playlists WHERE space_id = %d ON CONFLICT (playlist_id, media_id) DO NOTHING', media(), channel() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.playlist_items WHERE space_id = %d AND media_id %% 2 = %d', channel(), number(0, 1) } ],
	[ 1, sub { sprintf 'SELECT kroles_move_item(playlist_id, media_id, 1) FROM kroles.playlist_items WHERE space_id = %d LIMIT 1', channel() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.media_speakers WHERE media_id = %d AND user_id > %d', media(), person() } ],
	[ 4, sub { sprintf 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%d, %d, \'%s\')', event(), person(), event_role() } ],
	[ 1, sub { sprintf 'INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (%d, %d, \'%s\')', event(), group(), event_role() } ],
	[ 4, sub { sprintf 'DELETE FROM kroles.event_participants WHERE user_id = %d', person() } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.event_participants WHERE group_id = %d', group() } ],
	[ 2, sub { sprintf 'INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (%d, %d)', event(), room() } ],
	[ 1, sub { sprintf 'SELECT kroles_remove_session(%d, %d)', event(), media() } ],
	[ 2, sub { sprintf 'UPDATE kroles.media SET owner_id = %d WHERE id = %d', person(), media() } ],
	[ 1, sub { sprintf 'UPDATE kroles.spaces SET owner_id = %d WHERE id = %d', person(), space() } ],
	[ 2, sub { sprintf 'UPDATE kroles.spaces SET type = \'%s\', moderated = %s WHERE id = %d', type(), one(qw(true false)), space() } ],
	[ 2, sub { sprintf 'UPDATE kroles.spaces SET parent_id = %s WHERE id = %d', one('NULL', gallery()), gallery() } ],
	[ 2, sub { sprintf 'UPDATE kroles.spaces SET inherits_members = NOT inherits_members WHERE id = %d', gallery() } ]);

# What only Ada may do.
my @of_ada = (
	[ 4, sub { sprintf 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (%d, %d)', group(), person() } ],
	[ 4, sub { sprintf 'DELETE FROM kroles.group_members WHERE group_id = %d AND user_id = %d', group(), person() } ],
	[ 4, sub { sprintf 'UPDATE kroles.users SET blocked = %s WHERE id = %d', one(qw(true false false)), person() } ],
	[ 2, sub { sprintf 'UPDATE kroles.users SET applicative_role = \'%s\' WHERE id = %d', one(qw(viewer private_only admin unmoderated_admin)), person() } ],
	[ 2, sub { sprintf 'UPDATE kroles.users SET administrator = %s WHERE id = %d', one(qw(true false false false)), person() } ],
	[ 1, sub { sprintf 'UPDATE kroles.settings SET room_session_limit = \'%d seconds\'', number(1, 100) } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.events WHERE id = %d', event() } ],
	[ 2, sub { my $id = event(); "INSERT INTO kroles.events (id, name, created_by) VALUES ($id, 'event $id', " . person() . ')' } ],
	[ 1, sub { sprintf 'UPDATE kroles.settings SET allow_anonymous = NOT allow_anonymous, chat_and_collaboration = NOT chat_and_collaboration' } ],
	[ 1, sub { sprintf 'UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) = (\'%s\', \'%s\', \'%s\')', one(qw(channel gallery)), role(), one(qw(view contribute moderate)) } ],
	[ 1, sub { 'UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped' } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.groups WHERE id = %d', group() } ],
	[ 2, sub { my $id = group(); "INSERT INTO kroles.groups (id, name) VALUES ($id, 'group $id')" } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.spaces WHERE id = %d', space() } ],
	[ 2, sub { my $id = channel(); "INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES ($id, 'channel', 'open', 'channel $id', " . person() . ')' } ],
	[ 1, sub { my $id = gallery(); "INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES ($id, 'gallery', 'restricted', 'gallery $id', " . person() . ')' } ],
	[ 1, sub { sprintf 'DELETE FROM kroles.media WHERE id = %d', media() } ],
	[ 2, sub { my $id = media(); sprintf 'INSERT INTO kroles.media (id, type, name, owner_id) VALUES (%d, \'%s\', \'again\', %d)', $id, $id % 3 == 2 ? 'room' : 'video', person() } ],
	[ 2, sub { sprintf 'WITH gone AS (DELETE FROM kroles.publications WHERE space_id = %d RETURNING media_id) INSERT INTO kroles.publications (media_id, space_id) SELECT media_id, %d FROM gone ON CONFLICT DO NOTHING', space(), space() } ]);

sub by_weight
{
	my @acts = map { my $act = $_; ($act) x $act->[0] } @_;
	return sub { return one(@acts)->[1]->() };
}
my ($people, $rights, $ada) = (by_weight(@of_people), by_weight(@of_rights), by_weight(@of_ada));

# Who does it and what.
sub act
{
	my $kind = rand;
	return $kind < 0.35 ? ('u' . person(), $people->()) : $kind < 0.4 ? ('u1', $people->()) : $kind < 0.6 ? ('u' . person(), $rights->()) : $kind < 0.8 ? ('u1', $rights->()) : ('u1', $ada->());
}

sub by { my ($who, $what) = @_; return qq{SET kroles."user" = '$who';\n$what;\n} }

# Several acts in one transaction, all of it or with a part rolled back.
sub transaction
{
	my @levels = ('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE');
	my ($who) = act();
	my $text = 'BEGIN ISOLATION LEVEL ' . one(@levels) . "\\;\n";
	for (1 .. number(2, 4))
	{
		my ($other, $act) = act();
		$text .= qq{SET LOCAL kroles."user" = '$other'\\;\n$act\\;\n};
		$text .= "SAVEPOINT s\\;\n$act\\;\nROLLBACK TO s\\;\n" if rand() < 0.15 && $act !~ /^INSERT/;
	}
	return $text . one('COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK') . ";\nROLLBACK;\n";
}

# Somebody looks, so that every session has something to forget.
sub look { return by('u' . person(), one('SELECT count(*) FROM kroles.media', 'SELECT count(*) FROM kroles.publications', 'SELECT count(*) FROM kroles.event_sessions', sprintf(q{SELECT kroles_can('view', 'media', %d)}, media()), sprintf(q{SELECT kroles_rights('room', %d), kroles_rights('event', %d)}, room(), event()))) }

print "SET client_min_messages = error;\n\\o /dev/null\n";
my $end = time + $seconds;
while (time < $end)
{
	print rand() < 0.2 ? look() : rand() < 0.25 ? transaction() : by(act());
}
print "\\o\n";
