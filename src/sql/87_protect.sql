-- Protection of an application's own tables: one policy for each command, which checks one right on the object whose id is in the
-- row. The functions run with the privileges of the caller, so PostgreSQL itself requires the owner of the table.

CREATE FUNCTION kroles.external_can(action kroles.action, kind kroles.object_kind, external_id text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 200 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_external_can';
COMMENT ON FUNCTION kroles.external_can(kroles.action, kroles.object_kind, text) IS
    'For policies: whether the current subject has the right on the object of that kind with that external id, compared exactly. False for one that is hidden or does not exist, and for NULL';

-- The right that each command requires by default. A row is a part of its object: view on the object shows the row, and delete on
-- the object allows deleting the row. Adding a row to a space requires contribute; changing rows, also those of other users,
-- requires manage (edit_contributions exists for channels only, and managers do not have it there). Changing rows of a media
-- requires edit, because contribute includes publishers. Rooms have no right to delete; of the rights on the site only administer
-- refers to its data. A kind that is not listed has view and edit.
CREATE FUNCTION kroles.default_right(kind kroles.object_kind, command text) RETURNS kroles.action
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE command WHEN 'SELECT' THEN coalesce(d.on_select, 'view') WHEN 'INSERT' THEN coalesce(d.on_insert, 'edit')
                        WHEN 'UPDATE' THEN coalesce(d.on_update, 'edit') WHEN 'DELETE' THEN coalesce(d.on_delete, 'edit') END::kroles.action
    FROM (SELECT $1) AS asked LEFT JOIN (VALUES
        ('channel', 'view',       'contribute', 'manage',     'delete'),
        ('gallery', 'view',       'contribute', 'manage',     'delete'),
        ('media',   'view',       'edit',       'edit',       'delete'),
        ('room',    'view',       'contribute', 'manage',     'manage'),
        ('event',   'view',       'contribute', 'manage',     'delete'),
        ('site',    'administer', 'administer', 'administer', 'administer')
    ) AS d (kind, on_select, on_insert, on_update, on_delete) ON d.kind = $1::text
$$;
COMMENT ON FUNCTION kroles.default_right(kroles.object_kind, text) IS
    'The right that kroles_protect requires for the command (SELECT, INSERT, UPDATE, DELETE) by default';

CREATE FUNCTION kroles.qualified_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = relation
$$;
COMMENT ON FUNCTION kroles.qualified_name(regclass) IS 'The qualified name of a relation, quoted, whatever the search path';

CREATE FUNCTION kroles.table_tree(root regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE tree (relation) AS (
        SELECT root::oid
        UNION
        SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relation)
    SELECT relation::regclass FROM tree
$$;
COMMENT ON FUNCTION kroles.table_tree(regclass) IS 'A table with its partitions and the tables that inherit from it, at every level';

-- Resolves domains.
CREATE FUNCTION kroles.base_type(type oid) RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE t (oid, typtype, below) AS (
        SELECT p.oid, p.typtype, p.typbasetype FROM pg_type p WHERE p.oid = $1
        UNION ALL
        SELECT p.oid, p.typtype, p.typbasetype FROM t JOIN pg_type p ON p.oid = t.below WHERE t.typtype = 'd')
    SELECT t.oid FROM t WHERE t.typtype <> 'd'
$$;
COMMENT ON FUNCTION kroles.base_type(oid) IS 'The base type of a domain, through domains over domains; the type itself where it is not a domain';

CREATE FUNCTION kroles.protection_call(relation oid, id_column name, kind kroles.object_kind, action kroles.action)
    RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN kind = 'site' THEN
            format('kroles.can(%L::kroles.action, %L::kroles.object_kind)', action, kind)
        WHEN base IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
            format('kroles.can(%L::kroles.action, %L::kroles.object_kind, %s)', action, kind,
                CASE WHEN type = 'bigint'::regtype THEN quote_ident(id_column) ELSE format('(%I)::bigint', id_column) END)
        WHEN base IN ('text'::regtype, 'character varying'::regtype, 'uuid'::regtype) THEN
            format('kroles.external_can(%L::kroles.action, %L::kroles.object_kind, %s)', action, kind,
                CASE WHEN type = 'text'::regtype THEN quote_ident(id_column) ELSE format('(%I)::text', id_column) END)
    END
    FROM (SELECT 1) AS always
    LEFT JOIN LATERAL (
        SELECT a.atttypid, kroles.base_type(a.atttypid) FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attname = id_column AND a.attnum > 0 AND NOT a.attisdropped) AS c (type, base)
        ON true
$$;
COMMENT ON FUNCTION kroles.protection_call(oid, name, kroles.object_kind, kroles.action) IS
    'The expression of a policy of kroles_protect; NULL where the column does not exist or its type cannot hold ids of that kind';

CREATE FUNCTION kroles.policy_question(expression pg_node_tree, OUT action kroles.action, OUT kind kroles.object_kind,
        OUT id_column smallint, OUT exact boolean)
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_policy_question';
COMMENT ON FUNCTION kroles.policy_question(pg_node_tree) IS
    'The action, kind and column of a policy''s expression that calls kroles.can() or kroles.external_can(); exact where the expression is that call alone, with no other cast than PostgreSQL''s own. Takes no locks';

-- The policies that kroles_protect created. They are recognized by their names and comments or, as a dump may omit comments, by
-- the functions that they call.
CREATE FUNCTION kroles.protection_policies(of_table regclass DEFAULT NULL, OUT policy oid, OUT name name, OUT relation regclass,
        OUT command text, OUT kind kroles.object_kind, OUT action kroles.action, OUT id_column name, OUT as_made boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS MATERIALIZED (
        SELECT p.*, CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END AS command
        FROM pg_policy p
        WHERE p.polname IN ('kroles_select', 'kroles_insert', 'kroles_update', 'kroles_delete')
          AND (of_table IS NULL OR p.polrelid = of_table)
          AND (coalesce(obj_description(p.oid, 'pg_policy') LIKE 'kroles: %', false)
               OR EXISTS (SELECT FROM pg_depend d
                          WHERE (d.classid, d.objid, d.refclassid) = ('pg_policy'::regclass, p.oid, 'pg_proc'::regclass)
                            AND d.refobjid IN (
                                'kroles.can(kroles.action, kroles.object_kind, bigint)'::regprocedure,
                                'kroles.external_can(kroles.action, kroles.object_kind, text)'::regprocedure)))
    )
    SELECT o.oid, o.polname, o.polrelid, o.command, q.kind, q.action, a.attname,
           coalesce(o.polname = 'kroles_' || lower(o.command) AND o.polpermissive AND o.polroles = '{0}'
                AND (o.polqual IS NOT NULL) = (o.command <> 'INSERT')
                AND (o.polwithcheck IS NOT NULL) = (o.command IN ('INSERT', 'UPDATE'))
                AND q.exact AND (o.polwithcheck IS NULL OR kroles.policy_question(o.polwithcheck) = q)
                AND coalesce(a.attgenerated <> 'v', true), false)
    FROM ours o
    CROSS JOIN LATERAL kroles.policy_question(coalesce(o.polqual, o.polwithcheck)) AS q
    LEFT JOIN pg_attribute a ON a.attrelid = o.polrelid AND a.attnum = q.id_column
$$;
COMMENT ON FUNCTION kroles.protection_policies(regclass) IS
    'The policies of kroles_protect, on one table or on all, and the rights that they check; as_made is false where a policy was altered, or its column is now a virtual one';

CREATE VIEW kroles.protected_tables WITH (security_invoker = true) AS
    SELECT p.relation,
           (array_agg(p.kind) FILTER (WHERE p.command = 'SELECT'))[1] AS kind,
           (array_agg(p.id_column) FILTER (WHERE p.command = 'SELECT'))[1] AS id_column,
           (array_agg(p.action) FILTER (WHERE p.command = 'SELECT'))[1] AS select_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'INSERT'))[1] AS insert_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'UPDATE'))[1] AS update_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'DELETE'))[1] AS delete_right,
           c.relrowsecurity AND c.relforcerowsecurity AND count(*) = 4 AND bool_and(p.as_made)
               AND count(DISTINCT (p.kind, p.id_column)) = 1 AS in_force
    FROM kroles.protection_policies() AS p JOIN pg_class c ON c.oid = p.relation
    GROUP BY p.relation, c.relrowsecurity, c.relforcerowsecurity;
