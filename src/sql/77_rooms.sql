-- What ends stays in rooms beside leaving and being removed.

CREATE FUNCTION kroles.end_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_stays';
COMMENT ON FUNCTION kroles.end_stays() IS
    'Trigger: ends the stays in rooms of a user who is blocked or unblocked, or of everybody when rooms are switched off, or on again';
REVOKE EXECUTE ON FUNCTION kroles.end_stays() FROM PUBLIC;
-- (a name after keep_organizers: that one waits for those who are just joining)
CREATE TRIGGER leave_rooms AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked <> OLD.blocked) EXECUTE FUNCTION kroles.end_stays();
CREATE TRIGGER leave_rooms AFTER INSERT OR DELETE ON kroles.user_blocks
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_stays();
-- (Who joins while they are off has what is so at any time; when they are on again it would be what was so then.)
CREATE TRIGGER end_stays AFTER UPDATE OF chat_and_collaboration ON kroles.settings
    FOR EACH ROW WHEN (OLD.chat_and_collaboration <> NEW.chat_and_collaboration AND NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_stays();

CREATE FUNCTION kroles.end_run_out_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_run_out_stays';
COMMENT ON FUNCTION kroles.end_run_out_stays() IS 'Trigger: stays that have run out are over, also when the limit is raised afterwards';
REVOKE EXECUTE ON FUNCTION kroles.end_run_out_stays() FROM PUBLIC;
-- (before, so that the limit that they have run out by is the old one)
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF room_session_limit ON kroles.settings
    FOR EACH ROW WHEN (OLD.room_session_limit < NEW.room_session_limit AND NOT kroles.restoring()) EXECUTE FUNCTION kroles.end_run_out_stays();

-- A stay that began before rooms were switched off counts no more, also one that was not to be seen then: so nobody who joins
-- has to hold the settings.
CREATE FUNCTION kroles.count_switch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.rooms_switched := OLD.rooms_switched + (OLD.chat_and_collaboration <> NEW.chat_and_collaboration)::integer;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.count_switch() IS 'Trigger: counts how often rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.count_switch() FROM PUBLIC;
CREATE TRIGGER count_switch BEFORE UPDATE OF chat_and_collaboration, rooms_switched ON kroles.settings
    FOR EACH ROW WHEN (NOT kroles.restoring()) EXECUTE FUNCTION kroles.count_switch();
