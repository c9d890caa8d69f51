-- Applications' tables that carry the audience of the media their rows belong to: a row is then judged as one of
-- kroles.media is, from a column of its own, at the price of being rewritten when the media's audience changes.

CREATE FUNCTION kroles.carry_audience() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_carry_audience';
COMMENT ON FUNCTION kroles.carry_audience() IS
    'Trigger of kroles_protect(..., carry_audience => true): fetches the audience of the media that the row belongs to';
-- Changes of audiences run UPDATEs, and so the triggers, of every table that carries them, in the session of whoever
-- publishes: whose tables may, the DBA says.
REVOKE EXECUTE ON FUNCTION kroles.carry_audience() FROM PUBLIC;

CREATE FUNCTION kroles.spread_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_spread_audiences';
COMMENT ON FUNCTION kroles.spread_audiences() IS 'Trigger: has the tables that carry audiences fetch those that have changed';
REVOKE EXECUTE ON FUNCTION kroles.spread_audiences() FROM PUBLIC;
CREATE TRIGGER "!spread_insert" AFTER INSERT ON kroles.media REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.spread_audiences();
CREATE TRIGGER "!spread_update" AFTER UPDATE ON kroles.media REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.spread_audiences();
CREATE TRIGGER "!spread_delete" AFTER DELETE ON kroles.media REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.spread_audiences();
CREATE TRIGGER "!spread_truncate" AFTER TRUNCATE ON kroles.media
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.spread_audiences();
-- logical replication fires no triggers of statements
CREATE TRIGGER "!spread_replica" AFTER INSERT OR UPDATE OR DELETE ON kroles.media
    FOR EACH ROW EXECUTE FUNCTION kroles.spread_audiences();
ALTER TABLE kroles.media ENABLE REPLICA TRIGGER "!spread_replica";

CREATE FUNCTION kroles.carried_id_column(relation oid) RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT convert_from(substring(t.tgargs FROM 1 FOR length(t.tgargs) - 1), getdatabaseencoding())::name
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = relation AND (p.proname, p.pronamespace) = ('carry_audience', 'kroles'::regnamespace)
      AND t.tgenabled IN ('O', 'A')
$$;
COMMENT ON FUNCTION kroles.carried_id_column(oid) IS
    'The column by which a table that carries audiences says which media a row belongs to; NULL for other tables, and where the trigger is not enabled';

CREATE FUNCTION kroles.carriers(OUT relation regclass, OUT id_column name) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tgrelid, kroles.carried_id_column(t.tgrelid)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE (p.proname, p.pronamespace) = ('carry_audience', 'kroles'::regnamespace) AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A')
$$;
COMMENT ON FUNCTION kroles.carriers() IS 'The tables that carry audiences, partitions with their parents';
REVOKE EXECUTE ON FUNCTION kroles.carriers() FROM PUBLIC;

CREATE FUNCTION kroles.check_may_carry(relation regclass, kind kroles.object_kind, id_column name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    others text;
BEGIN
    IF kind <> 'media' THEN
        RAISE EXCEPTION 'only rows that belong to media can carry an audience' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Leave carry_audience out.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = id_column
                   AND kroles.base_type(a.atttypid) IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype)) THEN
        RAISE EXCEPTION 'column "%" of table % holds no ids as numbers, by which audiences are fetched',
            id_column, kroles.qualified_name(relation)
            USING ERRCODE = 'datatype_mismatch', HINT = 'Leave carry_audience out.';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent IN (SELECT kroles.table_tree(relation)) AND NOT c.relispartition) THEN
        RAISE EXCEPTION 'table % has children that inherit from it, which its triggers do not reach', kroles.qualified_name(relation)
            USING ERRCODE = 'feature_not_supported', HINT = 'Use partitions, or leave carry_audience out.';
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = id_column AND a.attgenerated <> '') THEN
        RAISE EXCEPTION 'column "%" of table % is generated, after triggers have run', id_column, kroles.qualified_name(relation)
            USING ERRCODE = 'feature_not_supported', HINT = 'Leave carry_audience out.';
    END IF;
    IF (SELECT c.relpersistence = 't' FROM pg_class c WHERE c.oid = relation) THEN
        RAISE EXCEPTION 'a temporary table can''t carry audiences, as other sessions could not keep them'
            USING ERRCODE = 'feature_not_supported', HINT = 'Leave carry_audience out.';
    END IF;
    -- what would change the id after the trigger has fetched the audience, or keep an UPDATE from the rows
    SELECT string_agg(format('%I', x.name), ', ') INTO others FROM (
        SELECT t.tgname FROM pg_trigger t
        WHERE t.tgrelid IN (SELECT kroles.table_tree(relation)) AND NOT t.tgisinternal AND (t.tgtype & 7) = 3 AND (t.tgtype & 20) <> 0
          AND t.tgname COLLATE "C" > '~kroles_audience'
        UNION ALL SELECT r.rulename FROM pg_rewrite r WHERE r.ev_class IN (SELECT kroles.table_tree(relation))) AS x (name);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'table % has rules, or triggers that would run after that of kroles: %', kroles.qualified_name(relation), others
            USING ERRCODE = 'feature_not_supported', HINT = 'Drop the rules, and rename the triggers to begin with a letter; or leave carry_audience out.';
    END IF;
    IF NOT has_function_privilege('kroles.carry_audience()', 'EXECUTE') THEN
        RAISE EXCEPTION 'permission denied to let table % carry audiences', kroles.qualified_name(relation)
            USING ERRCODE = 'insufficient_privilege',
                HINT = 'A superuser may GRANT EXECUTE ON FUNCTION kroles.carry_audience() to the owner of the table: its triggers then run in the sessions of whoever publishes.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_may_carry(regclass, kroles.object_kind, name) IS 'Refuses what can''t carry an audience, and whose tables may not';

