-- The portal for random work: small, so that everybody is in everybody's way. Ada (1) runs it and is touched by nobody.
-- People 2 to 40, groups 1 to 6, spaces 1 to 24 (every second of 13 to 24 in the one before it), media 1 to 60 (every third a
-- room), events 1 to 10.
INSERT INTO kroles.users (id, login, applicative_role, administrator)
SELECT n, 'u' || n, (ARRAY['viewer', 'private_only', 'private_only', 'admin', 'unmoderated_admin'])[1 + n % 5]::kroles.applicative_role, n = 1
FROM generate_series(1, 40) AS n;
INSERT INTO kroles.groups (id, name) SELECT n, 'group ' || n FROM generate_series(1, 6) AS n;
INSERT INTO kroles.group_members (group_id, user_id) SELECT 1 + n % 6, n FROM generate_series(2, 40) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated)
SELECT n, 'channel', (enum_range(NULL::kroles.space_type))[1 + n % 6], 'channel ' || n, 2 + n % 39, n % 2 = 0 FROM generate_series(1, 12) AS n;
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated, inherits_members, parent_id)
SELECT n, 'gallery', (enum_range(NULL::kroles.space_type))[1 + n % 3], 'gallery ' || n, 2 + n % 39, n % 2 = 0, n % 4 = 0,
    CASE WHEN n % 2 = 0 THEN n - 1 END FROM generate_series(13, 24) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role)
SELECT s, 2 + (s * 7 + n * 5) % 39, (enum_range(NULL::kroles.contextual_role))[1 + n % 4] FROM generate_series(1, 24) AS s, generate_series(1, 6) AS n;
INSERT INTO kroles.space_members (space_id, group_id, role)
SELECT s, 1 + s % 6, (enum_range(NULL::kroles.contextual_role))[1 + s % 4] FROM generate_series(1, 24) AS s;
INSERT INTO kroles.media (id, type, name, owner_id)
SELECT n, (ARRAY['video', 'audio', 'room'])[1 + n % 3]::kroles.media_type, 'film ' || n, 2 + n % 39 FROM generate_series(1, 60) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT n, 1 + (n * s) % 24 FROM generate_series(1, 60) AS n, generate_series(1, 3) AS s ON CONFLICT DO NOTHING;
INSERT INTO kroles.events (id, name, created_by) SELECT n, 'event ' || n, 2 + n FROM generate_series(1, 10) AS n;
INSERT INTO kroles.event_participants (event_id, user_id, role)
SELECT e, 13 + (e * 7 + n * 5) % 27, (enum_range(NULL::kroles.event_role))[1 + n % 4] FROM generate_series(1, 10) AS e, generate_series(1, 6) AS n;
INSERT INTO kroles.event_participants (event_id, group_id, role)
SELECT e, 1 + e % 6, (enum_range(NULL::kroles.event_role))[1 + e % 4] FROM generate_series(1, 10) AS e;
INSERT INTO kroles.event_sessions (event_id, media_id) SELECT DISTINCT 1 + (n * s) % 10, n FROM generate_series(2, 60, 3) AS n, generate_series(1, 2) AS s;
SELECT setval('kroles.spaces_id_seq', 1000), setval('kroles.media_id_seq', 1000), setval('kroles.events_id_seq', 1000) \g /dev/null

-- What a person sees under the policies and what the questions say that they may see, where these differ. Asked by an
-- application's session, in one transaction with nobody else at work; asks about everybody as Ada.
CREATE FUNCTION public.seen(OUT relation text, OUT key bigint, OUT space bigint) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT 'spaces', id, NULL::bigint FROM kroles.spaces
    UNION ALL SELECT 'media', id, NULL FROM kroles.media
    UNION ALL SELECT 'publications', media_id, space_id FROM kroles.publications
    UNION ALL SELECT 'events', id, NULL FROM kroles.events
    UNION ALL SELECT 'event_participants', id, NULL FROM kroles.event_participants
    UNION ALL SELECT 'event_sessions', media_id, event_id FROM kroles.event_sessions
    UNION ALL SELECT 'room_participants', id, NULL FROM kroles.room_participants
