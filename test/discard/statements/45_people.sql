-- People on a media.
SET kroles."user" = 'tom';
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 1, 'viewer'), (1, 3, 'publisher');
SELECT kroles_set_permissions(1, 1, NULL, '{editor, chat_moderator}');
SELECT name, permissions, owner FROM kroles_media_users(1);
SELECT kroles_transfer_ownership(1, 1, keep_as_collaborator => true);
\echo done
