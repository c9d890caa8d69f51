-- Bypass by foreign keys: deleting a row deletes its dependent rows, also those that the person may not change otherwise, and
-- no others. The log names the person.
\set name kroles_bypass_cascades
\ir lib/campus.psql
\ir lib/congress.psql
SELECT * FROM no_plan();

-- a film of the contributor that is everywhere: approved, pending and rejected in spaces they moderate nothing of, with
-- people and groups on it
INSERT INTO kroles.media (id, name, owner_id) VALUES (20, 'Everywhere', 5);
ALTER TABLE kroles.publications DISABLE TRIGGER guard;
INSERT INTO kroles.publications (media_id, space_id, status, published_by, moderated_by) VALUES
    (20, 1, 'pending', 5, NULL), (20, 2, 'approved', 19, 19), (20, 3, 'approved', 5, NULL), (20, 4, 'rejected', 17, 19),
    (20, 5, 'pending', NULL, NULL), (20, 10, 'rejected', 5, 4), (20, 12, 'approved', 19, NULL);
ALTER TABLE kroles.publications ENABLE TRIGGER guard;
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (20, 17, 'editor'), (20, 18, 'publisher');
INSERT INTO kroles.media_collaborators (media_id, group_id, permission) VALUES (20, 2, 'editor');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (20, 19, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id, visible) VALUES (20, 16, false), (20, 15, true);

CREATE VIEW campus.left_of_20 AS
    SELECT (SELECT count(*) FROM kroles.media WHERE id = 20) || ' ' || (SELECT count(*) FROM kroles.publications WHERE media_id = 20) || ' ' ||
           (SELECT count(*) FROM kroles.media_collaborators WHERE media_id = 20) || ' ' || (SELECT count(*) FROM kroles.media_moderators WHERE media_id = 20) || ' ' ||
           (SELECT count(*) FROM kroles.media_speakers WHERE media_id = 20);
CREATE VIEW campus.all_publications AS SELECT count(*) FROM kroles.publications WHERE media_id <> 20;

SELECT campus.may('contributor', '1 row', 'sees little of where their film is', 'SELECT ''1 row'' FROM kroles.publications WHERE media_id = 20 HAVING count(*) = 7');
SELECT campus.tries('contributor', 'no row', 'rejects in a channel of others', 'UPDATE kroles.publications SET status = ''rejected'' WHERE (media_id, space_id) = (20, 2)');
SELECT campus.leads_to('contributor', '0 0 0 0 0', 'deletes their film; it goes everywhere', 'DELETE FROM kroles.media WHERE id = 20', 'TABLE campus.left_of_20');
SELECT campus.leads_to('contributor', '9', 'deletes their film; no other goes', 'DELETE FROM kroles.media WHERE id = 20', 'TABLE campus.all_publications');
SELECT campus.leads_to('contributor', '0 0 0 0 0', 'deletes their film by MERGE', 'MERGE INTO kroles.media AS m USING (VALUES (20)) AS v (id) ON m.id = v.id WHEN MATCHED THEN DELETE', 'TABLE campus.left_of_20');
SELECT campus.leads_to('contributor', '0 0 0 0 0', 'deletes all their films at once', 'DELETE FROM kroles.media', 'TABLE campus.left_of_20');
SELECT campus.leads_to('contributor', '0 0 0 0 0', 'deletes their film by a CTE', 'WITH w AS (DELETE FROM kroles.media WHERE id = 20 RETURNING 1) SELECT 1 FROM w', 'TABLE campus.left_of_20');
SELECT campus.leads_to('contributor', '0 0 0 0 0', 'deletes their film with row_security on, as it is', 'SET row_security = on; DELETE FROM kroles.media WHERE id = 20', 'TABLE campus.left_of_20');
SELECT campus.leads_to('contributor', '5 DELETE kroles.media, 5 DELETE kroles.media_collaborators, 5 DELETE kroles.media_moderators, 5 DELETE kroles.media_speakers, 5 DELETE kroles.publications',
    'deletes their film; all of it is logged as theirs', 'DELETE FROM kroles.media WHERE id = 20',
    'SELECT string_agg(DISTINCT concat_ws('' '', actor, operation, relation), '', '') FROM kroles.audit_log WHERE object_kind = ''media'' AND object_id = 20 AND operation = ''DELETE''');
