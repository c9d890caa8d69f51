-- The rows reached by a sample, in the world as it is.
SELECT FROM choose_sample(:people);
SELECT FROM want_rows();
CALL everybody_acts();
\echo
SELECT format('Rows reached by %s people, %s', (SELECT count(*) FROM sample), :'part');
SELECT format('%-20s %8s %8s %8s %12s', 'relation', 'read', 'changed', 'deleted', 'differences');
SELECT format('%-20s %8s %8s %8s %12s', relation, read, coalesce(changed, 0), coalesce(deleted, 0), differences) FROM row_report ORDER BY relation COLLATE "C";
SELECT format('%-20s %8s %8s %8s %12s', 'all', sum(read), sum(changed), sum(deleted), sum(differences)) FROM row_report;
SELECT format('  %s %s %s: %s, by %s', command, relation, key, how, coalesce((SELECT login FROM kroles.users WHERE id = me), 'anonymous')) FROM row_difference ORDER BY relation COLLATE "C", command, me, key LIMIT 10;
\echo
