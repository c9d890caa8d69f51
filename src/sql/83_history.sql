-- kroles_history(): the audit log as text for users.

-- Indexes by which all rows of the log about a user or group are found.
CREATE FUNCTION kroles.concerns("row" jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('user ' || ("row" ->> 'user_id'), 'group ' || ("row" ->> 'group_id'), 'user ' || ("row" ->> 'owner_id'));
COMMENT ON FUNCTION kroles.concerns(jsonb) IS 'The user or group of a row in the audit log: its user, its group, or its owner; NULL without any of them';

-- ---- Names ----

CREATE FUNCTION kroles.person_called(user_id bigint, group_id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT coalesce(nullif(btrim(u.name), ''), u.login) FROM kroles.users u WHERE u.id = $1), 'user ' || $1,
                    (SELECT 'group ' || g.name FROM kroles.groups g WHERE g.id = $2), 'group ' || $2)
$$;
COMMENT ON FUNCTION kroles.person_called(bigint, bigint) IS 'The name of a user or group that the caller sees, else its id; for kroles.history()';

CREATE FUNCTION kroles.actor_called(actor bigint, actor_role kroles.applicative_role, db_role name) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(kroles.person_called($1, NULL), $2::text, 'database role ' || $3)
$$;
COMMENT ON FUNCTION kroles.actor_called(bigint, kroles.applicative_role, name) IS
    'Who changed a row, as the history names them: the user, anonymous, or the database role of a session without a user';

