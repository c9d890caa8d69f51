-- Windows of grants and of media: constraints, who may see what outside them, pages, lists from files and history.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, applicative_role, administrator) VALUES (901, 'olga', 'Olga', 'private_only', false),
    (902, 'pia', 'Pia', 'private_only', false), (903, 'gil', 'Gil', 'private_only', false), (904, 'ada', 'Ada', 'admin', true);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 903);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'private', 'Seminar', 901);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (901, 'room', 'Hall', 901), (902, 'video', 'Film', 901);
INSERT INTO kroles.publications (media_id, space_id) VALUES (901, 901), (902, 901);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role) VALUES (901, 902, NULL, 'member');
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES (902, NULL, 901, 'publisher'), (902, 902, NULL, 'editor');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (901, 903, 'room_moderator');
INSERT INTO kroles.events (id, name, created_by) VALUES (901, 'Day', 901);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (901, 903, 'speaker');
SELECT pg_temp.fingerprint() AS before \gset

-- ---- A window is not empty, and organizers have none ----
SELECT pg_temp.refused(format('UPDATE kroles.%s SET starts_at = %s, expires_at = %s WHERE %s', relation, starts, ends, which), '23514',
                       relation || '_ends_after_it_starts', format('%s from %s until %s', relation, starts, ends))
FROM (VALUES ('space_members', 'user_id = 902'), ('group_members', 'user_id = 903'), ('media_collaborators', 'user_id = 902'),
             ('media_moderators', 'user_id = 903'), ('event_participants', 'role = ''speaker''')) AS t (relation, which),
     (VALUES ('now()', 'now()'), ('now()', 'now() - interval ''1 microsecond'''), ('''infinity''', '''infinity''')) AS w (starts, ends);
SELECT pg_temp.refused(format('UPDATE kroles.media SET available_from = now(), available_until = %s WHERE id = 902', ends), '23514',
                       'media_available_until_is_after_available_from', 'media until ' || ends)
FROM unnest('{now(), now() - interval ''1 second''}'::text[]) AS ends;
SELECT pg_temp.refused(format('UPDATE kroles.event_participants SET %s = now() WHERE role = ''organizer''', which), '23514',
                       'event_participants_organizer_has_no_window', 'an organizer with ' || which)
FROM unnest('{starts_at, expires_at}'::text[]) AS which;
SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');
SELECT lives_ok(format('UPDATE kroles.%s SET starts_at = now(), expires_at = now() + interval ''1 microsecond'' WHERE %s', relation, which), relation || ': a microsecond')
FROM (VALUES ('space_members', 'user_id = 902'), ('group_members', 'user_id = 903'), ('media_collaborators', 'user_id = 902'),
             ('media_moderators', 'user_id = 903'), ('event_participants', 'role = ''speaker''')) AS t (relation, which);
SELECT is_empty('SELECT * FROM kroles_verify()', 'audiences are right');

-- ---- Each grant, before, within and after ----
CREATE FUNCTION pg_temp.at(relation text, which text, starts text, ends text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE kroles.%s SET starts_at = statement_timestamp() %s, expires_at = statement_timestamp() %s WHERE %s',
                   relation, starts, ends, which);
END $$;
CREATE TEMP TABLE grants (relation text, which text, user_id bigint, action kroles.action, kind kroles.object_kind, id bigint) ON COMMIT DROP;
INSERT INTO grants VALUES ('space_members', 'user_id = 902', 902, 'view', 'channel', 901), ('group_members', 'user_id = 903', 903, 'publish', 'media', 902),
    ('media_collaborators', 'user_id = 902', 902, 'edit', 'media', 902), ('media_collaborators', 'group_id = 901', 903, 'publish', 'media', 902),
    ('media_moderators', 'user_id = 903', 903, 'moderate_room', 'room', 901), ('event_participants', 'role = ''speaker''', 903, 'present', 'event', 901);
UPDATE kroles.group_members SET starts_at = NULL, expires_at = NULL;
SELECT lives_ok($$SELECT count(pg_temp.at(relation, which, '- interval ''1 hour''', '+ interval ''1 hour''')) FROM grants$$, 'all within');
SELECT is(kroles_can(user_id, action, kind, id), true, format('%s, %s: within', relation, which)) FROM grants;
SELECT is((SELECT count(*) FROM kroles_explain(user_id, action, kind, id) AS e WHERE e.effect = 'allows' AND e.until IS NOT NULL), 1::bigint,
          format('%s, %s: explained until when', relation, which)) FROM grants;
