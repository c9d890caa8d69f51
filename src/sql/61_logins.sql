-- A login that is given again. (src/guards/logins.c)

CREATE FUNCTION kroles.retire_login() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_retire_login';
COMMENT ON FUNCTION kroles.retire_login() IS 'Trigger: records the former login of a user';
CREATE FUNCTION kroles.guard_tokens() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_tokens';
COMMENT ON FUNCTION kroles.guard_tokens() IS
    'Trigger: the tokens of a user whose login another user had are valid from the time when the user got it; tokens_valid_after can then be set to a later time only';
REVOKE EXECUTE ON FUNCTION kroles.retire_login(), kroles.guard_tokens() FROM PUBLIC;
