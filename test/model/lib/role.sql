-- An application's login role, a trusted gateway, which may also use the test's own schema, :schema.
CREATE ROLE regress_kroles_model LOGIN;
SELECT FROM kroles_grant_access('regress_kroles_model');
SELECT FROM kroles_trust_gateway('regress_kroles_model');
GRANT USAGE ON SCHEMA :schema TO regress_kroles_model;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA :schema TO regress_kroles_model;
