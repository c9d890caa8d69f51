-- The audience of a media: one value in its row with the owner, the people on it, the spaces where it is approved or pending,
-- and the events that it is a session of. Policies decide from it without reading other tables, and a GIN index searches it.

CREATE TYPE kroles.audience;
CREATE FUNCTION kroles.audience_in(cstring) RETURNS kroles.audience
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_in';
COMMENT ON FUNCTION kroles.audience_in(cstring) IS
    'Input function: accepts "hidden" from every role, other values only from roles that bypass row-level security. Errors: 42501, 22P02';
CREATE FUNCTION kroles.audience_out(kroles.audience) RETURNS cstring
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_out';
COMMENT ON FUNCTION kroles.audience_out(kroles.audience) IS
    'Output function: the entries for roles that bypass row-level security, "hidden" for all others';
CREATE FUNCTION kroles.audience_recv(internal) RETURNS kroles.audience
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_recv';
COMMENT ON FUNCTION kroles.audience_recv(internal) IS 'Binary input function, like audience_in';
CREATE FUNCTION kroles.audience_send(kroles.audience) RETURNS bytea
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_send';
COMMENT ON FUNCTION kroles.audience_send(kroles.audience) IS 'Binary output function, like audience_out';
CREATE FUNCTION kroles.audience_analyze(internal) RETURNS boolean
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_audience_analyze';
COMMENT ON FUNCTION kroles.audience_analyze(internal) IS 'For ANALYZE: stores a sample of a column''s audiences, from which the planner estimates how many rows a subject sees';
CREATE TYPE kroles.audience (
    INPUT = kroles.audience_in, OUTPUT = kroles.audience_out, RECEIVE = kroles.audience_recv, SEND = kroles.audience_send,
    ANALYZE = kroles.audience_analyze, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = main
);
COMMENT ON TYPE kroles.audience IS
    'The audience of a media: its owner, the users and groups on it, the spaces where it is approved or pending, and the events that it is a session of. Maintained by triggers; shown as "hidden" to all roles but those that bypass row-level security';

CREATE FUNCTION kroles.audience_overlaps(kroles.audience, kroles.audience) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'kroles_audience_overlaps';
COMMENT ON FUNCTION kroles.audience_overlaps(kroles.audience, kroles.audience) IS
    'Whether an audience has an entry that kroles.index_keys() contains; false where the second argument is not kroles.index_keys()';
CREATE FUNCTION kroles.audience_overlaps_sel(internal, oid, internal, integer) RETURNS double precision
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_overlaps_sel';
COMMENT ON FUNCTION kroles.audience_overlaps_sel(internal, oid, internal, integer) IS
    'For the planner: the fraction of rows that the current subject may see';
CREATE OPERATOR kroles.&& (
    LEFTARG = kroles.audience, RIGHTARG = kroles.audience, FUNCTION = kroles.audience_overlaps,
    RESTRICT = kroles.audience_overlaps_sel
);
COMMENT ON OPERATOR kroles.&& (kroles.audience, kroles.audience) IS 'has an entry that is searched for: audience && kroles.index_keys()';

