\set ECHO none
-- An application's role, a trusted gateway, which has just what kroles_grant_access() gives; and acting through it.
CREATE ROLE regress_kroles_portal;
DO $$ BEGIN PERFORM kroles_grant_access('regress_kroles_portal'), kroles_trust_gateway('regress_kroles_portal'); END $$;

-- What a statement comes to for a person: a row's first column ('done' where it is void), or how many rows it changed; or the
-- error. A statement that fails, or is to be undone, leaves nothing.
CREATE FUNCTION act(person text, statement text, undo boolean DEFAULT false,
    OUT answer text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT rule text) LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    PERFORM set_config('kroles.user', person, true);
    IF statement ~ '^SELECT|\mRETURNING\M' THEN
        EXECUTE statement INTO answer;
        answer := CASE answer WHEN '' THEN 'done' ELSE answer END;
    ELSE
        EXECUTE statement;
        GET DIAGNOSTICS changed = ROW_COUNT;
        answer := changed || ' rows';
    END IF;
    IF undo THEN
        RAISE EXCEPTION SQLSTATE 'UNDO0';
    END IF;
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN
        NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
            hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME;
        answer := NULL;
END $$;
-- The same in one text; an error is its SQLSTATE and message.
CREATE FUNCTION "as"(person text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN state IS NULL THEN coalesce(answer, 'NULL') ELSE state || ' ' || message END
    FROM act(person, statement)
$$;
CREATE FUNCTION rights(person text, kind kroles.object_kind, id bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT "as"($1, format('SELECT kroles_rights(%L, %s)', $2, $3)) $$;
\set ECHO all
