-- Robustness: search_path. No function, policy, constraint or trigger of ours resolves a name where its caller can create
-- objects. Every statement runs in a session whose search path begins with a schema full of traps (lib/hostile.psql), and that
-- has temporary objects named as ours; it must answer as in a session without.
\set name attack_code_search_path
\ir lib/portal.psql
\ir lib/hostile.psql
SELECT * FROM no_plan();
CREATE SCHEMA mallory AUTHORIZATION attack_app;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
CALL attack.make_twins('mallory');
CALL attack.make_near_twins('mallory');
-- and ours: each function, with the same arguments; each table, view and type, by its name
SELECT format('CREATE FUNCTION mallory.%I(%s) RETURNS text %s', proname, oidvectortypes(proargtypes), attack.spring())
FROM pg_proc WHERE proname ~ '^kroles_|^(track|refuse|space_can|holds)$' \gexec
SELECT format('CREATE TABLE mallory.%I (id bigint)', relname) FROM pg_class WHERE relnamespace = 'kroles'::regnamespace
    AND relkind IN ('r', 'v') \gexec
SELECT format('CREATE DOMAIN mallory.%I AS bytea', typname) FROM pg_type
WHERE typnamespace = 'kroles'::regnamespace AND typtype = 'e'
    OR oid = ANY ('{text, name, regclass, jsonb, oid, timestamptz, int8, bool, xid8}'::regtype[]) \gexec
CREATE TABLE public.documents (id bigint, media_id bigint, body text);
CREATE TABLE public.notes (id bigint, space text);
ALTER TABLE public.documents OWNER TO attack_app;
GRANT ALL ON public.documents TO PUBLIC;

-- Two sessions of each person: one that is clean, and one full of traps.
SELECT attack.login(kind || ' ' || person, role,
    CASE kind WHEN 'trapped' THEN '-c search_path=mallory,pg_temp,pg_catalog,public ' ELSE '' END || token)
FROM (VALUES ('operator', current_user::text, ''), ('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')),
    ('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
             ('gateway', 'attack_gateway', '-c request.jwt.claims={"sub":"eve"}'),
             ('dora', 'attack_dora', ''),
             ('nobody', 'attack_app', '')) AS p (person, role, token),
     (VALUES ('clean'), ('trapped')) AS k (kind);

CREATE TEMP TABLE persons AS SELECT * FROM unnest('{operator, ada, eve, gateway, dora, nobody}'::text[]) WITH ORDINALITY AS p (person, n);
SELECT attack.says('trapped ' || person, VARIADIC ARRAY['CREATE TEMP TABLE media (id pg_catalog.int8)',
    'CREATE TEMP TABLE users (login pg_catalog.text, administrator pg_catalog.bool)',
    'CREATE TEMP VIEW pg_class AS SELECT 1 AS oid',
    'CREATE DOMAIN pg_temp.text AS pg_catalog.bytea',
        'CREATE FUNCTION pg_temp.kroles_can(kroles.action, kroles.object_kind, pg_catalog.int8) RETURNS pg_catalog.bool LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''x'''' USING ERRCODE = ''''EVIL1''''; END'''])
FROM persons;
SELECT attack.control('EVIL1', attack.says('trapped ' || person, statement), person || ' steps on a trap: ' || statement)
FROM persons, (VALUES
    ('SELECT 1 = 1'),
    ('SELECT format(''%s''::pg_catalog.text, ''x''::pg_catalog.text)'),
    ('SELECT num_nonnulls(1::pg_catalog.int8, 2::pg_catalog.int8)'),
    ('SELECT now()'),
    ('SELECT ''x'' || kind::pg_catalog.text FROM kroles.rights')
) AS t (statement)
ORDER BY n;

