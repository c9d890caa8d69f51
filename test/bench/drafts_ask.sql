-- The newest 20 of one subject under the drafts. The same without them is what it is compared with.

CALL bench.become(:'subject');
SELECT format('SET statement_timeout = %L', CASE variant WHEN 'plain' THEN :'limit' ELSE '60s' END),
       format('SET search_path = %s', v.path), format('SET SESSION AUTHORIZATION %I', v.role),
       format('CALL screens.measure(11, %L, %L)', variant, 'newest 20 under 100,000 newer drafts of others'), 'RESET SESSION AUTHORIZATION'
FROM screens.variants AS v, generate_series(1, :runs) AS run
WHERE variant = 'kroles' OR variant = 'plain' AND :full
ORDER BY run, v.n \gexec
-- (beside kroles without the drafts)
INSERT INTO screens.results (screen, subject, variant, seconds)
SELECT 'newest 20 under 100,000 newer drafts of others', subject, 'none', seconds FROM screens.results
WHERE screen = 'newest 20' AND subject = :'subject' AND variant = 'kroles' ORDER BY id;
