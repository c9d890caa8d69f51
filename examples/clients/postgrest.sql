-- PostgREST's roles: it logs in as authenticator, works as web_person for whoever brings a token with "role":"web_person",
-- and as web_anonymous for everybody else. Run it as a superuser after setup.sql and api.sql.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on

CREATE ROLE web_anonymous;
CREATE ROLE web_person;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT web_anonymous, web_person TO authenticator;
ALTER ROLE authenticator SET log_parameter_max_length = 0;

SELECT kroles_grant_access('web_anonymous'), kroles_grant_access('web_person');
GRANT USAGE ON SCHEMA api TO web_anonymous, web_person;
GRANT SELECT ON api.people, api.films TO web_anonymous, web_person;
GRANT INSERT, UPDATE, DELETE ON api.films TO web_person;

-- PostgREST calls this before each request (db-pre-request).
CREATE FUNCTION public.log_in_by_header() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    header text := current_setting('request.headers')::json ->> 'authorization';
BEGIN
    IF header IS NOT NULL THEN
        PERFORM public.kroles_login(regexp_replace(header, '^Bearer +', '', 'i'));
    END IF;
END $$;
