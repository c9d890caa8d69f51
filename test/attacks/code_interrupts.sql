-- Robustness: interrupts. After a timeout or a cancel at any instant, the session answers as before.
\set name attack_code_interrupts
\ir lib/portal.psql
SELECT * FROM no_plan();

-- Enough people, groups, galleries and media that questions are in the midst of reading most of the time, with a small cache
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'person ' || n, 'private_only'
    FROM generate_series(1000, 1499) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1000, 1049) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT 1000 + n % 50, 1000 + (n * 7) % 500
    FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) SELECT n, 'gallery', 'private', 'x',
    1000 + n % 500, CASE WHEN n % 20 > 0 THEN n - 1 END, n % 20 > 0 FROM generate_series(1000, 1199) AS n;
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT 1000 + n, 1000 + (n * 3) % 50, 'manager'
    FROM generate_series(0, 199) AS n;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'x', 1000 + n % 500 FROM generate_series(1000, 2999) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 1000 + n % 200 FROM generate_series(1000, 2999) AS n;
ANALYZE;
SELECT attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada'));
SELECT attack.login('super', current_user), attack.says('super', 'LOAD ''kroles''',
    'ALTER ROLE attack_app SET kroles.cache_size = ''64kB''');
SELECT attack.login('interrupted', 'attack_app', '-c kroles.token=' || attack.token('ada'));
SELECT attack.says('super', 'ALTER ROLE attack_app RESET kroles.cache_size');
SELECT attack.control('64kB', attack.says('interrupted', 'SHOW kroles.cache_size'),
    'the session that is interrupted has a small cache');

\set answers 'SELECT md5(string_agg(concat(u, m, kroles_rights(''media'', m, u)), '','' ORDER BY u, m)) FROM generate_series(1000, 1499, 31) AS u, generate_series(1000, 2999, 101) AS m'
\set endless 'SELECT count(*) FROM generate_series(1, 1000000) AS n WHERE kroles_can(1000 + (n * 17) % 500, ''view'', ''media'', 1000 + (n * 13) % 2000)'
SELECT attack.says('ada', :'answers') AS right \gset
SELECT attack.control(:'right', attack.says('interrupted', :'answers'), 'both sessions answer alike');