COMMENT ON VIEW kroles.protected_tables IS
    'The tables that kroles_protect protects, with partitions and children; derived from their policies';
COMMENT ON COLUMN kroles.protected_tables.relation IS 'The table';
COMMENT ON COLUMN kroles.protected_tables.kind IS 'The kind of object that rows belong to';
COMMENT ON COLUMN kroles.protected_tables.id_column IS 'The column with the id of the object; NULL for the site';
COMMENT ON COLUMN kroles.protected_tables.select_right IS 'The right that SELECT requires';
COMMENT ON COLUMN kroles.protected_tables.insert_right IS 'The right that INSERT requires';
COMMENT ON COLUMN kroles.protected_tables.update_right IS 'The right that UPDATE requires, on the object of the row before and after';
COMMENT ON COLUMN kroles.protected_tables.delete_right IS 'The right that DELETE requires';
COMMENT ON COLUMN kroles.protected_tables.in_force IS
    'Whether all four policies are unaltered and row-level security is enabled and forced; kroles_doctor() lists the problems';

CREATE FUNCTION kroles.protection_as_json(root regclass) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_jsonb(p) - 'relation' || jsonb_build_object('tables', (
        SELECT jsonb_agg(kroles.qualified_name(t) ORDER BY kroles.qualified_name(t)) FROM kroles.table_tree(root) AS t
        WHERE t IN (SELECT q.relation FROM kroles.protected_tables q)))
    FROM kroles.protected_tables p WHERE p.relation = root
