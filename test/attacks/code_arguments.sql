-- Robustness: unexpected arguments. Every function of the extension is called with every combination of its types' extreme
-- values; the answer is a value or a documented error, never an internal one or a crash.
\set name attack_code_arguments
\ir lib/portal.psql
SELECT * FROM no_plan();
CREATE SCHEMA mallory AUTHORIZATION attack_app;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
SELECT attack.login('operator', current_user), attack.login('ada', 'attack_app', '-c kroles.token=' || attack.token('ada')),
    attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
       attack.login('bob', 'attack_app', '-c kroles.token=' || attack.token('bob')), attack.login('nobody', 'attack_app');

-- Tries calls in the attacker's session, each rolled back; the errors that came, each once.
SELECT attack.says('eve', 'CREATE FUNCTION mallory.try(calls text[]) RETURNS text LANGUAGE plpgsql AS $f$
    DECLARE
        call text;
        errors text[] := ''{}'';
    BEGIN
        FOREACH call IN ARRAY calls LOOP
            BEGIN
                EXECUTE call;
                RAISE EXCEPTION USING ERRCODE = ''KR000'';
            EXCEPTION
                WHEN SQLSTATE ''KR000'' THEN NULL;
                WHEN OTHERS THEN errors := errors || (SQLSTATE || CASE WHEN SQLSTATE ~ ''^(XX|58|57|54)'' THEN '' '' || call || '' '' || SQLERRM ELSE '''' END);
            END;
        END LOOP;
        RETURN (SELECT string_agg(DISTINCT e, '' '') FROM unnest(errors) AS e);
    END $f$');

\ir lib/calls.psql
SELECT is_empty('SELECT fn FROM functions JOIN pg_proc ON oid = fn, unnest(proargtypes) AS argument WHERE argument NOT IN (SELECT type FROM ends)',
    'control: ends are known for every type of argument');

SELECT attack.attempt('documented errors', coalesce(string_agg(session || ': ' || errors,
    '; ') FILTER (WHERE errors !~ '^((NULL|no row|0A000|22004|22008|22023|22P04|22000|28000|42501|42704|42809|42804|42703|42883|55000|23514|42P17|42601|23502|42P01|42701|42710|42P07)( |$))*$'), 'documented errors'), fn || ', with all that its types have')
FROM functions, unnest('{operator, ada, eve, bob, nobody}'::text[]) AS session,
    LATERAL attack.says(session, format('SELECT mallory.try(%L)', pg_temp.calls(fn))) AS errors
WHERE prorettype <> 'trigger'::regtype GROUP BY fn ORDER BY fn::text;

-- ---- Trees that are no policy's ----
CREATE TABLE mallory.tree (id bigint DEFAULT 1 + 1 CHECK (id IN (1, 2)), a int[] DEFAULT '{1}') PARTITION BY RANGE ((id + 1));
CREATE TABLE mallory.branch PARTITION OF mallory.tree FOR VALUES FROM (MINVALUE) TO (10);
CREATE INDEX ON mallory.branch ((a[1]), (row(id, a) IS NULL)) WHERE id <> ALL (a);
CREATE STATISTICS mallory.counted ON (id + 1), (id * 2) FROM mallory.branch;
CREATE DOMAIN mallory.sprig AS bigint DEFAULT 7 * 6 CHECK (CASE WHEN VALUE > 0 THEN true END);
CREATE FUNCTION mallory.grow(a int DEFAULT 1, b text[] DEFAULT ARRAY['x', lower('Y')]) RETURNS bigint LANGUAGE sql BEGIN ATOMIC INSERT INTO mallory.tree VALUES (a); SELECT count(*) FROM mallory.tree WHERE EXISTS (SELECT FROM mallory.tree t WHERE kroles.can('view', 'media', t.id)); END;
CREATE FUNCTION mallory.prune() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER prune BEFORE UPDATE ON mallory.branch FOR EACH ROW WHEN (OLD.id > NEW.id AND NEW.a @> '{1}') EXECUTE FUNCTION mallory.prune();
CREATE RULE graft AS ON UPDATE TO mallory.tree WHERE OLD.id > 3 DO ALSO INSERT INTO mallory.branch VALUES (NEW.id);
CREATE RULE tell AS ON UPDATE TO mallory.tree DO ALSO NOTIFY grafted;
CREATE PUBLICATION leaves FOR TABLE mallory.branch WHERE (id > 1);
CREATE POLICY kroles_select ON mallory.tree FOR SELECT USING (kroles.can(CASE WHEN id > 1 THEN 'view' END::kroles.action, NULL, (SELECT max(id) FROM mallory.branch)));
CREATE POLICY kroles_insert ON mallory.tree FOR INSERT WITH CHECK (kroles.external_can('view', 'media', a::text) AND kroles.can('edit', 'site'));
CREATE POLICY kroles_update ON mallory.tree FOR UPDATE USING (id IN (SELECT 1 WHERE kroles.can(action => 'view', kind => 'media', id => 1))) WITH CHECK (kroles.can('view', 'media', (tableoid::bigint)));
SELECT attack.attempt('t', attack.says('operator', 'ROLLBACK', format('SELECT count(q.exact) = 0 OR bool_or(NOT q.exact) OR %L = ''pg_policy'' FROM (SELECT %I AS tree FROM pg_catalog.%I WHERE %2$I IS NOT NULL OFFSET 0) AS t, kroles.policy_question(t.tree) AS q', c.relname, a.attname, c.relname)),
    format('every tree in %s.%s is taken for a policy''s', c.relname, a.attname))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.atttypid = 'pg_node_tree'::regtype AND c.relkind = 'r' ORDER BY 1;
SELECT attack.attempt('0', attack.says('operator', 'SELECT count(*) FROM kroles.protected_tables WHERE in_force AND relation = ''mallory.tree''::regclass'), 'what looks like ours on a tree of mallory''s');

-- ---- Trigger functions elsewhere than on their tables ----
SELECT attack.attempt('an error', coalesce(string_agg(fn || ' ' || answer,
    ', ') FILTER (WHERE answer NOT IN ('0A000', '39P01')), 'an error'), 'a superuser calls a trigger function of ours')
FROM functions, LATERAL attack.says('operator', format('SELECT %s', fn)) AS answer
WHERE prorettype = 'trigger'::regtype;
SELECT attack.attempt('42501', coalesce(string_agg(fn || ' ' || answer, ', ') FILTER (WHERE answer <> '42501'), '42501'),
    'anybody else puts a trigger function of ours on a table of their own')
FROM functions, LATERAL attack.says('eve', 'ROLLBACK', 'BEGIN',
    'CREATE TABLE mallory.t (id text, owner_id text, media_id text)',
    format('CREATE TRIGGER t BEFORE INSERT ON mallory.t FOR EACH ROW EXECUTE FUNCTION %s', fn)) AS answer
WHERE prorettype = 'trigger'::regtype;
SELECT attack.says('eve', 'ROLLBACK');

-- ---- Times without end ----
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN',
    'DELETE FROM kroles.space_members WHERE space_id = 777020',
    format('INSERT INTO kroles.space_members (space_id, user_id, expires_at) VALUES (777020, 3, %L)', expires_at),
    'SELECT kroles_can(3, ''view'', ''channel'', 777020)'), 'a grant that expires at ' || coalesce(expires_at, 'NULL'))
FROM (VALUES
    ('t', NULL),
    ('t', 'infinity'),
    ('f', '-infinity'),
    ('t', '294276-12-31 23:59:59.999999+00'),
    ('f', '4713-01-01 00:00:00+00 BC'),
    ('f', '1970-01-01'),
    ('f', '2000-01-01')
) AS t (expected, expires_at);
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN', statement), statement)
FROM (VALUES
    ('22008', 'INSERT INTO kroles.space_members (space_id, user_id, expires_at) VALUES (20, 4, ''294277-01-01'')'),
    ('22007', 'INSERT INTO kroles.space_members (space_id, user_id, expires_at) VALUES (20, 4, ''NaN'')'),
    ('23514', 'UPDATE kroles.settings SET token_leeway = ''-1 microsecond'''),
    ('23514', 'UPDATE kroles.settings SET token_leeway = ''1 month'''),
    ('UPDATE 1', 'UPDATE kroles.settings SET token_leeway = ''10 minutes'''),
    ('23502', 'UPDATE kroles.settings SET token_leeway = NULL')
) AS t (expected, statement);
-- a stay in a room, begun whenever: with nothing beside it, whoever is in has what stands there
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN',
    format('INSERT INTO kroles.room_participants (media_id, user_id, joined_at, rights) VALUES (777040, 3, %L, ''{join_room}'')', joined_at),
    'SELECT kroles_can(3, ''join_room'', ''room'', 777040)'), 'a stay begun at ' || joined_at)