-- ---- statement_timeout ----
CREATE FUNCTION pg_temp.after_timeouts(statement text, milliseconds int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ms int;
    answer text;
BEGIN
    FOREACH ms IN ARRAY milliseconds LOOP
        answer := attack.says('interrupted', 'SET statement_timeout = ' || ms, statement);
        IF answer <> '57014' THEN
            RETURN format('%s after %s ms', answer, ms);
        END IF;
    END LOOP;
    RETURN attack.says('interrupted', 'ROLLBACK', 'SET statement_timeout = 0',
        'SET kroles.token = ' || quote_literal(attack.token('ada')));
END $$;
SELECT attack.control('SET', pg_temp.after_timeouts(:'endless', ARRAY(SELECT generate_series(1, 40))),
    'timeouts after 1 to 40 ms'),
       attack.attempt(:'right', attack.says('interrupted', :'answers'), 'answers after 40 timeouts while asking');
SELECT attack.control('SET', pg_temp.after_timeouts('SELECT count(*) FROM kroles.media a, kroles.media b, kroles.spaces c',
    ARRAY(SELECT generate_series(1, 30, 3))), 'timeouts in policies'),
       attack.attempt('2004', attack.says('interrupted', 'SELECT count(*) FROM kroles.media'),
           'rows after 10 timeouts in policies');
SELECT attack.control('SET', pg_temp.after_timeouts('DO $do$ BEGIN LOOP BEGIN PERFORM kroles_publish(41, 21); RAISE EXCEPTION ''x''; EXCEPTION WHEN raise_exception THEN END; END LOOP; END $do$', ARRAY(SELECT generate_series(1, 30, 3))), 'timeouts in publishing'),
       attack.attempt('0', attack.says('interrupted',
           'SELECT count(*) FROM kroles.publications WHERE media_id = 41 AND space_id = 21'),
           'publications after 10 timeouts in publishing');
SELECT attack.control('SET', pg_temp.after_timeouts('DO $do$ BEGIN LOOP UPDATE kroles.spaces SET parent_id = CASE parent_id WHEN 1100 THEN 1050 ELSE 1100 END WHERE id = 1199; END LOOP; END $do$', ARRAY(SELECT generate_series(1, 30, 3))), 'timeouts in moving galleries'),
       attack.attempt('1198', attack.says('interrupted', 'SELECT parent_id FROM kroles.spaces WHERE id = 1199'),
           'the gallery after 10 timeouts in moving it'),
       attack.attempt(:'right', attack.says('interrupted', :'answers'), 'answers after 10 timeouts in moving galleries');
SELECT attack.control('SET', pg_temp.after_timeouts(format('DO $do$ BEGIN LOOP PERFORM kroles_login(%L); PERFORM set_config(''kroles.token'', '''', true); END LOOP; END $do$', attack.token('ada')), ARRAY(SELECT generate_series(1, 30, 3))), 'timeouts in logging in'),
       attack.attempt('ada', attack.who('interrupted'), 'who is asking after 10 timeouts in logging in');
-- waiting for a lock
SELECT attack.control('1', attack.says('super', 'BEGIN',
    'UPDATE kroles.publications SET reason = NULL WHERE media_id = 41 AND reason = ''x''',
    'SELECT 1 FROM kroles.publications WHERE media_id = 41 FOR UPDATE'), 'a publication is held');
SELECT attack.attempt('57014', attack.says('interrupted', 'SET statement_timeout = 50', 'SELECT kroles_take_down(41, 20)'),
    'a timeout while waiting for its lock'), attack.says('super', 'ROLLBACK'),
    attack.says('interrupted', 'SET statement_timeout = 0'),
       attack.attempt(:'right', attack.says('interrupted', :'answers'), 'answers after a timeout while waiting');

-- ---- Interrupted where the extension runs as the owner of its tables ----
-- An error there must not leave the session with the owner's rights, caught in a block or not.
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve'));
SELECT attack.control('1', attack.says('super', 'BEGIN', 'SELECT 1 FROM kroles.publications WHERE media_id = 41 FOR UPDATE'),
    'a publication of eve''s is held');
SELECT attack.attempt('attack_app 2 42501', attack.says('eve', 'BEGIN', 'SET LOCAL lock_timeout = 50',
    'DO $do$ BEGIN PERFORM kroles_take_down(41, 20); EXCEPTION WHEN lock_not_available THEN PERFORM set_config(''attack.after'', current_user || '' '' || (SELECT count(*) FROM kroles.media), false); END $do$', 'SELECT current_setting(''attack.after'')')
    || ' ' || attack.says('eve', 'SELECT key FROM kroles.signing_keys'),
        'eve, after an error inside kroles_take_down(), caught');
SELECT attack.attempt('attack_app open eve''s',
    attack.says('eve', 'ROLLBACK', 'SET lock_timeout = 50', 'SELECT kroles_take_down(41, 20)',
    'SELECT current_user') || ' ' || attack.sees('eve'), 'eve, after an error inside kroles_take_down()');
SELECT attack.says('super', 'ROLLBACK'), attack.says('eve', 'RESET lock_timeout');

-- ---- pg_cancel_backend and pg_terminate_backend ----
CREATE FUNCTION pg_temp.cancelled(after_ms int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dblink_send_query('interrupted', current_setting('attack.endless'));
    PERFORM pg_sleep(after_ms / 1000.0), dblink_cancel_query('interrupted');
    PERFORM * FROM dblink_get_result('interrupted') AS t (n bigint);
    RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
    PERFORM * FROM dblink_get_result('interrupted') AS t (n bigint);
    RETURN 'cancelled';
END $$;
SELECT set_config('attack.endless', :'endless', false) = '' AS hidden \gset
SELECT attack.control('cancelled', string_agg(DISTINCT pg_temp.cancelled(ms), ', '), 'cancelled after 1 to 20 ms')
    FROM generate_series(1, 20, 2) AS ms;
SELECT attack.attempt(:'right', attack.says('interrupted', :'answers'), 'answers after 10 cancels');
SELECT dblink_send_query('interrupted', :'endless'), pg_sleep(0.02),
    pg_terminate_backend((SELECT pid FROM pg_stat_activity
    WHERE query LIKE 'SELECT count(*) FROM generate_series(1, 1000000)%' AND pid <> pg_backend_pid())) \gset
SELECT attack.attempt(:'right', attack.says('ada', :'answers'), 'answers of other sessions after one is terminated');

SELECT * FROM finish();
