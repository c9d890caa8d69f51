-- Leaks by keyed scans, the plans that find rows by the ids that the asker may see: a space that is hidden has hundreds of
-- publications, and looks like one that does not exist.
\set name attack_leak_keyed_scans
\ir lib/portal.psql
SELECT * FROM no_plan();
INSERT INTO kroles.media (id, name, owner_id) SELECT n, 'hidden', 777001 FROM generate_series(777100, 777499) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 777020 FROM generate_series(777100, 777499) AS n;
CREATE TABLE public.captions (id bigint PRIMARY KEY, media_id bigint NOT NULL);
INSERT INTO public.captions SELECT n, n FROM generate_series(777100, 777499) AS n;
INSERT INTO public.captions VALUES (1, 41);
CREATE INDEX ON public.captions (media_id);
SELECT FROM kroles_protect('public.captions', 'media', 'media_id');
GRANT SELECT ON public.captions TO attack_app;
VACUUM ANALYZE;
SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
       attack.login('nobody', 'attack_app');

-- ---- Plans and what EXPLAIN ANALYZE counts ----
-- (plans for a parameter, as estimates of a constant come from PostgreSQL's statistics, which tell what is frequent)
SELECT attack.says(session, 'SET plan_cache_mode = force_generic_plan', 'SET cpu_operator_cost = 1', 'SET random_page_cost = 100',
    'PREPARE in_space (bigint) AS SELECT count(media_id) FROM kroles.publications WHERE space_id = $1',
    'PREPARE page (bigint) AS SELECT media_id FROM kroles.publications WHERE space_id = $1 AND status = ''approved'' ORDER BY published_at DESC LIMIT 20')
FROM unnest('{eve, nobody}'::text[]) AS session;
SELECT attack.control('a keyed scan', CASE WHEN attack.says_all('eve', format('EXPLAIN EXECUTE %s (20)', query)) LIKE '%Kroles Keyed Scan%'
    THEN 'a keyed scan' END, 'the plan of ' || query)
FROM unnest('{in_space, page}'::text[]) AS query;
SELECT attack.attempt('the same', CASE WHEN answer LIKE 'hidden: %' THEN answer ELSE 'the same' END,
    format('%s: EXPLAIN ANALYZE of %s, of a hidden object and of none', session, query))
FROM unnest('{eve, nobody}'::text[]) AS session, (VALUES ('in_space', '777020', '888020'), ('page', '777020', '888020'))
    AS q (query, hidden, absent),
LATERAL attack.tells_apart(session, format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) EXECUTE %s (%%s)', query), hidden, absent) AS answer;
SELECT attack.attempt('0', attack.says(session, 'EXECUTE in_space (777020)'), session || ': publications of the hidden space')
FROM unnest('{eve, nobody}'::text[]) AS session;

-- ---- Functions and operators of the asker ----
GRANT CREATE ON SCHEMA public TO attack_app;
SELECT attack.says('eve', 'CREATE FUNCTION public.counts(bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $f$BEGIN
        PERFORM set_config(''eve.calls'', (coalesce(nullif(current_setting(''eve.calls'', true), ''''), ''0'')::integer + 1)::text, false); RETURN true; END$f$',
    'CREATE FUNCTION public.equals(bigint, bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $f$BEGIN
        PERFORM set_config(''eve.calls'', (coalesce(nullif(current_setting(''eve.calls'', true), ''''), ''0'')::integer + 1)::text, false); RETURN $1 OPERATOR(pg_catalog.=) $2; END$f$',
    'CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = public.equals)');
SELECT attack.attempt('0', attack.says('eve', 'SET eve.calls = ''0''', statement, 'SELECT current_setting(''eve.calls'')'), statement)
FROM (VALUES ('SELECT count(*) FROM kroles.publications WHERE space_id = 777020 AND public.counts(media_id)'),
    ('SELECT count(*) FROM kroles.publications WHERE space_id OPERATOR(public.=) 777020 AND media_id > 777000'),
    ('SELECT count(*) FROM captions WHERE id > 777000 AND public.counts(media_id)'),
    ('SELECT count(*) FROM kroles.moderation_queue WHERE public.counts(media_id) AND space_id = 777020')) AS t (statement);

-- ---- The placeholder ----
SELECT attack.attempt('42501', attack.says('eve', 'SELECT kroles.keys(''spaces: view'')'), 'calling kroles.keys()');
SELECT throws_ok($$SELECT kroles.keys('spaces: view')$$, '0A000', NULL, '0A000: calling kroles.keys() as a superuser');
SELECT attack.attempt('no row', attack.says('eve', 'EXECUTE page (777020)'), 'afterwards: the page of the hidden space');
SELECT * FROM finish();
