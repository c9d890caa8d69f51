-- An event with its people and sessions.
SET kroles."user" = 'maya';
INSERT INTO kroles.events (name) VALUES ('Congress') RETURNING id;
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (1, 2, 'speaker');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (1, 1) RETURNING position;
SELECT kroles_move_session(1, 1, 1);
\echo done
