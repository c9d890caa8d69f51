-- Questions about one object.
SET kroles."user" = 'vera';
SELECT kroles_can('view', 'media', 1), kroles_can('edit', 'media', 1), kroles_can('view', 'media', 2);
SELECT kroles_role('media', 1), kroles_rights('media', 1);
\echo done
