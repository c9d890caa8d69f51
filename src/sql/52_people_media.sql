-- The people on a media: the roles-and-permissions page.
--
-- A function kroles_x() here only hands over to kroles.x(), which runs as the tables' owner and outside row-level security,
-- as publishing does (src/owner.c). So what is behind judges the person itself: before it locks anything, and once more
-- when it holds the locks, for a right may have gone meanwhile. Locks: the media's row first, then the rows of the people.

CREATE FUNCTION kroles.initials(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT nullif(upper(left(w.words[1], 1)
                                || CASE WHEN cardinality(w.words) > 1 THEN left(w.words[cardinality(w.words)], 1) ELSE '' END), '')
            FROM (SELECT regexp_split_to_array(regexp_replace(name, '^\s+|\s+$', '', 'g'), '\s+')) AS w (words));
COMMENT ON FUNCTION kroles.initials(text) IS
    'The first letters of the first and the last word of a name, for a list that has no picture; NULL for a blank name';

-- (Written so that PostgreSQL puts it into the query that calls it: a page of a large event calls it for everybody there.)
CREATE FUNCTION kroles.shown_as(user_id bigint, group_id bigint)
    RETURNS TABLE (name text, avatar_url text, identifier text, searched text[])
    LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
    SELECT n.name, u.avatar_url, i.identifier, ARRAY[lower(n.name), lower(u.email), lower(u.login)]
    FROM (SELECT $1, $2) AS w (user_id, group_id)
    LEFT JOIN kroles.users u ON u.id = w.user_id LEFT JOIN kroles.groups g ON g.id = w.group_id
    CROSS JOIN LATERAL (SELECT CASE (SELECT s.show_identifier FROM kroles.settings s) WHEN 'login' THEN u.login ELSE u.email END) AS i (identifier)
    CROSS JOIN LATERAL (SELECT coalesce(g.name, nullif(btrim(u.name), ''), i.identifier, u.login)) AS n (name);
END;
COMMENT ON FUNCTION kroles.shown_as(bigint, bigint) IS
    'How a user or group stands on a page: with email or login as settings.show_identifier says, and what a search goes through; as far as its caller sees them';

