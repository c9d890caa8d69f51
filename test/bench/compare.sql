-- Every question of one subject. In each run the variants come one after another, so that they meet the machine in the
-- same mood.
-- :full is false where only what is free of full scans is to be asked, and the usual policies are left out.

CALL bench.become(:'subject');
SET statement_timeout = :'limit';
SET pg_trgm.word_similarity_threshold = 0.8;
SELECT format('SET search_path = %s', v.path), format('SET SESSION AUTHORIZATION %I', v.role),
       format('CALL bench.measure(%s, %L)', q.n, variant), 'RESET SESSION AUTHORIZATION'
FROM bench.queries AS q, bench.variants AS v, generate_series(1, :runs) AS run
WHERE q.n < 100 AND (:full OR NOT usual AND NOT full_scan)
ORDER BY q.n, run, v.n \gexec
RESET search_path;
CALL bench.note_memory('the questions compared, ' || :'subject');
