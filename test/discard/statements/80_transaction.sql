-- What a savepoint takes back.
SET kroles."user" = 'vera';
BEGIN;
SELECT kroles_can('view', 'channel', 1);
SAVEPOINT before;
SET LOCAL kroles."user" = 'maya';
DELETE FROM kroles.space_members WHERE space_id = 1 AND group_id = 1 RETURNING role;
SET LOCAL kroles."user" = 'vera';
SELECT kroles_can('view', 'channel', 1);
ROLLBACK TO before;
SELECT kroles_can('view', 'channel', 1);
COMMIT;
\echo done
