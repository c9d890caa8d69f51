-- What the rules say about requests to join and personal playlists; who manages members, and sees what, is worked out before
-- ("has").

-- Asking: 42704 for what is closed or not there, for members too. Else it takes a login, no grant in one's own name that counts now
-- (owners need none), and no rejected request. Open: a member at once, in the place of a grant that does not count. By request:
-- pending; what was approved is asked again when the grant is gone, what is pending may be asked again or not.
CREATE FUNCTION plan_asking() RETURNS void LANGUAGE sql AS $$
    INSERT INTO attempt (me, act, a, reference)
    SELECT p.id, 'ask', o.id, CASE
        WHEN p.id = 0 THEN '28000'
        WHEN u.blocked THEN '42501|42704'
        WHEN s.joining IS NULL OR s.joining = 'closed' THEN '42704'
        WHEN s.owner_id = p.id OR EXISTS (SELECT FROM kroles.space_members AS m WHERE (m.space_id, m.user_id) = (s.id, p.id) AND in_force(starts_at, expires_at))
            OR r.status = 'rejected' THEN '42501|55000|42710|23505|23514'
        WHEN s.joining = 'open' THEN 'member, member from ever to ever'
        WHEN r.status = 'pending' THEN concat_ws(', ', 'pending', grant_of(p.id, s.id), 'pending|42501|55000|42710|23505|23514')
        ELSE concat_ws(', ', 'pending', grant_of(p.id, s.id), 'pending') END
    FROM person AS p LEFT JOIN kroles.users AS u USING (id) CROSS JOIN (SELECT id FROM kroles.spaces UNION ALL SELECT 999999) AS o
    LEFT JOIN kroles.spaces AS s ON s.id = o.id LEFT JOIN kroles.join_requests AS r ON r.space_id = o.id AND r.user_id = p.id;
$$;
-- Answering: whoever manages members there, of what is pending. The asker sees the request and may not; for all others it is not there.
CREATE FUNCTION plan_answers() RETURNS void LANGUAGE sql AS $$
    INSERT INTO attempt (me, act, a, reference)
    SELECT p.id, act, o.id, CASE
        WHEN p.id = 0 THEN '28000|42501|42704'
        WHEN u.blocked THEN '42501|42704'
        WHEN m.id IS NULL THEN CASE WHEN r.user_id = p.id THEN '42501' ELSE '42704' END
        WHEN r.status <> 'pending' THEN '55000'
        WHEN act = 'reject' THEN concat_ws(', ', grant_of(r.user_id, r.space_id), format('rejected by %s because', p.id))
        ELSE concat_ws(', ', granted_by(r.id), format('approved by %s', p.id)) END
    FROM person AS p LEFT JOIN kroles.users AS u USING (id) CROSS JOIN (SELECT id FROM kroles.join_requests UNION ALL SELECT 999999) AS o
    LEFT JOIN kroles.join_requests AS r ON r.id = o.id CROSS JOIN unnest('{approve, reject}'::text[]) AS act
    LEFT JOIN has AS m ON m.kind IN ('channel', 'gallery') AND (m.user_id, m.id, m.action) = (p.id, r.space_id, 'manage_members')
    WHERE (m.id IS NOT NULL OR r.user_id = p.id OR (p.id + o.id) % 7 = 0)
      -- (what a grant that the asker has got meanwhile, and a block, do to an approval is not asked)
      AND (r.id IS NULL OR (grant_of(r.user_id, r.space_id) = 'no grant' AND r.user_id NOT IN (SELECT id FROM kroles.users WHERE blocked)));
