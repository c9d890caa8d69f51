-- Enum types. Their values are never renamed or removed, and nothing compares them with < or >=.

CREATE TYPE kroles.applicative_role AS ENUM
    ('anonymous', 'viewer', 'private_only', 'admin', 'unmoderated_admin');
COMMENT ON TYPE kroles.applicative_role IS
    'The site-wide role of a subject, the ceiling of all it may do: viewer, private_only, admin, unmoderated_admin; anonymous is the role of whoever is not logged in';

CREATE TYPE kroles.contextual_role AS ENUM
    ('member', 'contributor', 'moderator', 'manager');
COMMENT ON TYPE kroles.contextual_role IS
    'What a user or group is in one channel or gallery; one role a user counts there';

CREATE TYPE kroles.space_kind AS ENUM ('channel', 'gallery');
COMMENT ON TYPE kroles.space_kind IS 'A space is a channel or a gallery';

CREATE TYPE kroles.space_type AS ENUM
    ('open', 'restricted', 'private', 'shared_repository', 'public_restricted', 'public_open');
COMMENT ON TYPE kroles.space_type IS
    'The privacy of a space: who views and contributes without any grant (kroles.baseline_rights). A gallery is open, restricted or private';

CREATE TYPE kroles.publication_status AS ENUM ('pending', 'approved', 'rejected');
COMMENT ON TYPE kroles.publication_status IS
    'Where a publication stands: pending waits for a moderator of the space';

CREATE TYPE kroles.collaborator_permission AS ENUM ('viewer', 'publisher', 'editor');
COMMENT ON TYPE kroles.collaborator_permission IS
    'What a collaborator may do with one media; a person may have several';

CREATE TYPE kroles.moderator_permission AS ENUM ('chat_moderator', 'room_moderator');
COMMENT ON TYPE kroles.moderator_permission IS
    'What a moderator looks after in the sessions of one media; neither edits it';

CREATE TYPE kroles.speaker_type AS ENUM ('simple', 'advanced');
COMMENT ON TYPE kroles.speaker_type IS
    'simple (the default): presented as a speaker; advanced: may also present in the room';

CREATE TYPE kroles.media_type AS ENUM ('video', 'audio', 'image', 'document', 'live', 'room');
COMMENT ON TYPE kroles.media_type IS 'What a media is made of; live and room have a room';

CREATE TYPE kroles.event_role AS ENUM ('organizer', 'speaker', 'moderator', 'attendee');
COMMENT ON TYPE kroles.event_role IS 'What a user or group is in one event; a person may be several';

CREATE TYPE kroles.identifier AS ENUM ('email', 'login');
COMMENT ON TYPE kroles.identifier IS 'How the site shows a person beside the name (settings.show_identifier)';

CREATE TYPE kroles.object_kind AS ENUM ('site', 'channel', 'gallery', 'media', 'room', 'event');
COMMENT ON TYPE kroles.object_kind IS 'The kinds of objects that rights are asked about';

CREATE TYPE kroles.action AS ENUM (
    'view', 'contribute', 'moderate', 'manage',
    'edit', 'delete', 'publish', 'transfer_ownership',
    'manage_collaborators', 'manage_moderators', 'manage_speakers',
    'edit_contributions', 'delete_contributions', 'manage_members', 'organize',
    'view_analytics', 'create_subgallery', 'share',
    'join_room', 'start_room', 'moderate_room', 'moderate_chat', 'present', 'interact',
    'manage_participants',
    'upload', 'create_event', 'create_channel', 'create_gallery', 'administer');
COMMENT ON TYPE kroles.action IS 'Everything that can be allowed; kroles.rights says which action exists for which kind';