CREATE FUNCTION kroles.object_called(kind text, id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(CASE kind
        WHEN 'media' THEN (SELECT format('"%s"', m.name) FROM kroles.media m
                      WHERE m.id = $2 AND kroles.can('view', 'media', m.id))
        WHEN 'space' THEN (SELECT format('"%s"', s.name) FROM kroles.spaces s
                      WHERE s.id = $2 AND kroles.space_can('view', s.id))
        WHEN 'event' THEN (SELECT format('event "%s"', e.name) FROM kroles.events e
                      WHERE e.id = $2 AND kroles.can('view', 'event', e.id))
        WHEN 'group' THEN (SELECT format('"%s"', g.name) FROM kroles.groups g WHERE g.id = $2)
        END, concat_ws(' ', $1, $2))
$$;
COMMENT ON FUNCTION kroles.object_called(text, bigint) IS 'The name of a media, space, event or group that the current user may view, else its kind and id; for kroles.history()';

CREATE FUNCTION kroles.only_changed(one jsonb, other jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- (without the audience of media, which is derived from other rows)
    RETURN (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(one) AS e
            WHERE e.value IS DISTINCT FROM coalesce(other, '{}') -> e.key AND NOT (other IS NULL AND e.value = 'null')
              AND e.key <> 'audience');
COMMENT ON FUNCTION kroles.only_changed(jsonb, jsonb) IS
    'The columns of a logged row whose values differ from those of another; without another row, those that are not null';

-- ---- Texts ----

CREATE FUNCTION kroles.window_called("row" jsonb, starts text, ends text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN concat(' from ' || (("row" ->> starts)::timestamptz)::text, ' until ' || (("row" ->> ends)::timestamptz)::text);
COMMENT ON FUNCTION kroles.window_called(jsonb, text, text) IS
    'The time in two columns of a logged row as text, with a space before it; empty where there is no limit';

CREATE FUNCTION kroles.history_text_people(relation text, operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r jsonb := coalesce(after, before);
    is_space boolean := r ? 'space_id';
    who text := kroles.person_called((r ->> 'user_id')::bigint, (r ->> 'group_id')::bigint);
    place text := CASE WHEN is_space THEN kroles.object_called('space', (r ->> 'space_id')::bigint)
        WHEN r ? 'event_id' THEN kroles.object_called('event', (r ->> 'event_id')::bigint)
        ELSE kroles.object_called('media', (r ->> 'media_id')::bigint) END;
    new_role text := replace(coalesce(after ->> 'role', after ->> 'permission'), '_', ' ');
    old_role text := replace(coalesce(before ->> 'role', before ->> 'permission'), '_', ' ');
    changed text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(kroles.only_changed(after, before)) AS k);
BEGIN
    RETURN CASE
        WHEN relation = 'kroles.group_members' THEN
            format(CASE operation WHEN 'INSERT' THEN 'added %s to group %s' WHEN 'DELETE' THEN 'removed %s from group %s'
                   ELSE CASE WHEN changed IN ('starts_at', 'expires_at', 'expires_at, starts_at') THEN 'changed the time of %s in group %s:'
                        ELSE 'changed who is %s in group %s' END END,
                   kroles.person_called((r ->> 'user_id')::bigint, NULL), kroles.object_called('group', (r ->> 'group_id')::bigint))
            || CASE WHEN operation = 'INSERT' THEN kroles.window_called(after, 'starts_at', 'expires_at')
                    WHEN changed IN ('starts_at', 'expires_at', 'expires_at, starts_at')
                        THEN coalesce(nullif(kroles.window_called(after, 'starts_at', 'expires_at'), ''), ' no limit')
                    ELSE '' END
        WHEN relation = 'kroles.media_speakers' THEN
            CASE WHEN operation = 'INSERT' THEN format('made %s a speaker of %s', who, place)
                 WHEN operation = 'DELETE' THEN format('removed %s from the speakers of %s', who, place)
                 WHEN changed = 'position' THEN format('moved speaker %s of %s from position %s to %s', who, place,
                                                        before ->> 'position', after ->> 'position')
                 ELSE format('changed %s of speaker %s of %s', changed, who, place) END
        WHEN operation = 'INSERT' THEN format('made %s %s of %s', who, new_role, place) || kroles.window_called(after, 'starts_at', 'expires_at')
        WHEN operation = 'DELETE' THEN format('removed %s, %s, from %s', who, old_role, place)
        WHEN changed IN ('starts_at', 'expires_at', 'expires_at, starts_at') THEN
            format('changed the time of %s, %s of %s:', who, new_role, place)
                || coalesce(nullif(kroles.window_called(after, 'starts_at', 'expires_at'), ''), ' no limit')
        WHEN changed IN ('role', 'permission') THEN format('changed %s from %s to %s of %s', who, old_role, new_role, place)
        ELSE format('changed %s of %s, %s of %s', changed, who, new_role, place) END;
END $$;
COMMENT ON FUNCTION kroles.history_text_people(text, text, jsonb, jsonb) IS 'A change of a grant, member, participant or speaker as text';

CREATE FUNCTION kroles.history_text_session(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE operation WHEN 'INSERT' THEN 'made %s a session of %s' WHEN 'DELETE' THEN 'removed %s from the sessions of %s'
                  ELSE 'moved session %s of %s from position %s to %s' END,
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint),
        kroles.object_called('event', (coalesce(after, before) ->> 'event_id')::bigint),
        before ->> 'position', after ->> 'position')
$$;
COMMENT ON FUNCTION kroles.history_text_session(text, jsonb, jsonb) IS 'A change of a session of an event as text';

CREATE FUNCTION kroles.history_text_stay(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN operation = 'INSERT' THEN 'let %s into room %s'
                       WHEN before ->> 'left_at' IS NULL AND after ->> 'left_at' IS NOT NULL THEN 'ended the stay of %s in room %s'
                       ELSE 'changed the stay of %s in room %s' END,
        kroles.person_called((coalesce(after, before) ->> 'user_id')::bigint, NULL),
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint))
$$;
COMMENT ON FUNCTION kroles.history_text_stay(text, jsonb, jsonb) IS 'A change of a stay in a room as text';

CREATE FUNCTION kroles.history_text_publication(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE
            WHEN operation = 'INSERT' THEN 'published %s in %s, %s'
            WHEN operation = 'DELETE' THEN 'took %s down from %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'approved' THEN 'approved %s in %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'rejected' THEN 'rejected %s in %s'
            WHEN before ->> 'status' = 'rejected' AND after ->> 'status' <> 'rejected' THEN 'published %s in %s again, %s'
            ELSE 'changed how %s is published in %s' END,
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint),
        kroles.object_called('space', (coalesce(after, before) ->> 'space_id')::bigint), after ->> 'status')
