-- Previews: each kind of change with the rows that the rules say, and a case just outside it; what is recorded; who is told. (A
-- preview compares with what was before the transaction, so this file commits its portal, and drops it at its end.)
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS kroles;
\ir lib/refused.psql
\ir lib/says.psql
SELECT * FROM no_plan();

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, blocked) VALUES
    (1, 'ann', 'Ann', 'admin', false, false), (2, 'bob', 'Bob', 'private_only', false, false), (3, 'cy', '', 'viewer', false, false),
    (4, 'ada', 'Ada', 'viewer', true, false), (5, 'eve', 'Eve', 'admin', false, true), (6, 'dan', 'Dan', 'private_only', false, false);
INSERT INTO kroles.groups (id, name) VALUES (1, 'staff');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES
    (10, 'channel', 'private', 'Lab', 1, NULL, false), (11, 'channel', 'open', 'Hall', 1, NULL, false),
    (12, 'gallery', 'private', 'Top', 1, NULL, false), (13, 'gallery', 'private', 'Inherits', 1, 12, true), (14, 'gallery', 'private', 'Own', 1, 12, false);
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (10, 1, 'contributor');
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (100, 'video', 'Film', 1), (101, 'video', 'Draft', 2), (102, 'room', 'Room', 1),
    (103, 'video', 'Below', 1), (104, 'room', 'Session', 1), (105, 'video', 'Dan''s', 6);
INSERT INTO kroles.publications (media_id, space_id) VALUES (100, 10), (102, 10), (103, 13), (105, 10);
INSERT INTO kroles.events (id, name, created_by) VALUES (200, 'Day', 1);
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (200, 104);
-- bob is in the room, with what a contributor of the channel may do there
INSERT INTO kroles.room_participants (media_id, user_id, rights, role, rooms_switched)
SELECT 102, 2, kroles_rights('room', 102, 2)::kroles.action[], kroles_role('room', 102, 2), rooms_switched FROM kroles.settings;

-- What a query says after changes, which are undone; to that person (NULL: to the superuser).
CREATE FUNCTION pg_temp.after(changes text, query text, who text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE changes;
    IF who IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'KR000', MESSAGE = pg_temp.says(who, query);
    END IF;
    EXECUTE query INTO answer;
    RAISE EXCEPTION USING ERRCODE = 'KR000', MESSAGE = coalesce(answer, '');
EXCEPTION WHEN SQLSTATE 'KR000' THEN
    RETURN SQLERRM;
END $$;
-- The rows, of only these rights.
CREATE FUNCTION pg_temp.rows(changes text, rights text DEFAULT NULL, who text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.after($1, format($query$SELECT string_agg(concat_ws(' ', coalesce(user_id::text, 'anonymous'), CASE WHEN after THEN '+' ELSE '-' END || action, kind, id), ', ')
        FROM kroles_preview(actions => %L::kroles.action[])$query$, $2), $3)
$$;
CREATE FUNCTION pg_temp.counts(changes text, kinds text DEFAULT NULL, rights text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.after($1, format($query$SELECT string_agg(format('%%s %%s +%%s -%%s by %%s on %%s', kind, action, gained, lost, users, objects), ', ')
        FROM kroles_preview_counts(%L::kroles.object_kind[], %L::kroles.action[])$query$, $2, $3))
$$;

-- ---- Nothing ----
SELECT is(pg_temp.rows(change), '', 'no row after: ' || change)
FROM unnest(ARRAY['SELECT 1', 'UPDATE kroles.users SET name = ''Other''', 'UPDATE kroles.spaces SET name = ''Other'', moderated = true, joining = ''open''',
    'UPDATE kroles.media SET name = ''Other''', 'UPDATE kroles.events SET name = ''Other''', 'UPDATE kroles.settings SET people_shown_to = ''nobody''',
    'INSERT INTO kroles.groups (id, name) VALUES (2, ''empty'')', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 5)',
    'INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 3); DELETE FROM kroles.space_members WHERE user_id = 3',
    'UPDATE kroles.users SET blocked = true WHERE id = 2; UPDATE kroles.users SET blocked = false WHERE id = 2']) AS change;

-- ---- Grants on spaces ----
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 3)'),
    '3 +view channel 10, 3 +join_room channel 10, 3 +view media 100, 3 +view media 102, 3 +view media 105, 3 +view room 102, 3 +join_room room 102, 3 +interact room 102',
    'a new member: the channel, what is published there, and its room');
