-- The history of a media. (Nothing takes longer without caches.)
SET kroles."user" = 'ada';
SELECT who, what FROM kroles_history('media', 3);
\echo done
