-- Windows: when a grant counts and when media is there, by the time of the statement.

-- From the start on and until just before the end; without one of them there is no bound on that side.
CREATE FUNCTION in_force(starts_at timestamptz, expires_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(statement_timestamp() >= starts_at, true) AND coalesce(statement_timestamp() < expires_at, true)
$$;
-- Who is in which group now.
CREATE VIEW membership AS SELECT group_id, user_id FROM kroles.group_members WHERE in_force(starts_at, expires_at);
-- Media that is there now.
CREATE VIEW available AS SELECT id FROM kroles.media WHERE in_force(available_from, available_until);
