-- Ids are given by the database, from these sequences; kroles.next_id() remembers to whom.

CREATE FUNCTION kroles.next_id(sequence regclass) RETURNS bigint
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_next_id';
COMMENT ON FUNCTION kroles.next_id(regclass) IS
    'The default of ids: the next value of a sequence of kroles, which an INSERT of this session may use once. Takes USAGE on the sequence; error 22023 for a sequence that is not of kroles';

CREATE SEQUENCE kroles.spaces_id_seq;
CREATE SEQUENCE kroles.space_members_id_seq;
CREATE SEQUENCE kroles.media_id_seq;
CREATE SEQUENCE kroles.media_collaborators_id_seq;
CREATE SEQUENCE kroles.media_moderators_id_seq;
CREATE SEQUENCE kroles.playlists_id_seq;
CREATE SEQUENCE kroles.events_id_seq;
CREATE SEQUENCE kroles.event_participants_id_seq;
