-- The tables. The name of a constraint states its rule, because PostgreSQL shows the name when a row violates it.

CREATE TABLE kroles.settings (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT settings_has_one_row PRIMARY KEY
        CONSTRAINT settings_has_only_one_row CHECK (only_row),
    allow_anonymous     boolean NOT NULL DEFAULT false,
    chat_and_collaboration boolean NOT NULL DEFAULT true,
    creation_tools      kroles.media_type[] NOT NULL DEFAULT enum_range(NULL::kroles.media_type)
        CONSTRAINT settings_creation_tools_names_no_null CHECK (array_position(creation_tools, NULL) IS NULL),
    room_session_limit  interval NOT NULL DEFAULT '12 hours'
        CONSTRAINT settings_room_session_limit_is_at_most_30_days
            CHECK (room_session_limit > interval '0' AND room_session_limit <= interval '30 days')
        -- (in seconds, a year is longer than 12 months of 30 days)
        CONSTRAINT settings_room_session_limit_has_no_years CHECK (extract(year FROM room_session_limit) = 0),
    rooms_switched      integer NOT NULL DEFAULT 0,
    show_identifier     kroles.identifier NOT NULL DEFAULT 'email',
    token_issuer        text,
    token_audience      text,
    token_leeway        interval NOT NULL DEFAULT '30 seconds'
        CONSTRAINT settings_token_leeway_is_at_most_10_minutes
            CHECK (token_leeway BETWEEN interval '0' AND interval '10 minutes'),
    replica_lease       interval
        -- (a lease that ends before the next heartbeat can have come would deny all the time)
        CONSTRAINT settings_replica_lease_is_1_second_to_30_days
            CHECK (replica_lease BETWEEN interval '1 second' AND interval '30 days')
        CONSTRAINT settings_replica_lease_has_no_years CHECK (extract(year FROM replica_lease) = 0),
    case_insensitive_logins boolean NOT NULL DEFAULT false,
    people_shown_to     kroles.people_audience NOT NULL DEFAULT 'logged_in',
    record_access_changes boolean NOT NULL DEFAULT false,
    access_change_actions kroles.action[]
        CONSTRAINT settings_access_change_actions_names_no_null CHECK (array_position(access_change_actions, NULL) IS NULL)
);
COMMENT ON TABLE kroles.settings IS 'The settings of the site: one row, which administrators change with UPDATE';
COMMENT ON COLUMN kroles.settings.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.settings.allow_anonymous IS 'Whether anonymous sessions may view public content (default off)';
COMMENT ON COLUMN kroles.settings.chat_and_collaboration IS 'Whether rooms and chat are in use (default on). While it is off, no moderators can be added to media, the rights of existing moderators are not in force, and all stays in rooms have ended';
COMMENT ON COLUMN kroles.settings.creation_tools IS 'The types of media that may be created (default all)';
COMMENT ON COLUMN kroles.settings.room_session_limit IS 'The maximum duration of a stay in a room, with the rights that were read on joining (default 12 hours, at most 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.rooms_switched IS 'How often chat_and_collaboration was changed, counted by a trigger: stays that began with another number have ended';
COMMENT ON COLUMN kroles.settings.token_issuer IS 'The required value of "iss" in a token; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_audience IS 'The value that "aud" of a token must contain; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_leeway IS 'The tolerated difference between the clocks of issuer and database when "exp" and "nbf" are checked (default 30 seconds, at most 10 minutes)';
COMMENT ON COLUMN kroles.settings.replica_lease IS
    'How old the last heartbeat (kroles.heartbeat) may be on a standby or replica; where it is older, everything is denied with the error KR001. NULL (the default): a standby or replica that has stopped goes on answering as of its last change (1 second to 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.case_insensitive_logins IS
    'Whether case does not matter in logins (default off). While it is on, logins are stored in lower case, and tokens, gateways and lists may write them in any; it cannot be turned on while logins differ in case alone';
COMMENT ON COLUMN kroles.settings.people_shown_to IS 'To whom kroles.people shows the names of users: nobody but administrators, logged_in (default) users, or everyone: anonymous sessions too, where allow_anonymous is on. Users see their own in any case';
COMMENT ON COLUMN kroles.settings.record_access_changes IS 'Whether kroles.access_changes records who gains and loses which right (default off). While it is on, transactions that change rights commit one after another, a prepared one holds up the others, and TRUNCATE of a table that rights depend on is refused on COMMIT';
COMMENT ON COLUMN kroles.settings.access_change_actions IS 'The rights whose changes are recorded there; NULL (the default): all';
COMMENT ON COLUMN kroles.settings.show_identifier IS 'Whether lists of users show the email (default) or the login';

