-- What policies cannot say: which columns of a row one may change. Judged by the rights before the statement (the
-- functions are STABLE, so they ask under the statement's snapshot); administrators may; rows from a dump pass.

CREATE FUNCTION kroles.guard_own_user() RETURNS trigger
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'of your own user you may change name, email, avatar_url, title and bio only'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Ask an administrator.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_own_user() IS 'Trigger: only administrators change more of a user than what describes the person';
REVOKE EXECUTE ON FUNCTION kroles.guard_own_user() FROM PUBLIC;
CREATE TRIGGER guard_own BEFORE UPDATE ON kroles.users
    FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{name, email, avatar_url, title, bio}'::text[])
          <> (to_jsonb(NEW) - '{name, email, avatar_url, title, bio}'::text[]))
    EXECUTE FUNCTION kroles.guard_own_user();

CREATE FUNCTION kroles.guard_ownership() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_ownership';
COMMENT ON FUNCTION kroles.guard_ownership() IS
    'Trigger: changing owner_id transfers ownership: on media by whoever has transfer_ownership, of a space by the owner or an administrator; not to a blocked user';
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
        RAISE EXCEPTION 'you may not move this gallery there' USING ERRCODE = 'insufficient_privilege',
            HINT = 'It takes "create_subgallery" on the gallery it goes into, or "create_gallery" to become a top-level one.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_move() IS
    'Trigger: moving a gallery takes create_subgallery where it goes, beside manage on itself; making it top-level takes create_gallery';
REVOKE EXECUTE ON FUNCTION kroles.guard_move() FROM PUBLIC;
CREATE TRIGGER guard_move BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION kroles.guard_move();

-- Persons never choose ids: see src/ids.c.
CREATE FUNCTION kroles.guard_new_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_new_id';
COMMENT ON FUNCTION kroles.guard_new_id() IS
    'Trigger: an id is given by the database, or chosen by an administrator; an upsert may name a row that its person sees';
REVOKE EXECUTE ON FUNCTION kroles.guard_new_id() FROM PUBLIC;
-- What is asked once more when a row is there, after a wait perhaps, is asked in the condition of an AFTER trigger, which is
-- evaluated before RETURNING. The trigger itself would fire after it, when a function there has acted on the row.
CREATE FUNCTION kroles.refuse_row(message text, sqlstate text, hint text, of_table text DEFAULT '', rule text DEFAULT '') RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', message USING ERRCODE = sqlstate, HINT = hint, SCHEMA = 'kroles', TABLE = of_table, CONSTRAINT = rule;
END $$;
COMMENT ON FUNCTION kroles.refuse_row(text, text, text, text, text) IS
    'For conditions of triggers: refuses the row with that message, SQLSTATE, hint and constraint';
