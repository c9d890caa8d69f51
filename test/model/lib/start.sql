-- A fresh extension, and output of plain lines.
SET client_min_messages = warning;
SET jit = off;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
-- With session_replication_role = replica a world is put in as it is said to be, whatever the guards say of it, and unlogged;
-- audiences and caches follow it all the same.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger WHERE tgname ~ '^[!~]audience' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', one.relation, one.tgname);
    END LOOP;
END $$;
\pset tuples_only on
\pset format unaligned
\set asked 0
\set different 0
