-- What users could do at an earlier time: each kind of change, the instant of a change and the one before, windows, what is gone, who gave
-- a grant, and what remains when the log is trimmed. The changes are made now; the log is then told that it was in 2025.
\ir lib/begin.psql

-- The changes since the last call were made on that day.
CREATE FUNCTION pg_temp.on_day(day text) RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.audit_log SET at = day::timestamptz WHERE at = now()
$$;
CREATE FUNCTION pg_temp.could(who bigint, action kroles.action, kind kroles.object_kind, id bigint, days text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(kroles_could(who, action, kind, id, d::timestamptz)::text, ' ' ORDER BY n) FROM unnest(days) WITH ORDINALITY AS t (d, n)
$$;
SET LOCAL timezone = 'UTC';

INSERT INTO kroles.users (id, login, name, applicative_role) VALUES (1, 'olga', 'Olga', 'private_only'), (2, 'pia', 'Pia', 'private_only'),
    (3, 'gil', 'Gil', 'private_only'), (4, 'vic', 'Vic', 'viewer');
INSERT INTO kroles.groups (id, name) VALUES (5, 'Biology');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (10, 'channel', 'private', 'Seminar', 1), (11, 'gallery', 'private', 'Arts', 1),
    (12, 'gallery', 'private', 'Film', 1);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (20, 'video', 'Film', 1), (21, 'room', 'Hall', 1);
INSERT INTO kroles.events (id, name, created_by) VALUES (30, 'Day', 1);
SELECT FROM pg_temp.on_day('2025-01-01');

-- ---- Each kind of grant, until it is taken ----
INSERT INTO kroles.publications (media_id, space_id) VALUES (20, 10), (21, 10);
SELECT FROM pg_temp.on_day('2025-02-01');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (10, 2, 'contributor');
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (11, 5, 'manager');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (5, 3);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (20, 3, 'editor');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (21, 3, 'room_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (20, 4);
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (30, 4, 'attendee');
SELECT FROM pg_temp.on_day('2025-03-01');
DELETE FROM kroles.space_members WHERE space_id = 10;
DELETE FROM kroles.group_members;
DELETE FROM kroles.media_collaborators;
DELETE FROM kroles.media_moderators;
DELETE FROM kroles.media_speakers;
DELETE FROM kroles.event_participants WHERE role = 'attendee';
SELECT FROM pg_temp.on_day('2025-04-01');
SELECT is(pg_temp.could(who, action::kroles.action, kind::kroles.object_kind, id, '{2025-02-28 23:59:59.999999, 2025-03-01, 2025-03-31 23:59:59.999999, 2025-04-01}'),
          'false true true false', what || ': from the instant at which it was given until just before it was taken')
FROM (VALUES (2, 'contribute', 'channel', 10, 'a grant on a channel'), (2, 'view', 'media', 20, 'media of a channel'),
             (2, 'join_room', 'room', 21, 'a room of a channel'), (3, 'manage', 'gallery', 11, 'a group''s grant, with its membership'),
             (3, 'edit', 'media', 20, 'an editor'), (3, 'moderate_room', 'room', 21, 'a room moderator'), (4, 'view', 'media', 20, 'a speaker'),
             (4, 'interact', 'event', 30, 'an attendee')) AS t (who, action, kind, id, what);
SELECT is(pg_temp.could(who, action::kroles.action, kind::kroles.object_kind, id, '{2025-03-01, 2025-04-01}'), 'false false', what || ': never given')
FROM (VALUES (3, 'contribute', 'channel', 10, 'the channel, to another'), (2, 'edit', 'media', 20, 'editing, to a viewer'),
             (2, 'moderate_room', 'room', 21, 'moderating, to a viewer'), (4, 'manage', 'event', 30, 'managing, to an attendee'),
             (3, 'manage', 'gallery', 12, 'another gallery'), (NULL, 'view', 'media', 20, 'the media, to anonymous')) AS t (who, action, kind, id, what);
SELECT is(pg_temp.could(2, 'view', 'media', 20, '{2025-01-15, 2025-02-01}'), 'false false', 'publishing alone gives nothing in a private channel');
SELECT is(pg_temp.could(1, 'manage', 'media', 20, '{2025-01-01, 2025-04-01}'), 'true true', 'the owner, from the beginning');

-- ---- A grant that is changed, moved, or taken and given again ----
INSERT INTO kroles.space_members (id, space_id, user_id, role) VALUES (900, 10, 2, 'member');
SELECT FROM pg_temp.on_day('2025-05-01');
UPDATE kroles.space_members SET role = 'moderator' WHERE id = 900;
SELECT FROM pg_temp.on_day('2025-05-02');
UPDATE kroles.space_members SET role = 'contributor' WHERE id = 900;
SELECT FROM pg_temp.on_day('2025-05-03');
UPDATE kroles.space_members SET user_id = 3 WHERE id = 900;
SELECT FROM pg_temp.on_day('2025-05-04');
UPDATE kroles.space_members SET space_id = 12, role = 'member' WHERE id = 900;
SELECT FROM pg_temp.on_day('2025-05-05');
SELECT is(pg_temp.could(2, 'moderate', 'channel', 10, '{2025-05-01, 2025-05-02, 2025-05-03}'), 'false true false', 'a role that was raised and lowered');
SELECT is(pg_temp.could(2, 'view', 'channel', 10, '{2025-05-03, 2025-05-04, 2025-05-05}'), 'true false false', 'a grant that went to another user');
SELECT is(pg_temp.could(3, 'view', 'channel', 10, '{2025-05-03, 2025-05-04, 2025-05-05}'), 'false true false', 'whose it was then');
SELECT is(pg_temp.could(3, 'view', 'gallery', 12, '{2025-05-04, 2025-05-05}'), 'false true', 'and a grant that went to another space');
SELECT results_eq($$SELECT string_agg(user_id::text, ' ' ORDER BY user_id) FROM unnest('{2025-05-03, 2025-05-04, 2025-05-05}'::timestamptz[]) AS at,
        kroles_could_who('view', 'channel', 10, at) GROUP BY at ORDER BY at$$, $$VALUES ('1 2'), ('1 3'), ('1')$$, 'kroles_could_who() follows it');

-- ---- Users, spaces, settings, matrices ----
UPDATE kroles.users SET blocked = true WHERE id = 3;
SELECT FROM pg_temp.on_day('2025-06-01');
UPDATE kroles.users SET blocked = false, applicative_role = 'viewer' WHERE id = 3;
SELECT FROM pg_temp.on_day('2025-06-02');
UPDATE kroles.users SET administrator = true WHERE id = 4;
UPDATE kroles.spaces SET type = 'public_open' WHERE id = 10;
UPDATE kroles.settings SET allow_anonymous = true;
UPDATE kroles.spaces SET parent_id = 11, inherits_members = true WHERE id = 12;
INSERT INTO kroles.group_members (group_id, user_id) VALUES (5, 2);
SELECT FROM pg_temp.on_day('2025-06-03');
UPDATE kroles.baseline_rights SET allowed = false WHERE (kind, type, applicative_role, action) = ('channel', 'public_open', 'anonymous', 'view');
UPDATE kroles.users SET administrator = false WHERE id = 4;
SELECT FROM pg_temp.on_day('2025-06-04');
SELECT is(pg_temp.could(3, 'view', 'gallery', 12, '{2025-05-31, 2025-06-01, 2025-06-02, 2025-06-03}'), 'true false true false',
    'blocked for a day; and a grant that does not count where members are inherited');
SELECT is(pg_temp.could(2, 'manage', 'gallery', 12, '{2025-06-02, 2025-06-03}'), 'false true', 'the group''s grant above counts there');
SELECT is(pg_temp.could(4, 'administer', 'site', NULL, '{2025-06-02, 2025-06-03, 2025-06-04}'), 'false true false', 'an administrator for a day');
SELECT is(pg_temp.could(NULL, 'view', 'media', 20, '{2025-06-02, 2025-06-03, 2025-06-04}'), 'false true false', 'anonymous, until the matrix was changed');
SELECT is(kroles_could(NULL, 'view', 'channel', 10, '2025-06-03'), true, 'and the channel');

-- ---- Windows are those of then, and passed then ----
INSERT INTO kroles.media_collaborators (media_id, user_id, permission, starts_at, expires_at) VALUES (20, 2, 'editor', '2025-07-10', '2025-07-20');
SELECT FROM pg_temp.on_day('2025-07-01');
UPDATE kroles.media_collaborators SET expires_at = '2025-07-30' WHERE user_id = 2;
SELECT FROM pg_temp.on_day('2025-07-25');
UPDATE kroles.media SET available_from = '2025-08-10' WHERE id = 20;
SELECT FROM pg_temp.on_day('2025-08-01');
SELECT is(pg_temp.could(2, 'edit', 'media', 20, '{2025-07-09 23:59:59.999999, 2025-07-10, 2025-07-19 23:59:59.999999, 2025-07-20, 2025-07-24, 2025-07-25, 2025-07-30}'),
    'false true true false false true false', 'a window, and another from the day on which it was moved');
SELECT is(pg_temp.could(2, 'view', 'media', 20, '{2025-07-31, 2025-08-01, 2025-08-10}'), 'true false true', 'media that was not available yet');

-- ---- What is gone ----
DELETE FROM kroles.events WHERE id = 30;
SELECT FROM kroles_hand_over(3, 1);
DELETE FROM kroles.users WHERE id = 3;
DELETE FROM kroles.media WHERE id = 21;
DELETE FROM kroles.spaces WHERE id = 10;
DELETE FROM kroles.groups WHERE id = 5;
SELECT FROM pg_temp.on_day('2025-09-01');
SELECT is(kroles_could(who, action::kroles.action, kind::kroles.object_kind, id, day::timestamptz), true, what || ' that is gone, on ' || day)
FROM (VALUES (4, 'interact', 'event', 30, '2025-03-15', 'an event'), (3, 'edit', 'media', 20, '2025-03-15', 'a user'), (2, 'join_room', 'room', 21, '2025-03-15', 'a room'),
             (2, 'contribute', 'channel', 10, '2025-03-15', 'a channel'), (3, 'manage', 'gallery', 11, '2025-03-15', 'a group')) AS t (who, action, kind, id, day, what);
SELECT is(pg_temp.could(2, 'contribute', 'channel', 10, '{2025-09-01}'), 'false', 'nothing is left from then on');
SELECT is(pg_temp.could(99, 'view', 'media', 20, '{2025-03-15}'), 'false', 'a user who never was');
SELECT is(pg_temp.could(1, 'view', 'media', 99, '{2025-03-15}'), 'false', 'an object that never was');
SELECT is(kroles_could(1, 'view', 'media', NULL, '2025-03-15'), false, 'no object');
SELECT results_eq($$SELECT user_id, login, name FROM kroles_could_who('edit', 'media', 20, '2025-03-15')$$,
    $$VALUES (1::bigint, 'olga', 'Olga'), (3, 'gil', NULL)$$, 'kroles_could_who() knows the login of a user who is gone');
SELECT results_eq($$SELECT user_id FROM kroles_could_who('edit', 'media', 20, '2025-03-15', 1, 1)$$, $$VALUES (3::bigint)$$, 'and makes pages');

-- ---- Why, and who gave it ----
UPDATE kroles.audit_log SET actor = 1, actor_role = 'private_only' WHERE at = '2025-03-01';
SELECT results_eq($$SELECT allowed, effect, role, group_id, given_by, given_by_name, given_at FROM kroles_explain(3, 'manage', 'gallery', 11, '2025-03-15')$$,
    $$VALUES (true, 'allows', 'manager', 5::bigint, 1::bigint, 'Olga', timestamptz '2025-03-01')$$, 'a group''s grant, who gave it and when');
SELECT results_eq($$SELECT role, given_by_name, given_at FROM kroles_explain(3, 'edit', 'media', 20, '2025-03-15') WHERE effect = 'allows'$$,
    $$VALUES ('editor', 'Olga', timestamptz '2025-03-01')$$, 'an editor');
SELECT results_eq($$SELECT role, given_by_name, given_at FROM kroles_explain(2, 'moderate', 'channel', 10, '2025-05-02') WHERE effect = 'allows'$$,
    format($$VALUES ('moderator', 'database role %s', timestamptz '2025-05-02')$$, session_user), 'a role that was raised: who raised it');
SELECT results_eq($$SELECT role, given_at FROM kroles_explain(1, 'edit', 'media', 20, '2025-03-15') WHERE role = 'owner'$$,
    $$VALUES ('owner', timestamptz '2025-01-01')$$, 'the owner');
SELECT is_empty($$SELECT * FROM kroles_explain(2, 'edit', 'media', 20, '2025-03-15') WHERE effect = 'needs'$$, 'nothing is proposed for the past');
SELECT results_eq($$SELECT DISTINCT allowed FROM kroles_explain(2, 'edit', 'media', 20, '2025-03-15')$$, $$VALUES (false)$$, 'and the answer is that of kroles_could()');

-- ---- What the log does not say is no answer ----
SELECT pg_temp.refused(format('SELECT kroles_could(1, ''view'', ''media'', 20, %L)', at), code, '', code || ': ' || coalesce(at, 'no time'))
FROM (VALUES ('2024-12-31 23:59:59.999999', '55000'), ('1999-01-01', '55000'), ('9999-01-01', '22023'), ('infinity', '22023'), ('-infinity', '22023'), (NULL, '22023')) AS t (at, code);
SELECT pg_temp.refused('SELECT * FROM kroles_could_who(''view'', ''media'', 20, ''1999-01-01'')', '55000', '', 'kroles_could_who() neither');
SELECT pg_temp.refused('SELECT * FROM kroles_explain(1, ''view'', ''media'', 20, ''1999-01-01'')', '55000', '', 'nor kroles_explain()');
SELECT pg_temp.refused('SELECT kroles_could(1, ''organize'', ''media'', 20, ''2025-03-15'')', '22023', '', 'a right that the kind does not have');
SELECT is(kroles_can(1, 'view', 'media', 20), true, 'after errors, answers are those of now');
SELECT is(kroles_can(3, 'view', 'media', 20), false, 'of users who are gone too');

-- ---- Who gave it, where the log has rows that are like it ----
INSERT INTO kroles.users (id, login, applicative_role) VALUES (41, 'ina', 'private_only');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (40, 'channel', 'private', 'Labs', 1), (42, 'gallery', 'private', 'Above', 1),
    (44, 'gallery', 'private', 'Elsewhere', 1);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, parent_id, inherits_members) VALUES (43, 'gallery', 'private', 'Below', 1, 42, true);
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (40, 'video', 'Of the same number', 1);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (42, 41, 'manager');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (40, 41);
INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (40, 41, 'viewer');
UPDATE kroles.users SET applicative_role = 'viewer' WHERE id = 41;
SELECT FROM pg_temp.on_day('2025-09-02');
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (43, 41, 'manager'), (44, 41, 'manager');
UPDATE kroles.media_speakers SET position = 9 WHERE media_id = 40;
UPDATE kroles.media SET name = 'Of the same number as a channel' WHERE id = 40;
UPDATE kroles.spaces SET name = 'Laboratories' WHERE id = 40;
SELECT FROM pg_temp.on_day('2025-09-03');
CREATE FUNCTION pg_temp.given(who bigint, action kroles.action, kind kroles.object_kind, id bigint) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s', effect, role, to_char(given_at, 'DD')), ', ') FROM kroles_explain(who, action, kind, id, '2025-09-03')
    WHERE role IS NOT NULL
$$;
SELECT is(pg_temp.given(1, 'manage', 'channel', 40), 'allows owner 02', 'the owner of a channel, though its media and name changed later');
SELECT is(pg_temp.given(1, 'edit', 'media', 40), 'allows owner 02', 'the owner of a media that was renamed');
SELECT is(pg_temp.given(41, 'manage', 'gallery', 43), 'allows manager 02, ignored manager 03', 'a grant above that counts, and one''s own that does not');
SELECT is((SELECT string_agg(to_char(given_at, 'DD'), ' ') FROM kroles_explain(41, 'view', 'media', 40, '2025-09-03') WHERE role LIKE '%speaker'), '02',
    'a speaker who was moved');
SELECT is_empty($$SELECT role FROM kroles_explain(41, 'upload', 'site', 40, '2025-09-03') WHERE given_at IS NOT NULL$$, 'an applicative role is not given by a grant of that name');

-- ---- What is being made ----
INSERT INTO kroles.media (id, type, name, owner_id) VALUES (50, 'room', 'New', 1)
    RETURNING kroles_could(1, 'view', 'media', id, '2025-09-03') AS media, kroles_could(1, 'join_room', 'room', id, '2025-09-03') AS room \gset
SELECT is(:'media'::text, 'f', 'a media that is being made was not there');
SELECT is(:'room'::text, 'f', 'nor its room');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (51, 'channel', 'open', 'New', 1) RETURNING kroles_could(1, 'view', 'channel', id, '2025-09-03') AS channel \gset
SELECT is(:'channel'::text, 'f', 'nor a channel');
INSERT INTO kroles.events (id, name, created_by) VALUES (52, 'New', 1) RETURNING kroles_could(1, 'view', 'event', id, '2025-09-03') AS event \gset
SELECT is(:'event'::text, 'f', 'nor an event');

-- ---- Pages of users who needed no grant ----
INSERT INTO kroles.users (id, login) SELECT n, 'user ' || n FROM generate_series(100, 160) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (60, 'channel', 'open', 'All', 1);
SELECT FROM pg_temp.on_day('2025-09-04');
UPDATE kroles.users SET name = 'changed' WHERE id % 7 = 0;
DELETE FROM kroles.users WHERE id % 11 = 0;
SELECT FROM pg_temp.on_day('2025-09-05');
SELECT is(ARRAY(SELECT user_id FROM kroles_could_who('view', 'channel', 60, '2025-09-04', 99)), ARRAY(SELECT n::bigint FROM generate_series(100, 160) AS n),
    'in order, those who were changed or are gone among them');
SELECT is(ARRAY(SELECT user_id FROM kroles_could_who('view', 'channel', 60, '2025-09-04', 109, 5)), '{110, 111, 112, 113, 114}', 'a page from the middle');

-- ---- Trimming ----
SELECT pg_temp.refused(format('SELECT kroles_trim_audit(%L)', at), '22023', '', 'trimmed up to ' || coalesce(at, 'no time'))
FROM unnest('{9999-01-01, infinity, NULL}'::text[]) AS at;
CREATE TEMP TABLE answer AS
    SELECT who, action, kind, id, at, kroles_could(who, action, kind, id, at) AS could
    FROM (VALUES ('contribute'::kroles.action, 'channel'::kroles.object_kind, 10), ('view', 'media', 20), ('edit', 'media', 20), ('join_room', 'room', 21),
                 ('manage', 'gallery', 11), ('view', 'gallery', 12)) AS q (action, kind, id),
         generate_series(1, 4) AS who, unnest('{2025-05-03, 2025-05-04, 2025-06-01, 2025-06-03, 2025-07-15, 2025-08-05, 2025-09-01}'::timestamptz[]) AS at;
SELECT cmp_ok(kroles_trim_audit('2025-05-03'), '>', 5::bigint, 'rows are removed');
SELECT is((SELECT (after ->> 'before')::timestamptz FROM kroles.audit_log WHERE operation = 'TRIM'), '2025-05-03', 'which is logged');
SELECT matches((SELECT what FROM kroles_history('site', NULL) LIMIT 1), '^deleted \d+ rows of the log, from before 2025-05-03T00:00:00\+00:00$', 'and shown in the history');
SELECT is_empty('SELECT * FROM answer WHERE could <> kroles_could(who, action, kind, id, at)', 'all answers from then on are as before');
SELECT pg_temp.refused(format('SELECT kroles_could(1, ''view'', ''media'', 20, %L)', at), '55000', '', 'refused from then on: ' || at)
FROM unnest('{2025-05-02 23:59:59.999999, 2025-01-01}'::text[]) AS at;
SELECT results_eq($$SELECT role, given_at FROM kroles_explain(1, 'edit', 'media', 20, '2025-05-03') WHERE role = 'owner'$$,
    $$VALUES ('owner', timestamptz '2025-01-01')$$, 'who gave what was there then remains');
SELECT is_empty($$SELECT * FROM kroles.audit_log WHERE at < '2025-05-03' AND operation = 'DELETE'$$, 'what was over by then does not');
SELECT FROM kroles_trim_audit('2025-04-01');
SELECT pg_temp.refused('SELECT kroles_could(1, ''view'', ''media'', 20, ''2025-04-15'')', '55000', '', 'trimming up to an earlier time does not bring back what is gone');

-- ---- A table that was emptied ----
TRUNCATE kroles.media_collaborators;
SELECT pg_temp.refused('SELECT kroles_could(2, ''edit'', ''media'', 20, ''2025-07-15'')', '55000', '', 'rows that were truncated are not in the log');
SELECT is(kroles_could(2, 'manage', 'gallery', 12, '2025-06-03'), true, 'other answers do not need them');

-- ---- Trimmed again ----
SELECT FROM kroles_trim_audit('2025-09-04');
SELECT results_eq($$SELECT effect, role, to_char(given_at, 'DD') FROM kroles_explain(1, 'manage', 'channel', 40, '2025-09-04') WHERE role = 'owner'$$,
    $$VALUES ('allows', 'owner', '02')$$, 'who made the owner remains, though the channel was renamed later');

SELECT * FROM finish();
ROLLBACK;
