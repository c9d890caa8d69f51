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
