-- A step of a world: one statement, picked at random; what the guards refuse changes nothing.
CREATE FUNCTION step_statement(n text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (ARRAY[
        format('INSERT INTO kroles.space_members (space_id, user_id, role, starts_at, expires_at) VALUES (%s, %s, %L, %L, %L) ON CONFLICT DO NOTHING', s, u, contextual, starts, ends),
        format('INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (%s, %s, %L) ON CONFLICT DO NOTHING', s, g, contextual),
        format('UPDATE kroles.space_members SET role = %L, expires_at = %L, starts_at = NULL WHERE space_id = %s AND (user_id %% 7 = %s OR group_id = %s)', contextual, ends, s, u % 7, g),
        format('DELETE FROM kroles.space_members WHERE space_id = %s AND (user_id %% 5 = %s OR group_id = %s)', s, u % 5, g),
        format('INSERT INTO kroles.group_members (group_id, user_id, expires_at) VALUES (%s, %s, %L) ON CONFLICT DO NOTHING', g, u, ends),
        format('DELETE FROM kroles.group_members WHERE group_id = %s AND user_id %% 4 = %s', g, u % 4),
        format('UPDATE kroles.group_members SET group_id = %s WHERE user_id = %s AND group_id <> %s', g, u, g),
        format('UPDATE kroles.users SET applicative_role = %L WHERE id = %s', applicative, u),
        format('UPDATE kroles.users SET blocked = NOT blocked, administrator = %L WHERE id = %s', u % 3 = 0, u),
        format('UPDATE kroles.spaces SET type = %L WHERE id = %s', CASE WHEN s > 14 THEN gallery_type ELSE channel_type END, s),
        format('UPDATE kroles.spaces SET owner_id = %s WHERE id = %s', u, s),
        format('UPDATE kroles.spaces SET inherits_members = NOT inherits_members, parent_id = %s WHERE id = %s AND kind = ''gallery''', 15 + m % 4, 15 + s % 10),
        format('INSERT INTO kroles.media_collaborators (media_id, user_id, permission, starts_at, expires_at) VALUES (%s, %s, %L, %L, %L) ON CONFLICT DO NOTHING', m, u, collaborator, starts, ends),
        format('UPDATE kroles.media_collaborators SET media_id = %s WHERE media_id = %s', m, m % 120 + 1),
        format('DELETE FROM kroles.media_collaborators WHERE media_id = %s', m),
        format('INSERT INTO kroles.media_moderators (media_id, group_id, permission) VALUES (%s, %s, %L) ON CONFLICT DO NOTHING', m, g, moderator),
        format('DELETE FROM kroles.media_moderators WHERE media_id IN (%s, %s)', m, m % 120 + 1),
        format('INSERT INTO kroles.media_speakers (media_id, user_id, type, position) VALUES (%s, %s, %L, 1000 + %s) ON CONFLICT DO NOTHING', m, u, speaker, n),
        format('DELETE FROM kroles.media_speakers WHERE media_id = %s OR user_id = %s', m, u),
        format('UPDATE kroles.media SET owner_id = %s WHERE id = %s', u, m),
        format('UPDATE kroles.media SET type = %L WHERE id = %s', media_type, m),
        format('UPDATE kroles.media SET available_from = %L, available_until = %L WHERE id IN (%s, %s)', starts, ends, m, m % 120 + 1),
        format('INSERT INTO kroles.publications (media_id, space_id) VALUES (%s, %s) ON CONFLICT DO NOTHING', m, s),
        format('UPDATE kroles.publications SET status = %L WHERE media_id IN (%s, %s, %s)', CASE u % 2 WHEN 0 THEN 'approved' ELSE 'rejected' END, m, m % 120 + 1, m % 119 + 1),
        format('DELETE FROM kroles.publications WHERE media_id IN (%s, %s)', m, m % 120 + 1),
        format('INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, %s, %L) ON CONFLICT DO NOTHING', e, u, event_role),
        format('INSERT INTO kroles.event_participants (event_id, group_id, role, expires_at) VALUES (%s, %s, ''moderator'', %L) ON CONFLICT DO NOTHING', e, g, ends),
        format('DELETE FROM kroles.event_participants WHERE event_id = %s AND role <> ''organizer''', e),
        format('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (%s, %s) ON CONFLICT DO NOTHING', e, m),
        format('DELETE FROM kroles.event_sessions WHERE event_id = %s OR media_id = %s', e, m),
        format('UPDATE kroles.event_sessions SET event_id = %s WHERE media_id = %s', e, m),
        format('SELECT kroles_room_join(%s)', m), format('SELECT kroles_room_join(%s)', m % 60 + 1), format('SELECT kroles_room_leave(%s)', m),
        format('UPDATE kroles.room_participants SET left_at = now() WHERE left_at IS NULL AND user_id %% 3 = %s', u % 3),
        'UPDATE kroles.settings SET chat_and_collaboration = NOT chat_and_collaboration',
        'UPDATE kroles.settings SET allow_anonymous = NOT allow_anonymous',
        format('UPDATE kroles.settings SET room_session_limit = %L', CASE u % 2 WHEN 0 THEN '12 hours' ELSE '1 second' END),
        format('UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE kind = ''channel'' AND type = %L AND applicative_role = %L AND action = ''view''', channel_type, applicative),
        format('UPDATE kroles.role_rights SET allowed = NOT allowed WHERE kind = ''media'' AND role = %L AND action = ''edit''', collaborator),
        format('UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE kind = ''media'' AND applicative_role = ''viewer'' AND action = ''edit'''),
        CASE WHEN pick(6, n, 'really') = 0 THEN format('DELETE FROM kroles.media WHERE id = %s', m) END,
        CASE WHEN pick(6, n, 'really') = 0 THEN format('DELETE FROM kroles.events WHERE id = %s', e) END,
        CASE WHEN pick(6, n, 'really') = 0 THEN format('DELETE FROM kroles.groups WHERE id = %s', g) END,
        CASE WHEN pick(6, n, 'really') = 0 THEN format('DELETE FROM kroles.spaces WHERE id = %s', s) END,
        CASE WHEN pick(3, n, 'really') = 0 THEN format('SELECT kroles_hand_over(%s, 1); DELETE FROM kroles.users WHERE id = %1$s', u) END,
        format('INSERT INTO kroles.users (id, login) VALUES (%s, %L)', u, 'user ' || u || ' anew'),
        format('INSERT INTO kroles.media (id, type, name, owner_id) VALUES (%s, %L, ''anew'', %s)', m, media_type, u),
        format('INSERT INTO kroles.groups (id, name) VALUES (%s, %L)', g, 'group ' || g),
        format('INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (%s, %L, ''open'', ''anew'', %s)', s, CASE WHEN s > 14 THEN 'gallery' ELSE 'channel' END, u)
    ])[1 + pick(50, n, 'what')]
    FROM (SELECT 1 + pick(24, n, 's') AS s, 1 + pick(48, n, 'u') AS u, 1 + pick(8, n, 'g') AS g, 1 + pick(120, n, 'm') AS m, 1 + pick(24, n, 'e') AS e,
                 pick_of(enum_range(NULL::kroles.contextual_role), n, 'role') AS contextual,
                 pick_of('{viewer, private_only, admin, unmoderated_admin}'::kroles.applicative_role[], n, 'applicative') AS applicative,
                 pick_of(enum_range(NULL::kroles.space_type), n, 'type') AS channel_type,
                 pick_of('{open, restricted, private}'::kroles.space_type[], n, 'type') AS gallery_type,
                 pick_of(enum_range(NULL::kroles.collaborator_permission), n, 'permission') AS collaborator,
                 pick_of(enum_range(NULL::kroles.moderator_permission), n, 'permission') AS moderator,
                 pick_of(enum_range(NULL::kroles.speaker_type), n, 'speaks') AS speaker,
                 pick_of(enum_range(NULL::kroles.media_type), n, 'media') AS media_type,
                 pick_of(enum_range(NULL::kroles.event_role), n, 'event') AS event_role,
                 -- some windows open, and some close, while the test runs
                 now() + pick_of('{NULL, NULL, -1 day, 1 second, 2 seconds}'::interval[], n, 'starts') AS starts,
                 now() + pick_of('{NULL, NULL, 3 seconds, 4 seconds, 1 day}'::interval[], n, 'ends') AS ends) AS p
$$;

-- Makes a step as the superuser, or as the picked user where the statement is about a room; false if it was refused.
CREATE FUNCTION make_step(n text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    statement text := step_statement(n);
BEGIN
    IF statement LIKE 'SELECT kroles_room%' THEN
        -- half of them the owner
        PERFORM set_config('kroles.user', coalesce((SELECT login FROM kroles.media AS m JOIN kroles.users AS u ON u.id = owner_id
            WHERE m.id = substring(statement FROM '\d+')::bigint AND pick(2, n, 'owner') = 0), 'user ' || 1 + pick(48, n, 'u')), true);
        SET SESSION AUTHORIZATION regress_kroles_model;
    END IF;
    EXECUTE coalesce(statement, 'SELECT 1');
    RESET SESSION AUTHORIZATION;
    PERFORM set_config('kroles.user', '', true);
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$;

-- What was answered, and when.
CREATE TABLE noted (step integer, at timestamptz, who bigint, action kroles.action, kind kroles.object_kind, id bigint, answer boolean);
CREATE TABLE noted_users (step integer, at timestamptz, action kroles.action, kind kroles.object_kind, id bigint, users bigint[]);

CREATE FUNCTION note_answers(step integer, questions integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO noted
    SELECT step, now(), who, action, kind, id, kroles_can(who, action, kind, id)
    FROM generate_series(1, questions) AS q,
         LATERAL (SELECT nullif(pick(49, step::text, 'who', q::text), 0)::bigint AS who, pick_of(enum_range(NULL::kroles.object_kind), step::text, 'kind', q::text) AS kind) AS a,
         LATERAL (SELECT CASE kind WHEN 'site' THEN NULL ELSE 1 + pick(CASE WHEN kind IN ('media', 'room') THEN 120 ELSE 24 END, step::text, 'id', q::text) END::bigint AS id,
                         pick_of((SELECT array_agg(r.action::kroles.action ORDER BY r.action::text) FROM kroles.rights AS r WHERE r.kind = a.kind::text), step::text, 'action', q::text) AS action) AS b
$$;
CREATE FUNCTION note_users(step integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO noted_users
    SELECT step, now(), action, kind, id, ARRAY(SELECT w.user_id FROM kroles_who_can(action, kind, id) AS w ORDER BY 1)
    FROM (VALUES ('view'::kroles.action, 'media'::kroles.object_kind, 1 + pick(120, step::text, 'a')::bigint), ('moderate', 'media', 1 + pick(120, step::text, 'b')),
                 ('view', 'channel', 1 + pick(14, step::text, 'c')), ('contribute', 'gallery', 15 + pick(10, step::text, 'd')),
                 ('join_room', 'room', 1 + pick(120, step::text, 'e')), ('view', 'event', 1 + pick(24, step::text, 'f'))) AS q (action, kind, id)
$$;

-- Each step is a transaction of its own, and so are the notes.
CREATE PROCEDURE make_steps(first integer, last integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR step IN first .. last LOOP
        PERFORM make_step(step::text);
        COMMIT;
        PERFORM note_answers(step, 15);
        IF step % 25 = 0 THEN
            PERFORM note_users(step);
        END IF;
        COMMIT;
    END LOOP;
END $$;