FROM (VALUES
    ('t', 'now'),
    ('f', '1970-01-01'),
    ('f', '4713-01-01 00:00:00+00 BC'),
    ('25P02', 'infinity'),
    ('25P02', '-infinity')
) AS t (expected, joined_at);
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN', 'UPDATE kroles.room_participants SET joined_at = ''2026-01-01'', left_at = NULL WHERE id = 90',
    statement), statement || ', of a stay begun long ago')
FROM (VALUES
    ('UPDATE 1', 'UPDATE kroles.settings SET room_session_limit = ''30 days'''),
    ('UPDATE 1', 'UPDATE kroles.settings SET chat_and_collaboration = false'),
    ('UPDATE 1', 'UPDATE kroles.users SET blocked = true WHERE id = 4'),
    ('23514', 'UPDATE kroles.room_participants SET left_at = ''-infinity'' WHERE id = 90'),
    ('UPDATE 1', 'UPDATE kroles.room_participants SET left_at = ''infinity'' WHERE id = 90')
) AS t (expected, statement);
-- an interval that is 10 minutes as PostgreSQL compares intervals, but much more without its months
SELECT attack.says('operator', 'ROLLBACK', 'UPDATE kroles.settings SET token_leeway = ''-1 month +30 days +10 minutes''');
SELECT attack.attempt('28000', attack.who('eve',
    format('SET kroles.token = %L', attack.token('eve', format('{"exp": %s}', attack.epoch() - 1200)::jsonb))),
    'a token expired for 20 minutes, with a leeway of -1 month +30 days +10 minutes');
