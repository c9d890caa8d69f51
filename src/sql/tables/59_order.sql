-- Where the user may add the row, the trigger waits for concurrent changes of the list before the policy is checked, and fills in
-- the last position. Any other row is left unchanged, and the policy refuses it.
DECLARE
    ordered record;
BEGIN
    FOR ordered IN
        SELECT * FROM (VALUES
            ('media_speakers', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('playlist_items', $q$(kroles.space_can('organize', NEW.space_id) OR kroles.holds(NEW.owner_id, NULL)) AND kroles.can('view', 'media', NEW.media_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', NEW.event_id) AND kroles.can('publish', 'media', NEW.media_id)$q$)
        ) AS t (name, may_add)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER place BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (%2$s OR kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.append_position();
            CREATE TRIGGER close_ranks_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_update AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
        $sql$, ordered.name, ordered.may_add);
    END LOOP;
END;
