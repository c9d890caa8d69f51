-- A list of users.
SET kroles."user" = 'ada';
INSERT INTO kroles.user_import (login, name) VALUES ('new', 'New');
\echo done
