-- The drafts go, and the tables are as they were.

SET session_replication_role = replica;
DELETE FROM plain.media WHERE name = 'Draft' AND external_id IS NULL;
DELETE FROM kroles.media WHERE name = 'Draft' AND external_id IS NULL;
RESET session_replication_role;
VACUUM (ANALYZE) kroles.media, plain.media;
