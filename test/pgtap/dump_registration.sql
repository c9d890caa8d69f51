-- pg_dump carries every table with data that people put in, and the sequences that count on behind it.
\ir lib/begin.psql

CREATE TEMP VIEW dumped AS
    SELECT c.oid, c.relname::text, c.relkind, x.condition
    FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS x (oid, condition) JOIN pg_class c ON c.oid = x.oid
    WHERE e.extname = 'kroles';

-- kroles.rights holds only what the extension ships, each database makes a kroles.secret of its own, and an old heartbeat is none.
SELECT set_eq($$SELECT relname FROM dumped WHERE relkind = 'r'$$,
    $$SELECT relname::text FROM pg_class
      WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'r' AND relname NOT IN ('rights', 'secret', 'heartbeat')$$,
    'every table with data of its own is dumped');
SELECT set_eq($$SELECT relname FROM dumped WHERE relkind = 'S'$$,
    $$SELECT relname::text FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind = 'S'$$,
    'every sequence is dumped');
SELECT set_eq($$SELECT relname FROM dumped WHERE condition <> ''$$,
    '{baseline_rights, role_rights, ceiling_rights, role_labels}'::text[],
    'of the matrices and labels some rows are dumped, of everything else all');
SELECT lives_ok(format('SELECT * FROM kroles.%I %s', relname, condition), 'the condition for ' || relname || ' is valid')
FROM dumped WHERE condition <> '';
-- The condition lets through exactly the cells that an administrator changed.
UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) = ('channel', 'member', 'join_room');
SELECT is(query_to_xml(format('SELECT action FROM kroles.role_rights %s', condition), false, false, '')::text LIKE '%join_room%',
    true, 'a changed cell is dumped') FROM dumped WHERE relname = 'role_rights';
SELECT is((xpath('count(//row)', query_to_xml(format('SELECT * FROM kroles.role_rights %s', condition), false, false, '')))[1]::text,
    '1', 'and only the changed one') FROM dumped WHERE relname = 'role_rights';

SELECT * FROM finish();
ROLLBACK;
