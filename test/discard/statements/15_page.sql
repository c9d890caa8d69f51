-- A page of media, as a person.
SET kroles."user" = 'vera';
SELECT id, name FROM kroles.media ORDER BY id DESC LIMIT 20;
\echo done