$$;
-- Taken back and asked again: the asker takes back what is pending, whoever manages members what there is.
CREATE FUNCTION plan_withdrawals() RETURNS void LANGUAGE sql AS $$
    INSERT INTO attempt (me, act, a, b, reference)
    SELECT r.user_id, 'withdraw and ask', r.id, s.id,
           CASE WHEN r.status = 'rejected' AND m.id IS NULL THEN '42501|55000|42710|23505|23514'
                ELSE format('%s, %s', (r.status = 'pending' OR m.id IS NOT NULL)::integer, CASE s.joining WHEN 'open' THEN 'member' ELSE 'pending' END) END
    FROM kroles.join_requests AS r JOIN kroles.spaces AS s ON s.id = r.space_id JOIN kroles.users AS u ON u.id = r.user_id
    LEFT JOIN has AS m ON m.kind IN ('channel', 'gallery') AND (m.user_id, m.id, m.action) = (r.user_id, s.id, 'manage_members')
    WHERE NOT u.blocked AND s.joining <> 'closed' AND s.owner_id <> r.user_id AND grant_of(r.user_id, s.id) = 'no grant';
$$;
-- Lists of one's own: for oneself by anybody with a login, for others by administrators; of one or of a space, never of both. What
-- is put in must be one's own list's, or it takes an administrator, and be media that one views.
CREATE FUNCTION plan_lists() RETURNS void LANGUAGE sql AS $$
    INSERT INTO attempt (me, act, a, b, reference)
    SELECT p.id, act, o.id, CASE act WHEN 'make list in a space' THEN 1 END, CASE
        WHEN act <> 'make list' THEN '42501|23514'
        WHEN coalesce(u.blocked, true) OR (p.id <> o.id AND NOT u.administrator) THEN '42501' ELSE 'made' END
    FROM person AS p LEFT JOIN kroles.users AS u USING (id), (SELECT id FROM kroles.users WHERE NOT blocked) AS o, unnest('{make list, make list in a space}'::text[]) AS act
    WHERE p.id = o.id OR (p.id + o.id) % 5 = 0;
    INSERT INTO attempt (me, act, a, b, reference)
    SELECT p.id, 'add to list', l.id, m.id, CASE
        WHEN coalesce(u.blocked, true) OR (l.owner_id <> p.id AND NOT u.administrator) OR v.id IS NULL THEN '42501|42704' ELSE 'added' END
    FROM person AS p LEFT JOIN kroles.users AS u USING (id) CROSS JOIN kroles.playlists AS l CROSS JOIN kroles.media AS m
    LEFT JOIN has AS v ON (v.user_id, v.kind, v.id, v.action) = (p.id, 'media', m.id, 'view')
    WHERE l.owner_id IS NOT NULL AND (l.owner_id = p.id OR (p.id + l.id) % 11 = 0 OR u.administrator) AND (m.id + p.id + l.id) % 6 = 0
      AND (l.id, m.id) NOT IN (SELECT playlist_id, media_id FROM kroles.playlist_items);
$$;

-- What can be joined, for everybody with a login: also what they do not see, and what they are in.
CREATE TABLE joinable (me bigint, search text, lines text[]);
CREATE TABLE search AS SELECT unnest('{NULL, space 24, nothing has this name}'::text[]) AS search;
CREATE FUNCTION list_joinable() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
BEGIN
    FOR who IN SELECT * FROM person WHERE id <> 0 ORDER BY id LOOP
        PERFORM set_config('kroles.user', who.login, false);
        INSERT INTO joinable SELECT who.id, search, ARRAY(SELECT concat_ws(' ', id, kind, type, name, joining, request) FROM kroles_joinable(search) ORDER BY id) FROM search;
    END LOOP;
    PERFORM set_config('kroles.user', '', false);
END $$;
CREATE FUNCTION compare_joinable(part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO difference
    SELECT part, format('kroles_joinable(%L), %s', search, me), reference::text, lines::text
    FROM joinable JOIN kroles.users AS u ON u.id = me,
         LATERAL (SELECT ARRAY(SELECT concat_ws(' ', s.id, s.kind, s.type, s.name, s.joining, r.status) FROM kroles.spaces AS s
                               LEFT JOIN kroles.join_requests AS r ON (r.space_id, r.user_id) = (s.id, me)
                               WHERE NOT u.blocked AND s.joining <> 'closed' AND (search IS NULL OR s.name = search) ORDER BY s.id) AS reference) AS e
    WHERE lines <> reference;
    SELECT count_up(part, 'joinable', (SELECT count(*) FROM joinable));
    TRUNCATE joinable;
$$;
