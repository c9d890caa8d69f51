-- One world, for the seed given: as it is made; with people in rooms, after it has changed under them; and another time.
-- In seed 2 one browses without a login, and the matrices are others and change while people are in rooms; in seed 3 rooms and
-- chat are switched off for a while.
SELECT :seed = 2 AS turns, :seed = 3 AS switches_off \gset
SELECT FROM make_world(:'seed');
\if :turns
SELECT FROM turn_cells();
\endif
UPDATE kroles.settings SET allow_anonymous = :'turns';
\if :switches_off
SELECT FROM answer_everything();
\else
\set part 'seed ' :seed ', as made'
\i :model/model_events/check.sql
\endif

\set part 'seed ' :seed ', people join'
SELECT FROM plan_joins('1');
\i :model/model_events/attempts.sql
SELECT begin_stays(array_agg(me), array_agg(room)) AS done FROM attempt WHERE reference LIKE '{%' \gset
SELECT FROM compare_stays(:'part');
\i :model/lib/report.sql

SELECT FROM change_world('2');
\if :turns
SELECT FROM turn_cells();
\endif
\set part 'seed ' :seed ', changed while they are in'
\i :model/model_events/check.sql
\set people 12
\i :model/model_events/rows_reached.sql

-- some leave, some are removed, some have been in for too long; some join again, whether they are in or not
\set part 'seed ' :seed ', people leave and join again'
SELECT FROM plan_ends('2');
\i :model/model_events/attempts.sql
DELETE FROM stay AS s USING attempt AS a WHERE a.reference = 'out' AND (s.user_id, s.id) = (coalesce(whom, me), room);
WITH long AS (UPDATE kroles.room_participants SET joined_at = joined_at - interval '13 hours'
              WHERE left_at IS NULL AND pick(6, 'stays', user_id::text, media_id::text) = 0 RETURNING user_id, media_id)
DELETE FROM stay AS s USING long WHERE (s.user_id, s.id) = (long.user_id, media_id);
UPDATE kroles.users SET blocked = false WHERE id > 32 AND pick(2, 'unblocked', id::text) = 0;
SELECT FROM answer_everything();
SELECT FROM plan_joins('2');
\i :model/model_events/attempts.sql
SELECT begin_stays(array_agg(me), array_agg(room)) AS done FROM attempt WHERE reference LIKE '{%' \gset
SELECT FROM compare_stays(:'part');
\i :model/lib/report.sql
\if :switches_off
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT FROM end_stays();
\set part 'seed ' :seed ', switched off'
\i :model/model_events/check.sql
\i :model/model_events/rows_reached.sql
UPDATE kroles.settings SET chat_and_collaboration = true;
\endif
SELECT FROM change_world('3');
\if :turns
SELECT FROM turn_cells();
\endif
\set part 'seed ' :seed ', changed again'
\i :model/model_events/check.sql
\if :turns
\i :model/model_events/rows_reached.sql
SELECT FROM turn_cells();
\endif