-- The answer of both sessions where it is the same, to the word; else both.
CREATE FUNCTION pg_temp.both_ways(person text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    clean text;
    trapped text;
BEGIN
    PERFORM attack.says('clean ' || person, 'BEGIN'), attack.says('trapped ' || person, 'BEGIN');
    clean := attack.says_all('clean ' || person, statement);
    PERFORM attack.says('clean ' || person, 'ROLLBACK');
    trapped := attack.says_all('trapped ' || person, statement);
    -- rows that are shown differ in their ids
    clean := regexp_replace(clean, 'Failing row contains .*', '');
    trapped := regexp_replace(trapped, 'Failing row contains .*', '');
    PERFORM attack.says('trapped ' || person, 'ROLLBACK');
    IF clean ~ '^(42601|42883|42P01|42703|42P18|25P02)' THEN
        RETURN 'wrong statement: ' || clean;
    END IF;
    RETURN CASE clean WHEN trapped THEN 'the same' ELSE format('clean: %s; trapped: %s', clean, trapped) END;
END $$;

CREATE TEMP TABLE statements (n int GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO statements (statement) VALUES
    -- functions
    ('SELECT public.kroles_current_user()'),
    ('SELECT public.kroles_can(''view''::kroles.action, ''media''::kroles.object_kind, 40::pg_catalog.int8)'),
    ('SELECT public.kroles_can(1::pg_catalog.int8, ''view''::kroles.action, ''channel''::kroles.object_kind, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_rights(''channel''::kroles.object_kind, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_rights(''media''::kroles.object_kind, 41::pg_catalog.int8, 3::pg_catalog.int8)'),
    ('SELECT public.kroles_role(''media''::kroles.object_kind, 41::pg_catalog.int8)'),
    ('SELECT public.kroles_can_many(''view''::kroles.action, ''media''::kroles.object_kind, ''{40, 41}''::pg_catalog.int8[])'),
    ('SELECT public.kroles_list(''view''::kroles.action, ''media''::kroles.object_kind)'),
    ('SELECT public.kroles_list(''view''::kroles.action, ''channel''::kroles.object_kind, 1::pg_catalog.int8, 5)'),
    ('SELECT public.kroles_who_can(''view''::kroles.action, ''media''::kroles.object_kind, 41::pg_catalog.int8)'),
    ('SELECT public.kroles_explain(4::pg_catalog.int8, ''view''::kroles.action, ''channel''::kroles.object_kind, 21::pg_catalog.int8)'),
    ('SELECT public.kroles_role(''channel''::kroles.object_kind, 21::pg_catalog.int8, 4::pg_catalog.int8)'),
    ('SELECT public.kroles_can_publish(41::pg_catalog.int8, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_can_publish(41::pg_catalog.int8, 20::pg_catalog.int8, 3::pg_catalog.int8)'),
    ('SELECT public.kroles_publication_status(41::pg_catalog.int8, 21::pg_catalog.int8)'),
    ('SELECT public.kroles_publish(41::pg_catalog.int8, 21::pg_catalog.int8)'),
    ('SELECT public.kroles_publish(777040::pg_catalog.int8, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_approve(41::pg_catalog.int8, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_approve(777041::pg_catalog.int8, 777020::pg_catalog.int8)'),
    ('SELECT public.kroles_reject(41::pg_catalog.int8, 20::pg_catalog.int8, ''x''::pg_catalog.text)'),
    ('SELECT public.kroles_take_down(41::pg_catalog.int8, 20::pg_catalog.int8)'),
    ('SELECT public.kroles_login(''x''::pg_catalog.text)'),
    ('SELECT public.kroles_trust_gateway(''attack_other''::pg_catalog.name)'),
    ('SELECT public.kroles_distrust_gateway(''attack_gateway''::pg_catalog.name)'),
    ('SELECT public.kroles_grant_access(''attack_other''::pg_catalog.name)'),
    ('SELECT public.kroles_revoke_access(''attack_app''::pg_catalog.name)'),
    ('SELECT pg_catalog.count(*) FROM public.kroles_doctor()'),
    ('SELECT public.kroles_protect(''public.documents''::pg_catalog.regclass, ''media''::kroles.object_kind, ''media_id''::pg_catalog.name)'),
    ('SELECT public.kroles_protect(''public.notes''::pg_catalog.regclass, ''channel''::kroles.object_kind, ''space''::pg_catalog.name)'),
    ('SELECT public.kroles_unprotect(''public.documents''::pg_catalog.regclass)'),
    ('SELECT pg_catalog.count(*) FROM kroles.protected_tables'),
    -- policies
    ('SELECT id FROM kroles.users'),
    ('SELECT id FROM kroles.groups'),
    ('SELECT group_id FROM kroles.group_members'),
    ('SELECT name FROM kroles.spaces'),
    ('SELECT space_id FROM kroles.space_members'),
    ('SELECT name FROM kroles.media'),
    ('SELECT media_id FROM kroles.publications'),
    ('SELECT media_id FROM kroles.media_collaborators'),
    ('SELECT media_id FROM kroles.media_moderators'),
    ('SELECT media_id FROM kroles.media_speakers'),
    ('SELECT name FROM kroles.playlists'),
    ('SELECT media_id FROM kroles.playlist_items'),
    ('SELECT name FROM kroles.events'),
    ('SELECT role FROM kroles.event_participants'),
    ('SELECT media_id FROM kroles.event_sessions'),
    ('SELECT user_id FROM kroles.room_participants'),
    ('SELECT name FROM kroles.channels'),
    ('SELECT name FROM kroles.galleries'),
    ('SELECT media_id FROM kroles.moderation_queue'),
    ('SELECT pg_catalog.count(*) FROM kroles.audit_log'),
    ('SELECT role FROM kroles.gateways'),
    ('SELECT kid FROM kroles.signing_keys'),
    ('SELECT pg_catalog.count(*) FROM kroles.settings'),
    -- triggers and constraints, one statement or more for each
    ('INSERT INTO kroles.users (login) VALUES (''x'')'),
    ('INSERT INTO kroles.users (login) VALUES ('' x'')'),
    ('UPDATE kroles.users SET name = ''x'''),
    ('UPDATE kroles.users SET administrator = true'),
    ('UPDATE kroles.users SET id = 99 WHERE id OPERATOR(pg_catalog.=) 3'),
    ('DELETE FROM kroles.users'),
    ('INSERT INTO kroles.groups (name) VALUES (''x'')'),
    ('INSERT INTO kroles.groups (name) VALUES ('' '')'),
    ('UPDATE kroles.groups SET id = 99'),
    ('DELETE FROM kroles.groups'),
    ('INSERT INTO kroles.group_members (group_id, user_id) VALUES (10, 4)'),
    ('DELETE FROM kroles.group_members'),
    ('INSERT INTO kroles.spaces (kind, type, name) VALUES (''channel'', ''open'', ''x'')'),
    ('INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''gallery'', ''open'', ''x'', 3)'),
    ('INSERT INTO kroles.spaces (kind, type, name, parent_id, owner_id) VALUES (''gallery'', ''open'', ''x'', 777021, 3)'),
    ('INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''gallery'', ''public_open'', ''x'', 3)'),
    ('INSERT INTO kroles.spaces (kind, type, name, parent_id, owner_id) VALUES (''channel'', ''open'', ''x'', 777021, 3)'),
    ('INSERT INTO kroles.channels (type, name, owner_id) VALUES (''open'', ''x'', 3)'),
    ('UPDATE kroles.spaces SET name = ''x'''),
    ('UPDATE kroles.spaces SET kind = ''gallery'' WHERE id OPERATOR(pg_catalog.=) 21'),
    ('UPDATE kroles.spaces SET owner_id = 4 WHERE id OPERATOR(pg_catalog.=) 21'),
    ('UPDATE kroles.spaces SET id = 99 WHERE id OPERATOR(pg_catalog.=) 21'),
    ('UPDATE kroles.spaces SET parent_id = 777021 WHERE kind OPERATOR(pg_catalog.=) ''gallery'''),
    ('DELETE FROM kroles.spaces'),
    ('DELETE FROM kroles.galleries'),
    ('INSERT INTO kroles.space_members (space_id, user_id) VALUES (21, 2)'),
    ('INSERT INTO kroles.space_members (space_id, user_id, group_id) VALUES (21, 2, 10)'),
    ('INSERT INTO kroles.space_members (space_id) VALUES (21)'),
    ('UPDATE kroles.space_members SET role = ''manager'''),
    ('DELETE FROM kroles.space_members'),
    ('INSERT INTO kroles.media (name) VALUES (''x'')'),
    ('INSERT INTO kroles.media (name, type, owner_id) VALUES (''x'', ''room'', 3)'),
    ('INSERT INTO kroles.media (name, owner_id) VALUES ('' '', 3)'),
    ('INSERT INTO kroles.media (name, owner_id, external_id) VALUES (''x'', 3, '''')'),
    ('UPDATE kroles.media SET name = ''x'''),
    ('UPDATE kroles.media SET type = ''live'''),
    ('UPDATE kroles.media SET owner_id = 4 WHERE id OPERATOR(pg_catalog.=) 41'),
    ('UPDATE kroles.media SET owner_id = 5 WHERE id OPERATOR(pg_catalog.=) 41'),
    ('UPDATE kroles.media SET id = 99 WHERE id OPERATOR(pg_catalog.=) 41'),
    ('DELETE FROM kroles.media'),
    ('INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 21)'),
    ('INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 777020)'),
    ('UPDATE kroles.publications SET status = ''rejected'', reason = ''x'''),
    ('UPDATE kroles.publications SET published_by = 3'),
    ('UPDATE kroles.moderation_queue SET status = ''approved'''),
    ('UPDATE kroles.publications SET reason = ''x'''),
    ('DELETE FROM kroles.publications'),
    ('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 2, ''editor'')'),
    ('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 3, ''editor'')'),
    ('INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES (41, 2, 10, ''editor'')'),
    ('UPDATE kroles.media_collaborators SET user_id = 3'),
    ('DELETE FROM kroles.media_collaborators'),
    ('INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (41, 2, ''chat_moderator'')'),
    ('INSERT INTO kroles.media_moderators (media_id, permission) VALUES (41, ''chat_moderator'')'),
    ('DELETE FROM kroles.media_moderators'),
    ('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (41, 2)'),
    ('INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (41, 2, 0)'),
    ('DELETE FROM kroles.media_speakers'),
    ('SELECT public.kroles_move_speaker(41::pg_catalog.int8, 4::pg_catalog.int8, 2)'),
    ('INSERT INTO kroles.playlists (space_id, name) VALUES (21, ''x'')'),
    ('INSERT INTO kroles.playlists (space_id, name) VALUES (777021, ''x'')'),
    ('INSERT INTO kroles.playlists (space_id, name) VALUES (21, '' '')'),
    ('UPDATE kroles.playlists SET name = ''x'''),
    ('UPDATE kroles.playlists SET space_id = 20 WHERE id OPERATOR(pg_catalog.=) 70'),
    ('DELETE FROM kroles.playlists'),
    ('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (70, 40)'),
    ('INSERT INTO kroles.playlist_items (playlist_id, media_id, position) VALUES (70, 40, 0)'),
    ('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (777070, 41)'),
    ('UPDATE kroles.playlist_items SET position = 9'),
    ('UPDATE kroles.playlist_items SET media_id = 40 WHERE media_id OPERATOR(pg_catalog.=) 41'),
    ('DELETE FROM kroles.playlist_items'),
    ('SELECT public.kroles_move_item(70::pg_catalog.int8, 41::pg_catalog.int8, 2)'),
    ('SELECT public.kroles_move_item(777070::pg_catalog.int8, 40::pg_catalog.int8, 1)'),
    ('SELECT what FROM public.kroles_history(''channel''::pg_catalog.text, 21::pg_catalog.int8)'),
    ('INSERT INTO kroles.events (name) VALUES (''x'')'),
    ('INSERT INTO kroles.events (name) VALUES ('' '')'),
    ('INSERT INTO kroles.events (id, name) VALUES (777080, ''x'')'),
    ('INSERT INTO kroles.events (name, created_by) VALUES (''x'', 5)'),
    ('UPDATE kroles.events SET name = ''x'''),
    ('UPDATE kroles.events SET created_by = 4 WHERE id OPERATOR(pg_catalog.=) 80'),
    ('UPDATE kroles.events SET external_id = ''gone'' WHERE id OPERATOR(pg_catalog.=) 80'),
    ('DELETE FROM kroles.events'),
    ('INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (80, 4, ''organizer'')'),
    ('INSERT INTO kroles.event_participants (event_id, user_id, group_id) VALUES (80, 4, 10)'),
    ('INSERT INTO kroles.event_participants (event_id, user_id) VALUES (777080, 3)'),
    ('UPDATE kroles.event_participants SET role = ''speaker'''),
    ('DELETE FROM kroles.event_participants'),
    ('DELETE FROM kroles.event_participants WHERE id OPERATOR(pg_catalog.=) 85'),
    ('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (80, 40)'),
    ('INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (80, 40, 0)'),
    ('UPDATE kroles.event_sessions SET position = 9'),
    ('UPDATE kroles.event_sessions SET media_id = 40 WHERE media_id OPERATOR(pg_catalog.=) 41'),
    ('DELETE FROM kroles.event_sessions'),
    ('SELECT public.kroles_move_session(80::pg_catalog.int8, 41::pg_catalog.int8, 2)'),
    ('SELECT public.kroles_move_session(777080::pg_catalog.int8, 41::pg_catalog.int8, 2)'),
    ('SELECT public.kroles_remove_session(80::pg_catalog.int8, 41::pg_catalog.int8)'),
    ('SELECT public.kroles_remove_session(777080::pg_catalog.int8, 777040::pg_catalog.int8)'),
    ('SELECT public.kroles_room_join(41::pg_catalog.int8)'),
    ('SELECT public.kroles_room_join(40::pg_catalog.int8)'),
    ('SELECT public.kroles_room_join(777040::pg_catalog.int8)'),
    ('SELECT public.kroles_room_leave(41::pg_catalog.int8)'),
    ('SELECT public.kroles_room_remove(41::pg_catalog.int8, 4::pg_catalog.int8)'),
    ('SELECT public.kroles_room_remove(777040::pg_catalog.int8, 777001::pg_catalog.int8)'),
    ('SELECT name FROM public.kroles_event_users(80::pg_catalog.int8, ''v''::pg_catalog.text)'),
    ('SELECT name FROM public.kroles_space_users(21::pg_catalog.int8)'),
    ('SELECT name FROM public.kroles_speakers(41::pg_catalog.int8)'),
    ('SELECT public.kroles_rights(''room''::kroles.object_kind, 41::pg_catalog.int8)'),
    ('SELECT public.kroles_role(''event''::kroles.object_kind, 80::pg_catalog.int8, 4::pg_catalog.int8)'),
    ('SELECT what FROM public.kroles_history(''event''::pg_catalog.text, 80::pg_catalog.int8)'),
    ('SELECT what FROM public.kroles_history(''room''::pg_catalog.text, 41::pg_catalog.int8)'),
    ('INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (41, 3, ''{join_room}'')'),
    ('INSERT INTO kroles.room_participants (media_id, user_id, joined_at, rights) VALUES (41, 3, ''infinity'', ''{join_room}'')'),
    ('UPDATE kroles.room_participants SET left_at = joined_at'),
    ('DELETE FROM kroles.room_participants'),
    ('UPDATE kroles.users SET blocked = true'),
    ('UPDATE kroles.settings SET room_session_limit = ''13 hours'''),
    ('UPDATE kroles.settings SET room_session_limit = ''0'''),
    ('UPDATE kroles.settings SET allow_anonymous = true'),
    ('UPDATE kroles.settings SET token_leeway = ''1 hour'''),
    ('UPDATE kroles.settings SET creation_tools = ''{video, NULL}'''),
    ('INSERT INTO kroles.settings DEFAULT VALUES'),
    ('DELETE FROM kroles.settings'),
    ('UPDATE kroles.settings SET chat_and_collaboration = false'),
    ('UPDATE kroles.role_rights SET allowed = true'),
    ('UPDATE kroles.role_rights SET action = ''view'''),
    ('DELETE FROM kroles.role_rights'),
    ('UPDATE kroles.baseline_rights SET allowed = false'),
    ('INSERT INTO kroles.ceiling_rights SELECT * FROM kroles.ceiling_rights'),
    ('UPDATE kroles.ceiling_rights SET allowed = true'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''HS256'', ''x'')'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''RS256'', ''-----BEGIN PUBLIC KEY-----'')'),
    ('INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''none'', ''x'')'),
    ('DELETE FROM kroles.signing_keys'),
    ('INSERT INTO kroles.gateways (role) VALUES (''x'')'),
    ('DELETE FROM kroles.audit_log'),
    ('UPDATE kroles.audit_log SET actor = NULL'),
    ('TRUNCATE kroles.audit_log'),
    ('TRUNCATE kroles.media CASCADE'),
    ('TRUNCATE kroles.settings'),
    ('TRUNCATE kroles.role_rights'),
    ('MERGE INTO kroles.media m USING (VALUES (41::pg_catalog.int8), (99::pg_catalog.int8)) v (id) ON m.id OPERATOR(pg_catalog.=) v.id WHEN MATCHED THEN UPDATE SET name = ''x'' WHEN NOT MATCHED THEN INSERT (id, name, owner_id) VALUES (v.id, ''x'', 3)'),
    ('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (41, 4, ''viewer'') ON CONFLICT DO NOTHING'),
    ('INSERT INTO kroles.publications (media_id, space_id) VALUES (41, 20) ON CONFLICT (media_id, space_id) DO UPDATE SET reason = ''x''');
SELECT attack.attempt('the same', coalesce(string_agg(person || ': ' || answer, '; '
    ORDER BY p.n) FILTER (WHERE answer <> 'the same'), 'the same'),
    'by all six: ' || regexp_replace(statement, '::pg_catalog\.\w+|pg_catalog\.|OPERATOR\(pg_catalog\.(.)\)', '\1', 'g'))
FROM statements s, persons p, LATERAL pg_temp.both_ways(person, statement) AS answer GROUP BY s.n, statement ORDER BY s.n;

SELECT * FROM finish();
