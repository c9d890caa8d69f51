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
