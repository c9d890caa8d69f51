-- What standbys and replicas know of their primary. (A member of the extension, because an old heartbeat in a dump would be none.)

CREATE TABLE kroles.heartbeat (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT heartbeat_has_one_row PRIMARY KEY
        CONSTRAINT heartbeat_has_only_one_row CHECK (only_row),
    at                  timestamptz NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT heartbeat_at_is_finite CHECK (isfinite(at)),
    caller              name NOT NULL DEFAULT session_user
) WITH (fillfactor = 10);
COMMENT ON TABLE kroles.heartbeat IS
    'The last sign of life of the primary, one row, which kroles_heartbeat() writes: a server that has it has every change that was committed before. Standbys and replicas compare it with settings.replica_lease. Not in dumps';
COMMENT ON COLUMN kroles.heartbeat.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.heartbeat.at IS 'When it was written, by the clock of the primary';
COMMENT ON COLUMN kroles.heartbeat.caller IS 'The login role that called kroles_heartbeat()';
