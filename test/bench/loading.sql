-- Loading at the speed of the disk: triggers and secondary indexes of the tables are set aside, and put back as they were.

CREATE TABLE bench.put_aside (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    relation    text NOT NULL,
    index       boolean NOT NULL,   -- the others are triggers, and what the triggers fill
    restore     text NOT NULL
);

-- Triggers come back in the state they had: "A" is ENABLE ALWAYS.
CREATE FUNCTION bench.trigger_statements(target regclass) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT format('ALTER TABLE %s %s TRIGGER %I', target,
                  CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA'
                                 WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, tgname)
    FROM pg_trigger WHERE tgrelid = target
$$;

-- Indexes that hold no constraint.
CREATE FUNCTION bench.secondary_indexes(target regclass) RETURNS SETOF regclass
LANGUAGE sql STABLE AS $$
    SELECT indexrelid::regclass FROM pg_index WHERE indrelid = target AND NOT indisunique
$$;

CREATE PROCEDURE bench.set_aside(targets regclass[])
LANGUAGE plpgsql AS $$
DECLARE
    target regclass;
    dropped text;
BEGIN
    FOREACH target IN ARRAY targets LOOP
        INSERT INTO bench.put_aside (relation, index, restore)
        SELECT target, false, s FROM bench.trigger_statements(target) AS s
        UNION ALL SELECT target, true, pg_get_indexdef(i) FROM bench.secondary_indexes(target) AS i
        -- a column that triggers fill is empty until kroles_verify has computed it
        UNION ALL SELECT target, true, format('ALTER TABLE %s ALTER %I SET NOT NULL', target, attname)
            FROM pg_attribute WHERE attrelid = target AND attname = 'audience' AND attnotnull;
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', target);
        IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'audience' AND attnotnull) THEN
            EXECUTE format('ALTER TABLE %s ALTER audience DROP NOT NULL', target);
        END IF;
        FOR dropped IN SELECT bench.secondary_indexes(target) LOOP
            EXECUTE format('DROP INDEX %s', dropped);
        END LOOP;
    END LOOP;
END $$;

CREATE PROCEDURE bench.bring_back(indexes boolean, but text DEFAULT '')
LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT restore FROM bench.put_aside WHERE relation <> but AND index = indexes ORDER BY id LOOP
        EXECUTE statement;
    END LOOP;
    DELETE FROM bench.put_aside WHERE relation <> but AND index = indexes;
END $$;
