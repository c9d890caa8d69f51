-- What was compared since the last report, a line a function, and the first differences.
SELECT format('%-60s %-40s %8s %9s', part, function, sum(asked), sum(different)) FROM tally WHERE asked > 0 GROUP BY part, function ORDER BY min(n);
SELECT format('  %s: the rules say %s, kroles says %s', question, coalesce(reference, 'NULL'), coalesce(kroles, 'NULL')) FROM difference ORDER BY question COLLATE "C" LIMIT 10;
SELECT :asked + coalesce(sum(asked), 0) AS asked, :different + coalesce(sum(different), 0) AS different FROM tally \gset
TRUNCATE tally, difference;
