-- More than one server, as far as one shows it: the lease, the heartbeat, the marks of a replica, and what the doctor says of them.
\ir lib/begin.psql

CREATE ROLE kroles_timer;
CREATE ROLE kroles_app;
SELECT kroles_grant_access('kroles_app');
INSERT INTO kroles.users (id, login, applicative_role, db_role) VALUES (1, 'olga', 'admin', NULL), (2, 'pia', 'private_only', NULL);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (1, 'channel', 'open', 'open to all', 1);
INSERT INTO kroles.media (id, name, owner_id) VALUES (1, 'film', 1);
INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 1);

-- ---- The setting ----

SELECT pg_temp.refused(format('UPDATE kroles.settings SET replica_lease = %L', lease), '23514', constraint_name, 'a lease of ' || lease)
FROM (VALUES ('0', 'settings_replica_lease_is_1_second_to_30_days'), ('999 milliseconds', 'settings_replica_lease_is_1_second_to_30_days'),
             ('-1 hour', 'settings_replica_lease_is_1_second_to_30_days'), ('31 days', 'settings_replica_lease_is_1_second_to_30_days')) AS s (lease, constraint_name);
SELECT lives_ok(format('UPDATE kroles.settings SET replica_lease = %L', lease), 'a lease of ' || coalesce(lease, 'NULL'))
FROM unnest('{1 second, 30 days, 1 month, NULL}'::text[]) AS lease;

-- ---- The heartbeat ----

SELECT is((SELECT count(*) FROM kroles.heartbeat), 0::bigint, 'none at first');
GRANT EXECUTE ON FUNCTION kroles_heartbeat() TO kroles_timer;
SET LOCAL ROLE kroles_timer;
SELECT ok(kroles_heartbeat() BETWEEN now() AND clock_timestamp(), 'a role that may do nothing else writes one');
SELECT pg_temp.refused('SELECT * FROM kroles.heartbeat', '42501', '', 'and does not read the table');
RESET ROLE;
SELECT lives_ok('SELECT kroles_heartbeat()', 'and another');
SELECT results_eq('SELECT only_row, caller FROM kroles.heartbeat', $$VALUES (true, session_user::name)$$, 'one row, with the login role');
SELECT ok(at >= now(), 'of now') FROM kroles.heartbeat;
SELECT pg_temp.refused($$UPDATE kroles.heartbeat SET at = 'infinity'$$, '23514', 'heartbeat_at_is_finite', 'a heartbeat for ever');

-- ---- A primary has no lease ----

UPDATE kroles.settings SET replica_lease = '1 minute';
DELETE FROM kroles.heartbeat;
SELECT ok(kroles_can(2, 'view', 'media', 1), 'it answers without a heartbeat');
SELECT results_eq($$SELECT severity FROM kroles_doctor() WHERE finding = 'late_heartbeat'$$, '{warning}'::text[], 'the doctor warns for its replicas');
SELECT kroles_heartbeat() IS NOT NULL AS heard \gset
SELECT is_empty($$SELECT * FROM kroles_doctor() WHERE finding IN ('late_heartbeat', 'no_lease')$$, 'and has nothing to say with one');
SELECT ok(kroles_wait(kroles_position(), '0'), 'it has what it has');
SELECT ok(NOT kroles_wait('FFFFFFFF/FFFFFFFF', '10 minutes'), 'and knows at once what it has not');
SELECT ok(kroles_position() <= kroles_position(), 'positions ascend');
SELECT pg_temp.refused(format('SELECT kroles_wait(%s)', arguments), state, '', arguments)
FROM (VALUES ('NULL', '22004'), ($$'0/0', NULL$$, '22023'), ($$'0/0', '-1 s'$$, '22023'), ($$'0/0', '10 minutes 1 second'$$, '22023'),
             ($$'0/0', '300 years'$$, '22023')) AS a (arguments, state);

-- ---- A replica has ----

INSERT INTO kroles.replica (subscription) VALUES ('gone');
SELECT ok(kroles_can(2, 'view', 'media', 1), 'within the lease it answers');
SELECT results_eq($$SELECT finding, severity FROM kroles_doctor() WHERE finding IN ('subscription_missing', 'replica_unmarked', 'no_lease', 'late_heartbeat')$$,
    $$VALUES ('subscription_missing', 'danger')$$, 'the doctor misses the subscription');
