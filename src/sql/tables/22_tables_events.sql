-- Events, their participants, and the media that are their sessions.

CREATE TABLE kroles.events (
    id                  bigint DEFAULT kroles.next_id('kroles.events_id_seq') CONSTRAINT events_id_is_unique PRIMARY KEY,
    external_id         text CONSTRAINT events_external_id_is_unique UNIQUE
        CONSTRAINT events_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT events_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT events_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_by          bigint
        CONSTRAINT events_creator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_creator ON kroles.events (created_by);
COMMENT ON TABLE kroles.events IS 'Events, visible to their participants; the user who creates an event is its first organizer';
COMMENT ON COLUMN kroles.events.id IS 'The id of the event; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.events.external_id IS 'The id of the event in another system; unique';
COMMENT ON COLUMN kroles.events.name IS 'The display name';
COMMENT ON COLUMN kroles.events.created_by IS 'The user who created the event, its first organizer; fixed. NULL where a session without a user created it, and when the user is deleted';
COMMENT ON COLUMN kroles.events.created_at IS 'When the row was created';

CREATE TABLE kroles.event_participants (
    id                  bigint DEFAULT kroles.next_id('kroles.event_participants_id_seq') CONSTRAINT event_participants_id_is_unique PRIMARY KEY,
    event_id            bigint NOT NULL
        CONSTRAINT event_participants_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT event_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT event_participants_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.event_role NOT NULL DEFAULT 'attendee',
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT event_participants_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT event_participants_organizer_has_no_window CHECK (role <> 'organizer' OR num_nonnulls(starts_at, expires_at) = 0),
    CONSTRAINT event_participants_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT event_participants_a_role_is_given_once UNIQUE NULLS NOT DISTINCT (event_id, user_id, group_id, role)
);
CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role, starts_at, expires_at) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.event_participants IS 'Users and groups who take part in an event; one row for each role';
COMMENT ON COLUMN kroles.event_participants.id IS 'The id of the row';
COMMENT ON COLUMN kroles.event_participants.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_participants.user_id IS 'The user who takes part, or NULL';
COMMENT ON COLUMN kroles.event_participants.group_id IS 'The group whose current and future members take part, or NULL';
COMMENT ON COLUMN kroles.event_participants.starts_at IS 'The role is in force from this time on; NULL: it has begun. An organizer has no window';
COMMENT ON COLUMN kroles.event_participants.expires_at IS 'The role is not in force from this time on; NULL: it does not expire. An organizer has no window';
COMMENT ON COLUMN kroles.event_participants.role IS 'organizer, speaker, moderator or attendee (default); a user''s roles are combined. At least one organizer remains who is a user, not a group, and not blocked';

CREATE TABLE kroles.event_sessions (
    event_id            bigint NOT NULL
        CONSTRAINT event_sessions_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    media_id            bigint NOT NULL
        CONSTRAINT event_sessions_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT event_sessions_position_counts_from_1 CHECK (position >= 1),
    CONSTRAINT event_sessions_a_media_is_a_session_once PRIMARY KEY (event_id, media_id),
    CONSTRAINT event_sessions_one_session_a_position UNIQUE (event_id, position) DEFERRABLE
);
CREATE INDEX event_sessions_media ON kroles.event_sessions (media_id, event_id);
COMMENT ON TABLE kroles.event_sessions IS 'The sessions of an event, in order: media, usually live rooms';
COMMENT ON COLUMN kroles.event_sessions.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_sessions.media_id IS 'The media that is a session of it';
COMMENT ON COLUMN kroles.event_sessions.position IS 'The position, from 1; by default the last one';
