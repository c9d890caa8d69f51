-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kroles" to load this file. \quit

-- A schema of that name that somebody else made is an error, not a place to build in.
CREATE SCHEMA kroles;
COMMENT ON SCHEMA kroles IS 'Who may view, contribute, moderate and manage: the tables, types and views of the extension kroles';

-- Nothing that somebody made in the extension's schema before may stand in for what this script means: from here on every
-- name that has no schema is pg_catalog's.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
