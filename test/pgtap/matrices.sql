-- The matrices that doc/model.md shows are those that the extension ships, line by line.
\set file `mktemp`
BEGIN;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS kroles;
RESET client_min_messages;
\o :file
\i doc/matrices.sql
\o
\set printed `cat :'file'`
\set page `cat doc/model.md`
\! rm -f :'file'
SELECT no_plan();
SELECT ok(count(*) > 50, 'the matrices have their lines') FROM string_to_table(:'printed', E'\n');
SELECT ok(line = ANY (string_to_array(:'page', E'\n')), 'in doc/model.md: ' || line)
FROM string_to_table(:'printed', E'\n') AS line WHERE line <> '';
SELECT * FROM finish();
ROLLBACK;
