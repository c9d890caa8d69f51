-- The time of a grant: from starts_at until just before expires_at, NULL for no limit.

CREATE FUNCTION kroles.in_window(starts_at timestamptz, expires_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(starts_at <= statement_timestamp(), true) AND coalesce(statement_timestamp() < expires_at, true);
COMMENT ON FUNCTION kroles.in_window(timestamptz, timestamptz) IS 'Whether the statement''s time is in a window';
