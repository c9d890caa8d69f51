-- Carries out what is planned in "attempt", each person in an application's session, and compares what came of it.
SET SESSION AUTHORIZATION regress_kroles_model;
SELECT FROM try_everything();
RESET SESSION AUTHORIZATION;
SELECT FROM compare_attempts(:'part');