SELECT is(pg_temp.rows(format('INSERT INTO kroles.space_members (space_id, user_id, starts_at, expires_at) VALUES (10, 3, %s)', times), '{view}'), wanted, 'a member ' || times)
FROM (VALUES ('now() + interval ''1 day'', NULL', ''), ('NULL, now() - interval ''1 day''', ''),
    ('now() - interval ''1 day'', now() + interval ''1 day''', '3 +view channel 10, 3 +view media 100, 3 +view media 102, 3 +view media 105, 3 +view room 102')) AS t (times, wanted);
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (10, 3, ''contributor'')', '{contribute}'), '', 'a contributor who is a viewer does not contribute');
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (10, 6, ''contributor'')', '{contribute}'), '6 +contribute channel 10', 'another does');
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 2)'), '2 -contribute channel 10', 'a grant of one''s own hides the group''s, stronger or not');
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3)'), '3 +view gallery 12, 3 +view gallery 13, 3 +view media 103',
    'in a gallery: those too that take their members from it, not those that do not');
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (13, 3)'), '', 'in one that takes its members from another: nothing');
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (13, 3); UPDATE kroles.spaces SET inherits_members = false WHERE id = 13'),
    '3 +view gallery 13, 3 +view media 103', 'until it does not any more');

-- ---- Groups ----
SELECT is(pg_temp.rows('INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 6)', '{view, contribute}'),
    '6 +view channel 10, 6 +contribute channel 10, 6 +view media 100, 6 +view media 102, 6 +view room 102', 'who joins a group has what it has');
SELECT is(pg_temp.rows('DELETE FROM kroles.group_members'),
    '2 -view channel 10, 2 -contribute channel 10, 2 -join_room channel 10, 2 -view media 100, 2 -view media 102, 2 -view media 105, 2 -view room 102',
    'who leaves it, has it no more, but for the room where they are');
SELECT is(pg_temp.rows('DELETE FROM kroles.groups', '{contribute}'), '2 -contribute channel 10', 'a group goes');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (101, 1, ''viewer''); INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 3)', '{view}'),
    '3 +view channel 10, 3 +view media 100, 3 +view media 101, 3 +view media 102, 3 +view media 105, 3 +view room 102', 'two changes together');

-- ---- Spaces ----
SELECT is(pg_temp.rows('UPDATE kroles.spaces SET type = ''restricted'' WHERE id = 10', '{view, contribute}'),
    '3 +view channel 10, 6 +view channel 10, 3 +view media 100, 6 +view media 100, 3 +view media 102, 6 +view media 102, 3 +view media 105, 3 +view room 102, 6 +view room 102',
    'a channel is opened to all who are logged in and not blocked');
SELECT is(pg_temp.rows('UPDATE kroles.spaces SET type = ''public_restricted'' WHERE id = 10; UPDATE kroles.settings SET allow_anonymous = true', '{view}') ~ '^3 \+view channel 10, 6 \+view channel 10, anonymous \+view channel 10, 3 \+view media 100,',
    true, 'or to anonymous too');
SELECT is(pg_temp.rows('UPDATE kroles.spaces SET type = ''shared_repository'' WHERE id = 10', '{share}'), '1 +share channel 10, 2 +share channel 10, 4 +share channel 10',
    'in a shared repository members share, and administrators');
SELECT is(pg_temp.rows('UPDATE kroles.spaces SET owner_id = 6 WHERE id = 10', '{view, manage}'),
    '1 -view channel 10, 1 -manage channel 10, 6 +view channel 10, 6 +manage channel 10, 6 +view media 100, 6 +view media 102, 1 -view media 105, 6 +view room 102', 'a channel changes hands');
SELECT is(pg_temp.rows('UPDATE kroles.spaces SET owner_id = 6 WHERE id = 12', '{manage}'), '1 -manage gallery 12, 6 +manage gallery 12, 6 +manage gallery 13', 'a gallery: who owns the one below still owns it');
SELECT is(pg_temp.counts('INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (15, ''channel'', ''open'', ''New'', 6)', NULL, '{view, manage}'),
    'channel view +5 -0 by 5 on 1, channel manage +2 -0 by 2 on 1', 'a new channel: all but the blocked user see it, its owner and the administrator manage it');