CREATE FUNCTION kroles.is_upsert(relation regclass, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_names_upsert';
COMMENT ON FUNCTION kroles.is_upsert(regclass, bigint) IS
    'For conditions of triggers: whether the running statement named that row as one that is there';
-- PUBLIC executes them: triggers' conditions run as whoever changes the row
-- A DELETE that waits for a row is asked by its policy before it waits, and PostgreSQL asks again only where the row was
-- changed meanwhile. So each row is asked once more after the wait, and stays where the right has gone. (An UPDATE's policy
-- is asked of the new row too, which is after the wait.)
CREATE FUNCTION kroles.beyond_policies() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_beyond_policies';
COMMENT ON FUNCTION kroles.beyond_policies() IS
    'Whether a change is not a person''s own: a foreign key''s action, a statement of the extension itself, or a restore';
-- PUBLIC executes it: triggers' conditions run as whoever changes the row

-- When a thing was made, the database records.
CREATE FUNCTION kroles.record_creation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.record_creation() IS 'Trigger: what a client says of when a thing was made is overwritten';
REVOKE EXECUTE ON FUNCTION kroles.record_creation() FROM PUBLIC;

CREATE FUNCTION kroles.keep_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.keep_row() IS 'Trigger: the row stays, as one does that a policy does not let be seen';
REVOKE EXECUTE ON FUNCTION kroles.keep_row() FROM PUBLIC;

-- (A subscriber of logical replication keeps its own secret: audiences come in words and are encrypted anew.)
CREATE TRIGGER keep_secret BEFORE INSERT OR UPDATE OR DELETE ON kroles.secret FOR EACH ROW EXECUTE FUNCTION kroles.keep_row();
ALTER TABLE kroles.secret ENABLE ALWAYS TRIGGER keep_secret;

DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT * FROM (VALUES
            ('users', $q$kroles.can('administer', 'site')$q$),
            ('groups', $q$kroles.can('administer', 'site')$q$),
            ('group_members', $q$kroles.can('administer', 'site')$q$),
            ('spaces', $q$kroles.space_can('delete', OLD.id)$q$),
            ('space_members', $q$kroles.holds(OLD.user_id, NULL) OR kroles.space_can('manage_members', OLD.space_id)$q$),
            ('media', $q$kroles.can('delete', 'media', OLD.id)$q$),
            ('media_collaborators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_collaborators', 'media', OLD.media_id)$q$),
            ('media_moderators', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_moderators', 'media', OLD.media_id)$q$),
            ('media_speakers', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_speakers', 'media', OLD.media_id)$q$),
            ('playlists', $q$kroles.space_can('organize', OLD.space_id)$q$),
            ('playlist_items', $q$kroles.space_can('organize', OLD.space_id)$q$),
            ('events', $q$kroles.can('delete', 'event', OLD.id)$q$),
            ('event_participants', $q$kroles.holds(OLD.user_id, NULL) OR kroles.can('manage_participants', 'event', OLD.event_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', OLD.event_id) OR kroles.can('publish', 'media', OLD.media_id)$q$),
            ('room_participants', $q$kroles.can('administer', 'site')$q$)
        ) AS t (name, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER guard_remove BEFORE DELETE ON kroles.%I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND NOT (%s)) EXECUTE FUNCTION kroles.keep_row()', kept.name, kept.allowed);
    END LOOP;
END $$;

-- The policy of a new row is asked before it waits for a row of the same key that another transaction takes away, and PostgreSQL
-- does not ask again. So each row is asked once more when it is there, and refused where the right has gone. (What is added to a
-- list in an order waits before the policy is asked: see 59. Whoever bypasses row security is not asked at all.)
CREATE FUNCTION kroles.publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION kroles.publication_status(bigint, bigint) IS 'kroles_publication_status(), for guards';

DO $$
DECLARE
    asked record;
BEGIN
    FOR asked IN
        SELECT * FROM (VALUES
            ('users', 'INSERT', $q$kroles.can('administer', 'site')$q$),
            ('users', 'UPDATE OF login, db_role', $q$(NEW.login, NEW.db_role) IS NOT DISTINCT FROM (OLD.login, OLD.db_role) OR kroles.can('administer', 'site')$q$),
            ('groups', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('spaces', 'INSERT', $q$(kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))
                AND CASE WHEN NEW.parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', NEW.parent_id)
                         WHEN NEW.kind = 'channel' THEN kroles.can('create_channel', 'site')
                         WHEN NEW.kind = 'gallery' THEN kroles.can('create_gallery', 'site') ELSE false END$q$),
            ('media', 'INSERT', $q$kroles.can('upload', 'site') AND (kroles.holds(NEW.owner_id, NULL) OR kroles.can('administer', 'site'))$q$),
            ('events', 'INSERT', $q$kroles.can('create_event', 'site') AND (kroles.holds(NEW.created_by, NULL) OR kroles.can('administer', 'site'))$q$),
            ('spaces', 'UPDATE OF external_id', $q$kroles.space_can('manage', NEW.id)$q$),
            ('media', 'UPDATE OF external_id', $q$kroles.can('edit', 'media', NEW.id)$q$),
            ('events', 'UPDATE OF external_id', $q$kroles.can('manage', 'event', NEW.id)$q$),
            ('group_members', 'INSERT OR UPDATE', $q$kroles.can('administer', 'site')$q$),
            ('space_members', 'INSERT OR UPDATE', $q$kroles.space_can('manage_members', NEW.space_id)$q$),
            ('publications', 'INSERT', $q$kroles.publication_status(NEW.media_id, NEW.space_id) IN ('approved', NEW.status)$q$),
            ('media_collaborators', 'INSERT OR UPDATE', $q$kroles.can('manage_collaborators', 'media', NEW.media_id)$q$),
            ('media_moderators', 'INSERT OR UPDATE', $q$kroles.can('manage_moderators', 'media', NEW.media_id)$q$),
            ('media_speakers', 'UPDATE', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('event_participants', 'INSERT OR UPDATE', $q$kroles.can('manage_participants', 'event', NEW.event_id)$q$)
        ) AS t (name, change, allowed)
    LOOP
        EXECUTE format('CREATE TRIGGER ' || CASE WHEN asked.change LIKE 'INSERT%%' THEN 'guard_new' ELSE 'guard_changed' END || ' AFTER %1$s ON kroles.%2$I FOR EACH ROW
            WHEN (NOT kroles.beyond_policies() AND (%3$s) IS NOT TRUE AND pg_catalog.row_security_active(''kroles.%2$I'')
                AND kroles.refuse_row(%4$L, %5$L, %6$L))
            EXECUTE FUNCTION kroles.refuse()', asked.change, asked.name, asked.allowed,
            'you may not do this any more', '42501', 'The right to do it was taken away meanwhile.');
    END LOOP;
END $$;
