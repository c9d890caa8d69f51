-- A small portal in which everybody is called after what they are, for the statements of README.md. Run it
-- as a superuser in an empty database; whoever includes it with \ir has its names too. Each statement there starts from this.
\ir names.psql
CREATE EXTENSION kroles;
CREATE ROLE portal LOGIN;
SELECT kroles_grant_access('portal'), kroles_trust_gateway('portal');
UPDATE kroles.settings SET allow_anonymous = true;

INSERT INTO kroles.users (id, login, name, applicative_role, administrator) VALUES
    (:operator, 'operator', 'Olga Peters', 'admin', true),
    (:vera, 'vera', 'Vera Lind', 'viewer', false),              -- has nothing; nor have the next three, but a video each
    (:paul, 'paul', 'Paul Berg', 'private_only', false),
    (:ada, 'ada', 'Ada Young', 'admin', false),
    (:uma, 'uma', 'Uma Rao', 'unmoderated_admin', false),
    (:victor, 'victor', 'Victor Hall', 'viewer', false),        -- a contributor whose applicative role is viewer
    (:grace, 'grace', 'Grace Kim', 'private_only', false),      -- in Students
    (:newcomer, 'newcomer', 'Nils Otto', 'private_only', false),
    -- in :channel and :gallery, which "owner" owns
    (:owner, 'owner', 'Olaf Werner', 'admin', false),
    (:member, 'member', 'Mia Bloom', 'private_only', false),
    (:contributor, 'contributor', 'Cora Tribe', 'private_only', false),
    (:moderator, 'moderator', 'Mona Rater', 'private_only', false),
    (:manager, 'manager', 'Max Ager', 'private_only', false),
    -- on :film and :room, which "owner" owns
    (:editor, 'editor', 'Edith Orr', 'private_only', false),
    (:publisher, 'publisher', 'Pia Bliss', 'private_only', false),
    (:watcher, 'watcher', 'Walt Cher', 'private_only', false),
    (:chat_moderator, 'chat_moderator', 'Chad Moor', 'private_only', false),
    (:room_moderator, 'room_moderator', 'Rosa Moor', 'private_only', false),
    (:speaker, 'speaker', 'Sam Peaker', 'private_only', false),
    (:advanced_speaker, 'advanced_speaker', 'Sue Peaker', 'private_only', false),
    -- at :conference
    (:organizer, 'organizer', 'Orla Nizer', 'private_only', false),
    (:event_moderator, 'event_moderator', 'Ed Moran', 'private_only', false),
    (:event_speaker, 'event_speaker', 'Eve Peaker', 'private_only', false),
    (:attendee, 'attendee', 'Art Tender', 'viewer', false);
UPDATE kroles.users SET email = login || '@example.org';
UPDATE kroles.users SET avatar_url = 'https://example.org/edith.png', title = 'Dean', bio = 'Edits.' WHERE id = :editor;
UPDATE kroles.users SET title = 'Dr.', bio = 'Speaks about films.' WHERE id = :speaker;
INSERT INTO kroles.groups (id, name) VALUES (:students, 'Students');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (:students, :grace);

-- Spaces. Two are private and moderated, and have people; the others have a type and nobody.
INSERT INTO kroles.spaces (id, kind, type, moderated, name, owner_id) VALUES
    (:open_channel, 'channel', 'open', false, 'Open channel', :owner),
    (:restricted_channel, 'channel', 'restricted', false, 'Restricted channel', :owner),
    (:private_channel, 'channel', 'private', false, 'Private channel', :owner),
    (:repository, 'channel', 'shared_repository', false, 'Repository', :owner),
    (:public_restricted_channel, 'channel', 'public_restricted', false, 'Public channel', :owner),
    (:public_open_channel, 'channel', 'public_open', false, 'Public open channel', :owner),
    (:channel, 'channel', 'private', true, 'Channel', :owner),
    (:moderated_channel, 'channel', 'open', true, 'Moderated channel', :owner),
    (:open_gallery, 'gallery', 'open', false, 'Open gallery', :owner),
    (:restricted_gallery, 'gallery', 'restricted', false, 'Restricted gallery', :owner),
    (:private_gallery, 'gallery', 'private', false, 'Private gallery', :owner),
    (:gallery, 'gallery', 'private', true, 'Gallery', :owner),
    (:moderated_gallery, 'gallery', 'open', true, 'Moderated gallery', :owner);
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT s.id, m.id, m.role::kroles.contextual_role
FROM (VALUES (:channel), (:gallery)) AS s (id),
    (VALUES (:member, 'member'), (:contributor, 'contributor'), (:victor, 'contributor'), (:moderator, 'moderator'),
            (:manager, 'manager')) AS m (id, role);
INSERT INTO kroles.space_members (space_id, user_id, role)
VALUES (:restricted_channel, :publisher, 'contributor'), (:restricted_gallery, :publisher, 'contributor');

-- Media
INSERT INTO kroles.media (id, type, name, owner_id, external_id)
SELECT id + 100, 'video', 'Lecture', :owner, 'lecture-' || id FROM kroles.spaces WHERE id NOT IN (:channel, :gallery);
INSERT INTO kroles.publications (media_id, space_id)
SELECT id + 100, id FROM kroles.spaces WHERE id NOT IN (:channel, :gallery);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES
    (:film, 'video', 'Film', :owner),
    (:room, 'room', 'Room', :owner),
    (:contributors_video, 'video', 'Contribution', :contributor),
    (:gallery_video, 'video', 'Tour', :contributor),
    (:submission, 'video', 'Submission', :contributor),
    (:draft, 'video', 'Draft', :contributor),
    (:pauls_video, 'video', 'Video of Paul', :paul),
    (:adas_video, 'video', 'Video of Ada', :ada),
    (:umas_video, 'video', 'Video of Uma', :uma),
    (:members_video, 'video', 'Video of the member', :member),
    (:moderators_video, 'video', 'Video of the moderator', :moderator),
    (:managers_video, 'video', 'Video of the manager', :manager),
    (:keynote, 'room', 'Keynote', :organizer),
    (:workshop, 'live', 'Workshop', :organizer);
