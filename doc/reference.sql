-- Prints doc/reference.md from the comments in the catalog.
--
--   make reference                              in a private server, into doc/reference.md
--   psql -XAtqf doc/reference.sql               in a database without the extension, as a superuser; leaves nothing there
--
-- It lists what applications and administrators can use: functions kroles_*; in the schema kroles, tables, views and types that
-- a role has access to after kroles_grant_access(), signing_keys and the types of the functions' results; and settings. The rest
-- is internal.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
BEGIN;
CREATE SCHEMA reference_functions;
CREATE EXTENSION kroles SCHEMA reference_functions;
CREATE ROLE kroles_reference;
SELECT FROM reference_functions.kroles_grant_access('kroles_reference'), reference_functions.kroles_current_user();
SET LOCAL search_path = pg_catalog;

-- Text of a comment or of SQL, safe in Markdown and in a cell of a table.
CREATE FUNCTION pg_temp.cell(content text) RETURNS text LANGUAGE sql AS
    $$ SELECT regexp_replace(replace(coalesce(content, ''), '<', '&lt;'), '([|*])', '\\\1', 'g') $$;
CREATE FUNCTION pg_temp.code(content text) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce('`' || nullif(replace(content, '|', '\|'), '') || '`', '') $$;
-- SQL as applications write it: without the schema that holds the functions here.
CREATE FUNCTION pg_temp.unqualified(content text) RETURNS text LANGUAGE sql AS
    $$ SELECT replace(content, 'reference_functions.', '') $$;
-- A paragraph, in lines of at most 128 characters.
CREATE FUNCTION pg_temp.paragraph(content text) RETURNS text LANGUAGE sql AS
    $$ SELECT rtrim(regexp_replace(pg_temp.cell(content), '(.{1,128})( +|$)', E'\\1\n', 'g'), E'\n') $$;
