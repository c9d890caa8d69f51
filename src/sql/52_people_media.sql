-- The people on a media: the roles-and-permissions page.
--
-- A public function kroles_x() of this piece, and of those below, calls kroles.x() as the owner of the tables, where row-level
-- security does not apply. So kroles.x() checks the rights of the user itself: before it takes locks, and again when it holds
-- them, because a right may have been revoked during the wait. Order of locks: the row of the media, then the rows of its people.

CREATE FUNCTION kroles.initials(name text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_initials';
COMMENT ON FUNCTION kroles.initials(text) IS
    'The initials of the first and the last word of a name, shown in place of a picture; NULL for a blank name';

-- (Written so that PostgreSQL inlines it: the page of a large event calls it for every participant. So it has no search_path of
-- its own, and qualifies every name.)
CREATE FUNCTION kroles.shown_as(user_id bigint, group_id bigint)
    RETURNS TABLE (name text, avatar_url text, identifier text, searched text[])
    LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT n.name, u.avatar_url, i.identifier, ARRAY[pg_catalog.lower(n.name), pg_catalog.lower(u.email), pg_catalog.lower(u.login)]
    FROM (SELECT $1, $2) AS w (user_id, group_id)
    LEFT JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) w.user_id LEFT JOIN kroles.groups g ON g.id OPERATOR(pg_catalog.=) w.group_id
    CROSS JOIN LATERAL (SELECT CASE WHEN (SELECT s.show_identifier FROM kroles.settings s) OPERATOR(pg_catalog.=) 'login'
        THEN u.login ELSE u.email END) AS i (identifier)
    CROSS JOIN LATERAL (SELECT coalesce(g.name, CASE WHEN pg_catalog.btrim(u.name) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.btrim(u.name) END, i.identifier, u.login)) AS n (name)
$$;
COMMENT ON FUNCTION kroles.shown_as(bigint, bigint) IS
    'How pages show a user or group, with the email or the login (settings.show_identifier), and the texts that a search reads; only rows that the caller sees';

