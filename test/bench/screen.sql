-- One screen, number :screen, of one subject. The variants come one after another in each run, so that they meet the machine in the
-- same mood.

CALL bench.become(:'subject');
SET pg_trgm.word_similarity_threshold = 0.8;
SELECT format('SET statement_timeout = %L', CASE variant WHEN 'plain' THEN :'limit' ELSE '60s' END),
       format('SET search_path = %s', v.path), format('SET SESSION AUTHORIZATION %I', v.role),
       format('CALL screens.measure(%s, %L)', s.n, variant), 'RESET SESSION AUTHORIZATION'
FROM screens.screens AS s, screens.variants AS v, generate_series(1, :runs) AS run
WHERE s.n = :screen AND (:full OR variant <> 'plain' AND NOT s.grows) AND to_regproc(format('screens.ask_%s_%s', s.n, variant)) IS NOT NULL
ORDER BY run, v.n \gexec
