-- Import of lists: users, group members and space members from files. A list becomes rows of cells in a fixed order, whether it
-- comes by COPY into a view or as the text of a file. All functions run with the privileges of the caller and use plain DML, so
-- policies and guards apply to each row.

CREATE TYPE kroles.list_row AS (line bigint, cells text[]);
COMMENT ON TYPE kroles.list_row IS 'A row of a list: its cells in the order of kroles.list_fields()';
COMMENT ON COLUMN kroles.list_row.line IS 'The line of the file where the row begins; with COPY, the number of the row';
COMMENT ON COLUMN kroles.list_row.cells IS 'The cells; NULL for a column that the list lacks';

CREATE TYPE kroles.list_error AS (line bigint, column_name text, value text, code text, message text);
COMMENT ON TYPE kroles.list_error IS 'An error in a row of a list';
COMMENT ON COLUMN kroles.list_error.line IS 'The line of the file where the row begins; the header is line 1';
COMMENT ON COLUMN kroles.list_error.column_name IS 'The heading of the column in the file; NULL where the error concerns the whole row';
COMMENT ON COLUMN kroles.list_error.value IS 'The content of the cell, at most 100 characters';
COMMENT ON COLUMN kroles.list_error.code IS 'The SQLSTATE that the same change has in plain SQL';
COMMENT ON COLUMN kroles.list_error.message IS 'The error message';

-- ---- Cells ----

