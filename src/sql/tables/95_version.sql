-- The version of the extension that the tables are of. (A view, so that every dump includes it, one of the schema alone too.)
CREATE VIEW kroles.tables_version WITH (security_invoker = true) AS SELECT '@version@'::text AS version;
COMMENT ON VIEW kroles.tables_version IS 'The version of kroles that the tables are of; kroles_install() brings older ones to the version of the extension';
COMMENT ON COLUMN kroles.tables_version.version IS 'The version, as in pg_extension.extversion';

