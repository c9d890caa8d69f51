-- A room.
SET kroles."user" = 'tom';
SELECT kroles_room_join(4);
SELECT name, role FROM kroles_room_users(4);
SELECT kroles_room_leave(4);
\echo done
