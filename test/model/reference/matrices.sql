-- The random world under other matrices: an administrator may change every cell, and the formula holds all the same.
-- A sixth of the cells of each matrix are turned over, here and in the extension.
CREATE FUNCTION turned(VARIADIC what text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT pick(6, VARIADIC what) = 0
$$;
UPDATE kroles.baseline_rights SET allowed = NOT allowed WHERE turned('baseline', kind, type, applicative_role::text, action);
UPDATE kroles.role_rights SET allowed = NOT allowed WHERE turned('role', kind, role, action);
UPDATE kroles.ceiling_rights SET allowed = NOT allowed WHERE turned('ceiling', applicative_role::text, kind, action);

CREATE TABLE every_baseline AS
    SELECT kind, type, role, action::text
    FROM (SELECT kind, type FROM type_table UNION ALL SELECT 'site', 'site') AS t JOIN rights USING (kind),
         unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS role;
CREATE TABLE every_grant AS
    SELECT kind, role, action::text
    FROM (SELECT kind, unnest('{member, contributor, moderator, manager}'::text[]) AS role
          FROM unnest('{channel, gallery}'::text[]) AS kind
          UNION ALL
          SELECT 'media', unnest('{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}'::text[])
          UNION ALL
          SELECT 'room', unnest('{host, room_moderator, chat_moderator, advanced_speaker, simple_speaker, participant}'::text[])
          UNION ALL
          SELECT 'event', unnest('{organizer, moderator, speaker, attendee}'::text[])) AS r
    JOIN rights USING (kind) WHERE (kind, action) NOT IN (SELECT kind, action FROM sums);
CREATE TABLE every_ceiling AS
    SELECT role, kind, action::text
    FROM rights, unnest('{anonymous, viewer, private_only, admin, unmoderated_admin}'::text[]) AS role
    WHERE (kind, action) NOT IN (SELECT kind, action FROM sums);
CREATE TABLE was_baseline AS TABLE baseline;
CREATE TABLE was_granted AS TABLE granted;
CREATE TABLE was_never AS TABLE never;
TRUNCATE baseline, granted, never, formula;
INSERT INTO baseline SELECT kind, type, role, action FROM every_baseline
WHERE turned('baseline', kind, type, role, action) <> ((kind, type, role, action) IN (TABLE was_baseline));
INSERT INTO granted SELECT kind, role, action FROM every_grant
WHERE turned('role', kind, role, action) <> ((kind, role, action) IN (TABLE was_granted));
INSERT INTO never SELECT role, kind, action FROM every_ceiling
WHERE turned('ceiling', role, kind, action) <> ((role, kind, action) IN (TABLE was_never));
INSERT INTO formula SELECT * FROM every_formula;

SELECT ask_everything(3, 3) AS done \gset
SELECT check_part('the same under other matrices') AS done \gset
