-- Bypass by the kind of statement: COPY, MERGE, RETURNING, joins in UPDATE and DELETE, writable CTEs, ON CONFLICT, row locks,
-- cursors, prepared statements, and every other way to name a row.
\set name kroles_bypass_statements
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

-- ---- Every way to read: the stranger sees films 1 2 3 5 7 and no other ----
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media by ' || query, query)
FROM unnest(ARRAY[
    'SELECT id FROM kroles.media ORDER BY id', 'SELECT id FROM ONLY kroles.media ORDER BY id',
    'SELECT id FROM kroles.media TABLESAMPLE BERNOULLI (100) ORDER BY id',
    'SELECT id FROM kroles.media WHERE ctid = ANY (ARRAY(SELECT format(''(0,%s)'', n)::tid FROM generate_series(0, 50) AS n)) ORDER BY id',
    'SELECT id FROM kroles.media WHERE tableoid = ''kroles.media''::regclass ORDER BY id',
    'SELECT (m).id FROM kroles.media AS m WHERE m IS NOT DISTINCT FROM m ORDER BY 1',
    'SELECT id FROM generate_series(1, 20) AS n JOIN kroles.media ON id = n ORDER BY id',
    'SELECT DISTINCT n FROM generate_series(1, 20) AS n, LATERAL (SELECT FROM kroles.media WHERE id = n) AS m ORDER BY n',
    'SELECT n FROM generate_series(1, 20) AS n WHERE EXISTS (SELECT FROM kroles.media WHERE id = n) ORDER BY n',
    'SELECT n FROM generate_series(1, 20) AS n WHERE n IN (SELECT id FROM kroles.media) ORDER BY n',
    'WITH RECURSIVE r (n) AS (SELECT min(id) FROM kroles.media UNION ALL SELECT (SELECT min(id) FROM kroles.media WHERE id > n) FROM r WHERE n IS NOT NULL) SELECT n FROM r WHERE n IS NOT NULL',
    'WITH m AS MATERIALIZED (SELECT * FROM kroles.media) SELECT id FROM m ORDER BY id',
    'SELECT id FROM kroles.media UNION SELECT id FROM kroles.media ORDER BY id', 'SELECT id FROM kroles.media INTERSECT SELECT id FROM kroles.media ORDER BY id',
    'SELECT string_agg(id::text, '' '' ORDER BY id) FROM kroles.media', 'SELECT string_agg(j->>''id'', '' '' ORDER BY j->>''id'') FROM (SELECT to_jsonb(m) AS j FROM kroles.media AS m) AS s',
    'SELECT string_agg(i::text, '' '' ORDER BY i::text) FROM unnest(xpath(''//id/text()'', table_to_xml(''kroles.media'', true, false, ''''))) AS i',
    'SELECT array_to_string(xpath(''//id/text()'', query_to_xml(''SELECT id FROM kroles.media ORDER BY id'', true, false, '''')), '' '')']) AS query;
SELECT campus.tries('stranger', 'false', 'finds a hidden film or a key in the schema as XML', 'SELECT schema_to_xml(''kroles'', true, false, '''')::text ~ ''Draft|<key|signing''');
SELECT campus.tries('stranger', '5', 'counts', 'SELECT count(*) FROM kroles.media');
SELECT campus.tries('stranger', '5', 'counts by index', 'SELECT count(*) FROM kroles.media WHERE id > 0', 'SET enable_seqscan = off');
SELECT campus.tries('stranger', '7', 'asks for the last id', 'SELECT max(id) FROM kroles.media');
SELECT campus.tries('stranger', 'no row', 'reads a hidden film by its id', 'SELECT id FROM kroles.media WHERE id = 4');
SELECT campus.tries('stranger', '42501', 'reads with row_security off', 'SELECT id FROM kroles.media', 'SET row_security = off');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads after SET ROLE to the same', 'SELECT id FROM kroles.media ORDER BY id', 'SET ROLE campus_gateway');