CREATE FUNCTION kroles.cell(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(btrim(content, E' \t\r\n'), '');
COMMENT ON FUNCTION kroles.cell(text) IS 'The content of a cell without surrounding white space; NULL where it is blank';

CREATE FUNCTION kroles.list_action(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(coalesce(kroles.cell(content), '6'))
        WHEN '1' THEN 'add' WHEN '2' THEN 'update' WHEN '3' THEN 'delete' WHEN '6' THEN 'upsert'
        WHEN 'add' THEN 'add' WHEN 'update' THEN 'update' WHEN 'delete' THEN 'delete' WHEN 'upsert' THEN 'upsert'
        ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_action(text) IS 'The action that a cell names: add (1), update (2), delete (3), upsert (6, also for a blank cell); else the content of the cell';

CREATE FUNCTION kroles.list_flag(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower(kroles.cell(content)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN 'true'
                WHEN lower(kroles.cell(content)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN 'false'
                ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_flag(text) IS 'The boolean value that a cell names, true or false; else the content of the cell';

CREATE FUNCTION kroles.list_applicative_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(kroles.cell(content))
        WHEN 'viewerrole' THEN 'viewer' WHEN 'privateonlyrole' THEN 'private_only' WHEN 'adminrole' THEN 'admin'
        WHEN 'unmoderatedadminrole' THEN 'unmoderated_admin' ELSE content END;
COMMENT ON FUNCTION kroles.list_applicative_role(text) IS 'The applicative role with that name in Kaltura; else the cell';

CREATE FUNCTION kroles.list_contextual_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kroles.cell(content)
        WHEN '0' THEN 'manager' WHEN '1' THEN 'moderator' WHEN '2' THEN 'contributor' WHEN '3' THEN 'member' ELSE content END;
COMMENT ON FUNCTION kroles.list_contextual_role(text) IS 'The contextual role with that permissionLevel in Kaltura; else the cell';

CREATE FUNCTION kroles.list_label(content text, labels text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower(kroles.cell(content)) = ANY (labels) THEN lower(kroles.cell(content)) ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_label(text, text[]) IS 'The label that a cell names, compared without case; else the content of the cell';

CREATE FUNCTION kroles.list_sentence(words text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(array_to_string(words, ', '), ', ([^,]*)$', ' and \1');
COMMENT ON FUNCTION kroles.list_sentence(text[]) IS 'An enumeration in a sentence: with commas, and "and" before the last word';

CREATE FUNCTION kroles.list_id(content text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kroles.cell(content) ~ '^-?[0-9]{1,19}$' THEN
        CASE WHEN kroles.cell(content)::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
             THEN kroles.cell(content)::bigint END END;
COMMENT ON FUNCTION kroles.list_id(text) IS 'A cell as an id; NULL where it is not a valid one';

CREATE FUNCTION kroles.list_time(content text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE lower(kroles.cell(content)) WHEN 'never' THEN 'infinity' ELSE kroles.cell(content) END::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.list_time(text) IS 'A cell as a time, with "never" for infinity; NULL where it is not a valid one';

CREATE FUNCTION kroles.shown(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(left(content, 100), '[[:cntrl:]]', '?', 'g');
COMMENT ON FUNCTION kroles.shown(text) IS 'The beginning of a cell, for messages, without control characters';

-- ---- The columns of each list ----

CREATE FUNCTION kroles.list_fields(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE list
        WHEN 'users' THEN '{action, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked,
                            groups, first_name, last_name, screen_name}'::text[]
        WHEN 'group_members' THEN '{action, group_name, login}'::text[]
        WHEN 'space_members' THEN '{action, space_id, external_id, login, group_name, role, expires_at, reference_id,
                                    status}'::text[] END;
COMMENT ON FUNCTION kroles.list_fields(text) IS
    'The fields of a list, in order: first the columns of its view, then those that only files have';

CREATE FUNCTION kroles.list_field(list text, heading text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH h (heading) AS (SELECT lower(regexp_replace(list_field.heading, '^\s*\*|[\s_]', '', 'g')))
    SELECT coalesce(
        (SELECT f FROM unnest(kroles.list_fields(list)) AS f WHERE replace(f, '_', '') = h.heading),
        (SELECT a.field FROM (VALUES
            ('users', 'userid', 'login'), ('users', 'group', 'groups'), ('users', 'role', 'applicative_role'),
            ('group_members', 'userid', 'login'), ('group_members', 'group', 'group_name'),
            ('space_members', 'userid', 'login'), ('space_members', 'group', 'group_name'),
            ('space_members', 'categoryid', 'external_id'), ('space_members', 'categoryreferenceid', 'reference_id'),
            ('space_members', 'permissionlevel', 'role')
        ) AS a (list, heading, field) WHERE a.list = list_field.list AND a.heading = h.heading),
        CASE WHEN list = 'users' AND h.heading ~ '^metadata::kmsuserschema1.*::role$' THEN 'applicative_role' END)
    FROM h;
END;
COMMENT ON FUNCTION kroles.list_field(text, text) IS
    'The field for a heading, which may be ours or Kaltura''s, compared without case and white space; NULL for an unknown heading';

CREATE FUNCTION kroles.check_fields(list text, fields text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    twice text := (SELECT f FROM unnest(fields) AS f WHERE f IS NOT NULL GROUP BY f HAVING count(*) > 1 LIMIT 1);
    missing text := CASE
        WHEN list <> 'space_members' AND NOT fields @> '{login}' THEN 'login'
        WHEN list = 'group_members' AND NOT fields @> '{group_name}' THEN 'group_name'
        WHEN list = 'space_members' AND NOT fields && '{space_id, external_id, reference_id}' THEN 'space_id'
        WHEN list = 'space_members' AND NOT fields && '{login, group_name}' THEN 'login' END;
BEGIN
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION 'the list has two columns for "%"', twice USING ERRCODE = 'duplicate_column', HINT = 'Remove one of them.';
    ELSIF missing IS NOT NULL THEN
        RAISE EXCEPTION 'the list has no column "%"', missing USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The first line must name the columns: %s, or the names that Kaltura uses.',
                array_to_string(kroles.list_fields(list), ', '));
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_fields(text, text[]) IS 'Error 42701 for a header that names a field twice, 22023 for one without a required field';

CREATE FUNCTION kroles.list_places(list text, header text[]) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fields text[] := ARRAY(SELECT kroles.list_field(list, h.heading) FROM unnest(header) WITH ORDINALITY AS h (heading, n) ORDER BY n);
    ignored text[];
BEGIN
    PERFORM kroles.check_fields(list, fields);
    ignored := ARRAY(SELECT left(kroles.shown(h.heading), 40) FROM unnest(header, fields) WITH ORDINALITY AS h (heading, field, n)
                     WHERE h.field IS NULL AND kroles.cell(h.heading) IS NOT NULL ORDER BY n);
    IF ignored <> '{}' THEN
        RAISE NOTICE 'ignoring unknown columns: %', array_to_string(ignored[:20], ', ')
            || CASE WHEN cardinality(ignored) > 20 THEN format(' and %s more', cardinality(ignored) - 20) ELSE '' END;
    END IF;
    RETURN ARRAY(SELECT array_position(fields, f) FROM unnest(kroles.list_fields(list)) WITH ORDINALITY AS w (f, n) ORDER BY n);
END $$;
COMMENT ON FUNCTION kroles.list_places(text, text[]) IS
    'The position of each field in a file, by its header; raises a notice with the columns that are ignored';

-- ---- Reading a file ----

CREATE FUNCTION kroles.csv_rows(csv text, most integer) RETURNS SETOF kroles.list_row
    LANGUAGE c IMMUTABLE PARALLEL UNSAFE ROWS 10000 AS 'MODULE_PATHNAME', 'kroles_csv_rows';
COMMENT ON FUNCTION kroles.csv_rows(text, integer) IS
    'The records of comma-separated values (RFC 4180, parsed by PostgreSQL''s COPY) with the lines where they begin, at most that number';

CREATE FUNCTION kroles.read_list(list text, csv text, OUT rows kroles.list_row[], OUT errors kroles.list_error[], OUT headings text[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    header text[] := (SELECT r.cells FROM kroles.csv_rows(csv, 1) AS r);
    places int[];
BEGIN
    IF header IS NULL THEN
        RAISE EXCEPTION 'the list is empty' USING ERRCODE = 'invalid_parameter_value', HINT = 'The first line must name the columns.';
    END IF;
    places := kroles.list_places(list, header);
    headings := ARRAY(SELECT left(kroles.shown(header[p.place]), 40) FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n);
    WITH records AS MATERIALIZED (
        SELECT r.line, r.cells, cardinality(r.cells) = cardinality(header) AS whole
        FROM kroles.csv_rows(csv, NULL) AS r WHERE r.line > 1
    ), filled AS (
        SELECT * FROM records AS r WHERE EXISTS (SELECT FROM unnest(r.cells) AS c WHERE kroles.cell(c) IS NOT NULL)
    )
    SELECT coalesce(array_agg(ROW(f.line, ARRAY(SELECT kroles.cell(f.cells[p.place]) FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n))
               ::kroles.list_row ORDER BY f.line) FILTER (WHERE f.whole), '{}'),
           coalesce(array_agg(ROW(f.line, NULL, NULL, '22P04', format('the row has %s cells, but the header has %s',
               cardinality(f.cells), cardinality(header)))::kroles.list_error ORDER BY f.line) FILTER (WHERE NOT f.whole), '{}')
    INTO rows, errors FROM filled AS f;
END $$;
COMMENT ON FUNCTION kroles.read_list(text, text) IS
    'The rows of a file without empty lines, errors for rows whose number of cells differs from that of the header, and the heading of each field';

CREATE FUNCTION kroles.repeated_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT k.line, CASE WHEN list = 'users' THEN 'login' END, kroles.shown(k.who), '23505',
           format('duplicate of line %s', k.first_line)
    FROM (SELECT r.line, r.cells[CASE list WHEN 'users' THEN 2 WHEN 'group_members' THEN 3 ELSE 4 END] AS who,
                 min(r.line) OVER (PARTITION BY CASE list WHEN 'users' THEN r.cells[2:2] WHEN 'group_members' THEN r.cells[2:3]
                                                ELSE r.cells[2:5] || r.cells[8:8] END) AS first_line
          FROM unnest(rows) AS r) AS k
    WHERE k.line > k.first_line;
END;
COMMENT ON FUNCTION kroles.repeated_rows(text, kroles.list_row[]) IS 'Errors for rows with the same key as an earlier row';