SELECT lives_ok($$SELECT count(pg_temp.at(relation, which, '+ interval ''1 hour''', '+ interval ''2 hours''')) FROM grants$$, 'all before');
SELECT is(kroles_can(user_id, action, kind, id), false, format('%s, %s: before', relation, which)) FROM grants;
SELECT ok(EXISTS (SELECT FROM kroles_explain(user_id, action, kind, id) AS e WHERE e.effect = 'ignored' AND e.reason ~ 'begins at'),
          format('%s, %s: explained when it begins', relation, which)) FROM grants;
SELECT lives_ok($$SELECT count(pg_temp.at(relation, which, '- interval ''2 hours''', '- interval ''1 hour''')) FROM grants$$, 'all after');
SELECT is(kroles_can(user_id, action, kind, id), false, format('%s, %s: after', relation, which)) FROM grants;
SELECT ok(EXISTS (SELECT FROM kroles_explain(user_id, action, kind, id) AS e WHERE e.effect = 'ignored' AND e.reason ~ 'expired at'),
          format('%s, %s: explained when it ended', relation, which)) FROM grants;
SELECT lives_ok($$SELECT count(pg_temp.at(relation, which, '- interval ''1 hour''', '- interval ''0''')) FROM grants$$, 'all ending now');
SELECT is(kroles_can(user_id, action, kind, id), false, format('%s, %s: at its end', relation, which)) FROM grants;
SELECT is_empty('SELECT * FROM kroles_verify()', 'audiences are right');
-- two windows, of a membership and of what the group has, are both to be in force
SELECT lives_ok($$UPDATE kroles.group_members SET starts_at = NULL, expires_at = now() + interval '1 hour'$$, 'a membership for an hour');
SELECT is(kroles_can(903, 'publish', 'media', 902), false, 'does not make up for the group''s grant that is over');
SELECT lives_ok($$UPDATE kroles.media_collaborators SET starts_at = NULL, expires_at = now() + interval '2 hours' WHERE group_id = 901$$, 'which is given for two');
SELECT is(kroles_can(903, 'publish', 'media', 902), true, 'counts');
SELECT is((SELECT e.until FROM kroles_explain(903, 'publish', 'media', 902) AS e), now() + interval '1 hour', 'as long as both do');

-- ---- Media that are not available ----
UPDATE kroles.group_members SET expires_at = NULL;
UPDATE kroles.space_members SET starts_at = NULL, expires_at = NULL;
UPDATE kroles.media_collaborators SET starts_at = NULL, expires_at = NULL;
UPDATE kroles.media_moderators SET starts_at = NULL, expires_at = NULL;
DELETE FROM kroles.media_collaborators WHERE user_id = 902;
SELECT is(kroles_can(u, 'view', 'media', 902), true, u || ' views the film') FROM unnest('{901, 902, 903, 904}'::bigint[]) AS u;
UPDATE kroles.media SET available_from = now() + interval '1 hour' WHERE id IN (901, 902);
SELECT is(kroles_can(u, 'view', 'media', 902), u IN (901, 904), u || ' views the film before its time') FROM unnest('{901, 902, 903, 904}'::bigint[]) AS u;
SELECT is(kroles_can(903, 'publish', 'media', 902), true, 'a publisher publishes it');
SELECT is(kroles_role('media', 902, 902), NULL, 'who sees it not has no place there');
SELECT results_eq($$SELECT user_id FROM kroles_who_can('view', 'media', 902)$$, '{901, 904}'::bigint[], 'who can view it');
SELECT is(kroles_can(u, 'join_room', 'room', 901), u IN (901, 903), u || ' enters the Hall') FROM unnest('{901, 902, 903}'::bigint[]) AS u;
SELECT is(kroles_can(903, 'view', kind, 901), true, 'a room moderator, who prepares it, sees the ' || kind) FROM unnest('{media, room}'::kroles.object_kind[]) AS kind;
SELECT is(kroles_can(903, 'view', 'media', 902), false, 'and not the film');
UPDATE kroles.media SET type = 'video' WHERE id = 901;
SELECT is(kroles_can(903, 'view', 'media', 901), false, 'nor what is no room any more');
UPDATE kroles.media SET type = 'room' WHERE id = 901;
SELECT is(kroles_can(903, 'view', 'media', 901), true, 'until it is one again');
SELECT is_empty('SELECT * FROM kroles_verify()', 'audiences are right');
UPDATE kroles.space_members SET role = 'moderator';
SELECT is(kroles_can(902, 'view', 'media', 902), true, 'a moderator of the channel sees it');
UPDATE kroles.space_members SET role = 'contributor';
SELECT is(kroles_can(902, 'view', 'media', 902), false, 'a contributor does not');
UPDATE kroles.space_members SET role = 'member';
UPDATE kroles.media SET available_from = NULL, available_until = now() WHERE id IN (901, 902);
SELECT is(kroles_can(u, 'view', 'media', 902), u IN (901, 904), u || ' views the film from its end on') FROM unnest('{901, 902, 903, 904}'::bigint[]) AS u;
SELECT ok(EXISTS (SELECT FROM kroles_explain(902, 'view', 'media', 902) AS e WHERE e.effect = 'denies' AND e.reason ~ 'is available until'), 'explained');
SELECT is_empty($$SELECT FROM kroles_explain(902, 'view', 'media', 902) AS e WHERE e.effect = 'needs' AND e.reason ~ 'approved'$$, 'no publication would help');
UPDATE kroles.media SET available_until = NULL WHERE id IN (901, 902);
SELECT is(kroles_can(u, 'view', 'media', 902), true, u || ' views the film again') FROM unnest('{901, 902, 903, 904}'::bigint[]) AS u;

