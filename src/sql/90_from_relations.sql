-- Objects made from kroles.relations() for each table and view: triggers, row-level security, privileges and dump registration.

GRANT USAGE ON SCHEMA kroles TO PUBLIC;

-- A row of media contains an audience: see REVOKE USAGE ON TYPE kroles.audience. And objects with a row type would prevent
-- changes of the table.
REVOKE USAGE ON TYPE kroles.media FROM PUBLIC;

-- ---- Ids and columns that the database fills in ----

DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN SELECT r.name, r.traits FROM kroles.relations() r LOOP
        IF 'given_id' = ANY (relation.traits) THEN
            -- "!" sorts before all other names: no other trigger fires for a row that these refuse
            EXECUTE format($sql$
                ALTER SEQUENCE kroles.%2$I OWNED BY kroles.%1$I.id;
                CREATE TRIGGER "!guard_new_id" BEFORE INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.guard_new_id();
                -- an upsert that named an existing row must not insert one with its id after that was deleted concurrently
                CREATE TRIGGER "!guard_made_id" AFTER INSERT ON kroles.%1$I
                    FOR EACH ROW WHEN (kroles.is_upsert('kroles.%1$I', NEW.id) AND kroles.refuse_upsert())
                    EXECUTE FUNCTION kroles.refuse();
            $sql$, relation.name, relation.name || '_id_seq');
        END IF;
        IF relation.traits && '{given_id, fixed_id}' THEN
            EXECUTE format($sql$
                CREATE TRIGGER guard_id BEFORE UPDATE OF id ON kroles.%1$I
                    FOR EACH ROW WHEN (OLD.id <> NEW.id)
                    EXECUTE FUNCTION kroles.refuse('ids cannot be changed', '23514', 'Insert a new row with the other id.', %2$L);
            $sql$, relation.name, relation.name || '_id_is_fixed');
        END IF;
        IF 'created_at' = ANY (relation.traits) THEN
            EXECUTE format($sql$
                CREATE TRIGGER guard_created BEFORE INSERT ON kroles.%1$I
                    FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM now() AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                    EXECUTE FUNCTION kroles.record_creation();
                CREATE TRIGGER guard_created_still BEFORE UPDATE OF created_at ON kroles.%1$I
                    FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                    EXECUTE FUNCTION kroles.refuse('created_at is set by the database', '42501', 'Only administrators can change it.');
            $sql$, relation.name);
        END IF;
        IF 'external_id' = ANY (relation.traits) THEN
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
            $sql$, relation.name);
        END IF;
    END LOOP;
END $$;

-- ---- Caches, audiences and the audit log ----

-- "~" sorts after all other names: these triggers fire after those that may change the keys of the row. Those that invalidate
-- caches are always enabled, because the apply worker of logical replication changes entitlements too.
DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT r.name, r.traits, r.tracked,
               (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(r.tracked) WITH ORDINALITY AS u (a, n)) AS keys
        FROM kroles.relations() r
    LOOP
        IF 'pending' = ANY (relation.traits) THEN
            EXECUTE format('CREATE TRIGGER "~new" BEFORE INSERT ON kroles.%I FOR EACH ROW EXECUTE FUNCTION kroles.note_pending_row()', relation.name);
        END IF;
        IF relation.tracked IS NOT NULL THEN
            EXECUTE format($sql$
                CREATE TRIGGER "~track" BEFORE INSERT OR UPDATE OR DELETE ON kroles.%1$I
                    FOR EACH ROW EXECUTE FUNCTION kroles.track(%2$s);
                CREATE TRIGGER track_all BEFORE TRUNCATE ON kroles.%1$I
                    FOR EACH STATEMENT EXECUTE FUNCTION kroles.track();
                ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER "~track";
                ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER track_all;
            $sql$, relation.name, relation.keys);
        END IF;
        IF 'audience' = ANY (relation.traits) THEN
            EXECUTE format($sql$
                CREATE TRIGGER "!audience_insert" AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
                CREATE TRIGGER "!audience_update" AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
                CREATE TRIGGER "!audience_delete" AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
                CREATE TRIGGER "!audience_truncate" AFTER TRUNCATE ON kroles.%1$I
                    FOR EACH STATEMENT EXECUTE FUNCTION kroles.recompute_all_audiences();
            $sql$, relation.name);
        END IF;
    END LOOP;
END $$;

DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT r.name, coalesce(r.audited[1], '') AS kind, coalesce(r.audited[2], '') AS id, coalesce(r.audited[3], '') AS space
        FROM kroles.relations() r WHERE r.audited IS NOT NULL
    LOOP
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
        $sql$, relation.name, relation.kind, relation.id, relation.space);
    END LOOP;
END $$;

-- ---- Row-level security, privileges and dumps ----

-- A table or view that is in the catalog and not in the list, or the other way round, is an error: none can be left out.
DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT c.relname, c.relkind, r.name, r.dumped, to_regclass(format('kroles.%I', r.name || '_id_seq')) AS sequence,
               coalesce('public' = ANY (r.traits), false) AS public
        FROM (SELECT * FROM pg_class c WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')) AS c
        FULL JOIN kroles.relations() WITH ORDINALITY AS r ON r.name = c.relname
        ORDER BY r.ordinality
    LOOP
        IF relation.relname IS NULL OR relation.name IS NULL THEN
            RAISE EXCEPTION 'kroles.relations() and the catalog do not agree about "%"', coalesce(relation.relname, relation.name);
        END IF;
        IF relation.relkind = 'r' THEN
            EXECUTE format('ALTER TABLE kroles.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation.name);
        END IF;
        IF relation.public THEN
            EXECUTE format('GRANT SELECT ON kroles.%I TO PUBLIC', relation.name);
        END IF;
        IF relation.dumped IS NOT NULL THEN
            PERFORM pg_extension_config_dump(format('kroles.%I', relation.name)::regclass, relation.dumped);
            IF relation.sequence IS NOT NULL THEN
                PERFORM pg_extension_config_dump(relation.sequence, '');
            END IF;
        END IF;
    END LOOP;
END $$;
