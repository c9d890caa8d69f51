-- Races: a right, an id or an external id is taken away while a statement of the person who had it waits. Functions called in
-- RETURNING run after that commit, and must not find it any more. Eve manages a channel of olga's and views a film there.
\set name attack_race_guards
\ir lib/portal.psql
SELECT * FROM no_plan();
CREATE SCHEMA mallory AUTHORIZATION attack_app;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (25, 'channel', 'private', 'olga''s', 2);
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (45, 'shown to eve', 2, 'ext-45'), (46, 'secret', 2, NULL);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (45, 3, 'viewer');
CREATE TABLE public.notes (media_id bigint, body text);
INSERT INTO public.notes VALUES (45, 'for editors');
SELECT FROM kroles_protect('public.notes', 'media', 'media_id', select_right => 'edit');
GRANT SELECT ON public.notes TO attack_app;
SELECT attack.login('olga', 'attack_app', '-c kroles.token=' || attack.token('olga')),
       attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
       attack.login('operator', current_user);
-- Notes what eve comes to see, in a sequence, which no rollback undoes.
SELECT attack.says('eve', 'CREATE SEQUENCE mallory.seen MINVALUE 0 START 0',
    'CREATE FUNCTION mallory.spy(bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN
        PERFORM setval(''mallory.seen'', (SELECT count(*) FROM kroles.media WHERE name = ''secret'') + (SELECT count(*) FROM public.notes)
            + (SELECT count(*) FROM kroles.audit_log WHERE object_kind IN (''media'', ''channel'') AND object_id IN (25, 45, 46)) + 1);
        RETURN ''x''; END $$');

-- Eve's statement waits while olga's transaction is open, and goes on when it commits; what eve has seen then (NULL: the
-- function was not called), and what the statement said.
CREATE FUNCTION pg_temp.meanwhile(eves text, VARIADIC olgas text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM attack.says('operator', 'SELECT setval(''mallory.seen'', 0, false)');
    PERFORM attack.says('olga', VARIADIC 'BEGIN'::text || olgas);
    PERFORM dblink_send_query('eve', eves);
    FOR i IN 1 .. 200 LOOP
        EXIT WHEN (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()) > 0;
        PERFORM pg_sleep(0.02);
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
    PERFORM attack.says('olga', 'COMMIT');
    BEGIN
        SELECT string_agg(t.a, ' ') INTO said FROM dblink_get_result('eve') AS t (a text);
    EXCEPTION WHEN OTHERS THEN
        said := SQLSTATE;
    END;
    PERFORM FROM dblink_get_result('eve') AS t (a text);
    RETURN concat_ws(' ', said, (SELECT 'seen ' || last_value FROM mallory.seen WHERE is_called));
END $$;

SELECT attack.says('operator', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (25, 3, ''manager'')');
SELECT attack.attempt('42501', pg_temp.meanwhile('INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (25, 3, ''manager'') RETURNING mallory.spy(space_id)',
    'DELETE FROM kroles.space_members WHERE space_id = 25 AND user_id = 3', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (46, 25)'),
    'a manager gives themselves the grant that is just being taken');
SELECT attack.says('operator', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (46, 3, ''editor'')',
    'UPDATE kroles.role_rights SET allowed = true WHERE (kind, role, action) = (''media'', ''editor'', ''manage_collaborators'')');
SELECT attack.attempt('42501', pg_temp.meanwhile('INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (46, 3, ''editor'') RETURNING mallory.spy(media_id)',
    'DELETE FROM kroles.media_collaborators WHERE media_id = 46 AND user_id = 3'), 'an editor themselves');
SELECT attack.says('operator', 'UPDATE kroles.role_rights SET allowed = shipped WHERE allowed <> shipped');

SELECT attack.attempt('42501', pg_temp.meanwhile('INSERT INTO kroles.media (id, name) VALUES (45, ''mine'') RETURNING mallory.spy(id)', 'DELETE FROM kroles.media WHERE id = 45'),
    'an upsert under the id of what is just being deleted');
SELECT attack.attempt('0', (SELECT count(*)::text FROM kroles.media WHERE id = 45), 'it is made all the same');

INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (47, 'of another', 2, 'ext-47');
SELECT attack.attempt('23514', pg_temp.meanwhile('INSERT INTO kroles.media (name, external_id) VALUES (''mine'', ''ext-47'') RETURNING mallory.spy(id)', 'DELETE FROM kroles.media WHERE id = 47'),
    'a new film under the external id of what is just being deleted');
INSERT INTO kroles.media (id, name, owner_id, external_id) VALUES (48, 'of another', 2, 'ext-48');
SELECT attack.attempt('23514', pg_temp.meanwhile('UPDATE kroles.media SET external_id = ''ext-48'' WHERE id = 41 RETURNING mallory.spy(id)', 'UPDATE kroles.media SET external_id = ''ext-49'' WHERE id = 48'),
    'an own film under the external id that another just loses');
SELECT attack.control('1', (SELECT count(*)::text FROM kroles.media WHERE id = 41 AND external_id = 'eves'), 'the film keeps its own');

-- Who loses the right to make something while they wait makes nothing any more.
SELECT attack.login('second', 'attack_app', '-c kroles.token=' || attack.token('eve'));
CREATE FUNCTION pg_temp.waiting_for_oneself(made text, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    PERFORM attack.says('second', 'BEGIN', made);
    PERFORM dblink_send_query('eve', made);
    PERFORM pg_sleep(0.2);
    PERFORM attack.says('operator', change);
    PERFORM attack.says('second', 'ROLLBACK');
    BEGIN
        SELECT string_agg(t.a, ' ') INTO said FROM dblink_get_result('eve') AS t (a text);
    EXCEPTION WHEN OTHERS THEN
        said := SQLSTATE;
    END;
    PERFORM FROM dblink_get_result('eve') AS t (a text);
    RETURN said;
END $$;
SELECT attack.attempt('42501', pg_temp.waiting_for_oneself(made, change), change || ': ' || made)
FROM unnest('{"UPDATE kroles.baseline_rights SET allowed = false WHERE (kind, applicative_role) = (''site'', ''admin'')", "UPDATE kroles.users SET applicative_role = ''viewer'' WHERE id = 3"}'::text[]) AS change,
     unnest('{"INSERT INTO kroles.media (name, external_id) VALUES (''x'', ''waits'')", "INSERT INTO kroles.events (name, external_id) VALUES (''x'', ''waits'')",
              "INSERT INTO kroles.spaces (kind, type, name, external_id) VALUES (''channel'', ''private'', ''x'', ''waits'')"}'::text[]) AS made,
     LATERAL (SELECT attack.says('operator', 'UPDATE kroles.users SET applicative_role = ''admin'' WHERE id = 3', 'UPDATE kroles.baseline_rights SET allowed = shipped WHERE allowed <> shipped', 'SELECT ' || length(made || change))) AS before;
SELECT attack.says('operator', 'UPDATE kroles.users SET applicative_role = ''private_only'' WHERE id = 3', 'UPDATE kroles.baseline_rights SET allowed = shipped WHERE allowed <> shipped');

-- The questions of the conditions tell nothing where they are asked by hand.
SELECT attack.attempt('t', attack.says('eve', format('SELECT kroles.external_id_is_free(''kroles.media'', %L, 41)', id)), 'asking by hand about ' || id)
FROM unnest('{ext-45, ext-47, hidden, none}'::text[]) AS id;
SELECT attack.attempt('f', attack.says('eve', format('SELECT kroles.is_upsert(''kroles.media'', %s)', id)), 'asking by hand about ' || id)
FROM unnest('{45, 777040, 1}'::int[]) AS id;
-- Who asks is the same throughout a statement that changes rows: else the log would name somebody else.
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve'));
SELECT attack.attempt('55000', attack.says('eve', format('%s RETURNING set_config(''kroles.token'', %L, true)', statement, token)), statement || ', as ' || who)
FROM unnest('{"UPDATE kroles.media SET name = ''defaced'' WHERE id = 41", "INSERT INTO kroles.media (name) VALUES (''x'')",
    "DELETE FROM kroles.media_collaborators WHERE media_id = 41", "INSERT INTO kroles.media (name) SELECT ''x'' FROM generate_series(1, 2)"}'::text[]) AS statement,
    (VALUES ('nobody', ''), ('olga', attack.token('olga')), ('ada', attack.token('ada'))) AS t (who, token);
SELECT attack.attempt('no row', attack.says('operator', 'SELECT 1 FROM kroles.audit_log WHERE actor IS DISTINCT FROM 3 AND after ->> ''name'' IN (''defaced'', ''x'')'), 'somebody else is in the log');

-- A procedure that commits is judged by the time of its transaction: what has expired meanwhile is over.
SELECT attack.says('operator', 'UPDATE kroles.users SET tokens_valid_after = NULL WHERE id = 3');
SELECT attack.login('soon', 'attack_app', '-c kroles.token=' || attack.token('eve', jsonb_build_object('exp', attack.epoch() + 2))),
    attack.says('soon', 'CREATE PROCEDURE mallory.goes_on() LANGUAGE plpgsql AS $$ BEGIN PERFORM kroles_current_user(); COMMIT; PERFORM pg_sleep(3); COMMIT; PERFORM kroles_current_user(); END $$');
SELECT attack.attempt('28000', attack.says('soon', 'CALL mallory.goes_on()'), 'asking on within a procedure when the token has expired');

-- When a thing was made is not the client's to say.
SELECT attack.attempt('t', attack.says('eve', format('INSERT INTO kroles.%s, created_at) VALUES (%s, ''1900-01-01'') RETURNING created_at = now()', head, vals)), 'making a thing of long ago: ' || head)
FROM (VALUES ('media (name', '''x'''), ('events (name', '''x'''), ('playlists (space_id, name', '21, ''x''')) AS t (head, vals);
SELECT attack.attempt('42501', attack.says('eve', format('UPDATE kroles.%s SET created_at = ''infinity'' WHERE id = %s', tab, id)), 'of the future: ' || tab)
FROM (VALUES ('media', 41), ('spaces', 21)) AS t (tab, id);
SELECT attack.control('1900', attack.says('operator', 'INSERT INTO kroles.media (name, owner_id, created_at) VALUES (''old'', 2, ''1900-01-01'') RETURNING extract(year FROM created_at)'), 'an administrator may');
SELECT * FROM finish();
