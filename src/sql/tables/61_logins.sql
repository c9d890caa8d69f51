-- A login that is given again makes nobody's old token the new user's.

CREATE TRIGGER guard_tokens BEFORE INSERT ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.guard_tokens();
CREATE TRIGGER guard_tokens_changed BEFORE UPDATE OF login, tokens_valid_after ON kroles.users
    FOR EACH ROW WHEN (OLD.login <> NEW.login OR OLD.tokens_valid_after IS DISTINCT FROM NEW.tokens_valid_after)
    EXECUTE FUNCTION kroles.guard_tokens();
CREATE TRIGGER retire_login BEFORE DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.retire_login();
CREATE TRIGGER retire_login_changed BEFORE UPDATE OF login ON kroles.users
    FOR EACH ROW WHEN (OLD.login <> NEW.login) EXECUTE FUNCTION kroles.retire_login();
CREATE TRIGGER retire_logins BEFORE TRUNCATE ON kroles.users FOR EACH STATEMENT EXECUTE FUNCTION kroles.retire_login();
