-- A fourth set of policies, the best of the usual ones, on every table that a screen reads: what the person has is worked out once a
-- statement, as arrays; what belongs to a row is asked with EXISTS, in views of the owner, which the policies of the tables below
-- them do not apply to. The other roles see these tables whole.

SELECT format('ALTER TABLE plain.%I ENABLE ROW LEVEL SECURITY', name),
       format('CREATE POLICY everything ON plain.%I TO %I, %I, %I, %I USING (true)', name, :'app', :'plpgsql', :'exists', :'any')
FROM unnest('{publications,spaces,space_members,events,event_sessions,event_participants,media_speakers,media_collaborators,
              details,room_participants}'::text[]) AS name \gexec

-- The arrays are worked out past the policies.
ALTER FUNCTION plain.my_spaces(boolean) SECURITY DEFINER;
ALTER FUNCTION plain.my_media() SECURITY DEFINER;

-- The spaces where this person may moderate.
CREATE FUNCTION plain.my_moderated() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
    SELECT coalesce(array_agg(id), '{}') FROM plain.spaces
    WHERE plain.role() = 'administrator' OR plain.me() IN (owner_id, grants_owner)
       OR grants_from = ANY ((SELECT plain.my_spaces(true))::bigint[])
$$;

-- The media that this person may publish: their own, and where they are a publisher; none of a viewer's.
CREATE FUNCTION plain.my_publishable() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
    SELECT coalesce(array_agg(id), '{}') FROM (
        SELECT id FROM plain.media WHERE owner_id = plain.me()
        UNION SELECT media_id FROM plain.media_collaborators WHERE permission = 'publisher' AND user_id = plain.me()
        UNION SELECT media_id FROM plain.group_members AS g JOIN plain.media_collaborators USING (group_id)
              WHERE permission = 'publisher' AND g.user_id = plain.me()
    ) AS mine WHERE plain.role() <> 'viewer'
$$;

CREATE FUNCTION plain.my_events() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
    SELECT coalesce(array_agg(DISTINCT event_id), '{}') FROM plain.event_participants
    WHERE user_id = plain.me() OR plain.role() = 'administrator'
$$;

CREATE VIEW plain.placements AS
SELECT p.media_id, p.status, s.kind, s.type, s.grants_from, s.owner_id, s.grants_owner
FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = p.space_id;
CREATE VIEW plain.space_people AS
SELECT m.space_id, m.role, u.id, u.name FROM plain.space_members AS m JOIN plain.users AS u ON u.id = m.user_id
WHERE m.space_id = ANY ((SELECT plain.my_moderated())::bigint[]);

CREATE POLICY by_plain ON plain.media FOR SELECT TO :plain USING (
    (SELECT plain.role()) = 'administrator'
    OR owner_id = (SELECT plain.me())
    OR EXISTS (
        SELECT FROM plain.placements AS p
        WHERE p.media_id = media.id AND (
            p.status = 'approved' AND (plain.is_open((SELECT plain.role()), p.kind, p.type)
                                       OR p.grants_from = ANY ((SELECT plain.my_spaces(false))::bigint[]))
            OR p.status <> 'rejected' AND (SELECT plain.me()) IN (p.owner_id, p.grants_owner)
            OR p.status = 'pending' AND p.grants_from = ANY ((SELECT plain.my_spaces(true))::bigint[]))
        OFFSET 0)       -- keeps PostgreSQL from reading all publications first
    OR id = ANY ((SELECT plain.my_media())::bigint[]));
CREATE POLICY by_plain ON plain.captions FOR SELECT TO :plain
    USING (EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));
CREATE POLICY by_plain ON plain.details FOR SELECT TO :plain
    USING (EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));

CREATE POLICY by_plain ON plain.spaces FOR SELECT TO :plain USING (
    (SELECT plain.role()) = 'administrator'
    OR plain.is_open((SELECT plain.role()), kind, type)
    OR (SELECT plain.me()) IN (owner_id, grants_owner)
    OR grants_from = ANY ((SELECT plain.my_spaces(false))::bigint[]));
-- (who sees a space sees the media that is approved there)
CREATE POLICY by_plain ON plain.publications FOR SELECT TO :plain USING (
    (SELECT plain.role()) = 'administrator'
    OR status = 'approved' AND EXISTS (SELECT FROM plain.spaces AS s WHERE s.id = space_id)
    OR published_by = (SELECT plain.me())
    OR space_id = ANY ((SELECT plain.my_moderated())::bigint[])
    OR media_id = ANY ((SELECT plain.my_publishable())::bigint[]));
CREATE POLICY by_plain ON plain.space_members FOR SELECT TO :plain USING (
    (SELECT plain.role()) = 'administrator'
    OR user_id = (SELECT plain.me())
    OR space_id = ANY ((SELECT plain.my_moderated())::bigint[]));

CREATE POLICY by_plain ON plain.events FOR SELECT TO :plain USING (id = ANY ((SELECT plain.my_events())::bigint[]));
CREATE POLICY by_plain ON plain.event_sessions FOR SELECT TO :plain USING (event_id = ANY ((SELECT plain.my_events())::bigint[]));
CREATE POLICY by_plain ON plain.media_speakers FOR SELECT TO :plain
    USING (visible AND EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id) OR user_id = (SELECT plain.me()));
CREATE POLICY by_plain ON plain.media_collaborators FOR SELECT TO :plain
    USING (user_id = (SELECT plain.me()) OR media_id = ANY ((SELECT plain.my_publishable())::bigint[]));
CREATE POLICY by_plain ON plain.room_participants TO :plain USING (user_id = (SELECT plain.me()))
    WITH CHECK (user_id = (SELECT plain.me()) AND EXISTS (SELECT FROM plain.media AS m WHERE m.id = media_id));

GRANT USAGE ON SCHEMA plain, kroles TO :plain;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO :none, :plain;
GRANT INSERT, UPDATE ON plain.room_participants TO :none, :plain;
GRANT USAGE ON SCHEMA bench TO :plain;