$$;
COMMENT ON FUNCTION kroles.history_text_publication(text, jsonb, jsonb) IS 'A change of a publication as text';

CREATE FUNCTION kroles.history_text_item(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE operation WHEN 'INSERT' THEN 'added %s to %s' WHEN 'DELETE' THEN 'removed %s from %s'
                  ELSE 'moved %s in %s from position %s to %s' END,
        kroles.object_called('media', (r.r ->> 'media_id')::bigint),
        coalesce((SELECT format('playlist "%s"', p.name) FROM kroles.playlists p
                  WHERE p.id = (r.r ->> 'playlist_id')::bigint
                    AND (p.space_id = (r.r ->> 'space_id')::bigint OR p.owner_id = (r.r ->> 'owner_id')::bigint)),
                 'playlist ' || (r.r ->> 'playlist_id')),
        before ->> 'position', after ->> 'position')
    FROM (SELECT coalesce(after, before)) AS r (r)
$$;
COMMENT ON FUNCTION kroles.history_text_item(text, jsonb, jsonb) IS 'A change of an item of a playlist as text';

CREATE FUNCTION kroles.history_text_request(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE
            WHEN operation = 'INSERT' THEN 'asked for %s to join %s'
            WHEN operation = 'DELETE' THEN 'deleted the request of %s to join %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'approved' THEN 'approved the request of %s to join %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'rejected' THEN 'rejected the request of %s to join %s'
            ELSE 'changed the request of %s to join %s' END,
        kroles.person_called((coalesce(after, before) ->> 'user_id')::bigint, NULL),
        kroles.object_called('space', (coalesce(after, before) ->> 'space_id')::bigint))
$$;
COMMENT ON FUNCTION kroles.history_text_request(text, jsonb, jsonb) IS 'A change of a request to join as text';

CREATE FUNCTION kroles.history_text_object(relation text, operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r jsonb := coalesce(after, before);
    noun text := (SELECT l.noun FROM kroles.relations() l WHERE 'kroles.' || l.name = relation);
    what text := CASE WHEN noun IS NOT NULL THEN format('%s "%s"', noun, r ->> 'name') ELSE CASE relation
        WHEN 'kroles.spaces' THEN format('%s "%s"', r ->> 'kind', r ->> 'name')
        WHEN 'kroles.users' THEN format('user %s', coalesce(nullif(btrim(r ->> 'name'), ''), r ->> 'login'))
        WHEN 'kroles.user_blocks' THEN format('user %s', kroles.person_called((r ->> 'user_id')::bigint, NULL))
        WHEN 'kroles.settings' THEN 'the settings'
        WHEN 'kroles.role_labels' THEN 'the role ' || (r ->> 'applicative_role')
        WHEN 'kroles.signing_keys' THEN format('signing key "%s"', r ->> 'kid')
        WHEN 'kroles.gateways' THEN format('gateway "%s"', r ->> 'role')
        ELSE format('a row of %s%s', relation, ' (' || nullif(concat_ws(' ', r ->> 'name', r ->> 'kind', r ->> 'type', r ->> 'role',
                                                              r ->> 'applicative_role', r ->> 'action'), '') || ')') END END;
    changed text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(kroles.only_changed(after, before)) AS k);
