-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kroles" to load this file. \quit

-- Fails where a schema of that name exists: its owner could have put objects into it.
CREATE SCHEMA kroles;
COMMENT ON SCHEMA kroles IS 'The tables, types, views and internal functions of the extension kroles';

-- From here on a name without a schema is looked up in pg_catalog only, so that objects that already exist in the extension's
-- schema cannot be called in place of PostgreSQL's.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
