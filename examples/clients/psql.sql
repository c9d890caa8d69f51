-- One transaction as the person of the token in the environment's TOKEN, and one statement after it.
\getenv token TOKEN
BEGIN;
SELECT kroles_login(:'token') AS user_id;
SELECT id, name FROM kroles.media ORDER BY id;
COMMIT;
SELECT id, name FROM kroles.media ORDER BY id;
