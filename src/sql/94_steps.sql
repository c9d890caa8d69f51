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

-- Playlists of persons.
CREATE FUNCTION kroles.upgrade_playlists() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.playlists ALTER COLUMN space_id DROP NOT NULL,
        ADD COLUMN owner_id bigint CONSTRAINT playlists_owner_must_be_a_user REFERENCES kroles.users ON DELETE CASCADE,
        ADD CONSTRAINT playlists_id_with_owner_is_unique UNIQUE (id, owner_id),
        ADD CONSTRAINT playlists_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1);
    CREATE INDEX playlists_owner ON kroles.playlists (owner_id) WHERE owner_id IS NOT NULL;
    ALTER TABLE kroles.playlist_items DROP CONSTRAINT playlist_items_playlist_must_exist, ADD COLUMN owner_id bigint;
    ALTER TABLE kroles.playlist_items
        ADD CONSTRAINT playlist_items_playlist_must_exist
            FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) ON DELETE CASCADE,
        ADD CONSTRAINT playlist_items_personal_playlist_must_exist
            FOREIGN KEY (playlist_id, owner_id) REFERENCES kroles.playlists (id, owner_id) ON DELETE CASCADE,
        ADD CONSTRAINT playlist_items_either_of_a_space_or_of_a_person CHECK (num_nonnulls(space_id, owner_id) = 1);
    CREATE INDEX playlist_items_owner ON kroles.playlist_items (owner_id, playlist_id) WHERE owner_id IS NOT NULL;
    ALTER POLICY read ON kroles.playlists
        USING (kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY add ON kroles.playlists
        WITH CHECK (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY change ON kroles.playlists
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY remove ON kroles.playlists
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));

    ALTER POLICY read ON kroles.playlist_items
        USING ((kroles.space_can('view', space_id) OR kroles.holds(owner_id, NULL)
                OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
            AND kroles.can('view', 'media', media_id));
    ALTER POLICY add ON kroles.playlist_items
        WITH CHECK ((kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
                OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')))
            AND kroles.can('view', 'media', media_id));
    ALTER POLICY change ON kroles.playlist_items
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    ALTER POLICY remove ON kroles.playlist_items
        USING (kroles.space_can('organize', space_id) OR kroles.holds(owner_id, NULL)
            OR (owner_id IS NOT NULL AND kroles.can('administer', 'site')));
    DROP TRIGGER guard_channel ON kroles.playlists;
    DROP TRIGGER guard_space ON kroles.playlists;
    DROP TRIGGER guard_row ON kroles.playlist_items;
    DROP TRIGGER fill_space ON kroles.playlist_items;
    DROP TRIGGER place ON kroles.playlist_items;
    DROP TRIGGER guard_remove ON kroles.playlists;
    DROP TRIGGER guard_remove ON kroles.playlist_items;
    CREATE TRIGGER fill_owner BEFORE INSERT ON kroles.playlists
        FOR EACH ROW WHEN (NEW.space_id IS NULL AND NEW.owner_id IS NULL) EXECUTE FUNCTION kroles.fill_owner();
    CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists
        FOR EACH ROW WHEN (NEW.space_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_playlist();
    CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
        FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
        EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
    CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.playlists
        FOR EACH ROW WHEN (OLD.owner_id IS DISTINCT FROM NEW.owner_id)
        EXECUTE FUNCTION kroles.refuse('the owner of a playlist cannot be changed', '23514', 'Create a new playlist.', 'playlists_owner_is_fixed');
    CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
        FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
            OR OLD.space_id IS DISTINCT FROM NEW.space_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
        EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
            'playlist_items_only_position_changes');
    CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
        FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();
    CREATE TRIGGER place BEFORE INSERT ON kroles.playlist_items
        FOR EACH ROW WHEN ((kroles.space_can('organize', NEW.space_id) OR kroles.holds(NEW.owner_id, NULL))
            AND kroles.can('view', 'media', NEW.media_id) OR kroles.can('administer', 'site'))
        EXECUTE FUNCTION kroles.append_position();
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.playlists FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT (kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))))
        EXECUTE FUNCTION kroles.keep_row();
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.playlist_items FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT (kroles.space_can('organize', OLD.space_id) OR kroles.holds(OLD.owner_id, NULL) OR (OLD.owner_id IS NOT NULL AND kroles.can('administer', 'site'))))
        EXECUTE FUNCTION kroles.keep_row();
    COMMENT ON TABLE kroles.playlists IS 'The playlists of channels, and those of persons';
    COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed. NULL for a personal playlist';
    COMMENT ON COLUMN kroles.playlists.owner_id IS 'The person whose playlist it is; fixed. Filled in by a trigger where INSERT names neither a channel nor a person; NULL for a playlist of a channel';
    COMMENT ON COLUMN kroles.playlist_items.owner_id IS 'The person whose playlist it is, filled in likewise';
    CREATE VIEW kroles.my_playlists WITH (security_invoker = true) AS
        SELECT id, name, created_at FROM kroles.playlists WHERE owner_id = kroles.asker();
    COMMENT ON VIEW kroles.my_playlists IS
        'The personal playlists of the current user; empty without a user. INSERT makes one, UPDATE of name and DELETE as on kroles.playlists. kroles_my_playlists() is for pages: without a user it raises an error';
    COMMENT ON COLUMN kroles.my_playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
    COMMENT ON COLUMN kroles.my_playlists.name IS 'The display name';
    COMMENT ON COLUMN kroles.my_playlists.created_at IS 'When the row was created';
    PERFORM kroles.complete_relation('my_playlists');
