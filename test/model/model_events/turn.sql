-- An administrator changes the matrices: a sixth of all cells is turned over, in the extension and in the reference; a second
-- time turns them back.
CREATE FUNCTION turned(VARIADIC what text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT mod(hashtextextended(array_to_string(what, '/'), 15) & 1073741823, 6) = 0
$$;
CREATE TABLE cell (kind text, action text);
INSERT INTO cell SELECT kind, action::text FROM rights WHERE (kind, action) NOT IN (SELECT kind, action FROM sums);
CREATE TABLE cell_of_baseline AS
    SELECT kind, type, role, action
    FROM (SELECT kind, type FROM type_table UNION ALL SELECT 'site', 'site') AS t JOIN cell USING (kind),
         unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS role
    WHERE turned('baseline', kind, type, role, action);
CREATE TABLE cell_of_role AS
    SELECT kind, role, action
    FROM (VALUES ('channel', '{member, contributor, moderator, manager}'::text[]), ('gallery', '{member, contributor, moderator, manager}'),
                 ('media', '{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}'),
                 ('room', '{host, room_moderator, chat_moderator, advanced_speaker, simple_speaker, participant}'),
                 ('event', '{organizer, moderator, speaker, attendee}')) AS k (kind, roles) JOIN cell USING (kind), unnest(roles) AS role
    WHERE turned('role', kind, role, action);
CREATE TABLE cell_of_ceiling AS
    SELECT role, kind, action
    FROM unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS role, cell
    WHERE turned('ceiling', role, kind, action);

CREATE FUNCTION turn_cells() RETURNS void LANGUAGE sql AS $$
    UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE (kind, type, applicative_role::text, action) IN (TABLE cell_of_baseline);
    WITH was AS (DELETE FROM baseline WHERE (kind, type, role, action) IN (TABLE cell_of_baseline) RETURNING *)
    INSERT INTO baseline SELECT kind, type, role, action FROM (TABLE cell_of_baseline EXCEPT SELECT kind, type, role, action FROM was) AS c;
    UPDATE kroles.role_rights SET allowed = NOT allowed WHERE (kind, role, action) IN (TABLE cell_of_role);
    WITH was AS (DELETE FROM granted WHERE (kind, role, action) IN (TABLE cell_of_role) RETURNING *)
    INSERT INTO granted SELECT kind, role, action FROM (TABLE cell_of_role EXCEPT SELECT kind, role, action FROM was) AS c;
    UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE (applicative_role::text, kind, action) IN (TABLE cell_of_ceiling);
    WITH was AS (DELETE FROM never WHERE (role, kind, action) IN (TABLE cell_of_ceiling) RETURNING *)
    INSERT INTO never SELECT role, kind, action FROM (TABLE cell_of_ceiling EXCEPT SELECT role, kind, action FROM was) AS c;
    TRUNCATE formula;
    INSERT INTO formula SELECT * FROM every_formula;
$$;
