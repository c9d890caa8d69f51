-- Views that take rows by COPY (and INSERT) and show none. A row through a view is what a row of a file is.

CREATE VIEW kroles.user_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS login, NULL::text AS name, NULL::text AS email, NULL::text AS title,
           NULL::text AS bio, NULL::text AS avatar_url, NULL::text AS applicative_role, NULL::text AS administrator,
           NULL::text AS blocked, NULL::text AS groups
    WHERE false;
COMMENT ON VIEW kroles.user_import IS
    'Takes lists of users: \copy kroles.user_import (login, name, applicative_role) from ''users.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.user_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default): add or update';
COMMENT ON COLUMN kroles.user_import.login IS 'The user''s login';
COMMENT ON COLUMN kroles.user_import.name IS 'The name shown to others; here and below, empty leaves what is there';
COMMENT ON COLUMN kroles.user_import.email IS 'Email address';
COMMENT ON COLUMN kroles.user_import.title IS 'Title or position';
COMMENT ON COLUMN kroles.user_import.bio IS 'A few lines about the person';
COMMENT ON COLUMN kroles.user_import.avatar_url IS 'Address of the picture';
COMMENT ON COLUMN kroles.user_import.applicative_role IS 'viewer, private_only, admin or unmoderated_admin (or viewerRole, privateOnlyRole, …); a new user without one is a viewer';
COMMENT ON COLUMN kroles.user_import.administrator IS 'true or false; a new user without it is none';
COMMENT ON COLUMN kroles.user_import.blocked IS 'true or false; a new user without it is not';
COMMENT ON COLUMN kroles.user_import.groups IS 'Groups to be in, commas between them; "-" before one takes the user out of it. Groups that do not exist are made';

CREATE VIEW kroles.group_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login WHERE false;
COMMENT ON VIEW kroles.group_member_import IS
    'Takes lists of group members: \copy kroles.group_member_import (group_name, login) from ''members.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.group_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.group_member_import.group_name IS 'The group''s name; made where there is none. "-" before it means delete';
COMMENT ON COLUMN kroles.group_member_import.login IS 'The login of the user who is in it';

CREATE VIEW kroles.space_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
           NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at
    WHERE false;
COMMENT ON VIEW kroles.space_member_import IS
    'Takes lists of members of channels and galleries: \copy kroles.space_member_import (space_id, login, role) from ''members.csv'' csv header. Each row takes manage_members there; shows no rows';
COMMENT ON COLUMN kroles.space_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.space_member_import.space_id IS 'The space, by its id';
COMMENT ON COLUMN kroles.space_member_import.external_id IS 'The space, by the id of another system, where there is no space_id';
COMMENT ON COLUMN kroles.space_member_import.login IS 'The user''s login; either this or a group';
COMMENT ON COLUMN kroles.space_member_import.group_name IS 'The group''s name';
COMMENT ON COLUMN kroles.space_member_import.role IS 'member (3), contributor (2), moderator (1) or manager (0); a new member without one is a member';
COMMENT ON COLUMN kroles.space_member_import.expires_at IS 'Until when the grant counts; "never" for always, as a new one without it';

CREATE FUNCTION kroles.import_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    list text := TG_ARGV[0];
    rows kroles.list_row[];
    e kroles.list_error;
BEGIN
    PERFORM kroles.check_asker(list);
    CASE list
        WHEN 'users' THEN rows := ARRAY[ROW(NULL, ARRAY[NEW.action, NEW.login, NEW.name, NEW.email, NEW.title, NEW.bio,
            NEW.avatar_url, NEW.applicative_role, NEW.administrator, NEW.blocked, NEW.groups])::kroles.list_row];
        WHEN 'group_members' THEN rows := ARRAY[ROW(NULL, ARRAY[NEW.action, NEW.group_name, NEW.login])::kroles.list_row];
        WHEN 'space_members' THEN rows := ARRAY[ROW(NULL, ARRAY[NEW.action, NEW.space_id, NEW.external_id, NEW.login,
            NEW.group_name, NEW.role, NEW.expires_at])::kroles.list_row];
    END CASE;
    SELECT * INTO e FROM kroles.list_errors(list, rows) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', concat_ws(', ', 'column "' || e.column_name || '"', '"' || e.value || '"') || ': ' || e.message
            USING ERRCODE = e.code, COLUMN = e.column_name;
    END IF;
    PERFORM kroles.apply_list(list, rows);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.import_row() IS 'Trigger: does what a row of a list says, or refuses it';
REVOKE EXECUTE ON FUNCTION kroles.import_row() FROM PUBLIC;

CREATE TRIGGER import INSTEAD OF INSERT ON kroles.user_import
    FOR EACH ROW EXECUTE FUNCTION kroles.import_row('users');
CREATE TRIGGER import INSTEAD OF INSERT ON kroles.group_member_import
    FOR EACH ROW EXECUTE FUNCTION kroles.import_row('group_members');
CREATE TRIGGER import INSTEAD OF INSERT ON kroles.space_member_import
    FOR EACH ROW EXECUTE FUNCTION kroles.import_row('space_members');