SELECT campus.leads_to('contributor', '7 3 1 2', 'deletes their film; a row of the log a row', 'DELETE FROM kroles.media WHERE id = 20',
    'SELECT count(*) FROM kroles.audit_log WHERE operation = ''DELETE'' AND object_id = 20 AND relation <> ''kroles.media'' GROUP BY relation ORDER BY array_position(''{publications, media_collaborators, media_moderators, media_speakers}'', split_part(relation, ''.'', 2))');
SELECT campus.tries(who, 'no row', 'deletes another''s film, to be rid of its publications', 'DELETE FROM kroles.media WHERE id = 20')
FROM unnest('{rival, manager, moderator, boss, stranger, viewer, blocked, NULL}'::text[]) AS who;

-- spaces
SELECT campus.leads_to('manager', '0 0', 'deletes a channel; what is in it goes, of whomever', 'DELETE FROM kroles.spaces WHERE id = 1',
    'SELECT (SELECT count(*) FROM kroles.publications WHERE space_id = 1) || '' '' || (SELECT count(*) FROM kroles.space_members WHERE space_id = 1)');
SELECT campus.leads_to('manager', '12', 'deletes a channel; no media goes', 'DELETE FROM kroles.spaces WHERE id = 1', 'SELECT count(*) FROM kroles.media');
SELECT campus.leads_to('rival', '6', 'deletes a private channel; the film is taken down there only', 'DELETE FROM kroles.channels WHERE id = 2', 'SELECT count(*) FROM kroles.publications WHERE media_id = 20');
SELECT campus.tries('owner', '23503', 'deletes a gallery that has sub-galleries', 'DELETE FROM kroles.galleries WHERE id = 10');
SELECT campus.may('owner', '2 rows', 'deletes gallery and sub-gallery together', 'DELETE FROM kroles.galleries WHERE id IN (10, 11)');
SELECT campus.tries('moderator', 'no row', 'deletes a channel, to be rid of what is in it', 'DELETE FROM kroles.spaces WHERE id = 1');

-- playlists: what is in them goes with the media and with the channel, and the places close
SELECT campus.leads_to('owner', '4 1, 7 2', 'deletes their film, which is first in a playlist', 'DELETE FROM kroles.media WHERE id = 1',
    'SELECT string_agg(concat_ws('' '', media_id, position), '', '' ORDER BY position) FROM (SELECT media_id, position FROM kroles.playlist_items WHERE playlist_id = 1) AS i');
SELECT campus.leads_to('contributor', '1 1, 7 2', 'deletes their film, which is in a playlist that they may not change', 'DELETE FROM kroles.media WHERE id = 4',
    'SELECT string_agg(concat_ws('' '', media_id, position), '', '' ORDER BY position) FROM (SELECT media_id, position FROM kroles.playlist_items WHERE playlist_id = 1) AS i');
SELECT campus.leads_to('contributor', '5 DELETE channel 1, 5 UPDATE channel 1', 'deletes it, and what becomes of the playlist is logged as theirs', 'DELETE FROM kroles.media WHERE id = 4',
    'SELECT string_agg(concat_ws('' '', actor, operation, object_kind, object_id), '', '' ORDER BY operation) FROM (SELECT * FROM kroles.audit_log WHERE relation = ''kroles.playlist_items'' ORDER BY id DESC LIMIT 2) AS l');
