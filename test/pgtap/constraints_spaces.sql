-- Channels and galleries: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES
    (901, 'channel', 'shared_repository', 'Archive', 901, 'cat-1'),
    (902, 'gallery', 'restricted', 'Arts', 901, NULL);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (903, 'gallery', 'open', 'Film', 901, 902);
SELECT pg_temp.fingerprint() AS before \gset

-- type and kind
\set type_rule spaces_gallery_type_is_open_restricted_or_private
SELECT pg_temp.refused(
    format($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('gallery', %L, 'x', 901)$$, type),
    '23514', :'type_rule', 'a gallery of type ' || type)
FROM unnest('{shared_repository, public_restricted, public_open}'::text[]) AS type;
SELECT pg_temp.refused($$UPDATE kroles.spaces SET type = 'public_open' WHERE id = 902$$, '23514', :'type_rule',
    'a gallery made public_open');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET kind = 'gallery', type = 'open' WHERE id = 901$$, '23514',
    'spaces_kind_is_fixed', 'a channel made a gallery');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET kind = 'channel' WHERE id = 902$$, '23514', 'spaces_kind_is_fixed',
    'a gallery made a channel');
SELECT pg_temp.refused($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (NULL, 'open', 'x', 901)$$,
    '23502', '', 'a space has a kind');
SELECT pg_temp.refused($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('channel', NULL, 'x', 901)$$,
    '23502', '', 'a space has a type');

-- name, ids
SELECT pg_temp.refused(
    format($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('channel', 'open', %L, 901)$$, name),
    '23514', 'spaces_name_is_not_blank', what)
FROM (VALUES ('', 'an empty name of a space'), ('  ', 'a name of spaces'), (E'\t\n', 'a name of a tab and a new line'))
    AS bad (name, what);
SELECT pg_temp.refused($$UPDATE kroles.spaces SET name = NULL WHERE id = 901$$, '23502', '', 'a space has a name');
SELECT pg_temp.refused(format('UPDATE kroles.spaces SET external_id = %L WHERE id = 902', id), '23514', 'spaces_external_id_is_trimmed', what)
FROM (VALUES ('x ', 'an external id with a space behind it'), (U&'x\00A0', 'an external id with a no-break space behind it'),
             (U&'\FEFFx', 'an external id with a byte order mark before it'), (U&'x\2060', 'an external id with a word joiner behind it'))
    AS bad (id, what);
SELECT pg_temp.refused($$UPDATE kroles.spaces SET external_id = '' WHERE id = 901$$, '23514',
    'spaces_external_id_is_not_empty', 'an empty external id');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET external_id = 'cat-1' WHERE id = 902$$, '23505',
    'spaces_external_id_is_unique', 'an external id that a space has');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'open', 'x', 901)$$,
    '23505', 'spaces_id_is_unique', 'an id that a space has');

-- an owner always
SELECT pg_temp.refused($$INSERT INTO kroles.spaces (kind, type, name) VALUES ('channel', 'open', 'x')$$,
    '23502', '', 'a space without an owner');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET owner_id = NULL WHERE id = 901$$, '23502', '',
    'a space that loses its owner');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET owner_id = -1 WHERE id = 901$$, '23503',
    'spaces_owner_must_be_a_user', 'an owner who does not exist');
SELECT pg_temp.refused($$DELETE FROM kroles.users WHERE id = 901$$, '23503', 'spaces_owner_must_be_a_user',
    'a user who owns a space cannot be deleted');

-- the tree of galleries
\set parent_rule spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries
\set cycle_rule spaces_galleries_form_a_tree
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 902 WHERE id = 901$$, '23514',
    'spaces_only_a_gallery_has_a_parent', 'a channel in a gallery');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 901 WHERE id = 902$$, '23503', :'parent_rule',
    'a gallery in a channel');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = -1 WHERE id = 902$$, '23503', :'parent_rule',
    'a gallery in no gallery');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET inherits_members = true WHERE id = 901$$, '23514',
    'spaces_only_a_gallery_inherits_members', 'a channel that inherits members');
SELECT pg_temp.refused($$DELETE FROM kroles.spaces WHERE id = 902$$, '23503', :'parent_rule',
    'a gallery with sub-galleries cannot be deleted');

SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 902 WHERE id = 902$$, '23514',
    :'cycle_rule', 'a cycle of one');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES (904, 'gallery', 'open', 'x', 901, 904)$$,
    '23514', :'cycle_rule', 'a cycle of one from the start');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 903 WHERE id = 902$$, '23514', :'cycle_rule',
    'a cycle of two');
SELECT pg_temp.refused(
    $$WITH deeper AS (INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id)
                      VALUES (904, 'gallery', 'open', 'x', 901, 903))
      UPDATE kroles.spaces SET parent_id = 904 WHERE id = 902$$, '23514', :'cycle_rule',
    'a cycle of three made by one statement with two parts');
