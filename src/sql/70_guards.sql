-- Guards: triggers that refuse what policies and constraints cannot express. BEFORE triggers fire in the order of their names.

-- ---- The secret and the signing keys ----

-- Without its secret a database cannot decrypt its audiences.
CREATE TRIGGER guard_secret BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON kroles.secret
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.refuse('the secret of this database cannot be changed', '42501',
        'To get another one, restore a dump into a new database.');
-- (A subscriber of logical replication keeps its own secret: audiences are replicated as text and encrypted anew.)
CREATE TRIGGER keep_secret BEFORE INSERT OR UPDATE OR DELETE ON kroles.secret FOR EACH ROW EXECUTE FUNCTION kroles.keep_row();
ALTER TABLE kroles.secret ENABLE ALWAYS TRIGGER keep_secret;

-- The error of a constraint would show the key in its detail, so a trigger checks the same rules before.
CREATE FUNCTION kroles.guard_key() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken text := CASE
        WHEN NEW.kid IS NULL OR octet_length(NEW.kid) NOT BETWEEN 1 AND 256 THEN 'signing_keys_kid_has_1_to_256_bytes'
        WHEN NEW.algorithm IS NULL OR NEW.algorithm !~ '^((HS|RS|ES)(256|384|512)|EdDSA)$' THEN 'signing_keys_algorithm_is_known'
        WHEN NEW.algorithm LIKE 'HS%' AND NEW.key LIKE '%-----BEGIN%' THEN 'signing_keys_secret_is_no_public_key'
        WHEN NEW.algorithm LIKE 'HS%' AND octet_length(NEW.key) < 32 THEN 'signing_keys_secret_has_at_least_32_bytes'
        WHEN NEW.algorithm NOT LIKE 'HS%' AND (NEW.key !~ '^\s*-----BEGIN PUBLIC KEY-----' OR NEW.key ~ 'PRIVATE KEY')
            THEN 'signing_keys_key_is_a_public_key_in_pem'
        WHEN NEW.created_at IS NULL THEN 'signing_keys_created_at_is_known' END;
BEGIN
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'signing key violates the rule "%"', broken USING ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_key() IS 'Trigger: refuses an invalid key without showing it';
REVOKE EXECUTE ON FUNCTION kroles.guard_key() FROM PUBLIC;
CREATE TRIGGER guard_key BEFORE INSERT OR UPDATE ON kroles.signing_keys
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_key();

-- ---- Spaces ----

CREATE FUNCTION kroles.guard_tree() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_tree';
COMMENT ON FUNCTION kroles.guard_tree() IS 'Trigger: the tree of galleries has no cycle and at most 32 levels';
REVOKE EXECUTE ON FUNCTION kroles.guard_tree() FROM PUBLIC;

CREATE TRIGGER guard_kind BEFORE UPDATE OF kind ON kroles.spaces
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind)
    EXECUTE FUNCTION kroles.refuse('the kind of a space cannot be changed', '23514',
        'Create a new space and publish the media there.', 'spaces_kind_is_fixed');
CREATE TRIGGER guard_tree BEFORE INSERT ON kroles.spaces
    FOR EACH ROW WHEN (NEW.kind = 'gallery') EXECUTE FUNCTION kroles.guard_tree();
CREATE TRIGGER guard_tree_moved BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_tree();

-- ---- Media, the people on it and publications ----

CREATE FUNCTION kroles.guard_media_type() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_media_type';
COMMENT ON FUNCTION kroles.guard_media_type() IS 'Trigger: the type of media must be in settings.creation_tools';
REVOKE EXECUTE ON FUNCTION kroles.guard_media_type() FROM PUBLIC;
CREATE TRIGGER guard_type BEFORE INSERT OR UPDATE OF type ON kroles.media
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_media_type();

CREATE FUNCTION kroles.guard_collaborator() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_collaborator';
COMMENT ON FUNCTION kroles.guard_collaborator() IS 'Trigger: the owner of a media must not be a collaborator of it';
REVOKE EXECUTE ON FUNCTION kroles.guard_collaborator() FROM PUBLIC;
CREATE TRIGGER guard_owner BEFORE INSERT OR UPDATE OF media_id, user_id ON kroles.media_collaborators
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_collaborator();

CREATE FUNCTION kroles.drop_new_owners_permissions() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_drop_new_owners_permissions';
COMMENT ON FUNCTION kroles.drop_new_owners_permissions() IS 'Trigger: the new owner of a media ceases to be a collaborator of it';
REVOKE EXECUTE ON FUNCTION kroles.drop_new_owners_permissions() FROM PUBLIC;
CREATE TRIGGER drop_new_owners_permissions AFTER UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.drop_new_owners_permissions();

CREATE FUNCTION kroles.guard_moderators_module() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_moderators_module';
COMMENT ON FUNCTION kroles.guard_moderators_module() IS
    'Trigger: no moderator can be added while settings.chat_and_collaboration is off';
REVOKE EXECUTE ON FUNCTION kroles.guard_moderators_module() FROM PUBLIC;
CREATE TRIGGER guard_module AFTER INSERT OR UPDATE ON kroles.media_moderators
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_moderators_module();

CREATE FUNCTION kroles.guard_publication() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_publication';
COMMENT ON FUNCTION kroles.guard_publication() IS
    'Trigger: checks the rights to publish, moderate and take down, and fills in the columns that record it';
REVOKE EXECUTE ON FUNCTION kroles.guard_publication() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON kroles.publications
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_publication();

