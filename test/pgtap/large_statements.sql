-- Statements whose changed rows do not fit into work_mem, so that triggers read them from disk: the log has each of them.
\ir lib/begin.psql
SET LOCAL work_mem = '64kB';
CREATE FUNCTION pg_temp.logged(what text, relation text, number bigint, matching text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM kroles.audit_log WHERE relation = %L AND operation = %L AND %s', 'kroles.' || relation, what, matching) INTO found;
    RETURN is(found, number, format('%s of %s %s is logged', what, number, relation));
END $$;

SELECT lives_ok($$INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 20000) n$$, 'many rows are inserted');
SELECT pg_temp.logged('INSERT', 'groups', 20000, $$before IS NULL AND after ->> 'name' = 'group ' || object_id$$);
SELECT lives_ok($$UPDATE kroles.groups SET name = name || '!'$$, 'and changed');
SELECT pg_temp.logged('UPDATE', 'groups', 20000, $$before ->> 'name' || '!' = after ->> 'name' AND after ->> 'name' = 'group ' || object_id || '!'$$);
SELECT lives_ok($$DELETE FROM kroles.groups$$, 'and deleted');
SELECT pg_temp.logged('DELETE', 'groups', 20000, $$before ->> 'name' = 'group ' || object_id || '!' AND after IS NULL$$);

-- long rows: each has memory of its own
SELECT lives_ok($$INSERT INTO kroles.users (id, login, bio) SELECT n, 'user ' || n, repeat('x', 20000 + n) FROM generate_series(1001, 1400) n$$, 'long rows are inserted');
SELECT pg_temp.logged('INSERT', 'users', 400, $$length(after ->> 'bio') = 20000 + object_id$$);
SELECT lives_ok($$UPDATE kroles.users SET title = 'Dr'$$, 'and changed');
SELECT pg_temp.logged('UPDATE', 'users', 400, $$length(after ->> 'bio') = 20000 + object_id$$);
SELECT lives_ok($$DELETE FROM kroles.users$$, 'and deleted');
SELECT pg_temp.logged('DELETE', 'users', 400, $$length(before ->> 'bio') = 20000 + object_id$$);

-- those that audiences follow too
INSERT INTO kroles.users (id, login, applicative_role) VALUES (901, 'alice', 'private_only'), (902, 'bob', 'private_only');
SELECT lives_ok($$INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'media ' || n, 901 FROM generate_series(1, 5000) n$$, 'many media');
SELECT lives_ok($$INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT id, 902, 'viewer' FROM kroles.media$$, 'shared');
SELECT is((SELECT count(*) FROM kroles.media WHERE kroles_can(902, 'view', 'media', id)), 5000::bigint, 'are seen');
SELECT lives_ok($$UPDATE kroles.media_collaborators SET permission = 'editor'$$, 'edited');
SELECT is((SELECT count(*) FROM kroles.media WHERE kroles_can(902, 'edit', 'media', id)), 5000::bigint, 'by who may');
SELECT lives_ok($$DELETE FROM kroles.media_collaborators$$, 'and shared no longer');
SELECT is_empty('SELECT * FROM kroles_verify()', 'audiences are right');

SELECT * FROM finish();
ROLLBACK;
