-- What is made from kroles.relations() for a table: triggers for ids, created_at and external ids; those of caches, audiences and
-- the audit log; row-level security; the privilege of PUBLIC.

-- "!" sorts before all other names: no other trigger fires for a row that these refuse. The AFTER trigger is for an upsert that
-- named an existing row: it must not insert one with its id after that was deleted concurrently.
CREATE FUNCTION kroles.guard_columns_of(relation text, traits text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF 'given_id' = ANY (traits) THEN
        EXECUTE format($sql$
            ALTER SEQUENCE kroles.%2$I OWNED BY kroles.%1$I.id;
            CREATE TRIGGER "!guard_new_id" BEFORE INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.guard_new_id();
            CREATE TRIGGER "!guard_made_id" AFTER INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (kroles.is_upsert('kroles.%1$I', NEW.id) AND kroles.refuse_upsert())
                EXECUTE FUNCTION kroles.refuse();
        $sql$, relation, relation || '_id_seq');
    END IF;
    IF traits && '{given_id, fixed_id}' THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_id BEFORE UPDATE OF id ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.id <> NEW.id)
                EXECUTE FUNCTION kroles.refuse('ids cannot be changed', '23514', 'Insert a new row with the other id.', %2$L);
        $sql$, relation, relation || '_id_is_fixed');
    END IF;
    IF 'created_at' = ANY (traits) THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_created BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM now() AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.record_creation();
            CREATE TRIGGER guard_created_still BEFORE UPDATE OF created_at ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.refuse('created_at is set by the database', '42501', 'Only administrators can change it.');
        $sql$, relation);
    END IF;
    IF 'external_id' = ANY (traits) THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_external_id BEFORE INSERT OR UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.external_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_external_id();
            CREATE TRIGGER guard_external_id_once_more AFTER INSERT OR UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.external_id IS NOT NULL AND NOT kroles.external_id_is_free('kroles.%1$I', NEW.external_id, NEW.id))
                EXECUTE FUNCTION kroles.refuse();
            CREATE TRIGGER retire_external_id AFTER DELETE ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.external_id IS NOT NULL) EXECUTE FUNCTION kroles.retire_external_id();
            CREATE TRIGGER retire_external_id_changed AFTER UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.external_id IS NOT NULL AND OLD.external_id IS DISTINCT FROM NEW.external_id)
                EXECUTE FUNCTION kroles.retire_external_id();
        $sql$, relation);
    END IF;
    IF 'pending' = ANY (traits) THEN
        EXECUTE format('CREATE TRIGGER "~new" BEFORE INSERT ON kroles.%I FOR EACH ROW EXECUTE FUNCTION kroles.note_pending_row()', relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.guard_columns_of(text, text[]) IS 'Adds the triggers of a table''s ids, created_at and external ids';
REVOKE EXECUTE ON FUNCTION kroles.guard_columns_of(text, text[]) FROM PUBLIC;

-- "~" sorts after all other names: these triggers fire after those that may change the keys of the row. Those that invalidate
-- caches are always enabled, because the apply worker of logical replication changes entitlements too.
CREATE FUNCTION kroles.track_changes_of(relation text, tracked text[], audiences boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tracked IS NOT NULL THEN
        EXECUTE format($sql$
            CREATE TRIGGER "~track" BEFORE INSERT OR UPDATE OR DELETE ON kroles.%1$I
                FOR EACH ROW EXECUTE FUNCTION kroles.track(%2$s);
            CREATE TRIGGER track_all BEFORE TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.track();
            ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER "~track";
            ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER track_all;
        $sql$, relation, (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(tracked) WITH ORDINALITY AS u (a, n)));
    END IF;
    IF audiences THEN
        EXECUTE format($sql$
            CREATE TRIGGER "!audience_insert" AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_update" AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_delete" AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_truncate" AFTER TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.recompute_all_audiences();
        $sql$, relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.track_changes_of(text, text[], boolean) IS 'Adds the triggers by which caches and audiences follow a table';
REVOKE EXECUTE ON FUNCTION kroles.track_changes_of(text, text[], boolean) FROM PUBLIC;

CREATE FUNCTION kroles.audit_changes_of(relation text, audited text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TRIGGER audit_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_update AFTER UPDATE ON kroles.%1$I
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_truncate AFTER TRUNCATE ON kroles.%1$I
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
    $sql$, relation, coalesce(audited[1], ''), coalesce(audited[2], ''), coalesce(audited[3], ''));
END $$;
COMMENT ON FUNCTION kroles.audit_changes_of(text, text[]) IS 'Adds the triggers that log a table''s changes';
REVOKE EXECUTE ON FUNCTION kroles.audit_changes_of(text, text[]) FROM PUBLIC;

CREATE FUNCTION kroles.complete_relation(relation text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    listed record;
BEGIN
    SELECT r.* INTO listed FROM kroles.relations() r WHERE r.name = relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such table or view in kroles.relations()' USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM kroles.guard_columns_of(relation, listed.traits);
    PERFORM kroles.track_changes_of(relation, listed.tracked, 'audience' = ANY (listed.traits));
    IF listed.audited IS NOT NULL THEN
        PERFORM kroles.audit_changes_of(relation, listed.audited);
    END IF;
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(format('kroles.%I', relation)) AND c.relkind = 'r') THEN
        EXECUTE format('ALTER TABLE kroles.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
    END IF;
    IF 'public' = ANY (listed.traits) THEN
        EXECUTE format('GRANT SELECT ON kroles.%I TO PUBLIC', relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.complete_relation(text) IS 'Adds to a new table or view what kroles.relations() says of it';
REVOKE EXECUTE ON FUNCTION kroles.complete_relation(text) FROM PUBLIC;

SELECT kroles.complete_relation(r.name) FROM kroles.relations() r WHERE 'member' = ANY (r.traits);
