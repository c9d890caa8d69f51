-- Publishing, and who moderates; the audit log has it.
SET kroles."user" = 'tom';
SELECT kroles_publish(3, 1);
SET kroles."user" = 'maya';
SELECT kroles_approve(3, 1);
\echo done