CREATE TABLE kroles.users (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY,
    login               text NOT NULL CONSTRAINT users_login_is_unique UNIQUE
        CONSTRAINT users_login_has_no_space_around_it_and_is_not_empty
            CHECK (login ~ '^[^[:space:][:cntrl:]]([^[:cntrl:]]*[^[:space:][:cntrl:]])?$' AND length(login) <= 256)
        -- (the classes of a regular expression depend on the locale)
        CONSTRAINT users_login_has_only_visible_characters CHECK (kroles.is_trimmed(login) AND kroles.is_visible(login)),
    name                text NOT NULL DEFAULT '',
    email               text,
    avatar_url          text,
    title               text,
    bio                 text,
    applicative_role    kroles.applicative_role NOT NULL DEFAULT 'viewer'
        CONSTRAINT users_applicative_role_is_never_anonymous CHECK (applicative_role <> 'anonymous'),
    administrator       boolean NOT NULL DEFAULT false,
    blocked             boolean NOT NULL DEFAULT false,
    db_role             name CONSTRAINT users_db_role_belongs_to_one_user UNIQUE
        CONSTRAINT users_db_role_is_not_empty CHECK (db_role <> ''),
    tokens_valid_after  timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    -- the included columns, here and below, are those that decisions read: an index-only scan suffices
    CONSTRAINT users_id_is_unique PRIMARY KEY (id) INCLUDE (applicative_role, administrator, blocked)
);
CREATE INDEX users_administrator ON kroles.users (id) WHERE administrator;
COMMENT ON TABLE kroles.users IS 'The users of the site, each with one applicative role';
COMMENT ON COLUMN kroles.users.id IS 'The id of the user; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.users.login IS 'The name that tokens and gateways use for the user; compared case-sensitively, unless settings.case_insensitive_logins is on';
COMMENT ON COLUMN kroles.users.name IS 'The display name';
COMMENT ON COLUMN kroles.users.email IS 'Email address, shown where settings.show_identifier says so';
COMMENT ON COLUMN kroles.users.avatar_url IS 'URL of the picture; without one, lists show initials';
COMMENT ON COLUMN kroles.users.title IS 'Title or position, for the speaker card';
COMMENT ON COLUMN kroles.users.bio IS 'A short biography, for the speaker card';
COMMENT ON COLUMN kroles.users.applicative_role IS 'The site-wide role, which limits the rights that all other roles give (default viewer; never anonymous)';
COMMENT ON COLUMN kroles.users.administrator IS 'Whether the user is an administrator, who has every right on every object (default false)';
COMMENT ON COLUMN kroles.users.blocked IS 'Whether the user has no right on any object, not even those of anonymous (default false). kroles_block() blocks without waiting for the user''s transactions; users whom it blocked may be in kroles.user_blocks instead';
COMMENT ON COLUMN kroles.users.db_role IS 'The name of the PostgreSQL login role whose sessions act as this user; NULL for users who connect through a gateway';
COMMENT ON COLUMN kroles.users.tokens_valid_after IS 'Tokens issued before this time are refused; NULL: none. Set by a trigger, and never to an earlier time, for a user whose login another user had';
COMMENT ON COLUMN kroles.users.created_at IS 'When the row was created';

