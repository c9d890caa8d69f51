-- New in PostgreSQL 18: RETURNING old and new, virtual generated columns, keys with periods, constraints that are not enforced,
-- statistics that are written, joins with itself that are left out, COPY with a limit of errors.
\set name kroles_versions_18
\ir lib/campus.psql
SELECT * FROM no_plan();
SELECT current_setting('server_version_num')::int >= 180000 AS has \gset
\if :has
\else
SELECT skip('PostgreSQL 18: RETURNING old and new, virtual columns, periods, NOT ENFORCED, written statistics, REJECT_LIMIT', 54);
SELECT * FROM finish();
\quit
\endif

-- ---- RETURNING old and new ----
SELECT campus.tries(who, answer, what, statement)
FROM (VALUES
    ('stranger', 'Diary > x', 'renames everything, and gets back only their own', 'UPDATE kroles.media SET name = ''x'' RETURNING old.name || '' > '' || new.name'),
    ('stranger', 'no row', 'takes a hidden film''s old name', 'UPDATE kroles.media SET name = ''x'' WHERE id = 4 RETURNING old.name'),
    ('stranger', 'hidden hidden', 'takes audiences', 'UPDATE kroles.media SET name = ''x'' RETURNING concat_ws('' '', old.audience, new.audience)'),
    ('stranger', 'Diary', 'deletes everything, and gets back only their own', 'DELETE FROM kroles.media RETURNING old.name'),
    ('stranger', 'NULL', 'asks for the new row of a deleted one', 'DELETE FROM kroles.media RETURNING new.name'),
    ('stranger', '42501', 'takes a hidden film''s name by ON CONFLICT', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (4, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = media.name RETURNING old.name'),
    ('stranger', '42501', 'takes the name of a film that is not theirs by ON CONFLICT', 'INSERT INTO kroles.media (id, name, owner_id) VALUES (1, ''x'', 18) ON CONFLICT (id) DO UPDATE SET name = media.name RETURNING old.name'),
    ('stranger', 'no row', 'takes it by a view', 'UPDATE kroles.channels SET name = ''x'' WHERE id = 2 RETURNING old.name'),
    ('manager', 'Lectures > x', 'renames a channel by the view', 'UPDATE kroles.channels SET name = ''x'' WHERE id = 1 RETURNING old.name || '' > '' || new.name'),
    ('member', 'no row', 'takes the grants of others', 'WITH w AS (UPDATE kroles.space_members SET role = ''manager'' WHERE space_id = 1 RETURNING old.user_id) SELECT user_id FROM w'),
    ('administrator', '42501', 'takes a key', 'UPDATE kroles.signing_keys SET kid = kid RETURNING old.key'),
    ('stranger', 'no row', 'takes another''s row by UPDATE ... FROM', 'UPDATE kroles.media AS m SET name = ''x'' FROM kroles.media AS h WHERE m.id = h.id AND h.id = 4 RETURNING old.name, h.name')) AS t (who, answer, what, statement);
SELECT campus.tries('stranger', answer, 'merges, and returns ' || gets, format('WITH w AS (MERGE INTO kroles.media AS m USING (SELECT 4 AS id UNION SELECT 2) AS v ON m.id = v.id WHEN MATCHED THEN UPDATE SET name = ''x'' RETURNING %s AS r) SELECT r FROM w', gets))
FROM (VALUES ('Diary', 'old.name'), ('hidden', 'new.audience'), ('2', 'old.id')) AS t (answer, gets);

-- ---- A join of a table with itself that is left out keeps the policy ----
SELECT campus.tries('stranger', answer, 'joins: ' || query, query)
FROM (VALUES ('1 2 3 5 7', 'SELECT a.id FROM kroles.media AS a JOIN kroles.media AS b USING (id) ORDER BY 1'), ('no row', 'SELECT b.name FROM kroles.media AS a JOIN kroles.media AS b USING (id) WHERE a.id = 4'),
    ('5', 'SELECT count(*) FROM kroles.media AS a WHERE EXISTS (SELECT FROM kroles.media AS b WHERE a.id = b.id)'),
    ('1 2 3 5 7', 'SELECT id FROM kroles.media WHERE id IN (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) ORDER BY 1'), ('no row', 'SELECT id FROM kroles.media WHERE id = 4 OR id = 6 OR id = 8')) AS t (answer, query);

-- ---- An application's tables: virtual columns ----
SELECT 'CREATE ROLE campus_maker' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_maker') \gexec
CREATE SCHEMA app AUTHORIZATION campus_maker;
GRANT USAGE ON SCHEMA app TO campus_gateway;
SET ROLE campus_maker;
CREATE TABLE app.notes (id bigint PRIMARY KEY, n bigint, media bigint GENERATED ALWAYS AS (n) VIRTUAL, stored bigint GENERATED ALWAYS AS (n) STORED, title text GENERATED ALWAYS AS ('note ' || id) VIRTUAL);
INSERT INTO app.notes (id, n) VALUES (1, 1), (4, 4);
GRANT SELECT, INSERT, UPDATE, DELETE ON app.notes TO campus_gateway;
SELECT throws_ok('SELECT kroles_protect(''app.notes'', ''media'', ''media'')', '42P10', NULL, '42P10: a virtual column is named as that of the ids');
-- by hand, as a restored or older database may have it
SELECT FROM kroles_protect('app.notes', 'media', 'stored');
ALTER POLICY kroles_select ON app.notes USING (kroles.can('view', 'media', media));
RESET ROLE;
SELECT is((SELECT in_force FROM kroles.protected_tables WHERE relation = 'app.notes'::regclass), false, 'not in force: a policy on a virtual column');
SELECT is((SELECT string_agg(severity || ' ' || finding, ', ') FROM kroles_doctor() WHERE subject = 'app.notes'), 'danger altered_policy', 'control: kroles_doctor() finds it');
SET ROLE campus_maker;
SELECT FROM kroles_protect('app.notes', 'media', 'stored');
RESET ROLE;
SELECT is((SELECT in_force FROM kroles.protected_tables WHERE relation = 'app.notes'::regclass), true, 'control: one on a stored column is');
SELECT campus.tries('stranger', answer, 'reads notes: ' || query, query)
FROM (VALUES ('1', 'SELECT id FROM app.notes'), ('note 1', 'SELECT title FROM app.notes'), ('no row', 'SELECT title FROM app.notes WHERE title = ''note 4'''), ('0', 'SELECT count(*) FROM app.notes WHERE media = 4')) AS t (answer, query);
SELECT campus.tries('stranger', '42501', statement, statement)
FROM unnest(ARRAY['ALTER TABLE app.notes ALTER COLUMN media SET EXPRESSION AS (2)', 'INSERT INTO app.notes (id, n) VALUES (5, 4)', 'ALTER TABLE app.notes DROP COLUMN stored CASCADE']) AS statement;

-- ---- Constraints of ours that are not enforced: the owner's doing, and found ----
SELECT campus.tries(who, '42501', statement, statement)
FROM unnest(ARRAY['ALTER TABLE kroles.space_members ALTER CONSTRAINT space_members_space_must_exist NOT ENFORCED',
    'ALTER TABLE kroles.media ADD CONSTRAINT mine CHECK (name <> ''x'') NOT ENFORCED']) AS statement, unnest('{administrator, manager}'::text[]) AS who;
CREATE FUNCTION campus.found() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', severity, finding, subject, substring(weakness, 'constraint \w+'), remedy), '; ' ORDER BY finding, weakness) FROM kroles_doctor()
    WHERE finding IN ('unenforced_constraint', 'unvalidated_constraint', 'foreign_key')
$$;
SELECT is(campus.found(), NULL, 'control: kroles_doctor() finds all as it should be');
BEGIN;
ALTER TABLE kroles.space_members ALTER CONSTRAINT space_members_space_must_exist NOT ENFORCED;
ALTER TABLE kroles.media ADD CONSTRAINT short CHECK (length(name) < 100) NOT ENFORCED;
ALTER TABLE kroles.media ADD CONSTRAINT long CHECK (length(name) > 0) NOT VALID;
SELECT is(campus.found(), 'warning unenforced_constraint kroles.media constraint short Drop it and create it again without NOT ENFORCED.; '
    'danger unenforced_constraint kroles.space_members constraint space_members_space_must_exist ALTER TABLE kroles.space_members ALTER CONSTRAINT space_members_space_must_exist ENFORCED;; '
    'warning unvalidated_constraint kroles.media constraint long ALTER TABLE kroles.media VALIDATE CONSTRAINT long;', 'found: a foreign key and a check that are not enforced, and one that is not validated');
ALTER TABLE kroles.space_members ALTER CONSTRAINT space_members_space_must_exist ENFORCED;
ALTER TABLE kroles.media VALIDATE CONSTRAINT long;
ALTER TABLE kroles.media DROP CONSTRAINT short;
SELECT is(campus.found(), NULL, 'control: the remedies are ones');
ROLLBACK;

-- ---- Keys with periods ----
BEGIN;
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist') AS has_gist \gset
\if :has_gist
CREATE EXTENSION btree_gist;
ALTER TABLE kroles.media ADD valid daterange NOT NULL DEFAULT 'empty'::daterange + daterange(NULL, NULL), ADD CONSTRAINT of_a_time UNIQUE (id, valid WITHOUT OVERLAPS);
GRANT REFERENCES (id, valid) ON kroles.media TO campus_maker;
SET LOCAL ROLE campus_maker;
CREATE TABLE app.terms (media bigint, term daterange, CONSTRAINT of_media FOREIGN KEY (media, PERIOD term) REFERENCES kroles.media (id, PERIOD valid));
RESET ROLE;
SELECT is(campus.found(), 'danger foreign_key app.terms ALTER TABLE app.terms DROP CONSTRAINT of_media; store the id in a plain column, and delete rows without an object in a periodic job.',
    'found: a foreign key with a period on media');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media that have a key with a period', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries('stranger', 'no row', 'reads hidden ones by it', 'SELECT id FROM kroles.media WHERE id = 4 AND valid @> CURRENT_DATE', 'SET enable_seqscan = off');
\else
SELECT skip('PostgreSQL without btree_gist: a foreign key with a period', 3);
\endif
ROLLBACK;

-- ---- Statistics that are written: for whoever may maintain, and they show and change no row ----
CREATE FUNCTION campus.writes_statistics(attribute name) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT pg_restore_attribute_stats(''schemaname'', ''kroles'', ''relname'', ''media'', ''attname'', %L, ''inherited'', false, ''null_frac'', 0::real, ''avg_width'', 8,
        ''n_distinct'', -1::real, ''most_common_vals'', ''{hidden}'', ''most_common_freqs'', ''{0.9}''::real[])', attribute)
$$;
SELECT campus.tries(who, '42501', 'writes statistics of media, ' || statement, statement)
FROM unnest(ARRAY['SELECT pg_clear_relation_stats(''kroles'', ''media'')', 'SELECT pg_clear_attribute_stats(''kroles'', ''media'', ''audience'', false)', campus.writes_statistics('name'),
    'SELECT pg_restore_relation_stats(''schemaname'', ''kroles'', ''relname'', ''media'', ''reltuples'', 1e9::real)']) AS statement, unnest('{stranger, administrator}'::text[]) AS who;
ANALYZE kroles.media;
SELECT count(pg_restore_relation_stats('schemaname', 'kroles', 'relname', 'media', 'relpages', 100000, 'reltuples', 1e7::real)) AS written \gset
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media of which there are ten million by the statistics', 'SELECT id FROM kroles.media ORDER BY id');
\o /dev/null
SELECT campus.writes_statistics('audience') \gexec
\o
SELECT ok((SELECT 1 IN (stakind1, stakind2, stakind3) FROM pg_statistic JOIN pg_attribute ON (attrelid, attnum) = (starelid, staattnum)
    WHERE attrelid = 'kroles.media'::regclass AND attname = 'audience'), 'control: statistics of audiences were written');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads media with statistics of audiences that were written', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.tries('stranger', '5', 'counts media with them', 'SELECT count(*) FROM kroles.media');

-- ---- COPY with a limit of errors ----
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION campus_gateway;
SET kroles."user" = 'stranger';
COPY kroles.media (name, owner_id) FROM STDIN (ON_ERROR ignore, REJECT_LIMIT 100);
x	x
\.
\set into_media :LAST_ERROR_SQLSTATE
RESET kroles."user";
RESET SESSION AUTHORIZATION;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'into_media'::text, '0A000', '0A000: stranger copies into media, with a limit of errors');

SELECT * FROM finish();
