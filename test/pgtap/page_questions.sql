-- What pages of a portal ask beside kroles_can(): arrays that clients read, errors in place of silence, roles and numbers of spaces,
-- and names for who moderates.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, applicative_role, administrator, email) VALUES
    (901, 'admin', 'Ada', 'admin', true, NULL), (902, 'owner', 'Olga', 'admin', false, 'o@x.example'), (903, 'manager', 'Max', 'private_only', false, NULL),
    (904, 'moderator', '', 'viewer', false, NULL), (905, 'grouped', 'Gus', 'viewer', false, NULL), (906, 'lowered', 'Lou', 'viewer', false, NULL),
    (907, 'expired', 'Eva', 'viewer', false, NULL), (908, 'stranger', 'Stan', 'private_only', false, NULL), (909, 'blocked', 'Bob', 'admin', false, NULL),
    (910, 'below', 'Bea', 'admin', false, NULL);
INSERT INTO kroles.groups (id, name) VALUES (901, 'A'), (902, 'B');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 905), (902, 905), (901, 906), (901, 909);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES (901, 'channel', 'restricted', 'Channel', 902, true), (902, 'channel', 'private', 'Hidden', 902, false),
    (903, 'gallery', 'private', 'Above', 902, false), (906, 'channel', 'public_restricted', 'Public', 902, false);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (904, 'gallery', 'private', 'Between', 902, 903, true);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (905, 'gallery', 'private', 'Below', 910, 904, true);
INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at) VALUES
    (901, 903, NULL, 'manager', NULL), (901, 904, NULL, 'moderator', NULL), (901, NULL, 901, 'contributor', NULL), (901, NULL, 902, 'moderator', NULL),
    (901, 906, NULL, 'member', NULL), (901, 907, NULL, 'manager', now() - interval '1 second'), (903, NULL, 901, 'contributor', NULL), (905, 908, NULL, 'manager', NULL);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (901, 'room', 'Room', 902), (902, 'video', 'Film', 903), (903, 'audio', 'Hum', 908), (904, 'video', 'Private', 910);
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (901, 904, 'room_moderator');
ALTER TABLE kroles.publications DISABLE TRIGGER guard;
INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES (901, 901, 'approved', 902), (902, 901, 'approved', 903), (903, 901, 'pending', 908),
    (904, 901, 'pending', 904), (902, 906, 'approved', 903), (901, 902, 'approved', 902);
ALTER TABLE kroles.publications ENABLE TRIGGER guard;
UPDATE kroles.users SET blocked = true WHERE id = 909;
CREATE ROLE page_app LOGIN;
SELECT FROM kroles_grant_access('page_app'), kroles_trust_gateway('page_app');

CREATE FUNCTION pg_temp.says(who text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('kroles.user', coalesce(who, ''), true);
    SET LOCAL SESSION AUTHORIZATION page_app;
    BEGIN
        EXECUTE format('SELECT string_agg(t::text, '' '') FROM (%s) AS t', query) INTO answer;
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    PERFORM set_config('kroles.user', '', true);
    RETURN coalesce(answer, 'no row');
END $$;

-- ---- Arrays ----
SELECT is(pg_typeof(kroles_rights('media', 901))::text, 'text[]', 'rights are text');
SELECT is(kroles_rights('channel', 901, 906), '{view,join_room}'::text[], 'rights of another');
SELECT is(kroles_rights('channel', 77, 906), '{}'::text[], 'of what does not exist: an empty array');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p, unnest(coalesce(p.proallargtypes, ARRAY[p.prorettype]), coalesce(p.proargmodes, '{o}'::"char"[])) AS a (type, mode)
    JOIN pg_type t ON t.oid = a.type JOIN pg_type e ON e.oid = t.typelem AND e.typtype = 'e'
    WHERE p.proname LIKE 'kroles\_%' AND p.pronamespace = 'public'::regnamespace AND a.mode NOT IN ('i', 'v') AND t.typcategory = 'A'$$, 'no function for applications returns an array of an enum');

