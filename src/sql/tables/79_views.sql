-- Views with security_invoker: policies apply to the current user, and DML through a view is DML on its table.

CREATE VIEW kroles.channels WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, created_at, joining
    FROM kroles.spaces WHERE kind = 'channel'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.channels ALTER COLUMN kind SET DEFAULT 'channel';
COMMENT ON VIEW kroles.channels IS 'The channels that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.galleries WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at, joining
    FROM kroles.spaces WHERE kind = 'gallery'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.galleries ALTER COLUMN kind SET DEFAULT 'gallery';
COMMENT ON VIEW kroles.galleries IS 'The galleries that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.moderation_queue WITH (security_invoker = true) AS
    SELECT p.media_id, p.space_id, p.status, p.published_by, p.published_at, p.reason,
           (SELECT m.name FROM kroles.media m WHERE m.id = p.media_id) AS media_name,
           (SELECT s.name FROM kroles.spaces s WHERE s.id = p.space_id) AS space_name,
           (SELECT m.type FROM kroles.media m WHERE m.id = p.media_id) AS media_type,
           @extschema@.kroles_publisher_name(p.media_id, p.space_id) AS publisher_name,
           (SELECT m.available_from FROM kroles.media m WHERE m.id = p.media_id) AS available_from,
           (SELECT m.available_until FROM kroles.media m WHERE m.id = p.media_id) AS available_until
    FROM kroles.publications p
    WHERE p.status = 'pending' AND kroles.space_can('moderate', p.space_id);
COMMENT ON VIEW kroles.moderation_queue IS
    'The pending publications that the current subject may approve or reject, with UPDATE of status, as on kroles.publications';

CREATE VIEW kroles.my_media WITH (security_invoker = true) AS
    SELECT id, external_id, type, name, owner_id, created_at, available_from, available_until
    FROM kroles.media
    WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
COMMENT ON VIEW kroles.my_media IS 'The media that the current user owns; empty for a user without "upload" on the site, who has no My Media page';

-- (A name is not a right: the view reads with the privileges of its owner, and its condition holds before any function of a query
-- sees a row. The planner makes it a condition of the table, so that a join finds users by their ids: planner/barrier_views.c.)
CREATE VIEW kroles.people WITH (security_barrier = true, security_invoker = false) AS
    SELECT u.id, nullif(btrim(u.name), '') AS name, kroles.initials(u.name) AS initials, u.avatar_url, u.title
    FROM kroles.users u
    WHERE ((SELECT kroles.shows_people()) OR kroles.holds(u.id, NULL)) AND NOT u.blocked
      AND u.id <> ALL (ARRAY(SELECT b.user_id FROM kroles.user_blocks b));
COMMENT ON VIEW kroles.people IS
    'The names of users who are not blocked, without login and email, for pages that show whose media it is: by one join. settings.people_shown_to says to whom; users see their own in any case. Read only';
COMMENT ON COLUMN kroles.people.name IS 'The display name; NULL where it is blank';
COMMENT ON COLUMN kroles.people.initials IS 'The initials of the first and the last word of the name, shown in place of a picture; NULL for a blank name';
CREATE TRIGGER guard_read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON kroles.people
    FOR EACH ROW EXECUTE FUNCTION kroles.refuse('kroles.people is read only', '42501', 'Users change their own name, picture and title in kroles.users.');

-- The comments of columns that come from a table are copied from there.
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT w.view, a.attname AS name, col_description(t.oid, b.attnum) AS comment
        FROM (VALUES ('channels', 'spaces'), ('galleries', 'spaces'), ('moderation_queue', 'publications'), ('my_media', 'media'), ('people', 'users'))
            AS w (view, source)
        CROSS JOIN LATERAL (SELECT to_regclass('kroles.' || w.view)::oid, to_regclass('kroles.' || w.source)::oid) AS t (view, oid)
        JOIN pg_attribute a ON a.attrelid = t.view AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = a.attname
        WHERE col_description(t.view, a.attnum) IS NULL
    LOOP
        EXECUTE format('COMMENT ON COLUMN kroles.%I.%I IS %L', shown.view, shown.name, shown.comment);
    END LOOP;
END;
COMMENT ON COLUMN kroles.moderation_queue.media_name IS 'The media''s name';
COMMENT ON COLUMN kroles.moderation_queue.space_name IS 'The space''s name';
COMMENT ON COLUMN kroles.moderation_queue.media_type IS 'The media''s type';
COMMENT ON COLUMN kroles.moderation_queue.available_from IS 'The start of the time in which the media is available; NULL: no limit';
COMMENT ON COLUMN kroles.moderation_queue.available_until IS 'The end of that time; NULL: no limit';
COMMENT ON COLUMN kroles.moderation_queue.publisher_name IS 'The name of the user who published, or the login where the user has no name';
