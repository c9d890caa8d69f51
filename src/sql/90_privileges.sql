-- Who may touch what before any role is given access, and what a dump takes along.

GRANT USAGE ON SCHEMA kroles TO PUBLIC;
GRANT SELECT ON kroles.settings, kroles.rights,
    kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights, kroles.role_labels TO PUBLIC;

-- An audience is in a row of media, too: see kroles.audience. And what is made of a row's type holds up changes of the table.
REVOKE USAGE ON TYPE kroles.media FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('kroles.baseline_rights', 'WHERE allowed <> shipped');
SELECT pg_catalog.pg_extension_config_dump('kroles.role_rights', 'WHERE allowed <> shipped');
SELECT pg_catalog.pg_extension_config_dump('kroles.ceiling_rights', 'WHERE allowed <> shipped');
SELECT pg_catalog.pg_extension_config_dump('kroles.role_labels', 'WHERE label <> shipped');
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{settings, users, users_id_seq, user_blocks, groups, groups_id_seq, group_members,
        spaces, spaces_id_seq, space_members, space_members_id_seq, media, media_id_seq, publications,
        media_collaborators, media_collaborators_id_seq, media_moderators, media_moderators_id_seq,
        media_speakers, playlists, playlists_id_seq, playlist_items, events, events_id_seq, event_participants,
        event_participants_id_seq, event_sessions, room_participants, room_participants_id_seq, gateways, signing_keys,
        audit_log, audit_log_id_seq, retired_external_ids}'::text[]
    LOOP
        PERFORM pg_catalog.pg_extension_config_dump(('kroles.' || name)::pg_catalog.regclass, '');
    END LOOP;
END $$;
