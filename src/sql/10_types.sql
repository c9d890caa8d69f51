-- Enum types. Values are never renamed or removed, and no code compares them with < or >=.

CREATE TYPE kroles.applicative_role AS ENUM
    ('anonymous', 'viewer', 'private_only', 'admin', 'unmoderated_admin');
COMMENT ON TYPE kroles.applicative_role IS
    'The site-wide role of a user, which limits every right: viewer, private_only, admin, unmoderated_admin; anonymous is the role of sessions without a user';

CREATE TYPE kroles.contextual_role AS ENUM
    ('member', 'contributor', 'moderator', 'manager');
COMMENT ON TYPE kroles.contextual_role IS
    'The role of a user or group in one channel or gallery; only one role of a user is in force there';

CREATE TYPE kroles.space_kind AS ENUM ('channel', 'gallery');
COMMENT ON TYPE kroles.space_kind IS 'A space is a channel or a gallery';

CREATE TYPE kroles.space_type AS ENUM
    ('open', 'restricted', 'private', 'shared_repository', 'public_restricted', 'public_open');
COMMENT ON TYPE kroles.space_type IS
    'The privacy of a space: which applicative roles view and contribute without a grant (kroles.baseline_rights). A gallery is open, restricted or private';

CREATE TYPE kroles.publication_status AS ENUM ('pending', 'approved', 'rejected');
COMMENT ON TYPE kroles.publication_status IS
    'The state of a publication; pending: a moderator of the space has not decided yet';

CREATE TYPE kroles.collaborator_permission AS ENUM ('viewer', 'publisher', 'editor');
COMMENT ON TYPE kroles.collaborator_permission IS
    'The permissions of collaborators on one media; a user may have several';

CREATE TYPE kroles.moderator_permission AS ENUM ('chat_moderator', 'room_moderator');
COMMENT ON TYPE kroles.moderator_permission IS
    'What a moderator moderates in one media: its chat or its room. Neither permission allows editing';

CREATE TYPE kroles.speaker_type AS ENUM ('simple', 'advanced');
COMMENT ON TYPE kroles.speaker_type IS
    'simple (the default): is shown as a speaker; advanced: may also present in the room';

CREATE TYPE kroles.media_type AS ENUM ('video', 'audio', 'image', 'document', 'live', 'room');
COMMENT ON TYPE kroles.media_type IS 'The type of a media; media of type live or room has a room';

CREATE TYPE kroles.event_role AS ENUM ('organizer', 'speaker', 'moderator', 'attendee');
COMMENT ON TYPE kroles.event_role IS 'The role of a user or group in one event; a user may have several';

CREATE TYPE kroles.identifier AS ENUM ('email', 'login');
COMMENT ON TYPE kroles.identifier IS 'The identifier that is shown beside the name of a user (settings.show_identifier)';

CREATE TYPE kroles.joining_policy AS ENUM ('closed', 'by_request', 'open');
COMMENT ON TYPE kroles.joining_policy IS
    'Who may join a space without a grant (spaces.joining): closed: nobody; by_request: users ask, and a manager answers; open: every logged-in user becomes a member at once';

CREATE TYPE kroles.join_status AS ENUM ('pending', 'approved', 'rejected');
COMMENT ON TYPE kroles.join_status IS 'The state of a request to join a space; pending: it has not been answered yet';

CREATE TYPE kroles.people_audience AS ENUM ('nobody', 'logged_in', 'everyone');
COMMENT ON TYPE kroles.people_audience IS
    'To whom kroles.people shows names (settings.people_shown_to): nobody: administrators only; logged_in: logged-in users; everyone: anonymous sessions too, where anonymous browsing is on';

CREATE TYPE kroles.object_kind AS ENUM ('site', 'channel', 'gallery', 'media', 'room', 'event');
COMMENT ON TYPE kroles.object_kind IS 'The kinds of objects that rights refer to';

CREATE TYPE kroles.action AS ENUM (
    'view', 'contribute', 'moderate', 'manage',
    'edit', 'delete', 'publish', 'transfer_ownership',
    'manage_collaborators', 'manage_moderators', 'manage_speakers',
    'edit_contributions', 'delete_contributions', 'manage_members', 'organize',
    'view_analytics', 'create_subgallery', 'share',
    'join_room', 'start_room', 'moderate_room', 'moderate_chat', 'present', 'interact',
    'manage_participants',
    'upload', 'create_event', 'create_channel', 'create_gallery', 'administer');
COMMENT ON TYPE kroles.action IS 'The actions that rights allow; kroles.rights lists the actions of each kind of object';