SELECT attack.says('operator', 'UPDATE kroles.settings SET token_leeway = ''0''');
SELECT attack.control('eve', attack.who('eve', format('SET kroles.token = %L', attack.token('eve'))),
    'a token that has not expired');

-- ---- Ids at the ends ----
SELECT attack.attempt(expected, attack.says('operator', 'ROLLBACK', 'BEGIN',
    format('INSERT INTO kroles.users (id, login, applicative_role) VALUES (%s, ''edge'', ''admin'')', id),
    format('INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (%s, ''channel'', ''private'', ''edge'', %1$s)', id),
    format('INSERT INTO kroles.media (id, name, owner_id) VALUES (%s, ''edge'', %1$s)', id),
        format('INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, %1$s)', id),
    format('SELECT concat(kroles_can(%s, ''manage'', ''channel'', %1$s), kroles_can(%1$s, ''delete'', ''media'', %1$s), kroles_can_publish(%1$s, %1$s, %1$s), kroles_can(3, ''view'', ''media'', %1$s))', id)), 'objects with the id ' || id)
FROM (VALUES
    ('tttf', '-9223372036854775808'),
    ('tttf', '9223372036854775807'),
    ('tttf', '0'),
    ('tttf', '-1'),
    ('tttf', '4294967296'),
    ('tttf', '-2147483649')
) AS t (expected, id);
SELECT attack.says('operator', 'ROLLBACK');

