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
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_cell';
COMMENT ON FUNCTION kroles.cell(text) IS 'The content of a cell without white space and invisible characters around it; NULL where nothing is left';

CREATE FUNCTION kroles.without_blanks(content text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_without_blanks';
COMMENT ON FUNCTION kroles.without_blanks(text) IS 'The text without any white space and invisible characters';

CREATE FUNCTION kroles.edit_distance(a text, b text) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_edit_distance';
COMMENT ON FUNCTION kroles.edit_distance(text, text) IS 'How many characters two words differ in (Levenshtein); 4 where these are more than 3';

CREATE FUNCTION kroles.list_word(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(kroles.cell(content) COLLATE "C");
COMMENT ON FUNCTION kroles.list_word(text) IS 'The content of a cell that is one of our words, in lower case';

CREATE FUNCTION kroles.list_action(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE coalesce(kroles.list_word(content), '6')
        WHEN '1' THEN 'add' WHEN '2' THEN 'update' WHEN '3' THEN 'delete' WHEN '6' THEN 'upsert'
        WHEN 'add' THEN 'add' WHEN 'update' THEN 'update' WHEN 'delete' THEN 'delete' WHEN 'upsert' THEN 'upsert'
        ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_action(text) IS 'The action that a cell names: add (1), update (2), delete (3), upsert (6, also for a blank cell); else the content of the cell';

CREATE FUNCTION kroles.list_flag(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kroles.list_word(content) IN ('true', 't', 'yes', 'y', 'on', '1') THEN 'true'
                WHEN kroles.list_word(content) IN ('false', 'f', 'no', 'n', 'off', '0') THEN 'false'
                ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_flag(text) IS 'The boolean value that a cell names, true or false; else the content of the cell';

CREATE FUNCTION kroles.list_applicative_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kroles.list_word(content)
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
    RETURN CASE WHEN kroles.list_word(content) = ANY (labels) THEN kroles.list_word(content) ELSE kroles.cell(content) END;
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
    RETURN CASE kroles.list_word(content) WHEN 'never' THEN 'infinity' ELSE kroles.cell(content) END::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.list_time(text) IS 'A cell as a time, with "never" for infinity; NULL where it is not a valid one';

-- (A blank cell leaves what there was.)
CREATE FUNCTION kroles.list_start(content text, former timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN kroles.cell(content) IS NULL THEN former WHEN kroles.list_word(content) <> 'always' THEN kroles.list_time(content) END;
COMMENT ON FUNCTION kroles.list_start(text, timestamptz) IS 'A cell as the start of a grant, with "always" for none; the former one where it is blank';

CREATE FUNCTION kroles.list_end(content text, former timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN kroles.cell(content) IS NULL THEN former ELSE nullif(kroles.list_time(content), 'infinity') END;
COMMENT ON FUNCTION kroles.list_end(text, timestamptz) IS 'A cell as the end of a grant, with "never" for none; the former one where it is blank';

-- What is wrong with the times of a row: the cells, and the start and end that they come to.
CREATE FUNCTION kroles.window_errors(starts text, ends text, starts_at timestamptz, expires_at timestamptz)
    RETURNS TABLE (column_name text, value text, code text, message text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'starts_at', starts, '22007', 'invalid time'
    WHERE kroles.cell(starts) IS NOT NULL AND kroles.list_word(starts) <> 'always' AND kroles.list_time(starts) IS NULL
    UNION ALL SELECT 'expires_at', ends, '22007', 'invalid time' WHERE kroles.cell(ends) IS NOT NULL AND kroles.list_time(ends) IS NULL
    UNION ALL SELECT 'expires_at', ends, '23514', 'the end must be later than the start' WHERE starts_at >= expires_at
$$;
COMMENT ON FUNCTION kroles.window_errors(text, text, timestamptz, timestamptz) IS 'The mistakes in the two times of a row of a list';

CREATE FUNCTION kroles.masked(content text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_masked';
COMMENT ON FUNCTION kroles.masked(text) IS 'The text with "?" for each control or invisible character, and each white space but a plain space';

CREATE FUNCTION kroles.shown(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kroles.masked(left(content, 100));
COMMENT ON FUNCTION kroles.shown(text) IS 'The beginning of a cell, for messages, without control characters and invisible ones';

-- ---- The columns of each list ----

CREATE FUNCTION kroles.list_fields(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE list
        WHEN 'users' THEN '{action, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked,
                            groups, first_name, last_name, screen_name}'::text[]
        WHEN 'group_members' THEN '{action, group_name, login, starts_at, expires_at}'::text[]
        WHEN 'space_members' THEN '{action, space_id, external_id, login, group_name, role, expires_at, starts_at,
                                    reference_id, status}'::text[] END;
COMMENT ON FUNCTION kroles.list_fields(text) IS
    'The fields of a list, in order: first the columns of its view, then those that only files have';

CREATE FUNCTION kroles.list_headings(list text) RETURNS TABLE (heading text, field text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT f, f FROM unnest(kroles.list_fields(list)) AS f
    UNION ALL
    SELECT k.heading, k.field FROM (VALUES
        ('users', 'userId', 'login'), ('users', 'group', 'groups'), ('users', 'role', 'applicative_role'),
        ('users', 'firstName', 'first_name'), ('users', 'lastName', 'last_name'), ('users', 'screenName', 'screen_name'),
        ('users', 'tags', NULL), ('users', 'gender', NULL), ('users', 'zip', NULL), ('users', 'country', NULL),
        ('users', 'state', NULL), ('users', 'city', NULL), ('users', 'dateOfBirth', NULL), ('users', 'partnerData', NULL),
        ('users', 'userRoles', NULL),
        ('group_members', 'userId', 'login'), ('group_members', 'group', 'group_name'),
        ('group_members', 'firstName', NULL), ('group_members', 'lastName', NULL), ('group_members', 'screenName', NULL),
        ('group_members', 'email', NULL), ('group_members', 'tags', NULL), ('group_members', 'gender', NULL),
        ('group_members', 'zip', NULL), ('group_members', 'country', NULL), ('group_members', 'state', NULL),
        ('group_members', 'city', NULL), ('group_members', 'dateOfBirth', NULL), ('group_members', 'partnerData', NULL),
        ('group_members', 'userRoles', NULL),
        ('space_members', 'userId', 'login'), ('space_members', 'group', 'group_name'),
        ('space_members', 'categoryId', 'external_id'), ('space_members', 'categoryReferenceId', 'reference_id'),
        ('space_members', 'permissionLevel', 'role'), ('space_members', 'categoryUserId', NULL), ('space_members', 'updateMethod', NULL)
    ) AS k (list, heading, field) WHERE k.list = list_headings.list;
END;
COMMENT ON FUNCTION kroles.list_headings(text) IS
    'The headings that a list may have, ours and Kaltura''s, and the field that each stands for; NULL for a column of Kaltura''s format that is not stored';

CREATE FUNCTION kroles.heading(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(lower(btrim(replace(kroles.without_blanks(content), '_', ''), '*') COLLATE "C"), '');
COMMENT ON FUNCTION kroles.heading(text) IS
    'A heading as headings are compared: in lower case, without white space, invisible characters, "_" and the mark "*" of Kaltura''s header; NULL for a blank one';

CREATE FUNCTION kroles.known_headings(list text, header text[]) RETURNS TABLE (place integer, heading text, known boolean, field text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH ours AS MATERIALIZED (
        SELECT DISTINCT kroles.heading(k.heading) AS heading, k.field FROM kroles.list_headings(list) AS k
    ), theirs AS MATERIALIZED (
        SELECT h.n::integer AS place, kroles.heading(h.heading) AS heading FROM unnest(header) WITH ORDINALITY AS h (heading, n)
    )
    SELECT t.place, t.heading,
           o.heading IS NOT NULL OR m.role OR m.other,
           coalesce(o.field, CASE WHEN m.role THEN 'applicative_role' END)
    FROM theirs AS t LEFT JOIN ours AS o ON o.heading = t.heading
    -- columns of metadata schemas: the role, or what a site has added
    CROSS JOIN LATERAL (SELECT list = 'users' AND coalesce(t.heading ~ '^metadata::kmsuserschema1.*::role$', false),
                               list <> 'space_members' AND coalesce(t.heading ~ '^metadata::.+::' AND t.heading !~ 'userschema|::[^:]*rol[^:]*$', false))
        AS m (role, other)
    ORDER BY t.place;
END;
COMMENT ON FUNCTION kroles.known_headings(text, text[]) IS
    'The headings of a header: as they are compared, whether they are known, and the field of each';

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

-- A wrong heading must not turn a list of deletions into one of additions, so an unknown column is an error.
CREATE FUNCTION kroles.refuse_headings(list text, unknown text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    meant text := (SELECT string_agg(format('"%s" may mean "%s".', left(kroles.shown(kroles.cell(u.heading)), 40), k.heading), ' ' ORDER BY u.n)
        FROM unnest(unknown[:20]) WITH ORDINALITY AS u (heading, n)
        CROSS JOIN LATERAL (
            SELECT s.heading FROM (VALUES (kroles.heading(u.heading))) AS h (heading),
            LATERAL (SELECT l.heading, kroles.heading(l.heading) AS compared, l.field IS NULL AS dropped FROM kroles.list_headings(list) AS l
                     UNION ALL SELECT 'metadata::KMS_USERSCHEMA1_…::role', 'metadata::kmsuserschema1::role', false WHERE list = 'users') AS s
            CROSS JOIN LATERAL (SELECT CASE
                WHEN h.heading LIKE 'metadata::%' THEN CASE WHEN s.compared LIKE 'metadata::%' THEN 0 END
                WHEN kroles.edit_distance(h.heading, s.compared) <= least(3, length(s.compared) / 2) THEN kroles.edit_distance(h.heading, s.compared)
                WHEN length(s.compared) > 3 AND (strpos(h.heading, s.compared) > 0 OR length(h.heading) > 3 AND strpos(s.compared, h.heading) > 0)
                THEN 4 WHEN length(h.heading) > 4 AND left(h.heading, 5) = left(s.compared, 5) THEN 5 END) AS d (distance)
            WHERE d.distance IS NOT NULL ORDER BY d.distance, s.dropped, s.heading LIMIT 1) AS k);
BEGIN
    RAISE EXCEPTION 'the list has unknown columns: %', (SELECT string_agg(left(kroles.shown(kroles.cell(u)), 40), ', ' ORDER BY n)
                                                         FROM unnest(unknown[:20]) WITH ORDINALITY AS u (u, n))
            || CASE WHEN cardinality(unknown) > 20 THEN format(' and %s more', cardinality(unknown) - 20) ELSE '' END
        USING ERRCODE = 'undefined_column', DETAIL = coalesce(meant, format('The columns are: %s.', array_to_string(kroles.list_fields(list), ', '))),
            HINT = 'Correct the headings, which commas must separate, or name the columns to be ignored: ignore => ''{...}''.';
END $$;
COMMENT ON FUNCTION kroles.refuse_headings(text, text[]) IS 'Error 42703 for headings that the list does not have, with those that they may mean';

CREATE FUNCTION kroles.list_places(list text, header text[], ignore text[]) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unwanted text[] := ARRAY(SELECT coalesce(kroles.heading(i), '') FROM unnest(ignore) AS i);
    fields text[];
    unknown text[];
    dropped text[];
BEGIN
    IF EXISTS (SELECT FROM unnest(unwanted) AS u WHERE u = 'action') THEN
        RAISE EXCEPTION 'the column "action" cannot be ignored' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Without it, a list of deletions would add what it is to delete.';
    END IF;
    SELECT array_agg(k.field ORDER BY k.place),
           coalesce(array_agg(header[k.place] ORDER BY k.place) FILTER (WHERE k.heading IS NOT NULL AND NOT k.known), '{}'),
           coalesce(array_agg(left(kroles.shown(kroles.cell(header[k.place])), 40) ORDER BY k.place) FILTER (WHERE k.known AND k.field IS NULL), '{}')
    INTO fields, unknown, dropped
    FROM (SELECT k.place, k.heading, k.known OR u.wanted IS NOT TRUE AS known, CASE WHEN u.wanted THEN k.field END AS field
          FROM kroles.known_headings(list, header) AS k, LATERAL (SELECT k.heading <> ALL (unwanted)) AS u (wanted)) AS k;
    IF unknown <> '{}' THEN
        PERFORM kroles.refuse_headings(list, unknown);
    END IF;
    PERFORM kroles.check_fields(list, fields);
    IF dropped <> '{}' THEN
        RAISE NOTICE 'ignoring columns: %', array_to_string(dropped[:20], ', ')
            || CASE WHEN cardinality(dropped) > 20 THEN format(' and %s more', cardinality(dropped) - 20) ELSE '' END;
    END IF;
    RETURN ARRAY(SELECT array_position(fields, f) FROM unnest(kroles.list_fields(list)) WITH ORDINALITY AS w (f, n) ORDER BY n);
END $$;
COMMENT ON FUNCTION kroles.list_places(text, text[], text[]) IS
    'The position of each field in a file, by its header; raises a notice with the columns that are ignored, an error for unknown ones';

-- ---- Reading a file ----

CREATE FUNCTION kroles.csv_rows(csv text, most integer) RETURNS SETOF kroles.list_row
    LANGUAGE c IMMUTABLE PARALLEL UNSAFE ROWS 10000 AS 'MODULE_PATHNAME', 'kroles_csv_rows';
COMMENT ON FUNCTION kroles.csv_rows(text, integer) IS
    'The records of comma-separated values (RFC 4180, parsed by PostgreSQL''s COPY) with the lines where they begin, at most that number';
