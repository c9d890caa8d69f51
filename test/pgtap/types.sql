-- The enum types that applications rely on, value by value and in order.
\ir lib/begin.psql

SELECT enum_has_labels('kroles', 'applicative_role',
    '{anonymous, viewer, private_only, admin, unmoderated_admin}'::name[]);
SELECT enum_has_labels('kroles', 'contextual_role', '{member, contributor, moderator, manager}'::name[]);
SELECT enum_has_labels('kroles', 'space_kind', '{channel, gallery}'::name[]);
SELECT enum_has_labels('kroles', 'space_type',
    '{open, restricted, private, shared_repository, public_restricted, public_open}'::name[]);
SELECT enum_has_labels('kroles', 'publication_status', '{pending, approved, rejected}'::name[]);
SELECT enum_has_labels('kroles', 'collaborator_permission', '{viewer, publisher, editor}'::name[]);
SELECT enum_has_labels('kroles', 'moderator_permission', '{chat_moderator, room_moderator}'::name[]);
SELECT enum_has_labels('kroles', 'speaker_type', '{simple, advanced}'::name[]);
SELECT enum_has_labels('kroles', 'event_role', '{organizer, speaker, moderator, attendee}'::name[]);
SELECT enum_has_labels('kroles', 'media_type', '{video, audio, image, document, live, room}'::name[]);
SELECT enum_has_labels('kroles', 'joining_policy', '{closed, by_request, open}'::name[]);
SELECT enum_has_labels('kroles', 'join_status', '{pending, approved, rejected}'::name[]);
SELECT enum_has_labels('kroles', 'people_audience', '{nobody, logged_in, everyone}'::name[]);
SELECT enum_has_labels('kroles', 'object_kind', '{site, channel, gallery, media, room, event}'::name[]);

-- kroles.action: every right that the rules names, in whatever order
SELECT set_eq(
    $$SELECT unnest(enum_range(NULL::kroles.action))::text$$,
    '{view, contribute, moderate, manage,
      edit_contributions, delete_contributions, manage_members, organize, view_analytics, create_subgallery, delete,
      join_room, start_room, share,
      edit, publish, manage_collaborators, manage_moderators, manage_speakers, transfer_ownership,
      moderate_room, moderate_chat, present, interact, manage_participants,
      upload, create_event, create_channel, create_gallery, administer}'::text[],
    'kroles.action has every right of the rules and no other');

-- kroles.rights: the kinds' tables of the rules
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'site'$$,
    '{upload, create_event, create_channel, create_gallery, administer}'::text[],
    'the rights of the site');
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'channel'$$,
    '{view, contribute, moderate, edit_contributions, delete_contributions, manage, manage_members, organize,
      view_analytics, delete, join_room, start_room, share}'::text[],
    'the rights of a channel');
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'gallery'$$,
    '{view, contribute, moderate, delete_contributions, manage, manage_members, view_analytics, create_subgallery,
      delete, share}'::text[],
    'the rights of a gallery: none about rooms, playlists or editing others'' content');
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'media' AND NOT summary$$,
    '{view, edit, delete, publish, manage_collaborators, manage_moderators, manage_speakers,
      transfer_ownership}'::text[],
    'the rights of media');
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'room' AND NOT summary$$,
    '{join_room, start_room, moderate_room, moderate_chat, present, interact}'::text[],
    'the rights in a room');
SELECT set_eq(
    $$SELECT action FROM kroles.rights WHERE kind = 'event' AND NOT summary$$,
    '{view, interact, present, moderate, manage, manage_participants, view_analytics, delete}'::text[],
    'the rights in an event');
SELECT set_eq(
    $$SELECT kind || ' ' || action FROM kroles.rights WHERE summary$$,
    '{media contribute, media manage, media moderate, room view, room contribute, room moderate, room manage,
      event contribute}'::text[],
    'the summary rights');
SELECT set_eq(
    $$SELECT DISTINCT kind FROM kroles.rights$$,
    'SELECT unnest(enum_range(NULL::kroles.object_kind)::text[])',
    'every kind has rights');
SELECT is_empty(
    $$SELECT kind, action FROM kroles.rights
      WHERE kind <> ALL (enum_range(NULL::kroles.object_kind)::text[])
         OR action <> ALL (enum_range(NULL::kroles.action)::text[])$$,
    'kroles.rights names only values of the two enum types');

SELECT * FROM finish();
ROLLBACK;