-- prepared by one person, run by another, planned anew or not
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'administrator';
SET plan_cache_mode = force_generic_plan;
PREPARE read_all AS SELECT count(*) FROM kroles.media;
PREPARE rename (bigint) AS UPDATE kroles.media SET name = name WHERE id = $1;
EXECUTE read_all \gset as_administrator_
SET kroles."user" = 'stranger';
EXECUTE read_all \gset as_stranger_
BEGIN;
EXECUTE rename(1);
\set renamed :ROW_COUNT
ROLLBACK;
-- a cursor is judged as it goes on, too
BEGIN;
SET LOCAL kroles."user" = 'administrator';
DECLARE films CURSOR FOR SELECT id FROM kroles.media ORDER BY id;
FETCH 1 FROM films \gset first_
SET LOCAL kroles."user" = 'stranger';
MOVE ALL FROM films;
\set fetched :ROW_COUNT
ROLLBACK;
RESET kroles."user";
SELECT count(*) AS as_nobody FROM kroles.media \gset
RESET plan_cache_mode;
RESET SESSION AUTHORIZATION;
SELECT is(:'as_administrator_count'::text, '11', 'control: administrator counts media by a prepared statement');
SELECT is(:'as_stranger_count'::text, '5', '5: stranger counts media by a statement prepared as administrator');
SELECT is(:'renamed'::text, '0', 'no row: stranger renames by a statement prepared as administrator');
SELECT is(:'as_nobody'::text, '0', '0: anonymous counts media afterwards');

-- ---- COPY ----
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
COPY kroles.media TO STDOUT \g /dev/null
\set copied :ROW_COUNT
COPY (SELECT * FROM kroles.media) TO STDOUT \g /dev/null
\set copied_query :ROW_COUNT
COPY (UPDATE kroles.media SET name = 'x' WHERE id <> 2 RETURNING id) TO STDOUT \g /dev/null
\set copied_update :ROW_COUNT
RESET kroles."user";
COPY kroles.media TO STDOUT \g /dev/null
\set copied_nobody :ROW_COUNT
RESET SESSION AUTHORIZATION;
SELECT is(:'copied'::text, '5', '5: stranger copies media out');
SELECT is(:'copied_query'::text, '5', '5: stranger copies a query on media out');
SELECT is(:'copied_update'::text, '0', 'no row: stranger copies out what they rename');
SELECT is(:'copied_nobody'::text, '0', 'no row: anonymous copies media out');
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'administrator';
\copy kroles.users (login, administrator) from /dev/null
\set into_users :LAST_ERROR_SQLSTATE
\copy kroles.publications (media_id, space_id) from /dev/null
\set into_publications :LAST_ERROR_SQLSTATE
\copy kroles.audit_log from /dev/null
\set into_audit_log :LAST_ERROR_SQLSTATE
RESET kroles."user";
RESET SESSION AUTHORIZATION;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'into_users'::text, '0A000', '0A000: administrator copies into users');
SELECT is(:'into_publications'::text, '0A000', '0A000: administrator copies into publications');
SELECT is(:'into_audit_log'::text, '42501', '42501: administrator copies into the audit log');
-- a role that bypasses row security copies in; the guard decides about each row
SELECT 'CREATE ROLE campus_loader LOGIN BYPASSRLS' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_loader') \gexec
SELECT FROM kroles_grant_access('campus_loader');
SELECT FROM kroles_trust_gateway('campus_loader');
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION campus_loader;
SET kroles."user" = 'stranger';
BEGIN;
COPY kroles.publications (media_id, space_id, status) FROM STDIN;
2	3	approved
\.
\set loaded_by_stranger :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
SET LOCAL kroles."user" = 'contributor';
COPY kroles.publications (media_id, space_id, status, published_by) FROM STDIN;
8	1	approved	2
\.
SELECT concat_ws(' ', status, published_by) AS loaded FROM kroles.publications WHERE (media_id, space_id) = (8, 1) \gset
ROLLBACK;
RESET kroles."user";
RESET SESSION AUTHORIZATION;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'loaded_by_stranger'::text, '42501', '42501: stranger, through a gateway that bypasses row security, copies a publication in');
SELECT is(:'loaded'::text, 'pending 5', 'pending: contributor, through such a gateway, copies a publication in as approved by another');

