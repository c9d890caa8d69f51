# A copy is guarded as the original: dump and restore give back the audit log row for row and add no row to it, what
# kroles_grant_access gave, policies and triggers; and in the copy row_security lets nobody pass unguarded or unlogged.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Portal;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('portal');
my $dir = PostgreSQL::Test::Utils::tempdir();
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');

sub does
{
	my ($db, $role, $person, $sql) = @_;
	return $node->safe_psql($db, ($person eq '' ? '' : "SET kroles.\"user\" = '$person';") . $sql, extra_params => [ '-U', $role ]);
}

# ---- A portal whose log has something of everybody ----
$node->safe_psql('postgres', 'CREATE ROLE app LOGIN; CREATE ROLE reports LOGIN; CREATE ROLE backup LOGIN BYPASSRLS; CREATE DATABASE portal');
$node->safe_psql('portal', <<'END');
CREATE EXTENSION kroles;
SELECT kroles_grant_access('app');
SELECT kroles_trust_gateway('app');
SELECT kroles_grant_access('backup');
SELECT kroles_grant_access('reports');
SELECT kroles_revoke_access('reports');
GRANT SELECT ON kroles.media TO reports;
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('one', 'HS256', repeat('secret', 8));
INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (1, 'ada', 'viewer', true), (2, 'olga', 'admin', false), (3, 'mona', 'private_only', false), (4, 'pia', 'private_only', false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'Staff');
END
does('portal', 'app', 'ada', <<'END');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3);
UPDATE kroles.settings SET allow_anonymous = true;
UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = ('channel', 'member', 'contribute');
UPDATE kroles.users SET blocked = true WHERE login = 'mona';
UPDATE kroles.users SET blocked = false WHERE login = 'mona';
END
does('portal', 'app', 'olga', <<'END');
INSERT INTO kroles.channels (type, name, owner_id, moderated) VALUES ('restricted', 'Lectures', 2, true), ('open', 'Gone', 2, false);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'moderator'), (1, 4, 'contributor');
UPDATE kroles.space_members SET role = 'manager' WHERE user_id = 3;
DELETE FROM kroles.channels WHERE id = 2;
END
does('portal', 'app', 'pia', <<'END');
INSERT INTO kroles.media (name, owner_id) VALUES ('film', 4), ('other', 4), ('third', 4);
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 2);
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 2, 'chat_moderator');
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 2, 'viewer');
SELECT kroles_publish(1, 1);
SELECT kroles_publish(2, 1);
END
does('portal', 'app', 'olga', <<'END');
INSERT INTO kroles.playlists (space_id, name) VALUES (1, 'Term'), (1, 'Gone');
INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 1), (1, 2), (2, 1);
SELECT kroles_move_item(1, 2, 1);
DELETE FROM kroles.playlists WHERE id = 2;
INSERT INTO kroles.events (name) VALUES ('Congress'), ('Gone');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 4, 'speaker'), (1, 3, 'organizer');
UPDATE kroles.event_participants SET role = 'organizer' WHERE user_id = 4;
DELETE FROM kroles.events WHERE id = 2;
END
does('portal', 'app', 'pia', <<'END');
INSERT INTO kroles.media (type, name, owner_id) VALUES ('room', 'hall', 4);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 4), (1, 2);
SELECT kroles_move_session(1, 2, 1);
SELECT kroles_room_join(4);
END
does('portal', 'app', 'olga', 'SELECT kroles_room_join(4); SELECT kroles_room_remove(4, 4)');
does('portal', 'app', 'mona', "SELECT kroles_approve(1, 1); SELECT kroles_reject(2, 1, 'dark')");

