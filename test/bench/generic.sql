-- Generic plans: a statement prepared for one person and executed for the next, as a pool does. What is planned for the
-- narrow subject must not be ruinous for the others, nor the other way round.

CREATE TABLE IF NOT EXISTS bench.plans (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    question    text NOT NULL,
    subject     text NOT NULL,
    variant     text NOT NULL,
    made_for    text NOT NULL,      -- or "custom": planned each time
    seconds     float8 NOT NULL
);
GRANT SELECT, INSERT ON bench.plans TO :app, :none;
TRUNCATE bench.plans RESTART IDENTITY;

CREATE OR REPLACE PROCEDURE bench.measure_plan(query integer, who text, how text, for_whom text, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    q bench.queries;
    loops integer;
BEGIN
    SELECT * INTO q FROM bench.queries WHERE n = query;
    DISCARD PLANS;
    PERFORM set_config('plan_cache_mode', CASE for_whom WHEN 'custom' THEN 'force_custom_plan' ELSE 'force_generic_plan' END, false);
    CALL bench.become(CASE for_whom WHEN 'custom' THEN who ELSE for_whom END);
    PERFORM bench.ask_once(query, 1);
    CALL bench.become(who);
    SELECT greatest(1, least(q.loops, (0.5 / seconds)::integer)) INTO loops FROM bench.ask_once(query, 1);
    FOR run IN 1 .. runs LOOP
        INSERT INTO bench.plans (question, subject, variant, made_for, seconds)
        SELECT q.question, who, how, for_whom, seconds FROM bench.ask_once(query, loops);
    END LOOP;
    RESET plan_cache_mode;
END $$;

SET statement_timeout = :'limit';
SELECT format('SET search_path = %s', v.path), format('SET SESSION AUTHORIZATION %I', v.role),
       format('CALL bench.measure_plan(%s, %L, %L, %L, %s)', q.n, s.subject, variant, made_for, :runs), 'RESET SESSION AUTHORIZATION'
FROM bench.queries AS q, bench.subjects AS s, bench.variants AS v,
     (VALUES (1, 'custom'), (2, 'typical'), (3, 'heavy'), (4, 'narrow')) AS made (n, made_for)
WHERE q.n > 100 AND (:full OR NOT full_scan) AND NOT checked_only
  AND (variant = 'kroles' OR variant = 'none' AND made_for IN ('custom', 'typical'))
ORDER BY q.n, s.n, v.n, made.n \gexec
