-- The audit log, as an administrator.
SET kroles."user" = 'ada';
SELECT actor, operation, relation, after->>'status' FROM kroles.audit_log ORDER BY id DESC LIMIT 2;
\echo done
