-- The queue of what waits, and a rejection.
SET kroles."user" = 'maya';
SELECT media_id, space_id FROM kroles.moderation_queue;
SELECT kroles_reject(2, 1, 'too long');
SELECT kroles_take_down(3, 1);
\echo done
