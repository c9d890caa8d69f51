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
