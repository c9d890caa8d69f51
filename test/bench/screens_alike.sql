-- How many goals are met, and whether all answered alike; fails if they did not.

SELECT format('Screens: %s of %s goals are met.', count(*) FILTER (WHERE met), count(*)) AS met FROM screens.figures WHERE goal IS NOT NULL \gset
\echo :met
SELECT count(*) > 0 AS differ FROM screens.differing \gset
\if :differ
\pset title 'Answers of screens that differ'
SELECT * FROM screens.differing;
DO $$ BEGIN RAISE 'kroles and the plain policies do not answer alike: the figures mean nothing'; END $$;
\endif
SELECT format('All alike: %s answers compared', count(*) FILTER (WHERE variant <> 'kroles')) AS alike FROM screens.answers \gset
\echo :alike
