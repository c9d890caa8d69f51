-- Setting up logical replicas: the publication on the primary, the subscription on each replica.
--
-- The functions run with the privileges of the caller, so PostgreSQL itself requires the owner of the tables, who may create
-- publications in the database, and a superuser for the subscription.

CREATE FUNCTION kroles.entitlement_tables() RETURNS TABLE (name text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.name FROM kroles.relations() r
    WHERE (r.tracked IS NOT NULL OR r.traits && '{audience, entitlement}') AND NOT 'local' = ANY (r.traits)
$$;
COMMENT ON FUNCTION kroles.entitlement_tables() IS
    'The tables that decide, and kroles.heartbeat: what replicas need. Without the audit log, playlists, requests to join and names of roles, which decide nothing, and the secret, of which each database has its own';
REVOKE EXECUTE ON FUNCTION kroles.entitlement_tables() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_publish_entitlements(publication name DEFAULT 'kroles_entitlements') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tables text := (SELECT string_agg(format('kroles.%I', t.name), ', ' ORDER BY t.name) FROM kroles.entitlement_tables() t);
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION 'publication must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'this database is a replica itself' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Replicas subscribe to the primary: kroles_wait() and leases count its log and its heartbeat.';
    END IF;
    IF EXISTS (SELECT FROM pg_publication p WHERE p.pubname = $1) THEN
        EXECUTE format('ALTER PUBLICATION %I SET TABLE %s', $1, tables);
        EXECUTE format('ALTER PUBLICATION %I SET (publish = ''insert, update, delete, truncate'')', $1);
    ELSE
        EXECUTE format('CREATE PUBLICATION %I FOR TABLE %s', $1, tables);
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_publish_entitlements(name) IS
    'On the primary: creates the publication of all tables that decide, for kroles_subscribe(); one that exists gets these tables. Requires wal_level = logical, and the owner of the tables. The rows include signing keys';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_publish_entitlements(name) FROM PUBLIC;

CREATE FUNCTION kroles.empty_for_replica() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
DECLARE
    relation text;
    present boolean;
    full_tables text[] := '{}';
BEGIN
    FOR relation IN SELECT t.name FROM kroles.entitlement_tables() t LOOP
        EXECUTE format('LOCK TABLE kroles.%I IN SHARE ROW EXCLUSIVE MODE', relation);
        -- these rows came with the extension
        IF relation IN ('settings', 'rights', 'baseline_rights', 'role_rights', 'ceiling_rights') THEN
            EXECUTE format('DELETE FROM kroles.%I', relation);
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM kroles.%I)', relation) INTO present;
        IF present THEN
            full_tables := full_tables || ('kroles.' || relation);
        END IF;
    END LOOP;
    IF full_tables <> '{}' THEN
        RAISE EXCEPTION 'this database has entitlements of its own' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
            HINT = 'A replica has the entitlements of its primary and no others: use a database in which the extension was just created.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.empty_for_replica() IS
    'For kroles_subscribe: deletes the rows that CREATE EXTENSION made, with triggers off; error 55000 if there are others';
REVOKE EXECUTE ON FUNCTION kroles.empty_for_replica() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_subscribe(conninfo text, slot name, publication name DEFAULT 'kroles_entitlements',
        subscription name DEFAULT 'kroles_entitlements') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    IF conninfo IS NULL OR slot IS NULL OR publication IS NULL OR subscription IS NULL THEN
        RAISE EXCEPTION 'connection, slot, publication and subscription must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'this database is a replica already' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'To begin anew: DROP SUBSCRIPTION, empty the tables of kroles, then DELETE FROM kroles.replica.';
    END IF;
    PERFORM kroles.empty_for_replica();
    INSERT INTO kroles.replica (subscription) VALUES ($4);
    -- (only with a slot that exists can a subscription be created in a transaction)
    EXECUTE format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (create_slot = false, slot_name = %L)', $4, $1, $3, $2);
    missing := (SELECT string_agg('kroles.' || t.name, ', ' ORDER BY t.name) FROM kroles.entitlement_tables() t
                WHERE NOT EXISTS (SELECT FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid
                                  WHERE s.subname = $4 AND s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                                    AND r.srrelid = format('kroles.%I', t.name)::regclass));
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'publication "%" does not have all entitlements', $3 USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It lacks %s.', missing), HINT = 'Call kroles_publish_entitlements() on the primary, with the same version of kroles.';
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_subscribe(text, name, name, name) IS
    'On a replica, as a superuser: deletes the rows that came with the extension, marks the database as a replica (kroles.replica), and subscribes to the publication of kroles_publish_entitlements() on the primary; error 55000 if there are other rows. The slot must exist there: pg_create_logical_replication_slot(slot, ''pgoutput''). The role of the connection must have REPLICATION and BYPASSRLS and may read the tables. Until every table is copied, every question is answered with the error KR001';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_subscribe(text, name, name, name) FROM PUBLIC;
