-- Privilege escalation by chosen ids: ids ahead of the sequence, so that others fail; ids of deleted objects that the log and
-- applications' tables still name; ids of hidden objects. The database gives out ids; an upsert may name a row that the person
-- sees.
\set name kroles_escalate_ids
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;

INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (9, 3, 18, 'chat_moderator');
SELECT FROM (SELECT setval(format('kroles.%s_id_seq', t), 300) FROM unnest('{spaces, space_members, media, media_collaborators, media_moderators, playlists, events, event_participants}'::text[]) AS t) AS s;
-- Who may add to each table, what they add, which row of it they see, and which they do not; and what a client that upserts changes.
CREATE TABLE campus.given (tab text, who text, columns text, "values" text, seen bigint, hidden bigint, change text);
INSERT INTO campus.given VALUES
    ('spaces', 'owner', 'kind, type, name, owner_id', '''channel'', ''private'', ''x'', 2', 1, 2, 'name = ''y'''),
    ('space_members', 'manager', 'space_id, user_id, role', '1, 18, ''member''', 4, 16, 'role = ''contributor'''),
    ('media', 'owner', 'name, owner_id', '''x'', 2', 1, 2, 'name = ''y'''),
    ('media_collaborators', 'owner', 'media_id, user_id, permission', '1, 18, ''viewer''', 3, 6, 'permission = ''publisher'''),
    ('media_moderators', 'owner', 'media_id, user_id, permission', '1, 18, ''chat_moderator''', 1, 9, 'permission = ''chat_moderator'''),
    ('playlists', 'manager', 'space_id, name', '1, ''x''', 1, 2, 'name = ''y'''),
    ('events', 'organizer', 'name', '''x''', 1, 2, 'name = ''y'''),
    ('event_participants', 'organizer', 'event_id, user_id', '1, 18', 15, 19, 'role = ''speaker''');
-- what is gone: once there was a row 90 in each
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (90, 'channel', 'private', 'Gone', 19);
INSERT INTO kroles.space_members (id, space_id, user_id) VALUES (90, 2, 18);
INSERT INTO kroles.media (id, name, owner_id) VALUES (90, 'Gone', 19);
INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission) VALUES (90, 3, 18, 'viewer');
INSERT INTO kroles.media_moderators (id, media_id, user_id, permission) VALUES (90, 3, 16, 'chat_moderator');
INSERT INTO kroles.playlists (id, space_id, name) VALUES (90, 2, 'Gone');
INSERT INTO kroles.events (id, name, created_by) VALUES (90, 'Gone', 19);
INSERT INTO kroles.event_participants (id, event_id, user_id) VALUES (90, 1, 18);
SELECT format('DELETE FROM kroles.%I WHERE id = 90', tab) FROM campus.given \gexec

-- ---- An id of one's own, by every kind of statement ----
SELECT t FROM campus.given AS g,
    (VALUES ('the next id', '301'), ('one far ahead', '500000'), ('the last of all', '9223372036854775807'), ('zero', '0'), ('one below it', '-7'), ('that of what is gone', '90'),
            ('that of a hidden row', NULL), ('the next of another sequence', 'nextval(''kroles.room_participants_id_seq'')'), ('one drawn by hand', format('nextval(''kroles.%s_id_seq'')', 'media'))) AS i (what, id),
    campus.tries_insert(g.who, '42501', format('takes %s in %s', i.what, g.tab), ('kroles.' || g.tab)::regclass, 'id, ' || g.columns, concat_ws(', ', coalesce(i.id, g.hidden::text), g."values")) AS t;
