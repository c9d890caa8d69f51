-- The versions of this script and of the library. (The library compares the body of the first with the versions that it knows.)

CREATE FUNCTION kroles.script_version() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT '@version@'::text$$;
COMMENT ON FUNCTION kroles.script_version() IS 'The version of the script that the extension was created from, or updated by';

CREATE FUNCTION kroles.library_version() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_library_version';
COMMENT ON FUNCTION kroles.library_version() IS 'The version of the library that this session has loaded';
REVOKE EXECUTE ON FUNCTION kroles.script_version(), kroles.library_version() FROM PUBLIC;
