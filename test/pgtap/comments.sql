-- Everything of the extension says what it is: schema, tables, views, columns, sequences, types, functions, triggers.
\ir lib/begin.psql

CREATE TEMP VIEW members AS
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles');

SELECT cmp_ok((SELECT count(*) FROM members), '>', 30::bigint, 'there are objects to look at');
SELECT isnt(obj_description(oid, 'pg_extension'), NULL, 'the extension has a comment')
FROM pg_extension WHERE extname = 'kroles';

SELECT is_empty($$SELECT objid::regnamespace FROM members
    WHERE classid = 'pg_namespace'::regclass AND obj_description(objid, 'pg_namespace') IS NULL$$,
    'schemas without a comment');
SELECT is_empty($$SELECT c.relname, c.relkind FROM members m JOIN pg_class c ON c.oid = m.objid
    WHERE m.classid = 'pg_class'::regclass AND c.relkind <> 'S' AND obj_description(c.oid, 'pg_class') IS NULL
    ORDER BY 1$$, 'tables and views without a comment');
SELECT is_empty($$SELECT c.relname, a.attname FROM members m JOIN pg_class c ON c.oid = m.objid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE m.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
      AND col_description(c.oid, a.attnum) IS NULL
    ORDER BY 1, a.attnum$$, 'columns without a comment');
SELECT is_empty($$SELECT t.typname FROM members m JOIN pg_type t ON t.oid = m.objid
    WHERE m.classid = 'pg_type'::regclass AND t.typrelid = 0 AND t.typelem = 0
      AND obj_description(t.oid, 'pg_type') IS NULL ORDER BY 1$$, 'types without a comment');
SELECT is_empty($$SELECT m.objid::regprocedure FROM members m
    WHERE m.classid = 'pg_proc'::regclass AND obj_description(m.objid, 'pg_proc') IS NULL ORDER BY 1$$,
    'functions without a comment');

SELECT * FROM finish();
ROLLBACK;