SELECT campus.leads_to('manager', '2 3', 'deletes a channel; its playlists go, and no other', 'DELETE FROM kroles.spaces WHERE id = 1', 'SELECT id FROM kroles.playlists ORDER BY id');
SELECT campus.leads_to('manager', '2 3', 'deletes a channel; what is in its playlists goes', 'DELETE FROM kroles.spaces WHERE id = 1', 'SELECT playlist_id FROM kroles.playlist_items ORDER BY 1');
SELECT campus.leads_to('manager', '2 3', 'deletes a playlist; what is in it goes', 'DELETE FROM kroles.playlists', 'SELECT playlist_id FROM kroles.playlist_items ORDER BY 1');
SELECT campus.leads_to('manager', '12', 'deletes a playlist; no media goes', 'DELETE FROM kroles.playlists', 'SELECT count(*) FROM kroles.media');

-- events and rooms: what goes with the media, the event and the user, and what does not
SELECT campus.leads_to('landlord', '1/22@1 2/3@1', 'deletes the Hall; it is a session no more, and the places close', 'DELETE FROM kroles.media WHERE id = 21',
    'SELECT format(''%s/%s@%s'', event_id, media_id, position) FROM kroles.event_sessions ORDER BY 1');
SELECT campus.leads_to('landlord', '0', 'deletes the Hall; nobody is or was in it', 'DELETE FROM kroles.media WHERE id = 21', 'SELECT count(*) FROM kroles.room_participants');
SELECT campus.leads_to('landlord', '40 DELETE event 1, 40 UPDATE event 1', 'deletes the Hall, and what becomes of the sessions is logged as theirs', 'DELETE FROM kroles.media WHERE id = 21',
    'SELECT string_agg(concat_ws('' '', actor, operation, object_kind, object_id), '', '' ORDER BY operation) FROM (SELECT * FROM kroles.audit_log WHERE relation = ''kroles.event_sessions'' ORDER BY id DESC LIMIT 2) AS l');
SELECT campus.leads_to('organizer', '0 0 4', 'deletes the Congress; who takes part and the sessions go, stays do not', 'DELETE FROM kroles.events WHERE id = 1',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.event_participants WHERE event_id = 1), (SELECT count(*) FROM kroles.event_sessions WHERE event_id = 1), (SELECT count(*) FROM kroles.room_participants))');
SELECT campus.leads_to('organizer', '12', 'deletes the Congress; no media goes', 'DELETE FROM kroles.events WHERE id = 1', 'SELECT count(*) FROM kroles.media');
SELECT campus.leads_to('organizer', 'false', 'deletes the Congress; what it gave on the Hall goes', 'DELETE FROM kroles.events WHERE id = 1', 'SELECT kroles_can(36, ''view'', ''media'', 21)');
SELECT campus.tries('lecturer', 'no row', 'deletes the Congress, to be rid of its sessions', 'DELETE FROM kroles.events WHERE id = 1');
SELECT campus.leads_to('administrator', '0 0 0', 'deletes the keeper and the attendee; stays and parts go', 'DELETE FROM kroles.users WHERE id IN (36, 41)',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.room_participants WHERE user_id = 41), (SELECT count(*) FROM kroles.event_participants WHERE user_id = 36), (SELECT count(*) FROM kroles.media_moderators WHERE user_id = 41))');
SELECT campus.leads_to('administrator', '0 45 3', 'deletes a group that organizes; who does of their own stays', 'DELETE FROM kroles.groups WHERE id = 5',
    'SELECT concat_ws('' '', (SELECT count(*) FROM kroles.event_participants WHERE group_id = 5), (SELECT user_id FROM kroles.event_participants WHERE event_id = 3 AND role = ''organizer''), (SELECT id FROM kroles.events WHERE id = 3))');
SELECT campus.tries('administrator', '23514', 'deletes the last organizer, whose row would go by the foreign key', 'DELETE FROM kroles.users WHERE id = 45');
SELECT campus.leads_to('administrator', 'NULL', 'deletes who made an event that they organize no more; it stays, made by nobody known', 'INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (3, 18, ''organizer''); DELETE FROM kroles.users WHERE id = 45',
    'SELECT created_by FROM kroles.events WHERE id = 3');

