-- Every question of one subject, with the variants one after another so that they meet the machine in the same mood.
-- :full is false where only what is free of full scans is to be asked, and the usual policies are left out.

CALL bench.become(:'subject');
SET statement_timeout = :'limit';
SELECT format('SET search_path = %s', v.path), format('SET SESSION AUTHORIZATION %I', v.role),
       format('CALL bench.measure(%s, %L, %s)', q.n, variant, :runs), 'RESET SESSION AUTHORIZATION'
FROM bench.queries AS q, bench.variants AS v
WHERE q.n < 100 AND (:full OR NOT usual AND NOT full_scan)
  AND (variant <> 'carrying' OR question LIKE 'captions%')
ORDER BY q.n, v.n \gexec
RESET search_path;
CALL bench.note_memory('the questions compared, ' || :'subject');
