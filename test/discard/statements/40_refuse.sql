-- What is refused.
SET kroles."user" = 'vera';
UPDATE kroles.media SET name = 'Mine now' RETURNING id;
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);
SET kroles."user" = 'whoever';
SELECT count(*) FROM kroles.media;
\echo done
