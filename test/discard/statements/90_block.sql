-- A user who is blocked.
SET kroles."user" = 'ada';
SELECT kroles_block(2, hand_over_to => 1);
SET kroles."user" = 'tom';
SELECT kroles_can('view', 'media', 3);
\echo done
