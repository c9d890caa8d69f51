-- Views that import rows by COPY and INSERT, and show none. A row is treated like a row of a file.

CREATE VIEW kroles.user_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS login, NULL::text AS name, NULL::text AS email, NULL::text AS title,
           NULL::text AS bio, NULL::text AS avatar_url, NULL::text AS applicative_role, NULL::text AS administrator,
           NULL::text AS blocked, NULL::text AS groups
    WHERE false;
COMMENT ON VIEW kroles.user_import IS
    'Imports lists of users: \copy kroles.user_import (login, name, applicative_role) from ''users.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.user_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default): add or update';
COMMENT ON COLUMN kroles.user_import.login IS 'The user''s login';
COMMENT ON COLUMN kroles.user_import.name IS 'The display name; here and below, a blank cell leaves the value unchanged';
COMMENT ON COLUMN kroles.user_import.email IS 'Email address';
COMMENT ON COLUMN kroles.user_import.title IS 'Title or position';
COMMENT ON COLUMN kroles.user_import.bio IS 'A short biography';
COMMENT ON COLUMN kroles.user_import.avatar_url IS 'URL of the picture';
COMMENT ON COLUMN kroles.user_import.applicative_role IS 'A value of kroles.applicative_role, or its name in Kaltura (viewerRole, privateOnlyRole, …); by default a new user is a viewer';
COMMENT ON COLUMN kroles.user_import.administrator IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.blocked IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.groups IS 'Groups of the user, separated by commas; "-" before a name means that the user leaves the group. Groups that do not exist are created';

CREATE VIEW kroles.group_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login, NULL::text AS starts_at, NULL::text AS expires_at WHERE false;
COMMENT ON VIEW kroles.group_member_import IS
    'Imports lists of group members: \copy kroles.group_member_import (group_name, login) from ''members.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.group_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.group_member_import.group_name IS 'The name of the group, which is created where it does not exist; "-" before the name means the action delete';
COMMENT ON COLUMN kroles.group_member_import.login IS 'The login of the member';
COMMENT ON COLUMN kroles.group_member_import.starts_at IS 'When the membership begins; "always" (the default for a new member) for one without a start';
COMMENT ON COLUMN kroles.group_member_import.expires_at IS 'When the membership ends; "never" (the default for a new member) for one without an end';

CREATE VIEW kroles.space_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
           NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at, NULL::text AS starts_at
    WHERE false;
COMMENT ON VIEW kroles.space_member_import IS
    'Imports lists of members of channels and galleries: \copy kroles.space_member_import (space_id, login, role) from ''members.csv'' csv header. Each row requires manage_members there; shows no rows';
COMMENT ON COLUMN kroles.space_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.space_member_import.space_id IS 'The id of the space';
COMMENT ON COLUMN kroles.space_member_import.external_id IS 'The external id of the space, where space_id is blank';
COMMENT ON COLUMN kroles.space_member_import.login IS 'The login of the user; blank for a group';
COMMENT ON COLUMN kroles.space_member_import.group_name IS 'The name of the group';
COMMENT ON COLUMN kroles.space_member_import.role IS 'A value of kroles.contextual_role, or Kaltura''s permissionLevel (0 to 3); by default a new member is a member';
COMMENT ON COLUMN kroles.space_member_import.expires_at IS 'When the grant expires; "never" (the default for a new member) for a grant that does not expire';
COMMENT ON COLUMN kroles.space_member_import.starts_at IS 'When the grant begins; "always" (the default for a new member) for a grant without a start';

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
END;