$$;
COMMENT ON FUNCTION kroles.protection_as_json(regclass) IS 'The protection of a table, for the audit log; NULL without one';

-- ---- Checks ----

CREATE FUNCTION kroles.why_not_protectable(relation regclass, root regclass, OUT reason text, OUT hint text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') THEN name || ' is part of PostgreSQL'
        WHEN n.nspname = 'kroles' THEN name || ' belongs to kroles'
        WHEN c.relkind = 'v' THEN name || ' is a view, which shows rows of other tables'
        WHEN c.relkind = 'm' THEN name || ' is a materialized view, to which row-level security does not apply'
        WHEN c.relkind = 'f' THEN name || ' is a foreign table, to which row-level security does not apply'
        WHEN c.relkind NOT IN ('r', 'p') THEN name || ' is not a table'
        WHEN c.relispartition AND parent IS NOT NULL THEN
            format('%s is a partition of %s, whose policies apply when that table is queried', name, parent)
        WHEN parent IS NOT NULL THEN
            format('%s inherits from %s, whose policies apply when that table is queried', name, parent)
    END, CASE
        WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'kroles') THEN 'Protect the tables of your application.'
        WHEN c.relkind = 'v' THEN 'Protect those tables, and set security_invoker = true on the view.'
        WHEN c.relkind = 'm' THEN 'Protect the tables that it is made from, and grant no application access to it.'
        WHEN c.relkind = 'f' AND relation <> root THEN 'Detach it, and protect the table on its own server.'
        WHEN c.relkind = 'f' THEN 'Protect the table on its own server.'
        WHEN c.relkind NOT IN ('r', 'p') THEN 'Name a table.'
        WHEN relation = root THEN format('Name %s; its partitions and children are included.', parent)
        ELSE format('Use ALTER TABLE %s NO INHERIT %s, or the same for the other parent.', name, parent)
    END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (SELECT kroles.qualified_name(relation),
        (SELECT min(kroles.qualified_name(i.inhparent::regclass)) FROM pg_inherits i
         WHERE i.inhrelid = relation AND i.inhparent NOT IN (SELECT kroles.table_tree(root)))) AS x (name, parent)
    WHERE c.oid = relation
