-- What the database decides in the campus portal (portal.sql): tables to read, and people at work.
\set ON_ERROR_STOP on
\pset border 2
\pset footer off
\pset pager off
SET client_min_messages = warning;

-- What a person may do in a space, in four letters; NULL is somebody who is not logged in.
CREATE FUNCTION pg_temp.may(person bigint, space bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat(
        CASE WHEN kroles_can(person, 'view', s.kind::text::kroles.object_kind, s.id) THEN 'V' ELSE '-' END,
        CASE WHEN kroles_can(person, 'contribute', s.kind::text::kroles.object_kind, s.id) THEN 'C' ELSE '-' END,
        CASE WHEN kroles_can(person, 'moderate', s.kind::text::kroles.object_kind, s.id) THEN 'M' ELSE '-' END,
        CASE WHEN kroles_can(person, 'manage', s.kind::text::kroles.object_kind, s.id) THEN 'A' ELSE '-' END)
    FROM kroles.spaces s
    WHERE s.id = space
$$;

-- Somebody with that role there by a grant in their own name, whose role on the site is private_only.
CREATE FUNCTION pg_temp.invited(space bigint, wanted kroles.contextual_role) RETURNS bigint LANGUAGE sql AS $$
    SELECT u.id
    FROM kroles.space_members m
    JOIN kroles.users u ON u.id = m.user_id
    WHERE m.space_id = space AND m.role = wanted AND m.expires_at IS NULL
      AND u.applicative_role = 'private_only' AND NOT u.blocked
    ORDER BY u.id
    LIMIT 1
$$;

CREATE FUNCTION pg_temp.person(login text) RETURNS bigint LANGUAGE sql AS
    $$ SELECT u.id FROM kroles.users u WHERE u.login = person.login $$;

-- One space of each type.
CREATE TEMP VIEW shown AS
SELECT nr, s.id, s.name, replace(s.type::text, '_', ' ') || ' ' || s.kind AS type
FROM unnest('{student-life, research-talks, faculty-board, lecture-library, open-lectures, campus-voices,
    art-history, engineering, public-health}'::text[]) WITH ORDINALITY AS wanted (external_id, nr)
JOIN kroles.spaces s USING (external_id);

\echo
\echo A CAMPUS PORTAL
\echo
\echo This database holds the people, channels, galleries and media of a university, and decides who may
\echo do what. It was filled from the files in examples/portal/.
\echo
SELECT (SELECT count(*) FROM kroles.users) AS people,
       (SELECT count(*) FROM kroles.groups) AS groups,
       (SELECT count(*) FROM kroles.spaces WHERE kind = 'channel') AS channels,
       (SELECT count(*) FROM kroles.spaces WHERE kind = 'gallery') AS galleries,
       (SELECT count(*) FROM kroles.space_members) AS "roles given in them",
       (SELECT count(*) FROM kroles.media) AS media,
       (SELECT count(*) FROM kroles.publications) AS publications;

\echo
\echo '1. WITHOUT AN INVITATION'
\echo
\echo Everybody has one role on the whole site. It and the type of a channel or gallery say what people
\echo may do where nobody has invited them: V view, C contribute (add content), M moderate (approve and
\echo 'reject), A manage. Each column is one person; "unmod." is an unmoderated_admin, whose content never'
\echo has to wait for a moderator.
\echo
SELECT type,
       pg_temp.may(NULL, id) AS anonymous,
       pg_temp.may(pg_temp.person('zofia.wrona'), id) AS viewer,
       pg_temp.may(pg_temp.person('lars.petersen'), id) AS private_only,
       pg_temp.may(pg_temp.person('claire.whitfield'), id) AS admin,
       pg_temp.may(pg_temp.person('pavel.novotny'), id) AS "unmod.",
       pg_temp.may(pg_temp.person('ingrid.solberg'), id) AS administrator
FROM shown
ORDER BY nr;

\echo
\echo '2. WITH A ROLE IN THE CHANNEL OR GALLERY'
\echo
\echo 'Whoever manages a channel or gallery gives people and groups a role there: the columns are people'
\echo with that role in that space, all of them private_only on the site. The type no longer matters.
\echo
SELECT type, name,
       pg_temp.may(pg_temp.invited(id, 'member'), id) AS member,
       pg_temp.may(pg_temp.invited(id, 'contributor'), id) AS contributor,
       pg_temp.may(pg_temp.invited(id, 'moderator'), id) AS moderator,
       pg_temp.may(pg_temp.invited(id, 'manager'), id) AS manager
FROM shown
ORDER BY nr;

\echo
\echo '3. HOW FAR AN INVITATION GOES'
\echo
\echo 'The role on the site is a ceiling, a blocked person may do nothing, and a role may be given for a'
\echo time only. A sub-gallery may take its members from the gallery above.
\echo
SELECT u.name AS person, s.name AS space, story.invited, pg_temp.may(u.id, s.id) AS may
FROM (VALUES
    (1, 'oliver.brandt', 'computing-society', 'contributor, through a group'),
    (2, 'ben.carter', 'computing-society', 'the same; but viewer on the site'),
    (3, 'derek.holt', 'student-life', 'contributor, but blocked'),
    (4, 'ruth.feldman', 'faculty-board', 'member for 14 more days'),
    (5, 'samuel.faleolo', 'public-health', 'member until 3 days ago'),
    (6, 'yuki.tanaka', 'algorithms', 'moderator two galleries above')) AS story (nr, login, space, invited)
JOIN kroles.users u USING (login)
JOIN kroles.spaces s ON s.external_id = story.space
ORDER BY story.nr;

SELECT id AS film FROM kroles.media WHERE external_id = 'project-timetable' \gset
SELECT id AS algorithms FROM kroles.spaces WHERE external_id = 'algorithms' \gset
SELECT id AS art_history FROM kroles.spaces WHERE external_id = 'art-history' \gset

\echo
\echo '4. A STUDENT PUBLISHES, A MODERATOR APPROVES'
\echo
\echo Media :film is a film by the student Oliver Brandt, space :algorithms the moderated gallery of the course
\echo 'on algorithms. The portal logs in to the database as one role and says in kroles.user for whom it'
\echo 'asks ("user" stands in quotes because it is a word of SQL).'
\echo

SET SESSION AUTHORIZATION campus_portal;
\set ECHO queries
SET kroles."user" = 'oliver.brandt';
SELECT kroles_publish(:film, :algorithms) AS "Oliver publishes: status";
\set ECHO none
\echo It waits, so the student Amina Yusuf does not see it. The teaching assistant Yuki Tanaka has it in
\echo her queue, below one that waited there before.
\echo
\set ECHO queries
SET kroles."user" = 'amina.yusuf';
SELECT kroles_can('view', 'media', :film) AS "may Amina watch it?";
SET kroles."user" = 'yuki.tanaka';
SELECT media_id, media_name, space_name, status
FROM kroles.moderation_queue
ORDER BY published_at, media_id;
\set ECHO none
\echo 'She approves it, by a plain UPDATE (kroles_approve() does the same). Now Amina sees it.'
\echo
\set ECHO queries
UPDATE kroles.publications SET status = 'approved'
WHERE media_id = :film AND space_id = :algorithms;
SET kroles."user" = 'amina.yusuf';
SELECT kroles_can('view', 'media', :film) AS "may Amina watch it?";
\set ECHO none
\echo Ingrid Solberg, the administrator, reads in the log who did what.
\echo
\set ECHO queries
SET kroles."user" = 'ingrid.solberg';
SELECT u.name AS who, l.operation, l.before->>'status' AS before, l.after->>'status' AS after
FROM kroles.audit_log l
JOIN kroles.users u ON u.id = l.actor
WHERE l.object_kind = 'media' AND l.object_id = :film AND l.space_id = :algorithms
ORDER BY l.id;
\set ECHO none

\echo
\echo '5. REFUSED'
\echo
\echo Space :art_history is the gallery "Art History", to which Oliver was not invited. Neither the function nor
\echo 'plain SQL lets his film in, saying that it is approved does not help, and he cannot make'
\echo himself a manager there.
\echo
\set ON_ERROR_STOP off
\set ECHO queries
SET kroles."user" = 'oliver.brandt';
SELECT kroles_publish(:film, :art_history);
INSERT INTO kroles.publications (media_id, space_id, status) VALUES (:film, :art_history, 'approved');
INSERT INTO kroles.space_members (space_id, user_id, role)
VALUES (:art_history, kroles_current_user(), 'manager');
\set ECHO none
\set ON_ERROR_STOP on

\echo
\echo '6. ONE SEARCH, FOUR PEOPLE'
\echo
\echo 'The portal has one search for everybody, and does not ask who may see what: of the table itself, the'
\echo database shows each person the rows that they may see.
\echo
\set ECHO queries
PREPARE search AS
SELECT type, name
FROM kroles.media
WHERE name ILIKE '%lecture%'
ORDER BY name;
\set ECHO none
\echo
\echo 'Somebody who is not logged in sees what is in public spaces:'
\set ECHO queries
SET kroles."user" = '';
EXECUTE search;
\set ECHO none
\echo 'Iva Petrova, a student (viewer), also what is open to all who are logged in:'
\set ECHO queries
SET kroles."user" = 'iva.petrova';
EXECUTE search;
\set ECHO none
\echo 'Anna Kowalczyk, a professor (manager and contributor in some spaces), also what is in those:'
\set ECHO queries
SET kroles."user" = 'anna.kowalczyk';
EXECUTE search;
\set ECHO none
\echo 'Ingrid Solberg, the administrator, everything, also what is confidential or published nowhere:'
\set ECHO queries
SET kroles."user" = 'ingrid.solberg';
EXECUTE search;
\set ECHO none
RESET kroles."user";
RESET SESSION AUTHORIZATION;

\echo 'Of all media, so many are seen by (kroles_can() tells an administrator what others may):'
SELECT count(*) FILTER (WHERE kroles_can(NULL, 'view', 'media', id)) AS "nobody in particular",
       count(*) FILTER (WHERE kroles_can(pg_temp.person('iva.petrova'), 'view', 'media', id)) AS "Iva Petrova",
       count(*) FILTER (WHERE kroles_can(pg_temp.person('anna.kowalczyk'), 'view', 'media', id)) AS "Anna Kowalczyk",
       count(*) FILTER (WHERE kroles_can(pg_temp.person('ingrid.solberg'), 'view', 'media', id)) AS "Ingrid Solberg"
FROM kroles.media;

SELECT id AS room FROM kroles.media WHERE external_id = 'society-room' \gset
SELECT id AS oliver FROM kroles.users WHERE login = 'oliver.brandt' \gset

\echo
\echo '7. A LIVE ROOM'
\echo
\echo Media :room is the meeting room of the Computing Society. Its owner is the host; roles on the media, and membership
\echo 'in the channel where it is published, say who else may do what: J join, S start, R moderate the room,'
\echo 'C moderate the chat, P present.'
\echo
SELECT u.name AS person, kroles_role('room', :room, u.id) AS role,
       (SELECT string_agg(CASE WHEN kroles_can(u.id, r.action, 'room', :room) THEN r.letter ELSE '-' END, '' ORDER BY r.nr)
        FROM (VALUES (1, 'J', 'join_room'::kroles.action), (2, 'S', 'start_room'), (3, 'R', 'moderate_room'), (4, 'C', 'moderate_chat'),
                     (5, 'P', 'present')) AS r (nr, letter, action)) AS may
FROM unnest('{mei-lin.chen, oliver.brandt, ben.carter, iva.petrova}'::text[]) WITH ORDINALITY AS who (login, nr)
JOIN kroles.users u USING (login)
ORDER BY who.nr;
\echo 'What Oliver may do is read when he joins. Mei-Lin Chen, the owner, takes the moderation from him: that reaches'
\echo 'him only when he has left and joins again.'
\echo
SET SESSION AUTHORIZATION campus_portal;
\set ECHO queries
SET kroles."user" = 'oliver.brandt';
SELECT kroles_room_join(:room) AS "Oliver joins, and may";
SET kroles."user" = 'mei-lin.chen';
DELETE FROM kroles.media_moderators WHERE media_id = :room AND user_id = :oliver;
SET kroles."user" = 'oliver.brandt';
SELECT kroles_can('moderate_room', 'room', :room) AS "does he still moderate?";
SELECT kroles_room_leave(:room);
SELECT kroles_room_join(:room) AS "Oliver joins again, and may";
\set ECHO none

\echo
\echo '8. AN EVENT'
\echo
\echo 'Hélène Dufour makes an event and so organizes it: a professor speaks, the student union moderates, a first-year'
\echo student attends. A live rehearsal, published nowhere, is its session.
\echo
\set ECHO queries
SET kroles."user" = 'helene.dufour';
INSERT INTO kroles.events (external_id, name) VALUES ('welcome-week', 'Welcome Week');
INSERT INTO kroles.media (external_id, type, name) VALUES ('rehearsal', 'live', 'Dress rehearsal');
\set ECHO none
SELECT kroles_id('event', 'welcome-week') AS event, kroles_id('media', 'rehearsal') AS rehearsal \gset
SELECT id AS speaker FROM kroles_find_users('anna.kow') \gset
SELECT id AS attendee FROM kroles_find_users('ben.car') \gset
SELECT id AS moderators FROM kroles_find_users('student union') \gset
\set ECHO queries
INSERT INTO kroles.event_participants (event_id, user_id, group_id, role) VALUES
    (:event, :speaker, NULL, 'speaker'), (:event, :attendee, NULL, 'attendee'), (:event, NULL, :moderators, 'moderator');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (:event, :rehearsal);
\set ECHO none
RESET kroles."user";
RESET SESSION AUTHORIZATION;
SELECT u.name AS person, kroles_role('event', :event, u.id) AS "in the event", kroles_role('room', :rehearsal, u.id) AS "in the live room",
       kroles_rights('room', :rehearsal, u.id) AS "may do there"
FROM unnest('{helene.dufour, anna.kowalczyk, emeka.nwosu, ben.carter, iva.petrova}'::text[]) WITH ORDINALITY AS who (login, nr)
JOIN kroles.users u USING (login)
ORDER BY who.nr;
\echo 'Why may Ben Carter watch the rehearsal? And may Hélène leave?'
\echo
SET SESSION AUTHORIZATION campus_portal;
\set ECHO queries
SET kroles."user" = 'helene.dufour';
SELECT effect, reason FROM kroles_explain(:attendee, 'view', 'media', :rehearsal);
\set ON_ERROR_STOP off
DELETE FROM kroles.event_participants WHERE event_id = :event AND role = 'organizer';
\set ECHO none
\set ON_ERROR_STOP on
RESET kroles."user";
RESET SESSION AUTHORIZATION;

SELECT id AS gallery FROM kroles.spaces WHERE external_id = 'public-health' \gset
SELECT id AS ben FROM kroles.users WHERE login = 'ben.carter' \gset

\echo
\echo '9. FOR A TIME, ON REQUEST, AND ONE''S OWN'
\echo
\echo Gallery :gallery, Public Health, is private. Leila Farahani, who owns it, lets Ben Carter in for one second:
\echo the grant closes by itself, and nothing is written when it does.
\echo
SET SESSION AUTHORIZATION campus_portal;
\set ECHO queries
SET kroles."user" = 'leila.farahani';
INSERT INTO kroles.space_members (space_id, user_id, expires_at) VALUES (:gallery, :ben, now() + interval '1 second');
SET kroles."user" = 'ben.carter';
SELECT count(*) AS "Ben sees so many publications there" FROM kroles.publications WHERE space_id = :gallery;
SELECT pg_sleep(1.1) AS "a second later";
SELECT count(*) AS "and now" FROM kroles.publications WHERE space_id = :gallery;
\set ECHO none
\echo 'She opens the gallery to requests. Ben finds it, asks, and is let in:'
\echo
\set ECHO queries
SET kroles."user" = 'leila.farahani';
UPDATE kroles.galleries SET joining = 'by_request' WHERE id = :gallery;
SET kroles."user" = 'ben.carter';
SELECT id, name, joining, request FROM kroles_joinable('health');
SELECT kroles_request_to_join(:gallery, 'I write about clean water') AS request;
SET kroles."user" = 'leila.farahani';
SELECT name, message, status FROM kroles_join_requests(:gallery);
SELECT kroles_answer_request(id, true) AS answer FROM kroles.join_requests WHERE space_id = :gallery AND status = 'pending';
\set ECHO none
\echo 'Ben keeps what he wants to see in a playlist of his own. Whose media it is, he reads from kroles.people:'
\echo
\set ECHO queries
SET kroles."user" = 'ben.carter';
INSERT INTO kroles.playlists (name) VALUES ('To watch') RETURNING id AS playlist \gset
INSERT INTO kroles.playlist_items (playlist_id, media_id) SELECT :playlist, media_id FROM kroles.publications WHERE space_id = :gallery;
SELECT name, items FROM kroles_my_playlists();
SELECT i.position, m.name AS media, p.name AS owner
FROM kroles.playlist_items i JOIN kroles.media m ON m.id = i.media_id LEFT JOIN kroles.people p ON p.id = m.owner_id
WHERE i.playlist_id = :playlist ORDER BY i.position;
SET kroles."user" = 'iva.petrova';
SELECT count(*) AS "Iva sees so many of his playlists" FROM kroles.playlists WHERE id = :playlist;
\set ECHO none
RESET kroles."user";
RESET SESSION AUTHORIZATION;
