-- Grants on spaces and on media: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login) VALUES (901, 'alice'), (902, 'bob'), (903, 'carol');
INSERT INTO kroles.groups (id, name) VALUES (901, 'Biology');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'open', 'Lectures', 901);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (901, 'room', 'Seminar room', 901);
INSERT INTO kroles.space_members (space_id, user_id) VALUES (901, 902);
INSERT INTO kroles.space_members (space_id, group_id) VALUES (901, 901);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (901, 902, 'editor');
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (901, 901, 'viewer');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (901, 902, 'chat_moderator');
INSERT INTO kroles.media_moderators (media_id, group_id, permission) VALUES (901, 901, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, 902);
SELECT pg_temp.fingerprint() AS before \gset

-- The three tables of grants to users or groups: what they are on, and what is granted
CREATE TEMP TABLE grants (tab text, object text, grant_column text, value text) ON COMMIT DROP;
INSERT INTO grants VALUES
    ('space_members', 'space_id', 'role', 'member'),
    ('media_collaborators', 'media_id', 'permission', 'viewer'),
    ('media_moderators', 'media_id', 'permission', 'chat_moderator');
CREATE FUNCTION pg_temp.grant_row(g grants, object text, "user" text, "group" text, value text) RETURNS text
LANGUAGE sql AS $$
    SELECT format('INSERT INTO kroles.%I (%I, user_id, group_id, %I) VALUES (%s, %s, %s, %s)',
                  g.tab, g.object, g.grant_column, object, "user", "group", value)
$$;

SELECT pg_temp.refused(pg_temp.grant_row(g, '901', '903', '901', quote_literal(g.value)), '23514',
    g.tab || '_either_a_user_or_a_group', g.tab || ': a user and a group in one row') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '901', 'NULL', 'NULL', quote_literal(g.value)), '23514',
    g.tab || '_either_a_user_or_a_group', g.tab || ': neither a user nor a group') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '-1', '903', 'NULL', quote_literal(g.value)), '23503',
    g.tab || '_' || replace(g.object, '_id', '') || '_must_exist', g.tab || ': a grant on nothing') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, 'NULL', '903', 'NULL', quote_literal(g.value)), '23502', '',
    g.tab || ': a grant on NULL') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '901', '-1', 'NULL', quote_literal(g.value)), '23503',
    g.tab || '_user_must_exist', g.tab || ': a grant to no user') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '901', 'NULL', '-1', quote_literal(g.value)), '23503',
    g.tab || '_group_must_exist', g.tab || ': a grant to no group') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '901', '903', 'NULL', 'NULL'), '23502', '',
    g.tab || ': a grant of nothing') FROM grants g;
SELECT pg_temp.refused(pg_temp.grant_row(g, '901', '903', 'NULL', '''emperor'''), '22P02', '',
    g.tab || ': a grant of a word that is none') FROM grants g;

-- One row a user or group in a space; one row a permission on media
SELECT pg_temp.refused($$INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 902, 'manager')$$,
    '23505', 'space_members_one_grant_a_user_or_group', 'a second role of a user in a space');
SELECT pg_temp.refused($$INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (901, 901, 'manager')$$,
    '23505', 'space_members_one_grant_a_user_or_group', 'a second role of a group in a space');
SELECT pg_temp.refused(
    format('INSERT INTO kroles.%I (media_id, user_id, group_id, permission) VALUES (901, %s, %s, %L)',
           tab, who, "group", permission),
    '23505', tab || '_a_permission_is_given_once', format('%s: the same permission twice', tab))
FROM (VALUES ('media_collaborators', '902', 'NULL', 'editor'), ('media_collaborators', 'NULL', '901', 'viewer'),
             ('media_moderators', '902', 'NULL', 'chat_moderator'), ('media_moderators', 'NULL', '901', 'room_moderator'))
    AS again (tab, who, "group", permission);

-- The owner is no collaborator
\set owner_rule media_collaborators_owner_is_no_collaborator
SELECT pg_temp.refused($$INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (901, 901, 'viewer')$$,
    '23514', :'owner_rule', 'the owner of a media as its collaborator');
SELECT pg_temp.refused($$UPDATE kroles.media_collaborators SET user_id = 901 WHERE media_id = 901 AND user_id = 902$$,
    '23514', :'owner_rule', 'a collaborator''s row made the owner''s');