-- ---- Columns ----

-- Policies cannot restrict which columns a user may change; these triggers do. They check the rights before the statement (the
-- functions are STABLE and use the statement's snapshot), and let administrators and restored rows pass.

CREATE FUNCTION kroles.guard_own_user() RETURNS trigger
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'permission denied to change more of your own user than name, email, avatar_url, title and bio'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Ask an administrator.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_own_user() IS 'Trigger: only administrators can change columns of users other than those that describe the person';
REVOKE EXECUTE ON FUNCTION kroles.guard_own_user() FROM PUBLIC;
CREATE TRIGGER guard_own BEFORE UPDATE ON kroles.users
    FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{name, email, avatar_url, title, bio}'::text[])
          <> (to_jsonb(NEW) - '{name, email, avatar_url, title, bio}'::text[]))
    EXECUTE FUNCTION kroles.guard_own_user();

CREATE FUNCTION kroles.guard_ownership() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_ownership';
COMMENT ON FUNCTION kroles.guard_ownership() IS
    'Trigger: changing owner_id of media requires transfer_ownership, changing that of a space requires its owner or an administrator; a blocked user cannot become an owner';
REVOKE EXECUTE ON FUNCTION kroles.guard_ownership() FROM PUBLIC;
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();

CREATE FUNCTION kroles.guard_move() RETURNS trigger
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (kroles.restoring() OR kroles.can('administer', 'site')
            OR NEW.parent_id IS NULL AND kroles.can('create_gallery', 'site')
            OR kroles.space_can('create_subgallery', NEW.parent_id)) THEN
        RAISE EXCEPTION 'permission denied to move this gallery' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "create_subgallery" on the new parent, or "create_gallery" on the site for a top-level gallery.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_move() IS
    'Trigger: moving a gallery requires, beside manage on it, create_subgallery on the new parent, or create_gallery for a top-level gallery';
REVOKE EXECUTE ON FUNCTION kroles.guard_move() FROM PUBLIC;
CREATE TRIGGER guard_move BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION kroles.guard_move();

-- ---- Matrices and settings ----

-- The rows of matrices and settings are fixed; a dump restores changed values.
CREATE FUNCTION kroles.restore_cell() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'baseline_rights' THEN
            UPDATE kroles.baseline_rights AS r SET allowed = NEW.allowed
            WHERE (r.kind, r.type, r.applicative_role, r.action)
                = (NEW.kind, NEW.type, NEW.applicative_role, NEW.action);
        WHEN 'role_rights' THEN
            UPDATE kroles.role_rights AS r SET allowed = NEW.allowed
            WHERE (r.kind, r.role, r.action) = (NEW.kind, NEW.role, NEW.action);
        WHEN 'ceiling_rights' THEN
            UPDATE kroles.ceiling_rights AS r SET allowed = NEW.allowed
            WHERE (r.applicative_role, r.kind, r.action) = (NEW.applicative_role, NEW.kind, NEW.action);
    END CASE;
    -- a cell that this version lacks is ignored: no right depends on it
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.restore_cell() IS 'Trigger: a restored row of a matrix updates the existing row';
REVOKE EXECUTE ON FUNCTION kroles.restore_cell() FROM PUBLIC;

CREATE FUNCTION kroles.restore_settings() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE kroles.settings AS s SET
        allow_anonymous = NEW.allow_anonymous,
        chat_and_collaboration = NEW.chat_and_collaboration,
        creation_tools = NEW.creation_tools,
        room_session_limit = NEW.room_session_limit,
        rooms_switched = NEW.rooms_switched,
        show_identifier = NEW.show_identifier,
        token_issuer = NEW.token_issuer,
        token_audience = NEW.token_audience,
        token_leeway = NEW.token_leeway,
        replica_lease = NEW.replica_lease;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.restore_settings() IS 'Trigger: restored settings update the existing row';
REVOKE EXECUTE ON FUNCTION kroles.restore_settings() FROM PUBLIC;

INSERT INTO kroles.settings DEFAULT VALUES;

CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.settings
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.refuse('the settings cannot be deleted', '42501', 'Change them with UPDATE.');
CREATE TRIGGER restore BEFORE INSERT ON kroles.settings
    FOR EACH ROW WHEN (kroles.restoring()) EXECUTE FUNCTION kroles.restore_settings();

DO $$
DECLARE
    matrix text;
BEGIN
    FOR matrix IN SELECT r.name FROM kroles.relations() r WHERE 'matrix' = ANY (r.traits) LOOP
        EXECUTE format($sql$
            CREATE TRIGGER guard_cells BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (NOT kroles.restoring())
                EXECUTE FUNCTION kroles.refuse('the matrix already has a row for every cell', '42501', 'Change "allowed" with UPDATE.');
            CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT
                EXECUTE FUNCTION kroles.refuse('rows of the matrix cannot be deleted', '42501', 'Set "allowed" to false with UPDATE.');
            CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.%1$I
                FOR EACH ROW WHEN ((to_jsonb(OLD) - 'allowed') <> (to_jsonb(NEW) - 'allowed'))
                EXECUTE FUNCTION kroles.refuse('only column "allowed" of a matrix can be changed', '42501',
                    'The other columns are fixed.');
            CREATE TRIGGER restore BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (kroles.restoring()) EXECUTE FUNCTION kroles.restore_cell();
        $sql$, matrix);
    END LOOP;
END $$;
