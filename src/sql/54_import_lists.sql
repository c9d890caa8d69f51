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

-- Errors that the rows did not cause (a deadlock, a full disk) end the import.
CREATE FUNCTION kroles.is_error_of_rows(code text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN code ~ '^(21|22|23|44|P0|42501|42704|55000)';
COMMENT ON FUNCTION kroles.is_error_of_rows(text) IS 'Whether an SQLSTATE is that of an error which rows of a list cause';

CREATE FUNCTION kroles.errors_of_applying(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
    e kroles.list_error;
    errors kroles.list_error[] := '{}';
    relation text;
    rule text;
BEGIN
    BEGIN
        PERFORM kroles.apply_list(list, rows);
        RAISE EXCEPTION USING ERRCODE = 'KR001';
    EXCEPTION WHEN SQLSTATE 'KR001' THEN
        RETURN;     -- the changes are rolled back
    WHEN OTHERS THEN
        IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
            RAISE;
        END IF;
        GET STACKED DIAGNOSTICS relation = TABLE_NAME, rule = CONSTRAINT_NAME, e.column_name = COLUMN_NAME, e.message = MESSAGE_TEXT;
        e.code := SQLSTATE;
        e.message := e.message || CASE rule WHEN 'users_keeps_an_administrator' THEN ': make another user an administrator first' ELSE '' END;
        e.column_name := CASE WHEN relation = list THEN coalesce(nullif(e.column_name, ''), kroles.column_of(relation, rule)) END;
    END;
    IF n > 1 THEN
        errors := ARRAY(SELECT h FROM kroles.errors_of_applying(list, rows[:n / 2]) AS h)
            || ARRAY(SELECT h FROM kroles.errors_of_applying(list, rows[n / 2 + 1:]) AS h);
    END IF;
    IF errors = '{}' THEN   -- it is this row, or rows that do not go together
        errors := ARRAY(SELECT ROW(r.line, e.column_name, kroles.shown(r.cells[array_position(kroles.list_fields(list), e.column_name)]),
                                   e.code, e.message)::kroles.list_error FROM unnest(rows) AS r);
    END IF;
    RETURN QUERY SELECT * FROM unnest(errors);
END $$;
COMMENT ON FUNCTION kroles.errors_of_applying(text, kroles.list_row[]) IS
    'The errors that applying the rows of the list causes, of the rows that cause them; changes nothing';

-- Where applying rows fails, each half is applied on its own, down to single rows, so that few errors cost little.
CREATE FUNCTION kroles.apply_or_tell(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
BEGIN
    PERFORM kroles.apply_list(list, rows);
EXCEPTION WHEN OTHERS THEN
    IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
        RAISE;
    ELSIF n > 1 THEN
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[:n / 2]);
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[n / 2 + 1:]);
    ELSE
        RETURN QUERY SELECT * FROM kroles.errors_of_applying(list, rows);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_or_tell(text, kroles.list_row[]) IS
    'Applies the rows of the list that can be applied, and returns the errors of the others';

-- Rows about the rights of the current user go together: after some of them, others would be judged by other rights.
CREATE FUNCTION kroles.apply_whole(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    errors kroles.list_error[];
BEGIN
    BEGIN
        PERFORM kroles.apply_list(list, rows);
        RETURN;
    EXCEPTION WHEN OTHERS THEN
        IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
            RAISE;
        END IF;
    END;
    errors := ARRAY(SELECT e FROM kroles.errors_of_applying(list, rows) AS e);
    RETURN QUERY SELECT * FROM unnest(errors);
    RETURN QUERY
    SELECT r.line, NULL::text, NULL::text, (errors[1]).code,
           format('not imported, as line %s is not: rows about one''s own rights are imported together', (errors[1]).line)
    FROM unnest(kroles.without_errors(rows, errors)) AS r;
END $$;
COMMENT ON FUNCTION kroles.apply_whole(text, kroles.list_row[]) IS
    'Applies all rows of the list, or none and returns an error for each';

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

CREATE FUNCTION kroles.without_rows(rows kroles.list_row[], others kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF others <> '{}' THEN
        rows := ARRAY(SELECT ROW(r.line, r.cells)::kroles.list_row FROM unnest(rows) AS r
                      WHERE r.line NOT IN (SELECT o.line FROM unnest(others) AS o) ORDER BY r.line);
    END IF;
    RETURN rows;
END $$;
COMMENT ON FUNCTION kroles.without_rows(kroles.list_row[], kroles.list_row[]) IS 'The rows without those others';

CREATE FUNCTION kroles.with_clean_cells(list text, rows kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place int := array_position(kroles.list_fields(list), 'login');
    folded boolean := coalesce((SELECT s.case_insensitive_logins FROM kroles.settings AS s), false);
BEGIN
    RETURN ARRAY(SELECT ROW(r.line, ARRAY(SELECT CASE WHEN folded AND c.n = place THEN lower(kroles.cell(c.cell)) ELSE kroles.cell(c.cell) END
                                          FROM unnest(r.cells) WITH ORDINALITY AS c (cell, n) ORDER BY c.n))::kroles.list_row
                 FROM unnest(rows) AS r ORDER BY r.line);
END $$;
COMMENT ON FUNCTION kroles.with_clean_cells(text, kroles.list_row[]) IS
    'The rows without blanks around cells, and with logins in lower case where logins are case-insensitive';

CREATE FUNCTION kroles.distinct_rows(list text, given kroles.list_row[], OUT rows kroles.list_row[], OUT errors kroles.list_error[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF list = 'users' THEN
        SELECT j.joined, j.errors INTO rows, errors FROM kroles.joined_users($2) AS j;
    ELSE
        errors := ARRAY(SELECT e FROM kroles.repeated_rows(list, $2) AS e);
        rows := kroles.without_errors($2, errors);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.distinct_rows(text, kroles.list_row[]) IS
    'The rows with one for each thing that they are about, and errors for those that repeat an earlier one';

CREATE FUNCTION kroles.asker_rows(list text, rows kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own_login text := (SELECT u.login FROM kroles.users AS u WHERE u.id = @extschema@.kroles_current_user());
    concerned kroles.list_row[];
BEGIN
    IF list = 'users' THEN
        RETURN ARRAY(SELECT r FROM unnest(rows) AS r WHERE (r).cells[2] = own_login);
    ELSIF list = 'group_members' THEN
        RETURN '{}';    -- membership of a group makes nobody an administrator
    END IF;
    concerned := ARRAY(SELECT r FROM unnest(rows) AS r WHERE (r).cells[4] = own_login OR (r).cells[5] IS NOT NULL);
    RETURN ARRAY(SELECT r FROM unnest(concerned) AS r
                 WHERE (r).line IN (SELECT m.line FROM kroles.space_member_rows(concerned) AS m WHERE kroles.holds(m.user_id, m.group_id)));
END $$;
COMMENT ON FUNCTION kroles.asker_rows(text, kroles.list_row[]) IS 'The rows that concern the rights of the current user';

CREATE FUNCTION kroles.tell_similar_logins(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    alike text[] := ARRAY(
        SELECT format('"%s" and "%s"', s.first, s.second) FROM (
            SELECT DISTINCT least(u.login COLLATE "C", o.login COLLATE "C") AS first, greatest(u.login COLLATE "C", o.login COLLATE "C") AS second
            FROM kroles.users AS u JOIN kroles.users AS o ON lower(o.login) = lower(u.login) AND o.login <> u.login
            WHERE u.login = ANY (ARRAY(SELECT r.cells[2] FROM unnest(rows) AS r WHERE kroles.list_action(r.cells[1]) IN ('add', 'upsert')))) AS s
        ORDER BY 1 LIMIT 6);
BEGIN
    IF alike <> '{}' THEN
        RAISE NOTICE 'logins that differ in case alone: %', array_to_string(alike[:5], ', ') || CASE WHEN cardinality(alike) > 5 THEN ', …' ELSE '' END
            USING HINT = 'Each is a user of its own. settings.case_insensitive_logins makes them one.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.tell_similar_logins(kroles.list_row[]) IS 'A notice for users of the list whose logins differ from others'' in case alone';

-- A list is judged as it stood before: what it changes about the rights of the current user comes last.
CREATE FUNCTION kroles.import_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    portion CONSTANT int := 10000;
    mine kroles.list_row[] := kroles.asker_rows(list, rows);
    others kroles.list_row[] := kroles.without_rows(rows, mine);
    total int := cardinality(rows);
    many int := cardinality(others);
    part kroles.list_row[];
    errors kroles.list_error[];
BEGIN
    FOR done IN 0 .. many - 1 BY portion LOOP
        part := others[done + 1 : done + portion];
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
    IF list = 'users' THEN
        PERFORM kroles.tell_similar_logins(others);
    END IF;
    IF mine <> '{}' THEN
        errors := ARRAY(SELECT e FROM kroles.list_errors(list, mine) AS e);
        RETURN QUERY SELECT * FROM unnest(errors);
        mine := kroles.without_errors(mine, errors);
        IF mine <> '{}' THEN
            RETURN QUERY SELECT * FROM kroles.apply_whole(list, mine);
        END IF;
    END IF;
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

CREATE FUNCTION kroles.import_list(list text, csv text, on_error text, ignore text[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    read record;
    ready record;
    errors kroles.list_error[];
    total int;
BEGIN
    IF on_error IS NULL OR on_error NOT IN ('stop', 'report', 'check') THEN
        RAISE EXCEPTION 'on_error must be "stop", "report" or "check"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_asker(list);
    SELECT * INTO read FROM kroles.read_list(list, csv, ignore);
    total := cardinality(read.rows) + cardinality(read.errors);
    ready := kroles.distinct_rows(list, kroles.with_clean_cells(list, read.rows));
    errors := read.errors || ready.errors;
    BEGIN
        errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, ready.rows) AS e);
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
COMMENT ON FUNCTION kroles.import_list(text, text, text, text[]) IS 'Implementation of kroles_import_users() and similar functions';

CREATE FUNCTION @extschema@.kroles_import_users(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('users', csv, on_error, ignore);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_users(text, text, text[]) IS
    'Imports users from the text of a CSV file with our column names or Kaltura''s: logins, names, applicative roles, groups. Unknown columns are an error, except those that "ignore" names. on_error "stop": imports all rows or raises an error with the line and column of each mistake; "report": imports the valid rows and returns the errors as rows; "check": imports nothing and returns the errors. For administrators';

CREATE FUNCTION @extschema@.kroles_import_group_members(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('group_members', csv, on_error, ignore);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_group_members(text, text, text[]) IS
    'Imports members of groups from the text of a CSV file; creates groups that do not exist. on_error as for kroles_import_users. For administrators';

CREATE FUNCTION @extschema@.kroles_import_space_members(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('space_members', csv, on_error, ignore);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_space_members(text, text, text[]) IS
    'Imports members of channels and galleries from the text of a CSV file with our column names or Kaltura''s. on_error as for kroles_import_users. Each row requires manage_members on its space';
