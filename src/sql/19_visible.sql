-- What constraints say of names that others use for a row: logins, names of groups, external ids.

CREATE FUNCTION kroles.is_trimmed(content text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_is_trimmed';
COMMENT ON FUNCTION kroles.is_trimmed(text) IS
    'Whether the text begins and ends with visible characters, whatever the locale: Unicode''s white space, control and zero-width characters are not';

CREATE FUNCTION kroles.is_visible(content text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_is_visible';
COMMENT ON FUNCTION kroles.is_visible(text) IS
    'Whether all characters of the text are visible or plain spaces, so that texts that look alike for this are the same';