-- Speakers
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, 902)', '23505',
    'media_speakers_a_user_speaks_once', 'the same speaker twice');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (-1, 903)', '23503',
    'media_speakers_media_must_exist', 'a speaker of nothing');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, -1)', '23503',
    'media_speakers_user_must_exist', 'a speaker who does not exist');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, NULL)', '23502', '',
    'a speaker is a user');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (901, 903, 0)', '23514',
    'media_speakers_position_counts_from_1', 'a speaker at position 0');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id, position) VALUES (901, 903, 1)', '23505',
    'media_speakers_one_speaker_a_position', 'two speakers at one position');
SELECT pg_temp.refused('INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (901, 903, NULL)', '23502', '',
    'a speaker is simple or advanced');

SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Moderators only while chat and collaboration is on
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT pg_temp.refused(
    $$INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (901, 903, 'chat_moderator')$$,
    '55000', '', 'nobody can be made a moderator while chat and collaboration is off');
SELECT pg_temp.refused(
    $$UPDATE kroles.media_moderators SET user_id = 903 WHERE media_id = 901 AND user_id = 902$$,
    '55000', '', 'nor in place of somebody who is one');
SELECT lives_ok($$UPDATE kroles.settings SET chat_and_collaboration = true$$, 'it can be switched on again');
SELECT is((SELECT count(*) FROM kroles.media_moderators WHERE media_id = 901), 2::bigint, 'which finds the moderators as they were');

-- Just inside
SELECT lives_ok(pg_temp.grant_row(g, '901', '903', 'NULL', quote_literal(v.value)), g.tab || ': ' || v.value)
FROM grants g, LATERAL (
    SELECT value FROM unnest(CASE g.tab
        WHEN 'space_members' THEN '{moderator}'::text[]
        WHEN 'media_collaborators' THEN enum_range(NULL::kroles.collaborator_permission)::text[]
        ELSE enum_range(NULL::kroles.moderator_permission)::text[] END) AS value) AS v;
SELECT lives_ok($$UPDATE kroles.space_members SET role = 'manager' WHERE user_id = 903$$, 'a role is changed');
SELECT lives_ok($$INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 901, 'member')$$,
    'a grant to the owner of a space is no harm');
SELECT lives_ok(format($$UPDATE kroles.space_members SET expires_at = %L WHERE user_id = 903$$, instant),
    'a grant that expires at ' || instant)
FROM unnest('{2020-01-01 00:00+00, 2100-01-01 00:00+00, infinity, -infinity}'::text[]) AS instant;
SELECT lives_ok('INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (901, 901), (901, 903)',
    'the owner and a collaborator speak too');
SELECT results_eq($$SELECT user_id FROM kroles.media_speakers WHERE media_id = 901 ORDER BY position$$,
    ARRAY [902, 901, 903]::bigint[], 'new speakers come last, in the order they were added');
SELECT lives_ok($$UPDATE kroles.media_speakers SET position = 4 - position WHERE media_id = 901$$,
    'the order is turned round by one statement');
SELECT results_eq($$SELECT user_id FROM kroles.media_speakers WHERE media_id = 901 ORDER BY position$$,
    ARRAY [903, 901, 902]::bigint[], 'and is the other way round');

-- What goes when the other side goes
SELECT lives_ok('DELETE FROM kroles.groups WHERE id = 901', 'a group with grants can be deleted');
SELECT is_empty($$SELECT group_id FROM kroles.space_members WHERE group_id = 901 UNION ALL
    SELECT group_id FROM kroles.media_collaborators WHERE group_id = 901 UNION ALL
    SELECT group_id FROM kroles.media_moderators WHERE group_id = 901$$, 'its grants go with it');
SELECT lives_ok('DELETE FROM kroles.users WHERE id = 902', 'a user with grants who owns nothing can be deleted');
SELECT is_empty($$SELECT user_id FROM kroles.space_members WHERE user_id = 902 UNION ALL
    SELECT user_id FROM kroles.media_collaborators WHERE user_id = 902 UNION ALL
    SELECT user_id FROM kroles.media_moderators WHERE user_id = 902 UNION ALL
    SELECT user_id FROM kroles.media_speakers WHERE user_id = 902$$, 'the grants go along');
SELECT lives_ok('DELETE FROM kroles.spaces WHERE id = 901', 'a space with members can be deleted');
SELECT lives_ok('DELETE FROM kroles.media WHERE id = 901', 'media with people on it can be deleted');
SELECT is_empty($$SELECT space_id FROM kroles.space_members WHERE space_id = 901 UNION ALL
    SELECT media_id FROM kroles.media_collaborators WHERE media_id = 901 UNION ALL
    SELECT media_id FROM kroles.media_moderators WHERE media_id = 901 UNION ALL
    SELECT media_id FROM kroles.media_speakers WHERE media_id = 901$$, 'all that was on them is gone');

SELECT * FROM finish();
ROLLBACK;
