-- Lists, and explanations.
SET kroles."user" = 'maya';
SELECT * FROM kroles_list('view', 'media', NULL, 10);
SELECT login, via FROM kroles_who_can('view', 'media', 1);
SELECT allowed, effect, reason FROM kroles_explain(3, 'view', 'media', 1);
\echo done
