-- What was compared since the last report, and the first differences.
TABLE compared;
SELECT format('  %s: the rules say %s, kroles says %s', question, coalesce(reference, 'NULL'), coalesce(kroles, 'NULL')) FROM difference ORDER BY question COLLATE "C" LIMIT 10;
SELECT :asked + coalesce(sum(asked), 0) AS asked, :different + coalesce(sum(different), 0) AS different FROM tally \gset
TRUNCATE tally, difference;
