-- Keeps the clients that are done waiting, until all are (stress.clients): their sessions are asked when nobody is at work any
-- more. Once they have told and remember everything, some things change in peace, one by one, and they are asked again: with
-- nobody else at work they hear of it by messages alone.
SELECT pg_advisory_lock(1), pg_advisory_lock(2) \g /dev/null
CALL await_clients(1);
-- so that no stay runs out while they are asked
UPDATE kroles.settings SET room_session_limit = '12 hours';
SELECT pg_advisory_unlock(1) \g /dev/null
CALL await_clients(2);
DELETE FROM kroles.space_members WHERE id % 2 = 0;
UPDATE kroles.space_members SET role = 'member' WHERE id % 3 = 0;
DELETE FROM kroles.group_members WHERE user_id % 2 = 0;
UPDATE kroles.spaces SET inherits_members = NOT inherits_members WHERE kind = 'gallery';
UPDATE kroles.spaces SET owner_id = 1 WHERE id % 4 = 0;
DELETE FROM kroles.publications WHERE media_id % 3 = 0;
DELETE FROM kroles.media_collaborators WHERE media_id % 2 = 0;
UPDATE kroles.media SET owner_id = 1 WHERE id % 4 = 0;
DELETE FROM kroles.event_participants WHERE role <> 'organizer' AND id % 2 = 0;
DELETE FROM kroles.event_sessions WHERE media_id % 5 = 0;
UPDATE kroles.room_participants SET left_at = joined_at WHERE left_at IS NULL AND id % 2 = 0;
UPDATE kroles.users u SET blocked = NOT blocked WHERE id % 5 = 0
    AND NOT EXISTS (SELECT FROM kroles.event_participants p WHERE p.user_id = u.id AND p.role = 'organizer');
SELECT pg_advisory_unlock(2) \g /dev/null
