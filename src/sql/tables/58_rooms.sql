ALTER TABLE kroles.room_participants ALTER COLUMN rooms_switched SET DEFAULT kroles.rooms_switched();
-- (the name sorts after guard_last_organizers, which waits for transactions in which the user joins)
CREATE TRIGGER leave_rooms AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked <> OLD.blocked) EXECUTE FUNCTION kroles.end_stays();
CREATE TRIGGER leave_rooms AFTER INSERT OR DELETE ON kroles.user_blocks
    FOR EACH ROW EXECUTE FUNCTION kroles.end_stays();
-- (A stay that begins while rooms are off has the rights of that time; it ends when they are switched on, and does not keep
-- them.)
CREATE TRIGGER end_stays AFTER UPDATE OF chat_and_collaboration ON kroles.settings
    FOR EACH ROW WHEN (OLD.chat_and_collaboration <> NEW.chat_and_collaboration) EXECUTE FUNCTION kroles.end_stays();
-- (a BEFORE trigger, which reads the old limit)
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF room_session_limit ON kroles.settings
    FOR EACH ROW WHEN (OLD.room_session_limit < NEW.room_session_limit) EXECUTE FUNCTION kroles.end_run_out_stays();
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF available_from, available_until ON kroles.media
    FOR EACH ROW WHEN (NOT kroles.in_window(OLD.available_from, OLD.available_until) OR NOT kroles.in_window(NEW.available_from, NEW.available_until)) EXECUTE FUNCTION kroles.end_run_out_stays();
CREATE TRIGGER count_switch BEFORE UPDATE OF chat_and_collaboration, rooms_switched ON kroles.settings
    FOR EACH ROW EXECUTE FUNCTION kroles.count_switch();
