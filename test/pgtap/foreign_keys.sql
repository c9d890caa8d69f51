-- Every foreign key of the extension has an index to follow it by, and the tables form no ring of foreign keys.
\ir lib/begin.psql

CREATE TEMP VIEW keys AS
    SELECT oid, conname, conrelid, confrelid, conkey FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'kroles'::regnamespace;
SELECT cmp_ok((SELECT count(*) FROM keys), '>=', 20::bigint, 'there are foreign keys to look at');

-- An index serves when its first columns are the key's, in any order, over all rows or those where one of them is not null, as a key
-- with a null is not followed.
SELECT ok(EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = k.conrelid AND i.indisvalid AND NOT i.indisexclusion
      AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(k.conkey)] @> k.conkey
      AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) IN (
          SELECT '(' || quote_ident(attname) || ' IS NOT NULL)'
          FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = ANY (k.conkey)))),
    format('%s: %s has an index', k.conrelid::regclass, k.conname))
FROM keys k ORDER BY k.conrelid::regclass::text, k.conname;

-- Follow the keys from every table: none leads back to where it began. (A table's key to itself is no ring.)
SELECT is_empty($$
    WITH RECURSIVE path (first, last, way) AS (
        SELECT conrelid, confrelid, ARRAY [conrelid, confrelid] FROM keys WHERE conrelid <> confrelid
        UNION ALL
        SELECT p.first, k.confrelid, p.way || k.confrelid
        FROM path p JOIN keys k ON k.conrelid = p.last AND k.confrelid <> p.last
        WHERE p.first <> p.last AND NOT k.confrelid = ANY (p.way[2:])
    ) SELECT way::regclass[] FROM path WHERE first = last$$, 'no ring of foreign keys');

-- Every column that names a row of another table is a foreign key. Those of the audit log and of retired
-- external ids are none: they outlive what they speak of.
SELECT is_empty($$
    SELECT a.attrelid::regclass, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
      AND (a.attname ~ '_by$' OR a.attname ~ '_id$') AND a.attname <> 'external_id'
      -- (the log outlives what it is about, and a block does not wait for the user's row)
      AND c.relname NOT IN ('access_changes', 'audit_log', 'retired_external_ids', 'user_blocks')
      AND NOT EXISTS (SELECT FROM keys k WHERE k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey))$$,
    'every column that names a row of another table is a foreign key');
SELECT is_empty($$SELECT conname FROM keys WHERE conrelid = 'kroles.audit_log'::regclass$$,
    'the audit log holds nothing back and loses nothing');

-- All are checked and enforced, and at once.
SELECT is_empty($$SELECT conname FROM pg_constraint
    WHERE connamespace = 'kroles'::regnamespace AND (NOT convalidated OR condeferred)$$,
    'no constraint is unchecked or put off to the end of the transaction');

SELECT * FROM finish();
ROLLBACK;