# ---- What must come back ----
my %kept = (
	'the audit log' => 'SELECT a::text FROM kroles.audit_log AS a ORDER BY id',
	'the audit log\'s next id' => q{SELECT last_value, is_called FROM kroles.audit_log_id_seq},
	'privileges on relations' => q{
SELECT concat_ws(' ', c.relname, a.grantee::regrole, a.privilege_type) FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'kroles'::regnamespace ORDER BY 1},
	'privileges on columns' => q{
SELECT concat_ws(' ', c.relname, attname, a.grantee::regrole, a.privilege_type) FROM pg_class AS c JOIN pg_attribute ON attrelid = c.oid, aclexplode(attacl) AS a
WHERE c.relnamespace = 'kroles'::regnamespace ORDER BY 1},
	'privileges on functions' => q{
SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_depend ON objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e',
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0 ORDER BY 1},
	'policies' => q{
SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'kroles' ORDER BY 1, 2},
	'row security of tables' => q{
SELECT relname, relrowsecurity, relforcerowsecurity, relowner::regrole FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' ORDER BY 1},
	'triggers' => q{
SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'kroles'::regnamespace) ORDER BY 1, 2},
	'views' => q{
SELECT relname, reloptions, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'v' ORDER BY 1},
	'states of publications' => 'SELECT p::text FROM kroles.publications AS p ORDER BY 1',
	'gateways and keys' => 'SELECT g::text FROM kroles.gateways AS g UNION ALL SELECT k::text FROM kroles.signing_keys AS k ORDER BY 1');

sub portrait
{
	my ($db) = @_;
	return { map { $_ => $node->safe_psql($db, $kept{$_}) } keys %kept };
}

my $wanted = portrait('portal');
isnt($wanted->{$_}, '', "there is something in $_") for sort keys %kept;
is($node->safe_psql('portal', q{SELECT string_agg(DISTINCT coalesce((SELECT login FROM kroles.users WHERE id = actor), db_role), ' ') FROM kroles.audit_log}),
	"ada mona olga pia $superuser", 'the log has something of everybody');
is($node->safe_psql('portal', 'SELECT count(*) FROM kroles.audit_log AS a WHERE a::text LIKE \'%secretsecret%\''), '0', 'and no secret');
is($node->safe_psql('portal', q{SELECT string_agg(DISTINCT relation, ' ' ORDER BY relation) FROM kroles.audit_log}),
	join(' ', map { "kroles.$_" } qw(event_participants event_sessions events gateways group_members groups media media_collaborators
		media_moderators media_speakers playlist_items playlists publications role_rights room_participants settings signing_keys space_members spaces users)), 'of every table that changed');

