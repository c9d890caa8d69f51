-- What a savepoint takes back.
SET kroles."user" = 'vera';
BEGIN;
SELECT kroles_can('view', 'media', 1);
SAVEPOINT before;
SET LOCAL kroles."user" = 'maya';
DELETE FROM kroles.publications WHERE media_id = 1 RETURNING media_id;
SET LOCAL kroles."user" = 'vera';
SELECT kroles_can('view', 'media', 1);
ROLLBACK TO before;
SELECT kroles_can('view', 'media', 1);
COMMIT;
\echo done