-- A comment as paragraphs, of which the one about errors stands apart.
CREATE FUNCTION pg_temp.paragraphs(content text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(pg_temp.paragraph(rtrim(part, ' .') || '.'), E'\n\n' ORDER BY n)
    FROM regexp_split_to_table(content, ' *(?=Errors: )') WITH ORDINALITY AS p (part, n)
$$;

CREATE TEMP VIEW members AS
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles');
CREATE TEMP VIEW functions AS
    SELECT p.oid, p.proname COLLATE "C" AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
           pronargs, has_function_privilege('kroles_reference', p.oid, 'EXECUTE') AS usable, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc p JOIN members m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
    WHERE p.pronamespace = 'reference_functions'::regnamespace AND p.proname LIKE 'kroles\_%';
CREATE TEMP VIEW relations AS
    SELECT c.oid, c.relname COLLATE "C" AS name, c.relkind, obj_description(c.oid, 'pg_class') AS comment,
           (SELECT string_agg(privilege, ', ' ORDER BY n)
            FROM unnest('{SELECT, INSERT, UPDATE, DELETE}'::text[]) WITH ORDINALITY AS p (privilege, n)
            WHERE has_table_privilege('kroles_reference', c.oid, privilege)) AS privileges
    FROM pg_class c
    WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v');

\qecho '# Reference'
\qecho
\qecho '<!-- Made by doc/reference.sql from the comments in the catalog ("make reference"); do not edit. -->'
\qecho
\qecho 'Functions, tables, views, types and settings, as their comments in the catalog describe them (`\\df+ kroles_*`,'
\qecho '`\\d+ kroles.media`, `\\dT+ kroles.*` show the same). Objects of the schema `kroles` that are not listed here are internal.'
\qecho '[model.md](model.md) explains the rules, [operations.md](operations.md#troubleshooting) the SQLSTATEs.'
\qecho
\qecho '- [Functions](#functions)'
\qecho '- [Tables](#tables)'
\qecho '- [Views](#views)'
\qecho '- [Types](#types)'
\qecho '- [Rights](#rights)'
\qecho '- [Settings](#settings)'
\qecho
\qecho '## Functions'
\qecho
\qecho 'They are in the schema in which the extension was created.'
\qecho
SELECT E'### ' || name || E'\n\n' || string_agg(
    E'```\n' || pg_temp.unqualified(format('%s(%s) → %s', name, arguments, result)) || E'\n```\n\n' ||
    pg_temp.paragraphs(comment) ||
    CASE WHEN usable THEN '' ELSE E'\n\nEXECUTE is not granted to application roles.' END,
    E'\n\n' ORDER BY pronargs, arguments COLLATE "C") || E'\n'
FROM functions GROUP BY name ORDER BY name;

\qecho '## Tables'
\qecho
\qecho 'Row-level security, enabled and forced on each, decides which rows a command reaches; triggers refuse further changes.'
\qecho 'Privileges are those that `kroles_grant_access()` gives.'
\qecho
CREATE TEMP VIEW relation_pages AS
    SELECT name, relkind, E'### kroles.' || name || E'\n\n' || pg_temp.paragraphs(comment) || E'\n\nPrivileges: ' || coalesce(privileges, 'none; for superusers') || E'\n\n' ||
        E'| column | type | default | meaning |\n|---|---|---|---|\n' || (
            SELECT string_agg(format('| %s | %s | %s | %s |', pg_temp.code(a.attname),
                    pg_temp.code(format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END),
                    CASE WHEN a.attidentity <> '' THEN 'identity'
                         ELSE pg_temp.code(pg_temp.unqualified(pg_get_expr(d.adbin, d.adrelid))) END,
                    pg_temp.cell(col_description(a.attrelid, a.attnum))), E'\n' ORDER BY a.attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = relations.oid AND a.attnum > 0 AND NOT a.attisdropped) || E'\n' AS page
    FROM relations WHERE privileges IS NOT NULL OR name = 'signing_keys';
SELECT page FROM relation_pages WHERE relkind <> 'v' ORDER BY name;
\qecho '## Views'
\qecho
SELECT page FROM relation_pages WHERE relkind = 'v' ORDER BY name;

\qecho '## Types'
\qecho
\qecho '| type | values | meaning |'
\qecho '|---|---|---|'
SELECT format('| `kroles.%s` | %s | %s |', t.typname,
    coalesce((SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
        (SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)), pg_temp.cell(obj_description(t.oid, 'pg_type')))
FROM pg_type t JOIN members m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typnamespace = 'kroles'::regnamespace AND t.typelem = 0 AND has_type_privilege('kroles_reference', t.oid, 'USAGE')
  AND (t.typtype IN ('e', 'd') OR EXISTS (SELECT FROM functions WHERE result = 'SETOF kroles.' || t.typname))
ORDER BY t.typname COLLATE "C";
\qecho
\qecho '## Rights'
\qecho
\qecho 'The rows of `kroles.rights`: the pairs of kind and action about which one can ask.'
\qecho
\qecho '| kind | action | summary | meaning |'
\qecho '|---|---|---|---|'
SELECT format('| %s | %s | %s | %s |', kind, action, CASE WHEN summary THEN 'yes' ELSE '' END, pg_temp.cell(description))
FROM kroles.rights ORDER BY kind::kroles.object_kind, action::kroles.action;
\qecho
\qecho '## Settings'
\qecho
\qecho 'Those of the site are columns of [kroles.settings](#krolessettings).'
\qecho
\qecho '| setting | default | set by | meaning |'
\qecho '|---|---|---|---|'
-- (PostgreSQL leaves settings that nobody may read out of pg_settings)
\qecho '| `kroles.token` | empty | every role | The signed token (JWT) that says who is asking. Reads `(set)` where one is set. |'
SELECT format('| `%s` | %s | %s | %s |', name, coalesce(nullif(concat_ws(' × ', boot_val, unit), ''), 'empty'),
    CASE context WHEN 'user' THEN 'every role' ELSE 'superusers' END, pg_temp.cell(concat_ws(' ', short_desc, extra_desc)))
FROM pg_settings WHERE name LIKE 'kroles.%' ORDER BY name COLLATE "C";
ROLLBACK;