$$;
COMMENT ON FUNCTION kroles.why_not_protectable(regclass, regclass) IS
    'Why a table in the tree of root cannot be protected, and a hint; the reason is NULL where it can';

CREATE FUNCTION kroles.check_protectable(root regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refused record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = root) THEN
        RAISE EXCEPTION 'relation with OID % does not exist', root::oid USING ERRCODE = 'undefined_table';
    END IF;
    SELECT u.* INTO refused FROM kroles.table_tree(root) AS t, kroles.why_not_protectable(t, root) AS u
    WHERE u.reason IS NOT NULL ORDER BY t <> root, u.reason LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', refused.reason USING ERRCODE = 'wrong_object_type', HINT = refused.hint;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_protectable(regclass) IS
    'Refuses relations to which row-level security does not apply, and tables whose rows are visible through an unprotected parent';

CREATE FUNCTION kroles.check_id_column(relation regclass, kind kroles.object_kind, id_column name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_type text;
BEGIN
    IF kind = 'site' THEN
        IF id_column IS NOT NULL THEN
            RAISE EXCEPTION 'the site has no id' USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Pass NULL for id_column; every row belongs to the site.';
        END IF;
        RETURN;
    END IF;
    IF id_column IS NULL THEN
        RAISE EXCEPTION 'id_column must not be null' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Name the column with the id of the object that a row belongs to.';
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod) INTO found_type FROM pg_attribute a
    WHERE a.attrelid = relation AND a.attname = id_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no column "%"', kroles.qualified_name(relation), id_column
            USING ERRCODE = 'undefined_column', HINT = 'Name the column with the id of the object that a row belongs to.';
    END IF;
    -- (of PostgreSQL 18 and later; a new expression of it would make every row one of another object, without a change of the row)
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = id_column AND a.attgenerated = 'v') THEN
        RAISE EXCEPTION 'column "%" of table % is a virtual generated column', id_column, kroles.qualified_name(relation)
            USING ERRCODE = 'invalid_column_reference', HINT = 'Name a column that is stored; a generated one with STORED.';
    END IF;
    IF kroles.protection_call(relation, id_column, kind, 'view') IS NULL THEN
        RAISE EXCEPTION 'column "%" of table % is of type %, which cannot hold ids of kind "%"',
                id_column, kroles.qualified_name(relation), found_type, kind
            USING ERRCODE = 'datatype_mismatch',
                HINT = 'Ids are of type bigint, integer or smallint; external ids are of type text, varchar or uuid.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_id_column(regclass, kroles.object_kind, name) IS
    'Refuses a column that does not exist or whose type cannot hold ids of that kind of object';