-- ---- MERGE, every branch ----
SELECT campus.tries('watcher', answer, 'merges: ' || branches, 'MERGE INTO kroles.media AS m USING (VALUES (1), (4), (99)) AS v (id) ON m.id = v.id ' || branches)
FROM (VALUES
    ('42501', 'WHEN MATCHED THEN UPDATE SET name = ''x'''), ('42501', 'WHEN MATCHED THEN DELETE'),
    ('42501', 'WHEN NOT MATCHED THEN INSERT (name, owner_id) VALUES (''x'', 2)'), ('42501', 'WHEN NOT MATCHED AND v.id = 99 THEN INSERT (id, name, owner_id) VALUES (v.id, ''x'', 10)'),
    ('42501', 'WHEN MATCHED AND m.owner_id = 2 THEN UPDATE SET owner_id = 10 WHEN NOT MATCHED THEN DO NOTHING'),
    ('42501', 'WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED AND v.id = 99 THEN INSERT (name, owner_id) VALUES (''x'', 2)'),
    ('no row', 'WHEN MATCHED THEN DO NOTHING'), ('no row', 'WHEN MATCHED AND m.id = 4 THEN UPDATE SET name = ''x'''),
    ('no row', 'WHEN MATCHED AND m.owner_id = 5 THEN DELETE'),
    -- a hidden row is no match, and its id is no more theirs than any other
    ('42501', 'WHEN NOT MATCHED AND v.id = 4 THEN INSERT (id, name, owner_id) VALUES (v.id, ''x'', 10)')) AS t (answer, branches);
SELECT campus.may('watcher', '1 row', 'merges: an own new film', 'MERGE INTO kroles.media AS m USING (VALUES (99)) AS v (id) ON m.id = v.id WHEN NOT MATCHED THEN INSERT (name, owner_id) VALUES (''x'', 10)');
SELECT campus.tries('editor', '42501', 'merges: one branch allowed, one not', 'MERGE INTO kroles.media AS m USING (VALUES (1), (7)) AS v (id) ON m.id = v.id WHEN MATCHED AND v.id = 1 THEN UPDATE SET name = ''x'' WHEN MATCHED THEN DELETE');
SELECT campus.tries('stranger', 'no row', 'merges from hidden rows', 'MERGE INTO kroles.media AS m USING kroles.media AS h ON m.id = 2 AND h.id = 4 WHEN MATCHED THEN UPDATE SET name = h.name');
SELECT campus.tries('member', '42501', 'merges themselves into the managers', 'MERGE INTO kroles.space_members AS m USING (VALUES (1, 6)) AS v (s, u) ON m.space_id = v.s AND m.user_id = v.u WHEN MATCHED THEN UPDATE SET role = ''manager''');
SELECT campus.tries('attendee', answer, 'merges: ' || branches, 'MERGE INTO kroles.event_participants AS p USING (VALUES (36), (31), (99)) AS v (id) ON p.event_id = 1 AND p.user_id = v.id ' || branches)
FROM (VALUES
    ('42501', 'WHEN MATCHED THEN UPDATE SET role = ''organizer'''), ('1 row', 'WHEN MATCHED THEN DELETE'), ('42501', 'WHEN NOT MATCHED THEN INSERT (event_id, user_id, role) VALUES (1, v.id, ''organizer'')'),
    ('42501', 'WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (event_id, user_id, role) VALUES (1, 36, ''organizer'')'), ('no row', 'WHEN MATCHED AND p.user_id = 31 THEN DELETE WHEN NOT MATCHED THEN DO NOTHING')) AS t (answer, branches);
SELECT campus.tries('organizer', answer, 'merges: ' || branches, 'MERGE INTO kroles.event_sessions AS s USING (VALUES (21), (3), (2)) AS v (id) ON s.event_id = 1 AND s.media_id = v.id ' || branches)
FROM (VALUES
    ('42501', 'WHEN NOT MATCHED THEN INSERT (event_id, media_id) VALUES (1, v.id)'), ('23514', 'WHEN MATCHED THEN UPDATE SET media_id = 3 WHEN NOT MATCHED THEN DO NOTHING'),
    ('42501', 'WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND v.id = 2 THEN INSERT (event_id, media_id, position) VALUES (1, v.id, 9)'), ('1 row', 'WHEN MATCHED THEN DELETE')) AS t (answer, branches);
