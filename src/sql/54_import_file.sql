-- The text of a file as the rows of a list: comments, headers, and what belongs together.

-- Within a list, lines that begin with "#" are comments, and a line that begins with "*" is a header; so is one that has nothing but
-- headings, as where files were joined (of a single heading, that of the one column that a list can do with).
CREATE FUNCTION kroles.header_places(list text, records kroles.list_row[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS MATERIALIZED (SELECT array_agg(DISTINCT kroles.heading(k.heading)) AS words FROM kroles.list_headings(list) AS k)
    SELECT coalesce(array_agg(r.n ORDER BY r.n), '{}')
    FROM known, unnest(records) WITH ORDINALITY AS r (line, cells, n)
    WHERE r.n = 1 OR kroles.cell(r.cells[1]) LIKE '*%'
       OR coalesce(cardinality(r.cells) = 1 AND kroles.heading(r.cells[1]) IN ('login', 'userid'), false)
       OR coalesce(kroles.heading(r.cells[1]) = ANY (known.words)
                   AND (SELECT bool_and(k.known) AND count(*) > 1 FROM kroles.known_headings(list, r.cells) AS k WHERE k.heading IS NOT NULL), false)
$$;
COMMENT ON FUNCTION kroles.header_places(text, kroles.list_row[]) IS 'Which records of a file are headers; the first is one always';

CREATE FUNCTION kroles.read_list(list text, csv text, ignore text[], OUT rows kroles.list_row[], OUT errors kroles.list_error[], OUT headings text[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    records kroles.list_row[];
    comments bigint;
    headers bigint[];
    header text[];
    places int[];
    all_places int[] := '{}';
    widths int[] := '{}';
    blank int[] := '{}';
    any_blank boolean := false;
    quoted bigint;
    login_at int := array_position(kroles.list_fields(list), 'login');
BEGIN
    SELECT coalesce(array_agg(ROW(r.line, r.cells)::kroles.list_row ORDER BY r.line) FILTER (WHERE NOT r.comment), '{}'),
           count(*) FILTER (WHERE r.comment),
           min(r.line) FILTER (WHERE r.cells[1] LIKE '#_%' AND EXISTS (SELECT FROM unnest(r.cells[2:]) AS c WHERE kroles.cell(c) IS NOT NULL))
    INTO records, comments, quoted
    FROM (SELECT r.line, r.cells, coalesce(kroles.cell(r.cells[1]) LIKE '#%', false) AS comment FROM kroles.csv_rows(csv, NULL) AS r
          WHERE EXISTS (SELECT FROM unnest(r.cells) AS c WHERE kroles.cell(c) IS NOT NULL)) AS r;
    -- (Of a comment csv_rows() leaves "#" alone: what follows it here was in quotes. Without other cells it is a comment that some
    -- program has quoted; with others it may be a name.)
    IF quoted IS NOT NULL THEN
        RAISE EXCEPTION 'line % begins with "#" in quotes', quoted USING ERRCODE = 'bad_copy_file_format',
            HINT = 'A comment begins with # without quotes; a name that begins with # cannot be imported as the first cell: put another column first.';
    END IF;
    IF comments > 0 THEN
        RAISE NOTICE 'ignoring % % with "#"', comments, CASE comments WHEN 1 THEN 'line that begins' ELSE 'lines that begin' END;
    END IF;
    IF records = '{}' THEN
        RAISE EXCEPTION 'the list is empty' USING ERRCODE = 'invalid_parameter_value', HINT = 'The first line must name the columns.';
    END IF;
    headers := kroles.header_places(list, records);
    FOR i IN 1 .. cardinality(headers) LOOP
        IF i = 1 OR header <> (records[headers[i]]).cells THEN
            header := (records[headers[i]]).cells;
            places := kroles.list_places(list, header, ignore);
        END IF;
        all_places := all_places || ARRAY[places];
        widths := widths || cardinality(header);
        any_blank := any_blank OR EXISTS (SELECT FROM unnest(header) AS h WHERE kroles.heading(h) IS NULL);
        headings := ARRAY(SELECT coalesce(headings[p.n], left(kroles.shown(kroles.cell(header[p.place])), 40))
                          FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n);
    END LOOP;
    WITH filled AS (
        SELECT r.line, r.cells, r.s, CASE
                   WHEN cardinality(r.cells) <> widths[r.s] THEN
                       format('the row has %s cells, but the header has %s', cardinality(r.cells), widths[r.s])
                   WHEN any_blank AND EXISTS (
                       SELECT FROM unnest(r.cells, (records[headers[r.s]]).cells) AS c (cell, heading)
                       WHERE kroles.cell(c.cell) IS NOT NULL AND kroles.heading(c.heading) IS NULL) THEN
                       'the row has a cell in a column without a heading'
                   WHEN kroles.heading(r.cells[all_places[r.s][login_at]]) IN ('login', 'userid') THEN
                       'the row seems to be a header, but not all of it is headings' END AS wrong
        FROM (SELECT r.line, r.cells, r.n, width_bucket(r.n, headers) AS s FROM unnest(records) WITH ORDINALITY AS r (line, cells, n) OFFSET 0) AS r
        WHERE headers[r.s] <> r.n
    )
    SELECT coalesce(array_agg(ROW(f.line, ARRAY(SELECT kroles.cell(f.cells[all_places[f.s][p]]) FROM generate_series(1, cardinality(headings)) AS p ORDER BY p))
               ::kroles.list_row ORDER BY f.line) FILTER (WHERE f.wrong IS NULL), '{}'),
           coalesce(array_agg(ROW(f.line, NULL, NULL, '22P04', f.wrong)::kroles.list_error ORDER BY f.line) FILTER (WHERE f.wrong IS NOT NULL), '{}')
    INTO rows, errors FROM filled AS f;
END $$;
COMMENT ON FUNCTION kroles.read_list(text, text, text[]) IS
    'The rows of a file without empty lines, comments and headers; errors for rows whose number of cells differs from that of the header before them; and the heading of each field';

-- Rows of a view come without a file: which column was its first is not known.
CREATE FUNCTION kroles.marked_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.line, (kroles.list_fields(list))[k.n], kroles.shown(r.cells[k.n]), '22P04',
           'the row begins with a mark of the file''s format: only kroles_import_' || list || '() reads files with comments and several headers'
    FROM unnest(rows) AS r, LATERAL (
        SELECT min(k) AS n FROM unnest(CASE list WHEN 'users' THEN '{1,2}' WHEN 'group_members' THEN '{1,2,3}' ELSE '{1,2,3,4}' END::int[]) AS k
        WHERE left(r.cells[k], 1) IN ('#', '*') OR k = 1 AND kroles.heading(r.cells[1]) = 'action'
           OR (kroles.list_fields(list))[k] = 'login' AND kroles.heading(r.cells[k]) IN ('login', 'userid')) AS k
    WHERE k.n IS NOT NULL
$$;
COMMENT ON FUNCTION kroles.marked_rows(text, kroles.list_row[]) IS 'For a view: errors for rows that are comments or headers of a file';

-- ---- What belongs together ----

CREATE FUNCTION kroles.named_space(by_id text, external_id text, reference_id text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN by_id IS NOT NULL THEN (SELECT i.id FROM kroles.spaces AS i WHERE i.id = kroles.list_id(by_id))
        ELSE coalesce((SELECT e.id FROM kroles.spaces AS e WHERE e.external_id = named_space.external_id),
                      (SELECT f.id FROM kroles.spaces AS f WHERE f.external_id = named_space.reference_id)) END;
END $$;
COMMENT ON FUNCTION kroles.named_space(text, text, text) IS 'The space that a row of a list names, where the current user sees it';

CREATE FUNCTION kroles.repeated_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    IF list = 'users' THEN
        RETURN;     -- kroles.joined_users() finds those
    END IF;
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.line, r.cells, ARRAY[r.cells[2], r.cells[3], r.cells[8]] AS space FROM unnest(rows) AS r
    ), spaces AS MATERIALIZED (
        -- a space by its id and by its external id is the same one
        SELECT s.space, kroles.named_space(s.space[1], s.space[2], s.space[3]) AS id
        FROM (SELECT DISTINCT d.space FROM said AS d WHERE list = 'space_members') AS s
    ), keyed AS (
        SELECT d.line, CASE list WHEN 'group_members' THEN d.cells[3] ELSE d.cells[4] END AS login,
               CASE list WHEN 'group_members' THEN ROW(kroles.cell(ltrim(d.cells[2], '-')), d.cells[3])::text
                         ELSE ROW(coalesce(p.id::text, d.space::text), d.cells[4], d.cells[5])::text END AS key
        FROM said AS d LEFT JOIN spaces AS p ON p.space = d.space
    )
    SELECT k.line, NULL, kroles.shown(k.login), '23505', format('duplicate of line %s', k.first_line)
    FROM (SELECT y.line, y.login, min(y.line) OVER (PARTITION BY y.key) AS first_line FROM keyed AS y) AS k
    WHERE k.line > k.first_line;
END $$;
COMMENT ON FUNCTION kroles.repeated_rows(text, kroles.list_row[]) IS
    'Errors for rows about the same as an earlier row, however they name it, as far as the current user sees it';

CREATE FUNCTION kroles.joined_user(a kroles.list_row, b kroles.list_row, OUT joined kroles.list_row, OUT error kroles.list_error)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actions text[] := ARRAY[kroles.list_action(a.cells[1]), kroles.list_action(b.cells[1])];
    differs int := (SELECT min(i) FROM generate_series(3, cardinality(a.cells)) AS i
                    WHERE i <> 11 AND a.cells[i] <> b.cells[i] AND NOT (i = 8 AND kroles.list_applicative_role(a.cells[i]) = kroles.list_applicative_role(b.cells[i])));
BEGIN
    IF 'delete' = ANY (actions) OR actions[2] NOT IN ('update', 'upsert') AND (actions[2] <> 'add' OR actions[1] <> 'add')
        OR NOT EXISTS (SELECT * FROM kroles.group_words(b.cells[11]) EXCEPT SELECT * FROM kroles.group_words(a.cells[11]))
           AND NOT EXISTS (SELECT FROM generate_series(3, cardinality(a.cells)) AS i WHERE i <> 11 AND a.cells[i] IS NULL AND b.cells[i] IS NOT NULL) THEN
        error := ROW(b.line, 'login', kroles.shown(b.cells[2]), '23505', format('duplicate of line %s', a.line));
    ELSIF differs IS NOT NULL THEN
        error := ROW(b.line, (kroles.list_fields('users'))[differs], kroles.shown(b.cells[differs]), '23505',
            format('line %s says something else of this user', a.line));
    ELSE
        joined := ROW(a.line, ARRAY(SELECT CASE i WHEN 11 THEN concat_ws(', ', a.cells[i], b.cells[i]) ELSE coalesce(a.cells[i], b.cells[i]) END
                                    FROM generate_series(1, cardinality(a.cells)) AS i ORDER BY i));
    END IF;
END $$;
COMMENT ON FUNCTION kroles.joined_user(kroles.list_row, kroles.list_row) IS
    'A row of a user and a later one that adds groups or cells to it, as one row; or the error that they are no such rows';

-- Kaltura writes a line for each group of a user.
CREATE FUNCTION kroles.joined_users(rows kroles.list_row[], OUT joined kroles.list_row[], OUT errors kroles.list_error[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    next record;
    one kroles.list_row;
    pair record;
BEGIN
    errors := '{}';
    joined := ARRAY(SELECT ROW(k.line, k.cells)::kroles.list_row
                    FROM (SELECT r.line, r.cells, count(*) OVER (PARTITION BY r.cells[2]) AS n FROM unnest(rows) AS r) AS k
                    WHERE k.n = 1 OR k.cells[2] IS NULL ORDER BY k.line);
    IF cardinality(joined) = cardinality(rows) THEN
        joined := rows;
        RETURN;
    END IF;
    FOR next IN SELECT k.line, k.cells FROM (SELECT r.line, r.cells, count(*) OVER (PARTITION BY r.cells[2]) AS n FROM unnest(rows) AS r) AS k
             WHERE k.n > 1 AND k.cells[2] IS NOT NULL ORDER BY k.cells[2] COLLATE "C", k.line
    LOOP
        IF one IS NOT NULL AND one.cells[2] = next.cells[2] THEN
            pair := kroles.joined_user(one, ROW(next.line, next.cells)::kroles.list_row);
            IF pair.error IS NULL THEN
                one := pair.joined;
            ELSE
                errors := errors || pair.error;
            END IF;
        ELSE
            IF one IS NOT NULL THEN
                joined := joined || one;
            END IF;
            one := ROW(next.line, next.cells);
        END IF;
    END LOOP;
    joined := ARRAY(SELECT ROW(j.line, j.cells)::kroles.list_row FROM unnest(joined || one) AS j ORDER BY j.line);
END $$;
COMMENT ON FUNCTION kroles.joined_users(kroles.list_row[]) IS
    'The rows of a list of users with one row a user, whose line is the first one; errors for rows that contradict or repeat an earlier one';