BEGIN
    RETURN CASE
        WHEN operation = 'END SESSIONS' THEN
            format('ended the transactions of user %s', kroles.person_called((r ->> 'user_id')::bigint, NULL))
        WHEN operation = 'TRIM' THEN format('deleted %s rows of the log, from before %s', after ->> 'removed', after ->> 'before')
        WHEN relation = 'kroles.user_blocks' AND operation IN ('INSERT', 'DELETE') THEN
            format('%s %s', CASE operation WHEN 'INSERT' THEN 'blocked' ELSE 'unblocked' END, what)
        WHEN operation = 'INSERT' THEN format('made %s', what)
        WHEN operation = 'DELETE' THEN format('deleted %s', what)
        WHEN operation = 'TRUNCATE' THEN format('emptied %s', relation)
        WHEN changed = 'owner_id' THEN
            format('made %s the owner of %s', kroles.person_called((after ->> 'owner_id')::bigint, NULL), what)
        WHEN changed = 'blocked' THEN
            format('%s %s', CASE after ->> 'blocked' WHEN 'true' THEN 'blocked' ELSE 'unblocked' END, what)
        WHEN changed = 'applicative_role' THEN
            format('changed the applicative role of %s from %s to %s', what,
                   before ->> 'applicative_role', after ->> 'applicative_role')
        WHEN changed IN ('available_from', 'available_until', 'available_from, available_until') THEN
            format('changed when %s is available:', what)
                || coalesce(nullif(kroles.window_called(after, 'available_from', 'available_until'), ''), ' no limit')
        ELSE format('changed %s of %s', changed, what) END;
END $$;
COMMENT ON FUNCTION kroles.history_text_object(text, text, jsonb, jsonb) IS 'A change of an object, a user or the site as text';

-- ---- The log's rows ----

CREATE FUNCTION kroles.log_shown(kind text, id bigint, space_id bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN kroles.can('administer', 'site') OR kroles.is_auditor()
        OR CASE kind
            WHEN 'media' THEN kroles.can('manage', 'media', id) OR kroles.can('moderate', 'media', id)
            WHEN 'channel' THEN kroles.space_can('manage', id) OR kroles.space_can('moderate', id)
            WHEN 'gallery' THEN kroles.space_can('manage', id) OR kroles.space_can('moderate', id)
            WHEN 'event' THEN kroles.can('manage', 'event', id) OR kroles.can('moderate', 'event', id)
            ELSE false END
        OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id);
END $$;
COMMENT ON FUNCTION kroles.log_shown(text, bigint, bigint) IS 'Whether the policy on kroles.audit_log allows reading a row; for kroles.history(), to which policies do not apply';