SELECT is(pg_temp.rows('DELETE FROM kroles.spaces WHERE id = 10', '{view}'),
    '1 -view channel 10, 2 -view channel 10, 4 -view channel 10, 2 -view media 100, 2 -view media 102, 1 -view media 105, 2 -view media 105, 2 -view room 102',
    'a deleted channel is lost for all who had it, its media for those who had them by it');

SELECT is(pg_temp.rows($$DELETE FROM kroles.spaces WHERE id = 11; INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (11, 'gallery', 'restricted', 'Again', 1)$$, '{view}'),
    '1 -view channel 11, 2 -view channel 11, 3 -view channel 11, 4 -view channel 11, 6 -view channel 11, 1 +view gallery 11, 2 +view gallery 11, 3 +view gallery 11, 4 +view gallery 11, 6 +view gallery 11',
    'a gallery with the id of a channel is another object');

-- ---- Media ----
SELECT is(pg_temp.rows('INSERT INTO kroles.publications (media_id, space_id) VALUES (101, 11)'), '1 +view media 101, 1 +moderate media 101, 3 +view media 101, 6 +view media 101',
    'published in an open channel: its owner moderates it too');
SELECT is(pg_temp.rows($$UPDATE kroles.spaces SET moderated = true WHERE id = 10; SELECT pg_temp.says('bob', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (101, 10)')$$),
    '1 +view media 101, 1 +moderate media 101', 'where it is pending, those who moderate see it');
SELECT is(pg_temp.rows('DELETE FROM kroles.publications WHERE media_id = 100'), '2 -view media 100', 'taken down');
SELECT is(pg_temp.rows('UPDATE kroles.media SET available_from = now() + interval ''1 day'' WHERE id = 100'), '2 -view media 100', 'not there yet, but for its owner and administrators');
SELECT is(pg_temp.rows('UPDATE kroles.media SET available_from = now() - interval ''1 day'' WHERE id = 100'), '', 'there since yesterday');
SELECT is(pg_temp.rows('UPDATE kroles.media SET owner_id = 6 WHERE id = 101', '{view, delete}'), '2 -view media 101, 2 -delete media 101, 6 +view media 101, 6 +delete media 101', 'another owner');
SELECT is(pg_temp.counts('DELETE FROM kroles.media WHERE id = 101', NULL, '{view, publish}'), 'media view +0 -2 by 2 on 1, media publish +0 -2 by 2 on 1', 'a deleted media is lost for its owner and the administrator');
SELECT is(pg_temp.counts('INSERT INTO kroles.media (id, type, name, owner_id) VALUES (106, ''room'', ''New'', 2)', NULL, '{view, start_room}'),
    'media view +2 -0 by 2 on 1, room view +2 -0 by 2 on 1, room start_room +2 -0 by 2 on 1', 'a new room');
SELECT is(pg_temp.rows('UPDATE kroles.media SET type = ''video'' WHERE id = 104', '{join_room}'), '1 -join_room room 104, 4 -join_room room 104', 'a room that is none any more');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (101, 3, ''editor'')', '{view, edit}'), '3 +view media 101', 'an editor who is a viewer does not edit');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (100, 1, ''editor'')', '{view, edit}'), '2 +edit media 100', 'a group as editor');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (102, 3, ''room_moderator'')', '{view, moderate_room}'),
    '3 +view media 102, 3 +view room 102, 3 +moderate_room room 102', 'a moderator');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (102, 3, ''advanced'')', '{view, present}'), '3 +view media 102, 3 +view room 102, 3 +present room 102', 'a speaker');
SELECT is(pg_temp.rows('INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (102, 2, ''advanced'')', '{view, present}'), '', 'a speaker who is in the room presents from joining again on');

-- ---- Events ----
SELECT is(pg_temp.rows('INSERT INTO kroles.event_participants (event_id, user_id) VALUES (200, 3)'),
    '3 +view media 104, 3 +view room 104, 3 +join_room room 104, 3 +interact room 104, 3 +view event 200, 3 +interact event 200', 'an attendee: the event, and its sessions');
SELECT is(pg_temp.rows('INSERT INTO kroles.event_participants (event_id, group_id, role) VALUES (200, 1, ''moderator'')', '{moderate, moderate_room}'),
    '2 +moderate media 104, 2 +moderate room 104, 2 +moderate_room room 104, 2 +moderate event 200', 'a group as moderator');