SELECT campus.tries(who, '42501', format('takes %s in %s by ON CONFLICT (id) DO UPDATE', what, tab), format('INSERT INTO kroles.%s AS t (id, %s) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET %s', tab, columns, coalesce(id, hidden), "values", change))
FROM campus.given, (VALUES ('one far ahead', 500000), ('that of what is gone', 90), ('that of a hidden row', NULL)) AS i (what, id);
SELECT campus.tries(who, '42501', format('takes one far ahead in %s by MERGE', tab), format('MERGE INTO kroles.%s AS t USING (VALUES (500000)) AS v (id) ON t.id = v.id WHEN NOT MATCHED THEN INSERT (id, %s) VALUES (v.id, %s)', tab, columns, "values")) FROM campus.given;
SELECT campus.tries(who, '42501', format('draws an id of %s by hand and takes it', tab), format('INSERT INTO kroles.%1$s (id, %2$s) SELECT currval(''kroles.%1$s_id_seq''), %3$s', tab, columns, "values"), format('SELECT nextval(''kroles.%s_id_seq'')', tab)) FROM campus.given;
SELECT campus.tries(who, '23502', format('takes no id in %s', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (NULL, %s)', tab, columns, "values")) FROM campus.given;
SELECT campus.tries(who, '23514', format('changes an id in %s', tab), format('UPDATE kroles.%s SET id = 500000 WHERE id = %s', tab, seen)) FROM campus.given;
SELECT campus.tries('trusted', '42501', 'takes an id through ' || v, format('INSERT INTO kroles.%s (id, type, name, owner_id) VALUES (500000, ''private'', ''x'', 16)%s', v, conflict))
FROM unnest('{channels, galleries}'::text[]) AS v, unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET name = ''y''"}'::text[]) AS conflict;
SELECT campus.may(who, '1 row', 'adds to ' || tab, format('INSERT INTO kroles.%s (%s) VALUES (%s)', tab, columns, "values")) FROM campus.given;
SELECT campus.may(who, '1 row', format('adds to %s by DEFAULT', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (DEFAULT, %s)', tab, columns, "values")) FROM campus.given;
SELECT campus.may(who, '1 row', format('adds to %s overriding nothing', tab), format('INSERT INTO kroles.%s (%s) OVERRIDING USER VALUE VALUES (%s)', tab, columns, "values")) FROM campus.given;
SELECT campus.may('administrator', '1 row', format('adds to %s under an id of its own', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (500000, %s)', tab, columns, "values"))
FROM campus.given;
SELECT campus.may('owner', '3000 rows', 'uploads many', 'INSERT INTO kroles.media (name) SELECT ''x'' || n FROM generate_series(1, 3000) AS n ORDER BY n DESC');

-- ---- Ids that the default gives ----
SELECT campus.may(who, '1 row', format('draws an id of %s first, and uses it', tab), format('INSERT INTO kroles.%1$s (id, %2$s) VALUES (currval(''kroles.%1$s_id_seq''), %3$s)', tab, columns, "values"), format('SELECT kroles.next_id(''kroles.%s_id_seq'')', tab)) FROM campus.given;
SELECT campus.tries('owner', '42501', 'uses one twice', 'INSERT INTO kroles.media (id, name) VALUES (currval(''kroles.media_id_seq''), ''again'')', 'INSERT INTO kroles.media (name) VALUES (''once''); DELETE FROM kroles.media WHERE id = currval(''kroles.media_id_seq'')');
SELECT campus.tries('owner', '42501', 'uses that of media for a channel', 'INSERT INTO kroles.channels (id, type, name) VALUES (currval(''kroles.media_id_seq''), ''private'', ''x'')', 'SELECT kroles.next_id(''kroles.media_id_seq'')');
SELECT campus.tries('owner', '42501', 'uses one twice in a statement', 'INSERT INTO kroles.media (id, name) SELECT currval(''kroles.media_id_seq''), ''x'' FROM generate_series(1, 2)', 'SELECT kroles.next_id(''kroles.media_id_seq'')');
SELECT campus.tries('owner', '42501', 'uses one once more, whose row was taken back', 'INSERT INTO kroles.media (id, name) VALUES (currval(''kroles.media_id_seq''), ''again'')',
    'DO $$ BEGIN INSERT INTO kroles.media (name) VALUES (''once''); RAISE EXCEPTION ''back''; EXCEPTION WHEN raise_exception THEN END $$');
SELECT campus.may('owner', '1 row', 'uses one that was drawn in what was taken back', 'INSERT INTO kroles.media (id, name) VALUES (currval(''kroles.media_id_seq''), ''x'')',
    'DO $$ BEGIN PERFORM kroles.next_id(''kroles.media_id_seq''); RAISE EXCEPTION ''back''; EXCEPTION WHEN raise_exception THEN END $$');
SELECT campus.tries('owner', '42501', 'uses one of so many that the first is forgotten', 'INSERT INTO kroles.media (id, name) VALUES (currval(''kroles.media_id_seq'') - 1024, ''x'')', 'SELECT kroles.next_id(''kroles.media_id_seq'') FROM generate_series(1, 1025)');
SELECT campus.tries('owner', '42809', 'draws from ' || tab, format('SELECT kroles.next_id(%L)', tab)) FROM unnest('{kroles.users, kroles.secret}'::text[]) AS tab;
CREATE SEQUENCE public.numbers;
GRANT ALL ON SEQUENCE public.numbers TO campus_gateway;
SELECT campus.tries('owner', '22023', 'draws from a sequence of somebody else', 'SELECT kroles.next_id(''public.numbers'')');
REVOKE USAGE ON SEQUENCE kroles.media_id_seq FROM campus_gateway;
SELECT campus.tries('owner', '42501', 'draws without the right to', 'SELECT kroles.next_id(''kroles.media_id_seq'')');
GRANT USAGE ON SEQUENCE kroles.media_id_seq TO campus_gateway;
SELECT campus.tries('owner', '42501', 'sets a sequence', 'SELECT setval(''kroles.media_id_seq'', 1)');

-- ---- Upserts ----
SELECT campus.tries(who, '23505', format('adds a row to %s once more', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (%s, %s)', tab, columns, seen, "values")) FROM campus.given;
SELECT campus.may(who, 'no row', format('upserts in %s what is there', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (%s, %s) ON CONFLICT DO NOTHING', tab, columns, seen, "values")) FROM campus.given;
SELECT campus.may(who, '1 row', format('upserts in %s what is there, and changes it', tab), format('INSERT INTO kroles.%s AS t (id, %s) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET %s', tab, columns, seen, "values", change)) FROM campus.given;
SELECT campus.may(who, '2 rows', format('upserts in %s what is there, and adds', tab), format('INSERT INTO kroles.%1$s AS t (id, %2$s) VALUES (%3$s, %4$s), (DEFAULT, %4$s) ON CONFLICT (id) DO UPDATE SET %5$s', tab, columns, seen, "values", change))
FROM campus.given WHERE tab IN ('spaces', 'media', 'playlists', 'events');
-- what is seen and goes in the same statement, or went before
SELECT campus.tries(who, '42501', format('deletes a row of %s and takes its id in the same statement%s', tab, conflict), format('WITH gone AS (DELETE FROM kroles.%1$s WHERE id = %2$s RETURNING id) INSERT INTO kroles.%1$s (id, %3$s) VALUES ((SELECT id FROM gone), %4$s)%5$s', tab, seen, columns, "values", conflict))
FROM campus.given, unnest('{"", " ON CONFLICT DO NOTHING"}'::text[]) AS conflict WHERE tab <> 'events' AND tab <> 'spaces' AND tab <> 'media';
SELECT campus.tries('owner', '42501', 'deletes a film and takes its id in the same statement' || conflict, 'WITH gone AS (DELETE FROM kroles.media WHERE id = 7 RETURNING id) INSERT INTO kroles.media (id, name) VALUES ((SELECT id FROM gone), ''x'')' || conflict)
FROM unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET name = ''y''"}'::text[]) AS conflict;
SELECT campus.tries(who, '42501', format('deletes a row of %s and takes its id', tab), format('INSERT INTO kroles.%s (id, %s) VALUES (%s, %s)', tab, columns, seen, "values"), format('DELETE FROM kroles.%s WHERE id = %s', tab, seen)) FROM campus.given;
CREATE FUNCTION campus.deletes(film bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN DELETE FROM kroles.media WHERE id = film; RETURN film; END $$;
SELECT campus.tries('owner', '42501', 'deletes a film in a function that the statement calls, and takes its id' || conflict, 'INSERT INTO kroles.media (id, name) SELECT campus.deletes(7), ''x''' || conflict)
FROM unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET name = ''y''"}'::text[]) AS conflict;
SELECT campus.tries('owner', '42501', 'upserts what they delete in the same statement, gallery and all', 'WITH gone AS (DELETE FROM kroles.spaces WHERE id = 11 RETURNING id) INSERT INTO kroles.galleries (id, type, name, owner_id) VALUES ((SELECT id FROM gone), ''private'', ''x'', 2) ON CONFLICT DO NOTHING');
-- another unique key: the id is one's own or given, the row is not
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (80, 'Hidden', 19, 'hidden');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES (80, 'channel', 'private', 'Hidden', 19, 'hidden');
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (80, 'Hidden', 19, 'hidden');
SELECT campus.tries(who, '42501', format('takes a hidden row of %s by ON CONFLICT (external_id)', tab), format('INSERT INTO kroles.%s AS t (%s, external_id) VALUES (%s, ''hidden'') ON CONFLICT (external_id) DO UPDATE SET %s', tab, columns, "values", change))
FROM campus.given WHERE tab IN ('media', 'spaces', 'events');
SELECT campus.tries(who, '42501', format('takes an id of %s by ON CONFLICT (external_id)', tab), format('INSERT INTO kroles.%s AS t (id, %s, external_id) VALUES (500000, %s, ''mine'') ON CONFLICT (external_id) DO UPDATE SET %s', tab, columns, "values", change))
FROM campus.given WHERE tab IN ('media', 'spaces', 'events');
SELECT campus.tries('owner', '42501', 'takes an id of a collaborator by the other key', 'INSERT INTO kroles.media_collaborators (id, media_id, user_id, permission) VALUES (500000, 1, 10, ''viewer'') ON CONFLICT (media_id, user_id, group_id, permission) DO NOTHING');

-- ---- What the errors say: a hidden row, one that is gone and none are one ----
CREATE FUNCTION campus.all_words(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text;
    message text;
    detail text;
    hint text;
    tab text;
    col text;
    rule text;
BEGIN
    PERFORM set_config('kroles.user', who, true);
    SET SESSION AUTHORIZATION campus_gateway;
    EXECUTE statement;
    RAISE EXCEPTION 'nothing was refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, tab = TABLE_NAME, col = COLUMN_NAME, rule = CONSTRAINT_NAME;
    RETURN concat_ws(' / ', code, message, detail, hint, tab, col, rule);
END $$;
SELECT is(campus.all_words(who, replace(statement, '%id', hidden::text)), campus.all_words(who, replace(statement, '%id', other)), format('the same: what %s is told of a hidden row of %s and of %s%s', who, tab, what, conflict))
FROM campus.given, unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET id = t.id"}'::text[]) AS conflict, (VALUES ('none', '500000'), ('one that is gone', '90')) AS o (what, other),
    LATERAL (SELECT format('INSERT INTO kroles.%s AS t (id, %s) VALUES (%%id, %s)%s', tab, columns, "values", conflict)) AS s (statement);
SELECT is(campus.all_words('owner', 'INSERT INTO kroles.media (id, name) VALUES (500000, ''x'')'),
    '42501 / ids are given by the database / The id is neither one that the column''s default has just returned nor the id of a row that you may see. / Leave "id" out. Only an administrator may choose ids; the key of another system goes into "external_id" if the table has it. / media / id / ',
    'control: what the error says');

-- ---- Two sessions ----
SELECT FROM unnest('{one, two}'::text[]) AS session, dblink_connect(session, format('host=%s port=%s dbname=%s user=campus_gateway', current_setting('unix_socket_directories'), current_setting('port'), current_database()));
CREATE FUNCTION campus.says(session text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    SELECT string_agg(coalesce(a, 'NULL'), ' ') INTO answer FROM dblink(session, statement) AS t (a text);
    RETURN coalesce(answer, 'no row');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT FROM campus.says('one', 'SET kroles."user" = ''owner''');
SELECT FROM campus.says('two', 'SET kroles."user" = ''owner''');
SELECT is(campus.says('two', format('INSERT INTO kroles.media (id, name) VALUES (%s, ''x'')', campus.says('one', 'SELECT kroles.next_id(''kroles.media_id_seq'')'))), '42501', '42501: one session uses what another has drawn');
SELECT is(campus.says('one', format('INSERT INTO kroles.media (id, name) VALUES (%s, ''x'')', campus.says('two', 'SELECT kroles.next_id(''kroles.media_id_seq'')'))), '42501', '42501: and the other way round');
-- A row that goes between the two steps of an upsert: its deletion is not committed yet when the id is looked at, and is when the row is to be made.
SELECT campus.says('one', 'INSERT INTO kroles.media (name) VALUES (''short-lived'') RETURNING id') AS film \gset
CREATE FUNCTION campus.upserts(film text, conflict text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM campus.says('one', 'BEGIN'), campus.says('one', 'DELETE FROM kroles.media WHERE id = ' || film);
    PERFORM dblink_send_query('two', format('INSERT INTO kroles.media (id, name) VALUES (%s, ''anew'')%s', film, conflict));
    FOR i IN 1..200 LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid');
        PERFORM pg_sleep(0.05);
    END LOOP;
    PERFORM campus.says('one', 'COMMIT');
    BEGIN
        SELECT a INTO answer FROM dblink_get_result('two') AS t (a text);
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    PERFORM FROM dblink_get_result('two') AS t (a text);
    RETURN answer;
END $$;
SELECT is(campus.upserts(campus.says('one', 'INSERT INTO kroles.media (name) VALUES (''short-lived'') RETURNING id'), conflict), '42501', '42501: owner upserts a film that another session deletes meanwhile' || conflict)
FROM unnest('{"", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO UPDATE SET name = ''y''"}'::text[]) AS conflict;

-- ---- COPY, by a superuser's session that states a person ----
CREATE FUNCTION campus.copies(line text, columns text, who text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/campus_copied';
    n bigint;
BEGIN
    EXECUTE format('COPY (SELECT %L) TO %L', line, file);
    BEGIN
        PERFORM set_config('kroles.user', who, true);
        EXECUTE format('COPY kroles.media (%s) FROM %L (DELIMITER '','')', columns, file);
        GET DIAGNOSTICS n = ROW_COUNT;
        RAISE EXCEPTION USING ERRCODE = 'KR000';
    EXCEPTION WHEN SQLSTATE 'KR000' THEN RETURN n || ' row';
              WHEN OTHERS THEN RETURN SQLSTATE;
    END;
END $$;
SELECT FROM kroles_trust_gateway(session_user);
SELECT is(campus.copies('500000,x,2', 'id,name,owner_id', 'owner'), '42501', '42501: a superuser''s session copies in the name of the owner, with ids');
SELECT is(campus.copies('4,x,2', 'id,name,owner_id', 'owner'), '23505', '23505: the same with that of a hidden film, which a superuser sees');
SELECT is(campus.copies('x,2', 'name,owner_id', 'owner'), '1 row', 'control: without');
SELECT is(campus.copies('500000,x,2', 'id,name,owner_id', ''), '1 row', 'control: and with ids in nobody''s name');
SELECT FROM kroles_distrust_gateway(session_user);

-- ---- And nobody else was kept from anything ----
SELECT campus.may(who, '1 row', 'adds to ' || tab || ' afterwards', format('INSERT INTO kroles.%s (%s) VALUES (%s)', tab, columns, "values")) FROM campus.given;
SELECT is((SELECT count(*) FROM kroles_verify()), 0::bigint, 'control: what is derived is right');
SELECT * FROM finish();
