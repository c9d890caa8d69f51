-- Logins whose case does not matter, and the last administrator.

CREATE TRIGGER fold_login BEFORE INSERT OR UPDATE OF login ON kroles.users
    FOR EACH ROW EXECUTE FUNCTION kroles.fold_login();
CREATE TRIGGER fold_logins AFTER UPDATE OF case_insensitive_logins ON kroles.settings
    FOR EACH ROW WHEN (NEW.case_insensitive_logins AND NOT OLD.case_insensitive_logins)
    EXECUTE FUNCTION kroles.fold_logins();
CREATE TRIGGER guard_last_administrator AFTER DELETE ON kroles.users
    FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_administrator();
CREATE TRIGGER guard_last_administrator_still AFTER UPDATE OF administrator, blocked ON kroles.users
    FOR EACH ROW WHEN (OLD.administrator AND NOT OLD.blocked AND NOT (NEW.administrator AND NOT NEW.blocked))
    EXECUTE FUNCTION kroles.guard_last_administrator();
CREATE TRIGGER guard_last_administrator AFTER INSERT ON kroles.user_blocks
    FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_administrator();
