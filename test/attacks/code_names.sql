-- Robustness: names with quotes, for everything that has a name.
\set name attack_code_names
\ir lib/portal.psql
SELECT * FROM no_plan();
-- Each is tried in every place; a test is about all of them.
CREATE TEMP TABLE hostile (n int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO hostile (name) VALUES ('it''s'), ('"quoted"'), ('semi;colon'), ('x''; DROP TABLE kroles.users; --'),
    ('back\slash'), ('$$'), ('$1'), ('%s %I %%'), ('{a,b}'), ('(1,2)'), ('null'), ('NULL'), ('true'), ('0'), ('user'), ('*'),
    ('größe'), ('a.b'), ('two  words'), ('<b>'), ('\x41'), (U&'eve\0301'), (repeat('n', 63));

-- ---- Logins and names of objects ----
INSERT INTO kroles.users (id, login, name, applicative_role) SELECT 100 + n, name, name, 'admin' FROM hostile;
INSERT INTO kroles.groups (id, name) SELECT 100 + n, name FROM hostile;
INSERT INTO kroles.group_members (group_id, user_id) SELECT 100 + n, 100 + n FROM hostile;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) SELECT 100 + n, 'channel', 'private', name, 100 + n,
    name FROM hostile;
INSERT INTO kroles.media (id, name, owner_id, external_id) SELECT 100 + n, name, 100 + n, name FROM hostile;
INSERT INTO kroles.signing_keys (kid, algorithm, key) SELECT name, 'HS256', 'a secret of the tests, 32 bytes.' FROM hostile;
SELECT attack.login('app', 'attack_app'), attack.login('gateway', 'attack_gateway');
-- Of all hostile names, those that went wrong; or "every one" where none did.
CREATE FUNCTION pg_temp.wrong(name text, expected text,
    got text) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN got = expected THEN NULL ELSE format('%s: %s; ', name,
    got) END $$;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, name,
    attack.who_within('gateway', format('SELECT set_config(''kroles.user'', %L, true)', name))), ''), 'every one'),
    'kroles.user of a user called so') FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, name,
    attack.who_within('gateway', format('SELECT set_config(''request.jwt.claims'', %L, true)',
    jsonb_build_object('sub', name)))), ''), 'every one'), 'claims for a user called so') FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, name,
    attack.who_within('app', format('SELECT kroles_login(%L)',
    attack.sign(jsonb_build_object('alg', 'HS256', 'kid', name)::text,
    jsonb_build_object('sub', name, 'exp', 4102444800)::text)))), ''), 'every one'),
    'a token for a user, and by a key, called so') FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, name || ' ' || name || ' t t 1',
    attack.says('app', 'ROLLBACK', 'BEGIN', format('SELECT kroles_login(%L)', attack.token(name)),
    format('SELECT concat_ws('' '', (SELECT name FROM kroles.media WHERE external_id = %L), (SELECT name FROM kroles.channels WHERE name = %1$L), kroles.external_can(''edit'', ''media'', %1$L), kroles_can(''manage'', ''channel'', %2$s), (SELECT count(*) FROM kroles.groups WHERE name = %1$L))', name, 100 + n))), ''), 'every one'), 'objects called so') FROM hostile;
SELECT attack.says('app', 'ROLLBACK');
SELECT attack.login('super', current_user);
SELECT attack.attempt('23514', attack.says('super', format('INSERT INTO kroles.users (login) VALUES (%L)', stated)),
    'a login with ' || tried)
FROM (VALUES
    ('a newline', E'a\nb'),
    ('a tab', E'a\tb'),
    ('a control character', E'a\x01b'),
    ('a space before', ' a'),
    ('a space after', 'a '),
    ('nothing', ''),
    ('257 characters', repeat('x', 257))
) AS t (tried, stated);