CREATE TABLE kroles.user_blocks (
    -- (no foreign key: its check would wait for a transaction that has locked the user's row)
    user_id             bigint CONSTRAINT user_blocks_a_user_is_blocked_once PRIMARY KEY,
    created_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.user_blocks IS 'Users whom kroles_block() has blocked without waiting for a lock on their row in kroles.users; equivalent to users.blocked. Only the extension writes it';
COMMENT ON COLUMN kroles.user_blocks.user_id IS 'The user';
COMMENT ON COLUMN kroles.user_blocks.created_at IS 'When the row was created';

CREATE TABLE kroles.groups (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT groups_id_is_unique PRIMARY KEY,
    name                text NOT NULL CONSTRAINT groups_name_is_unique UNIQUE
        CONSTRAINT groups_name_is_not_blank CHECK (name ~ '[^[:space:]]')
        CONSTRAINT groups_name_is_trimmed CHECK (kroles.is_trimmed(name))
);
COMMENT ON TABLE kroles.groups IS 'Sets of users, not nested: current and future members have what is granted to the group';
COMMENT ON COLUMN kroles.groups.id IS 'The id of the group; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.groups.name IS 'The display name';

CREATE TABLE kroles.group_members (
    group_id            bigint NOT NULL
        CONSTRAINT group_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT group_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT group_members_a_user_is_in_a_group_once PRIMARY KEY (user_id, group_id),
    CONSTRAINT group_members_ends_after_it_starts CHECK (starts_at < expires_at)
);
CREATE INDEX group_members_group ON kroles.group_members (group_id);
-- (few have a window, so that reading the groups of a user needs no row)
CREATE INDEX group_members_windows ON kroles.group_members (user_id, group_id) INCLUDE (starts_at, expires_at)
    WHERE starts_at IS NOT NULL OR expires_at IS NOT NULL;
COMMENT ON TABLE kroles.group_members IS 'The members of groups';
COMMENT ON COLUMN kroles.group_members.group_id IS 'The group';
COMMENT ON COLUMN kroles.group_members.user_id IS 'The user who is a member';
COMMENT ON COLUMN kroles.group_members.starts_at IS 'The membership is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.group_members.expires_at IS 'The membership is not in force from this time on; NULL: it does not expire';

CREATE TABLE kroles.spaces (
    id                  bigint DEFAULT kroles.next_id('kroles.spaces_id_seq') CONSTRAINT spaces_id_is_unique PRIMARY KEY,
    kind                kroles.space_kind NOT NULL,
    type                kroles.space_type NOT NULL,
    external_id         text CONSTRAINT spaces_external_id_is_unique UNIQUE
        CONSTRAINT spaces_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT spaces_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT spaces_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    owner_id            bigint NOT NULL
        CONSTRAINT spaces_owner_must_be_a_user REFERENCES kroles.users,
    moderated           boolean NOT NULL DEFAULT false,
    parent_id           bigint,
    inherits_members    boolean NOT NULL DEFAULT false,
    created_at          timestamptz NOT NULL DEFAULT now(),
    joining             kroles.joining_policy NOT NULL DEFAULT 'closed',
    CONSTRAINT spaces_id_with_kind_is_unique UNIQUE (id, kind),
    CONSTRAINT spaces_gallery_type_is_open_restricted_or_private
        CHECK (kind = 'channel' OR type IN ('open', 'restricted', 'private')),
    CONSTRAINT spaces_only_a_gallery_has_a_parent CHECK (kind = 'gallery' OR parent_id IS NULL),
    CONSTRAINT spaces_only_a_gallery_inherits_members CHECK (kind = 'gallery' OR NOT inherits_members),
    CONSTRAINT spaces_gallery_is_not_its_own_parent CHECK (parent_id <> id),
    -- the foreign key includes the kind, so a gallery's parent is a gallery
    CONSTRAINT spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries
        FOREIGN KEY (parent_id, kind) REFERENCES kroles.spaces (id, kind)
);
CREATE INDEX spaces_owner ON kroles.spaces (owner_id);
CREATE INDEX spaces_parent ON kroles.spaces (parent_id, kind);
CREATE INDEX spaces_type ON kroles.spaces (type, kind) INCLUDE (id);
-- The page of what can be joined, by name. (A name of any length fits.)
CREATE INDEX spaces_joinable ON kroles.spaces (lower(left(name, 100)), id) WHERE joining <> 'closed';
COMMENT ON TABLE kroles.spaces IS 'Channels and galleries';
COMMENT ON COLUMN kroles.spaces.id IS 'The id of the space; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.spaces.kind IS 'channel or gallery; fixed';
COMMENT ON COLUMN kroles.spaces.type IS 'The privacy of the space; a gallery is open, restricted or private';
COMMENT ON COLUMN kroles.spaces.external_id IS 'The id of the space in another system; unique';
COMMENT ON COLUMN kroles.spaces.name IS 'The display name';
COMMENT ON COLUMN kroles.spaces.owner_id IS 'The owner, who always has the rights of a manager; every space has one';
COMMENT ON COLUMN kroles.spaces.moderated IS 'Whether publications need the approval of a moderator (default false)';
COMMENT ON COLUMN kroles.spaces.parent_id IS 'The gallery that contains this sub-gallery; without cycles';
COMMENT ON COLUMN kroles.spaces.inherits_members IS 'Whether the members of the nearest ancestor that does not inherit are in force here, instead of the gallery''s own (default false)';
COMMENT ON COLUMN kroles.spaces.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.spaces.joining IS 'Who may join: nobody (closed, the default), logged-in users whose request a manager approves (by_request), or every logged-in user (open). What is not closed shows its id, kind, type and name to every logged-in user in kroles_joinable(). Without effect while inherits_members is true in a sub-gallery';

CREATE TABLE kroles.space_members (
    id                  bigint DEFAULT kroles.next_id('kroles.space_members_id_seq') CONSTRAINT space_members_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT space_members_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT space_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT space_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.contextual_role NOT NULL DEFAULT 'member',
    expires_at          timestamptz,
    starts_at           timestamptz,
    CONSTRAINT space_members_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT space_members_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT space_members_one_grant_a_user_or_group UNIQUE NULLS NOT DISTINCT (space_id, user_id, group_id)
);
CREATE INDEX space_members_user ON kroles.space_members (user_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE user_id IS NOT NULL;
CREATE INDEX space_members_group ON kroles.space_members (group_id, space_id) INCLUDE (role, expires_at, starts_at) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.space_members IS 'Grants on spaces: the contextual role of a user or a group in one channel or gallery';
COMMENT ON COLUMN kroles.space_members.id IS 'The id of the grant';
COMMENT ON COLUMN kroles.space_members.space_id IS 'The channel or gallery';
COMMENT ON COLUMN kroles.space_members.user_id IS 'The user who receives the grant; it overrides the grants of the user''s groups, even where it gives less';
COMMENT ON COLUMN kroles.space_members.group_id IS 'The group that receives the grant';
COMMENT ON COLUMN kroles.space_members.role IS 'member, contributor, moderator or manager (default member)';
COMMENT ON COLUMN kroles.space_members.starts_at IS 'The grant is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.space_members.expires_at IS 'The grant is not in force from this time on; NULL: it does not expire';

-- (The columns that policies read come first: PostgreSQL deforms a tuple from the left.)
CREATE TABLE kroles.media (
    id                  bigint DEFAULT kroles.next_id('kroles.media_id_seq') CONSTRAINT media_id_is_unique PRIMARY KEY,
    owner_id            bigint NOT NULL
        CONSTRAINT media_owner_must_be_a_user REFERENCES kroles.users,
    created_at          timestamptz NOT NULL DEFAULT now(),
    type                kroles.media_type NOT NULL DEFAULT 'video',
    audience            kroles.audience NOT NULL DEFAULT 'hidden',
    external_id         text CONSTRAINT media_external_id_is_unique UNIQUE
        CONSTRAINT media_external_id_is_not_empty CHECK (external_id <> '')
        CONSTRAINT media_external_id_is_trimmed CHECK (kroles.is_trimmed(external_id)),
    name                text NOT NULL
        CONSTRAINT media_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    available_from      timestamptz,
    available_until     timestamptz,
    CONSTRAINT media_available_until_is_after_available_from CHECK (available_from < available_until)
);
-- (with the id, for the newest of an owner: the first page of kroles.my_media)
CREATE INDEX media_owner ON kroles.media (owner_id, id);
-- (fastupdate is off: every search would read the list of pending entries, and the statement that fills it would have to clean
-- it)
CREATE INDEX media_audience ON kroles.media USING gin (audience) WITH (fastupdate = off);
-- What is published anywhere (approved, pending, or a session), for pages in the order of the ids: a page does not read the drafts
-- of others. Indexes of an application with this predicate serve pages in other orders. The predicate's function is one that
-- everybody may execute, because PostgreSQL checks that whenever a row is written; its right side is one that people cannot write.
CREATE INDEX media_published ON kroles.media (id) WHERE audience OPERATOR(kroles.&&) 'published'::kroles.audience;
-- What is not always available: publications are judged without reading the media.
CREATE INDEX media_windows ON kroles.media (id) INCLUDE (available_from, available_until)
    WHERE available_from IS NOT NULL OR available_until IS NOT NULL;
COMMENT ON TABLE kroles.media IS 'Media; private to the owner and the people on it until it is published';
COMMENT ON COLUMN kroles.media.id IS 'The id of the media; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.media.external_id IS 'The id of the media in another system; unique';
COMMENT ON COLUMN kroles.media.type IS 'The type (default video); settings.creation_tools lists the types that may be created';
COMMENT ON COLUMN kroles.media.name IS 'The display name';
COMMENT ON COLUMN kroles.media.owner_id IS 'The owner: the user who created the media or to whom it was transferred';
COMMENT ON COLUMN kroles.media.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.media.available_from IS 'Before this time only the owner, editors, those who moderate it in a space, and administrators see the media; if it is a room, its hosts and room moderators too. NULL: no limit';
COMMENT ON COLUMN kroles.media.available_until IS 'From this time on the media is seen only by those who see it before available_from, and stays in its room have ended. NULL: no limit';
COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the time of availability, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';

CREATE TABLE kroles.publications (
    media_id            bigint NOT NULL
        CONSTRAINT publications_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    space_id            bigint NOT NULL
        CONSTRAINT publications_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    status              kroles.publication_status NOT NULL DEFAULT 'pending',
    published_by        bigint
        CONSTRAINT publications_publisher_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    published_at        timestamptz NOT NULL DEFAULT now(),
    moderated_by        bigint
        CONSTRAINT publications_moderator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    moderated_at        timestamptz,
    reason              text,
    CONSTRAINT publications_one_per_media_and_space PRIMARY KEY (media_id, space_id) INCLUDE (status)
);
-- A channel's page is the newest approved publications of one space, its count all of them; the queue of a moderator, the pending
-- ones of each of the moderator's spaces. All columns that the policy reads are in the index, so a count reads no row.
CREATE INDEX publications_space ON kroles.publications (space_id, status, published_at) INCLUDE (media_id, published_by);
-- What a user published in a space is visible to the user where the space is not.
CREATE INDEX publications_publisher ON kroles.publications (published_by, space_id);
-- The queue of an administrator, the oldest first. It holds pending publications only, so others cost nothing.
CREATE INDEX publications_pending ON kroles.publications (published_at) INCLUDE (space_id, media_id, status, published_by)
    WHERE status = 'pending';
CREATE INDEX publications_moderator ON kroles.publications (moderated_by);
COMMENT ON TABLE kroles.publications IS
    'Media in spaces. INSERT publishes, UPDATE of status approves, rejects or publishes again, DELETE takes down; a trigger checks the right and fills in the other columns';
COMMENT ON COLUMN kroles.publications.media_id IS 'The media';
COMMENT ON COLUMN kroles.publications.space_id IS 'The space';
COMMENT ON COLUMN kroles.publications.status IS 'Set by a trigger: approved, unless the space is moderated and the publisher is neither an unmoderated_admin nor a moderator of the space';
COMMENT ON COLUMN kroles.publications.published_by IS 'The user who published, recorded by a trigger; NULL for a session without a user, and when the user is deleted';
COMMENT ON COLUMN kroles.publications.published_at IS 'When it was published, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_by IS 'The user who approved or rejected, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_at IS 'When it was approved or rejected, recorded by a trigger; NULL until then';
COMMENT ON COLUMN kroles.publications.reason IS 'The reason for the rejection, as the moderator gave it';

CREATE TABLE kroles.media_collaborators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_collaborators_id_seq') CONSTRAINT media_collaborators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_collaborators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_collaborators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_collaborators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.collaborator_permission NOT NULL,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT media_collaborators_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT media_collaborators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_collaborators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_collaborators_user ON kroles.media_collaborators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_collaborators_group ON kroles.media_collaborators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_collaborators IS 'Users and groups who may view, publish or edit one media; one row for each permission';
COMMENT ON COLUMN kroles.media_collaborators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_collaborators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_collaborators.user_id IS 'The user who is a collaborator, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.media_collaborators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.media_collaborators.permission IS 'viewer, publisher or editor; a user''s permissions are combined';

CREATE TABLE kroles.media_moderators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_moderators_id_seq') CONSTRAINT media_moderators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_moderators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_moderators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_moderators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.moderator_permission NOT NULL,
    starts_at           timestamptz,
    expires_at          timestamptz,
    CONSTRAINT media_moderators_ends_after_it_starts CHECK (starts_at < expires_at),
    CONSTRAINT media_moderators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_moderators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_moderators_user ON kroles.media_moderators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_moderators_group ON kroles.media_moderators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_moderators IS 'Users and groups who moderate the chat or the room of one media; one row for each permission';
COMMENT ON COLUMN kroles.media_moderators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_moderators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_moderators.user_id IS 'The user who is a moderator, or NULL';
COMMENT ON COLUMN kroles.media_moderators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_moderators.starts_at IS 'The permission is in force from this time on; NULL: it has begun';
COMMENT ON COLUMN kroles.media_moderators.expires_at IS 'The permission is not in force from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.media_moderators.permission IS 'chat_moderator or room_moderator; a user''s permissions are combined, and neither allows editing the media';

CREATE TABLE kroles.media_speakers (
    media_id            bigint NOT NULL
        CONSTRAINT media_speakers_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT media_speakers_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    type                kroles.speaker_type NOT NULL DEFAULT 'simple',
    position            integer NOT NULL
        CONSTRAINT media_speakers_position_counts_from_1 CHECK (position >= 1),
    visible             boolean NOT NULL DEFAULT true,
    CONSTRAINT media_speakers_a_user_speaks_once PRIMARY KEY (media_id, user_id),
    CONSTRAINT media_speakers_one_speaker_a_position UNIQUE (media_id, position) DEFERRABLE
);
CREATE INDEX media_speakers_user ON kroles.media_speakers (user_id);
COMMENT ON TABLE kroles.media_speakers IS 'The speakers of a media, in order';
COMMENT ON COLUMN kroles.media_speakers.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_speakers.user_id IS 'The user who speaks';
COMMENT ON COLUMN kroles.media_speakers.type IS 'simple (default) or advanced';
COMMENT ON COLUMN kroles.media_speakers.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.media_speakers.visible IS 'Whether the speaker is shown on the event site (default true)';

CREATE TABLE kroles.gateways (
    role                name CONSTRAINT gateways_role_is_trusted_once PRIMARY KEY,
    trusted_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.gateways IS 'Login roles whose sessions may state the current user in the setting kroles.user; kroles_trust_gateway() adds rows';
COMMENT ON COLUMN kroles.gateways.role IS 'The name of the login role';
COMMENT ON COLUMN kroles.gateways.trusted_at IS 'When the role was trusted';

CREATE TABLE kroles.signing_keys (
    kid                 text CONSTRAINT signing_keys_kid_is_unique PRIMARY KEY
        CONSTRAINT signing_keys_kid_has_1_to_256_bytes CHECK (octet_length(kid) BETWEEN 1 AND 256),
    algorithm           text NOT NULL
        CONSTRAINT signing_keys_algorithm_is_known
            CHECK (algorithm IN ('HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA')),
    key                 text NOT NULL,
    expires_at          timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_secret_has_at_least_32_bytes
        CHECK (algorithm NOT LIKE 'HS%' OR octet_length(key) >= 32),
    CONSTRAINT signing_keys_secret_is_no_public_key
        CHECK (algorithm NOT LIKE 'HS%' OR key NOT LIKE '%-----BEGIN%'),
    CONSTRAINT signing_keys_key_is_a_public_key_in_pem
        CHECK (algorithm LIKE 'HS%' OR key ~ '^\s*-----BEGIN PUBLIC KEY-----' AND key !~ 'PRIVATE KEY')
);
COMMENT ON TABLE kroles.signing_keys IS 'The keys that verify tokens. To rotate, add the new key, and delete the old one when its tokens have expired; a deleted key is refused at once';
COMMENT ON COLUMN kroles.signing_keys.kid IS 'The key id, which the header of a token names';
COMMENT ON COLUMN kroles.signing_keys.algorithm IS 'HS256, RS256 or ES256, the same with 384 or 512, or EdDSA (Ed25519); a token that names another algorithm is refused';
COMMENT ON COLUMN kroles.signing_keys.key IS 'The secret (HS, at least 32 bytes) or the public key in PEM (RS, ES, EdDSA). Only the owner of the extension can read it';
COMMENT ON COLUMN kroles.signing_keys.expires_at IS 'The key verifies no token from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.signing_keys.created_at IS 'When the row was created';
