-- Whether this database is a replica.

CREATE TABLE kroles.replica (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT replica_has_one_row PRIMARY KEY
        CONSTRAINT replica_has_only_one_row CHECK (only_row),
    subscription        name NOT NULL,
    since               timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kroles.replica IS
    'Has its one row where this database is a logical replica, written by kroles_subscribe(); never replicated. While it is there, settings.replica_lease holds here, even when the subscription is gone. Delete the row to make the database one of its own, after DROP SUBSCRIPTION';
COMMENT ON COLUMN kroles.replica.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.replica.subscription IS 'The subscription that brings the entitlements';
COMMENT ON COLUMN kroles.replica.since IS 'When kroles_subscribe() was called';
