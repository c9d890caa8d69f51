-- A list in a file's text, and the history of a media.
SET kroles."user" = 'ada';
SELECT * FROM kroles_import_users(E'login,name,groups\nnew,Newer,students\nvera,,\n');
SELECT name FROM kroles.users WHERE login = 'new';
SELECT who, what FROM kroles_history('media', 3);
\echo done
