-- New spaces and media.
SET kroles."user" = 'maya';
INSERT INTO kroles.channels (type, name) VALUES ('open', 'News') RETURNING id, name, owner_id;
INSERT INTO kroles.media (name) VALUES ('First'), ('Second') RETURNING id, name, owner_id;
\echo done
