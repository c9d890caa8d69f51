
END $tables$;
COMMENT ON FUNCTION kroles.make_tables() IS 'Makes the tables and views, which must not exist';
REVOKE EXECUTE ON FUNCTION kroles.make_tables() FROM PUBLIC;
