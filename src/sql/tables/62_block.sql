CREATE TRIGGER lift_block AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (OLD.blocked AND NOT NEW.blocked) EXECUTE FUNCTION kroles.lift_block();
CREATE TRIGGER lift_block_of_none AFTER DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.lift_block();
