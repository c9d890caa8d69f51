-- An administrator changes the matrices: a sixth of the cells about rooms, events and joining rooms is turned over, in the
-- extension and in the reference; a second time turns them back.
CREATE FUNCTION turned(VARIADIC what text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT mod(hashtextextended(array_to_string(what, '/'), 15) & 1073741823, 6) = 0
$$;
CREATE TABLE cell_of_role AS
    SELECT kind, role, action::text
    FROM (VALUES ('room', '{host, room_moderator, chat_moderator, advanced_speaker, simple_speaker, participant}'::text[]),
                 ('event', '{organizer, moderator, speaker, attendee}'), ('channel', '{member, contributor, moderator, manager}'))
             AS k (kind, roles) JOIN rights USING (kind), unnest(roles) AS role
    WHERE (kind, action) NOT IN (SELECT kind, action FROM sums) AND (kind <> 'channel' OR action IN ('join_room', 'start_room'))
      AND turned('role', kind, role, action::text);
CREATE TABLE cell_of_ceiling AS
    SELECT role, kind, action::text
    FROM unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS role, rights
    WHERE (kind, action) NOT IN (SELECT kind, action FROM sums)
      AND (kind IN ('room', 'event') OR (kind, action) IN (('channel', 'join_room'), ('channel', 'start_room'), ('media', 'manage_speakers')))
      AND turned('ceiling', role, kind, action::text);

CREATE FUNCTION turn_cells() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) IN (TABLE cell_of_role);
    WITH was AS (DELETE FROM granted WHERE (kind, role, action) IN (TABLE cell_of_role) RETURNING *)
    INSERT INTO granted SELECT kind, role, action FROM (TABLE cell_of_role EXCEPT SELECT kind, role, action FROM was) AS c;
    UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE (applicative_role::text, kind, action) IN (TABLE cell_of_ceiling);
    WITH was AS (DELETE FROM never WHERE (role, kind, action) IN (TABLE cell_of_ceiling) RETURNING *)
    INSERT INTO never SELECT role, kind, action FROM (TABLE cell_of_ceiling EXCEPT SELECT role, kind, action FROM was) AS c;
    TRUNCATE formula;
    INSERT INTO formula SELECT * FROM every_formula;
$$;
