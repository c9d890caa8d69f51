-- Ids that clients take for a mark of something else, 0, -1 and the largest, are ids: explanations and lists name them as they do others.
\ir lib/begin.psql

CREATE TEMP TABLE sentinels (id bigint);
INSERT INTO sentinels VALUES (0), (-1), (9223372036854775807), (-9223372036854775808), (7);
INSERT INTO kroles.users (id, login, applicative_role) SELECT id, 'user ' || id, 'admin' FROM sentinels;
INSERT INTO kroles.users (id, login, applicative_role) VALUES (1000, 'grouped', 'viewer'), (1001, 'stranger', 'viewer');
INSERT INTO kroles.groups (id, name) SELECT id, 'group ' || id FROM sentinels;
INSERT INTO kroles.group_members (group_id, user_id) SELECT id, 1000 FROM sentinels;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) SELECT id, 'gallery', 'private', 'gallery ' || id, id FROM sentinels;
INSERT INTO kroles.spaces (kind, type, name, owner_id, parent_id, inherits_members) SELECT 'gallery', 'private', 'below ' || id, 7, id, true FROM sentinels;
INSERT INTO kroles.space_members (space_id, group_id, role) SELECT id, id, 'moderator' FROM sentinels;
INSERT INTO kroles.media (id, type, name, owner_id) SELECT id, 'room', 'media ' || id, id FROM sentinels;
INSERT INTO kroles.publications (media_id, space_id) SELECT id, id FROM sentinels;
INSERT INTO kroles.events (id, name, created_by) SELECT id, 'event ' || id, id FROM sentinels;
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT id, id FROM sentinels;
INSERT INTO kroles.event_participants (event_id, group_id) SELECT id, id FROM sentinels;

-- What is said of an id is what is said of an ordinary one, with the one in place of the other.
CREATE FUNCTION pg_temp.explained(who bigint, action kroles.action, kind kroles.object_kind, object bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws('|', allowed, effect, reason, role, coalesce(group_id::text, 'NULL'), coalesce(space_id::text, 'NULL'),
        coalesce(event_id::text, 'NULL')), E'\n') FROM kroles_explain(who, action, kind, object)
$$;
SELECT is(pg_temp.explained(who, action, kind, id), replace(replace(pg_temp.explained(CASE who WHEN id THEN 7 ELSE who END, action, kind, 7), ' 7', ' ' || id), '|7', '|' || id),
    format('%s %s: why user %s may %s', kind, id, who, action))
FROM sentinels s, LATERAL unnest(ARRAY[s.id, 1000, 1001]) AS who, (VALUES ('view'::kroles.action, 'gallery'::kroles.object_kind), ('manage', 'gallery'),
    ('view', 'media'), ('edit', 'media'), ('join_room', 'room'), ('moderate_room', 'room'), ('view', 'event'), ('manage', 'event')) AS t (action, kind)
WHERE id <> 7 ORDER BY id, kind, action, who;
SELECT is(pg_temp.explained(1000, 'view', 'gallery', b.id), format('t|allows|moderator of gallery "gallery %s", whose members count, by group "group %1$s"|moderator|%1$s|%s|NULL', s.id, b.id),
    'a sub-gallery that inherits of gallery ' || s.id) FROM sentinels s JOIN kroles.spaces b ON b.parent_id = s.id ORDER BY s.id;

SELECT is((SELECT string_agg(concat_ws(' ', w.user_id, w.login, w.via), E'\n' ORDER BY w.user_id NOT IN (0, -1, 9223372036854775807, -9223372036854775808, 7), w.via) FROM kroles_who_can(action, kind, id) w),
    replace((SELECT string_agg(concat_ws(' ', w.user_id, w.login, w.via), E'\n' ORDER BY w.user_id <> 7, w.via) FROM kroles_who_can(action, kind, 7) w), '7', id::text), format('%s %s: who can %s', kind, id, action))
FROM sentinels, (VALUES ('view'::kroles.action, 'gallery'::kroles.object_kind), ('moderate', 'gallery'), ('view', 'media'), ('join_room', 'room'), ('view', 'event')) AS t (action, kind)
WHERE id <> 7 ORDER BY id, kind, action;
SELECT is(array_agg(id), '{-9223372036854775808,-1,0,7,9223372036854775807}', kind || ': a list has them in order')
FROM unnest('{media,event}'::kroles.object_kind[]) AS kind, kroles_list('view', kind, 1000) AS id GROUP BY kind;
SELECT is(array_agg(id), '{0,7}', 'and in pages: after -1') FROM kroles_list('view', 'media', 1000, -1, 2) AS id;
SELECT is(array_agg(user_id), '{-1,0}', 'so do people: after the smallest') FROM kroles_who_can('create_channel', 'site', NULL, -9223372036854775808, 2);
SELECT is((SELECT reason FROM kroles_explain(1001, 'view', 'media', id)), 'there is no such media, or it may not be viewed', 'no media ' || id) FROM unnest('{-7,9223372036854775806}'::bigint[]) AS id;
SELECT is((SELECT reason FROM kroles_explain(id, 'view', 'media', 7)), 'there is no such user', 'no user ' || id) FROM unnest('{-7,9223372036854775806}'::bigint[]) AS id;
SELECT is_empty('SELECT * FROM kroles_verify()', 'what is derived from them is right');

SELECT * FROM finish();
ROLLBACK;