-- ---- Texts at the ends ----
SELECT attack.login('gateway', 'attack_gateway'), attack.login('super', current_user);
SELECT attack.attempt('28000', attack.who('gateway', format('SET kroles."user" = %L', stated)), 'kroles.user of ' || tried)
    FROM (VALUES
    ('a megabyte', repeat('x', 1048576)),
    ('1,025 bytes', repeat('x', 1025)),
    ('a backslash', '\')
) AS t (tried, stated);
CREATE TABLE mallory.tokens AS SELECT attack.sign('{"alg":"HS256","kid":"main"}',
    '{"sub":"eve","exp":4102444800,"x":"' || repeat('x', 5500) || '"}') AS token;
GRANT SELECT ON mallory.tokens TO PUBLIC;
SELECT attack.control('3', attack.says('nobody', 'SELECT kroles_login(token) FROM mallory.tokens'),
    'a token that is stored compressed');
SELECT attack.attempt('42846', attack.says('eve',
    'SELECT kroles_can(''site''::kroles.object_kind::kroles.action, ''site'')'), 'an enum of another type, cast');
SELECT attack.attempt('42P17', attack.says('super', 'CREATE TYPE mallory.mood AS ENUM (''view'', ''sad'')',
    'CREATE CAST (mallory.mood AS kroles.action) WITHOUT FUNCTION'),
    'an enum of another type, by a cast that keeps its bits, by a superuser');
SELECT attack.attempt('22P02', attack.says('super', 'CREATE CAST (mallory.mood AS kroles.action) WITH INOUT AS IMPLICIT',
    'SELECT kroles_can(''sad''::mallory.mood, ''site'', NULL)'), 'an enum of another type, by a cast through its label');

-- ---- Functions that the server calls ----
-- Those take what SQL cannot make; a superuser can say that others' functions, types and operators use them.
SELECT attack.attempt('none', (SELECT coalesce(string_agg(fn::text, ', '), 'none') FROM (
        SELECT p.oid::regprocedure AS fn FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles')
            AND p.prorettype = 'internal'::regtype AND NOT 'internal'::regtype = ANY (p.proargtypes)) AS f),
    'a function that gives SQL what is internal');
SELECT attack.says('super', 'CREATE TABLE mallory.rows AS SELECT n::integer AS id, n::text AS name, NULL::kroles.audience AS audience FROM generate_series(1, 100) n',
    'CREATE INDEX ON mallory.rows (id)', 'CREATE INDEX ON mallory.rows (name)', 'CREATE INDEX ON mallory.rows USING gin (audience kroles.audience_ops)',
    'ANALYZE mallory.rows', 'SET enable_seqscan = off');
SELECT attack.attempt('100 100 100', attack.says('super', 'ROLLBACK', 'BEGIN',
    format('CREATE FUNCTION mallory.supported(%s) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN RETURN true; END'' SUPPORT kroles.%s', types, support),
    format('SELECT concat_ws('' '', (SELECT count(*) FROM mallory.rows WHERE mallory.supported(%s)), (SELECT count(*) FROM mallory.rows a JOIN mallory.rows b ON a.id = b.id AND mallory.supported(%s)),
        (SELECT count(*) FROM mallory.rows GROUP BY mallory.supported(%1$s)))', arguments, replace(replace(replace(arguments, 'audience', 'b.audience'), 'name', 'a.name'), 'id', 'a.id'))),
    'kroles.' || support || '() for a function of (' || types || ')')
FROM unnest('{policy_support, audience_support}'::text[]) AS support, (VALUES
    ('', ''), ('integer', 'id'), ('text, text', 'name, name'), ('kroles.action, text', '''view'', name'), ('kroles.action, integer', 'NULL, id'),
    ('kroles.action, kroles.audience', '''view'', audience'), ('kroles.action, kroles.audience', 'NULL, audience'),
    ('kroles.action, kroles.object_kind, bigint', '''view'', ''media'', id'), ('kroles.action, kroles.object_kind, text', '''view'', NULL, name')
) AS t (types, arguments);
SELECT attack.says('super', 'ROLLBACK');
SELECT attack.attempt('1 0', attack.says('super', 'ROLLBACK', 'BEGIN',
    'CREATE OPERATOR mallory.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = pg_catalog.int4eq, RESTRICT = kroles.audience_overlaps_sel)',
    'SELECT concat_ws('' '', count(*) FILTER (WHERE id OPERATOR(mallory.===) 5), (SELECT count(*) FROM mallory.rows WHERE id OPERATOR(mallory.===) NULL)) FROM mallory.rows WHERE id OPERATOR(mallory.===) id'),
    'the selectivity of an operator on numbers');
SELECT attack.attempt('42804', attack.says('super', 'ROLLBACK', 'BEGIN', 'CREATE TYPE mallory.number',
    'CREATE FUNCTION mallory.number_in(cstring) RETURNS mallory.number LANGUAGE internal STRICT IMMUTABLE AS ''int4in''',
    'CREATE FUNCTION mallory.number_out(mallory.number) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS ''int4out''',
    'CREATE TYPE mallory.number (INPUT = mallory.number_in, OUTPUT = mallory.number_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ANALYZE = kroles.audience_analyze)',
    'CREATE TABLE mallory.numbers AS SELECT ''7''::mallory.number AS n', 'ANALYZE mallory.numbers'), 'ANALYZE of numbers as audiences');
SELECT attack.control('ANALYZE', attack.says('super', 'ROLLBACK', 'BEGIN', 'CREATE DOMAIN mallory.domain AS kroles.audience',
    'CREATE TABLE mallory.domains AS SELECT ''1 owner=2''::mallory.domain AS d', 'ANALYZE mallory.domains'), 'ANALYZE of a domain over audiences');
SELECT attack.says('super', 'ROLLBACK');

-- ---- Where sets come ----
SELECT attack.attempt('documented errors', coalesce(string_agg(attack.answer, '; ') FILTER (WHERE answer !~ '^(\d+|no row|NULL|0A000|42\w{3}|28000|22023|55000)$'), 'documented errors'),
    fn || ', wherever a set may stand')
FROM (SELECT fn, attack.says(session, format(statement, call, format('%s.%I', pronamespace::regnamespace, proname))) AS answer
    FROM functions JOIN pg_proc p ON p.oid = fn, unnest('{eve, ada, nobody}'::text[]) AS session,
        LATERAL (SELECT format('%s.%I(%s)', pronamespace::regnamespace, proname, (SELECT string_agg('NULL::' || format_type(a, NULL), ', ') FROM unnest(proargtypes) a))) AS c (call), (VALUES
        ('SELECT count(*) FROM %1$s'), ('SELECT count(*) FROM %1$s WITH ORDINALITY'), ('SELECT count(*) FROM ROWS FROM (%1$s, generate_series(1, 3))'),
        ('SELECT count(*) FROM (SELECT %1$s) s'), ('SELECT count(*) FROM (SELECT %1$s LIMIT 1) s'), ('SELECT count(*) FROM generate_series(1, 3) n LEFT JOIN LATERAL %1$s f ON true'),
        ('SELECT count(*) FROM (SELECT 1 WHERE EXISTS (SELECT %1$s)) s'), ('SELECT count(*) FROM %1$s AS f (a integer)'), ('SELECT count(*) FROM %1$s AS f (a integer, b text)'),
        ('SELECT CASE WHEN true THEN count(%1$s) END'), ('SELECT count(*) FROM (VALUES (%1$s)) v'), ('SELECT coalesce(%1$s, %1$s)'), ('CALL %1$s')) AS s (statement)
    WHERE p.proretset) AS attack GROUP BY fn ORDER BY fn::text;

SELECT * FROM finish();
