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
