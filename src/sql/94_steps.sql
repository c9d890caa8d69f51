-- Steps of kroles.upgrade_tables(): what the tables of an earlier version lack. (A new database has it from src/sql/tables.)

CREATE FUNCTION kroles.check_names() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text := (SELECT string_agg(w.row, ', ' ORDER BY w.row) FROM (
        SELECT format('kroles.users %s', u.id) FROM kroles.users u WHERE NOT (kroles.is_trimmed(u.login) AND kroles.is_visible(u.login))
        UNION ALL SELECT format('kroles.groups %s', g.id) FROM kroles.groups g WHERE NOT kroles.is_trimmed(g.name)
        UNION ALL SELECT format('kroles.spaces %s', s.id) FROM kroles.spaces s WHERE NOT kroles.is_trimmed(s.external_id)
        UNION ALL SELECT format('kroles.media %s', m.id) FROM kroles.media m WHERE NOT kroles.is_trimmed(m.external_id)
        UNION ALL SELECT format('kroles.events %s', e.id) FROM kroles.events e WHERE NOT kroles.is_trimmed(e.external_id)
        LIMIT 20) AS w (row));
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'logins, names of groups or external ids have invisible characters around or in them' USING ERRCODE = 'check_violation',
            DETAIL = format('These rows do, by id: %s.', wrong), HINT = 'Change them, then SELECT kroles_install() again. Until then everything is answered with the tables as they are.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_names() IS
    'For the step from 1.0.0: error 23514 with the rows (up to 20) whose login, name or external id the new constraints would refuse';
REVOKE EXECUTE ON FUNCTION kroles.check_names() FROM PUBLIC;

-- Former logins are known from the log.
CREATE FUNCTION kroles.retire_logged_logins() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kroles.retired_external_ids (relation, external_id, object_id)
    SELECT DISTINCT CASE WHEN d.object_id IS NULL THEN 'users' ELSE 'deleted users' END, lower(l.before->>'login'), object_id
    FROM kroles.audit_log l
    LEFT JOIN (SELECT DISTINCT a.object_id FROM kroles.audit_log a WHERE a.relation = 'kroles.users' AND a.operation = 'DELETE') AS d USING (object_id)
    WHERE l.relation = 'kroles.users' AND l.operation IN ('UPDATE', 'DELETE') AND l.before->>'login' IS NOT NULL AND object_id IS NOT NULL
      AND (l.operation = 'DELETE' OR l.before->>'login' IS DISTINCT FROM l.after->>'login')
    ON CONFLICT DO NOTHING;
    UPDATE kroles.users u SET tokens_valid_after = greatest(u.tokens_valid_after, statement_timestamp())
    WHERE EXISTS (SELECT FROM kroles.retired_external_ids r WHERE r.external_id = lower(u.login)
                  AND (r.relation = 'deleted users' OR r.relation = 'users' AND r.object_id <> u.id));
END $$;
COMMENT ON FUNCTION kroles.retire_logged_logins() IS
    'For the step from 1.0.0: records the former logins that the log has, and refuses the older tokens of users who have one of another user';
REVOKE EXECUTE ON FUNCTION kroles.retire_logged_logins() FROM PUBLIC;

