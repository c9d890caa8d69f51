DECLARE
    relation record;
BEGIN
    FOR relation IN SELECT r.name FROM kroles.relations() r WHERE 'given_id' = ANY (r.traits) LOOP
        EXECUTE format('CREATE SEQUENCE kroles.%I', relation.name || '_id_seq');
    END LOOP;
END;
