-- The past: a random world in which a thousand things change, one after the other; what was answered at the time, compared with
-- what kroles_could() and kroles_could_who() answer about it afterwards.
\set ECHO none
\set QUIET on
\getenv model PG_ABS_SRCDIR
\i :model/lib/start.sql
\set schema past
CREATE SCHEMA past;
SET search_path = past, public;
\i :model/lib/pick.sql
-- what world.sql wants of others, for worlds in which people act
CREATE FUNCTION end_stays() RETURNS void LANGUAGE sql AS '';
CREATE TABLE stay (a integer);
CREATE TABLE run_out (a integer);
CREATE TABLE kept_media (a integer);
CREATE TABLE kept_room (a integer);
CREATE TABLE kept_event (a integer);
\i :model/model_events/world.sql
\i :model/past/steps.sql
\i :model/lib/role.sql
SELECT FROM make_world('11');
-- (the world is put in unlogged; the log begins here)
UPDATE kroles.settings SET show_identifier = 'login';
CALL make_steps(1, 1000);

CREATE TABLE answered AS SELECT n.*, kroles_could(who, action, kind, id, at) AS could FROM noted AS n;
\echo
\echo Answers of the past that differ from those that were noted
SELECT 'kroles_could: ' || count(*) FILTER (WHERE could IS DISTINCT FROM answer) FROM answered;
SELECT format('  step %s: may user %s %s %s %s? %s then, %s of it now', step, who, action, kind, id, answer, could)
FROM answered WHERE could IS DISTINCT FROM answer ORDER BY step, who, action LIMIT 10;
CREATE TABLE listed AS SELECT n.*, ARRAY(SELECT w.user_id FROM kroles_could_who(action, kind, id, at) AS w ORDER BY 1) AS could FROM noted_users AS n;
SELECT 'kroles_could_who: ' || count(*) FILTER (WHERE could <> users) FROM listed;
SELECT format('  step %s: %s %s %s: %s then, %s of it now', step, action, kind, id, users, could) FROM listed WHERE could <> users ORDER BY step LIMIT 10;
SELECT 'kroles_explain: ' || count(*) FROM noted AS n WHERE step % 10 = 0
    AND answer <> (SELECT bool_or(allowed) FROM kroles_explain(who, action, kind, id, at));

\echo
\echo What there was to find
SELECT 'at least a tenth allowed, and a tenth not: ' || (min(n) * 10 > sum(n)) FROM (SELECT answer, count(*) AS n FROM noted GROUP BY answer) AS a;
SELECT 'an answer of then is another now, in the hundreds: ' || (count(*) > 300) FROM noted WHERE answer <> kroles_can(who, action, kind, id);
SELECT 'users, spaces, media, events and groups that are gone: '
    || (SELECT count(DISTINCT relation) FROM kroles.audit_log WHERE operation = 'DELETE' AND relation IN ('kroles.users', 'kroles.spaces', 'kroles.media', 'kroles.events', 'kroles.groups'));
SELECT 'rooms were joined and left: ' || bool_and(n > 2) FROM (SELECT count(*) FROM kroles.audit_log WHERE relation = 'kroles.room_participants' AND operation <> 'DELETE' GROUP BY operation) AS r (n);

\echo
\echo After kroles_trim_audit(): differences from then on, and what is refused before
SELECT at AS half FROM noted WHERE step = 500 LIMIT 1 \gset
SELECT kroles_trim_audit(:'half') > 100 AS trimmed;
SELECT 'kroles_could: ' || count(*) FROM noted WHERE step BETWEEN 500 AND 700 AND at >= :'half' AND answer <> kroles_could(who, action, kind, id, at);
CREATE FUNCTION is_refused(who bigint, action kroles.action, kind kroles.object_kind, id bigint, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN kroles_could(who, action, kind, id, at);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    RETURN '55000';
END $$;
SELECT 'before: ' || string_agg(DISTINCT is_refused(who, action, kind, id, at), ' ') FROM noted WHERE step BETWEEN 450 AND 499;
\i :model/lib/end.sql
