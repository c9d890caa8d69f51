CREATE TRIGGER guard_key BEFORE INSERT OR UPDATE ON kroles.signing_keys
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_key();

CREATE TRIGGER guard_kind BEFORE UPDATE OF kind ON kroles.spaces
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind)
    EXECUTE FUNCTION kroles.refuse('the kind of a space cannot be changed', '23514',
        'Create a new space and publish the media there.', 'spaces_kind_is_fixed');
CREATE TRIGGER guard_tree BEFORE INSERT ON kroles.spaces
    FOR EACH ROW WHEN (NEW.kind = 'gallery') EXECUTE FUNCTION kroles.guard_tree();
CREATE TRIGGER guard_tree_moved BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_tree();
CREATE TRIGGER guard_type BEFORE INSERT OR UPDATE OF type ON kroles.media
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_media_type();
CREATE TRIGGER guard_owner BEFORE INSERT OR UPDATE OF media_id, user_id ON kroles.media_collaborators
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_collaborator();
CREATE TRIGGER drop_new_owners_permissions AFTER UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.drop_new_owners_permissions();
CREATE TRIGGER guard_module AFTER INSERT OR UPDATE ON kroles.media_moderators
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_moderators_module();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON kroles.publications
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_publication();
CREATE TRIGGER guard_own BEFORE UPDATE ON kroles.users
    FOR EACH ROW
    WHEN ((to_jsonb(OLD) - '{name, email, avatar_url, title, bio}'::text[])
          <> (to_jsonb(NEW) - '{name, email, avatar_url, title, bio}'::text[]))
    EXECUTE FUNCTION kroles.guard_own_user();
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.media
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();
CREATE TRIGGER guard_owner BEFORE UPDATE OF owner_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION kroles.guard_ownership();
CREATE TRIGGER guard_move BEFORE UPDATE OF parent_id ON kroles.spaces
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION kroles.guard_move();

CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.settings
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.refuse('the settings cannot be deleted', '42501', 'Change them with UPDATE.');

DECLARE
    matrix text;
BEGIN
    FOR matrix IN SELECT r.name FROM kroles.relations() r WHERE 'matrix' = ANY (r.traits) LOOP
        EXECUTE format($sql$
            CREATE TRIGGER guard_cells BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW
                EXECUTE FUNCTION kroles.refuse('the matrix already has a row for every cell', '42501', 'Change "allowed" with UPDATE.');
            CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT
                EXECUTE FUNCTION kroles.refuse('rows of the matrix cannot be deleted', '42501', 'Set "allowed" to false with UPDATE.');
            CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.%1$I
                FOR EACH ROW WHEN ((to_jsonb(OLD) - 'allowed') <> (to_jsonb(NEW) - 'allowed'))
                EXECUTE FUNCTION kroles.refuse('only column "allowed" of a matrix can be changed', '42501',
                    'The other columns are fixed.');
        $sql$, matrix);
    END LOOP;
END;