END $step$;
COMMENT ON FUNCTION kroles.upgrade_playlists() IS 'For the step from 1.0.0: playlists of persons';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_playlists() FROM PUBLIC;

-- Requests to join, and names of people.
CREATE FUNCTION kroles.upgrade_joining() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    ALTER TABLE kroles.settings ADD COLUMN people_shown_to kroles.people_audience NOT NULL DEFAULT 'logged_in';
    ALTER TABLE kroles.spaces ADD COLUMN joining kroles.joining_policy NOT NULL DEFAULT 'closed';
    CREATE INDEX spaces_joinable ON kroles.spaces (lower(left(name, 100)), id) WHERE joining <> 'closed';
    COMMENT ON COLUMN kroles.settings.people_shown_to IS 'To whom kroles.people shows the names of users: nobody but administrators, logged_in (default) users, or everyone: anonymous sessions too, where allow_anonymous is on. Users see their own in any case';
    COMMENT ON COLUMN kroles.spaces.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    CREATE SEQUENCE kroles.join_requests_id_seq;
    CREATE TABLE kroles.join_requests (
        id                  bigint DEFAULT kroles.next_id('kroles.join_requests_id_seq') CONSTRAINT join_requests_id_is_unique PRIMARY KEY,
        space_id            bigint NOT NULL
            CONSTRAINT join_requests_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
        user_id             bigint NOT NULL
            CONSTRAINT join_requests_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
        message             text
            CONSTRAINT join_requests_message_is_short CHECK (length(message) <= 2000),
        status              kroles.join_status NOT NULL DEFAULT 'pending',
        requested_at        timestamptz NOT NULL DEFAULT now(),
        answered_by         bigint
            CONSTRAINT join_requests_answerer_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
        answered_at         timestamptz,
        reason              text,
        CONSTRAINT join_requests_one_a_user_and_space UNIQUE (user_id, space_id)
    );
    CREATE INDEX join_requests_space ON kroles.join_requests (space_id, status, requested_at, id);
    CREATE INDEX join_requests_answerer ON kroles.join_requests (answered_by);
    COMMENT ON TABLE kroles.join_requests IS
        'Requests to join a channel or gallery, one for each user and space; visible to the asker and to users with manage_members there. kroles_request_to_join() makes them, kroles_answer_request() answers them. DELETE withdraws one''s own while it is pending; users with manage_members delete any';
    COMMENT ON COLUMN kroles.join_requests.id IS 'The id of the request';
    COMMENT ON COLUMN kroles.join_requests.space_id IS 'The channel or gallery';
    COMMENT ON COLUMN kroles.join_requests.user_id IS 'The user who asks';
    COMMENT ON COLUMN kroles.join_requests.message IS 'What the user says to those who answer; up to 2,000 characters';
    COMMENT ON COLUMN kroles.join_requests.status IS 'pending until it is answered. A rejected one remains, and the user cannot ask again, until a user with manage_members deletes it; an approved one is replaced if the user asks again, without a grant';
    COMMENT ON COLUMN kroles.join_requests.requested_at IS 'When the user asked';
    COMMENT ON COLUMN kroles.join_requests.answered_by IS 'The user who answered; NULL for a session without a user, and when the user is deleted';
    COMMENT ON COLUMN kroles.join_requests.answered_at IS 'When it was answered; NULL until then';
    COMMENT ON COLUMN kroles.join_requests.reason IS 'The reason for the answer';
    CREATE POLICY read ON kroles.join_requests FOR SELECT
        USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id));
    CREATE POLICY add ON kroles.join_requests FOR INSERT
        WITH CHECK (kroles.can('administer', 'site'));
    CREATE POLICY change ON kroles.join_requests FOR UPDATE
        USING (kroles.can('administer', 'site'));
    CREATE POLICY remove ON kroles.join_requests FOR DELETE
        USING ((kroles.holds(user_id, NULL) AND status = 'pending') OR kroles.space_can('manage_members', space_id));
    CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.join_requests FOR EACH ROW
        WHEN (NOT kroles.beyond_policies() AND NOT ((kroles.holds(OLD.user_id, NULL) AND OLD.status = 'pending') OR kroles.space_can('manage_members', OLD.space_id)))
        EXECUTE FUNCTION kroles.keep_row();
    PERFORM kroles.complete_relation('join_requests');
    ALTER POLICY read ON kroles.audit_log
        USING (kroles.can('administer', 'site')
            OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
            CASE object_kind
                WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                    OR kroles.can('moderate', 'media', object_id)
                WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
                WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
                ELSE false END
            OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
    CREATE OR REPLACE VIEW kroles.channels WITH (security_invoker = true) AS
        SELECT id, kind, type, external_id, name, owner_id, moderated, created_at, joining
        FROM kroles.spaces WHERE kind = 'channel'
        WITH CASCADED CHECK OPTION;
    CREATE OR REPLACE VIEW kroles.galleries WITH (security_invoker = true) AS
        SELECT id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at, joining
        FROM kroles.spaces WHERE kind = 'gallery'
        WITH CASCADED CHECK OPTION;
    COMMENT ON COLUMN kroles.channels.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    COMMENT ON COLUMN kroles.galleries.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';
    CREATE VIEW kroles.people WITH (security_barrier = true, security_invoker = false) AS
        SELECT u.id, nullif(btrim(u.name), '') AS name, kroles.initials(u.name) AS initials, u.avatar_url, u.title
        FROM kroles.users u
        WHERE ((SELECT kroles.shows_people()) OR kroles.holds(u.id, NULL)) AND NOT u.blocked
          AND u.id <> ALL (ARRAY(SELECT b.user_id FROM kroles.user_blocks b));
    COMMENT ON VIEW kroles.people IS
        'The names of users who are not blocked, without login and email, for pages that show whose media it is: by one join. settings.people_shown_to says to whom; users see their own in any case. Read only';
    COMMENT ON COLUMN kroles.people.name IS 'The display name; NULL where it is blank';
    COMMENT ON COLUMN kroles.people.initials IS 'The initials of the first and the last word of the name, shown in place of a picture; NULL for a blank name';
    CREATE TRIGGER guard_read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON kroles.people
        FOR EACH ROW EXECUTE FUNCTION kroles.refuse('kroles.people is read only', '42501', 'Users change their own name, picture and title in kroles.users.');
    COMMENT ON COLUMN kroles.people.id IS 'The id of the user; assigned by the database (administrators may supply one) and fixed';
    COMMENT ON COLUMN kroles.people.avatar_url IS 'URL of the picture; without one, lists show initials';
    COMMENT ON COLUMN kroles.people.title IS 'Title or position, for the speaker card';
    PERFORM kroles.complete_relation('people');
END $step$;
COMMENT ON FUNCTION kroles.upgrade_joining() IS 'For the step from 1.0.0: requests to join spaces, and names of people';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_joining() FROM PUBLIC;

CREATE FUNCTION kroles.upgrade_windows() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
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
    ALTER TABLE kroles.room_participants ADD COLUMN began_available boolean NOT NULL DEFAULT true;
    COMMENT ON COLUMN kroles.room_participants.began_available IS 'Whether the media was available when the user joined (media.available_from, available_until): then the stay ends when it no longer is';
    CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF available_from, available_until ON kroles.media
        FOR EACH ROW WHEN (NOT kroles.in_window(OLD.available_from, OLD.available_until) OR NOT kroles.in_window(NEW.available_from, NEW.available_until)) EXECUTE FUNCTION kroles.end_run_out_stays();
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
    COMMENT ON COLUMN kroles.media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the time of availability, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';
    COMMENT ON COLUMN kroles.media_collaborators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_collaborators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.media_moderators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
    COMMENT ON COLUMN kroles.media_moderators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
    COMMENT ON COLUMN kroles.event_participants.starts_at IS 'The role is in force from this time on; NULL: it has begun. An organizer has no window';
    COMMENT ON COLUMN kroles.event_participants.expires_at IS 'The role is not in force from this time on; NULL: it does not expire. An organizer has no window';
    COMMENT ON COLUMN kroles.my_media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
    COMMENT ON COLUMN kroles.my_media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
    CREATE OR REPLACE VIEW kroles.group_member_import WITH (security_invoker = true) AS
        SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login, NULL::text AS starts_at, NULL::text AS expires_at WHERE false;
    CREATE OR REPLACE VIEW kroles.space_member_import WITH (security_invoker = true) AS
        SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
               NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at, NULL::text AS starts_at
        WHERE false;
    COMMENT ON COLUMN kroles.group_member_import.starts_at IS 'When the membership begins; "always" (the default for a new member) for one without a start';
    COMMENT ON COLUMN kroles.group_member_import.expires_at IS 'When the membership ends; "never" (the default for a new member) for one without an end';
    COMMENT ON COLUMN kroles.space_member_import.starts_at IS 'When the grant begins; "always" (the default for a new member) for a grant without a start';
END $step$;
COMMENT ON FUNCTION kroles.upgrade_windows() IS 'For the step from 1.0.0: windows of grants and of media';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_windows() FROM PUBLIC;

CREATE FUNCTION kroles.upgrade_from_1_0_0() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $step$
BEGIN
    PERFORM kroles.check_names();
    PERFORM kroles.upgrade_windows();
    ALTER TABLE kroles.settings ADD COLUMN case_insensitive_logins boolean NOT NULL DEFAULT false;
    ALTER TABLE kroles.users ADD CONSTRAINT users_login_has_only_visible_characters
        CHECK (kroles.is_trimmed(login) AND kroles.is_visible(login));
    ALTER TABLE kroles.groups ADD CONSTRAINT groups_name_is_trimmed CHECK (kroles.is_trimmed(name));
    ALTER TABLE kroles.spaces ADD CONSTRAINT spaces_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.media ADD CONSTRAINT media_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    ALTER TABLE kroles.events ADD CONSTRAINT events_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id));
    PERFORM kroles.retire_logged_logins();
    PERFORM kroles.upgrade_playlists();
    PERFORM kroles.upgrade_joining();
    PERFORM kroles.upgrade_access_changes();
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
