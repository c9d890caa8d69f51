-- Leaves nothing behind of a test whose tables are in :schema.
SET client_min_messages = error;
DROP SCHEMA :schema CASCADE;
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP ROLE regress_kroles_model;