CREATE FUNCTION kroles.is_searched(searched text[], id bigint, word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN word = '' OR id::text = word OR EXISTS (SELECT FROM unnest(searched) AS t (said) WHERE strpos(t.said, word) > 0);
COMMENT ON FUNCTION kroles.is_searched(text[], bigint, text) IS
    'Whether a search text in lower case occurs in a name, email or login, or is the id; an empty text matches all';

CREATE FUNCTION kroles.check_logged_in() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL AND NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_logged_in() IS 'Error 28000 for anonymous';

CREATE FUNCTION kroles.check_right(action kroles.action, kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.can($1, $2, $3) THEN
        RETURN;
    END IF;
    IF kroles.can('view', $2, $3) THEN
        RAISE EXCEPTION 'permission denied for the %', $2 USING ERRCODE = 'insufficient_privilege',
            HINT = format('This requires "%s" on the %s.', $1, $2);
    END IF;
    RAISE EXCEPTION 'the % does not exist, or you may not view it', $2 USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_right(kroles.action, kroles.object_kind, bigint) IS
    'Error 42501 where the current user views the object and lacks the right, 42704 where the object is hidden or does not exist';

CREATE FUNCTION kroles.require(action kroles.action, kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $2 = 'site' AND NOT kroles.can($1, $2, NULL) THEN
        RAISE EXCEPTION 'permission denied for the site' USING ERRCODE = 'insufficient_privilege',
            HINT = format('This requires "%s" on the site.', $1);
    ELSIF $2 <> 'site' THEN
        PERFORM kroles.can($1, $2, $3);     -- (the error for a right that does not exist)
        PERFORM kroles.check_right($1, $2, $3);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.require(kroles.action, kroles.object_kind, bigint) IS 'Implementation of kroles_require()';
REVOKE EXECUTE ON FUNCTION kroles.require(kroles.action, kroles.object_kind, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_require(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS void
    LANGUAGE c STABLE COST 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_require(kroles.action, kroles.object_kind, bigint) IS
    'Nothing where the current subject has the right on the object, as kroles_can() says; else an error: 42501 where they may view it, 42704 where it is hidden or does not exist, also for a NULL id. For clients whose UPDATE or DELETE succeeds where a policy leaves no row. The site has no id: 42501. Error 22023 for an action that the kind does not have';

CREATE FUNCTION kroles.check_media(action kroles.action, media_id bigint) RETURNS void
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.check_right($1, 'media', $2)
$$;
COMMENT ON FUNCTION kroles.check_media(kroles.action, bigint) IS 'kroles.check_right() for media';

CREATE FUNCTION kroles.check_page(max_rows integer, skip integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF max_rows < 0 OR skip < 0 THEN
        RAISE EXCEPTION 'number of rows must not be negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_page(integer, integer) IS 'Error 22023 for a negative number of rows';

-- ---- The list ----

-- In the order in which the page shows them.
CREATE FUNCTION kroles.permissions_named(filter text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known text[] := '{owner,editor,publisher,viewer,chat_moderator,room_moderator,speaker}';
    named text[] := CASE WHEN filter IS NULL THEN known WHEN filter = 'collaborator' THEN known[2:4]
        WHEN filter = 'moderator' THEN known[5:6] WHEN filter = ANY (known) THEN ARRAY[filter] END;
BEGIN
    IF named IS NULL THEN
        RAISE EXCEPTION 'permission "%" does not exist', filter USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Permissions are %s; collaborator and moderator stand for several.', array_to_string(known, ', '));
    END IF;
    RETURN named;
END $$;
COMMENT ON FUNCTION kroles.permissions_named(text) IS
    'The permissions on media that a filter selects; all for NULL. Error 22023 for an unknown filter';

CREATE FUNCTION kroles.media_users(media_id bigint, search text, permission text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   starts_at timestamptz[], expires_at timestamptz[], owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    known text[] := kroles.permissions_named(NULL);
    wanted text[] := kroles.permissions_named($3);
    word text := lower(btrim(coalesce($2, '')));
BEGIN
    PERFORM kroles.check_page($4, $5);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    RETURN QUERY
    WITH given (user_id, group_id, permission, starts_at, expires_at) AS (
        SELECT m.owner_id, NULL::bigint, 'owner', NULL::timestamptz, NULL::timestamptz FROM kroles.media m WHERE m.id = $1
        UNION ALL SELECT c.user_id, c.group_id, c.permission::text, c.starts_at, c.expires_at FROM kroles.media_collaborators c WHERE c.media_id = $1
        UNION ALL SELECT m.user_id, m.group_id, m.permission::text, m.starts_at, m.expires_at FROM kroles.media_moderators m WHERE m.media_id = $1
        UNION ALL SELECT s.user_id, NULL, 'speaker', NULL, NULL FROM kroles.media_speakers s WHERE s.media_id = $1
    ), listed AS (
        SELECT g.user_id, g.group_id, array_agg(g.permission ORDER BY o.n) AS permissions,
               array_agg(g.starts_at ORDER BY o.n) AS starts_at, array_agg(g.expires_at ORDER BY o.n) AS expires_at
        FROM given g CROSS JOIN LATERAL (SELECT array_position(known, g.permission)) AS o (n) GROUP BY g.user_id, g.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id),
           s.name, kroles.initials(s.name), s.avatar_url, s.identifier, s.permissions, s.starts_at, s.expires_at, 'owner' = ANY (s.permissions),
           coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word) AND s.permissions && wanted
    ORDER BY 'owner' = ANY (s.permissions) DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $4 OFFSET $5;
END $$;
COMMENT ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) IS 'Implementation of kroles_media_users()';
REVOKE EXECUTE ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_media_users(media_id bigint, search text DEFAULT NULL, permission text DEFAULT NULL,
                                               max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   starts_at timestamptz[], expires_at timestamptz[], owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_media_users(bigint, text, text, integer, integer) IS
    'The roles-and-permissions page of a media: one row for each user and group (not its members), the owner first, then by name; with the email or the login (settings.show_identifier), all permissions, the time of each in the order of permissions (from starts_at until before expires_at; those not in force included), the number of rows that match search and filter (found), and the number of all rows (total). search: a part of a name, email or login, or an id. permission: owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker, collaborator or moderator. Requires manage on the media. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 an unknown permission';

-- ---- The edit-user window ----

-- Separates the permissions of collaborators from those of moderators.
CREATE FUNCTION kroles.permissions_split(permissions text[], OUT collaborator kroles.collaborator_permission[],
                                         OUT moderator kroles.moderator_permission[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    collaborators text[] := enum_range(NULL::kroles.collaborator_permission);
    moderators text[] := enum_range(NULL::kroles.moderator_permission);
BEGIN
    IF permissions IS NULL OR cardinality(permissions) = 0 THEN
        RAISE EXCEPTION 'permissions must not be empty' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use kroles_remove_user() or kroles_remove_group() to remove all roles.';
    END IF;
    IF array_position(permissions, NULL) IS NOT NULL OR NOT permissions <@ (collaborators || moderators) THEN
        RAISE EXCEPTION 'unknown permission of a collaborator or moderator' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The permissions are %s.', array_to_string(collaborators || moderators, ', '));
    END IF;
    SELECT array_agg(DISTINCT p) FILTER (WHERE p = ANY (collaborators)),
           array_agg(DISTINCT p) FILTER (WHERE p = ANY (moderators))
    INTO collaborator, moderator FROM unnest(permissions) AS p;
    collaborator := coalesce(collaborator, '{}');
    moderator := coalesce(moderator, '{}');
END $$;
COMMENT ON FUNCTION kroles.permissions_split(text[]) IS
    'The permissions of collaborators and those of moderators. Error 22023 for an empty array, NULL, and an unknown permission';

CREATE FUNCTION kroles.check_one_person(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF num_nonnulls(user_id, group_id) <> 1 THEN
        RAISE EXCEPTION 'exactly one of user and group must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_one_person(bigint, bigint) IS 'Error 22023 unless exactly one of user and group is given';

-- Locks a media and the rows of a user or group on it, and returns the owner.
CREATE FUNCTION kroles.lock_people(media_id bigint, user_id bigint, group_id bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner bigint;
BEGIN
    SELECT m.owner_id INTO owner FROM kroles.media m WHERE m.id = $1 FOR NO KEY UPDATE;
    PERFORM FROM kroles.media_collaborators c WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) ORDER BY c.id FOR UPDATE;
    PERFORM FROM kroles.media_moderators m WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) ORDER BY m.id FOR UPDATE;
    PERFORM FROM kroles.media_speakers s WHERE s.media_id = $1 AND s.user_id = $2 FOR UPDATE;
    RETURN owner;
END $$;
COMMENT ON FUNCTION kroles.lock_people(bigint, bigint, bigint) IS
    'Locks the row of a media, then the rows of a user or group on it, and returns the owner; only rows that the caller may lock';

CREATE FUNCTION kroles.check_not_owner(user_id bigint, owner bigint, message text, rule text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF user_id = owner THEN
        RAISE EXCEPTION USING MESSAGE = message, ERRCODE = 'check_violation', CONSTRAINT = rule,
            SCHEMA = 'kroles', TABLE = 'media', HINT = 'Use kroles_transfer_ownership() to make another user the owner.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_not_owner(bigint, bigint, text, text) IS 'Error 23514 where the user is the owner';

CREATE FUNCTION kroles.check_exists(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.id = $1) THEN
        RAISE EXCEPTION 'user does not exist' USING ERRCODE = 'undefined_object';
    END IF;
    IF $2 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.groups g WHERE g.id = $2) THEN
        RAISE EXCEPTION 'group does not exist' USING ERRCODE = 'undefined_object';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_exists(bigint, bigint) IS 'Error 42704 where the caller sees no such user or group';

CREATE FUNCTION kroles.set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[], starts_at timestamptz,
                                       expires_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wanted record := kroles.permissions_split($4);
    has_collaborator kroles.collaborator_permission[];
    has_moderator kroles.moderator_permission[];
    timed boolean := num_nonnulls($5, $6) > 0;
    owner bigint;
BEGIN
    PERFORM kroles.check_one_person($2, $3);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    owner := kroles.lock_people($1, $2, $3);
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media must not be a collaborator of it',
                                   'media_collaborators_owner_is_no_collaborator');
    PERFORM kroles.check_exists($2, $3);
    SELECT coalesce(array_agg(c.permission), '{}') INTO has_collaborator
    FROM kroles.media_collaborators c WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3);
    SELECT coalesce(array_agg(m.permission), '{}') INTO has_moderator
    FROM kroles.media_moderators m WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3);
    IF NOT (has_collaborator @> wanted.collaborator AND has_collaborator <@ wanted.collaborator)
        OR timed AND wanted.collaborator <> '{}' THEN
        PERFORM kroles.check_media('manage_collaborators', $1);
    END IF;
    IF NOT (has_moderator @> wanted.moderator AND has_moderator <@ wanted.moderator) OR timed AND wanted.moderator <> '{}' THEN
        PERFORM kroles.check_media('manage_moderators', $1);
    END IF;
    DELETE FROM kroles.media_collaborators c
    WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) AND c.permission <> ALL (wanted.collaborator);
    DELETE FROM kroles.media_moderators m
    WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) AND m.permission <> ALL (wanted.moderator);
    UPDATE kroles.media_collaborators c SET starts_at = $5, expires_at = $6
    WHERE timed AND c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) AND (c.starts_at, c.expires_at) IS DISTINCT FROM ($5, $6);
    UPDATE kroles.media_moderators m SET starts_at = $5, expires_at = $6
    WHERE timed AND m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) AND (m.starts_at, m.expires_at) IS DISTINCT FROM ($5, $6);
    INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission, starts_at, expires_at)
    SELECT $1, $2, $3, p, $5, $6 FROM unnest(wanted.collaborator) AS p WHERE p <> ALL (has_collaborator) ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission, starts_at, expires_at)
    SELECT $1, $2, $3, p, $5, $6 FROM unnest(wanted.moderator) AS p WHERE p <> ALL (has_moderator) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[], timestamptz, timestamptz) IS 'Implementation of kroles_set_permissions()';