SELECT pg_temp.refused(
    $$INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id)
      VALUES (904, 'gallery', 'open', 'x', 901, 905), (905, 'gallery', 'open', 'y', 901, 904)$$, '23514', :'cycle_rule',
    'a cycle of two new galleries inserted together');
SELECT pg_temp.refused(
    $$MERGE INTO kroles.spaces s USING (VALUES (902, 903)) AS m (id, parent) ON s.id = m.id
      WHEN MATCHED THEN UPDATE SET parent_id = m.parent$$, '23514', :'cycle_rule', 'a cycle of two by MERGE');
-- a way up that comes into a ring but never back to where it began; in every order of the three
SET LOCAL statement_timeout = '10s';
SELECT pg_temp.refused(
    format($$INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id)
             SELECT id, 'gallery', 'open', 'x', 901, CASE id WHEN 911 THEN 912 ELSE 911 END
             FROM unnest(%L::int[]) AS id$$, ids), '23514', :'cycle_rule', 'a ring of two with a third below it: ' || ids::text)
FROM (VALUES ('{911,912,913}'), ('{913,911,912}'), ('{911,913,912}')) AS orders (ids);
SET LOCAL statement_timeout = 0;
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id) VALUES
    (904, 'gallery', 'open', 'Silent film', 901, 903), (905, 'gallery', 'open', 'Music', 901, NULL),
    (906, 'gallery', 'open', 'Opera', 901, 905);
SELECT pg_temp.fingerprint() AS before \gset
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 904 WHERE id = 902$$, '23514', :'cycle_rule',
    'a cycle of three');
SELECT pg_temp.refused(
    $$UPDATE kroles.spaces s SET parent_id = m.parent FROM (VALUES (902, 906), (905, 904)) AS m (id, parent)
      WHERE s.id = m.id$$, '23514', :'cycle_rule', 'two trees hung into each other by one statement');
SELECT pg_temp.refused(
    $$UPDATE kroles.spaces s SET parent_id = m.parent FROM (VALUES (905, 904), (902, 906)) AS m (id, parent)
      WHERE s.id = m.id$$, '23514', :'cycle_rule', 'the same in the other order');
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Just inside
SELECT lives_ok(
    format($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('gallery', %L, 'x', 902)$$, type),
    'a gallery of type ' || type)
FROM unnest('{open, restricted, private}'::text[]) AS type;
SELECT lives_ok(
    format($$INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES ('channel', %L, 'x', 902)$$, type),
    'a channel of type ' || type)
FROM unnest(enum_range(NULL::kroles.space_type)) AS type;
SELECT lives_ok($$UPDATE kroles.spaces SET kind = kind, type = 'private' WHERE id = 902$$,
    'the kind may be written as it is, the type may change');
SELECT lives_ok($$UPDATE kroles.spaces SET parent_id = 905 WHERE id = 903$$, 'a sub-gallery moves to another gallery');
SELECT lives_ok($$UPDATE kroles.spaces SET parent_id = 904 WHERE id = 902$$,
    'after which its old parent may move below it');
-- (by two statements: each row is refused that closes a cycle, also where a later one of the statement would open it again)
SELECT lives_ok($$UPDATE kroles.spaces SET parent_id = NULL WHERE id = 902$$, 'the lowest becomes a top gallery');
SELECT lives_ok($$UPDATE kroles.spaces SET parent_id = 902 WHERE id = 905$$, 'and the tree it was in moves below it');
SELECT lives_ok($$UPDATE kroles.spaces SET parent_id = NULL WHERE id = 903$$, 'a sub-gallery becomes a top gallery');
SELECT lives_ok($$DELETE FROM kroles.spaces WHERE id IN (903, 904)$$,
    'a gallery is deleted together with its sub-galleries');
SELECT lives_ok($$UPDATE kroles.spaces SET owner_id = 902 WHERE owner_id = 901$$, 'the owner of spaces changes');
SELECT lives_ok($$DELETE FROM kroles.users WHERE id = 901$$, 'and the old one, who owns nothing now, can be deleted');

-- Deep trees: 32 galleries in a row are as many as there may be, closing the ring is a cycle.
SELECT lives_ok(
    $$INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members)
      SELECT 10000 + n, 'gallery', 'open', 'level ' || n, 902, CASE WHEN n > 1 THEN 9999 + n END, n > 1
      FROM generate_series(1, 32) AS n$$, '32 galleries, each in the one before');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 10032 WHERE id = 10001$$, '23514', :'cycle_rule',
    'a cycle of 32');
SELECT pg_temp.refused($$INSERT INTO kroles.spaces (kind, type, name, owner_id, parent_id) VALUES ('gallery', 'open', 'x', 902, 10032)$$,
    '23514', 'spaces_galleries_are_at_most_32_deep', 'a 33rd level');
SELECT pg_temp.refused($$UPDATE kroles.spaces SET parent_id = 902 WHERE id = 10001$$, '23514', 'spaces_galleries_are_at_most_32_deep',
    '32 levels below another gallery');

SELECT * FROM finish();
ROLLBACK;
