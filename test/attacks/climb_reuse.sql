-- Climbing by an id that was somebody else's: what is made anew under the id of what is gone is another thing. Whoever
-- makes it learns nothing of the old one: not what the audit log says of it, nor what application tables say.
\set name kroles_climb_reuse
\ir lib/campus.psql
SELECT * FROM no_plan();

DELETE FROM kroles.spaces WHERE id IN (2, 12);  -- the rival's Seminar and Attic
DELETE FROM kroles.media WHERE id = 2;          -- the stranger's Diary
CREATE TABLE public.notes (channel bigint, media bigint, note text);
INSERT INTO public.notes VALUES (2, NULL, 'of the Seminar'), (NULL, 2, 'of the Diary');
SELECT FROM kroles_protect('public.notes', 'channel', 'channel');
GRANT SELECT ON public.notes TO campus_gateway;

-- An error where making it is refused, else what is read afterwards.
CREATE FUNCTION campus.learns(who text, what text, making text, query text) RETURNS text LANGUAGE sql AS $$
    SELECT matches(campus.answer(who, query, making), '^(no row|42501|23514)$', 'no row: ' || who || ' ' || what)
$$;
SELECT campus.learns(who, 'makes a channel under the id of one that is gone, and reads ' || what, making, query)
FROM unnest('{trusted, owner}'::text[]) AS who,
     LATERAL (SELECT format('INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''private'', ''mine'', %s)', (SELECT id FROM kroles.users WHERE login = who)) AS making) AS m,
     (VALUES ('its history', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Seminar'''),
             ('who was in it', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.space_members'''),
             ('what was published there', 'SELECT 1 FROM kroles.audit_log WHERE relation = ''kroles.publications'''),
             ('notes that belonged to it', 'SELECT 1 FROM public.notes')) AS t (what, query);
SELECT campus.learns(who, 'uploads under the id of a film that is gone, and reads ' || what, making, query)
FROM unnest('{member, manager}'::text[]) AS who,
     LATERAL (SELECT format('INSERT INTO kroles.media (id, name, owner_id) VALUES (2, ''mine'', %s)', (SELECT id FROM kroles.users WHERE login = who)) AS making) AS m,
     (VALUES ('its history', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Diary''')) AS t (what, query);
SELECT campus.learns('manager', 'makes a sub-gallery under the id of a gallery that is gone, and reads its history',
    'INSERT INTO kroles.galleries (id, type, name, owner_id, parent_id) VALUES (12, ''private'', ''mine'', 3, 10)', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Attic''');
SELECT campus.learns('trusted', 'makes a channel under the id of a gallery that is gone, and reads its history',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (12, ''private'', ''mine'', 16)', 'SELECT 1 FROM kroles.audit_log WHERE concat(before, after) ~ ''Attic''');
SELECT campus.learns('rival', 'makes a channel and deletes it, and makes another''s under its id',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''private'', ''mine'', 19)', 'SELECT 1 FROM kroles.audit_log WHERE operation = ''DELETE'' AND concat(before, after) ~ ''Seminar''');
SELECT campus.may('owner', '1 row', 'makes a channel without saying its id', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''mine'', 2)');
SELECT campus.may('administrator', '1 row', 'makes a channel under an id of its own', 'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (5000, ''private'', ''mine'', 2)');

SELECT * FROM finish();