CREATE FUNCTION kroles.log_told(kind text, id bigint, space_id bigint, operation text, before jsonb, after jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN kroles.log_shown(kind, id, space_id) AND NOT (operation = 'UPDATE' AND kroles.only_changed(after, before) IS NULL);
END $$;
COMMENT ON FUNCTION kroles.log_told(text, bigint, bigint, text, jsonb, jsonb) IS
    'Whether the history includes a row of the log: the current user may see it, and a column changed that is not derived from others';

-- A page of the log about an object or user, newest first. Each part is read by an index, up to the size of the page.
CREATE FUNCTION kroles.log_about(kind text, id bigint, older_than bigint, max_rows integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
    of_site boolean := kind IN ('site', 'user', 'group');
    space bigint := CASE WHEN kind IN ('channel', 'gallery') AND NOT EXISTS (
        SELECT FROM kroles.spaces s WHERE s.id = $2 AND s.kind::text <> $1) THEN $2 END;
    whom text := CASE WHEN kind IN ('user', 'group') THEN concat_ws(' ', $1, $2) END;
    object text := CASE kind WHEN 'room' THEN 'media' ELSE kind END;
    upto bigint := coalesce(older_than, 9223372036854775807);
    most integer := CASE WHEN max_rows < 0 THEN 0 ELSE max_rows END;
    -- personal playlists are not for auditors
    untold text[] := CASE WHEN kroles.is_auditor() THEN '{kroles.playlists, kroles.playlist_items}'::text[] ELSE '{}' END;
BEGIN
    IF of_site AND NOT (kroles.can('administer', 'site') OR kroles.is_auditor()) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH page (id) AS (
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.object_kind = object AND l.object_id = $2 AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
           AND (l.relation <> 'kroles.join_requests' OR kroles.space_can('manage_members', l.object_id) OR kroles.is_auditor())
           AND (l.object_kind <> 'user' OR l.relation <> ALL (untold))
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.object_kind = 'space' AND l.object_id = space AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.space_id = space AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE object = 'media' AND l.relation = 'kroles.event_sessions' AND coalesce(l.after, l.before) ->> 'media_id' = $2::text
           AND l.id < upto AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE object = 'site' AND l.object_kind = 'site' AND l.object_id IS NULL AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE kroles.concerns(l.before) = whom AND l.id < upto
           AND (l.object_kind <> 'user' OR l.relation <> ALL (untold))
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE kroles.concerns(l.after) = whom AND l.id < upto
           AND (l.object_kind <> 'user' OR l.relation <> ALL (untold))
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
    )
    SELECT p.id FROM page p ORDER BY p.id DESC LIMIT most;
END $$;
COMMENT ON FUNCTION kroles.log_about(text, bigint, bigint, integer) IS
    'The ids of the rows of the audit log about an object, a user, a group or the site that the current user may see, newest first; for kroles.history()';

CREATE FUNCTION kroles.history(kind text, id bigint, older_than bigint, max_rows integer)
    RETURNS TABLE (log_id bigint, at timestamptz, actor bigint, who text, what text, before jsonb, after jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    kinds text[] := enum_range(NULL::kroles.object_kind)::text[] || '{user,group}';
    people text[] := ARRAY(SELECT 'kroles.' || r.name FROM kroles.relations() r WHERE 'people' = ANY (r.traits));
BEGIN
    IF $1 IS NULL OR $1 <> ALL (kinds) THEN
        RAISE EXCEPTION 'unknown object kind' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The kinds with a history are %s.', array_to_string(kinds, ', '));
    END IF;
    PERFORM kroles.check_page($4, 0);
    RETURN QUERY
    SELECT l.id, l.at, l.actor,
           kroles.actor_called(l.actor, l.actor_role, l.db_role),
           CASE WHEN l.operation = 'TRUNCATE' THEN kroles.history_text_object(l.relation, l.operation, NULL, NULL)
                WHEN l.relation = 'kroles.event_sessions' THEN kroles.history_text_session(l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.room_participants' THEN kroles.history_text_stay(l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.publications' THEN kroles.history_text_publication(l.operation, l.before, l.after)
                WHEN l.relation = ANY (people) THEN kroles.history_text_people(l.relation, l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.join_requests' THEN kroles.history_text_request(l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.playlist_items' THEN kroles.history_text_item(l.operation, l.before, l.after)
                ELSE kroles.history_text_object(l.relation, l.operation, l.before, l.after) END,
           kroles.only_changed(l.before, l.after), kroles.only_changed(l.after, l.before)
    FROM kroles.audit_log l WHERE l.id = ANY (ARRAY(SELECT kroles.log_about($1, $2, $3, $4))) ORDER BY l.id DESC;
END $$;
COMMENT ON FUNCTION kroles.history(text, bigint, bigint, integer) IS 'Implementation of kroles_history()';
REVOKE EXECUTE ON FUNCTION kroles.history(text, bigint, bigint, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_history(kind text, id bigint, older_than bigint DEFAULT NULL, max_rows integer DEFAULT 100)
    RETURNS TABLE (log_id bigint, at timestamptz, actor bigint, who text, what text, before jsonb, after jsonb)
    LANGUAGE c STABLE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_history(text, bigint, bigint, integer) IS
    'The history of an object from the audit log, newest first: the time, the user, the change as text, and the changed columns before and after. Objects are channels, galleries, media (including the events that it was made a session of), rooms (their media) and events, with the rows that the policy on kroles.audit_log allows; for administrators and auditors also users and groups (their own rows, memberships, grants, ownership) and the site (id NULL). older_than: only rows before that log_id, for the next page. Error 22023 for an unknown kind';
