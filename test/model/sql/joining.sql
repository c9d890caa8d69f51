-- Requests to join, personal playlists and the names of people: what people try in a random world and come to, compared with the
-- rules.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
SET timezone = 'UTC';
\set summary acted
\set schema reference
\i :model/rules/rules.sql
\i :model/lib/pick.sql
\i :model/rules/rows.sql
\i :model/lib/acts.sql
\i :model/model_events/world.sql
CREATE TABLE person AS SELECT id, login FROM kroles.users WITH NO DATA;
CREATE TABLE has (user_id bigint, kind text, id bigint, action kroles.action);
-- (of model_events/world.sql)
CREATE TABLE kept_media (); CREATE TABLE kept_room (); CREATE TABLE kept_event ();
\i :model/joining/attempts.sql
\i :model/joining/rules.sql
\i :model/lib/role.sql
CREATE VIEW acted AS
    SELECT format('%-10s %-10s %8s %10s', part, function, sum(asked), sum(different)) AS line FROM tally GROUP BY part, function ORDER BY min(n);

-- everybody's rights on every space and media, by the rules
CREATE FUNCTION answer_everything() RETURNS void LANGUAGE sql AS $$
    TRUNCATE ask, person, has, attempt;
    INSERT INTO person SELECT id, login FROM kroles.users UNION ALL SELECT 0, '';
    INSERT INTO ask SELECT p.id, kind, o.id FROM person AS p,
        (SELECT kind::text, id FROM kroles.spaces UNION ALL SELECT 'media', id FROM kroles.media) AS o;
    SELECT work_out();
    INSERT INTO has SELECT user_id, kind, id, action FROM answer WHERE allowed;
    ANALYZE has;
$$;

\echo
\echo What people try, and how often something else comes of it
SELECT format('%-10s %-10s %8s %10s', 'part', 'of', 'compared', 'different');
SELECT FROM make_world('5');
-- (new lists get ids that none has)
SELECT setval('kroles.playlists_id_seq', 1000000) AS done \gset
\set part 'as made'
\i :model/joining/check.sql
SELECT FROM change_world('2');
\set part 'changed'
\i :model/joining/check.sql
\echo
SELECT format('%s compared, %s different', :asked, :different);
\echo
\echo What the view of people shows of them
SELECT string_agg(attname, ', ' ORDER BY attname COLLATE "C") FROM pg_attribute WHERE attrelid = 'kroles.people'::regclass AND attnum > 0 AND NOT attisdropped;

\i :model/lib/end.sql