-- ---- Stays end with the window in which they began ----
INSERT INTO kroles.room_participants (media_id, user_id, joined_at, rights, role, began_available) VALUES
    (901, 902, now() - interval '1 hour', '{join_room,interact}', 'participant', true),
    (901, 901, now() - interval '3 hours', '{join_room,manage,moderate_room}', 'owner', false);
SELECT is(kroles_can(902, 'interact', 'room', 901), true, 'a participant in the Hall');
UPDATE kroles.media SET available_from = now() - interval '2 hours', available_until = now() + interval '1 hour' WHERE id = 901;
SELECT is(kroles_can(902, 'interact', 'room', 901), true, 'within its window');
UPDATE kroles.media SET available_until = now() - interval '1 minute' WHERE id = 901;
SELECT is(kroles_can(902, 'interact', 'room', 901), false, 'is out when it closes');
SELECT is(kroles_can(902, 'join_room', 'room', 901), false, 'and does not enter any more');
SELECT is(kroles_can(901, 'moderate_room', 'room', 901), true, 'the host, who was there before, goes on');
UPDATE kroles.media SET available_until = now() + interval '1 hour' WHERE id = 901;
SELECT results_eq($$SELECT user_id, left_at FROM kroles.room_participants ORDER BY user_id$$,
    $$SELECT 901::bigint, NULL::timestamptz UNION ALL SELECT 902, left_at FROM kroles.room_participants WHERE user_id = 902 AND left_at IS NOT NULL$$,
    'extending the window later renews no stay');
SELECT is(kroles_rights('room', 901, 902), '{view,join_room,interact}'::text[], 'but one may enter again');

-- ---- Pages ----
UPDATE kroles.space_members SET starts_at = '2099-01-01 UTC';
SELECT results_eq($$SELECT id, role::text, starts_at, expires_at FROM kroles_space_users(901)$$,
    $$VALUES (901::bigint, 'manager', NULL::timestamptz, NULL::timestamptz), (902, 'member', '2099-01-01 UTC', NULL)$$, 'the people of a space, with times');
SELECT lives_ok($$SELECT kroles_set_permissions(902, 902, NULL, '{editor, viewer}', NULL, '2099-02-01 UTC')$$, 'permissions until a time');
SELECT lives_ok($$SELECT kroles_set_permissions(902, 902, NULL, '{viewer, chat_moderator}')$$, 'others without one');
SELECT results_eq($$SELECT id, permissions, expires_at FROM kroles_media_users(902)$$,
    $$VALUES (901::bigint, '{owner}'::text[], '{NULL}'::timestamptz[]), (901, '{publisher}', '{NULL}'), (902, '{viewer,chat_moderator}', '{2099-02-01 UTC,NULL}')$$,
    'leave those that stay as they are');
SELECT pg_temp.refused($$SELECT kroles_set_permissions(902, 902, NULL, '{viewer}', now(), now())$$, '23514', 'media_collaborators_ends_after_it_starts', 'an empty window');
UPDATE kroles.event_participants SET starts_at = NULL, expires_at = '2099-03-01 UTC' WHERE role = 'speaker';
SELECT results_eq($$SELECT id, roles, starts_at, expires_at FROM kroles_event_users(901)$$,
    $$VALUES (903::bigint, '{speaker}'::text[], '{NULL}'::timestamptz[], '{2099-03-01 UTC}'::timestamptz[]), (901, '{organizer}', '{NULL}', '{NULL}')$$, 'the people of an event, with times');