SELECT is(pg_temp.rows('DELETE FROM kroles.event_sessions'), '', 'a session less is nothing to its owner');
SELECT is(pg_temp.counts('DELETE FROM kroles.events', '{event, media}', '{view}'), 'event view +0 -2 by 2 on 1', 'an event goes, its sessions stay their owner''s');

-- ---- Users and the site ----
SELECT is(pg_temp.rows('UPDATE kroles.users SET applicative_role = ''viewer'' WHERE id = 6', '{upload, edit, view}'), '6 -upload site, 6 -edit media 105', 'another applicative role');
SELECT is(pg_temp.counts(change, '{site, channel, media}', '{upload, contribute, view}'),
    'site upload +0 -1 by 1 on 1, channel view +0 -2 by 1 on 2, channel contribute +0 -1 by 1 on 1, media view +0 -4 by 1 on 4, media contribute +0 -1 by 1 on 1', change)
FROM unnest('{UPDATE kroles.users SET blocked = true WHERE id = 2,INSERT INTO kroles.user_blocks VALUES (2)}'::text[]) AS change;
SELECT is(pg_temp.counts('UPDATE kroles.users SET administrator = true WHERE id = 3', NULL, '{administer, delete}'),
    'site administer +1 -0 by 1 on 1, channel delete +2 -0 by 1 on 2, gallery delete +3 -0 by 1 on 3, media delete +6 -0 by 1 on 6, event delete +1 -0 by 1 on 1', 'an administrator');
SELECT is(pg_temp.rows('INSERT INTO kroles.users (id, login) VALUES (7, ''new'')'), '7 +view channel 11', 'a new user has what all have');
SELECT is(pg_temp.rows('DELETE FROM kroles.users WHERE id = 3'), '3 -view channel 11', 'and a deleted one has it no more');
SELECT is(pg_temp.rows('UPDATE kroles.baseline_rights SET allowed = false WHERE (kind, applicative_role, action) = (''site'', ''private_only'', ''upload'')'),
    '2 -upload site, 6 -upload site', 'a matrix');
SELECT is(pg_temp.rows('UPDATE kroles.settings SET chat_and_collaboration = false'), '', 'rooms are switched off: where nobody moderates and stays gave nothing more, nothing is lost');
SELECT is(pg_temp.rows('DELETE FROM kroles.group_members; UPDATE kroles.settings SET chat_and_collaboration = false', '{join_room, interact}'), '2 -join_room channel 10, 2 -join_room room 102, 2 -interact room 102',
    'with the group''s grant gone, the stay was all that bob had, and ends');

-- ---- Rows ----
SELECT is(pg_temp.after('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (10, 6, ''manager'')', 'SELECT concat_ws(''|'', user_id, name, action, kind, id, before, after, why, total) FROM kroles_preview(''{channel}'', ''{manage}'')'),
    '6|Dan|manage|channel|10|f|t|manager of channel "Lab"|1', 'a gain, and why');
SELECT is(pg_temp.after('DELETE FROM kroles.group_members', 'SELECT concat_ws(''|'', user_id, name, action, kind, id, before, after, why, total) FROM kroles_preview(''{channel}'', ''{contribute}'')'),
    '2|Bob|contribute|channel|10|t|f|contributor of channel "Lab", by group "staff"|1', 'a loss, and what was why');
SELECT is(pg_temp.after('DELETE FROM kroles.users WHERE id = 3', 'SELECT concat_ws(''|'', user_id, name IS NULL, after, why) FROM kroles_preview()'),
    '3|t|f|the applicative role viewer in a channel of type open', 'of a user who is gone, without a name');
