-- The secret: the key that encrypts audiences, and from which the keys of advisory locks are derived.

CREATE FUNCTION kroles.new_secret() RETURNS bytea
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_new_secret';
COMMENT ON FUNCTION kroles.new_secret() IS 'Sixteen random bytes, for kroles.secret';
REVOKE EXECUTE ON FUNCTION kroles.new_secret() FROM PUBLIC;

-- Logical decoding shows audiences, and so reads the secret; PostgreSQL 19 lets it read catalogs only, and tables that are said to be
-- used as such.
CREATE TABLE kroles.secret (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT secret_has_one_row PRIMARY KEY
        CONSTRAINT secret_has_only_one_row CHECK (only_row),
    key                 bytea NOT NULL DEFAULT kroles.new_secret()
        CONSTRAINT secret_key_has_16_bytes CHECK (octet_length(key) = 16)
) WITH (user_catalog_table = true);
COMMENT ON TABLE kroles.secret IS
    'The secret of this database, one row, created with the extension: it encrypts the audiences of media, and the keys of advisory locks are derived from it, so that pg_locks does not show which users they refer to. Only the owner of the extension reads it; no policy allows it. Not in dumps: a restored database creates its own';
COMMENT ON COLUMN kroles.secret.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.secret.key IS 'Sixteen random bytes';
INSERT INTO kroles.secret DEFAULT VALUES;