CREATE FUNCTION kroles.is_searched(searched text[], id bigint, word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN word = '' OR id::text = word OR EXISTS (SELECT FROM unnest(searched) AS t (said) WHERE strpos(t.said, word) > 0);
COMMENT ON FUNCTION kroles.is_searched(text[], bigint, text) IS
    'Whether a search in small letters finds somebody: in name, email or login, or by the whole id; blank, it finds all';

CREATE FUNCTION kroles.check_logged_in() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL AND NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_logged_in() IS 'Error 28000 for anonymous';

CREATE FUNCTION kroles.check_media(action kroles.action, media_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.can($1, 'media', $2) THEN
        RETURN;
    END IF;
    IF kroles.can('view', 'media', $2) THEN
        RAISE EXCEPTION 'you may not do this to the people on this media' USING ERRCODE = 'insufficient_privilege',
            HINT = format('It takes "%s" on the media.', $1);
    END IF;
    RAISE EXCEPTION 'there is no such media, or you may not see it' USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_media(kroles.action, bigint) IS
    'Error 42501 for whoever has not that right on the media, and 42704 for whoever may not even view it or where there is none';

CREATE FUNCTION kroles.check_page(max_rows integer, skip integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF max_rows < 0 OR skip < 0 THEN
        RAISE EXCEPTION 'a number of rows can''t be negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_page(integer, integer) IS 'Error 22023 for a page that can''t be';

-- ---- Who is on it ----

-- The permissions, in the order in which the page names them, that a filter stands for.
CREATE FUNCTION kroles.permissions_named(filter text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known text[] := '{owner,editor,publisher,viewer,chat_moderator,room_moderator,speaker}';
    named text[] := CASE WHEN filter IS NULL THEN known WHEN filter = 'collaborator' THEN known[2:4]
        WHEN filter = 'moderator' THEN known[5:6] WHEN filter = ANY (known) THEN ARRAY[filter] END;
BEGIN
    IF named IS NULL THEN
        RAISE EXCEPTION 'there is no permission "%"', filter USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Permissions are %s; collaborator and moderator stand for several.', array_to_string(known, ', '));
    END IF;
    RETURN named;
END $$;
COMMENT ON FUNCTION kroles.permissions_named(text) IS
    'The permissions on media that a filter stands for; all for NULL. Error 22023 for a word that is none';

CREATE FUNCTION kroles.media_users(media_id bigint, search text, permission text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   owner boolean, you boolean, found bigint, total bigint)
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
    WITH given (user_id, group_id, permission) AS (
        SELECT m.owner_id, NULL::bigint, 'owner' FROM kroles.media m WHERE m.id = $1
        UNION ALL SELECT c.user_id, c.group_id, c.permission::text FROM kroles.media_collaborators c WHERE c.media_id = $1
        UNION ALL SELECT m.user_id, m.group_id, m.permission::text FROM kroles.media_moderators m WHERE m.media_id = $1
        UNION ALL SELECT s.user_id, NULL, 'speaker' FROM kroles.media_speakers s WHERE s.media_id = $1
    ), listed AS (
        SELECT g.user_id, g.group_id, array_agg(g.permission ORDER BY array_position(known, g.permission)) AS permissions
        FROM given g GROUP BY g.user_id, g.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id),
           s.name, kroles.initials(s.name), s.avatar_url, s.identifier, s.permissions, 'owner' = ANY (s.permissions),
           coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word) AND s.permissions && wanted
    ORDER BY 8 DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $4 OFFSET $5;
END $$;
COMMENT ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) IS 'Behind kroles_media_users()';
REVOKE EXECUTE ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_media_users(media_id bigint, search text DEFAULT NULL, permission text DEFAULT NULL,
                                               max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_media_users(bigint, text, text, integer, integer) IS
    'The roles-and-permissions page of a media, for whoever has manage there: a row a person or group (its members are not listed), the owner first, then by name; with the email or the login, as settings.show_identifier says, all permissions, how many rows the search and the filter leave (found) and how many there are without (total). search: what name, email or login contains, or an id. permission: owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker, collaborator or moderator. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 an unknown permission';

-- ---- The edit-user window ----

-- What of permissions is of which kind; refuses what is neither.
CREATE FUNCTION kroles.permissions_split(permissions text[], OUT collaborator kroles.collaborator_permission[],
                                         OUT moderator kroles.moderator_permission[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    collaborators text[] := enum_range(NULL::kroles.collaborator_permission);
    moderators text[] := enum_range(NULL::kroles.moderator_permission);
BEGIN
    IF permissions IS NULL OR cardinality(permissions) = 0 THEN
        RAISE EXCEPTION 'at least one permission is wanted' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'kroles_remove_user() and kroles_remove_group() take every role away.';
    END IF;
    IF array_position(permissions, NULL) IS NOT NULL OR NOT permissions <@ (collaborators || moderators) THEN
        RAISE EXCEPTION 'that is no permission of a collaborator or moderator' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('They are %s.', array_to_string(collaborators || moderators, ', '));
    END IF;
    SELECT array_agg(DISTINCT p) FILTER (WHERE p = ANY (collaborators)),
           array_agg(DISTINCT p) FILTER (WHERE p = ANY (moderators))
    INTO collaborator, moderator FROM unnest(permissions) AS p;
    collaborator := coalesce(collaborator, '{}');
    moderator := coalesce(moderator, '{}');
END $$;
COMMENT ON FUNCTION kroles.permissions_split(text[]) IS
    'Permissions of collaborators and of moderators apart. Error 22023 for none at all, NULL, and what is neither';

CREATE FUNCTION kroles.check_one_person(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF num_nonnulls(user_id, group_id) <> 1 THEN
        RAISE EXCEPTION 'a user or a group is wanted, and not both' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_one_person(bigint, bigint) IS 'Error 22023 for both a user and a group, or neither';

-- Locks a media and what there is of a person or group on it, and returns the owner.
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
    'Locks a media''s row, then the rows of a user or group on it, and returns the owner; as far as its caller may';

CREATE FUNCTION kroles.check_not_owner(user_id bigint, owner bigint, message text, rule text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF user_id = owner THEN
        RAISE EXCEPTION USING MESSAGE = message, ERRCODE = 'check_violation', CONSTRAINT = rule,
            SCHEMA = 'kroles', TABLE = 'media', HINT = 'kroles_transfer_ownership() makes someone else the owner.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_not_owner(bigint, bigint, text, text) IS 'Error 23514 where the user is the owner';

CREATE FUNCTION kroles.check_exists(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.id = $1) THEN
        RAISE EXCEPTION 'there is no such user' USING ERRCODE = 'undefined_object';
    END IF;
    IF $2 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.groups g WHERE g.id = $2) THEN
        RAISE EXCEPTION 'there is no such group' USING ERRCODE = 'undefined_object';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_exists(bigint, bigint) IS 'Error 42704 where its caller sees no such user or group';

CREATE FUNCTION kroles.set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wanted record := kroles.permissions_split($4);
    has_collaborator kroles.collaborator_permission[];
    has_moderator kroles.moderator_permission[];
    owner bigint;
BEGIN
    PERFORM kroles.check_one_person($2, $3);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    owner := kroles.lock_people($1, $2, $3);
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media is no collaborator of it',
                                   'media_collaborators_owner_is_no_collaborator');
    PERFORM kroles.check_exists($2, $3);
    SELECT coalesce(array_agg(c.permission), '{}') INTO has_collaborator
    FROM kroles.media_collaborators c WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3);
    SELECT coalesce(array_agg(m.permission), '{}') INTO has_moderator
    FROM kroles.media_moderators m WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3);
    IF NOT (has_collaborator @> wanted.collaborator AND has_collaborator <@ wanted.collaborator) THEN
        PERFORM kroles.check_media('manage_collaborators', $1);
    END IF;
    IF NOT (has_moderator @> wanted.moderator AND has_moderator <@ wanted.moderator) THEN
        PERFORM kroles.check_media('manage_moderators', $1);
    END IF;
    DELETE FROM kroles.media_collaborators c
    WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) AND c.permission <> ALL (wanted.collaborator);
    DELETE FROM kroles.media_moderators m
    WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) AND m.permission <> ALL (wanted.moderator);
    INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
    SELECT $1, $2, $3, p FROM unnest(wanted.collaborator) AS p WHERE p <> ALL (has_collaborator) ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
    SELECT $1, $2, $3, p FROM unnest(wanted.moderator) AS p WHERE p <> ALL (has_moderator) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[]) IS 'Behind kroles_set_permissions()';