CREATE FUNCTION kroles.audience_extract_value(kroles.audience, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_extract_value';
COMMENT ON FUNCTION kroles.audience_extract_value(kroles.audience, internal) IS 'For GIN: the keys of an audience';
CREATE FUNCTION kroles.audience_extract_query(kroles.audience, internal, smallint, internal, internal, internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_extract_query';
COMMENT ON FUNCTION kroles.audience_extract_query(kroles.audience, internal, smallint, internal, internal, internal, internal) IS
    'For GIN: the keys that are searched for';
CREATE FUNCTION kroles.audience_consistent(internal, smallint, kroles.audience, integer, internal, internal, internal, internal) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_consistent';
COMMENT ON FUNCTION kroles.audience_consistent(internal, smallint, kroles.audience, integer, internal, internal, internal, internal) IS
    'For GIN: whether an index entry has any of the keys';
CREATE FUNCTION kroles.audience_triconsistent(internal, smallint, kroles.audience, integer, internal, internal, internal) RETURNS "char"
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_triconsistent';
COMMENT ON FUNCTION kroles.audience_triconsistent(internal, smallint, kroles.audience, integer, internal, internal, internal) IS
    'For GIN: whether an index entry has, or may have, any of the keys';
CREATE OPERATOR CLASS kroles.audience_ops DEFAULT FOR TYPE kroles.audience USING gin AS
    OPERATOR 1 kroles.&& (kroles.audience, kroles.audience),
    FUNCTION 2 kroles.audience_extract_value(kroles.audience, internal),
    FUNCTION 3 kroles.audience_extract_query(kroles.audience, internal, smallint, internal, internal, internal, internal),
    FUNCTION 4 kroles.audience_consistent(internal, smallint, kroles.audience, integer, internal, internal, internal, internal),
    FUNCTION 6 kroles.audience_triconsistent(internal, smallint, kroles.audience, integer, internal, internal, internal),
    STORAGE bigint;
COMMENT ON OPERATOR CLASS kroles.audience_ops USING gin IS 'Finds the media that the current subject may see';

-- Functions for policies and index searches on tables with an audience.
CREATE FUNCTION kroles.index_keys() RETURNS kroles.audience
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_index_keys';
COMMENT ON FUNCTION kroles.index_keys() IS
    'For index searches: the keys of all audiences that the current subject may see; matches every audience where the subject may see a large part of them';

CREATE FUNCTION kroles.draft_keys(mark kroles.audience) RETURNS kroles.audience
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_draft_keys';
COMMENT ON FUNCTION kroles.draft_keys(kroles.audience) IS
    'For index searches in plans of the extension: the keys of the drafts that the current subject is on; NULL for every value that a role subject to row-level security can pass';

CREATE FUNCTION kroles.audience_support(internal) RETURNS internal
    LANGUAGE c STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_audience_support';
COMMENT ON FUNCTION kroles.audience_support(internal) IS 'For the planner: the cost and selectivity of kroles.audience_can(), and the index condition that it implies';

-- LEAKPROOF: it reveals nothing of an audience but its answer, and raises no error that depends on one.
CREATE FUNCTION kroles.audience_can(action kroles.action, audience kroles.audience) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE LEAKPROOF COST 4 SUPPORT kroles.audience_support
    AS 'MODULE_PATHNAME', 'kroles_audience_can';
COMMENT ON FUNCTION kroles.audience_can(kroles.action, kroles.audience) IS
    'For policies: whether the current subject may do the action on the media with that audience';

-- DISTINCT, GROUP BY, UNION and IS DISTINCT FROM compare whole rows. Audiences are compared by the ids of their media alone, so a
-- comparison reveals none of their entries.
DO $$
DECLARE
    compared record;
BEGIN
    FOR compared IN
        SELECT * FROM (VALUES
            ('<', 'lt', '>', '>=', 'scalarltsel', 'scalarltjoinsel'), ('<=', 'le', '>=', '>', 'scalarlesel', 'scalarlejoinsel'),
            ('=', 'eq', '=', '<>', 'eqsel', 'eqjoinsel'), ('<>', 'ne', '<>', '=', 'neqsel', 'neqjoinsel'),
            ('>=', 'ge', '<=', '<', 'scalargesel', 'scalargejoinsel'), ('>', 'gt', '<', '<=', 'scalargtsel', 'scalargtjoinsel')
        ) AS t (operator, name, commutator, negator, restriction, joining)
    LOOP
        EXECUTE format($sql$
            CREATE FUNCTION kroles.audience_%2$s(kroles.audience, kroles.audience) RETURNS boolean
                LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'kroles_audience_%2$s';
            COMMENT ON FUNCTION kroles.audience_%2$s(kroles.audience, kroles.audience) IS 'Compares the ids of the media that two audiences are of: %1$s';
            CREATE OPERATOR kroles.%1$s (LEFTARG = kroles.audience, RIGHTARG = kroles.audience, FUNCTION = kroles.audience_%2$s,
                COMMUTATOR = OPERATOR(kroles.%3$s), NEGATOR = OPERATOR(kroles.%4$s), RESTRICT = %5$s, JOIN = %6$s %7$s);
            COMMENT ON OPERATOR kroles.%1$s (kroles.audience, kroles.audience) IS 'compares the ids of the media that two audiences are of';
        $sql$, compared.operator, compared.name, compared.commutator, compared.negator, compared.restriction, compared.joining,
            CASE compared.operator WHEN '=' THEN ', HASHES, MERGES' ELSE '' END);
    END LOOP;
END $$;
CREATE FUNCTION kroles.audience_cmp(kroles.audience, kroles.audience) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'kroles_audience_cmp';
COMMENT ON FUNCTION kroles.audience_cmp(kroles.audience, kroles.audience) IS 'For btree: compares the ids of the media';
CREATE FUNCTION kroles.audience_hash(kroles.audience) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'kroles_audience_hash';
COMMENT ON FUNCTION kroles.audience_hash(kroles.audience) IS 'For hashing: by the id of the media';
CREATE FUNCTION kroles.audience_hash_extended(kroles.audience, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'kroles_audience_hash_extended';
COMMENT ON FUNCTION kroles.audience_hash_extended(kroles.audience, bigint) IS 'For hashing with a seed: by the id of the media';
CREATE OPERATOR CLASS kroles.audience_btree_ops DEFAULT FOR TYPE kroles.audience USING btree AS
    OPERATOR 1 kroles.<, OPERATOR 2 kroles.<=, OPERATOR 3 kroles.=, OPERATOR 4 kroles.>=, OPERATOR 5 kroles.>,
    FUNCTION 1 kroles.audience_cmp(kroles.audience, kroles.audience);
COMMENT ON OPERATOR CLASS kroles.audience_btree_ops USING btree IS 'Orders audiences by their media';
CREATE OPERATOR CLASS kroles.audience_hash_ops DEFAULT FOR TYPE kroles.audience USING hash AS
    OPERATOR 1 kroles.=,
    FUNCTION 1 kroles.audience_hash(kroles.audience),
    FUNCTION 2 kroles.audience_hash_extended(kroles.audience, bigint);
COMMENT ON OPERATOR CLASS kroles.audience_hash_ops USING hash IS 'Hashes audiences by their media';

-- Without USAGE no other role creates tables, functions, casts or partitions with it: copies of audiences would be outside the
-- rules.
REVOKE USAGE ON TYPE kroles.audience FROM PUBLIC;

-- PostgreSQL calls these functions without checking EXECUTE.
REVOKE EXECUTE ON FUNCTION kroles.audience_in(cstring), kroles.audience_out(kroles.audience), kroles.audience_recv(internal),
    kroles.audience_send(kroles.audience), kroles.audience_analyze(internal), kroles.audience_overlaps_sel(internal, oid, internal, integer),
    kroles.audience_extract_value(kroles.audience, internal),
    kroles.audience_extract_query(kroles.audience, internal, smallint, internal, internal, internal, internal),
    kroles.audience_consistent(internal, smallint, kroles.audience, integer, internal, internal, internal, internal),
    kroles.audience_triconsistent(internal, smallint, kroles.audience, integer, internal, internal, internal),
    kroles.audience_support(internal) FROM PUBLIC;
