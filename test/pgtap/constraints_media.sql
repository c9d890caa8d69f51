-- Media and publications: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'open', 'Lectures', 902);
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES
    (901, 'video', 'Cells', 901, 'entry-1'), (902, 'audio', 'Birds', 901, NULL);
INSERT INTO kroles.publications (media_id, space_id) VALUES (901, 901);
SELECT pg_temp.fingerprint() AS before \gset

-- media
SELECT pg_temp.refused(format('INSERT INTO kroles.media (name, owner_id) VALUES (%L, 901)', name), '23514',
    'media_name_is_not_blank', what)
FROM (VALUES ('', 'an empty name of media'), ('  ', 'a name of spaces'), (E'\t\n', 'a name of a tab and a new line'))
    AS bad (name, what);
SELECT pg_temp.refused('INSERT INTO kroles.media (name, owner_id) VALUES (NULL, 901)', '23502', '', 'media has a name');
SELECT pg_temp.refused($$INSERT INTO kroles.media (name, owner_id, type) VALUES ('x', 901, NULL)$$, '23502', '',
    'media has a type');
SELECT pg_temp.refused($$INSERT INTO kroles.media (name, owner_id, type) VALUES ('x', 901, 'hologram')$$, '22P02', '',
    'media of a type that is none');
SELECT pg_temp.refused(format('UPDATE kroles.media SET external_id = %L WHERE id = 902', id), '23514', 'media_external_id_is_trimmed', what)
FROM (VALUES ('x ', 'an external id with a space behind it'), (U&'x\00A0', 'an external id with a no-break space behind it'),
             (U&'\FEFFx', 'an external id with a byte order mark before it'), (U&'x\2060', 'an external id with a word joiner behind it'))
    AS bad (id, what);
SELECT pg_temp.refused($$UPDATE kroles.media SET external_id = '' WHERE id = 902$$, '23514',
    'media_external_id_is_not_empty', 'an empty external id');
SELECT pg_temp.refused($$UPDATE kroles.media SET external_id = 'entry-1' WHERE id = 902$$, '23505',
    'media_external_id_is_unique', 'an external id that media has');
SELECT pg_temp.refused($$INSERT INTO kroles.media (id, name, owner_id) VALUES (901, 'x', 901)$$, '23505',
    'media_id_is_unique', 'an id that media has');

-- an owner always
SELECT pg_temp.refused($$INSERT INTO kroles.media (name) VALUES ('x')$$, '23502', '', 'media without an owner');
SELECT pg_temp.refused($$UPDATE kroles.media SET owner_id = NULL WHERE id = 901$$, '23502', '',
    'media that loses its owner');
SELECT pg_temp.refused($$UPDATE kroles.media SET owner_id = -1 WHERE id = 901$$, '23503', 'media_owner_must_be_a_user',
    'an owner who does not exist');
SELECT pg_temp.refused($$DELETE FROM kroles.users WHERE id = 901$$, '23503', 'media_owner_must_be_a_user',
    'a user who owns media cannot be deleted');

-- publications
SELECT pg_temp.refused('INSERT INTO kroles.publications (media_id, space_id) VALUES (901, 901)', '23505',
    'publications_one_per_media_and_space', 'the same media twice in a space');
SELECT pg_temp.refused('INSERT INTO kroles.publications (media_id, space_id) VALUES (901, NULL)', '23502', '',
    'media published into NULL');
SELECT pg_temp.refused('INSERT INTO kroles.publications (media_id, space_id) VALUES (NULL, 901)', '23502', '',
    'NULL published');
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- the types that may be made
UPDATE kroles.settings SET creation_tools = '{video, room}';
SELECT pg_temp.fingerprint() AS before \gset
\set tools_rule media_type_is_one_of_the_creation_tools
SELECT pg_temp.refused(format($$INSERT INTO kroles.media (name, owner_id, type) VALUES ('x', 901, %L)$$, type), '23514',
    :'tools_rule', type || ' that may not be made')
FROM unnest('{audio, image, document, live}'::text[]) AS type;
SELECT pg_temp.refused($$UPDATE kroles.media SET type = 'live' WHERE id = 901$$, '23514', :'tools_rule',
    'media made one of a type that may not be made');
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');
SELECT lives_ok($$INSERT INTO kroles.media (name, owner_id, type) VALUES ('x', 901, 'video'), ('y', 901, 'room')$$,
    'media of types that may be made');
SELECT lives_ok($$UPDATE kroles.media SET name = 'Bird songs' WHERE id = 902$$,
    'media of another type that is there already keeps its type and can be changed');
UPDATE kroles.settings SET creation_tools = '{}';
SELECT pg_temp.refused($$INSERT INTO kroles.media (name, owner_id) VALUES ('x', 901)$$, '23514', :'tools_rule',
    'nothing may be made when no type may');
UPDATE kroles.settings SET creation_tools = DEFAULT;

-- Just inside
SELECT lives_ok(format($$INSERT INTO kroles.media (name, owner_id, type) VALUES ('x', 902, %L)$$, type), 'media of type ' || type)
FROM unnest(enum_range(NULL::kroles.media_type)) AS type;
SELECT lives_ok('INSERT INTO kroles.publications (media_id, space_id) VALUES (902, 901)',
    'other media in the same space');
SELECT lives_ok('DELETE FROM kroles.media WHERE id = 901', 'media that is published can be deleted');
SELECT lives_ok('DELETE FROM kroles.spaces WHERE id = 901', 'a space with publications can be deleted');
SELECT ok(EXISTS (SELECT FROM kroles.media WHERE id = 902), 'and the media stays');
SELECT is_empty('SELECT FROM kroles.publications WHERE space_id = 901', 'the publications are gone');

SELECT * FROM finish();
ROLLBACK;