REVOKE EXECUTE ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[])
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_set_permissions(bigint, bigint, bigint, text[]) IS
    'Gives a user or a group (the other is NULL) exactly these permissions of collaborators and moderators on a media, at least one; a speaker stays a speaker. Takes manage_collaborators where those change, manage_moderators where those do. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 22023 none or an unknown permission, 23514 for the owner, 55000 a new moderator while the module is off';

-- ---- Remove user, remove group ----

-- Refuses whoever may not take away what is there of a user or group.
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
    'Error 42501 or 42704 for whoever may not take every role of that user or group on that media away';

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
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media can''t be removed from it', 'media_owner_stays');
    DELETE FROM kroles.media_collaborators c WHERE c.media_id = $1 AND c.user_id = $2;
    DELETE FROM kroles.media_moderators m WHERE m.media_id = $1 AND m.user_id = $2;
    DELETE FROM kroles.media_speakers s WHERE s.media_id = $1 AND s.user_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_user(bigint, bigint) IS 'Behind kroles_remove_user()';
REVOKE EXECUTE ON FUNCTION kroles.remove_user(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_user(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_user(bigint, bigint) IS
    'Takes every role on a media from a user, speaker included; who has none there is left so. Takes the manage_ right of each kind of role the user has there; everyone may remove themselves. What a group of theirs has, stays. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 23514 for the owner';

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
COMMENT ON FUNCTION kroles.remove_group(bigint, bigint) IS 'Behind kroles_remove_group()';
REVOKE EXECUTE ON FUNCTION kroles.remove_group(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_group(media_id bigint, group_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_group(bigint, bigint) IS
    'Takes every role on a media from a group; what its members have in their own name, stays. Rights and errors as for kroles_remove_user';
