-- Import of a whole list: from the text of a file by functions, or row by row through views.

CREATE FUNCTION kroles.check_asker(list text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_logged_in();
    IF list <> 'space_members' AND NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can import lists of users and of group members' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Ask an administrator.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_asker(text) IS 'Error 28000 or 42501 where the current user cannot import any row of the list';

CREATE FUNCTION kroles.list_errors(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE list
        WHEN 'users' THEN RETURN QUERY SELECT * FROM kroles.user_list_errors(rows);
        WHEN 'group_members' THEN RETURN QUERY SELECT * FROM kroles.group_member_list_errors(rows);
        WHEN 'space_members' THEN RETURN QUERY SELECT * FROM kroles.space_member_list_errors(rows);
        ELSE RAISE EXCEPTION 'unknown list' USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.list_errors(text, kroles.list_row[]) IS 'Errors in rows of the list, before any change';

CREATE FUNCTION kroles.apply_list(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE list
        WHEN 'users' THEN PERFORM kroles.apply_users(rows);
        WHEN 'group_members' THEN PERFORM kroles.apply_group_members(rows);
        WHEN 'space_members' THEN PERFORM kroles.apply_space_members(rows);
        ELSE RAISE EXCEPTION 'unknown list' USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.apply_list(text, kroles.list_row[]) IS 'Applies the rows of the list';

CREATE FUNCTION kroles.column_of(relation text, rule text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.attname::text FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.conrelid = pg_catalog.to_regclass('kroles.' || quote_ident(relation)) AND c.conname = rule AND cardinality(c.conkey) = 1
$$;
COMMENT ON FUNCTION kroles.column_of(text, text) IS 'The column of a constraint of a table in kroles; NULL where it does not have exactly one';

-- Where applying rows fails, each half is applied on its own, down to single rows, so that few errors cost little.
CREATE FUNCTION kroles.apply_or_tell(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
    e kroles.list_error;
    relation text;
    rule text;
BEGIN
    PERFORM kroles.apply_list(list, rows);
EXCEPTION WHEN OTHERS THEN
    -- errors that the rows did not cause (a deadlock, a full disk) end the import
    IF SQLSTATE !~ '^(21|22|23|44|P0|42501|42704|55000)' THEN
        RAISE;
    ELSIF n > 1 THEN
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[:n / 2]);
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[n / 2 + 1:]);
    ELSE
        GET STACKED DIAGNOSTICS relation = TABLE_NAME, rule = CONSTRAINT_NAME, e.column_name = COLUMN_NAME, e.message = MESSAGE_TEXT;
        e.column_name := CASE WHEN relation = list THEN coalesce(nullif(e.column_name, ''), kroles.column_of(relation, rule)) END;
        e.line := (rows[1]).line;
        e.code := SQLSTATE;
        e.value := kroles.shown((rows[1]).cells[array_position(kroles.list_fields(list), e.column_name)]);
        RETURN NEXT e;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_or_tell(text, kroles.list_row[]) IS
    'Applies the rows of the list that can be applied, and returns the errors of the others';

CREATE FUNCTION kroles.without_errors(rows kroles.list_row[], errors kroles.list_error[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF errors <> '{}' THEN
        rows := ARRAY(SELECT ROW(r.line, r.cells)::kroles.list_row FROM unnest(rows) AS r
                      WHERE r.line NOT IN (SELECT e.line FROM unnest(errors) AS e) ORDER BY r.line);
    END IF;
    RETURN rows;
END $$;
COMMENT ON FUNCTION kroles.without_errors(kroles.list_row[], kroles.list_error[]) IS 'The rows without an error';

CREATE FUNCTION kroles.import_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    portion CONSTANT int := 10000;
    total int := cardinality(rows);
    part kroles.list_row[];
    errors kroles.list_error[];
BEGIN
    FOR done IN 0 .. total - 1 BY portion LOOP
        part := rows[done + 1 : done + portion];
        errors := ARRAY(SELECT e FROM kroles.list_errors(list, part) AS e);
        RETURN QUERY SELECT * FROM unnest(errors);
        part := kroles.without_errors(part, errors);
        IF part <> '{}' THEN
            RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, part);
        END IF;
        IF total > portion THEN
            RAISE NOTICE '% of % rows', least(done + portion, total), total;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.import_rows(text, kroles.list_row[]) IS
    'Imports the valid rows of a list, in batches of 10,000, and returns the errors of the others';

CREATE FUNCTION kroles.refuse_list(place text, errors kroles.list_error[], hint text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_lines text := (SELECT string_agg(concat_ws(', ', place || ' ' || e.line, 'column "' || e.column_name || '"', '"' || e.value || '"')
                                           || ': ' || e.message, E'\n' ORDER BY n)
                         FROM unnest(errors[:20]) WITH ORDINALITY AS e (line, column_name, value, code, message, n));
    codes text[] := ARRAY(SELECT DISTINCT e.code FROM unnest(errors) AS e);
BEGIN
    RAISE EXCEPTION 'the list has % %, and no row was imported', cardinality(errors), CASE cardinality(errors) WHEN 1 THEN 'error' ELSE 'errors' END
        USING ERRCODE = CASE cardinality(codes) WHEN 1 THEN codes[1] ELSE '22000' END,
            DETAIL = first_lines || CASE WHEN cardinality(errors) > 20 THEN E'\n…' ELSE '' END,
            HINT = coalesce(hint, 'Use kroles_import_users() or a similar function with on_error => ''check'' to get all errors of a file as rows.');
END $$;
COMMENT ON FUNCTION kroles.refuse_list(text, kroles.list_error[], text) IS 'Raises the error for a list that is imported as a whole or not at all; with the SQLSTATE of its errors where they have the same one';

CREATE FUNCTION kroles.import_list(list text, csv text, on_error text) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    read record;
    errors kroles.list_error[];
    total int;
BEGIN
    IF on_error IS NULL OR on_error NOT IN ('stop', 'report', 'check') THEN
        RAISE EXCEPTION 'on_error must be "stop", "report" or "check"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_asker(list);
    SELECT * INTO read FROM kroles.read_list(list, csv);
    total := cardinality(read.rows) + cardinality(read.errors);
    errors := read.errors || ARRAY(SELECT e FROM kroles.repeated_rows(list, read.rows) AS e);
    BEGIN
        errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, kroles.without_errors(read.rows, errors)) AS e);
        IF on_error = 'check' THEN
            RAISE EXCEPTION USING ERRCODE = 'KR001';
        END IF;
    EXCEPTION WHEN SQLSTATE 'KR001' THEN
        NULL;   -- the changes are rolled back; the errors are returned
    END;
    errors := ARRAY(SELECT ROW(e.line, coalesce(read.headings[array_position(kroles.list_fields(list), e.column_name)], e.column_name),
                               e.value, e.code, e.message)::kroles.list_error
                    FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code);
    IF on_error = 'stop' AND errors <> '{}' THEN
        PERFORM kroles.refuse_list('line', errors,
            'With on_error => ''check'' all errors are returned as rows and nothing is imported; with ''report'' the other rows are imported.');
    END IF;
    RAISE NOTICE '% of % rows are %', total - (SELECT count(DISTINCT e.line) FROM unnest(errors) AS e), total,
        CASE on_error WHEN 'check' THEN 'right' ELSE 'in' END;
    RETURN QUERY SELECT * FROM unnest(errors);
END $$;
COMMENT ON FUNCTION kroles.import_list(text, text, text) IS 'Implementation of kroles_import_users() and similar functions';

CREATE FUNCTION @extschema@.kroles_import_users(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('users', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_users(text, text) IS
    'Imports users from the text of a CSV file with our column names or Kaltura''s: logins, names, applicative roles, groups. on_error "stop": imports all rows or raises an error with the line and column of each mistake; "report": imports the valid rows and returns the errors as rows; "check": imports nothing and returns the errors. For administrators';

CREATE FUNCTION @extschema@.kroles_import_group_members(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('group_members', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_group_members(text, text) IS
    'Imports members of groups from the text of a CSV file; creates groups that do not exist. on_error as for kroles_import_users. For administrators';

CREATE FUNCTION @extschema@.kroles_import_space_members(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('space_members', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_space_members(text, text) IS
    'Imports members of channels and galleries from the text of a CSV file with our column names or Kaltura''s. on_error as for kroles_import_users. Each row requires manage_members on its space';
