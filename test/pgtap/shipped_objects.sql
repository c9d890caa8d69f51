-- What kroles makes on the site's tables is what kroles.shipped_objects() says, and the doctor and kroles_install() miss what is not
-- there. Where the first test fails, its rows are what to write into src/sql/86_shipped_objects.sql.
\ir lib/begin.psql

SELECT results_eq($$
    SELECT r.name COLLATE "C", ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal ORDER BY tgname COLLATE "C")::text COLLATE "C",
           ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid ORDER BY polname COLLATE "C")::text COLLATE "C",
           ARRAY(SELECT conname::text FROM pg_constraint WHERE conrelid = c.oid AND contype IN ('p', 'u', 'f', 'c') ORDER BY conname COLLATE "C")::text COLLATE "C",
           ARRAY(SELECT i.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid
                 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u')) ORDER BY i.relname COLLATE "C")::text COLLATE "C"
    FROM kroles.relations() WITH ORDINALITY AS r JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name))
    WHERE 'member' <> ALL (r.traits) AND r.name <> 'tables_version' ORDER BY r.ordinality$$,
    $$SELECT s.relation COLLATE "C", ARRAY(SELECT t FROM unnest(s.triggers) AS t ORDER BY t COLLATE "C")::text COLLATE "C", ARRAY(SELECT t FROM unnest(s.policies) AS t ORDER BY t COLLATE "C")::text COLLATE "C",
             ARRAY(SELECT t FROM unnest(s.constraints) AS t ORDER BY t COLLATE "C")::text COLLATE "C", ARRAY(SELECT t FROM unnest(s.indexes) AS t ORDER BY t COLLATE "C")::text COLLATE "C"
      FROM kroles.shipped_objects() AS s$$, 'triggers, policies, constraints and indexes of every table and view');
SELECT is_empty('SELECT * FROM kroles.missing_objects()', 'nothing is missing in a new database');
SELECT is_empty($$SELECT * FROM kroles_doctor() WHERE finding ~ '^missing_'$$, 'nor says the doctor so');

SAVEPOINT whole;
DROP TRIGGER "~track" ON kroles.space_members;
DROP POLICY read ON kroles.groups;
ALTER TABLE kroles.space_members DROP CONSTRAINT space_members_user_must_exist;
DROP INDEX kroles.media_audience;
SELECT results_eq($$SELECT severity, finding, subject FROM kroles_doctor() WHERE finding ~ '^missing_' ORDER BY 2$$,
    $$VALUES ('danger', 'missing_constraint', 'kroles.space_members'), ('warning', 'missing_index', 'kroles.media'),
             ('danger', 'missing_policy', 'kroles.groups'), ('danger', 'missing_trigger', 'kroles.space_members')$$, 'the doctor finds each that was dropped');
SELECT pg_temp.refused('SELECT kroles_install()', '55000', '', 'kroles_install() says so');
ROLLBACK TO whole;
DROP INDEX kroles.media_audience;
SELECT lives_ok('SELECT kroles_install()', 'but not of an index: that is the site''s business');

SELECT * FROM finish();
ROLLBACK;