CREATE FUNCTION kroles.start_carrying(relation regclass, id_column name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := kroles.qualified_name(relation);
BEGIN
    EXECUTE format($sql$ALTER TABLE %s ADD COLUMN IF NOT EXISTS kroles_audience kroles.audience NOT NULL DEFAULT 'hidden'$sql$, name);
    IF (SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'kroles_audience')
            <> 'kroles.audience'::regtype THEN
        RAISE EXCEPTION 'table % has a column "kroles_audience" of another type', name
            USING ERRCODE = 'datatype_mismatch', HINT = 'Rename it.';
    END IF;
    EXECUTE format('COMMENT ON COLUMN %s.kroles_audience IS %L', name, 'Whom the row is for, kept by kroles; leave it out when you write');
    IF kroles.carried_id_column(relation) IS NOT NULL THEN
        EXECUTE format('DROP TRIGGER "~kroles_audience" ON %s', name);
    END IF;
    EXECUTE format('CREATE TRIGGER "~kroles_audience" BEFORE INSERT OR UPDATE ON %s
        FOR EACH ROW EXECUTE FUNCTION kroles.carry_audience(%L)', name, id_column);
    -- where media come by replication as well
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "~kroles_audience"', name);
    PERFORM kroles.fetch_audiences(relation);
    IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON (a.attrelid, a.attnum) = (i.indrelid, i.indkey[0])
                   WHERE i.indrelid = relation AND a.attname = 'kroles_audience') THEN
        EXECUTE format('CREATE INDEX ON %s USING gin (kroles_audience) WITH (fastupdate = off)', name);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.start_carrying(regclass, name) IS
    'For kroles_protect: gives a table the column kroles_audience, the trigger that fills it, what belongs in it and an index of it';

CREATE FUNCTION kroles.fetch_audiences(relation regclass) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_fetch_audiences';
COMMENT ON FUNCTION kroles.fetch_audiences(regclass) IS
    'For kroles_protect and kroles_verify: has every row of a table that carries audiences fetch its own. For the table''s owner';

CREATE FUNCTION kroles.stop_carrying(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = relation AND t.tgname = '~kroles_audience') THEN
        EXECUTE format('DROP TRIGGER "~kroles_audience" ON %s', kroles.qualified_name(relation));
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'kroles_audience'
               AND a.atttypid = 'kroles.audience'::regtype AND a.attinhcount = 0) THEN
        EXECUTE format('ALTER TABLE %s DROP COLUMN kroles_audience', kroles.qualified_name(relation));
    END IF;
END $$;
COMMENT ON FUNCTION kroles.stop_carrying(regclass) IS 'For kroles_protect and kroles_unprotect: takes that away again';

-- The tables that carry audiences, partitions with their parents.
CREATE FUNCTION kroles.verify_carried(OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    carrier record;
BEGIN
    FOR carrier IN SELECT * FROM kroles.carriers() LOOP
        RETURN QUERY EXECUTE format($sql$
            SELECT %1$L::regclass, t.%3$I::bigint, t.kroles_audience::text, coalesce(m.audience::text, 'hidden')
            FROM %2$s t LEFT JOIN kroles.media m ON m.id = t.%3$I
            WHERE t.kroles_audience::text <> coalesce(m.audience::text, 'hidden')$sql$,
            carrier.relation, kroles.qualified_name(carrier.relation), carrier.id_column);
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.verify_carried() IS 'For kroles_verify: rows of applications'' tables that carry another audience than their media has';
REVOKE EXECUTE ON FUNCTION kroles.verify_carried() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_verify(repair boolean DEFAULT false, OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text)
    RETURNS SETOF record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF repair THEN
        -- nobody publishes meanwhile, or what was worked out before would be written after
        LOCK TABLE kroles.media, kroles.publications, kroles.media_collaborators, kroles.media_moderators, kroles.media_speakers,
            kroles.event_sessions
            IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    RETURN QUERY
        SELECT 'kroles.media'::regclass, m.id, m.audience::text, a::text
        FROM kroles.media m, LATERAL kroles.audience_amendment(m.id, m.owner_id, m.audience) AS a
        WHERE a IS NOT NULL;
    RETURN QUERY SELECT * FROM kroles.verify_carried();
    IF repair THEN
        PERFORM kroles.amend_audiences(ARRAY(
            SELECT m.id FROM kroles.media m WHERE kroles.audience_amendment(m.id, m.owner_id, m.audience) IS NOT NULL));
        PERFORM kroles.fetch_audiences(c.relation) FROM kroles.carriers() AS c
        WHERE c.relation IN (SELECT v.relation FROM kroles.verify_carried() AS v);
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_verify(boolean) IS
    'Works out anew all that is derived (the audiences of media, and those that applications'' tables carry), and returns what differs, by the media''s id: no row when sound. With repair => true it also puts that right, and keeps others from publishing meanwhile. For superusers';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_verify(boolean) FROM PUBLIC;
