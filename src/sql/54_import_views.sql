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

CREATE FUNCTION kroles.import_copied(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    errors kroles.list_error[];
BEGIN
    PERFORM kroles.check_asker(list);
    errors := ARRAY(SELECT e FROM kroles.repeated_rows(list, rows) AS e);
    errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, kroles.without_errors(rows, errors)) AS e);
    IF errors <> '{}' THEN
        PERFORM kroles.refuse_list('row', ARRAY(SELECT e FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code), NULL);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.import_copied(text, kroles.list_row[]) IS
    'Brings in rows that came through a view of lists; an error where any is wrong, with all that is wrong in these rows';

CREATE FUNCTION kroles.import_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_import_row';
COMMENT ON FUNCTION kroles.import_row() IS
    'Trigger: puts rows of a list by and brings them in together, at the latest at the end of the statement';
REVOKE EXECUTE ON FUNCTION kroles.import_row() FROM PUBLIC;

DO $$
DECLARE
    taking record;
BEGIN
    FOR taking IN
        SELECT * FROM (VALUES ('user_import', 'users'), ('group_member_import', 'group_members'),
                              ('space_member_import', 'space_members')) AS t (view, list)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER begin BEFORE INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER import INSTEAD OF INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER finish AFTER INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
        $sql$, taking.view, taking.list);
    END LOOP;
END $$;
