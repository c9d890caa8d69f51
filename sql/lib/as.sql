-- What a statement answers to a person: a row's first column, how many rows it changed, or the error. What is refused leaves
-- nothing.
CREATE FUNCTION "as"(person text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    changed bigint;
BEGIN
    PERFORM set_config('kroles.user', person, true);
    IF statement ~ '^SELECT| RETURNING ' THEN
        EXECUTE statement INTO answer;
        RETURN CASE answer WHEN '' THEN 'done' ELSE coalesce(answer, 'NULL') END;     -- (void is empty)
    END IF;
    EXECUTE statement;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed || ' rows';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION rights(person text, kind kroles.object_kind, id bigint) RETURNS text LANGUAGE sql AS
    $$ SELECT "as"($1, format('SELECT kroles_rights(%L, %s)', $2, $3)) $$;
