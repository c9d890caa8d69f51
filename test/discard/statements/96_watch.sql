-- What superusers watch. (setup.sql has disabled triggers.)
RESET SESSION AUTHORIZATION;
SELECT relation, id FROM kroles_verify();
SELECT kroles_install() = kroles.script_version();
\echo done
