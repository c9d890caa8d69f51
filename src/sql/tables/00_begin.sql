-- The tables and views, which are the site's own objects: a site adds columns, indexes and triggers, and dumps include all. So
-- they are made by a function, which runs when the extension is created, or later (kroles_install()). What is in this folder is
-- the body of that function.
--
-- A condition is written as PostgreSQL prints it, row comparisons taken apart: or a copy made from a dump would print it another
-- way.
CREATE FUNCTION kroles.make_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $tables$
BEGIN