SELECT is(pg_temp.after('INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 3)', format('SELECT string_agg(concat_ws('' '', action, kind, id, total), '', '') FROM kroles_preview(%s)', page)), wanted, page)
FROM (VALUES ('max_rows => 2', 'view channel 10 8, join_room channel 10 8'), ('max_rows => 2, skip => 1', 'join_room channel 10 8, view media 100 8'), ('max_rows => 1, skip => 7', 'interact room 102 8'),
    ('skip => 8', ''), ('max_rows => 0', ''), ('kinds => ''{media, site}''', 'view media 100 3, view media 102 3, view media 105 3'), ('kinds => ''{}''', ''), ('actions => ''{}''', ''),
    ('''{room}'', ''{interact, view}'', NULL, NULL', 'view room 102 2, interact room 102 2')) AS t (page, wanted);
SELECT pg_temp.refused(call, '22023', '', call)
FROM unnest(ARRAY['SELECT * FROM kroles_preview(max_rows => -1)', 'SELECT * FROM kroles_preview(skip => -1)', 'SELECT * FROM kroles_preview(kinds => ARRAY[NULL]::kroles.object_kind[])',
    'SELECT * FROM kroles_preview(actions => ''{view, NULL}'')', 'SELECT * FROM kroles_preview_counts(actions => ''{NULL}'')']) AS call;
SELECT pg_temp.refused(format('WITH t AS (SELECT pg_temp.after(%L, %L)) SELECT * FROM t', change, call), '55000', '', change || ': ' || call)
FROM unnest(ARRAY['TRUNCATE kroles.publications', 'TRUNCATE kroles.group_members',
        'DELETE FROM kroles.group_members; ALTER TABLE kroles.media ADD COLUMN seen timestamptz DEFAULT clock_timestamp()']) AS change,
     unnest('{SELECT count(*) FROM kroles_preview(),SELECT count(*) FROM kroles_preview_counts()}'::text[]) AS call;

SELECT is(pg_temp.rows('DELETE FROM kroles.group_members; ALTER TABLE kroles.media ADD COLUMN seen timestamptz DEFAULT now()', '{contribute}'), '2 -contribute channel 10',
    'a column that rewrites nothing does no harm');

-- ---- Transactions ----
CREATE FUNCTION pg_temp.in_savepoint(change text, given_up boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE change;
    IF given_up THEN
        RAISE division_by_zero;
    END IF;
EXCEPTION WHEN division_by_zero THEN
END $$;
SELECT is(pg_temp.rows($$SELECT pg_temp.in_savepoint('INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 6)', false), pg_temp.in_savepoint('INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3)', true)$$),
    '6 +view gallery 12, 6 +view gallery 13, 6 +view media 103', 'what is rolled back to a savepoint is not shown, what is released is');
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3);
SELECT string_agg(concat_ws(' ', user_id, action, kind, id), ', ') AS in_old_snapshot FROM kroles_preview() \gset
ROLLBACK;
SELECT is(:'in_old_snapshot'::text, '3 view gallery 12, 3 view gallery 13, 3 view media 103', 'in REPEATABLE READ');
BEGIN;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3);
COMMIT;
SELECT is((SELECT count(*) FROM kroles_preview()), 0::bigint, 'nothing of the transaction before');
DELETE FROM kroles.space_members WHERE space_id = 12;

-- in a trigger of the transaction's first statement, whose rows are being inserted
CREATE TABLE seen (rows text);
GRANT ALL ON seen TO PUBLIC;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen SELECT string_agg(concat_ws(' ', user_id, action, kind, id), ', ') FROM kroles_preview(actions => '{view}');
    RETURN NULL;
END $$;
CREATE TRIGGER zz_look AFTER INSERT ON kroles.spaces EXECUTE FUNCTION look();
CREATE TRIGGER zz_look AFTER INSERT ON kroles.events EXECUTE FUNCTION look();
CREATE TRIGGER zz_look AFTER INSERT ON kroles.media EXECUTE FUNCTION look();
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (19, 'channel', 'private', 'First', 1);
INSERT INTO kroles.media (id, name, owner_id) VALUES (109, 'First', 1);
INSERT INTO kroles.events (id, name, created_by) VALUES (209, 'First', 1);
SELECT results_eq('TABLE seen', '{"1 view channel 19, 4 view channel 19","1 view media 109, 4 view media 109","1 view event 209, 4 view event 209"}'::text[],
    'an object is new in triggers of the statement that inserts it');
DELETE FROM kroles.spaces WHERE id = 19;
DELETE FROM kroles.media WHERE id = 109;
DELETE FROM kroles.events WHERE id = 209;
DROP FUNCTION look() CASCADE;
DROP TABLE seen;

-- ---- Who is told ----
SELECT is(pg_temp.rows('INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 3)', '{view}', who), wanted, coalesce(who, 'anonymous') || ' is told')
FROM (VALUES ('ann', '("3 +view channel 10, 3 +view media 100, 3 +view media 102, 3 +view room 102")'), ('cy', '("3 +view channel 10, 3 +view media 100, 3 +view media 102, 3 +view media 105, 3 +view room 102")'),
    ('dan', '("3 +view media 105")'), ('bob', '()'), ('eve', '()'), ('', '()'),
    ('ada', '("3 +view channel 10, 3 +view media 100, 3 +view media 102, 3 +view media 105, 3 +view room 102")')) AS t (who, wanted);
SELECT is(pg_temp.after('INSERT INTO kroles.space_members (space_id, user_id) VALUES (10, 3)', 'SELECT sum(gained), max(users) FROM kroles_preview_counts(actions => ''{view}'')', who), wanted, who || ' counts')
FROM (VALUES ('ann', '(4,1)'), ('cy', '(5,1)'), ('dan', '(1,1)'), ('bob', '(,)'), ('ada', '(5,1)')) AS t (who, wanted);
SELECT is(pg_temp.rows('UPDATE kroles.media SET owner_id = 6 WHERE id = 101', '{delete}', 'bob'), '("2 -delete media 101, 6 +delete media 101")', 'who gives a media away sees what comes of it');
SELECT is(pg_temp.rows('UPDATE kroles.media SET owner_id = 6 WHERE id = 101', '{delete}', 'dan'), '("6 +delete media 101")', 'who gets it, only that');
SELECT is(pg_temp.rows('INSERT INTO kroles.media (id, name, owner_id) VALUES (106, ''New'', 6)', '{delete}', 'dan'), '("4 +delete media 106, 6 +delete media 106")', 'of new ones, who manages them now');
SELECT is(pg_temp.rows('UPDATE kroles.baseline_rights SET allowed = false WHERE (kind, applicative_role, action) = (''site'', ''private_only'', ''upload'')', NULL, 'bob'), '("2 -upload site")', 'of the site, one''s own');

-- ---- Recorded ----
CREATE FUNCTION pg_temp.recorded() RETURNS text LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM kroles.access_changes RETURNING *)
    SELECT coalesce(string_agg(concat_ws(' ', coalesce(user_id::text, 'anonymous'), CASE WHEN allowed THEN '+' ELSE '-' END || action, kind, object_id), ', ' ORDER BY id), '') FROM gone
$$;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3);
DELETE FROM kroles.space_members WHERE space_id = 12;
SELECT is(pg_temp.recorded(), '', 'nothing is recorded unless the site wants it');
UPDATE kroles.settings SET record_access_changes = true, access_change_actions = '{view, upload}';
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (12, 3, 'manager');
SELECT is(pg_temp.recorded(), '3 +view gallery 12, 3 +view gallery 13, 3 +view media 103', 'then it is, of the rights that it wants');
BEGIN;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 6);
SAVEPOINT here;
DELETE FROM kroles.space_members WHERE (space_id, user_id) = (12, 3);
ROLLBACK TO here;
COMMIT;
SELECT is(pg_temp.recorded(), '6 +view gallery 12, 6 +view gallery 13, 6 +view media 103', 'once a transaction, without what was rolled back');
BEGIN;
DELETE FROM kroles.space_members WHERE space_id = 12;
ROLLBACK;
SELECT is(pg_temp.recorded(), '', 'nothing of one that is rolled back');
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM kroles.space_members WHERE space_id = 12;
COMMIT;
SELECT is(pg_temp.recorded(), '3 -view gallery 12, 6 -view gallery 12, 3 -view gallery 13, 6 -view gallery 13, 3 -view media 103, 6 -view media 103', 'in a serializable transaction');
SELECT is(pg_temp.says('ann', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3)'), '1 rows', 'a person changes something');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', c.txid = l.txid, c.at = l.at), ',') FROM kroles.access_changes c, (SELECT txid, at FROM kroles.audit_log ORDER BY id DESC LIMIT 1) AS l), 't t', 'which is recorded with the transaction''s id and time, as the log has them');
SELECT is(pg_temp.says(who, 'SELECT count(*) FROM kroles.access_changes'), wanted::text, coalesce(who, 'nobody') || ' reads them') FROM (VALUES ('ann', '(0)'), ('cy', '(0)'), (NULL, '(0)'), ('ada', '(3)')) AS t (who, wanted);
SELECT is(pg_temp.says('ann', 'DELETE FROM kroles.access_changes'), '0 rows', 'who is no administrator deletes none');
SELECT is(pg_temp.says(who, statement), '42501', format('%s: %s', who, statement))
FROM unnest('{ann, ada}'::text[]) AS who, unnest('{INSERT INTO kroles.access_changes (action\, kind\, allowed) VALUES (''view''\, ''site''\, true),UPDATE kroles.access_changes SET allowed = false}'::text[]) AS statement;
SELECT is(pg_temp.says('ada', 'DELETE FROM kroles.access_changes'), '3 rows', 'an administrator does');
DELETE FROM kroles.space_members WHERE space_id = 12;
UPDATE kroles.users SET applicative_role = 'viewer' WHERE id = 6;
UPDATE kroles.users SET applicative_role = 'private_only' WHERE id = 6;
SELECT is(pg_temp.recorded(), '3 -view gallery 12, 3 -view gallery 13, 3 -view media 103, 6 -upload site, 6 +upload site', 'in the order of commits');
\set ON_ERROR_STOP off
BEGIN;
TRUNCATE kroles.publications;
COMMIT;
\set truncated :SQLSTATE
\set ON_ERROR_STOP on
SELECT is(:'truncated'::text, '55000', 'after TRUNCATE it is not known what was');
SELECT is((SELECT count(*) FROM kroles.publications), 4::bigint, 'so that is refused');
BEGIN;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3);
SET TRANSACTION READ ONLY;
COMMIT;
SELECT is(pg_temp.recorded(), '3 +view gallery 12, 3 +view gallery 13, 3 +view media 103', 'a transaction that was made read-only after its changes commits, and is recorded');
-- what a client is sent while other transactions wait for this one, it could leave unread: it is sent nothing but errors
CREATE TABLE level (during text);
CREATE FUNCTION note_level() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.level VALUES (current_setting('client_min_messages')); RETURN NULL; END$$;
CREATE TRIGGER note_level AFTER INSERT ON kroles.access_changes EXECUTE FUNCTION note_level();
BEGIN;
DELETE FROM kroles.space_members WHERE space_id = 12;
SET LOCAL client_min_messages = notice;
COMMIT;
SELECT is((SELECT string_agg(during, ',') FROM level) || ' ' || current_setting('client_min_messages'), 'error warning', 'no messages while others may wait; then the setting is what it was');
DROP TRIGGER note_level ON kroles.access_changes;
CREATE CONSTRAINT TRIGGER note_level AFTER INSERT ON kroles.access_changes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_level();
DELETE FROM level;
INSERT INTO kroles.space_members (space_id, user_id) VALUES (12, 3);
DELETE FROM kroles.space_members WHERE space_id = 12;
SELECT is((SELECT count(*) FROM level), 6::bigint, 'deferred triggers of the site''s fire, too');
DROP TRIGGER note_level ON kroles.access_changes;
DROP FUNCTION note_level();
DROP TABLE level;
DELETE FROM kroles.access_changes;
UPDATE kroles.settings SET record_access_changes = false;
DELETE FROM kroles.space_members WHERE space_id = 10;
SELECT is(pg_temp.recorded(), '', 'nothing is, when it is turned off');

-- ---- Roles that are added ----
ALTER TYPE kroles.applicative_role ADD VALUE 'guest' BEFORE 'viewer';
SELECT is(pg_temp.rows(format('UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE (kind, applicative_role, action) = (''site'', %L, ''upload'')', role)), wanted,
    'the cell of ' || role || ', where the type has another role before it')
FROM (VALUES ('viewer', '3 +upload site'), ('private_only', '2 -upload site, 6 -upload site'), ('admin', '1 -upload site'), ('unmoderated_admin', '')) AS t (role, wanted);

-- ---- The extension goes ----
BEGIN;
UPDATE kroles.settings SET record_access_changes = true;
DELETE FROM kroles.group_members;
DROP EXTENSION kroles CASCADE;
COMMIT;
SELECT hasnt_extension('kroles', 'a transaction that makes changes, and drops the extension, commits');

SELECT * FROM finish();
SET client_min_messages = error;
DROP SCHEMA kroles CASCADE;
DROP EXTENSION pgtap;
DROP OWNED BY says_app;
DROP ROLE says_app;