REVOKE EXECUTE ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[], timestamptz, timestamptz) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[],
                                                   starts_at timestamptz DEFAULT NULL, expires_at timestamptz DEFAULT NULL) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_set_permissions(bigint, bigint, bigint, text[], timestamptz, timestamptz) IS
    'Sets the permissions of a user or a group (the other is NULL) as collaborator and moderator of a media to the given ones, at least one; does not affect speakers. They are in force from starts_at until before expires_at (one of them NULL: without that limit); without both, those that are there keep their time, and new ones have no limit. Requires manage_collaborators where permissions of collaborators change, manage_moderators where those of moderators change. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 22023 an empty array or an unknown permission, 23514 for the owner and where starts_at is not before expires_at, 55000 a new moderator while settings.chat_and_collaboration is off';

-- ---- Remove user, remove group ----

-- Each kind of role that the user or group has requires its own right.
CREATE FUNCTION kroles.check_may_remove(media_id bigint, user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.check_media('manage_collaborators', $1) FROM kroles.media_collaborators c
    WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3);
    PERFORM kroles.check_media('manage_moderators', $1) FROM kroles.media_moderators m
    WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3);
    PERFORM kroles.check_media('manage_speakers', $1) FROM kroles.media_speakers s
    WHERE s.media_id = $1 AND s.user_id = $2;