$$;
CREATE FUNCTION public.should_see(person bigint, OUT relation text, OUT key bigint, OUT space bigint) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT 'spaces', id, NULL::bigint FROM kroles.spaces WHERE kroles_can(person, 'view', kind::text::kroles.object_kind, id)
    UNION ALL SELECT 'media', id, NULL FROM kroles.media WHERE kroles_can(person, 'view', 'media', id)
    UNION ALL SELECT 'publications', p.media_id, p.space_id FROM kroles.publications AS p JOIN kroles.spaces AS s ON s.id = p.space_id
    WHERE kroles_can(person, 'publish', 'media', p.media_id)
       OR p.published_by = person AND NOT (SELECT blocked FROM kroles.users WHERE id = person)
       OR kroles_can(person, 'moderate', s.kind::text::kroles.object_kind, s.id)
       OR kroles_can(person, 'delete_contributions', s.kind::text::kroles.object_kind, s.id)
       OR p.status = 'approved' AND kroles_can(person, 'view', 'media', p.media_id)
           AND kroles_can(person, 'view', s.kind::text::kroles.object_kind, s.id)
    UNION ALL SELECT 'events', id, NULL FROM kroles.events WHERE kroles_can(person, 'view', 'event', id)
    UNION ALL SELECT 'event_participants', id, NULL FROM kroles.event_participants
    WHERE kroles_can(person, 'manage_participants', 'event', event_id) OR kroles_can(person, 'moderate', 'event', event_id)
       OR (user_id = person OR group_id IN (SELECT g.group_id FROM kroles.group_members AS g WHERE g.user_id = person))
           AND NOT (SELECT blocked FROM kroles.users WHERE id = person)
    UNION ALL SELECT 'event_sessions', media_id, event_id FROM kroles.event_sessions
    WHERE kroles_can(person, 'view', 'event', event_id) AND kroles_can(person, 'view', 'media', media_id)
    UNION ALL SELECT 'room_participants', id, NULL FROM kroles.room_participants
    WHERE kroles_can(person, 'moderate_room', 'room', media_id) OR kroles_can(person, 'administer', 'site', NULL)
       OR user_id = person AND NOT (SELECT blocked FROM kroles.users WHERE id = person)
$$;
CREATE FUNCTION public.differences() RETURNS TABLE (person text, what text) LANGUAGE plpgsql AS $$
DECLARE
    everybody record;
    visible text[];
    allowed text[];
BEGIN
    PERFORM set_config('kroles.user', 'u1', true);
    FOR everybody IN SELECT u.id, u.login FROM kroles.users AS u UNION ALL SELECT NULL, '' ORDER BY 1 LOOP
        PERFORM set_config('kroles.user', everybody.login, true);
        visible := ARRAY(SELECT s::text FROM seen() AS s ORDER BY 1);
        PERFORM set_config('kroles.user', 'u1', true);
        allowed := ARRAY(SELECT s::text FROM should_see(everybody.id) AS s ORDER BY 1);
        RETURN QUERY SELECT coalesce(nullif(everybody.login, ''), 'nobody'), 'shown: ' || v FROM unnest(visible) AS v WHERE v <> ALL (allowed);
        RETURN QUERY SELECT coalesce(nullif(everybody.login, ''), 'nobody'), 'not shown: ' || a FROM unnest(allowed) AS a WHERE a <> ALL (visible);
    END LOOP;
END $$;
-- What everybody is shown, in short: two sessions of which one remembers too much give another
CREATE FUNCTION public.fingerprint() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text := '';
BEGIN
    FOR n IN 0 .. 40 LOOP
        PERFORM set_config('kroles.user', CASE WHEN n > 0 THEN 'u' || n ELSE '' END, true);
        told := md5(told || ARRAY(SELECT s::text FROM seen() AS s ORDER BY 1)::text);
    END LOOP;
    RETURN told;
END $$;

-- Waits until all clients wait for the lock of that number.
CREATE PROCEDURE public.await_clients(lock integer) LANGUAGE plpgsql AS $$
BEGIN
    WHILE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = lock AND NOT granted) < current_setting('stress.clients')::int LOOP
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
