-- A list in a file's text.
SET kroles."user" = 'ada';
SELECT * FROM kroles_import_users(E'login,name,groups\nnew,Newer,students\n');
SELECT name FROM kroles.users WHERE login = 'new';
\echo done