SELECT campus.tries('guest', answer, 'merges: ' || branches, 'MERGE INTO kroles.room_participants AS p USING (VALUES (43), (41)) AS v (id) ON p.user_id = v.id ' || branches)
FROM (VALUES ('42501', 'WHEN MATCHED THEN UPDATE SET rights = ''{manage}'''), ('42501', 'WHEN MATCHED THEN DELETE'), ('42501', 'WHEN NOT MATCHED THEN INSERT (media_id, user_id, rights) VALUES (21, v.id, ''{}'')')) AS t (answer, branches);
SELECT campus.tries('contributor', '42501', 'merges an approval', 'MERGE INTO kroles.publications AS p USING (VALUES (4)) AS v (id) ON p.media_id = v.id WHEN MATCHED THEN UPDATE SET status = ''approved''');

-- ---- RETURNING, FROM, USING, CTEs: nothing of a hidden row comes back ----
SELECT campus.tries('stranger', answer, what, statement)
FROM (VALUES
    ('no row', 'takes a hidden film''s name by UPDATE ... FROM', 'UPDATE kroles.media AS m SET name = h.name FROM kroles.media AS h WHERE m.id = 2 AND h.id = 4 RETURNING h.name'),
    ('no row', 'takes it by DELETE ... USING', 'DELETE FROM kroles.media AS m USING kroles.media AS h WHERE m.id = 2 AND h.id = 4 RETURNING h.name'),
    ('NULL', 'takes it by a subquery in SET', 'UPDATE kroles.media SET external_id = (SELECT h.name FROM kroles.media AS h WHERE h.id = 4) WHERE id = 2 RETURNING external_id'),
    ('NULL', 'takes it by a subquery in RETURNING', 'UPDATE kroles.media SET name = ''x'' WHERE id = 2 RETURNING (SELECT h.name FROM kroles.media AS h WHERE h.id = 4)'),
    ('23502', 'takes it by a subquery in VALUES', 'INSERT INTO kroles.media (name, owner_id) VALUES ((SELECT h.name FROM kroles.media AS h WHERE h.id = 4), 18)'),
    ('2', 'renames everything, and gets back only their own', 'UPDATE kroles.media SET name = ''x'' RETURNING id'),
    ('2', 'deletes everything, and gets back only their own', 'DELETE FROM kroles.media RETURNING id'),
    ('no row', 'renames hidden ones by a writable CTE', 'WITH w AS (UPDATE kroles.media SET name = ''x'' WHERE id = 4 RETURNING name) SELECT name FROM w'),
    ('no row', 'deletes hidden ones by a writable CTE', 'WITH w AS (DELETE FROM kroles.media WHERE id = 4 RETURNING name) SELECT name FROM w'),
    ('no row', 'deletes by a CTE what another CTE selects', 'WITH s AS (SELECT generate_series(3, 8) AS id), w AS (DELETE FROM kroles.media USING s WHERE media.id = s.id RETURNING name) SELECT name FROM w'),
    ('42501', 'uploads in another''s name by a CTE that nobody reads', 'WITH w AS (INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 2)) SELECT 1'),
    ('42501', 'overwrites a hidden film by ON CONFLICT DO NOTHING', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (4, ''x'', 18) ON CONFLICT DO NOTHING'),
    ('42501', 'overwrites a hidden film by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (4, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = ''mine'''),
    ('42501', 'gets a hidden film by ON CONFLICT ... RETURNING', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (4, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = media.name RETURNING name'),
    ('42501', 'gets it with a WHERE that never holds', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (4, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = media.name WHERE false'),
    ('42501', 'overwrites a film they see by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (1, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = ''mine''')) AS t (answer, what, statement);
SELECT campus.tries('attendee', answer, what, statement)
FROM (VALUES
    ('no row', 'takes an organizer by UPDATE ... FROM', 'UPDATE kroles.event_participants AS p SET role = p.role FROM kroles.event_participants AS h WHERE p.user_id = 36 AND h.role = ''organizer'' RETURNING h.user_id'),
    ('no row', 'takes one by DELETE ... USING', 'DELETE FROM kroles.event_participants AS p USING kroles.event_participants AS h WHERE p.user_id = 36 AND h.role = ''organizer'' RETURNING h.user_id'),
    ('no row', 'renames events by a writable CTE', 'WITH w AS (UPDATE kroles.events SET name = ''x'' RETURNING name) SELECT name FROM w'),
    ('15 21', 'leaves everything, and gets back only their own', 'WITH w AS (DELETE FROM kroles.event_participants RETURNING id) SELECT id FROM w ORDER BY id'),
    ('42501', 'makes themselves organizer by a CTE that nobody reads', 'WITH w AS (INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 36, ''organizer'')) SELECT 1'),
    ('42501', 'raises themselves by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.event_participants (event_id, user_id) VALUES (1, 36) ON CONFLICT ON CONSTRAINT event_participants_a_role_is_given_once DO UPDATE SET role = ''organizer'''),
    ('42501', 'overwrites a hidden event by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.events (id, name) VALUES (2, ''x'') ON CONFLICT (id) DO UPDATE SET name = ''mine'''),
    ('42501', 'overwrites it by ON CONFLICT DO NOTHING', 'INSERT INTO kroles.events (id, name) VALUES (2, ''x'') ON CONFLICT DO NOTHING'),
    ('42501', 'gets its name by ON CONFLICT ... RETURNING', 'INSERT INTO kroles.events (id, name) VALUES (2, ''x'') ON CONFLICT (id) DO UPDATE SET name = events.name RETURNING name'),
    ('42501', 'opens their stay by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (21, 36, ''{manage}'') ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO UPDATE SET rights = excluded.rights')) AS t (answer, what, statement);
SELECT campus.may('stranger', 'mine', 'overwrites their own by ON CONFLICT DO UPDATE', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (2, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = ''mine'' RETURNING name');

-- ---- Row locks: whoever may not change a row does not lock it either ----
SELECT campus.tries(who, 'no row', format('locks a row of %s %s', target, strength), format('SELECT 1 FROM %s WHERE %s %s', target, condition, strength))
FROM (VALUES ('watcher', 'kroles.media', 'id = 1'), ('watcher', 'kroles.media', 'id = 4'), ('member', 'kroles.spaces', 'id = 1'), ('member', 'kroles.channels', 'id = 1'),
             ('stranger', 'kroles.spaces', 'id = 2'), ('member', 'kroles.space_members', 'user_id = 6'), ('member', 'kroles.publications', '(media_id, space_id) = (1, 1)'),
             ('stranger', 'kroles.publications', 'space_id = 5'), ('editor', 'kroles.media_collaborators', 'media_id = 1'), ('watcher', 'kroles.media_speakers', 'media_id = 1'),
             ('moderator', 'kroles.playlists', 'id = 1'), ('moderator', 'kroles.playlist_items', 'playlist_id = 1'), ('manager', 'kroles.playlists', 'id = 2'),
             ('steward', 'kroles.events', 'id = 1'), ('attendee', 'kroles.events', 'id = 1'), ('organizer', 'kroles.events', 'id = 2'), ('steward', 'kroles.event_participants', 'event_id = 1'),
             ('attendee', 'kroles.event_participants', 'user_id = 36'), ('lecturer', 'kroles.event_sessions', 'event_id = 1'), ('landlord', 'kroles.event_sessions', 'media_id = 21'),
             ('landlord', 'kroles.room_participants', 'media_id = 21'), ('guest', 'kroles.room_participants', 'user_id = 43'),
             ('boss', 'kroles.groups', 'id = 2'), ('boss', 'kroles.group_members', 'group_id = 2'), ('stranger', 'kroles.users', 'id <> 18'),
             ('owner', 'kroles.settings', 'true'), ('owner', 'kroles.role_rights', 'true'), ('contributor', 'kroles.moderation_queue', 'true')) AS t (who, target, condition),
     unnest('{FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE, FOR UPDATE SKIP LOCKED, FOR UPDATE NOWAIT}'::text[]) AS strength;
SELECT campus.tries('administrator', '42501', 'locks a row of ' || target, 'SELECT 1 FROM ' || target || ' FOR SHARE')
FROM unnest('{kroles.audit_log, kroles.rights, kroles.gateways}'::text[]) AS target;
SELECT campus.may('editor', '1', 'locks a film', 'SELECT id FROM kroles.media WHERE id = 1 FOR UPDATE');
SELECT campus.may('moderator', '4', 'locks what waits', 'SELECT media_id FROM kroles.publications WHERE (media_id, space_id) = (4, 1) FOR UPDATE');
-- the position of a cursor gives no right
SELECT campus.tries('watcher', 'no row', 'renames WHERE CURRENT OF', $$SELECT 1 FROM kroles.media WHERE name = 'x'$$,
    $$DO 'DECLARE c CURSOR FOR SELECT id FROM kroles.media WHERE id = 1; n bigint;
     BEGIN OPEN c; FETCH c INTO n; UPDATE kroles.media SET name = ''x'' WHERE CURRENT OF c; END'$$);
SELECT campus.tries('watcher', 'no row', 'deletes WHERE CURRENT OF', $$SELECT 1 WHERE NOT EXISTS (SELECT FROM kroles.media WHERE id = 1)$$,
    $$DO 'DECLARE c CURSOR FOR SELECT id FROM kroles.media WHERE id = 1; n bigint;
     BEGIN OPEN c; FETCH c INTO n; DELETE FROM kroles.media WHERE CURRENT OF c; END'$$);
SELECT campus.left_open(who, 'no row', 'locks a whole table, having UPDATE on it', 'LOCK TABLE kroles.media IN ACCESS EXCLUSIVE MODE') FROM unnest('{stranger, NULL}'::text[]) AS who;

-- ---- Moving a row to where one has no right ----
SELECT campus.tries(who, answer, what, statement)
FROM (VALUES
    ('manager', '42501', 'moves a grant into another''s channel', 'UPDATE kroles.space_members SET space_id = 2 WHERE id = 1'),
    ('rival', '42501', 'moves a grant into another''s gallery', 'UPDATE kroles.space_members SET space_id = 10 WHERE id = 16'),
    ('owner', '42501', 'moves a publication', 'UPDATE kroles.publications SET space_id = 3 WHERE (media_id, space_id) = (1, 1)'),
    ('administrator', '42501', 'moves a publication', 'UPDATE kroles.publications SET space_id = 3 WHERE (media_id, space_id) = (1, 1)'),
    ('owner', '42501', 'moves a collaborator to another''s film', 'UPDATE kroles.media_collaborators SET media_id = 3 WHERE id = 1'),
    ('owner', '42501', 'moves a moderator to another''s film', 'UPDATE kroles.media_moderators SET media_id = 3 WHERE id = 1'),
    ('owner', '42501', 'moves a speaker to another''s film', 'UPDATE kroles.media_speakers SET media_id = 3 WHERE user_id = 13'),
    ('manager', '23514', 'moves a playlist to another''s channel', 'UPDATE kroles.playlists SET space_id = 2 WHERE id = 1'),
    ('manager', '23514', 'moves an item to another''s playlist', 'UPDATE kroles.playlist_items SET playlist_id = 2 WHERE (playlist_id, media_id) = (1, 7)'),
    ('manager', '23514', 'moves an item to another''s playlist and channel', 'UPDATE kroles.playlist_items SET playlist_id = 2, space_id = 2 WHERE (playlist_id, media_id) = (1, 7)'),
    ('organizer', '42501', 'moves a participant to another''s event', 'UPDATE kroles.event_participants SET event_id = 2 WHERE id = 15'),
    ('organizer', '23514', 'moves a session to another''s event', 'UPDATE kroles.event_sessions SET event_id = 2 WHERE media_id = 21'),
    ('organizer', '23514', 'moves a session to another media', 'UPDATE kroles.event_sessions SET media_id = 3 WHERE media_id = 21'),
    ('organizer', '23514', 'moves an event to another maker', 'UPDATE kroles.events SET created_by = 36 WHERE id = 1'),
    ('owner', '42501', 'moves a gallery into another''s', 'UPDATE kroles.spaces SET parent_id = 12 WHERE id = 11'),
    ('editor', '42501', 'moves a film to another owner', 'UPDATE kroles.media SET owner_id = 8 WHERE id = 1'),
    ('manager', '42501', 'moves a channel to another owner', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 1'),
    ('manager', '42501', 'moves a grant into no channel', 'UPDATE kroles.space_members SET space_id = NULL WHERE id = 1')) AS t (who, answer, what, statement);
SELECT campus.may('manager', '1 row', 'moves a grant among their own', 'UPDATE kroles.space_members SET space_id = 10 WHERE id = 8');

SELECT * FROM finish();
