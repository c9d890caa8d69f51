-- complain if the script is sourced in psql, rather than via ALTER EXTENSION
\echo Use "ALTER EXTENSION kroles UPDATE" to load this file. \quit

SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- Functions whose results changed
DROP FUNCTION @extschema@.kroles_event_users(bigint, text, integer, integer);
DROP FUNCTION @extschema@.kroles_media_users(bigint, text, text, integer, integer);
DROP FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint);
DROP FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint, bigint);
DROP FUNCTION @extschema@.kroles_room_join(bigint);
DROP FUNCTION @extschema@.kroles_space_users(bigint, text, integer, integer);
DROP FUNCTION @extschema@.kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer);
DROP FUNCTION kroles.event_users(bigint, text, integer, integer);
DROP FUNCTION kroles.group_member_rows(kroles.list_row[]);
DROP FUNCTION kroles.media_users(bigint, text, text, integer, integer);
DROP FUNCTION kroles.room_join(bigint);
DROP FUNCTION kroles.space_users(bigint, text, integer, integer);
DROP FUNCTION kroles.user_rows(kroles.list_row[]);

-- The versions of this script and of the library. (The library compares the body of the first with the versions that it knows.)

CREATE OR REPLACE FUNCTION kroles.script_version() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT '1.1.0'::text$$;

CREATE TYPE kroles.joining_policy AS ENUM ('closed', 'by_request', 'open');

COMMENT ON TYPE kroles.joining_policy IS
    'Who may join a space without a grant (spaces.joining): closed: nobody; by_request: users ask, and a manager answers; open: every logged-in user becomes a member at once';

CREATE TYPE kroles.join_status AS ENUM ('pending', 'approved', 'rejected');

COMMENT ON TYPE kroles.join_status IS 'The state of a request to join a space; pending: it has not been answered yet';

CREATE TYPE kroles.people_audience AS ENUM ('nobody', 'logged_in', 'everyone');

COMMENT ON TYPE kroles.people_audience IS
    'To whom kroles.people shows names (settings.people_shown_to): nobody: administrators only; logged_in: logged-in users; everyone: anonymous sessions too, where anonymous browsing is on';

-- The tables and views of kroles: the one list from which sequences, triggers, audit and privileges are made. Policies are not
-- made from it: they are written out, beside the rule that they hold.
--
-- The list is a function, not a table: a function has no rows that a role could change, needs no policy and no trigger, is
-- not in dumps, and an upgrade script replaces it as a whole. It stays in the database because kroles_grant_access(),
-- kroles_verify(), kroles_history() and tests read it. It contains nothing that the catalog does not show to all roles, and
-- functions of the tables' owner call it, so PUBLIC may execute it.

CREATE OR REPLACE FUNCTION kroles.relations()
    RETURNS TABLE (name text, tracked text[], audited text[], application text, traits text[], noun text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
BEGIN ATOMIC
    VALUES
    -- name,                 tracked,                             audited,                       application, traits, noun
    ('baseline_rights',      '{}'::text[],                        '{site}'::text[],
        'SELECT, UPDATE', '{matrix, public}'::text[], NULL),
    ('role_rights',          '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('ceiling_rights',       '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('role_labels',          NULL,                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('settings',             '{}',                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('users',                '{user, id}',                        '{user, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', NULL),
    ('user_blocks',          '{user, user_id}',                   '{user, user_id}',
        'SELECT', '{}', NULL),
    ('groups',               '{group, id}',                       '{group, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', 'group'),
    ('group_members',        '{user, user_id}',                   '{group, group_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{people}', NULL),
    ('spaces',               '{space, id}',                       '{space, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', NULL),
    ('space_members',        '{user, user_id, group, group_id}',  '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('media',                '{media, id}',                       '{media, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'media'),
    -- (the audience of a media, and so the media's own row, changes with these five: they need not be tracked themselves)
    ('publications',         NULL,                                '{media, media_id, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('media_collaborators',  NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_moderators',     NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_speakers',       NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience, people}', NULL),
    ('join_requests',        NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id}', NULL),
    ('playlists',            NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, created_at}', 'playlist'),
    ('playlist_items',       NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('events',               '{event, id}',                       '{event, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'event'),
    ('event_participants',   '{user, user_id, group, group_id}',  '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('event_sessions',       NULL,                                '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('room_participants',    '{stays, user_id}',                  '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('gateways',             '{}',                                '{site}',
        'SELECT', '{}', NULL),
    ('auditors',             '{}',                                '{site}',
        'SELECT', '{}', NULL),
    ('last_seen',            NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('signing_keys',         '{}',                                '{site}',
        'SELECT (kid, algorithm, expires_at, created_at)', '{}', NULL),
    ('audit_log',            NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('access_changes',       NULL,                                NULL,
        'SELECT, DELETE', '{}', NULL),
    ('retired_external_ids', NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('replica',              '{}',                                NULL,
        NULL, '{local}', NULL),
    -- members of the extension: their rows come with it or with time, and dumps leave them out
    ('heartbeat',            NULL,                                NULL,
        NULL, '{entitlement, member}', NULL),
    ('rights',               '{}',                                '{site}',
        'SELECT', '{public, member}', NULL),
    ('secret',               NULL,                                NULL,
        NULL, '{local, member}', NULL),
    -- views
    ('channels',             NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('galleries',            NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('moderation_queue',     NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('my_media',             NULL, NULL, 'SELECT', '{}', NULL),
    ('people',               NULL, NULL, 'SELECT', '{}', NULL),
    ('my_playlists',         NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('user_import',          NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('group_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('space_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('tables_version',       NULL, NULL, NULL, '{public}', NULL),
    ('protected_tables',     NULL, NULL, NULL, '{public, member}', NULL);
END;

-- What constraints say of names that others use for a row: logins, names of groups, external ids.

CREATE FUNCTION kroles.is_trimmed(content text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_is_trimmed';

COMMENT ON FUNCTION kroles.is_trimmed(text) IS
    'Whether the text begins and ends with visible characters, whatever the locale: Unicode''s white space, control and zero-width characters are not';

CREATE FUNCTION kroles.is_visible(content text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_is_visible';

COMMENT ON FUNCTION kroles.is_visible(text) IS
    'Whether all characters of the text are visible or plain spaces, so that texts that look alike for this are the same';

-- The time of a grant: from starts_at until just before expires_at, NULL for no limit.

CREATE FUNCTION kroles.in_window(starts_at timestamptz, expires_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(starts_at <= statement_timestamp(), true) AND coalesce(statement_timestamp() < expires_at, true);

COMMENT ON FUNCTION kroles.in_window(timestamptz, timestamptz) IS 'Whether the statement''s time is in a window';

COMMENT ON FUNCTION @extschema@.kroles_can(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Whether that user (NULL: anonymous) has the right on the object. Allowed to administrators, to auditors, to users with manage on the object, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_text';

COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint) IS
    'All rights of the current subject on the object, as text, in the order of kroles.action; empty where there are none, and where the object does not exist';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint, user_id bigint) RETURNS text[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_text_user';

COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint, bigint) IS
    'All rights of that user (NULL: anonymous) on the object; allowed to the same users as kroles_can';

CREATE FUNCTION @extschema@.kroles_contextual_role(space_id bigint) RETURNS kroles.contextual_role
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_contextual_role';

COMMENT ON FUNCTION @extschema@.kroles_contextual_role(bigint) IS
    'The role of the current subject in the channel or gallery: member, contributor, moderator or manager, by a grant of their own or else the strongest of their groups, and manager for the owner; with inherits_members, that of the gallery whose members count. NULL without a role, where kroles_role() may say viewer, and where the space does not exist';

CREATE FUNCTION @extschema@.kroles_contextual_role(space_id bigint, user_id bigint) RETURNS kroles.contextual_role
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_contextual_role_user';

COMMENT ON FUNCTION @extschema@.kroles_contextual_role(bigint, bigint) IS
    'The role of that user in the channel or gallery; allowed to administrators, to auditors, to users with manage on the space, and to every user about themselves; else error 42501';

COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint, bigint) IS
    'Whether that user (NULL: anonymous) may publish the media in the space. Allowed to administrators, to auditors, to users with manage on the media or the space, and to every user about themselves; else error 42501';

COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'The same for that user (NULL: anonymous). Allowed to administrators, to auditors, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_who_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL,
                                           after bigint DEFAULT NULL, max_rows integer DEFAULT NULL)
    RETURNS TABLE (user_id bigint, login text, via text, name text)
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_who_can';

COMMENT ON FUNCTION @extschema@.kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'All users who have the right on the object, by ascending id, with the sufficient grants as text (via) and the display name (NULL where it is empty). after, max_rows: a page of the users that follow that id. Allowed to administrators, to auditors, and to users with manage on the object; else error 42501, also where the object is hidden or does not exist';

CREATE FUNCTION kroles.is_auditor() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_asker_is_auditor';

COMMENT ON FUNCTION kroles.is_auditor() IS
    'For policies and functions: whether this is the session of a login role in kroles.auditors that states no user';

CREATE FUNCTION kroles.shows_people() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_shows_people_to_asker';

COMMENT ON FUNCTION kroles.shows_people() IS
    'For kroles.people: whether settings.people_shown_to lets the current subject know the names of people who are not blocked';

CREATE FUNCTION kroles.publisher_name(media_id bigint, space_id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(btrim(u.name), ''), u.login) FROM kroles.publications p JOIN kroles.users u ON u.id = p.published_by
    WHERE (p.media_id, p.space_id) = ($1, $2) AND kroles.space_can('moderate', $2)
$$;

COMMENT ON FUNCTION kroles.publisher_name(bigint, bigint) IS 'Implementation of kroles_publisher_name()';

REVOKE EXECUTE ON FUNCTION kroles.publisher_name(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_publisher_name(media_id bigint, space_id bigint) RETURNS text
    LANGUAGE c STABLE COST 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_publisher_name(bigint, bigint) IS
    'The name of the user who published the media in the space, or the login where the user has no name, for who may moderate the space; NULL for everybody else, and where a session without a user published it';

-- ---- Many at once ----

-- Runs as the caller, as the functions for one publication do. Publications are locked in the order of their keys, so that two
-- moderators who decide about the same ones do not wait for each other in a circle.
CREATE FUNCTION kroles.decide_many(media_ids bigint[], space_ids bigint[], approve boolean, reason text)
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    media constant bigint[] := ARRAY(SELECT unnest($1));
    spaces constant bigint[] := CASE WHEN cardinality($2) = 1 THEN array_fill(($2)[array_lower($2, 1)], ARRAY[cardinality(media)])
                                     ELSE ARRAY(SELECT unnest($2)) END;
    statuses kroles.publication_status[] := array_fill(NULL::kroles.publication_status, ARRAY[cardinality(media)]);
    codes text[] := array_fill(NULL::text, ARRAY[cardinality(media)]);
    messages text[] := codes;
    hints text[] := codes;
    code text;
    message text;
    hint text;
    n integer;
BEGIN
    IF $1 IS NULL OR $2 IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(media) <> cardinality(spaces) THEN
        RAISE EXCEPTION 'there must be a space for each media, or one for all' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = format('There are %s media and %s spaces.', cardinality(media), cardinality(spaces));
    END IF;
    PERFORM kroles.check_logged_in();
    FOR n IN SELECT k.n FROM unnest(media, spaces) WITH ORDINALITY AS k (media_id, space_id, n) ORDER BY k.media_id, k.space_id, k.n LOOP
        BEGIN
            statuses[n] := CASE WHEN $3 THEN @extschema@.kroles_approve(media[n], spaces[n])
                                ELSE @extschema@.kroles_reject(media[n], spaces[n], $4) END;
        EXCEPTION WHEN OTHERS THEN
            -- what the rules, a constraint or a trigger of the site refuses; not failures of the system or of the transaction
            IF left(SQLSTATE, 2) NOT IN ('22', '23', '42', '55', 'P0') THEN
                RAISE;
            END IF;
            GET STACKED DIAGNOSTICS code := RETURNED_SQLSTATE, message := MESSAGE_TEXT, hint := PG_EXCEPTION_HINT;
            codes[n] := code;
            messages[n] := message;
            hints[n] := nullif(hint, '');
        END;
    END LOOP;
    RETURN QUERY SELECT k.media_id, k.space_id, k.status, k.code, k.message, k.hint
    FROM unnest(media, spaces, statuses, codes, messages, hints) WITH ORDINALITY AS k (media_id, space_id, status, code, message, hint, n)
    ORDER BY k.n;
END $$;

COMMENT ON FUNCTION kroles.decide_many(bigint[], bigint[], boolean, text) IS
    'For kroles_approve_many() and kroles_reject_many(): decides about each publication in a savepoint of its own';

CREATE FUNCTION @extschema@.kroles_approve_many(media_ids bigint[], space_ids bigint[])
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE sql COST 10000 ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM kroles.decide_many($1, $2, true, NULL)
$$;

COMMENT ON FUNCTION @extschema@.kroles_approve_many(bigint[], bigint[]) IS
    'Approves pending publications: those of each media in the space at the same position, or all in one space where space_ids has one element. A row for each, in the order of the arrays: its status, or the SQLSTATE, message and hint with which kroles_approve() refuses it; the others are approved all the same. No row where an array is NULL. Errors: 28000 not logged in, 22023 arrays of different lengths';

CREATE FUNCTION @extschema@.kroles_reject_many(media_ids bigint[], space_ids bigint[], reason text DEFAULT NULL)
    RETURNS TABLE (media_id bigint, space_id bigint, status kroles.publication_status, "sqlstate" text, message text, hint text)
    LANGUAGE sql COST 10000 ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM kroles.decide_many($1, $2, false, $3)
$$;

COMMENT ON FUNCTION @extschema@.kroles_reject_many(bigint[], bigint[], text) IS
    'Rejects pending publications, with one reason for all; otherwise as kroles_approve_many()';

-- The people on a media: the roles-and-permissions page.
--
-- A public function kroles_x() of this piece, and of those below, calls kroles.x() as the owner of the tables, where row-level
-- security does not apply. So kroles.x() checks the rights of the user itself: before it takes locks, and again when it holds
-- them, because a right may have been revoked during the wait. Order of locks: the row of the media, then the rows of its people.

CREATE OR REPLACE FUNCTION kroles.initials(name text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_initials';

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

-- ---- Cells ----

CREATE OR REPLACE FUNCTION kroles.cell(content text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_cell';

COMMENT ON FUNCTION kroles.cell(text) IS 'The content of a cell without white space and invisible characters around it; NULL where nothing is left';

CREATE FUNCTION kroles.without_blanks(content text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_without_blanks';

COMMENT ON FUNCTION kroles.without_blanks(text) IS 'The text without any white space and invisible characters';

CREATE FUNCTION kroles.edit_distance(a text, b text) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_edit_distance';

COMMENT ON FUNCTION kroles.edit_distance(text, text) IS 'How many characters two words differ in (Levenshtein); 4 where these are more than 3';

CREATE FUNCTION kroles.list_word(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(kroles.cell(content) COLLATE "C");

COMMENT ON FUNCTION kroles.list_word(text) IS 'The content of a cell that is one of our words, in lower case';

CREATE OR REPLACE FUNCTION kroles.list_action(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE coalesce(kroles.list_word(content), '6')
        WHEN '1' THEN 'add' WHEN '2' THEN 'update' WHEN '3' THEN 'delete' WHEN '6' THEN 'upsert'
        WHEN 'add' THEN 'add' WHEN 'update' THEN 'update' WHEN 'delete' THEN 'delete' WHEN 'upsert' THEN 'upsert'
        ELSE kroles.cell(content) END;

CREATE OR REPLACE FUNCTION kroles.list_flag(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kroles.list_word(content) IN ('true', 't', 'yes', 'y', 'on', '1') THEN 'true'
                WHEN kroles.list_word(content) IN ('false', 'f', 'no', 'n', 'off', '0') THEN 'false'
                ELSE kroles.cell(content) END;

CREATE OR REPLACE FUNCTION kroles.list_applicative_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kroles.list_word(content)
        WHEN 'viewerrole' THEN 'viewer' WHEN 'privateonlyrole' THEN 'private_only' WHEN 'adminrole' THEN 'admin'
        WHEN 'unmoderatedadminrole' THEN 'unmoderated_admin' ELSE content END;

CREATE OR REPLACE FUNCTION kroles.list_label(content text, labels text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kroles.list_word(content) = ANY (labels) THEN kroles.list_word(content) ELSE kroles.cell(content) END;

CREATE OR REPLACE FUNCTION kroles.list_time(content text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE kroles.list_word(content) WHEN 'never' THEN 'infinity' ELSE kroles.cell(content) END::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- (A blank cell leaves what there was.)
CREATE FUNCTION kroles.list_start(content text, former timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN kroles.cell(content) IS NULL THEN former WHEN kroles.list_word(content) <> 'always' THEN kroles.list_time(content) END;

COMMENT ON FUNCTION kroles.list_start(text, timestamptz) IS 'A cell as the start of a grant, with "always" for none; the former one where it is blank';

CREATE FUNCTION kroles.list_end(content text, former timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN kroles.cell(content) IS NULL THEN former ELSE nullif(kroles.list_time(content), 'infinity') END;

COMMENT ON FUNCTION kroles.list_end(text, timestamptz) IS 'A cell as the end of a grant, with "never" for none; the former one where it is blank';

-- What is wrong with the times of a row: the cells, and the start and end that they come to.
CREATE FUNCTION kroles.window_errors(starts text, ends text, starts_at timestamptz, expires_at timestamptz)
    RETURNS TABLE (column_name text, value text, code text, message text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'starts_at', starts, '22007', 'invalid time'
    WHERE kroles.cell(starts) IS NOT NULL AND kroles.list_word(starts) <> 'always' AND kroles.list_time(starts) IS NULL
    UNION ALL SELECT 'expires_at', ends, '22007', 'invalid time' WHERE kroles.cell(ends) IS NOT NULL AND kroles.list_time(ends) IS NULL
    UNION ALL SELECT 'expires_at', ends, '23514', 'the end must be later than the start' WHERE starts_at >= expires_at
$$;

COMMENT ON FUNCTION kroles.window_errors(text, text, timestamptz, timestamptz) IS 'The mistakes in the two times of a row of a list';

CREATE FUNCTION kroles.masked(content text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_masked';

COMMENT ON FUNCTION kroles.masked(text) IS 'The text with "?" for each control or invisible character, and each white space but a plain space';

CREATE OR REPLACE FUNCTION kroles.shown(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kroles.masked(left(content, 100));

COMMENT ON FUNCTION kroles.shown(text) IS 'The beginning of a cell, for messages, without control characters and invisible ones';

-- ---- The columns of each list ----

CREATE OR REPLACE FUNCTION kroles.list_fields(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE list
        WHEN 'users' THEN '{action, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked,
                            groups, first_name, last_name, screen_name}'::text[]
        WHEN 'group_members' THEN '{action, group_name, login, starts_at, expires_at}'::text[]
        WHEN 'space_members' THEN '{action, space_id, external_id, login, group_name, role, expires_at, starts_at,
                                    reference_id, status}'::text[] END;

CREATE FUNCTION kroles.list_headings(list text) RETURNS TABLE (heading text, field text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT f, f FROM unnest(kroles.list_fields(list)) AS f
    UNION ALL
    SELECT k.heading, k.field FROM (VALUES
        ('users', 'userId', 'login'), ('users', 'group', 'groups'), ('users', 'role', 'applicative_role'),
        ('users', 'firstName', 'first_name'), ('users', 'lastName', 'last_name'), ('users', 'screenName', 'screen_name'),
        ('users', 'tags', NULL), ('users', 'gender', NULL), ('users', 'zip', NULL), ('users', 'country', NULL),
        ('users', 'state', NULL), ('users', 'city', NULL), ('users', 'dateOfBirth', NULL), ('users', 'partnerData', NULL),
        ('users', 'userRoles', NULL),
        ('group_members', 'userId', 'login'), ('group_members', 'group', 'group_name'),
        ('group_members', 'firstName', NULL), ('group_members', 'lastName', NULL), ('group_members', 'screenName', NULL),
        ('group_members', 'email', NULL), ('group_members', 'tags', NULL), ('group_members', 'gender', NULL),
        ('group_members', 'zip', NULL), ('group_members', 'country', NULL), ('group_members', 'state', NULL),
        ('group_members', 'city', NULL), ('group_members', 'dateOfBirth', NULL), ('group_members', 'partnerData', NULL),
        ('group_members', 'userRoles', NULL),
        ('space_members', 'userId', 'login'), ('space_members', 'group', 'group_name'),
        ('space_members', 'categoryId', 'external_id'), ('space_members', 'categoryReferenceId', 'reference_id'),
        ('space_members', 'permissionLevel', 'role'), ('space_members', 'categoryUserId', NULL), ('space_members', 'updateMethod', NULL)
    ) AS k (list, heading, field) WHERE k.list = list_headings.list;
END;

COMMENT ON FUNCTION kroles.list_headings(text) IS
    'The headings that a list may have, ours and Kaltura''s, and the field that each stands for; NULL for a column of Kaltura''s format that is not stored';

CREATE FUNCTION kroles.heading(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(lower(btrim(replace(kroles.without_blanks(content), '_', ''), '*') COLLATE "C"), '');

COMMENT ON FUNCTION kroles.heading(text) IS
    'A heading as headings are compared: in lower case, without white space, invisible characters, "_" and the mark "*" of Kaltura''s header; NULL for a blank one';

CREATE FUNCTION kroles.known_headings(list text, header text[]) RETURNS TABLE (place integer, heading text, known boolean, field text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH ours AS MATERIALIZED (
        SELECT DISTINCT kroles.heading(k.heading) AS heading, k.field FROM kroles.list_headings(list) AS k
    ), theirs AS MATERIALIZED (
        SELECT h.n::integer AS place, kroles.heading(h.heading) AS heading FROM unnest(header) WITH ORDINALITY AS h (heading, n)
    )
    SELECT t.place, t.heading,
           o.heading IS NOT NULL OR m.role OR m.other,
           coalesce(o.field, CASE WHEN m.role THEN 'applicative_role' END)
    FROM theirs AS t LEFT JOIN ours AS o ON o.heading = t.heading
    -- columns of metadata schemas: the role, or what a site has added
    CROSS JOIN LATERAL (SELECT list = 'users' AND coalesce(t.heading ~ '^metadata::kmsuserschema1.*::role$', false),
                               list <> 'space_members' AND coalesce(t.heading ~ '^metadata::.+::' AND t.heading !~ 'userschema|::[^:]*rol[^:]*$', false))
        AS m (role, other)
    ORDER BY t.place;
END;

COMMENT ON FUNCTION kroles.known_headings(text, text[]) IS
    'The headings of a header: as they are compared, whether they are known, and the field of each';

-- A wrong heading must not turn a list of deletions into one of additions, so an unknown column is an error.
CREATE FUNCTION kroles.refuse_headings(list text, unknown text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    meant text := (SELECT string_agg(format('"%s" may mean "%s".', left(kroles.shown(kroles.cell(u.heading)), 40), k.heading), ' ' ORDER BY u.n)
        FROM unnest(unknown[:20]) WITH ORDINALITY AS u (heading, n)
        CROSS JOIN LATERAL (
            SELECT s.heading FROM (VALUES (kroles.heading(u.heading))) AS h (heading),
            LATERAL (SELECT l.heading, kroles.heading(l.heading) AS compared, l.field IS NULL AS dropped FROM kroles.list_headings(list) AS l
                     UNION ALL SELECT 'metadata::KMS_USERSCHEMA1_…::role', 'metadata::kmsuserschema1::role', false WHERE list = 'users') AS s
            CROSS JOIN LATERAL (SELECT CASE
                WHEN h.heading LIKE 'metadata::%' THEN CASE WHEN s.compared LIKE 'metadata::%' THEN 0 END
                WHEN kroles.edit_distance(h.heading, s.compared) <= least(3, length(s.compared) / 2) THEN kroles.edit_distance(h.heading, s.compared)
                WHEN length(s.compared) > 3 AND (strpos(h.heading, s.compared) > 0 OR length(h.heading) > 3 AND strpos(s.compared, h.heading) > 0)
                THEN 4 WHEN length(h.heading) > 4 AND left(h.heading, 5) = left(s.compared, 5) THEN 5 END) AS d (distance)
            WHERE d.distance IS NOT NULL ORDER BY d.distance, s.dropped, s.heading LIMIT 1) AS k);
BEGIN
    RAISE EXCEPTION 'the list has unknown columns: %', (SELECT string_agg(left(kroles.shown(kroles.cell(u)), 40), ', ' ORDER BY n)
                                                         FROM unnest(unknown[:20]) WITH ORDINALITY AS u (u, n))
            || CASE WHEN cardinality(unknown) > 20 THEN format(' and %s more', cardinality(unknown) - 20) ELSE '' END
        USING ERRCODE = 'undefined_column', DETAIL = coalesce(meant, format('The columns are: %s.', array_to_string(kroles.list_fields(list), ', '))),
            HINT = 'Correct the headings, which commas must separate, or name the columns to be ignored: ignore => ''{...}''.';
END $$;

COMMENT ON FUNCTION kroles.refuse_headings(text, text[]) IS 'Error 42703 for headings that the list does not have, with those that they may mean';

CREATE FUNCTION kroles.list_places(list text, header text[], ignore text[]) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unwanted text[] := ARRAY(SELECT coalesce(kroles.heading(i), '') FROM unnest(ignore) AS i);
    fields text[];
    unknown text[];
    dropped text[];
BEGIN
    IF EXISTS (SELECT FROM unnest(unwanted) AS u WHERE u = 'action') THEN
        RAISE EXCEPTION 'the column "action" cannot be ignored' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Without it, a list of deletions would add what it is to delete.';
    END IF;
    SELECT array_agg(k.field ORDER BY k.place),
           coalesce(array_agg(header[k.place] ORDER BY k.place) FILTER (WHERE k.heading IS NOT NULL AND NOT k.known), '{}'),
           coalesce(array_agg(left(kroles.shown(kroles.cell(header[k.place])), 40) ORDER BY k.place) FILTER (WHERE k.known AND k.field IS NULL), '{}')
    INTO fields, unknown, dropped
    FROM (SELECT k.place, k.heading, k.known OR u.wanted IS NOT TRUE AS known, CASE WHEN u.wanted THEN k.field END AS field
          FROM kroles.known_headings(list, header) AS k, LATERAL (SELECT k.heading <> ALL (unwanted)) AS u (wanted)) AS k;
    IF unknown <> '{}' THEN
        PERFORM kroles.refuse_headings(list, unknown);
    END IF;
    PERFORM kroles.check_fields(list, fields);
    IF dropped <> '{}' THEN
        RAISE NOTICE 'ignoring columns: %', array_to_string(dropped[:20], ', ')
            || CASE WHEN cardinality(dropped) > 20 THEN format(' and %s more', cardinality(dropped) - 20) ELSE '' END;
    END IF;
    RETURN ARRAY(SELECT array_position(fields, f) FROM unnest(kroles.list_fields(list)) WITH ORDINALITY AS w (f, n) ORDER BY n);
END $$;

COMMENT ON FUNCTION kroles.list_places(text, text[], text[]) IS
    'The position of each field in a file, by its header; raises a notice with the columns that are ignored, an error for unknown ones';

-- The text of a file as the rows of a list: comments, headers, and what belongs together.

-- Within a list, lines that begin with "#" are comments, and a line that begins with "*" is a header; so is one that has nothing but
-- headings, as where files were joined (of a single heading, that of the one column that a list can do with).
CREATE FUNCTION kroles.header_places(list text, records kroles.list_row[]) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS MATERIALIZED (SELECT array_agg(DISTINCT kroles.heading(k.heading)) AS words FROM kroles.list_headings(list) AS k)
    SELECT coalesce(array_agg(r.n ORDER BY r.n), '{}')
    FROM known, unnest(records) WITH ORDINALITY AS r (line, cells, n)
    WHERE r.n = 1 OR kroles.cell(r.cells[1]) LIKE '*%'
       OR coalesce(cardinality(r.cells) = 1 AND kroles.heading(r.cells[1]) IN ('login', 'userid'), false)
       OR coalesce(kroles.heading(r.cells[1]) = ANY (known.words)
                   AND (SELECT bool_and(k.known) AND count(*) > 1 FROM kroles.known_headings(list, r.cells) AS k WHERE k.heading IS NOT NULL), false)
$$;

COMMENT ON FUNCTION kroles.header_places(text, kroles.list_row[]) IS 'Which records of a file are headers; the first is one always';

CREATE FUNCTION kroles.read_list(list text, csv text, ignore text[], OUT rows kroles.list_row[], OUT errors kroles.list_error[], OUT headings text[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    records kroles.list_row[];
    comments bigint;
    headers bigint[];
    header text[];
    places int[];
    all_places int[] := '{}';
    widths int[] := '{}';
    blank int[] := '{}';
    any_blank boolean := false;
    quoted bigint;
    login_at int := array_position(kroles.list_fields(list), 'login');
BEGIN
    SELECT coalesce(array_agg(ROW(r.line, r.cells)::kroles.list_row ORDER BY r.line) FILTER (WHERE NOT r.comment), '{}'),
           count(*) FILTER (WHERE r.comment),
           min(r.line) FILTER (WHERE r.cells[1] LIKE '#_%' AND EXISTS (SELECT FROM unnest(r.cells[2:]) AS c WHERE kroles.cell(c) IS NOT NULL))
    INTO records, comments, quoted
    FROM (SELECT r.line, r.cells, coalesce(kroles.cell(r.cells[1]) LIKE '#%', false) AS comment FROM kroles.csv_rows(csv, NULL) AS r
          WHERE EXISTS (SELECT FROM unnest(r.cells) AS c WHERE kroles.cell(c) IS NOT NULL)) AS r;
    -- (Of a comment csv_rows() leaves "#" alone: what follows it here was in quotes. Without other cells it is a comment that some
    -- program has quoted; with others it may be a name.)
    IF quoted IS NOT NULL THEN
        RAISE EXCEPTION 'line % begins with "#" in quotes', quoted USING ERRCODE = 'bad_copy_file_format',
            HINT = 'A comment begins with # without quotes; a name that begins with # cannot be imported as the first cell: put another column first.';
    END IF;
    IF comments > 0 THEN
        RAISE NOTICE 'ignoring % % with "#"', comments, CASE comments WHEN 1 THEN 'line that begins' ELSE 'lines that begin' END;
    END IF;
    IF records = '{}' THEN
        RAISE EXCEPTION 'the list is empty' USING ERRCODE = 'invalid_parameter_value', HINT = 'The first line must name the columns.';
    END IF;
    headers := kroles.header_places(list, records);
    FOR i IN 1 .. cardinality(headers) LOOP
        IF i = 1 OR header <> (records[headers[i]]).cells THEN
            header := (records[headers[i]]).cells;
            places := kroles.list_places(list, header, ignore);
        END IF;
        all_places := all_places || ARRAY[places];
        widths := widths || cardinality(header);
        any_blank := any_blank OR EXISTS (SELECT FROM unnest(header) AS h WHERE kroles.heading(h) IS NULL);
        headings := ARRAY(SELECT coalesce(headings[p.n], left(kroles.shown(kroles.cell(header[p.place])), 40))
                          FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n);
    END LOOP;
    WITH filled AS (
        SELECT r.line, r.cells, r.s, CASE
                   WHEN cardinality(r.cells) <> widths[r.s] THEN
                       format('the row has %s cells, but the header has %s', cardinality(r.cells), widths[r.s])
                   WHEN any_blank AND EXISTS (
                       SELECT FROM unnest(r.cells, (records[headers[r.s]]).cells) AS c (cell, heading)
                       WHERE kroles.cell(c.cell) IS NOT NULL AND kroles.heading(c.heading) IS NULL) THEN
                       'the row has a cell in a column without a heading'
                   WHEN kroles.heading(r.cells[all_places[r.s][login_at]]) IN ('login', 'userid') THEN
                       'the row seems to be a header, but not all of it is headings' END AS wrong
        FROM (SELECT r.line, r.cells, r.n, width_bucket(r.n, headers) AS s FROM unnest(records) WITH ORDINALITY AS r (line, cells, n) OFFSET 0) AS r
        WHERE headers[r.s] <> r.n
    )
    SELECT coalesce(array_agg(ROW(f.line, ARRAY(SELECT kroles.cell(f.cells[all_places[f.s][p]]) FROM generate_series(1, cardinality(headings)) AS p ORDER BY p))
               ::kroles.list_row ORDER BY f.line) FILTER (WHERE f.wrong IS NULL), '{}'),
           coalesce(array_agg(ROW(f.line, NULL, NULL, '22P04', f.wrong)::kroles.list_error ORDER BY f.line) FILTER (WHERE f.wrong IS NOT NULL), '{}')
    INTO rows, errors FROM filled AS f;
END $$;

COMMENT ON FUNCTION kroles.read_list(text, text, text[]) IS
    'The rows of a file without empty lines, comments and headers; errors for rows whose number of cells differs from that of the header before them; and the heading of each field';

-- Rows of a view come without a file: which column was its first is not known.
CREATE FUNCTION kroles.marked_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.line, (kroles.list_fields(list))[k.n], kroles.shown(r.cells[k.n]), '22P04',
           'the row begins with a mark of the file''s format: only kroles_import_' || list || '() reads files with comments and several headers'
    FROM unnest(rows) AS r, LATERAL (
        SELECT min(k) AS n FROM unnest(CASE list WHEN 'users' THEN '{1,2}' WHEN 'group_members' THEN '{1,2,3}' ELSE '{1,2,3,4}' END::int[]) AS k
        WHERE left(r.cells[k], 1) IN ('#', '*') OR k = 1 AND kroles.heading(r.cells[1]) = 'action'
           OR (kroles.list_fields(list))[k] = 'login' AND kroles.heading(r.cells[k]) IN ('login', 'userid')) AS k
    WHERE k.n IS NOT NULL
$$;

COMMENT ON FUNCTION kroles.marked_rows(text, kroles.list_row[]) IS 'For a view: errors for rows that are comments or headers of a file';

-- ---- What belongs together ----

CREATE FUNCTION kroles.named_space(by_id text, external_id text, reference_id text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE WHEN by_id IS NOT NULL THEN (SELECT i.id FROM kroles.spaces AS i WHERE i.id = kroles.list_id(by_id))
        ELSE coalesce((SELECT e.id FROM kroles.spaces AS e WHERE e.external_id = named_space.external_id),
                      (SELECT f.id FROM kroles.spaces AS f WHERE f.external_id = named_space.reference_id)) END;
END $$;

COMMENT ON FUNCTION kroles.named_space(text, text, text) IS 'The space that a row of a list names, where the current user sees it';

CREATE OR REPLACE FUNCTION kroles.repeated_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    IF list = 'users' THEN
        RETURN;     -- kroles.joined_users() finds those
    END IF;
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.line, r.cells, ARRAY[r.cells[2], r.cells[3], r.cells[9]] AS space FROM unnest(rows) AS r
    ), spaces AS MATERIALIZED (
        -- a space by its id and by its external id is the same one
        SELECT s.space, kroles.named_space(s.space[1], s.space[2], s.space[3]) AS id
        FROM (SELECT DISTINCT d.space FROM said AS d WHERE list = 'space_members') AS s
    ), keyed AS (
        SELECT d.line, CASE list WHEN 'group_members' THEN d.cells[3] ELSE d.cells[4] END AS login,
               CASE list WHEN 'group_members' THEN ROW(kroles.cell(ltrim(d.cells[2], '-')), d.cells[3])::text
                         ELSE ROW(coalesce(p.id::text, d.space::text), d.cells[4], d.cells[5])::text END AS key
        FROM said AS d LEFT JOIN spaces AS p ON p.space = d.space
    )
    SELECT k.line, NULL, kroles.shown(k.login), '23505', format('duplicate of line %s', k.first_line)
    FROM (SELECT y.line, y.login, min(y.line) OVER (PARTITION BY y.key) AS first_line FROM keyed AS y) AS k
    WHERE k.line > k.first_line;
END $$;

COMMENT ON FUNCTION kroles.repeated_rows(text, kroles.list_row[]) IS
    'Errors for rows about the same as an earlier row, however they name it, as far as the current user sees it';

CREATE FUNCTION kroles.joined_user(a kroles.list_row, b kroles.list_row, OUT joined kroles.list_row, OUT error kroles.list_error)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actions text[] := ARRAY[kroles.list_action(a.cells[1]), kroles.list_action(b.cells[1])];
    differs int := (SELECT min(i) FROM generate_series(3, cardinality(a.cells)) AS i
                    WHERE i <> 11 AND a.cells[i] <> b.cells[i] AND NOT (i = 8 AND kroles.list_applicative_role(a.cells[i]) = kroles.list_applicative_role(b.cells[i])));
BEGIN
    IF 'delete' = ANY (actions) OR actions[2] NOT IN ('update', 'upsert') AND (actions[2] <> 'add' OR actions[1] <> 'add')
        OR NOT EXISTS (SELECT * FROM kroles.group_words(b.cells[11]) EXCEPT SELECT * FROM kroles.group_words(a.cells[11]))
           AND NOT EXISTS (SELECT FROM generate_series(3, cardinality(a.cells)) AS i WHERE i <> 11 AND a.cells[i] IS NULL AND b.cells[i] IS NOT NULL) THEN
        error := ROW(b.line, 'login', kroles.shown(b.cells[2]), '23505', format('duplicate of line %s', a.line));
    ELSIF differs IS NOT NULL THEN
        error := ROW(b.line, (kroles.list_fields('users'))[differs], kroles.shown(b.cells[differs]), '23505',
            format('line %s says something else of this user', a.line));
    ELSE
        joined := ROW(a.line, ARRAY(SELECT CASE i WHEN 11 THEN concat_ws(', ', a.cells[i], b.cells[i]) ELSE coalesce(a.cells[i], b.cells[i]) END
                                    FROM generate_series(1, cardinality(a.cells)) AS i ORDER BY i));
    END IF;
END $$;

COMMENT ON FUNCTION kroles.joined_user(kroles.list_row, kroles.list_row) IS
    'A row of a user and a later one that adds groups or cells to it, as one row; or the error that they are no such rows';

-- Kaltura writes a line for each group of a user.
CREATE FUNCTION kroles.joined_users(rows kroles.list_row[], OUT joined kroles.list_row[], OUT errors kroles.list_error[])
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    next record;
    one kroles.list_row;
    pair record;
BEGIN
    errors := '{}';
    joined := ARRAY(SELECT ROW(k.line, k.cells)::kroles.list_row
                    FROM (SELECT r.line, r.cells, count(*) OVER (PARTITION BY r.cells[2]) AS n FROM unnest(rows) AS r) AS k
                    WHERE k.n = 1 OR k.cells[2] IS NULL ORDER BY k.line);
    IF cardinality(joined) = cardinality(rows) THEN
        joined := rows;
        RETURN;
    END IF;
    FOR next IN SELECT k.line, k.cells FROM (SELECT r.line, r.cells, count(*) OVER (PARTITION BY r.cells[2]) AS n FROM unnest(rows) AS r) AS k
             WHERE k.n > 1 AND k.cells[2] IS NOT NULL ORDER BY k.cells[2] COLLATE "C", k.line
    LOOP
        IF one IS NOT NULL AND one.cells[2] = next.cells[2] THEN
            pair := kroles.joined_user(one, ROW(next.line, next.cells)::kroles.list_row);
            IF pair.error IS NULL THEN
                one := pair.joined;
            ELSE
                errors := errors || pair.error;
            END IF;
        ELSE
            IF one IS NOT NULL THEN
                joined := joined || one;
            END IF;
            one := ROW(next.line, next.cells);
        END IF;
    END LOOP;
    joined := ARRAY(SELECT ROW(j.line, j.cells)::kroles.list_row FROM unnest(joined || one) AS j ORDER BY j.line);
END $$;

COMMENT ON FUNCTION kroles.joined_users(kroles.list_row[]) IS
    'The rows of a list of users with one row a user, whose line is the first one; errors for rows that contradict or repeat an earlier one';

-- Errors that the rows did not cause (a deadlock, a full disk) end the import.
CREATE FUNCTION kroles.is_error_of_rows(code text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN code ~ '^(21|22|23|44|P0|42501|42704|55000)';

COMMENT ON FUNCTION kroles.is_error_of_rows(text) IS 'Whether an SQLSTATE is that of an error which rows of a list cause';

CREATE FUNCTION kroles.errors_of_applying(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
    e kroles.list_error;
    errors kroles.list_error[] := '{}';
    relation text;
    rule text;
BEGIN
    BEGIN
        PERFORM kroles.apply_list(list, rows);
        RAISE EXCEPTION USING ERRCODE = 'KR001';
    EXCEPTION WHEN SQLSTATE 'KR001' THEN
        RETURN;     -- the changes are rolled back
    WHEN OTHERS THEN
        IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
            RAISE;
        END IF;
        GET STACKED DIAGNOSTICS relation = TABLE_NAME, rule = CONSTRAINT_NAME, e.column_name = COLUMN_NAME, e.message = MESSAGE_TEXT;
        e.code := SQLSTATE;
        e.message := e.message || CASE rule WHEN 'users_keeps_an_administrator' THEN ': make another user an administrator first' ELSE '' END;
        e.column_name := CASE WHEN relation = list THEN coalesce(nullif(e.column_name, ''), kroles.column_of(relation, rule)) END;
    END;
    IF n > 1 THEN
        errors := ARRAY(SELECT h FROM kroles.errors_of_applying(list, rows[:n / 2]) AS h)
            || ARRAY(SELECT h FROM kroles.errors_of_applying(list, rows[n / 2 + 1:]) AS h);
    END IF;
    IF errors = '{}' THEN   -- it is this row, or rows that do not go together
        errors := ARRAY(SELECT ROW(r.line, e.column_name, kroles.shown(r.cells[array_position(kroles.list_fields(list), e.column_name)]),
                                   e.code, e.message)::kroles.list_error FROM unnest(rows) AS r);
    END IF;
    RETURN QUERY SELECT * FROM unnest(errors);
END $$;

COMMENT ON FUNCTION kroles.errors_of_applying(text, kroles.list_row[]) IS
    'The errors that applying the rows of the list causes, of the rows that cause them; changes nothing';

-- Where applying rows fails, each half is applied on its own, down to single rows, so that few errors cost little.
CREATE OR REPLACE FUNCTION kroles.apply_or_tell(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
BEGIN
    PERFORM kroles.apply_list(list, rows);
EXCEPTION WHEN OTHERS THEN
    IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
        RAISE;
    ELSIF n > 1 THEN
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[:n / 2]);
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[n / 2 + 1:]);
    ELSE
        RETURN QUERY SELECT * FROM kroles.errors_of_applying(list, rows);
    END IF;
END $$;

-- Rows about the rights of the current user go together: after some of them, others would be judged by other rights.
CREATE FUNCTION kroles.apply_whole(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    errors kroles.list_error[];
BEGIN
    BEGIN
        PERFORM kroles.apply_list(list, rows);
        RETURN;
    EXCEPTION WHEN OTHERS THEN
        IF NOT kroles.is_error_of_rows(SQLSTATE) THEN
            RAISE;
        END IF;
    END;
    errors := ARRAY(SELECT e FROM kroles.errors_of_applying(list, rows) AS e);
    RETURN QUERY SELECT * FROM unnest(errors);
    RETURN QUERY
    SELECT r.line, NULL::text, NULL::text, (errors[1]).code,
           format('not imported, as line %s is not: rows about one''s own rights are imported together', (errors[1]).line)
    FROM unnest(kroles.without_errors(rows, errors)) AS r;
END $$;

COMMENT ON FUNCTION kroles.apply_whole(text, kroles.list_row[]) IS
    'Applies all rows of the list, or none and returns an error for each';

CREATE FUNCTION kroles.without_rows(rows kroles.list_row[], others kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF others <> '{}' THEN
        rows := ARRAY(SELECT ROW(r.line, r.cells)::kroles.list_row FROM unnest(rows) AS r
                      WHERE r.line NOT IN (SELECT o.line FROM unnest(others) AS o) ORDER BY r.line);
    END IF;
    RETURN rows;
END $$;

COMMENT ON FUNCTION kroles.without_rows(kroles.list_row[], kroles.list_row[]) IS 'The rows without those others';

CREATE FUNCTION kroles.with_clean_cells(list text, rows kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place int := array_position(kroles.list_fields(list), 'login');
    folded boolean := coalesce((SELECT s.case_insensitive_logins FROM kroles.settings AS s), false);
BEGIN
    RETURN ARRAY(SELECT ROW(r.line, ARRAY(SELECT CASE WHEN folded AND c.n = place THEN lower(kroles.cell(c.cell)) ELSE kroles.cell(c.cell) END
                                          FROM unnest(r.cells) WITH ORDINALITY AS c (cell, n) ORDER BY c.n))::kroles.list_row
                 FROM unnest(rows) AS r ORDER BY r.line);
END $$;

COMMENT ON FUNCTION kroles.with_clean_cells(text, kroles.list_row[]) IS
    'The rows without blanks around cells, and with logins in lower case where logins are case-insensitive';

CREATE FUNCTION kroles.distinct_rows(list text, given kroles.list_row[], OUT rows kroles.list_row[], OUT errors kroles.list_error[])
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF list = 'users' THEN
        SELECT j.joined, j.errors INTO rows, errors FROM kroles.joined_users($2) AS j;
    ELSE
        errors := ARRAY(SELECT e FROM kroles.repeated_rows(list, $2) AS e);
        rows := kroles.without_errors($2, errors);
    END IF;
END $$;

COMMENT ON FUNCTION kroles.distinct_rows(text, kroles.list_row[]) IS
    'The rows with one for each thing that they are about, and errors for those that repeat an earlier one';

CREATE FUNCTION kroles.asker_rows(list text, rows kroles.list_row[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own_login text := (SELECT u.login FROM kroles.users AS u WHERE u.id = @extschema@.kroles_current_user());
    concerned kroles.list_row[];
BEGIN
    IF list = 'users' THEN
        RETURN ARRAY(SELECT r FROM unnest(rows) AS r WHERE (r).cells[2] = own_login);
    ELSIF list = 'group_members' THEN
        RETURN '{}';    -- membership of a group makes nobody an administrator
    END IF;
    concerned := ARRAY(SELECT r FROM unnest(rows) AS r WHERE (r).cells[4] = own_login OR (r).cells[5] IS NOT NULL);
    RETURN ARRAY(SELECT r FROM unnest(concerned) AS r
                 WHERE (r).line IN (SELECT m.line FROM kroles.space_member_rows(concerned) AS m WHERE kroles.holds(m.user_id, m.group_id)));
END $$;

COMMENT ON FUNCTION kroles.asker_rows(text, kroles.list_row[]) IS 'The rows that concern the rights of the current user';

CREATE FUNCTION kroles.tell_similar_logins(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    alike text[] := ARRAY(
        SELECT format('"%s" and "%s"', s.first, s.second) FROM (
            SELECT DISTINCT least(u.login COLLATE "C", o.login COLLATE "C") AS first, greatest(u.login COLLATE "C", o.login COLLATE "C") AS second
            FROM kroles.users AS u JOIN kroles.users AS o ON lower(o.login) = lower(u.login) AND o.login <> u.login
            WHERE u.login = ANY (ARRAY(SELECT r.cells[2] FROM unnest(rows) AS r WHERE kroles.list_action(r.cells[1]) IN ('add', 'upsert')))) AS s
        ORDER BY 1 LIMIT 6);
BEGIN
    IF alike <> '{}' THEN
        RAISE NOTICE 'logins that differ in case alone: %', array_to_string(alike[:5], ', ') || CASE WHEN cardinality(alike) > 5 THEN ', …' ELSE '' END
            USING HINT = 'Each is a user of its own. settings.case_insensitive_logins makes them one.';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.tell_similar_logins(kroles.list_row[]) IS 'A notice for users of the list whose logins differ from others'' in case alone';

-- A list is judged as it stood before: what it changes about the rights of the current user comes last.
CREATE OR REPLACE FUNCTION kroles.import_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    portion CONSTANT int := 10000;
    mine kroles.list_row[] := kroles.asker_rows(list, rows);
    others kroles.list_row[] := kroles.without_rows(rows, mine);
    total int := cardinality(rows);
    many int := cardinality(others);
    part kroles.list_row[];
    errors kroles.list_error[];
BEGIN
    FOR done IN 0 .. many - 1 BY portion LOOP
        part := others[done + 1 : done + portion];
        errors := ARRAY(SELECT e FROM kroles.list_errors(list, part) AS e);
        RETURN QUERY SELECT * FROM unnest(errors);
        part := kroles.without_errors(part, errors);
        IF part <> '{}' THEN
            RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, part);
        END IF;
        IF total > portion THEN
            RAISE NOTICE '% of % rows', least(done + portion, total), total;
        END IF;
    END LOOP;
    IF list = 'users' THEN
        PERFORM kroles.tell_similar_logins(others);
    END IF;
    IF mine <> '{}' THEN
        errors := ARRAY(SELECT e FROM kroles.list_errors(list, mine) AS e);
        RETURN QUERY SELECT * FROM unnest(errors);
        mine := kroles.without_errors(mine, errors);
        IF mine <> '{}' THEN
            RETURN QUERY SELECT * FROM kroles.apply_whole(list, mine);
        END IF;
    END IF;
END $$;

CREATE FUNCTION kroles.import_list(list text, csv text, on_error text, ignore text[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    read record;
    ready record;
    errors kroles.list_error[];
    total int;
BEGIN
    IF on_error IS NULL OR on_error NOT IN ('stop', 'report', 'check') THEN
        RAISE EXCEPTION 'on_error must be "stop", "report" or "check"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_asker(list);
    SELECT * INTO read FROM kroles.read_list(list, csv, ignore);
    total := cardinality(read.rows) + cardinality(read.errors);
    ready := kroles.distinct_rows(list, kroles.with_clean_cells(list, read.rows));
    errors := read.errors || ready.errors;
    BEGIN
        errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, ready.rows) AS e);
        IF on_error = 'check' THEN
            RAISE EXCEPTION USING ERRCODE = 'KR001';
        END IF;
    EXCEPTION WHEN SQLSTATE 'KR001' THEN
        NULL;   -- the changes are rolled back; the errors are returned
    END;
    errors := ARRAY(SELECT ROW(e.line, coalesce(read.headings[array_position(kroles.list_fields(list), e.column_name)], e.column_name),
                               e.value, e.code, e.message)::kroles.list_error
                    FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code);
    IF on_error = 'stop' AND errors <> '{}' THEN
        PERFORM kroles.refuse_list('line', errors,
            'With on_error => ''check'' all errors are returned as rows and nothing is imported; with ''report'' the other rows are imported.');
    END IF;
    RAISE NOTICE '% of % rows are %', total - (SELECT count(DISTINCT e.line) FROM unnest(errors) AS e), total,
        CASE on_error WHEN 'check' THEN 'right' ELSE 'in' END;
    RETURN QUERY SELECT * FROM unnest(errors);
END $$;

COMMENT ON FUNCTION kroles.import_list(text, text, text, text[]) IS 'Implementation of kroles_import_users() and similar functions';

CREATE FUNCTION @extschema@.kroles_import_users(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('users', csv, on_error, ignore);
END $$;

COMMENT ON FUNCTION @extschema@.kroles_import_users(text, text, text[]) IS
    'Imports users from the text of a CSV file with our column names or Kaltura''s: logins, names, applicative roles, groups. Unknown columns are an error, except those that "ignore" names. on_error "stop": imports all rows or raises an error with the line and column of each mistake; "report": imports the valid rows and returns the errors as rows; "check": imports nothing and returns the errors. For administrators';

CREATE FUNCTION @extschema@.kroles_import_group_members(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('group_members', csv, on_error, ignore);
END $$;

COMMENT ON FUNCTION @extschema@.kroles_import_group_members(text, text, text[]) IS
    'Imports members of groups from the text of a CSV file; creates groups that do not exist. on_error as for kroles_import_users. For administrators';

CREATE FUNCTION @extschema@.kroles_import_space_members(csv text, on_error text DEFAULT 'stop', ignore text[] DEFAULT '{}') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('space_members', csv, on_error, ignore);
END $$;

COMMENT ON FUNCTION @extschema@.kroles_import_space_members(text, text, text[]) IS
    'Imports members of channels and galleries from the text of a CSV file with our column names or Kaltura''s. on_error as for kroles_import_users. Each row requires manage_members on its space';

ALTER TYPE kroles.space_member_row ADD ATTRIBUTE starts_at text, ADD ATTRIBUTE new_start timestamptz, ADD ATTRIBUTE new_end timestamptz;

COMMENT ON COLUMN kroles.space_member_row.starts_at IS 'The start, as in the cell';

COMMENT ON COLUMN kroles.space_member_row.new_start IS 'The start that the grant will have';

COMMENT ON COLUMN kroles.space_member_row.new_end IS 'The end that the grant will have';

CREATE OR REPLACE FUNCTION kroles.space_member_rows(rows kroles.list_row[]) RETURNS SETOF kroles.space_member_row
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
BEGIN
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.line, kroles.list_action(r.cells[1]) AS action, kroles.cell(r.cells[2]) AS by_id,
               kroles.list_id(r.cells[2]) AS id,
               kroles.cell(r.cells[3]) AS external_id, kroles.cell(r.cells[4]) AS login, kroles.cell(r.cells[5]) AS group_name,
               kroles.list_label(kroles.list_contextual_role(r.cells[6]), roles) AS role, kroles.cell(r.cells[7]) AS expires_at,
               kroles.cell(r.cells[8]) AS starts_at, kroles.cell(r.cells[9]) AS reference_id, kroles.cell(r.cells[10]) AS status
        FROM unnest(rows) AS r
    ), placed AS (
        SELECT s.*, CASE WHEN s.by_id IS NOT NULL THEN (SELECT i.id FROM kroles.spaces AS i WHERE i.id = s.id)
            ELSE coalesce((SELECT e.id FROM kroles.spaces AS e WHERE e.external_id = s.external_id),
                          (SELECT f.id FROM kroles.spaces AS f WHERE f.external_id = s.reference_id)) END AS space_id
        FROM said AS s
    ), named AS MATERIALIZED (
        SELECT p.*, kroles.space_can('manage_members', p.space_id) AS manages,
               kroles.user_to_add(p.login, p.space_id) AS user_id, kroles.group_to_add(p.group_name, p.space_id) AS group_id
        FROM placed AS p
    )
    SELECT n.line, n.action, coalesce(n.by_id, n.external_id, n.reference_id),
           CASE WHEN n.by_id IS NOT NULL THEN 'space_id' WHEN n.external_id IS NOT NULL THEN 'external_id'
                WHEN n.reference_id IS NOT NULL THEN 'reference_id' ELSE 'space_id' END,
           n.login, n.group_name, n.role, n.expires_at, n.status,
           n.space_id, n.manages, n.user_id, n.group_id, m.id, f.in_force,
           n.starts_at, kroles.list_start(n.starts_at, CASE WHEN f.in_force OR n.action = 'update' THEN m.starts_at END),
           kroles.list_end(n.expires_at, CASE WHEN f.in_force OR n.action = 'update' THEN m.expires_at END)
    FROM named AS n
    LEFT JOIN LATERAL (
        SELECT u.id, u.starts_at, u.expires_at FROM kroles.space_members AS u WHERE (u.space_id, u.user_id) = (n.space_id, n.user_id)
        UNION ALL
        SELECT g.id, g.starts_at, g.expires_at FROM kroles.space_members AS g
        WHERE (g.space_id, g.group_id) = (n.space_id, n.group_id) AND g.user_id IS NULL AND n.user_id IS NULL
    ) AS m ON true
    CROSS JOIN LATERAL (SELECT m.id IS NOT NULL AND coalesce(m.expires_at > statement_timestamp(), true)) AS f (in_force);
END $$;

CREATE OR REPLACE FUNCTION kroles.space_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(roles);
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.space_member_rows(rows) AS r
    CROSS JOIN LATERAL (SELECT r.manages OR r.action = 'delete' AND kroles.holds(r.user_id, NULL) AS allowed) AS a
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('role', r.role, '22P02', which_roles, r.role <> ALL (roles)),
        ('status', r.status, '22023', 'status must be active (1); use the action delete to remove a member', lower(r.status) NOT IN ('1', 'active')),
        ('login', r.login, '23514', 'a row must name either a user or a group', num_nonnulls(r.login, r.group_name) <> 1),
        (r.space_field, r.space, '42704', 'there is no such space', r.space_id IS NULL),
        (r.space_field, r.space, '42501', 'permission denied to manage the members of this space', r.space_id IS NOT NULL AND NOT a.allowed),
        ('login', r.login, '42704', 'user with this login does not exist', r.manages AND r.login IS NOT NULL AND r.user_id IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.manages AND r.group_name IS NOT NULL AND r.group_id IS NULL),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '23505',
            'already a member of the space', a.allowed AND r.action = 'add' AND r.in_force),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '42704',
            'not a member of the space',
            a.allowed AND r.action IN ('update', 'delete') AND r.member_id IS NULL AND num_nonnulls(r.user_id, r.group_id) = 1)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong
    UNION ALL
    SELECT r.line, w.column_name, kroles.shown(w.value), w.code, w.message
    FROM kroles.space_member_rows(rows) AS r CROSS JOIN LATERAL kroles.window_errors(r.starts_at, r.expires_at, r.new_start, r.new_end) AS w
    WHERE num_nonnulls(r.starts_at, r.expires_at) > 0;
END $$;

CREATE OR REPLACE FUNCTION kroles.apply_space_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    wanted bigint;
    done bigint;
BEGIN
    -- one statement, so that the rights before it decide about all rows
    WITH r AS MATERIALIZED (
        SELECT DISTINCT ON (m.space_id, m.user_id, m.group_id) m.* FROM kroles.space_member_rows(rows) AS m
        ORDER BY m.space_id, m.user_id, m.group_id, m.line DESC
    ), gone AS (
        DELETE FROM kroles.space_members AS m USING r
        WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action = 'delete' RETURNING 1
    ), changed AS (
        UPDATE kroles.space_members AS m
        SET role = CASE WHEN r.in_force OR r.action = 'update' THEN coalesce(r.role::kroles.contextual_role, m.role)
                        ELSE coalesce(r.role, 'member')::kroles.contextual_role END,
            starts_at = r.new_start, expires_at = r.new_end
        FROM r WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action <> 'delete'
        RETURNING 1
    ), added AS (
        INSERT INTO kroles.space_members (space_id, user_id, group_id, role, starts_at, expires_at)
        SELECT r.space_id, r.user_id, r.group_id, coalesce(r.role, 'member')::kroles.contextual_role, r.new_start, r.new_end
        FROM r WHERE r.member_id IS NULL AND r.action IN ('add', 'upsert') RETURNING 1
    )
    SELECT (SELECT count(*) FROM r),
           (SELECT count(*) FROM gone) + (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) INTO wanted, done;
    IF done < wanted THEN
        RAISE EXCEPTION 'permission denied to manage the members of this space' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- Import of users and of members of groups, by administrators.
--
-- A batch has from one to ten thousand rows, and the tables may be empty when the first batch is planned. So the plans must not
-- depend on statistics: each look-up is a subquery (OFFSET 0 prevents that it is pulled up) that uses the one suitable index;
-- rows are joined with the rows that they change by hashing, after these were found by an array of ids. The rows of the list are
-- a subquery too: PostgreSQL evaluates a condition before a policy, and so with an index, only where it compares a bare column.

CREATE OR REPLACE FUNCTION kroles.group_words(cell text) RETURNS TABLE (name text, leaves boolean)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT DISTINCT CASE WHEN w LIKE '-%' THEN coalesce(kroles.cell(substr(w, 2)), '') ELSE w END, w LIKE '-%'
    FROM string_to_table(cell, ',') AS p (part), LATERAL kroles.cell(p.part) AS w
    WHERE w IS NOT NULL;
END;

CREATE FUNCTION kroles.user_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, login text, name text, email text, title text, bio text, avatar_url text,
                   applicative_role text, administrator text, blocked text, groups text, first_name text, last_name text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, kroles.list_action(r.cells[1]), kroles.cell(r.cells[2]),
           coalesce(kroles.cell(r.cells[3]), kroles.cell(r.cells[12]) || ' ' || kroles.cell(r.cells[13]),
                    CASE WHEN kroles.cell(r.cells[12]) IS NULL AND kroles.cell(r.cells[13]) IS NULL THEN kroles.cell(r.cells[14]) END),
           kroles.cell(r.cells[4]), kroles.cell(r.cells[5]), kroles.cell(r.cells[6]), kroles.cell(r.cells[7]),
           kroles.list_label(kroles.list_applicative_role(r.cells[8]), (SELECT enum_range(NULL::kroles.applicative_role)::text[])),
           kroles.list_flag(r.cells[9]), kroles.list_flag(r.cells[10]),
           kroles.cell(r.cells[11]),
           CASE WHEN kroles.cell(r.cells[3]) IS NULL AND kroles.cell(r.cells[13]) IS NULL THEN kroles.cell(r.cells[12]) END,
           CASE WHEN kroles.cell(r.cells[3]) IS NULL AND kroles.cell(r.cells[12]) IS NULL THEN kroles.cell(r.cells[13]) END
    FROM unnest(rows) AS r OFFSET 0;
END;

COMMENT ON FUNCTION kroles.user_rows(kroles.list_row[]) IS
    'The rows of a list of users with their fields; first_name or last_name where it is the only part of the name that the row gives';

-- A user has one name. Which part of it a first or last name alone would replace is known where the name has two words.
CREATE FUNCTION kroles.with_part_of_name(name text, first_name text, last_name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN coalesce(first_name, last_name) IS NULL OR name = coalesce(first_name, last_name)
            OR starts_with(name, first_name || ' ') OR right(name, length(last_name) + 1) = ' ' || last_name THEN name
        WHEN kroles.cell(name) IS NULL THEN coalesce(first_name, last_name)
        WHEN name ~ '^[^ ]+ [^ ]+$' THEN coalesce(first_name, split_part(name, ' ', 1)) || ' ' || coalesce(last_name, split_part(name, ' ', 2)) END;

COMMENT ON FUNCTION kroles.with_part_of_name(text, text, text) IS
    'A name with its first or its last name replaced, whichever is given; NULL where it is not clear which part of the name that is';

CREATE OR REPLACE FUNCTION kroles.user_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.applicative_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(array_remove(roles, 'anonymous'));
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.user_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT u.id, u.name FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '23505', 'user with this login already exists', r.action = 'add' AND u.id IS NOT NULL),
        ('login', r.login, '42704', 'user with this login does not exist',
            r.action IN ('update', 'delete') AND r.login IS NOT NULL AND u.id IS NULL),
        ('applicative_role', r.applicative_role, '22P02', which_roles, r.applicative_role <> ALL (roles)),
        ('applicative_role', r.applicative_role, '23514', 'applicative role of a user must not be anonymous', r.applicative_role = 'anonymous'),
        ('administrator', r.administrator, '22P02', 'value must be true or false', r.administrator NOT IN ('true', 'false')),
        ('blocked', r.blocked, '22P02', 'value must be true or false', r.blocked NOT IN ('true', 'false')),
        ('groups', r.groups, '22023', 'group name after "-" is missing',
            r.groups LIKE '%-%' AND EXISTS (SELECT FROM kroles.group_words(r.groups) AS g WHERE g.name = '')),
        ('groups', r.groups, '22023', 'the user cannot be in a group and leave it',
            r.groups LIKE '%-%' AND EXISTS (SELECT FROM kroles.group_words(r.groups) AS g WHERE g.name <> '' GROUP BY g.name HAVING count(*) > 1)),
        (CASE WHEN r.first_name IS NULL THEN 'last_name' ELSE 'first_name' END, coalesce(r.first_name, r.last_name), '22023',
            'it is not clear which part of the present name this is: give first and last name',
            r.action IN ('update', 'upsert') AND u.id IS NOT NULL AND kroles.with_part_of_name(u.name, r.first_name, r.last_name) IS NULL)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong;
END $$;

CREATE FUNCTION kroles.add_groups(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    names text[] := ARRAY(SELECT DISTINCT r.group_name FROM kroles.group_member_rows(rows) AS r
        WHERE r.action IN ('add', 'upsert') AND (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name) IS NULL);
BEGIN
    IF names <> '{}' THEN
        INSERT INTO kroles.groups (name) SELECT n FROM unnest(names) AS n ORDER BY n;
    END IF;
END $$;

COMMENT ON FUNCTION kroles.add_groups(kroles.list_row[]) IS 'Creates the groups that rows of a list of group members add to and that do not exist';

CREATE OR REPLACE FUNCTION kroles.apply_users(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
    there bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action IN ('update', 'upsert'));
    memberships kroles.list_row[];
BEGIN
    memberships := ARRAY(SELECT ROW(r.line, ARRAY[CASE WHEN g.leaves THEN 'delete' ELSE 'upsert' END, g.name, r.login])::kroles.list_row
                         FROM kroles.user_rows(rows) AS r, kroles.group_words(r.groups) AS g WHERE r.action <> 'delete');
    IF memberships <> '{}' THEN     -- before the users: lastval() after an INSERT into the view is a user's id
        PERFORM kroles.add_groups(memberships);
    END IF;
    -- The rights of the current user must last until the last statement: an own row comes alone (kroles.import_rows()), and here
    -- changes of users come last.
    INSERT INTO kroles.users (login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked)
    SELECT r.login, coalesce(r.name, r.first_name, r.last_name, ''), r.email, r.title, r.bio, r.avatar_url,
           coalesce(r.applicative_role, 'viewer')::kroles.applicative_role,
           coalesce(r.administrator::boolean, false), coalesce(r.blocked::boolean, false)
    FROM kroles.user_rows(rows) AS r
    WHERE r.action IN ('add', 'upsert') AND (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login) IS NULL;
    IF memberships <> '{}' THEN
        PERFORM kroles.apply_group_members(memberships);
    END IF;
    PERFORM @extschema@.kroles_unblock(u.id)
    FROM kroles.user_rows(rows) AS r JOIN kroles.users AS u ON u.login = r.login
    WHERE u.id = ANY (there) AND r.action IN ('update', 'upsert') AND NOT r.blocked::boolean
      AND u.id = ANY (ARRAY(SELECT b.user_id FROM kroles.user_blocks AS b));
    IF there <> '{}' THEN
        UPDATE kroles.users AS u
        SET name = coalesce(r.name, kroles.with_part_of_name(u.name, r.first_name, r.last_name), u.name), email = coalesce(r.email, u.email), title = coalesce(r.title, u.title),
            bio = coalesce(r.bio, u.bio), avatar_url = coalesce(r.avatar_url, u.avatar_url),
            applicative_role = coalesce(r.applicative_role::kroles.applicative_role, u.applicative_role),
            administrator = coalesce(r.administrator::boolean, u.administrator),
            blocked = coalesce(r.blocked::boolean, u.blocked)
        FROM kroles.user_rows(rows) AS r
        WHERE u.id = ANY (there) AND u.login = r.login AND r.action IN ('update', 'upsert')
          AND NOT (coalesce(r.name = u.name, coalesce(r.first_name, r.last_name) IS NULL) AND coalesce(r.email = u.email, r.email IS NULL)
                   AND coalesce(r.title = u.title, r.title IS NULL) AND coalesce(r.bio = u.bio, r.bio IS NULL)
                   AND coalesce(r.avatar_url = u.avatar_url, r.avatar_url IS NULL)
                   AND coalesce(r.applicative_role::kroles.applicative_role = u.applicative_role, true)
                   AND coalesce(r.administrator::boolean = u.administrator, true)
                   AND coalesce(r.blocked::boolean = u.blocked, true));
    END IF;
    IF gone <> '{}' THEN
        DELETE FROM kroles.users AS u WHERE u.id = ANY (gone);
    END IF;
END $$;

-- ---- Members of groups ----

CREATE FUNCTION kroles.group_member_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, group_name text, login text, starts_at text, expires_at text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN 'delete' WHEN kroles.list_action(r.cells[1]) = 'update' THEN 'upsert'
                        ELSE kroles.list_action(r.cells[1]) END,
           kroles.cell(CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN substr(kroles.cell(r.cells[2]), 2) ELSE r.cells[2] END),
           kroles.cell(r.cells[3]), kroles.cell(r.cells[4]), kroles.cell(r.cells[5])
    FROM unnest(rows) AS r OFFSET 0;
END;

COMMENT ON FUNCTION kroles.group_member_rows(kroles.list_row[]) IS
    'The rows of a list of group members with their fields; "-" before the group means the action delete, and update (of Kaltura''s user) is upsert';

CREATE OR REPLACE FUNCTION kroles.group_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.group_member_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g ON true
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    LEFT JOIN LATERAL (SELECT m.user_id, m.starts_at, m.expires_at, coalesce(m.expires_at > statement_timestamp(), true) AS in_force
                       FROM kroles.group_members AS m WHERE m.user_id = u.id AND m.group_id + 0 = g.id OFFSET 0) AS m ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('group_name', r.group_name, '23502', 'group name must not be blank', r.group_name IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.action = 'delete' AND r.group_name IS NOT NULL AND g.id IS NULL),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '42704', 'user with this login does not exist', r.login IS NOT NULL AND u.id IS NULL),
        ('login', r.login, '23505', 'user is already a member of the group', r.action = 'add' AND m.in_force),
        ('login', r.login, '42704', 'user is not a member of the group',
            r.action = 'delete' AND g.id IS NOT NULL AND u.id IS NOT NULL AND m.user_id IS NULL)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong
    UNION ALL
    SELECT r.line, w.column_name, kroles.shown(w.value), w.code, w.message
    FROM kroles.group_member_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g ON true
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    LEFT JOIN LATERAL (SELECT m.starts_at, m.expires_at FROM kroles.group_members AS m
                       WHERE m.user_id = u.id AND m.group_id + 0 = g.id AND coalesce(m.expires_at > statement_timestamp(), true) OFFSET 0) AS m ON true
    CROSS JOIN LATERAL kroles.window_errors(r.starts_at, r.expires_at, kroles.list_start(r.starts_at, m.starts_at),
                                            kroles.list_end(r.expires_at, m.expires_at)) AS w
    WHERE num_nonnulls(r.starts_at, r.expires_at) > 0 AND r.action <> 'delete';
END $$;

CREATE OR REPLACE FUNCTION kroles.apply_group_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    leavers bigint[] := ARRAY(SELECT u.id FROM kroles.group_member_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
    expired bigint[] := ARRAY(SELECT m.user_id FROM kroles.group_members AS m WHERE m.expires_at <= statement_timestamp());
    timed bigint[] := ARRAY(SELECT u.id FROM kroles.group_member_rows(rows) AS r,     -- whose memberships get other times
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
        WHERE r.action IN ('add', 'upsert') AND (num_nonnulls(r.starts_at, r.expires_at) > 0 OR u.id = ANY (expired)));
BEGIN
    PERFORM kroles.add_groups(rows);
    IF timed <> '{}' THEN
        UPDATE kroles.group_members AS m
        SET starts_at = n.starts_at, expires_at = n.expires_at
        FROM kroles.group_member_rows(rows) AS r,
             LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
             LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u,
             -- (an expired membership is replaced)
             LATERAL (SELECT o.starts_at, o.expires_at, coalesce(o.expires_at > statement_timestamp(), true) AS in_force
                      FROM kroles.group_members AS o WHERE o.user_id = u.id AND o.group_id + 0 = g.id OFFSET 0) AS o,
             LATERAL (SELECT kroles.list_start(r.starts_at, CASE WHEN o.in_force THEN o.starts_at END) AS starts_at,
                             kroles.list_end(r.expires_at, CASE WHEN o.in_force THEN o.expires_at END) AS expires_at) AS n
        WHERE m.user_id = ANY (timed) AND u.id = ANY (timed) AND r.action IN ('add', 'upsert') AND m.user_id = u.id AND m.group_id = g.id
          AND (o.starts_at, o.expires_at) IS DISTINCT FROM (n.starts_at, n.expires_at);
    END IF;
    INSERT INTO kroles.group_members (group_id, user_id, starts_at, expires_at)
    SELECT g.id, u.id, CASE WHEN r.starts_at IS NOT NULL THEN kroles.list_start(r.starts_at, NULL) END,
           CASE WHEN r.expires_at IS NOT NULL THEN kroles.list_end(r.expires_at, NULL) END
    FROM kroles.group_member_rows(rows) AS r,
         LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
         LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
    WHERE r.action IN ('add', 'upsert')
    ON CONFLICT ON CONSTRAINT group_members_a_user_is_in_a_group_once DO NOTHING;
    IF leavers <> '{}' THEN
        DELETE FROM kroles.group_members AS m
        USING kroles.group_member_rows(rows) AS r,
              LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
              LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
        WHERE m.user_id = ANY (leavers) AND r.action = 'delete' AND m.user_id = u.id AND m.group_id = g.id;
    END IF;
END $$;

COMMENT ON FUNCTION kroles.apply_group_members(kroles.list_row[]) IS
    'Applies the rows of a list of group members; groups that do not exist are created, and expired memberships are replaced';

-- Import of the rows that came through a view.

CREATE OR REPLACE FUNCTION kroles.import_copied(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ready record;
    errors kroles.list_error[];
BEGIN
    PERFORM kroles.check_asker(list);
    rows := kroles.with_clean_cells(list, rows);
    errors := ARRAY(SELECT e FROM kroles.marked_rows(list, rows) AS e);
    ready := kroles.distinct_rows(list, kroles.without_errors(rows, errors));
    errors := errors || ready.errors || ARRAY(SELECT e FROM kroles.import_rows(list, ready.rows) AS e);
    IF errors <> '{}' THEN
        PERFORM kroles.refuse_list('row', ARRAY(SELECT e FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code), NULL);
    END IF;
END $$;

COMMENT ON FUNCTION kroles.import_row() IS
    'Trigger: collects the rows of a list and imports them together, at the end of the statement';

CREATE OR REPLACE FUNCTION kroles.check_playlist(playlist_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    space bigint;
    owner bigint;
BEGIN
    SELECT p.space_id, p.owner_id INTO space, owner FROM kroles.playlists p WHERE p.id = $1;
    IF kroles.space_can('organize', space) OR kroles.holds(owner, NULL)
       OR owner IS NOT NULL AND kroles.can('administer', 'site') THEN
        RETURN;
    END IF;
    IF kroles.space_can('view', space) THEN
        RAISE EXCEPTION 'permission denied for the playlists of this channel' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "organize" on the channel.';
    END IF;
    RAISE EXCEPTION 'the playlist does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
END $$;

COMMENT ON FUNCTION kroles.check_playlist(bigint) IS
    'Error 42501 where the current user views the channel of the playlist and lacks organize there, 42704 where the playlist is hidden, another person''s, or does not exist';

CREATE FUNCTION kroles.fill_owner() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.owner_id := kroles.asker();
    RETURN NEW;
END $$;

COMMENT ON FUNCTION kroles.fill_owner() IS 'Trigger: a playlist of no channel is the current user''s';

REVOKE EXECUTE ON FUNCTION kroles.fill_owner() FROM PUBLIC;

-- (Reads with the privileges of the current user: a hidden playlist has neither space nor owner, and the policy refuses the item.
-- Where no policy applies, the constraint would not say what is missing.)
CREATE OR REPLACE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT p.space_id, p.owner_id INTO NEW.space_id, NEW.owner_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id;
    IF NOT FOUND AND NEW.playlist_id IS NOT NULL AND NOT row_security_active(TG_RELID) THEN
        RAISE EXCEPTION 'the playlist does not exist' USING ERRCODE = 'foreign_key_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'playlist_items_playlist_must_exist';
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: fills in the space or the owner of the playlist';

-- ---- My Playlists ----

CREATE FUNCTION kroles.my_playlists(max_rows integer, skip integer)
    RETURNS TABLE (id bigint, name text, created_at timestamptz, items bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_page($1, $2);
    PERFORM kroles.check_logged_in();
    RETURN QUERY
    WITH mine AS MATERIALIZED (
        SELECT p.id, p.name, p.created_at, count(*) OVER () AS total FROM kroles.playlists p
        WHERE p.owner_id = kroles.asker() AND kroles.holds(p.owner_id, NULL)
        ORDER BY lower(p.name), p.name COLLATE "C", p.id LIMIT $1 OFFSET $2
    )
    SELECT m.id, m.name, m.created_at,
           (SELECT count(*) FROM kroles.playlist_items i WHERE i.playlist_id = m.id AND kroles.can('view', 'media', i.media_id)), m.total
    FROM mine m ORDER BY lower(m.name), m.name COLLATE "C", m.id;
END $$;

COMMENT ON FUNCTION kroles.my_playlists(integer, integer) IS 'Implementation of kroles_my_playlists()';

REVOKE EXECUTE ON FUNCTION kroles.my_playlists(integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_my_playlists(max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (id bigint, name text, created_at timestamptz, items bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_my_playlists(integer, integer) IS
    'The page My Playlists: the personal playlists of the current user by name, each with the number of its items that the user may view, and the number of all playlists (total). Errors: 28000 not logged in, so that an application shows its login page; 22023 a negative number of rows';

-- (in PL/pgSQL, which keeps the plans)
CREATE FUNCTION kroles.stay_ends(media_id bigint, joined_at timestamptz, began_available boolean) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN least($2 + extract(epoch FROM (SELECT s.room_session_limit FROM kroles.settings s)) * interval '1 second',
                 CASE WHEN $3 THEN (SELECT m.available_until FROM kroles.media m WHERE m.id = $1) END);
END $$;

COMMENT ON FUNCTION kroles.stay_ends(bigint, timestamptz, boolean) IS
    'The same for a stay in that room, or the end of the time in which the media is available, if it began in that and that is earlier';

CREATE FUNCTION kroles.is_available(media_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.in_window(m.available_from, m.available_until) FROM kroles.media m WHERE m.id = $1
$$;

COMMENT ON FUNCTION kroles.is_available(bigint) IS 'Whether a media, which the caller sees, is available at the time of the statement; NULL where there is none';

CREATE FUNCTION kroles.stay_counts(media_id bigint, joined_at timestamptz, left_at timestamptz, rooms_switched integer,
                                   began_available boolean) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT $3 IS NULL AND $4 = kroles.rooms_switched() AND (NOT $5 OR kroles.is_available($1))
       AND kroles.stay_ends($1, $2, $5) > statement_timestamp()
$$;

COMMENT ON FUNCTION kroles.stay_counts(bigint, timestamptz, timestamptz, integer, boolean) IS
    'Whether a stay is in force: it has not ended, rooms were not switched off since it began, its limit is not reached, and the media is available if it was then';

COMMENT ON FUNCTION kroles.lock_stay(bigint, bigint) IS
    'Locks the stay of that user in that room until the end of the transaction, and that room against its being closed by its media''s time. Error 42501 where it is not called by the extension';

-- ---- Join ----

CREATE FUNCTION kroles.room_join(media_id bigint) RETURNS text[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    me bigint := kroles.person_asking();
    frozen kroles.action[] := (SELECT p.rights FROM kroles.room_participants p JOIN kroles.media m ON m.id = p.media_id
        WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available) AND m.type IN ('live', 'room') AND kroles.holds(me, NULL));
BEGIN
    IF frozen IS NOT NULL THEN
        RETURN frozen::text[];
    END IF;
    PERFORM kroles.check_right('join_room', 'room', $1);
    -- Transactions that block or delete the user, leave the room in another session, or remove the user from it, either commit
    -- before this point or wait for this transaction and end the stay.
    PERFORM kroles.rely_on(me);
    PERFORM FROM kroles.users u WHERE u.id = me FOR KEY SHARE;
    PERFORM kroles.lock_stay($1, me);
    PERFORM kroles.check_right('join_room', 'room', $1);
    PERFORM kroles.end_stay(p.media_id, p.user_id) FROM kroles.room_participants p
    WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND NOT kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available);
    INSERT INTO kroles.room_participants (media_id, user_id, rights, role, began_available)
    VALUES ($1, me, array_remove(kroles.all_rights('room', $1), 'view'), kroles.role('room', $1),
            (SELECT kroles.in_window(m.available_from, m.available_until) FROM kroles.media m WHERE m.id = $1))
    ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO NOTHING;
    RETURN (SELECT p.rights::text[] FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL);
END $$;

COMMENT ON FUNCTION kroles.room_join(bigint) IS 'Implementation of kroles_room_join()';

REVOKE EXECUTE ON FUNCTION kroles.room_join(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_join(media_id bigint) RETURNS text[]
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_room_join(bigint) IS
    'Joins a room, and returns the rights that the current user has there until the stay ends, whatever is granted or revoked meanwhile (without view, which is always decided anew). For a user who has joined already, in any session, it returns the rights that were read then. A stay ends by kroles_room_leave() or kroles_room_remove(), when the user is blocked or deleted, when the media is deleted, when settings.chat_and_collaboration is switched off, when the time ends in which the media is available and in which the user joined, and after settings.room_session_limit. Requires join_room. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden';

-- ---- Leave and remove ----

CREATE OR REPLACE FUNCTION kroles.end_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE kroles.room_participants p
    SET left_at = greatest(p.joined_at, least(statement_timestamp(), kroles.stay_ends(p.media_id, p.joined_at, p.began_available)))
    WHERE p.media_id = $1 AND p.user_id = $2 AND p.left_at IS NULL
$$;

COMMENT ON FUNCTION kroles.end_run_out_stays() IS
    'Trigger: stays that have reached the limit, or began in a time in which the media was available and that is over by now or by this change, end, so that a later limit or time does not renew them';

-- ---- Who is there ----

CREATE FUNCTION kroles.room_users(media_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (user_id bigint, name text, initials text, avatar_url text, identifier text, role text, rights text[],
                   joined_at timestamptz, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_may_end_stays($1);
    RETURN QUERY
    WITH shown AS (
        SELECT p.user_id, p.role, p.rights, p.joined_at, w.*, count(*) OVER () AS total
        FROM kroles.room_participants p CROSS JOIN LATERAL kroles.shown_as(p.user_id, NULL) AS w
        WHERE p.media_id = $1 AND p.left_at IS NULL AND kroles.stay_counts(p.media_id, p.joined_at, p.left_at, p.rooms_switched, p.began_available)
          AND (SELECT s.chat_and_collaboration FROM kroles.settings s)
    )
    SELECT s.user_id, s.name, kroles.initials(s.name), s.avatar_url, s.identifier, s.role, s.rights::text[], s.joined_at,
           coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, s.user_id, word)
    ORDER BY lower(s.name), s.name COLLATE "C", s.user_id LIMIT $3 OFFSET $4;
END $$;

COMMENT ON FUNCTION kroles.room_users(bigint, text, integer, integer) IS 'Implementation of kroles_room_users()';

REVOKE EXECUTE ON FUNCTION kroles.room_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_users(media_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                              skip integer DEFAULT 0)
    RETURNS TABLE (user_id bigint, name text, initials text, avatar_url text, identifier text, role text, rights text[],
                   joined_at timestamptz, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_room_users(bigint, text, integer, integer) IS
    'The users who are in a room, by name, each with the role and the rights that were read on joining, for who moderates the room. search, found and total as for kroles_media_users(). Requires moderate_room on the room; administrators may too. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

-- Joining spaces: what can be joined, requests, answers. A public function kroles_x() calls kroles.x(), as in the piece on the people
-- of media: it checks the rights of the user itself, before it takes locks, and again when it holds them.

CREATE FUNCTION kroles.joining(space_id bigint) RETURNS kroles.joining_policy
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_joining';

COMMENT ON FUNCTION kroles.joining(bigint) IS
    'Who may join a space: the stricter of what the statement''s snapshot says and what holds now; closed for NULL and where it does not exist. Error 42501 where it is not called by the extension: nobody learns about a hidden space whether it can be joined';

CREATE FUNCTION kroles.grant_on_joining(space_id bigint, user_id bigint, role kroles.contextual_role, starts_at timestamptz,
                                        expires_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.spaces s JOIN kroles.users u ON u.id = $2 WHERE s.id = $1 AND s.owner_id <> u.id) THEN
        RETURN false;
    END IF;
    INSERT INTO kroles.space_members AS m (space_id, user_id, role, starts_at, expires_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT space_members_one_grant_a_user_or_group
    DO UPDATE SET role = excluded.role, starts_at = excluded.starts_at, expires_at = excluded.expires_at
    WHERE NOT kroles.in_window(m.starts_at, m.expires_at);
    RETURN FOUND;
END $$;

COMMENT ON FUNCTION kroles.grant_on_joining(bigint, bigint, kroles.contextual_role, timestamptz, timestamptz) IS
    'Gives a user a role in a space, in place of a grant that is not in force; false where the user owns the space or has a grant that is, or where there is no such space or user';

-- ---- What can be joined ----

CREATE FUNCTION kroles.joinable(search text, max_rows integer, skip integer)
    RETURNS TABLE (id bigint, kind kroles.space_kind, type kroles.space_type, name text, joining kroles.joining_policy,
                   request kroles.join_status)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($1, '')));
BEGIN
    PERFORM kroles.check_page($2, $3);
    PERFORM kroles.check_logged_in();
    IF NOT (kroles.holds(kroles.asker(), NULL) OR kroles.can('administer', 'site')) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT s.id, s.kind, s.type, s.name, kroles.joining(s.id),
           (SELECT r.status FROM kroles.join_requests r WHERE r.user_id = kroles.asker() AND r.space_id = s.id)
    FROM kroles.spaces s
    WHERE s.joining <> 'closed' AND kroles.joining(s.id) <> 'closed'
      AND (word = '' OR strpos(lower(s.name), word) > 0 OR s.id::text = word)
    ORDER BY lower(left(s.name, 100)), s.id LIMIT $2 OFFSET $3;
END $$;

COMMENT ON FUNCTION kroles.joinable(text, integer, integer) IS 'Implementation of kroles_joinable()';

REVOKE EXECUTE ON FUNCTION kroles.joinable(text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_joinable(search text DEFAULT NULL, max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (id bigint, kind kroles.space_kind, type kroles.space_type, name text, joining kroles.joining_policy,
                   request kroles.join_status)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_joinable(text, integer, integer) IS
    'The channels and galleries that can be joined, by name, private ones too: those whose column joining is by_request or open. With the state of the current user''s own request (request; NULL: none). search: a part of the name, or an id. Empty for a blocked user. Errors: 28000 not logged in, 22023 a negative number of rows';

-- ---- Asking ----

CREATE FUNCTION kroles.check_joinable(space_id bigint) RETURNS kroles.joining_policy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy kroles.joining_policy := kroles.joining($1);
BEGIN
    IF policy = 'closed' OR NOT kroles.holds(kroles.asker(), NULL) THEN
        RAISE EXCEPTION 'there is no such space to join' USING ERRCODE = 'undefined_object',
            HINT = 'kroles_joinable() lists the channels and galleries that can be joined.';
    END IF;
    RETURN policy;
END $$;

COMMENT ON FUNCTION kroles.check_joinable(bigint) IS
    'Who may join the space; one error, 42704, where it is closed, hidden or does not exist, and for a blocked user';

CREATE FUNCTION kroles.request_to_join(space_id bigint, message text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    asker constant bigint := kroles.asker();
    policy kroles.joining_policy;
    asked kroles.join_status;
BEGIN
    IF asker IS NULL THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
    PERFORM kroles.check_joinable($1);
    -- waits for an answer that is being given
    SELECT r.status INTO asked FROM kroles.join_requests r WHERE r.user_id = asker AND r.space_id = $1 FOR UPDATE;
    policy := kroles.check_joinable($1);
    IF asked = 'rejected' THEN
        RAISE EXCEPTION 'your request to join this space was rejected' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'You can ask again when a user who manages its members has deleted the request.';
    ELSIF EXISTS (SELECT FROM kroles.spaces s WHERE s.id = $1 AND s.owner_id = asker)
        OR EXISTS (SELECT FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id = asker
                   AND kroles.in_window(m.starts_at, m.expires_at)) THEN
        RAISE EXCEPTION 'you have a role in this space already' USING ERRCODE = 'duplicate_object';
    ELSIF asked = 'pending' AND policy = 'by_request' THEN
        RETURN 'pending';
    END IF;
    -- one that was approved is history: the grant has ended, or was taken away
    DELETE FROM kroles.join_requests r WHERE r.user_id = asker AND r.space_id = $1;
    IF policy = 'open' THEN
        IF NOT kroles.grant_on_joining($1, asker, 'member', NULL, NULL) THEN
            RAISE EXCEPTION 'you have a role in this space already' USING ERRCODE = 'duplicate_object';
        END IF;
    ELSE
        INSERT INTO kroles.join_requests (space_id, user_id, message) VALUES ($1, asker, nullif(btrim($2), ''))
        ON CONFLICT ON CONSTRAINT join_requests_one_a_user_and_space DO NOTHING;
        IF NOT FOUND THEN   -- asked meanwhile, in another session
            RETURN @extschema@.kroles_request_to_join($1, $2);
        END IF;
    END IF;
    -- (either may have waited)
    IF kroles.check_joinable($1) <> policy THEN
        RAISE EXCEPTION 'who may join this space was changed meanwhile' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Ask again.';
    END IF;
    RETURN CASE policy WHEN 'open' THEN 'member' ELSE 'pending' END;
END $$;

COMMENT ON FUNCTION kroles.request_to_join(bigint, text) IS 'Implementation of kroles_request_to_join()';

REVOKE EXECUTE ON FUNCTION kroles.request_to_join(bigint, text) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_request_to_join(space_id bigint, message text DEFAULT NULL) RETURNS text
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_request_to_join(bigint, text) IS
    'Joins a channel or gallery. Returns member where joining is open: the current user has the role member at once; pending where it is by_request: users with manage_members answer the request, also where the user has asked before (the first message remains). For users without a grant of their own that is in force; groups do not matter. Errors: 28000 not logged in, or a session without a user; 42704 closed, hidden or unknown, one error for all; 42710 the user has a role of their own, or owns the space; 55000 a request was rejected, which remains until a user with manage_members deletes it; 23514 a message of more than 2,000 characters';

-- ---- Answering ----

CREATE FUNCTION kroles.check_answers_request(request_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    space bigint;
    asking bigint;
BEGIN
    SELECT r.space_id, r.user_id INTO space, asking FROM kroles.join_requests r WHERE r.id = $1;
    IF kroles.space_can('manage_members', space) THEN
        RETURN;
    ELSIF kroles.holds(asking, NULL) THEN
        RAISE EXCEPTION 'permission denied to answer your own request' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "manage_members" on the space.';
    END IF;
    RAISE EXCEPTION 'the request does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
END $$;

COMMENT ON FUNCTION kroles.check_answers_request(bigint) IS
    'Error 42501 for the user who asks and lacks manage_members on the space, 42704 for others who lack it, and where the request does not exist';

CREATE FUNCTION kroles.approve_request(space_id bigint, user_id bigint, role kroles.contextual_role, starts_at timestamptz,
                                       expires_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT FROM kroles.users u WHERE u.id = $2 AND u.blocked) OR EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = $2) THEN
        RAISE EXCEPTION 'a blocked user cannot join a space' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'An administrator can unblock the user first.';
    ELSIF NOT kroles.grant_on_joining($1, $2, $3, $4, $5) THEN
        RAISE EXCEPTION 'the user has a role in this space already' USING ERRCODE = 'duplicate_object',
            HINT = 'Reject or delete the request; roles are changed in kroles.space_members.';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.approve_request(bigint, bigint, kroles.contextual_role, timestamptz, timestamptz) IS
    'Gives a user who asked to join a role in the space; error 55000 for a blocked user, 42710 where the user has a role';

CREATE FUNCTION kroles.answer_request(request_id bigint, approve boolean, role kroles.contextual_role, starts_at timestamptz,
                                      expires_at timestamptz, reason text) RETURNS kroles.join_status
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    request record;
    answer constant kroles.join_status := CASE WHEN $2 THEN 'approved' ELSE 'rejected' END;
BEGIN
    PERFORM kroles.check_logged_in();
    IF $2 IS NULL OR $2 AND $3 IS NULL THEN
        RAISE EXCEPTION 'answer and role must not be null' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_answers_request($1);
    SELECT r.space_id, r.user_id, r.status INTO request FROM kroles.join_requests r WHERE r.id = $1 FOR UPDATE;
    PERFORM kroles.check_answers_request($1);
    IF request.status <> 'pending' THEN
        RAISE EXCEPTION 'this request is %, not pending', request.status USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Roles are given and changed in kroles.space_members.';
    END IF;
    UPDATE kroles.join_requests r SET status = answer, answered_by = kroles.asker(), answered_at = now(), reason = $6 WHERE r.id = $1;
    IF $2 THEN
        PERFORM kroles.approve_request(request.space_id, request.user_id, $3, $4, $5);
    END IF;
    -- (the grant may have waited; one's own changes one's own rights, and is judged by those before)
    IF request.user_id IS DISTINCT FROM kroles.asker() THEN
        PERFORM kroles.check_answers_request($1);
    END IF;
    RETURN answer;
END $$;

COMMENT ON FUNCTION kroles.answer_request(bigint, boolean, kroles.contextual_role, timestamptz, timestamptz, text) IS
    'Implementation of kroles_answer_request()';

REVOKE EXECUTE ON FUNCTION kroles.answer_request(bigint, boolean, kroles.contextual_role, timestamptz, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_answer_request(request_id bigint, approve boolean, role kroles.contextual_role DEFAULT 'member',
                                                  starts_at timestamptz DEFAULT NULL, expires_at timestamptz DEFAULT NULL,
                                                  reason text DEFAULT NULL) RETURNS kroles.join_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_answer_request(bigint, boolean, kroles.contextual_role, timestamptz, timestamptz, text) IS
    'Answers a pending request to join, and returns its new status: approve gives the user that role in the space, from starts_at on and until expires_at, in place of a grant that is not in force; else the request is rejected, optionally with a reason. The request and the grant are logged in one transaction. Requires manage_members on the space. Errors: 28000 not logged in, 42501 the user''s own request, 42704 unknown or hidden, 22023 a null answer or role, 55000 not pending, or a blocked user; 42710 the user has a role there already, 23514 a time that ends before it starts';

-- ---- The page of a space's managers ----

CREATE FUNCTION kroles.join_requests(space_id bigint, state kroles.join_status, max_rows integer, skip integer)
    RETURNS TABLE (id bigint, user_id bigint, name text, initials text, avatar_url text, identifier text, message text,
                   status kroles.join_status, requested_at timestamptz, answered_by bigint, answered_by_name text, answered_at timestamptz,
                   reason text, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT kroles.space_can('manage_members', $1) THEN
        IF kroles.space_can('view', $1) THEN
            RAISE EXCEPTION 'permission denied for the requests to join this space' USING ERRCODE = 'insufficient_privilege',
                HINT = 'This requires "manage_members" on the space.';
        END IF;
        RAISE EXCEPTION 'the space does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
    END IF;
    RETURN QUERY
    WITH page AS MATERIALIZED (
        SELECT r.*, count(*) OVER () AS total FROM kroles.join_requests r
        WHERE r.space_id = $1 AND ($2 IS NULL OR r.status = $2) ORDER BY r.requested_at, r.id LIMIT $3 OFFSET $4
    )
    SELECT p.id, p.user_id, u.name, kroles.initials(u.name), u.avatar_url, u.identifier, p.message, p.status, p.requested_at,
           p.answered_by, a.name, p.answered_at, p.reason, p.total
    FROM page p CROSS JOIN LATERAL kroles.shown_as(p.user_id, NULL) AS u CROSS JOIN LATERAL kroles.shown_as(p.answered_by, NULL) AS a
    ORDER BY p.requested_at, p.id;
END $$;

COMMENT ON FUNCTION kroles.join_requests(bigint, kroles.join_status, integer, integer) IS 'Implementation of kroles_join_requests()';

REVOKE EXECUTE ON FUNCTION kroles.join_requests(bigint, kroles.join_status, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_join_requests(space_id bigint, state kroles.join_status DEFAULT 'pending',
                                                 max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (id bigint, user_id bigint, name text, initials text, avatar_url text, identifier text, message text,
                   status kroles.join_status, requested_at timestamptz, answered_by bigint, answered_by_name text, answered_at timestamptz,
                   reason text, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_join_requests(bigint, kroles.join_status, integer, integer) IS
    'The requests to join a channel or gallery with the names of the users who ask, the oldest first: those in a state (default pending; NULL: all), and their number (total). With the email or the login (settings.show_identifier). Requires manage_members on the space. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

COMMENT ON FUNCTION @extschema@.kroles_move_item(bigint, bigint, integer) IS
    'Moves a media in a playlist to a position, counted from 1, and returns the position; one beyond the end means the last. The other items are renumbered. Requires organize on the channel; a person moves items of their own playlists. Errors: 28000, 42501 not allowed, 42704 unknown or hidden playlist, unknown or hidden media, media that is not in it, 22023 a position below 1';

-- Further pages of people: those of spaces and events, and the speakers of a media as viewers see them. A public function
-- kroles_x() calls kroles.x(), as in the piece on the people of media, because in kroles.users a user sees only their own row.

CREATE FUNCTION kroles.space_users(space_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   starts_at timestamptz, expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    owning bigint;
    members bigint;     -- users and groups, without the owner
    first bigint[];     -- the users who may be on the page; NULL: all
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT (kroles.space_can('manage_members', $1) OR kroles.space_can('moderate', $1)) THEN
        IF kroles.space_can('view', $1) THEN
            RAISE EXCEPTION 'permission denied for the members of this space' USING ERRCODE = 'insufficient_privilege',
                HINT = 'This requires "manage_members" or "moderate" on the space.';
        END IF;
        RAISE EXCEPTION 'the space does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
    END IF;
    IF word = '' THEN
        SELECT s.owner_id INTO owning FROM kroles.spaces s WHERE s.id = $1;
        SELECT count(*) INTO members FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM owning;
        first := kroles.first_of_space($1, owning, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role, starts_at, expires_at, owner) AS (
            SELECT owning, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, NULL::timestamptz, true
            UNION ALL
            SELECT m.user_id, NULL, m.role, m.starts_at, m.expires_at, false
            FROM unnest(first) AS f (user_id) JOIN kroles.space_members m ON m.user_id = f.user_id AND m.space_id = $1
            WHERE m.user_id <> owning
            UNION ALL
            SELECT NULL, m.group_id, m.role, m.starts_at, m.expires_at, false FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS NULL
        )
        SELECT CASE WHEN g.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(g.user_id, g.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, g.role, g.starts_at, g.expires_at, g.owner, coalesce(g.user_id = kroles.asker(), false), members + 1, members + 1
        FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
        ORDER BY g.owner DESC, lower(p.name), p.name COLLATE "C", g.group_id NULLS FIRST, g.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH given (user_id, group_id, role, starts_at, expires_at, owner) AS (
        SELECT s.owner_id, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, NULL::timestamptz, true FROM kroles.spaces s WHERE s.id = $1
        UNION ALL
        SELECT m.user_id, m.group_id, m.role, m.starts_at, m.expires_at, false FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
        WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM s.owner_id
    ), shown AS (
        SELECT g.*, p.*, count(*) OVER () AS total FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.role, s.starts_at, s.expires_at, s.owner, coalesce(s.user_id = kroles.asker(), false),
           count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY s.owner DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;

COMMENT ON FUNCTION kroles.space_users(bigint, text, integer, integer) IS 'Implementation of kroles_space_users()';

REVOKE EXECUTE ON FUNCTION kroles.space_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_space_users(space_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   starts_at timestamptz, expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_space_users(bigint, text, integer, integer) IS
    'The users and groups of a channel or gallery with their names, the owner first, then by name; the grants of the space itself with their time (from starts_at until before expires_at), those not in force included, also where inherits_members is true. search, found and total as for kroles_media_users(). Requires manage_members or moderate on the space. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

CREATE FUNCTION kroles.event_users(event_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles text[],
                   starts_at timestamptz[], expires_at timestamptz[], you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    members bigint;
    first bigint[];     -- as in kroles.space_users()
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage_participants', 'event', $1);
    END IF;
    IF word = '' THEN
        SELECT count(*) INTO members FROM (SELECT DISTINCT p.user_id, p.group_id FROM kroles.event_participants p WHERE p.event_id = $1) AS p;
        first := kroles.first_of_event($1, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role, starts_at, expires_at) AS (
            SELECT p.user_id, NULL::bigint, p.role, p.starts_at, p.expires_at
            FROM unnest(first) AS f (user_id) JOIN kroles.event_participants p ON p.user_id = f.user_id AND p.event_id = $1
            UNION ALL
            SELECT NULL, p.group_id, p.role, p.starts_at, p.expires_at FROM kroles.event_participants p WHERE p.event_id = $1 AND p.user_id IS NULL
        ), listed AS (
            SELECT g.user_id, g.group_id, array_agg(g.role ORDER BY o.n)::text[] AS roles,
                   array_agg(g.starts_at ORDER BY o.n) AS starts_at, array_agg(g.expires_at ORDER BY o.n) AS expires_at
            FROM given g CROSS JOIN LATERAL (SELECT array_position(enum_range(NULL::kroles.event_role), g.role)) AS o (n)
            GROUP BY g.user_id, g.group_id
        )
        SELECT CASE WHEN l.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(l.user_id, l.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, l.roles, l.starts_at, l.expires_at, coalesce(l.user_id = kroles.asker(), false), members, members
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
        ORDER BY lower(p.name), p.name COLLATE "C", l.group_id NULLS FIRST, l.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH listed AS (
        SELECT p.user_id, p.group_id, array_agg(p.role ORDER BY o.n)::text[] AS roles,
               array_agg(p.starts_at ORDER BY o.n) AS starts_at, array_agg(p.expires_at ORDER BY o.n) AS expires_at
        FROM kroles.event_participants p
        CROSS JOIN LATERAL (SELECT array_position(enum_range(NULL::kroles.event_role), p.role)) AS o (n)
        WHERE p.event_id = $1 GROUP BY p.user_id, p.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.roles, s.starts_at, s.expires_at, coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;

COMMENT ON FUNCTION kroles.event_users(bigint, text, integer, integer) IS 'Implementation of kroles_event_users()';

REVOKE EXECUTE ON FUNCTION kroles.event_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_event_users(event_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles text[],
                   starts_at timestamptz[], expires_at timestamptz[], you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_event_users(bigint, text, integer, integer) IS
    'The users and groups that take part in an event with their names and all their roles, by name; starts_at and expires_at have the time of each role, in the order of roles. search, found and total as for kroles_media_users(). Requires manage_participants or moderate on the event. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

-- The numbers that a page shows beside a channel or gallery. A public function kroles_x() calls kroles.x(), as in the piece on the
-- people of media.

-- (Whoever has a contextual role, and is not blocked. The setting people_shown_to is for names and numbers alike.)
CREATE FUNCTION kroles.members_of(space_id bigint) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE above (id, owner_id, parent_id, inherits_members, depth) AS (
        SELECT s.id, s.owner_id, s.parent_id, s.inherits_members, 0 FROM kroles.spaces s WHERE s.id = $1
        UNION ALL
        SELECT s.id, s.owner_id, s.parent_id, s.inherits_members, a.depth + 1
        FROM above a JOIN kroles.spaces s ON s.id = a.parent_id WHERE a.inherits_members AND a.depth < 32
    ), source AS (
        SELECT a.id, a.owner_id FROM above a WHERE NOT a.inherits_members OR a.parent_id IS NULL
    ), granted AS (
        SELECT m.user_id, m.group_id FROM source s JOIN kroles.space_members m ON m.space_id = s.id
        WHERE kroles.in_window(m.starts_at, m.expires_at)
    ), people (id) AS (
        SELECT a.owner_id FROM above a WHERE a.depth = 0
        UNION SELECT s.owner_id FROM source s
        UNION SELECT g.user_id FROM granted g WHERE g.user_id IS NOT NULL
        UNION SELECT m.user_id FROM granted g JOIN kroles.group_members m ON m.group_id = g.group_id AND kroles.in_window(m.starts_at, m.expires_at)
    )
    SELECT count(*) FROM people p JOIN kroles.users u ON u.id = p.id
    WHERE NOT u.blocked AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = u.id)
$$;

COMMENT ON FUNCTION kroles.members_of(bigint) IS 'The number of users who have a contextual role in a space and are not blocked';

CREATE FUNCTION kroles.space_counts(ids bigint[]) RETURNS TABLE (id bigint, media bigint, members bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    shown boolean := kroles.shows_people();
BEGIN
    RETURN QUERY
    SELECT a.id,
           (SELECT count(*) FROM kroles.publications p
            WHERE p.space_id = a.id AND p.status = 'approved' AND kroles.can('view', 'media', p.media_id)),
           CASE WHEN shown OR kroles.space_can('manage_members', a.id) THEN kroles.members_of(a.id) END
    FROM unnest($1) WITH ORDINALITY AS a (id, n) WHERE kroles.space_can('view', a.id) ORDER BY a.n;
END $$;

COMMENT ON FUNCTION kroles.space_counts(bigint[]) IS 'Implementation of kroles_space_counts()';

REVOKE EXECUTE ON FUNCTION kroles.space_counts(bigint[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_space_counts(ids bigint[]) RETURNS TABLE (id bigint, media bigint, members bigint)
    LANGUAGE c STABLE COST 2000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_space_counts(bigint[]) IS
    'For a page of channels and galleries: the number of media that are approved there and that the current subject may view, and the number of users who have a role there, by a grant, by a group or as the owner, and are not blocked. In the order of the array, without those that the subject may not view or that do not exist. members is NULL where the subject may not see who the people of the site are: for anonymous sessions, unless they have manage_members there';

CREATE OR REPLACE FUNCTION @extschema@.kroles_trust_gateway(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    IF to_regclass('kroles.auditors') IS NOT NULL THEN     -- (tables of an earlier version lack it)
        IF EXISTS (SELECT FROM kroles.auditors AS a WHERE a.role = $1) THEN
            RAISE EXCEPTION 'role "%" is an auditor, which must not act as users', role USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Name another role, or call kroles_revoke_audit() first.';
        END IF;
    END IF;
    INSERT INTO kroles.gateways AS g (role) VALUES ($1)
    ON CONFLICT ON CONSTRAINT gateways_role_is_trusted_once DO NOTHING;
END $$;

COMMENT ON FUNCTION @extschema@.kroles_trust_gateway(name) IS
    'Allows sessions of that login role to state the current user, in the setting kroles.user or in PostgREST''s request.jwt.claims. A client that can log in as the role can act as any user: name only roles of servers that you run. Error 55000 for an auditor';

-- Logins whose case does not matter, and administrators: a site keeps one.

CREATE FUNCTION kroles.fold_login() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT s.case_insensitive_logins FROM kroles.settings AS s) THEN
        NEW.login := lower(NEW.login);
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION kroles.fold_login() IS 'Trigger: stores a login in lower case where logins are case-insensitive';

REVOKE EXECUTE ON FUNCTION kroles.fold_login() FROM PUBLIC;

CREATE FUNCTION kroles.fold_logins() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    alike text;
BEGIN
    -- no login that was written before the setting remains
    LOCK TABLE kroles.users IN SHARE ROW EXCLUSIVE MODE;
    alike := (SELECT string_agg(s.logins, '; ') FROM (
        SELECT string_agg(format('"%s"', u.login), ', ' ORDER BY u.login COLLATE "C") AS logins FROM kroles.users AS u
        GROUP BY lower(u.login) HAVING count(*) > 1 ORDER BY 1 LIMIT 10) AS s);
    IF alike IS NOT NULL THEN
        RAISE EXCEPTION 'logins cannot become case-insensitive, because some differ in case alone' USING ERRCODE = 'unique_violation',
            DETAIL = format('These do: %s.', alike), HINT = 'Rename or delete all but one of each.',
            SCHEMA = 'kroles', TABLE = 'users', CONSTRAINT = 'users_login_is_unique';
    END IF;
    UPDATE kroles.users AS u SET login = lower(u.login) WHERE u.login <> lower(u.login);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION kroles.fold_logins() IS
    'Trigger: when logins become case-insensitive, changes them to lower case; refuses it where they differ in case alone';

REVOKE EXECUTE ON FUNCTION kroles.fold_logins() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_administrator() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_administrator';

COMMENT ON FUNCTION kroles.guard_last_administrator() IS
    'Trigger: users must not leave the site without an administrator who is not blocked; sessions beyond policies may';

REVOKE EXECUTE ON FUNCTION kroles.guard_last_administrator() FROM PUBLIC;

-- A login that is given again. (src/guards/logins.c)

CREATE FUNCTION kroles.retire_login() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_retire_login';

COMMENT ON FUNCTION kroles.retire_login() IS 'Trigger: records the former login of a user';

CREATE FUNCTION kroles.guard_tokens() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_tokens';

COMMENT ON FUNCTION kroles.guard_tokens() IS
    'Trigger: the tokens of a user whose login another user had are valid from the time when the user got it; tokens_valid_after can then be set to a later time only';

REVOKE EXECUTE ON FUNCTION kroles.retire_login(), kroles.guard_tokens() FROM PUBLIC;

COMMENT ON FUNCTION kroles.entitlement_tables() IS
    'The tables that decide, and kroles.heartbeat: what replicas need. Without the audit log, playlists, requests to join and names of roles, which decide nothing, and the secret, of which each database has its own';

CREATE FUNCTION kroles.next_log_id() RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_next_log_id';

COMMENT ON FUNCTION kroles.next_log_id() IS
    'The id of a row of the audit log that the extension inserts; lastval() and currval() do not return it. For the extension only';

CREATE FUNCTION kroles.actor_called(actor bigint, actor_role kroles.applicative_role, db_role name) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(kroles.person_called($1, NULL), $2::text, 'database role ' || $3)
$$;

COMMENT ON FUNCTION kroles.actor_called(bigint, kroles.applicative_role, name) IS
    'Who changed a row, as the history names them: the user, anonymous, or the database role of a session without a user';

-- ---- Texts ----

CREATE FUNCTION kroles.window_called("row" jsonb, starts text, ends text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN concat(' from ' || (("row" ->> starts)::timestamptz)::text, ' until ' || (("row" ->> ends)::timestamptz)::text);

COMMENT ON FUNCTION kroles.window_called(jsonb, text, text) IS
    'The time in two columns of a logged row as text, with a space before it; empty where there is no limit';

CREATE OR REPLACE FUNCTION kroles.history_text_people(relation text, operation text, before jsonb, after jsonb) RETURNS text
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

CREATE OR REPLACE FUNCTION kroles.history_text_item(operation text, before jsonb, after jsonb) RETURNS text
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

CREATE OR REPLACE FUNCTION kroles.history_text_object(relation text, operation text, before jsonb, after jsonb) RETURNS text
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

-- ---- The log's rows ----

CREATE OR REPLACE FUNCTION kroles.log_shown(kind text, id bigint, space_id bigint) RETURNS boolean
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

-- A page of the log about an object or user, newest first. Each part is read by an index, up to the size of the page.
CREATE OR REPLACE FUNCTION kroles.log_about(kind text, id bigint, older_than bigint, max_rows integer) RETURNS SETOF bigint
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

CREATE OR REPLACE FUNCTION kroles.history(kind text, id bigint, older_than bigint, max_rows integer)
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

COMMENT ON FUNCTION @extschema@.kroles_history(text, bigint, bigint, integer) IS
    'The history of an object from the audit log, newest first: the time, the user, the change as text, and the changed columns before and after. Objects are channels, galleries, media (including the events that it was made a session of), rooms (their media) and events, with the rows that the policy on kroles.audit_log allows; for administrators and auditors also users and groups (their own rows, memberships, grants, ownership) and the site (id NULL). older_than: only rows before that log_id, for the next page. Error 22023 for an unknown kind';

-- ---- Verification ----

CREATE FUNCTION kroles.recomputed_audience(media_id bigint, owner_id bigint, type kroles.media_type, available_from timestamptz, available_until timestamptz,
                                           audience kroles.audience) RETURNS kroles.audience
    LANGUAGE c STABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'kroles_recomputed_audience';

COMMENT ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.media_type, timestamptz, timestamptz, kroles.audience) IS
    'For kroles_verify: the correct audience of the media; NULL where the stored one is correct';

REVOKE EXECUTE ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.media_type, timestamptz, timestamptz, kroles.audience) FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.kroles_verify(repair boolean DEFAULT false, OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text)
    RETURNS SETOF record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF repair THEN
        -- no concurrent publication, because an audience derived before it would be written after it
        EXECUTE (SELECT format('LOCK TABLE kroles.media, %s IN SHARE ROW EXCLUSIVE MODE', string_agg(format('kroles.%I', r.name), ', '))
                 FROM kroles.relations() r WHERE 'audience' = ANY (r.traits));
    END IF;
    RETURN QUERY
        SELECT 'kroles.media'::regclass, m.id, m.audience::text, a::text
        FROM kroles.media m, LATERAL kroles.recomputed_audience(m.id, m.owner_id, m.type, m.available_from, m.available_until, m.audience) AS a
        WHERE a IS NOT NULL;
    IF repair THEN
        PERFORM kroles.recompute_audiences(ARRAY(
            SELECT m.id FROM kroles.media m WHERE kroles.recomputed_audience(m.id, m.owner_id, m.type, m.available_from, m.available_until, m.audience) IS NOT NULL));
    END IF;
END $$;

-- What users could do at an earlier time, from the audit log.

CREATE FUNCTION kroles.change_time(at timestamptz, txid xid8, xmin xid) RETURNS timestamptz
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_change_time';

COMMENT ON FUNCTION kroles.change_time(timestamptz, xid8, xid) IS
    'From when on a change in the audit log counts: the commit of its transaction where the server has recorded it (track_commit_timestamp), else the beginning of the transaction. xmin: of the row in the log; one that another transaction put in, as from a dump, counts from the beginning';

CREATE FUNCTION @extschema@.kroles_could(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint, at timestamptz)
    RETURNS boolean
    LANGUAGE c STABLE COST 1000 AS 'MODULE_PATHNAME', 'kroles_could';

COMMENT ON FUNCTION @extschema@.kroles_could(bigint, kroles.action, kroles.object_kind, bigint, timestamptz) IS
    'Whether that user (NULL: anonymous) had the right on the object at an earlier time, decided by the same rules from what the audit log says was then: rows, settings, matrices and windows; also for users and objects that have been deleted since. A change counts from the time at which its transaction began or, with track_commit_timestamp, from its commit. Allowed to administrators, to auditors, and to users with manage on the object now; else error 42501, also where the object is hidden or does not exist. Errors: 55000 a time before the log begins or up to which it was trimmed, or a table that was truncated since, or a logical replica; 22023 no time, or one that has not come';

CREATE FUNCTION @extschema@.kroles_could_who(action kroles.action, kind kroles.object_kind, id bigint, at timestamptz,
                                             after bigint DEFAULT NULL, max_rows integer DEFAULT NULL)
    RETURNS TABLE (user_id bigint, login text, via text, name text)
    LANGUAGE c STABLE COST 100000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_could_who';

COMMENT ON FUNCTION @extschema@.kroles_could_who(kroles.action, kroles.object_kind, bigint, timestamptz, bigint, integer) IS
    'All users who had the right on the object at an earlier time, by ascending id, as kroles_who_can() lists those who have it: login is that of then, name that of now. Allowed to the same users as kroles_could(), with the same errors';

-- ---- Why, and who gave it ----

CREATE FUNCTION kroles.explain_past(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint, at timestamptz)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint,
                   until timestamptz, relation text, object_id bigint)
    LANGUAGE c STABLE COST 2000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_explain_past';

COMMENT ON FUNCTION kroles.explain_past(bigint, kroles.action, kroles.object_kind, bigint, timestamptz) IS
    'The reasons in kroles_explain(…, at), for those who may ask; relation and object_id: the table that has the role, and the object that it is a role on, NULL where that is not shown';

CREATE FUNCTION kroles.gives(before jsonb, after jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN after IS NOT NULL AND (before IS NULL OR
        CASE WHEN after ? 'owner_id' THEN before ->> 'owner_id' IS DISTINCT FROM after ->> 'owner_id'
             WHEN after ? 'administrator' THEN before -> 'administrator' <> after -> 'administrator'
             ELSE before - '{position, visible}'::text[] <> after - '{position, visible}'::text[] END);

COMMENT ON FUNCTION kroles.gives(jsonb, jsonb) IS
    'Whether a change of a row in the audit log made an owner or an administrator, or made or changed a grant; not another change of the object or user, nor of the order or visibility of a speaker';

CREATE FUNCTION kroles.given(user_id bigint, role text, group_id bigint, relation text, object_id bigint, at timestamptz)
    RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan AS $$
    SELECT l.id FROM kroles.audit_log l
    WHERE kroles.concerns(l.after) = CASE WHEN $3 IS NULL THEN 'user ' || $1 ELSE 'group ' || $3 END
      AND l.relation = $4 AND l.object_id = $5 AND kroles.change_time(l.at, l.txid, l.xmin) <= $6
      AND ($4 IN ('kroles.media', 'kroles.spaces', 'kroles.media_speakers') OR $2 IN (l.after ->> 'role', l.after ->> 'permission'))
      AND kroles.gives(l.before, l.after)
    ORDER BY l.id DESC LIMIT 1
$$;

COMMENT ON FUNCTION kroles.given(bigint, text, bigint, text, bigint, timestamptz) IS
    'The id of the row of the audit log by which a role that kroles.explain_past() names was last given or changed until that time; NULL where the log does not say';

CREATE FUNCTION kroles.explain(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint, at timestamptz)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint,
                   until timestamptz, given_by bigint, given_by_name text, given_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.allowed, e.effect, e.reason, e.role, e.group_id, e.space_id, e.event_id, e.until,
           l.actor, CASE WHEN l.id IS NOT NULL THEN kroles.actor_called(l.actor, l.actor_role, l.db_role) END,
           CASE WHEN l.id IS NOT NULL THEN kroles.change_time(l.at, l.txid, l.xmin) END
    FROM kroles.explain_past($1, $2, $3, $4, $5) WITH ORDINALITY AS
         e (allowed, effect, reason, role, group_id, space_id, event_id, until, relation, object_id, n)
    LEFT JOIN kroles.audit_log l ON l.id = kroles.given($1, e.role, e.group_id, e.relation, e.object_id, $5)
    ORDER BY e.n
$$;

COMMENT ON FUNCTION kroles.explain(bigint, kroles.action, kroles.object_kind, bigint, timestamptz) IS
    'Implementation of kroles_explain() for an earlier time';

REVOKE EXECUTE ON FUNCTION kroles.explain(bigint, kroles.action, kroles.object_kind, bigint, timestamptz) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_explain(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint, at timestamptz)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint,
                   until timestamptz, given_by bigint, given_by_name text, given_at timestamptz)
    LANGUAGE c STABLE COST 10000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_explain(bigint, kroles.action, kroles.object_kind, bigint, timestamptz) IS
    'Why that user (NULL: anonymous) had the right or not at an earlier time: rows as kroles_explain() has them for now, without what would give the right; and for each grant who gave or last changed it until then (given_by: a user; given_by_name: as kroles_history() names them) and when, NULL where the log does not say. Names of objects are those of now. Allowed to the same users as kroles_could(), with the same errors';

-- ---- Retention ----

CREATE FUNCTION kroles.trim_audit(before timestamptz) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    removed bigint;
BEGIN
    IF $1 IS NULL OR NOT isfinite($1) OR $1 > now() THEN
        RAISE EXCEPTION 'the time must be given, and must have passed' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    LOCK TABLE kroles.audit_log IN SHARE ROW EXCLUSIVE MODE;    -- one at a time; logging waits
    WITH keys (relation, columns) AS (
        SELECT 'kroles.' || c.relname, array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
        WHERE c.relnamespace = 'kroles'::regnamespace GROUP BY c.relname
    ), old AS (
        SELECT l.id, l.operation, kroles.gives(l.before, l.after) AS gives, l.relation,
               (SELECT jsonb_object_agg(k, coalesce(l.after, l.before) -> k) FROM unnest(keys.columns) AS k) AS key
        FROM kroles.audit_log l LEFT JOIN keys USING (relation)
        WHERE kroles.change_time(l.at, l.txid, l.xmin) < $1
    ), judged AS (
        -- the last change of a row that was there, and the last by which it was given
        SELECT o.id, o.operation = 'TRIM' OR first_value(o.operation) OVER changes IN ('INSERT', 'UPDATE')
                     AND o.id IN (max(o.id) OVER changes, max(o.id) FILTER (WHERE o.gives) OVER changes) AS needed
        FROM old o
        WINDOW changes AS (PARTITION BY o.relation, o.key ORDER BY o.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), gone AS (
        DELETE FROM kroles.audit_log l USING judged j WHERE l.id = j.id AND NOT j.needed RETURNING 1
    )
    SELECT count(*) INTO removed FROM gone;
    INSERT INTO kroles.audit_log (actor, actor_role, db_role, operation, relation, object_kind, after)
    VALUES (kroles.asker(), (SELECT u.applicative_role FROM kroles.users u WHERE u.id = kroles.asker()), session_user, 'TRIM',
            'kroles.audit_log', 'site', jsonb_build_object('before', $1, 'removed', removed));
    RETURN removed;
END $$;

COMMENT ON FUNCTION kroles.trim_audit(timestamptz) IS 'Implementation of kroles_trim_audit()';

REVOKE EXECUTE ON FUNCTION kroles.trim_audit(timestamptz) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_trim_audit(before timestamptz) RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';

REVOKE EXECUTE ON FUNCTION @extschema@.kroles_trim_audit(timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION @extschema@.kroles_trim_audit(timestamptz) IS
    'Deletes from the audit log what was changed before that time, and returns how many rows. What is needed to answer from then on remains: of each row that was there, the change by which it became as it was then, with the user who made it. kroles_could() and the like refuse earlier times from now on; kroles_history() shows what remains. It is logged itself (operation TRIM). Takes a scan of the log, during which logging waits. For the owner of the extension, and roles to which that grants EXECUTE: else error 42501. Error 22023 for no time, or one that has not come';

-- kroles_preview(): who gains and loses what by the changes of the current transaction.

-- What each changed row of the log names: the columns with the ids, and which columns decide, so that an UPDATE of others is
-- nothing (NULL: all of them).
CREATE FUNCTION kroles.changed_rights(first_id bigint) RETURNS TABLE (what text, a bigint, b bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH names (relation, what, a, b, deciding) AS (
        VALUES
        ('kroles.users',               'user',            'id',       NULL,       '{applicative_role, administrator, blocked}'::text[]),
        ('kroles.user_blocks',         'user',            'user_id',  NULL,       NULL),
        ('kroles.group_members',       'user in group',   'user_id',  'group_id', NULL),
        ('kroles.spaces',              'space',           'id',       NULL,       '{type, parent_id, inherits_members}'),
        ('kroles.spaces',              'owner of space',  'id',       NULL,       '{owner_id}'),
        ('kroles.space_members',       'user in space',   'user_id',  'space_id', NULL),
        ('kroles.space_members',       'group in space',  'group_id', 'space_id', NULL),
        ('kroles.media',               'media',           'id',       NULL,       '{owner_id, type, available_from, available_until}'),
        ('kroles.publications',        'media',           'media_id', NULL,       '{media_id, space_id, status}'),
        ('kroles.media_collaborators', 'media',           'media_id', NULL,       NULL),
        ('kroles.media_moderators',    'media',           'media_id', NULL,       NULL),
        ('kroles.media_speakers',      'media',           'media_id', NULL,       '{media_id, user_id, type}'),
        ('kroles.events',              'event',           'id',       NULL,       '{}'),
        ('kroles.event_participants',  'user in event',   'user_id',  'event_id', NULL),
        ('kroles.event_participants',  'group in event',  'group_id', 'event_id', NULL),
        ('kroles.event_sessions',      'media',           'media_id', NULL,       '{event_id, media_id}'),
        ('kroles.room_participants',   'user in room',    'user_id',  'media_id', NULL),
        ('kroles.settings',            'anonymous',       NULL,       NULL,       '{allow_anonymous}'),
        ('kroles.settings',            'site',            NULL,       NULL,       '{chat_and_collaboration, room_session_limit, rooms_switched}'),
        ('kroles.baseline_rights',     'applicative role', 'role',    NULL,       NULL),
        ('kroles.role_rights',         'site',            NULL,       NULL,       NULL),
        ('kroles.ceiling_rights',      'applicative role', 'role',    NULL,       NULL),
        ('kroles.rights',              'site',            NULL,       NULL,       NULL)
    ), changed AS MATERIALIZED (
        SELECT l.relation, l.operation, l.before || p.place AS before, l.after || p.place AS after
        FROM kroles.audit_log l,
             -- (a matrix is changed in cells, whose keys are fixed; the roles in the order of rules/rules.h, whatever that of the
             -- type is: cells of a role that was added to it give nobody anything)
             LATERAL (SELECT CASE WHEN l.relation IN ('kroles.baseline_rights', 'kroles.ceiling_rights') AND l.operation <> 'TRUNCATE'
                             THEN jsonb_build_object('role', array_position('{anonymous, viewer, private_only, admin, unmoderated_admin}',
                                                                            coalesce(l.after, l.before) ->> 'applicative_role') - 1)
                             ELSE '{}' END) AS p (place)
        WHERE l.id >= first_id AND l.txid = pg_current_xact_id_if_assigned()
    )
    SELECT DISTINCT CASE WHEN c.operation = 'TRUNCATE' THEN 'truncated' ELSE n.what END, (v.version ->> n.a)::bigint, (v.version ->> n.b)::bigint
    FROM changed c JOIN names n USING (relation), LATERAL (VALUES (c.before), (c.after)) AS v (version)
    WHERE c.operation = 'TRUNCATE'
       OR (v.version IS NOT NULL AND (n.a IS NULL OR v.version ->> n.a IS NOT NULL)
           AND (c.operation <> 'UPDATE' OR n.deciding IS NULL
                OR EXISTS (SELECT FROM unnest(n.deciding) AS d WHERE c.before -> d IS DISTINCT FROM c.after -> d)))
$$;

COMMENT ON FUNCTION kroles.changed_rights(bigint) IS
    'What the current transaction has changed that rights depend on, from its rows of the audit log with that id and later ones; a and b are the ids that "what" names. For kroles_preview()';

CREATE FUNCTION kroles.preview(kinds kroles.object_kind[], actions kroles.action[], max_rows integer, skip integer)
    RETURNS TABLE (user_id bigint, name text, action kroles.action, kind kroles.object_kind, id bigint, before boolean, after boolean,
                   why text, total bigint)
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_preview';

COMMENT ON FUNCTION kroles.preview(kroles.object_kind[], kroles.action[], integer, integer) IS 'Implementation of kroles_preview()';

REVOKE EXECUTE ON FUNCTION kroles.preview(kroles.object_kind[], kroles.action[], integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_preview(kinds kroles.object_kind[] DEFAULT NULL, actions kroles.action[] DEFAULT NULL,
                                           max_rows integer DEFAULT 100, skip integer DEFAULT 0)
    RETURNS TABLE (user_id bigint, name text, action kroles.action, kind kroles.object_kind, id bigint, before boolean, after boolean,
                   why text, total bigint)
    LANGUAGE c COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_preview(kroles.object_kind[], kroles.action[], integer, integer) IS
    'Who gains and loses what by the changes that the current transaction has made so far: a row a user (user_id; NULL: anonymous), object and right that was (before) or is (after) allowed, but not both; by kind, id, user and right. Compares what kroles_can() answers now with what it would answer without the changes, at the same instant; changes that cancel out have no rows, nor has what begins or ends by time alone. why: what allows a gained right, or allowed a lost one, as kroles_explain() words it. total: the number of rows in all; max_rows (default 100; NULL: all) and skip are the page. kinds, actions: only these (NULL: all). Administrators see all rows; others those about themselves, and those about objects that they managed before the changes or, of new ones, manage now. Errors: 22023 a negative number of rows, a null in an array; 55000 the transaction has used TRUNCATE on a table that rights depend on, after which nothing tells what was there before (DELETE instead)';

CREATE FUNCTION kroles.preview_counts(kinds kroles.object_kind[], actions kroles.action[])
    RETURNS TABLE (kind kroles.object_kind, action kroles.action, gained bigint, lost bigint, users bigint, objects bigint)
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_preview_counts';

COMMENT ON FUNCTION kroles.preview_counts(kroles.object_kind[], kroles.action[]) IS 'Implementation of kroles_preview_counts()';

REVOKE EXECUTE ON FUNCTION kroles.preview_counts(kroles.object_kind[], kroles.action[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_preview_counts(kinds kroles.object_kind[] DEFAULT NULL, actions kroles.action[] DEFAULT NULL)
    RETURNS TABLE (kind kroles.object_kind, action kroles.action, gained bigint, lost bigint, users bigint, objects bigint)
    LANGUAGE c COST 10000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_preview_counts(kroles.object_kind[], kroles.action[]) IS
    'The rows of kroles_preview() counted: a row a kind and right that somebody gains or loses: in how many cases it is gained and lost, by how many users (anonymous counts as one), on how many objects. Errors: 22023 a null in an array; 55000 TRUNCATE, as for kroles_preview()';

-- Access reviews: who has which right by which way, who gave it, and what is worth a look. A public function kroles_x() calls
-- kroles.x(), as in the piece on the people of media.

CREATE TYPE kroles.access_way AS (
    user_id bigint, name text, kind kroles.object_kind, id bigint, object_name text, action kroles.action, way text, role text,
    group_id bigint, grant_table text, grant_id bigint, given_by bigint, given_by_name text, given_at timestamptz,
    starts_at timestamptz, expires_at timestamptz, shared boolean, last_seen timestamptz);

COMMENT ON TYPE kroles.access_way IS 'A row of kroles_access() and kroles_access_of(): a way by which a subject has a right on an object';

COMMENT ON COLUMN kroles.access_way.user_id IS 'The user; NULL: anonymous';

COMMENT ON COLUMN kroles.access_way.name IS 'The user as pages show people: the name, else the email or login';

COMMENT ON COLUMN kroles.access_way.kind IS 'The kind of the object';

COMMENT ON COLUMN kroles.access_way.id IS 'The id of the object; NULL for the site';

COMMENT ON COLUMN kroles.access_way.object_name IS 'The name of the object; NULL for the site, and where the current subject may not view it';

COMMENT ON COLUMN kroles.access_way.action IS 'The right';

COMMENT ON COLUMN kroles.access_way.way IS 'What gives it, as text, as kroles_explain() says it';

COMMENT ON COLUMN kroles.access_way.role IS 'The role that gives it: contextual, on the media, in the event, owner, or the applicative role; NULL for administrators, stays in rooms, and where it may not be known';

COMMENT ON COLUMN kroles.access_way.group_id IS 'The group through which it applies; NULL for none';

COMMENT ON COLUMN kroles.access_way.grant_table IS 'The table of the row that gives it, with its schema, as in kroles.audit_log.relation; NULL for the rights of an applicative role, which need no row, and where it may not be known';

COMMENT ON COLUMN kroles.access_way.grant_id IS 'The id of that row; NULL for kroles.media_speakers, whose key is the media and the user';

COMMENT ON COLUMN kroles.access_way.given_by IS 'The user who gave it, by the newest row of the audit log that inserted the row or changed its role, holder or time; NULL where the log no longer says, where no user did, and where the current subject may not read that row of the log';

COMMENT ON COLUMN kroles.access_way.given_by_name IS 'The name of that user, or the database role of a session without a user';

COMMENT ON COLUMN kroles.access_way.given_at IS 'When that was';

COMMENT ON COLUMN kroles.access_way.starts_at IS 'Since when the way is in force, the membership in the group included; NULL: without a beginning';

COMMENT ON COLUMN kroles.access_way.expires_at IS 'Until when; NULL: without an end';

COMMENT ON COLUMN kroles.access_way.shared IS 'Whether the way is one of a group or of an applicative role, so that taking it concerns others too; NULL where it may not be known';

COMMENT ON COLUMN kroles.access_way.last_seen IS 'When the user last used the object, as far as the application reports it by kroles_seen()';

CREATE FUNCTION kroles.ways(of_object boolean, of_kind kroles.object_kind, of_id bigint, of_user bigint, max_rows integer, skip integer)
    RETURNS TABLE (user_id bigint, kind kroles.object_kind, id bigint, action kroles.action, way text, role text, grant_table text,
                   group_id bigint, space_id bigint, event_id bigint, starts_at timestamptz, expires_at timestamptz, shared boolean)
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_ways';

COMMENT ON FUNCTION kroles.ways(boolean, kroles.object_kind, bigint, bigint, integer, integer) IS
    'The ways on an object (of_object), anonymous first and then users by id, or those of a user (NULL: anonymous), by kind and id; rights in the order of kroles.action. For kroles.access_rows(). Errors: 42501 where the current subject may not ask, and where it is not called by the extension';

-- ---- The row that gives a right, and who made it ----

CREATE FUNCTION kroles.grant_row(grant_table text, role text, object_id bigint, user_id bigint, group_id bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE grant_table
        WHEN 'kroles.users' THEN $4
        WHEN 'kroles.spaces' THEN $3
        WHEN 'kroles.media' THEN $3
        WHEN 'kroles.space_members' THEN CASE WHEN $5 IS NULL
            THEN (SELECT m.id FROM kroles.space_members m WHERE m.user_id = $4 AND m.space_id = $3)
            ELSE (SELECT m.id FROM kroles.space_members m WHERE m.group_id = $5 AND m.space_id = $3) END
        WHEN 'kroles.media_collaborators' THEN (SELECT c.id FROM kroles.media_collaborators c
            WHERE c.media_id = $3 AND (c.user_id = $4 OR c.group_id = $5) AND c.permission::text = $2)
        WHEN 'kroles.media_moderators' THEN (SELECT c.id FROM kroles.media_moderators c
            WHERE c.media_id = $3 AND (c.user_id = $4 OR c.group_id = $5) AND c.permission::text = $2)
        WHEN 'kroles.event_participants' THEN CASE WHEN $5 IS NULL
            THEN (SELECT p.id FROM kroles.event_participants p WHERE p.user_id = $4 AND p.event_id = $3 AND p.role::text = $2)
            ELSE (SELECT p.id FROM kroles.event_participants p WHERE p.group_id = $5 AND p.event_id = $3 AND p.role::text = $2) END
        WHEN 'kroles.room_participants' THEN (SELECT p.id FROM kroles.room_participants p
            WHERE p.user_id = $4 AND p.media_id = $3 AND p.left_at IS NULL)
        END;
END $$;

COMMENT ON FUNCTION kroles.grant_row(text, text, bigint, bigint, bigint) IS
    'The id of the row by which a user, or a group if one is given, has a role on a space, media or event; only rows that the caller sees';

CREATE FUNCTION kroles.grant_given(grant_table text, grant_id bigint, role text, object_id bigint, user_id bigint, group_id bigint,
                             OUT given_by bigint, OUT given_by_name text, OUT given_at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    whom text := coalesce('group ' || $6, 'user ' || $5);
    of_kind text := CASE $1 WHEN 'kroles.users' THEN 'user' WHEN 'kroles.media' THEN 'media'
        WHEN 'kroles.spaces' THEN (SELECT s.kind::text FROM kroles.spaces s WHERE s.id = $4) END;
    entry record;
BEGIN
    IF of_kind IS NOT NULL THEN
        SELECT l.*, l.xmin INTO entry FROM kroles.audit_log l
        WHERE l.object_kind = of_kind AND l.object_id = $2 AND l.relation = $1
          AND kroles.gives(l.before, l.after)
        ORDER BY l.id DESC LIMIT 1;
    ELSE
        SELECT l.*, l.xmin INTO entry FROM kroles.audit_log l
        WHERE kroles.concerns(l.after) = whom AND l.relation = $1
          AND CASE WHEN $2 IS NULL THEN l.after ->> 'media_id' = $4::text ELSE l.after ->> 'id' = $2::text END
          AND kroles.gives(l.before, l.after)
        ORDER BY l.id DESC LIMIT 1;
    END IF;
    -- (what was changed without being logged, nobody is named for)
    IF entry.id IS NULL OR NOT (CASE $1
            WHEN 'kroles.users' THEN entry.after ->> 'administrator' = 'true'
            WHEN 'kroles.spaces' THEN entry.after ->> 'owner_id' = $5::text
            WHEN 'kroles.media' THEN entry.after ->> 'owner_id' = $5::text
            WHEN 'kroles.media_speakers' THEN true
            WHEN 'kroles.room_participants' THEN true
            ELSE coalesce(entry.after ->> 'role', entry.after ->> 'permission') = $3 END)
        OR NOT kroles.log_shown(entry.object_kind, entry.object_id, entry.space_id) THEN
        RETURN;
    END IF;
    given_by := entry.actor;
    given_by_name := kroles.actor_called(entry.actor, entry.actor_role, entry.db_role);
    given_at := kroles.change_time(entry.at, entry.txid, entry.xmin);
END $$;

COMMENT ON FUNCTION kroles.grant_given(text, bigint, text, bigint, bigint, bigint) IS
    'Who gave a role, and when: from the newest row of the audit log that made the grant what it is. NULL where the log no longer says, and where the current subject may not read that row';

-- ---- The rows ----

CREATE FUNCTION kroles.access_rows(of_object boolean, of_kind kroles.object_kind, of_id bigint, of_user bigint, max_rows integer, skip integer)
    RETURNS SETOF kroles.access_way
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH way AS MATERIALIZED (
        SELECT w.*, concat_ws(' ', w.grant_table, w.role, o.id, coalesce('group ' || w.group_id, 'user ' || w.user_id)) AS key, o.id AS on_id
        FROM kroles.ways($1, $2, $3, $4, $5, $6) WITH ORDINALITY
            AS w (user_id, kind, id, action, way, role, grant_table, group_id, space_id, event_id, starts_at, expires_at, shared, n)
        CROSS JOIN LATERAL (SELECT CASE w.grant_table WHEN 'kroles.users' THEN w.user_id WHEN 'kroles.spaces' THEN w.space_id
            WHEN 'kroles.space_members' THEN w.space_id WHEN 'kroles.event_participants' THEN w.event_id ELSE w.id END) AS o (id)
    ), given AS MATERIALIZED (      -- each grant once: a group's is that of all its members
        SELECT d.key, r.grant_id, g.given_by, g.given_by_name, g.given_at
        FROM (SELECT DISTINCT ON (w.key) w.key, w.grant_table, w.role, w.on_id, w.group_id, CASE WHEN w.group_id IS NULL THEN w.user_id END AS holder_id
              FROM way w WHERE w.grant_table IS NOT NULL) AS d
        CROSS JOIN LATERAL (SELECT kroles.grant_row(d.grant_table, d.role, d.on_id, d.holder_id, d.group_id) OFFSET 0) AS r (grant_id)
        CROSS JOIN LATERAL kroles.grant_given(d.grant_table, r.grant_id, d.role, d.on_id, d.holder_id, d.group_id) AS g
    )
    SELECT w.user_id, CASE WHEN w.user_id IS NULL THEN 'anonymous' ELSE p.name END, w.kind, w.id,
           CASE WHEN w.kind = 'site' THEN NULL WHEN kroles.can('view', w.kind, w.id) THEN coalesce(s.name, m.name, e.name) END, w.action, w.way, w.role, w.group_id,
           w.grant_table, g.grant_id, g.given_by, g.given_by_name, g.given_at, w.starts_at, w.expires_at, w.shared, l.at
    FROM way w
    LEFT JOIN given g ON g.key = w.key AND w.grant_table IS NOT NULL
    LEFT JOIN LATERAL kroles.shown_as(w.user_id, NULL) AS p ON w.user_id IS NOT NULL
    LEFT JOIN kroles.spaces s ON w.kind IN ('channel', 'gallery') AND s.id = w.id
    LEFT JOIN kroles.media m ON w.kind IN ('media', 'room') AND m.id = w.id
    LEFT JOIN kroles.events e ON w.kind = 'event' AND e.id = w.id
    LEFT JOIN kroles.last_seen l ON l.user_id = w.user_id AND l.kind = w.kind AND l.object_id = w.id
    ORDER BY w.n;
END $$;

COMMENT ON FUNCTION kroles.access_rows(boolean, kroles.object_kind, bigint, bigint, integer, integer) IS
    'The rows of kroles.ways() with names, with who gave the right, and with the last use';

CREATE FUNCTION kroles.access(kind kroles.object_kind, id bigint, max_rows integer, skip integer) RETURNS SETOF kroles.access_way
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_page($3, $4);
    RETURN QUERY SELECT * FROM kroles.access_rows(true, $1, $2, NULL, $3, $4);
END $$;

COMMENT ON FUNCTION kroles.access(kroles.object_kind, bigint, integer, integer) IS 'Implementation of kroles_access()';

REVOKE EXECUTE ON FUNCTION kroles.access(kroles.object_kind, bigint, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_access(kind kroles.object_kind, id bigint DEFAULT NULL, max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS SETOF kroles.access_way
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_access(kroles.object_kind, bigint, integer, integer) IS
    'Who has access to an object: a row for each subject, right and way by which the subject has it now, anonymous (user_id NULL) first and then users by id, rights in the order of kroles.action. Rights that need no grant have rows too: those of applicative roles, owners and administrators. What a way rests on is named as in kroles_explain(): spaces and events about which the current subject may not ask are not. The site has no id. max_rows, skip: a page; its cost includes the rows that are skipped. Allowed to administrators, auditors, and users with manage on the object; else error 42501, also where the object is hidden or does not exist. Error 22023 for a negative number of rows';

CREATE FUNCTION kroles.access_of(user_id bigint, max_rows integer, skip integer) RETURNS SETOF kroles.access_way
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_page($2, $3);
    RETURN QUERY SELECT * FROM kroles.access_rows(false, NULL, NULL, $1, $2, $3);
END $$;

COMMENT ON FUNCTION kroles.access_of(bigint, integer, integer) IS 'Implementation of kroles_access_of()';

REVOKE EXECUTE ON FUNCTION kroles.access_of(bigint, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_access_of(user_id bigint, max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS SETOF kroles.access_way
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_access_of(bigint, integer, integer) IS
    'What a user (NULL: anonymous) has access to: rows like those of kroles_access(), on the site first, then on objects by kind and id. An administrator has every right on every object, and a row for each. Allowed to administrators, to auditors, and to every user about themselves; else error 42501. Error 22023 for a negative number of rows';

-- ---- The last use ----

CREATE FUNCTION kroles.seen(kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    asker constant bigint := kroles.asker();
    seen timestamptz;
BEGIN
    IF $1 IS NULL OR $1 = 'site' THEN
        RAISE EXCEPTION 'an object is wanted' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The kinds are channel, gallery, media, room and event.';
    END IF;
    IF asker IS NULL OR NOT kroles.can('view', $1, $2) OR current_setting('transaction_read_only')::boolean THEN
        RETURN;
    END IF;
    SELECT l.at INTO seen FROM kroles.last_seen l WHERE l.user_id = asker AND l.kind = $1 AND l.object_id = $2;
    IF seen > statement_timestamp() - interval '1 minute' THEN
        RETURN;
    ELSIF seen IS NOT NULL THEN
        -- another session of the user that is writing the row reports the same
        UPDATE kroles.last_seen l SET at = statement_timestamp() WHERE (l.user_id, l.kind, l.object_id) IN (
            SELECT o.user_id, o.kind, o.object_id FROM kroles.last_seen o
            WHERE o.user_id = asker AND o.kind = $1 AND o.object_id = $2 FOR UPDATE SKIP LOCKED);
        RETURN;
    END IF;
    -- (an object that is being deleted is waited for, and is gone then)
    CASE $1
        WHEN 'channel', 'gallery' THEN PERFORM FROM kroles.spaces s WHERE s.id = $2 FOR KEY SHARE;
        WHEN 'media', 'room' THEN PERFORM FROM kroles.media m WHERE m.id = $2 FOR KEY SHARE;
        WHEN 'event' THEN PERFORM FROM kroles.events e WHERE e.id = $2 FOR KEY SHARE;
    END CASE;
    IF FOUND AND kroles.can('view', $1, $2) THEN     -- (the right may have been revoked during the wait)
        INSERT INTO kroles.last_seen (user_id, kind, object_id, at) VALUES (asker, $1, $2, statement_timestamp())
        ON CONFLICT ON CONSTRAINT last_seen_one_row_a_user_and_object DO NOTHING;
    END IF;
END $$;

COMMENT ON FUNCTION kroles.seen(kroles.object_kind, bigint) IS 'Implementation of kroles_seen()';

REVOKE EXECUTE ON FUNCTION kroles.seen(kroles.object_kind, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_seen(kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_seen(kroles.object_kind, bigint) IS
    'For applications: notes in kroles.last_seen that the current user uses an object now, at most once a minute. Does nothing where the user may not view it, where it does not exist, without a user, and in a transaction that only reads, as on a standby. Error 22023 for the site, which is no object';

-- What an access review should look at first.

CREATE TYPE kroles.access_finding AS (finding text, detail text, user_id bigint, group_id bigint, kind kroles.object_kind, id bigint,
                                      object_name text, grant_table text, grant_id bigint, since timestamptz);

COMMENT ON TYPE kroles.access_finding IS 'A row of kroles_access_findings()';

COMMENT ON COLUMN kroles.access_finding.finding IS 'expired_grant: it gives nothing any more; blocked_user: a grant or membership of a user who is blocked; empty_group: a grant to a group without members who are not blocked, now or later; no_active_manager: a space whose owner is blocked, and which no other user manages who is not; blocked_owner: a blocked user who owns spaces or media';

COMMENT ON COLUMN kroles.access_finding.detail IS 'The finding as text';

COMMENT ON COLUMN kroles.access_finding.user_id IS 'The user concerned: the holder, or the owner; NULL for a group''s grant';

COMMENT ON COLUMN kroles.access_finding.group_id IS 'The group concerned, or whose member the user is; NULL for none';

COMMENT ON COLUMN kroles.access_finding.kind IS 'The kind of the object that the grant is on; NULL for memberships and owners';

COMMENT ON COLUMN kroles.access_finding.id IS 'The id of that object';

COMMENT ON COLUMN kroles.access_finding.object_name IS 'Its name';

COMMENT ON COLUMN kroles.access_finding.grant_table IS 'The table with the grant or membership, with its schema';

COMMENT ON COLUMN kroles.access_finding.grant_id IS 'The id of the row there; NULL for kroles.media_speakers and kroles.group_members, whose keys are the other columns';

COMMENT ON COLUMN kroles.access_finding.since IS 'Since when an expired grant gives nothing; else NULL';

CREATE FUNCTION kroles.blocked_users() RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.id FROM kroles.users u WHERE u.blocked UNION SELECT b.user_id FROM kroles.user_blocks b
$$;

COMMENT ON FUNCTION kroles.blocked_users() IS 'The users who are blocked, by either table; only rows that the caller sees';

CREATE FUNCTION kroles.all_grants()
    RETURNS TABLE (grant_table text, grant_id bigint, user_id bigint, group_id bigint, role text, kind kroles.object_kind, id bigint,
                   object_name text, expires_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'kroles.space_members', m.id, m.user_id, m.group_id, m.role::text, s.kind::text::kroles.object_kind, s.id, s.name, m.expires_at
    FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
    UNION ALL
    SELECT 'kroles.media_collaborators', c.id, c.user_id, c.group_id, c.permission::text, 'media', m.id, m.name, c.expires_at
    FROM kroles.media_collaborators c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.media_moderators', c.id, c.user_id, c.group_id, c.permission::text, 'media', m.id, m.name, c.expires_at
    FROM kroles.media_moderators c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.media_speakers', NULL, c.user_id, NULL, 'speaker', 'media', m.id, m.name, NULL
    FROM kroles.media_speakers c JOIN kroles.media m ON m.id = c.media_id
    UNION ALL
    SELECT 'kroles.event_participants', p.id, p.user_id, p.group_id, p.role::text, 'event', e.id, e.name, p.expires_at
    FROM kroles.event_participants p JOIN kroles.events e ON e.id = p.event_id
    UNION ALL
    SELECT 'kroles.group_members', NULL, g.user_id, g.group_id, 'member', NULL, NULL, NULL, g.expires_at FROM kroles.group_members g
$$;

COMMENT ON FUNCTION kroles.all_grants() IS 'All grants to users and groups, and memberships in groups; only rows that the caller sees';

CREATE FUNCTION kroles.grant_called(role text, user_id bigint, group_id bigint, kind kroles.object_kind, object_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN kind IS NULL THEN format('%s, member of %s', kroles.person_called(user_id, NULL), kroles.person_called(NULL, group_id))
        ELSE format('%s, %s of %s "%s"', kroles.person_called(user_id, group_id), replace(role, '_', ' '), kind, object_name) END
$$;

COMMENT ON FUNCTION kroles.grant_called(text, bigint, bigint, kroles.object_kind, text) IS 'A grant or membership as text';

CREATE FUNCTION kroles.findings_of_grants() RETURNS SETOF kroles.access_finding
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH g AS MATERIALIZED (SELECT * FROM kroles.all_grants()),
    blocked AS MATERIALIZED (SELECT b.id FROM kroles.blocked_users() AS b (id)),
    peopled AS MATERIALIZED (
        SELECT DISTINCT m.group_id FROM kroles.group_members m
        WHERE coalesce(statement_timestamp() < m.expires_at, true) AND m.user_id NOT IN (SELECT b.id FROM blocked b))
    SELECT 'expired_grant', format('%s: expired at %s', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name), g.expires_at),
           g.user_id, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, g.expires_at
    FROM g WHERE g.expires_at <= statement_timestamp()
    UNION ALL
    SELECT 'blocked_user', format('%s: the user is blocked', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name)),
           g.user_id, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, NULL
    FROM g JOIN blocked b ON b.id = g.user_id
    UNION ALL
    SELECT 'empty_group', format('%s: the group has no members', kroles.grant_called(g.role, g.user_id, g.group_id, g.kind, g.object_name)),
           NULL, g.group_id, g.kind, g.id, g.object_name, g.grant_table, g.grant_id, NULL
    FROM g WHERE g.user_id IS NULL AND g.group_id NOT IN (SELECT p.group_id FROM peopled p)
$$;

COMMENT ON FUNCTION kroles.findings_of_grants() IS 'For kroles.access_findings(): grants that have expired, of blocked users, and of groups without members';

CREATE FUNCTION kroles.findings_of_owners() RETURNS SETOF kroles.access_finding
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH blocked AS MATERIALIZED (SELECT b.id FROM kroles.blocked_users() AS b (id))
    SELECT 'no_active_manager', format('%s "%s": the owner, %s, is blocked, and no other user manages it', s.kind, s.name, kroles.person_called(s.owner_id, NULL)),
           s.owner_id, NULL::bigint, s.kind::text::kroles.object_kind, s.id, s.name, 'kroles.spaces', s.id, NULL::timestamptz
    FROM kroles.spaces s JOIN blocked b ON b.id = s.owner_id
    WHERE NOT EXISTS (SELECT FROM @extschema@.kroles_who_can('manage', s.kind::text::kroles.object_kind, s.id) AS w
                      WHERE @extschema@.kroles_contextual_role(s.id, w.user_id) = 'manager')
    UNION ALL
    SELECT 'blocked_owner', format('%s is blocked and owns %s spaces and %s media', kroles.person_called(o.id, NULL), o.spaces, o.media),
           o.id, NULL, NULL, NULL, NULL, 'kroles.users', o.id, NULL
    FROM (SELECT b.id, (SELECT count(*) FROM kroles.spaces s WHERE s.owner_id = b.id) AS spaces,
                 (SELECT count(*) FROM kroles.media m WHERE m.owner_id = b.id) AS media FROM blocked b) AS o
    WHERE o.spaces + o.media > 0
$$;

COMMENT ON FUNCTION kroles.findings_of_owners() IS 'For kroles.access_findings(): spaces without an active manager, and blocked users who own something';

CREATE FUNCTION kroles.check_reviewer() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.is_auditor() THEN
        RETURN;
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'permission denied to review the access to the site' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Administrators and auditors may.';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.check_reviewer() IS 'Error 28000 for anonymous, 42501 for users who are no administrators; none for auditors';

CREATE FUNCTION kroles.access_findings() RETURNS SETOF kroles.access_finding
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_reviewer();
    RETURN QUERY
    SELECT f.* FROM (SELECT * FROM kroles.findings_of_grants() UNION ALL SELECT * FROM kroles.findings_of_owners()) AS f
    ORDER BY array_position('{no_active_manager, blocked_owner, blocked_user, empty_group, expired_grant}', f.finding),
             f.kind, f.id, f.grant_table COLLATE "C", f.group_id, f.user_id, f.grant_id;
END $$;

COMMENT ON FUNCTION kroles.access_findings() IS 'Implementation of kroles_access_findings()';

REVOKE EXECUTE ON FUNCTION kroles.access_findings() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_access_findings() RETURNS SETOF kroles.access_finding
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_access_findings() IS
    'What a review of access should look at first, a row a finding: spaces without an active manager, blocked users who own something, grants of blocked users, grants to groups without members, and expired grants. For administrators and auditors. Errors: 28000 not logged in, 42501';

-- The tables of access reviews. A new database and the step from 1.0.0 make them alike, by one function.

CREATE FUNCTION kroles.make_review_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE TABLE kroles.auditors (
        role                name CONSTRAINT auditors_role_is_listed_once PRIMARY KEY,
        added_at            timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE kroles.auditors IS 'Login roles whose sessions may read all entitlements and the audit log, and change nothing; kroles_grant_audit() adds rows';
    COMMENT ON COLUMN kroles.auditors.role IS 'The name of the login role';
    COMMENT ON COLUMN kroles.auditors.added_at IS 'When the role was added';
    CREATE POLICY read ON kroles.auditors FOR SELECT
        USING (kroles.can('administer', 'site') OR kroles.is_auditor());

    CREATE TABLE kroles.last_seen (
        user_id             bigint NOT NULL
            CONSTRAINT last_seen_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
        kind                kroles.object_kind NOT NULL
            CONSTRAINT last_seen_site_is_no_object CHECK (kind <> 'site'),
        object_id           bigint NOT NULL,
        at                  timestamptz NOT NULL,
        -- (one of them is not null: the row goes with the object)
        space_id            bigint GENERATED ALWAYS AS (CASE WHEN kind IN ('channel', 'gallery') THEN object_id END) STORED
            CONSTRAINT last_seen_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
        media_id            bigint GENERATED ALWAYS AS (CASE WHEN kind IN ('media', 'room') THEN object_id END) STORED
            CONSTRAINT last_seen_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
        event_id            bigint GENERATED ALWAYS AS (CASE WHEN kind = 'event' THEN object_id END) STORED
            CONSTRAINT last_seen_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
        CONSTRAINT last_seen_one_row_a_user_and_object PRIMARY KEY (user_id, kind, object_id)
    );
    CREATE INDEX last_seen_space ON kroles.last_seen (space_id) WHERE space_id IS NOT NULL;
    CREATE INDEX last_seen_media ON kroles.last_seen (media_id) WHERE media_id IS NOT NULL;
    CREATE INDEX last_seen_event ON kroles.last_seen (event_id) WHERE event_id IS NOT NULL;
    COMMENT ON TABLE kroles.last_seen IS 'When users last used objects, as far as applications report it by kroles_seen(): one row a user and object. Not logged. Users see their own rows, administrators and auditors all';
    COMMENT ON COLUMN kroles.last_seen.user_id IS 'The user';
    COMMENT ON COLUMN kroles.last_seen.kind IS 'The kind of the object: channel, gallery, media, room or event';
    COMMENT ON COLUMN kroles.last_seen.object_id IS 'The id of the object';
    COMMENT ON COLUMN kroles.last_seen.at IS 'When it was reported; up to a minute may pass until it is again';
    COMMENT ON COLUMN kroles.last_seen.space_id IS 'The object, if it is a channel or gallery; derived from the other columns';
    COMMENT ON COLUMN kroles.last_seen.media_id IS 'The object, if it is a media or its room; derived likewise';
    COMMENT ON COLUMN kroles.last_seen.event_id IS 'The object, if it is an event; derived likewise';
    CREATE POLICY read ON kroles.last_seen FOR SELECT
        USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
END $$;

COMMENT ON FUNCTION kroles.make_review_tables() IS 'Makes kroles.auditors and kroles.last_seen, for kroles.make_tables() and the step from 1.0.0';

REVOKE EXECUTE ON FUNCTION kroles.make_review_tables() FROM PUBLIC;

-- The privileges that the database role of an application needs. Row-level security restricts them to the rights of the current
-- user.

CREATE OR REPLACE FUNCTION kroles.access_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        -- (the schema of the functions; the schema public is not taken away, where the site may have granted it for its own tables)
        SELECT 'USAGE', 'SCHEMA @extschema@' WHERE CASE WHEN '@extschema@' <> 'public' THEN true
            ELSE giving AND NOT has_schema_privilege(role, 'public', 'USAGE') END
        UNION ALL
        SELECT r.application, string_agg(format('kroles.%I', r.name), ', ') FROM kroles.relations() r
        WHERE r.application IS NOT NULL GROUP BY r.application
        UNION ALL
        SELECT 'USAGE', 'SEQUENCE ' || string_agg(format('kroles.%I', c.relname), ', ') FROM kroles.relations() r
        JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name || '_id_seq')) WHERE r.application LIKE '%INSERT%'
    ) AS wanted (privileges, object)
$$;

-- Auditors: login roles that read all entitlements and the audit log, and change nothing. A session of such a role that states no
-- user has, in the engine, the right to view every object and no other; the policies for SELECT on the tables of entitlements let
-- it read all rows (kroles.is_auditor()); and it has no privilege but SELECT.

CREATE FUNCTION kroles.audit_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        -- (the schema of the functions, as in kroles.access_statements())
        SELECT 'USAGE', 'SCHEMA @extschema@' WHERE CASE WHEN '@extschema@' <> 'public' THEN true
            ELSE giving AND NOT has_schema_privilege(role, 'public', 'USAGE') END
        UNION ALL
        SELECT r.reading, string_agg(format('kroles.%I', r.name), ', ')
        FROM (SELECT l.name, CASE WHEN l.application LIKE 'SELECT (%' THEN l.application ELSE 'SELECT' END
              FROM kroles.relations() l WHERE l.application IS NOT NULL AND l.name NOT LIKE '%\_import') AS r (name, reading)
        GROUP BY r.reading
    ) AS wanted (privileges, object)
$$;

COMMENT ON FUNCTION kroles.audit_statements(name, boolean) IS 'The GRANT (or REVOKE) statements behind kroles_grant_audit and kroles_revoke_audit';

REVOKE EXECUTE ON FUNCTION kroles.audit_statements(name, boolean) FROM PUBLIC;

CREATE FUNCTION kroles.powers_of(role name, OUT power text, OUT remedy text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'bypasses row-level security', format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', r.rolname)
    FROM pg_roles r WHERE r.rolname = $1 AND (r.rolsuper OR r.rolbypassrls)
    UNION ALL
    SELECT format('can become %s, which bypasses row-level security', quote_ident(b.rolname)), format('REVOKE %I FROM %I; (or from a role in between)', b.rolname, r.rolname)
    FROM pg_roles r JOIN pg_roles b ON (b.rolsuper OR b.rolbypassrls) AND b.oid <> r.oid AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolname = $1 AND NOT r.rolsuper
    UNION ALL
    SELECT format('is a member of %s', b.rolname), format('REVOKE %I FROM %I; (or from a role in between)', b.rolname, r.rolname)
    FROM pg_roles r JOIN pg_roles b ON b.rolname IN ('pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program')
        AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolname = $1 AND NOT r.rolsuper
    UNION ALL
    SELECT 'is trusted as a gateway, so its sessions can act as any user', format('SELECT @extschema@.kroles_distrust_gateway(%L);', g.role)
    FROM kroles.gateways g WHERE g.role = $1
    UNION ALL
    SELECT format('acts as user %s', u.id), format('UPDATE kroles.users SET db_role = NULL WHERE id = %s;', u.id)
    FROM kroles.users u WHERE u.db_role = $1
    UNION ALL
    -- (whoever reads a secret there signs tokens for anyone)
    SELECT 'may read the keys of tokens, kroles.signing_keys.key', format('REVOKE SELECT ON kroles.signing_keys FROM %1$I; and revoke pg_read_all_data, or what else gives it, from %1$I.', r.rolname)
    FROM pg_roles r WHERE r.rolname = $1 AND has_column_privilege(r.oid, 'kroles.signing_keys', 'key', 'SELECT')
      AND NOT EXISTS (SELECT FROM pg_roles b WHERE (b.rolsuper OR b.rolbypassrls) AND pg_has_role(r.oid, b.oid, 'MEMBER'))
    UNION ALL
    SELECT format('has %s on %s', string_agg(DISTINCT p.privilege, ', '), string_agg(DISTINCT format('kroles.%I', c.relname), ', ')),
           format('SELECT @extschema@.kroles_revoke_access(%L); and revoke what was granted otherwise, to it or to roles that it is a member of.', r.rolname)
    FROM pg_roles r, pg_class c, unnest('{INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER}'::text[]) AS p (privilege)
    WHERE r.rolname = $1 AND c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v')
      AND NOT EXISTS (SELECT FROM pg_roles b WHERE (b.rolsuper OR b.rolbypassrls) AND pg_has_role(r.oid, b.oid, 'MEMBER'))
      AND CASE WHEN p.privilege IN ('INSERT', 'UPDATE') THEN has_any_column_privilege(r.oid, c.oid, p.privilege)
               ELSE has_table_privilege(r.oid, c.oid, p.privilege) END
    GROUP BY r.rolname
$$;

COMMENT ON FUNCTION kroles.powers_of(name) IS
    'What a database role can do beside reading what is for auditors, each with its remedy: for kroles_grant_audit() and kroles_doctor()';

REVOKE EXECUTE ON FUNCTION kroles.powers_of(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_grant_audit(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    powers record;
    statement text;
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    SELECT string_agg(p.power, '; ' ORDER BY p.power) AS power, string_agg(p.remedy, ' ' ORDER BY p.power) AS remedy
    INTO powers FROM kroles.powers_of($1) AS p;
    IF powers.power IS NOT NULL THEN
        RAISE EXCEPTION 'role "%" can do more than read', role USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It %s.', powers.power), HINT = 'Create a role for auditors alone; or: ' || powers.remedy;
    END IF;
    FOR statement IN SELECT * FROM kroles.audit_statements($1, true) LOOP
        EXECUTE statement;
    END LOOP;
    INSERT INTO kroles.auditors AS a (role) VALUES ($1) ON CONFLICT ON CONSTRAINT auditors_role_is_listed_once DO NOTHING;
END $$;

COMMENT ON FUNCTION @extschema@.kroles_grant_audit(name) IS
    'Makes a login role an auditor: its sessions, unless they state a user by a token, view every object, read all tables of entitlements (personal playlists and the keys of tokens excepted), the audit log and access reviews, and change nothing. Error 55000 for a role that can do more than read: one that bypasses row-level security, is a gateway, acts as a user, may read the keys of tokens, or may change tables of kroles; 42704 unknown role. kroles_doctor() reports an auditor that gets more later';

REVOKE EXECUTE ON FUNCTION @extschema@.kroles_grant_audit(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_revoke_audit(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    DELETE FROM kroles.auditors AS a WHERE a.role = $1;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1) THEN
        FOR statement IN SELECT * FROM kroles.audit_statements($1, false) LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END $$;

COMMENT ON FUNCTION @extschema@.kroles_revoke_audit(name) IS
    'Makes a role no auditor any more, from the next statement on in all sessions, and revokes the privileges that kroles_grant_audit granted. Also for a role that no longer exists';

REVOKE EXECUTE ON FUNCTION @extschema@.kroles_revoke_audit(name) FROM PUBLIC;

-- What a new database has on the site's tables, by name. It is a member of the extension: kroles_doctor() and kroles_install() find
-- out by it what a restore has left out or somebody has dropped. test/pgtap/shipped_objects.sql compares it with the catalog.

CREATE OR REPLACE FUNCTION kroles.shipped_objects()
    RETURNS TABLE (relation text, triggers text[], policies text[], constraints text[], indexes text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
BEGIN ATOMIC
    VALUES
    ('baseline_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}'::text[],
        '{change, read}'::text[],
        '{baseline_rights_one_row_a_cell, baseline_rights_right_must_exist}'::text[],
        '{baseline_rights_right}'::text[]),
    ('role_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}',
        '{change, read}',
        '{role_rights_one_row_a_cell, role_rights_right_must_exist}',
        '{role_rights_right}'),
    ('ceiling_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}',
        '{change, read}',
        '{ceiling_rights_one_row_a_cell, ceiling_rights_right_must_exist}',
        '{ceiling_rights_right}'),
    ('role_labels',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_delete, guard_keys, guard_rows}',
        '{change, read}',
        '{role_labels_label_is_not_blank, role_labels_one_row_a_role}',
        '{}'),
    ('settings',
        '{audit_delete, audit_insert, audit_truncate, audit_update, count_switch, end_run_out_stays, end_stays, fold_logins,
         guard_delete, track_all, ~track}',
        '{change, read}',
        '{settings_access_change_actions_names_no_null, settings_creation_tools_names_no_null, settings_has_one_row, settings_has_only_one_row,
         settings_replica_lease_has_no_years, settings_replica_lease_is_1_second_to_30_days,
         settings_room_session_limit_has_no_years, settings_room_session_limit_is_at_most_30_days,
         settings_token_leeway_is_at_most_10_minutes}',
        '{}'),
    ('users',
        '{audit_delete, audit_insert, audit_truncate, audit_update, fold_login, guard_changed, guard_id,
         guard_last_administrator, guard_last_administrator_still, guard_last_organizers, guard_new, guard_own,
         guard_remove, guard_tokens, guard_tokens_changed, leave_rooms, lift_block, lift_block_of_none, retire_login,
         retire_login_changed, retire_logins, track_all, ~track}',
        '{add, change, read, remove}',
        '{users_applicative_role_is_never_anonymous, users_db_role_belongs_to_one_user, users_db_role_is_not_empty,
         users_id_is_unique, users_login_has_no_space_around_it_and_is_not_empty, users_login_has_only_visible_characters,
         users_login_is_unique}',
        '{users_administrator, users_by_name, users_email_begins, users_login_begins, users_long_names, users_name_begins}'),
    ('user_blocks',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_last_administrator, guard_last_organizers, leave_rooms,
         track_all, ~track}',
        '{read}',
        '{user_blocks_a_user_is_blocked_once}',
        '{}'),
    ('groups',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{groups_id_is_unique, groups_name_is_not_blank, groups_name_is_trimmed, groups_name_is_unique}',
        '{groups_name_begins}'),
    ('group_members',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_new, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{group_members_a_user_is_in_a_group_once, group_members_ends_after_it_starts, group_members_group_must_exist,
         group_members_user_must_exist}',
        '{group_members_group, group_members_windows}'),
    ('spaces',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_changed,
         guard_created, guard_created_still, guard_external_id, guard_external_id_once_more, guard_id, guard_kind,
         guard_move, guard_new, guard_owner, guard_remove, guard_tree, guard_tree_moved, retire_external_id,
         retire_external_id_changed, track_all, ~new, ~track}',
        '{add, change, read, remove}',
        '{spaces_external_id_is_not_empty, spaces_external_id_is_trimmed, spaces_external_id_is_unique, spaces_gallery_is_not_its_own_parent,
         spaces_gallery_type_is_open_restricted_or_private, spaces_id_is_unique, spaces_id_with_kind_is_unique,
         spaces_name_is_not_blank, spaces_only_a_gallery_has_a_parent, spaces_only_a_gallery_inherits_members,
         spaces_owner_must_be_a_user, spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries}',
        '{spaces_joinable, spaces_owner, spaces_parent, spaces_type}'),
    ('space_members',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new,
         guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{space_members_either_a_user_or_a_group, space_members_ends_after_it_starts, space_members_group_must_exist,
         space_members_id_is_unique, space_members_one_grant_a_user_or_group, space_members_space_must_exist,
         space_members_user_must_exist}',
        '{space_members_group, space_members_user}'),
    ('media',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, drop_new_owners_permissions,
         end_run_out_stays, guard_changed, guard_created, guard_created_still, guard_external_id, guard_external_id_once_more, guard_id,
         guard_new, guard_owner, guard_remove, guard_type, retire_external_id, retire_external_id_changed, track_all,
         ~audience, ~new, ~track}',
        '{add, change, read, remove}',
        '{media_available_until_is_after_available_from, media_external_id_is_not_empty, media_external_id_is_trimmed,
         media_external_id_is_unique, media_id_is_unique, media_name_is_not_blank, media_owner_must_be_a_user}',
        '{media_audience, media_owner, media_published, media_rooms, media_windows}'),
    ('publications',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, guard, guard_new}',
        '{add, change, read, remove}',
        '{publications_media_must_exist, publications_moderator_must_be_a_user, publications_one_per_media_and_space,
         publications_publisher_must_be_a_user, publications_space_must_exist}',
        '{publications_moderator, publications_pending, publications_publisher, publications_space}'),
    ('media_collaborators',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, !guard_made_id, !guard_new_id,
         audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new, guard_owner, guard_remove}',
        '{add, change, read, remove}',
        '{media_collaborators_a_permission_is_given_once, media_collaborators_either_a_user_or_a_group,
         media_collaborators_ends_after_it_starts, media_collaborators_group_must_exist,
         media_collaborators_id_is_unique, media_collaborators_media_must_exist, media_collaborators_user_must_exist}',
        '{media_collaborators_group, media_collaborators_user}'),
    ('media_moderators',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, !guard_made_id, !guard_new_id,
         audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_module, guard_new, guard_remove}',
        '{add, change, read, remove}',
        '{media_moderators_a_permission_is_given_once, media_moderators_either_a_user_or_a_group,
         media_moderators_ends_after_it_starts, media_moderators_group_must_exist, media_moderators_id_is_unique,
         media_moderators_media_must_exist, media_moderators_user_must_exist}',
        '{media_moderators_group, media_moderators_user}'),
    ('media_speakers',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update, guard_changed, guard_remove, place}',
        '{add, change, read, remove}',
        '{media_speakers_a_user_speaks_once, media_speakers_media_must_exist, media_speakers_one_speaker_a_position,
         media_speakers_position_counts_from_1, media_speakers_user_must_exist}',
        '{media_speakers_user}'),
    ('join_requests',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_remove}',
        '{add, change, read, remove}',
        '{join_requests_answerer_must_be_a_user, join_requests_id_is_unique, join_requests_message_is_short,
         join_requests_one_a_user_and_space, join_requests_space_must_exist, join_requests_user_must_exist}',
        '{join_requests_answerer, join_requests_space}'),
    ('playlists',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_channel,
         fill_owner, guard_created, guard_created_still, guard_id, guard_owner, guard_remove, guard_space}',
        '{add, change, read, remove}',
        '{playlists_either_of_a_space_or_of_a_person, playlists_id_is_unique, playlists_id_with_owner_is_unique,
         playlists_id_with_space_is_unique, playlists_name_is_not_blank, playlists_owner_must_be_a_user, playlists_space_must_exist}',
        '{playlists_owner, playlists_space}'),
    ('playlist_items',
        '{audit_delete, audit_insert, audit_truncate, audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update,
         fill_space, guard_remove, guard_row, place}',
        '{add, change, read, remove}',
        '{playlist_items_a_media_is_in_a_playlist_once, playlist_items_either_of_a_space_or_of_a_person,
         playlist_items_media_must_exist, playlist_items_one_item_a_position, playlist_items_personal_playlist_must_exist,
         playlist_items_playlist_must_exist, playlist_items_position_counts_from_1}',
        '{playlist_items_media, playlist_items_owner, playlist_items_space}'),
    ('events',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_changed,
         guard_created, guard_created_still, guard_creator, guard_external_id, guard_external_id_once_more, guard_id,
         guard_new, guard_remove, make_organizers, retire_external_id, retire_external_id_changed, track_all, ~new,
         ~track}',
        '{add, change, read, remove}',
        '{events_creator_must_be_a_user, events_external_id_is_not_empty, events_external_id_is_trimmed,
         events_external_id_is_unique, events_id_is_unique, events_name_is_not_blank}',
        '{events_creator}'),
    ('event_participants',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_id,
         guard_last_organizer, guard_new, guard_remove, keep_organizer_still, track_all, ~track}',
        '{add, change, read, remove}',
        '{event_participants_a_role_is_given_once, event_participants_either_a_user_or_a_group,
         event_participants_ends_after_it_starts, event_participants_event_must_exist,
         event_participants_group_must_exist, event_participants_id_is_unique,
         event_participants_organizer_has_no_window, event_participants_user_must_exist}',
        '{event_participants_group, event_participants_user}'),
    ('event_sessions',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update, guard_keys, guard_remove, place}',
        '{add, change, read, remove}',
        '{event_sessions_a_media_is_a_session_once, event_sessions_event_must_exist, event_sessions_media_must_exist,
         event_sessions_one_session_a_position, event_sessions_position_counts_from_1}',
        '{event_sessions_media}'),
    ('room_participants',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{room_participants_id_is_unique, room_participants_joined_at_an_instant,
         room_participants_nobody_leaves_before_joining, room_participants_rights_are_a_list_without_null,
         room_participants_room_must_exist, room_participants_user_must_exist}',
        '{room_participants_a_user_is_in_a_room_once, room_participants_media, room_participants_now, room_participants_user}'),
    ('gateways',
        '{audit_delete, audit_insert, audit_truncate, audit_update, track_all, ~track}',
        '{read}',
        '{gateways_role_is_trusted_once}',
        '{}'),
    ('auditors',
        '{audit_delete, audit_insert, audit_truncate, audit_update, track_all, ~track}',
        '{read}',
        '{auditors_role_is_listed_once}',
        '{}'),
    ('last_seen',
        '{}',
        '{read}',
        '{last_seen_event_must_exist, last_seen_media_must_exist, last_seen_one_row_a_user_and_object, last_seen_site_is_no_object,
         last_seen_space_must_exist, last_seen_user_must_exist}',
        '{last_seen_event, last_seen_media, last_seen_space}'),
    ('signing_keys',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_key, track_all, ~track}',
        '{read}',
        '{signing_keys_algorithm_is_known, signing_keys_key_is_a_public_key_in_pem, signing_keys_kid_has_1_to_256_bytes,
         signing_keys_kid_is_unique, signing_keys_secret_has_at_least_32_bytes, signing_keys_secret_is_no_public_key}',
        '{}'),
    ('audit_log',
        '{guard_append_only}',
        '{read}',
        '{audit_log_id_is_unique}',
        '{audit_log_concerned_after, audit_log_concerned_before, audit_log_moved, audit_log_object, audit_log_own_rows,
          audit_log_sessions, audit_log_space}'),
    ('access_changes',
        '{}',
        '{read, remove}',
        '{access_changes_id_is_unique}',
        '{}'),
    ('retired_external_ids',
        '{}',
        '{read}',
        '{retired_external_ids_are_kept_once}',
        '{}'),
    ('replica',
        '{track_all, ~track}',
        '{}',
        '{replica_has_one_row, replica_has_only_one_row}',
        '{}'),
    ('channels',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('galleries',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('moderation_queue',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('my_media',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('people',
        '{guard_read_only}',
        '{}',
        '{}',
        '{}'),
    ('my_playlists',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('user_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}'),
    ('group_member_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}'),
    ('space_member_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}');
END;

-- Privileges that row-level security does not restrict

CREATE OR REPLACE FUNCTION kroles.doctor_privileges() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- (one row for what one GRANT may have given on many tables)
    SELECT h.severity, 'unguarded_privilege', string_agg(h.name, ', ' ORDER BY h.name), h.weakness,
           format('REVOKE %s ON %s FROM %s;', h.privileges, string_agg(h.name, ', ' ORDER BY h.name), h.grantee)
    FROM (
        SELECT t.name, g.grantee, string_agg(DISTINCT a.privilege_type, ', ') AS privileges,
               CASE WHEN bool_or(a.privilege_type <> 'MAINTAIN' AND (t.ours OR a.privilege_type <> 'REFERENCES')) THEN 'danger' ELSE 'warning' END AS severity,
               format('%s has %s, which no policy restricts: ', g.grantee, string_agg(DISTINCT a.privilege_type, ', ')) || concat_ws('; ',
                   CASE WHEN bool_or(a.privilege_type = 'TRUNCATE') THEN 'TRUNCATE empties the table' END,
                   CASE WHEN bool_or(a.privilege_type = 'TRIGGER') THEN 'TRIGGER runs the grantee''s code with the privileges of the role that changes a row' END,
                   CASE WHEN bool_or(a.privilege_type = 'MAINTAIN') THEN 'MAINTAIN allows locking the table against everybody, and replacing its statistics' END,
                   CASE WHEN bool_or(a.privilege_type = 'REFERENCES') THEN format('with REFERENCES the check of a foreign key runs the implicit cast from the type of the referencing column as %s, the owner of this table%s; the action of the key on deletion runs code of the referencing table''s owner in the session that deletes; and a key reveals which hidden rows exist, and can prevent their deletion',
                       quote_ident(o.rolname), CASE WHEN o.rolsuper THEN ', so that the grantee can become superuser' ELSE '' END) END) AS weakness
        FROM kroles.guarded_tables() t JOIN pg_roles o ON o.oid = t.owner,
        LATERAL (SELECT (aclexplode(c.relacl)).* FROM pg_class c WHERE c.oid = t.relation
                 UNION ALL
                 SELECT (aclexplode(c.attacl)).* FROM pg_attribute c WHERE c.attrelid = t.relation) AS a,
        LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
        WHERE a.grantee <> t.owner AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
        GROUP BY t.name, g.grantee, o.rolname, o.rolsuper) AS h
    GROUP BY h.severity, h.grantee, h.privileges, h.weakness
    UNION ALL
    SELECT 'danger', 'foreign_key', kroles.qualified_name(k.conrelid),
           format('its foreign key %I refers to %s, and %I owns it: ', k.conname, t.name, f.rolname)
               || CASE WHEN x.casts THEN format('its check may run a cast of that owner as %I; ', o.rolname) ELSE '' END
               || 'on deletion it runs code of that owner in the session that deletes, it can prevent deletions, and it reveals which hidden rows exist',
           format('ALTER TABLE %s DROP CONSTRAINT %I; store the id in a plain column, and delete rows without an object in a periodic job.',
                  kroles.qualified_name(k.conrelid), k.conname)
    FROM kroles.guarded_tables() t JOIN pg_constraint k ON k.confrelid = t.relation AND k.contype = 'f'
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_roles f ON f.oid = c.relowner JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT EXISTS (
        SELECT FROM unnest(k.conkey, k.confkey) AS u (theirs, ours)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, u.theirs)
        JOIN pg_attribute b ON (b.attrelid, b.attnum) = (k.confrelid, u.ours)
        WHERE a.atttypid <> b.atttypid)) AS x (casts)
    WHERE t.ours AND c.relowner <> t.owner
      -- the key of a partition is reported with that of the partitioned table, where both have the same owner
      AND NOT EXISTS (SELECT FROM pg_constraint w JOIN pg_class p ON p.oid = w.conrelid WHERE w.oid = k.conparentid AND p.relowner = c.relowner)
    UNION ALL
    SELECT 'danger', 'readable_key', 'kroles.signing_keys',
           format('%s may read the column "key": a secret in it allows acting as any user', g.grantee),
           format('REVOKE SELECT ON kroles.signing_keys FROM %1$s; REVOKE SELECT (key) ON kroles.signing_keys FROM %1$s;', g.grantee)
    FROM pg_class c,
    LATERAL (SELECT (aclexplode(c.relacl)).*
             UNION
             SELECT (aclexplode(k.attacl)).* FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname = 'key') AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE c.oid = 'kroles.signing_keys'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    GROUP BY g.grantee
    UNION ALL
    SELECT 'danger', 'schema_privilege', 'kroles',
           format('%s may create objects in the schema kroles, where the extension looks up its own', g.grantee),
           format('REVOKE CREATE ON SCHEMA kroles FROM %s;', g.grantee)
    FROM pg_namespace n, aclexplode(n.nspacl) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
    UNION ALL
    -- (functions in pg_temp are found only by a qualified name)
    SELECT 'danger', 'lookalike_function', p.oid::regprocedure::text,
           format('has the name of a function of kroles, and %I owns it: a call without the schema may run it, with the privileges of the caller', o.rolname),
           format('DROP FUNCTION %s; revoke CREATE on schemas that are on the search paths of other roles.', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND NOT o.rolsuper JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname LIKE 'kroles\_%' AND n.nspname NOT LIKE 'pg\_temp\_%' AND EXISTS (
        SELECT FROM pg_proc q JOIN pg_depend d ON (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, q.oid, 'pg_extension'::regclass, 'e')
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles' WHERE q.proname = p.proname)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;

-- PUBLIC has at most SELECT on a relation, and of functions (pg_init_privs) what the extension granted when it was created; any
-- other privilege came from default privileges or a later GRANT. No other role needs a function that PUBLIC may not execute,
-- but those that watch the database: the figures of the cache, the doctor, and the heartbeat.
CREATE OR REPLACE FUNCTION kroles.doctor_public() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'public_privilege', string_agg(h.name, ', ' ORDER BY h.name),
           format('PUBLIC has %s on %s', h.privileges, CASE count(*) WHEN 1 THEN 'it' ELSE 'them' END),
           format('REVOKE %s ON %s FROM PUBLIC; use kroles_grant_access() for the role of an application.',
                  h.privileges, string_agg(h.name, ', ' ORDER BY h.name))
    FROM (
        SELECT kroles.qualified_name(c.oid) AS name, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
        FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = 0
          AND a.privilege_type NOT IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
          AND (a.privilege_type <> 'SELECT' OR NOT kroles.is_public(c.oid))
        GROUP BY c.oid) AS h
    GROUP BY h.privileges
    UNION ALL
    SELECT 'warning', 'public_privilege', string_agg(h.name, ', ' ORDER BY h.name),
           format('PUBLIC may execute %s', CASE count(*) WHEN 1 THEN 'it' ELSE 'them' END),
           format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', string_agg(h.name, ', ' ORDER BY h.name))
    FROM (
        SELECT p.oid::regprocedure::text AS name, p.pronamespace
        FROM pg_proc p JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = ('pg_proc'::regclass, p.oid, 0),
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
        WHERE a.grantee = 0 AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) AS s WHERE s.grantee = 0)
          AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                      WHERE (d.classid, d.objid, d.refclassid, d.deptype)
                          = ('pg_proc'::regclass, p.oid, 'pg_extension'::regclass, 'e') AND e.extname = 'kroles')) AS h
    GROUP BY h.pronamespace
    UNION ALL
    -- default privileges that were in force at CREATE EXTENSION are among what the extension granted
    SELECT 'warning', 'granted_function', r.rolname::text,
           format('may execute %s: meant for superusers, and for kroles itself',
                  (array_agg(p.oid::regprocedure::text ORDER BY p.oid::regprocedure::text))[1] || CASE WHEN count(*) > 1 THEN format(' and %s more', count(*) - 1) ELSE '' END),
           concat_ws(' ', CASE WHEN bool_or(p.pronamespace = 'kroles'::regnamespace) THEN format('REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA kroles FROM %I;', r.rolname) END,
               format('REVOKE EXECUTE ON FUNCTION %s FROM %I;', string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid::regprocedure::text)
                          FILTER (WHERE p.pronamespace <> 'kroles'::regnamespace), r.rolname))
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
    JOIN pg_proc p ON (d.classid, d.refclassid, d.deptype) = ('pg_proc'::regclass, 'pg_extension'::regclass, 'e') AND p.oid = d.objid,
    aclexplode(p.proacl) AS a JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> p.proowner AND NOT r.rolsuper
      AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS s WHERE s.grantee = 0)
      AND p.proname NOT IN ('kroles_cache_stats', 'kroles_doctor', 'kroles_heartbeat')
    GROUP BY r.rolname
$$;

-- Views and functions that read protected tables with other privileges than those of their caller

CREATE OR REPLACE FUNCTION kroles.guarded_readers(OUT relation oid, OUT through text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    reach (relation, base) AS (
        SELECT g.relation::oid, g.name FROM guarded g
        UNION
        SELECT w.ev_class, r.base
        FROM reach r
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, r.relation, 'pg_rewrite'::regclass)
        JOIN pg_rewrite w ON w.oid = d.objid
        -- (kroles.people says itself to whom it shows names; not without its barrier)
        JOIN pg_class c ON c.oid = w.ev_class AND NOT (coalesce(c.oid = to_regclass('kroles.people'), false) AND coalesce(c.reloptions, '{}') @> '{security_barrier=true}'))
    SELECT r.relation, string_agg(r.base, ', ' ORDER BY r.base) FROM reach r
    WHERE r.relation NOT IN (SELECT g.relation FROM guarded g)
    GROUP BY r.relation
$$;

CREATE OR REPLACE FUNCTION kroles.doctor_readers() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH readers AS MATERIALIZED (
        SELECT v.through, c.*, kroles.qualified_name(c.oid) AS name, o.rolname AS owner, o.rolsuper OR o.rolbypassrls AS unheld
        FROM kroles.guarded_readers() v JOIN pg_class c ON c.oid = v.relation JOIN pg_roles o ON o.oid = c.relowner),
    touched AS MATERIALIZED (
        SELECT d.objid AS function, string_agg(DISTINCT g.name, ', ') AS names
        FROM (SELECT t.relation::oid, t.name FROM kroles.guarded_tables() t
              UNION ALL SELECT r.oid, r.name FROM readers r) AS g (relation, name)
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, g.relation, 'pg_proc'::regclass)
        GROUP BY d.objid)
    SELECT CASE WHEN r.unheld THEN 'danger' ELSE 'warning' END, 'definer_view', r.name,
           format('%s %s with the privileges of its owner %I', CASE r.relkind WHEN 'v' THEN 'reads' ELSE 'has a rule that uses' END,
                  r.through, r.owner) || CASE WHEN r.unheld THEN ', to whom no policy applies' ELSE '' END,
           -- (of kroles.users a user sees only their own row)
           CASE WHEN r.relkind = 'v' AND r.through = 'kroles.users' THEN
                    'If it is there for names: let it have only columns that whoever may read it may know of every user, such as id and name, and no login or email. (security_invoker would leave only one''s own row.)'
                WHEN r.relkind = 'v' AND r.through ~ '\mkroles\.users\M' THEN
                    format('If it is there for names: take them from a view of its own with only such columns as id and name, and then ALTER VIEW %s SET (security_invoker = true). (Alone, that would leave only one''s own name.)', r.name)
                WHEN r.relkind = 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', r.name)
                ELSE 'DROP RULE …; a trigger runs with the privileges of the role that changes the row.' END
    FROM readers r
    WHERE r.relkind <> 'm' AND NOT EXISTS (
        SELECT FROM pg_options_to_table(r.reloptions) AS w WHERE w.option_name = 'security_invoker' AND w.option_value::boolean)
    UNION ALL
    SELECT 'danger', 'materialized_view', r.name, format('is a copy of rows of %s, to which no policy applies', r.through),
           format('DROP MATERIALIZED VIEW %s; or allow only its owner to read it.', r.name)
    FROM readers r WHERE r.relkind = 'm'
    UNION ALL
    -- the catalog has the tables that a function reads only where its body is in the form of the SQL standard (BEGIN ATOMIC)
    SELECT CASE WHEN t.names IS NULL THEN 'notice' ELSE 'warning' END, 'definer_function', p.oid::regprocedure::text,
           format('is SECURITY DEFINER and runs as %I, to whom no policy applies: ', o.rolname)
               || coalesce('it uses ' || t.names, 'check whether it uses protected tables'),
           format('ALTER FUNCTION %1$s SECURITY INVOKER; or OWNER TO a role to which policies apply; or revoke EXECUTE from roles that need not call it.',
                  p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND (o.rolsuper OR o.rolbypassrls)
    LEFT JOIN touched t ON t.function = p.oid
    WHERE p.prosecdef
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner)
      AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;

-- Tables of an application that refer to ours, and show their rows to everybody whom the application lets in

CREATE FUNCTION kroles.doctor_referring() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN k.kind IS NULL THEN 'notice' ELSE 'warning' END, 'unprotected_table', kroles.qualified_name(c.oid),
           format('its foreign key %I refers to %s, %s may use it, and it has no row-level security: its rows are shown and changed whoever may view the object',
                  f.conname, kroles.qualified_name(f.confrelid), g.grantees),
           CASE WHEN k.kind IS NULL THEN format('If its rows are not for everybody: ALTER TABLE %s ENABLE ROW LEVEL SECURITY; and policies of your own, with kroles_current_user() for instance.', kroles.qualified_name(c.oid))
                ELSE format('SELECT kroles_protect(%L, %L, %L);%s', kroles.qualified_name(c.oid), k.kind, a.attname,
                            CASE k.kind WHEN 'channel' THEN ' or ''gallery'', if it is about galleries' ELSE '' END) END
    FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
    JOIN pg_attribute a ON (a.attrelid, a.attnum) = (f.conrelid, f.conkey[1]),
    LATERAL (SELECT CASE t.relname WHEN 'spaces' THEN 'channel' WHEN 'media' THEN 'media' WHEN 'events' THEN 'event' END) AS k (kind),
    LATERAL (SELECT string_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, ', ')
             FROM (SELECT (aclexplode(c.relacl)).*
                   UNION ALL SELECT (aclexplode(w.attacl)).* FROM pg_attribute w WHERE w.attrelid = c.oid) AS x
             LEFT JOIN pg_roles r ON r.oid = x.grantee
             WHERE x.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND x.grantee <> c.relowner
               AND r.rolsuper IS NOT TRUE AND r.rolbypassrls IS NOT TRUE) AS g (grantees)
    WHERE f.contype = 'f' AND t.relnamespace = 'kroles'::regnamespace AND c.relnamespace <> 'kroles'::regnamespace
      AND NOT c.relrowsecurity AND NOT c.relispartition AND g.grantees IS NOT NULL
      AND c.oid NOT IN (SELECT p.relation FROM kroles.guarded_tables() p)
$$;

COMMENT ON FUNCTION kroles.doctor_referring() IS
    'For kroles_doctor: tables with a foreign key to a table of kroles that roles may use, and that have no row-level security';

REVOKE EXECUTE ON FUNCTION kroles.doctor_referring() FROM PUBLIC;

-- kroles_doctor(), continued: auditors.

CREATE FUNCTION kroles.doctor_auditors() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'danger', 'writing_auditor', format('kroles.auditors %L', a.role),
           format('the auditor''s role %I can do more than read: it %s', a.role, string_agg(p.power, '; ' ORDER BY p.power)),
           string_agg(p.remedy, ' ' ORDER BY p.power)
    FROM kroles.auditors a, kroles.powers_of(a.role) AS p GROUP BY a.role
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.auditors %L', a.role),
           format('there is no role %I, and one that somebody makes with this name would be an auditor', a.role),
           format('SELECT @extschema@.kroles_revoke_audit(%L);', a.role)
    FROM kroles.auditors a WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = a.role)
$$;

COMMENT ON FUNCTION kroles.doctor_auditors() IS 'For kroles_doctor: auditors that can do more than read, and roles that no longer exist';

REVOKE EXECUTE ON FUNCTION kroles.doctor_auditors() FROM PUBLIC;

-- kroles_doctor(), continued: users.

CREATE FUNCTION kroles.doctor_users() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'no_administrator', 'kroles.users',
           'no user who is not blocked is an administrator: nobody can manage the site but roles that bypass row-level security',
           'As such a role: UPDATE kroles.users SET administrator = true WHERE …; or kroles_unblock().'
    WHERE EXISTS (SELECT FROM kroles.users)
      AND NOT EXISTS (SELECT FROM kroles.users AS u WHERE u.administrator AND NOT u.blocked
                      AND NOT EXISTS (SELECT FROM kroles.user_blocks AS b WHERE b.user_id = u.id))
    UNION ALL
    SELECT 'warning', 'similar_logins', 'kroles.users',
           format('logins differ in case alone and are different users: %s', string_agg(a.logins, '; ' ORDER BY a.logins COLLATE "C") FILTER (WHERE a.n <= 10))
               || CASE WHEN count(*) > 10 THEN format(' and %s more', count(*) - 10) ELSE '' END,
           'Rename or delete all but one of each; then settings.case_insensitive_logins can be turned on.'
    FROM (SELECT s.logins, row_number() OVER (ORDER BY s.logins COLLATE "C") AS n
          FROM (SELECT string_agg(format('"%s"', u.login), ', ' ORDER BY u.login COLLATE "C") AS logins FROM kroles.users AS u
                GROUP BY lower(u.login) HAVING count(*) > 1) AS s) AS a
    HAVING count(*) > 0
$$;

COMMENT ON FUNCTION kroles.doctor_users() IS 'For kroles_doctor: a site without an administrator, and logins that differ in case alone';

REVOKE EXECUTE ON FUNCTION kroles.doctor_users() FROM PUBLIC;

-- kroles_doctor(), continued: checks of row-level security, triggers and policies, of identity, of events and of the server.

CREATE OR REPLACE FUNCTION kroles.doctor_security() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    protected AS MATERIALIZED (SELECT g.relation::oid, g.name FROM guarded g WHERE NOT g.ours)
    SELECT 'danger', 'security_off', g.name, 'row-level security is disabled',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT 'warning', 'security_not_forced', g.name,
           format('row-level security is not forced: it does not apply to the owner %I', pg_get_userbyid(g.owner)),
           format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relforcerowsecurity
    UNION ALL
    SELECT CASE WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner) THEN 'danger' ELSE 'warning' END,
           'unprotected_child', kroles.qualified_name(c.oid),
           format('is a %s of the protected table %s and not protected itself: queries of it alone are not subject to the policies',
                  CASE WHEN c.relispartition THEN 'partition' ELSE 'child' END, p.name),
           'Call kroles_protect() again for the root table with the same arguments.'
    FROM protected p JOIN pg_inherits i ON i.inhparent = p.relation JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.oid NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    SELECT 'danger', 'unprotected_parent', kroles.qualified_name(i.inhparent),
           format('is not protected, and queries of it show the rows of the protected table %s', p.name),
           'Call kroles_protect() for the root table.'
    FROM protected p JOIN pg_inherits i ON i.inhrelid = p.relation
    WHERE i.inhparent NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    -- the triggers that invalidate caches fire in logical replication too, the others in sessions only
    SELECT 'danger', 'disabled_trigger', g.name,
           format('trigger %I, which enforces a rule, is not enabled as shipped', coalesce(k.conname, t.tgname)),
           format('ALTER TABLE %s ENABLE %sTRIGGER %I;', g.name, CASE f.shipped WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)
    FROM guarded g JOIN pg_trigger t ON t.tgrelid = g.relation
    LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal,
    LATERAL (SELECT CASE WHEN t.tgfoid = 'kroles.track()'::regprocedure THEN 'A' ELSE 'O' END) AS f (shipped)
    WHERE g.ours AND t.tgenabled <> f.shipped::"char" AND (f.shipped <> 'O' OR t.tgenabled <> 'A')
      -- a site's own triggers are its own business
      AND (t.tgisinternal OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
                                     WHERE (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, t.tgfoid, 'pg_extension'::regclass, 'e')))
    UNION ALL
    SELECT 'danger', 'altered_trigger', format('kroles.%I', s.relation),
           format('trigger %I was altered: it does not call a function of the extension', t.tgname),
           'Create it again, as in a new database.'
    FROM kroles.shipped_objects() s JOIN pg_trigger t ON t.tgrelid = to_regclass(format('kroles.%I', s.relation)) AND t.tgname = ANY (s.triggers)
    WHERE NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
                      WHERE (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, t.tgfoid, 'pg_extension'::regclass, 'e'))
    UNION ALL
    -- (PostgreSQL 18 and later have the column conenforced; a constraint that is not enforced is not validated either)
    SELECT CASE WHEN k.contype = 'f' AND e.off THEN 'danger' ELSE 'warning' END,
           CASE WHEN e.off THEN 'unenforced_constraint' ELSE 'unvalidated_constraint' END, g.name,
           format('constraint %I ', k.conname) || CASE
               WHEN k.contype = 'f' AND e.off THEN 'is not enforced: rows may refer to what does not exist, and stay when it is deleted'
               WHEN e.off THEN 'is not enforced: rows may break it'
               ELSE 'is not validated: rows that were there before it may break it' END,
           CASE WHEN NOT e.off THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', g.name, k.conname)
                WHEN k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', g.name, k.conname)
                ELSE 'Drop it and create it again without NOT ENFORCED.' END
    FROM guarded g JOIN pg_constraint k ON k.conrelid = g.relation,
    LATERAL (SELECT coalesce(to_jsonb(k) ->> 'conenforced' = 'false', false)) AS e (off)
    WHERE g.ours AND NOT k.convalidated
$$;

COMMENT ON FUNCTION kroles.doctor_security() IS
    'For kroles_doctor: row-level security and triggers that are disabled or altered, and constraints that are not enforced or not validated';

-- Runs as the owner of the extension, because a caller who saw only some rows would get an incomplete report. Where tables are
-- missing, nothing else can be found out.
CREATE OR REPLACE FUNCTION @extschema@.kroles_doctor() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH installation AS MATERIALIZED (SELECT * FROM kroles.doctor_installation()),
    rules AS (
        SELECT * FROM kroles.doctor_roles() UNION ALL SELECT * FROM kroles.doctor_privileges()
        UNION ALL SELECT * FROM kroles.doctor_public() UNION ALL SELECT * FROM kroles.doctor_readers()
        UNION ALL SELECT * FROM kroles.doctor_referring()
        UNION ALL SELECT * FROM kroles.doctor_security() UNION ALL SELECT * FROM kroles.doctor_policies()
        UNION ALL SELECT * FROM kroles.doctor_identity() UNION ALL SELECT * FROM kroles.doctor_events() UNION ALL SELECT * FROM kroles.doctor_server()
        UNION ALL SELECT * FROM kroles.doctor_users() UNION ALL SELECT * FROM kroles.doctor_auditors() UNION ALL SELECT * FROM kroles.doctor_subscriptions() UNION ALL SELECT * FROM kroles.doctor_heartbeat())
    SELECT w.* FROM (
        SELECT * FROM installation
        UNION ALL SELECT * FROM rules WHERE (SELECT count(*) FROM installation i WHERE i.finding = 'missing_table') = 0) AS w
    ORDER BY array_position('{danger, warning, notice}', w.severity), w.finding, w.subject COLLATE "C", w.weakness COLLATE "C"
$$;

-- The tables and views, which are the site's own objects: a site adds columns, indexes and triggers, and dumps include all. So
-- they are made by a function, which runs when the extension is created, or later (kroles_install()). What is in this folder is
-- the body of that function.
--
-- A condition is written as PostgreSQL prints it, row comparisons taken apart: or a copy made from a dump would print it another
-- way.
CREATE OR REPLACE FUNCTION kroles.make_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $tables$
BEGIN

DECLARE
    relation record;
BEGIN
    FOR relation IN SELECT r.name FROM kroles.relations() r WHERE 'given_id' = ANY (r.traits) LOOP
        EXECUTE format('CREATE SEQUENCE kroles.%I', relation.name || '_id_seq');
    END LOOP;
END;
-- The tables. The name of a constraint states its rule, because PostgreSQL shows the name when a row violates it.

CREATE TABLE kroles.settings (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT settings_has_one_row PRIMARY KEY
        CONSTRAINT settings_has_only_one_row CHECK (only_row),
    allow_anonymous     boolean NOT NULL DEFAULT false,
    chat_and_collaboration boolean NOT NULL DEFAULT true,
    creation_tools      kroles.media_type[] NOT NULL DEFAULT enum_range(NULL::kroles.media_type)
        CONSTRAINT settings_creation_tools_names_no_null CHECK (array_position(creation_tools, NULL) IS NULL),
    room_session_limit  interval NOT NULL DEFAULT '12 hours'
        CONSTRAINT settings_room_session_limit_is_at_most_30_days
            CHECK (room_session_limit > interval '0' AND room_session_limit <= interval '30 days')
        -- (in seconds, a year is longer than 12 months of 30 days)
        CONSTRAINT settings_room_session_limit_has_no_years CHECK (extract(year FROM room_session_limit) = 0),
    rooms_switched      integer NOT NULL DEFAULT 0,
    show_identifier     kroles.identifier NOT NULL DEFAULT 'email',
    token_issuer        text,
    token_audience      text,
    token_leeway        interval NOT NULL DEFAULT '30 seconds'
        CONSTRAINT settings_token_leeway_is_at_most_10_minutes
            CHECK (token_leeway BETWEEN interval '0' AND interval '10 minutes'),
    replica_lease       interval
        -- (a lease that ends before the next heartbeat can have come would deny all the time)
        CONSTRAINT settings_replica_lease_is_1_second_to_30_days
            CHECK (replica_lease BETWEEN interval '1 second' AND interval '30 days')
        CONSTRAINT settings_replica_lease_has_no_years CHECK (extract(year FROM replica_lease) = 0),
    case_insensitive_logins boolean NOT NULL DEFAULT false,
    people_shown_to     kroles.people_audience NOT NULL DEFAULT 'logged_in',
    record_access_changes boolean NOT NULL DEFAULT false,
    access_change_actions kroles.action[]
        CONSTRAINT settings_access_change_actions_names_no_null CHECK (array_position(access_change_actions, NULL) IS NULL)
);
COMMENT ON TABLE kroles.settings IS 'The settings of the site: one row, which administrators change with UPDATE';
COMMENT ON COLUMN kroles.settings.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.settings.allow_anonymous IS 'Whether anonymous sessions may view public content (default off)';
COMMENT ON COLUMN kroles.settings.chat_and_collaboration IS 'Whether rooms and chat are in use (default on). While it is off, no moderators can be added to media, the rights of existing moderators are not in force, and all stays in rooms have ended';
COMMENT ON COLUMN kroles.settings.creation_tools IS 'The types of media that may be created (default all)';
COMMENT ON COLUMN kroles.settings.room_session_limit IS 'The maximum duration of a stay in a room, with the rights that were read on joining (default 12 hours, at most 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.rooms_switched IS 'How often chat_and_collaboration was changed, counted by a trigger: stays that began with another number have ended';
COMMENT ON COLUMN kroles.settings.token_issuer IS 'The required value of "iss" in a token; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_audience IS 'The value that "aud" of a token must contain; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_leeway IS 'The tolerated difference between the clocks of issuer and database when "exp" and "nbf" are checked (default 30 seconds, at most 10 minutes)';
COMMENT ON COLUMN kroles.settings.replica_lease IS
    'How old the last heartbeat (kroles.heartbeat) may be on a standby or replica; where it is older, everything is denied with the error KR001. NULL (the default): a standby or replica that has stopped goes on answering as of its last change (1 second to 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.case_insensitive_logins IS
    'Whether case does not matter in logins (default off). While it is on, logins are stored in lower case, and tokens, gateways and lists may write them in any; it cannot be turned on while logins differ in case alone';
COMMENT ON COLUMN kroles.settings.people_shown_to IS 'To whom kroles.people shows the names of users: nobody but administrators, logged_in (default) users, or everyone: anonymous sessions too, where allow_anonymous is on. Users see their own in any case';
COMMENT ON COLUMN kroles.settings.record_access_changes IS 'Whether kroles.access_changes records who gains and loses which right (default off). While it is on, transactions that change rights commit one after another, a prepared one holds up the others, and TRUNCATE of a table that rights depend on is refused on COMMIT';
COMMENT ON COLUMN kroles.settings.access_change_actions IS 'The rights whose changes are recorded there; NULL (the default): all';
COMMENT ON COLUMN kroles.settings.show_identifier IS 'Whether lists of users show the email (default) or the login';

CREATE TABLE kroles.users (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY,
    login               text NOT NULL CONSTRAINT users_login_is_unique UNIQUE
        CONSTRAINT users_login_has_no_space_around_it_and_is_not_empty
            CHECK (login ~ '^[^[:space:][:cntrl:]]([^[:cntrl:]]*[^[:space:][:cntrl:]])?$' AND length(login) <= 256)
        -- (the classes of a regular expression depend on the locale)
        CONSTRAINT users_login_has_only_visible_characters CHECK (kroles.is_trimmed(login) AND kroles.is_visible(login)),
    name                text NOT NULL DEFAULT '',
    email               text,
    avatar_url          text,
    title               text,
    bio                 text,
    applicative_role    kroles.applicative_role NOT NULL DEFAULT 'viewer'
        CONSTRAINT users_applicative_role_is_never_anonymous CHECK (applicative_role <> 'anonymous'),
    administrator       boolean NOT NULL DEFAULT false,
    blocked             boolean NOT NULL DEFAULT false,
    db_role             name CONSTRAINT users_db_role_belongs_to_one_user UNIQUE
        CONSTRAINT users_db_role_is_not_empty CHECK (db_role <> ''),
    tokens_valid_after  timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    -- the included columns, here and below, are those that decisions read: an index-only scan suffices
    CONSTRAINT users_id_is_unique PRIMARY KEY (id) INCLUDE (applicative_role, administrator, blocked)
);
CREATE INDEX users_administrator ON kroles.users (id) WHERE administrator;
COMMENT ON TABLE kroles.users IS 'The users of the site, each with one applicative role';
COMMENT ON COLUMN kroles.users.id IS 'The id of the user; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.users.login IS 'The name that tokens and gateways use for the user; compared case-sensitively, unless settings.case_insensitive_logins is on';
COMMENT ON COLUMN kroles.users.name IS 'The display name';
COMMENT ON COLUMN kroles.users.email IS 'Email address, shown where settings.show_identifier says so';
COMMENT ON COLUMN kroles.users.avatar_url IS 'URL of the picture; without one, lists show initials';
COMMENT ON COLUMN kroles.users.title IS 'Title or position, for the speaker card';
COMMENT ON COLUMN kroles.users.bio IS 'A short biography, for the speaker card';
COMMENT ON COLUMN kroles.users.applicative_role IS 'The site-wide role, which limits the rights that all other roles give (default viewer; never anonymous)';
COMMENT ON COLUMN kroles.users.administrator IS 'Whether the user is an administrator, who has every right on every object (default false)';
COMMENT ON COLUMN kroles.users.blocked IS 'Whether the user has no right on any object, not even those of anonymous (default false). kroles_block() blocks without waiting for the user''s transactions; users whom it blocked may be in kroles.user_blocks instead';
COMMENT ON COLUMN kroles.users.db_role IS 'The name of the PostgreSQL login role whose sessions act as this user; NULL for users who connect through a gateway';
COMMENT ON COLUMN kroles.users.tokens_valid_after IS 'Tokens issued before this time are refused; NULL: none. Set by a trigger, and never to an earlier time, for a user whose login another user had';
COMMENT ON COLUMN kroles.users.created_at IS 'When the row was created';

CREATE TABLE kroles.user_blocks (
    -- (no foreign key: its check would wait for a transaction that has locked the user's row)
    user_id             bigint CONSTRAINT user_blocks_a_user_is_blocked_once PRIMARY KEY,
    created_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.user_blocks IS 'Users whom kroles_block() has blocked without waiting for a lock on their row in kroles.users; equivalent to users.blocked. Only the extension writes it';
COMMENT ON COLUMN kroles.user_blocks.user_id IS 'The user';
COMMENT ON COLUMN kroles.user_blocks.created_at IS 'When the row was created';

CREATE TABLE kroles.groups (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT groups_id_is_unique PRIMARY KEY,
    name                text NOT NULL CONSTRAINT groups_name_is_unique UNIQUE
        CONSTRAINT groups_name_is_not_blank CHECK (name ~ '[^[:space:]]')
        CONSTRAINT groups_name_is_trimmed CHECK (kroles.is_trimmed(name))
);
COMMENT ON TABLE kroles.groups IS 'Sets of users, not nested: current and future members have what is granted to the group';
COMMENT ON COLUMN kroles.groups.id IS 'The id of the group; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.groups.name IS 'The display name';

CREATE TABLE kroles.group_members (
    group_id            bigint NOT NULL
        CONSTRAINT group_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT group_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT group_members_a_user_is_in_a_group_once PRIMARY KEY (user_id, group_id),
    CONSTRAINT group_members_ends_after_it_starts CHECK (starts_at < expires_at)
);
CREATE INDEX group_members_group ON kroles.group_members (group_id);
-- (few have a window, so that reading the groups of a user needs no row)
CREATE INDEX group_members_windows ON kroles.group_members (user_id, group_id) INCLUDE (starts_at, expires_at)
    WHERE starts_at IS NOT NULL OR expires_at IS NOT NULL;
COMMENT ON TABLE kroles.group_members IS 'The members of groups';
COMMENT ON COLUMN kroles.group_members.group_id IS 'The group';
COMMENT ON COLUMN kroles.group_members.user_id IS 'The user who is a member';
COMMENT ON COLUMN kroles.group_members.starts_at IS 'The membership is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.group_members.expires_at IS 'The membership is not in force from this time on; NULL: it does not expire';

CREATE TABLE kroles.spaces (
    id                  bigint DEFAULT kroles.next_id('kroles.spaces_id_seq') CONSTRAINT spaces_id_is_unique PRIMARY KEY,
    kind                kroles.space_kind NOT NULL,
    type                kroles.space_type NOT NULL,
    external_id         text CONSTRAINT spaces_external_id_is_unique UNIQUE
        CONSTRAINT spaces_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT spaces_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT spaces_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    owner_id            bigint NOT NULL
        CONSTRAINT spaces_owner_must_be_a_user REFERENCES kroles.users,
    moderated           boolean NOT NULL DEFAULT false,
    parent_id           bigint,
    inherits_members    boolean NOT NULL DEFAULT false,
    created_at          timestamptz NOT NULL DEFAULT now(),
    joining             kroles.joining_policy NOT NULL DEFAULT 'closed',
    CONSTRAINT spaces_id_with_kind_is_unique UNIQUE (id, kind),
    CONSTRAINT spaces_gallery_type_is_open_restricted_or_private
        CHECK (kind = 'channel' OR type IN ('open', 'restricted', 'private')),
    CONSTRAINT spaces_only_a_gallery_has_a_parent CHECK (kind = 'gallery' OR parent_id IS NULL),
    CONSTRAINT spaces_only_a_gallery_inherits_members CHECK (kind = 'gallery' OR NOT inherits_members),
    CONSTRAINT spaces_gallery_is_not_its_own_parent CHECK (parent_id <> id),
    -- the foreign key includes the kind, so a gallery's parent is a gallery
    CONSTRAINT spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries
        FOREIGN KEY (parent_id, kind) REFERENCES kroles.spaces (id, kind)
);
CREATE INDEX spaces_owner ON kroles.spaces (owner_id);
CREATE INDEX spaces_parent ON kroles.spaces (parent_id, kind);
CREATE INDEX spaces_type ON kroles.spaces (type, kind) INCLUDE (id);
-- The page of what can be joined, by name. (A name of any length fits.)
CREATE INDEX spaces_joinable ON kroles.spaces (lower(left(name, 100)), id) WHERE joining <> 'closed';
COMMENT ON TABLE kroles.spaces IS 'Channels and galleries';
COMMENT ON COLUMN kroles.spaces.id IS 'The id of the space; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.spaces.kind IS 'channel or gallery; fixed';
COMMENT ON COLUMN kroles.spaces.type IS 'The privacy of the space; a gallery is open, restricted or private';
COMMENT ON COLUMN kroles.spaces.external_id IS 'The id of the space in another system; unique';
COMMENT ON COLUMN kroles.spaces.name IS 'The display name';
COMMENT ON COLUMN kroles.spaces.owner_id IS 'The owner, who always has the rights of a manager; every space has one';
COMMENT ON COLUMN kroles.spaces.moderated IS 'Whether publications need the approval of a moderator (default false)';
COMMENT ON COLUMN kroles.spaces.parent_id IS 'The gallery that contains this sub-gallery; without cycles';
COMMENT ON COLUMN kroles.spaces.inherits_members IS 'Whether the members of the nearest ancestor that does not inherit are in force here, instead of the gallery''s own (default false)';
COMMENT ON COLUMN kroles.spaces.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.spaces.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';

CREATE TABLE kroles.space_members (
    id                  bigint DEFAULT kroles.next_id('kroles.space_members_id_seq') CONSTRAINT space_members_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT space_members_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT space_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT space_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.contextual_role NOT NULL DEFAULT 'member',
    expires_at          timestamptz,
    starts_at           timestamptz,
    CONSTRAINT space_members_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT space_members_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT space_members_one_grant_a_user_or_group UNIQUE NULLS NOT DISTINCT (space_id, user_id, group_id)
);
CREATE INDEX space_members_user ON kroles.space_members (user_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE user_id IS NOT NULL;
CREATE INDEX space_members_group ON kroles.space_members (group_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.space_members IS 'Grants on spaces: the contextual role of a user or a group in one channel or gallery';
COMMENT ON COLUMN kroles.space_members.id IS 'The id of the grant';
COMMENT ON COLUMN kroles.space_members.space_id IS 'The channel or gallery';
COMMENT ON COLUMN kroles.space_members.user_id IS 'The user who receives the grant; it overrides the grants of the user''s groups, even where it gives less';
COMMENT ON COLUMN kroles.space_members.group_id IS 'The group that receives the grant';
COMMENT ON COLUMN kroles.space_members.role IS 'member, contributor, moderator or manager (default member)';
COMMENT ON COLUMN kroles.space_members.starts_at IS 'The grant is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.space_members.expires_at IS 'The grant is not in force from this time on; NULL: it does not expire';

-- (The columns that policies read come first: PostgreSQL deforms a tuple from the left.)
CREATE TABLE kroles.media (
    id                  bigint DEFAULT kroles.next_id('kroles.media_id_seq') CONSTRAINT media_id_is_unique PRIMARY KEY,
    owner_id            bigint NOT NULL
        CONSTRAINT media_owner_must_be_a_user REFERENCES kroles.users,
    created_at          timestamptz NOT NULL DEFAULT now(),
    type                kroles.media_type NOT NULL DEFAULT 'video',
    audience            kroles.audience NOT NULL DEFAULT 'hidden',
    external_id         text CONSTRAINT media_external_id_is_unique UNIQUE
        CONSTRAINT media_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT media_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT media_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    available_from      timestamptz,
    available_until     timestamptz,
    CONSTRAINT media_available_until_is_after_available_from CHECK (available_from < available_until)
);
-- (with the id, for the newest of an owner: the first page of kroles.my_media)
CREATE INDEX media_owner ON kroles.media (owner_id, id);
-- (fastupdate is off: every search would read the list of pending entries, and the statement that fills it would have to clean
-- it)
CREATE INDEX media_audience ON kroles.media USING gin (audience) WITH (fastupdate = off);
-- What is published anywhere (approved, pending, or a session), for pages in the order of the ids: a page does not read the drafts
-- of others. Indexes of an application with this predicate serve pages in other orders. The predicate's function is one that
-- everybody may execute, because PostgreSQL checks that whenever a row is written; its right side is one that people cannot write.
CREATE INDEX media_published ON kroles.media (id) WHERE audience OPERATOR(kroles.&&) 'published'::kroles.audience;
-- What is not always available: publications are judged without reading the media.
CREATE INDEX media_windows ON kroles.media (id) INCLUDE (available_from, available_until)
    WHERE available_from IS NOT NULL OR available_until IS NOT NULL;
COMMENT ON TABLE kroles.media IS 'Media; private to the owner and the people on it until it is published';
COMMENT ON COLUMN kroles.media.id IS 'The id of the media; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.media.external_id IS 'The id of the media in another system; unique';
COMMENT ON COLUMN kroles.media.type IS 'The type (default video); settings.creation_tools lists the types that may be created';
COMMENT ON COLUMN kroles.media.name IS 'The display name';
COMMENT ON COLUMN kroles.media.owner_id IS 'The owner: the user who created the media or to whom it was transferred';
COMMENT ON COLUMN kroles.media.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
COMMENT ON COLUMN kroles.media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the time of availability, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';

CREATE TABLE kroles.publications (
    media_id            bigint NOT NULL
        CONSTRAINT publications_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    space_id            bigint NOT NULL
        CONSTRAINT publications_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    status              kroles.publication_status NOT NULL DEFAULT 'pending',
    published_by        bigint
        CONSTRAINT publications_publisher_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    published_at        timestamptz NOT NULL DEFAULT now(),
    moderated_by        bigint
        CONSTRAINT publications_moderator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    moderated_at        timestamptz,
    reason              text,
    CONSTRAINT publications_one_per_media_and_space PRIMARY KEY (media_id, space_id) INCLUDE (status)
);
-- A channel's page is the newest approved publications of one space, its count all of them; the queue of a moderator, the pending
-- ones of each of the moderator's spaces. All columns that the policy reads are in the index, so a count reads no row.
CREATE INDEX publications_space ON kroles.publications (space_id, status, published_at) INCLUDE (media_id, published_by);
-- What a user published in a space is visible to the user where the space is not.
CREATE INDEX publications_publisher ON kroles.publications (published_by, space_id);
-- The queue of an administrator, the oldest first. It holds pending publications only, so others cost nothing.
CREATE INDEX publications_pending ON kroles.publications (published_at) INCLUDE (space_id, media_id, status, published_by)
    WHERE status = 'pending';
CREATE INDEX publications_moderator ON kroles.publications (moderated_by);
COMMENT ON TABLE kroles.publications IS
    'Media in spaces. INSERT publishes, UPDATE of status approves, rejects or publishes again, DELETE takes down; a trigger checks the right and fills in the other columns';
COMMENT ON COLUMN kroles.publications.media_id IS 'The media';
COMMENT ON COLUMN kroles.publications.space_id IS 'The space';
COMMENT ON COLUMN kroles.publications.status IS 'Set by a trigger: approved, unless the space is moderated and the publisher is neither an unmoderated_admin nor a moderator of the space';
COMMENT ON COLUMN kroles.publications.published_by IS 'The user who published, recorded by a trigger; NULL for a session without a user, and when the user is deleted';
COMMENT ON COLUMN kroles.publications.published_at IS 'When it was published, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_by IS 'The user who approved or rejected, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_at IS 'When it was approved or rejected, recorded by a trigger; NULL until then';
COMMENT ON COLUMN kroles.publications.reason IS 'The reason for the rejection, as the moderator gave it';

CREATE TABLE kroles.media_collaborators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_collaborators_id_seq') CONSTRAINT media_collaborators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_collaborators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_collaborators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_collaborators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.collaborator_permission NOT NULL,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT media_collaborators_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT media_collaborators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_collaborators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_collaborators_user ON kroles.media_collaborators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_collaborators_group ON kroles.media_collaborators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_collaborators IS 'Users and groups who may view, publish or edit one media; one row for each permission';
COMMENT ON COLUMN kroles.media_collaborators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_collaborators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_collaborators.user_id IS 'The user who is a collaborator, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.media_collaborators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.media_collaborators.permission IS 'viewer, publisher or editor; a user''s permissions are combined';

CREATE TABLE kroles.media_moderators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_moderators_id_seq') CONSTRAINT media_moderators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_moderators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_moderators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_moderators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.moderator_permission NOT NULL,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT media_moderators_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT media_moderators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_moderators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_moderators_user ON kroles.media_moderators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_moderators_group ON kroles.media_moderators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_moderators IS 'Users and groups who moderate the chat or the room of one media; one row for each permission';
COMMENT ON COLUMN kroles.media_moderators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_moderators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_moderators.user_id IS 'The user who is a moderator, or NULL';
COMMENT ON COLUMN kroles.media_moderators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_moderators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.media_moderators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.media_moderators.permission IS 'chat_moderator or room_moderator; a user''s permissions are combined, and neither allows editing the media';

CREATE TABLE kroles.media_speakers (
    media_id            bigint NOT NULL
        CONSTRAINT media_speakers_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT media_speakers_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    type                kroles.speaker_type NOT NULL DEFAULT 'simple',
    position            integer NOT NULL
        CONSTRAINT media_speakers_position_counts_from_1 CHECK (position >= 1),
    visible             boolean NOT NULL DEFAULT true,
    CONSTRAINT media_speakers_a_user_speaks_once PRIMARY KEY (media_id, user_id),
    CONSTRAINT media_speakers_one_speaker_a_position UNIQUE (media_id, position) DEFERRABLE
);
CREATE INDEX media_speakers_user ON kroles.media_speakers (user_id);
COMMENT ON TABLE kroles.media_speakers IS 'The speakers of a media, in order';
COMMENT ON COLUMN kroles.media_speakers.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_speakers.user_id IS 'The user who speaks';
COMMENT ON COLUMN kroles.media_speakers.type IS 'simple (default) or advanced';
COMMENT ON COLUMN kroles.media_speakers.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.media_speakers.visible IS 'Whether the speaker is shown on the event site (default true)';

CREATE TABLE kroles.gateways (
    role                name CONSTRAINT gateways_role_is_trusted_once PRIMARY KEY,
    trusted_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.gateways IS 'Login roles whose sessions may state the current user in the setting kroles.user; kroles_trust_gateway() adds rows';
COMMENT ON COLUMN kroles.gateways.role IS 'The name of the login role';
COMMENT ON COLUMN kroles.gateways.trusted_at IS 'When the role was trusted';

CREATE TABLE kroles.signing_keys (
    kid                 text CONSTRAINT signing_keys_kid_is_unique PRIMARY KEY
        CONSTRAINT signing_keys_kid_has_1_to_256_bytes CHECK (octet_length(kid) BETWEEN 1 AND 256),
    algorithm           text NOT NULL
        CONSTRAINT signing_keys_algorithm_is_known
            CHECK (algorithm IN ('HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA')),
    key                 text NOT NULL,
    expires_at          timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_secret_has_at_least_32_bytes
        CHECK (algorithm NOT LIKE 'HS%' OR octet_length(key) >= 32),
    CONSTRAINT signing_keys_secret_is_no_public_key
        CHECK (algorithm NOT LIKE 'HS%' OR key NOT LIKE '%-----BEGIN%'),
    CONSTRAINT signing_keys_key_is_a_public_key_in_pem
        CHECK (algorithm LIKE 'HS%' OR key ~ '^\s*-----BEGIN PUBLIC KEY-----' AND key !~ 'PRIVATE KEY')
);
COMMENT ON TABLE kroles.signing_keys IS 'The keys that verify tokens. To rotate, add the new key, and delete the old one when its tokens have expired; a deleted key is refused at once';
COMMENT ON COLUMN kroles.signing_keys.kid IS 'The key id, which the header of a token names';
COMMENT ON COLUMN kroles.signing_keys.algorithm IS 'HS256, RS256 or ES256, the same with 384 or 512, or EdDSA (Ed25519); a token that names another algorithm is refused';
COMMENT ON COLUMN kroles.signing_keys.key IS 'The secret (HS, at least 32 bytes) or the public key in PEM (RS, ES, EdDSA). Only the owner of the extension can read it';
COMMENT ON COLUMN kroles.signing_keys.expires_at IS 'The key verifies no token from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.signing_keys.created_at IS 'When the row was created';
-- Events, their participants, and the media that are their sessions.

CREATE TABLE kroles.events (
    id                  bigint DEFAULT kroles.next_id('kroles.events_id_seq') CONSTRAINT events_id_is_unique PRIMARY KEY,
    external_id         text CONSTRAINT events_external_id_is_unique UNIQUE
        CONSTRAINT events_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT events_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT events_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_by          bigint
        CONSTRAINT events_creator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_creator ON kroles.events (created_by);
COMMENT ON TABLE kroles.events IS 'Events, visible to their participants; the user who creates an event is its first organizer';
COMMENT ON COLUMN kroles.events.id IS 'The id of the event; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.events.external_id IS 'The id of the event in another system; unique';
COMMENT ON COLUMN kroles.events.name IS 'The display name';
COMMENT ON COLUMN kroles.events.created_by IS 'The user who created the event, its first organizer; fixed. NULL where a session without a user created it, and when the user is deleted';
COMMENT ON COLUMN kroles.events.created_at IS 'When the row was created';

CREATE TABLE kroles.event_participants (
    id                  bigint DEFAULT kroles.next_id('kroles.event_participants_id_seq') CONSTRAINT event_participants_id_is_unique PRIMARY KEY,
    event_id            bigint NOT NULL
        CONSTRAINT event_participants_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT event_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT event_participants_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.event_role NOT NULL DEFAULT 'attendee',
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT event_participants_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT event_participants_organizer_has_no_window CHECK (role <> 'organizer' OR num_nonnulls(starts_at, expires_at) = 0),
    CONSTRAINT event_participants_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT event_participants_a_role_is_given_once UNIQUE NULLS NOT DISTINCT (event_id, user_id, group_id, role)
);
CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.event_participants IS 'Users and groups who take part in an event; one row for each role';
COMMENT ON COLUMN kroles.event_participants.id IS 'The id of the row';
COMMENT ON COLUMN kroles.event_participants.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_participants.user_id IS 'The user who takes part, or NULL';
COMMENT ON COLUMN kroles.event_participants.group_id IS 'The group whose current and future members take part, or NULL';
COMMENT ON COLUMN kroles.event_participants.starts_at IS 'The role is in force from this time on; NULL: it has begun. An organizer has no window';
COMMENT ON COLUMN kroles.event_participants.expires_at IS 'The role is not in force from this time on; NULL: it does not expire. An organizer has no window';
COMMENT ON COLUMN kroles.event_participants.role IS 'organizer, speaker, moderator or attendee (default); a user''s roles are combined. At least one organizer remains who is a user, not a group, and not blocked';

CREATE TABLE kroles.event_sessions (
    event_id            bigint NOT NULL
        CONSTRAINT event_sessions_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    media_id            bigint NOT NULL
        CONSTRAINT event_sessions_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT event_sessions_position_counts_from_1 CHECK (position >= 1),
    CONSTRAINT event_sessions_a_media_is_a_session_once PRIMARY KEY (event_id, media_id),
    CONSTRAINT event_sessions_one_session_a_position UNIQUE (event_id, position) DEFERRABLE
);
CREATE INDEX event_sessions_media ON kroles.event_sessions (media_id, event_id);
COMMENT ON TABLE kroles.event_sessions IS 'The sessions of an event, in order: media, usually live rooms';
COMMENT ON COLUMN kroles.event_sessions.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_sessions.media_id IS 'The media that is a session of it';
COMMENT ON COLUMN kroles.event_sessions.position IS 'The position, from 1; by default the last one';
-- Stays in rooms: a user's rights in a room are read on joining and stored for the duration of the stay.

CREATE INDEX media_rooms ON kroles.media (id) WHERE type IN ('live', 'room');

CREATE TABLE kroles.room_participants (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT room_participants_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT room_participants_room_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT room_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    joined_at           timestamptz NOT NULL DEFAULT statement_timestamp()
        CONSTRAINT room_participants_joined_at_an_instant CHECK (isfinite(joined_at)),
    left_at             timestamptz,
    rights              kroles.action[] NOT NULL
        CONSTRAINT room_participants_rights_are_a_list_without_null CHECK (
            CASE WHEN array_ndims(rights) > 1 THEN false ELSE array_position(rights, NULL) IS NULL END),
    role                text,
    rooms_switched      integer NOT NULL,
    began_available     boolean NOT NULL DEFAULT true,
    CONSTRAINT room_participants_nobody_leaves_before_joining CHECK (left_at >= joined_at)
);
CREATE UNIQUE INDEX room_participants_a_user_is_in_a_room_once ON kroles.room_participants (user_id, media_id) WHERE left_at IS NULL;
CREATE INDEX room_participants_media ON kroles.room_participants (media_id);
CREATE INDEX room_participants_now ON kroles.room_participants (media_id) WHERE left_at IS NULL;
CREATE INDEX room_participants_user ON kroles.room_participants (user_id);
COMMENT ON TABLE kroles.room_participants IS
    'Stays of users in live rooms: one row for each stay, with the rights that were read on joining and are in force until the stay ends. Written by kroles_room_join(), kroles_room_leave() and kroles_room_remove()';
COMMENT ON COLUMN kroles.room_participants.id IS 'The id of the row';
COMMENT ON COLUMN kroles.room_participants.media_id IS 'The room: media of type live or room';
COMMENT ON COLUMN kroles.room_participants.user_id IS 'The user who joined';
COMMENT ON COLUMN kroles.room_participants.began_available IS 'Whether the media was available when the user joined (media.available_from, available_until): then the stay ends when it no longer is';
COMMENT ON COLUMN kroles.room_participants.joined_at IS 'When the user joined';
COMMENT ON COLUMN kroles.room_participants.left_at IS 'When the stay ended because the user left, was removed or blocked, or because rooms were switched off; NULL until then. A stay longer than settings.room_session_limit is not in force, even where this is NULL';
COMMENT ON COLUMN kroles.room_participants.rights IS 'The rights in the room that were read on joining; without view, which is always decided anew';
COMMENT ON COLUMN kroles.room_participants.role IS 'The role in the room that was read on joining: owner, moderator, presenter or participant';
COMMENT ON COLUMN kroles.room_participants.rooms_switched IS 'settings.rooms_switched on joining, filled in by a default: the stay has ended when the setting is another number';
-- Whether this database is a replica.

CREATE TABLE kroles.replica (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT replica_has_one_row PRIMARY KEY
        CONSTRAINT replica_has_only_one_row CHECK (only_row),
    subscription        name NOT NULL,
    since               timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kroles.replica IS
    'Has its one row where this database is a logical replica, written by kroles_subscribe(); never replicated. While it is there, settings.replica_lease holds here, even when the subscription is gone. Delete the row to make the database one of its own, after DROP SUBSCRIPTION';
COMMENT ON COLUMN kroles.replica.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.replica.subscription IS 'The subscription that brings the entitlements';
COMMENT ON COLUMN kroles.replica.since IS 'When kroles_subscribe() was called';
CREATE TABLE kroles.baseline_rights (
    kind                text NOT NULL,
    type                text NOT NULL,
    applicative_role    kroles.applicative_role NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT baseline_rights_one_row_a_cell PRIMARY KEY (kind, type, applicative_role, action),
    CONSTRAINT baseline_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX baseline_rights_right ON kroles.baseline_rights (kind, action);
COMMENT ON TABLE kroles.baseline_rights IS 'The rights that an applicative role has on objects of a type without a grant';
COMMENT ON COLUMN kroles.baseline_rights.kind IS 'The kind of object: site, channel or gallery';
COMMENT ON COLUMN kroles.baseline_rights.type IS 'The type of the space; site for the site itself';
COMMENT ON COLUMN kroles.baseline_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.baseline_rights.action IS 'The right';
COMMENT ON COLUMN kroles.baseline_rights.allowed IS 'Whether the role has the right; administrators change this column';
COMMENT ON COLUMN kroles.baseline_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.role_rights (
    kind                text NOT NULL,
    role                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT role_rights_one_row_a_cell PRIMARY KEY (kind, role, action),
    CONSTRAINT role_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX role_rights_right ON kroles.role_rights (kind, action);
COMMENT ON TABLE kroles.role_rights IS 'The rights that a role on an object grants: contextual roles in spaces, and the roles on other kinds of objects';
COMMENT ON COLUMN kroles.role_rights.kind IS 'The kind of object: a value of kroles.object_kind other than site';
COMMENT ON COLUMN kroles.role_rights.role IS 'The role: a value of kroles.contextual_role in a space; owner, editor, publisher, viewer, chat_moderator, room_moderator or speaker on media; host, room_moderator, chat_moderator, advanced_speaker, simple_speaker or participant in a room, derived from the roles on its media and in its events and channels; a value of kroles.event_role in an event';
COMMENT ON COLUMN kroles.role_rights.action IS 'The right';
COMMENT ON COLUMN kroles.role_rights.allowed IS 'Whether the role grants the right; administrators change this column. share is in force in shared repositories only, whatever the value';
COMMENT ON COLUMN kroles.role_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.ceiling_rights (
    applicative_role    kroles.applicative_role NOT NULL,
    kind                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT ceiling_rights_one_row_a_cell PRIMARY KEY (applicative_role, kind, action),
    CONSTRAINT ceiling_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX ceiling_rights_right ON kroles.ceiling_rights (kind, action);
COMMENT ON TABLE kroles.ceiling_rights IS 'The limits of applicative roles: where allowed is false, neither baseline nor grant gives the right';
COMMENT ON COLUMN kroles.ceiling_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.ceiling_rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.ceiling_rights.action IS 'The right';
COMMENT ON COLUMN kroles.ceiling_rights.allowed IS 'Whether the role can have the right; administrators change this column';
COMMENT ON COLUMN kroles.ceiling_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';
-- The user who creates a space or a media is its owner, and the user who creates an event is its first organizer; administrators
-- may supply another user.
ALTER TABLE kroles.spaces ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.media ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.events ALTER COLUMN created_by SET DEFAULT kroles.asker();
-- Views that import rows by COPY and INSERT, and show none. A row is treated like a row of a file.

CREATE VIEW kroles.user_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS login, NULL::text AS name, NULL::text AS email, NULL::text AS title,
           NULL::text AS bio, NULL::text AS avatar_url, NULL::text AS applicative_role, NULL::text AS administrator,
           NULL::text AS blocked, NULL::text AS groups
    WHERE false;
COMMENT ON VIEW kroles.user_import IS
    'Imports lists of users: \copy kroles.user_import (login, name, applicative_role) from ''users.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.user_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default): add or update';
COMMENT ON COLUMN kroles.user_import.login IS 'The user''s login';
COMMENT ON COLUMN kroles.user_import.name IS 'The display name; here and below, a blank cell leaves the value unchanged';
COMMENT ON COLUMN kroles.user_import.email IS 'Email address';
COMMENT ON COLUMN kroles.user_import.title IS 'Title or position';
COMMENT ON COLUMN kroles.user_import.bio IS 'A short biography';
COMMENT ON COLUMN kroles.user_import.avatar_url IS 'URL of the picture';
COMMENT ON COLUMN kroles.user_import.applicative_role IS 'A value of kroles.applicative_role, or its name in Kaltura (viewerRole, privateOnlyRole, …); by default a new user is a viewer';
COMMENT ON COLUMN kroles.user_import.administrator IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.blocked IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.groups IS 'Groups of the user, separated by commas; "-" before a name means that the user leaves the group. Groups that do not exist are created';

CREATE VIEW kroles.group_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login, NULL::text AS starts_at, NULL::text AS expires_at WHERE false;
COMMENT ON VIEW kroles.group_member_import IS
    'Imports lists of group members: \copy kroles.group_member_import (group_name, login) from ''members.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.group_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.group_member_import.group_name IS 'The name of the group, which is created where it does not exist; "-" before the name means the action delete';
COMMENT ON COLUMN kroles.group_member_import.login IS 'The login of the member';
COMMENT ON COLUMN kroles.group_member_import.starts_at IS 'When the membership begins; "always" (the default for a new member) for one without a start';
COMMENT ON COLUMN kroles.group_member_import.expires_at IS 'When the membership ends; "never" (the default for a new member) for one without an end';

CREATE VIEW kroles.space_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
           NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at, NULL::text AS starts_at
    WHERE false;
COMMENT ON VIEW kroles.space_member_import IS
    'Imports lists of members of channels and galleries: \copy kroles.space_member_import (space_id, login, role) from ''members.csv'' csv header. Each row requires manage_members there; shows no rows';
COMMENT ON COLUMN kroles.space_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.space_member_import.space_id IS 'The id of the space';
COMMENT ON COLUMN kroles.space_member_import.external_id IS 'The external id of the space, where space_id is blank';
COMMENT ON COLUMN kroles.space_member_import.login IS 'The login of the user; blank for a group';
COMMENT ON COLUMN kroles.space_member_import.group_name IS 'The name of the group';
COMMENT ON COLUMN kroles.space_member_import.role IS 'A value of kroles.contextual_role, or Kaltura''s permissionLevel (0 to 3); by default a new member is a member';
COMMENT ON COLUMN kroles.space_member_import.expires_at IS 'When the grant expires; "never" (the default for a new member) for a grant that does not expire';
COMMENT ON COLUMN kroles.space_member_import.starts_at IS 'When the grant begins; "always" (the default for a new member) for a grant without a start';

DECLARE
    taking record;
BEGIN
    FOR taking IN
        SELECT * FROM (VALUES ('user_import', 'users'), ('group_member_import', 'group_members'),
                              ('space_member_import', 'space_members')) AS t (view, list)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER begin BEFORE INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER import INSTEAD OF INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER finish AFTER INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
        $sql$, taking.view, taking.list);
    END LOOP;
END;
-- Finding people to add.

CREATE INDEX users_name_begins ON kroles.users (left(lower(name), 100) text_pattern_ops);
CREATE INDEX users_email_begins ON kroles.users (left(lower(email), 100) text_pattern_ops);
CREATE INDEX users_login_begins ON kroles.users (left(lower(login), 100) text_pattern_ops);
CREATE INDEX groups_name_begins ON kroles.groups (left(lower(name), 100) text_pattern_ops);
-- The institution's labels of the applicative roles. Like those of the matrices, the rows are fixed.

CREATE TABLE kroles.role_labels (
    applicative_role    kroles.applicative_role CONSTRAINT role_labels_one_row_a_role PRIMARY KEY,
    label               text NOT NULL CONSTRAINT role_labels_label_is_not_blank CHECK (label ~ '[^[:space:]]'),
    shipped             text NOT NULL
);
COMMENT ON TABLE kroles.role_labels IS 'The institution''s labels of the applicative roles: all roles read them, administrators change label';
COMMENT ON COLUMN kroles.role_labels.applicative_role IS 'The role';
COMMENT ON COLUMN kroles.role_labels.label IS 'The label that users see; administrators change this column';
COMMENT ON COLUMN kroles.role_labels.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE POLICY read ON kroles.role_labels FOR SELECT USING (true);
CREATE POLICY change ON kroles.role_labels FOR UPDATE USING (kroles.can('administer', 'site'));

CREATE TRIGGER guard_rows BEFORE INSERT ON kroles.role_labels
    FOR EACH ROW
    EXECUTE FUNCTION kroles.refuse('every applicative role already has a label', '42501', 'Change "label" with UPDATE.');
CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.role_labels
    FOR EACH STATEMENT
    EXECUTE FUNCTION kroles.refuse('labels of applicative roles cannot be deleted', '42501', 'Set "label" to the value of "shipped" with UPDATE.');
CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.role_labels
    FOR EACH ROW WHEN ((OLD.applicative_role, OLD.shipped) IS DISTINCT FROM (NEW.applicative_role, NEW.shipped))
    EXECUTE FUNCTION kroles.refuse('only column "label" can be changed', '42501', 'The roles are fixed; only their labels can be changed.');
-- Requests to join a space. kroles_request_to_join() and kroles_answer_request() write them; the asker withdraws a pending one, and
-- managers delete any, by DELETE.

CREATE TABLE kroles.join_requests (
    id                  bigint DEFAULT kroles.next_id('kroles.join_requests_id_seq') CONSTRAINT join_requests_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT join_requests_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT join_requests_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    message             text
        CONSTRAINT join_requests_message_is_short CHECK (length(message) <= 2000),
    status              kroles.join_status NOT NULL DEFAULT 'pending',
    requested_at        timestamptz NOT NULL DEFAULT now(),
    answered_by         bigint
        CONSTRAINT join_requests_answerer_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    answered_at         timestamptz,
    reason              text,
    CONSTRAINT join_requests_one_a_user_and_space UNIQUE (user_id, space_id)
);
-- The page of a space's managers: the pending ones, the oldest first.
CREATE INDEX join_requests_space ON kroles.join_requests (space_id, status, requested_at, id);
CREATE INDEX join_requests_answerer ON kroles.join_requests (answered_by);
COMMENT ON TABLE kroles.join_requests IS
    'Requests to join a channel or gallery, one for each user and space; visible to the asker and to users with manage_members there. kroles_request_to_join() makes them, kroles_answer_request() answers them. DELETE withdraws one''s own while it is pending; users with manage_members delete any';
COMMENT ON COLUMN kroles.join_requests.id IS 'The id of the request';
COMMENT ON COLUMN kroles.join_requests.space_id IS 'The channel or gallery';
COMMENT ON COLUMN kroles.join_requests.user_id IS 'The user who asks';
COMMENT ON COLUMN kroles.join_requests.message IS 'What the user says to those who answer; up to 2,000 characters';
COMMENT ON COLUMN kroles.join_requests.status IS 'pending until it is answered. A rejected one remains, and the user cannot ask again, until a user with manage_members deletes it; an approved one is replaced if the user asks again, without a grant';
COMMENT ON COLUMN kroles.join_requests.requested_at IS 'When the user asked';
COMMENT ON COLUMN kroles.join_requests.answered_by IS 'The user who answered; NULL for a session without a user, and when the user is deleted';
COMMENT ON COLUMN kroles.join_requests.answered_at IS 'When it was answered; NULL until then';
COMMENT ON COLUMN kroles.join_requests.reason IS 'The reason for the answer';

CREATE POLICY read ON kroles.join_requests FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.join_requests FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.join_requests FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.join_requests FOR DELETE
    USING ((kroles.holds(user_id, NULL) AND status = 'pending') OR kroles.space_can('manage_members', space_id));
-- Playlists: media in an order that organizers of a channel, or a person for themselves, choose. They give no right to the media.

CREATE TABLE kroles.playlists (
    id                  bigint DEFAULT kroles.next_id('kroles.playlists_id_seq') CONSTRAINT playlists_id_is_unique PRIMARY KEY,
    space_id            bigint
        CONSTRAINT playlists_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    name                text NOT NULL
        CONSTRAINT playlists_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_at          timestamptz NOT NULL DEFAULT now(),
    owner_id            bigint
        CONSTRAINT playlists_owner_must_be_a_user REFERENCES kroles.users ON DELETE CASCADE,
    CONSTRAINT playlists_id_with_space_is_unique UNIQUE (id, space_id),
    CONSTRAINT playlists_id_with_owner_is_unique UNIQUE (id, owner_id),
    CONSTRAINT playlists_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1)
);
CREATE INDEX playlists_space ON kroles.playlists (space_id);
CREATE INDEX playlists_owner ON kroles.playlists (owner_id) WHERE owner_id IS NOT NULL;
COMMENT ON TABLE kroles.playlists IS 'The playlists of channels, and those of persons';
COMMENT ON COLUMN kroles.playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed. NULL for a personal playlist';
COMMENT ON COLUMN kroles.playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.playlists.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.playlists.owner_id IS 'The person whose playlist it is; fixed. Filled in by a trigger where INSERT names neither a channel nor a person; NULL for a playlist of a channel';

-- (space_id and owner_id repeat the playlist's, so that policies decide from the row alone. A trigger fills them in, so INSERT may
-- leave them out. One of them is not null, and its foreign key compares it with the playlist's.)
CREATE TABLE kroles.playlist_items (
    playlist_id         bigint NOT NULL,
    media_id            bigint NOT NULL
        CONSTRAINT playlist_items_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT playlist_items_position_counts_from_1 CHECK (position >= 1),
    space_id            bigint,
    owner_id            bigint,
    CONSTRAINT playlist_items_a_media_is_in_a_playlist_once PRIMARY KEY (playlist_id, media_id),
    CONSTRAINT playlist_items_one_item_a_position UNIQUE (playlist_id, position) DEFERRABLE,
    CONSTRAINT playlist_items_playlist_must_exist
        FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) ON DELETE CASCADE,
    CONSTRAINT playlist_items_personal_playlist_must_exist
        FOREIGN KEY (playlist_id, owner_id) REFERENCES kroles.playlists (id, owner_id) ON DELETE CASCADE,
    CONSTRAINT playlist_items_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1)
);
CREATE INDEX playlist_items_media ON kroles.playlist_items (media_id);
CREATE INDEX playlist_items_space ON kroles.playlist_items (space_id, playlist_id);
CREATE INDEX playlist_items_owner ON kroles.playlist_items (owner_id, playlist_id) WHERE owner_id IS NOT NULL;
COMMENT ON TABLE kroles.playlist_items IS 'The media in playlists, in order; only the position can be changed';
COMMENT ON COLUMN kroles.playlist_items.playlist_id IS 'The playlist';
COMMENT ON COLUMN kroles.playlist_items.media_id IS 'The media';
COMMENT ON COLUMN kroles.playlist_items.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.playlist_items.space_id IS 'The channel of the playlist, filled in by a trigger, which overwrites the value that a client supplies';
COMMENT ON COLUMN kroles.playlist_items.owner_id IS 'The person whose playlist it is, filled in likewise';

CREATE POLICY read ON kroles.playlists FOR SELECT
    USING (kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY add ON kroles.playlists FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.playlists FOR UPDATE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY remove ON kroles.playlists FOR DELETE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));

CREATE POLICY read ON kroles.playlist_items FOR SELECT
    USING ((kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
        AND kroles.can('view', 'media', media_id));
-- (the policy refuses hidden and missing media alike, before the foreign key could tell them apart)
CREATE POLICY add ON kroles.playlist_items FOR INSERT
    WITH CHECK ((kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
        AND kroles.can('view', 'media', media_id));
CREATE POLICY change ON kroles.playlist_items FOR UPDATE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE POLICY remove ON kroles.playlist_items FOR DELETE
    USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
        OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
CREATE TRIGGER fill_owner BEFORE INSERT ON kroles.playlists
    FOR EACH ROW WHEN (NEW.space_id IS NULL AND NEW.owner_id IS NULL) EXECUTE FUNCTION kroles.fill_owner();
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists
    FOR EACH ROW WHEN (NEW.space_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION kroles.refuse('the owner of a playlist cannot be changed', '23514', 'Create a new playlist.', 'playlists_owner_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
        OR OLD.space_id IS DISTINCT FROM NEW.space_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
        'playlist_items_only_position_changes');
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();

CREATE VIEW kroles.my_playlists WITH (security_invoker = true) AS
    SELECT id, name, created_at FROM kroles.playlists WHERE owner_id = kroles.asker();
COMMENT ON VIEW kroles.my_playlists IS
    'The personal playlists of the current user; empty without a user. INSERT makes one, UPDATE of name and DELETE as on kroles.playlists. kroles_my_playlists() is for pages: without a user it raises an error';
COMMENT ON COLUMN kroles.my_playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.my_playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.my_playlists.created_at IS 'When the row was created';
ALTER TABLE kroles.room_participants ALTER COLUMN rooms_switched SET DEFAULT kroles.rooms_switched();
-- (the name sorts after guard_last_organizers, which waits for transactions in which the user joins)
CREATE TRIGGER leave_rooms AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked <> OLD.blocked) EXECUTE FUNCTION kroles.end_stays();
CREATE TRIGGER leave_rooms AFTER INSERT OR DELETE ON kroles.user_blocks
    FOR EACH ROW EXECUTE FUNCTION kroles.end_stays();
-- (A stay that begins while rooms are off has the rights of that time; it ends when they are switched on, and does not keep
-- them.)
CREATE TRIGGER end_stays AFTER UPDATE OF chat_and_collaboration ON kroles.settings
    FOR EACH ROW WHEN (OLD.chat_and_collaboration <> NEW.chat_and_collaboration) EXECUTE FUNCTION kroles.end_stays();
-- (a BEFORE trigger, which reads the old limit)
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF room_session_limit ON kroles.settings
    FOR EACH ROW WHEN (OLD.room_session_limit < NEW.room_session_limit) EXECUTE FUNCTION kroles.end_run_out_stays();
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF available_from, available_until ON kroles.media
    FOR EACH ROW WHEN (NOT kroles.in_window(OLD.available_from, OLD.available_until) OR NOT kroles.in_window(NEW.available_from, NEW.available_until)) EXECUTE FUNCTION kroles.end_run_out_stays();
CREATE TRIGGER count_switch BEFORE UPDATE OF chat_and_collaboration, rooms_switched ON kroles.settings
    FOR EACH ROW EXECUTE FUNCTION kroles.count_switch();
-- (the name sorts after those of the audit triggers, so that the log records the event before its organizer)
CREATE TRIGGER make_organizers AFTER INSERT ON kroles.events REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.make_organizers();
CREATE TRIGGER guard_last_organizer AFTER DELETE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER keep_organizer_still AFTER UPDATE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL
        AND (OLD.event_id IS DISTINCT FROM NEW.event_id OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.role IS DISTINCT FROM NEW.role))
    EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER guard_last_organizers AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_organizers();
CREATE TRIGGER guard_last_organizers AFTER INSERT ON kroles.user_blocks FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_organizers();

CREATE TRIGGER guard_creator BEFORE UPDATE OF created_by ON kroles.events
    FOR EACH ROW WHEN (OLD.created_by IS DISTINCT FROM NEW.created_by AND NOT kroles.beyond_policies())
    EXECUTE FUNCTION kroles.refuse('the creator of an event cannot be changed', '23514',
        'Change the organizers in kroles.event_participants.', 'events_creator_is_fixed');
CREATE TRIGGER guard_keys BEFORE UPDATE OF event_id, media_id ON kroles.event_sessions
    FOR EACH ROW WHEN ((OLD.event_id, OLD.media_id) <> (NEW.event_id, NEW.media_id))
    EXECUTE FUNCTION kroles.refuse('event and media of a session cannot be changed', '23514',
        'Delete the session and insert another one.', 'event_sessions_event_and_media_are_fixed');
-- Where the user may add the row, the trigger waits for concurrent changes of the list before the policy is checked, and fills in
-- the last position. Any other row is left unchanged, and the policy refuses it.
DECLARE
    ordered record;
BEGIN
    FOR ordered IN
        SELECT * FROM (VALUES
            ('media_speakers', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('playlist_items', $q$(kroles.space_can('organize', NEW.space_id) OR kroles.holds(NEW.owner_id, NULL)) AND kroles.can('view', 'media', NEW.media_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', NEW.event_id) AND kroles.can('publish', 'media', NEW.media_id)$q$)
        ) AS t (name, may_add)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER place BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (%2$s OR kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.append_position();
            CREATE TRIGGER close_ranks_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_update AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
        $sql$, ordered.name, ordered.may_add);
    END LOOP;
END;
-- The first people of a space or event by name, for the pages below: of many, without reading and sorting all.
--
-- All users are walked by name through an index, and those kept who belong to the space or event, until there are enough. Where
-- that would take longer than reading all who belong, the functions return NULL, and the pages read all.

-- (An entry of an index has a largest size, names have none. Where there are longer names, nothing is walked.)
CREATE INDEX users_by_name ON kroles.users (lower(btrim(name)), btrim(name) COLLATE "C", id) WHERE length(name) <= 200;
CREATE INDEX users_long_names ON kroles.users (id) WHERE length(name) > 200;
-- Logins whose case does not matter, and the last administrator.

CREATE TRIGGER fold_login BEFORE INSERT OR UPDATE OF login ON kroles.users
    FOR EACH ROW EXECUTE FUNCTION kroles.fold_login();
CREATE TRIGGER fold_logins AFTER UPDATE OF case_insensitive_logins ON kroles.settings
    FOR EACH ROW WHEN (NEW.case_insensitive_logins AND NOT OLD.case_insensitive_logins)
    EXECUTE FUNCTION kroles.fold_logins();
CREATE TRIGGER guard_last_administrator AFTER DELETE ON kroles.users
    FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_administrator();
CREATE TRIGGER guard_last_administrator_still AFTER UPDATE OF administrator, blocked ON kroles.users
    FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked AND NOT (NEW.administrator AND NOT NEW.blocked))
    EXECUTE FUNCTION kroles.guard_last_administrator();
CREATE TRIGGER guard_last_administrator AFTER INSERT ON kroles.user_blocks
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_administrator();
-- A login that is given again makes nobody's old token the new user's.

CREATE TRIGGER guard_tokens BEFORE INSERT ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.guard_tokens();
CREATE TRIGGER guard_tokens_changed BEFORE UPDATE OF login, tokens_valid_after ON kroles.users
    FOR EACH ROW WHEN (OLD.login <> NEW.login OR OLD.tokens_valid_after IS DISTINCT FROM NEW.tokens_valid_after)
    EXECUTE FUNCTION kroles.guard_tokens();
CREATE TRIGGER retire_login BEFORE DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.retire_login();
CREATE TRIGGER retire_login_changed BEFORE UPDATE OF login ON kroles.users
    FOR EACH ROW WHEN (OLD.login <> NEW.login) EXECUTE FUNCTION kroles.retire_login();
CREATE TRIGGER retire_logins BEFORE TRUNCATE ON kroles.users FOR EACH STATEMENT EXECUTE FUNCTION kroles.retire_login();
CREATE TRIGGER lift_block AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (OLD.blocked AND NOT NEW.blocked) EXECUTE FUNCTION kroles.lift_block();
CREATE TRIGGER lift_block_of_none AFTER DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.lift_block();
CREATE TRIGGER guard_key BEFORE INSERT OR UPDATE ON kroles.signing_keys
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_key();

CREATE TRIGGER guard_kind BEFORE UPDATE OF kind ON kroles.spaces
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind)
    EXECUTE FUNCTION kroles.refuse('the kind of a space cannot be changed', '23514',
        'Create a new space and publish the media there.', 'spaces_kind_is_fixed');
CREATE TRIGGER guard_tree BEFORE INSERT ON kroles.spaces
    FOR EACH ROW WHEN (NEW.kind = 'gallery') EXECUTE FUNCTION kroles.guard_tree();
CREATE TRIGGER guard_tree_moved BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_tree();
CREATE TRIGGER guard_type BEFORE INSERT OR UPDATE OF type ON kroles.media
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_media_type();
CREATE TRIGGER guard_owner BEFORE INSERT OR UPDATE OF media_id, user_id ON kroles.media_collaborators
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_collaborator();
CREATE TRIGGER drop_new_owners_permissions AFTER UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.drop_new_owners_permissions();
CREATE TRIGGER guard_module AFTER INSERT OR UPDATE ON kroles.media_moderators
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_moderators_module();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON kroles.publications
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_publication();
CREATE TRIGGER guard_own BEFORE UPDATE ON kroles.users
    FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{name, email, avatar_url, title, bio}'::text[])
          <> (to_jsonb(NEW) - '{name, email, avatar_url, title, bio}'::text[]))
    EXECUTE FUNCTION kroles.guard_own_user();
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();
CREATE TRIGGER guard_move BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION kroles.guard_move();

CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.settings
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.refuse('the settings cannot be deleted', '42501', 'Change them with UPDATE.');

DECLARE
    matrix text;
BEGIN
    FOR matrix IN SELECT r.name FROM kroles.relations() r WHERE 'matrix' = ANY (r.traits) LOOP
        EXECUTE format($sql$
            CREATE TRIGGER guard_cells BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW
                EXECUTE FUNCTION kroles.refuse('the matrix already has a row for every cell', '42501', 'Change "allowed" with UPDATE.');
            CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT
                EXECUTE FUNCTION kroles.refuse('rows of the matrix cannot be deleted', '42501', 'Set "allowed" to false with UPDATE.');
            CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.%1$I
                FOR EACH ROW WHEN ((to_jsonb(OLD) - 'allowed') <> (to_jsonb(NEW) - 'allowed'))
                EXECUTE FUNCTION kroles.refuse('only column "allowed" of a matrix can be changed', '42501',
                    'The other columns are fixed.');
        $sql$, matrix);
    END LOOP;
END;
-- Rights that are checked again after a wait for a lock.

-- DELETE: the policy is evaluated before a wait for the row's lock, and again only where the row was changed meanwhile. So a
-- trigger checks each row again after the wait, and skips it where the right was revoked. (For UPDATE, the policy's check of the
-- new row comes after the wait.)
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT * FROM (VALUES
            ('users', $q$kroles.can('administer', 'site')$q$),
            ('groups', $q$kroles.can('administer', 'site')$q$),
            ('group_members', $q$kroles.can('administer', 'site')$q$),
            ('spaces', $q$kroles.space_can('delete', OLD.id)$q$),
            ('space_members', $q$kroles.holds(OLD.user_id, NULL) OR kroles.space_can('manage_members', OLD.space_id)$q$),
            ('media', $q$kroles.can('delete', 'media', OLD.id)$q$),
            ('media_collaborators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_collaborators', 'media', OLD.media_id)$q$),
            ('media_moderators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_moderators', 'media', OLD.media_id)$q$),
            ('media_speakers', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_speakers', 'media', OLD.media_id)$q$),
            ('join_requests', $q$(kroles.holds(OLD.user_id, NULL) AND OLD.status = 'pending') OR kroles.space_can('manage_members', OLD.space_id)$q$),
            ('playlists', $q$kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))$q$),
            ('playlist_items', $q$kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))$q$),
            ('events', $q$kroles.can('delete', 'event', OLD.id)$q$),
            ('event_participants', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_participants', 'event', OLD.event_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', OLD.event_id) OR kroles.can('publish', 'media', OLD.media_id)$q$),
            ('room_participants', $q$kroles.can('administer', 'site')$q$)
        ) AS t (name, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.%I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND NOT (%s)) EXECUTE FUNCTION kroles.keep_row()', kept.name, kept.allowed);
    END LOOP;
END;

DECLARE
    asked record;
BEGIN
    FOR asked IN
        SELECT * FROM (VALUES
            ('users', 'INSERT', $q$kroles.can('administer', 'site')$q$),
            ('users', 'UPDATE OF login, db_role', $q$(NEW.login, NEW.db_role) IS NOT DISTINCT FROM (OLD.login, OLD.db_role) OR kroles.can('administer', 'site')$q$),
            ('groups', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('spaces', 'INSERT', $q$(kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))
                AND CASE WHEN NEW.parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', NEW.parent_id)
                         WHEN NEW.kind = 'channel' THEN kroles.can('create_channel', 'site')
                         WHEN NEW.kind = 'gallery' THEN kroles.can('create_gallery', 'site') ELSE false END$q$),
            ('media', 'INSERT', $q$kroles.can('upload', 'site') AND (kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))$q$),
            ('events', 'INSERT', $q$kroles.can('create_event', 'site') AND (kroles.holds(NEW.created_by, NULL) OR kroles.can('administer', 'site'))$q$),
            ('spaces', 'UPDATE OF external_id', $q$kroles.space_can('manage', NEW.id)$q$),
            ('media', 'UPDATE OF external_id', $q$kroles.can('edit', 'media', NEW.id)$q$),
            ('events', 'UPDATE OF external_id', $q$kroles.can('manage', 'event', NEW.id)$q$),
            ('group_members', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('space_members', 'INSERT OR UPDATE', $q$kroles.space_can('manage_members', NEW.space_id)$q$),
            ('publications', 'INSERT', $q$kroles.publication_status(NEW.media_id, NEW.space_id) IN ('approved', NEW.status)$q$),
            ('media_collaborators', 'INSERT OR UPDATE', $q$kroles.can('manage_collaborators', 'media', NEW.media_id)$q$),
            ('media_moderators', 'INSERT OR UPDATE', $q$kroles.can('manage_moderators', 'media', NEW.media_id)$q$),
            ('media_speakers', 'UPDATE', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('event_participants', 'INSERT OR UPDATE', $q$kroles.can('manage_participants', 'event', NEW.event_id)$q$)
        ) AS t (name, change, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER ' || CASE WHEN asked.change LIKE 'INSERT%%' THEN 'guard_new' ELSE 'guard_changed' END || ' AFTER %1$s ON kroles.%2$I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND kroles.refuse_revoked(''kroles.%2$I'', %3$s))
            EXECUTE FUNCTION kroles.refuse()', asked.change, asked.name, asked.allowed);
    END LOOP;
END;
-- External ids. A former external id is not reused: data that refers to one object by it would then belong to another.

CREATE TABLE kroles.retired_external_ids (
    relation            text NOT NULL,
    external_id         text NOT NULL,
    object_id           bigint NOT NULL,
    CONSTRAINT retired_external_ids_are_kept_once PRIMARY KEY (relation, external_id, object_id)
);
COMMENT ON TABLE kroles.retired_external_ids IS
    'Former external ids of spaces, media and events, recorded by triggers: only administrators may assign them to another object; and former logins of users, so that old tokens are refused where a login is given again. Visible to administrators';
COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media, events or users; "deleted users" for logins of users who no longer exist';
COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id; of a user the login, in lower case';
COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object or user that had it';
-- The audit log: triggers record every change of the tables in kroles, in the same transaction.

CREATE TABLE kroles.audit_log (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT audit_log_id_is_unique PRIMARY KEY,
    at                  timestamptz NOT NULL DEFAULT now(),
    actor               bigint,
    actor_role          kroles.applicative_role,
    db_role             name NOT NULL,
    operation           text NOT NULL,
    relation            text NOT NULL,
    object_kind         text NOT NULL,
    object_id           bigint,
    space_id            bigint,
    before              jsonb,
    after               jsonb,
    txid                xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_log_object ON kroles.audit_log (object_kind, object_id, id);
CREATE INDEX audit_log_space ON kroles.audit_log (space_id, id) WHERE space_id IS NOT NULL;
COMMENT ON TABLE kroles.audit_log IS 'The changes of rows in kroles: one row for each changed row. Append-only for all roles but the owner of the extension; visible to administrators, and to users who manage or moderate the object';
COMMENT ON COLUMN kroles.audit_log.id IS 'Ascending in the order of logging';
COMMENT ON COLUMN kroles.audit_log.at IS 'When the transaction began';
COMMENT ON COLUMN kroles.audit_log.actor IS 'The id of the current user; NULL for anonymous, and for a session that bypasses row-level security without a user. No foreign key: the log remains when the user is deleted';
COMMENT ON COLUMN kroles.audit_log.actor_role IS 'The applicative role of the actor at that time; anonymous where there was no user, NULL for a session that bypasses row-level security without a user';
COMMENT ON COLUMN kroles.audit_log.db_role IS 'The login role of the session';
COMMENT ON COLUMN kroles.audit_log.operation IS 'INSERT, UPDATE, DELETE or TRUNCATE; PROTECT or UNPROTECT of a table; END SESSIONS of a user; TRIM of the log itself';
COMMENT ON COLUMN kroles.audit_log.relation IS 'The table, with its schema';
COMMENT ON COLUMN kroles.audit_log.object_kind IS 'The kind of object that was changed: user, group, channel, gallery (space for one that no longer exists), media, event, site, table';
COMMENT ON COLUMN kroles.audit_log.object_id IS 'Its id; NULL for the site';
COMMENT ON COLUMN kroles.audit_log.space_id IS 'The space that a publication is in';
COMMENT ON COLUMN kroles.audit_log.before IS 'The row before the change; NULL for INSERT. Without the key of a signing key';
COMMENT ON COLUMN kroles.audit_log.after IS 'The row after the change; NULL for DELETE';
COMMENT ON COLUMN kroles.audit_log.txid IS 'The id of the transaction';
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kroles.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.guard_audit();
-- Views with security_invoker: policies apply to the current user, and DML through a view is DML on its table.

CREATE VIEW kroles.channels WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, created_at, joining
    FROM kroles.spaces WHERE kind = 'channel'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.channels ALTER COLUMN kind SET DEFAULT 'channel';
COMMENT ON VIEW kroles.channels IS 'The channels that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.galleries WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at, joining
    FROM kroles.spaces WHERE kind = 'gallery'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.galleries ALTER COLUMN kind SET DEFAULT 'gallery';
COMMENT ON VIEW kroles.galleries IS 'The galleries that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.moderation_queue WITH (security_invoker = true) AS
    SELECT p.media_id, p.space_id, p.status, p.published_by, p.published_at, p.reason,
           (SELECT m.name FROM kroles.media m WHERE m.id = p.media_id) AS media_name,
           (SELECT s.name FROM kroles.spaces s WHERE s.id = p.space_id) AS space_name,
           (SELECT m.type FROM kroles.media m WHERE m.id = p.media_id) AS media_type,
           @extschema@.kroles_publisher_name(p.media_id, p.space_id) AS publisher_name,
           (SELECT m.available_from FROM kroles.media m WHERE m.id = p.media_id) AS available_from,
           (SELECT m.available_until FROM kroles.media m WHERE m.id = p.media_id) AS available_until
    FROM kroles.publications p
    WHERE p.status = 'pending' AND kroles.space_can('moderate', p.space_id);
COMMENT ON VIEW kroles.moderation_queue IS
    'The pending publications that the current subject may approve or reject, with UPDATE of status, as on kroles.publications';

CREATE VIEW kroles.my_media WITH (security_invoker = true) AS
    SELECT id, external_id, type, name, owner_id, created_at, available_from, available_until
    FROM kroles.media
    WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
COMMENT ON VIEW kroles.my_media IS 'The media that the current user owns; empty for a user without "upload" on the site, who has no My Media page';

-- (A name is not a right: the view reads with the privileges of its owner, and its condition holds before any function of a query
-- sees a row. The planner makes it a condition of the table, so that a join finds users by their ids: planner/barrier_views.c.)
CREATE VIEW kroles.people WITH (security_barrier = true, security_invoker = false) AS
    SELECT u.id, nullif(btrim(u.name), '') AS name, kroles.initials(u.name) AS initials, u.avatar_url, u.title
    FROM kroles.users u
    WHERE ((SELECT kroles.shows_people()) OR kroles.holds(u.id, NULL)) AND NOT u.blocked
      AND u.id <> ALL (ARRAY(SELECT b.user_id FROM kroles.user_blocks b));
COMMENT ON VIEW kroles.people IS
    'The names of users who are not blocked, without login and email, for pages that show whose media it is: by one join. settings.people_shown_to says to whom; users see their own in any case. Read only';
COMMENT ON COLUMN kroles.people.name IS 'The display name; NULL where it is blank';
COMMENT ON COLUMN kroles.people.initials IS 'The initials of the first and the last word of the name, shown in place of a picture; NULL for a blank name';
CREATE TRIGGER guard_read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON kroles.people
    FOR EACH ROW EXECUTE FUNCTION kroles.refuse('kroles.people is read only', '42501', 'Users change their own name, picture and title in kroles.users.');

-- The comments of columns that come from a table are copied from there.
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT w.view, a.attname AS name, col_description(t.oid, b.attnum) AS comment
        FROM (VALUES ('channels', 'spaces'), ('galleries', 'spaces'), ('moderation_queue', 'publications'), ('my_media', 'media'), ('people', 'users'))
            AS w (view, source)
        CROSS JOIN LATERAL (SELECT to_regclass('kroles.' || w.view)::oid, to_regclass('kroles.' || w.source)::oid) AS t (view, oid)
        JOIN pg_attribute a ON a.attrelid = t.view AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = a.attname
        WHERE col_description(t.view, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN kroles.%I.%I IS %L', shown.view, shown.name, shown.comment);
    END LOOP;
END;
COMMENT ON COLUMN kroles.moderation_queue.media_name IS 'The media''s name';
COMMENT ON COLUMN kroles.moderation_queue.space_name IS 'The space''s name';
COMMENT ON COLUMN kroles.moderation_queue.media_type IS 'The media''s type';
COMMENT ON COLUMN kroles.moderation_queue.available_from IS 'The start of the time in which the media is available; NULL: no limit';
COMMENT ON COLUMN kroles.moderation_queue.available_until IS 'The end of that time; NULL: no limit';
COMMENT ON COLUMN kroles.moderation_queue.publisher_name IS 'The name of the user who published, or the login where the user has no name';
-- Policies: who may read and change which rows. Guards, which are triggers, restrict what policies cannot: columns and changes of
-- state. (Row-level security is enabled and forced on every table, for its owner too: see the piece made from
-- kroles.relations().)

-- Users and groups
CREATE POLICY read ON kroles.users FOR SELECT
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.users FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.users FOR UPDATE
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.users FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.user_blocks FOR SELECT
    USING (kroles.can('administer', 'site') OR kroles.is_auditor());

CREATE POLICY read ON kroles.groups FOR SELECT
    USING (kroles.holds(NULL, id) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.groups FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.groups FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.groups FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.group_members FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.group_members FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.group_members FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.group_members FOR DELETE
    USING (kroles.can('administer', 'site'));

-- Spaces and grants on them
CREATE POLICY read ON kroles.spaces FOR SELECT
    USING (kroles.space_can('view', id));
CREATE POLICY add ON kroles.spaces FOR INSERT
    WITH CHECK ((kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site'))
        AND CASE WHEN parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', parent_id)
                 WHEN kind = 'channel' THEN kroles.can('create_channel', 'site')
                 WHEN kind = 'gallery' THEN kroles.can('create_gallery', 'site')
                 ELSE false END);
CREATE POLICY change ON kroles.spaces FOR UPDATE
    USING (kroles.space_can('manage', id));
CREATE POLICY remove ON kroles.spaces FOR DELETE
    USING (kroles.space_can('delete', id));

CREATE POLICY read ON kroles.space_members FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.space_can('manage_members', space_id)
        OR kroles.space_can('moderate', space_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.space_members FOR INSERT
    WITH CHECK (kroles.space_can('manage_members', space_id));
CREATE POLICY change ON kroles.space_members FOR UPDATE
    USING (kroles.space_can('manage_members', space_id));
CREATE POLICY remove ON kroles.space_members FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id));

-- Media, where it is published, and the people on it
CREATE POLICY read ON kroles.media FOR SELECT
    USING (kroles.audience_can('view', audience));
CREATE POLICY add ON kroles.media FOR INSERT
    WITH CHECK (kroles.can('upload', 'site')
        AND (kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.media FOR UPDATE
    USING (kroles.audience_can('edit', audience));
CREATE POLICY remove ON kroles.media FOR DELETE
    USING (kroles.audience_can('delete', audience));

CREATE POLICY read ON kroles.publications FOR SELECT
    USING (kroles.may_see_publication(media_id, space_id, status, published_by));
CREATE POLICY add ON kroles.publications FOR INSERT
    WITH CHECK (kroles.can_publish(media_id, space_id));
CREATE POLICY change ON kroles.publications FOR UPDATE
    USING (kroles.space_can('moderate', space_id)
        OR kroles.can_publish(media_id, space_id) AND kroles.may_see_publication(media_id, space_id, status, published_by))
    WITH CHECK (kroles.space_can('moderate', space_id) OR kroles.can_publish(media_id, space_id));
CREATE POLICY remove ON kroles.publications FOR DELETE
    USING (kroles.may_take_down(media_id, space_id, published_by));

CREATE POLICY read ON kroles.media_collaborators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_collaborators FOR INSERT
    WITH CHECK (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY change ON kroles.media_collaborators FOR UPDATE
    USING (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY remove ON kroles.media_collaborators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_collaborators', 'media', media_id));

CREATE POLICY read ON kroles.media_moderators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_moderators FOR INSERT
    WITH CHECK (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY change ON kroles.media_moderators FOR UPDATE
    USING (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY remove ON kroles.media_moderators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_moderators', 'media', media_id));

CREATE POLICY read ON kroles.media_speakers FOR SELECT
    USING ((visible AND kroles.can('view', 'media', media_id)) OR kroles.holds(user_id, NULL)
        OR kroles.can('manage_speakers', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_speakers FOR INSERT
    WITH CHECK (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY change ON kroles.media_speakers FOR UPDATE
    USING (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY remove ON kroles.media_speakers FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_speakers', 'media', media_id));

-- Events, their participants and sessions
CREATE POLICY read ON kroles.events FOR SELECT
    USING (kroles.can('view', 'event', id));
CREATE POLICY add ON kroles.events FOR INSERT
    WITH CHECK (kroles.can('create_event', 'site')
        AND (kroles.holds(created_by, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.events FOR UPDATE
    USING (kroles.can('manage', 'event', id));
CREATE POLICY remove ON kroles.events FOR DELETE
    USING (kroles.can('delete', 'event', id));

CREATE POLICY read ON kroles.event_participants FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage_participants', 'event', event_id)
        OR kroles.can('moderate', 'event', event_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.event_participants FOR INSERT
    WITH CHECK (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY change ON kroles.event_participants FOR UPDATE
    USING (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY remove ON kroles.event_participants FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_participants', 'event', event_id));

CREATE POLICY read ON kroles.event_sessions FOR SELECT
    USING (kroles.can('view', 'event', event_id) AND kroles.can('view', 'media', media_id));
CREATE POLICY add ON kroles.event_sessions FOR INSERT
    WITH CHECK (kroles.can('manage', 'event', event_id) AND kroles.can('publish', 'media', media_id));
CREATE POLICY change ON kroles.event_sessions FOR UPDATE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('moderate', 'event', event_id));
CREATE POLICY remove ON kroles.event_sessions FOR DELETE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('publish', 'media', media_id));

-- Rooms: written by functions and by administrators
CREATE POLICY read ON kroles.room_participants FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('moderate_room', 'room', media_id)
        OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.room_participants FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.room_participants FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.room_participants FOR DELETE
    USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.settings FOR SELECT USING (true);
CREATE POLICY read ON kroles.baseline_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.role_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.ceiling_rights FOR SELECT USING (true);
CREATE POLICY change ON kroles.settings FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.baseline_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.role_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.ceiling_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.retired_external_ids FOR SELECT USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.gateways FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY read ON kroles.signing_keys FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());

CREATE POLICY read ON kroles.audit_log FOR SELECT
    USING (kroles.can('administer', 'site')
        -- (personal playlists are not for auditors)
        OR kroles.is_auditor() AND NOT (object_kind = 'user' AND relation IN ('kroles.playlists', 'kroles.playlist_items'))
        OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
        CASE object_kind
            WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                OR kroles.can('moderate', 'media', object_id)
            WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
            ELSE false END
        OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
-- The outbox of changes of rights, which a site may switch on (settings.record_access_changes).

CREATE TABLE kroles.access_changes (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT access_changes_id_is_unique PRIMARY KEY,
    txid                xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at                  timestamptz NOT NULL DEFAULT now(),
    user_id             bigint,
    action              kroles.action NOT NULL,
    kind                kroles.object_kind NOT NULL,
    object_id           bigint,
    allowed             boolean NOT NULL
);
COMMENT ON TABLE kroles.access_changes IS 'Who gained and lost which right, recorded in the transaction that changed it, where settings.record_access_changes is on: for search indexes, notices and caches outside. Transactions that record commit one after another, and ids ascend in that order, so a reader that keeps the highest id it has read misses none. A committing transaction notifies the channel kroles_access_changes, with the highest id; a prepared one does not. Rights that begin or end by time (starts_at, expires_at, available_from, the length of a stay in a room) are not changes of rows, and have no rows here. Read by administrators and auditors, deleted by administrators';
COMMENT ON COLUMN kroles.access_changes.id IS 'Ascending in the order of commits';
COMMENT ON COLUMN kroles.access_changes.txid IS 'The id of the transaction, as in kroles.audit_log';
COMMENT ON COLUMN kroles.access_changes.at IS 'When the transaction began';
COMMENT ON COLUMN kroles.access_changes.user_id IS 'The user; NULL for anonymous. No foreign key: the row remains when the user is deleted';
COMMENT ON COLUMN kroles.access_changes.action IS 'The right';
COMMENT ON COLUMN kroles.access_changes.kind IS 'The kind of the object';
COMMENT ON COLUMN kroles.access_changes.object_id IS 'Its id; NULL for the site. No foreign key: the row remains when the object is deleted';
COMMENT ON COLUMN kroles.access_changes.allowed IS 'Whether the user has the right since the transaction (gained), or has it no more (lost)';

CREATE POLICY read ON kroles.access_changes FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY remove ON kroles.access_changes FOR DELETE USING (kroles.can('administer', 'site'));
-- Auditors, and when users last saw objects.
PERFORM kroles.make_review_tables();
CREATE INDEX audit_log_concerned_before ON kroles.audit_log (kroles.concerns(before), id)
    WHERE kroles.concerns(before) IS NOT NULL;
CREATE INDEX audit_log_concerned_after ON kroles.audit_log (kroles.concerns(after), id)
    WHERE kroles.concerns(after) IS NOT NULL;

-- The history of a media includes the events that it was or is a session of.
CREATE INDEX audit_log_sessions ON kroles.audit_log ((coalesce(after, before) ->> 'media_id'), id) WHERE relation = 'kroles.event_sessions';

-- For questions about an earlier time: the objects' own rows, beside which the log has many of their people; and what is found neither by
-- the object nor by the user or group.
CREATE INDEX audit_log_own_rows ON kroles.audit_log (object_kind, object_id, id) WHERE relation IN ('kroles.spaces', 'kroles.events');
CREATE INDEX audit_log_moved ON kroles.audit_log (relation, id)
    WHERE operation IN ('TRUNCATE', 'TRIM') OR operation = 'UPDATE' AND (before ->> 'media_id' <> after ->> 'media_id'
       OR before ->> 'space_id' <> after ->> 'space_id' OR before ->> 'event_id' <> after ->> 'event_id'
       OR before ->> 'group_id' <> after ->> 'group_id');
CREATE TRIGGER "~audience" BEFORE INSERT OR UPDATE ON kroles.media FOR EACH ROW EXECUTE FUNCTION kroles.maintain_audience();
-- The version of the extension that the tables are of. (A view, so that every dump includes it, one of the schema alone too.)
CREATE VIEW kroles.tables_version WITH (security_invoker = true) AS SELECT '1.1.0'::text AS version;
COMMENT ON VIEW kroles.tables_version IS 'The version of kroles that the tables are of; kroles_install() brings older ones to the version of the extension';
COMMENT ON COLUMN kroles.tables_version.version IS 'The version, as in pg_extension.extversion';

-- What the list says of each table and view. One that is in the schema and not in the list, or the other way round, is an error:
-- none can be left out.
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT c.relname, r.name, 'member' = ANY (r.traits) AS member
        FROM (SELECT * FROM pg_class c WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')) AS c
        FULL JOIN kroles.relations() WITH ORDINALITY AS r ON r.name = c.relname
        ORDER BY r.ordinality
    LOOP
        IF relation.relname IS NULL OR relation.name IS NULL THEN
            RAISE EXCEPTION 'kroles.relations() and the catalog do not agree about "%"', coalesce(relation.relname, relation.name);
        END IF;
        IF NOT relation.member THEN
            PERFORM kroles.complete_relation(relation.name);
        END IF;
    END LOOP;
END;

END $tables$;

-- OpenID's AuthZEN Authorization API 1.0: requests and answers as the specification has them, so that PostgREST or a small gateway
-- serves it. A public function kroles_x() calls kroles.x(), as in the piece on the people of media. Subjects are {"type": "user",
-- "id": login} and {"type": "anonymous"}, resources {"type": kind, "id": id or external id}, actions {"name": right}.
--
-- Users may ask about themselves; about others only those who may by kroles_can(user_id, ...). What one may not ask is answered
-- like what does not exist: false, or nothing found. Malformed requests are errors 22023, of which a gateway makes status 400.

-- ---- Requests ----

CREATE FUNCTION kroles.authzen_mistake(request jsonb, wanted text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    path text[];
    field text;
    mistake text;
BEGIN
    IF request IS NULL OR jsonb_typeof(request) <> 'object' THEN
        RETURN 'the request must be an object';
    END IF;
    FOREACH field IN ARRAY wanted LOOP
        path := string_to_array(field, '.');
        mistake := CASE
            WHEN jsonb_typeof(request -> path[1]) IS DISTINCT FROM 'object' THEN format('"%s" must be an object', path[1])
            WHEN jsonb_typeof(request #> path) IS DISTINCT FROM 'string' THEN format('"%s" must be a string', field)
            WHEN request #>> path = '' THEN format('"%s" must not be empty', field) END;
        IF mistake IS NOT NULL THEN
            RETURN mistake;
        END IF;
    END LOOP;
    FOREACH field IN ARRAY '{context, page, options}'::text[] LOOP
        IF jsonb_typeof(request -> field) <> 'object' THEN
            RETURN format('"%s" must be an object', field);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION kroles.authzen_mistake(jsonb, text[]) IS
    'What is wrong with the form of a request, NULL for nothing: it must be an object with these members of members, which are strings';

CREATE FUNCTION kroles.authzen_refuse(mistake text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF mistake IS NOT NULL THEN
        RAISE EXCEPTION 'malformed AuthZEN request: %', mistake USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A gateway answers with the HTTP status 400 (Bad Request).';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.authzen_refuse(text) IS 'Error 22023 for a mistake in a request; nothing for NULL';

-- ---- What a request names ----

CREATE FUNCTION kroles.authzen_unknown(request jsonb, OUT reason text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    reason := CASE
        WHEN request #>> '{subject, type}' <> ALL ('{user, anonymous}') THEN 'unknown subject type'
        WHEN request #>> '{resource, type}' <> ALL (enum_range(NULL::kroles.object_kind)::text[]) THEN 'unknown resource type'
        WHEN NOT EXISTS (SELECT FROM kroles.rights r WHERE r.kind::text = request #>> '{resource, type}'
                         AND (r.action::text = request #>> '{action, name}' OR request -> 'action' IS NULL)) THEN 'unknown action' END;
END $$;

COMMENT ON FUNCTION kroles.authzen_unknown(jsonb) IS
    'Which of the types and the action that a request names is none of kroles, as text; NULL where all are. The same for everyone';

CREATE FUNCTION kroles.authzen_subject(subject jsonb, OUT known boolean, OUT user_id bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wanted text := subject ->> 'id';
BEGIN
    known := subject ->> 'type' = 'anonymous';
    IF NOT known THEN
        IF (SELECT s.case_insensitive_logins FROM kroles.settings s) THEN
            wanted := lower(wanted);
        END IF;
        SELECT u.id INTO user_id FROM kroles.users u WHERE u.login = wanted;
        known := user_id IS NOT NULL;
    END IF;
END $$;

COMMENT ON FUNCTION kroles.authzen_subject(jsonb) IS
    'The user that a request names by login; NULL, and known, for anonymous. Only users that the caller sees are known';

CREATE FUNCTION kroles.authzen_object(resource jsonb) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named text := resource ->> 'id';
BEGIN
    IF resource ->> 'type' = 'site' THEN
        RETURN NULL;
    ELSIF resource #>> '{properties, id_type}' IS DISTINCT FROM 'external' AND named ~ '^-?[0-9]{1,19}$' THEN
        IF named::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
            RETURN named::bigint;
        END IF;
    END IF;
    RETURN CASE
        WHEN resource ->> 'type' IN ('channel', 'gallery') THEN (SELECT s.id FROM kroles.spaces s WHERE s.external_id = named)
        WHEN resource ->> 'type' IN ('media', 'room') THEN (SELECT m.id FROM kroles.media m WHERE m.external_id = named)
        WHEN resource ->> 'type' = 'event' THEN (SELECT e.id FROM kroles.events e WHERE e.external_id = named) END;
END $$;

COMMENT ON FUNCTION kroles.authzen_object(jsonb) IS
    'The object that a request names: by id where that is a number that bigint holds and properties.id_type is not "external", else by external id. NULL for the site, and where the caller sees none';

CREATE FUNCTION kroles.authzen_is_self(subject jsonb, user_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN $1 ->> 'type' = 'anonymous' THEN kroles.asker() IS NULL AND NOT kroles.reads_for_others('site', NULL)
                ELSE coalesce($2 = kroles.asker(), false) END
$$;

COMMENT ON FUNCTION kroles.authzen_is_self(jsonb, bigint) IS 'Whether the current subject asks about itself';

CREATE FUNCTION kroles.reads_for_others(kind kroles.object_kind, id bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN kroles.is_auditor() OR kroles.can('administer', 'site') OR $1 <> 'site' AND kroles.can('manage', $1, $2);
END $$;

COMMENT ON FUNCTION kroles.reads_for_others(kroles.object_kind, bigint) IS
    'Whether the current subject may ask about other users'' rights on the object; for the site, on every object';

-- ---- Evaluations ----

CREATE FUNCTION kroles.authzen_decide(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unknown text := kroles.authzen_unknown(request);
    subject record;
    object bigint;
    kind kroles.object_kind;
BEGIN
    IF unknown IS NOT NULL THEN
        RETURN jsonb_build_object('decision', false, 'context', jsonb_build_object('reason', unknown));
    END IF;
    kind := (request #>> '{resource, type}')::kroles.object_kind;
    subject := kroles.authzen_subject(request -> 'subject');
    object := kroles.authzen_object(request -> 'resource');
    IF subject.known AND (kroles.authzen_is_self(request -> 'subject', subject.user_id) OR kroles.reads_for_others(kind, object))
       AND @extschema@.kroles_can(subject.user_id, (request #>> '{action, name}')::kroles.action, kind, object) THEN
        RETURN jsonb_build_object('decision', true);
    END IF;
    RETURN jsonb_build_object('decision', false, 'context', jsonb_build_object('reason', 'denied, or unknown to the asker'));
END $$;

COMMENT ON FUNCTION kroles.authzen_decide(jsonb) IS
    'The decision about a well-formed request; one answer for what is denied, may not be asked, or does not exist';

CREATE FUNCTION kroles.authzen_evaluation(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{subject.type, subject.id, action.name, resource.type, resource.id}'));
    RETURN kroles.authzen_decide($1);
END $$;

COMMENT ON FUNCTION kroles.authzen_evaluation(jsonb) IS 'Implementation of kroles_authzen_evaluation()';

REVOKE EXECUTE ON FUNCTION kroles.authzen_evaluation(jsonb) FROM PUBLIC;

-- (The argument has no name, so that PostgREST passes the body of a request.)
CREATE FUNCTION @extschema@.kroles_authzen_evaluation(jsonb) RETURNS jsonb
    LANGUAGE c STABLE COST 200 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_authzen_evaluation(jsonb) IS
    'AuthZEN 1.0, Access Evaluation: whether the subject, a user by login or anonymous, has the right (action.name) on the resource, by id or external id; context.reason says why not. A resource id that is a number is an id of kroles, unless resource.properties.id_type is "external". False, too, for what the current subject may not ask, which is about other users without manage on the object, and for unknown subjects and resources. Error 22023 for a malformed request, which a gateway answers with status 400';

CREATE FUNCTION kroles.authzen_evaluations(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    semantic text;
    defaults jsonb;
    item jsonb;
    mistake text;
    answer jsonb;
    answers jsonb[] := '{}';
BEGIN
    PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{}'));
    semantic := coalesce($1 #>> '{options, evaluations_semantic}', 'execute_all');
    IF semantic <> ALL ('{execute_all, deny_on_first_deny, permit_on_first_permit}') THEN
        PERFORM kroles.authzen_refuse('"options.evaluations_semantic" must be execute_all, deny_on_first_deny or permit_on_first_permit');
    ELSIF coalesce(jsonb_typeof($1 -> 'evaluations'), 'array') <> 'array' THEN
        PERFORM kroles.authzen_refuse('"evaluations" must be an array');
    ELSIF coalesce($1 -> 'evaluations', '[]') = '[]' THEN
        PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{subject.type, subject.id, action.name, resource.type, resource.id}'));
        RETURN kroles.authzen_decide($1);
    END IF;
    defaults := (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each($1) AS e
                 WHERE e.key = ANY ('{subject, action, resource, context}'));
    FOR item IN SELECT e.value FROM jsonb_array_elements($1 -> 'evaluations') AS e LOOP
        mistake := kroles.authzen_mistake(item, '{}');
        mistake := coalesce(mistake, kroles.authzen_mistake(defaults || item, '{subject.type, subject.id, action.name, resource.type, resource.id}'));
        answer := CASE WHEN mistake IS NULL THEN kroles.authzen_decide(defaults || item)
            ELSE jsonb_build_object('decision', false, 'context',
                jsonb_build_object('error', jsonb_build_object('status', 400, 'message', mistake))) END;
        answers := array_append(answers, answer);     -- (in place: a jsonb array would be copied each time)
        EXIT WHEN semantic = 'deny_on_first_deny' AND answer -> 'decision' = 'false'
            OR semantic = 'permit_on_first_permit' AND answer -> 'decision' = 'true';
    END LOOP;
    RETURN jsonb_build_object('evaluations', to_jsonb(answers));
END $$;

COMMENT ON FUNCTION kroles.authzen_evaluations(jsonb) IS 'Implementation of kroles_authzen_evaluations()';

REVOKE EXECUTE ON FUNCTION kroles.authzen_evaluations(jsonb) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_authzen_evaluations(jsonb) RETURNS jsonb
    LANGUAGE c STABLE COST 2000 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_authzen_evaluations(jsonb) IS
    'AuthZEN 1.0, Access Evaluations: several requests in the array "evaluations", each with the answer of kroles_authzen_evaluation(), in order; subject, action, resource and context beside it are defaults. options.evaluations_semantic: execute_all (default), deny_on_first_deny or permit_on_first_permit, which end with the first such decision. A malformed item is denied, with context.error. Without items it is a single request. Error 22023 for a malformed request';

-- AuthZEN 1.0, continued: searches. A page token is a position: the id after which the next page begins, or a number of results.
-- What follows it is decided anew for whoever presents it.

CREATE FUNCTION kroles.authzen_page(request jsonb, OUT most integer, OUT after bigint)
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    page jsonb := coalesce(request -> 'page', '{}');
    token jsonb := coalesce(page -> 'token', page -> 'next_token');
    number text := replace(token #>> '{}', 'n', '-');
BEGIN
    IF jsonb_typeof(page -> 'limit') <> 'number' OR page ->> 'limit' !~ '^[0-9]{1,9}$' THEN
        PERFORM kroles.authzen_refuse('"page.limit" must be a non-negative integer');
    ELSIF jsonb_typeof(token) <> 'string' OR number !~ '^(-?[0-9]{1,19})?$'
        OR number <> '' AND number::numeric NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        PERFORM kroles.authzen_refuse('"page.token" must be the next_token of an answer');
    END IF;
    most := least(coalesce((page ->> 'limit')::integer, 100), 1000);
    after := nullif(number, '')::bigint;
END $$;

COMMENT ON FUNCTION kroles.authzen_page(jsonb) IS
    'The size of the page that a request asks for (default 100, at most 1,000), and the position that it begins after; error 22023 for a malformed one';

CREATE FUNCTION kroles.authzen_answer(results jsonb[], positions bigint[], most integer, after bigint) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found integer := coalesce(cardinality(results), 0);
    next_token text := '';
BEGIN
    IF found > most THEN
        next_token := replace(coalesce(positions[most], after, -9223372036854775808)::text, '-', 'n');
    END IF;
    RETURN jsonb_build_object('results', to_jsonb(coalesce(results[:most], '{}')),
        'page', jsonb_build_object('next_token', next_token, 'count', least(found, most)));
END $$;

COMMENT ON FUNCTION kroles.authzen_answer(jsonb[], bigint[], integer, bigint) IS
    'The answer to a search: a page of results, of which one more than the page has may be given, each with its position';

-- ---- Subjects ----

CREATE FUNCTION kroles.authzen_search_subject(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    page record;
    kind kroles.object_kind;
    action kroles.action;
    object bigint;
    results jsonb[];
    positions bigint[];
BEGIN
    PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{subject.type, action.name, resource.type, resource.id}'));
    page := kroles.authzen_page($1);
    IF kroles.authzen_unknown($1) IS NULL AND $1 #>> '{subject, type}' = 'user' THEN
        kind := ($1 #>> '{resource, type}')::kroles.object_kind;
        action := ($1 #>> '{action, name}')::kroles.action;
        object := kroles.authzen_object($1 -> 'resource');
        IF kroles.reads_for_others(kind, object) THEN
            SELECT array_agg(jsonb_build_object('type', 'user', 'id', w.login) ORDER BY w.user_id), array_agg(w.user_id ORDER BY w.user_id)
            INTO results, positions FROM @extschema@.kroles_who_can(action, kind, object, page.after, page.most + 1) AS w;
        ELSIF kroles.can(action, kind, object) THEN
            SELECT array_agg(jsonb_build_object('type', 'user', 'id', u.login)), array_agg(u.id)
            INTO results, positions FROM kroles.users u WHERE u.id = kroles.asker() AND (page.after IS NULL OR u.id > page.after);
        END IF;
    END IF;
    RETURN kroles.authzen_answer(results, positions, page.most, page.after);
END $$;

COMMENT ON FUNCTION kroles.authzen_search_subject(jsonb) IS 'Implementation of kroles_authzen_search_subject()';

REVOKE EXECUTE ON FUNCTION kroles.authzen_search_subject(jsonb) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_authzen_search_subject(jsonb) RETURNS jsonb
    LANGUAGE c STABLE COST 10000 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_authzen_search_subject(jsonb) IS
    'AuthZEN 1.0, Subject Search: the users, by login and in the order of their ids, who have the right on the resource. For callers who may not ask about other users there: the current user alone, or nobody. page.limit: default 100, at most 1,000; page.token: the page.next_token of the answer before. Error 22023 for a malformed request';

-- ---- Resources ----

CREATE FUNCTION kroles.authzen_list(action kroles.action, kind kroles.object_kind, user_id bigint, self boolean, after bigint, max_rows integer)
    RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_page($6, 0);
    IF $4 OR kroles.reads_for_others('site', NULL) THEN
        RETURN QUERY SELECT @extschema@.kroles_list($1, $2, $3, $5, $6);
    ELSIF $2 <> 'site' THEN
        RETURN QUERY SELECT l.id FROM @extschema@.kroles_list('manage', $2) AS l (id)
            WHERE ($5 IS NULL OR l.id > $5) AND @extschema@.kroles_can($3, $1, $2, l.id) ORDER BY l.id LIMIT $6;
    END IF;
END $$;

COMMENT ON FUNCTION kroles.authzen_list(kroles.action, kroles.object_kind, bigint, boolean, bigint, integer) IS
    'A page of the objects on which that user has the right, of those about which the current subject may ask: all for itself (self), administrators and auditors, else those that it manages';

CREATE FUNCTION kroles.authzen_search_resource(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    page record;
    subject record;
    results jsonb[];
    positions bigint[];
BEGIN
    PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{subject.type, subject.id, action.name, resource.type}'));
    page := kroles.authzen_page($1);
    subject := kroles.authzen_subject($1 -> 'subject');
    IF kroles.authzen_unknown($1) IS NULL AND subject.known THEN
        SELECT array_agg(jsonb_build_object('type', $1 #>> '{resource, type}', 'id', coalesce(l.id::text, 'site')) ORDER BY l.id),
               array_agg(coalesce(l.id, 0) ORDER BY l.id)
        INTO results, positions
        FROM kroles.authzen_list(($1 #>> '{action, name}')::kroles.action, ($1 #>> '{resource, type}')::kroles.object_kind, subject.user_id,
            kroles.authzen_is_self($1 -> 'subject', subject.user_id), page.after, page.most + 1) AS l (id);
    END IF;
    RETURN kroles.authzen_answer(results, positions, page.most, page.after);
END $$;

COMMENT ON FUNCTION kroles.authzen_search_resource(jsonb) IS 'Implementation of kroles_authzen_search_resource()';

REVOKE EXECUTE ON FUNCTION kroles.authzen_search_resource(jsonb) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_authzen_search_resource(jsonb) RETURNS jsonb
    LANGUAGE c STABLE COST 10000 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_authzen_search_resource(jsonb) IS
    'AuthZEN 1.0, Resource Search: the objects of that type, by ascending id, on which the subject has the right. About other users for administrators and auditors; for others of those objects that they manage. Pages as in kroles_authzen_search_subject(). Error 22023 for a malformed request';

-- ---- Actions ----

CREATE FUNCTION kroles.authzen_search_action(request jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    page record;
    subject record;
    kind kroles.object_kind;
    object bigint;
    results jsonb[];
    positions bigint[];
BEGIN
    PERFORM kroles.authzen_refuse(kroles.authzen_mistake($1, '{subject.type, subject.id, resource.type, resource.id}'));
    page := kroles.authzen_page($1);
    subject := kroles.authzen_subject($1 -> 'subject');
    IF kroles.authzen_unknown($1 - 'action') IS NULL AND subject.known THEN
        kind := ($1 #>> '{resource, type}')::kroles.object_kind;
        object := kroles.authzen_object($1 -> 'resource');
        IF kroles.authzen_is_self($1 -> 'subject', subject.user_id) OR kroles.reads_for_others(kind, object) THEN
            SELECT array_agg(jsonb_build_object('name', a.name) ORDER BY a.n), array_agg(a.n ORDER BY a.n)
            INTO results, positions
            FROM unnest(@extschema@.kroles_rights(kind, object, subject.user_id)) WITH ORDINALITY AS a (name, n)
            WHERE page.after IS NULL OR a.n > page.after;
        END IF;
    END IF;
    RETURN kroles.authzen_answer(results, positions, page.most, page.after);
END $$;

COMMENT ON FUNCTION kroles.authzen_search_action(jsonb) IS 'Implementation of kroles_authzen_search_action()';

REVOKE EXECUTE ON FUNCTION kroles.authzen_search_action(jsonb) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_authzen_search_action(jsonb) RETURNS jsonb
    LANGUAGE c STABLE COST 200 AS 'MODULE_PATHNAME', 'kroles_as_owner';

COMMENT ON FUNCTION @extschema@.kroles_authzen_search_action(jsonb) IS
    'AuthZEN 1.0, Action Search: the rights that the subject has on the resource, in the order of kroles.action. Nothing where the current subject may not ask. Pages as in kroles_authzen_search_subject(). Error 22023 for a malformed request';

-- Steps of kroles.upgrade_tables(): what the tables of an earlier version lack. (A new database has it from src/sql/tables.)

CREATE FUNCTION kroles.check_names() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text := (SELECT string_agg(w.row, ', ' ORDER BY w.row) FROM (
        SELECT format('kroles.users %s', u.id) FROM kroles.users u WHERE NOT (kroles.is_trimmed(u.login) AND kroles.is_visible(u.login))
        UNION ALL SELECT format('kroles.groups %s', g.id) FROM kroles.groups g WHERE NOT kroles.is_trimmed(g.name)
        UNION ALL SELECT format('kroles.spaces %s', s.id) FROM kroles.spaces s WHERE NOT kroles.is_trimmed(s.external_id)
        UNION ALL SELECT format('kroles.media %s', m.id) FROM kroles.media m WHERE NOT kroles.is_trimmed(m.external_id)
        UNION ALL SELECT format('kroles.events %s', e.id) FROM kroles.events e WHERE NOT kroles.is_trimmed(e.external_id)
        LIMIT 20) AS w (row));
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'logins, names of groups or external ids have invisible characters around or in them' USING ERRCODE = 'check_violation',
            DETAIL = format('These rows do, by id: %s.', wrong), HINT = 'Change them, then SELECT kroles_install() again. Until then everything is answered with the tables as they are.';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.check_names() IS
    'For the step from 1.0.0: error 23514 with the rows (up to 20) whose login, name or external id the new constraints would refuse';

REVOKE EXECUTE ON FUNCTION kroles.check_names() FROM PUBLIC;

-- Former logins are known from the log.
CREATE FUNCTION kroles.retire_logged_logins() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kroles.retired_external_ids (relation, external_id, object_id)
    SELECT DISTINCT CASE WHEN d.object_id IS NULL THEN 'users' ELSE 'deleted users' END, lower(l.before->>'login'), object_id
    FROM kroles.audit_log l
    LEFT JOIN (SELECT DISTINCT a.object_id FROM kroles.audit_log a WHERE a.relation = 'kroles.users' AND a.operation = 'DELETE') AS d USING (object_id)
    WHERE l.relation = 'kroles.users' AND l.operation IN ('UPDATE', 'DELETE') AND l.before->>'login' IS NOT NULL AND object_id IS NOT NULL
      AND (l.operation = 'DELETE' OR l.before->>'login' IS DISTINCT FROM l.after->>'login')
    ON CONFLICT DO NOTHING;
    UPDATE kroles.users u SET tokens_valid_after = greatest(u.tokens_valid_after, statement_timestamp())
    WHERE EXISTS (SELECT FROM kroles.retired_external_ids r WHERE r.external_id = lower(u.login)
                  AND (r.relation = 'deleted users' OR r.relation = 'users' AND r.object_id <> u.id));
END $$;

COMMENT ON FUNCTION kroles.retire_logged_logins() IS
    'For the step from 1.0.0: records the former logins that the log has, and refuses the older tokens of users who have one of another user';

REVOKE EXECUTE ON FUNCTION kroles.retire_logged_logins() FROM PUBLIC;

-- Playlists of persons.
CREATE FUNCTION kroles.upgrade_playlists() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.playlists ALTER COLUMN space_id DROP NOT NULL,
        ADD COLUMN owner_id bigint CONSTRAINT playlists_owner_must_be_a_user REFERENCES kroles.users ON DELETE CASCADE,
        ADD CONSTRAINT playlists_id_with_owner_is_unique UNIQUE (id, owner_id),
        ADD CONSTRAINT playlists_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1);
    CREATE INDEX playlists_owner ON kroles.playlists (owner_id) WHERE owner_id IS NOT NULL;
    ALTER TABLE kroles.playlist_items DROP CONSTRAINT playlist_items_playlist_must_exist, ADD COLUMN owner_id bigint;
    ALTER TABLE kroles.playlist_items
        ADD CONSTRAINT playlist_items_playlist_must_exist
            FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) ON DELETE CASCADE,
        ADD CONSTRAINT playlist_items_personal_playlist_must_exist
            FOREIGN KEY (playlist_id, owner_id) REFERENCES kroles.playlists (id, owner_id) ON DELETE CASCADE,
        ADD CONSTRAINT playlist_items_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1);
    CREATE INDEX playlist_items_owner ON kroles.playlist_items (owner_id, playlist_id) WHERE owner_id IS NOT NULL;
    ALTER POLICY read ON kroles.playlists
        USING (kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY add ON kroles.playlists
        WITH CHECK (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY change ON kroles.playlists
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY remove ON kroles.playlists
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));

    ALTER POLICY read ON kroles.playlist_items
        USING ((kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
                OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
            AND kroles.can('view', 'media', media_id));
    ALTER POLICY add ON kroles.playlist_items
        WITH CHECK ((kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
                OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
            AND kroles.can('view', 'media', media_id));
    ALTER POLICY change ON kroles.playlist_items
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY remove ON kroles.playlist_items
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    DROP TRIGGER guard_channel ON kroles.playlists;
    DROP TRIGGER guard_space ON kroles.playlists;
    DROP TRIGGER guard_row ON kroles.playlist_items;
    DROP TRIGGER fill_space ON kroles.playlist_items;
    DROP TRIGGER place ON kroles.playlist_items;
    DROP TRIGGER guard_remove ON kroles.playlists;
    DROP TRIGGER guard_remove ON kroles.playlist_items;
    CREATE TRIGGER fill_owner BEFORE INSERT ON kroles.playlists
        FOR EACH ROW WHEN (NEW.space_id IS NULL AND NEW.owner_id IS NULL) EXECUTE FUNCTION kroles.fill_owner();
    CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists
        FOR EACH ROW WHEN (NEW.space_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_playlist();
    CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
        FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
        EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
    CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.playlists
        FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id)
        EXECUTE FUNCTION kroles.refuse('the owner of a playlist cannot be changed', '23514', 'Create a new playlist.', 'playlists_owner_is_fixed');
    CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
        FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
            OR OLD.space_id IS DISTINCT FROM NEW.space_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
        EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
            'playlist_items_only_position_changes');
    CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
        FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();
    CREATE TRIGGER place BEFORE INSERT ON kroles.playlist_items
        FOR EACH ROW WHEN ((kroles.space_can('organize', NEW.space_id) OR kroles.holds(NEW.owner_id, NULL))
            AND kroles.can('view', 'media', NEW.media_id) OR kroles.can('administer', 'site'))
        EXECUTE FUNCTION kroles.append_position();
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.playlists FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT (kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))))
        EXECUTE FUNCTION kroles.keep_row();
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.playlist_items FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT (kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))))
        EXECUTE FUNCTION kroles.keep_row();
    COMMENT ON TABLE kroles.playlists IS 'The playlists of channels, and those of persons';
    COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed. NULL for a personal playlist';
    COMMENT ON COLUMN kroles.playlists.owner_id IS 'The person whose playlist it is; fixed. Filled in by a trigger where INSERT names neither a channel nor a person; NULL for a playlist of a channel';
    COMMENT ON COLUMN kroles.playlist_items.owner_id IS 'The person whose playlist it is, filled in likewise';
    CREATE VIEW kroles.my_playlists WITH (security_invoker = true) AS
        SELECT id, name, created_at FROM kroles.playlists WHERE owner_id = kroles.asker();
    COMMENT ON VIEW kroles.my_playlists IS
        'The personal playlists of the current user; empty without a user. INSERT makes one, UPDATE of name and DELETE as on kroles.playlists. kroles_my_playlists() is for pages: without a user it raises an error';
    COMMENT ON COLUMN kroles.my_playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
    COMMENT ON COLUMN kroles.my_playlists.name IS 'The display name';
    COMMENT ON COLUMN kroles.my_playlists.created_at IS 'When the row was created';
    PERFORM kroles.complete_relation('my_playlists');
END $step$;

COMMENT ON FUNCTION kroles.upgrade_playlists() IS 'For the step from 1.0.0: playlists of persons';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_playlists() FROM PUBLIC;

-- Requests to join, and names of people.
CREATE FUNCTION kroles.upgrade_joining() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.settings ADD COLUMN people_shown_to kroles.people_audience NOT NULL DEFAULT 'logged_in';
    ALTER TABLE kroles.spaces ADD COLUMN joining kroles.joining_policy NOT NULL DEFAULT 'closed';
    CREATE INDEX spaces_joinable ON kroles.spaces (lower(left(name, 100)), id) WHERE joining <> 'closed';
    COMMENT ON COLUMN kroles.settings.people_shown_to IS 'To whom kroles.people shows the names of users: nobody but administrators, logged_in (default) users, or everyone: anonymous sessions too, where allow_anonymous is on. Users see their own in any case';
    COMMENT ON COLUMN kroles.spaces.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    CREATE SEQUENCE kroles.join_requests_id_seq;
    CREATE TABLE kroles.join_requests (
        id                  bigint DEFAULT kroles.next_id('kroles.join_requests_id_seq') CONSTRAINT join_requests_id_is_unique PRIMARY KEY,
        space_id            bigint NOT NULL
            CONSTRAINT join_requests_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
        user_id             bigint NOT NULL
            CONSTRAINT join_requests_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
        message             text
            CONSTRAINT join_requests_message_is_short CHECK (length(message) <= 2000),
        status              kroles.join_status NOT NULL DEFAULT 'pending',
        requested_at        timestamptz NOT NULL DEFAULT now(),
        answered_by         bigint
            CONSTRAINT join_requests_answerer_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
        answered_at         timestamptz,
        reason              text,
        CONSTRAINT join_requests_one_a_user_and_space UNIQUE (user_id, space_id)
    );
    CREATE INDEX join_requests_space ON kroles.join_requests (space_id, status, requested_at, id);
    CREATE INDEX join_requests_answerer ON kroles.join_requests (answered_by);
    COMMENT ON TABLE kroles.join_requests IS
        'Requests to join a channel or gallery, one for each user and space; visible to the asker and to users with manage_members there. kroles_request_to_join() makes them, kroles_answer_request() answers them. DELETE withdraws one''s own while it is pending; users with manage_members delete any';
    COMMENT ON COLUMN kroles.join_requests.id IS 'The id of the request';
    COMMENT ON COLUMN kroles.join_requests.space_id IS 'The channel or gallery';
    COMMENT ON COLUMN kroles.join_requests.user_id IS 'The user who asks';
    COMMENT ON COLUMN kroles.join_requests.message IS 'What the user says to those who answer; up to 2,000 characters';
    COMMENT ON COLUMN kroles.join_requests.status IS 'pending until it is answered. A rejected one remains, and the user cannot ask again, until a user with manage_members deletes it; an approved one is replaced if the user asks again, without a grant';
    COMMENT ON COLUMN kroles.join_requests.requested_at IS 'When the user asked';
    COMMENT ON COLUMN kroles.join_requests.answered_by IS 'The user who answered; NULL for a session without a user, and when the user is deleted';
    COMMENT ON COLUMN kroles.join_requests.answered_at IS 'When it was answered; NULL until then';
    COMMENT ON COLUMN kroles.join_requests.reason IS 'The reason for the answer';
    CREATE POLICY read ON kroles.join_requests FOR SELECT
        USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id));
    CREATE POLICY add ON kroles.join_requests FOR INSERT
        WITH CHECK (kroles.can('administer', 'site'));
    CREATE POLICY change ON kroles.join_requests FOR UPDATE
        USING (kroles.can('administer', 'site'));
    CREATE POLICY remove ON kroles.join_requests FOR DELETE
        USING ((kroles.holds(user_id, NULL) AND status = 'pending') OR kroles.space_can('manage_members', space_id));
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.join_requests FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT ((kroles.holds(OLD.user_id, NULL) AND OLD.status = 'pending') OR kroles.space_can('manage_members', OLD.space_id)))
        EXECUTE FUNCTION kroles.keep_row();
    PERFORM kroles.complete_relation('join_requests');
    ALTER POLICY read ON kroles.audit_log
        USING (kroles.can('administer', 'site')
            OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
            CASE object_kind
                WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                    OR kroles.can('moderate', 'media', object_id)
                WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
                ELSE false END
            OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
    CREATE OR REPLACE VIEW kroles.channels WITH (security_invoker = true) AS
        SELECT id, kind, type, external_id, name, owner_id, moderated, created_at, joining
        FROM kroles.spaces WHERE kind = 'channel'
        WITH CASCADED CHECK OPTION;
    CREATE OR REPLACE VIEW kroles.galleries WITH (security_invoker = true) AS
        SELECT id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at, joining
        FROM kroles.spaces WHERE kind = 'gallery'
        WITH CASCADED CHECK OPTION;
    COMMENT ON COLUMN kroles.channels.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    COMMENT ON COLUMN kroles.galleries.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    CREATE VIEW kroles.people WITH (security_barrier = true, security_invoker = false) AS
        SELECT u.id, nullif(btrim(u.name), '') AS name, kroles.initials(u.name) AS initials, u.avatar_url, u.title
        FROM kroles.users u
        WHERE ((SELECT kroles.shows_people()) OR kroles.holds(u.id, NULL)) AND NOT u.blocked
          AND u.id <> ALL (ARRAY(SELECT b.user_id FROM kroles.user_blocks b));
    COMMENT ON VIEW kroles.people IS
        'The names of users who are not blocked, without login and email, for pages that show whose media it is: by one join. settings.people_shown_to says to whom; users see their own in any case. Read only';
    COMMENT ON COLUMN kroles.people.name IS 'The display name; NULL where it is blank';
    COMMENT ON COLUMN kroles.people.initials IS 'The initials of the first and the last word of the name, shown in place of a picture; NULL for a blank name';
    CREATE TRIGGER guard_read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON kroles.people
        FOR EACH ROW EXECUTE FUNCTION kroles.refuse('kroles.people is read only', '42501', 'Users change their own name, picture and title in kroles.users.');
    COMMENT ON COLUMN kroles.people.id IS 'The id of the user; assigned by the database (administrators may supply one) and fixed';
    COMMENT ON COLUMN kroles.people.avatar_url IS 'URL of the picture; without one, lists show initials';
    COMMENT ON COLUMN kroles.people.title IS 'Title or position, for the speaker card';
    PERFORM kroles.complete_relation('people');
END $step$;

COMMENT ON FUNCTION kroles.upgrade_joining() IS 'For the step from 1.0.0: requests to join spaces, and names of people';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_joining() FROM PUBLIC;

-- Indexes of the audit log for questions about an earlier time.
CREATE FUNCTION kroles.upgrade_past() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    CREATE INDEX audit_log_own_rows ON kroles.audit_log (object_kind, object_id, id) WHERE relation IN ('kroles.spaces', 'kroles.events');
    CREATE INDEX audit_log_moved ON kroles.audit_log (relation, id)
        WHERE operation IN ('TRUNCATE', 'TRIM') OR operation = 'UPDATE' AND (before ->> 'media_id' <> after ->> 'media_id'
           OR before ->> 'space_id' <> after ->> 'space_id' OR before ->> 'event_id' <> after ->> 'event_id'
           OR before ->> 'group_id' <> after ->> 'group_id');
    COMMENT ON COLUMN kroles.audit_log.operation IS 'INSERT, UPDATE, DELETE or TRUNCATE; PROTECT or UNPROTECT of a table; END SESSIONS of a user; TRIM of the log itself';
END $step$;

COMMENT ON FUNCTION kroles.upgrade_past() IS 'For the step from 1.0.0: indexes of the audit log for questions about an earlier time';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_past() FROM PUBLIC;

CREATE FUNCTION kroles.upgrade_windows() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.group_members ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT group_members_ends_after_it_starts CHECK (starts_at < expires_at);
    CREATE INDEX group_members_windows ON kroles.group_members (user_id, group_id) INCLUDE (starts_at, expires_at)
        WHERE starts_at IS NOT NULL OR expires_at IS NOT NULL;
    ALTER TABLE kroles.space_members ADD COLUMN starts_at timestamptz,
        ADD CONSTRAINT space_members_ends_after_it_starts CHECK (starts_at < expires_at);
    DROP INDEX kroles.space_members_user, kroles.space_members_group;
    CREATE INDEX space_members_user ON kroles.space_members (user_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE user_id IS NOT NULL;
    CREATE INDEX space_members_group ON kroles.space_members (group_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE group_id IS NOT NULL;
    ALTER TABLE kroles.media ADD COLUMN available_from timestamptz, ADD COLUMN available_until timestamptz,
        ADD CONSTRAINT media_available_until_is_after_available_from CHECK (available_from < available_until);
    CREATE INDEX media_windows ON kroles.media (id) INCLUDE (available_from, available_until)
        WHERE available_from IS NOT NULL OR available_until IS NOT NULL;
    ALTER TABLE kroles.room_participants ADD COLUMN began_available boolean NOT NULL DEFAULT true;
    COMMENT ON COLUMN kroles.room_participants.began_available IS 'Whether the media was available when the user joined (media.available_from, available_until): then the stay ends when it no longer is';
    CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF available_from, available_until ON kroles.media
        FOR EACH ROW WHEN (NOT kroles.in_window(OLD.available_from, OLD.available_until) OR NOT kroles.in_window(NEW.available_from, NEW.available_until)) EXECUTE FUNCTION kroles.end_run_out_stays();
    ALTER TABLE kroles.media_collaborators ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT media_collaborators_ends_after_it_starts CHECK (starts_at < expires_at);
    ALTER TABLE kroles.media_moderators ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT media_moderators_ends_after_it_starts CHECK (starts_at < expires_at);
    ALTER TABLE kroles.event_participants ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT event_participants_ends_after_it_starts CHECK (starts_at < expires_at),
        ADD CONSTRAINT event_participants_organizer_has_no_window CHECK (role <> 'organizer' OR num_nonnulls(starts_at, expires_at) = 0);
    DROP INDEX kroles.event_participants_user, kroles.event_participants_group;
    CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE user_id IS NOT NULL;
    CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE group_id IS NOT NULL;
    CREATE OR REPLACE VIEW kroles.my_media WITH (security_invoker = true) AS
        SELECT id, external_id, type, name, owner_id, created_at, available_from, available_until
        FROM kroles.media
        WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
    COMMENT ON COLUMN kroles.group_members.starts_at IS 'The membership is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.group_members.expires_at IS 'The membership is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.space_members.starts_at IS 'The grant is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the time of availability, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';
    COMMENT ON COLUMN kroles.media_collaborators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_collaborators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.media_moderators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_moderators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.event_participants.starts_at IS 'The role is in force from this time on; NULL: it has begun. An organizer has no window';
    COMMENT ON COLUMN kroles.event_participants.expires_at IS 'The role is not in force from this time on; NULL: it does not expire. An organizer has no window';
    COMMENT ON COLUMN kroles.my_media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.my_media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    CREATE OR REPLACE VIEW kroles.group_member_import WITH (security_invoker = true) AS
        SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login, NULL::text AS starts_at, NULL::text AS expires_at WHERE false;
    CREATE OR REPLACE VIEW kroles.space_member_import WITH (security_invoker = true) AS
        SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
               NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at, NULL::text AS starts_at
        WHERE false;
    COMMENT ON COLUMN kroles.group_member_import.starts_at IS 'When the membership begins; "always" (the default for a new member) for one without a start';
    COMMENT ON COLUMN kroles.group_member_import.expires_at IS 'When the membership ends; "never" (the default for a new member) for one without an end';
    COMMENT ON COLUMN kroles.space_member_import.starts_at IS 'When the grant begins; "always" (the default for a new member) for a grant without a start';
END $step$;

COMMENT ON FUNCTION kroles.upgrade_windows() IS 'For the step from 1.0.0: windows of grants and of media';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_windows() FROM PUBLIC;

CREATE FUNCTION kroles.upgrade_from_1_0_0() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    PERFORM kroles.check_names();
    PERFORM kroles.upgrade_windows();
    ALTER TABLE kroles.settings ADD COLUMN case_insensitive_logins boolean NOT NULL DEFAULT false;
    ALTER TABLE kroles.users ADD CONSTRAINT users_login_has_only_visible_characters
        CHECK (kroles.is_trimmed(login) AND kroles.is_visible(login));
    ALTER TABLE kroles.groups ADD CONSTRAINT groups_name_is_trimmed CHECK (kroles.is_trimmed(name));
    ALTER TABLE kroles.spaces ADD CONSTRAINT spaces_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.media ADD CONSTRAINT media_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.events ADD CONSTRAINT events_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    PERFORM kroles.retire_logged_logins();
    PERFORM kroles.upgrade_playlists();
    PERFORM kroles.upgrade_joining();
    PERFORM kroles.upgrade_review();
    PERFORM kroles.upgrade_past();
    PERFORM kroles.upgrade_access_changes();
    CREATE TRIGGER fold_login BEFORE INSERT OR UPDATE OF login ON kroles.users
        FOR EACH ROW EXECUTE FUNCTION kroles.fold_login();
    CREATE TRIGGER fold_logins AFTER UPDATE OF case_insensitive_logins ON kroles.settings
        FOR EACH ROW WHEN (NEW.case_insensitive_logins AND NOT OLD.case_insensitive_logins)
        EXECUTE FUNCTION kroles.fold_logins();
    CREATE TRIGGER guard_last_administrator AFTER DELETE ON kroles.users
        FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_last_administrator_still AFTER UPDATE OF administrator, blocked ON kroles.users
        FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked AND NOT (NEW.administrator AND NOT NEW.blocked))
        EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_last_administrator AFTER INSERT ON kroles.user_blocks
        FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_tokens BEFORE INSERT ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.guard_tokens();
    CREATE TRIGGER guard_tokens_changed BEFORE UPDATE OF login, tokens_valid_after ON kroles.users
        FOR EACH ROW WHEN (OLD.login <> NEW.login OR OLD.tokens_valid_after IS DISTINCT FROM NEW.tokens_valid_after)
        EXECUTE FUNCTION kroles.guard_tokens();
    CREATE TRIGGER retire_login BEFORE DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.retire_login();
    CREATE TRIGGER retire_login_changed BEFORE UPDATE OF login ON kroles.users
        FOR EACH ROW WHEN (OLD.login <> NEW.login) EXECUTE FUNCTION kroles.retire_login();
    CREATE TRIGGER retire_logins BEFORE TRUNCATE ON kroles.users FOR EACH STATEMENT EXECUTE FUNCTION kroles.retire_login();
    CREATE OR REPLACE VIEW kroles.moderation_queue WITH (security_invoker = true) AS
        SELECT p.media_id, p.space_id, p.status, p.published_by, p.published_at, p.reason,
               (SELECT m.name FROM kroles.media m WHERE m.id = p.media_id) AS media_name,
               (SELECT s.name FROM kroles.spaces s WHERE s.id = p.space_id) AS space_name,
               (SELECT m.type FROM kroles.media m WHERE m.id = p.media_id) AS media_type,
               @extschema@.kroles_publisher_name(p.media_id, p.space_id) AS publisher_name,
               (SELECT m.available_from FROM kroles.media m WHERE m.id = p.media_id) AS available_from,
               (SELECT m.available_until FROM kroles.media m WHERE m.id = p.media_id) AS available_until
        FROM kroles.publications p
        WHERE p.status = 'pending' AND kroles.space_can('moderate', p.space_id);
    COMMENT ON COLUMN kroles.moderation_queue.available_from IS 'The start of the time in which the media is available; NULL: no limit';
    COMMENT ON COLUMN kroles.moderation_queue.available_until IS 'The end of that time; NULL: no limit';
    COMMENT ON COLUMN kroles.settings.case_insensitive_logins IS
        'Whether case does not matter in logins (default off). While it is on, logins are stored in lower case, and tokens, gateways and lists may write them in any; it cannot be turned on while logins differ in case alone';
    COMMENT ON COLUMN kroles.users.login IS 'The name that tokens and gateways use for the user; compared case-sensitively, unless settings.case_insensitive_logins is on';
    COMMENT ON COLUMN kroles.users.tokens_valid_after IS 'Tokens issued before this time are refused; NULL: none. Set by a trigger, and never to an earlier time, for a user whose login another user had';
    COMMENT ON TABLE kroles.retired_external_ids IS
        'Former external ids of spaces, media and events, recorded by triggers: only administrators may assign them to another object; and former logins of users, so that old tokens are refused where a login is given again. Visible to administrators';
    COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media, events or users; "deleted users" for logins of users who no longer exist';
    COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id; of a user the login, in lower case';
    COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object or user that had it';
    COMMENT ON COLUMN kroles.moderation_queue.media_type IS 'The media''s type';
    COMMENT ON COLUMN kroles.moderation_queue.publisher_name IS 'The name of the user who published, or the login where the user has no name';
    CREATE OR REPLACE VIEW kroles.tables_version WITH (security_invoker = true) AS SELECT '1.1.0'::text AS version;
END $step$;

COMMENT ON FUNCTION kroles.upgrade_from_1_0_0() IS 'The step of kroles.upgrade_tables() from 1.0.0';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_from_1_0_0() FROM PUBLIC;

-- The step from 1.0.0: changes of rights that are recorded.

CREATE FUNCTION kroles.upgrade_access_changes() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.settings ADD COLUMN record_access_changes boolean NOT NULL DEFAULT false,
        ADD COLUMN access_change_actions kroles.action[]
            CONSTRAINT settings_access_change_actions_names_no_null CHECK (array_position(access_change_actions, NULL) IS NULL);
    COMMENT ON COLUMN kroles.settings.record_access_changes IS 'Whether kroles.access_changes records who gains and loses which right (default off). While it is on, transactions that change rights commit one after another, a prepared one holds up the others, and TRUNCATE of a table that rights depend on is refused on COMMIT';
    COMMENT ON COLUMN kroles.settings.access_change_actions IS 'The rights whose changes are recorded there; NULL (the default): all';
    CREATE TABLE kroles.access_changes (
        id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT access_changes_id_is_unique PRIMARY KEY,
        txid                xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at                  timestamptz NOT NULL DEFAULT now(),
        user_id             bigint,
        action              kroles.action NOT NULL,
        kind                kroles.object_kind NOT NULL,
        object_id           bigint,
        allowed             boolean NOT NULL
    );
    COMMENT ON TABLE kroles.access_changes IS 'Who gained and lost which right, recorded in the transaction that changed it, where settings.record_access_changes is on: for search indexes, notices and caches outside. Transactions that record commit one after another, and ids ascend in that order, so a reader that keeps the highest id it has read misses none. A committing transaction notifies the channel kroles_access_changes, with the highest id; a prepared one does not. Rights that begin or end by time (starts_at, expires_at, available_from, the length of a stay in a room) are not changes of rows, and have no rows here. Read by administrators and auditors, deleted by administrators';
    COMMENT ON COLUMN kroles.access_changes.id IS 'Ascending in the order of commits';
    COMMENT ON COLUMN kroles.access_changes.txid IS 'The id of the transaction, as in kroles.audit_log';
    COMMENT ON COLUMN kroles.access_changes.at IS 'When the transaction began';
    COMMENT ON COLUMN kroles.access_changes.user_id IS 'The user; NULL for anonymous. No foreign key: the row remains when the user is deleted';
    COMMENT ON COLUMN kroles.access_changes.action IS 'The right';
    COMMENT ON COLUMN kroles.access_changes.kind IS 'The kind of the object';
    COMMENT ON COLUMN kroles.access_changes.object_id IS 'Its id; NULL for the site. No foreign key: the row remains when the object is deleted';
    COMMENT ON COLUMN kroles.access_changes.allowed IS 'Whether the user has the right since the transaction (gained), or has it no more (lost)';
    CREATE POLICY read ON kroles.access_changes FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    CREATE POLICY remove ON kroles.access_changes FOR DELETE USING (kroles.can('administer', 'site'));
    PERFORM kroles.complete_relation('access_changes');
END $step$;

COMMENT ON FUNCTION kroles.upgrade_access_changes() IS 'For the step from 1.0.0: changes of rights that are recorded';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_access_changes() FROM PUBLIC;

-- The step from 1.0.0, continued: auditors, and when users last saw objects.

CREATE FUNCTION kroles.upgrade_review() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    PERFORM kroles.make_review_tables();
    PERFORM kroles.complete_relation('auditors');
    PERFORM kroles.complete_relation('last_seen');
    ALTER POLICY read ON kroles.users
        USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.user_blocks
        USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.groups
        USING (kroles.holds(NULL, id) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.group_members
        USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.space_members
        USING (kroles.holds(user_id, group_id) OR kroles.space_can('manage_members', space_id)
            OR kroles.space_can('moderate', space_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_collaborators
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_moderators
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.media_speakers
        USING ((visible AND kroles.can('view', 'media', media_id)) OR kroles.holds(user_id, NULL)
            OR kroles.can('manage_speakers', 'media', media_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.event_participants
        USING (kroles.holds(user_id, group_id) OR kroles.can('manage_participants', 'event', event_id)
            OR kroles.can('moderate', 'event', event_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.room_participants
        USING (kroles.holds(user_id, NULL) OR kroles.can('moderate_room', 'room', media_id)
            OR kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.join_requests
        USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id) OR kroles.is_auditor());
    ALTER POLICY read ON kroles.gateways USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.signing_keys USING (kroles.can('administer', 'site') OR kroles.is_auditor());
    ALTER POLICY read ON kroles.audit_log
        USING (kroles.can('administer', 'site')
            OR kroles.is_auditor() AND NOT (object_kind = 'user' AND relation IN ('kroles.playlists', 'kroles.playlist_items'))
            OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
            CASE object_kind
                WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                    OR kroles.can('moderate', 'media', object_id)
                WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
                ELSE false END
            OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
END $step$;

COMMENT ON FUNCTION kroles.upgrade_review() IS 'For the step from 1.0.0: auditors, and when users last saw objects';

REVOKE EXECUTE ON FUNCTION kroles.upgrade_review() FROM PUBLIC;

-- One step for each version whose tables differ from those of the version before.
CREATE OR REPLACE FUNCTION kroles.upgrade_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text := kroles.version_of_tables();
BEGIN
    IF version = '1.0.0' THEN
        PERFORM kroles.upgrade_from_1_0_0();
        version := '1.1.0';
    END IF;
    IF version IS DISTINCT FROM '1.1.0' THEN
        RAISE EXCEPTION 'the tables are of version % of kroles, the extension is of version 1.1.0', version
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Install the newer of the two versions, and use ALTER EXTENSION kroles UPDATE.';
    END IF;
END $$;

-- What the doctor calls a danger in row-level security, policies and triggers. A warning: whoever has disabled a trigger on purpose
-- must still be able to upgrade.
CREATE FUNCTION kroles.warn_of_altered_guards() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    altered text[] := ARRAY(
        SELECT format('%s: %s', w.subject, w.weakness)
        FROM (SELECT * FROM kroles.doctor_security() UNION ALL SELECT * FROM kroles.doctor_policies()) AS w
        WHERE w.severity = 'danger'
        ORDER BY w.subject COLLATE "C", w.weakness COLLATE "C");
BEGIN
    IF altered <> '{}' THEN
        RAISE WARNING 'what guards the tables is not as it was made' USING
            DETAIL = array_to_string(altered[:20], E'\n') || CASE WHEN cardinality(altered) > 20 THEN format(E'\nand %s more', cardinality(altered) - 20) ELSE '' END,
            HINT = 'SELECT * FROM kroles_doctor(); has the remedies.';
    END IF;
END $$;

COMMENT ON FUNCTION kroles.warn_of_altered_guards() IS
    'For kroles_install(): a warning that names the triggers and policies that are disabled, altered or not those of kroles (up to 20)';

REVOKE EXECUTE ON FUNCTION kroles.warn_of_altered_guards() FROM PUBLIC;

-- PUBLIC gets what it has in a new database where no privilege was ever granted or revoked, as after a restore without privileges.
-- Elsewhere it is the site's decision.
CREATE FUNCTION kroles.grant_to_public() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relation text;
BEGIN
    IF (SELECT n.nspacl IS NULL FROM pg_namespace n WHERE n.nspname = 'kroles') THEN
        GRANT USAGE ON SCHEMA kroles TO PUBLIC;
    END IF;
    FOR relation IN
        SELECT r.name FROM kroles.relations() r JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name))
        WHERE 'public' = ANY (r.traits) AND c.relacl IS NULL
    LOOP
        EXECUTE format('GRANT SELECT ON kroles.%I TO PUBLIC', relation);
    END LOOP;
END $$;

COMMENT ON FUNCTION kroles.grant_to_public() IS
    'For kroles_install(): gives PUBLIC what it has in a new database, on the schema and those tables and views that have no privileges at all';

REVOKE EXECUTE ON FUNCTION kroles.grant_to_public() FROM PUBLIC;

CREATE OR REPLACE FUNCTION @extschema@.kroles_install(with_rows boolean DEFAULT true) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours text[] := ARRAY(SELECT r.name FROM kroles.relations() r
                         WHERE 'member' <> ALL (r.traits) AND to_regclass(format('kroles.%I', r.name)) IS NOT NULL);
    tables text;
BEGIN
    PERFORM kroles.check_installable();
    tables := kroles.version_of_tables();
    IF tables IS NULL AND ours <> '{}' THEN
        RAISE EXCEPTION 'some tables of kroles exist, and others do not' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There is no view kroles.tables_version. There are: %s.', array_to_string(ours, ', ')),
            HINT = 'Restore the rest of the dump that they are from, or drop them.';
    ELSIF tables IS NULL THEN
        PERFORM kroles.make_tables();
    END IF;
    PERFORM kroles.upgrade_tables();
    PERFORM kroles.check_complete();
    PERFORM kroles.grant_to_public();
    PERFORM kroles.release_relations();
    PERFORM kroles.enable_tracking();
    PERFORM kroles.warn_of_altered_guards();
    -- A row of media contains an audience: see REVOKE USAGE ON TYPE kroles.audience. And objects with a row type would prevent
    -- changes of the table. Dumps do not include privileges on row types.
    REVOKE USAGE ON TYPE kroles.media FROM PUBLIC;
    -- (in a script of the extension it was noted as a privilege of a member, which a row type is not)
    DELETE FROM pg_init_privs i WHERE (i.classoid, i.objoid) = ('pg_type'::regclass, 'kroles.media'::regtype);
    IF with_rows THEN
        PERFORM kroles.fill_rows();
    END IF;
    RETURN kroles.version_of_tables();
END $$;

COMMENT ON FUNCTION @extschema@.kroles_install(boolean) IS
    'Makes the tables and views of kroles where they do not exist, brings those of an earlier version to the version of the extension, and adds what dumps leave out; returns the version. Repeatable. A warning names triggers and policies that are disabled or altered. PUBLIC is granted something only on what has no privileges at all, as after a restore without them. For superusers: after a restore, and where CREATE EXTENSION was executed with row_security off, as dumps do, which make the tables themselves. with_rows: whether to add the rows that the tables begin with (default true); without them, the data of a dump can be restored. Errors: 42501 for a caller who is no superuser; 55000 where only some of the tables exist, they are of a later version, belong to others, or a restore is not finished';

-- What PUBLIC may call now
GRANT EXECUTE ON FUNCTION kroles.is_walk_short(bigint, bigint) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kroles.first_of_space(bigint, bigint, bigint, bigint) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kroles.first_of_event(bigint, bigint, bigint) TO PUBLIC;
GRANT EXECUTE ON FUNCTION kroles.is_replica() TO PUBLIC;

-- (after what calls them was replaced)
DROP FUNCTION @extschema@.kroles_import_group_members(text, text);
DROP FUNCTION @extschema@.kroles_import_space_members(text, text);
DROP FUNCTION @extschema@.kroles_import_users(text, text);
DROP FUNCTION @extschema@.kroles_set_permissions(bigint, bigint, bigint, text[]);
DROP FUNCTION kroles.import_list(text, text, text);
DROP FUNCTION kroles.list_field(text, text);
DROP FUNCTION kroles.list_places(text, text[]);
DROP FUNCTION kroles.read_list(text, text);
DROP FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.audience);
DROP FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[]);
DROP FUNCTION kroles.stay_counts(timestamptz, timestamptz, integer);
