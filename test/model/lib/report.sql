-- Prints what was compared since the last report (:summary), with the first differences if any, and adds it up.
TABLE :summary;
SELECT format('  %s: the rules say %s, kroles says %s', question, coalesce(reference, 'NULL'), coalesce(kroles, 'NULL'))
FROM difference ORDER BY part, question COLLATE "C" LIMIT 10;
SELECT :asked + coalesce(sum(asked), 0) AS asked, :different + coalesce(sum(different), 0) AS different FROM tally \gset
TRUNCATE tally, difference;