# ---- Dump and restore, by the ways there are ----
$node->command_ok([ 'pg_dump', '-f', "$dir/plain.sql", 'portal' ], 'plain dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", 'portal' ], 'custom dump');
is_deeply(portrait('portal'), $wanted, 'dumping changes nothing');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
my %ways = (
	plain => [ @psql, '-d', 'plain', '-f', "$dir/plain.sql" ],
	at_once => [ @psql, '-1', '-d', 'at_once', '-f', "$dir/plain.sql" ],
	custom => [ 'pg_restore', '--exit-on-error', '-d', 'custom', "$dir/custom" ]);
for my $db (sort keys %ways)
{
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->command_ok($ways{$db}, "$db: restored");
	my $is = portrait($db);
	is($is->{$_}, $wanted->{$_}, "$db: $_") for sort keys %kept;
}

# ---- The copy is as guarded as the original ----
is(does('plain', 'app', $_->[0], "SELECT string_agg(id::text, ' ' ORDER BY id) FROM kroles.media"), $_->[1], "in the copy $_->[0] sees media $_->[1]")
	for [ 'ada', '1 2 3 4' ], [ 'pia', '1 2 3 4' ], [ 'mona', '1 2 4' ], [ 'olga', '1 2 4' ];
my $last = $node->safe_psql('plain', 'SELECT max(id) FROM kroles.audit_log');
does('plain', 'app', 'pia', q{UPDATE kroles.media SET name = 'new' WHERE id = 1});
is($node->safe_psql('plain', "SELECT actor, operation, relation, object_id, id > $last FROM kroles.audit_log ORDER BY id DESC LIMIT 1"),
	'4|UPDATE|kroles.media|1|t', 'what is done in the copy is logged after what was');
does('plain', 'app', 'pia', q{UPDATE kroles.media SET name = 'film' WHERE id = 1});

# ---- Nobody passes with row_security off ----
# What a session of that role comes to: how many rows the log has grown by, and the state pia's third film has then; or
# what it is refused with.
sub attempt
{
	my ($role, $sql) = @_;
	my $before = $node->safe_psql('plain', 'SELECT count(*) FROM kroles.audit_log');
	my ($code, $out, $err) = $node->psql('plain', "BEGIN; $sql; COMMIT", extra_params => [ '-U', $role ], on_error_stop => 1);
	my $is = $node->safe_psql('plain', "SELECT coalesce((SELECT status || ' by ' || coalesce(published_by::text, 'nobody') FROM kroles.publications WHERE media_id = 3), 'nothing')
		|| ', ' || (SELECT count(*) FROM kroles.audit_log) - $before || ' logged'");
	$node->safe_psql('plain', 'DELETE FROM kroles.publications WHERE media_id = 3');
	return $code == 0 ? $is : $err =~ /ERROR:\s+(.*)/ ? "$is: $1" : $err;
}
$node->safe_psql('plain', <<'END');
CREATE SCHEMA own;
GRANT ALL ON SCHEMA own TO PUBLIC;
CREATE FUNCTION own.does(statement text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; END$$;
CREATE FUNCTION own.does_off(statement text) RETURNS void SET row_security = off LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; END$$;
CREATE FUNCTION own.definer(statement text) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; END$$;
CREATE FUNCTION own.definer_off(statement text) RETURNS void SECURITY DEFINER SET row_security = off LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; END$$;
CREATE ROLE member LOGIN;
GRANT backup TO member;
GRANT app TO backup;
SELECT kroles_grant_access('member');
SELECT kroles_trust_gateway('member');
END
# pia may publish her film in Lectures: pending, and as herself; not in the name of another and approved
my $publish = "INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (3, 1, ''approved'', 2)";
(my $plainly = $publish) =~ s/''/'/g;
my $pia = q{SET LOCAL kroles."user" = 'pia'};
my $off = 'SET LOCAL row_security = off';
my $honest = 'pending by 4, 1 logged';
my $rls = qr/^nothing, 0 logged: query would be affected by row-level security policy/;

is(attempt('app', "$pia; $plainly"), $honest, 'control: pia publishes');
like(attempt('app', "$pia; $off; $plainly"), $rls, 'row_security off in the application\'s session');
like(attempt('app', "$pia; SELECT own.does_off('$publish')"), $rls, 'in a function that switches it off');
like(attempt('app', "$off; $plainly"), $rls, 'row_security off with nobody logged in');
is(attempt('app', "$pia; SELECT own.definer('$publish')"), $honest, 'in a superuser\'s definer function');
is(attempt('app', "$pia; $off; SELECT own.definer('$publish')"), $honest, 'in a superuser\'s definer function, row_security being off');
is(attempt('app', "$pia; SELECT own.definer_off('$publish')"), $honest, 'in a superuser\'s definer function that switches it off');
is(attempt('app', "$pia; SELECT own.definer_off('SELECT own.does_off(''" . $publish =~ s/'/''/gr . "'')')"), $honest, 'in a function within such a function');
is(attempt('app', "$pia; $off; SELECT kroles_publish(3, 1)"), $honest, 'kroles_publish with row_security off');
is(attempt('app', "$pia; SELECT own.definer_off('SELECT kroles_publish(3, 1)')"), $honest, 'kroles_publish in a superuser\'s definer function');
is(attempt('member', "$pia; SET LOCAL ROLE backup; $off; $plainly"), $honest, 'as one who has taken on a role that bypasses row security');
like(attempt('backup', "SET LOCAL ROLE app; $off; $plainly"), $rls, 'as one who bypasses it and has taken on the application\'s role');
like(attempt($superuser, "SET LOCAL ROLE app; $off; $plainly"), $rls, 'as a superuser who has');
like(attempt($superuser, "SET LOCAL SESSION AUTHORIZATION app; $pia; $off; $plainly"), $rls, 'as a superuser who has become it');
is(attempt($superuser, "SET LOCAL ROLE backup; $off; $plainly"), 'approved by nobody, 1 logged', 'as a superuser under another name: an operator, logged');
is(attempt($superuser, "$off; SELECT own.definer('$publish')"), 'approved by nobody, 1 logged', 'as a superuser in a definer function, though it is their own: an operator, logged');
is(attempt($superuser, "$off; SELECT own.does('$publish')"), 'approved by nobody, 1 logged', 'as a superuser in any other function');
is(attempt($superuser, "$off; $plainly"), 'approved by nobody, 1 logged', 'as a superuser');
is(attempt('backup', "$off; $plainly"), 'approved by nobody, 1 logged', 'as a login that bypasses row security');
is(attempt('backup', $plainly), 'approved by nobody, 1 logged', 'control: with row_security on it is an operator, logged');
is(attempt('backup', "$off; SELECT own.definer('$publish')"), 'approved by nobody, 1 logged', 'in a definer function it is an operator, logged');

# The setting may be set for the application's role or the whole database; it opens nothing.
$node->safe_psql('plain', "$_ SET row_security = off"), like(attempt('app', "$pia; $plainly"), $rls, "after $_ SET row_security = off"), $node->safe_psql('plain', "$_ RESET row_security")
	for 'ALTER ROLE app', 'ALTER DATABASE plain';

# Everything below is refused or logged for an application's person.
sub refused
{
	my ($sql, $pattern, $what) = @_;
	like(attempt('app', "$pia; SELECT own.definer_off('" . $sql =~ s/'/''/gr . "')"), $pattern, "not in a superuser's definer function: $what");
	return;
}
refused(q{INSERT INTO kroles.settings (allow_anonymous) VALUES (false)}, qr/settings_has_one_row/, 'settings by INSERT');
refused(q{INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped) VALUES ('channel', 'member', 'manage', true, false)}, qr/row for every cell/, 'a cell by INSERT');
refused(q{UPDATE kroles.users SET administrator = true}, qr/permission denied to change more of your own user/, 'making oneself administrator');
refused(q{UPDATE kroles.spaces SET owner_id = 4}, qr/may not transfer/, 'making oneself owner');
refused(q{UPDATE kroles.publications SET published_by = 3}, qr/recorded by the database/, 'rewriting who published');
refused(q{UPDATE kroles.publications SET status = 'approved' WHERE media_id = 2}, qr/cannot be approved|may not/, 'approving');
refused(q{DELETE FROM kroles.event_participants WHERE role = 'organizer'}, qr/needs an organizer/, 'leaving an event to nobody');
refused(q{UPDATE kroles.events SET created_by = 3}, qr/the creator of an event cannot be changed/, 'changing who made an event');
refused(q{UPDATE kroles.event_sessions SET media_id = 3 WHERE media_id = 2}, qr/event and media of a session cannot be changed/, 'putting another media in a session\'s place');
refused(q{SELECT kroles_room_leave(4)}, qr/^nothing, 0 logged$/, 'leaving where one is not in');
refused(q{SELECT kroles_room_join(4)}, qr/^nothing, 1 logged$/, 'joining without a trace');
refused(q{UPDATE kroles.users SET name = 'P' WHERE login = 'pia'}, qr/^nothing, 1 logged$/, 'changing without a trace');
refused(q{DELETE FROM kroles.media_speakers}, qr/^nothing, 1 logged$/, 'deleting without a trace');

done_testing();
