-- A change at random, as a statement; many change nothing that anyone may do, and some are refused.
CREATE FUNCTION one_of(statements text[], VARIADIC what text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT pick_of(statements, VARIADIC what || 'which'::text)
$$;
CREATE FUNCTION random_change(r text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    u text := 1 + pick(15, r, 'u');
    u2 text := 1 + pick(14, r, 'u2');
    g text := 1 + pick(4, r, 'g');
    s text := 1 + pick(13, r, 's');
    s2 text := 1 + pick(6, r, 's2');
    m text := 1 + pick(17, r, 'm');
    e text := 1 + pick(4, r, 'e');
    holder text := CASE WHEN pick(3, r, 'by group') = 0 THEN 'group_id' ELSE 'user_id' END;
    who text := CASE holder WHEN 'group_id' THEN g ELSE u END;
    since text := quote_nullable(pick_start(r, 'window'));
    until text := quote_nullable(pick_end(r, 'window'));
    role text := quote_literal(pick_of(enum_range(NULL::kroles.contextual_role), r, 'role'));
    kind text;
BEGIN
    kind := pick_of('{user, user, group, group, group, space, space, space, grant, grant, grant, media, media, publication, publication, people,
                      people, people, event, event, event, stay, stay, site, nothing, everything}'::text[], r, 'kind');
    RETURN replace(replace(replace(CASE kind
        WHEN 'user' THEN one_of(ARRAY[
            'UPDATE kroles.users SET applicative_role = ' || quote_literal(pick_of('{viewer, private_only, admin}'::text[], r, 'to')) || ' WHERE id = :u',
            'UPDATE kroles.users SET administrator = NOT administrator WHERE id = :u', 'UPDATE kroles.users SET blocked = NOT blocked WHERE id = :u',
            'INSERT INTO kroles.user_blocks VALUES (:u)', 'DELETE FROM kroles.user_blocks WHERE user_id = :u',
            'INSERT INTO kroles.users (id, login) VALUES (15, ''user 15'')', 'DELETE FROM kroles.users WHERE id = :u'], r)
        WHEN 'group' THEN one_of(ARRAY[
            format('INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at) VALUES (%s, :u, %s, %s)', g, since, until),
            format('INSERT INTO kroles.group_members (group_id, user_id) VALUES (%s, :u)', g),
            format('DELETE FROM kroles.group_members WHERE group_id = %s AND user_id IN (:u, %s)', g, u2),
            format('UPDATE kroles.group_members SET starts_at = %s, expires_at = %s WHERE user_id = :u', since, until),
            format('DELETE FROM kroles.groups WHERE id = %s', g), format('INSERT INTO kroles.groups (id, name) VALUES (%s, ''group'')', g)], r)
        WHEN 'space' THEN one_of(ARRAY[
            'UPDATE kroles.spaces SET type = ' || quote_literal(pick_of('{open, restricted, private}'::text[], r, 'to')) || ' WHERE id = :s',
            'UPDATE kroles.spaces SET type = ' || quote_literal(pick_of(enum_range(NULL::kroles.space_type), r, 'to')) || ' WHERE id = :s',
            'UPDATE kroles.spaces SET owner_id = :u WHERE id = :s', 'UPDATE kroles.spaces SET moderated = NOT moderated WHERE id = :s',
            format('UPDATE kroles.spaces SET inherits_members = NOT inherits_members WHERE id = %s', s2),
            format('UPDATE kroles.spaces SET parent_id = nullif(%s, 3), inherits_members = true WHERE id = %s', 1 + pick(6, r, 'parent'), s2),
            'INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (:s, ''channel'', ' ||
                quote_literal(pick_of(enum_range(NULL::kroles.space_type), r, 'to')) || ', ''made'', :u)',
            format('INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (:s, ''gallery'', ''private'', ''made'', :u, %s, true)', s2),
            'DELETE FROM kroles.spaces WHERE id = :s'], r)
        WHEN 'grant' THEN one_of(ARRAY[
            format('INSERT INTO kroles.space_members (space_id, %s, role, starts_at, expires_at) VALUES (:s, %s, %s, %s, %s)', holder, who, role, since, until),
            format('INSERT INTO kroles.space_members (space_id, %s, role) VALUES (:s, %s, %s)', holder, who, role),
            format('UPDATE kroles.space_members SET role = %s WHERE space_id = :s', role),
            format('UPDATE kroles.space_members SET starts_at = %s, expires_at = %s WHERE %s = %s', since, until, holder, who),
            format('UPDATE kroles.space_members SET %s = %s WHERE space_id = :s AND %1$s = %s', holder, who, CASE holder WHEN 'user_id' THEN u2 ELSE '1' END),
            format('UPDATE kroles.space_members SET space_id = %s WHERE space_id = :s AND %s = %s', s2, holder, who),
            format('DELETE FROM kroles.space_members WHERE space_id = :s AND %s = %s', holder, who), 'DELETE FROM kroles.space_members WHERE space_id = :s'], r)
        WHEN 'media' THEN one_of(ARRAY[
            'UPDATE kroles.media SET owner_id = :u WHERE id = :m', format('UPDATE kroles.media SET available_from = %s, available_until = %s WHERE id = :m', since, until),
            'UPDATE kroles.media SET type = ' || quote_literal(pick_of('{video, room, live}'::text[], r, 'to')) || ' WHERE id = :m',
            'INSERT INTO kroles.media (id, name, owner_id, type) VALUES (:m, ''made'', :u, ''room'')', 'DELETE FROM kroles.media WHERE id = :m'], r)
        WHEN 'publication' THEN one_of(ARRAY[
            'INSERT INTO kroles.publications (media_id, space_id) VALUES (:m, :s)',
            'UPDATE kroles.publications SET status = ' || quote_literal(pick_of('{approved, rejected}'::text[], r, 'to')) || ' WHERE media_id = :m AND status = ''pending''',
            'DELETE FROM kroles.publications WHERE media_id = :m', 'DELETE FROM kroles.publications WHERE space_id = :s'], r)
        WHEN 'people' THEN one_of(ARRAY[
            format('INSERT INTO kroles.media_collaborators (media_id, %s, permission, starts_at, expires_at) VALUES (:m, %s, %s, %s, %s)', holder, who,
                   quote_literal(pick_of(enum_range(NULL::kroles.collaborator_permission), r, 'to')), since, until),
            format('DELETE FROM kroles.media_collaborators WHERE media_id = :m OR %s = %s', holder, who),
            format('UPDATE kroles.media_collaborators SET starts_at = %s, expires_at = %s WHERE media_id = :m', since, until),
            format('INSERT INTO kroles.media_moderators (media_id, %s, permission) VALUES (:m, %s, %s)', holder, who,
                   quote_literal(pick_of(enum_range(NULL::kroles.moderator_permission), r, 'to'))),
            format('DELETE FROM kroles.media_moderators WHERE media_id = :m OR %s = %s', holder, who),
            'INSERT INTO kroles.media_speakers (media_id, user_id, type) VALUES (:m, :u, ' || quote_literal(pick_of(enum_range(NULL::kroles.speaker_type), r, 'to')) || ')',
            'UPDATE kroles.media_speakers SET type = ''advanced'', visible = NOT visible WHERE media_id = :m', 'DELETE FROM kroles.media_speakers WHERE media_id = :m'], r)
        WHEN 'event' THEN one_of(ARRAY[
            format('INSERT INTO kroles.events (id, name) VALUES (%s, ''made'')', e), format('DELETE FROM kroles.events WHERE id = %s', e),
            format('INSERT INTO kroles.event_participants (event_id, %s, role) VALUES (%s, %s, %s)', holder, e, who,
                   quote_literal(pick_of(enum_range(NULL::kroles.event_role), r, 'to'))),
            format('INSERT INTO kroles.event_participants (event_id, %s, role, starts_at, expires_at) VALUES (%s, %s, ''moderator'', %s, %s)', holder, e, who, since, until),
            format('DELETE FROM kroles.event_participants WHERE event_id = %s AND %s = %s', e, holder, who),
            format('UPDATE kroles.event_participants SET starts_at = %s, expires_at = %s WHERE event_id = %s AND role <> ''organizer''', since, until, e),
            format('INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (%s, :m)', e), 'DELETE FROM kroles.event_sessions WHERE media_id = :m'], r)
        WHEN 'stay' THEN one_of(ARRAY[
            'SELECT enter_room(:u, :m)', 'SELECT enter_room(:u, id) FROM kroles.media', 'SELECT enter_room(id, :m) FROM kroles.users',
            'UPDATE kroles.room_participants SET left_at = joined_at WHERE left_at IS NULL AND (user_id = :u OR media_id = :m)',
            'DELETE FROM kroles.room_participants WHERE media_id = :m'], r)
        WHEN 'site' THEN one_of(ARRAY[
            'UPDATE kroles.settings SET allow_anonymous = NOT allow_anonymous', 'UPDATE kroles.settings SET chat_and_collaboration = NOT chat_and_collaboration',
            format('UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE action = ''view'' AND type = ''private'' AND applicative_role = %L',
                   pick_of('{viewer, admin, anonymous}'::text[], r, 'to')),
            format('UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, action) = (%L, %L)', pick_of('{channel, gallery}'::text[], r, 'to'), 'moderate'),
            'UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE (kind, applicative_role, action) = (''media'', ''viewer'', ''edit'')',
            'UPDATE kroles.settings SET room_session_limit = ''1 microsecond'''], r)
        WHEN 'nothing' THEN one_of(ARRAY[
            'UPDATE kroles.users SET name = ''renamed'' WHERE id = :u', 'UPDATE kroles.spaces SET name = ''renamed'', joining = ''open''',
            'UPDATE kroles.media SET name = ''renamed''', 'UPDATE kroles.events SET name = ''renamed''', 'UPDATE kroles.settings SET people_shown_to = ''nobody'''], r)
        ELSE one_of(ARRAY[
            'DELETE FROM kroles.space_members',
            'DELETE FROM kroles.group_members', 'DELETE FROM kroles.publications', 'UPDATE kroles.media SET owner_id = :u'], r)
        END, ':u', u), ':s', s), ':m', m);
END $$;