INSERT INTO kroles.publications (media_id, space_id)
SELECT m.id, s.id FROM (VALUES (:moderators_video), (:managers_video)) AS m (id), (VALUES (:channel), (:gallery)) AS s (id);
INSERT INTO kroles.publications (media_id, space_id) VALUES
    (:film, :channel), (:room, :channel), (:contributors_video, :channel), (:gallery_video, :gallery);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
SELECT m.id, c.id, c.permission::kroles.collaborator_permission FROM (VALUES (:film), (:room)) AS m (id),
    (VALUES (:editor, 'editor'), (:publisher, 'publisher'), (:watcher, 'viewer')) AS c (id, permission);
INSERT INTO kroles.media_moderators (media_id, user_id, permission)
SELECT m.id, c.id, c.permission::kroles.moderator_permission FROM (VALUES (:film), (:room)) AS m (id),
    (VALUES (:chat_moderator, 'chat_moderator'), (:room_moderator, 'room_moderator')) AS c (id, permission);
INSERT INTO kroles.media_speakers (media_id, user_id, type, position) VALUES
    (:film, :speaker, 'simple', 1), (:film, :advanced_speaker, 'advanced', 2),
    (:room, :speaker, 'simple', 1), (:room, :advanced_speaker, 'advanced', 2);

-- An event of two sessions
INSERT INTO kroles.events (id, name) VALUES (:conference, 'Conference');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES
    (:conference, :organizer, 'organizer'), (:conference, :event_moderator, 'moderator'),
    (:conference, :event_speaker, 'speaker'), (:conference, :attendee, 'attendee');
INSERT INTO kroles.event_sessions (event_id, media_id, position) VALUES (:conference, :keynote, 1), (:conference, :workshop, 2);

-- Tables of the application itself: of media, of rooms (who stands on the stage, and what is said), of channels and galleries
CREATE TABLE metadata (media_id bigint, field text, value text);
CREATE TABLE files (media_id bigint, address text, starts_at interval, ends_at interval);
CREATE TABLE captions (media_id bigint, starts_at interval, body text);
CREATE TABLE chapters (media_id bigint, starts_at interval, title text);
CREATE TABLE slides (media_id bigint, starts_at interval, address text);
CREATE TABLE stage (media_id bigint, person text, may_speak boolean, may_present boolean);
CREATE TABLE messages (media_id bigint, body text);
CREATE TABLE questions (media_id bigint, body text, answer text);
CREATE TABLE polls (media_id bigint, question text);
CREATE TABLE channel_plays (channel_id bigint, day date, plays integer);
CREATE TABLE gallery_plays (gallery_id bigint, day date, plays integer);
INSERT INTO metadata VALUES (:film, 'language', 'en');
INSERT INTO files VALUES (:film, 'film.mp4', '0', '90 min');
INSERT INTO captions VALUES (:film, '0', 'Music');
INSERT INTO chapters VALUES (:film, '0', 'Opening');
INSERT INTO slides VALUES (:film, '0', 'title.png');
INSERT INTO stage VALUES (:room, 'Walt Cher', false, false);
INSERT INTO messages VALUES (:room, 'Good morning');
INSERT INTO questions VALUES (:room, 'Why?', NULL);
INSERT INTO channel_plays VALUES (:channel, '2026-03-18', 42);
INSERT INTO gallery_plays VALUES (:gallery, '2026-03-18', 24);
SELECT kroles_protect('metadata', 'media', 'media_id'), kroles_protect('files', 'media', 'media_id'),
    kroles_protect('captions', 'media', 'media_id'), kroles_protect('chapters', 'media', 'media_id'),
    kroles_protect('slides', 'media', 'media_id'),
    kroles_protect('stage', 'room', 'media_id', 'view', 'moderate_room', 'moderate_room', 'moderate_room'),
    kroles_protect('messages', 'room', 'media_id', 'view', 'interact', 'moderate_chat', 'moderate_chat'),
    kroles_protect('questions', 'room', 'media_id', 'view', 'interact', 'moderate_chat', 'moderate_chat'),
    kroles_protect('polls', 'room', 'media_id', 'view', 'moderate_chat', 'moderate_chat', 'moderate_chat'),
    kroles_protect('channel_plays', 'channel', 'channel_id', select_right => 'view_analytics'),
    kroles_protect('gallery_plays', 'gallery', 'gallery_id', select_right => 'view_analytics');
GRANT SELECT, INSERT, UPDATE, DELETE ON metadata, files, captions, chapters, slides, stage, messages, questions, polls,
    channel_plays, gallery_plays TO portal;

-- New ids are far from those above.
SELECT setval('kroles.users_id_seq', 1000), setval('kroles.spaces_id_seq', 1000), setval('kroles.media_id_seq', 1000),
    setval('kroles.groups_id_seq', 1000), setval('kroles.events_id_seq', 1000), setval('kroles.playlists_id_seq', 1000);

-- What waits for a moderator was published by a contributor, through the portal.
SET SESSION AUTHORIZATION portal;
SET kroles."user" = 'contributor';
SELECT kroles_publish(:submission, :channel), kroles_publish(:submission, :gallery);
RESET kroles."user";
RESET SESSION AUTHORIZATION;
