-- A client's session waits for the others; and it, which has lived through everything, tells what it finds different, then and
-- after a few changes that are made in peace (quiet.sql).
SET statement_timeout = 0;
SELECT pg_advisory_lock_shared(1) \g /dev/null
SELECT 'difference: ' || person || ' ' || what FROM differences() LIMIT 20;
SELECT 'then ' || fingerprint();
SELECT pg_advisory_lock_shared(2) \g /dev/null
SELECT 'difference after quiet changes: ' || person || ' ' || what FROM differences() LIMIT 20;
SELECT 'last ' || fingerprint();
\echo finished
