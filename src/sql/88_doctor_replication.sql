-- kroles_doctor(), continued: standbys and replicas that have stopped or are late. On a standby the report is that of the primary,
-- but for what concerns the server itself.

CREATE FUNCTION kroles.doctor_subscriptions() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS MATERIALIZED (
        SELECT s.oid, s.subname, s.subenabled, array_agg(kroles.qualified_name(r.srrelid) ORDER BY c.relname) FILTER (WHERE r.srsubstate <> 'r') AS missing
        FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid JOIN pg_class c ON c.oid = r.srrelid
        WHERE c.relnamespace = 'kroles'::regnamespace AND kroles.is_replica()
        GROUP BY s.oid, s.subname, s.subenabled)
    SELECT 'danger', 'subscription_stopped', format('subscription %I', o.subname),
           'is disabled: this replica gets no change any more, and what is revoked stays',
           format('ALTER SUBSCRIPTION %I ENABLE;', o.subname)
    FROM ours o WHERE NOT o.subenabled
    UNION ALL
    SELECT 'danger', 'subscription_stopped', format('subscription %I', o.subname),
           'has no worker: the primary cannot be reached, or a change cannot be applied; this replica gets no change meanwhile, and what is revoked stays',
           'The server''s log says why; pg_stat_subscription_stats counts errors.'
    FROM ours o
    -- (a standby of a replica has no workers)
    WHERE o.subenabled AND NOT pg_is_in_recovery()
      AND NOT EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = o.oid AND w.relid IS NULL AND w.pid IS NOT NULL)
    UNION ALL
    SELECT 'warning', 'replica_incomplete', format('subscription %I', o.subname),
           format('has not copied %s yet: until then every question is refused here (KR001)', array_to_string(o.missing, ', ')),
           'Wait; if it lasts, the server''s log says why.'
    FROM ours o WHERE o.missing IS NOT NULL
    UNION ALL
    SELECT 'danger', 'subscription_missing', format('kroles.replica %L', r.subscription),
           'this database is a replica, and no subscription brings the entitlements: what is revoked on the primary stays here',
           'Subscribe again with a new database; or, to make the database one of its own, DELETE FROM kroles.replica.'
    FROM kroles.replica r WHERE NOT EXISTS (SELECT FROM ours)
    UNION ALL
    SELECT 'warning', 'replica_unmarked', format('subscription %I', o.subname),
           'brings entitlements, but kroles_subscribe() did not create it: when it is dropped, nothing says that this database was a replica',
           format('INSERT INTO kroles.replica (subscription) VALUES (%L);', o.subname)
    FROM ours o WHERE NOT EXISTS (SELECT FROM kroles.replica)
    UNION ALL
    SELECT 'warning', 'secret_published', format('publication %I', p.pubname),
           'sends kroles.secret to its subscribers, who need it for nothing: each database has its own',
           'Create the publication with kroles_publish_entitlements().'
    FROM pg_publication_tables p WHERE p.schemaname = 'kroles' AND p.tablename = 'secret'
$$;
COMMENT ON FUNCTION kroles.doctor_subscriptions() IS 'For kroles_doctor: subscriptions of entitlements that have stopped, and publications';
REVOKE EXECUTE ON FUNCTION kroles.doctor_subscriptions() FROM PUBLIC;

CREATE FUNCTION kroles.doctor_heartbeat() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH server AS MATERIALIZED (
        SELECT pg_is_in_recovery() AS standby, kroles.is_replica() AS replica, s.replica_lease AS lease,
               (SELECT h.at FROM kroles.heartbeat h) AS heartbeat, clock_timestamp() AS now
        FROM (SELECT) AS always LEFT JOIN kroles.settings s ON true)
    SELECT 'danger', 'replay_paused', 'server', 'replay is paused on this standby: what is revoked on the primary stays here',
           'SELECT pg_wal_replay_resume();'
    FROM server v WHERE v.standby AND CASE WHEN v.standby THEN pg_is_wal_replay_paused() END
    UNION ALL
    SELECT 'warning', 'not_streaming', 'server',
           'this standby does not stream from a primary: what is revoked there comes late, or not at all',
           'Check primary_conninfo and the server''s log. A standby that restores an archive is late by as much as the archive is.'
    FROM server v WHERE v.standby AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver w WHERE w.status = 'streaming')
    UNION ALL
    SELECT 'warning', 'late_heartbeat', 'kroles.heartbeat',
           CASE WHEN v.heartbeat IS NULL THEN 'there is no heartbeat' WHEN v.heartbeat > v.now THEN 'the heartbeat is from the future, by more than settings.replica_lease'
                ELSE format('the last heartbeat was written at %s, longer ago than settings.replica_lease', to_char(v.heartbeat, 'YYYY-MM-DD HH24:MI:SS')) END
               || CASE WHEN v.standby OR v.replica THEN ': every question is refused here (KR001)'
                       ELSE ': standbys and replicas refuse every question (KR001)' END,
           'Have kroles_heartbeat() called on the primary several times within the lease; on a standby or replica, see whether replication works and clocks agree.'
    FROM server v WHERE v.lease IS NOT NULL AND (v.heartbeat IS NULL OR v.heartbeat NOT BETWEEN v.now - v.lease AND v.now + v.lease)
    UNION ALL
    SELECT 'notice', 'no_lease', 'kroles.settings',
           'this server follows a primary, and settings.replica_lease is not set: if replication stops, what is revoked on the primary stays here, and no user notices',
           'On the primary: have kroles_heartbeat() called, then UPDATE kroles.settings SET replica_lease = …;'
    FROM server v WHERE v.lease IS NULL AND (v.standby OR v.replica)
$$;
COMMENT ON FUNCTION kroles.doctor_heartbeat() IS 'For kroles_doctor: standbys that do not replay, and the lease of standbys and replicas';
REVOKE EXECUTE ON FUNCTION kroles.doctor_heartbeat() FROM PUBLIC;