CREATE FUNCTION kroles.upgrade_from_1_0_0() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    PERFORM kroles.check_names();
    ALTER TABLE kroles.settings ADD COLUMN case_insensitive_logins boolean NOT NULL DEFAULT false;
    ALTER TABLE kroles.users ADD CONSTRAINT users_login_has_only_visible_characters
        CHECK (kroles.is_trimmed(login) AND kroles.is_visible(login));
    ALTER TABLE kroles.groups ADD CONSTRAINT groups_name_is_trimmed CHECK (kroles.is_trimmed(name));
    ALTER TABLE kroles.spaces ADD CONSTRAINT spaces_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.media ADD CONSTRAINT media_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.events ADD CONSTRAINT events_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    PERFORM kroles.retire_logged_logins();
    CREATE TRIGGER fold_login BEFORE INSERT OR UPDATE OF login ON kroles.users
        FOR EACH ROW EXECUTE FUNCTION kroles.fold_login();
    CREATE TRIGGER fold_logins AFTER UPDATE OF case_insensitive_logins ON kroles.settings
        FOR EACH ROW WHEN (NEW.case_insensitive_logins AND NOT OLD.case_insensitive_logins)
        EXECUTE FUNCTION kroles.fold_logins();
    CREATE TRIGGER guard_last_administrator AFTER DELETE ON kroles.users
        FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_last_administrator_still AFTER UPDATE OF administrator, blocked ON kroles.users
        FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked AND NOT (NEW.administrator AND NOT NEW.blocked))
        EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_last_administrator AFTER INSERT ON kroles.user_blocks
        FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_administrator();
    CREATE TRIGGER guard_tokens BEFORE INSERT ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.guard_tokens();
    CREATE TRIGGER guard_tokens_changed BEFORE UPDATE OF login, tokens_valid_after ON kroles.users
        FOR EACH ROW WHEN (OLD.login <> NEW.login OR OLD.tokens_valid_after IS DISTINCT FROM NEW.tokens_valid_after)
        EXECUTE FUNCTION kroles.guard_tokens();
    CREATE TRIGGER retire_login BEFORE DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.retire_login();
    CREATE TRIGGER retire_login_changed BEFORE UPDATE OF login ON kroles.users
        FOR EACH ROW WHEN (OLD.login <> NEW.login) EXECUTE FUNCTION kroles.retire_login();
    CREATE TRIGGER retire_logins BEFORE TRUNCATE ON kroles.users FOR EACH STATEMENT EXECUTE FUNCTION kroles.retire_login();
    CREATE OR REPLACE VIEW kroles.moderation_queue WITH (security_invoker = true) AS
        SELECT p.media_id, p.space_id, p.status, p.published_by, p.published_at, p.reason,
               (SELECT m.name FROM kroles.media m WHERE m.id = p.media_id) AS media_name,
               (SELECT s.name FROM kroles.spaces s WHERE s.id = p.space_id) AS space_name,
               (SELECT m.type FROM kroles.media m WHERE m.id = p.media_id) AS media_type,
               @extschema@.kroles_publisher_name(p.media_id, p.space_id) AS publisher_name,
               (SELECT m.available_from FROM kroles.media m WHERE m.id = p.media_id) AS available_from,
               (SELECT m.available_until FROM kroles.media m WHERE m.id = p.media_id) AS available_until
        FROM kroles.publications p
        WHERE p.status = 'pending' AND kroles.space_can('moderate', p.space_id);
    -- windows
    ALTER TABLE kroles.group_members ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT group_members_ends_after_it_starts CHECK (starts_at < expires_at);
    CREATE INDEX group_members_windows ON kroles.group_members (user_id, group_id) INCLUDE (starts_at, expires_at)
        WHERE starts_at IS NOT NULL OR expires_at IS NOT NULL;
    ALTER TABLE kroles.space_members ADD COLUMN starts_at timestamptz,
        ADD CONSTRAINT space_members_ends_after_it_starts CHECK (starts_at < expires_at);
    DROP INDEX kroles.space_members_user, kroles.space_members_group;
    CREATE INDEX space_members_user ON kroles.space_members (user_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE user_id IS NOT NULL;
    CREATE INDEX space_members_group ON kroles.space_members (group_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE group_id IS NOT NULL;
    ALTER TABLE kroles.media ADD COLUMN available_from timestamptz, ADD COLUMN available_until timestamptz,
        ADD CONSTRAINT media_available_until_is_after_available_from CHECK (available_from < available_until);
    CREATE INDEX media_windows ON kroles.media (id) INCLUDE (available_from, available_until)
        WHERE available_from IS NOT NULL OR available_until IS NOT NULL;
    CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF available_from, available_until ON kroles.media
        FOR EACH ROW WHEN (OLD.available_until <= statement_timestamp() OR NOT kroles.in_window(NEW.available_from, NEW.available_until)) EXECUTE FUNCTION kroles.end_run_out_stays();
    ALTER TABLE kroles.media_collaborators ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT media_collaborators_ends_after_it_starts CHECK (starts_at < expires_at);
    ALTER TABLE kroles.media_moderators ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT media_moderators_ends_after_it_starts CHECK (starts_at < expires_at);
    ALTER TABLE kroles.event_participants ADD COLUMN starts_at timestamptz, ADD COLUMN expires_at timestamptz,
        ADD CONSTRAINT event_participants_ends_after_it_starts CHECK (starts_at < expires_at),
        ADD CONSTRAINT event_participants_organizer_has_no_window CHECK (role <> 'organizer' OR num_nonnulls(starts_at, expires_at) = 0);
    DROP INDEX kroles.event_participants_user, kroles.event_participants_group;
    CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE user_id IS NOT NULL;
    CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE group_id IS NOT NULL;
    CREATE OR REPLACE VIEW kroles.my_media WITH (security_invoker = true) AS
        SELECT id, external_id, type, name, owner_id, created_at, available_from, available_until
        FROM kroles.media
        WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
    COMMENT ON COLUMN kroles.group_members.starts_at IS 'The membership is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.group_members.expires_at IS 'The membership is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.space_members.starts_at IS 'The grant is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; in its room, hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the time of availability, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';
    COMMENT ON COLUMN kroles.media_collaborators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_collaborators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.media_moderators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_moderators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.event_participants.starts_at IS 'The role is in force from this time on; NULL: it has begun. An organizer has no window';
    COMMENT ON COLUMN kroles.event_participants.expires_at IS 'The role is not in force from this time on; NULL: it does not expire. An organizer has no window';
    COMMENT ON COLUMN kroles.my_media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; in its room, hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.my_media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    COMMENT ON COLUMN kroles.moderation_queue.available_from IS 'The start of the time in which the media is available; NULL: no limit';
    COMMENT ON COLUMN kroles.moderation_queue.available_until IS 'The end of that time; NULL: no limit';
    COMMENT ON COLUMN kroles.settings.case_insensitive_logins IS
        'Whether case does not matter in logins (default off). While it is on, logins are stored in lower case, and tokens, gateways and lists may write them in any; it cannot be turned on while logins differ in case alone';
    COMMENT ON COLUMN kroles.users.login IS 'The name that tokens and gateways use for the user; compared case-sensitively, unless settings.case_insensitive_logins is on';
    COMMENT ON COLUMN kroles.users.tokens_valid_after IS 'Tokens issued before this time are refused; NULL: none. Set by a trigger, and never to an earlier time, for a user whose login another user had';
    COMMENT ON TABLE kroles.retired_external_ids IS
        'Former external ids of spaces, media and events, recorded by triggers: only administrators may assign them to another object; and former logins of users, so that old tokens are refused where a login is given again. Visible to administrators';
    COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media, events or users; "deleted users" for logins of users who no longer exist';
    COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id; of a user the login, in lower case';
    COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object or user that had it';
    COMMENT ON COLUMN kroles.moderation_queue.media_type IS 'The media''s type';
    COMMENT ON COLUMN kroles.moderation_queue.publisher_name IS 'The name of the user who published, or the login where the user has no name';
    CREATE OR REPLACE VIEW kroles.tables_version WITH (security_invoker = true) AS SELECT '1.1.0'::text AS version;
END $step$;
COMMENT ON FUNCTION kroles.upgrade_from_1_0_0() IS 'The step of kroles.upgrade_tables() from 1.0.0';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_from_1_0_0() FROM PUBLIC;
