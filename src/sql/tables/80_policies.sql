-- Policies: who may read and change which rows. Guards, which are triggers, restrict what policies cannot: columns and changes of
-- state. (Row-level security is enabled and forced on every table, for its owner too: see the piece made from
-- kroles.relations().)

-- Users and groups
CREATE POLICY read ON kroles.users FOR SELECT
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.users FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.users FOR UPDATE
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.users FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.user_blocks FOR SELECT
    USING (kroles.can('administer', 'site') OR kroles.is_auditor());

CREATE POLICY read ON kroles.groups FOR SELECT
    USING (kroles.holds(NULL, id) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.groups FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.groups FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.groups FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.group_members FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.group_members FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.group_members FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.group_members FOR DELETE
    USING (kroles.can('administer', 'site'));

-- Spaces and grants on them
CREATE POLICY read ON kroles.spaces FOR SELECT
    USING (kroles.space_can('view', id));
CREATE POLICY add ON kroles.spaces FOR INSERT
    WITH CHECK ((kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site'))
        AND CASE WHEN parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', parent_id)
                 WHEN kind = 'channel' THEN kroles.can('create_channel', 'site')
                 WHEN kind = 'gallery' THEN kroles.can('create_gallery', 'site')
                 ELSE false END);
CREATE POLICY change ON kroles.spaces FOR UPDATE
    USING (kroles.space_can('manage', id));
CREATE POLICY remove ON kroles.spaces FOR DELETE
    USING (kroles.space_can('delete', id));

CREATE POLICY read ON kroles.space_members FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.space_can('manage_members', space_id)
        OR kroles.space_can('moderate', space_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.space_members FOR INSERT
    WITH CHECK (kroles.space_can('manage_members', space_id));
CREATE POLICY change ON kroles.space_members FOR UPDATE
    USING (kroles.space_can('manage_members', space_id));
CREATE POLICY remove ON kroles.space_members FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id));

-- Media, where it is published, and the people on it
CREATE POLICY read ON kroles.media FOR SELECT
    USING (kroles.audience_can('view', audience));
CREATE POLICY add ON kroles.media FOR INSERT
    WITH CHECK (kroles.can('upload', 'site')
        AND (kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.media FOR UPDATE
    USING (kroles.audience_can('edit', audience));
CREATE POLICY remove ON kroles.media FOR DELETE
    USING (kroles.audience_can('delete', audience));

CREATE POLICY read ON kroles.publications FOR SELECT
    USING (kroles.may_see_publication(media_id, space_id, status, published_by));
CREATE POLICY add ON kroles.publications FOR INSERT
    WITH CHECK (kroles.can_publish(media_id, space_id));
CREATE POLICY change ON kroles.publications FOR UPDATE
    USING (kroles.space_can('moderate', space_id)
        OR kroles.can_publish(media_id, space_id) AND kroles.may_see_publication(media_id, space_id, status, published_by))
    WITH CHECK (kroles.space_can('moderate', space_id) OR kroles.can_publish(media_id, space_id));
CREATE POLICY remove ON kroles.publications FOR DELETE
    USING (kroles.may_take_down(media_id, space_id, published_by));

CREATE POLICY read ON kroles.media_collaborators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_collaborators FOR INSERT
    WITH CHECK (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY change ON kroles.media_collaborators FOR UPDATE
    USING (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY remove ON kroles.media_collaborators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_collaborators', 'media', media_id));

CREATE POLICY read ON kroles.media_moderators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_moderators FOR INSERT
    WITH CHECK (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY change ON kroles.media_moderators FOR UPDATE
    USING (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY remove ON kroles.media_moderators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_moderators', 'media', media_id));

CREATE POLICY read ON kroles.media_speakers FOR SELECT
    USING ((visible AND kroles.can('view', 'media', media_id)) OR kroles.holds(user_id, NULL)
        OR kroles.can('manage_speakers', 'media', media_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.media_speakers FOR INSERT
    WITH CHECK (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY change ON kroles.media_speakers FOR UPDATE
    USING (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY remove ON kroles.media_speakers FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_speakers', 'media', media_id));

-- Events, their participants and sessions
CREATE POLICY read ON kroles.events FOR SELECT
    USING (kroles.can('view', 'event', id));
CREATE POLICY add ON kroles.events FOR INSERT
    WITH CHECK (kroles.can('create_event', 'site')
        AND (kroles.holds(created_by, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.events FOR UPDATE
    USING (kroles.can('manage', 'event', id));
CREATE POLICY remove ON kroles.events FOR DELETE
    USING (kroles.can('delete', 'event', id));

CREATE POLICY read ON kroles.event_participants FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage_participants', 'event', event_id)
        OR kroles.can('moderate', 'event', event_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.event_participants FOR INSERT
    WITH CHECK (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY change ON kroles.event_participants FOR UPDATE
    USING (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY remove ON kroles.event_participants FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_participants', 'event', event_id));

CREATE POLICY read ON kroles.event_sessions FOR SELECT
    USING (kroles.can('view', 'event', event_id) AND kroles.can('view', 'media', media_id));
CREATE POLICY add ON kroles.event_sessions FOR INSERT
    WITH CHECK (kroles.can('manage', 'event', event_id) AND kroles.can('publish', 'media', media_id));
CREATE POLICY change ON kroles.event_sessions FOR UPDATE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('moderate', 'event', event_id));
CREATE POLICY remove ON kroles.event_sessions FOR DELETE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('publish', 'media', media_id));

-- Rooms: written by functions and by administrators
CREATE POLICY read ON kroles.room_participants FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('moderate_room', 'room', media_id)
        OR kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY add ON kroles.room_participants FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.room_participants FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.room_participants FOR DELETE
    USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.settings FOR SELECT USING (true);
CREATE POLICY read ON kroles.baseline_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.role_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.ceiling_rights FOR SELECT USING (true);
CREATE POLICY change ON kroles.settings FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.baseline_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.role_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.ceiling_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.retired_external_ids FOR SELECT USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.gateways FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());
CREATE POLICY read ON kroles.signing_keys FOR SELECT USING (kroles.can('administer', 'site') OR kroles.is_auditor());

CREATE POLICY read ON kroles.audit_log FOR SELECT
    USING (kroles.can('administer', 'site')
        -- (personal playlists are not for auditors)
        OR kroles.is_auditor() AND NOT (object_kind = 'user' AND relation IN ('kroles.playlists', 'kroles.playlist_items'))
        OR CASE WHEN relation = 'kroles.join_requests' THEN kroles.space_can('manage_members', object_id) ELSE
        CASE object_kind
            WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                OR kroles.can('moderate', 'media', object_id)
            WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
            ELSE false END
        OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id) END);