END $$;
COMMENT ON FUNCTION kroles.check_may_remove(bigint, bigint, bigint) IS
    'Error 42501 or 42704 unless the current user may remove all roles of that user or group on the media';

CREATE FUNCTION kroles.remove_user(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    oneself boolean;
    owner bigint;
BEGIN
    PERFORM kroles.check_one_person($2, NULL);
    PERFORM kroles.check_logged_in();
    oneself := coalesce($2 = kroles.asker(), false);
    PERFORM kroles.check_media(CASE WHEN oneself THEN 'view' ELSE 'manage' END::kroles.action, $1);
    owner := kroles.lock_people($1, $2, NULL);
    IF oneself THEN
        PERFORM kroles.check_media('view', $1);
    ELSE
        PERFORM kroles.check_may_remove($1, $2, NULL);
    END IF;
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media cannot be removed from it', 'media_owner_stays');
    DELETE FROM kroles.media_collaborators c WHERE c.media_id = $1 AND c.user_id = $2;
    DELETE FROM kroles.media_moderators m WHERE m.media_id = $1 AND m.user_id = $2;
    DELETE FROM kroles.media_speakers s WHERE s.media_id = $1 AND s.user_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_user(bigint, bigint) IS 'Implementation of kroles_remove_user()';
REVOKE EXECUTE ON FUNCTION kroles.remove_user(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_user(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_user(bigint, bigint) IS
    'Removes all roles of a user on a media, including that of speaker; does nothing where the user has none. Does not affect the roles of the user''s groups. Requires the right to manage each kind of role that the user has there; every user may remove themselves. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 23514 for the owner';

CREATE FUNCTION kroles.remove_group(media_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_one_person(NULL, $2);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.lock_people($1, NULL, $2);
    PERFORM kroles.check_may_remove($1, NULL, $2);
    DELETE FROM kroles.media_collaborators c WHERE c.media_id = $1 AND c.group_id = $2;
    DELETE FROM kroles.media_moderators m WHERE m.media_id = $1 AND m.group_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_group(bigint, bigint) IS 'Implementation of kroles_remove_group()';
REVOKE EXECUTE ON FUNCTION kroles.remove_group(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_group(media_id bigint, group_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_group(bigint, bigint) IS
    'Removes all roles of a group on a media; does not affect roles that its members have as users. Rights and errors as for kroles_remove_user';
