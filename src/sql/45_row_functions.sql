-- What policies ask; each function is about one row.

CREATE FUNCTION kroles.space_can(action kroles.action, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_space_can';
COMMENT ON FUNCTION kroles.space_can(kroles.action, bigint) IS
    'For policies: may the current subject, on that channel or gallery?';

CREATE FUNCTION kroles.holds(user_id bigint, group_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_holds_row';
COMMENT ON FUNCTION kroles.holds(bigint, bigint) IS
    'For policies: is that the current user, or one of the current user''s groups? Never for a blocked user';

CREATE FUNCTION kroles.may_take_down(media_id bigint, space_id bigint, published_by bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_may_take_down';
COMMENT ON FUNCTION kroles.may_take_down(bigint, bigint, bigint) IS
    'For policies: may the current subject take down a publication of that media in that space by that publisher?';

CREATE FUNCTION kroles.may_see_publication(media_id bigint, space_id bigint, status kroles.publication_status, published_by bigint)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_may_see_publication';
COMMENT ON FUNCTION kroles.may_see_publication(bigint, bigint, kroles.publication_status, bigint) IS
    'For policies: may the current subject see such a publication? In every state whoever may take it down or moderate it, once approved also whoever sees the media and the space';

-- Whoever makes a space or a media is its owner, unless an administrator says otherwise.
ALTER TABLE kroles.spaces ALTER COLUMN owner_id SET DEFAULT @extschema@.kroles_current_user();
ALTER TABLE kroles.media ALTER COLUMN owner_id SET DEFAULT @extschema@.kroles_current_user();
