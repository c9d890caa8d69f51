-- What hangs on a space goes with it.
SET kroles."user" = 'maya';
DELETE FROM kroles.channels WHERE id = 1 RETURNING id;
SET kroles."user" = 'vera';
SELECT id, name FROM kroles.media;
\echo done
