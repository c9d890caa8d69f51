-- Objects of other roles: a superuser maintains the portal while an attacker owns schemas, tables, views, types, casts,
-- operators, domains, triggers and functions, each with a trap in it. No trap runs. A sequence counts traps that run, which no
-- rollback and no caught error undoes.
\set name attack_objects_maintenance
\ir lib/portal.psql
SELECT * FROM no_plan();
SELECT 'CREATE ROLE attack_mallory LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'attack_mallory') \gexec
SELECT format('GRANT CREATE ON DATABASE %I TO attack_mallory', current_database()) \gexec
SELECT attack.login('mallory', 'attack_mallory'), attack.login('operator', current_user),
       attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve'));

-- What mallory has to do and must be able to.
CREATE FUNCTION pg_temp.mallory(VARIADIC statements text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        answer := attack.says_all('mallory', statement);
        IF answer ~ '^[0-9A-Z]{5} / ' THEN
            RETURN NEXT fail('mallory can''t prepare: ' || statement || ': ' || answer);
        END IF;
    END LOOP;
END $$;

SELECT pg_temp.mallory('CREATE SCHEMA mal', 'GRANT USAGE ON SCHEMA mal TO PUBLIC', 'CREATE SEQUENCE mal.sprung', 'GRANT ALL ON SEQUENCE mal.sprung TO PUBLIC',
    $$CREATE FUNCTION mal.spring() RETURNS void LANGUAGE plpgsql AS 'BEGIN
        IF session_user <> ''attack_mallory'' THEN
            PERFORM nextval(''mal.sprung'');
            RAISE EXCEPTION ''a trap'' USING ERRCODE = ''EVIL1'';
        END IF;
    END'$$);
-- a function of one argument with the trap in it, for whatever takes one
SELECT pg_temp.mallory(format($$CREATE FUNCTION mal.trap(%1$s) RETURNS %1$s IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM mal.spring(); RETURN $1; END'$$, t))
FROM unnest('{bigint, integer, smallint, text, varchar, uuid, boolean}'::text[]) AS t;

-- ---- Casts: between types of mallory's and every common one, both ways, implicit ----
-- (but kroles.audience, of whose type nobody makes anything: see representations)
SELECT skipping.lacks('icu') IS NULL AS has_icu \gset
SELECT pg_temp.mallory('CREATE TYPE mal.mask AS ENUM (''1'', ''2'')', 'CREATE TYPE mal.pair AS (id bigint)', 'CREATE TYPE mal.span AS RANGE (subtype = bigint)',
    'CREATE DOMAIN mal.veil AS mal.mask', 'CREATE DOMAIN mal.number AS bigint CHECK (mal.trap(VALUE) > 0)', 'CREATE DOMAIN mal.small AS mal.number', 'CREATE DOMAIN mal.int AS integer DEFAULT mal.trap(1)',
    'CREATE DOMAIN mal.word AS text CHECK (mal.trap(VALUE) <> '''')', 'CREATE DOMAIN mal.key AS uuid', 'CREATE DOMAIN mal.mini AS smallint',
    CASE WHEN :'has_icu' THEN 'CREATE COLLATION mal.blind (provider = icu, locale = ''und-u-ks-level1'', deterministic = false)'
        ELSE 'CREATE COLLATION mal.blind FROM "C"' END);
SELECT skip('columns of a nondeterministic collation (PostgreSQL was built without ICU)') WHERE NOT :'has_icu';
SELECT pg_temp.mallory(
    format($$CREATE FUNCTION mal.to_mask(%s) RETURNS mal.mask LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM mal.spring(); RETURN ''1''; END'$$, t),
    format('CREATE CAST (%1$s AS mal.mask) WITH FUNCTION mal.to_mask(%1$s) AS IMPLICIT', t),
    format($$CREATE FUNCTION mal.to_common(mal.mask, OUT %I %s) LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM mal.spring(); END'$$, 'x', t),
    format('ALTER FUNCTION mal.to_common(mal.mask) RENAME TO %I', 'to_' || n), format('CREATE CAST (mal.mask AS %s) WITH FUNCTION mal.%I(mal.mask) AS IMPLICIT', t, 'to_' || n))
FROM unnest('{bigint, integer, smallint, text, varchar, uuid, name, boolean, oid, regclass, text[], bigint[], pg_node_tree, kroles.action, kroles.object_kind, kroles.applicative_role, kroles.list_row, kroles.weakness}'::text[])
    WITH ORDINALITY AS t (t, n);
-- (PostgreSQL warns that it ignores casts of domains; it must)
SELECT pg_temp.mallory(
    format($$CREATE FUNCTION mal.unveil(mal.%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM mal.spring(); END'$$, d, t),
    format('CREATE CAST (mal.%s AS %s) WITH FUNCTION mal.unveil(mal.%1$s) AS IMPLICIT', d, t))
FROM (VALUES ('number', 'bigint'), ('small', 'bigint'), ('int', 'bigint'), ('mini', 'bigint'), ('word', 'text'), ('key', 'text')) AS t (d, t);
SELECT pg_temp.mallory(
    format($$CREATE FUNCTION mal.%I(mal.%s) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM mal.spring(); END'$$, 'uncover_' || s, s),
    format('CREATE CAST (mal.%s AS bigint) WITH FUNCTION mal.%I(mal.%1$s) AS IMPLICIT', s, 'uncover_' || s))
FROM unnest('{pair, span}'::text[]) AS s;
-- operators that fit nearly everything
SELECT pg_temp.mallory(
    format($$CREATE FUNCTION mal.meets(%s, %s) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM mal.spring(); RETURN true; END'$$, l, r),
    format('CREATE OPERATOR mal.= (FUNCTION = mal.meets, LEFTARG = %s, RIGHTARG = %s)', l, r),
    format('CREATE OPERATOR mal.<> (FUNCTION = mal.meets, LEFTARG = %s, RIGHTARG = %s)', l, r))
FROM (VALUES ('bigint', 'bigint'), ('text', 'text'), ('name', 'text'), ('oid', 'regclass'), ('regclass', 'oid'), ('kroles.action', 'kroles.action'), ('kroles.object_kind', 'text'), ('anyenum', 'anyenum'), ('record', 'record')) AS t (l, r);

-- ---- Tables ----
SELECT pg_temp.mallory('CREATE TABLE mal.plain (id bigint, note text)', 'INSERT INTO mal.plain VALUES (777040, ''x'')',
    'CREATE TABLE mal.booby (id bigint DEFAULT mal.trap(41::bigint) CHECK (mal.trap(id) > 0), twice bigint GENERATED ALWAYS AS (mal.trap(id)) STORED, note text)',
    'INSERT INTO mal.booby (id, note) VALUES (41, ''x'')', 'CREATE INDEX ON mal.booby (mal.trap(id))', 'CREATE UNIQUE INDEX ON mal.booby (id) WHERE mal.trap(id) > 0', 'CREATE STATISTICS mal.counted ON (mal.trap(id)), note FROM mal.booby',
    $$CREATE FUNCTION mal.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM mal.spring(); RETURN NULL; END'$$,
    'CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON mal.booby FOR EACH ROW EXECUTE FUNCTION mal.fire()', 'CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mal.booby FOR EACH STATEMENT EXECUTE FUNCTION mal.fire()',
    'CREATE RULE c AS ON UPDATE TO mal.booby DO ALSO SELECT mal.spring()', 'CREATE POLICY narrow ON mal.booby AS RESTRICTIVE USING (mal.trap(true))', 'ALTER TABLE mal.booby ENABLE ROW LEVEL SECURITY',
    'CREATE TABLE mal.wide (id bigint)', 'CREATE POLICY all_of_it ON mal.wide USING (mal.trap(true))',
    'CREATE TABLE mal.numbers (id mal.number)', 'CREATE TABLE mal.smalls (id mal.small)', 'CREATE TABLE mal.ints (id mal.int)', 'CREATE TABLE mal.minis (id mal.mini)', 'CREATE TABLE mal.words (id mal.word)', 'CREATE TABLE mal.keys (id mal.key)',
    'CREATE TABLE mal.collated (id text COLLATE mal.blind)',
    'CREATE TABLE mal.masks (id mal.mask)', 'CREATE TABLE mal.veils (id mal.veil)', 'CREATE TABLE mal.pairs (id mal.pair)', 'CREATE TABLE mal.spans (id mal.span)', 'CREATE TABLE mal.arrays (id bigint[])',
    'CREATE TABLE mal.typed OF mal.pair', 'CREATE TABLE mal.parts (id bigint, year int) PARTITION BY RANGE (mal.trap(id))', 'CREATE TABLE mal.part PARTITION OF mal.parts FOR VALUES FROM (0) TO (100)',
    'CREATE VIEW mal.view AS SELECT mal.trap(id) AS id FROM mal.plain', 'CREATE MATERIALIZED VIEW mal.copy AS SELECT mal.trap(id) AS id FROM mal.plain', 'CREATE SEQUENCE mal.ids', 'CREATE INDEX of_plain ON mal.plain (id)',
    'CREATE TABLE mal."); SELECT mal.spring(); --" ("id); SELECT mal.spring(); --" bigint)', 'CREATE TABLE mal."%I $$ '' \" ("%L $x$ ''" text)',
    'CREATE SCHEMA "mal'';select mal.spring();--"', 'CREATE TABLE "mal'';select mal.spring();--"."current_user" ("user" bigint)', 'CREATE TEMP TABLE hidden_away (id bigint)');
SELECT pg_temp.mallory('GRANT ALL ON ALL TABLES IN SCHEMA mal TO attack_app');
-- What the superuser is answered, and whether a trap was sprung meanwhile.
CREATE FUNCTION pg_temp.operator(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := attack.says('operator', VARIADIC statements);
    sprung boolean := (SELECT is_called FROM mal.sprung);
BEGIN
    PERFORM setval('mal.sprung', 1, false);
    RETURN answer || CASE WHEN sprung THEN ', and a trap was sprung' ELSE '' END;
END $$;
SELECT attack.control('EVIL1, and a trap was sprung', pg_temp.operator(statement), 'a superuser steps on a trap: ' || statement)
FROM unnest(ARRAY['SELECT id FROM mal.view', 'INSERT INTO mal.plain SELECT ''1''::mal.mask', 'INSERT INTO mal.booby DEFAULT VALUES', 'SELECT ''1''::mal.mask::bigint', 'SELECT 1::bigint OPERATOR(mal.=) 1::bigint', 'UPDATE mal.booby SET note = ''y''']) AS statement;

-- ---- Protecting, protecting again, unprotecting ----
CREATE FUNCTION pg_temp.protects(target text, id_column text DEFAULT 'id', kind text DEFAULT 'media', rest text DEFAULT '') RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.operator(format('SELECT count(kroles_protect(%L, %L, %L%s))', target, kind, id_column, rest))
$$;
SELECT attack.attempt('1', pg_temp.protects(target, id_column, kind), format('a superuser protects %s, by column %s, as rows of a %s', target, id_column, kind)),
       attack.attempt('1', pg_temp.protects(target, id_column, kind), 'and again: ' || target)
FROM (VALUES ('mal.plain', 'id', 'media'), ('mal.booby', 'id', 'media'), ('mal.numbers', 'id', 'media'), ('mal.smalls', 'id', 'channel'), ('mal.ints', 'id', 'event'), ('mal.minis', 'id', 'room'), ('mal.words', 'id', 'media'),
    ('mal.keys', 'id', 'gallery'), ('mal.collated', 'id', 'media'), ('mal.typed', 'id', 'media'), ('mal.parts', 'id', 'media'), ('mal."); SELECT mal.spring(); --"', 'id); SELECT mal.spring(); --', 'media'),
    ('mal."%I $$ '' \"', '%L $x$ ''', 'media'), ('"mal'';select mal.spring();--"."current_user"', 'user', 'channel')) AS t (target, id_column, kind);
SELECT attack.attempt(expected, pg_temp.protects(target), 'a superuser protects ' || what)
FROM (VALUES ('42804', 'mal.masks', 'by an enum with a cast to bigint'), ('42804', 'mal.veils', 'by a domain over one'), ('42804', 'mal.pairs', 'by a composite with a cast'), ('42804', 'mal.spans', 'by a range with a cast'),
    ('42804', 'mal.arrays', 'by an array'), ('42809', 'mal.view', 'a view'), ('42809', 'mal.copy', 'a materialised view'), ('42809', 'mal.ids', 'a sequence'), ('42809', 'mal.of_plain', 'an index'), ('42809', 'mal.pair', 'a composite type'),
    ('42809', 'mal.part', 'a partition alone'), ('55000', 'mal.wide', 'a table with a policy of its owner''s'), ('42809', 'kroles.media', 'a table of kroles')) AS t (expected, target, what);
SELECT attack.attempt('0A000', pg_temp.protects(oid::regclass::text), 'a superuser protects a temporary table of mallory''s')
FROM pg_class WHERE relname = 'hidden_away';
SELECT attack.attempt('1', pg_temp.protects('mal.wide', rest => ', keep_policies => true'), 'a superuser protects a table with a policy of its owner''s, and lets it stand');
-- The policies ask by PostgreSQL's own casts alone: they depend on nothing but the extension.
SELECT is(string_agg(DISTINCT d.refobjid::regprocedure::text, ', ' ORDER BY d.refobjid::regprocedure::text),
    'kroles.can(kroles.action,kroles.object_kind,bigint), kroles.external_can(kroles.action,kroles.object_kind,text)', 'no function of mallory''s: what the policies call')
FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass
WHERE p.polname ~ '^kroles_' AND p.polrelid IN (SELECT relation FROM kroles.protected_tables);
SELECT is(count(*) FILTER (WHERE in_force), count(*), 'control: each is in force') FROM kroles.protected_tables;
-- Whoever asks them meets no cast of mallory's either.
SELECT attack.attempt('0', attack.says('eve', 'SELECT count(*) FROM ' || t), 'eve reads ' || t)
FROM unnest('{mal.plain, mal.numbers, mal.smalls, mal.ints, mal.minis, mal.words, mal.keys, mal.collated, mal.parts}'::text[]) AS t;
SELECT attack.attempt('false', is_called::text, 'a trap in what eve has read') FROM mal.sprung;

-- ---- Tables changed while the superuser waits for them ----
CREATE FUNCTION pg_temp.waits_for(target text, VARIADIC changes text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    answer text;
    id oid := target::regclass;
BEGIN
    PERFORM attack.says('mallory', 'BEGIN', format('LOCK TABLE %s', target));
    PERFORM dblink_send_query('operator', format('SELECT count(kroles_protect(%L, ''media'', ''id''))', target));
    FOR i IN 1 .. 500 LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = id);
        PERFORM pg_sleep(0.01);
    END LOOP;
    FOREACH statement IN ARRAY changes LOOP
        answer := attack.says_all('mallory', statement);
        IF answer ~ '^[0-9A-Z]{5} / ' THEN
            RAISE EXCEPTION '%: %', statement, answer;
        END IF;
    END LOOP;
    PERFORM attack.says('mallory', 'COMMIT');
    BEGIN
        SELECT a INTO answer FROM dblink_get_result('operator') AS t (a text);
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    PERFORM FROM dblink_get_result('operator', false) AS t (a text);
    RETURN answer || CASE WHEN (SELECT is_called FROM mal.sprung) THEN ', and a trap was sprung' ELSE '' END;
END $$;
SELECT pg_temp.mallory(format('CREATE TABLE mal.%s (id bigint)', t)) FROM unnest('{renamed, retyped, dropped, inherits, mother, policied, columnless}'::text[]) AS t;
SELECT attack.attempt('1', pg_temp.waits_for('mal.renamed', 'ALTER TABLE mal.renamed RENAME TO other', 'CREATE VIEW mal.renamed AS SELECT mal.trap(1::bigint) AS id'), 'mallory puts a view into its place'),
    attack.attempt('42804', pg_temp.waits_for('mal.retyped', 'ALTER TABLE mal.retyped ALTER id TYPE mal.mask USING NULL'), 'mallory gives the column a type with a cast'),
    attack.attempt('42703', pg_temp.waits_for('mal.columnless', 'ALTER TABLE mal.columnless RENAME id TO was', 'ALTER TABLE mal.columnless ADD id_ bigint'), 'mallory renames the column'),
    attack.attempt('42P01', pg_temp.waits_for('mal.dropped', 'DROP TABLE mal.dropped', 'CREATE TABLE mal.dropped (id bigint)'), 'mallory drops the table and makes another'),
    attack.attempt('42809', pg_temp.waits_for('mal.inherits', 'ALTER TABLE mal.inherits INHERIT mal.mother'), 'mallory makes it a child of another'),
    attack.attempt('55000', pg_temp.waits_for('mal.policied', 'CREATE POLICY more ON mal.policied USING (mal.trap(true))'), 'mallory adds a policy');
SELECT is(string_agg(relation::text, ' ' ORDER BY relation::text), 'mal.other', 'control: the table that was meant is protected, and none that was refused') FROM kroles.protected_tables
WHERE relation::text ~ 'renamed|other|retyped|columnless|dropped|inherits|mother|policied';


-- A schema can be renamed between two statements, whatever is locked. Mallory owns two, and in one of them is a table of somebody
-- else's: at each command of the superuser's in turn, that one takes the place of mallory's. (An event trigger of a superuser's
-- stands for the moment.)
SELECT pg_temp.mallory('CREATE SCHEMA stage', 'CREATE TABLE stage.act (id bigint)', 'CREATE SCHEMA house');
CREATE TABLE house.act (id bigint, other bigint);
ALTER TABLE house.act OWNER TO attack_other;
SELECT FROM kroles_protect('house.act', 'channel', 'other');
CREATE TABLE attack.swap (at int);
CREATE SEQUENCE attack.commands;
CREATE FUNCTION attack.swap() RETURNS event_trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF nextval('attack.commands') = (SELECT at FROM attack.swap) THEN
        PERFORM attack.login('swapper', 'attack_mallory');
        PERFORM attack.says('swapper', 'ALTER SCHEMA stage RENAME TO aside', 'ALTER SCHEMA house RENAME TO stage');
        PERFORM FROM pg_database;       -- a lock that is new, with which the session hears of it
    END IF;
END $$;
CREATE EVENT TRIGGER swap ON ddl_command_start WHEN TAG IN ('CREATE POLICY', 'DROP POLICY', 'COMMENT', 'ALTER TABLE') EXECUTE FUNCTION attack.swap();
ALTER EVENT TRIGGER swap DISABLE;

-- What is there, but for comments.
CREATE FUNCTION pg_temp.state(id oid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('; ', relrowsecurity, relforcerowsecurity, (SELECT string_agg(concat_ws(' ', polname, polcmd, pg_get_expr(polqual, id), pg_get_expr(polwithcheck, id)), ', ' ORDER BY polname) FROM pg_policy WHERE polrelid = id))
    FROM pg_class WHERE oid = id
$$;
-- What came of a statement, "first" having been done, during whose n-th command the schemas are swapped; then they are swapped
-- back. (The last command has been met when there is no swap.)
CREATE FUNCTION pg_temp.swapped(n int, first text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    mine oid := (SELECT oid FROM pg_class WHERE relname = 'act' AND relowner = 'attack_mallory'::regrole);
    other oid := (SELECT oid FROM pg_class WHERE relname = 'act' AND relowner = 'attack_other'::regrole);
    swapped boolean;
    before text := pg_temp.state(other);
    answer text;
    result text;
BEGIN
    PERFORM attack.says('operator', first);
    PERFORM dblink_exec('keeper', format('TRUNCATE attack.swap; INSERT INTO attack.swap VALUES (%s); SELECT setval(''attack.commands'', 1, false); ALTER EVENT TRIGGER swap ENABLE', n));
    PERFORM attack.says('operator', 'BEGIN');
    answer := attack.says('operator', statement, 'SELECT ''done''');
    PERFORM attack.says('operator', 'COMMIT');
    PERFORM dblink_exec('keeper', 'ALTER EVENT TRIGGER swap DISABLE');
    swapped := EXISTS (SELECT FROM pg_namespace WHERE nspname = 'aside');
    result := CASE WHEN NOT swapped THEN 'no swap' WHEN pg_temp.state(other) <> before THEN 'harm done: ' || pg_temp.state(other)
                   WHEN answer = 'done' AND (pg_temp.state(mine) LIKE 't;%' <> (statement LIKE '%kroles_protect%')) THEN 'said to be done: ' || pg_temp.state(mine)
                   ELSE 'no harm' END;
    IF swapped THEN
        PERFORM attack.says('mallory', 'ALTER SCHEMA stage RENAME TO house', 'ALTER SCHEMA aside RENAME TO stage');
    END IF;
    RETURN result;
END $$;
SELECT attack.login('keeper', current_user);
SELECT attack.attempt(CASE WHEN n <= 9 THEN 'no harm' ELSE 'no swap' END, pg_temp.swapped(n, 'SELECT kroles_unprotect(''stage.act'')', 'SELECT kroles_protect(''stage.act'', ''media'', ''id'')'), 'mallory swaps schemas at command ' || n || ' of a superuser who protects a table')
FROM generate_series(1, 10) AS n;
SELECT attack.attempt(CASE WHEN n <= 12 THEN 'no harm' ELSE 'no swap' END, pg_temp.swapped(n, 'SELECT kroles_protect(''stage.act'', ''media'', ''id'')', 'SELECT kroles_protect(''stage.act'', ''media'', ''id'', select_right => ''edit'')'), 'mallory swaps schemas at command ' || n || ' of a superuser who protects it again')
FROM generate_series(1, 13) AS n;
SELECT attack.attempt(CASE WHEN n <= 5 THEN 'no harm' ELSE 'no swap' END, pg_temp.swapped(n, 'SELECT kroles_protect(''stage.act'', ''media'', ''id'')', 'SELECT kroles_unprotect(''stage.act'')'), 'mallory swaps schemas at command ' || n || ' of a superuser who unprotects it')
FROM generate_series(1, 6) AS n;
DROP EVENT TRIGGER swap;

-- ---- What mallory makes of the policies afterwards ----
SELECT pg_temp.mallory('ALTER POLICY kroles_select ON mal.plain USING (mal.trap(true))', 'ALTER POLICY kroles_delete ON mal.minis USING (kroles.can(''view'', ''media'', mal.trap(id::bigint)))',
    'ALTER POLICY kroles_insert ON mal.ints WITH CHECK (kroles.can(''contribute'', ''event'', id) OR mal.trap(true))', 'CREATE POLICY more ON mal.booby USING (mal.trap(true))',
    -- as ours, to the word; but the cast is another
    'ALTER TABLE mal.masks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', 'CREATE POLICY kroles_select ON mal.masks FOR SELECT USING (kroles.can(''view'', ''media'', id::bigint))',
    'CREATE POLICY kroles_insert ON mal.masks FOR INSERT WITH CHECK (kroles.can(''edit'', ''media'', id::bigint))', 'CREATE POLICY kroles_delete ON mal.masks FOR DELETE USING (kroles.can(''delete'', ''media'', id::bigint))',
    'CREATE POLICY kroles_update ON mal.masks FOR UPDATE USING (kroles.can(''edit'', ''media'', id::bigint)) WITH CHECK (kroles.can(''edit'', ''media'', id::bigint))');
SELECT pg_temp.mallory(format('COMMENT ON POLICY kroles_%s ON mal.masks IS ''kroles: as ours''', c)) FROM unnest('{select, insert, update, delete}'::text[]) AS c;
SELECT attack.attempt('false', pg_temp.operator(format('SELECT in_force::text FROM kroles.protected_tables WHERE relation = %L::regclass', t)), 'mallory passes off as ours the policies of ' || t)
FROM unnest('{mal.plain, mal.minis, mal.ints, mal.masks}'::text[]) AS t;

-- ---- The other functions, with all this beside them ----
-- views, functions and triggers over the portal's tables, for the doctor to look at
GRANT SELECT ON kroles.media, kroles.users TO attack_mallory;
SELECT pg_temp.mallory('CREATE VIEW mal."); SELECT mal.spring()" WITH (security_barrier) AS SELECT mal.trap(id) AS id FROM kroles.media', 'CREATE MATERIALIZED VIEW mal.copied AS SELECT id FROM kroles.media WHERE mal.trap(true) WITH NO DATA',
    'CREATE FUNCTION mal.definer(a mal.mask DEFAULT mal.to_mask(1)) RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT mal.trap(count(*)) FROM kroles.media; END', 'CREATE RULE r AS ON INSERT TO mal.other DO ALSO SELECT mal.trap(id) FROM kroles.media');
SELECT pg_temp.mallory('CREATE SCHEMA pit', 'CREATE FUNCTION pit.format(text, text) RETURNS text LANGUAGE plpgsql AS ''BEGIN PERFORM mal.spring(); END''', 'CREATE TABLE pit.users (id bigint)', 'CREATE VIEW pit.pg_class AS SELECT mal.trap(1::bigint) AS oid');
CREATE ROLE "attack ""x""; SELECT mal.spring(); --";
SELECT attack.attempt(expected, pg_temp.operator('ROLLBACK', 'BEGIN', 'SET LOCAL search_path = pit, mal, pg_temp, pg_catalog, public', statement), 'a superuser runs ' || statement)
FROM (VALUES
    ('t', 'SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM public.kroles_doctor()'),
    ('3', 'SELECT pg_catalog.count(*) FROM public.kroles_doctor() AS d WHERE d.finding OPERATOR(pg_catalog.=) ''altered_policy''::pg_catalog.text AND d.subject OPERATOR(pg_catalog.~) ''^mal.(plain|minis|ints)$''::pg_catalog.text'),
    ('4', 'SELECT pg_catalog.count(*) FROM public.kroles_doctor() AS d WHERE d.finding OPERATOR(pg_catalog.=) ''altered_policy''::pg_catalog.text AND d.subject OPERATOR(pg_catalog.=) ''mal.masks''::pg_catalog.text'),
    ('0', 'SELECT pg_catalog.count(*) FROM public.kroles_verify()'), ('0', 'SELECT pg_catalog.count(*) FROM public.kroles_verify(true)'),
    ('t', 'SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 5 FROM kroles.protected_tables'),
    ('0', 'SELECT pg_catalog.count(*) FROM public.kroles_import_users(E''login,name,applicative_role,groups\nmax,Max,viewer,"a,b"\neve,Eve,,-a''::pg_catalog.text)'),
    ('0', 'SELECT pg_catalog.count(*) FROM public.kroles_import_group_members(E''group_name,login\nhidden,eve''::pg_catalog.text)'),
    ('0', 'SELECT pg_catalog.count(*) FROM public.kroles_import_space_members(E''space_id,login,role,expires_at\n20,vera,member,2030-01-01''::pg_catalog.text)'),
    ('1', 'SELECT pg_catalog.count(*) FROM public.kroles_import_users(E''login,applicative_role\nmax,emperor''::pg_catalog.text, ''check''::pg_catalog.text)'),
    ('INSERT 0 1', 'INSERT INTO kroles.user_import (login, name) VALUES (''max'', ''Max'')'),
    ('INSERT 0 1', 'INSERT INTO kroles.group_member_import (group_name, login) VALUES (''hidden'', ''eve'')'),
    ('INSERT 0 1', 'INSERT INTO kroles.space_member_import (space_id, login) VALUES (''20'', ''vera'')'),
    ('0', 'SELECT pg_catalog.count(public.kroles_grant_access(''attack "x"; SELECT mal.spring(); --''::pg_catalog.name))'),
    ('0', 'SELECT pg_catalog.count(public.kroles_revoke_access(''attack "x"; SELECT mal.spring(); --''::pg_catalog.name))'),
    ('42704', 'SELECT public.kroles_grant_access(''public''::pg_catalog.name)'), ('42704', 'SELECT public.kroles_grant_access(''current_user''::pg_catalog.name)'),
    ('1', 'SELECT pg_catalog.count(public.kroles_trust_gateway(''attack "x"; SELECT mal.spring(); --''::pg_catalog.name))'),
    ('1', 'SELECT pg_catalog.count(public.kroles_protect(''mal.booby''::pg_catalog.regclass, ''media''::kroles.object_kind, ''id''::pg_catalog.name,  keep_policies => true))'),
    ('1', 'SELECT pg_catalog.count(public.kroles_unprotect(''mal.booby''::pg_catalog.regclass))'),
    ('1', 'SELECT pg_catalog.count(public.kroles_unprotect(''mal.plain''::pg_catalog.regclass))'), ('1', 'SELECT pg_catalog.count(public.kroles_unprotect(''mal.masks''::pg_catalog.regclass))'),
    ('1', 'SELECT pg_catalog.count(public.kroles_unprotect(''mal."); SELECT mal.spring(); --"''::pg_catalog.regclass))'),
    ('3', 'SELECT public.kroles_hand_over(3::pg_catalog.int8, 2::pg_catalog.int8)')
) AS t (expected, statement);
SELECT attack.says('operator', 'ROLLBACK') \g /dev/null
SELECT is(rolsuper OR rolcreaterole OR rolbypassrls OR pg_has_role(rolname, current_user, 'MEMBER'), false, 'no power: mallory has gained none') FROM pg_roles WHERE rolname = 'attack_mallory';

-- ---- What mallory can't make ----
SELECT attack.attempt('42501', attack.says('mallory', statement), 'mallory: ' || statement)
FROM unnest(ARRAY['CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION mal.fire()', 'CREATE CAST (kroles.action AS text) WITH INOUT AS IMPLICIT', 'CREATE CAST (bigint AS kroles.action) WITH INOUT AS IMPLICIT',
    'CREATE TRIGGER t AFTER INSERT ON kroles.media FOR EACH ROW EXECUTE FUNCTION mal.fire()', 'CREATE RULE r AS ON INSERT TO kroles.media DO ALSO SELECT mal.spring()', 'CREATE TABLE mal.keyed (id bigint REFERENCES kroles.media)',
    'CREATE TABLE mal.under () INHERITS (kroles.media)', 'CREATE INDEX ON kroles.media (mal.trap(id))', 'CREATE STATISTICS mal.s ON id, name FROM kroles.media', 'CREATE FUNCTION kroles.can(text) RETURNS boolean LANGUAGE sql RETURN true',
    'CREATE OPERATOR CLASS mal.o FOR TYPE kroles.audience USING gin AS STORAGE bigint', 'ALTER TYPE kroles.action ADD VALUE ''all''', 'ALTER DOMAIN mal.key OWNER TO attack_other']) AS statement;

-- ---- Left open: functions named as ours, where mallory may make objects in a schema of the superuser's search path ----
GRANT CREATE ON SCHEMA public TO attack_mallory;
SELECT pg_temp.mallory('CREATE FUNCTION public.kroles_verify() RETURNS bigint LANGUAGE plpgsql AS ''BEGIN PERFORM mal.spring(); END''',
    'CREATE FUNCTION public.kroles_protect(text, text, text) RETURNS bigint LANGUAGE plpgsql AS ''BEGIN PERFORM mal.spring(); END''');
SELECT attack.left_open('EVIL1, and a trap was sprung', pg_temp.operator('SELECT kroles_protect(''mal.other'', ''media'', ''id'')'), 'mallory, who may make objects in public, has a superuser run a function named as ours');
SELECT attack.attempt('42725', pg_temp.operator('SELECT kroles_verify()'), 'a superuser leaves out an argument that mallory''s function does not have');
SELECT attack.attempt('0', pg_temp.operator('SELECT count(*) FROM kroles_verify(false)'), 'a superuser leaves none out');
SELECT attack.control('public.kroles_protect(text,text,text) public.kroles_verify()', pg_temp.operator('SELECT subject FROM kroles_doctor() WHERE finding = ''lookalike_function'' ORDER BY subject'), 'the doctor names both');
SELECT * FROM finish();
