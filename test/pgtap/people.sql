-- kroles.people: whose names are shown, to whom, and by which plan.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, email, avatar_url, title, bio, applicative_role, administrator) VALUES
    (901, 'olga', 'Olga  Orr', 'olga@x.example', 'o.png', 'Dean', 'Secret', 'admin', false), (902, 'vera', '', 'vera@x.example', NULL, NULL, NULL, 'viewer', false),
    (903, 'bob', 'Bob', NULL, NULL, NULL, NULL, 'admin', false), (904, 'ben', 'Ben', NULL, NULL, NULL, NULL, 'admin', false), (905, 'ada', E' ada\tvon  lace ', NULL, NULL, NULL, NULL, 'viewer', true);
UPDATE kroles.users SET blocked = true WHERE id = 903;
INSERT INTO kroles.user_blocks (user_id) VALUES (904);
\ir lib/says.psql

SELECT is(pg_temp.says('vera', 'SELECT * FROM kroles.people ORDER BY id'), E'(901,"Olga  Orr",OO,o.png,Dean)\n(902,,,,)\n(905,"ada\tvon  lace",AL,,)',
    'logged-in users see the names of all who are not blocked, no login for a name');
SELECT is(pg_temp.says('ada', 'SELECT count(*) FROM kroles.people'), '(3)', 'so do administrators');
SELECT is(pg_temp.says(NULL, 'SELECT id FROM kroles.people'), NULL, 'nobody else');
SELECT is(pg_temp.says(who, 'SELECT id FROM kroles.people'), NULL, who || ', who is blocked, not even their own') FROM unnest('{bob, ben}'::text[]) AS who;
UPDATE kroles.settings SET allow_anonymous = true;
SELECT is(pg_temp.says(NULL, 'SELECT id FROM kroles.people'), NULL, 'where anonymous browsing is on, neither');
UPDATE kroles.settings SET people_shown_to = 'everyone';
SELECT is(pg_temp.says(NULL, 'SELECT id FROM kroles.people ORDER BY id'), E'(901)\n(902)\n(905)', 'but if names are for everyone');
SELECT is(pg_temp.says(who, 'SELECT id FROM kroles.people'), NULL, who || ' is no one') FROM unnest('{bob, ben}'::text[]) AS who;
UPDATE kroles.settings SET allow_anonymous = false;
SELECT is(pg_temp.says(NULL, 'SELECT id FROM kroles.people'), NULL, 'not where anonymous browsing is off');
UPDATE kroles.settings SET people_shown_to = 'nobody';
SELECT is(pg_temp.says('vera', 'SELECT id FROM kroles.people'), '(902)', 'for nobody: one''s own');
SELECT is(pg_temp.says('olga', 'SELECT name FROM kroles.people'), '("Olga  Orr")', 'one''s own');
SELECT is(pg_temp.says('ada', 'SELECT count(*) FROM kroles.people'), '(3)', 'and all for administrators');
SELECT is((SELECT count(*) FROM kroles.people), 3::bigint, 'and for a session beyond policies');
SELECT is(pg_temp.says('vera', 'SELECT members FROM kroles_space_counts(''{}'')'), NULL, 'nor numbers');
UPDATE kroles.settings SET people_shown_to = DEFAULT;
SELECT is(pg_temp.says('vera', 'UPDATE kroles.settings SET people_shown_to = ''everyone'''), '0 rows', 'administrators choose');

-- read only, for whoever may write it
SELECT pg_temp.refused(statement, '42501', '', statement)
FROM unnest(ARRAY['UPDATE kroles.people SET title = ''x''', 'INSERT INTO kroles.people (id, avatar_url) VALUES (999, ''x'')', 'DELETE FROM kroles.people']) AS statement;
SELECT is(pg_temp.says('ada', 'DELETE FROM kroles.people'), '42501', 'an application''s role may not even try');
SELECT columns_are('kroles', 'people', '{id, name, initials, avatar_url, title}'::name[], 'no login, no email, no biography');

-- initials
SELECT is(kroles.initials(name), initials, 'initials of ' || quote_nullable(replace(name, E'\n', '\n')))
FROM (VALUES ('Ann Bee', 'AB'), (' ann  van der bee ', 'AB'), ('Ann', 'A'), ('', NULL), (' ', NULL), (E'\t\n', NULL), (NULL, NULL), ('1 b', '1B'), (E'ann\u2003bee', 'AB'), (E'ann\u00adbee', 'A')) AS t (name, initials);

-- joined by index, whose row is read, never by reading all users
INSERT INTO kroles.users (id, login, name) SELECT i, 'u' || i, 'User ' || i FROM generate_series(1001, 6000) AS i;
INSERT INTO kroles.media (id, name, owner_id) SELECT i, 'm' || i, 901 FROM generate_series(1001, 1200) AS i;
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1200, 1500), (1200, 1501);
ANALYZE kroles.users, kroles.media, kroles.media_speakers, kroles.user_blocks;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    PERFORM set_config('kroles.user', 'olga', true);
    SET LOCAL SESSION AUTHORIZATION says_app;
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    RETURN plan;
END $$;
-- (that a join by index is possible, whatever else would be cheap among so few)
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_hashjoin = off;
SELECT t FROM (VALUES ('SELECT p.name FROM kroles.people p WHERE p.id = 1500', 'one person'),
             ('SELECT m.name, p.name FROM kroles.media m JOIN kroles.people p ON p.id = m.owner_id ORDER BY m.id DESC LIMIT 20', 'a page of media with their owners'),
             ('SELECT m.name, p.name, p.initials FROM kroles.media m LEFT JOIN kroles.people p ON p.id = m.owner_id WHERE m.id = 1200', 'a media with its owner, if shown'),
             ('SELECT s.position, p.name FROM kroles.media_speakers s JOIN kroles.people p ON p.id = s.user_id WHERE s.media_id = 1200', 'its speakers')) AS q (query, what),
    unnest(ARRAY[matches(pg_temp.plan(query), 'Index Scan using users_id_is_unique on users u\s+Index Cond: \(.*id = ', what),
                 doesnt_match(pg_temp.plan(query), 'Seq Scan on users|Subquery Scan', what || ': no user more')]) AS t;
SELECT matches(pg_temp.plan('SELECT name FROM kroles.people WHERE id = 1500'), 'InitPlan', 'to whom names are shown is asked once a query');

SELECT * FROM finish();
ROLLBACK;
