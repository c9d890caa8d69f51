-- Ids are given by the database, from these sequences; kroles.next_id() remembers to whom.

CREATE FUNCTION kroles.next_id(sequence regclass) RETURNS bigint
    LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'kroles_next_id';
COMMENT ON FUNCTION kroles.next_id(regclass) IS
    'The default of ids: the next value of a sequence of kroles, which an INSERT of this session may use once. Takes USAGE on the sequence; error 22023 for a sequence that is not of kroles';

DO $$
DECLARE
    relation record;
BEGIN
    FOR relation IN SELECT r.name FROM kroles.relations() r WHERE 'given_id' = ANY (r.traits) LOOP
        EXECUTE format('CREATE SEQUENCE kroles.%I', relation.name || '_id_seq');
    END LOOP;
END $$;
