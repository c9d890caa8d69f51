-- What PostGraphile and PostgREST show: a schema of the application's own, over the kroles tables. (An API is better not
-- the tables themselves, and PostGraphile leaves out what belongs to an extension.) Run it as a superuser after setup.sql.
\set ON_ERROR_STOP on
\set QUIET on

CREATE SCHEMA api;

-- security_invoker: without it, a view asks with its owner's rights and shows everything to everybody.
CREATE VIEW api.people WITH (security_invoker = true) AS
    SELECT id, login, name FROM kroles.users;
CREATE VIEW api.films WITH (security_invoker = true) AS
    SELECT id, name, owner_id FROM kroles.media WHERE type = 'video';

CREATE FUNCTION api.may_edit(film bigint) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT public.kroles_can('edit', 'media', film) $$;
CREATE FUNCTION api.publish(film bigint, space bigint) RETURNS text LANGUAGE sql
    AS $$ SELECT public.kroles_publish(film, space)::text $$;

-- For PostGraphile, which can't find the keys of views by itself.
COMMENT ON VIEW api.people IS '@primaryKey id';
COMMENT ON VIEW api.films IS E'@primaryKey id\n@foreignKey (owner_id) references api.people (id)|@fieldName owner';

-- The database gives a new film its id: without this, PostGraphile asks for one.
COMMENT ON COLUMN api.films.id IS '@hasDefault';

GRANT USAGE ON SCHEMA api TO web;
GRANT SELECT ON api.people TO web;
GRANT SELECT, INSERT, UPDATE, DELETE ON api.films TO web;
