-- Ids come from sequences, through kroles.next_id(), which records the values that this session received.

CREATE FUNCTION kroles.next_id(sequence regclass) RETURNS bigint
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_next_id';
COMMENT ON FUNCTION kroles.next_id(regclass) IS
    'The default of ids: the next value of a sequence of kroles, which an INSERT of this session may use once. Requires USAGE on the sequence; error 22023 for a sequence that does not belong to kroles';
