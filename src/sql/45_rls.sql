-- The functions in policies; each decides about one row. Those in policies for SELECT have a support function, so that the
-- library is loaded before the query is planned.

CREATE FUNCTION kroles.policy_support(internal) RETURNS internal
    LANGUAGE c STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_policy_support';
COMMENT ON FUNCTION kroles.policy_support(internal) IS
    'For the planner: loads the library before a query on a protected table is planned';
REVOKE ALL ON FUNCTION kroles.policy_support(internal) FROM PUBLIC;

-- The questions about one object under names in the schema kroles, for policies, guards and defaults. (In the extension's schema,
-- a role with CREATE there could overload a function with one that matches a call better.)
CREATE FUNCTION kroles.can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_can';
COMMENT ON FUNCTION kroles.can(kroles.action, kroles.object_kind, bigint) IS 'kroles_can(), for policies and guards';

CREATE FUNCTION kroles.can_publish(media_id bigint, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish';
COMMENT ON FUNCTION kroles.can_publish(bigint, bigint) IS 'kroles_can_publish(), for policies';

CREATE FUNCTION kroles.all_rights(kind kroles.object_kind, id bigint) RETURNS kroles.action[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights';
COMMENT ON FUNCTION kroles.all_rights(kroles.object_kind, bigint) IS 'kroles_rights(), for rights that are stored';

CREATE FUNCTION kroles.role(kind kroles.object_kind, id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role';
COMMENT ON FUNCTION kroles.role(kroles.object_kind, bigint) IS 'kroles_role(), for roles that are stored';

CREATE FUNCTION kroles.asker() RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_current_user';
COMMENT ON FUNCTION kroles.asker() IS 'kroles_current_user(), for defaults';

CREATE FUNCTION kroles.space_can(action kroles.action, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_space_can';
COMMENT ON FUNCTION kroles.space_can(kroles.action, bigint) IS
    'For policies: whether the current subject has the right on that channel or gallery';

CREATE FUNCTION kroles.holds(user_id bigint, group_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_holds_row';
COMMENT ON FUNCTION kroles.holds(bigint, bigint) IS
    'For policies: whether that is the current user, or one of the current user''s groups; false for a blocked user';

CREATE FUNCTION kroles.is_auditor() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_asker_is_auditor';
COMMENT ON FUNCTION kroles.is_auditor() IS
    'For policies and functions: whether this is the session of a login role in kroles.auditors that states no user';

CREATE FUNCTION kroles.shows_people() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_shows_people_to_asker';
COMMENT ON FUNCTION kroles.shows_people() IS
    'For kroles.people: whether settings.people_shown_to lets the current subject know the names of people who are not blocked';

CREATE FUNCTION kroles.may_take_down(media_id bigint, space_id bigint, published_by bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_may_take_down';
COMMENT ON FUNCTION kroles.may_take_down(bigint, bigint, bigint) IS
    'For policies: whether the current subject may take down that publication';

CREATE FUNCTION kroles.may_see_publication(media_id bigint, space_id bigint, status kroles.publication_status, published_by bigint)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_may_see_publication';
COMMENT ON FUNCTION kroles.may_see_publication(bigint, bigint, kroles.publication_status, bigint) IS
    'For policies: whether the current subject may see that publication. In every state it is visible to users who may take it down or moderate it; once approved, also to those who see the media and the space';

-- In plans, for the ids by which an index finds the rows that the current subject may see. (Volatile, so that the planner does not
-- call it to estimate its result, and not strict, so that no call is left out.)
CREATE FUNCTION kroles.keys(term text) RETURNS bigint[]
    LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kroles_key_ids';
COMMENT ON FUNCTION kroles.keys(text) IS
    'For the planner: stands in plans for the ids of what a row is visible by. It is replaced by these ids when a plan is executed; a call is an error (0A000)';
REVOKE ALL ON FUNCTION kroles.keys(text) FROM PUBLIC;
