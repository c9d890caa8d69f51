-- What superusers watch.
RESET SESSION AUTHORIZATION;
SELECT relation, id FROM kroles_verify();
SELECT count(*) FILTER (WHERE finding = 'disabled_trigger') > 0 FROM kroles_doctor();
SELECT kroles_install() = kroles.script_version();
\echo done
