-- What the console needs beside the portal: the roles that its server logs in as, and the key that its tokens are signed with. Run it
-- as a superuser in a database with examples/portal.sql; $KEYS is the folder with hs256.secret.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on

\set secret `cat "$KEYS/hs256.secret"`
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('web-1', 'HS256', :'secret');
UPDATE kroles.settings SET token_issuer = 'https://login.campus.example', token_audience = 'portal';

-- For all that people ask and do. It is no gateway: only a token says who is asking.
CREATE ROLE campus_console LOGIN;
ALTER ROLE campus_console SET log_parameter_max_length = 0;
SELECT kroles_grant_access('campus_console') \g /dev/null

-- For the health report, which helps an attacker: a role of its own, and it is shown to administrators only.
CREATE ROLE campus_monitor LOGIN;
ALTER ROLE campus_monitor SET log_parameter_max_length = 0;
GRANT EXECUTE ON FUNCTION kroles_doctor() TO campus_monitor;
