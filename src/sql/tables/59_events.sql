-- (the name sorts after those of the audit triggers, so that the log records the event before its organizer)
CREATE TRIGGER make_organizers AFTER INSERT ON kroles.events REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.make_organizers();
CREATE TRIGGER guard_last_organizer AFTER DELETE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER keep_organizer_still AFTER UPDATE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL
        AND (OLD.event_id IS DISTINCT FROM NEW.event_id OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.role IS DISTINCT FROM NEW.role))
    EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER guard_last_organizers AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_organizers();
CREATE TRIGGER guard_last_organizers AFTER INSERT ON kroles.user_blocks FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_organizers();

CREATE TRIGGER guard_creator BEFORE UPDATE OF created_by ON kroles.events
    FOR EACH ROW WHEN (OLD.created_by IS DISTINCT FROM NEW.created_by AND NOT kroles.beyond_policies())
    EXECUTE FUNCTION kroles.refuse('the creator of an event cannot be changed', '23514',
        'Change the organizers in kroles.event_participants.', 'events_creator_is_fixed');
CREATE TRIGGER guard_keys BEFORE UPDATE OF event_id, media_id ON kroles.event_sessions
    FOR EACH ROW WHEN ((OLD.event_id, OLD.media_id) <> (NEW.event_id, NEW.media_id))
    EXECUTE FUNCTION kroles.refuse('event and media of a session cannot be changed', '23514',
        'Delete the session and insert another one.', 'event_sessions_event_and_media_are_fixed');
