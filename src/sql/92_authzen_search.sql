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
