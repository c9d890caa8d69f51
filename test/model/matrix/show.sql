-- How matrix.sql keeps and prints its tables.
CREATE SCHEMA matrix;
SET search_path = matrix, public;

-- A table to print: rows, and blocks of columns side by side, in the order of insertion.
CREATE TABLE cell (
    n bigint GENERATED ALWAYS AS IDENTITY, part text, line text, block text, col text, content text);

CREATE FUNCTION show(part text) RETURNS SETOF text LANGUAGE sql AS $$
    WITH here AS (SELECT *, CASE WHEN lag(block) OVER (PARTITION BY line ORDER BY n) = block THEN '' ELSE '| ' END AS bar
                  FROM cell WHERE cell.part = $1),
         columns AS (SELECT block, col, bar, min(n) AS n, 1 + greatest(length(col), max(length(content))) AS wide
                     FROM here GROUP BY block, col, bar),
         blocks AS (SELECT block, min(n) AS n, sum(wide + length(bar))::integer - 2 AS wide FROM columns GROUP BY block),
         lines AS (SELECT line, min(h.n) AS n, string_agg(bar || rpad(content, wide), '' ORDER BY h.n) AS text
                   FROM here AS h JOIN columns AS c USING (block, col, bar) GROUP BY line),
         name AS (SELECT max(length(line)) + 1 AS wide FROM lines)
    SELECT rtrim(text) FROM (
        SELECT -2 AS n, rpad('', name.wide) || string_agg('| ' || rpad(block, blocks.wide), '' ORDER BY n) AS text
        FROM blocks, name GROUP BY name.wide HAVING count(*) > 1 OR max(block) <> ''
        UNION ALL
        SELECT -1, rpad('', name.wide) || string_agg(bar || rpad(col, c.wide), '' ORDER BY n)
        FROM columns AS c, name GROUP BY name.wide
        UNION ALL
        SELECT n, rpad(line, name.wide) || text FROM lines, name) AS printed
    ORDER BY n
$$;

-- One cell for several answers that should be the same: '?' where they are not.
CREATE FUNCTION x(answers boolean[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN true = ALL (answers) THEN 'x' WHEN false = ALL (answers) THEN '' ELSE '?' END
$$;
CREATE FUNCTION x(answer boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE answer WHEN true THEN 'x' WHEN false THEN '' ELSE '?' END
$$;

-- The effective role in a space, told from what it allows a private_only person there.
CREATE FUNCTION effective(person bigint, kind kroles.object_kind, id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN kroles_can(person, 'manage', kind, id) THEN 'manager'
                WHEN kroles_can(person, 'moderate', kind, id) THEN 'moderator'
                WHEN kroles_can(person, 'contribute', kind, id) THEN 'contributor'
                WHEN kroles_can(person, 'view', kind, id) THEN 'member' ELSE '' END
$$;