-- ---- Roles ----
-- As many as a role's name can have: names that begin with pg_ and longer ones are PostgreSQL's to refuse.
SELECT format('CREATE ROLE %I LOGIN', 'k ' || left(name, 61)) FROM hostile
    WHERE 'k ' || left(name, 61) NOT IN (SELECT rolname FROM pg_roles) \gexec
CREATE FUNCTION pg_temp.who_by(role name, stated text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET SESSION AUTHORIZATION %I', role);
    PERFORM set_config('kroles.user', stated, true);
    answer := coalesce(kroles_current_user()::text, 'nobody');
    RESET SESSION AUTHORIZATION;
    RETURN answer;
END $$;
CREATE FUNCTION pg_temp.access(role text) RETURNS text LANGUAGE sql AS $$ SELECT has_table_privilege(role, 'kroles.media',
    'SELECT')::text $$;
SELECT attack.control('every one', coalesce(string_agg(pg_temp.wrong(name, 'nobody false',
    pg_temp.who_by('k ' || left(name, 61), 'eve') || ' ' || pg_temp.access('k ' || left(name, 61))), ''), 'every one'),
    'neither a gateway nor with access') FROM hostile;
SELECT kroles_trust_gateway('k ' || left(name, 61)), kroles_grant_access('k ' || left(name, 61)) FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, '3 true',
    pg_temp.who_by('k ' || left(name, 61), 'eve') || ' ' || pg_temp.access('k ' || left(name, 61))), ''), 'every one'),
    'a gateway, with access, called so') FROM hostile;
SELECT kroles_distrust_gateway('k ' || left(name, 61)), kroles_revoke_access('k ' || left(name, 61)) FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, 'nobody false',
    pg_temp.who_by('k ' || left(name, 61), 'eve') || ' ' || pg_temp.access('k ' || left(name, 61))), ''), 'every one'),
    'a gateway, with access, no more') FROM hostile;
UPDATE kroles.users u SET db_role = 'k ' || left(h.name, 61) FROM hostile h WHERE u.login = h.name;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, (100 + n)::text,
    pg_temp.who_by('k ' || left(name, 61), '')), ''), 'every one'), 'a user whose login role is called so') FROM hostile;
SELECT attack.attempt('42704', attack.says('super', format('SELECT %s(%L)', f, name)),
    format('%s of a role that does not exist: %s', f, name))
    FROM unnest('{kroles_trust_gateway, kroles_grant_access, kroles_revoke_access}'::text[]) AS f, (VALUES
    ('nobody''s'),
    ('"attack_app"'),
    ('attack_app; SELECT 1'),
    (''),
    ('ATTACK_APP'),
    ('public'),
    ('current_user')
) AS t (name);

-- ---- An application's tables ----
SELECT format('CREATE SCHEMA %I', 's ' || left(name, 61)) FROM hostile \gexec
SELECT format('CREATE TABLE %I.%I (id bigint, %I bigint)', 's ' || left(name, 61), name, name) FROM hostile \gexec
CREATE FUNCTION pg_temp.policies(name text) RETURNS text LANGUAGE sql AS
$$ SELECT count(*)::text FROM pg_policies WHERE schemaname = 's ' || left(name, 61) AND tablename = name
    AND concat(qual, with_check) ~ 'kroles[_.]can' $$;
SELECT kroles_protect(format('%I.%I', 's ' || left(name, 61), name)::regclass, 'media', name) FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, '4', pg_temp.policies(name)), ''), 'every one'),
    'kroles_protect of a table, schema and column called so') FROM hostile;
SELECT kroles_unprotect(format('%I.%I', 's ' || left(name, 61), name)::regclass) FROM hostile;
SELECT attack.attempt('every one', coalesce(string_agg(pg_temp.wrong(name, '0', pg_temp.policies(name)), ''), 'every one'),
    'kroles_unprotect of a table called so') FROM hostile;
SELECT attack.control('46', (SELECT count(*)::text FROM kroles.audit_log WHERE operation IN ('PROTECT', 'UNPROTECT')),
    'the log has both of each');

SELECT * FROM finish();