-- ---- kroles_require ----
SELECT is(pg_temp.says(who, format('SELECT kroles_require(%L, %L, %s)', action, kind, coalesce(id::text, 'NULL'))), answer, format('%s requires %s on %s %s', coalesce(who, 'anonymous'), action, kind, id))
FROM (VALUES ('owner', 'edit', 'media', 901::bigint, '("")'), ('manager', 'edit', 'media', 901, '42501'), ('stranger', 'edit', 'media', 904, '42704'), ('stranger', 'edit', 'media', 77, '42704'),
    ('manager', 'manage', 'channel', 901, '("")'), ('grouped', 'manage', 'channel', 901, '42501'), ('stranger', 'view', 'channel', 902, '42704'), ('stranger', 'view', 'gallery', 905, '42704'),
    ('owner', 'view', 'media', NULL, '42704'), ('moderator', 'moderate_room', 'room', 901, '("")'), ('grouped', 'moderate_room', 'room', 901, '42501'), ('owner', 'view', 'room', 902, '42704'),
    ('owner', 'create_channel', 'site', NULL, '("")'), ('grouped', 'create_channel', 'site', NULL, '42501'), ('blocked', 'view', 'channel', 901, '42704'), (NULL, 'view', 'channel', 906, '42704'),
    ('owner', 'organize', 'gallery', 903, '22023'), ('stranger', 'organize', 'gallery', 77, '22023'), ('stranger', 'view', 'site', NULL, '22023'), ('admin', 'delete', 'event', 77, '42704')) AS t (who, action, kind, id, answer);

-- ---- kroles_contextual_role ----
SELECT is(kroles_contextual_role(space, u.id)::text, role, format('%s in %s', login, space))
FROM (VALUES (901, 'owner', 'manager'), (901, 'manager', 'manager'), (901, 'moderator', 'moderator'), (901, 'grouped', 'moderator'), (901, 'lowered', 'member'), (901, 'expired', NULL),
    (901, 'stranger', NULL), (901, 'blocked', NULL), (901, 'admin', NULL), (902, 'manager', NULL), (903, 'grouped', 'contributor'), (904, 'grouped', 'contributor'), (905, 'grouped', 'contributor'),
    (905, 'owner', 'manager'), (905, 'below', 'manager'), (903, 'below', NULL), (905, 'stranger', NULL), (77, 'owner', NULL), (NULL, 'owner', NULL)) AS t (space, login, role) JOIN kroles.users u USING (login);
SELECT is(pg_temp.says(who, 'SELECT kroles_contextual_role(901)'), answer, format('%s asks what they are', coalesce(who, 'anonymous')))
FROM (VALUES ('grouped', '(moderator)'), ('stranger', '()'), (NULL, '()'), ('blocked', '()')) AS t (who, answer);
SELECT is(pg_temp.says(who, format('SELECT kroles_contextual_role(%s, %s)', space, about)), answer, format('%s asks what %s is in %s', who, about, space))
FROM (VALUES ('manager', 901, 906, '(member)'), ('grouped', 901, 905, '(moderator)'), ('grouped', 901, 906, '42501'), ('manager', 902, 902, '42501'), ('stranger', 77, 902, '42501'), ('admin', 77, 902, '()')) AS t (who, space, about, answer);

-- ---- kroles_space_counts ----
SELECT is(pg_temp.says(who, 'SELECT * FROM kroles_space_counts(''{906,77,901,902,NULL,903,905,901}'')'), answer, format('%s asks for numbers', coalesce(who, 'anonymous')))
FROM (VALUES ('stranger', '(906,1,1) (901,2,5) (901,2,5)'), ('grouped', '(906,1,1) (901,2,5) (903,0,3) (905,0,4) (901,2,5)'),
    ('owner', '(906,1,1) (901,2,5) (902,1,1) (903,0,3) (905,0,4) (901,2,5)'), ('blocked', 'no row'), (NULL, 'no row')) AS t (who, answer);