SELECT pg_temp.refused('SELECT kroles_heartbeat()', '55000', '', 'it makes no heartbeat');
SELECT pg_temp.refused('SELECT kroles_publish_entitlements()', '55000', '', 'nor a publication');
SELECT pg_temp.refused($$SELECT kroles_subscribe('host=nowhere', 's')$$, '55000', '', 'nor a subscription once more');
SELECT pg_temp.refused($$INSERT INTO kroles.replica (subscription) VALUES ('two')$$, '23505', 'replica_has_one_row', 'it has one mark');
UPDATE kroles.settings SET replica_lease = NULL;
SELECT results_eq($$SELECT severity FROM kroles_doctor() WHERE finding = 'no_lease'$$, '{notice}'::text[], 'without a lease the doctor tells what that means');
UPDATE kroles.settings SET replica_lease = '1 minute';
SELECT kroles_can(2, 'view', 'media', 1) AS asked \gset
-- (an older heartbeat is looked for when the last one is too old, or the lease is another one)
UPDATE kroles.heartbeat SET at = clock_timestamp() - interval '2 minutes';
SELECT ok(kroles_can(2, 'view', 'media', 1), 'a heartbeat that was heard holds as long as it did');
SELECT results_eq($$SELECT severity FROM kroles_doctor() WHERE finding = 'late_heartbeat'$$, '{warning}'::text[], 'the doctor looks at the table');
UPDATE kroles.heartbeat SET at = clock_timestamp() + interval '2 hours';
UPDATE kroles.settings SET replica_lease = '1 second';
SELECT pg_sleep(1.1);
SELECT pg_temp.refused(statement, 'KR001', '', statement)
FROM (VALUES ($$SELECT kroles_can('administer', 'site', NULL)$$), ($$SELECT kroles_can(2, 'view', 'media', 1)$$), ('SELECT kroles_current_user()'),
             ($$SELECT kroles_list('view', 'media')$$), ($$SELECT * FROM kroles_who_can('view', 'media', 1)$$),
             ($$SELECT * FROM kroles_explain(2, 'view', 'media', 1)$$), ($$SELECT kroles_rights('media', 1, 2)$$)) AS s (statement);
SELECT is((SELECT count(*) FROM kroles.media), 1::bigint, 'roles beyond policies read rows');
SELECT lives_ok('SELECT * FROM kroles_verify()', 'and verify');
SET LOCAL ROLE kroles_app;
SELECT pg_temp.refused(statement, 'KR001', '', statement)
FROM (VALUES ('SELECT * FROM kroles.media'), ('SELECT count(*) FROM kroles.media'), ('SELECT * FROM kroles.users'), ('SELECT * FROM kroles.publications'),
             ('SELECT * FROM kroles.my_media'), ('UPDATE kroles.media SET name = name')) AS s (statement);
SELECT lives_ok('SELECT * FROM kroles.settings', 'what everybody reads is read');
RESET ROLE;
DELETE FROM kroles.replica;
SELECT ok(kroles_can(2, 'view', 'media', 1), 'a database of its own again');

-- ---- Partitions ----

CREATE TABLE lines (media_id bigint, said text) PARTITION BY RANGE (media_id);
CREATE TABLE lines_1 PARTITION OF lines FOR VALUES FROM (1) TO (10);
SELECT lives_ok($$SELECT kroles_protect('lines', 'media', 'media_id')$$, 'a partitioned table is protected with its partitions');
SELECT is_empty($$SELECT * FROM kroles_doctor() WHERE subject LIKE '%lines%'$$, 'all of it');
CREATE TABLE lines_2 PARTITION OF lines FOR VALUES FROM (10) TO (20);
SELECT results_eq($$SELECT severity, finding, subject FROM kroles_doctor() WHERE subject LIKE '%lines%'$$,
    $$SELECT 'warning', 'unprotected_child', kroles.qualified_name('lines_2'::regclass)$$, 'a partition that came later has no policies');
GRANT SELECT ON lines_2 TO kroles_app;
SELECT results_eq($$SELECT severity, finding, subject FROM kroles_doctor() WHERE subject LIKE '%lines%'$$,
    $$SELECT 'danger', 'unprotected_child', kroles.qualified_name('lines_2'::regclass)$$, 'which is dangerous where somebody may read it');
SELECT kroles_protect('lines', 'media', 'media_id');
SELECT is_empty($$SELECT * FROM kroles_doctor() WHERE subject LIKE '%lines%'$$, 'until the table is protected again');
-- Conditions on the key leave partitions out, for whoever policies hold
CREATE FUNCTION pg_temp.partitions(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT * FROM lines WHERE ' || condition INTO plan;
    RETURN (SELECT string_agg(DISTINCT m[1], ' ' ORDER BY m[1]) FROM regexp_matches(plan::text, '"(lines_\d)"', 'g') AS m);
END $$;
GRANT SELECT ON lines TO kroles_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_temp TO kroles_app;
SET LOCAL ROLE kroles_app;
SELECT is(pg_temp.partitions('true'), 'lines_1 lines_2', 'all partitions are read');
SELECT is(pg_temp.partitions('media_id = 5'), 'lines_1', 'but with a key only its own');
SELECT is(pg_temp.partitions('media_id > 12'), 'lines_2', 'or those of a range');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
