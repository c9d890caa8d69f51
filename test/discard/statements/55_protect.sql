-- A protected table, and a search in it.
RESET SESSION AUTHORIZATION;
SELECT kroles_protect('notes', 'media', 'media');
SET SESSION AUTHORIZATION portal;
SET kroles."user" = 'vera';
SELECT id FROM notes WHERE words @@ 'burette' ORDER BY id;
\echo done