SELECT results_eq($$SELECT what FROM kroles_history('channel', 901, max_rows => 1)$$, ARRAY['changed the time of Pia, member of "Seminar": from ' || timestamptz '2099-01-01 UTC'], 'a change of a time in words');
UPDATE kroles.space_members SET starts_at = NULL;
SELECT results_eq($$SELECT what FROM kroles_history('channel', 901, max_rows => 1)$$, ARRAY['changed the time of Pia, member of "Seminar": no limit'], 'and of none');
SELECT results_eq($$SELECT members FROM kroles_space_counts('{901}')$$, '{2}'::bigint[], 'members are counted');
UPDATE kroles.space_members SET starts_at = now() + interval '1 hour';
SELECT results_eq($$SELECT members FROM kroles_space_counts('{901}')$$, '{1}'::bigint[], 'while they are some');

-- ---- Lists from files ----
SELECT is_empty($$SELECT * FROM kroles_import_space_members(E'space_id,login,role,starts_at,expires_at\n901,gil,manager,2099-01-01 UTC,2099-02-01 UTC\n')$$, 'a list with times');
SELECT results_eq($$SELECT role::text, starts_at, expires_at FROM kroles.space_members WHERE user_id = 903$$, $$VALUES ('manager', timestamptz '2099-01-01 UTC', timestamptz '2099-02-01 UTC')$$, 'is in');
SELECT is_empty($$SELECT * FROM kroles_import_space_members(E'space_id,login,starts_at,expires_at\n901,gil,always,\n')$$, 'one without a start');
SELECT results_eq($$SELECT starts_at, expires_at FROM kroles.space_members WHERE user_id = 903$$, $$VALUES (NULL::timestamptz, timestamptz '2099-02-01 UTC')$$, 'leaves the end as it is');
SELECT results_eq($$SELECT line, column_name, code FROM kroles_import_space_members(E'space_id,login,starts_at,expires_at\n901,gil,2099-02-01 UTC,\n901,pia,soon,later\n', on_error => 'report')$$,
    $$VALUES (2::bigint, 'expires_at', '23514'), (3, 'expires_at', '22007'), (3, 'starts_at', '22007')$$, 'windows that are empty, and no times');
SELECT is_empty($$SELECT * FROM kroles_import_group_members(E'group_name,login,starts_at,expires_at\nBiology,gil,2099-01-01 UTC,never\nBiology,pia,,2020-01-01 UTC\n')$$, 'members of groups with times');
SELECT results_eq($$SELECT user_id, starts_at, expires_at FROM kroles.group_members ORDER BY user_id$$,
    $$VALUES (902::bigint, NULL::timestamptz, timestamptz '2020-01-01 UTC'), (903, '2099-01-01 UTC', NULL)$$, 'are in');
SELECT results_eq($$SELECT line, code FROM kroles_import_group_members(E'action,group_name,login\nadd,Biology,gil\n', on_error => 'report')$$, $$VALUES (2::bigint, '23505')$$, 'who will be a member is one');
SELECT is_empty($$SELECT * FROM kroles_import_group_members(E'action,group_name,login\nadd,Biology,pia\n')$$, 'who was one is added');
SELECT results_eq($$SELECT starts_at, expires_at FROM kroles.group_members WHERE user_id = 902$$, $$VALUES (NULL::timestamptz, NULL::timestamptz)$$, 'for good');
SELECT lives_ok($$INSERT INTO kroles.group_member_import (group_name, login, expires_at) VALUES ('Biology', 'pia', '2099-05-01 UTC')$$, 'a row through the view');
SELECT lives_ok($$INSERT INTO kroles.space_member_import (space_id, login, starts_at) VALUES ('901', 'gil', '2020-01-01 UTC')$$, 'another');
SELECT results_eq($$SELECT (SELECT expires_at FROM kroles.group_members WHERE user_id = 902), (SELECT starts_at FROM kroles.space_members WHERE user_id = 903)$$,
    $$VALUES (timestamptz '2099-05-01 UTC', timestamptz '2020-01-01 UTC')$$, 'are in');
SELECT is_empty('SELECT * FROM kroles_verify()', 'audiences are right');

SELECT * FROM finish();
ROLLBACK;
