-- Events: who takes part, and the media that are their sessions.

CREATE TABLE kroles.events (
    id                  bigint DEFAULT kroles.next_id('kroles.events_id_seq') CONSTRAINT events_id_is_unique PRIMARY KEY,
    external_id         text CONSTRAINT events_external_id_is_unique UNIQUE
        CONSTRAINT events_external_id_is_not_empty CHECK (external_id <> ''),
    name                text NOT NULL
        CONSTRAINT events_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_by          bigint
        CONSTRAINT events_creator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_creator ON kroles.events (created_by);
COMMENT ON TABLE kroles.events IS 'Events, for the people who take part in them; whoever makes one is its first organizer';
COMMENT ON COLUMN kroles.events.id IS 'The id by which everything speaks of the event; given by the database (administrators may supply their own), and then fixed';
COMMENT ON COLUMN kroles.events.external_id IS 'The id by which another system knows the event; unique';
COMMENT ON COLUMN kroles.events.name IS 'The name shown to others';
COMMENT ON COLUMN kroles.events.created_by IS 'Who made it, and so its first organizer; fixed. NULL for a session without a person, which names the organizers itself, or when that user is deleted';
COMMENT ON COLUMN kroles.events.created_at IS 'When the row was made';

CREATE TABLE kroles.event_participants (
    id                  bigint DEFAULT kroles.next_id('kroles.event_participants_id_seq') CONSTRAINT event_participants_id_is_unique PRIMARY KEY,
    event_id            bigint NOT NULL
        CONSTRAINT event_participants_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT event_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT event_participants_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.event_role NOT NULL DEFAULT 'attendee',
    CONSTRAINT event_participants_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT event_participants_a_role_is_given_once UNIQUE NULLS NOT DISTINCT (event_id, user_id, group_id, role)
);
CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role) WHERE user_id IS NOT NULL;
CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.event_participants IS 'People and groups who take part in an event; a row a role';
COMMENT ON COLUMN kroles.event_participants.id IS 'The row''s own id';
COMMENT ON COLUMN kroles.event_participants.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_participants.user_id IS 'The user who takes part, or NULL';
COMMENT ON COLUMN kroles.event_participants.group_id IS 'The group whose current and future members do, or NULL';
COMMENT ON COLUMN kroles.event_participants.role IS 'organizer, speaker, moderator or attendee (default); a person''s roles add up. An organizer who is a user of their own and not blocked is always left';

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
COMMENT ON TABLE kroles.event_sessions IS 'The sessions of an event, in order: media, live rooms as a rule';
COMMENT ON COLUMN kroles.event_sessions.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_sessions.media_id IS 'The media that is a session of it';
COMMENT ON COLUMN kroles.event_sessions.position IS 'The place in the order, from 1; left out, the session comes last';
