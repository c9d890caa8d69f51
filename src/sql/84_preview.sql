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
