-- 100,000 media newer than all others, private to people who are not asked about: one each of the crowd in turn.

SET session_replication_role = replica;
SELECT count(*) AS media FROM plain.media \gset
SELECT max(id) AS people FROM plain.users \gset
INSERT INTO plain.media (id, owner_id, created_at, type, name)
SELECT :media + n, 101 + n * 7919::bigint % (:people - 100), now(), 'video', 'Draft' FROM generate_series(1, 100000) AS n;
INSERT INTO kroles.media (id, owner_id, created_at, type, name, audience)
SELECT id, owner_id, created_at, type, name, format('%s owner=%s', id, owner_id)::kroles.audience
FROM plain.media WHERE id > :media;
RESET session_replication_role;
VACUUM (ANALYZE) kroles.media, plain.media;
