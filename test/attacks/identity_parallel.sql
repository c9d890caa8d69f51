-- Parallel workers see the leader's identity: a parallel plan over our tables returns what the serial plan returns.
\set name attack_identity_parallel
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT attack.token('ada') AS ada, attack.token('eve') AS eve, attack.token('vera') AS vera, attack.token('bob') AS bob \gset

-- A portal that is large enough for a few pages of each table.
UPDATE kroles.settings SET allow_anonymous = true;
INSERT INTO kroles.users (id, login, administrator) VALUES (99999, 'another administrator', true);
INSERT INTO kroles.users (id, login, applicative_role) SELECT n, 'person ' || n, 'private_only'
    FROM generate_series(100, 400) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id)
    SELECT n, 'channel', (enum_range(NULL::kroles.space_type))[1 + n % 6], 'channel ' || n, 100 + n % 300
        FROM generate_series(1000, 1299) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role)
    SELECT s, u, (enum_range(NULL::kroles.contextual_role))[1 + (s + u) % 4] FROM generate_series(1000, 1299) AS s,
        generate_series(3, 4) AS u WHERE (s * u) % 7 < 3;
INSERT INTO kroles.space_members (space_id, user_id) SELECT s, u FROM generate_series(1000, 1299) AS s,
    generate_series(100, 109) AS u;
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'film ' || n, CASE n % 50 WHEN 0 THEN 3 ELSE 100 + n % 300 END
    FROM generate_series(10000, 11999) AS n;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
    SELECT m, 100 + (m + 7) % 300, 'viewer' FROM generate_series(10000, 10999) AS m WHERE m % 50 > 0;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT m, 3, 'editor'
    FROM generate_series(10001, 11999, 40) AS m;
INSERT INTO kroles.publications (media_id, space_id) SELECT m, 1000 + (m * 7) % 300 FROM generate_series(10000, 11999) AS m;
ANALYZE kroles.media, kroles.spaces, kroles.publications, kroles.space_members, kroles.media_collaborators, kroles.users;

-- The same session with parallel plans and without. Rows come from the workers alone.
CREATE FUNCTION pg_temp.plan(session text, parallel boolean) RETURNS text LANGUAGE sql AS $$
    SELECT attack.says(session, format('SET max_parallel_workers_per_gather = %s', CASE WHEN parallel THEN 3 ELSE 0 END),
        'SET parallel_setup_cost = 0', 'SET parallel_tuple_cost = 0', 'SET min_parallel_table_scan_size = 0',
            'SET parallel_leader_participation = off',
        'SET enable_indexscan = off', 'SET enable_indexonlyscan = off', 'SET enable_bitmapscan = off')
$$;
-- A query's rows in one line, by a parallel plan; what differs from the serial plan, and what is not parallel, comes out as such.
CREATE FUNCTION pg_temp.in_parallel(session text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows text := 'SELECT count(*) || '' rows '' || md5(string_agg(r::text, '','' ORDER BY r::text)) FROM (' || query || ') AS r';
    serially text;
    parallel text;
    plan text;
BEGIN
    PERFORM pg_temp.plan(session, false);
    serially := attack.says(session, rows);
    PERFORM pg_temp.plan(session, true);
    parallel := attack.says(session, rows);
    plan := attack.says(session, 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query);
    IF plan ~ '^\w{5}$' AND plan = serially AND plan = parallel THEN
        RETURN plan;
    ELSIF plan !~ 'Workers Launched: [1-9].*Parallel Seq Scan' THEN
        RETURN 'not parallel: ' || plan;
    END IF;
    RETURN CASE WHEN serially = parallel THEN 'the same' ELSE format('%s and not %s', parallel, serially) END;
END $$;

SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || :'eve'),
    attack.login('ada', 'attack_app', '-c kroles.token=' || :'ada'),
       attack.login('vera', 'attack_app', '-c kroles.token=' || :'vera'),
           attack.login('bob', 'attack_app', '-c kroles.token=' || :'bob'),
       attack.login('nobody', 'attack_app'), attack.login('dora', 'attack_dora'),
           attack.login('gateway', 'attack_gateway', '-c kroles.user=eve');
SELECT attack.attempt('the same', pg_temp.in_parallel(session, 'SELECT * FROM kroles.' || tab),
    format('%s: %s, by workers', session, tab))
FROM unnest('{eve, ada, vera, bob, nobody, dora, gateway}'::text[]) AS session,
     unnest('{media, spaces, publications, space_members, media_collaborators, users}'::text[]) AS tab;
SELECT attack.attempt('the same', pg_temp.in_parallel(session, query), format('%s: %s', session, query))
FROM unnest('{eve, vera, gateway}'::text[]) AS session,
     (VALUES ('SELECT id, kroles_rights(''media'', id), kroles_role(''media'', id) FROM kroles.media'),
             ('SELECT id, kroles_current_user() FROM kroles.media'),
             ('SELECT m.id, s.id FROM kroles.media m JOIN kroles.publications p ON p.media_id = m.id JOIN kroles.spaces s ON s.id = p.space_id'),
             ('SELECT owner_id, count(*) FROM kroles.media GROUP BY owner_id'),
             ('SELECT id FROM kroles.media WHERE kroles_can(''edit'', ''media'', id)')) AS q (query);

-- What the leader's own transaction has changed and said counts in its workers.
SELECT attack.control('3', attack.says('eve', 'SET kroles.token = ''''', 'BEGIN', format('SELECT kroles_login(%L)', :'eve')),
    'eve logs in for a transaction');
SELECT attack.attempt('the same', pg_temp.in_parallel('eve', 'SELECT * FROM kroles.media'),
    'eve, logged in for the transaction: media, by workers');
SELECT attack.says('eve', 'ROLLBACK');
SELECT attack.control('2004', attack.says('ada', 'SELECT count(*) FROM kroles.media'), 'an administrator sees every media'),
       attack.control('UPDATE 1', attack.says('ada', 'BEGIN',
           'UPDATE kroles.users SET administrator = false WHERE login = ''ada'''), 'ada administers no more, not committed'),
       attack.attempt('the same', pg_temp.in_parallel('ada', 'SELECT * FROM kroles.media'),
           'ada, not an administrator any more by her own uncommitted change: media, by workers'),
       attack.control('f', attack.says('ada', 'SELECT count(*) = 2004 FROM kroles.media'), 'and it is less than all');
SELECT attack.says('ada', 'ROLLBACK');
SELECT attack.says('eve', format('SET kroles.token = %L', attack.token('eve', '{"exp": 1}')));
SELECT attack.attempt('28000', pg_temp.in_parallel('eve', 'SELECT * FROM kroles.media'),
    'an expired token: media, by workers');
SELECT attack.says('eve', 'SET kroles.token = ''''');
SELECT attack.attempt('the same', pg_temp.in_parallel('eve', 'SELECT * FROM kroles.media'),
    'nobody, after eve: media, by workers');
SELECT attack.attempt(attack.says('nobody', 'SELECT count(*) FROM kroles.media'),
    attack.says('eve', 'SELECT count(*) FROM kroles.media'), 'nobody, after eve, sees what nobody sees');

SELECT * FROM finish();
