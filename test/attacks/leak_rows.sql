-- Reading between the lines: what a statement does with rows before the policy has let them through.
-- A hidden row's text has an id that begins with 777. The attacker's function costs nothing, so that the planner would call it
-- first, and fails with LEAK1 as soon as it is given such a row.
\set name attack_leak_rows
\ir lib/portal.psql
SELECT * FROM no_plan();

UPDATE kroles.settings SET people_shown_to = 'nobody';
CREATE SCHEMA mallory AUTHORIZATION attack_app;
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada'));
SELECT attack.says('eve', statement) FROM (VALUES
    (1, 'CREATE FUNCTION mallory.leak(line text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 0.0000001 AS $$
         BEGIN IF line ~ ''[(,]777\d{3}'' THEN RAISE EXCEPTION ''%'', line USING ERRCODE = ''LEAK1''; END IF; RETURN true; END $$'),
    (2, 'CREATE FUNCTION mallory.leak_two(line text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE AS ''SELECT mallory.leak(line)'''),
    (3, 'CREATE FUNCTION mallory.leak_state(state int, line text) RETURNS int LANGUAGE sql IMMUTABLE AS ''SELECT mallory.leak(line)::int'''),
    (4, 'CREATE OPERATOR mallory.<~> (LEFTARG = text, RIGHTARG = text, FUNCTION = mallory.leak_two, RESTRICT = eqsel, JOIN = eqjoinsel)'),
    (5, 'CREATE AGGREGATE mallory.leak_all(text) (SFUNC = mallory.leak_state, STYPE = int, INITCOND = 0)'),
    (6, 'GRANT USAGE ON SCHEMA mallory TO PUBLIC')) AS t (n, statement);
SELECT attack.attempt('42501', attack.says('eve', 'ALTER FUNCTION mallory.leak(text) LEAKPROOF'),
    'calling the function leakproof');

-- In a transaction that is rolled back: whether the function was given a hidden row.
CREATE FUNCTION pg_temp.leaks(session text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says(session, 'BEGIN', statement);
BEGIN
    PERFORM attack.says(session, 'ROLLBACK');
    RETURN CASE WHEN answer = 'LEAK1' THEN 'leak' WHEN answer ~ '^(42601|42703|42883|42P01)$' THEN 'wrong statement' ELSE 'nothing' END;
END $$;

CREATE TEMP TABLE readable AS SELECT relname AS tab, oid::regclass::text AS name, attname AS column
FROM pg_class JOIN pg_attribute ON attrelid = oid AND attnum = 1
WHERE relnamespace = 'kroles'::regnamespace AND relname IN ('users', 'groups', 'group_members', 'spaces', 'space_members',
    'media',
    'publications', 'media_collaborators', 'media_moderators', 'media_speakers', 'playlists', 'playlist_items', 'people', 'join_requests', 'my_playlists', 'events', 'event_participants', 'event_sessions', 'room_participants',
    'channels', 'galleries', 'my_media', 'audit_log');
-- every other relation is open to everybody, or (signing_keys, gateways, user_blocks, secret, heartbeat, replica, retired_external_ids, access_changes) closed: see privileges
SELECT set_eq('SELECT relname::text FROM pg_class WHERE relnamespace = ''kroles''::regnamespace AND relkind IN (''r'', ''v'', ''m'', ''p'', ''f'')
    AND relname NOT IN (SELECT tab FROM readable)', '{settings, rights, baseline_rights, role_rights, ceiling_rights, role_labels, gateways, signing_keys, user_blocks, secret, heartbeat, replica, retired_external_ids, access_changes, moderation_queue, protected_tables, user_import, group_member_import, space_member_import, tables_version}'::text[],
    'control: relations without rows that are hidden from some');

-- Each table, and each place in a statement
CREATE TEMP TABLE forms AS SELECT * FROM (VALUES
    (1, 'SELECT count(*) FROM %1$s t WHERE mallory.leak(t::text)'),
    (2, 'SELECT count(*) FROM %1$s t WHERE mallory.leak(t::text) OR true'),
    (3, 'SELECT count(*) FROM %1$s t WHERE t::text OPERATOR(mallory.<~>) ''x'''),
    (4, 'SELECT mallory.leak(t::text) FROM %1$s t'),
    (5, 'SELECT t.%2$I FROM %1$s t ORDER BY mallory.leak(t::text) LIMIT 1'),
    (6, 'SELECT mallory.leak_all(t::text) FROM %1$s t'),
    (7, 'SELECT count(*) FILTER (WHERE mallory.leak(t::text)) FROM %1$s t'),
    (8, 'SELECT count(*) FROM %1$s t GROUP BY mallory.leak(t::text) HAVING bool_and(mallory.leak(t::text))'),
    (9, 'SELECT count(*) FROM %1$s t GROUP BY t.%2$I HAVING mallory.leak(min(t::text))'),
    (10, 'SELECT max(mallory.leak_all(t::text)) OVER () FROM %1$s t GROUP BY t.%2$I'),
    (11, 'SELECT count(*) FROM (VALUES (1)) v JOIN %1$s t ON mallory.leak(t::text)'),
    (12, 'SELECT count(*) FROM (VALUES (1)) v LEFT JOIN %1$s t ON mallory.leak(t::text)'),
    (13, 'SELECT count(*) FROM %1$s t JOIN %1$s u ON t::text OPERATOR(mallory.<~>) u::text'),
    (14, 'SELECT count(*) FROM (VALUES (1)) v WHERE EXISTS (SELECT FROM %1$s t WHERE mallory.leak(t::text))'),
    (15, 'SELECT count(*) FROM (VALUES (1)) v WHERE (SELECT bool_or(mallory.leak(t::text)) FROM %1$s t)'),
    (16, 'SELECT count(*) FROM (VALUES (1)) v, LATERAL (SELECT mallory.leak(t::text) FROM %1$s t OFFSET 0) AS l'),
    (17, 'WITH w AS NOT MATERIALIZED (SELECT t::text AS line FROM %1$s t) SELECT count(*) FROM w WHERE mallory.leak(line)'),
    (18, 'SELECT count(*) FROM (SELECT t::text AS line FROM %1$s t UNION ALL SELECT NULL) AS u WHERE mallory.leak(line)'),
    (19, 'SELECT CASE WHEN mallory.leak(t::text) THEN 1 END FROM %1$s t WHERE t.%2$I IS NOT NULL'),
    (20, 'EXPLAIN ANALYZE SELECT count(*) FROM %1$s t WHERE mallory.leak(t::text)'),
    (21, 'CREATE TEMP TABLE mine AS SELECT t.%2$I FROM %1$s t WHERE mallory.leak(t::text)'),
    (22, 'CREATE MATERIALIZED VIEW mallory.mine AS SELECT t.%2$I FROM %1$s t WHERE mallory.leak(t::text)'),
    (23, 'DO $do$ BEGIN EXECUTE ''CREATE VIEW mallory.mine AS SELECT t::text AS line FROM %1$s t''; PERFORM FROM mallory.mine WHERE mallory.leak(line); END $do$'),
    (24, 'DO $do$ DECLARE c CURSOR FOR SELECT t.%2$I FROM %1$s t WHERE mallory.leak(t::text); BEGIN OPEN c; MOVE ALL FROM c; END $do$'),
    (25, 'SELECT t.%2$I FROM %1$s t WHERE mallory.leak(t::text) FOR UPDATE'),
    (26, 'SELECT t.%2$I FROM %1$s t WHERE mallory.leak(t::text) FOR SHARE SKIP LOCKED'),
    (27, 'UPDATE %1$s t SET %2$I = t.%2$I WHERE mallory.leak(t::text)'),
    (28, 'UPDATE %1$s t SET %2$I = t.%2$I FROM (VALUES (1)) v WHERE mallory.leak(t::text) RETURNING mallory.leak(t::text)'),
    (29, 'DELETE FROM %1$s t WHERE mallory.leak(t::text)'),
    (30, 'DELETE FROM %1$s t USING (VALUES (1)) v WHERE mallory.leak(t::text) RETURNING mallory.leak(t::text)'),
    (31, 'MERGE INTO %1$s t USING (VALUES (1)) v ON mallory.leak(t::text) WHEN MATCHED THEN DO NOTHING'),
    (32, 'SELECT count(*) FROM %1$s t TABLESAMPLE SYSTEM (100) WHERE mallory.leak(t::text)'),
    (33, 'MERGE INTO %1$s t USING (VALUES (1)) v ON true WHEN MATCHED AND mallory.leak(t::text) THEN DO NOTHING')
) AS f (n, statement);
-- The relations that gave the function a hidden row; what a relation cannot do anyway (writing the log, sampling or merging a
-- view) is not tried.
CREATE FUNCTION pg_temp.leaking(session text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(tab || ': ' || leak, ', ' ORDER BY tab), 'nothing')
    FROM readable, LATERAL pg_temp.leaks(session, format(statement, name, "column")) AS leak
    WHERE leak <> 'nothing' AND NOT (tab = 'audit_log' AND statement ~ 'UPDATE|SHARE|DELETE|MERGE')
      AND NOT (tab IN ('channels', 'galleries') AND statement ~ 'MERGE|TABLESAMPLE')
$$;
SELECT attack.control('audit_log: leak, channels: leak, event_participants: leak, event_sessions: leak, events: leak, galleries: leak, group_members: leak, groups: leak, join_requests: leak, media: leak, media_collaborators: leak, media_moderators: leak, media_speakers: leak, people: leak, playlist_items: leak, playlists: leak, publications: leak, room_participants: leak, space_members: leak, spaces: leak, users: leak',
    pg_temp.leaking('ada', 'SELECT count(*) FROM %1$s t WHERE mallory.leak(t::text)'),
        'an administrator, who sees them all');
SELECT attack.attempt('nothing', pg_temp.leaking('eve', statement),
    replace(replace(statement, '%1$s', '...'), '%2$I', 'id')) FROM forms ORDER BY n;

-- The same where plans are forced this way and that
SELECT name AS parallel FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT attack.attempt('nothing', pg_temp.leaking('eve',
    'SELECT count(*) FROM %1$s t JOIN %1$s u ON u.%2$I = t.%2$I AND mallory.leak(t::text) AND mallory.leak(u::text)'),
    'a join, ' || setting)
FROM (VALUES (1, 'enable_seqscan = off'), (2, 'enable_hashjoin = off'), (3, 'enable_mergejoin = off'),
    (4, 'enable_nestloop = off'), (5, :'parallel' || ' = on'),
             (6, 'plan_cache_mode = force_generic_plan'),
             (7, 'constraint_exclusion = on'),
             (8, 'row_security = on')) AS s (n, setting),
     LATERAL (SELECT attack.says('eve', 'RESET ALL', 'SET ' || setting)) AS done
ORDER BY n;
-- (kroles.people has a condition of its own)
SELECT attack.attempt(CASE tab WHEN 'people' THEN '1' ELSE '42501' END, attack.says('eve', 'SET row_security = off', 'SELECT count(*) FROM ' || name),
    'SET row_security = off; SELECT count(*) FROM ' || name)
FROM readable ORDER BY name;
SELECT attack.says('eve', 'RESET ALL');

-- ---- Casts and divisions that fail on hidden rows only ----
SELECT attack.attempt(expected, attack.says('eve', statement), statement)
FROM (VALUES
    ('0', 'SELECT count(*) FROM kroles.media WHERE id > 777000 AND name::int > 0'),
    ('0', 'SELECT count(*) FROM kroles.media WHERE name LIKE ''hid%'' AND external_id::int > 0'),
    ('2', 'SELECT count(*) FROM kroles.media WHERE 1 / (id - 777040) < 1'), 
    ('2', 'SELECT count(*) FROM kroles.spaces WHERE 1 / (id - 777020) < 1'),
    ('1', 'SELECT count(*) FROM kroles.users WHERE 1 / (id - 777001) < 1'),
    ('1', 'SELECT count(*) FROM kroles.groups WHERE 1 / (id - 777010) < 1'),
    ('2', 'SELECT count(*) FROM kroles.space_members WHERE 1 / (space_id - 777020) < 1'),
    ('2', 'SELECT count(*) FROM kroles.publications WHERE 1 / (media_id - 777040) < 1'),
    ('1', 'SELECT count(*) FROM kroles.media_collaborators WHERE 1 / (media_id - 777040) < 1'),
    ('1', 'SELECT count(*) FROM kroles.playlists WHERE 1 / (id - 777070) < 1'),
    ('1', 'SELECT count(*) FROM kroles.playlist_items WHERE 1 / (playlist_id - 777070) < 1'),
    ('1', 'SELECT count(*) FROM kroles.playlist_items WHERE 1 / (media_id - 777041) < 1'),
    ('1', 'SELECT count(*) FROM kroles.events WHERE 1 / (id - 777080) < 1'),
    ('2', 'SELECT count(*) FROM kroles.event_participants WHERE 1 / (event_id - 777080) < 1'),
    ('1', 'SELECT count(*) FROM kroles.event_sessions WHERE 1 / (event_id - 777080) < 1'),
    ('1', 'SELECT count(*) FROM kroles.room_participants WHERE 1 / (media_id - 777040) < 1'),
    ('0', 'SELECT count(*) FROM kroles.events WHERE name LIKE ''hid%'' AND external_id::int > 0'),
    ('0', 'SELECT count(*) FROM kroles.users WHERE login::int > 0 AND id > 777000'),
    ('no row', 'SELECT name FROM kroles.media WHERE id = 777040'),
    ('no row', 'SELECT name FROM kroles.media WHERE external_id = ''hidden'''),
    ('no row', 'SELECT name FROM kroles.media WHERE ctid = (SELECT max(ctid) FROM kroles.media WHERE id > 777000)'),
    ('open eve''s', 'SELECT name FROM kroles.media WHERE ctid >= ''(0,0)'' ORDER BY id'),
    ('f', 'SELECT EXISTS (SELECT FROM kroles.media WHERE name ~ ''hidden'')'),
    ('41', 'SELECT max(id) FROM kroles.media'),
    ('2', 'SELECT count(*) FROM kroles.media'),
    ('2', 'SELECT count(DISTINCT owner_id) FROM kroles.media'),
    ('2', 'SELECT count(*) FROM kroles.spaces'),
    ('1', 'SELECT count(*) FROM kroles.users'),
    ('1', 'SELECT count(*) FROM kroles.groups'),
    ('1', 'SELECT count(*) FROM kroles.playlists'),
    ('1', 'SELECT count(*) FROM kroles.playlist_items'),
    ('1', 'SELECT count(*) FROM kroles.events'),
    ('2', 'SELECT count(*) FROM kroles.event_participants'),
    ('1', 'SELECT count(*) FROM kroles.event_sessions'),
    ('1', 'SELECT count(*) FROM kroles.room_participants'),
    ('2', 'SELECT count(*) FROM kroles.publications'),
    ('0', 'SELECT count(*) FROM kroles.gateways'),
    ('0', 'SELECT count(kid) FROM kroles.signing_keys'),
    ('0', 'SELECT count(*) FROM kroles.moderation_queue')
) AS t (expected, statement);
-- ranks and windows count what is seen
SELECT attack.attempt('1 2', attack.says('eve', statement), statement)
FROM (VALUES
    ('SELECT rank() OVER (ORDER BY name DESC) FROM kroles.media'),
    ('SELECT row_number() OVER (ORDER BY id) FROM kroles.spaces'),
    ('SELECT ntile(2) OVER (ORDER BY id) FROM kroles.media')
) AS t (statement);

SELECT * FROM finish();
