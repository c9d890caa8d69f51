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
