-- complain if the script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kroles" to load this file. \quit

-- From here on a name without a schema is looked up in pg_catalog only, so that objects that already exist in the extension's
-- schema cannot be called in place of PostgreSQL's.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- The schema holds the site's tables, so it is no member of the extension. One that exists, as in the restore of a dump, must be
-- empty and closed: another role could have put objects into it.
DO $$
DECLARE
    existing oid := to_regnamespace('kroles');
BEGIN
    IF existing IS NULL THEN
        CREATE SCHEMA kroles;
        COMMENT ON SCHEMA kroles IS 'The tables, types, views and internal functions of the extension kroles';
        GRANT USAGE ON SCHEMA kroles TO PUBLIC;
        ALTER EXTENSION kroles DROP SCHEMA kroles;
        existing := to_regnamespace('kroles');
    ELSIF EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = existing)
        OR NOT EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.oid = existing AND r.rolsuper) THEN
        RAISE EXCEPTION 'schema "kroles" exists, and is not empty and closed' USING ERRCODE = 'duplicate_schema',
            HINT = 'Drop it, or drop what is in it; its owner must be a superuser, and no other role may create objects there.';
    END IF;
    -- (default privileges may have given something away)
    IF EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
               LEFT JOIN pg_roles r ON r.oid = a.grantee
               WHERE n.oid = existing AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE) THEN
        RAISE EXCEPTION 'others than superusers can create objects in schema "kroles"' USING ERRCODE = 'duplicate_schema',
            HINT = 'REVOKE CREATE ON SCHEMA kroles from them, or change the default privileges.';
    END IF;
END $$;
-- The versions of this script and of the library. (The library compares the body of the first with the versions that it knows.)

CREATE FUNCTION kroles.script_version() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT '1.0.0'::text$$;
COMMENT ON FUNCTION kroles.script_version() IS 'The version of the script that the extension was created from, or updated by';

CREATE FUNCTION kroles.library_version() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_library_version';
COMMENT ON FUNCTION kroles.library_version() IS 'The version of the library that this session has loaded';
REVOKE EXECUTE ON FUNCTION kroles.script_version(), kroles.library_version() FROM PUBLIC;
-- Enum types. Values are never renamed or removed, and no code compares them with < or >=.

CREATE TYPE kroles.applicative_role AS ENUM
    ('anonymous', 'viewer', 'private_only', 'admin', 'unmoderated_admin');
COMMENT ON TYPE kroles.applicative_role IS
    'The site-wide role of a user, which limits every right: viewer, private_only, admin, unmoderated_admin; anonymous is the role of sessions without a user';

CREATE TYPE kroles.contextual_role AS ENUM
    ('member', 'contributor', 'moderator', 'manager');
COMMENT ON TYPE kroles.contextual_role IS
    'The role of a user or group in one channel or gallery; only one role of a user is in force there';

CREATE TYPE kroles.space_kind AS ENUM ('channel', 'gallery');
COMMENT ON TYPE kroles.space_kind IS 'A space is a channel or a gallery';

CREATE TYPE kroles.space_type AS ENUM
    ('open', 'restricted', 'private', 'shared_repository', 'public_restricted', 'public_open');
COMMENT ON TYPE kroles.space_type IS
    'The privacy of a space: which applicative roles view and contribute without a grant (kroles.baseline_rights). A gallery is open, restricted or private';

CREATE TYPE kroles.publication_status AS ENUM ('pending', 'approved', 'rejected');
COMMENT ON TYPE kroles.publication_status IS
    'The state of a publication; pending: a moderator of the space has not decided yet';

CREATE TYPE kroles.collaborator_permission AS ENUM ('viewer', 'publisher', 'editor');
COMMENT ON TYPE kroles.collaborator_permission IS
    'The permissions of collaborators on one media; a user may have several';

CREATE TYPE kroles.moderator_permission AS ENUM ('chat_moderator', 'room_moderator');
COMMENT ON TYPE kroles.moderator_permission IS
    'What a moderator moderates in one media: its chat or its room. Neither permission allows editing';

CREATE TYPE kroles.speaker_type AS ENUM ('simple', 'advanced');
COMMENT ON TYPE kroles.speaker_type IS
    'simple (the default): is shown as a speaker; advanced: may also present in the room';

CREATE TYPE kroles.media_type AS ENUM ('video', 'audio', 'image', 'document', 'live', 'room');
COMMENT ON TYPE kroles.media_type IS 'The type of a media; media of type live or room has a room';

CREATE TYPE kroles.event_role AS ENUM ('organizer', 'speaker', 'moderator', 'attendee');
COMMENT ON TYPE kroles.event_role IS 'The role of a user or group in one event; a user may have several';

CREATE TYPE kroles.identifier AS ENUM ('email', 'login');
COMMENT ON TYPE kroles.identifier IS 'The identifier that is shown beside the name of a user (settings.show_identifier)';

CREATE TYPE kroles.object_kind AS ENUM ('site', 'channel', 'gallery', 'media', 'room', 'event');
COMMENT ON TYPE kroles.object_kind IS 'The kinds of objects that rights refer to';

CREATE TYPE kroles.action AS ENUM (
    'view', 'contribute', 'moderate', 'manage',
    'edit', 'delete', 'publish', 'transfer_ownership',
    'manage_collaborators', 'manage_moderators', 'manage_speakers',
    'edit_contributions', 'delete_contributions', 'manage_members', 'organize',
    'view_analytics', 'create_subgallery', 'share',
    'join_room', 'start_room', 'moderate_room', 'moderate_chat', 'present', 'interact',
    'manage_participants',
    'upload', 'create_event', 'create_channel', 'create_gallery', 'administer');
COMMENT ON TYPE kroles.action IS 'The actions that rights allow; kroles.rights lists the actions of each kind of object';
-- The tables and views of kroles: the one list from which sequences, triggers, audit and privileges are made. Policies are not
-- made from it: they are written out, beside the rule that they hold.
--
-- The list is a function, not a table: a function has no rows that a role could change, needs no policy and no trigger, is
-- not in dumps, and an upgrade script replaces it as a whole. It stays in the database because kroles_grant_access(),
-- kroles_verify(), kroles_history() and tests read it. It contains nothing that the catalog does not show to all roles, and
-- functions of the tables' owner call it, so PUBLIC may execute it.

CREATE FUNCTION kroles.relations()
    RETURNS TABLE (name text, tracked text[], audited text[], application text, traits text[], noun text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
BEGIN ATOMIC
    VALUES
    -- name,                 tracked,                             audited,                       application, traits, noun
    ('baseline_rights',      '{}'::text[],                        '{site}'::text[],
        'SELECT, UPDATE', '{matrix, public}'::text[], NULL),
    ('role_rights',          '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('ceiling_rights',       '{}',                                '{site}',
        'SELECT, UPDATE', '{matrix, public}', NULL),
    ('role_labels',          NULL,                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('settings',             '{}',                                '{site}',
        'SELECT, UPDATE', '{public}', NULL),
    ('users',                '{user, id}',                        '{user, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', NULL),
    ('user_blocks',          '{user, user_id}',                   '{user, user_id}',
        'SELECT', '{}', NULL),
    ('groups',               '{group, id}',                       '{group, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{fixed_id}', 'group'),
    ('group_members',        '{user, user_id}',                   '{group, group_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{people}', NULL),
    ('spaces',               '{space, id}',                       '{space, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', NULL),
    ('space_members',        '{user, user_id, group, group_id}',  '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('media',                '{media, id}',                       '{media, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'media'),
    -- (the audience of a media, and so the media's own row, changes with these five: they need not be tracked themselves)
    ('publications',         NULL,                                '{media, media_id, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('media_collaborators',  NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_moderators',     NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, audience, people}', NULL),
    ('media_speakers',       NULL,                                '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience, people}', NULL),
    ('playlists',            NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, created_at}', 'playlist'),
    ('playlist_items',       NULL,                                '{space, space_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('events',               '{event, id}',                       '{event, id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, pending, created_at, external_id}', 'event'),
    ('event_participants',   '{user, user_id, group, group_id}',  '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{given_id, people}', NULL),
    ('event_sessions',       NULL,                                '{event, event_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{audience}', NULL),
    ('room_participants',    '{stays, user_id}',                  '{media, media_id}',
        'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('gateways',             '{}',                                '{site}',
        'SELECT', '{}', NULL),
    ('signing_keys',         '{}',                                '{site}',
        'SELECT (kid, algorithm, expires_at, created_at)', '{}', NULL),
    ('audit_log',            NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('retired_external_ids', NULL,                                NULL,
        'SELECT', '{}', NULL),
    ('replica',              '{}',                                NULL,
        NULL, '{local}', NULL),
    -- members of the extension: their rows come with it or with time, and dumps leave them out
    ('heartbeat',            NULL,                                NULL,
        NULL, '{entitlement, member}', NULL),
    ('rights',               '{}',                                '{site}',
        'SELECT', '{public, member}', NULL),
    ('secret',               NULL,                                NULL,
        NULL, '{local, member}', NULL),
    -- views
    ('channels',             NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('galleries',            NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('moderation_queue',     NULL, NULL, 'SELECT, INSERT, UPDATE, DELETE', '{}', NULL),
    ('my_media',             NULL, NULL, 'SELECT', '{}', NULL),
    ('user_import',          NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('group_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('space_member_import',  NULL, NULL, 'SELECT, INSERT', '{}', NULL),
    ('tables_version',       NULL, NULL, NULL, '{public}', NULL),
    ('protected_tables',     NULL, NULL, NULL, '{public, member}', NULL);
END;
COMMENT ON FUNCTION kroles.relations() IS
    'The tables and views of kroles. tracked: the arguments of kroles.track(): classes of cache entries, each with the column that holds the key; empty where a row concerns every entry, NULL where caches do not depend on the table. audited: the arguments of kroles.audit(): the kind of the object and the columns with its id and its space; NULL where changes are not logged. application: the privileges of kroles_grant_access(), NULL for none. noun: how kroles_history() calls a row that has a name. traits: given_id (the id comes from kroles.next_id() and is fixed), fixed_id (the id is fixed), pending (policies judge a new row by kroles.note_pending_row()), created_at and external_id (columns of those names are guarded), audience (audiences of media are derived from it), people (grants or members), matrix, public (PUBLIC may read it), member (a member of the extension; the others are the site''s own objects), entitlement (replicas need it too, beside all that is tracked or has an audience), local (never replicated)';
-- The secret: the key that encrypts audiences, and from which the keys of advisory locks are derived.

CREATE FUNCTION kroles.new_secret() RETURNS bytea
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_new_secret';
COMMENT ON FUNCTION kroles.new_secret() IS 'Sixteen random bytes, for kroles.secret';
REVOKE EXECUTE ON FUNCTION kroles.new_secret() FROM PUBLIC;

-- Logical decoding shows audiences, and so reads the secret; PostgreSQL 19 lets it read catalogs only, and tables that are said to be
-- used as such.
CREATE TABLE kroles.secret (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT secret_has_one_row PRIMARY KEY
        CONSTRAINT secret_has_only_one_row CHECK (only_row),
    key                 bytea NOT NULL DEFAULT kroles.new_secret()
        CONSTRAINT secret_key_has_16_bytes CHECK (octet_length(key) = 16)
) WITH (user_catalog_table = true);
COMMENT ON TABLE kroles.secret IS
    'The secret of this database, one row, created with the extension: it encrypts the audiences of media, and the keys of advisory locks are derived from it, so that pg_locks does not show which users they refer to. Only the owner of the extension reads it; no policy allows it. Not in dumps: a restored database creates its own';
COMMENT ON COLUMN kroles.secret.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.secret.key IS 'Sixteen random bytes';
INSERT INTO kroles.secret DEFAULT VALUES;
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
-- Ids come from sequences, through kroles.next_id(), which records the values that this session received.

CREATE FUNCTION kroles.next_id(sequence regclass) RETURNS bigint
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_next_id';
COMMENT ON FUNCTION kroles.next_id(regclass) IS
    'The default of ids: the next value of a sequence of kroles, which an INSERT of this session may use once. Requires USAGE on the sequence; error 22023 for a sequence that does not belong to kroles';
-- What standbys and replicas know of their primary. (A member of the extension, because an old heartbeat in a dump would be none.)

CREATE TABLE kroles.heartbeat (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT heartbeat_has_one_row PRIMARY KEY
        CONSTRAINT heartbeat_has_only_one_row CHECK (only_row),
    at                  timestamptz NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT heartbeat_at_is_finite CHECK (isfinite(at)),
    caller              name NOT NULL DEFAULT session_user
) WITH (fillfactor = 10);
COMMENT ON TABLE kroles.heartbeat IS
    'The last sign of life of the primary, one row, which kroles_heartbeat() writes: a server that has it has every change that was committed before. Standbys and replicas compare it with settings.replica_lease. Not in dumps';
COMMENT ON COLUMN kroles.heartbeat.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.heartbeat.at IS 'When it was written, by the clock of the primary';
COMMENT ON COLUMN kroles.heartbeat.caller IS 'The login role that called kroles_heartbeat()';
-- The rights that exist, and the three matrices of the formula
--     allowed = (baseline + grants) within the ceiling.
-- Names of roles and rights are text with foreign keys, not enums, so that an upgrade can add an enum value and its rows in one
-- transaction. Every cell has a row: administrators change "allowed", and only changed rows are dumped.

CREATE TABLE kroles.rights (
    kind                text NOT NULL,
    action              text NOT NULL,
    summary             boolean NOT NULL DEFAULT false,
    description         text NOT NULL,
    CONSTRAINT rights_one_row_a_kind_and_action PRIMARY KEY (kind, action)
);
COMMENT ON TABLE kroles.rights IS 'The actions that exist for each kind of object. A question about any other pair is an error';
COMMENT ON COLUMN kroles.rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.rights.action IS 'A value of kroles.action';
COMMENT ON COLUMN kroles.rights.summary IS 'Whether the right follows from other rights, and so has no rows in the matrices';
COMMENT ON COLUMN kroles.rights.description IS 'What the right allows';
-- Questions about one object. All are STABLE: an answer is valid for the statement. None is LEAKPROOF: errors depend on
-- arguments.

CREATE FUNCTION @extschema@.kroles_current_user() RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_current_user';
COMMENT ON FUNCTION @extschema@.kroles_current_user() IS
    'The id of the current user; NULL for anonymous, and for a session that bypasses row-level security and states no identity. Error 28000 where the stated login belongs to no user';

CREATE FUNCTION @extschema@.kroles_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can';
COMMENT ON FUNCTION @extschema@.kroles_can(kroles.action, kroles.object_kind, bigint) IS
    'Whether the current subject has the right on the object. The site has no id. False for an object that is hidden or does not exist, and for a NULL id. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_can(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_user';
COMMENT ON FUNCTION @extschema@.kroles_can(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Whether that user (NULL: anonymous) has the right on the object. Allowed to administrators, to users with manage on the object, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint DEFAULT NULL) RETURNS kroles.action[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint) IS
    'All rights of the current subject on the object, in the order of kroles.action; empty where there are none, and where the object does not exist';

CREATE FUNCTION @extschema@.kroles_rights(kind kroles.object_kind, id bigint, user_id bigint) RETURNS kroles.action[]
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_rights_user';
COMMENT ON FUNCTION @extschema@.kroles_rights(kroles.object_kind, bigint, bigint) IS
    'All rights of that user (NULL: anonymous) on the object; allowed to the same users as kroles_can';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint) IS
    'The role of the current subject on the object, as a label for user interfaces: owner, presenter, moderator or viewer in a space and on media; owner, moderator, presenter or participant in a room; organizer, speaker, moderator or attendee in an event. The first that applies, in that order; NULL without a role';

CREATE FUNCTION @extschema@.kroles_role(kind kroles.object_kind, id bigint, user_id bigint) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_role_user';
COMMENT ON FUNCTION @extschema@.kroles_role(kroles.object_kind, bigint, bigint) IS
    'The role of that user on the object; allowed to the same users as kroles_can';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint) IS
    'Whether the current subject may publish the media in the space. Requires contribute on the space, and publish on the media or, for a channel, share on a shared repository where the media is approved';

CREATE FUNCTION @extschema@.kroles_can_publish(media_id bigint, space_id bigint, user_id bigint) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_can_publish_user';
COMMENT ON FUNCTION @extschema@.kroles_can_publish(bigint, bigint, bigint) IS
    'Whether that user (NULL: anonymous) may publish the media in the space. Allowed to administrators, to users with manage on the media or the space, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION @extschema@.kroles_publication_status(bigint, bigint) IS
    'The status, approved or pending, that a publication of the media in the space by the current subject would have; NULL where it is not allowed';

CREATE FUNCTION @extschema@.kroles_cache_stats(OUT class text, OUT entries bigint, OUT hits bigint, OUT loads bigint,
        OUT reloads bigint, OUT evictions bigint, OUT bytes bigint) RETURNS SETOF record
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_cache_stats';
COMMENT ON FUNCTION @extschema@.kroles_cache_stats() IS
    'The entitlement cache of this session: one row for each class (site, users, groups, spaces, media, events, and stays: the rooms that a user is in) with the number of entries, of hits, of loads, of reloads of entries that had changed or might have, of evictions (kroles.cache_size), and the memory used in bytes. Allowed to members of pg_monitor, because the numbers reveal which objects a question reads';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @extschema@.kroles_cache_stats() TO pg_monitor;
-- Questions whose answers have many rows: many objects at once, lists, users who can, explanations. They use the same rules and
-- cache entries as the questions about one object.

CREATE FUNCTION @extschema@.kroles_can_many(action kroles.action, kind kroles.object_kind, ids bigint[])
    RETURNS TABLE (id bigint, allowed boolean)
    LANGUAGE c STABLE PARALLEL SAFE COST 2000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_can_many';
COMMENT ON FUNCTION @extschema@.kroles_can_many(kroles.action, kroles.object_kind, bigint[]) IS
    'Whether the current subject has the right on each of the objects: one row for each element, in the order of the array, with the answer of kroles_can(): false for an object that is hidden or does not exist, and for NULL (the site has no id: every element stands for it). No row where the array is NULL. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind) IS
    'The ids of all objects of the kind on which the current subject has the right, in ascending order; the id of a room is that of its media. For the site, which has no id, one NULL where the subject has the right. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, after bigint, max_rows integer)
    RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, integer) IS
    'A page of that list: at most max_rows ids (NULL: all) that follow the id after (NULL: from the first). Call it with named arguments, after => and max_rows =>. Error 22023 for a negative number of rows';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, user_id bigint, after bigint DEFAULT NULL,
                                        max_rows integer DEFAULT NULL) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list_user';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'The same for that user (NULL: anonymous). Allowed to administrators, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_who_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL,
                                           after bigint DEFAULT NULL, max_rows integer DEFAULT NULL)
    RETURNS TABLE (user_id bigint, login text, via text)
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_who_can';
COMMENT ON FUNCTION @extschema@.kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'All users who have the right on the object, by ascending id, with the sufficient grants as text (via). after, max_rows: a page of the users that follow that id. Allowed to administrators and to users with manage on the object; else error 42501, also where the object is hidden or does not exist';

CREATE FUNCTION @extschema@.kroles_explain(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint, until timestamptz)
    LANGUAGE c STABLE COST 2000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_explain';
COMMENT ON FUNCTION @extschema@.kroles_explain(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Why that user (NULL: anonymous) has the right or not: one row for each reason, each with the answer of kroles_can(). effect: allows (sufficient alone), denies (overrides every grant), ignored (exists and is not in force), lacks (exists and does not give the right), needs (would give it). Further columns: the reason as text, the role, the group through which it applies, its space or event, and its expiry. For a user who has joined a room, the rights that were read on joining allow or deny, and those that joining again would give are ignored. Allowed to the same users as kroles_can(); reasons in other spaces, and in events that a media is a session of, are included only where the current user may ask about those objects too. For a user who asks about themselves, a hidden object is one that does not exist';
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
-- Functions that the triggers of several tables call, in bodies and in conditions. A condition is evaluated with the privileges
-- of the role that changes the row, so PUBLIC may execute the functions that conditions call.

CREATE FUNCTION kroles.beyond_policies() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_beyond_policies';
COMMENT ON FUNCTION kroles.beyond_policies() IS
    'Whether a change is not subject to policies: the action of a foreign key, or a statement of the extension itself';

CREATE FUNCTION kroles.refuse() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = TG_ARGV[1], HINT = TG_ARGV[2],
        SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = coalesce(TG_ARGV[3], '');
END $$;
COMMENT ON FUNCTION kroles.refuse() IS 'Trigger: refuses the row with the message, SQLSTATE, hint and constraint name given';
REVOKE EXECUTE ON FUNCTION kroles.refuse() FROM PUBLIC;

-- A right that is checked again after a wait is checked in the condition of an AFTER trigger, which is evaluated before
-- RETURNING. The trigger itself would fire after RETURNING, when a function there may have used the row. (Conditions are short:
-- every statement reads the stored form of those of its triggers.)
CREATE FUNCTION kroles.refuse_revoked(relation regclass, allowed boolean) RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_refuse_revoked';
COMMENT ON FUNCTION kroles.refuse_revoked(regclass, boolean) IS
    'For conditions of triggers: refuses the row unless the change is allowed or row-level security is not active for the table; otherwise false';

CREATE FUNCTION kroles.is_upsert(relation regclass, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_names_upsert';
COMMENT ON FUNCTION kroles.is_upsert(regclass, bigint) IS
    'For conditions of triggers: whether the running upsert named that row by its id';

CREATE FUNCTION kroles.refuse_upsert() RETURNS boolean
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_refuse_upsert';
COMMENT ON FUNCTION kroles.refuse_upsert() IS
    'For conditions of triggers: refuses a row that an upsert inserts because the row that it named was deleted';

CREATE FUNCTION kroles.keep_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.keep_row() IS 'Trigger: skips the change of the row, as if a policy hid the row';
REVOKE EXECUTE ON FUNCTION kroles.keep_row() FROM PUBLIC;

-- Only administrators choose ids.
CREATE FUNCTION kroles.guard_new_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_new_id';
COMMENT ON FUNCTION kroles.guard_new_id() IS
    'Trigger: an id is assigned by the database or supplied by an administrator; an upsert may name an existing row that the user sees';
REVOKE EXECUTE ON FUNCTION kroles.guard_new_id() FROM PUBLIC;

-- The database records when an object was created.
CREATE FUNCTION kroles.record_creation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.record_creation() IS 'Trigger: overwrites created_at, whatever the client supplies';
REVOKE EXECUTE ON FUNCTION kroles.record_creation() FROM PUBLIC;

-- A row that the running statement inserts is not in its snapshot; policies decide about it from the tuple itself.
CREATE FUNCTION kroles.note_pending_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_note_pending_row';
COMMENT ON FUNCTION kroles.note_pending_row() IS 'Trigger: makes the row that a statement inserts known to policies in the same statement';
REVOKE EXECUTE ON FUNCTION kroles.note_pending_row() FROM PUBLIC;

CREATE FUNCTION kroles.track() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_track';
COMMENT ON FUNCTION kroles.track() IS
    'Trigger: invalidates the cache entries of all sessions that depend on the changed row';
REVOKE EXECUTE ON FUNCTION kroles.track() FROM PUBLIC;
-- Publishing, approving, rejecting and taking down. The functions only change rows: the guard on kroles.publications checks the
-- rights, for these functions and for plain DML.

CREATE FUNCTION @extschema@.kroles_publish(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_publish';
COMMENT ON FUNCTION @extschema@.kroles_publish(bigint, bigint) IS
    'Publishes a media in a space, also again after a rejection, and returns the new status. An approved publication is not changed; a pending one becomes approved where a publication by the current user would be. Errors: 42501 not allowed, 42704 unknown or hidden';

CREATE FUNCTION @extschema@.kroles_approve(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_approve';
COMMENT ON FUNCTION @extschema@.kroles_approve(bigint, bigint) IS
    'Approves a pending publication and returns its status. Requires moderate on the space. Errors: 42501 not allowed, 42704 unknown or hidden, 55000 not pending';

CREATE FUNCTION @extschema@.kroles_reject(media_id bigint, space_id bigint, reason text DEFAULT NULL) RETURNS kroles.publication_status
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_reject';
COMMENT ON FUNCTION @extschema@.kroles_reject(bigint, bigint, text) IS
    'Rejects a pending publication, optionally with a reason, and returns its status. Requires moderate on the space. Errors as for kroles_approve';

CREATE FUNCTION @extschema@.kroles_take_down(media_id bigint, space_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_take_down';
COMMENT ON FUNCTION @extschema@.kroles_take_down(bigint, bigint) IS
    'Takes a publication down, in any state. Requires publish on the media or delete_contributions on the space; the publisher may take it down too. Errors: 42501 not allowed, 42704 unknown or hidden';
-- The people on a media: the roles-and-permissions page.
--
-- A public function kroles_x() of this piece, and of those below, calls kroles.x() as the owner of the tables, where row-level
-- security does not apply. So kroles.x() checks the rights of the user itself: before it takes locks, and again when it holds
-- them, because a right may have been revoked during the wait. Order of locks: the row of the media, then the rows of its people.

CREATE FUNCTION kroles.initials(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT nullif(upper(left(w.words[1], 1)
                                || CASE WHEN cardinality(w.words) > 1 THEN left(w.words[cardinality(w.words)], 1) ELSE '' END), '')
            FROM (SELECT regexp_split_to_array(regexp_replace(name, '^\s+|\s+$', '', 'g'), '\s+')) AS w (words));
COMMENT ON FUNCTION kroles.initials(text) IS
    'The initials of the first and the last word of a name, shown in place of a picture; NULL for a blank name';

-- (Written so that PostgreSQL inlines it: the page of a large event calls it for every participant. So it has no search_path of
-- its own, and qualifies every name.)
CREATE FUNCTION kroles.shown_as(user_id bigint, group_id bigint)
    RETURNS TABLE (name text, avatar_url text, identifier text, searched text[])
    LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT n.name, u.avatar_url, i.identifier, ARRAY[pg_catalog.lower(n.name), pg_catalog.lower(u.email), pg_catalog.lower(u.login)]
    FROM (SELECT $1, $2) AS w (user_id, group_id)
    LEFT JOIN kroles.users u ON u.id OPERATOR(pg_catalog.=) w.user_id LEFT JOIN kroles.groups g ON g.id OPERATOR(pg_catalog.=) w.group_id
    CROSS JOIN LATERAL (SELECT CASE WHEN (SELECT s.show_identifier FROM kroles.settings s) OPERATOR(pg_catalog.=) 'login'
        THEN u.login ELSE u.email END) AS i (identifier)
    CROSS JOIN LATERAL (SELECT coalesce(g.name, CASE WHEN pg_catalog.btrim(u.name) OPERATOR(pg_catalog.<>) ''
        THEN pg_catalog.btrim(u.name) END, i.identifier, u.login)) AS n (name)
$$;
COMMENT ON FUNCTION kroles.shown_as(bigint, bigint) IS
    'How pages show a user or group, with the email or the login (settings.show_identifier), and the texts that a search reads; only rows that the caller sees';

CREATE FUNCTION kroles.is_searched(searched text[], id bigint, word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN word = '' OR id::text = word OR EXISTS (SELECT FROM unnest(searched) AS t (said) WHERE strpos(t.said, word) > 0);
COMMENT ON FUNCTION kroles.is_searched(text[], bigint, text) IS
    'Whether a search text in lower case occurs in a name, email or login, or is the id; an empty text matches all';

CREATE FUNCTION kroles.check_logged_in() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL AND NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_logged_in() IS 'Error 28000 for anonymous';

CREATE FUNCTION kroles.check_right(action kroles.action, kind kroles.object_kind, id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.can($1, $2, $3) THEN
        RETURN;
    END IF;
    IF kroles.can('view', $2, $3) THEN
        RAISE EXCEPTION 'permission denied for the %', $2 USING ERRCODE = 'insufficient_privilege',
            HINT = format('This requires "%s" on the %s.', $1, $2);
    END IF;
    RAISE EXCEPTION 'the % does not exist, or you may not view it', $2 USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_right(kroles.action, kroles.object_kind, bigint) IS
    'Error 42501 where the current user views the object and lacks the right, 42704 where the object is hidden or does not exist';

CREATE FUNCTION kroles.check_media(action kroles.action, media_id bigint) RETURNS void
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.check_right($1, 'media', $2)
$$;
COMMENT ON FUNCTION kroles.check_media(kroles.action, bigint) IS 'kroles.check_right() for media';

CREATE FUNCTION kroles.check_page(max_rows integer, skip integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF max_rows < 0 OR skip < 0 THEN
        RAISE EXCEPTION 'number of rows must not be negative' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_page(integer, integer) IS 'Error 22023 for a negative number of rows';

-- ---- The list ----

-- In the order in which the page shows them.
CREATE FUNCTION kroles.permissions_named(filter text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known text[] := '{owner,editor,publisher,viewer,chat_moderator,room_moderator,speaker}';
    named text[] := CASE WHEN filter IS NULL THEN known WHEN filter = 'collaborator' THEN known[2:4]
        WHEN filter = 'moderator' THEN known[5:6] WHEN filter = ANY (known) THEN ARRAY[filter] END;
BEGIN
    IF named IS NULL THEN
        RAISE EXCEPTION 'permission "%" does not exist', filter USING ERRCODE = 'invalid_parameter_value',
            HINT = format('Permissions are %s; collaborator and moderator stand for several.', array_to_string(known, ', '));
    END IF;
    RETURN named;
END $$;
COMMENT ON FUNCTION kroles.permissions_named(text) IS
    'The permissions on media that a filter selects; all for NULL. Error 22023 for an unknown filter';

CREATE FUNCTION kroles.media_users(media_id bigint, search text, permission text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    known text[] := kroles.permissions_named(NULL);
    wanted text[] := kroles.permissions_named($3);
    word text := lower(btrim(coalesce($2, '')));
BEGIN
    PERFORM kroles.check_page($4, $5);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    RETURN QUERY
    WITH given (user_id, group_id, permission) AS (
        SELECT m.owner_id, NULL::bigint, 'owner' FROM kroles.media m WHERE m.id = $1
        UNION ALL SELECT c.user_id, c.group_id, c.permission::text FROM kroles.media_collaborators c WHERE c.media_id = $1
        UNION ALL SELECT m.user_id, m.group_id, m.permission::text FROM kroles.media_moderators m WHERE m.media_id = $1
        UNION ALL SELECT s.user_id, NULL, 'speaker' FROM kroles.media_speakers s WHERE s.media_id = $1
    ), listed AS (
        SELECT g.user_id, g.group_id, array_agg(g.permission ORDER BY array_position(known, g.permission)) AS permissions
        FROM given g GROUP BY g.user_id, g.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id),
           s.name, kroles.initials(s.name), s.avatar_url, s.identifier, s.permissions, 'owner' = ANY (s.permissions),
           coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word) AND s.permissions && wanted
    ORDER BY 8 DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $4 OFFSET $5;
END $$;
COMMENT ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) IS 'Implementation of kroles_media_users()';
REVOKE EXECUTE ON FUNCTION kroles.media_users(bigint, text, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_media_users(media_id bigint, search text DEFAULT NULL, permission text DEFAULT NULL,
                                               max_rows integer DEFAULT NULL, skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, permissions text[],
                   owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_media_users(bigint, text, text, integer, integer) IS
    'The roles-and-permissions page of a media: one row for each user and group (not its members), the owner first, then by name; with the email or the login (settings.show_identifier), all permissions, the number of rows that match search and filter (found), and the number of all rows (total). search: a part of a name, email or login, or an id. permission: owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker, collaborator or moderator. Requires manage on the media. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 an unknown permission';

-- ---- The edit-user window ----

-- Separates the permissions of collaborators from those of moderators.
CREATE FUNCTION kroles.permissions_split(permissions text[], OUT collaborator kroles.collaborator_permission[],
                                         OUT moderator kroles.moderator_permission[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    collaborators text[] := enum_range(NULL::kroles.collaborator_permission);
    moderators text[] := enum_range(NULL::kroles.moderator_permission);
BEGIN
    IF permissions IS NULL OR cardinality(permissions) = 0 THEN
        RAISE EXCEPTION 'permissions must not be empty' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Use kroles_remove_user() or kroles_remove_group() to remove all roles.';
    END IF;
    IF array_position(permissions, NULL) IS NOT NULL OR NOT permissions <@ (collaborators || moderators) THEN
        RAISE EXCEPTION 'unknown permission of a collaborator or moderator' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The permissions are %s.', array_to_string(collaborators || moderators, ', '));
    END IF;
    SELECT array_agg(DISTINCT p) FILTER (WHERE p = ANY (collaborators)),
           array_agg(DISTINCT p) FILTER (WHERE p = ANY (moderators))
    INTO collaborator, moderator FROM unnest(permissions) AS p;
    collaborator := coalesce(collaborator, '{}');
    moderator := coalesce(moderator, '{}');
END $$;
COMMENT ON FUNCTION kroles.permissions_split(text[]) IS
    'The permissions of collaborators and those of moderators. Error 22023 for an empty array, NULL, and an unknown permission';

CREATE FUNCTION kroles.check_one_person(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF num_nonnulls(user_id, group_id) <> 1 THEN
        RAISE EXCEPTION 'exactly one of user and group must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_one_person(bigint, bigint) IS 'Error 22023 unless exactly one of user and group is given';

-- Locks a media and the rows of a user or group on it, and returns the owner.
CREATE FUNCTION kroles.lock_people(media_id bigint, user_id bigint, group_id bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owner bigint;
BEGIN
    SELECT m.owner_id INTO owner FROM kroles.media m WHERE m.id = $1 FOR NO KEY UPDATE;
    PERFORM FROM kroles.media_collaborators c WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) ORDER BY c.id FOR UPDATE;
    PERFORM FROM kroles.media_moderators m WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) ORDER BY m.id FOR UPDATE;
    PERFORM FROM kroles.media_speakers s WHERE s.media_id = $1 AND s.user_id = $2 FOR UPDATE;
    RETURN owner;
END $$;
COMMENT ON FUNCTION kroles.lock_people(bigint, bigint, bigint) IS
    'Locks the row of a media, then the rows of a user or group on it, and returns the owner; only rows that the caller may lock';

CREATE FUNCTION kroles.check_not_owner(user_id bigint, owner bigint, message text, rule text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF user_id = owner THEN
        RAISE EXCEPTION USING MESSAGE = message, ERRCODE = 'check_violation', CONSTRAINT = rule,
            SCHEMA = 'kroles', TABLE = 'media', HINT = 'Use kroles_transfer_ownership() to make another user the owner.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_not_owner(bigint, bigint, text, text) IS 'Error 23514 where the user is the owner';

CREATE FUNCTION kroles.check_exists(user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.id = $1) THEN
        RAISE EXCEPTION 'user does not exist' USING ERRCODE = 'undefined_object';
    END IF;
    IF $2 IS NOT NULL AND NOT EXISTS (SELECT FROM kroles.groups g WHERE g.id = $2) THEN
        RAISE EXCEPTION 'group does not exist' USING ERRCODE = 'undefined_object';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_exists(bigint, bigint) IS 'Error 42704 where the caller sees no such user or group';

CREATE FUNCTION kroles.set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    wanted record := kroles.permissions_split($4);
    has_collaborator kroles.collaborator_permission[];
    has_moderator kroles.moderator_permission[];
    owner bigint;
BEGIN
    PERFORM kroles.check_one_person($2, $3);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    owner := kroles.lock_people($1, $2, $3);
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media must not be a collaborator of it',
                                   'media_collaborators_owner_is_no_collaborator');
    PERFORM kroles.check_exists($2, $3);
    SELECT coalesce(array_agg(c.permission), '{}') INTO has_collaborator
    FROM kroles.media_collaborators c WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3);
    SELECT coalesce(array_agg(m.permission), '{}') INTO has_moderator
    FROM kroles.media_moderators m WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3);
    IF NOT (has_collaborator @> wanted.collaborator AND has_collaborator <@ wanted.collaborator) THEN
        PERFORM kroles.check_media('manage_collaborators', $1);
    END IF;
    IF NOT (has_moderator @> wanted.moderator AND has_moderator <@ wanted.moderator) THEN
        PERFORM kroles.check_media('manage_moderators', $1);
    END IF;
    DELETE FROM kroles.media_collaborators c
    WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3) AND c.permission <> ALL (wanted.collaborator);
    DELETE FROM kroles.media_moderators m
    WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3) AND m.permission <> ALL (wanted.moderator);
    INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
    SELECT $1, $2, $3, p FROM unnest(wanted.collaborator) AS p WHERE p <> ALL (has_collaborator) ON CONFLICT DO NOTHING;
    INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
    SELECT $1, $2, $3, p FROM unnest(wanted.moderator) AS p WHERE p <> ALL (has_moderator) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[]) IS 'Implementation of kroles_set_permissions()';
REVOKE EXECUTE ON FUNCTION kroles.set_permissions(bigint, bigint, bigint, text[]) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_set_permissions(media_id bigint, user_id bigint, group_id bigint, permissions text[])
    RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_set_permissions(bigint, bigint, bigint, text[]) IS
    'Sets the permissions of a user or a group (the other is NULL) as collaborator and moderator of a media to the given ones, at least one; does not affect speakers. Requires manage_collaborators where permissions of collaborators change, manage_moderators where those of moderators change. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 22023 an empty array or an unknown permission, 23514 for the owner, 55000 a new moderator while settings.chat_and_collaboration is off';

-- ---- Remove user, remove group ----

-- Each kind of role that the user or group has requires its own right.
CREATE FUNCTION kroles.check_may_remove(media_id bigint, user_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.check_media('manage_collaborators', $1) FROM kroles.media_collaborators c
    WHERE c.media_id = $1 AND (c.user_id = $2 OR c.group_id = $3);
    PERFORM kroles.check_media('manage_moderators', $1) FROM kroles.media_moderators m
    WHERE m.media_id = $1 AND (m.user_id = $2 OR m.group_id = $3);
    PERFORM kroles.check_media('manage_speakers', $1) FROM kroles.media_speakers s
    WHERE s.media_id = $1 AND s.user_id = $2;
END $$;
COMMENT ON FUNCTION kroles.check_may_remove(bigint, bigint, bigint) IS
    'Error 42501 or 42704 unless the current user may remove all roles of that user or group on the media';

CREATE FUNCTION kroles.remove_user(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    oneself boolean;
    owner bigint;
BEGIN
    PERFORM kroles.check_one_person($2, NULL);
    PERFORM kroles.check_logged_in();
    oneself := coalesce($2 = kroles.asker(), false);
    PERFORM kroles.check_media(CASE WHEN oneself THEN 'view' ELSE 'manage' END::kroles.action, $1);
    owner := kroles.lock_people($1, $2, NULL);
    IF oneself THEN
        PERFORM kroles.check_media('view', $1);
    ELSE
        PERFORM kroles.check_may_remove($1, $2, NULL);
    END IF;
    PERFORM kroles.check_not_owner($2, owner, 'the owner of a media cannot be removed from it', 'media_owner_stays');
    DELETE FROM kroles.media_collaborators c WHERE c.media_id = $1 AND c.user_id = $2;
    DELETE FROM kroles.media_moderators m WHERE m.media_id = $1 AND m.user_id = $2;
    DELETE FROM kroles.media_speakers s WHERE s.media_id = $1 AND s.user_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_user(bigint, bigint) IS 'Implementation of kroles_remove_user()';
REVOKE EXECUTE ON FUNCTION kroles.remove_user(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_user(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_user(bigint, bigint) IS
    'Removes all roles of a user on a media, including that of speaker; does nothing where the user has none. Does not affect the roles of the user''s groups. Requires the right to manage each kind of role that the user has there; every user may remove themselves. Errors: 28000, 42501 not allowed, 42704 unknown or hidden, 23514 for the owner';

CREATE FUNCTION kroles.remove_group(media_id bigint, group_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_one_person(NULL, $2);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('manage', $1);
    PERFORM kroles.lock_people($1, NULL, $2);
    PERFORM kroles.check_may_remove($1, NULL, $2);
    DELETE FROM kroles.media_collaborators c WHERE c.media_id = $1 AND c.group_id = $2;
    DELETE FROM kroles.media_moderators m WHERE m.media_id = $1 AND m.group_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_group(bigint, bigint) IS 'Implementation of kroles_remove_group()';
REVOKE EXECUTE ON FUNCTION kroles.remove_group(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_group(media_id bigint, group_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_group(bigint, bigint) IS
    'Removes all roles of a group on a media; does not affect roles that its members have as users. Rights and errors as for kroles_remove_user';
-- Transfer of media, spaces and events. UPDATE of owner_id alone is a transfer; these functions also change collaborators, or
-- many objects at once. The guard on owner_id checks the right here too.

CREATE FUNCTION kroles.transfer_ownership(media_id bigint, to_user bigint, keep_as_collaborator boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    former bigint;
BEGIN
    PERFORM kroles.check_one_person($2, NULL);
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_media('transfer_ownership', $1);
    former := kroles.lock_people($1, $2, NULL);
    PERFORM kroles.check_media('transfer_ownership', $1);
    PERFORM kroles.check_exists($2, NULL);
    IF former = $2 THEN
        RETURN;
    END IF;
    UPDATE kroles.media m SET owner_id = $2 WHERE m.id = $1;
    IF $3 THEN
        INSERT INTO kroles.media_collaborators (media_id, user_id, permission)
        SELECT $1, former, p FROM unnest(enum_range(NULL::kroles.collaborator_permission)) AS p ON CONFLICT DO NOTHING;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.transfer_ownership(bigint, bigint, boolean) IS 'Implementation of kroles_transfer_ownership()';
REVOKE EXECUTE ON FUNCTION kroles.transfer_ownership(bigint, bigint, boolean) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_transfer_ownership(media_id bigint, to_user bigint,
                                                      keep_as_collaborator boolean DEFAULT false) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_transfer_ownership(bigint, bigint, boolean) IS
    'Makes another user the owner of a media. The new owner ceases to be a collaborator; the former owner becomes one, with all three permissions, if keep_as_collaborator is true, and remains moderator or speaker in any case. Does nothing where the user is the owner already. Requires transfer_ownership. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, unknown user, 55000 a blocked user';

CREATE FUNCTION kroles.hand_over(from_user bigint, to_user bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    spaces bigint;
    media bigint;
    events bigint;
BEGIN
    IF from_user IS NULL OR to_user IS NULL OR from_user = to_user THEN
        RAISE EXCEPTION 'two different users must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can hand over the objects of another user' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Use kroles_transfer_ownership() to transfer your own media, and UPDATE of owner_id to transfer a space.';
    END IF;
    PERFORM kroles.check_exists($1, NULL), kroles.check_exists($2, NULL);
    IF EXISTS (SELECT FROM kroles.users u WHERE u.id = $2 AND u.blocked) OR EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = $2) THEN
        RAISE EXCEPTION 'a blocked user cannot become an owner' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'An administrator can unblock the user first.';
    END IF;
    PERFORM FROM kroles.spaces s WHERE s.owner_id = $1 ORDER BY s.id FOR NO KEY UPDATE;
    PERFORM FROM kroles.media m WHERE m.owner_id = $1 ORDER BY m.id FOR NO KEY UPDATE;
    PERFORM FROM kroles.events e WHERE e.id IN (
        SELECT p.event_id FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer')
    ORDER BY e.id FOR NO KEY UPDATE;
    UPDATE kroles.spaces s SET owner_id = $2 WHERE s.owner_id = $1;
    GET DIAGNOSTICS spaces = ROW_COUNT;
    UPDATE kroles.media m SET owner_id = $2 WHERE m.owner_id = $1;
    GET DIAGNOSTICS media = ROW_COUNT;
    INSERT INTO kroles.event_participants (event_id, user_id, role)
    SELECT p.event_id, $2, p.role FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer'
    ORDER BY p.event_id ON CONFLICT DO NOTHING;
    DELETE FROM kroles.event_participants p WHERE p.user_id = $1 AND p.role = 'organizer';
    GET DIAGNOSTICS events = ROW_COUNT;
    RETURN spaces + media + events;
END $$;
COMMENT ON FUNCTION kroles.hand_over(bigint, bigint) IS 'Implementation of kroles_hand_over()';
REVOKE EXECUTE ON FUNCTION kroles.hand_over(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_hand_over(from_user bigint, to_user bigint) RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_hand_over(bigint, bigint) IS
    'Makes to_user the owner of all spaces and media of from_user, and organizer of all events that from_user organizes, in place of from_user, so that from_user can be blocked or deleted. Returns the number of objects. As in a transfer, the new owner ceases to be a collaborator of the media, and the other roles of the former owner remain. For administrators. Errors: 28000, 42501 not allowed, 42704 unknown user, 22023 the same user, 55000 a blocked user';
-- Import of lists: users, group members and space members from files. A list becomes rows of cells in a fixed order, whether it
-- comes by COPY into a view or as the text of a file. All functions run with the privileges of the caller and use plain DML, so
-- policies and guards apply to each row.

CREATE TYPE kroles.list_row AS (line bigint, cells text[]);
COMMENT ON TYPE kroles.list_row IS 'A row of a list: its cells in the order of kroles.list_fields()';
COMMENT ON COLUMN kroles.list_row.line IS 'The line of the file where the row begins; with COPY, the number of the row';
COMMENT ON COLUMN kroles.list_row.cells IS 'The cells; NULL for a column that the list lacks';

CREATE TYPE kroles.list_error AS (line bigint, column_name text, value text, code text, message text);
COMMENT ON TYPE kroles.list_error IS 'An error in a row of a list';
COMMENT ON COLUMN kroles.list_error.line IS 'The line of the file where the row begins; the header is line 1';
COMMENT ON COLUMN kroles.list_error.column_name IS 'The heading of the column in the file; NULL where the error concerns the whole row';
COMMENT ON COLUMN kroles.list_error.value IS 'The content of the cell, at most 100 characters';
COMMENT ON COLUMN kroles.list_error.code IS 'The SQLSTATE that the same change has in plain SQL';
COMMENT ON COLUMN kroles.list_error.message IS 'The error message';

-- ---- Cells ----

CREATE FUNCTION kroles.cell(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(btrim(content, E' \t\r\n'), '');
COMMENT ON FUNCTION kroles.cell(text) IS 'The content of a cell without surrounding white space; NULL where it is blank';

CREATE FUNCTION kroles.list_action(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(coalesce(kroles.cell(content), '6'))
        WHEN '1' THEN 'add' WHEN '2' THEN 'update' WHEN '3' THEN 'delete' WHEN '6' THEN 'upsert'
        WHEN 'add' THEN 'add' WHEN 'update' THEN 'update' WHEN 'delete' THEN 'delete' WHEN 'upsert' THEN 'upsert'
        ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_action(text) IS 'The action that a cell names: add (1), update (2), delete (3), upsert (6, also for a blank cell); else the content of the cell';

CREATE FUNCTION kroles.list_flag(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower(kroles.cell(content)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN 'true'
                WHEN lower(kroles.cell(content)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN 'false'
                ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_flag(text) IS 'The boolean value that a cell names, true or false; else the content of the cell';

CREATE FUNCTION kroles.list_applicative_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(kroles.cell(content))
        WHEN 'viewerrole' THEN 'viewer' WHEN 'privateonlyrole' THEN 'private_only' WHEN 'adminrole' THEN 'admin'
        WHEN 'unmoderatedadminrole' THEN 'unmoderated_admin' ELSE content END;
COMMENT ON FUNCTION kroles.list_applicative_role(text) IS 'The applicative role with that name in Kaltura; else the cell';

CREATE FUNCTION kroles.list_contextual_role(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kroles.cell(content)
        WHEN '0' THEN 'manager' WHEN '1' THEN 'moderator' WHEN '2' THEN 'contributor' WHEN '3' THEN 'member' ELSE content END;
COMMENT ON FUNCTION kroles.list_contextual_role(text) IS 'The contextual role with that permissionLevel in Kaltura; else the cell';

CREATE FUNCTION kroles.list_label(content text, labels text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower(kroles.cell(content)) = ANY (labels) THEN lower(kroles.cell(content)) ELSE kroles.cell(content) END;
COMMENT ON FUNCTION kroles.list_label(text, text[]) IS 'The label that a cell names, compared without case; else the content of the cell';

CREATE FUNCTION kroles.list_sentence(words text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(array_to_string(words, ', '), ', ([^,]*)$', ' and \1');
COMMENT ON FUNCTION kroles.list_sentence(text[]) IS 'An enumeration in a sentence: with commas, and "and" before the last word';

CREATE FUNCTION kroles.list_id(content text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN kroles.cell(content) ~ '^-?[0-9]{1,19}$' THEN
        CASE WHEN kroles.cell(content)::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
             THEN kroles.cell(content)::bigint END END;
COMMENT ON FUNCTION kroles.list_id(text) IS 'A cell as an id; NULL where it is not a valid one';

CREATE FUNCTION kroles.list_time(content text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE lower(kroles.cell(content)) WHEN 'never' THEN 'infinity' ELSE kroles.cell(content) END::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.list_time(text) IS 'A cell as a time, with "never" for infinity; NULL where it is not a valid one';

CREATE FUNCTION kroles.shown(content text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(left(content, 100), '[[:cntrl:]]', '?', 'g');
COMMENT ON FUNCTION kroles.shown(text) IS 'The beginning of a cell, for messages, without control characters';

-- ---- The columns of each list ----

CREATE FUNCTION kroles.list_fields(list text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE list
        WHEN 'users' THEN '{action, login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked,
                            groups, first_name, last_name, screen_name}'::text[]
        WHEN 'group_members' THEN '{action, group_name, login}'::text[]
        WHEN 'space_members' THEN '{action, space_id, external_id, login, group_name, role, expires_at, reference_id,
                                    status}'::text[] END;
COMMENT ON FUNCTION kroles.list_fields(text) IS
    'The fields of a list, in order: first the columns of its view, then those that only files have';

CREATE FUNCTION kroles.list_field(list text, heading text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH h (heading) AS (SELECT lower(regexp_replace(list_field.heading, '^\s*\*|[\s_]', '', 'g')))
    SELECT coalesce(
        (SELECT f FROM unnest(kroles.list_fields(list)) AS f WHERE replace(f, '_', '') = h.heading),
        (SELECT a.field FROM (VALUES
            ('users', 'userid', 'login'), ('users', 'group', 'groups'), ('users', 'role', 'applicative_role'),
            ('group_members', 'userid', 'login'), ('group_members', 'group', 'group_name'),
            ('space_members', 'userid', 'login'), ('space_members', 'group', 'group_name'),
            ('space_members', 'categoryid', 'external_id'), ('space_members', 'categoryreferenceid', 'reference_id'),
            ('space_members', 'permissionlevel', 'role')
        ) AS a (list, heading, field) WHERE a.list = list_field.list AND a.heading = h.heading),
        CASE WHEN list = 'users' AND h.heading ~ '^metadata::kmsuserschema1.*::role$' THEN 'applicative_role' END)
    FROM h;
END;
COMMENT ON FUNCTION kroles.list_field(text, text) IS
    'The field for a heading, which may be ours or Kaltura''s, compared without case and white space; NULL for an unknown heading';

CREATE FUNCTION kroles.check_fields(list text, fields text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    twice text := (SELECT f FROM unnest(fields) AS f WHERE f IS NOT NULL GROUP BY f HAVING count(*) > 1 LIMIT 1);
    missing text := CASE
        WHEN list <> 'space_members' AND NOT fields @> '{login}' THEN 'login'
        WHEN list = 'group_members' AND NOT fields @> '{group_name}' THEN 'group_name'
        WHEN list = 'space_members' AND NOT fields && '{space_id, external_id, reference_id}' THEN 'space_id'
        WHEN list = 'space_members' AND NOT fields && '{login, group_name}' THEN 'login' END;
BEGIN
    IF twice IS NOT NULL THEN
        RAISE EXCEPTION 'the list has two columns for "%"', twice USING ERRCODE = 'duplicate_column', HINT = 'Remove one of them.';
    ELSIF missing IS NOT NULL THEN
        RAISE EXCEPTION 'the list has no column "%"', missing USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The first line must name the columns: %s, or the names that Kaltura uses.',
                array_to_string(kroles.list_fields(list), ', '));
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_fields(text, text[]) IS 'Error 42701 for a header that names a field twice, 22023 for one without a required field';

CREATE FUNCTION kroles.list_places(list text, header text[]) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fields text[] := ARRAY(SELECT kroles.list_field(list, h.heading) FROM unnest(header) WITH ORDINALITY AS h (heading, n) ORDER BY n);
    ignored text[];
BEGIN
    PERFORM kroles.check_fields(list, fields);
    ignored := ARRAY(SELECT left(kroles.shown(h.heading), 40) FROM unnest(header, fields) WITH ORDINALITY AS h (heading, field, n)
                     WHERE h.field IS NULL AND kroles.cell(h.heading) IS NOT NULL ORDER BY n);
    IF ignored <> '{}' THEN
        RAISE NOTICE 'ignoring unknown columns: %', array_to_string(ignored[:20], ', ')
            || CASE WHEN cardinality(ignored) > 20 THEN format(' and %s more', cardinality(ignored) - 20) ELSE '' END;
    END IF;
    RETURN ARRAY(SELECT array_position(fields, f) FROM unnest(kroles.list_fields(list)) WITH ORDINALITY AS w (f, n) ORDER BY n);
END $$;
COMMENT ON FUNCTION kroles.list_places(text, text[]) IS
    'The position of each field in a file, by its header; raises a notice with the columns that are ignored';

-- ---- Reading a file ----

CREATE FUNCTION kroles.csv_rows(csv text, most integer) RETURNS SETOF kroles.list_row
    LANGUAGE c IMMUTABLE PARALLEL UNSAFE ROWS 10000 AS 'MODULE_PATHNAME', 'kroles_csv_rows';
COMMENT ON FUNCTION kroles.csv_rows(text, integer) IS
    'The records of comma-separated values (RFC 4180, parsed by PostgreSQL''s COPY) with the lines where they begin, at most that number';

CREATE FUNCTION kroles.read_list(list text, csv text, OUT rows kroles.list_row[], OUT errors kroles.list_error[], OUT headings text[])
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    header text[] := (SELECT r.cells FROM kroles.csv_rows(csv, 1) AS r);
    places int[];
BEGIN
    IF header IS NULL THEN
        RAISE EXCEPTION 'the list is empty' USING ERRCODE = 'invalid_parameter_value', HINT = 'The first line must name the columns.';
    END IF;
    places := kroles.list_places(list, header);
    headings := ARRAY(SELECT left(kroles.shown(header[p.place]), 40) FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n);
    WITH records AS MATERIALIZED (
        SELECT r.line, r.cells, cardinality(r.cells) = cardinality(header) AS whole
        FROM kroles.csv_rows(csv, NULL) AS r WHERE r.line > 1
    ), filled AS (
        SELECT * FROM records AS r WHERE EXISTS (SELECT FROM unnest(r.cells) AS c WHERE kroles.cell(c) IS NOT NULL)
    )
    SELECT coalesce(array_agg(ROW(f.line, ARRAY(SELECT kroles.cell(f.cells[p.place]) FROM unnest(places) WITH ORDINALITY AS p (place, n) ORDER BY n))
               ::kroles.list_row ORDER BY f.line) FILTER (WHERE f.whole), '{}'),
           coalesce(array_agg(ROW(f.line, NULL, NULL, '22P04', format('the row has %s cells, but the header has %s',
               cardinality(f.cells), cardinality(header)))::kroles.list_error ORDER BY f.line) FILTER (WHERE NOT f.whole), '{}')
    INTO rows, errors FROM filled AS f;
END $$;
COMMENT ON FUNCTION kroles.read_list(text, text) IS
    'The rows of a file without empty lines, errors for rows whose number of cells differs from that of the header, and the heading of each field';

CREATE FUNCTION kroles.repeated_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT k.line, CASE WHEN list = 'users' THEN 'login' END, kroles.shown(k.who), '23505',
           format('duplicate of line %s', k.first_line)
    FROM (SELECT r.line, r.cells[CASE list WHEN 'users' THEN 2 WHEN 'group_members' THEN 3 ELSE 4 END] AS who,
                 min(r.line) OVER (PARTITION BY CASE list WHEN 'users' THEN r.cells[2:2] WHEN 'group_members' THEN r.cells[2:3]
                                                ELSE r.cells[2:5] || r.cells[8:8] END) AS first_line
          FROM unnest(rows) AS r) AS k
    WHERE k.line > k.first_line;
END;
COMMENT ON FUNCTION kroles.repeated_rows(text, kroles.list_row[]) IS 'Errors for rows with the same key as an earlier row';
-- Import of a whole list: from the text of a file by functions, or row by row through views.

CREATE FUNCTION kroles.check_asker(list text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kroles.check_logged_in();
    IF list <> 'space_members' AND NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can import lists of users and of group members' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Ask an administrator.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_asker(text) IS 'Error 28000 or 42501 where the current user cannot import any row of the list';

CREATE FUNCTION kroles.list_errors(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE list
        WHEN 'users' THEN RETURN QUERY SELECT * FROM kroles.user_list_errors(rows);
        WHEN 'group_members' THEN RETURN QUERY SELECT * FROM kroles.group_member_list_errors(rows);
        WHEN 'space_members' THEN RETURN QUERY SELECT * FROM kroles.space_member_list_errors(rows);
        ELSE RAISE EXCEPTION 'unknown list' USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.list_errors(text, kroles.list_row[]) IS 'Errors in rows of the list, before any change';

CREATE FUNCTION kroles.apply_list(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE list
        WHEN 'users' THEN PERFORM kroles.apply_users(rows);
        WHEN 'group_members' THEN PERFORM kroles.apply_group_members(rows);
        WHEN 'space_members' THEN PERFORM kroles.apply_space_members(rows);
        ELSE RAISE EXCEPTION 'unknown list' USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.apply_list(text, kroles.list_row[]) IS 'Applies the rows of the list';

CREATE FUNCTION kroles.column_of(relation text, rule text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.attname::text FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.conrelid = pg_catalog.to_regclass('kroles.' || quote_ident(relation)) AND c.conname = rule AND cardinality(c.conkey) = 1
$$;
COMMENT ON FUNCTION kroles.column_of(text, text) IS 'The column of a constraint of a table in kroles; NULL where it does not have exactly one';

-- Where applying rows fails, each half is applied on its own, down to single rows, so that few errors cost little.
CREATE FUNCTION kroles.apply_or_tell(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(rows);
    e kroles.list_error;
    relation text;
    rule text;
BEGIN
    PERFORM kroles.apply_list(list, rows);
EXCEPTION WHEN OTHERS THEN
    -- errors that the rows did not cause (a deadlock, a full disk) end the import
    IF SQLSTATE !~ '^(21|22|23|44|P0|42501|42704|55000)' THEN
        RAISE;
    ELSIF n > 1 THEN
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[:n / 2]);
        RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, rows[n / 2 + 1:]);
    ELSE
        GET STACKED DIAGNOSTICS relation = TABLE_NAME, rule = CONSTRAINT_NAME, e.column_name = COLUMN_NAME, e.message = MESSAGE_TEXT;
        e.column_name := CASE WHEN relation = list THEN coalesce(nullif(e.column_name, ''), kroles.column_of(relation, rule)) END;
        e.line := (rows[1]).line;
        e.code := SQLSTATE;
        e.value := kroles.shown((rows[1]).cells[array_position(kroles.list_fields(list), e.column_name)]);
        RETURN NEXT e;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_or_tell(text, kroles.list_row[]) IS
    'Applies the rows of the list that can be applied, and returns the errors of the others';

CREATE FUNCTION kroles.without_errors(rows kroles.list_row[], errors kroles.list_error[]) RETURNS kroles.list_row[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF errors <> '{}' THEN
        rows := ARRAY(SELECT ROW(r.line, r.cells)::kroles.list_row FROM unnest(rows) AS r
                      WHERE r.line NOT IN (SELECT e.line FROM unnest(errors) AS e) ORDER BY r.line);
    END IF;
    RETURN rows;
END $$;
COMMENT ON FUNCTION kroles.without_errors(kroles.list_row[], kroles.list_error[]) IS 'The rows without an error';

CREATE FUNCTION kroles.import_rows(list text, rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    portion CONSTANT int := 10000;
    total int := cardinality(rows);
    part kroles.list_row[];
    errors kroles.list_error[];
BEGIN
    FOR done IN 0 .. total - 1 BY portion LOOP
        part := rows[done + 1 : done + portion];
        errors := ARRAY(SELECT e FROM kroles.list_errors(list, part) AS e);
        RETURN QUERY SELECT * FROM unnest(errors);
        part := kroles.without_errors(part, errors);
        IF part <> '{}' THEN
            RETURN QUERY SELECT * FROM kroles.apply_or_tell(list, part);
        END IF;
        IF total > portion THEN
            RAISE NOTICE '% of % rows', least(done + portion, total), total;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.import_rows(text, kroles.list_row[]) IS
    'Imports the valid rows of a list, in batches of 10,000, and returns the errors of the others';

CREATE FUNCTION kroles.refuse_list(place text, errors kroles.list_error[], hint text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_lines text := (SELECT string_agg(concat_ws(', ', place || ' ' || e.line, 'column "' || e.column_name || '"', '"' || e.value || '"')
                                           || ': ' || e.message, E'\n' ORDER BY n)
                         FROM unnest(errors[:20]) WITH ORDINALITY AS e (line, column_name, value, code, message, n));
    codes text[] := ARRAY(SELECT DISTINCT e.code FROM unnest(errors) AS e);
BEGIN
    RAISE EXCEPTION 'the list has % %, and no row was imported', cardinality(errors), CASE cardinality(errors) WHEN 1 THEN 'error' ELSE 'errors' END
        USING ERRCODE = CASE cardinality(codes) WHEN 1 THEN codes[1] ELSE '22000' END,
            DETAIL = first_lines || CASE WHEN cardinality(errors) > 20 THEN E'\n…' ELSE '' END,
            HINT = coalesce(hint, 'Use kroles_import_users() or a similar function with on_error => ''check'' to get all errors of a file as rows.');
END $$;
COMMENT ON FUNCTION kroles.refuse_list(text, kroles.list_error[], text) IS 'Raises the error for a list that is imported as a whole or not at all; with the SQLSTATE of its errors where they have the same one';

CREATE FUNCTION kroles.import_list(list text, csv text, on_error text) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    read record;
    errors kroles.list_error[];
    total int;
BEGIN
    IF on_error IS NULL OR on_error NOT IN ('stop', 'report', 'check') THEN
        RAISE EXCEPTION 'on_error must be "stop", "report" or "check"' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_asker(list);
    SELECT * INTO read FROM kroles.read_list(list, csv);
    total := cardinality(read.rows) + cardinality(read.errors);
    errors := read.errors || ARRAY(SELECT e FROM kroles.repeated_rows(list, read.rows) AS e);
    BEGIN
        errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, kroles.without_errors(read.rows, errors)) AS e);
        IF on_error = 'check' THEN
            RAISE EXCEPTION USING ERRCODE = 'KR001';
        END IF;
    EXCEPTION WHEN SQLSTATE 'KR001' THEN
        NULL;   -- the changes are rolled back; the errors are returned
    END;
    errors := ARRAY(SELECT ROW(e.line, coalesce(read.headings[array_position(kroles.list_fields(list), e.column_name)], e.column_name),
                               e.value, e.code, e.message)::kroles.list_error
                    FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code);
    IF on_error = 'stop' AND errors <> '{}' THEN
        PERFORM kroles.refuse_list('line', errors,
            'With on_error => ''check'' all errors are returned as rows and nothing is imported; with ''report'' the other rows are imported.');
    END IF;
    RAISE NOTICE '% of % rows are %', total - (SELECT count(DISTINCT e.line) FROM unnest(errors) AS e), total,
        CASE on_error WHEN 'check' THEN 'right' ELSE 'in' END;
    RETURN QUERY SELECT * FROM unnest(errors);
END $$;
COMMENT ON FUNCTION kroles.import_list(text, text, text) IS 'Implementation of kroles_import_users() and similar functions';

CREATE FUNCTION @extschema@.kroles_import_users(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('users', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_users(text, text) IS
    'Imports users from the text of a CSV file with our column names or Kaltura''s: logins, names, applicative roles, groups. on_error "stop": imports all rows or raises an error with the line and column of each mistake; "report": imports the valid rows and returns the errors as rows; "check": imports nothing and returns the errors. For administrators';

CREATE FUNCTION @extschema@.kroles_import_group_members(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('group_members', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_group_members(text, text) IS
    'Imports members of groups from the text of a CSV file; creates groups that do not exist. on_error as for kroles_import_users. For administrators';

CREATE FUNCTION @extschema@.kroles_import_space_members(csv text, on_error text DEFAULT 'stop') RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT * FROM kroles.import_list('space_members', csv, on_error);
END $$;
COMMENT ON FUNCTION @extschema@.kroles_import_space_members(text, text) IS
    'Imports members of channels and galleries from the text of a CSV file with our column names or Kaltura''s. on_error as for kroles_import_users. Each row requires manage_members on its space';
-- Import of space members: rights are checked for each row, with the privileges of the caller. The statements have the form that
-- the piece on users explains.

CREATE FUNCTION kroles.user_to_add(login text, space_id bigint) RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'kroles_user_to_add';
COMMENT ON FUNCTION kroles.user_to_add(text, bigint) IS
    'The id of the user with that login, where the current user has manage_members on the space or is that user; else NULL';

CREATE FUNCTION kroles.group_to_add(name text, space_id bigint) RETURNS bigint
    LANGUAGE c STABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'kroles_group_to_add';
COMMENT ON FUNCTION kroles.group_to_add(text, bigint) IS
    'The id of the group with that name, where the current user has manage_members on the space; else NULL';

CREATE TYPE kroles.space_member_row AS (
    line bigint, action text, space text, space_field text, login text, group_name text, role text, expires_at text, status text,
    space_id bigint, manages boolean, user_id bigint, group_id bigint, member_id bigint, in_force boolean);
COMMENT ON TYPE kroles.space_member_row IS 'A row of a list of space members, with the ids of the objects that it names';
COMMENT ON COLUMN kroles.space_member_row.line IS 'The line of the file where the row begins';
COMMENT ON COLUMN kroles.space_member_row.action IS 'add, update, delete or upsert; else the content of the cell';
COMMENT ON COLUMN kroles.space_member_row.space IS 'The id or external id of the space, as in the cell';
COMMENT ON COLUMN kroles.space_member_row.space_field IS 'The field that contains it';
COMMENT ON COLUMN kroles.space_member_row.login IS 'The user''s login';
COMMENT ON COLUMN kroles.space_member_row.group_name IS 'The name of the group';
COMMENT ON COLUMN kroles.space_member_row.role IS 'The contextual role; else the content of the cell';
COMMENT ON COLUMN kroles.space_member_row.expires_at IS 'The expiry, as in the cell';
COMMENT ON COLUMN kroles.space_member_row.status IS 'The status of the member in Kaltura';
COMMENT ON COLUMN kroles.space_member_row.space_id IS 'The space; NULL where the current user sees none';
COMMENT ON COLUMN kroles.space_member_row.manages IS 'Whether the current user has manage_members there';
COMMENT ON COLUMN kroles.space_member_row.user_id IS 'The user; NULL where the current user may not know the id';
COMMENT ON COLUMN kroles.space_member_row.group_id IS 'The group; NULL where the current user may not know the id';
COMMENT ON COLUMN kroles.space_member_row.member_id IS 'The existing grant';
COMMENT ON COLUMN kroles.space_member_row.in_force IS 'Whether that grant is in force, that is, not expired';

CREATE FUNCTION kroles.space_member_rows(rows kroles.list_row[]) RETURNS SETOF kroles.space_member_row
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
BEGIN
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.line, kroles.list_action(r.cells[1]) AS action, kroles.cell(r.cells[2]) AS by_id,
               kroles.list_id(r.cells[2]) AS id,
               kroles.cell(r.cells[3]) AS external_id, kroles.cell(r.cells[4]) AS login, kroles.cell(r.cells[5]) AS group_name,
               kroles.list_label(kroles.list_contextual_role(r.cells[6]), roles) AS role, kroles.cell(r.cells[7]) AS expires_at,
               kroles.cell(r.cells[8]) AS reference_id, kroles.cell(r.cells[9]) AS status
        FROM unnest(rows) AS r
    ), placed AS (
        SELECT s.*, CASE WHEN s.by_id IS NOT NULL THEN (SELECT i.id FROM kroles.spaces AS i WHERE i.id = s.id)
            ELSE coalesce((SELECT e.id FROM kroles.spaces AS e WHERE e.external_id = s.external_id),
                          (SELECT f.id FROM kroles.spaces AS f WHERE f.external_id = s.reference_id)) END AS space_id
        FROM said AS s
    ), named AS MATERIALIZED (
        SELECT p.*, kroles.space_can('manage_members', p.space_id) AS manages,
               kroles.user_to_add(p.login, p.space_id) AS user_id, kroles.group_to_add(p.group_name, p.space_id) AS group_id
        FROM placed AS p
    )
    SELECT n.line, n.action, coalesce(n.by_id, n.external_id, n.reference_id),
           CASE WHEN n.by_id IS NOT NULL THEN 'space_id' WHEN n.external_id IS NOT NULL THEN 'external_id'
                WHEN n.reference_id IS NOT NULL THEN 'reference_id' ELSE 'space_id' END,
           n.login, n.group_name, n.role, n.expires_at, n.status,
           n.space_id, n.manages, n.user_id, n.group_id, m.id, m.id IS NOT NULL AND coalesce(m.expires_at > statement_timestamp(), true)
    FROM named AS n
    LEFT JOIN LATERAL (
        SELECT u.id, u.expires_at FROM kroles.space_members AS u WHERE (u.space_id, u.user_id) = (n.space_id, n.user_id)
        UNION ALL
        SELECT g.id, g.expires_at FROM kroles.space_members AS g
        WHERE (g.space_id, g.group_id) = (n.space_id, n.group_id) AND g.user_id IS NULL AND n.user_id IS NULL
    ) AS m ON true;
END $$;
COMMENT ON FUNCTION kroles.space_member_rows(kroles.list_row[]) IS
    'The rows of a list of space members with the ids of their spaces, users, groups and grants, where the current user may know them';

CREATE FUNCTION kroles.space_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.contextual_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(roles);
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.space_member_rows(rows) AS r
    CROSS JOIN LATERAL (SELECT r.manages OR r.action = 'delete' AND kroles.holds(r.user_id, NULL) AS allowed) AS a
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('role', r.role, '22P02', which_roles, r.role <> ALL (roles)),
        ('expires_at', r.expires_at, '22007', 'invalid time', r.expires_at IS NOT NULL AND kroles.list_time(r.expires_at) IS NULL),
        ('status', r.status, '22023', 'status must be active (1); use the action delete to remove a member', lower(r.status) NOT IN ('1', 'active')),
        ('login', r.login, '23514', 'a row must name either a user or a group', num_nonnulls(r.login, r.group_name) <> 1),
        (r.space_field, r.space, '42704', 'there is no such space', r.space_id IS NULL),
        (r.space_field, r.space, '42501', 'permission denied to manage the members of this space', r.space_id IS NOT NULL AND NOT a.allowed),
        ('login', r.login, '42704', 'user with this login does not exist', r.manages AND r.login IS NOT NULL AND r.user_id IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.manages AND r.group_name IS NOT NULL AND r.group_id IS NULL),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '23505',
            'already a member of the space', a.allowed AND r.action = 'add' AND r.in_force),
        (CASE WHEN r.group_name IS NULL THEN 'login' ELSE 'group_name' END, coalesce(r.group_name, r.login), '42704',
            'not a member of the space',
            a.allowed AND r.action IN ('update', 'delete') AND r.member_id IS NULL AND num_nonnulls(r.user_id, r.group_id) = 1)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong;
END $$;
COMMENT ON FUNCTION kroles.space_member_list_errors(kroles.list_row[]) IS
    'Errors in rows of a list of space members, before any change, for the current user. An unknown space and a hidden one have the same error';

CREATE FUNCTION kroles.apply_space_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    wanted bigint;
    done bigint;
BEGIN
    -- one statement, so that the rights before it decide about all rows
    WITH r AS MATERIALIZED (
        SELECT DISTINCT ON (m.space_id, m.user_id, m.group_id) m.* FROM kroles.space_member_rows(rows) AS m
        ORDER BY m.space_id, m.user_id, m.group_id, m.line DESC
    ), gone AS (
        DELETE FROM kroles.space_members AS m USING r
        WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action = 'delete' RETURNING 1
    ), changed AS (
        UPDATE kroles.space_members AS m
        SET role = CASE WHEN r.in_force OR r.action = 'update' THEN coalesce(r.role::kroles.contextual_role, m.role)
                        ELSE coalesce(r.role, 'member')::kroles.contextual_role END,
            expires_at = CASE WHEN r.expires_at IS NOT NULL THEN nullif(kroles.list_time(r.expires_at), 'infinity')
                              WHEN r.in_force OR r.action = 'update' THEN m.expires_at END
        FROM r WHERE m.id = ANY (ARRAY(SELECT k.member_id FROM r AS k)) AND m.id = r.member_id AND r.action <> 'delete'
        RETURNING 1
    ), added AS (
        INSERT INTO kroles.space_members (space_id, user_id, group_id, role, expires_at)
        SELECT r.space_id, r.user_id, r.group_id, coalesce(r.role, 'member')::kroles.contextual_role,
               nullif(kroles.list_time(r.expires_at), 'infinity')
        FROM r WHERE r.member_id IS NULL AND r.action IN ('add', 'upsert') RETURNING 1
    )
    SELECT (SELECT count(*) FROM r),
           (SELECT count(*) FROM gone) + (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) INTO wanted, done;
    IF done < wanted THEN
        RAISE EXCEPTION 'permission denied to manage the members of this space' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_space_members(kroles.list_row[]) IS
    'Applies the rows of a list of space members. A blank cell leaves the value unchanged; an expired grant is replaced';
-- Import of users and of members of groups, by administrators.
--
-- A batch has from one to ten thousand rows, and the tables may be empty when the first batch is planned. So the plans must not
-- depend on statistics: each look-up is a subquery (OFFSET 0 prevents that it is pulled up) that uses the one suitable index;
-- rows are joined with the rows that they change by hashing, after these were found by an array of ids. The rows of the list are
-- a subquery too: PostgreSQL evaluates a condition before a policy, and so with an index, only where it compares a bare column.

CREATE FUNCTION kroles.group_words(cell text) RETURNS TABLE (name text, leaves boolean)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT DISTINCT CASE WHEN w LIKE '-%' THEN btrim(substr(w, 2)) ELSE w END, w LIKE '-%'
    FROM string_to_table(cell, ',') AS p (part), LATERAL btrim(p.part) AS w
    WHERE w <> '';
END;
COMMENT ON FUNCTION kroles.group_words(text) IS 'The groups in a cell, separated by commas; "-" before a name means that the user leaves the group';

CREATE FUNCTION kroles.user_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, login text, name text, email text, title text, bio text, avatar_url text,
                   applicative_role text, administrator text, blocked text, groups text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, kroles.list_action(r.cells[1]), kroles.cell(r.cells[2]),
           coalesce(kroles.cell(r.cells[3]), kroles.cell(concat_ws(' ', kroles.cell(r.cells[12]), kroles.cell(r.cells[13]))),
                    kroles.cell(r.cells[14])),
           kroles.cell(r.cells[4]), kroles.cell(r.cells[5]), kroles.cell(r.cells[6]), kroles.cell(r.cells[7]),
           kroles.list_label(kroles.list_applicative_role(r.cells[8]), (SELECT enum_range(NULL::kroles.applicative_role)::text[])),
           kroles.list_flag(r.cells[9]), kroles.list_flag(r.cells[10]),
           kroles.cell(r.cells[11])
    FROM unnest(rows) AS r OFFSET 0;
END;
COMMENT ON FUNCTION kroles.user_rows(kroles.list_row[]) IS 'The rows of a list of users with their fields';

CREATE FUNCTION kroles.user_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    roles text[] := enum_range(NULL::kroles.applicative_role);
    which_roles text := 'the roles are ' || kroles.list_sentence(array_remove(roles, 'anonymous'));
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.user_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '23505', 'user with this login already exists', r.action = 'add' AND u.id IS NOT NULL),
        ('login', r.login, '42704', 'user with this login does not exist',
            r.action IN ('update', 'delete') AND r.login IS NOT NULL AND u.id IS NULL),
        ('applicative_role', r.applicative_role, '22P02', which_roles, r.applicative_role <> ALL (roles)),
        ('applicative_role', r.applicative_role, '23514', 'applicative role of a user must not be anonymous', r.applicative_role = 'anonymous'),
        ('administrator', r.administrator, '22P02', 'value must be true or false', r.administrator NOT IN ('true', 'false')),
        ('blocked', r.blocked, '22P02', 'value must be true or false', r.blocked NOT IN ('true', 'false')),
        ('groups', r.groups, '22023', 'group name after "-" is missing',
            r.groups LIKE '%-%' AND EXISTS (SELECT FROM kroles.group_words(r.groups) AS g WHERE g.name = ''))
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong;
END $$;
COMMENT ON FUNCTION kroles.user_list_errors(kroles.list_row[]) IS 'Errors in rows of a list of users, before any change';

CREATE FUNCTION kroles.apply_users(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    gone bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
    there bigint[] := ARRAY(SELECT u.id FROM kroles.user_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action IN ('update', 'upsert'));
    memberships kroles.list_row[];
BEGIN
    IF gone <> '{}' THEN
        DELETE FROM kroles.users AS u WHERE u.id = ANY (gone);
    END IF;
    IF there <> '{}' THEN
        UPDATE kroles.users AS u
        SET name = coalesce(r.name, u.name), email = coalesce(r.email, u.email), title = coalesce(r.title, u.title),
            bio = coalesce(r.bio, u.bio), avatar_url = coalesce(r.avatar_url, u.avatar_url),
            applicative_role = coalesce(r.applicative_role::kroles.applicative_role, u.applicative_role),
            administrator = coalesce(r.administrator::boolean, u.administrator),
            blocked = coalesce(r.blocked::boolean, u.blocked)
        FROM kroles.user_rows(rows) AS r
        WHERE u.id = ANY (there) AND u.login = r.login AND r.action IN ('update', 'upsert')
          AND NOT (coalesce(r.name = u.name, r.name IS NULL) AND coalesce(r.email = u.email, r.email IS NULL)
                   AND coalesce(r.title = u.title, r.title IS NULL) AND coalesce(r.bio = u.bio, r.bio IS NULL)
                   AND coalesce(r.avatar_url = u.avatar_url, r.avatar_url IS NULL)
                   AND coalesce(r.applicative_role::kroles.applicative_role = u.applicative_role, true)
                   AND coalesce(r.administrator::boolean = u.administrator, true)
                   AND coalesce(r.blocked::boolean = u.blocked, true));
    END IF;
    PERFORM @extschema@.kroles_unblock(u.id)
    FROM kroles.user_rows(rows) AS r JOIN kroles.users AS u ON u.login = r.login
    WHERE u.id = ANY (there) AND r.action IN ('update', 'upsert') AND NOT r.blocked::boolean
      AND u.id = ANY (ARRAY(SELECT b.user_id FROM kroles.user_blocks AS b));
    INSERT INTO kroles.users (login, name, email, title, bio, avatar_url, applicative_role, administrator, blocked)
    SELECT r.login, coalesce(r.name, ''), r.email, r.title, r.bio, r.avatar_url,
           coalesce(r.applicative_role, 'viewer')::kroles.applicative_role,
           coalesce(r.administrator::boolean, false), coalesce(r.blocked::boolean, false)
    FROM kroles.user_rows(rows) AS r
    WHERE r.action IN ('add', 'upsert') AND (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login) IS NULL;

    memberships := ARRAY(SELECT ROW(r.line, ARRAY[CASE WHEN g.leaves THEN 'delete' ELSE 'upsert' END, g.name, r.login])::kroles.list_row
                         FROM kroles.user_rows(rows) AS r, kroles.group_words(r.groups) AS g WHERE r.action <> 'delete');
    IF memberships <> '{}' THEN
        PERFORM kroles.apply_group_members(memberships);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_users(kroles.list_row[]) IS
    'Applies the rows of a list of users. A blank cell leaves the value unchanged; groups that do not exist are created';

-- ---- Members of groups ----

CREATE FUNCTION kroles.group_member_rows(rows kroles.list_row[])
    RETURNS TABLE (line bigint, action text, group_name text, login text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT r.line, CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN 'delete' ELSE kroles.list_action(r.cells[1]) END,
           kroles.cell(CASE WHEN kroles.cell(r.cells[2]) LIKE '-%' THEN substr(kroles.cell(r.cells[2]), 2) ELSE r.cells[2] END),
           kroles.cell(r.cells[3])
    FROM unnest(rows) AS r OFFSET 0;
END;
COMMENT ON FUNCTION kroles.group_member_rows(kroles.list_row[]) IS
    'The rows of a list of group members with their fields; "-" before the group means the action delete';

CREATE FUNCTION kroles.group_member_list_errors(rows kroles.list_row[]) RETURNS SETOF kroles.list_error
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.line, e.column_name, kroles.shown(e.value), e.code, e.message
    FROM kroles.group_member_rows(rows) AS r
    LEFT JOIN LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g ON true
    LEFT JOIN LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u ON true
    LEFT JOIN LATERAL (SELECT m.user_id FROM kroles.group_members AS m
                       WHERE m.user_id = u.id AND m.group_id + 0 = g.id OFFSET 0) AS m ON true
    CROSS JOIN LATERAL (VALUES
        ('action', r.action, '22023', 'action must be add (1), update (2), delete (3) or upsert (6)',
            r.action NOT IN ('add', 'update', 'delete', 'upsert')),
        ('group_name', r.group_name, '23502', 'group name must not be blank', r.group_name IS NULL),
        ('group_name', r.group_name, '42704', 'group with this name does not exist',
            r.action IN ('update', 'delete') AND r.group_name IS NOT NULL AND g.id IS NULL),
        ('login', r.login, '23502', 'login must not be blank', r.login IS NULL),
        ('login', r.login, '42704', 'user with this login does not exist', r.login IS NOT NULL AND u.id IS NULL),
        ('login', r.login, '23505', 'user is already a member of the group', r.action = 'add' AND m.user_id IS NOT NULL),
        ('login', r.login, '42704', 'user is not a member of the group',
            r.action IN ('update', 'delete') AND g.id IS NOT NULL AND u.id IS NOT NULL AND m.user_id IS NULL)
    ) AS e (column_name, value, code, message, wrong)
    WHERE e.wrong;
END $$;
COMMENT ON FUNCTION kroles.group_member_list_errors(kroles.list_row[]) IS
    'Errors in rows of a list of group members, before any change';

CREATE FUNCTION kroles.apply_group_members(rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    new_groups text[] := ARRAY(SELECT DISTINCT r.group_name FROM kroles.group_member_rows(rows) AS r
        WHERE r.action IN ('add', 'upsert') AND (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name) IS NULL);
    leavers bigint[] := ARRAY(SELECT u.id FROM kroles.group_member_rows(rows) AS r,
        LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u WHERE r.action = 'delete');
BEGIN
    IF new_groups <> '{}' THEN
        INSERT INTO kroles.groups (name) SELECT n FROM unnest(new_groups) AS n ORDER BY n;
    END IF;
    INSERT INTO kroles.group_members (group_id, user_id)
    SELECT g.id, u.id
    FROM kroles.group_member_rows(rows) AS r,
         LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
         LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
    WHERE r.action IN ('add', 'upsert')
    ON CONFLICT ON CONSTRAINT group_members_a_user_is_in_a_group_once DO NOTHING;
    IF leavers <> '{}' THEN
        DELETE FROM kroles.group_members AS m
        USING kroles.group_member_rows(rows) AS r,
              LATERAL (SELECT g.id FROM kroles.groups AS g WHERE g.name = r.group_name OFFSET 0) AS g,
              LATERAL (SELECT u.id FROM kroles.users AS u WHERE u.login = r.login OFFSET 0) AS u
        WHERE m.user_id = ANY (leavers) AND r.action = 'delete' AND m.user_id = u.id AND m.group_id = g.id;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.apply_group_members(kroles.list_row[]) IS
    'Applies the rows of a list of group members; groups that do not exist are created';

CREATE FUNCTION kroles.import_copied(list text, rows kroles.list_row[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    errors kroles.list_error[];
BEGIN
    PERFORM kroles.check_asker(list);
    errors := ARRAY(SELECT e FROM kroles.repeated_rows(list, rows) AS e);
    errors := errors || ARRAY(SELECT e FROM kroles.import_rows(list, kroles.without_errors(rows, errors)) AS e);
    IF errors <> '{}' THEN
        PERFORM kroles.refuse_list('row', ARRAY(SELECT e FROM unnest(errors) AS e ORDER BY e.line, e.column_name, e.code), NULL);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.import_copied(text, kroles.list_row[]) IS
    'Imports rows that came through a view; raises an error with all mistakes where any row has one';

CREATE FUNCTION kroles.import_row() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_import_row';
COMMENT ON FUNCTION kroles.import_row() IS
    'Trigger: collects the rows of a list and imports them together, at the latest at the end of the statement';
REVOKE EXECUTE ON FUNCTION kroles.import_row() FROM PUBLIC;

-- The roles through which the matrices could give the current user a right to add people. Objects on which the user has none of
-- them need no further check.
CREATE FUNCTION kroles.roles_that_add(OUT kind text, OUT role text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT r.kind, r.role FROM kroles.role_rights r
    JOIN kroles.users u ON u.id = kroles.asker()
    JOIN kroles.ceiling_rights c ON (c.applicative_role, c.kind, c.action) = (u.applicative_role, r.kind, r.action)
    WHERE r.allowed AND c.allowed AND r.kind <> 'room'
      AND r.action IN ('manage_collaborators', 'manage_moderators', 'manage_speakers', 'manage_members', 'manage_participants')
$$;
COMMENT ON FUNCTION kroles.roles_that_add() IS
    'The roles on spaces, media and events through which, by the matrices, the current user could add people there; empty for callers that do not see the row of the current user';

CREATE FUNCTION kroles.may_add_to_a_media() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- one row suffices, but where there is none, a sequential scan would read the whole table
AS $$
    WITH mine AS MATERIALIZED (SELECT g.group_id FROM kroles.group_members g WHERE g.user_id = kroles.asker()),
    adding AS MATERIALIZED (SELECT r.role FROM kroles.roles_that_add() r WHERE r.kind = 'media'),
    -- read until the first match, and only for roles that suffice
    candidate (id) AS MATERIALIZED (
        SELECT m.id FROM kroles.media m
        WHERE m.owner_id = kroles.asker() AND EXISTS (SELECT FROM adding a WHERE a.role = 'owner')
        UNION ALL
        SELECT c.media_id FROM kroles.media_collaborators c
        WHERE c.user_id = kroles.asker() AND c.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT c.media_id FROM mine g JOIN kroles.media_collaborators c USING (group_id)
        WHERE c.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT d.media_id FROM kroles.media_moderators d
        WHERE d.user_id = kroles.asker() AND d.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT d.media_id FROM mine g JOIN kroles.media_moderators d USING (group_id)
        WHERE d.permission::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT s.media_id FROM kroles.media_speakers s
        WHERE s.user_id = kroles.asker() AND EXISTS (SELECT FROM adding a WHERE a.role = 'speaker')
        UNION ALL
        -- sessions of events where the user is a moderator, who manages the speakers of sessions
        SELECT t.media_id FROM kroles.event_participants p JOIN kroles.event_sessions t USING (event_id)
        WHERE p.user_id = kroles.asker() AND kroles.can('moderate', 'event', p.event_id)
        UNION ALL
        SELECT t.media_id FROM mine g JOIN kroles.event_participants p USING (group_id) JOIN kroles.event_sessions t USING (event_id)
        WHERE kroles.can('moderate', 'event', p.event_id)
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.can('manage', 'media', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_a_media() IS
    'Whether the current user may add people to any media; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.may_add_to_a_space() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- one row suffices, but where there is none, a sequential scan would read the whole table
AS $$
    WITH adding AS MATERIALIZED (SELECT r.kind, r.role FROM kroles.roles_that_add() r WHERE r.kind IN ('channel', 'gallery')),
    granted (space_id, role) AS (
        SELECT m.space_id, m.role::text FROM kroles.space_members m WHERE m.user_id = kroles.asker()
        UNION ALL
        SELECT m.space_id, m.role::text FROM kroles.group_members g JOIN kroles.space_members m USING (group_id)
        WHERE g.user_id = kroles.asker()
        UNION ALL
        SELECT s.id, 'manager' FROM kroles.spaces s WHERE s.owner_id = kroles.asker()
    ), candidate (id) AS MATERIALIZED (
        SELECT s.id FROM granted g JOIN kroles.spaces s ON s.id = g.space_id
        JOIN adding a ON (a.kind, a.role) = (s.kind::text, g.role)
        UNION ALL
        -- where the baseline gives the right without a grant
        SELECT s.id FROM kroles.baseline_rights b
        JOIN kroles.users u ON u.id = kroles.asker() AND u.applicative_role = b.applicative_role
        JOIN kroles.spaces s ON (s.kind::text, s.type::text) = (b.kind, b.type)
        WHERE b.allowed AND b.action = 'manage_members'
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.space_can('manage_members', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_a_space() IS
    'Whether the current user may add people to any space; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.may_add_to_an_event() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off    -- as above
AS $$
    WITH adding AS MATERIALIZED (SELECT r.role FROM kroles.roles_that_add() r WHERE r.kind = 'event'),
    candidate (id) AS MATERIALIZED (
        SELECT p.event_id FROM kroles.event_participants p
        WHERE p.user_id = kroles.asker() AND p.role::text IN (SELECT a.role FROM adding a)
        UNION ALL
        SELECT p.event_id FROM kroles.group_members g JOIN kroles.event_participants p USING (group_id)
        WHERE g.user_id = kroles.asker() AND p.role::text IN (SELECT a.role FROM adding a)
    )
    SELECT EXISTS (SELECT FROM candidate c WHERE kroles.can('manage_participants', 'event', c.id))
$$;
COMMENT ON FUNCTION kroles.may_add_to_an_event() IS
    'Whether the current user may add people to any event; for kroles.find_users(), as it reads only rows that its caller sees';

CREATE FUNCTION kroles.find_users(search text, max_rows integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan     -- the indexes can be used where the planner knows the prefix
    SET jit = off       -- compilation would take longer than execution
AS $$
#variable_conflict use_column
DECLARE
    word text := left(lower(btrim(coalesce($1, ''))), 100);
    most integer := least(coalesce($2, 10), 100);
    apart bigint[] := ARRAY(SELECT b.user_id FROM kroles.user_blocks b);    -- blocked in kroles.user_blocks only
BEGIN
    PERFORM kroles.check_page($2, 0);
    IF word = '' OR NOT (kroles.can('administer', 'site') OR kroles.may_add_to_a_media() OR kroles.may_add_to_a_space()
                         OR kroles.may_add_to_an_event()) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH hit (user_id, group_id, place, said) AS (
        (SELECT u.id, NULL::bigint, 1, left(lower(u.name), 100) FROM kroles.users u
         WHERE left(lower(u.name), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.name), 100) USING ~<~, u.id LIMIT most)
        UNION ALL
        (SELECT NULL, g.id, 1, left(lower(g.name), 100) FROM kroles.groups g
         WHERE left(lower(g.name), 100) ^@ word ORDER BY left(lower(g.name), 100) USING ~<~, g.id LIMIT most)
        UNION ALL
        (SELECT u.id, NULL, 2, left(lower(u.email), 100) FROM kroles.users u
         WHERE left(lower(u.email), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.email), 100) USING ~<~, u.id LIMIT most)
        UNION ALL
        (SELECT u.id, NULL, 3, left(lower(u.login), 100) FROM kroles.users u
         WHERE left(lower(u.login), 100) ^@ word AND NOT u.blocked AND u.id <> ALL (apart) ORDER BY left(lower(u.login), 100) USING ~<~, u.id LIMIT most)
    ), best AS (
        SELECT DISTINCT ON (h.user_id, h.group_id) h.* FROM hit h ORDER BY h.user_id, h.group_id, h.place
    )
    SELECT CASE WHEN b.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(b.user_id, b.group_id),
           p.name, kroles.initials(p.name), p.avatar_url, p.identifier
    FROM best b CROSS JOIN LATERAL kroles.shown_as(b.user_id, b.group_id) AS p
    ORDER BY b.place, b.said COLLATE "C", b.group_id NULLS FIRST, b.user_id LIMIT most;
END $$;
COMMENT ON FUNCTION kroles.find_users(text, integer) IS 'Implementation of kroles_find_users()';
REVOKE EXECUTE ON FUNCTION kroles.find_users(text, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_find_users(search text, max_rows integer DEFAULT 10)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text)
    LANGUAGE c STABLE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_find_users(text, integer) IS
    'The auto-suggest list for adding people: users and groups whose name, email or login begins with the search text, compared without case; matches of names first, then of emails, then of logins, each sorted. With the email or the login (settings.show_identifier). At most 100 rows, without blocked users. Empty for a blank search, and where the current user may add people to no media, space or event';

CREATE FUNCTION @extschema@.kroles_role_label(role kroles.applicative_role) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT l.label FROM kroles.role_labels l WHERE l.applicative_role = $1), $1::text)
$$;
COMMENT ON FUNCTION @extschema@.kroles_role_label(kroles.applicative_role) IS
    'The institution''s label of an applicative role (kroles.role_labels); the name of the role where there is no label';

CREATE FUNCTION kroles.check_playlist(playlist_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    space bigint := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = $1);
BEGIN
    IF kroles.space_can('organize', space) THEN
        RETURN;
    END IF;
    IF kroles.space_can('view', space) THEN
        RAISE EXCEPTION 'permission denied for the playlists of this channel' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "organize" on the channel.';
    END IF;
    RAISE EXCEPTION 'the playlist does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
END $$;
COMMENT ON FUNCTION kroles.check_playlist(bigint) IS
    'Error 42501 where the current user views the channel of the playlist and lacks organize there, 42704 where the playlist is hidden or does not exist';

-- Guards of playlists: they belong to channels and stay there, and only the position of an item can be changed.

-- (an AFTER trigger, because before the policy the error would tell a hidden gallery from a hidden channel)
CREATE FUNCTION kroles.guard_playlist() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.spaces s WHERE s.id = NEW.space_id AND s.kind = 'channel') THEN
        RAISE EXCEPTION 'only channels can have playlists' USING ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'playlists_space_is_a_channel';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.guard_playlist() IS 'Trigger: the space of a playlist must be a channel';
REVOKE EXECUTE ON FUNCTION kroles.guard_playlist() FROM PUBLIC;

-- (reads with the privileges of the current user: a hidden playlist has no space)
CREATE FUNCTION kroles.fill_space() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.space_id := (SELECT p.space_id FROM kroles.playlists p WHERE p.id = NEW.playlist_id);
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.fill_space() IS 'Trigger: fills in the space of the playlist';
REVOKE EXECUTE ON FUNCTION kroles.fill_space() FROM PUBLIC;
-- Stays in rooms. A public function kroles_x() calls kroles.x(), as in the piece on the people of media.

-- For functions that store the current user.
CREATE FUNCTION kroles.person_asking() RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF kroles.asker() IS NULL THEN
        RAISE EXCEPTION 'you are not logged in' USING ERRCODE = 'invalid_authorization_specification',
            HINT = 'Log in first, with kroles_login() for instance.';
    END IF;
    RETURN kroles.asker();
END $$;
COMMENT ON FUNCTION kroles.person_asking() IS 'The current user; error 28000 for anonymous and for a session without a user';

CREATE FUNCTION kroles.stay_ends(joined_at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- (in seconds, as in decisions: a day has 24 hours, also when daylight saving time begins or ends)
    SELECT $1 + extract(epoch FROM s.room_session_limit) * interval '1 second' FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.stay_ends(timestamptz) IS 'When a stay that began at that time reaches settings.room_session_limit';

CREATE FUNCTION kroles.rooms_switched() RETURNS integer
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.rooms_switched FROM kroles.settings s
$$;
COMMENT ON FUNCTION kroles.rooms_switched() IS 'settings.rooms_switched, for stays that begin now';

CREATE FUNCTION kroles.stay_counts(joined_at timestamptz, left_at timestamptz, rooms_switched integer) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT left_at IS NULL AND rooms_switched = kroles.rooms_switched() AND kroles.stay_ends(joined_at) > statement_timestamp()
$$;
COMMENT ON FUNCTION kroles.stay_counts(timestamptz, timestamptz, integer) IS
    'Whether a stay is in force: it has not ended, rooms were not switched off since it began, and its limit is not reached';

CREATE FUNCTION kroles.lock_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_lock_stay';
COMMENT ON FUNCTION kroles.lock_stay(bigint, bigint) IS
    'Locks the stay of that user in that room until the end of the transaction. Error 42501 where it is not called by the extension';

-- ---- Join ----

CREATE FUNCTION kroles.room_join(media_id bigint) RETURNS kroles.action[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    me bigint := kroles.person_asking();
    frozen kroles.action[] := (SELECT p.rights FROM kroles.room_participants p JOIN kroles.media m ON m.id = p.media_id
        WHERE p.media_id = $1 AND p.user_id = me AND kroles.stay_counts(p.joined_at, p.left_at, p.rooms_switched) AND m.type IN ('live', 'room') AND kroles.holds(me, NULL));
BEGIN
    IF frozen IS NOT NULL THEN
        RETURN frozen;
    END IF;
    PERFORM kroles.check_right('join_room', 'room', $1);
    -- Transactions that block or delete the user, leave the room in another session, or remove the user from it, either commit
    -- before this point or wait for this transaction and end the stay.
    PERFORM kroles.rely_on(me);
    PERFORM FROM kroles.users u WHERE u.id = me FOR KEY SHARE;
    PERFORM kroles.lock_stay($1, me);
    PERFORM kroles.check_right('join_room', 'room', $1);
    PERFORM kroles.end_stay(p.media_id, p.user_id) FROM kroles.room_participants p
    WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL AND NOT kroles.stay_counts(p.joined_at, p.left_at, p.rooms_switched);
    INSERT INTO kroles.room_participants (media_id, user_id, rights, role)
    VALUES ($1, me, array_remove(kroles.all_rights('room', $1), 'view'), kroles.role('room', $1))
    ON CONFLICT (user_id, media_id) WHERE left_at IS NULL DO NOTHING;
    RETURN (SELECT p.rights FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL);
END $$;
COMMENT ON FUNCTION kroles.room_join(bigint) IS 'Implementation of kroles_room_join()';
REVOKE EXECUTE ON FUNCTION kroles.room_join(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_join(media_id bigint) RETURNS kroles.action[]
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_join(bigint) IS
    'Joins a room, and returns the rights that the current user has there until the stay ends, whatever is granted or revoked meanwhile (without view, which is always decided anew). For a user who has joined already, in any session, it returns the rights that were read then. A stay ends by kroles_room_leave() or kroles_room_remove(), when the user is blocked or deleted, when the media is deleted, when settings.chat_and_collaboration is switched off, and after settings.room_session_limit. Requires join_room. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden';

-- ---- Leave and remove ----

CREATE FUNCTION kroles.end_stay(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE kroles.room_participants p
    SET left_at = greatest(p.joined_at, least(statement_timestamp(), kroles.stay_ends(p.joined_at)))
    WHERE p.media_id = $1 AND p.user_id = $2 AND p.left_at IS NULL
$$;
COMMENT ON FUNCTION kroles.end_stay(bigint, bigint) IS 'Ends a user''s stay in a room, if there is one that the caller may update';

CREATE FUNCTION kroles.room_leave(media_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me bigint := kroles.person_asking();
BEGIN
    -- (waiting for a transaction that removes the user would reveal to others that the room exists)
    IF kroles.can('view', 'room', $1)
        OR EXISTS (SELECT FROM kroles.room_participants p WHERE p.media_id = $1 AND p.user_id = me AND p.left_at IS NULL) THEN
        PERFORM kroles.lock_stay($1, me);
        PERFORM kroles.end_stay($1, me);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.room_leave(bigint) IS 'Implementation of kroles_room_leave()';
REVOKE EXECUTE ON FUNCTION kroles.room_leave(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_leave(media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_leave(bigint) IS
    'Leaves a room, in all sessions of the current user; the next kroles_room_join() reads the rights anew. Does nothing where the user is not in the room or the room does not exist. Error 28000 not logged in';

CREATE FUNCTION kroles.check_may_end_stays(media_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- (in a room that they have joined, administrators have the rights that were read on joining, and are still administrators)
    PERFORM kroles.check_right(CASE WHEN kroles.can('administer', 'site') THEN 'view' ELSE 'moderate_room' END::kroles.action,
                               'room', $1);
END $$;
COMMENT ON FUNCTION kroles.check_may_end_stays(bigint) IS
    'Error 42501 where the current user views the room and is neither its moderator nor an administrator, 42704 where the room is hidden or does not exist';

CREATE FUNCTION kroles.room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF $2 IS NULL THEN
        RAISE EXCEPTION 'user must not be null' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.lock_stay($1, $2);
    PERFORM kroles.check_may_end_stays($1);
    PERFORM kroles.end_stay($1, $2);
END $$;
COMMENT ON FUNCTION kroles.room_remove(bigint, bigint) IS 'Implementation of kroles_room_remove()';
REVOKE EXECUTE ON FUNCTION kroles.room_remove(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_room_remove(media_id bigint, user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_room_remove(bigint, bigint) IS
    'Removes a participant from a room. Grants remain: unless they are revoked, the user may join again. Does nothing where the user is not in the room. Requires moderate_room, which hosts and room moderators have, or administer on the site. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 no user given';

-- ---- Triggers that end stays ----

CREATE FUNCTION kroles.end_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_stays';
COMMENT ON FUNCTION kroles.end_stays() IS
    'Trigger: ends the stays of a user who is blocked or unblocked, and all stays when rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.end_stays() FROM PUBLIC;

CREATE FUNCTION kroles.end_run_out_stays() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_end_run_out_stays';
COMMENT ON FUNCTION kroles.end_run_out_stays() IS 'Trigger: stays that have reached the limit end, so that raising the limit does not renew them';
REVOKE EXECUTE ON FUNCTION kroles.end_run_out_stays() FROM PUBLIC;

-- A stay that began before rooms were switched off is not in force, also where the transaction that switched them did not see it.
-- So joining need not lock the settings.
CREATE FUNCTION kroles.count_switch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.rooms_switched := OLD.rooms_switched + (OLD.chat_and_collaboration <> NEW.chat_and_collaboration)::integer;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.count_switch() IS 'Trigger: counts how often rooms are switched off or on';
REVOKE EXECUTE ON FUNCTION kroles.count_switch() FROM PUBLIC;
-- Sessions of events, and the guards of events. A public function kroles_x() calls kroles.x(), as in the piece on the people of
-- media.

CREATE FUNCTION kroles.remove_session(event_id bigint, media_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('publish', 'media', $2) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
    PERFORM FROM kroles.event_sessions s WHERE s.event_id = $1 AND s.media_id = $2 FOR UPDATE;
    IF NOT kroles.can('publish', 'media', $2) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
    DELETE FROM kroles.event_sessions s WHERE s.event_id = $1 AND s.media_id = $2;
END $$;
COMMENT ON FUNCTION kroles.remove_session(bigint, bigint) IS 'Implementation of kroles_remove_session()';
REVOKE EXECUTE ON FUNCTION kroles.remove_session(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_remove_session(event_id bigint, media_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_remove_session(bigint, bigint) IS
    'Removes a media from the sessions of an event, like DELETE on kroles.event_sessions, also where the current user does not see the event. Requires manage on the event or publish on the media. Does nothing where the media is not a session. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event';

-- ---- Guards ----

CREATE FUNCTION kroles.make_organizers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_make_organizers';
COMMENT ON FUNCTION kroles.make_organizers() IS 'Trigger: the user who creates an event becomes its first organizer';
REVOKE EXECUTE ON FUNCTION kroles.make_organizers() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_organizer() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizer';
COMMENT ON FUNCTION kroles.guard_last_organizer() IS
    'Trigger: an event that loses an organizer must have another one, a user, not a group, who is not blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizer() FROM PUBLIC;

CREATE FUNCTION kroles.guard_last_organizers() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_last_organizers';
COMMENT ON FUNCTION kroles.guard_last_organizers() IS
    'Trigger: the only organizer of an event cannot be blocked';
REVOKE EXECUTE ON FUNCTION kroles.guard_last_organizers() FROM PUBLIC;
-- Ordered lists: positions count from 1 without gaps, whatever is inserted, moved or deleted, also by concurrent transactions.

CREATE FUNCTION kroles.append_position() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_append_position';
COMMENT ON FUNCTION kroles.append_position() IS 'Trigger: locks the list; a new row without a position becomes the last one';
REVOKE EXECUTE ON FUNCTION kroles.append_position() FROM PUBLIC;

CREATE FUNCTION kroles.renumber_positions() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_renumber_positions';
COMMENT ON FUNCTION kroles.renumber_positions() IS 'Trigger: renumbers the changed lists from 1, in their present order';
REVOKE EXECUTE ON FUNCTION kroles.renumber_positions() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_move_speaker(media_id bigint, user_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_speaker';
COMMENT ON FUNCTION @extschema@.kroles_move_speaker(bigint, bigint, integer) IS
    'Moves a speaker to a position, counted from 1, and returns the position; one beyond the end means the last. The other speakers are renumbered. Requires manage_speakers. Errors: 28000, 42501 not allowed, 42704 unknown or hidden media, not a speaker of it, 22023 a position below 1';

CREATE FUNCTION @extschema@.kroles_move_item(playlist_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_item';
COMMENT ON FUNCTION @extschema@.kroles_move_item(bigint, bigint, integer) IS
    'Moves a media in a playlist to a position, counted from 1, and returns the position; one beyond the end means the last. The other items are renumbered. Requires organize on the channel. Errors: 28000, 42501 not allowed, 42704 unknown or hidden playlist, unknown or hidden media, media that is not in it, 22023 a position below 1';

CREATE FUNCTION kroles.check_event_order(event_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage', 'event', $1);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_event_order(bigint) IS
    'Error 42501 where the current user views the event and has neither manage nor moderate there, 42704 where the event is hidden or does not exist';

CREATE FUNCTION @extschema@.kroles_move_session(event_id bigint, media_id bigint, "position" integer) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_move_session';
COMMENT ON FUNCTION @extschema@.kroles_move_session(bigint, bigint, integer) IS
    'Moves a session of an event to a position, counted from 1, and returns the position; one beyond the end means the last. The other sessions are renumbered. Requires manage or moderate on the event. Errors: 28000, 42501 not allowed, 42704 unknown or hidden event, unknown or hidden media, media that is not a session of it, 22023 a position below 1';

CREATE FUNCTION kroles.is_walk_short(members bigint, wanted bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    users float8 := (SELECT greatest(c.reltuples, $1) FROM pg_class c WHERE c.oid = 'kroles.users'::regclass);
BEGIN
    -- one of users / members belongs, and as many users may be walked as there are members
    RETURN wanted > 0 AND wanted < members AND wanted::float8 * users <= members::float8 * members
        AND NOT EXISTS (SELECT FROM kroles.users u WHERE length(u.name) > 200)
        -- users without a name are shown and sorted by their email or login, so they are all added
        AND (SELECT count(*) <= 100 FROM (SELECT FROM kroles.users u WHERE lower(btrim(u.name)) = '' AND length(u.name) <= 200 LIMIT 101) AS nameless);
END $$;
COMMENT ON FUNCTION kroles.is_walk_short(bigint, bigint) IS
    'Whether walking all users by name probably finds the first ones of a space or event with so many members sooner than reading these';
REVOKE EXECUTE ON FUNCTION kroles.is_walk_short(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION kroles.first_of_space(space_id bigint, owner_id bigint, members bigint, wanted bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off      -- the walk must be able to end early
AS $$
DECLARE
    first bigint[];
BEGIN
    IF NOT coalesce(kroles.is_walk_short(members, wanted), false) THEN
        RETURN NULL;
    END IF;
    first := ARRAY(
        SELECT u.id
        FROM (SELECT u.id, lower(btrim(u.name)) AS said, btrim(u.name) COLLATE "C" AS name FROM kroles.users u
              WHERE lower(btrim(u.name)) > '' AND length(u.name) <= 200 ORDER BY lower(btrim(u.name)), btrim(u.name) COLLATE "C", u.id LIMIT $3) AS u
        CROSS JOIN LATERAL (SELECT FROM kroles.space_members m WHERE m.user_id = u.id AND m.space_id = $1 OFFSET 0) AS m
        WHERE u.id IS DISTINCT FROM $2
        ORDER BY u.said, u.name, u.id LIMIT $4);
    IF cardinality(first) < wanted THEN
        RETURN NULL;
    END IF;
    RETURN first || ARRAY(SELECT u.id FROM kroles.users u WHERE lower(btrim(u.name)) = '' AND length(u.name) <= 200);
END $$;
COMMENT ON FUNCTION kroles.first_of_space(bigint, bigint, bigint, bigint) IS
    'Users among whom are the first members of a space by name, as many as wanted, without its owner and its groups; NULL where reading all members is quicker';
REVOKE EXECUTE ON FUNCTION kroles.first_of_space(bigint, bigint, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION kroles.first_of_event(event_id bigint, members bigint, wanted bigint) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off      -- as above
AS $$
DECLARE
    first bigint[];
BEGIN
    IF NOT coalesce(kroles.is_walk_short(members, wanted), false) THEN
        RETURN NULL;
    END IF;
    first := ARRAY(
        SELECT u.id
        FROM (SELECT u.id, lower(btrim(u.name)) AS said, btrim(u.name) COLLATE "C" AS name FROM kroles.users u
              WHERE lower(btrim(u.name)) > '' AND length(u.name) <= 200 ORDER BY lower(btrim(u.name)), btrim(u.name) COLLATE "C", u.id LIMIT $2) AS u
        CROSS JOIN LATERAL (SELECT FROM kroles.event_participants p WHERE p.user_id = u.id AND p.event_id = $1 LIMIT 1) AS p
        ORDER BY u.said, u.name, u.id LIMIT $3);
    IF cardinality(first) < wanted THEN
        RETURN NULL;
    END IF;
    RETURN first || ARRAY(SELECT u.id FROM kroles.users u WHERE lower(btrim(u.name)) = '' AND length(u.name) <= 200);
END $$;
COMMENT ON FUNCTION kroles.first_of_event(bigint, bigint, bigint) IS
    'Users among whom are the first participants of an event by name, as many as wanted, without its groups; NULL where reading all participants is quicker';
REVOKE EXECUTE ON FUNCTION kroles.first_of_event(bigint, bigint, bigint) FROM PUBLIC;
-- Further pages of people: those of spaces and events, and the speakers of a media as viewers see them. A public function
-- kroles_x() calls kroles.x(), as in the piece on the people of media, because in kroles.users a user sees only their own row.

CREATE FUNCTION kroles.space_users(space_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    owning bigint;
    members bigint;     -- users and groups, without the owner
    first bigint[];     -- the users who may be on the page; NULL: all
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT (kroles.space_can('manage_members', $1) OR kroles.space_can('moderate', $1)) THEN
        IF kroles.space_can('view', $1) THEN
            RAISE EXCEPTION 'permission denied for the members of this space' USING ERRCODE = 'insufficient_privilege',
                HINT = 'This requires "manage_members" or "moderate" on the space.';
        END IF;
        RAISE EXCEPTION 'the space does not exist, or you may not view it' USING ERRCODE = 'undefined_object';
    END IF;
    IF word = '' THEN
        SELECT s.owner_id INTO owning FROM kroles.spaces s WHERE s.id = $1;
        SELECT count(*) INTO members FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM owning;
        first := kroles.first_of_space($1, owning, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role, expires_at, owner) AS (
            SELECT owning, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, true
            UNION ALL
            SELECT m.user_id, NULL, m.role, m.expires_at, false
            FROM unnest(first) AS f (user_id) JOIN kroles.space_members m ON m.user_id = f.user_id AND m.space_id = $1
            WHERE m.user_id <> owning
            UNION ALL
            SELECT NULL, m.group_id, m.role, m.expires_at, false FROM kroles.space_members m WHERE m.space_id = $1 AND m.user_id IS NULL
        )
        SELECT CASE WHEN g.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(g.user_id, g.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, g.role, g.expires_at, g.owner, coalesce(g.user_id = kroles.asker(), false), members + 1, members + 1
        FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
        ORDER BY g.owner DESC, lower(p.name), p.name COLLATE "C", g.group_id NULLS FIRST, g.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH given (user_id, group_id, role, expires_at, owner) AS (
        SELECT s.owner_id, NULL::bigint, 'manager'::kroles.contextual_role, NULL::timestamptz, true FROM kroles.spaces s WHERE s.id = $1
        UNION ALL
        SELECT m.user_id, m.group_id, m.role, m.expires_at, false FROM kroles.space_members m JOIN kroles.spaces s ON s.id = m.space_id
        WHERE m.space_id = $1 AND m.user_id IS DISTINCT FROM s.owner_id
    ), shown AS (
        SELECT g.*, p.*, count(*) OVER () AS total FROM given g CROSS JOIN LATERAL kroles.shown_as(g.user_id, g.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.role, s.expires_at, s.owner, coalesce(s.user_id = kroles.asker(), false),
           count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY s.owner DESC, lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;
COMMENT ON FUNCTION kroles.space_users(bigint, text, integer, integer) IS 'Implementation of kroles_space_users()';
REVOKE EXECUTE ON FUNCTION kroles.space_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_space_users(space_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, role kroles.contextual_role,
                   expires_at timestamptz, owner boolean, you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_space_users(bigint, text, integer, integer) IS
    'The users and groups of a channel or gallery with their names, the owner first, then by name; the grants of the space itself, also where inherits_members is true. search, found and total as for kroles_media_users(). Requires manage_members or moderate on the space. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

CREATE FUNCTION kroles.event_users(event_id bigint, search text, max_rows integer, skip integer)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles kroles.event_role[],
                   you boolean, found bigint, total bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    word text := lower(btrim(coalesce($2, '')));
    members bigint;
    first bigint[];     -- as in kroles.space_users()
BEGIN
    PERFORM kroles.check_page($3, $4);
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('moderate', 'event', $1) THEN
        PERFORM kroles.check_right('manage_participants', 'event', $1);
    END IF;
    IF word = '' THEN
        SELECT count(*) INTO members FROM (SELECT DISTINCT p.user_id, p.group_id FROM kroles.event_participants p WHERE p.event_id = $1) AS p;
        first := kroles.first_of_event($1, members, $3::bigint + $4);
    END IF;
    IF first IS NOT NULL THEN
        RETURN QUERY
        WITH given (user_id, group_id, role) AS (
            SELECT p.user_id, NULL::bigint, p.role
            FROM unnest(first) AS f (user_id) JOIN kroles.event_participants p ON p.user_id = f.user_id AND p.event_id = $1
            UNION ALL
            SELECT NULL, p.group_id, p.role FROM kroles.event_participants p WHERE p.event_id = $1 AND p.user_id IS NULL
        ), listed AS (
            SELECT g.user_id, g.group_id, array_agg(g.role ORDER BY array_position(enum_range(NULL::kroles.event_role), g.role)) AS roles
            FROM given g GROUP BY g.user_id, g.group_id
        )
        SELECT CASE WHEN l.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(l.user_id, l.group_id), p.name, kroles.initials(p.name),
               p.avatar_url, p.identifier, l.roles, coalesce(l.user_id = kroles.asker(), false), members, members
        FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
        ORDER BY lower(p.name), p.name COLLATE "C", l.group_id NULLS FIRST, l.user_id LIMIT $3 OFFSET $4;
        RETURN;
    END IF;
    RETURN QUERY
    WITH listed AS (
        SELECT p.user_id, p.group_id, array_agg(p.role ORDER BY array_position(enum_range(NULL::kroles.event_role), p.role)) AS roles
        FROM kroles.event_participants p WHERE p.event_id = $1 GROUP BY p.user_id, p.group_id
    ), shown AS (
        SELECT l.*, p.*, count(*) OVER () AS total FROM listed l CROSS JOIN LATERAL kroles.shown_as(l.user_id, l.group_id) AS p
    )
    SELECT CASE WHEN s.group_id IS NULL THEN 'user' ELSE 'group' END, coalesce(s.user_id, s.group_id), s.name, kroles.initials(s.name),
           s.avatar_url, s.identifier, s.roles, coalesce(s.user_id = kroles.asker(), false), count(*) OVER (), s.total
    FROM shown s WHERE kroles.is_searched(s.searched, coalesce(s.user_id, s.group_id), word)
    ORDER BY lower(s.name), s.name COLLATE "C", s.group_id NULLS FIRST, s.user_id LIMIT $3 OFFSET $4;
END $$;
COMMENT ON FUNCTION kroles.event_users(bigint, text, integer, integer) IS 'Implementation of kroles_event_users()';
REVOKE EXECUTE ON FUNCTION kroles.event_users(bigint, text, integer, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_event_users(event_id bigint, search text DEFAULT NULL, max_rows integer DEFAULT NULL,
                                               skip integer DEFAULT 0)
    RETURNS TABLE (kind text, id bigint, name text, initials text, avatar_url text, identifier text, roles kroles.event_role[],
                   you boolean, found bigint, total bigint)
    LANGUAGE c STABLE COST 1000 ROWS 20 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_event_users(bigint, text, integer, integer) IS
    'The users and groups that take part in an event with their names and all their roles, by name. search, found and total as for kroles_media_users(). Requires manage_participants or moderate on the event. Errors: 28000 not logged in, 42501 not allowed, 42704 unknown or hidden, 22023 a negative number of rows';

CREATE FUNCTION kroles.speakers(media_id bigint)
    RETURNS TABLE ("position" integer, user_id bigint, name text, initials text, avatar_url text, title text, bio text,
                   type kroles.speaker_type, visible boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    views boolean := kroles.can('view', 'media', $1);
    manages boolean := kroles.can('manage_speakers', 'media', $1);
BEGIN
    RETURN QUERY
    SELECT s."position", s.user_id, nullif(btrim(u.name), ''), kroles.initials(u.name), u.avatar_url, u.title, u.bio, s.type, s.visible
    FROM kroles.media_speakers s JOIN kroles.users u ON u.id = s.user_id
    WHERE s.media_id = $1 AND (manages OR views AND s.visible OR kroles.holds(s.user_id, NULL)) ORDER BY s."position";
END $$;
COMMENT ON FUNCTION kroles.speakers(bigint) IS 'Implementation of kroles_speakers()';
REVOKE EXECUTE ON FUNCTION kroles.speakers(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_speakers(media_id bigint)
    RETURNS TABLE ("position" integer, user_id bigint, name text, initials text, avatar_url text, title text, bio text,
                   type kroles.speaker_type, visible boolean)
    LANGUAGE c STABLE COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_speakers(bigint) IS
    'The speakers of a media with the data for their cards, in order: visible speakers for users who view the media, all for users with manage_speakers, and the current user in any case. Without email and login. No row where the media is hidden or does not exist';
-- Identity of the current user: tokens, and gateways that are trusted to state it.

CREATE FUNCTION @extschema@.kroles_login(token text) RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_login';
COMMENT ON FUNCTION @extschema@.kroles_login(text) IS
    'Verifies a signed token (JWT), sets kroles.token to it for this transaction, and returns the id of the user. Pass it as a bound parameter, and keep parameters out of logs (log_parameter_max_length = 0). Error 28000 for a token that is invalid, empty or NULL';

CREATE FUNCTION @extschema@.kroles_trust_gateway(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    INSERT INTO kroles.gateways AS g (role) VALUES ($1)
    ON CONFLICT ON CONSTRAINT gateways_role_is_trusted_once DO NOTHING;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_trust_gateway(name) IS
    'Allows sessions of that login role to state the current user, in the setting kroles.user or in PostgREST''s request.jwt.claims. A client that can log in as the role can act as any user: name only roles of servers that you run';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_trust_gateway(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_distrust_gateway(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM kroles.gateways AS g WHERE g.role = $1
$$;
COMMENT ON FUNCTION @extschema@.kroles_distrust_gateway(name) IS
    'Revokes the trust in a gateway, from the next statement on in all sessions';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_distrust_gateway(name) FROM PUBLIC;
-- Ending a user's open transactions, so that the user cannot delay a revocation. A public function kroles_x() calls kroles.x(),
-- as in the piece on the people of media. PUBLIC may execute the other functions, as the owner of the tables need not be the
-- owner of the functions; those that lock refuse calls that do not come from the extension.

CREATE FUNCTION kroles.rely_on(user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_rely_on_user';
COMMENT ON FUNCTION kroles.rely_on(bigint) IS
    'Prevents that the user is blocked before the end of the transaction; waits for transactions that are blocking the user. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.hold_user(user_id bigint, standing boolean) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_hold_user';
COMMENT ON FUNCTION kroles.hold_user(bigint, boolean) IS
    'Waits until no other transaction relies on the user (standing), or none acts as the user, and prevents new ones until the end of the transaction. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.end_transactions(user_id bigint, standing boolean, milliseconds integer) RETURNS integer
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_end_transactions';
COMMENT ON FUNCTION kroles.end_transactions(bigint, boolean, integer) IS
    'Ends the transactions that act as the user, or (standing) that rely on the user: terminates backends and rolls back prepared transactions; waits for their end at most that long, and returns their number. Error 42501 where it is not called by the extension';

CREATE FUNCTION kroles.log_ending(user_id bigint, ended integer) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_log_ending';
COMMENT ON FUNCTION kroles.log_ending(bigint, integer) IS
    'Writes to the audit log that transactions of a user were ended. Error 42501 where it is not called by the extension';

-- Waits for the lock first if patience is positive, and then ends the transactions that hold it; later requests queue behind this
-- one.
CREATE FUNCTION kroles.hold_soon(user_id bigint, standing boolean, patience integer) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    usual text := current_setting('lock_timeout');
    most integer := nullif(extract(epoch FROM usual::interval) * 1000, 0);
BEGIN
    FOR round IN 1..5 LOOP
        IF round > 1 OR patience = 0 THEN
            PERFORM kroles.end_transactions($1, $2, 0);
        END IF;
        BEGIN
            PERFORM set_config('lock_timeout', least(most, CASE WHEN round = 1 AND patience > 0 THEN patience ELSE 1000 END)::text, true);
            PERFORM kroles.hold_user($1, $2);
            PERFORM set_config('lock_timeout', usual, true);
            RETURN true;
        EXCEPTION WHEN lock_not_available THEN
            NULL;   -- (the subtransaction's rollback restores lock_timeout)
        END;
    END LOOP;
    RETURN false;
END $$;
COMMENT ON FUNCTION kroles.hold_soon(bigint, boolean, integer) IS
    'kroles.hold_user() with a bounded wait: after that many milliseconds it ends the transactions that hold the lock. False where the lock is still not available';

CREATE FUNCTION kroles.hold_standing(user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.hold_soon($1, true, 5000) THEN
        RAISE EXCEPTION 'could not end all transactions that rely on this user' USING ERRCODE = 'lock_not_available',
            HINT = 'Use kroles_block() to block the user without waiting.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.hold_standing(bigint) IS
    'For blocking a user: waits until no transaction relies on the user, and ends those that still do after five seconds. Error 55P03 where that fails';

CREATE FUNCTION kroles.check_administrator(user_id bigint) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION 'user must not be null' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_logged_in();
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'only administrators can block users and end their sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM kroles.check_exists($1, NULL);
END $$;
COMMENT ON FUNCTION kroles.check_administrator(bigint) IS
    'Errors: 22023 no user given, 28000 not logged in, 42501 not an administrator, 42704 unknown user';

CREATE FUNCTION kroles.end_sessions(user_id bigint) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    PERFORM kroles.check_administrator($1);
    ended := kroles.end_transactions($1, false, 5000);
    IF NOT pg_is_in_recovery() THEN
        PERFORM kroles.log_ending($1, ended);
    END IF;
    RETURN ended;
END $$;
COMMENT ON FUNCTION kroles.end_sessions(bigint) IS 'Implementation of kroles_end_sessions()';
REVOKE EXECUTE ON FUNCTION kroles.end_sessions(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_end_sessions(user_id bigint) RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_end_sessions(bigint) IS
    'Ends all open transactions in this database that have acted as the user: closes the connection, like pg_terminate_backend(), or rolls back the prepared transaction. Waits for their end at most five seconds and returns the number of ended ones; a WARNING counts the others. The caller''s own connection remains. Locks of the user are released; the user''s rights do not change (see kroles_block()). Transactions that have acted as more than 64 users are ended with any of them. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given';
-- Blocking users without waiting for their transactions. A public function kroles_x() calls kroles.x(), as in the piece on the
-- people of media.

CREATE FUNCTION kroles.check_organizes_alone(user_id bigint) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_check_organizes_alone';
COMMENT ON FUNCTION kroles.check_organizes_alone(bigint) IS
    'Error 23514 for a user who is the only organizer of an event, 42501 where it is not called by the extension';

CREATE FUNCTION kroles.block(user_id bigint, hand_over_to bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    nobody_relies boolean;
BEGIN
    PERFORM kroles.check_administrator($1);
    IF $1 = $2 THEN
        RAISE EXCEPTION 'two different users must be given' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM kroles.check_exists($2, NULL);
    IF $2 IS NULL THEN
        PERFORM kroles.check_organizes_alone($1);
    END IF;
    -- From here on the user has no open transaction, and new ones wait until this transaction commits.
    PERFORM kroles.hold_soon($1, false, 0);
    PERFORM kroles.end_transactions($1, false, 1000);
    nobody_relies := kroles.hold_soon($1, true, 2000);
    IF NOT nobody_relies THEN
        RAISE WARNING 'could not end all transactions that rely on this user'
            USING HINT = 'The block is in force nevertheless; kroles_doctor() lists events that are left without an organizer.';
    END IF;
    IF $2 IS NOT NULL THEN
        PERFORM @extschema@.kroles_hand_over($1, $2);
    END IF;
    IF nobody_relies AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
        PERFORM FROM kroles.users u WHERE u.id = $1 FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE kroles.users u SET blocked = true WHERE u.id = $1 AND NOT u.blocked;
            RETURN;
        END IF;
    END IF;
    INSERT INTO kroles.user_blocks (user_id) VALUES ($1) ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.block(bigint, bigint) IS 'Implementation of kroles_block()';
REVOKE EXECUTE ON FUNCTION kroles.block(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_block(user_id bigint, hand_over_to bigint DEFAULT NULL) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_block(bigint, bigint) IS
    'Blocks a user without waiting for the user''s transactions: ends those that have acted as the user (like kroles_end_sessions()) and makes new ones wait until this transaction ends. After its commit the user has no right on any object. hand_over_to: the user who receives all that the blocked user owns and organizes, as by kroles_hand_over(). Where another transaction has locked the user''s row, the block is stored in kroles.user_blocks instead of users.blocked. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given or the same one, 23514 the only organizer of an event without hand_over_to, 55000 handed over to a blocked user';

CREATE FUNCTION kroles.unblock(user_id bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM kroles.check_administrator($1);
    -- (after the wait, a stay that began while the block was made is visible, and ends)
    PERFORM kroles.hold_standing($1);
    DELETE FROM kroles.user_blocks b WHERE b.user_id = $1;
    UPDATE kroles.users u SET blocked = false WHERE u.id = $1 AND u.blocked;
END $$;
COMMENT ON FUNCTION kroles.unblock(bigint) IS 'Implementation of kroles_unblock()';
REVOKE EXECUTE ON FUNCTION kroles.unblock(bigint) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_unblock(user_id bigint) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_unblock(bigint) IS
    'Unblocks a user, whether blocked in users.blocked or in kroles.user_blocks. The user''s stays in rooms have ended. For administrators. Errors: 28000, 42501, 42704 unknown user, 22023 no user given';

CREATE FUNCTION kroles.lift_block() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_lift_block';
COMMENT ON FUNCTION kroles.lift_block() IS 'Trigger: removes a user who is unblocked or deleted from kroles.user_blocks';
REVOKE EXECUTE ON FUNCTION kroles.lift_block() FROM PUBLIC;
-- More than one server: positions in the primary's log, and its heartbeat.

CREATE FUNCTION @extschema@.kroles_position() RETURNS pg_lsn
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_position';
COMMENT ON FUNCTION @extschema@.kroles_position() IS
    'On the primary: a position in its log that is later than every commit which has been reported; taken after a change, kroles_wait() waits for the change elsewhere. On a standby or replica: the position up to which it has the changes of its primary; NULL where none is known';

CREATE FUNCTION @extschema@.kroles_wait("position" pg_lsn, timeout interval DEFAULT '10 seconds') RETURNS boolean
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_wait';
COMMENT ON FUNCTION @extschema@.kroles_wait(pg_lsn, interval) IS
    'Waits on a standby or replica until it has every change that was committed on the primary at that position; true once it has, false after the timeout (0 to 10 minutes). Later statements see those changes. On the primary: whether its log has come to that position, at once. Must be a statement of its own, at READ COMMITTED (error 55000): it holds no snapshot while it waits';

CREATE FUNCTION kroles.is_replica() RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM kroles.replica)
        OR EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid IN ('kroles.rights'::regclass, 'kroles.heartbeat'::regclass))
$$;
COMMENT ON FUNCTION kroles.is_replica() IS 'Whether this database is a logical replica: set up by kroles_subscribe(), or by a subscription made by hand that brings the rights or the heartbeat of another kroles';
REVOKE EXECUTE ON FUNCTION kroles.is_replica() FROM PUBLIC;

CREATE FUNCTION kroles.heartbeat() RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    written timestamptz;
BEGIN
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'a replica has no heartbeat of its own' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Call kroles_heartbeat() on the primary. To make this database one of its own: DROP SUBSCRIPTION, then DELETE FROM kroles.replica.';
    END IF;
    INSERT INTO kroles.heartbeat AS h (at) VALUES (clock_timestamp())
    ON CONFLICT ON CONSTRAINT heartbeat_has_one_row DO UPDATE SET at = clock_timestamp(), caller = session_user
    RETURNING h.at INTO written;
    RETURN written;
END $$;
COMMENT ON FUNCTION kroles.heartbeat() IS 'Implementation of kroles_heartbeat()';
REVOKE EXECUTE ON FUNCTION kroles.heartbeat() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_heartbeat() RETURNS timestamptz
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_heartbeat() IS
    'Writes the time into kroles.heartbeat, and returns it: call it on the primary several times within settings.replica_lease, in a transaction of its own, from a timer of the system or pg_cron. Grant EXECUTE to the role that the timer uses';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_heartbeat() FROM PUBLIC;
-- Setting up logical replicas: the publication on the primary, the subscription on each replica.
--
-- The functions run with the privileges of the caller, so PostgreSQL itself requires the owner of the tables, who may create
-- publications in the database, and a superuser for the subscription.

CREATE FUNCTION kroles.entitlement_tables() RETURNS TABLE (name text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.name FROM kroles.relations() r
    WHERE (r.tracked IS NOT NULL OR r.traits && '{audience, entitlement}') AND NOT 'local' = ANY (r.traits)
$$;
COMMENT ON FUNCTION kroles.entitlement_tables() IS
    'The tables that decide, and kroles.heartbeat: what replicas need. Without the audit log, playlists and names of roles, which decide nothing, and the secret, of which each database has its own';
REVOKE EXECUTE ON FUNCTION kroles.entitlement_tables() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_publish_entitlements(publication name DEFAULT 'kroles_entitlements') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tables text := (SELECT string_agg(format('kroles.%I', t.name), ', ' ORDER BY t.name) FROM kroles.entitlement_tables() t);
BEGIN
    IF $1 IS NULL THEN
        RAISE EXCEPTION 'publication must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'this database is a replica itself' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Replicas subscribe to the primary: kroles_wait() and leases count its log and its heartbeat.';
    END IF;
    IF EXISTS (SELECT FROM pg_publication p WHERE p.pubname = $1) THEN
        EXECUTE format('ALTER PUBLICATION %I SET TABLE %s', $1, tables);
        EXECUTE format('ALTER PUBLICATION %I SET (publish = ''insert, update, delete, truncate'')', $1);
    ELSE
        EXECUTE format('CREATE PUBLICATION %I FOR TABLE %s', $1, tables);
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_publish_entitlements(name) IS
    'On the primary: creates the publication of all tables that decide, for kroles_subscribe(); one that exists gets these tables. Requires wal_level = logical, and the owner of the tables. The rows include signing keys';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_publish_entitlements(name) FROM PUBLIC;

CREATE FUNCTION kroles.empty_for_replica() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
DECLARE
    relation text;
    present boolean;
    full_tables text[] := '{}';
BEGIN
    FOR relation IN SELECT t.name FROM kroles.entitlement_tables() t LOOP
        EXECUTE format('LOCK TABLE kroles.%I IN SHARE ROW EXCLUSIVE MODE', relation);
        -- these rows came with the extension
        IF relation IN ('settings', 'rights', 'baseline_rights', 'role_rights', 'ceiling_rights') THEN
            EXECUTE format('DELETE FROM kroles.%I', relation);
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM kroles.%I)', relation) INTO present;
        IF present THEN
            full_tables := full_tables || ('kroles.' || relation);
        END IF;
    END LOOP;
    IF full_tables <> '{}' THEN
        RAISE EXCEPTION 'this database has entitlements of its own' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There are rows in %s.', array_to_string(full_tables, ', ')),
            HINT = 'A replica has the entitlements of its primary and no others: use a database in which the extension was just created.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.empty_for_replica() IS
    'For kroles_subscribe: deletes the rows that CREATE EXTENSION made, with triggers off; error 55000 if there are others';
REVOKE EXECUTE ON FUNCTION kroles.empty_for_replica() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_subscribe(conninfo text, slot name, publication name DEFAULT 'kroles_entitlements',
        subscription name DEFAULT 'kroles_entitlements') RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    IF conninfo IS NULL OR slot IS NULL OR publication IS NULL OR subscription IS NULL THEN
        RAISE EXCEPTION 'connection, slot, publication and subscription must not be null' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF kroles.is_replica() THEN
        RAISE EXCEPTION 'this database is a replica already' USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'To begin anew: DROP SUBSCRIPTION, empty the tables of kroles, then DELETE FROM kroles.replica.';
    END IF;
    PERFORM kroles.empty_for_replica();
    INSERT INTO kroles.replica (subscription) VALUES ($4);
    -- (only with a slot that exists can a subscription be created in a transaction)
    EXECUTE format('CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (create_slot = false, slot_name = %L)', $4, $1, $3, $2);
    missing := (SELECT string_agg('kroles.' || t.name, ', ' ORDER BY t.name) FROM kroles.entitlement_tables() t
                WHERE NOT EXISTS (SELECT FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid
                                  WHERE s.subname = $4 AND s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                                    AND r.srrelid = format('kroles.%I', t.name)::regclass));
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'publication "%" does not have all entitlements', $3 USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('It lacks %s.', missing), HINT = 'Call kroles_publish_entitlements() on the primary, with the same version of kroles.';
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_subscribe(text, name, name, name) IS
    'On a replica, as a superuser: deletes the rows that came with the extension, marks the database as a replica (kroles.replica), and subscribes to the publication of kroles_publish_entitlements() on the primary; error 55000 if there are other rows. The slot must exist there: pg_create_logical_replication_slot(slot, ''pgoutput''). The role of the connection must have REPLICATION and BYPASSRLS and may read the tables. Until every table is copied, every question is answered with the error KR001';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_subscribe(text, name, name, name) FROM PUBLIC;
-- The rights that exist, and the rows that the tables of the site begin with: the cells of the three matrices, the labels of the
-- applicative roles, the settings.

INSERT INTO kroles.rights (kind, action, description) VALUES
    ('site', 'upload', 'make media, and have a My Media page'),
    ('site', 'create_event', 'make an event'),
    ('site', 'create_channel', 'make a channel'),
    ('site', 'create_gallery', 'make a top-level gallery'),
    ('site', 'administer', 'run the site: users, groups, settings, matrices'),
    ('channel', 'view', 'see the channel and what is approved in it'),
    ('channel', 'contribute', 'add content'),
    ('channel', 'moderate', 'see the queue, approve and reject'),
    ('channel', 'edit_contributions', 'edit anyone''s content there'),
    ('channel', 'delete_contributions', 'take anyone''s content down from there'),
    ('channel', 'manage', 'change the settings: name, type, moderation'),
    ('channel', 'manage_members', 'invite people and groups and set their roles'),
    ('channel', 'organize', 'arrange the content in playlists'),
    ('channel', 'view_analytics', 'see, print and save the analytics'),
    ('channel', 'delete', 'delete the channel'),
    ('channel', 'join_room', 'join live rooms'),
    ('channel', 'start_room', 'open and start live rooms'),
    ('channel', 'share', 'publish what is here to other channels; only in a shared repository'),
    ('gallery', 'view', 'see the gallery and what is approved in it'),
    ('gallery', 'contribute', 'add content'),
    ('gallery', 'moderate', 'see the queue, approve and reject'),
    ('gallery', 'delete_contributions', 'take anyone''s content down from there'),
    ('gallery', 'manage', 'change the settings: name, type, moderation, inheritance'),
    ('gallery', 'manage_members', 'invite people and groups and set their roles'),
    ('gallery', 'view_analytics', 'see the analytics'),
    ('gallery', 'create_subgallery', 'make a gallery inside this one'),
    ('gallery', 'delete', 'delete the gallery'),
    ('gallery', 'share', 'never: a gallery is no shared repository'),
    ('media', 'view', 'watch it'),
    ('media', 'edit', 'change details and metadata, trim, replace, edit captions, chapters and slides'),
    ('media', 'delete', 'delete it'),
    ('media', 'publish', 'publish it to channels and galleries one may contribute to'),
    ('media', 'transfer_ownership', 'make someone else its owner'),
    ('media', 'manage_collaborators', 'add, change and remove collaborators'),
    ('media', 'manage_moderators', 'add, change and remove moderators'),
    ('media', 'manage_speakers', 'add, order, change and remove speakers'),
    ('room', 'join_room', 'join it'),
    ('room', 'start_room', 'open and start it'),
    ('room', 'moderate_room', 'look after the participants, and say who speaks or presents'),
    ('room', 'moderate_chat', 'look after messages, questions and answers, and polls'),
    ('room', 'present', 'present, with more tools than a participant'),
    ('room', 'interact', 'take part in the chat, questions and polls'),
    ('event', 'view', 'see the event and its sessions'),
    ('event', 'interact', 'take part in it'),
    ('event', 'present', 'present in it'),
    ('event', 'moderate', 'look after its sessions: their rooms, chats and speakers'),
    ('event', 'manage', 'change its settings, add and remove sessions'),
    ('event', 'manage_participants', 'add, change and remove those who take part'),
    ('event', 'view_analytics', 'see the analytics'),
    ('event', 'delete', 'delete the event');
INSERT INTO kroles.rights (kind, action, summary, description) VALUES
    ('media', 'contribute', true, 'edit or publish it'),
    ('media', 'manage', true, 'manage its collaborators, moderators or speakers'),
    ('media', 'moderate', true, 'be its owner, editor, chat or room moderator, or moderate a space where it is pending or approved or an event it is a session of'),
    ('room', 'view', true, 'see its media'),
    ('room', 'contribute', true, 'present in it'),
    ('room', 'moderate', true, 'moderate the room or its chat'),
    ('room', 'manage', true, 'be a host of it'),
    ('event', 'contribute', true, 'present in it');

-- (Triggers do not fire: neither the guards, for which shipped values are fixed, nor the log, because nobody changes anything.)
CREATE FUNCTION kroles.fill_rows() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET session_replication_role = replica AS $$
BEGIN
    -- Baseline: the rights of applicative roles without a grant.
    WITH granted (kind, type, applicative_role, actions) AS (VALUES
        ('site', 'site', 'private_only', '{upload, create_event}'),
        ('site', 'site', 'admin', '{upload, create_event, create_channel}'),
        ('site', 'site', 'unmoderated_admin', '{upload, create_event, create_channel}'),
        ('channel', 'open', 'viewer', '{view}'),
        ('channel', 'open', 'private_only', '{view}'),
        ('channel', 'open', 'admin', '{view, contribute}'),
        ('channel', 'open', 'unmoderated_admin', '{view, contribute}'),
        ('channel', 'restricted', 'viewer', '{view}'),
        ('channel', 'restricted', 'private_only', '{view}'),
        ('channel', 'restricted', 'admin', '{view}'),
        ('channel', 'restricted', 'unmoderated_admin', '{view}'),
        ('channel', 'public_restricted', 'anonymous', '{view}'),
        ('channel', 'public_restricted', 'viewer', '{view}'),
        ('channel', 'public_restricted', 'private_only', '{view}'),
        ('channel', 'public_restricted', 'admin', '{view}'),
        ('channel', 'public_restricted', 'unmoderated_admin', '{view}'),
        ('channel', 'public_open', 'anonymous', '{view}'),
        ('channel', 'public_open', 'viewer', '{view}'),
        ('channel', 'public_open', 'private_only', '{view}'),
        ('channel', 'public_open', 'admin', '{view, contribute}'),
        ('channel', 'public_open', 'unmoderated_admin', '{view, contribute}'),
        ('gallery', 'open', 'anonymous', '{view}'),
        ('gallery', 'open', 'viewer', '{view}'),
        ('gallery', 'open', 'private_only', '{view}'),
        ('gallery', 'open', 'admin', '{view, contribute}'),
        ('gallery', 'open', 'unmoderated_admin', '{view, contribute}'),
        ('gallery', 'restricted', 'viewer', '{view}'),
        ('gallery', 'restricted', 'private_only', '{view}'),
        ('gallery', 'restricted', 'admin', '{view}'),
        ('gallery', 'restricted', 'unmoderated_admin', '{view}')
    ), types (kind, type) AS (
        SELECT 'site', 'site'
        UNION ALL SELECT 'channel', unnest(enum_range(NULL::kroles.space_type))::text
        UNION ALL SELECT 'gallery', unnest('{open, restricted, private}'::text[])
    )
    INSERT INTO kroles.baseline_rights AS cells (kind, type, applicative_role, action, allowed, shipped)
    SELECT t.kind, t.type, a.role, r.action, cell.allowed, cell.allowed
    FROM types t
    JOIN kroles.rights r ON r.kind = t.kind AND NOT r.summary
    CROSS JOIN unnest(enum_range(NULL::kroles.applicative_role)) AS a (role)
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM granted g
        WHERE (g.kind, g.type, g.applicative_role) = (t.kind, t.type, a.role::text)
          AND r.action = ANY (g.actions::text[])) AS allowed) AS cell
    ORDER BY 1, 2, 3, r.action::kroles.action
    ON CONFLICT (kind, type, applicative_role, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Grants: the rights of each role on the object.
    WITH granted (kind, role, actions) AS (VALUES
        ('channel', 'member', '{view, join_room, share}'),
        ('channel', 'contributor', '{view, contribute, join_room, share}'),
        ('channel', 'moderator', '{view, contribute, moderate, edit_contributions, delete_contributions, join_room, share}'),
        ('channel', 'manager', '{view, contribute, moderate, delete_contributions, manage, manage_members, organize, view_analytics, delete, join_room, start_room, share}'),
        ('gallery', 'member', '{view}'),
        ('gallery', 'contributor', '{view, contribute}'),
        ('gallery', 'moderator', '{view, contribute, moderate}'),
        ('gallery', 'manager', '{view, contribute, moderate, delete_contributions, manage, manage_members, view_analytics, create_subgallery, delete}'),
        ('media', 'owner', '{view, edit, delete, publish, manage_collaborators, manage_moderators, manage_speakers, transfer_ownership}'),
        ('media', 'editor', '{view, edit, manage_moderators, manage_speakers}'),
        ('media', 'publisher', '{view, publish}'),
        ('media', 'viewer', '{view}'),
        ('media', 'chat_moderator', '{view}'),
        ('media', 'room_moderator', '{view}'),
        ('media', 'speaker', '{view}'),
        ('room', 'host', '{join_room, start_room, moderate_room, moderate_chat, present, interact}'),
        ('room', 'room_moderator', '{join_room, start_room, moderate_room, present, interact}'),
        ('room', 'chat_moderator', '{join_room, moderate_chat, interact}'),
        ('room', 'advanced_speaker', '{join_room, present, interact}'),
        ('room', 'simple_speaker', '{join_room, interact}'),
        ('room', 'participant', '{join_room, interact}'),
        ('event', 'organizer', '{view, interact, present, moderate, manage, manage_participants, view_analytics, delete}'),
        ('event', 'moderator', '{view, interact, present, moderate}'),
        ('event', 'speaker', '{view, interact, present}'),
        ('event', 'attendee', '{view, interact}')
    )
    INSERT INTO kroles.role_rights AS cells (kind, role, action, allowed, shipped)
    SELECT g.kind, g.role, r.action, cell.allowed, cell.allowed
    FROM granted g
    JOIN kroles.rights r ON r.kind = g.kind AND NOT r.summary
    CROSS JOIN LATERAL (SELECT r.action = ANY (g.actions::text[]) AS allowed) AS cell
    ORDER BY 1, 2, r.action::kroles.action
    ON CONFLICT (kind, role, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Ceilings: the rights that an applicative role never has.
    WITH never (applicative_role, kind, actions) AS (VALUES
        ('viewer', 'channel', '{contribute, edit_contributions}'),
        ('viewer', 'gallery', '{contribute, create_subgallery}'),
        ('viewer', 'media', '{edit, delete, publish, transfer_ownership, manage_collaborators, manage_moderators, manage_speakers}')
    )
    INSERT INTO kroles.ceiling_rights AS cells (applicative_role, kind, action, allowed, shipped)
    SELECT a.role, r.kind, r.action, cell.allowed, cell.allowed
    FROM kroles.rights r
    CROSS JOIN unnest(enum_range(NULL::kroles.applicative_role)) AS a (role)
    CROSS JOIN LATERAL (SELECT CASE WHEN a.role = 'anonymous' THEN r.action = 'view'
        ELSE NOT EXISTS (SELECT FROM never n
                         WHERE (n.applicative_role, n.kind) = (a.role::text, r.kind)
                           AND r.action = ANY (n.actions::text[])) END AS allowed) AS cell
    WHERE NOT r.summary
    ORDER BY 1, 2, r.action::kroles.action
    ON CONFLICT (applicative_role, kind, action) DO UPDATE SET shipped = excluded.shipped,
        allowed = CASE WHEN cells.allowed = cells.shipped THEN excluded.shipped ELSE cells.allowed END
    WHERE cells.shipped <> excluded.shipped;

    -- Labels: the names of the roles in words.
    INSERT INTO kroles.role_labels AS labels (applicative_role, label, shipped)
    SELECT r.role, l.label, l.label
    FROM unnest(enum_range(NULL::kroles.applicative_role)) AS r (role),
    LATERAL (SELECT upper(left(r.role::text, 1)) || replace(substr(r.role::text, 2), '_', ' ')) AS l (label)
    ON CONFLICT (applicative_role) DO UPDATE SET shipped = excluded.shipped,
        label = CASE WHEN labels.label = labels.shipped THEN excluded.shipped ELSE labels.label END
    WHERE labels.shipped <> excluded.shipped;

    INSERT INTO kroles.settings DEFAULT VALUES ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION kroles.fill_rows() IS
    'Adds the rows that this version ships and the tables lack, and gives cells and labels that the site did not change their shipped value; repeatable';
REVOKE EXECUTE ON FUNCTION kroles.fill_rows() FROM PUBLIC;
-- Guards: triggers that refuse what policies and constraints cannot express. BEFORE triggers fire in the order of their names.

-- ---- The secret and the signing keys ----

-- Without its secret a database cannot decrypt its audiences.
CREATE TRIGGER guard_secret BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON kroles.secret
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.refuse('the secret of this database cannot be changed', '42501',
        'To get another one, restore a dump into a new database.');
-- (A subscriber of logical replication keeps its own secret: audiences are replicated as text and encrypted anew.)
CREATE TRIGGER keep_secret BEFORE INSERT OR UPDATE OR DELETE ON kroles.secret FOR EACH ROW EXECUTE FUNCTION kroles.keep_row();
ALTER TABLE kroles.secret ENABLE ALWAYS TRIGGER keep_secret;

-- The error of a constraint would show the key in its detail, so a trigger checks the same rules before.
CREATE FUNCTION kroles.guard_key() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    broken text := CASE
        WHEN NEW.kid IS NULL OR octet_length(NEW.kid) NOT BETWEEN 1 AND 256 THEN 'signing_keys_kid_has_1_to_256_bytes'
        WHEN NEW.algorithm IS NULL OR NEW.algorithm !~ '^((HS|RS|ES)(256|384|512)|EdDSA)$' THEN 'signing_keys_algorithm_is_known'
        WHEN NEW.algorithm LIKE 'HS%' AND NEW.key LIKE '%-----BEGIN%' THEN 'signing_keys_secret_is_no_public_key'
        WHEN NEW.algorithm LIKE 'HS%' AND octet_length(NEW.key) < 32 THEN 'signing_keys_secret_has_at_least_32_bytes'
        WHEN NEW.algorithm NOT LIKE 'HS%' AND (NEW.key !~ '^\s*-----BEGIN PUBLIC KEY-----' OR NEW.key ~ 'PRIVATE KEY')
            THEN 'signing_keys_key_is_a_public_key_in_pem'
        WHEN NEW.created_at IS NULL THEN 'signing_keys_created_at_is_known' END;
BEGIN
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'signing key violates the rule "%"', broken USING ERRCODE = 'check_violation',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = broken;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_key() IS 'Trigger: refuses an invalid key without showing it';
REVOKE EXECUTE ON FUNCTION kroles.guard_key() FROM PUBLIC;

-- ---- Spaces ----

CREATE FUNCTION kroles.guard_tree() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_tree';
COMMENT ON FUNCTION kroles.guard_tree() IS 'Trigger: the tree of galleries has no cycle and at most 32 levels';
REVOKE EXECUTE ON FUNCTION kroles.guard_tree() FROM PUBLIC;

-- ---- Media, the people on it and publications ----

CREATE FUNCTION kroles.guard_media_type() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_media_type';
COMMENT ON FUNCTION kroles.guard_media_type() IS 'Trigger: the type of media must be in settings.creation_tools';
REVOKE EXECUTE ON FUNCTION kroles.guard_media_type() FROM PUBLIC;

CREATE FUNCTION kroles.guard_collaborator() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_collaborator';
COMMENT ON FUNCTION kroles.guard_collaborator() IS 'Trigger: the owner of a media must not be a collaborator of it';
REVOKE EXECUTE ON FUNCTION kroles.guard_collaborator() FROM PUBLIC;

CREATE FUNCTION kroles.drop_new_owners_permissions() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_drop_new_owners_permissions';
COMMENT ON FUNCTION kroles.drop_new_owners_permissions() IS 'Trigger: the new owner of a media ceases to be a collaborator of it';
REVOKE EXECUTE ON FUNCTION kroles.drop_new_owners_permissions() FROM PUBLIC;

CREATE FUNCTION kroles.guard_moderators_module() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_moderators_module';
COMMENT ON FUNCTION kroles.guard_moderators_module() IS
    'Trigger: no moderator can be added while settings.chat_and_collaboration is off';
REVOKE EXECUTE ON FUNCTION kroles.guard_moderators_module() FROM PUBLIC;

CREATE FUNCTION kroles.guard_publication() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_publication';
COMMENT ON FUNCTION kroles.guard_publication() IS
    'Trigger: checks the rights to publish, moderate and take down, and fills in the columns that record it';
REVOKE EXECUTE ON FUNCTION kroles.guard_publication() FROM PUBLIC;

-- ---- Columns ----

-- Policies cannot restrict which columns a user may change; these triggers do. They check the rights before the statement (the
-- functions are STABLE and use the statement's snapshot), and let administrators pass.

CREATE FUNCTION kroles.guard_own_user() RETURNS trigger
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT kroles.can('administer', 'site') THEN
        RAISE EXCEPTION 'permission denied to change more of your own user than name, email, avatar_url, title and bio'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Ask an administrator.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_own_user() IS 'Trigger: only administrators can change columns of users other than those that describe the person';
REVOKE EXECUTE ON FUNCTION kroles.guard_own_user() FROM PUBLIC;

CREATE FUNCTION kroles.guard_ownership() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_ownership';
COMMENT ON FUNCTION kroles.guard_ownership() IS
    'Trigger: changing owner_id of media requires transfer_ownership, changing that of a space requires its owner or an administrator; a blocked user cannot become an owner';
REVOKE EXECUTE ON FUNCTION kroles.guard_ownership() FROM PUBLIC;

CREATE FUNCTION kroles.guard_move() RETURNS trigger
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (kroles.can('administer', 'site')
            OR NEW.parent_id IS NULL AND kroles.can('create_gallery', 'site')
            OR kroles.space_can('create_subgallery', NEW.parent_id)) THEN
        RAISE EXCEPTION 'permission denied to move this gallery' USING ERRCODE = 'insufficient_privilege',
            HINT = 'This requires "create_subgallery" on the new parent, or "create_gallery" on the site for a top-level gallery.';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION kroles.guard_move() IS
    'Trigger: moving a gallery requires, beside manage on it, create_subgallery on the new parent, or create_gallery for a top-level gallery';
REVOKE EXECUTE ON FUNCTION kroles.guard_move() FROM PUBLIC;

-- New rows: the policy is evaluated before a wait for a transaction that deletes a row with the same key, and not again. So a
-- trigger checks each row again when it is inserted, and refuses it where the right was revoked. (Rows of ordered lists wait
-- before the policy is evaluated: see the piece on order. Roles that bypass row-level security are not checked.)
CREATE FUNCTION kroles.publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION kroles.publication_status(bigint, bigint) IS 'kroles_publication_status(), for guards';

CREATE FUNCTION kroles.guard_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_guard_external_id';
COMMENT ON FUNCTION kroles.guard_external_id() IS
    'Trigger: only administrators may assign a former external id of another object, because data that refers to that object by it would then belong to the new one';
REVOKE EXECUTE ON FUNCTION kroles.guard_external_id() FROM PUBLIC;
CREATE FUNCTION kroles.retire_external_id() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_retire_external_id';
COMMENT ON FUNCTION kroles.retire_external_id() IS 'Trigger: records the former external id of an object';
REVOKE EXECUTE ON FUNCTION kroles.retire_external_id() FROM PUBLIC;

CREATE FUNCTION kroles.external_id_is_free(relation regclass, external_id text, id bigint) RETURNS boolean
    LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'kroles_external_id_is_free';
COMMENT ON FUNCTION kroles.external_id_is_free(regclass, text, bigint) IS
    'For conditions of triggers, about the row that was guarded last: an error where its external id became a former one of another object while the statement waited; else true';
-- PUBLIC may execute it, as the condition of a trigger is evaluated with the privileges of the role that changes the row.

CREATE FUNCTION kroles.id(kind kroles.object_kind, external_id text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CASE
        WHEN kind IN ('channel', 'gallery') THEN
            RETURN (SELECT s.id FROM kroles.spaces s WHERE s.external_id = $2 AND kroles.can('view', $1, s.id));
        WHEN kind IN ('media', 'room') THEN
            RETURN (SELECT m.id FROM kroles.media m WHERE m.external_id = $2 AND kroles.can('view', 'media', m.id)
                    AND (kind = 'media' OR m.type IN ('live', 'room')));
        WHEN kind = 'event' THEN
            RETURN (SELECT e.id FROM kroles.events e WHERE e.external_id = $2 AND kroles.can('view', $1, e.id));
        ELSE
            RAISE EXCEPTION 'objects of this kind have no external ids' USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Channels, galleries, media, rooms and events have them.';
    END CASE;
END $$;
COMMENT ON FUNCTION kroles.id(kroles.object_kind, text) IS 'Implementation of kroles_id()';
REVOKE EXECUTE ON FUNCTION kroles.id(kroles.object_kind, text) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_id(kind kroles.object_kind, external_id text) RETURNS bigint
    LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_id(kroles.object_kind, text) IS
    'The id of the channel, gallery, media, room (media of type live or room) or event with that external id; NULL where none exists that the current user may view. Error 22023 for NULL and for the site';

CREATE FUNCTION kroles.audit() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_audit';
COMMENT ON FUNCTION kroles.audit() IS
    'Trigger: logs the rows that a statement changed; its arguments are the kind of the object and the columns with its id and its space';
REVOKE EXECUTE ON FUNCTION kroles.audit() FROM PUBLIC;

CREATE FUNCTION kroles.guard_audit() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT r.rolname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
                        WHERE c.oid = TG_RELID) THEN
        RAISE EXCEPTION 'the audit log cannot be changed' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Only the owner of the extension may delete old rows.';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.guard_audit() IS 'Trigger: only the owner of the extension can change the audit log';
REVOKE EXECUTE ON FUNCTION kroles.guard_audit() FROM PUBLIC;

-- The site: all roles read the rules, administrators change them. Only roles that bypass row-level security write keys and
-- gateways.
CREATE POLICY read ON kroles.rights FOR SELECT USING (true);
-- kroles_history(): the audit log as text for users.

-- Indexes by which all rows of the log about a user or group are found.
CREATE FUNCTION kroles.concerns("row" jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce('user ' || ("row" ->> 'user_id'), 'group ' || ("row" ->> 'group_id'), 'user ' || ("row" ->> 'owner_id'));
COMMENT ON FUNCTION kroles.concerns(jsonb) IS 'The user or group of a row in the audit log: its user, its group, or its owner; NULL without any of them';

-- ---- Names ----

CREATE FUNCTION kroles.person_called(user_id bigint, group_id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT coalesce(nullif(btrim(u.name), ''), u.login) FROM kroles.users u WHERE u.id = $1), 'user ' || $1,
                    (SELECT 'group ' || g.name FROM kroles.groups g WHERE g.id = $2), 'group ' || $2)
$$;
COMMENT ON FUNCTION kroles.person_called(bigint, bigint) IS 'The name of a user or group that the caller sees, else its id; for kroles.history()';

CREATE FUNCTION kroles.object_called(kind text, id bigint) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(CASE kind
        WHEN 'media' THEN (SELECT format('"%s"', m.name) FROM kroles.media m
                      WHERE m.id = $2 AND kroles.can('view', 'media', m.id))
        WHEN 'space' THEN (SELECT format('"%s"', s.name) FROM kroles.spaces s
                      WHERE s.id = $2 AND kroles.space_can('view', s.id))
        WHEN 'event' THEN (SELECT format('event "%s"', e.name) FROM kroles.events e
                      WHERE e.id = $2 AND kroles.can('view', 'event', e.id))
        WHEN 'group' THEN (SELECT format('"%s"', g.name) FROM kroles.groups g WHERE g.id = $2)
        END, concat_ws(' ', $1, $2))
$$;
COMMENT ON FUNCTION kroles.object_called(text, bigint) IS 'The name of a media, space, event or group that the current user may view, else its kind and id; for kroles.history()';

CREATE FUNCTION kroles.only_changed(one jsonb, other jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- (without the audience of media, which is derived from other rows)
    RETURN (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(one) AS e
            WHERE e.value IS DISTINCT FROM coalesce(other, '{}') -> e.key AND NOT (other IS NULL AND e.value = 'null')
              AND e.key <> 'audience');
COMMENT ON FUNCTION kroles.only_changed(jsonb, jsonb) IS
    'The columns of a logged row whose values differ from those of another; without another row, those that are not null';

-- ---- Texts ----

CREATE FUNCTION kroles.history_text_people(relation text, operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r jsonb := coalesce(after, before);
    is_space boolean := r ? 'space_id';
    who text := kroles.person_called((r ->> 'user_id')::bigint, (r ->> 'group_id')::bigint);
    place text := CASE WHEN is_space THEN kroles.object_called('space', (r ->> 'space_id')::bigint)
        WHEN r ? 'event_id' THEN kroles.object_called('event', (r ->> 'event_id')::bigint)
        ELSE kroles.object_called('media', (r ->> 'media_id')::bigint) END;
    new_role text := replace(coalesce(after ->> 'role', after ->> 'permission'), '_', ' ');
    old_role text := replace(coalesce(before ->> 'role', before ->> 'permission'), '_', ' ');
    changed text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(kroles.only_changed(after, before)) AS k);
BEGIN
    RETURN CASE
        WHEN relation = 'kroles.group_members' THEN
            format(CASE operation WHEN 'INSERT' THEN 'added %s to group %s' WHEN 'DELETE' THEN 'removed %s from group %s'
                   ELSE 'changed who is %s in group %s' END,
                   kroles.person_called((r ->> 'user_id')::bigint, NULL), kroles.object_called('group', (r ->> 'group_id')::bigint))
        WHEN relation = 'kroles.media_speakers' THEN
            CASE WHEN operation = 'INSERT' THEN format('made %s a speaker of %s', who, place)
                 WHEN operation = 'DELETE' THEN format('removed %s from the speakers of %s', who, place)
                 WHEN changed = 'position' THEN format('moved speaker %s of %s from position %s to %s', who, place,
                                                        before ->> 'position', after ->> 'position')
                 ELSE format('changed %s of speaker %s of %s', changed, who, place) END
        WHEN operation = 'INSERT' THEN format('made %s %s of %s', who, new_role, place)
        WHEN operation = 'DELETE' THEN format('removed %s, %s, from %s', who, old_role, place)
        WHEN changed IN ('role', 'permission') THEN format('changed %s from %s to %s of %s', who, old_role, new_role, place)
        ELSE format('changed %s of %s, %s of %s', changed, who, new_role, place) END;
END $$;
COMMENT ON FUNCTION kroles.history_text_people(text, text, jsonb, jsonb) IS 'A change of a grant, member, participant or speaker as text';

CREATE FUNCTION kroles.history_text_session(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE operation WHEN 'INSERT' THEN 'made %s a session of %s' WHEN 'DELETE' THEN 'removed %s from the sessions of %s'
                  ELSE 'moved session %s of %s from position %s to %s' END,
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint),
        kroles.object_called('event', (coalesce(after, before) ->> 'event_id')::bigint),
        before ->> 'position', after ->> 'position')
$$;
COMMENT ON FUNCTION kroles.history_text_session(text, jsonb, jsonb) IS 'A change of a session of an event as text';

CREATE FUNCTION kroles.history_text_stay(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN operation = 'INSERT' THEN 'let %s into room %s'
                       WHEN before ->> 'left_at' IS NULL AND after ->> 'left_at' IS NOT NULL THEN 'ended the stay of %s in room %s'
                       ELSE 'changed the stay of %s in room %s' END,
        kroles.person_called((coalesce(after, before) ->> 'user_id')::bigint, NULL),
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint))
$$;
COMMENT ON FUNCTION kroles.history_text_stay(text, jsonb, jsonb) IS 'A change of a stay in a room as text';

CREATE FUNCTION kroles.history_text_publication(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE
            WHEN operation = 'INSERT' THEN 'published %s in %s, %s'
            WHEN operation = 'DELETE' THEN 'took %s down from %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'approved' THEN 'approved %s in %s'
            WHEN before ->> 'status' = 'pending' AND after ->> 'status' = 'rejected' THEN 'rejected %s in %s'
            WHEN before ->> 'status' = 'rejected' AND after ->> 'status' <> 'rejected' THEN 'published %s in %s again, %s'
            ELSE 'changed how %s is published in %s' END,
        kroles.object_called('media', (coalesce(after, before) ->> 'media_id')::bigint),
        kroles.object_called('space', (coalesce(after, before) ->> 'space_id')::bigint), after ->> 'status')
$$;
COMMENT ON FUNCTION kroles.history_text_publication(text, jsonb, jsonb) IS 'A change of a publication as text';

CREATE FUNCTION kroles.history_text_item(operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE operation WHEN 'INSERT' THEN 'added %s to %s' WHEN 'DELETE' THEN 'removed %s from %s'
                  ELSE 'moved %s in %s from position %s to %s' END,
        kroles.object_called('media', (r.r ->> 'media_id')::bigint),
        coalesce((SELECT format('playlist "%s"', p.name) FROM kroles.playlists p
                  WHERE p.id = (r.r ->> 'playlist_id')::bigint AND p.space_id = (r.r ->> 'space_id')::bigint),
                 'playlist ' || (r.r ->> 'playlist_id')),
        before ->> 'position', after ->> 'position')
    FROM (SELECT coalesce(after, before)) AS r (r)
$$;
COMMENT ON FUNCTION kroles.history_text_item(text, jsonb, jsonb) IS 'A change of an item of a playlist as text';

CREATE FUNCTION kroles.history_text_object(relation text, operation text, before jsonb, after jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r jsonb := coalesce(after, before);
    noun text := (SELECT l.noun FROM kroles.relations() l WHERE 'kroles.' || l.name = relation);
    what text := CASE WHEN noun IS NOT NULL THEN format('%s "%s"', noun, r ->> 'name') ELSE CASE relation
        WHEN 'kroles.spaces' THEN format('%s "%s"', r ->> 'kind', r ->> 'name')
        WHEN 'kroles.users' THEN format('user %s', coalesce(nullif(btrim(r ->> 'name'), ''), r ->> 'login'))
        WHEN 'kroles.user_blocks' THEN format('user %s', kroles.person_called((r ->> 'user_id')::bigint, NULL))
        WHEN 'kroles.settings' THEN 'the settings'
        WHEN 'kroles.role_labels' THEN 'the role ' || (r ->> 'applicative_role')
        WHEN 'kroles.signing_keys' THEN format('signing key "%s"', r ->> 'kid')
        WHEN 'kroles.gateways' THEN format('gateway "%s"', r ->> 'role')
        ELSE format('a row of %s%s', relation, ' (' || nullif(concat_ws(' ', r ->> 'name', r ->> 'kind', r ->> 'type', r ->> 'role',
                                                              r ->> 'applicative_role', r ->> 'action'), '') || ')') END END;
    changed text := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(kroles.only_changed(after, before)) AS k);
BEGIN
    RETURN CASE
        WHEN operation = 'END SESSIONS' THEN
            format('ended the transactions of user %s', kroles.person_called((r ->> 'user_id')::bigint, NULL))
        WHEN relation = 'kroles.user_blocks' AND operation IN ('INSERT', 'DELETE') THEN
            format('%s %s', CASE operation WHEN 'INSERT' THEN 'blocked' ELSE 'unblocked' END, what)
        WHEN operation = 'INSERT' THEN format('made %s', what)
        WHEN operation = 'DELETE' THEN format('deleted %s', what)
        WHEN operation = 'TRUNCATE' THEN format('emptied %s', relation)
        WHEN changed = 'owner_id' THEN
            format('made %s the owner of %s', kroles.person_called((after ->> 'owner_id')::bigint, NULL), what)
        WHEN changed = 'blocked' THEN
            format('%s %s', CASE after ->> 'blocked' WHEN 'true' THEN 'blocked' ELSE 'unblocked' END, what)
        WHEN changed = 'applicative_role' THEN
            format('changed the applicative role of %s from %s to %s', what,
                   before ->> 'applicative_role', after ->> 'applicative_role')
        ELSE format('changed %s of %s', changed, what) END;
END $$;
COMMENT ON FUNCTION kroles.history_text_object(text, text, jsonb, jsonb) IS 'A change of an object, a user or the site as text';

-- ---- The log's rows ----

CREATE FUNCTION kroles.log_shown(kind text, id bigint, space_id bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN kroles.can('administer', 'site')
        OR CASE kind
            WHEN 'media' THEN kroles.can('manage', 'media', id) OR kroles.can('moderate', 'media', id)
            WHEN 'channel' THEN kroles.space_can('manage', id) OR kroles.space_can('moderate', id)
            WHEN 'gallery' THEN kroles.space_can('manage', id) OR kroles.space_can('moderate', id)
            WHEN 'event' THEN kroles.can('manage', 'event', id) OR kroles.can('moderate', 'event', id)
            ELSE false END
        OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id);
END $$;
COMMENT ON FUNCTION kroles.log_shown(text, bigint, bigint) IS 'Whether the policy on kroles.audit_log allows reading a row; for kroles.history(), to which policies do not apply';

CREATE FUNCTION kroles.log_told(kind text, id bigint, space_id bigint, operation text, before jsonb, after jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN kroles.log_shown(kind, id, space_id) AND NOT (operation = 'UPDATE' AND kroles.only_changed(after, before) IS NULL);
END $$;
COMMENT ON FUNCTION kroles.log_told(text, bigint, bigint, text, jsonb, jsonb) IS
    'Whether the history includes a row of the log: the current user may see it, and a column changed that is not derived from others';

-- A page of the log about an object or user, newest first. Each part is read by an index, up to the size of the page.
CREATE FUNCTION kroles.log_about(kind text, id bigint, older_than bigint, max_rows integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
    of_site boolean := kind IN ('site', 'user', 'group');
    space bigint := CASE WHEN kind IN ('channel', 'gallery') AND NOT EXISTS (
        SELECT FROM kroles.spaces s WHERE s.id = $2 AND s.kind::text <> $1) THEN $2 END;
    whom text := CASE WHEN kind IN ('user', 'group') THEN concat_ws(' ', $1, $2) END;
    object text := CASE kind WHEN 'room' THEN 'media' ELSE kind END;
    upto bigint := coalesce(older_than, 9223372036854775807);
    most integer := CASE WHEN max_rows < 0 THEN 0 ELSE max_rows END;
BEGIN
    IF of_site AND NOT kroles.can('administer', 'site') THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH page (id) AS (
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.object_kind = object AND l.object_id = $2 AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.object_kind = 'space' AND l.object_id = space AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE l.space_id = space AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE object = 'media' AND l.relation = 'kroles.event_sessions' AND coalesce(l.after, l.before) ->> 'media_id' = $2::text
           AND l.id < upto AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE object = 'site' AND l.object_kind = 'site' AND l.object_id IS NULL AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE kroles.concerns(l.before) = whom AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
        UNION
        (SELECT l.id FROM kroles.audit_log l
         WHERE kroles.concerns(l.after) = whom AND l.id < upto
           AND kroles.log_told(l.object_kind, l.object_id, l.space_id, l.operation, l.before, l.after)
         ORDER BY l.id DESC LIMIT most)
    )
    SELECT p.id FROM page p ORDER BY p.id DESC LIMIT most;
END $$;
COMMENT ON FUNCTION kroles.log_about(text, bigint, bigint, integer) IS
    'The ids of the rows of the audit log about an object, a user, a group or the site that the current user may see, newest first; for kroles.history()';

CREATE FUNCTION kroles.history(kind text, id bigint, older_than bigint, max_rows integer)
    RETURNS TABLE (log_id bigint, at timestamptz, actor bigint, who text, what text, before jsonb, after jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    kinds text[] := enum_range(NULL::kroles.object_kind)::text[] || '{user,group}';
    people text[] := ARRAY(SELECT 'kroles.' || r.name FROM kroles.relations() r WHERE 'people' = ANY (r.traits));
BEGIN
    IF $1 IS NULL OR $1 <> ALL (kinds) THEN
        RAISE EXCEPTION 'unknown object kind' USING ERRCODE = 'invalid_parameter_value',
            HINT = format('The kinds with a history are %s.', array_to_string(kinds, ', '));
    END IF;
    PERFORM kroles.check_page($4, 0);
    RETURN QUERY
    SELECT l.id, l.at, l.actor,
           CASE WHEN l.actor IS NOT NULL THEN kroles.person_called(l.actor, NULL)
                WHEN l.actor_role IS NOT NULL THEN l.actor_role::text
                ELSE 'database role ' || l.db_role END,
           CASE WHEN l.operation = 'TRUNCATE' THEN kroles.history_text_object(l.relation, l.operation, NULL, NULL)
                WHEN l.relation = 'kroles.event_sessions' THEN kroles.history_text_session(l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.room_participants' THEN kroles.history_text_stay(l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.publications' THEN kroles.history_text_publication(l.operation, l.before, l.after)
                WHEN l.relation = ANY (people) THEN kroles.history_text_people(l.relation, l.operation, l.before, l.after)
                WHEN l.relation = 'kroles.playlist_items' THEN kroles.history_text_item(l.operation, l.before, l.after)
                ELSE kroles.history_text_object(l.relation, l.operation, l.before, l.after) END,
           kroles.only_changed(l.before, l.after), kroles.only_changed(l.after, l.before)
    FROM kroles.audit_log l WHERE l.id = ANY (ARRAY(SELECT kroles.log_about($1, $2, $3, $4))) ORDER BY l.id DESC;
END $$;
COMMENT ON FUNCTION kroles.history(text, bigint, bigint, integer) IS 'Implementation of kroles_history()';
REVOKE EXECUTE ON FUNCTION kroles.history(text, bigint, bigint, integer) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_history(kind text, id bigint, older_than bigint DEFAULT NULL, max_rows integer DEFAULT 100)
    RETURNS TABLE (log_id bigint, at timestamptz, actor bigint, who text, what text, before jsonb, after jsonb)
    LANGUAGE c STABLE COST 1000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_as_owner';
COMMENT ON FUNCTION @extschema@.kroles_history(text, bigint, bigint, integer) IS
    'The history of an object from the audit log, newest first: the time, the user, the change as text, and the changed columns before and after. Objects are channels, galleries, media (including the events that it was made a session of), rooms (their media) and events, with the rows that the policy on kroles.audit_log allows; for administrators also users and groups (their own rows, memberships, grants, ownership) and the site (id NULL). older_than: only rows before that log_id, for the next page. Error 22023 for an unknown kind';
-- Upkeep and verification of audiences. The audience of new media contains its owner; after every statement on a table that
-- audiences are derived from, those concerned are derived anew. (The name of the BEFORE trigger sorts just before that of the
-- cache's.)
CREATE FUNCTION kroles.maintain_audience() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_maintain_audience';
COMMENT ON FUNCTION kroles.maintain_audience() IS 'Trigger: sets the audience of a media, whatever the client supplies';
REVOKE EXECUTE ON FUNCTION kroles.maintain_audience() FROM PUBLIC;

CREATE FUNCTION kroles.maintain_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_maintain_audiences';
COMMENT ON FUNCTION kroles.maintain_audiences() IS
    'Trigger: derives anew the audiences of media whose people, publications or events a statement changed';
REVOKE EXECUTE ON FUNCTION kroles.maintain_audiences() FROM PUBLIC;

-- ---- Verification ----

CREATE FUNCTION kroles.recomputed_audience(media_id bigint, owner_id bigint, audience kroles.audience) RETURNS kroles.audience
    LANGUAGE c STABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'kroles_recomputed_audience';
COMMENT ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.audience) IS
    'For kroles_verify: the correct audience of the media; NULL where the stored one is correct';
REVOKE EXECUTE ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.audience) FROM PUBLIC;

CREATE FUNCTION kroles.recompute_audiences(media_ids bigint[]) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_recompute_audiences';
COMMENT ON FUNCTION kroles.recompute_audiences(bigint[]) IS 'For kroles_verify: corrects the audiences of those media';
REVOKE EXECUTE ON FUNCTION kroles.recompute_audiences(bigint[]) FROM PUBLIC;

-- After TRUNCATE the audiences of all media are derived anew.
CREATE FUNCTION kroles.recompute_all_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_recompute_all_audiences';
COMMENT ON FUNCTION kroles.recompute_all_audiences() IS
    'Trigger: corrects the audiences of all media after TRUNCATE of a table that they are derived from';
REVOKE EXECUTE ON FUNCTION kroles.recompute_all_audiences() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_verify(repair boolean DEFAULT false, OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text)
    RETURNS SETOF record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF repair THEN
        -- no concurrent publication, because an audience derived before it would be written after it
        EXECUTE (SELECT format('LOCK TABLE kroles.media, %s IN SHARE ROW EXCLUSIVE MODE', string_agg(format('kroles.%I', r.name), ', '))
                 FROM kroles.relations() r WHERE 'audience' = ANY (r.traits));
    END IF;
    RETURN QUERY
        SELECT 'kroles.media'::regclass, m.id, m.audience::text, a::text
        FROM kroles.media m, LATERAL kroles.recomputed_audience(m.id, m.owner_id, m.audience) AS a
        WHERE a IS NOT NULL;
    IF repair THEN
        PERFORM kroles.recompute_audiences(ARRAY(
            SELECT m.id FROM kroles.media m WHERE kroles.recomputed_audience(m.id, m.owner_id, m.audience) IS NOT NULL));
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_verify(boolean) IS
    'Derives anew all derived data (the audiences of media), and returns the differences by the id of the media; no row where all are correct. With repair => true it corrects them, and prevents concurrent publications meanwhile. For superusers';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_verify(boolean) FROM PUBLIC;
-- The privileges that the database role of an application needs. Row-level security restricts them to the rights of the current
-- user.

CREATE FUNCTION kroles.access_statements(role name, giving boolean) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(CASE WHEN giving THEN 'GRANT %s ON %s TO %I' ELSE 'REVOKE %s ON %s FROM %I' END, privileges, object, role)
    FROM (
        SELECT 'USAGE', 'SCHEMA kroles'
        UNION ALL
        SELECT r.application, string_agg(format('kroles.%I', r.name), ', ') FROM kroles.relations() r
        WHERE r.application IS NOT NULL GROUP BY r.application
        UNION ALL
        SELECT 'USAGE', 'SEQUENCE ' || string_agg(format('kroles.%I', c.relname), ', ') FROM kroles.relations() r
        JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name || '_id_seq')) WHERE r.application LIKE '%INSERT%'
    ) AS wanted (privileges, object)
$$;
COMMENT ON FUNCTION kroles.access_statements(name, boolean) IS
    'The GRANT (or REVOKE) statements behind kroles_grant_access and kroles_revoke_access';
REVOKE EXECUTE ON FUNCTION kroles.access_statements(name, boolean) FROM PUBLIC;

CREATE FUNCTION kroles.set_access(role name, giving boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    FOR statement IN SELECT * FROM kroles.access_statements(role, giving) LOOP
        EXECUTE statement;
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.set_access(name, boolean) IS 'Executes the statements of kroles.access_statements';
REVOKE EXECUTE ON FUNCTION kroles.set_access(name, boolean) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_grant_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, true)
$$;
COMMENT ON FUNCTION @extschema@.kroles_grant_access(name) IS
    'Grants the database role of an application the privileges that it needs on the tables of kroles: plain DML, which row-level security restricts to the rights of the current user; never TRUNCATE, REFERENCES or TRIGGER, nor access to the keys';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_grant_access(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_revoke_access(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT kroles.set_access($1, false)
$$;
COMMENT ON FUNCTION @extschema@.kroles_revoke_access(name) IS 'Revokes the privileges that kroles_grant_access granted';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_revoke_access(name) FROM PUBLIC;
-- What a new database has on the site's tables, by name. It is a member of the extension: kroles_doctor() and kroles_install() find
-- out by it what a restore has left out or somebody has dropped. test/pgtap/shipped_objects.sql compares it with the catalog.

CREATE FUNCTION kroles.shipped_objects()
    RETURNS TABLE (relation text, triggers text[], policies text[], constraints text[], indexes text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
BEGIN ATOMIC
    VALUES
    ('baseline_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}'::text[],
        '{change, read}'::text[],
        '{baseline_rights_one_row_a_cell, baseline_rights_right_must_exist}'::text[],
        '{baseline_rights_right}'::text[]),
    ('role_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}',
        '{change, read}',
        '{role_rights_one_row_a_cell, role_rights_right_must_exist}',
        '{role_rights_right}'),
    ('ceiling_rights',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_cells, guard_delete, guard_keys, track_all, ~track}',
        '{change, read}',
        '{ceiling_rights_one_row_a_cell, ceiling_rights_right_must_exist}',
        '{ceiling_rights_right}'),
    ('role_labels',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_delete, guard_keys, guard_rows}',
        '{change, read}',
        '{role_labels_label_is_not_blank, role_labels_one_row_a_role}',
        '{}'),
    ('settings',
        '{audit_delete, audit_insert, audit_truncate, audit_update, count_switch, end_run_out_stays, end_stays, guard_delete,
         track_all, ~track}',
        '{change, read}',
        '{settings_creation_tools_names_no_null, settings_has_one_row, settings_has_only_one_row,
         settings_replica_lease_has_no_years, settings_replica_lease_is_1_second_to_30_days,
         settings_room_session_limit_has_no_years, settings_room_session_limit_is_at_most_30_days,
         settings_token_leeway_is_at_most_10_minutes}',
        '{}'),
    ('users',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_changed, guard_id, guard_last_organizers, guard_new,
         guard_own, guard_remove, leave_rooms, lift_block, lift_block_of_none, track_all, ~track}',
        '{add, change, read, remove}',
        '{users_applicative_role_is_never_anonymous, users_db_role_belongs_to_one_user, users_db_role_is_not_empty,
         users_id_is_unique, users_login_has_no_space_around_it_and_is_not_empty, users_login_is_unique}',
        '{users_administrator, users_by_name, users_email_begins, users_login_begins, users_long_names, users_name_begins}'),
    ('user_blocks',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_last_organizers, leave_rooms, track_all, ~track}',
        '{read}',
        '{user_blocks_a_user_is_blocked_once}',
        '{}'),
    ('groups',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{groups_id_is_unique, groups_name_is_not_blank, groups_name_is_unique}',
        '{groups_name_begins}'),
    ('group_members',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_new, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{group_members_a_user_is_in_a_group_once, group_members_group_must_exist, group_members_user_must_exist}',
        '{group_members_group}'),
    ('spaces',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_changed,
         guard_created, guard_created_still, guard_external_id, guard_external_id_once_more, guard_id, guard_kind,
         guard_move, guard_new, guard_owner, guard_remove, guard_tree, guard_tree_moved, retire_external_id,
         retire_external_id_changed, track_all, ~new, ~track}',
        '{add, change, read, remove}',
        '{spaces_external_id_is_not_empty, spaces_external_id_is_unique, spaces_gallery_is_not_its_own_parent,
         spaces_gallery_type_is_open_restricted_or_private, spaces_id_is_unique, spaces_id_with_kind_is_unique,
         spaces_name_is_not_blank, spaces_only_a_gallery_has_a_parent, spaces_only_a_gallery_inherits_members,
         spaces_owner_must_be_a_user, spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries}',
        '{spaces_owner, spaces_parent, spaces_type}'),
    ('space_members',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new,
         guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{space_members_either_a_user_or_a_group, space_members_group_must_exist, space_members_id_is_unique,
         space_members_one_grant_a_user_or_group, space_members_space_must_exist, space_members_user_must_exist}',
        '{space_members_group, space_members_user}'),
    ('media',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, drop_new_owners_permissions,
         guard_changed, guard_created, guard_created_still, guard_external_id, guard_external_id_once_more, guard_id,
         guard_new, guard_owner, guard_remove, guard_type, retire_external_id, retire_external_id_changed, track_all,
         ~audience, ~new, ~track}',
        '{add, change, read, remove}',
        '{media_external_id_is_not_empty, media_external_id_is_unique, media_id_is_unique, media_name_is_not_blank,
         media_owner_must_be_a_user}',
        '{media_audience, media_owner, media_published, media_rooms}'),
    ('publications',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, guard, guard_new}',
        '{add, change, read, remove}',
        '{publications_media_must_exist, publications_moderator_must_be_a_user, publications_one_per_media_and_space,
         publications_publisher_must_be_a_user, publications_space_must_exist}',
        '{publications_moderator, publications_pending, publications_publisher, publications_space}'),
    ('media_collaborators',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, !guard_made_id, !guard_new_id,
         audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_new, guard_owner, guard_remove}',
        '{add, change, read, remove}',
        '{media_collaborators_a_permission_is_given_once, media_collaborators_either_a_user_or_a_group,
         media_collaborators_group_must_exist, media_collaborators_id_is_unique, media_collaborators_media_must_exist,
         media_collaborators_user_must_exist}',
        '{media_collaborators_group, media_collaborators_user}'),
    ('media_moderators',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, !guard_made_id, !guard_new_id,
         audit_delete, audit_insert, audit_truncate, audit_update, guard_id, guard_module, guard_new, guard_remove}',
        '{add, change, read, remove}',
        '{media_moderators_a_permission_is_given_once, media_moderators_either_a_user_or_a_group,
         media_moderators_group_must_exist, media_moderators_id_is_unique, media_moderators_media_must_exist,
         media_moderators_user_must_exist}',
        '{media_moderators_group, media_moderators_user}'),
    ('media_speakers',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update, guard_changed, guard_remove, place}',
        '{add, change, read, remove}',
        '{media_speakers_a_user_speaks_once, media_speakers_media_must_exist, media_speakers_one_speaker_a_position,
         media_speakers_position_counts_from_1, media_speakers_user_must_exist}',
        '{media_speakers_user}'),
    ('playlists',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_channel,
         guard_created, guard_created_still, guard_id, guard_remove, guard_space}',
        '{add, change, read, remove}',
        '{playlists_id_is_unique, playlists_id_with_space_is_unique, playlists_name_is_not_blank, playlists_space_must_exist}',
        '{playlists_space}'),
    ('playlist_items',
        '{audit_delete, audit_insert, audit_truncate, audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update,
         fill_space, guard_remove, guard_row, place}',
        '{add, change, read, remove}',
        '{playlist_items_a_media_is_in_a_playlist_once, playlist_items_media_must_exist, playlist_items_one_item_a_position,
         playlist_items_playlist_must_exist, playlist_items_position_counts_from_1}',
        '{playlist_items_media, playlist_items_space}'),
    ('events',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_changed,
         guard_created, guard_created_still, guard_creator, guard_external_id, guard_external_id_once_more, guard_id,
         guard_new, guard_remove, make_organizers, retire_external_id, retire_external_id_changed, track_all, ~new,
         ~track}',
        '{add, change, read, remove}',
        '{events_creator_must_be_a_user, events_external_id_is_not_empty, events_external_id_is_unique, events_id_is_unique,
         events_name_is_not_blank}',
        '{events_creator}'),
    ('event_participants',
        '{!guard_made_id, !guard_new_id, audit_delete, audit_insert, audit_truncate, audit_update, guard_id,
         guard_last_organizer, guard_new, guard_remove, keep_organizer_still, track_all, ~track}',
        '{add, change, read, remove}',
        '{event_participants_a_role_is_given_once, event_participants_either_a_user_or_a_group,
         event_participants_event_must_exist, event_participants_group_must_exist, event_participants_id_is_unique,
         event_participants_user_must_exist}',
        '{event_participants_group, event_participants_user}'),
    ('event_sessions',
        '{!audience_delete, !audience_insert, !audience_truncate, !audience_update, audit_delete, audit_insert, audit_truncate,
         audit_update, close_ranks_delete, close_ranks_insert, close_ranks_update, guard_keys, guard_remove, place}',
        '{add, change, read, remove}',
        '{event_sessions_a_media_is_a_session_once, event_sessions_event_must_exist, event_sessions_media_must_exist,
         event_sessions_one_session_a_position, event_sessions_position_counts_from_1}',
        '{event_sessions_media}'),
    ('room_participants',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_remove, track_all, ~track}',
        '{add, change, read, remove}',
        '{room_participants_id_is_unique, room_participants_joined_at_an_instant,
         room_participants_nobody_leaves_before_joining, room_participants_rights_are_a_list_without_null,
         room_participants_room_must_exist, room_participants_user_must_exist}',
        '{room_participants_a_user_is_in_a_room_once, room_participants_media, room_participants_now, room_participants_user}'),
    ('gateways',
        '{audit_delete, audit_insert, audit_truncate, audit_update, track_all, ~track}',
        '{read}',
        '{gateways_role_is_trusted_once}',
        '{}'),
    ('signing_keys',
        '{audit_delete, audit_insert, audit_truncate, audit_update, guard_key, track_all, ~track}',
        '{read}',
        '{signing_keys_algorithm_is_known, signing_keys_key_is_a_public_key_in_pem, signing_keys_kid_has_1_to_256_bytes,
         signing_keys_kid_is_unique, signing_keys_secret_has_at_least_32_bytes, signing_keys_secret_is_no_public_key}',
        '{}'),
    ('audit_log',
        '{guard_append_only}',
        '{read}',
        '{audit_log_id_is_unique}',
        '{audit_log_concerned_after, audit_log_concerned_before, audit_log_object, audit_log_sessions, audit_log_space}'),
    ('retired_external_ids',
        '{}',
        '{read}',
        '{retired_external_ids_are_kept_once}',
        '{}'),
    ('replica',
        '{track_all, ~track}',
        '{}',
        '{replica_has_one_row, replica_has_only_one_row}',
        '{}'),
    ('channels',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('galleries',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('moderation_queue',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('my_media',
        '{}',
        '{}',
        '{}',
        '{}'),
    ('user_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}'),
    ('group_member_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}'),
    ('space_member_import',
        '{begin, finish, import}',
        '{}',
        '{}',
        '{}');
END;
COMMENT ON FUNCTION kroles.shipped_objects() IS 'The names of the triggers, policies, constraints and indexes that kroles makes on each table and view of the site';
REVOKE EXECUTE ON FUNCTION kroles.shipped_objects() FROM PUBLIC;

CREATE FUNCTION kroles.missing_objects(OUT relation text, OUT kind text, OUT name text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH shipped AS MATERIALIZED (
        SELECT c.oid, s.* FROM kroles.shipped_objects() s JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', s.relation)))
    SELECT s.relation, 'trigger', t FROM shipped s, unnest(s.triggers) AS t
    WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = s.oid AND g.tgname = t)
    UNION ALL
    SELECT s.relation, 'policy', p FROM shipped s, unnest(s.policies) AS p
    WHERE NOT EXISTS (SELECT FROM pg_policy g WHERE g.polrelid = s.oid AND g.polname = p)
    UNION ALL
    SELECT s.relation, 'constraint', c FROM shipped s, unnest(s.constraints) AS c
    WHERE NOT EXISTS (SELECT FROM pg_constraint g WHERE g.conrelid = s.oid AND g.conname = c)
    UNION ALL
    SELECT s.relation, 'index', i FROM shipped s, unnest(s.indexes) AS i
    WHERE to_regclass(format('kroles.%I', i)) IS NULL
$$;
COMMENT ON FUNCTION kroles.missing_objects() IS 'Those of kroles.shipped_objects() that do not exist';
REVOKE EXECUTE ON FUNCTION kroles.missing_objects() FROM PUBLIC;
-- Protection of an application's own tables: one policy for each command, which checks one right on the object whose id is in the
-- row. The functions run with the privileges of the caller, so PostgreSQL itself requires the owner of the table.

CREATE FUNCTION kroles.external_can(action kroles.action, kind kroles.object_kind, external_id text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 200 SUPPORT kroles.policy_support AS 'MODULE_PATHNAME', 'kroles_external_can';
COMMENT ON FUNCTION kroles.external_can(kroles.action, kroles.object_kind, text) IS
    'For policies: whether the current subject has the right on the object of that kind with that external id, compared exactly. False for one that is hidden or does not exist, and for NULL';

-- The right that each command requires by default. A row is a part of its object: view on the object shows the row, and delete on
-- the object allows deleting the row. Adding a row to a space requires contribute; changing rows, also those of other users,
-- requires manage (edit_contributions exists for channels only, and managers do not have it there). Changing rows of a media
-- requires edit, because contribute includes publishers. Rooms have no right to delete; of the rights on the site only administer
-- refers to its data. A kind that is not listed has view and edit.
CREATE FUNCTION kroles.default_right(kind kroles.object_kind, command text) RETURNS kroles.action
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE command WHEN 'SELECT' THEN coalesce(d.on_select, 'view') WHEN 'INSERT' THEN coalesce(d.on_insert, 'edit')
                        WHEN 'UPDATE' THEN coalesce(d.on_update, 'edit') WHEN 'DELETE' THEN coalesce(d.on_delete, 'edit') END::kroles.action
    FROM (SELECT $1) AS asked LEFT JOIN (VALUES
        ('channel', 'view',       'contribute', 'manage',     'delete'),
        ('gallery', 'view',       'contribute', 'manage',     'delete'),
        ('media',   'view',       'edit',       'edit',       'delete'),
        ('room',    'view',       'contribute', 'manage',     'manage'),
        ('event',   'view',       'contribute', 'manage',     'delete'),
        ('site',    'administer', 'administer', 'administer', 'administer')
    ) AS d (kind, on_select, on_insert, on_update, on_delete) ON d.kind = $1::text
$$;
COMMENT ON FUNCTION kroles.default_right(kroles.object_kind, text) IS
    'The right that kroles_protect requires for the command (SELECT, INSERT, UPDATE, DELETE) by default';

CREATE FUNCTION kroles.qualified_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = relation
$$;
COMMENT ON FUNCTION kroles.qualified_name(regclass) IS 'The qualified name of a relation, quoted, whatever the search path';

CREATE FUNCTION kroles.table_tree(root regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE tree (relation) AS (
        SELECT root::oid
        UNION
        SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relation)
    SELECT relation::regclass FROM tree
$$;
COMMENT ON FUNCTION kroles.table_tree(regclass) IS 'A table with its partitions and the tables that inherit from it, at every level';

-- Resolves domains.
CREATE FUNCTION kroles.base_type(type oid) RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE t (oid, typtype, below) AS (
        SELECT p.oid, p.typtype, p.typbasetype FROM pg_type p WHERE p.oid = $1
        UNION ALL
        SELECT p.oid, p.typtype, p.typbasetype FROM t JOIN pg_type p ON p.oid = t.below WHERE t.typtype = 'd')
    SELECT t.oid FROM t WHERE t.typtype <> 'd'
$$;
COMMENT ON FUNCTION kroles.base_type(oid) IS 'The base type of a domain, through domains over domains; the type itself where it is not a domain';

CREATE FUNCTION kroles.protection_call(relation oid, id_column name, kind kroles.object_kind, action kroles.action)
    RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN kind = 'site' THEN
            format('kroles.can(%L::kroles.action, %L::kroles.object_kind)', action, kind)
        WHEN base IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
            format('kroles.can(%L::kroles.action, %L::kroles.object_kind, %s)', action, kind,
                CASE WHEN type = 'bigint'::regtype THEN quote_ident(id_column) ELSE format('(%I)::bigint', id_column) END)
        WHEN base IN ('text'::regtype, 'character varying'::regtype, 'uuid'::regtype) THEN
            format('kroles.external_can(%L::kroles.action, %L::kroles.object_kind, %s)', action, kind,
                CASE WHEN type = 'text'::regtype THEN quote_ident(id_column) ELSE format('(%I)::text', id_column) END)
    END
    FROM (SELECT 1) AS always
    LEFT JOIN LATERAL (
        SELECT a.atttypid, kroles.base_type(a.atttypid) FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attname = id_column AND a.attnum > 0 AND NOT a.attisdropped) AS c (type, base)
        ON true
$$;
COMMENT ON FUNCTION kroles.protection_call(oid, name, kroles.object_kind, kroles.action) IS
    'The expression of a policy of kroles_protect; NULL where the column does not exist or its type cannot hold ids of that kind';

CREATE FUNCTION kroles.policy_question(expression pg_node_tree, OUT action kroles.action, OUT kind kroles.object_kind,
        OUT id_column smallint, OUT exact boolean)
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kroles_policy_question';
COMMENT ON FUNCTION kroles.policy_question(pg_node_tree) IS
    'The action, kind and column of a policy''s expression that calls kroles.can() or kroles.external_can(); exact where the expression is that call alone, with no other cast than PostgreSQL''s own. Takes no locks';

-- The policies that kroles_protect created. They are recognized by their names and comments or, as a dump may omit comments, by
-- the functions that they call.
CREATE FUNCTION kroles.protection_policies(of_table regclass DEFAULT NULL, OUT policy oid, OUT name name, OUT relation regclass,
        OUT command text, OUT kind kroles.object_kind, OUT action kroles.action, OUT id_column name, OUT as_made boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS MATERIALIZED (
        SELECT p.*, CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END AS command
        FROM pg_policy p
        WHERE p.polname IN ('kroles_select', 'kroles_insert', 'kroles_update', 'kroles_delete')
          AND (of_table IS NULL OR p.polrelid = of_table)
          AND (coalesce(obj_description(p.oid, 'pg_policy') LIKE 'kroles: %', false)
               OR EXISTS (SELECT FROM pg_depend d
                          WHERE (d.classid, d.objid, d.refclassid) = ('pg_policy'::regclass, p.oid, 'pg_proc'::regclass)
                            AND d.refobjid IN (
                                'kroles.can(kroles.action, kroles.object_kind, bigint)'::regprocedure,
                                'kroles.external_can(kroles.action, kroles.object_kind, text)'::regprocedure)))
    )
    SELECT o.oid, o.polname, o.polrelid, o.command, q.kind, q.action, a.attname,
           coalesce(o.polname = 'kroles_' || lower(o.command) AND o.polpermissive AND o.polroles = '{0}'
                AND (o.polqual IS NOT NULL) = (o.command <> 'INSERT')
                AND (o.polwithcheck IS NOT NULL) = (o.command IN ('INSERT', 'UPDATE'))
                AND q.exact AND (o.polwithcheck IS NULL OR kroles.policy_question(o.polwithcheck) = q)
                AND coalesce(a.attgenerated <> 'v', true), false)
    FROM ours o
    CROSS JOIN LATERAL kroles.policy_question(coalesce(o.polqual, o.polwithcheck)) AS q
    LEFT JOIN pg_attribute a ON a.attrelid = o.polrelid AND a.attnum = q.id_column
$$;
COMMENT ON FUNCTION kroles.protection_policies(regclass) IS
    'The policies of kroles_protect, on one table or on all, and the rights that they check; as_made is false where a policy was altered, or its column is now a virtual one';

CREATE VIEW kroles.protected_tables WITH (security_invoker = true) AS
    SELECT p.relation,
           (array_agg(p.kind) FILTER (WHERE p.command = 'SELECT'))[1] AS kind,
           (array_agg(p.id_column) FILTER (WHERE p.command = 'SELECT'))[1] AS id_column,
           (array_agg(p.action) FILTER (WHERE p.command = 'SELECT'))[1] AS select_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'INSERT'))[1] AS insert_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'UPDATE'))[1] AS update_right,
           (array_agg(p.action) FILTER (WHERE p.command = 'DELETE'))[1] AS delete_right,
           c.relrowsecurity AND c.relforcerowsecurity AND count(*) = 4 AND bool_and(p.as_made)
               AND count(DISTINCT (p.kind, p.id_column)) = 1 AS in_force
    FROM kroles.protection_policies() AS p JOIN pg_class c ON c.oid = p.relation
    GROUP BY p.relation, c.relrowsecurity, c.relforcerowsecurity;
COMMENT ON VIEW kroles.protected_tables IS
    'The tables that kroles_protect protects, with partitions and children; derived from their policies';
COMMENT ON COLUMN kroles.protected_tables.relation IS 'The table';
COMMENT ON COLUMN kroles.protected_tables.kind IS 'The kind of object that rows belong to';
COMMENT ON COLUMN kroles.protected_tables.id_column IS 'The column with the id of the object; NULL for the site';
COMMENT ON COLUMN kroles.protected_tables.select_right IS 'The right that SELECT requires';
COMMENT ON COLUMN kroles.protected_tables.insert_right IS 'The right that INSERT requires';
COMMENT ON COLUMN kroles.protected_tables.update_right IS 'The right that UPDATE requires, on the object of the row before and after';
COMMENT ON COLUMN kroles.protected_tables.delete_right IS 'The right that DELETE requires';
COMMENT ON COLUMN kroles.protected_tables.in_force IS
    'Whether all four policies are unaltered and row-level security is enabled and forced; kroles_doctor() lists the problems';

CREATE FUNCTION kroles.protection_as_json(root regclass) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_jsonb(p) - 'relation' || jsonb_build_object('tables', (
        SELECT jsonb_agg(kroles.qualified_name(t) ORDER BY kroles.qualified_name(t)) FROM kroles.table_tree(root) AS t
        WHERE t IN (SELECT q.relation FROM kroles.protected_tables q)))
    FROM kroles.protected_tables p WHERE p.relation = root
$$;
COMMENT ON FUNCTION kroles.protection_as_json(regclass) IS 'The protection of a table, for the audit log; NULL without one';

-- ---- Checks ----

CREATE FUNCTION kroles.why_not_protectable(relation regclass, root regclass, OUT reason text, OUT hint text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') THEN name || ' is part of PostgreSQL'
        WHEN n.nspname = 'kroles' THEN name || ' belongs to kroles'
        WHEN c.relkind = 'v' THEN name || ' is a view, which shows rows of other tables'
        WHEN c.relkind = 'm' THEN name || ' is a materialized view, to which row-level security does not apply'
        WHEN c.relkind = 'f' THEN name || ' is a foreign table, to which row-level security does not apply'
        WHEN c.relkind NOT IN ('r', 'p') THEN name || ' is not a table'
        WHEN c.relispartition AND parent IS NOT NULL THEN
            format('%s is a partition of %s, whose policies apply when that table is queried', name, parent)
        WHEN parent IS NOT NULL THEN
            format('%s inherits from %s, whose policies apply when that table is queried', name, parent)
    END, CASE
        WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'kroles') THEN 'Protect the tables of your application.'
        WHEN c.relkind = 'v' THEN 'Protect those tables, and set security_invoker = true on the view.'
        WHEN c.relkind = 'm' THEN 'Protect the tables that it is made from, and grant no application access to it.'
        WHEN c.relkind = 'f' AND relation <> root THEN 'Detach it, and protect the table on its own server.'
        WHEN c.relkind = 'f' THEN 'Protect the table on its own server.'
        WHEN c.relkind NOT IN ('r', 'p') THEN 'Name a table.'
        WHEN relation = root THEN format('Name %s; its partitions and children are included.', parent)
        ELSE format('Use ALTER TABLE %s NO INHERIT %s, or the same for the other parent.', name, parent)
    END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (SELECT kroles.qualified_name(relation),
        (SELECT min(kroles.qualified_name(i.inhparent::regclass)) FROM pg_inherits i
         WHERE i.inhrelid = relation AND i.inhparent NOT IN (SELECT kroles.table_tree(root)))) AS x (name, parent)
    WHERE c.oid = relation
$$;
COMMENT ON FUNCTION kroles.why_not_protectable(regclass, regclass) IS
    'Why a table in the tree of root cannot be protected, and a hint; the reason is NULL where it can';

CREATE FUNCTION kroles.check_protectable(root regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refused record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = root) THEN
        RAISE EXCEPTION 'relation with OID % does not exist', root::oid USING ERRCODE = 'undefined_table';
    END IF;
    SELECT u.* INTO refused FROM kroles.table_tree(root) AS t, kroles.why_not_protectable(t, root) AS u
    WHERE u.reason IS NOT NULL ORDER BY t <> root, u.reason LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', refused.reason USING ERRCODE = 'wrong_object_type', HINT = refused.hint;
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_protectable(regclass) IS
    'Refuses relations to which row-level security does not apply, and tables whose rows are visible through an unprotected parent';

CREATE FUNCTION kroles.check_id_column(relation regclass, kind kroles.object_kind, id_column name) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_type text;
BEGIN
    IF kind = 'site' THEN
        IF id_column IS NOT NULL THEN
            RAISE EXCEPTION 'the site has no id' USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Pass NULL for id_column; every row belongs to the site.';
        END IF;
        RETURN;
    END IF;
    IF id_column IS NULL THEN
        RAISE EXCEPTION 'id_column must not be null' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Name the column with the id of the object that a row belongs to.';
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod) INTO found_type FROM pg_attribute a
    WHERE a.attrelid = relation AND a.attname = id_column AND a.attnum > 0 AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no column "%"', kroles.qualified_name(relation), id_column
            USING ERRCODE = 'undefined_column', HINT = 'Name the column with the id of the object that a row belongs to.';
    END IF;
    -- (of PostgreSQL 18 and later; a new expression of it would make every row one of another object, without a change of the row)
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = id_column AND a.attgenerated = 'v') THEN
        RAISE EXCEPTION 'column "%" of table % is a virtual generated column', id_column, kroles.qualified_name(relation)
            USING ERRCODE = 'invalid_column_reference', HINT = 'Name a column that is stored; a generated one with STORED.';
    END IF;
    IF kroles.protection_call(relation, id_column, kind, 'view') IS NULL THEN
        RAISE EXCEPTION 'column "%" of table % is of type %, which cannot hold ids of kind "%"',
                id_column, kroles.qualified_name(relation), found_type, kind
            USING ERRCODE = 'datatype_mismatch',
                HINT = 'Ids are of type bigint, integer or smallint; external ids are of type text, varchar or uuid.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_id_column(regclass, kroles.object_kind, name) IS
    'Refuses a column that does not exist or whose type cannot hold ids of that kind of object';

CREATE FUNCTION kroles.check_rights_exist(kind kroles.object_kind, actions kroles.action[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    absent kroles.action;
BEGIN
    SELECT a INTO absent FROM unnest(actions) AS a
    WHERE NOT EXISTS (SELECT FROM kroles.rights r WHERE (r.kind, r.action) = (check_rights_exist.kind::text, a::text)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'right "%" does not exist for objects of kind "%"', absent, kind
            USING ERRCODE = 'invalid_parameter_value', HINT = 'kroles.rights lists the rights of each kind.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_rights_exist(kroles.object_kind, kroles.action[]) IS 'Refuses a right that does not exist for the kind';

CREATE FUNCTION kroles.check_other_policies(root regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    others text;
BEGIN
    SELECT string_agg(format('%I on %s', p.polname, kroles.qualified_name(t)), ', ' ORDER BY t, p.polname) INTO others
    FROM kroles.table_tree(root) AS t JOIN pg_policy p ON p.polrelid = t
    WHERE p.polpermissive AND p.oid NOT IN (SELECT o.policy FROM kroles.protection_policies() AS o);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'table % has permissive policies of its own', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                DETAIL = format('The policies are %s. Rows that any of them allows are visible whatever the policies of kroles_protect() say.', others),
                HINT = 'Drop them, make them restrictive, or pass keep_policies => true.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_other_policies(regclass) IS 'Refuses a table with permissive policies other than those of kroles_protect';

-- ---- Changes ----

CREATE FUNCTION kroles.drop_protection(relation regclass) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    policy name;
    any_dropped boolean := false;
BEGIN
    FOR policy IN SELECT p.name FROM kroles.protection_policies(relation) AS p LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy, kroles.qualified_name(relation));
        any_dropped := true;
    END LOOP;
    RETURN any_dropped;
END $$;
COMMENT ON FUNCTION kroles.drop_protection(regclass) IS 'Drops the policies of kroles_protect on one table; returns whether there were any';

CREATE FUNCTION kroles.add_policy(relation regclass, command text, kind kroles.object_kind, id_column name, action kroles.action)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := kroles.qualified_name(relation);
    call text := kroles.protection_call(relation, id_column, kind, action);
BEGIN
    EXECUTE format('CREATE POLICY kroles_%s ON %s FOR %s', lower(command), name, command)
        || CASE WHEN command <> 'INSERT' THEN format(' USING (%s)', call) ELSE '' END
        || CASE WHEN command IN ('INSERT', 'UPDATE') THEN format(' WITH CHECK (%s)', call) ELSE '' END;
    EXECUTE format('COMMENT ON POLICY kroles_%s ON %s IS %L', lower(command), name,
        format('kroles: %s takes %s on the %s', command, action, kind) || coalesce(' in ' || id_column, ''));
END $$;
COMMENT ON FUNCTION kroles.add_policy(regclass, text, kroles.object_kind, name, kroles.action) IS
    'Creates the policy for one command on one table';

-- By OID, so that renaming before the lock is taken cannot substitute another table.
CREATE FUNCTION kroles.lock_tree(root regclass) RETURNS void
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_lock_tree';
COMMENT ON FUNCTION kroles.lock_tree(regclass) IS
    'For kroles_protect: takes an ACCESS EXCLUSIVE lock on a table, its partitions and children. For the owner of the table';

-- Dynamic statements name tables. In spite of the lock, the owner of a schema may rename it and create another one with its name.
CREATE FUNCTION kroles.check_policies_are_gone(root regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM kroles.table_tree(root) AS t, kroles.protection_policies(t)) THEN
        RAISE EXCEPTION 'table % was renamed while its policies were dropped', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_policies_are_gone(regclass) IS 'Error 55000 where DROP POLICY affected another table than the locked one';

CREATE FUNCTION kroles.check_security_is_off(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND (c.relrowsecurity OR c.relforcerowsecurity)) THEN
        RAISE EXCEPTION 'table % was renamed while row-level security was disabled', kroles.qualified_name(relation)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_security_is_off(regclass) IS 'Error 55000 where ALTER TABLE affected another table than the locked one';

CREATE FUNCTION kroles.check_in_force(root regclass, kind kroles.object_kind, id_column name, rights kroles.action[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM kroles.table_tree(root) AS t LEFT JOIN kroles.protected_tables p ON p.relation = t
        WHERE p.in_force IS NOT TRUE OR p.kind <> check_in_force.kind OR p.id_column IS DISTINCT FROM check_in_force.id_column
           OR ARRAY[p.select_right, p.insert_right, p.update_right, p.delete_right] <> rights) THEN
        RAISE EXCEPTION 'table % was renamed while it was being protected', kroles.qualified_name(root)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Try again.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_in_force(regclass, kroles.object_kind, name, kroles.action[]) IS
    'Error 55000 where the protection is not in force on the locked table and its whole tree';

CREATE FUNCTION kroles.protect_table(relation regclass, kind kroles.object_kind, id_column name,
        select_right kroles.action, insert_right kroles.action, update_right kroles.action, delete_right kroles.action,
        keep_policies boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    commands text[] := '{SELECT, INSERT, UPDATE, DELETE}';
    chosen kroles.action[] := ARRAY[select_right, insert_right, update_right, delete_right];
    member regclass;
BEGIN
    IF kind IS NULL THEN
        RAISE EXCEPTION 'object kind must not be null' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The kinds are the values of kroles.object_kind.';
    END IF;
    PERFORM kroles.check_protectable(relation);
    PERFORM kroles.check_id_column(relation, kind, id_column);
    FOR i IN 1..4 LOOP
        chosen[i] := coalesce(chosen[i], kroles.default_right(kind, commands[i]));
    END LOOP;
    PERFORM kroles.check_rights_exist(kind, chosen);
    PERFORM kroles.lock_tree(relation);
    -- again, because the table may have changed before the lock was taken
    PERFORM kroles.check_protectable(relation);
    PERFORM kroles.check_id_column(relation, kind, id_column);
    IF keep_policies IS NOT TRUE THEN
        PERFORM kroles.check_other_policies(relation);
    END IF;
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        PERFORM kroles.drop_protection(member);
    END LOOP;
    PERFORM kroles.check_policies_are_gone(relation);
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        FOR i IN 1..4 LOOP
            PERFORM kroles.add_policy(member, commands[i], kind, id_column, chosen[i]);
        END LOOP;
        IF EXISTS (SELECT FROM pg_class c WHERE c.oid = member AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', kroles.qualified_name(member));
        END IF;
    END LOOP;
    PERFORM kroles.check_in_force(relation, kind, id_column, chosen);
END $$;
COMMENT ON FUNCTION kroles.protect_table(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean) IS
    'Implementation of kroles_protect, except for the audit log';

CREATE FUNCTION kroles.check_protected(relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM kroles.table_tree(relation) AS t JOIN kroles.protected_tables p ON p.relation = t) THEN
        RAISE EXCEPTION 'relation % is not protected by kroles_protect()', coalesce(kroles.qualified_name(relation), relation::text)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'kroles.protected_tables lists those that are.';
    END IF;
    SELECT i.inhparent INTO parent FROM pg_inherits i JOIN kroles.protected_tables p ON p.relation = i.inhparent
    WHERE i.inhrelid = check_protected.relation;
    IF FOUND THEN
        RAISE EXCEPTION 'table % is protected as a part of %', kroles.qualified_name(relation), kroles.qualified_name(parent)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Name that table, or detach the part first.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_protected(regclass) IS
    'Refuses a table that is not protected, and a part of one that remains protected, because queries of the part would not be subject to the policies';

CREATE FUNCTION kroles.unprotect_table(relation regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member regclass;
    dropped boolean;
BEGIN
    PERFORM kroles.check_protected(relation);
    PERFORM kroles.lock_tree(relation);
    PERFORM kroles.check_protected(relation);
    FOR member IN SELECT kroles.table_tree(relation) LOOP
        dropped := kroles.drop_protection(member);
        -- in a separate statement, whose snapshot does not include the dropped policies
        IF dropped AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = member) THEN
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', kroles.qualified_name(member));
            PERFORM kroles.check_security_is_off(member);
        END IF;
    END LOOP;
    PERFORM kroles.check_policies_are_gone(relation);
END $$;
COMMENT ON FUNCTION kroles.unprotect_table(regclass) IS 'Implementation of kroles_unprotect, except for the audit log';

CREATE FUNCTION @extschema@.kroles_protect(relation regclass, kind kroles.object_kind, id_column name,
        select_right kroles.action DEFAULT NULL, insert_right kroles.action DEFAULT NULL,
        update_right kroles.action DEFAULT NULL, delete_right kroles.action DEFAULT NULL,
        keep_policies boolean DEFAULT false) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_protect';
COMMENT ON FUNCTION @extschema@.kroles_protect(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean) IS
    'Protects a table with its partitions and children: a row belongs to the object of that kind whose id (bigint, integer, smallint) or external id (text, varchar, uuid) is in id_column; NULL for the site. SELECT, INSERT, UPDATE and DELETE each require a right on the object: by default view, contribute, manage and delete in spaces and events, view, edit, edit and delete on media, view, contribute, manage and manage in rooms. Enables and forces row-level security. Called again, it replaces the policies that it created and includes new partitions. keep_policies allows other permissive policies on the table. For the owner of the table';

CREATE FUNCTION @extschema@.kroles_unprotect(relation regclass) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_unprotect';
COMMENT ON FUNCTION @extschema@.kroles_unprotect(regclass) IS
    'Reverts kroles_protect on a table with its partitions and children: drops its policies, and disables row-level security where no other policy remains. For the owner of the table';
-- kroles_doctor(): ways to bypass the rules in this database that the catalog shows.
--
--   danger   the rules can be bypassed now
--   warning  one more step would bypass the rules, or something has stopped working
--   notice   possibly intended, but worth knowing
--
-- There is one function for each group of checks; each SELECT is one check, named in "finding". This piece has the checks of
-- roles, privileges, and of views and functions.

CREATE TYPE kroles.weakness AS (severity text, finding text, subject text, weakness text, remedy text);
COMMENT ON TYPE kroles.weakness IS 'A row of kroles_doctor()';
COMMENT ON COLUMN kroles.weakness.severity IS 'danger: the rules can be bypassed now; warning: one more step would bypass them; notice: worth knowing';
COMMENT ON COLUMN kroles.weakness.finding IS 'The name of the check, for filters';
COMMENT ON COLUMN kroles.weakness.subject IS 'The object or role that is affected';
COMMENT ON COLUMN kroles.weakness.weakness IS 'The weakness';
COMMENT ON COLUMN kroles.weakness.remedy IS 'The remedy';

CREATE FUNCTION kroles.guarded_tables(OUT relation regclass, OUT name text, OUT owner oid, OUT ours boolean)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.oid, kroles.qualified_name(c.oid), c.relowner, c.relnamespace = 'kroles'::regnamespace
    FROM pg_class c
    WHERE (c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p'))
       OR c.oid IN (SELECT p.relation FROM kroles.protected_tables p)
$$;
COMMENT ON FUNCTION kroles.guarded_tables() IS
    'The tables that the rules protect: those of kroles and those of kroles_protect';
REVOKE EXECUTE ON FUNCTION kroles.guarded_tables() FROM PUBLIC;

-- Roles to which row-level security does not apply

CREATE FUNCTION kroles.doctor_roles() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    -- the bootstrap superuser (its OID is 10 in every cluster) cannot be dropped
    SELECT CASE r.oid WHEN 10 THEN 'notice' ELSE 'warning' END, 'bypassing_login', r.rolname::text,
           CASE WHEN r.rolsuper THEN 'can log in and is a superuser: no rule applies to it'
                ELSE 'can log in and has BYPASSRLS: row-level security does not apply to it' END,
           CASE WHEN r.oid = 10 THEN 'Use it for server administration only, not for applications or users.'
                ELSE format('ALTER ROLE %I %s; or NOLOGIN. For administrators of the site, set administrator in kroles.users instead.',
                            r.rolname, CASE WHEN r.rolsuper THEN 'NOSUPERUSER' ELSE 'NOBYPASSRLS' END) END
    FROM pg_roles r WHERE r.rolcanlogin AND (r.rolsuper OR r.rolbypassrls)
    UNION ALL
    SELECT 'warning', 'bypass_by_membership', r.rolname::text,
           format('can log in and become %s with SET ROLE, to which row-level security does not apply',
                  string_agg(quote_ident(b.rolname), ', ' ORDER BY b.rolname)),
           string_agg(format('REVOKE %I FROM %I;', b.rolname, r.rolname), ' ' ORDER BY b.rolname)
               || ' (or from a role in between)'
    FROM pg_roles r JOIN pg_roles b ON (b.rolsuper OR b.rolbypassrls) AND b.oid <> r.oid AND pg_has_role(r.oid, b.oid, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper  -- a superuser counts as a member of every role
    GROUP BY r.rolname
    UNION ALL
    SELECT 'warning', 'power_over_server', r.rolname::text,
           'can log in and ' || a.means || ', which allows bypassing every rule',
           format('Revoke it from %I, or do not use that login for applications and users.', r.rolname)
    FROM pg_roles r, LATERAL (
        SELECT string_agg(m.means, ' and ' ORDER BY m.means) FROM (
            SELECT 'has REPLICATION' WHERE r.rolreplication
            UNION ALL
            SELECT 'has CREATEROLE (before PostgreSQL 16 a membership in any role but superusers)'
            WHERE r.rolcreaterole AND current_setting('server_version_num')::integer < 160000
            UNION ALL
            SELECT 'is a member of ' || s.rolname FROM pg_roles s
            WHERE s.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
              AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS m (means)) AS a (means)
    WHERE r.rolcanlogin AND NOT r.rolsuper AND a.means IS NOT NULL
    UNION ALL
    -- a role of PostgreSQL 17 and later
    SELECT 'warning', 'maintenance_login', r.rolname::text,
           'can log in and is a member of pg_maintain, which allows locking every table against everybody, and replacing statistics',
           format('REVOKE pg_maintain FROM %I; (or from a role in between)', r.rolname)
    FROM pg_roles r JOIN pg_roles s ON s.rolname = 'pg_maintain' AND pg_has_role(r.oid, s.oid, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper
    UNION ALL
    SELECT CASE WHEN r.rolname IN (SELECT g.role FROM kroles.gateways g) THEN 'danger' ELSE 'warning' END,
           'owner_login', r.rolname::text,
           format('can log in and owns %s (or is a member of the owner), so it can disable row-level security',
                  string_agg(t.name, ', ' ORDER BY t.name)),
           'ALTER TABLE … OWNER TO a role with NOLOGIN that has no member that can log in.'
    FROM pg_roles r JOIN kroles.guarded_tables() t ON pg_has_role(r.oid, t.owner, 'MEMBER')
    WHERE r.rolcanlogin AND NOT r.rolsuper
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.doctor_roles() IS 'For kroles_doctor: roles to which row-level security does not apply';
REVOKE EXECUTE ON FUNCTION kroles.doctor_roles() FROM PUBLIC;

-- Privileges that row-level security does not restrict

CREATE FUNCTION kroles.doctor_privileges() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN bool_or(a.privilege_type <> 'MAINTAIN' AND (t.ours OR a.privilege_type <> 'REFERENCES')) THEN 'danger' ELSE 'warning' END, 'unguarded_privilege', t.name,
           format('%s has %s, which no policy restricts: ', g.grantee, string_agg(DISTINCT a.privilege_type, ', ')) || concat_ws('; ',
               CASE WHEN bool_or(a.privilege_type = 'TRUNCATE') THEN 'TRUNCATE empties the table' END,
               CASE WHEN bool_or(a.privilege_type = 'TRIGGER') THEN 'TRIGGER runs the grantee''s code with the privileges of the role that changes a row' END,
               CASE WHEN bool_or(a.privilege_type = 'MAINTAIN') THEN 'MAINTAIN allows locking the table against everybody, and replacing its statistics' END,
               CASE WHEN bool_or(a.privilege_type = 'REFERENCES') THEN format('with REFERENCES the check of a foreign key runs the implicit cast from the type of the referencing column as %s, the owner of this table%s; the action of the key on deletion runs code of the referencing table''s owner in the session that deletes; and a key reveals which hidden rows exist, and can prevent their deletion',
                   quote_ident(o.rolname), CASE WHEN o.rolsuper THEN ', so that the grantee can become superuser' ELSE '' END) END),
           format('REVOKE %s ON %s FROM %s;', string_agg(DISTINCT a.privilege_type, ', '), t.name, g.grantee)
    FROM kroles.guarded_tables() t JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT (aclexplode(c.relacl)).* FROM pg_class c WHERE c.oid = t.relation
             UNION ALL
             SELECT (aclexplode(c.attacl)).* FROM pg_attribute c WHERE c.attrelid = t.relation) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE a.grantee <> t.owner AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
    GROUP BY t.name, g.grantee, o.rolname, o.rolsuper
    UNION ALL
    SELECT 'danger', 'foreign_key', kroles.qualified_name(k.conrelid),
           format('its foreign key %I refers to %s, and %I owns it: ', k.conname, t.name, f.rolname)
               || CASE WHEN x.casts THEN format('its check may run a cast of that owner as %I; ', o.rolname) ELSE '' END
               || 'on deletion it runs code of that owner in the session that deletes, it can prevent deletions, and it reveals which hidden rows exist',
           format('ALTER TABLE %s DROP CONSTRAINT %I; store the id in a plain column, and delete rows without an object in a periodic job.',
                  kroles.qualified_name(k.conrelid), k.conname)
    FROM kroles.guarded_tables() t JOIN pg_constraint k ON k.confrelid = t.relation AND k.contype = 'f'
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_roles f ON f.oid = c.relowner JOIN pg_roles o ON o.oid = t.owner,
    LATERAL (SELECT EXISTS (
        SELECT FROM unnest(k.conkey, k.confkey) AS u (theirs, ours)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, u.theirs)
        JOIN pg_attribute b ON (b.attrelid, b.attnum) = (k.confrelid, u.ours)
        WHERE a.atttypid <> b.atttypid)) AS x (casts)
    WHERE t.ours AND c.relowner <> t.owner
      -- the key of a partition is reported with that of the partitioned table, where both have the same owner
      AND NOT EXISTS (SELECT FROM pg_constraint w JOIN pg_class p ON p.oid = w.conrelid WHERE w.oid = k.conparentid AND p.relowner = c.relowner)
    UNION ALL
    SELECT 'danger', 'readable_key', 'kroles.signing_keys',
           format('%s may read the column "key": a secret in it allows acting as any user', g.grantee),
           format('REVOKE SELECT ON kroles.signing_keys FROM %1$s; REVOKE SELECT (key) ON kroles.signing_keys FROM %1$s;', g.grantee)
    FROM pg_class c,
    LATERAL (SELECT (aclexplode(c.relacl)).*
             UNION
             SELECT (aclexplode(k.attacl)).* FROM pg_attribute k WHERE k.attrelid = c.oid AND k.attname = 'key') AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE c.oid = 'kroles.signing_keys'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    GROUP BY g.grantee
    UNION ALL
    SELECT 'danger', 'schema_privilege', 'kroles',
           format('%s may create objects in the schema kroles, where the extension looks up its own', g.grantee),
           format('REVOKE CREATE ON SCHEMA kroles FROM %s;', g.grantee)
    FROM pg_namespace n, aclexplode(n.nspacl) AS a,
    LATERAL (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS g (grantee)
    WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
    UNION ALL
    -- (functions in pg_temp are found only by a qualified name)
    SELECT 'danger', 'lookalike_function', p.oid::regprocedure::text,
           format('has the name of a function of kroles, and %I owns it: a call without the schema may run it, with the privileges of the caller', o.rolname),
           format('DROP FUNCTION %s; revoke CREATE on schemas that are on the search paths of other roles.', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND NOT o.rolsuper JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname LIKE 'kroles\_%' AND n.nspname NOT LIKE 'pg\_temp\_%' AND EXISTS (
        SELECT FROM pg_proc q JOIN pg_depend d ON (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, q.oid, 'pg_extension'::regclass, 'e')
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles' WHERE q.proname = p.proname)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_privileges() IS 'For kroles_doctor: privileges that row-level security does not restrict';
REVOKE EXECUTE ON FUNCTION kroles.doctor_privileges() FROM PUBLIC;

CREATE FUNCTION kroles.is_public(relation oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM kroles.relations() r WHERE 'public' = ANY (r.traits) AND to_regclass(format('kroles.%I', r.name)) = relation)
$$;
COMMENT ON FUNCTION kroles.is_public(oid) IS 'Whether kroles grants SELECT on a table or view to PUBLIC';
REVOKE EXECUTE ON FUNCTION kroles.is_public(oid) FROM PUBLIC;

-- PUBLIC has at most SELECT on a relation, and of functions (pg_init_privs) what the extension granted when it was created; any
-- other privilege came from default privileges or a later GRANT. No other role needs a function that PUBLIC may not execute,
-- but those that watch the database: the figures of the cache, the doctor, and the heartbeat.
CREATE FUNCTION kroles.doctor_public() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'public_privilege', kroles.qualified_name(c.oid),
           format('PUBLIC has %s on it', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
           format('REVOKE %s ON %s FROM PUBLIC; use kroles_grant_access() for the role of an application.',
                  string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), kroles.qualified_name(c.oid))
    FROM pg_class c, aclexplode(c.relacl) AS a
    WHERE c.relnamespace = 'kroles'::regnamespace AND a.grantee = 0
      AND a.privilege_type NOT IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
      AND (a.privilege_type <> 'SELECT' OR NOT kroles.is_public(c.oid))
    GROUP BY c.oid
    UNION ALL
    SELECT 'warning', 'public_privilege', p.oid::regprocedure::text, 'PUBLIC may execute it',
           format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', p.oid::regprocedure)
    FROM pg_proc p JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = ('pg_proc'::regclass, p.oid, 0),
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE a.grantee = 0 AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) AS s WHERE s.grantee = 0)
      AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE (d.classid, d.objid, d.refclassid, d.deptype)
                      = ('pg_proc'::regclass, p.oid, 'pg_extension'::regclass, 'e') AND e.extname = 'kroles')
    UNION ALL
    -- default privileges that were in force at CREATE EXTENSION are among what the extension granted
    SELECT 'warning', 'granted_function', r.rolname::text,
           format('may execute %s: meant for superusers, and for kroles itself',
                  (array_agg(p.oid::regprocedure::text ORDER BY p.oid::regprocedure::text))[1] || CASE WHEN count(*) > 1 THEN format(' and %s more', count(*) - 1) ELSE '' END),
           concat_ws(' ', CASE WHEN bool_or(p.pronamespace = 'kroles'::regnamespace) THEN format('REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA kroles FROM %I;', r.rolname) END,
               format('REVOKE EXECUTE ON FUNCTION %s FROM %I;', string_agg(p.oid::regprocedure::text, ', ' ORDER BY p.oid::regprocedure::text)
                          FILTER (WHERE p.pronamespace <> 'kroles'::regnamespace), r.rolname))
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
    JOIN pg_proc p ON (d.classid, d.refclassid, d.deptype) = ('pg_proc'::regclass, 'pg_extension'::regclass, 'e') AND p.oid = d.objid,
    aclexplode(p.proacl) AS a JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> p.proowner AND NOT r.rolsuper
      AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS s WHERE s.grantee = 0)
      AND p.proname NOT IN ('kroles_cache_stats', 'kroles_doctor', 'kroles_heartbeat')
    GROUP BY r.rolname
$$;
COMMENT ON FUNCTION kroles.doctor_public() IS 'For kroles_doctor: privileges on objects of kroles that the extension does not grant, of PUBLIC, and on functions of others';
REVOKE EXECUTE ON FUNCTION kroles.doctor_public() FROM PUBLIC;

-- Views and functions that read protected tables with other privileges than those of their caller

CREATE FUNCTION kroles.guarded_readers(OUT relation oid, OUT through text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    reach (relation, base) AS (
        SELECT g.relation::oid, g.name FROM guarded g
        UNION
        SELECT w.ev_class, r.base
        FROM reach r
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, r.relation, 'pg_rewrite'::regclass)
        JOIN pg_rewrite w ON w.oid = d.objid)
    SELECT r.relation, string_agg(r.base, ', ' ORDER BY r.base) FROM reach r
    WHERE r.relation NOT IN (SELECT g.relation FROM guarded g)
    GROUP BY r.relation
$$;
COMMENT ON FUNCTION kroles.guarded_readers() IS
    'Views, materialized views and tables with rules that read protected tables, directly or through others, and the names of those tables';
REVOKE EXECUTE ON FUNCTION kroles.guarded_readers() FROM PUBLIC;

CREATE FUNCTION kroles.doctor_readers() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH readers AS MATERIALIZED (
        SELECT v.through, c.*, kroles.qualified_name(c.oid) AS name, o.rolname AS owner, o.rolsuper OR o.rolbypassrls AS unheld
        FROM kroles.guarded_readers() v JOIN pg_class c ON c.oid = v.relation JOIN pg_roles o ON o.oid = c.relowner),
    touched AS MATERIALIZED (
        SELECT d.objid AS function, string_agg(DISTINCT g.name, ', ') AS names
        FROM (SELECT t.relation::oid, t.name FROM kroles.guarded_tables() t
              UNION ALL SELECT r.oid, r.name FROM readers r) AS g (relation, name)
        JOIN pg_depend d ON (d.refclassid, d.refobjid, d.classid) = ('pg_class'::regclass, g.relation, 'pg_proc'::regclass)
        GROUP BY d.objid)
    SELECT CASE WHEN r.unheld THEN 'danger' ELSE 'warning' END, 'definer_view', r.name,
           format('%s %s with the privileges of its owner %I', CASE r.relkind WHEN 'v' THEN 'reads' ELSE 'has a rule that uses' END,
                  r.through, r.owner) || CASE WHEN r.unheld THEN ', to whom no policy applies' ELSE '' END,
           CASE r.relkind WHEN 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', r.name)
                ELSE 'DROP RULE …; a trigger runs with the privileges of the role that changes the row.' END
    FROM readers r
    WHERE r.relkind <> 'm' AND NOT EXISTS (
        SELECT FROM pg_options_to_table(r.reloptions) AS w WHERE w.option_name = 'security_invoker' AND w.option_value::boolean)
    UNION ALL
    SELECT 'danger', 'materialized_view', r.name, format('is a copy of rows of %s, to which no policy applies', r.through),
           format('DROP MATERIALIZED VIEW %s; or allow only its owner to read it.', r.name)
    FROM readers r WHERE r.relkind = 'm'
    UNION ALL
    -- the catalog has the tables that a function reads only where its body is in the form of the SQL standard (BEGIN ATOMIC)
    SELECT CASE WHEN t.names IS NULL THEN 'notice' ELSE 'warning' END, 'definer_function', p.oid::regprocedure::text,
           format('is SECURITY DEFINER and runs as %I, to whom no policy applies: ', o.rolname)
               || coalesce('it uses ' || t.names, 'check whether it uses protected tables'),
           format('ALTER FUNCTION %1$s SECURITY INVOKER; or OWNER TO a role to which policies apply; or revoke EXECUTE from roles that need not call it.',
                  p.oid::regprocedure)
    FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND (o.rolsuper OR o.rolbypassrls)
    LEFT JOIN touched t ON t.function = p.oid
    WHERE p.prosecdef
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner)
      AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
$$;
COMMENT ON FUNCTION kroles.doctor_readers() IS
    'For kroles_doctor: views and functions that read protected tables with other privileges than those of their caller';
REVOKE EXECUTE ON FUNCTION kroles.doctor_readers() FROM PUBLIC;
-- The installation: versions, and what a restore may leave out.

CREATE FUNCTION kroles.doctor_installation() RETURNS SETOF kroles.weakness
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tables text;
    missing text;
BEGIN
    IF kroles.library_version() <> kroles.script_version() THEN
        RETURN QUERY SELECT 'warning', 'versions_differ', 'extension kroles',
            format('its script is of version %s, the library in this session of version %s', kroles.script_version(), kroles.library_version()),
            'ALTER EXTENSION kroles UPDATE; and reconnect.';
    END IF;
    tables := kroles.version_of_tables();
    IF tables <> kroles.script_version() THEN
        RETURN QUERY SELECT 'danger', 'versions_differ', 'schema kroles',
            format('its tables are of version %s, the extension of version %s', tables, kroles.script_version()),
            'SELECT kroles_install();';
        RETURN;
    END IF;
    missing := (SELECT string_agg(format('kroles.%I', r.name), ', ') FROM kroles.relations() r
                WHERE to_regclass(format('kroles.%I', r.name)) IS NULL);
    IF missing IS NOT NULL THEN
        RETURN QUERY SELECT 'danger', 'missing_table', 'schema kroles', format('there is no %s', missing),
            'Finish the restore of the dump, or SELECT kroles_install();';
        RETURN;
    END IF;
    missing := (SELECT string_agg(t.name, ', ')
                FROM (VALUES ('kroles.settings', NOT EXISTS (SELECT FROM kroles.settings)),
                             ('kroles.baseline_rights', NOT EXISTS (SELECT FROM kroles.baseline_rights)),
                             ('kroles.role_rights', NOT EXISTS (SELECT FROM kroles.role_rights)),
                             ('kroles.ceiling_rights', NOT EXISTS (SELECT FROM kroles.ceiling_rights))) AS t (name, is_empty) WHERE t.is_empty);
    IF missing IS NOT NULL THEN
        RETURN QUERY SELECT 'danger', 'missing_rows', 'schema kroles', format('without rows in %s nobody has a right', missing),
            'Restore the data of the dump, or SELECT kroles_install();';
    END IF;
    RETURN QUERY
    SELECT CASE m.kind WHEN 'index' THEN 'warning' ELSE 'danger' END, 'missing_' || m.kind, format('kroles.%I', m.relation),
           format('the %s %I does not exist', m.kind, m.name),
           'Finish the restore of the dump; or create it again, as in a new database.'
    FROM kroles.missing_objects() m;
    RETURN QUERY
    SELECT 'warning', 'public_privilege', 'type kroles.media', 'PUBLIC may use it for columns and functions, which would contain audiences',
           'SELECT kroles_install(); after a restore: dumps leave this out.'
    FROM pg_type t, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) AS a
    WHERE t.oid = to_regtype('kroles.media') AND a.grantee = 0;
    RETURN QUERY
    SELECT 'danger', 'owner_not_superuser', kroles.qualified_name(c.oid),
           format('it belongs to %s, which is no superuser and so could change who sees its rows', o.rolname),
           format('ALTER %s %s OWNER TO a superuser with NOLOGIN.', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, kroles.qualified_name(c.oid))
    FROM kroles.relations() r JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) JOIN pg_roles o ON o.oid = c.relowner
    WHERE NOT o.rolsuper;
END $$;
COMMENT ON FUNCTION kroles.doctor_installation() IS 'For kroles_doctor: versions that differ, and what a restore left out';
REVOKE EXECUTE ON FUNCTION kroles.doctor_installation() FROM PUBLIC;
-- kroles_doctor(), continued: standbys and replicas that have stopped or are late. On a standby the report is that of the primary,
-- but for what concerns the server itself.

CREATE FUNCTION kroles.doctor_subscriptions() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS MATERIALIZED (
        SELECT s.oid, s.subname, s.subenabled, array_agg(kroles.qualified_name(r.srrelid) ORDER BY c.relname) FILTER (WHERE r.srsubstate <> 'r') AS missing
        FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid JOIN pg_class c ON c.oid = r.srrelid
        WHERE c.relnamespace = 'kroles'::regnamespace AND kroles.is_replica()
        GROUP BY s.oid, s.subname, s.subenabled)
    SELECT 'danger', 'subscription_stopped', format('subscription %I', o.subname),
           'is disabled: this replica gets no change any more, and what is revoked stays',
           format('ALTER SUBSCRIPTION %I ENABLE;', o.subname)
    FROM ours o WHERE NOT o.subenabled
    UNION ALL
    SELECT 'danger', 'subscription_stopped', format('subscription %I', o.subname),
           'has no worker: the primary cannot be reached, or a change cannot be applied; this replica gets no change meanwhile, and what is revoked stays',
           'The server''s log says why; pg_stat_subscription_stats counts errors.'
    FROM ours o
    -- (a standby of a replica has no workers)
    WHERE o.subenabled AND NOT pg_is_in_recovery()
      AND NOT EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = o.oid AND w.relid IS NULL AND w.pid IS NOT NULL)
    UNION ALL
    SELECT 'warning', 'replica_incomplete', format('subscription %I', o.subname),
           format('has not copied %s yet: until then every question is refused here (KR001)', array_to_string(o.missing, ', ')),
           'Wait; if it lasts, the server''s log says why.'
    FROM ours o WHERE o.missing IS NOT NULL
    UNION ALL
    SELECT 'danger', 'subscription_missing', format('kroles.replica %L', r.subscription),
           'this database is a replica, and no subscription brings the entitlements: what is revoked on the primary stays here',
           'Subscribe again with a new database; or, to make the database one of its own, DELETE FROM kroles.replica.'
    FROM kroles.replica r WHERE NOT EXISTS (SELECT FROM ours)
    UNION ALL
    SELECT 'warning', 'replica_unmarked', format('subscription %I', o.subname),
           'brings entitlements, but kroles_subscribe() did not create it: when it is dropped, nothing says that this database was a replica',
           format('INSERT INTO kroles.replica (subscription) VALUES (%L);', o.subname)
    FROM ours o WHERE NOT EXISTS (SELECT FROM kroles.replica)
    UNION ALL
    SELECT 'warning', 'secret_published', format('publication %I', p.pubname),
           'sends kroles.secret to its subscribers, who need it for nothing: each database has its own',
           'Create the publication with kroles_publish_entitlements().'
    FROM pg_publication_tables p WHERE p.schemaname = 'kroles' AND p.tablename = 'secret'
$$;
COMMENT ON FUNCTION kroles.doctor_subscriptions() IS 'For kroles_doctor: subscriptions of entitlements that have stopped, and publications';
REVOKE EXECUTE ON FUNCTION kroles.doctor_subscriptions() FROM PUBLIC;

CREATE FUNCTION kroles.doctor_heartbeat() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH server AS MATERIALIZED (
        SELECT pg_is_in_recovery() AS standby, kroles.is_replica() AS replica, s.replica_lease AS lease,
               (SELECT h.at FROM kroles.heartbeat h) AS heartbeat, clock_timestamp() AS now
        FROM (SELECT) AS always LEFT JOIN kroles.settings s ON true)
    SELECT 'danger', 'replay_paused', 'server', 'replay is paused on this standby: what is revoked on the primary stays here',
           'SELECT pg_wal_replay_resume();'
    FROM server v WHERE v.standby AND CASE WHEN v.standby THEN pg_is_wal_replay_paused() END
    UNION ALL
    SELECT 'warning', 'not_streaming', 'server',
           'this standby does not stream from a primary: what is revoked there comes late, or not at all',
           'Check primary_conninfo and the server''s log. A standby that restores an archive is late by as much as the archive is.'
    FROM server v WHERE v.standby AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver w WHERE w.status = 'streaming')
    UNION ALL
    SELECT 'warning', 'late_heartbeat', 'kroles.heartbeat',
           CASE WHEN v.heartbeat IS NULL THEN 'there is no heartbeat' WHEN v.heartbeat > v.now THEN 'the heartbeat is from the future, by more than settings.replica_lease'
                ELSE format('the last heartbeat was written at %s, longer ago than settings.replica_lease', to_char(v.heartbeat, 'YYYY-MM-DD HH24:MI:SS')) END
               || CASE WHEN v.standby OR v.replica THEN ': every question is refused here (KR001)'
                       ELSE ': standbys and replicas refuse every question (KR001)' END,
           'Have kroles_heartbeat() called on the primary several times within the lease; on a standby or replica, see whether replication works and clocks agree.'
    FROM server v WHERE v.lease IS NOT NULL AND (v.heartbeat IS NULL OR v.heartbeat NOT BETWEEN v.now - v.lease AND v.now + v.lease)
    UNION ALL
    SELECT 'notice', 'no_lease', 'kroles.settings',
           'this server follows a primary, and settings.replica_lease is not set: if replication stops, what is revoked on the primary stays here, and no user notices',
           'On the primary: have kroles_heartbeat() called, then UPDATE kroles.settings SET replica_lease = …;'
    FROM server v WHERE v.lease IS NULL AND (v.standby OR v.replica)
$$;
COMMENT ON FUNCTION kroles.doctor_heartbeat() IS 'For kroles_doctor: standbys that do not replay, and the lease of standbys and replicas';
REVOKE EXECUTE ON FUNCTION kroles.doctor_heartbeat() FROM PUBLIC;
-- kroles_doctor(), continued: checks of row-level security, triggers and policies, of identity, of events and of the server.

CREATE FUNCTION kroles.doctor_security() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (SELECT * FROM kroles.guarded_tables()),
    protected AS MATERIALIZED (SELECT g.relation::oid, g.name FROM guarded g WHERE NOT g.ours)
    SELECT 'danger', 'security_off', g.name, 'row-level security is disabled',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT 'warning', 'security_not_forced', g.name,
           format('row-level security is not forced: it does not apply to the owner %I', pg_get_userbyid(g.owner)),
           format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', g.name)
    FROM guarded g JOIN pg_class c ON c.oid = g.relation WHERE NOT c.relforcerowsecurity
    UNION ALL
    SELECT CASE WHEN EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner) THEN 'danger' ELSE 'warning' END,
           'unprotected_child', kroles.qualified_name(c.oid),
           format('is a %s of the protected table %s and not protected itself: queries of it alone are not subject to the policies',
                  CASE WHEN c.relispartition THEN 'partition' ELSE 'child' END, p.name),
           'Call kroles_protect() again for the root table with the same arguments.'
    FROM protected p JOIN pg_inherits i ON i.inhparent = p.relation JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.oid NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    SELECT 'danger', 'unprotected_parent', kroles.qualified_name(i.inhparent),
           format('is not protected, and queries of it show the rows of the protected table %s', p.name),
           'Call kroles_protect() for the root table.'
    FROM protected p JOIN pg_inherits i ON i.inhrelid = p.relation
    WHERE i.inhparent NOT IN (SELECT q.relation FROM protected q)
    UNION ALL
    -- the triggers that invalidate caches fire in logical replication too, the others in sessions only
    SELECT 'danger', 'disabled_trigger', g.name,
           format('trigger %I, which enforces a rule, is not enabled as shipped', coalesce(k.conname, t.tgname)),
           format('ALTER TABLE %s ENABLE %sTRIGGER %I;', g.name, CASE f.shipped WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)
    FROM guarded g JOIN pg_trigger t ON t.tgrelid = g.relation
    LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint AND t.tgisinternal,
    LATERAL (SELECT CASE WHEN t.tgfoid = 'kroles.track()'::regprocedure THEN 'A' ELSE 'O' END) AS f (shipped)
    WHERE g.ours AND t.tgenabled <> f.shipped::"char" AND (f.shipped <> 'O' OR t.tgenabled <> 'A')
      -- a site's own triggers are its own business
      AND (t.tgisinternal OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
                                     WHERE (d.classid, d.objid, d.refclassid, d.deptype) = ('pg_proc'::regclass, t.tgfoid, 'pg_extension'::regclass, 'e')))
    UNION ALL
    -- (PostgreSQL 18 and later have the column conenforced; a constraint that is not enforced is not validated either)
    SELECT CASE WHEN k.contype = 'f' AND e.off THEN 'danger' ELSE 'warning' END,
           CASE WHEN e.off THEN 'unenforced_constraint' ELSE 'unvalidated_constraint' END, g.name,
           format('constraint %I ', k.conname) || CASE
               WHEN k.contype = 'f' AND e.off THEN 'is not enforced: rows may refer to what does not exist, and stay when it is deleted'
               WHEN e.off THEN 'is not enforced: rows may break it'
               ELSE 'is not validated: rows that were there before it may break it' END,
           CASE WHEN NOT e.off THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', g.name, k.conname)
                WHEN k.contype = 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED;', g.name, k.conname)
                ELSE 'Drop it and create it again without NOT ENFORCED.' END
    FROM guarded g JOIN pg_constraint k ON k.conrelid = g.relation,
    LATERAL (SELECT coalesce(to_jsonb(k) ->> 'conenforced' = 'false', false)) AS e (off)
    WHERE g.ours AND NOT k.convalidated
$$;
COMMENT ON FUNCTION kroles.doctor_security() IS
    'For kroles_doctor: row-level security and triggers that are disabled, and constraints that are not enforced or not validated';
REVOKE EXECUTE ON FUNCTION kroles.doctor_security() FROM PUBLIC;

-- A permissive policy allows rows whatever the other ones say. On tables of kroles every policy is named after its command, and
-- calls a function of the extension unless PUBLIC reads the table.
CREATE FUNCTION kroles.doctor_policies() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH guarded AS MATERIALIZED (
        SELECT t.*, p.* FROM kroles.guarded_tables() t JOIN pg_policy p ON p.polrelid = t.relation AND p.polpermissive),
    made AS MATERIALIZED (SELECT * FROM kroles.protection_policies())
    SELECT CASE WHEN g.ours THEN 'danger' ELSE 'warning' END, 'further_policy', g.name,
           format('policy %I is permissive and does not belong to kroles: it allows rows that the policies of kroles do not', g.polname),
           format('DROP POLICY %I ON %s; or make it restrictive.', g.polname, g.name)
               || CASE WHEN g.ours THEN '' ELSE ' Keep it if that is intended.' END
    FROM guarded g
    WHERE CASE WHEN g.ours THEN (g.polname, g.polcmd) NOT IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
          ELSE g.oid NOT IN (SELECT m.policy FROM made m) END
    UNION ALL
    SELECT 'danger', 'altered_policy', g.name,
           format('policy %I was altered: it does not call a function of the extension', g.polname),
           'Create it again as in the script of the extension.'
    FROM guarded g
    WHERE g.ours AND (g.polname, g.polcmd) IN (('read', 'r'), ('add', 'a'), ('change', 'w'), ('remove', 'd'))
      AND NOT EXISTS (
          SELECT FROM pg_depend d JOIN pg_depend e ON (e.classid, e.objid, e.deptype) = (d.refclassid, d.refobjid, 'e')
          WHERE (d.classid, d.objid, d.refclassid) = ('pg_policy'::regclass, g.oid, 'pg_proc'::regclass))
      AND NOT (g.polcmd = 'r' AND kroles.is_public(g.relation))
    UNION ALL
    SELECT 'danger', 'altered_policy', kroles.qualified_name(m.relation),
           format('policy %I was altered after kroles_protect() created it', m.name),
           'Call kroles_protect() again with the same arguments.'
    FROM made m WHERE NOT m.as_made
    UNION ALL
    SELECT 'warning', 'missing_policy', kroles.qualified_name(m.relation),
           'some commands have no policy, so that no role can use them',
           'Call kroles_protect() again with the same arguments.'
    FROM made m GROUP BY m.relation HAVING count(*) < 4
$$;
COMMENT ON FUNCTION kroles.doctor_policies() IS 'For kroles_doctor: policies on protected tables that do not belong to kroles or were altered';
REVOKE EXECUTE ON FUNCTION kroles.doctor_policies() FROM PUBLIC;

-- Identity

CREATE FUNCTION kroles.doctor_identity() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', CASE WHEN k.expires_at <= statement_timestamp() THEN 'expired_key' ELSE 'expiring_key' END,
           format('kroles.signing_keys %L', k.kid),
           format(CASE WHEN k.expires_at <= statement_timestamp() THEN 'expired on %s: tokens that name it are refused'
                       ELSE 'expires on %s: tokens that name it are refused from then on' END, to_char(k.expires_at, 'YYYY-MM-DD')),
           'Add a key with a new kid, let the issuer sign with it, then delete this one.'
    FROM kroles.signing_keys k WHERE k.expires_at < statement_timestamp() + interval '30 days'
    UNION ALL
    SELECT 'notice', 'no_identity', 'kroles.signing_keys',
           'there is no signing key, no gateway and no user with a db_role, so that every session is anonymous',
           'Add the key that verifies your tokens, or call kroles_trust_gateway().'
    WHERE NOT EXISTS (SELECT FROM kroles.signing_keys k) AND NOT EXISTS (SELECT FROM kroles.gateways g)
      AND NOT EXISTS (SELECT FROM kroles.users u WHERE u.db_role IS NOT NULL)
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.gateways %L', g.role),
           'the role does not exist: a new role with that name could act as any user',
           format('SELECT kroles_distrust_gateway(%L);', g.role)
    FROM kroles.gateways g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
    UNION ALL
    SELECT 'danger', 'bypassing_gateway', format('kroles.gateways %L', g.role),
           'row-level security does not apply to that role, whatever identity it states',
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; or name another role as the gateway.', g.role)
    FROM kroles.gateways g JOIN pg_roles r ON r.rolname = g.role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'warning', 'missing_role', format('kroles.users %L', u.login),
           format('db_role is %L, which does not exist: a new role with that name would act as this user', u.db_role),
           format('UPDATE kroles.users SET db_role = NULL WHERE id = %s;', u.id)
    FROM kroles.users u WHERE u.db_role IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = u.db_role)
    UNION ALL
    SELECT 'danger', 'bypassing_person', format('kroles.users %L', u.login),
           format('db_role is %L, to which row-level security does not apply: this user sees all rows', u.db_role),
           format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS; for an administrator of the site, set administrator in kroles.users.', u.db_role)
    FROM kroles.users u JOIN pg_roles r ON r.rolname = u.db_role WHERE r.rolsuper OR r.rolbypassrls
$$;
COMMENT ON FUNCTION kroles.doctor_identity() IS 'For kroles_doctor: signing keys, gateways and login roles of users';
REVOKE EXECUTE ON FUNCTION kroles.doctor_identity() FROM PUBLIC;

-- Events without an organizer, created by a session without a user, or left by TRUNCATE.

CREATE FUNCTION kroles.doctor_events() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'warning', 'event_without_organizer', format('kroles.events %s', e.id),
           format('event "%s" has no organizer who is a user, not a group, and not blocked: unless a group organizes it, only administrators can change it', e.name),
           format('INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (%s, …, ''organizer'');', e.id)
    FROM kroles.events e
    WHERE NOT EXISTS (SELECT FROM kroles.event_participants p JOIN kroles.users u ON u.id = p.user_id
                      WHERE p.event_id = e.id AND p.role = 'organizer' AND NOT u.blocked
                        AND NOT EXISTS (SELECT FROM kroles.user_blocks b WHERE b.user_id = u.id))
$$;
COMMENT ON FUNCTION kroles.doctor_events() IS 'For kroles_doctor: events without an organizer';
REVOKE EXECUTE ON FUNCTION kroles.doctor_events() FROM PUBLIC;

-- The server

-- The newest minor releases known when this version of kroles was released; updated with every release.
CREATE FUNCTION kroles.newer_minor(server_version_num integer) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s.%s', k.major, k.minor) FROM (VALUES (15, 20), (16, 15), (17, 12), (18, 6)) AS k (major, minor)
    WHERE k.major = server_version_num / 10000 AND k.minor > server_version_num % 10000
$$;
COMMENT ON FUNCTION kroles.newer_minor(integer) IS
    'The newest minor release of the major version known when this version of kroles was released, if it is newer than the given version; later ones may exist';
REVOKE EXECUTE ON FUNCTION kroles.newer_minor(integer) FROM PUBLIC;

CREATE FUNCTION kroles.judge_setting(setting text, value text, OUT severity text, OUT weakness text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, j.weakness FROM (VALUES
        ('row_security', lower(value) IN ('off', 'false', 'no', '0'), 'warning',
            'row_security is off: queries fail where a policy would hide rows, and rows that are written past row-level security are treated as restored from a dump, so that guards do not check them'),
        ('session_replication_role', lower(value) <> 'origin', 'danger',
            'session_replication_role is not origin: the triggers that enforce rules and foreign keys do not fire'),
        ('request.jwt.claims', true, 'danger',
            'request.jwt.claims is set: in sessions of a gateway it states the current user until another value is set'),
        ('kroles.token', true, 'warning',
            'kroles.token is set: it is refused, because only a session itself can state its identity, but it was probably set on purpose'),
        ('kroles.user', true, 'warning',
            'kroles.user is set: it is refused, because only a session itself can state its identity, but it was probably set on purpose')
    ) AS j (setting, harmful, severity, weakness)
    WHERE j.setting = lower($1) AND j.harmful AND value <> ''
$$;
COMMENT ON FUNCTION kroles.judge_setting(text, text) IS 'The weakness that an initial setting of sessions causes; NULL for none';
REVOKE EXECUTE ON FUNCTION kroles.judge_setting(text, text) FROM PUBLIC;

CREATE FUNCTION kroles.doctor_server() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT j.severity, 'harmful_setting', w.whom, 'in the sessions concerned, ' || j.weakness,
           format('ALTER %s RESET %s;', w.alter, replace(s.name, 'kroles.user', 'kroles."user"'))
    FROM pg_db_role_setting d LEFT JOIN pg_roles r ON r.oid = d.setrole LEFT JOIN pg_database b ON b.oid = d.setdatabase,
    unnest(d.setconfig) AS c (line),
    LATERAL (SELECT split_part(c.line, '=', 1), substr(c.line, strpos(c.line, '=') + 1)) AS s (name, value),
    LATERAL (SELECT CASE WHEN d.setrole = 0 THEN format('database %I', b.datname) ELSE format('role %I', r.rolname) END,
                    CASE WHEN d.setrole = 0 THEN format('DATABASE %I', b.datname)
                         ELSE format('ROLE %I', r.rolname) || coalesce(' IN DATABASE ' || quote_ident(b.datname), '') END) AS w (whom, alter),
    kroles.judge_setting(s.name, s.value) AS j
    WHERE d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND j.severity IS NOT NULL
    UNION ALL
    SELECT j.severity, 'harmful_setting', 'server', 'in all sessions, ' || j.weakness,
           format('Remove it from %s.', coalesce(s.sourcefile, 'the server''s options'))
    FROM pg_settings s, kroles.judge_setting(s.name, s.setting) AS j
    WHERE s.source IN ('configuration file', 'command line', 'environment variable') AND j.severity IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_server', 'PostgreSQL ' || current_setting('server_version'),
           format('minor release %s of this major version exists; minor releases fix vulnerabilities', n.newer),
           'Install the newest minor release; see www.postgresql.org/support/security.'
    FROM kroles.newer_minor(current_setting('server_version_num')::integer) AS n (newer) WHERE n.newer IS NOT NULL
    UNION ALL
    SELECT 'warning', 'outdated_extension', 'kroles ' || a.installed_version,
           format('version %s is available on this server', a.default_version), 'ALTER EXTENSION kroles UPDATE;'
    FROM pg_available_extensions a WHERE a.name = 'kroles' AND a.installed_version <> a.default_version
$$;
COMMENT ON FUNCTION kroles.doctor_server() IS 'For kroles_doctor: initial settings of sessions, and versions';
REVOKE EXECUTE ON FUNCTION kroles.doctor_server() FROM PUBLIC;

-- Runs as the owner of the extension, because a caller who saw only some rows would get an incomplete report. Where tables are
-- missing, nothing else can be found out.
CREATE FUNCTION @extschema@.kroles_doctor() RETURNS SETOF kroles.weakness
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH installation AS MATERIALIZED (SELECT * FROM kroles.doctor_installation()),
    rules AS (
        SELECT * FROM kroles.doctor_roles() UNION ALL SELECT * FROM kroles.doctor_privileges()
        UNION ALL SELECT * FROM kroles.doctor_public() UNION ALL SELECT * FROM kroles.doctor_readers()
        UNION ALL SELECT * FROM kroles.doctor_security() UNION ALL SELECT * FROM kroles.doctor_policies()
        UNION ALL SELECT * FROM kroles.doctor_identity() UNION ALL SELECT * FROM kroles.doctor_events() UNION ALL SELECT * FROM kroles.doctor_server()
        UNION ALL SELECT * FROM kroles.doctor_subscriptions() UNION ALL SELECT * FROM kroles.doctor_heartbeat())
    SELECT w.* FROM (
        SELECT * FROM installation
        UNION ALL SELECT * FROM rules WHERE (SELECT count(*) FROM installation i WHERE i.finding = 'missing_table') = 0) AS w
    ORDER BY array_position('{danger, warning, notice}', w.severity), w.finding, w.subject COLLATE "C", w.weakness COLLATE "C"
$$;
COMMENT ON FUNCTION @extschema@.kroles_doctor() IS
    'The weaknesses in this database with their remedies, one row for each; danger first. It reads the catalog: it does not analyze the bodies of functions, nor anything outside the database. As the report helps an attacker, only the owner of the extension may execute it; grant EXECUTE to a role that monitors the database, not to an application';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_doctor() FROM PUBLIC;
-- The tables and views, which are the site's own objects: a site adds columns, indexes and triggers, and dumps include all. So
-- they are made by a function, which runs when the extension is created, or later (kroles_install()). What is in this folder is
-- the body of that function.
--
-- A condition is written as PostgreSQL prints it, row comparisons taken apart: or a copy made from a dump would print it another
-- way.
CREATE FUNCTION kroles.make_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $tables$
BEGIN

DECLARE
    relation record;
BEGIN
    FOR relation IN SELECT r.name FROM kroles.relations() r WHERE 'given_id' = ANY (r.traits) LOOP
        EXECUTE format('CREATE SEQUENCE kroles.%I', relation.name || '_id_seq');
    END LOOP;
END;
-- The tables. The name of a constraint states its rule, because PostgreSQL shows the name when a row violates it.

CREATE TABLE kroles.settings (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT settings_has_one_row PRIMARY KEY
        CONSTRAINT settings_has_only_one_row CHECK (only_row),
    allow_anonymous     boolean NOT NULL DEFAULT false,
    chat_and_collaboration boolean NOT NULL DEFAULT true,
    creation_tools      kroles.media_type[] NOT NULL DEFAULT enum_range(NULL::kroles.media_type)
        CONSTRAINT settings_creation_tools_names_no_null CHECK (array_position(creation_tools, NULL) IS NULL),
    room_session_limit  interval NOT NULL DEFAULT '12 hours'
        CONSTRAINT settings_room_session_limit_is_at_most_30_days
            CHECK (room_session_limit > interval '0' AND room_session_limit <= interval '30 days')
        -- (in seconds, a year is longer than 12 months of 30 days)
        CONSTRAINT settings_room_session_limit_has_no_years CHECK (extract(year FROM room_session_limit) = 0),
    rooms_switched      integer NOT NULL DEFAULT 0,
    show_identifier     kroles.identifier NOT NULL DEFAULT 'email',
    token_issuer        text,
    token_audience      text,
    token_leeway        interval NOT NULL DEFAULT '30 seconds'
        CONSTRAINT settings_token_leeway_is_at_most_10_minutes
            CHECK (token_leeway BETWEEN interval '0' AND interval '10 minutes'),
    replica_lease       interval
        -- (a lease that ends before the next heartbeat can have come would deny all the time)
        CONSTRAINT settings_replica_lease_is_1_second_to_30_days
            CHECK (replica_lease BETWEEN interval '1 second' AND interval '30 days')
        CONSTRAINT settings_replica_lease_has_no_years CHECK (extract(year FROM replica_lease) = 0)
);
COMMENT ON TABLE kroles.settings IS 'The settings of the site: one row, which administrators change with UPDATE';
COMMENT ON COLUMN kroles.settings.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.settings.allow_anonymous IS 'Whether anonymous sessions may view public content (default off)';
COMMENT ON COLUMN kroles.settings.chat_and_collaboration IS 'Whether rooms and chat are in use (default on). While it is off, no moderators can be added to media, the rights of existing moderators are not in force, and all stays in rooms have ended';
COMMENT ON COLUMN kroles.settings.creation_tools IS 'The types of media that may be created (default all)';
COMMENT ON COLUMN kroles.settings.room_session_limit IS 'The maximum duration of a stay in a room, with the rights that were read on joining (default 12 hours, at most 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.rooms_switched IS 'How often chat_and_collaboration was changed, counted by a trigger: stays that began with another number have ended';
COMMENT ON COLUMN kroles.settings.token_issuer IS 'The required value of "iss" in a token; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_audience IS 'The value that "aud" of a token must contain; NULL (the default): not checked';
COMMENT ON COLUMN kroles.settings.token_leeway IS 'The tolerated difference between the clocks of issuer and database when "exp" and "nbf" are checked (default 30 seconds, at most 10 minutes)';
COMMENT ON COLUMN kroles.settings.replica_lease IS
    'How old the last heartbeat (kroles.heartbeat) may be on a standby or replica; where it is older, everything is denied with the error KR001. NULL (the default): a standby or replica that has stopped goes on answering as of its last change (1 second to 30 days; a month is 30 days, a day 24 hours)';
COMMENT ON COLUMN kroles.settings.show_identifier IS 'Whether lists of users show the email (default) or the login';

CREATE TABLE kroles.users (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY,
    login               text NOT NULL CONSTRAINT users_login_is_unique UNIQUE
        CONSTRAINT users_login_has_no_space_around_it_and_is_not_empty
            CHECK (login ~ '^[^[:space:][:cntrl:]]([^[:cntrl:]]*[^[:space:][:cntrl:]])?$' AND length(login) <= 256),
    name                text NOT NULL DEFAULT '',
    email               text,
    avatar_url          text,
    title               text,
    bio                 text,
    applicative_role    kroles.applicative_role NOT NULL DEFAULT 'viewer'
        CONSTRAINT users_applicative_role_is_never_anonymous CHECK (applicative_role <> 'anonymous'),
    administrator       boolean NOT NULL DEFAULT false,
    blocked             boolean NOT NULL DEFAULT false,
    db_role             name CONSTRAINT users_db_role_belongs_to_one_user UNIQUE
        CONSTRAINT users_db_role_is_not_empty CHECK (db_role <> ''),
    tokens_valid_after  timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    -- the included columns, here and below, are those that decisions read: an index-only scan suffices
    CONSTRAINT users_id_is_unique PRIMARY KEY (id) INCLUDE (applicative_role, administrator, blocked)
);
CREATE INDEX users_administrator ON kroles.users (id) WHERE administrator;
COMMENT ON TABLE kroles.users IS 'The users of the site, each with one applicative role';
COMMENT ON COLUMN kroles.users.id IS 'The id of the user; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.users.login IS 'The name that tokens and gateways use for the user; compared case-sensitively';
COMMENT ON COLUMN kroles.users.name IS 'The display name';
COMMENT ON COLUMN kroles.users.email IS 'Email address, shown where settings.show_identifier says so';
COMMENT ON COLUMN kroles.users.avatar_url IS 'URL of the picture; without one, lists show initials';
COMMENT ON COLUMN kroles.users.title IS 'Title or position, for the speaker card';
COMMENT ON COLUMN kroles.users.bio IS 'A short biography, for the speaker card';
COMMENT ON COLUMN kroles.users.applicative_role IS 'The site-wide role, which limits the rights that all other roles give (default viewer; never anonymous)';
COMMENT ON COLUMN kroles.users.administrator IS 'Whether the user is an administrator, who has every right on every object (default false)';
COMMENT ON COLUMN kroles.users.blocked IS 'Whether the user has no right on any object, not even those of anonymous (default false). kroles_block() blocks without waiting for the user''s transactions; users whom it blocked may be in kroles.user_blocks instead';
COMMENT ON COLUMN kroles.users.db_role IS 'The name of the PostgreSQL login role whose sessions act as this user; NULL for users who connect through a gateway';
COMMENT ON COLUMN kroles.users.tokens_valid_after IS 'Tokens issued before this time are refused; NULL: none';
COMMENT ON COLUMN kroles.users.created_at IS 'When the row was created';

CREATE TABLE kroles.user_blocks (
    -- (no foreign key: its check would wait for a transaction that has locked the user's row)
    user_id             bigint CONSTRAINT user_blocks_a_user_is_blocked_once PRIMARY KEY,
    created_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.user_blocks IS 'Users whom kroles_block() has blocked without waiting for a lock on their row in kroles.users; equivalent to users.blocked. Only the extension writes it';
COMMENT ON COLUMN kroles.user_blocks.user_id IS 'The user';
COMMENT ON COLUMN kroles.user_blocks.created_at IS 'When the row was created';

CREATE TABLE kroles.groups (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT groups_id_is_unique PRIMARY KEY,
    name                text NOT NULL CONSTRAINT groups_name_is_unique UNIQUE
        CONSTRAINT groups_name_is_not_blank CHECK (name ~ '[^[:space:]]')
);
COMMENT ON TABLE kroles.groups IS 'Sets of users, not nested: current and future members have what is granted to the group';
COMMENT ON COLUMN kroles.groups.id IS 'The id of the group; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.groups.name IS 'The display name';

CREATE TABLE kroles.group_members (
    group_id            bigint NOT NULL
        CONSTRAINT group_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT group_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    CONSTRAINT group_members_a_user_is_in_a_group_once PRIMARY KEY (user_id, group_id)
);
CREATE INDEX group_members_group ON kroles.group_members (group_id);
COMMENT ON TABLE kroles.group_members IS 'The members of groups';
COMMENT ON COLUMN kroles.group_members.group_id IS 'The group';
COMMENT ON COLUMN kroles.group_members.user_id IS 'The user who is a member';

CREATE TABLE kroles.spaces (
    id                  bigint DEFAULT kroles.next_id('kroles.spaces_id_seq') CONSTRAINT spaces_id_is_unique PRIMARY KEY,
    kind                kroles.space_kind NOT NULL,
    type                kroles.space_type NOT NULL,
    external_id         text CONSTRAINT spaces_external_id_is_unique UNIQUE
        CONSTRAINT spaces_external_id_is_not_empty CHECK (external_id <> ''),
    name                text NOT NULL
        CONSTRAINT spaces_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    owner_id            bigint NOT NULL
        CONSTRAINT spaces_owner_must_be_a_user REFERENCES kroles.users,
    moderated           boolean NOT NULL DEFAULT false,
    parent_id           bigint,
    inherits_members    boolean NOT NULL DEFAULT false,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT spaces_id_with_kind_is_unique UNIQUE (id, kind),
    CONSTRAINT spaces_gallery_type_is_open_restricted_or_private
        CHECK (kind = 'channel' OR type IN ('open', 'restricted', 'private')),
    CONSTRAINT spaces_only_a_gallery_has_a_parent CHECK (kind = 'gallery' OR parent_id IS NULL),
    CONSTRAINT spaces_only_a_gallery_inherits_members CHECK (kind = 'gallery' OR NOT inherits_members),
    CONSTRAINT spaces_gallery_is_not_its_own_parent CHECK (parent_id <> id),
    -- the foreign key includes the kind, so a gallery's parent is a gallery
    CONSTRAINT spaces_parent_must_be_a_gallery_and_outlive_its_sub_galleries
        FOREIGN KEY (parent_id, kind) REFERENCES kroles.spaces (id, kind)
);
CREATE INDEX spaces_owner ON kroles.spaces (owner_id);
CREATE INDEX spaces_parent ON kroles.spaces (parent_id, kind);
CREATE INDEX spaces_type ON kroles.spaces (type, kind) INCLUDE (id);
COMMENT ON TABLE kroles.spaces IS 'Channels and galleries';
COMMENT ON COLUMN kroles.spaces.id IS 'The id of the space; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.spaces.kind IS 'channel or gallery; fixed';
COMMENT ON COLUMN kroles.spaces.type IS 'The privacy of the space; a gallery is open, restricted or private';
COMMENT ON COLUMN kroles.spaces.external_id IS 'The id of the space in another system; unique';
COMMENT ON COLUMN kroles.spaces.name IS 'The display name';
COMMENT ON COLUMN kroles.spaces.owner_id IS 'The owner, who always has the rights of a manager; every space has one';
COMMENT ON COLUMN kroles.spaces.moderated IS 'Whether publications need the approval of a moderator (default false)';
COMMENT ON COLUMN kroles.spaces.parent_id IS 'The gallery that contains this sub-gallery; without cycles';
COMMENT ON COLUMN kroles.spaces.inherits_members IS 'Whether the members of the nearest ancestor that does not inherit are in force here, instead of the gallery''s own (default false)';
COMMENT ON COLUMN kroles.spaces.created_at IS 'When the row was created';

CREATE TABLE kroles.space_members (
    id                  bigint DEFAULT kroles.next_id('kroles.space_members_id_seq') CONSTRAINT space_members_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT space_members_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT space_members_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT space_members_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.contextual_role NOT NULL DEFAULT 'member',
    expires_at          timestamptz,
    CONSTRAINT space_members_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT space_members_one_grant_a_user_or_group UNIQUE NULLS NOT DISTINCT (space_id, user_id, group_id)
);
CREATE INDEX space_members_user ON kroles.space_members (user_id, space_id) INCLUDE (role, expires_at) WHERE user_id IS NOT NULL;
CREATE INDEX space_members_group ON kroles.space_members (group_id, space_id) INCLUDE (role, expires_at) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.space_members IS 'Grants on spaces: the contextual role of a user or a group in one channel or gallery';
COMMENT ON COLUMN kroles.space_members.id IS 'The id of the grant';
COMMENT ON COLUMN kroles.space_members.space_id IS 'The channel or gallery';
COMMENT ON COLUMN kroles.space_members.user_id IS 'The user who receives the grant; it overrides the grants of the user''s groups, even where it gives less';
COMMENT ON COLUMN kroles.space_members.group_id IS 'The group that receives the grant';
COMMENT ON COLUMN kroles.space_members.role IS 'member, contributor, moderator or manager (default member)';
COMMENT ON COLUMN kroles.space_members.expires_at IS 'The grant is not in force from this time on; NULL: it does not expire';

-- (The columns that policies read come first: PostgreSQL deforms a tuple from the left.)
CREATE TABLE kroles.media (
    id                  bigint DEFAULT kroles.next_id('kroles.media_id_seq') CONSTRAINT media_id_is_unique PRIMARY KEY,
    owner_id            bigint NOT NULL
        CONSTRAINT media_owner_must_be_a_user REFERENCES kroles.users,
    created_at          timestamptz NOT NULL DEFAULT now(),
    type                kroles.media_type NOT NULL DEFAULT 'video',
    audience            kroles.audience NOT NULL DEFAULT 'hidden',
    external_id         text CONSTRAINT media_external_id_is_unique UNIQUE
        CONSTRAINT media_external_id_is_not_empty CHECK (external_id <> ''),
    name                text NOT NULL
        CONSTRAINT media_name_is_not_blank CHECK (name ~ '[^[:space:]]')
);
-- (with the id, for the newest of an owner: the first page of kroles.my_media)
CREATE INDEX media_owner ON kroles.media (owner_id, id);
-- (fastupdate is off: every search would read the list of pending entries, and the statement that fills it would have to clean
-- it)
CREATE INDEX media_audience ON kroles.media USING gin (audience) WITH (fastupdate = off);
-- What is published anywhere (approved, pending, or a session), for pages in the order of the ids: a page does not read the drafts
-- of others. Indexes of an application with this predicate serve pages in other orders. The predicate's function is one that
-- everybody may execute, because PostgreSQL checks that whenever a row is written; its right side is one that people cannot write.
CREATE INDEX media_published ON kroles.media (id) WHERE audience OPERATOR(kroles.&&) 'published'::kroles.audience;
COMMENT ON TABLE kroles.media IS 'Media; private to the owner and the people on it until it is published';
COMMENT ON COLUMN kroles.media.id IS 'The id of the media; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.media.external_id IS 'The id of the media in another system; unique';
COMMENT ON COLUMN kroles.media.type IS 'The type (default video); settings.creation_tools lists the types that may be created';
COMMENT ON COLUMN kroles.media.name IS 'The display name';
COMMENT ON COLUMN kroles.media.owner_id IS 'The owner: the user who created the media or to whom it was transferred';
COMMENT ON COLUMN kroles.media.created_at IS 'When the row was created';
COMMENT ON COLUMN kroles.media.audience IS 'The audience, which triggers derive from the owner, the people on the media, its publications and its events; "hidden" to all roles but those that bypass row-level security. Leave it out of INSERT and UPDATE';

CREATE TABLE kroles.publications (
    media_id            bigint NOT NULL
        CONSTRAINT publications_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    space_id            bigint NOT NULL
        CONSTRAINT publications_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    status              kroles.publication_status NOT NULL DEFAULT 'pending',
    published_by        bigint
        CONSTRAINT publications_publisher_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    published_at        timestamptz NOT NULL DEFAULT now(),
    moderated_by        bigint
        CONSTRAINT publications_moderator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    moderated_at        timestamptz,
    reason              text,
    CONSTRAINT publications_one_per_media_and_space PRIMARY KEY (media_id, space_id) INCLUDE (status)
);
-- A channel's page is the newest approved publications of one space, its count all of them; the queue of a moderator, the pending
-- ones of each of the moderator's spaces. All columns that the policy reads are in the index, so a count reads no row.
CREATE INDEX publications_space ON kroles.publications (space_id, status, published_at) INCLUDE (media_id, published_by);
-- What a user published in a space is visible to the user where the space is not.
CREATE INDEX publications_publisher ON kroles.publications (published_by, space_id);
-- The queue of an administrator, the oldest first. It holds pending publications only, so others cost nothing.
CREATE INDEX publications_pending ON kroles.publications (published_at) INCLUDE (space_id, media_id, status, published_by)
    WHERE status = 'pending';
CREATE INDEX publications_moderator ON kroles.publications (moderated_by);
COMMENT ON TABLE kroles.publications IS
    'Media in spaces. INSERT publishes, UPDATE of status approves, rejects or publishes again, DELETE takes down; a trigger checks the right and fills in the other columns';
COMMENT ON COLUMN kroles.publications.media_id IS 'The media';
COMMENT ON COLUMN kroles.publications.space_id IS 'The space';
COMMENT ON COLUMN kroles.publications.status IS 'Set by a trigger: approved, unless the space is moderated and the publisher is neither an unmoderated_admin nor a moderator of the space';
COMMENT ON COLUMN kroles.publications.published_by IS 'The user who published, recorded by a trigger; NULL for a session without a user, and when the user is deleted';
COMMENT ON COLUMN kroles.publications.published_at IS 'When it was published, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_by IS 'The user who approved or rejected, recorded by a trigger';
COMMENT ON COLUMN kroles.publications.moderated_at IS 'When it was approved or rejected, recorded by a trigger; NULL until then';
COMMENT ON COLUMN kroles.publications.reason IS 'The reason for the rejection, as the moderator gave it';

CREATE TABLE kroles.media_collaborators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_collaborators_id_seq') CONSTRAINT media_collaborators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_collaborators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_collaborators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_collaborators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.collaborator_permission NOT NULL,
    CONSTRAINT media_collaborators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_collaborators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_collaborators_user ON kroles.media_collaborators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_collaborators_group ON kroles.media_collaborators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_collaborators IS 'Users and groups who may view, publish or edit one media; one row for each permission';
COMMENT ON COLUMN kroles.media_collaborators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_collaborators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_collaborators.user_id IS 'The user who is a collaborator, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_collaborators.permission IS 'viewer, publisher or editor; a user''s permissions are combined';

CREATE TABLE kroles.media_moderators (
    id                  bigint DEFAULT kroles.next_id('kroles.media_moderators_id_seq') CONSTRAINT media_moderators_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT media_moderators_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT media_moderators_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT media_moderators_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    permission          kroles.moderator_permission NOT NULL,
    CONSTRAINT media_moderators_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT media_moderators_a_permission_is_given_once
        UNIQUE NULLS NOT DISTINCT (media_id, user_id, group_id, permission)
);
CREATE INDEX media_moderators_user ON kroles.media_moderators (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX media_moderators_group ON kroles.media_moderators (group_id) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.media_moderators IS 'Users and groups who moderate the chat or the room of one media; one row for each permission';
COMMENT ON COLUMN kroles.media_moderators.id IS 'The id of the row';
COMMENT ON COLUMN kroles.media_moderators.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_moderators.user_id IS 'The user who is a moderator, or NULL';
COMMENT ON COLUMN kroles.media_moderators.group_id IS 'The group whose current and future members are, or NULL';
COMMENT ON COLUMN kroles.media_moderators.permission IS 'chat_moderator or room_moderator; a user''s permissions are combined, and neither allows editing the media';

CREATE TABLE kroles.media_speakers (
    media_id            bigint NOT NULL
        CONSTRAINT media_speakers_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT media_speakers_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    type                kroles.speaker_type NOT NULL DEFAULT 'simple',
    position            integer NOT NULL
        CONSTRAINT media_speakers_position_counts_from_1 CHECK (position >= 1),
    visible             boolean NOT NULL DEFAULT true,
    CONSTRAINT media_speakers_a_user_speaks_once PRIMARY KEY (media_id, user_id),
    CONSTRAINT media_speakers_one_speaker_a_position UNIQUE (media_id, position) DEFERRABLE
);
CREATE INDEX media_speakers_user ON kroles.media_speakers (user_id);
COMMENT ON TABLE kroles.media_speakers IS 'The speakers of a media, in order';
COMMENT ON COLUMN kroles.media_speakers.media_id IS 'The media';
COMMENT ON COLUMN kroles.media_speakers.user_id IS 'The user who speaks';
COMMENT ON COLUMN kroles.media_speakers.type IS 'simple (default) or advanced';
COMMENT ON COLUMN kroles.media_speakers.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.media_speakers.visible IS 'Whether the speaker is shown on the event site (default true)';

CREATE TABLE kroles.gateways (
    role                name CONSTRAINT gateways_role_is_trusted_once PRIMARY KEY,
    trusted_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE kroles.gateways IS 'Login roles whose sessions may state the current user in the setting kroles.user; kroles_trust_gateway() adds rows';
COMMENT ON COLUMN kroles.gateways.role IS 'The name of the login role';
COMMENT ON COLUMN kroles.gateways.trusted_at IS 'When the role was trusted';

CREATE TABLE kroles.signing_keys (
    kid                 text CONSTRAINT signing_keys_kid_is_unique PRIMARY KEY
        CONSTRAINT signing_keys_kid_has_1_to_256_bytes CHECK (octet_length(kid) BETWEEN 1 AND 256),
    algorithm           text NOT NULL
        CONSTRAINT signing_keys_algorithm_is_known
            CHECK (algorithm IN ('HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA')),
    key                 text NOT NULL,
    expires_at          timestamptz,
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_secret_has_at_least_32_bytes
        CHECK (algorithm NOT LIKE 'HS%' OR octet_length(key) >= 32),
    CONSTRAINT signing_keys_secret_is_no_public_key
        CHECK (algorithm NOT LIKE 'HS%' OR key NOT LIKE '%-----BEGIN%'),
    CONSTRAINT signing_keys_key_is_a_public_key_in_pem
        CHECK (algorithm LIKE 'HS%' OR key ~ '^\s*-----BEGIN PUBLIC KEY-----' AND key !~ 'PRIVATE KEY')
);
COMMENT ON TABLE kroles.signing_keys IS 'The keys that verify tokens. To rotate, add the new key, and delete the old one when its tokens have expired; a deleted key is refused at once';
COMMENT ON COLUMN kroles.signing_keys.kid IS 'The key id, which the header of a token names';
COMMENT ON COLUMN kroles.signing_keys.algorithm IS 'HS256, RS256 or ES256, the same with 384 or 512, or EdDSA (Ed25519); a token that names another algorithm is refused';
COMMENT ON COLUMN kroles.signing_keys.key IS 'The secret (HS, at least 32 bytes) or the public key in PEM (RS, ES, EdDSA). Only the owner of the extension can read it';
COMMENT ON COLUMN kroles.signing_keys.expires_at IS 'The key verifies no token from this time on; NULL: it does not expire';
COMMENT ON COLUMN kroles.signing_keys.created_at IS 'When the row was created';
-- Events, their participants, and the media that are their sessions.

CREATE TABLE kroles.events (
    id                  bigint DEFAULT kroles.next_id('kroles.events_id_seq') CONSTRAINT events_id_is_unique PRIMARY KEY,
    external_id         text CONSTRAINT events_external_id_is_unique UNIQUE
        CONSTRAINT events_external_id_is_not_empty CHECK (external_id <> ''),
    name                text NOT NULL
        CONSTRAINT events_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_by          bigint
        CONSTRAINT events_creator_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_creator ON kroles.events (created_by);
COMMENT ON TABLE kroles.events IS 'Events, visible to their participants; the user who creates an event is its first organizer';
COMMENT ON COLUMN kroles.events.id IS 'The id of the event; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.events.external_id IS 'The id of the event in another system; unique';
COMMENT ON COLUMN kroles.events.name IS 'The display name';
COMMENT ON COLUMN kroles.events.created_by IS 'The user who created the event, its first organizer; fixed. NULL where a session without a user created it, and when the user is deleted';
COMMENT ON COLUMN kroles.events.created_at IS 'When the row was created';

CREATE TABLE kroles.event_participants (
    id                  bigint DEFAULT kroles.next_id('kroles.event_participants_id_seq') CONSTRAINT event_participants_id_is_unique PRIMARY KEY,
    event_id            bigint NOT NULL
        CONSTRAINT event_participants_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    user_id             bigint
        CONSTRAINT event_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    group_id            bigint
        CONSTRAINT event_participants_group_must_exist REFERENCES kroles.groups ON DELETE CASCADE,
    role                kroles.event_role NOT NULL DEFAULT 'attendee',
    CONSTRAINT event_participants_either_a_user_or_a_group CHECK (num_nonnulls(user_id, group_id) = 1),
    CONSTRAINT event_participants_a_role_is_given_once UNIQUE NULLS NOT DISTINCT (event_id, user_id, group_id, role)
);
CREATE INDEX event_participants_user ON kroles.event_participants (user_id, event_id) INCLUDE (role) WHERE user_id IS NOT NULL;
CREATE INDEX event_participants_group ON kroles.event_participants (group_id, event_id) INCLUDE (role) WHERE group_id IS NOT NULL;
COMMENT ON TABLE kroles.event_participants IS 'Users and groups who take part in an event; one row for each role';
COMMENT ON COLUMN kroles.event_participants.id IS 'The id of the row';
COMMENT ON COLUMN kroles.event_participants.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_participants.user_id IS 'The user who takes part, or NULL';
COMMENT ON COLUMN kroles.event_participants.group_id IS 'The group whose current and future members take part, or NULL';
COMMENT ON COLUMN kroles.event_participants.role IS 'organizer, speaker, moderator or attendee (default); a user''s roles are combined. At least one organizer remains who is a user, not a group, and not blocked';

CREATE TABLE kroles.event_sessions (
    event_id            bigint NOT NULL
        CONSTRAINT event_sessions_event_must_exist REFERENCES kroles.events ON DELETE CASCADE,
    media_id            bigint NOT NULL
        CONSTRAINT event_sessions_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT event_sessions_position_counts_from_1 CHECK (position >= 1),
    CONSTRAINT event_sessions_a_media_is_a_session_once PRIMARY KEY (event_id, media_id),
    CONSTRAINT event_sessions_one_session_a_position UNIQUE (event_id, position) DEFERRABLE
);
CREATE INDEX event_sessions_media ON kroles.event_sessions (media_id, event_id);
COMMENT ON TABLE kroles.event_sessions IS 'The sessions of an event, in order: media, usually live rooms';
COMMENT ON COLUMN kroles.event_sessions.event_id IS 'The event';
COMMENT ON COLUMN kroles.event_sessions.media_id IS 'The media that is a session of it';
COMMENT ON COLUMN kroles.event_sessions.position IS 'The position, from 1; by default the last one';
-- Stays in rooms: a user's rights in a room are read on joining and stored for the duration of the stay.

CREATE INDEX media_rooms ON kroles.media (id) WHERE type IN ('live', 'room');

CREATE TABLE kroles.room_participants (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT room_participants_id_is_unique PRIMARY KEY,
    media_id            bigint NOT NULL
        CONSTRAINT room_participants_room_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT room_participants_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    joined_at           timestamptz NOT NULL DEFAULT statement_timestamp()
        CONSTRAINT room_participants_joined_at_an_instant CHECK (isfinite(joined_at)),
    left_at             timestamptz,
    rights              kroles.action[] NOT NULL
        CONSTRAINT room_participants_rights_are_a_list_without_null CHECK (
            CASE WHEN array_ndims(rights) > 1 THEN false ELSE array_position(rights, NULL) IS NULL END),
    role                text,
    rooms_switched      integer NOT NULL,
    CONSTRAINT room_participants_nobody_leaves_before_joining CHECK (left_at >= joined_at)
);
CREATE UNIQUE INDEX room_participants_a_user_is_in_a_room_once ON kroles.room_participants (user_id, media_id) WHERE left_at IS NULL;
CREATE INDEX room_participants_media ON kroles.room_participants (media_id);
CREATE INDEX room_participants_now ON kroles.room_participants (media_id) WHERE left_at IS NULL;
CREATE INDEX room_participants_user ON kroles.room_participants (user_id);
COMMENT ON TABLE kroles.room_participants IS
    'Stays of users in live rooms: one row for each stay, with the rights that were read on joining and are in force until the stay ends. Written by kroles_room_join(), kroles_room_leave() and kroles_room_remove()';
COMMENT ON COLUMN kroles.room_participants.id IS 'The id of the row';
COMMENT ON COLUMN kroles.room_participants.media_id IS 'The room: media of type live or room';
COMMENT ON COLUMN kroles.room_participants.user_id IS 'The user who joined';
COMMENT ON COLUMN kroles.room_participants.joined_at IS 'When the user joined';
COMMENT ON COLUMN kroles.room_participants.left_at IS 'When the stay ended because the user left, was removed or blocked, or because rooms were switched off; NULL until then. A stay longer than settings.room_session_limit is not in force, even where this is NULL';
COMMENT ON COLUMN kroles.room_participants.rights IS 'The rights in the room that were read on joining; without view, which is always decided anew';
COMMENT ON COLUMN kroles.room_participants.role IS 'The role in the room that was read on joining: owner, moderator, presenter or participant';
COMMENT ON COLUMN kroles.room_participants.rooms_switched IS 'settings.rooms_switched on joining, filled in by a default: the stay has ended when the setting is another number';
-- Whether this database is a replica.

CREATE TABLE kroles.replica (
    only_row            boolean NOT NULL DEFAULT true
        CONSTRAINT replica_has_one_row PRIMARY KEY
        CONSTRAINT replica_has_only_one_row CHECK (only_row),
    subscription        name NOT NULL,
    since               timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kroles.replica IS
    'Has its one row where this database is a logical replica, written by kroles_subscribe(); never replicated. While it is there, settings.replica_lease holds here, even when the subscription is gone. Delete the row to make the database one of its own, after DROP SUBSCRIPTION';
COMMENT ON COLUMN kroles.replica.only_row IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN kroles.replica.subscription IS 'The subscription that brings the entitlements';
COMMENT ON COLUMN kroles.replica.since IS 'When kroles_subscribe() was called';
CREATE TABLE kroles.baseline_rights (
    kind                text NOT NULL,
    type                text NOT NULL,
    applicative_role    kroles.applicative_role NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT baseline_rights_one_row_a_cell PRIMARY KEY (kind, type, applicative_role, action),
    CONSTRAINT baseline_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX baseline_rights_right ON kroles.baseline_rights (kind, action);
COMMENT ON TABLE kroles.baseline_rights IS 'The rights that an applicative role has on objects of a type without a grant';
COMMENT ON COLUMN kroles.baseline_rights.kind IS 'The kind of object: site, channel or gallery';
COMMENT ON COLUMN kroles.baseline_rights.type IS 'The type of the space; site for the site itself';
COMMENT ON COLUMN kroles.baseline_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.baseline_rights.action IS 'The right';
COMMENT ON COLUMN kroles.baseline_rights.allowed IS 'Whether the role has the right; administrators change this column';
COMMENT ON COLUMN kroles.baseline_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.role_rights (
    kind                text NOT NULL,
    role                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT role_rights_one_row_a_cell PRIMARY KEY (kind, role, action),
    CONSTRAINT role_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX role_rights_right ON kroles.role_rights (kind, action);
COMMENT ON TABLE kroles.role_rights IS 'The rights that a role on an object grants: contextual roles in spaces, and the roles on other kinds of objects';
COMMENT ON COLUMN kroles.role_rights.kind IS 'The kind of object: a value of kroles.object_kind other than site';
COMMENT ON COLUMN kroles.role_rights.role IS 'The role: a value of kroles.contextual_role in a space; owner, editor, publisher, viewer, chat_moderator, room_moderator or speaker on media; host, room_moderator, chat_moderator, advanced_speaker, simple_speaker or participant in a room, derived from the roles on its media and in its events and channels; a value of kroles.event_role in an event';
COMMENT ON COLUMN kroles.role_rights.action IS 'The right';
COMMENT ON COLUMN kroles.role_rights.allowed IS 'Whether the role grants the right; administrators change this column. share is in force in shared repositories only, whatever the value';
COMMENT ON COLUMN kroles.role_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.ceiling_rights (
    applicative_role    kroles.applicative_role NOT NULL,
    kind                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT ceiling_rights_one_row_a_cell PRIMARY KEY (applicative_role, kind, action),
    CONSTRAINT ceiling_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX ceiling_rights_right ON kroles.ceiling_rights (kind, action);
COMMENT ON TABLE kroles.ceiling_rights IS 'The limits of applicative roles: where allowed is false, neither baseline nor grant gives the right';
COMMENT ON COLUMN kroles.ceiling_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.ceiling_rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.ceiling_rights.action IS 'The right';
COMMENT ON COLUMN kroles.ceiling_rights.allowed IS 'Whether the role can have the right; administrators change this column';
COMMENT ON COLUMN kroles.ceiling_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';
-- The user who creates a space or a media is its owner, and the user who creates an event is its first organizer; administrators
-- may supply another user.
ALTER TABLE kroles.spaces ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.media ALTER COLUMN owner_id SET DEFAULT kroles.asker();
ALTER TABLE kroles.events ALTER COLUMN created_by SET DEFAULT kroles.asker();
-- Views that import rows by COPY and INSERT, and show none. A row is treated like a row of a file.

CREATE VIEW kroles.user_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS login, NULL::text AS name, NULL::text AS email, NULL::text AS title,
           NULL::text AS bio, NULL::text AS avatar_url, NULL::text AS applicative_role, NULL::text AS administrator,
           NULL::text AS blocked, NULL::text AS groups
    WHERE false;
COMMENT ON VIEW kroles.user_import IS
    'Imports lists of users: \copy kroles.user_import (login, name, applicative_role) from ''users.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.user_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default): add or update';
COMMENT ON COLUMN kroles.user_import.login IS 'The user''s login';
COMMENT ON COLUMN kroles.user_import.name IS 'The display name; here and below, a blank cell leaves the value unchanged';
COMMENT ON COLUMN kroles.user_import.email IS 'Email address';
COMMENT ON COLUMN kroles.user_import.title IS 'Title or position';
COMMENT ON COLUMN kroles.user_import.bio IS 'A short biography';
COMMENT ON COLUMN kroles.user_import.avatar_url IS 'URL of the picture';
COMMENT ON COLUMN kroles.user_import.applicative_role IS 'A value of kroles.applicative_role, or its name in Kaltura (viewerRole, privateOnlyRole, …); by default a new user is a viewer';
COMMENT ON COLUMN kroles.user_import.administrator IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.blocked IS 'true or false (the default for a new user)';
COMMENT ON COLUMN kroles.user_import.groups IS 'Groups of the user, separated by commas; "-" before a name means that the user leaves the group. Groups that do not exist are created';

CREATE VIEW kroles.group_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS group_name, NULL::text AS login WHERE false;
COMMENT ON VIEW kroles.group_member_import IS
    'Imports lists of group members: \copy kroles.group_member_import (group_name, login) from ''members.csv'' csv header. For administrators; shows no rows';
COMMENT ON COLUMN kroles.group_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.group_member_import.group_name IS 'The name of the group, which is created where it does not exist; "-" before the name means the action delete';
COMMENT ON COLUMN kroles.group_member_import.login IS 'The login of the member';

CREATE VIEW kroles.space_member_import WITH (security_invoker = true) AS
    SELECT NULL::text AS action, NULL::text AS space_id, NULL::text AS external_id, NULL::text AS login,
           NULL::text AS group_name, NULL::text AS role, NULL::text AS expires_at
    WHERE false;
COMMENT ON VIEW kroles.space_member_import IS
    'Imports lists of members of channels and galleries: \copy kroles.space_member_import (space_id, login, role) from ''members.csv'' csv header. Each row requires manage_members there; shows no rows';
COMMENT ON COLUMN kroles.space_member_import.action IS 'add (1), update (2), delete (3), or upsert (6, the default)';
COMMENT ON COLUMN kroles.space_member_import.space_id IS 'The id of the space';
COMMENT ON COLUMN kroles.space_member_import.external_id IS 'The external id of the space, where space_id is blank';
COMMENT ON COLUMN kroles.space_member_import.login IS 'The login of the user; blank for a group';
COMMENT ON COLUMN kroles.space_member_import.group_name IS 'The name of the group';
COMMENT ON COLUMN kroles.space_member_import.role IS 'A value of kroles.contextual_role, or Kaltura''s permissionLevel (0 to 3); by default a new member is a member';
COMMENT ON COLUMN kroles.space_member_import.expires_at IS 'When the grant expires; "never" (the default for a new member) for a grant that does not expire';

DECLARE
    taking record;
BEGIN
    FOR taking IN
        SELECT * FROM (VALUES ('user_import', 'users'), ('group_member_import', 'group_members'),
                              ('space_member_import', 'space_members')) AS t (view, list)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER begin BEFORE INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER import INSTEAD OF INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.import_row(%2$L);
            CREATE TRIGGER finish AFTER INSERT ON kroles.%1$I FOR EACH STATEMENT EXECUTE FUNCTION kroles.import_row(%2$L);
        $sql$, taking.view, taking.list);
    END LOOP;
END;
-- Finding people to add.

CREATE INDEX users_name_begins ON kroles.users (left(lower(name), 100) text_pattern_ops);
CREATE INDEX users_email_begins ON kroles.users (left(lower(email), 100) text_pattern_ops);
CREATE INDEX users_login_begins ON kroles.users (left(lower(login), 100) text_pattern_ops);
CREATE INDEX groups_name_begins ON kroles.groups (left(lower(name), 100) text_pattern_ops);
-- The institution's labels of the applicative roles. Like those of the matrices, the rows are fixed.

CREATE TABLE kroles.role_labels (
    applicative_role    kroles.applicative_role CONSTRAINT role_labels_one_row_a_role PRIMARY KEY,
    label               text NOT NULL CONSTRAINT role_labels_label_is_not_blank CHECK (label ~ '[^[:space:]]'),
    shipped             text NOT NULL
);
COMMENT ON TABLE kroles.role_labels IS 'The institution''s labels of the applicative roles: all roles read them, administrators change label';
COMMENT ON COLUMN kroles.role_labels.applicative_role IS 'The role';
COMMENT ON COLUMN kroles.role_labels.label IS 'The label that users see; administrators change this column';
COMMENT ON COLUMN kroles.role_labels.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE POLICY read ON kroles.role_labels FOR SELECT USING (true);
CREATE POLICY change ON kroles.role_labels FOR UPDATE USING (kroles.can('administer', 'site'));

CREATE TRIGGER guard_rows BEFORE INSERT ON kroles.role_labels
    FOR EACH ROW
    EXECUTE FUNCTION kroles.refuse('every applicative role already has a label', '42501', 'Change "label" with UPDATE.');
CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.role_labels
    FOR EACH STATEMENT
    EXECUTE FUNCTION kroles.refuse('labels of applicative roles cannot be deleted', '42501', 'Set "label" to the value of "shipped" with UPDATE.');
CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.role_labels
    FOR EACH ROW WHEN ((OLD.applicative_role, OLD.shipped) IS DISTINCT FROM (NEW.applicative_role, NEW.shipped))
    EXECUTE FUNCTION kroles.refuse('only column "label" can be changed', '42501', 'The roles are fixed; only their labels can be changed.');
-- Playlists: media in an order that organizers of a channel choose. They give no right to the media.

CREATE TABLE kroles.playlists (
    id                  bigint DEFAULT kroles.next_id('kroles.playlists_id_seq') CONSTRAINT playlists_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT playlists_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    name                text NOT NULL
        CONSTRAINT playlists_name_is_not_blank CHECK (name ~ '[^[:space:]]'),
    created_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT playlists_id_with_space_is_unique UNIQUE (id, space_id)
);
CREATE INDEX playlists_space ON kroles.playlists (space_id);
COMMENT ON TABLE kroles.playlists IS 'The playlists of channels';
COMMENT ON COLUMN kroles.playlists.id IS 'The id of the playlist; assigned by the database (administrators may supply one) and fixed';
COMMENT ON COLUMN kroles.playlists.space_id IS 'The channel; fixed';
COMMENT ON COLUMN kroles.playlists.name IS 'The display name';
COMMENT ON COLUMN kroles.playlists.created_at IS 'When the row was created';

-- (space_id repeats the playlist's space, so that policies decide from the row alone. A trigger fills it in, so INSERT may leave
-- it out; it stays null where the playlist does not exist, which MATCH FULL refuses.)
CREATE TABLE kroles.playlist_items (
    playlist_id         bigint NOT NULL,
    media_id            bigint NOT NULL
        CONSTRAINT playlist_items_media_must_exist REFERENCES kroles.media ON DELETE CASCADE,
    position            integer NOT NULL
        CONSTRAINT playlist_items_position_counts_from_1 CHECK (position >= 1),
    space_id            bigint,
    CONSTRAINT playlist_items_a_media_is_in_a_playlist_once PRIMARY KEY (playlist_id, media_id),
    CONSTRAINT playlist_items_one_item_a_position UNIQUE (playlist_id, position) DEFERRABLE,
    CONSTRAINT playlist_items_playlist_must_exist
        FOREIGN KEY (playlist_id, space_id) REFERENCES kroles.playlists (id, space_id) MATCH FULL ON DELETE CASCADE
);
CREATE INDEX playlist_items_media ON kroles.playlist_items (media_id);
CREATE INDEX playlist_items_space ON kroles.playlist_items (space_id, playlist_id);
COMMENT ON TABLE kroles.playlist_items IS 'The media in playlists, in order; only the position can be changed';
COMMENT ON COLUMN kroles.playlist_items.playlist_id IS 'The playlist';
COMMENT ON COLUMN kroles.playlist_items.media_id IS 'The media';
COMMENT ON COLUMN kroles.playlist_items.position IS 'The position, from 1; by default the last one';
COMMENT ON COLUMN kroles.playlist_items.space_id IS 'The channel of the playlist, filled in by a trigger, which overwrites the value that a client supplies';

CREATE POLICY read ON kroles.playlists FOR SELECT
    USING (kroles.space_can('view', space_id));
CREATE POLICY add ON kroles.playlists FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id));
CREATE POLICY change ON kroles.playlists FOR UPDATE
    USING (kroles.space_can('organize', space_id));
CREATE POLICY remove ON kroles.playlists FOR DELETE
    USING (kroles.space_can('organize', space_id));

CREATE POLICY read ON kroles.playlist_items FOR SELECT
    USING (kroles.space_can('view', space_id) AND kroles.can('view', 'media', media_id));
-- (the policy refuses hidden and missing media alike, before the foreign key could tell them apart)
CREATE POLICY add ON kroles.playlist_items FOR INSERT
    WITH CHECK (kroles.space_can('organize', space_id) AND kroles.can('view', 'media', media_id));
CREATE POLICY change ON kroles.playlist_items FOR UPDATE
    USING (kroles.space_can('organize', space_id));
CREATE POLICY remove ON kroles.playlist_items FOR DELETE
    USING (kroles.space_can('organize', space_id));
CREATE TRIGGER guard_channel AFTER INSERT ON kroles.playlists FOR EACH ROW EXECUTE FUNCTION kroles.guard_playlist();

CREATE TRIGGER guard_space BEFORE UPDATE OF space_id ON kroles.playlists
    FOR EACH ROW WHEN (OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('the channel of a playlist cannot be changed', '23514', 'Create a new playlist there.', 'playlists_space_is_fixed');
CREATE TRIGGER guard_row BEFORE UPDATE ON kroles.playlist_items
    FOR EACH ROW WHEN (OLD.playlist_id IS DISTINCT FROM NEW.playlist_id OR OLD.media_id IS DISTINCT FROM NEW.media_id
        OR OLD.space_id IS DISTINCT FROM NEW.space_id)
    EXECUTE FUNCTION kroles.refuse('only the position of a playlist item can be changed', '23514', 'Delete the item and insert another one.',
        'playlist_items_only_position_changes');
CREATE TRIGGER fill_space BEFORE INSERT ON kroles.playlist_items
    FOR EACH ROW EXECUTE FUNCTION kroles.fill_space();
ALTER TABLE kroles.room_participants ALTER COLUMN rooms_switched SET DEFAULT kroles.rooms_switched();
-- (the name sorts after guard_last_organizers, which waits for transactions in which the user joins)
CREATE TRIGGER leave_rooms AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked <> OLD.blocked) EXECUTE FUNCTION kroles.end_stays();
CREATE TRIGGER leave_rooms AFTER INSERT OR DELETE ON kroles.user_blocks
    FOR EACH ROW EXECUTE FUNCTION kroles.end_stays();
-- (A stay that begins while rooms are off has the rights of that time; it ends when they are switched on, and does not keep
-- them.)
CREATE TRIGGER end_stays AFTER UPDATE OF chat_and_collaboration ON kroles.settings
    FOR EACH ROW WHEN (OLD.chat_and_collaboration <> NEW.chat_and_collaboration) EXECUTE FUNCTION kroles.end_stays();
-- (a BEFORE trigger, which reads the old limit)
CREATE TRIGGER end_run_out_stays BEFORE UPDATE OF room_session_limit ON kroles.settings
    FOR EACH ROW WHEN (OLD.room_session_limit < NEW.room_session_limit) EXECUTE FUNCTION kroles.end_run_out_stays();
CREATE TRIGGER count_switch BEFORE UPDATE OF chat_and_collaboration, rooms_switched ON kroles.settings
    FOR EACH ROW EXECUTE FUNCTION kroles.count_switch();
-- (the name sorts after those of the audit triggers, so that the log records the event before its organizer)
CREATE TRIGGER make_organizers AFTER INSERT ON kroles.events REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.make_organizers();
CREATE TRIGGER guard_last_organizer AFTER DELETE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER keep_organizer_still AFTER UPDATE ON kroles.event_participants
    FOR EACH ROW WHEN (OLD.role = 'organizer' AND OLD.user_id IS NOT NULL
        AND (OLD.event_id IS DISTINCT FROM NEW.event_id OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.role IS DISTINCT FROM NEW.role))
    EXECUTE FUNCTION kroles.guard_last_organizer();
CREATE TRIGGER guard_last_organizers AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (NEW.blocked AND NOT OLD.blocked) EXECUTE FUNCTION kroles.guard_last_organizers();
CREATE TRIGGER guard_last_organizers AFTER INSERT ON kroles.user_blocks FOR EACH ROW EXECUTE FUNCTION kroles.guard_last_organizers();

CREATE TRIGGER guard_creator BEFORE UPDATE OF created_by ON kroles.events
    FOR EACH ROW WHEN (OLD.created_by IS DISTINCT FROM NEW.created_by AND NOT kroles.beyond_policies())
    EXECUTE FUNCTION kroles.refuse('the creator of an event cannot be changed', '23514',
        'Change the organizers in kroles.event_participants.', 'events_creator_is_fixed');
CREATE TRIGGER guard_keys BEFORE UPDATE OF event_id, media_id ON kroles.event_sessions
    FOR EACH ROW WHEN ((OLD.event_id, OLD.media_id) <> (NEW.event_id, NEW.media_id))
    EXECUTE FUNCTION kroles.refuse('event and media of a session cannot be changed', '23514',
        'Delete the session and insert another one.', 'event_sessions_event_and_media_are_fixed');
-- Where the user may add the row, the trigger waits for concurrent changes of the list before the policy is checked, and fills in
-- the last position. Any other row is left unchanged, and the policy refuses it.
DECLARE
    ordered record;
BEGIN
    FOR ordered IN
        SELECT * FROM (VALUES
            ('media_speakers', $q$kroles.can('manage_speakers', 'media', NEW.media_id)$q$),
            ('playlist_items', $q$kroles.space_can('organize', NEW.space_id) AND kroles.can('view', 'media', NEW.media_id)$q$),
            ('event_sessions', $q$kroles.can('manage', 'event', NEW.event_id) AND kroles.can('publish', 'media', NEW.media_id)$q$)
        ) AS t (name, may_add)
    LOOP
        EXECUTE format($sql$
            CREATE TRIGGER place BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (%2$s OR kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.append_position();
            CREATE TRIGGER close_ranks_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_update AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
            CREATE TRIGGER close_ranks_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.renumber_positions();
        $sql$, ordered.name, ordered.may_add);
    END LOOP;
END;
-- The first people of a space or event by name, for the pages below: of many, without reading and sorting all.
--
-- All users are walked by name through an index, and those kept who belong to the space or event, until there are enough. Where
-- that would take longer than reading all who belong, the functions return NULL, and the pages read all.

-- (An entry of an index has a largest size, names have none. Where there are longer names, nothing is walked.)
CREATE INDEX users_by_name ON kroles.users (lower(btrim(name)), btrim(name) COLLATE "C", id) WHERE length(name) <= 200;
CREATE INDEX users_long_names ON kroles.users (id) WHERE length(name) > 200;
CREATE TRIGGER lift_block AFTER UPDATE OF blocked ON kroles.users
    FOR EACH ROW WHEN (OLD.blocked AND NOT NEW.blocked) EXECUTE FUNCTION kroles.lift_block();
CREATE TRIGGER lift_block_of_none AFTER DELETE ON kroles.users FOR EACH ROW EXECUTE FUNCTION kroles.lift_block();
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
-- Rights that are checked again after a wait for a lock.

-- DELETE: the policy is evaluated before a wait for the row's lock, and again only where the row was changed meanwhile. So a
-- trigger checks each row again after the wait, and skips it where the right was revoked. (For UPDATE, the policy's check of the
-- new row comes after the wait.)
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
END;

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
            WHEN (NOT kroles.beyond_policies() AND kroles.refuse_revoked(''kroles.%2$I'', %3$s))
            EXECUTE FUNCTION kroles.refuse()', asked.change, asked.name, asked.allowed);
    END LOOP;
END;
-- External ids. A former external id is not reused: data that refers to one object by it would then belong to another.

CREATE TABLE kroles.retired_external_ids (
    relation            text NOT NULL,
    external_id         text NOT NULL,
    object_id           bigint NOT NULL,
    CONSTRAINT retired_external_ids_are_kept_once PRIMARY KEY (relation, external_id, object_id)
);
COMMENT ON TABLE kroles.retired_external_ids IS
    'Former external ids of spaces, media and events, recorded by triggers: only administrators may assign them to another object. Visible to administrators';
COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media or events';
COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id';
COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object that had the external id';
-- The audit log: triggers record every change of the tables in kroles, in the same transaction.

CREATE TABLE kroles.audit_log (
    id                  bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT audit_log_id_is_unique PRIMARY KEY,
    at                  timestamptz NOT NULL DEFAULT now(),
    actor               bigint,
    actor_role          kroles.applicative_role,
    db_role             name NOT NULL,
    operation           text NOT NULL,
    relation            text NOT NULL,
    object_kind         text NOT NULL,
    object_id           bigint,
    space_id            bigint,
    before              jsonb,
    after               jsonb,
    txid                xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_log_object ON kroles.audit_log (object_kind, object_id, id);
CREATE INDEX audit_log_space ON kroles.audit_log (space_id, id) WHERE space_id IS NOT NULL;
COMMENT ON TABLE kroles.audit_log IS 'The changes of rows in kroles: one row for each changed row. Append-only for all roles but the owner of the extension; visible to administrators, and to users who manage or moderate the object';
COMMENT ON COLUMN kroles.audit_log.id IS 'Ascending in the order of logging';
COMMENT ON COLUMN kroles.audit_log.at IS 'When the transaction began';
COMMENT ON COLUMN kroles.audit_log.actor IS 'The id of the current user; NULL for anonymous, and for a session that bypasses row-level security without a user. No foreign key: the log remains when the user is deleted';
COMMENT ON COLUMN kroles.audit_log.actor_role IS 'The applicative role of the actor at that time; anonymous where there was no user, NULL for a session that bypasses row-level security without a user';
COMMENT ON COLUMN kroles.audit_log.db_role IS 'The login role of the session';
COMMENT ON COLUMN kroles.audit_log.operation IS 'INSERT, UPDATE, DELETE or TRUNCATE; PROTECT or UNPROTECT of a table; END SESSIONS of a user';
COMMENT ON COLUMN kroles.audit_log.relation IS 'The table, with its schema';
COMMENT ON COLUMN kroles.audit_log.object_kind IS 'The kind of object that was changed: user, group, channel, gallery (space for one that no longer exists), media, event, site, table';
COMMENT ON COLUMN kroles.audit_log.object_id IS 'Its id; NULL for the site';
COMMENT ON COLUMN kroles.audit_log.space_id IS 'The space that a publication is in';
COMMENT ON COLUMN kroles.audit_log.before IS 'The row before the change; NULL for INSERT. Without the key of a signing key';
COMMENT ON COLUMN kroles.audit_log.after IS 'The row after the change; NULL for DELETE';
COMMENT ON COLUMN kroles.audit_log.txid IS 'The id of the transaction';
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kroles.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION kroles.guard_audit();
-- Views with security_invoker: policies apply to the current user, and DML through a view is DML on its table.

CREATE VIEW kroles.channels WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, created_at
    FROM kroles.spaces WHERE kind = 'channel'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.channels ALTER COLUMN kind SET DEFAULT 'channel';
COMMENT ON VIEW kroles.channels IS 'The channels that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.galleries WITH (security_invoker = true) AS
    SELECT id, kind, type, external_id, name, owner_id, moderated, parent_id, inherits_members, created_at
    FROM kroles.spaces WHERE kind = 'gallery'
    WITH CASCADED CHECK OPTION;
ALTER VIEW kroles.galleries ALTER COLUMN kind SET DEFAULT 'gallery';
COMMENT ON VIEW kroles.galleries IS 'The galleries that the current subject may view; INSERT, UPDATE and DELETE as on kroles.spaces';

CREATE VIEW kroles.moderation_queue WITH (security_invoker = true) AS
    SELECT p.media_id, p.space_id, p.status, p.published_by, p.published_at, p.reason,
           (SELECT m.name FROM kroles.media m WHERE m.id = p.media_id) AS media_name,
           (SELECT s.name FROM kroles.spaces s WHERE s.id = p.space_id) AS space_name
    FROM kroles.publications p
    WHERE p.status = 'pending' AND kroles.space_can('moderate', p.space_id);
COMMENT ON VIEW kroles.moderation_queue IS
    'The pending publications that the current subject may approve or reject, with UPDATE of status, as on kroles.publications';

CREATE VIEW kroles.my_media WITH (security_invoker = true) AS
    SELECT id, external_id, type, name, owner_id, created_at
    FROM kroles.media
    WHERE owner_id = kroles.asker() AND kroles.can('upload', 'site');
COMMENT ON VIEW kroles.my_media IS 'The media that the current user owns; empty for a user without "upload" on the site, who has no My Media page';

-- The comments of columns that come from a table are copied from there.
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT w.view, a.attname AS name, col_description(t.oid, b.attnum) AS comment
        FROM (VALUES ('channels', 'spaces'), ('galleries', 'spaces'), ('moderation_queue', 'publications'), ('my_media', 'media'))
            AS w (view, source)
        CROSS JOIN LATERAL (SELECT to_regclass('kroles.' || w.view)::oid, to_regclass('kroles.' || w.source)::oid) AS t (view, oid)
        JOIN pg_attribute a ON a.attrelid = t.view AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = a.attname
    LOOP
        EXECUTE format('COMMENT ON COLUMN kroles.%I.%I IS %L', shown.view, shown.name, shown.comment);
    END LOOP;
END;
COMMENT ON COLUMN kroles.moderation_queue.media_name IS 'The media''s name';
COMMENT ON COLUMN kroles.moderation_queue.space_name IS 'The space''s name';
-- Policies: who may read and change which rows. Guards, which are triggers, restrict what policies cannot: columns and changes of
-- state. (Row-level security is enabled and forced on every table, for its owner too: see the piece made from
-- kroles.relations().)

-- Users and groups
CREATE POLICY read ON kroles.users FOR SELECT
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site'));
CREATE POLICY add ON kroles.users FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.users FOR UPDATE
    USING (kroles.holds(id, NULL) OR kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.users FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.user_blocks FOR SELECT
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.groups FOR SELECT
    USING (kroles.holds(NULL, id) OR kroles.can('administer', 'site'));
CREATE POLICY add ON kroles.groups FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.groups FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.groups FOR DELETE
    USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.group_members FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('administer', 'site'));
CREATE POLICY add ON kroles.group_members FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.group_members FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.group_members FOR DELETE
    USING (kroles.can('administer', 'site'));

-- Spaces and grants on them
CREATE POLICY read ON kroles.spaces FOR SELECT
    USING (kroles.space_can('view', id));
CREATE POLICY add ON kroles.spaces FOR INSERT
    WITH CHECK ((kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site'))
        AND CASE WHEN parent_id IS NOT NULL THEN kroles.space_can('create_subgallery', parent_id)
                 WHEN kind = 'channel' THEN kroles.can('create_channel', 'site')
                 WHEN kind = 'gallery' THEN kroles.can('create_gallery', 'site')
                 ELSE false END);
CREATE POLICY change ON kroles.spaces FOR UPDATE
    USING (kroles.space_can('manage', id));
CREATE POLICY remove ON kroles.spaces FOR DELETE
    USING (kroles.space_can('delete', id));

CREATE POLICY read ON kroles.space_members FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.space_can('manage_members', space_id)
        OR kroles.space_can('moderate', space_id));
CREATE POLICY add ON kroles.space_members FOR INSERT
    WITH CHECK (kroles.space_can('manage_members', space_id));
CREATE POLICY change ON kroles.space_members FOR UPDATE
    USING (kroles.space_can('manage_members', space_id));
CREATE POLICY remove ON kroles.space_members FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id));

-- Media, where it is published, and the people on it
CREATE POLICY read ON kroles.media FOR SELECT
    USING (kroles.audience_can('view', audience));
CREATE POLICY add ON kroles.media FOR INSERT
    WITH CHECK (kroles.can('upload', 'site')
        AND (kroles.holds(owner_id, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.media FOR UPDATE
    USING (kroles.audience_can('edit', audience));
CREATE POLICY remove ON kroles.media FOR DELETE
    USING (kroles.audience_can('delete', audience));

CREATE POLICY read ON kroles.publications FOR SELECT
    USING (kroles.may_see_publication(media_id, space_id, status, published_by));
CREATE POLICY add ON kroles.publications FOR INSERT
    WITH CHECK (kroles.can_publish(media_id, space_id));
CREATE POLICY change ON kroles.publications FOR UPDATE
    USING (kroles.space_can('moderate', space_id)
        OR kroles.can_publish(media_id, space_id) AND kroles.may_see_publication(media_id, space_id, status, published_by))
    WITH CHECK (kroles.space_can('moderate', space_id) OR kroles.can_publish(media_id, space_id));
CREATE POLICY remove ON kroles.publications FOR DELETE
    USING (kroles.may_take_down(media_id, space_id, published_by));

CREATE POLICY read ON kroles.media_collaborators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id));
CREATE POLICY add ON kroles.media_collaborators FOR INSERT
    WITH CHECK (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY change ON kroles.media_collaborators FOR UPDATE
    USING (kroles.can('manage_collaborators', 'media', media_id));
CREATE POLICY remove ON kroles.media_collaborators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_collaborators', 'media', media_id));

CREATE POLICY read ON kroles.media_moderators FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage', 'media', media_id));
CREATE POLICY add ON kroles.media_moderators FOR INSERT
    WITH CHECK (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY change ON kroles.media_moderators FOR UPDATE
    USING (kroles.can('manage_moderators', 'media', media_id));
CREATE POLICY remove ON kroles.media_moderators FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_moderators', 'media', media_id));

CREATE POLICY read ON kroles.media_speakers FOR SELECT
    USING ((visible AND kroles.can('view', 'media', media_id)) OR kroles.holds(user_id, NULL)
        OR kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY add ON kroles.media_speakers FOR INSERT
    WITH CHECK (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY change ON kroles.media_speakers FOR UPDATE
    USING (kroles.can('manage_speakers', 'media', media_id));
CREATE POLICY remove ON kroles.media_speakers FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_speakers', 'media', media_id));

-- Events, their participants and sessions
CREATE POLICY read ON kroles.events FOR SELECT
    USING (kroles.can('view', 'event', id));
CREATE POLICY add ON kroles.events FOR INSERT
    WITH CHECK (kroles.can('create_event', 'site')
        AND (kroles.holds(created_by, NULL) OR kroles.can('administer', 'site')));
CREATE POLICY change ON kroles.events FOR UPDATE
    USING (kroles.can('manage', 'event', id));
CREATE POLICY remove ON kroles.events FOR DELETE
    USING (kroles.can('delete', 'event', id));

CREATE POLICY read ON kroles.event_participants FOR SELECT
    USING (kroles.holds(user_id, group_id) OR kroles.can('manage_participants', 'event', event_id)
        OR kroles.can('moderate', 'event', event_id));
CREATE POLICY add ON kroles.event_participants FOR INSERT
    WITH CHECK (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY change ON kroles.event_participants FOR UPDATE
    USING (kroles.can('manage_participants', 'event', event_id));
CREATE POLICY remove ON kroles.event_participants FOR DELETE
    USING (kroles.holds(user_id, NULL) OR kroles.can('manage_participants', 'event', event_id));

CREATE POLICY read ON kroles.event_sessions FOR SELECT
    USING (kroles.can('view', 'event', event_id) AND kroles.can('view', 'media', media_id));
CREATE POLICY add ON kroles.event_sessions FOR INSERT
    WITH CHECK (kroles.can('manage', 'event', event_id) AND kroles.can('publish', 'media', media_id));
CREATE POLICY change ON kroles.event_sessions FOR UPDATE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('moderate', 'event', event_id));
CREATE POLICY remove ON kroles.event_sessions FOR DELETE
    USING (kroles.can('manage', 'event', event_id) OR kroles.can('publish', 'media', media_id));

-- Rooms: written by functions and by administrators
CREATE POLICY read ON kroles.room_participants FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.can('moderate_room', 'room', media_id)
        OR kroles.can('administer', 'site'));
CREATE POLICY add ON kroles.room_participants FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.room_participants FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.room_participants FOR DELETE
    USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.settings FOR SELECT USING (true);
CREATE POLICY read ON kroles.baseline_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.role_rights FOR SELECT USING (true);
CREATE POLICY read ON kroles.ceiling_rights FOR SELECT USING (true);
CREATE POLICY change ON kroles.settings FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.baseline_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.role_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.ceiling_rights FOR UPDATE USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.retired_external_ids FOR SELECT USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.gateways FOR SELECT USING (kroles.can('administer', 'site'));
CREATE POLICY read ON kroles.signing_keys FOR SELECT USING (kroles.can('administer', 'site'));

CREATE POLICY read ON kroles.audit_log FOR SELECT
    USING (kroles.can('administer', 'site')
        OR CASE object_kind
            WHEN 'media' THEN kroles.can('manage', 'media', object_id)
                OR kroles.can('moderate', 'media', object_id)
            WHEN 'channel' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'gallery' THEN kroles.space_can('manage', object_id) OR kroles.space_can('moderate', object_id)
            WHEN 'event' THEN kroles.can('manage', 'event', object_id) OR kroles.can('moderate', 'event', object_id)
            ELSE false END
        OR kroles.space_can('manage', space_id) OR kroles.space_can('moderate', space_id));
CREATE INDEX audit_log_concerned_before ON kroles.audit_log (kroles.concerns(before), id)
    WHERE kroles.concerns(before) IS NOT NULL;
CREATE INDEX audit_log_concerned_after ON kroles.audit_log (kroles.concerns(after), id)
    WHERE kroles.concerns(after) IS NOT NULL;

-- The history of a media includes the events that it was or is a session of.
CREATE INDEX audit_log_sessions ON kroles.audit_log ((coalesce(after, before) ->> 'media_id'), id) WHERE relation = 'kroles.event_sessions';
CREATE TRIGGER "~audience" BEFORE INSERT OR UPDATE ON kroles.media FOR EACH ROW EXECUTE FUNCTION kroles.maintain_audience();
-- The version of the extension that the tables are of. (A view, so that every dump includes it, one of the schema alone too.)
CREATE VIEW kroles.tables_version WITH (security_invoker = true) AS SELECT '1.0.0'::text AS version;
COMMENT ON VIEW kroles.tables_version IS 'The version of kroles that the tables are of; kroles_install() brings older ones to the version of the extension';
COMMENT ON COLUMN kroles.tables_version.version IS 'The version, as in pg_extension.extversion';

-- What the list says of each table and view. One that is in the schema and not in the list, or the other way round, is an error:
-- none can be left out.
DECLARE
    relation record;
BEGIN
    FOR relation IN
        SELECT c.relname, r.name, 'member' = ANY (r.traits) AS member
        FROM (SELECT * FROM pg_class c WHERE c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')) AS c
        FULL JOIN kroles.relations() WITH ORDINALITY AS r ON r.name = c.relname
        ORDER BY r.ordinality
    LOOP
        IF relation.relname IS NULL OR relation.name IS NULL THEN
            RAISE EXCEPTION 'kroles.relations() and the catalog do not agree about "%"', coalesce(relation.relname, relation.name);
        END IF;
        IF NOT relation.member THEN
            PERFORM kroles.complete_relation(relation.name);
        END IF;
    END LOOP;
END;

END $tables$;
COMMENT ON FUNCTION kroles.make_tables() IS 'Makes the tables and views, which must not exist';
REVOKE EXECUTE ON FUNCTION kroles.make_tables() FROM PUBLIC;
-- What is made from kroles.relations() for a table: triggers for ids, created_at and external ids; those of caches, audiences and
-- the audit log; row-level security; the privilege of PUBLIC.

-- "!" sorts before all other names: no other trigger fires for a row that these refuse. The AFTER trigger is for an upsert that
-- named an existing row: it must not insert one with its id after that was deleted concurrently.
CREATE FUNCTION kroles.guard_columns_of(relation text, traits text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF 'given_id' = ANY (traits) THEN
        EXECUTE format($sql$
            ALTER SEQUENCE kroles.%2$I OWNED BY kroles.%1$I.id;
            CREATE TRIGGER "!guard_new_id" BEFORE INSERT ON kroles.%1$I FOR EACH ROW EXECUTE FUNCTION kroles.guard_new_id();
            CREATE TRIGGER "!guard_made_id" AFTER INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (kroles.is_upsert('kroles.%1$I', NEW.id) AND kroles.refuse_upsert())
                EXECUTE FUNCTION kroles.refuse();
        $sql$, relation, relation || '_id_seq');
    END IF;
    IF traits && '{given_id, fixed_id}' THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_id BEFORE UPDATE OF id ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.id <> NEW.id)
                EXECUTE FUNCTION kroles.refuse('ids cannot be changed', '23514', 'Insert a new row with the other id.', %2$L);
        $sql$, relation, relation || '_id_is_fixed');
    END IF;
    IF 'created_at' = ANY (traits) THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_created BEFORE INSERT ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.created_at IS DISTINCT FROM now() AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.record_creation();
            CREATE TRIGGER guard_created_still BEFORE UPDATE OF created_at ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at AND NOT kroles.beyond_policies() AND NOT kroles.can('administer', 'site'))
                EXECUTE FUNCTION kroles.refuse('created_at is set by the database', '42501', 'Only administrators can change it.');
        $sql$, relation);
    END IF;
    IF 'external_id' = ANY (traits) THEN
        EXECUTE format($sql$
            CREATE TRIGGER guard_external_id BEFORE INSERT OR UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.external_id IS NOT NULL) EXECUTE FUNCTION kroles.guard_external_id();
            CREATE TRIGGER guard_external_id_once_more AFTER INSERT OR UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (NEW.external_id IS NOT NULL AND NOT kroles.external_id_is_free('kroles.%1$I', NEW.external_id, NEW.id))
                EXECUTE FUNCTION kroles.refuse();
            CREATE TRIGGER retire_external_id AFTER DELETE ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.external_id IS NOT NULL) EXECUTE FUNCTION kroles.retire_external_id();
            CREATE TRIGGER retire_external_id_changed AFTER UPDATE OF external_id ON kroles.%1$I
                FOR EACH ROW WHEN (OLD.external_id IS NOT NULL AND OLD.external_id IS DISTINCT FROM NEW.external_id)
                EXECUTE FUNCTION kroles.retire_external_id();
        $sql$, relation);
    END IF;
    IF 'pending' = ANY (traits) THEN
        EXECUTE format('CREATE TRIGGER "~new" BEFORE INSERT ON kroles.%I FOR EACH ROW EXECUTE FUNCTION kroles.note_pending_row()', relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.guard_columns_of(text, text[]) IS 'Adds the triggers of a table''s ids, created_at and external ids';
REVOKE EXECUTE ON FUNCTION kroles.guard_columns_of(text, text[]) FROM PUBLIC;

-- "~" sorts after all other names: these triggers fire after those that may change the keys of the row. Those that invalidate
-- caches are always enabled, because the apply worker of logical replication changes entitlements too.
CREATE FUNCTION kroles.track_changes_of(relation text, tracked text[], audiences boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF tracked IS NOT NULL THEN
        EXECUTE format($sql$
            CREATE TRIGGER "~track" BEFORE INSERT OR UPDATE OR DELETE ON kroles.%1$I
                FOR EACH ROW EXECUTE FUNCTION kroles.track(%2$s);
            CREATE TRIGGER track_all BEFORE TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.track();
            ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER "~track";
            ALTER TABLE kroles.%1$I ENABLE ALWAYS TRIGGER track_all;
        $sql$, relation, (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(tracked) WITH ORDINALITY AS u (a, n)));
    END IF;
    IF audiences THEN
        EXECUTE format($sql$
            CREATE TRIGGER "!audience_insert" AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_update" AFTER UPDATE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_delete" AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.maintain_audiences();
            CREATE TRIGGER "!audience_truncate" AFTER TRUNCATE ON kroles.%1$I
                FOR EACH STATEMENT EXECUTE FUNCTION kroles.recompute_all_audiences();
        $sql$, relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.track_changes_of(text, text[], boolean) IS 'Adds the triggers by which caches and audiences follow a table';
REVOKE EXECUTE ON FUNCTION kroles.track_changes_of(text, text[], boolean) FROM PUBLIC;

CREATE FUNCTION kroles.audit_changes_of(relation text, audited text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format($sql$
        CREATE TRIGGER audit_insert AFTER INSERT ON kroles.%1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_update AFTER UPDATE ON kroles.%1$I
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_delete AFTER DELETE ON kroles.%1$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
        CREATE TRIGGER audit_truncate AFTER TRUNCATE ON kroles.%1$I
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.audit(%2$L, %3$L, %4$L);
    $sql$, relation, coalesce(audited[1], ''), coalesce(audited[2], ''), coalesce(audited[3], ''));
END $$;
COMMENT ON FUNCTION kroles.audit_changes_of(text, text[]) IS 'Adds the triggers that log a table''s changes';
REVOKE EXECUTE ON FUNCTION kroles.audit_changes_of(text, text[]) FROM PUBLIC;

CREATE FUNCTION kroles.complete_relation(relation text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    listed record;
BEGIN
    SELECT r.* INTO listed FROM kroles.relations() r WHERE r.name = relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such table or view in kroles.relations()' USING ERRCODE = 'undefined_object';
    END IF;
    PERFORM kroles.guard_columns_of(relation, listed.traits);
    PERFORM kroles.track_changes_of(relation, listed.tracked, 'audience' = ANY (listed.traits));
    IF listed.audited IS NOT NULL THEN
        PERFORM kroles.audit_changes_of(relation, listed.audited);
    END IF;
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(format('kroles.%I', relation)) AND c.relkind = 'r') THEN
        EXECUTE format('ALTER TABLE kroles.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
    END IF;
    IF 'public' = ANY (listed.traits) THEN
        EXECUTE format('GRANT SELECT ON kroles.%I TO PUBLIC', relation);
    END IF;
END $$;
COMMENT ON FUNCTION kroles.complete_relation(text) IS 'Adds to a new table or view what kroles.relations() says of it';
REVOKE EXECUTE ON FUNCTION kroles.complete_relation(text) FROM PUBLIC;

SELECT kroles.complete_relation(r.name) FROM kroles.relations() r WHERE 'member' = ANY (r.traits);
-- The site's tables: made, brought to this version, and given what dumps leave out.

CREATE FUNCTION kroles.release_relations() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.relname
        FROM pg_depend d
        JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kroles'
        JOIN pg_class c ON c.oid = d.objid AND c.relnamespace = 'kroles'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
        WHERE (d.classid, d.refclassid, d.deptype) = ('pg_class'::regclass, 'pg_extension'::regclass, 'e')
          AND NOT EXISTS (SELECT FROM kroles.relations() r WHERE r.name = c.relname AND 'member' = ANY (r.traits))
    LOOP
        EXECUTE format('ALTER EXTENSION kroles DROP %s kroles.%I', member.kind, member.relname);
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.release_relations() IS
    'Makes the tables and views objects of the site, where a script of the extension made them and so they are its members';
REVOKE EXECUTE ON FUNCTION kroles.release_relations() FROM PUBLIC;

-- (A view of somebody else's would run code as the reader.)
CREATE FUNCTION kroles.version_of_tables() RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
               WHERE c.oid = to_regclass('kroles.tables_version') AND c.relkind = 'v' AND o.rolsuper) THEN
        RETURN (SELECT v.version FROM kroles.tables_version v);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.version_of_tables() IS 'The version that kroles.tables_version says; NULL where there is no such view of a superuser';
REVOKE EXECUTE ON FUNCTION kroles.version_of_tables() FROM PUBLIC;

-- Refuses to work on tables of others, whose triggers would run as the caller.
CREATE FUNCTION kroles.check_installable() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        RAISE EXCEPTION 'kroles_install() requires a superuser' USING ERRCODE = 'insufficient_privilege';
    END IF;
    wrong := (SELECT string_agg(DISTINCT coalesce(r.rolname, 'PUBLIC'), ', ') FROM pg_namespace n, aclexplode(n.nspacl) a
              LEFT JOIN pg_roles r ON r.oid = a.grantee
              WHERE n.nspname = 'kroles' AND a.privilege_type = 'CREATE' AND r.rolsuper IS NOT TRUE);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'others than superusers can create objects in schema "kroles": %', wrong USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'REVOKE CREATE ON SCHEMA kroles from them.';
    END IF;
    wrong := (SELECT string_agg(format('kroles.%I', c.relname), ', ' ORDER BY c.relname) FROM kroles.relations() r
              JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) JOIN pg_roles o ON o.oid = c.relowner WHERE NOT o.rolsuper);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'not all tables and views of kroles belong to a superuser: %', wrong USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'ALTER TABLE … OWNER TO a superuser.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_installable() IS 'For kroles_install(): error 42501 for a caller who is no superuser, 55000 where tables belong to others, or others may add some';
REVOKE EXECUTE ON FUNCTION kroles.check_installable() FROM PUBLIC;

-- One step for each version whose tables differ from those of the version before.
CREATE FUNCTION kroles.upgrade_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version text := kroles.version_of_tables();
BEGIN
    IF version IS DISTINCT FROM '1.0.0' THEN
        RAISE EXCEPTION 'the tables are of version % of kroles, the extension is of version 1.0.0', version
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Install the newer of the two versions, and use ALTER EXTENSION kroles UPDATE.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.upgrade_tables() IS 'Brings the tables from an earlier version to this one';
REVOKE EXECUTE ON FUNCTION kroles.upgrade_tables() FROM PUBLIC;

-- (ENABLE TRIGGER ALL, with which a restore of data alone ends, is not ENABLE ALWAYS.)
CREATE FUNCTION kroles.enable_tracking() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tracking record;
BEGIN
    FOR tracking IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'kroles'::regnamespace AND t.tgname IN ('~track', 'track_all') AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE kroles.%I ENABLE ALWAYS TRIGGER %I', tracking.relname, tracking.tgname);
    END LOOP;
END $$;
COMMENT ON FUNCTION kroles.enable_tracking() IS 'Makes the triggers that invalidate caches fire always, also where rows come by logical replication';
REVOKE EXECUTE ON FUNCTION kroles.enable_tracking() FROM PUBLIC;

CREATE FUNCTION kroles.check_complete() RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text := (SELECT string_agg(format('%s %I on kroles.%I', m.kind, m.name, m.relation), ', ' ORDER BY m.relation, m.kind, m.name)
                     FROM kroles.missing_objects() m WHERE m.kind <> 'index');
    unguarded text := (SELECT string_agg(format('kroles.%I', c.relname), ', ' ORDER BY c.relname) FROM kroles.relations() r
                  JOIN pg_class c ON c.oid = to_regclass(format('kroles.%I', r.name)) WHERE c.relkind = 'r' AND NOT c.relrowsecurity);
BEGIN
    IF unguarded IS NOT NULL THEN
        RAISE EXCEPTION 'tables without row-level security: %', unguarded USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Finish the restore of the dump.';
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'what guards the tables is not complete' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There is no %s.', missing), HINT = 'Finish the restore of the dump; or create them again, as in a new database.';
    END IF;
END $$;
COMMENT ON FUNCTION kroles.check_complete() IS 'For kroles_install(): error 55000 where row-level security is off, or triggers, policies or constraints of kroles are missing';
REVOKE EXECUTE ON FUNCTION kroles.check_complete() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_install(with_rows boolean DEFAULT true) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ours text[] := ARRAY(SELECT r.name FROM kroles.relations() r
                         WHERE 'member' <> ALL (r.traits) AND to_regclass(format('kroles.%I', r.name)) IS NOT NULL);
    tables text;
    relation text;
BEGIN
    PERFORM kroles.check_installable();
    tables := kroles.version_of_tables();
    IF tables IS NULL AND ours <> '{}' THEN
        RAISE EXCEPTION 'some tables of kroles exist, and others do not' USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = format('There is no view kroles.tables_version. There are: %s.', array_to_string(ours, ', ')),
            HINT = 'Restore the rest of the dump that they are from, or drop them.';
    ELSIF tables IS NULL THEN
        PERFORM kroles.make_tables();
    END IF;
    PERFORM kroles.upgrade_tables();
    PERFORM kroles.check_complete();
    -- (only if it is not there: a GRANT in a script of the extension is one that dumps leave out)
    IF NOT has_schema_privilege('public', 'kroles', 'USAGE') THEN
        GRANT USAGE ON SCHEMA kroles TO PUBLIC;
    END IF;
    FOR relation IN SELECT r.name FROM kroles.relations() r WHERE 'public' = ANY (r.traits) LOOP
        EXECUTE format('GRANT SELECT ON kroles.%I TO PUBLIC', relation);
    END LOOP;
    PERFORM kroles.release_relations();
    PERFORM kroles.enable_tracking();
    -- A row of media contains an audience: see REVOKE USAGE ON TYPE kroles.audience. And objects with a row type would prevent
    -- changes of the table. Dumps do not include privileges on row types.
    REVOKE USAGE ON TYPE kroles.media FROM PUBLIC;
    -- (in a script of the extension it was noted as a privilege of a member, which a row type is not)
    DELETE FROM pg_init_privs i WHERE (i.classoid, i.objoid) = ('pg_type'::regclass, 'kroles.media'::regtype);
    IF with_rows THEN
        PERFORM kroles.fill_rows();
    END IF;
    RETURN kroles.version_of_tables();
END $$;
COMMENT ON FUNCTION @extschema@.kroles_install(boolean) IS
    'Makes the tables and views of kroles where they do not exist, brings those of an earlier version to the version of the extension, and adds what dumps leave out; returns the version. Repeatable. For superusers: after a restore, and where CREATE EXTENSION was executed with row_security off, as dumps do, which make the tables themselves. with_rows: whether to add the rows that the tables begin with (default true); without them, the data of a dump can be restored. Errors: 42501 for a caller who is no superuser; 55000 where only some of the tables exist, they are of a later version, belong to others, or a restore is not finished';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_install(boolean) FROM PUBLIC;

-- A dump makes the tables itself, after this script.
DO $$
BEGIN
    IF current_setting('row_security')::boolean THEN
        PERFORM @extschema@.kroles_install();
    END IF;
END $$;