UPDATE kroles.settings SET allow_anonymous = true;
SELECT is(pg_temp.says(NULL, 'SELECT * FROM kroles_space_counts(''{906,901}'')'), '(906,1,)', 'anonymous sessions get the number of media alone');
SELECT is(pg_temp.says('stranger', 'SELECT count(*) FROM kroles.publications WHERE space_id = 901 AND status = ''approved'''), '(2)', 'the number of media is that of the rows that they see');
SELECT is(pg_temp.says('stranger', 'SELECT * FROM kroles_space_counts(NULL)') || pg_temp.says('stranger', 'SELECT * FROM kroles_space_counts(''{}'')'), 'no rowno row', 'of nothing: no row');
UPDATE kroles.settings SET allow_anonymous = false;

-- ---- Names for who moderates ----
SELECT is(pg_temp.says(who, 'SELECT media_id, media_name, media_type, publisher_name FROM kroles.moderation_queue ORDER BY media_id'), answer, format('the queue of %s', who))
FROM (VALUES ('moderator', '(903,Hum,audio,Stan) (904,Private,video,moderator)'), ('manager', '(903,Hum,audio,Stan) (904,Private,video,moderator)'), ('lowered', 'no row')) AS t (who, answer);
SELECT is(pg_temp.says(who, 'SELECT kroles_publisher_name(901, 901), kroles_publisher_name(77, 901)'), answer, format('%s asks who published', who))
FROM (VALUES ('moderator', '(Olga,)'), ('lowered', '(,)'), ('stranger', '(,)'), ('blocked', '(,)')) AS t (who, answer);
SET LOCAL kroles."user" = 'moderator';
SET SESSION AUTHORIZATION page_app;
SELECT lives_ok('UPDATE kroles.moderation_queue SET status = ''approved'' WHERE media_id = 903', 'the queue can be updated still');
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT is(status::text, 'approved', 'and that approves') FROM kroles.publications WHERE (media_id, space_id) = (903, 901);
SELECT is(pg_temp.says('owner', 'SELECT user_id, name FROM kroles_who_can(''moderate'', ''channel'', 901)'), '(901,Ada) (902,Olga) (903,Max) (904,) (905,Gus)', 'who can, with names');
SELECT is(pg_temp.says('grouped', 'SELECT kroles_room_join(901)') || pg_temp.says('lowered', 'SELECT kroles_room_join(901)'), '("{join_room,interact}")("{join_room,interact}")', 'two join a room, and get text');
SELECT is(pg_temp.says(who, format('SELECT user_id, name, initials, role, rights, you, found, total FROM kroles_room_users(901%s)', more)), answer, format('%s asks who is there%s', coalesce(who, 'anonymous'), more))
FROM (VALUES ('moderator', '', '(905,Gus,G,participant,"{join_room,interact}",f,2,2) (906,Lou,L,participant,"{join_room,interact}",f,2,2)'),
    ('owner', ', ''LO''', '(906,Lou,L,participant,"{join_room,interact}",f,1,2)'), ('admin', ', NULL, 1, 1', '(906,Lou,L,participant,"{join_room,interact}",f,2,2)'),
    ('grouped', '', '42501'), ('manager', '', '42501'), ('blocked', '', '42704'), (NULL, '', '28000'), ('owner', ', NULL, -1', '22023')) AS t (who, more, answer);
SELECT is(pg_temp.says('stranger', 'SELECT * FROM kroles_room_users(77)') || pg_temp.says('stranger', 'SELECT * FROM kroles_room_users(904)'), '4270442704', 'a hidden room is one that does not exist');
SELECT is(pg_temp.says('grouped', 'SELECT kroles_room_leave(901)') || pg_temp.says('moderator', 'SELECT user_id FROM kroles_room_users(901)'), '("")(906)', 'who has left is not there');

SELECT * FROM finish();
ROLLBACK;
