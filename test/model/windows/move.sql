-- Windows that open and close within the next seconds, at ticks of a twentieth of a second.
CREATE TABLE clock (base timestamptz);
CREATE FUNCTION tick(n integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT base + n * interval '50 milliseconds' FROM clock
$$;
-- Of four sorts: open, closes, opens, opens and closes.
CREATE FUNCTION pick_opening(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN pick(4, VARIADIC what) > 1 THEN tick(1 + pick(80, VARIADIC what || 'tick'::text)) END
$$;
CREATE FUNCTION pick_closing(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE pick(4, VARIADIC what) WHEN 1 THEN tick(1 + pick(80, VARIADIC what || 'tick'::text))
                                       WHEN 3 THEN tick(2 + pick(80, VARIADIC what || 'tick'::text) + pick(20, VARIADIC what || 'length'::text)) END
$$;
CREATE FUNCTION move_all_windows() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.group_members SET starts_at = pick_opening('1', group_id::text, user_id::text), expires_at = pick_closing('1', group_id::text, user_id::text);
    UPDATE kroles.space_members SET starts_at = pick_opening('2', space_id::text, user_id::text, group_id::text),
        expires_at = pick_closing('2', space_id::text, user_id::text, group_id::text);
    UPDATE kroles.media_collaborators SET starts_at = pick_opening('3', media_id::text, user_id::text, group_id::text, permission::text),
        expires_at = pick_closing('3', media_id::text, user_id::text, group_id::text, permission::text);
    UPDATE kroles.media_moderators SET starts_at = pick_opening('4', media_id::text, user_id::text, group_id::text, permission::text),
        expires_at = pick_closing('4', media_id::text, user_id::text, group_id::text, permission::text);
    UPDATE kroles.event_participants SET starts_at = pick_opening('5', event_id::text, user_id::text, group_id::text, role::text),
        expires_at = pick_closing('5', event_id::text, user_id::text, group_id::text, role::text) WHERE role <> 'organizer';
    UPDATE kroles.media SET available_from = pick_opening('6', id::text), available_until = pick_closing('6', id::text);
$$;
-- All windows move, and in the same statement, before any of them opens or closes, is asked.
CREATE FUNCTION move_and_ask(part text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE clock;
    INSERT INTO clock VALUES (statement_timestamp());
    PERFORM move_all_windows();
    PERFORM ask_at_once(part);
END $$;

-- Waits for a tick; it may have passed.
CREATE FUNCTION wait(n integer) RETURNS void LANGUAGE sql AS $$
    SELECT pg_sleep_until(tick(n))
$$;

-- Media is there again, whatever its window was; then every third is gone again, and as many are to come.
CREATE FUNCTION reopen_media() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.media SET available_from = NULL, available_until = NULL WHERE available_from IS NOT NULL OR available_until IS NOT NULL;
$$;
CREATE FUNCTION close_media() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.media SET available_from = CASE id % 3 WHEN 1 THEN statement_timestamp() + interval '1 day' END,
                            available_until = CASE id % 3 WHEN 0 THEN statement_timestamp() END WHERE id % 3 < 2;
$$;
