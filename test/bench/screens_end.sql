-- Takes away what screens.sql has put on media.
SELECT format('DROP INDEX %s.%I', schemaname, indexname) FROM pg_indexes
WHERE schemaname IN ('plain', 'kroles') AND tablename = 'media' AND indexname LIKE 'screen\_%' \gexec