CREATE FUNCTION kroles.check_rights_exist(kind kroles.object_kind, actions kroles.action[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    absent kroles.action;
BEGIN
    SELECT a INTO absent FROM unnest(actions) AS a
    WHERE NOT EXISTS (SELECT FROM kroles.rights r WHERE (r.kind, r.action) = (check_rights_exist.kind::text, a::text)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'right "%" does not exist for objects of kind "%"', absent, kind
            USING ERRCODE = 'invalid_parameter_value', HINT = 'kroles.rights lists the rights of each kind.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_rights_exist(kroles.object_kind, kroles.action[]) IS 'Refuses a right that does not exist for the kind';

CREATE FUNCTION kroles.check_other_policies(root regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    others text;
BEGIN
    SELECT string_agg(format('%I on %s', p.polname, kroles.qualified_name(t)), ', ' ORDER BY t, p.polname) INTO others
    FROM kroles.table_tree(root) AS t JOIN pg_policy p ON p.polrelid = t
    WHERE p.polpermissive AND p.oid NOT IN (SELECT o.policy FROM kroles.protection_policies() AS o);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'table % has permissive policies of its own', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('The policies are %s. Rows that any of them allows are visible whatever the policies of kroles_protect() say.', others),
                HINT = 'Drop them, make them restrictive, or pass keep_policies => true.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_other_policies(regclass) IS 'Refuses a table with permissive policies other than those of kroles_protect';

-- ---- Changes ----

CREATE FUNCTION kroles.drop_protection(relation regclass) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy name;
    any_dropped boolean := false;
BEGIN
    FOR policy IN SELECT p.name FROM kroles.protection_policies(relation) AS p LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy, kroles.qualified_name(relation));
        any_dropped := true;
    END LOOP;
    RETURN any_dropped;
END $$;
COMMENT ON FUNCTION kroles.drop_protection(regclass) IS 'Drops the policies of kroles_protect on one table; returns whether there were any';

CREATE FUNCTION kroles.add_policy(relation regclass, command text, kind kroles.object_kind, id_column name, action kroles.action)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := kroles.qualified_name(relation);
    call text := kroles.protection_call(relation, id_column, kind, action);
BEGIN
    EXECUTE format('CREATE POLICY kroles_%s ON %s FOR %s', lower(command), name, command)
        || CASE WHEN command <> 'INSERT' THEN format(' USING (%s)', call) ELSE '' END
        || CASE WHEN command IN ('INSERT', 'UPDATE') THEN format(' WITH CHECK (%s)', call) ELSE '' END;
    EXECUTE format('COMMENT ON POLICY kroles_%s ON %s IS %L', lower(command), name,
        format('kroles: %s takes %s on the %s', command, action, kind) || coalesce(' in ' || id_column, ''));
END $$;
COMMENT ON FUNCTION kroles.add_policy(regclass, text, kroles.object_kind, name, kroles.action) IS
    'Creates the policy for one command on one table';

-- By OID, so that renaming before the lock is taken cannot substitute another table.
CREATE FUNCTION kroles.lock_tree(root regclass) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_lock_tree';
COMMENT ON FUNCTION kroles.lock_tree(regclass) IS
    'For kroles_protect: takes an ACCESS EXCLUSIVE lock on a table, its partitions and children. For the owner of the table';

-- Dynamic statements name tables. In spite of the lock, the owner of a schema may rename it and create another one with its name.
CREATE FUNCTION kroles.check_policies_are_gone(root regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM kroles.table_tree(root) AS t, kroles.protection_policies(t)) THEN
        RAISE EXCEPTION 'table % was renamed while its policies were dropped', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_policies_are_gone(regclass) IS 'Error 55000 where DROP POLICY affected another table than the locked one';

CREATE FUNCTION kroles.check_security_is_off(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND (c.relrowsecurity OR c.relforcerowsecurity)) THEN
        RAISE EXCEPTION 'table % was renamed while row-level security was disabled', kroles.qualified_name(relation)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_security_is_off(regclass) IS 'Error 55000 where ALTER TABLE affected another table than the locked one';

CREATE FUNCTION kroles.check_in_force(root regclass, kind kroles.object_kind, id_column name, rights kroles.action[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM kroles.table_tree(root) AS t LEFT JOIN kroles.protected_tables p ON p.relation = t
        WHERE p.in_force IS NOT TRUE OR p.kind <> check_in_force.kind OR p.id_column IS DISTINCT FROM check_in_force.id_column
           OR ARRAY[p.select_right, p.insert_right, p.update_right, p.delete_right] <> rights) THEN
        RAISE EXCEPTION 'table % was renamed while it was being protected', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_in_force(regclass, kroles.object_kind, name, kroles.action[]) IS
    'Error 55000 where the protection is not in force on the locked table and its whole tree';

CREATE FUNCTION kroles.protect_table(relation regclass, kind kroles.object_kind, id_column name,
        select_right kroles.action, insert_right kroles.action, update_right kroles.action, delete_right kroles.action,
        keep_policies boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    commands text[] := '{SELECT, INSERT, UPDATE, DELETE}';
    chosen kroles.action[] := ARRAY[select_right, insert_right, update_right, delete_right];
    member regclass;
BEGIN
    IF kind IS NULL THEN
        RAISE EXCEPTION 'object kind must not be null' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The kinds are the values of kroles.object_kind.';
    END IF;
    PERFORM kroles.check_protectable(relation);
    PERFORM kroles.check_id_column(relation, kind, id_column);
    FOR i IN 1..4 LOOP
        chosen[i] := coalesce(chosen[i], kroles.default_right(kind, commands[i]));
    END LOOP;
    PERFORM kroles.check_rights_exist(kind, chosen);
    PERFORM kroles.lock_tree(relation);
    -- again, because the table may have changed before the lock was taken
    PERFORM kroles.check_protectable(relation);
    PERFORM kroles.check_id_column(relation, kind, id_column);
    IF keep_policies IS NOT TRUE THEN
        PERFORM kroles.check_other_policies(relation);
    END IF;
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        PERFORM kroles.drop_protection(member);
    END LOOP;
    PERFORM kroles.check_policies_are_gone(relation);
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        FOR i IN 1..4 LOOP
            PERFORM kroles.add_policy(member, commands[i], kind, id_column, chosen[i]);
        END LOOP;
        IF EXISTS (SELECT FROM pg_class c WHERE c.oid = member AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', kroles.qualified_name(member));
        END IF;
    END LOOP;
    PERFORM kroles.check_in_force(relation, kind, id_column, chosen);
END $$;
COMMENT ON FUNCTION kroles.protect_table(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean) IS
    'Implementation of kroles_protect, except for the audit log';

CREATE FUNCTION kroles.check_protected(relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.table_tree(relation) AS t JOIN kroles.protected_tables p ON p.relation = t) THEN
        RAISE EXCEPTION 'relation % is not protected by kroles_protect()', coalesce(kroles.qualified_name(relation), relation::text)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'kroles.protected_tables lists those that are.';
    END IF;
    SELECT i.inhparent INTO parent FROM pg_inherits i JOIN kroles.protected_tables p ON p.relation = i.inhparent
    WHERE i.inhrelid = check_protected.relation;
    IF FOUND THEN
        RAISE EXCEPTION 'table % is protected as a part of %', kroles.qualified_name(relation), kroles.qualified_name(parent)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Name that table, or detach the part first.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_protected(regclass) IS
    'Refuses a table that is not protected, and a part of one that remains protected, because queries of the part would not be subject to the policies';

CREATE FUNCTION kroles.unprotect_table(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    dropped boolean;
BEGIN
    PERFORM kroles.check_protected(relation);
    PERFORM kroles.lock_tree(relation);
    PERFORM kroles.check_protected(relation);
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        dropped := kroles.drop_protection(member);
        -- in a separate statement, whose snapshot does not include the dropped policies
        IF dropped AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = member) THEN
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', kroles.qualified_name(member));
            PERFORM kroles.check_security_is_off(member);
        END IF;
    END LOOP;
    PERFORM kroles.check_policies_are_gone(relation);
END $$;
COMMENT ON FUNCTION kroles.unprotect_table(regclass) IS 'Implementation of kroles_unprotect, except for the audit log';

CREATE FUNCTION @extschema@.kroles_protect(relation regclass, kind kroles.object_kind, id_column name,
        select_right kroles.action DEFAULT NULL, insert_right kroles.action DEFAULT NULL,
        update_right kroles.action DEFAULT NULL, delete_right kroles.action DEFAULT NULL,
        keep_policies boolean DEFAULT false) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_protect';
COMMENT ON FUNCTION @extschema@.kroles_protect(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean) IS
    'Protects a table with its partitions and children: a row belongs to the object of that kind whose id (bigint, integer, smallint) or external id (text, varchar, uuid) is in id_column; NULL for the site. SELECT, INSERT, UPDATE and DELETE each require a right on the object: by default view, contribute, manage and delete in spaces and events, view, edit, edit and delete on media, view, contribute, manage and manage in rooms. Enables and forces row-level security. Called again, it replaces the policies that it created and includes new partitions. keep_policies allows other permissive policies on the table. For the owner of the table';

CREATE FUNCTION @extschema@.kroles_unprotect(relation regclass) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_unprotect';
COMMENT ON FUNCTION @extschema@.kroles_unprotect(regclass) IS
    'Reverts kroles_protect on a table with its partitions and children: drops its policies, and disables row-level security where no other policy remains. For the owner of the table';