-- people
SELECT campus.leads_to('administrator', 'no row', 'deletes a moderator; what they moderated stays, by nobody', 'DELETE FROM kroles.users WHERE id = 4',
    'SELECT media_id FROM kroles.publications WHERE moderated_by = 4');
SELECT campus.leads_to('administrator', 'rejected NULL 5', 'deletes a moderator; their rejection stands', 'DELETE FROM kroles.users WHERE id = 4',
    'SELECT concat_ws('' '', status, coalesce(moderated_by::text, ''NULL''), published_by) FROM kroles.publications WHERE (media_id, space_id) = (6, 1)');
SELECT campus.leads_to('administrator', '0 0 0 0', 'deletes a member; grants and places go', 'DELETE FROM kroles.users WHERE id IN (21, 16, 15)',
    'SELECT (SELECT count(*) FROM kroles.space_members WHERE user_id = 21) || '' '' || (SELECT count(*) FROM kroles.group_members WHERE user_id = 21) || '' '' ||
        (SELECT count(*) FROM kroles.media_speakers WHERE user_id IN (15, 16)) || '' '' || (SELECT count(*) FROM kroles.media_collaborators WHERE user_id = 15)');
SELECT campus.tries('administrator', '23503', 'deletes a user who owns something', 'DELETE FROM kroles.users WHERE id = 18');
SELECT campus.tries('administrator', '23503', 'deletes a blocked user who owns something', 'DELETE FROM kroles.users WHERE id = 17');
SELECT campus.leads_to('administrator', '0 0 0', 'deletes a group; what it had goes', 'DELETE FROM kroles.groups WHERE id = 2',
    'SELECT (SELECT count(*) FROM kroles.space_members WHERE group_id = 2) || '' '' || (SELECT count(*) FROM kroles.group_members WHERE group_id = 2) || '' '' || (SELECT count(*) FROM kroles.media_collaborators WHERE group_id = 2)');
SELECT campus.leads_to('administrator', '1 DELETE group 2', 'deletes a group; who was in it is logged', 'DELETE FROM kroles.groups WHERE id = 2',
    'SELECT DISTINCT concat_ws('' '', actor, operation, object_kind, object_id) FROM kroles.audit_log WHERE relation = ''kroles.group_members'' AND operation = ''DELETE''');

-- what becomes of a person while they are asking: an administrator deletes themselves
SELECT campus.tries('administrator', '23514', 'deletes themselves, the last one', 'DELETE FROM kroles.users WHERE id = 1');
INSERT INTO kroles.users (id, login, administrator) VALUES (99, 'second administrator', true);
SELECT campus.leads_to('administrator', 'no row', 'deletes themselves', 'DELETE FROM kroles.users WHERE id = 1', 'SELECT id FROM kroles.users WHERE id = 1');
DELETE FROM kroles.users WHERE id = 99;

-- under an older snapshot
CREATE PROCEDURE campus.delete_20(isolation text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SET TRANSACTION ISOLATION LEVEL ' || isolation;
    PERFORM set_config('kroles.user', 'contributor', true);
    SET SESSION AUTHORIZATION campus_gateway;
    PERFORM FROM kroles.media;
    DELETE FROM kroles.media WHERE id = 20;
    RESET SESSION AUTHORIZATION;
END $$;
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL campus.delete_20('REPEATABLE READ');
SELECT l AS repeatable_read FROM campus.left_of_20 AS l (l) \gset
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL campus.delete_20('SERIALIZABLE');
SELECT l AS serializable FROM campus.left_of_20 AS l (l) \gset
ROLLBACK;
SELECT is(:'repeatable_read'::text, '0 0 0 0 0', 'control: contributor deletes their film at REPEATABLE READ');
SELECT is(:'serializable'::text, '0 0 0 0 0', 'control: contributor deletes their film at SERIALIZABLE');

SELECT * FROM finish();
