-- The site's tables: made, brought to this version, and given what dumps leave out.

CREATE FUNCTION kroles.release_relations() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.relname
        FROM pg_depend d
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
        JOIN pg_class c ON c.oid = d.objid AND c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
        WHERE (d.classid, d.refclassid, d.deptype) = ('pg_class'::regclass, 'pg_extension'::regclass, 'e')
          AND NOT EXISTS (SELECT FROM kroles.relations() r WHERE r.name = c.relname AND 'member' = ANY (r.traits))
    LOOP
        EXECUTE format('ALTER EXTENSION kroles DROP %s kroles.%I', member.kind, member.relname);
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.release_relations() IS
    'Makes the tables and views objects of the site, where a script of the extension made them and so they are its members';
REVOKE EXECUTE ON FUNCTION kroles.release_relations() FROM PUBLIC;

-- (A view of somebody else's would run code as the reader.)
CREATE FUNCTION kroles.version_of_tables() RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
               WHERE c.oid = to_regclass('kroles.tables_version') AND c.relkind = 'v' AND o.rolsuper) THEN
        RETURN (SELECT v.version FROM kroles.tables_version v);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.version_of_tables() IS 'The version that kroles.tables_version says; NULL where there is no such view of a superuser';
REVOKE EXECUTE ON FUNCTION kroles.version_of_tables() FROM PUBLIC;

-- Refuses to work on tables of others, whose triggers would run as the caller.
CREATE FUNCTION kroles.check_installable() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        RAISE EXCEPTION 'kroles_install() requires a superuser' USING ERRCODE = 'insufficient_privilege';
    END IF;
    wrong := (SELECT string_agg(DISTINCT coalesce(r.rolname, 'PUBLIC'), ', ') FROM pg_namespace n, aclexplode(n.nspacl) a
              LEFT JOIN pg_roles r ON r.oid = a.grantee
              WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'others than superusers can create objects in schema "kroles": %', wrong USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'REVOKE CREATE ON SCHEMA kroles from them.';
    END IF;
    wrong := (SELECT string_agg(format('kroles.%I', c.relname), ', ' ORDER BY c.relname) FROM kroles.relations() r
              JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) JOIN pg_roles o ON o.oid = c.relowner WHERE NOT o.rolsuper);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'not all tables and views of kroles belong to a superuser: %', wrong USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'ALTER TABLE … OWNER TO a superuser.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_installable() IS 'For kroles_install(): error 42501 for a caller who is no superuser, 55000 where tables belong to others, or others may add some';
REVOKE EXECUTE ON FUNCTION kroles.check_installable() FROM PUBLIC;

-- One step for each version whose tables differ from those of the version before.
CREATE FUNCTION kroles.upgrade_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text := kroles.version_of_tables();
BEGIN
    IF version = '1.0.0' THEN
        PERFORM kroles.upgrade_from_1_0_0();
        version := '1.1.0';
    END IF;
    IF version IS DISTINCT FROM '@version@' THEN
        RAISE EXCEPTION 'the tables are of version % of kroles, the extension is of version @version@', version
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Install the newer of the two versions, and use ALTER EXTENSION kroles UPDATE.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.upgrade_tables() IS 'Brings the tables from an earlier version to this one';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_tables() FROM PUBLIC;

-- (ENABLE TRIGGER ALL, with which a restore of data alone ends, is not ENABLE ALWAYS.)
CREATE FUNCTION kroles.enable_tracking() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tracking record;
BEGIN
    FOR tracking IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'kroles'::regnamespace AND t.tgname IN ('~track', 'track_all') AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE kroles.%I ENABLE ALWAYS TRIGGER %I', tracking.relname, tracking.tgname);
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.enable_tracking() IS 'Makes the triggers that invalidate caches fire always, also where rows come by logical replication';
REVOKE EXECUTE ON FUNCTION kroles.enable_tracking() FROM PUBLIC;

CREATE FUNCTION kroles.check_complete() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text := (SELECT string_agg(format('%s %I on kroles.%I', m.kind, m.name, m.relation), ', ' ORDER BY m.relation, m.kind, m.name)
                     FROM kroles.missing_objects() m WHERE m.kind <> 'index');
    unguarded text := (SELECT string_agg(format('kroles.%I', c.relname), ', ' ORDER BY c.relname) FROM kroles.relations() r
                  JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) WHERE c.relkind = 'r' AND NOT c.relrowsecurity);
BEGIN
    IF unguarded IS NOT NULL THEN
        RAISE EXCEPTION 'tables without row-level security: %', unguarded USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Finish the restore of the dump.';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'what guards the tables is not complete' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There is no %s.', missing), HINT = 'Finish the restore of the dump; or create them again, as in a new database.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_complete() IS 'For kroles_install(): error 55000 where row-level security is off, or triggers, policies or constraints of kroles are missing';
REVOKE EXECUTE ON FUNCTION kroles.check_complete() FROM PUBLIC;

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

CREATE FUNCTION @extschema@.kroles_install(with_rows boolean DEFAULT true) RETURNS text
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
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_install(boolean) FROM PUBLIC;

-- A dump makes the tables itself, after this script.
DO $$
BEGIN
    IF current_setting('row_security')::boolean THEN
        PERFORM @extschema@.kroles_install();
    END IF;
END $$;
