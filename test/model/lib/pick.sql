-- Picking at random: by a hash of the seed and of what is picked, so that a seed makes the same world on every machine.
CREATE TABLE seed (seed text);

-- A number below n.
CREATE FUNCTION pick(n integer, VARIADIC what text[]) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT mod(hashtextextended((SELECT seed FROM seed) || '/' || array_to_string(what, '/', '-'), 7) & 1073741823, n)::integer
$$;
CREATE FUNCTION pick_of(of anyarray, VARIADIC what text[]) RETURNS anyelement LANGUAGE sql STABLE AS $$
    SELECT of[1 + pick(cardinality(of), VARIADIC what)]
$$;
-- A window, of eleven sorts: four are open; one has ended, one will; one has begun, one will; one is, one is over, one is to come.
-- Its start and its end go together for the same "what".
CREATE FUNCTION pick_start(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() + pick_of('{NULL, NULL, NULL, NULL, NULL, NULL, -1 day, 1 day, -1 day, -2 days, 1 day}'::interval[], VARIADIC what)
$$;
CREATE FUNCTION pick_end(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() + pick_of('{NULL, NULL, NULL, NULL, -1 day, 1 day, NULL, NULL, 1 day, -1 day, 2 days}'::interval[], VARIADIC what)
$$;
-- Every other media has a window.
CREATE FUNCTION pick_from(media bigint, VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN media % 2 = 0 THEN pick_start(VARIADIC what || media::text) END
$$;
CREATE FUNCTION pick_until(media bigint, VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN media % 2 = 0 THEN pick_end(VARIADIC what || media::text) END
$$;
-- n of all numbers up to "of", for each thing; some may be the same.
CREATE FUNCTION picks(n integer, "of" integer, VARIADIC what text[]) RETURNS SETOF integer LANGUAGE sql STABLE AS $$
    SELECT DISTINCT 1 + pick("of", VARIADIC what || i::text) FROM generate_series(1, n) AS i
$$;
