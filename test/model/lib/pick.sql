-- Picking at random: by a hash of the seed and of what is picked, so that a seed makes the same world on every machine.
CREATE TABLE seed (seed text);

-- A number below n.
CREATE FUNCTION pick(n integer, VARIADIC what text[]) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT mod(hashtextextended((SELECT seed FROM seed) || '/' || array_to_string(what, '/', '-'), 7) & 1073741823, n)::integer
$$;
CREATE FUNCTION pick_of(of anyarray, VARIADIC what text[]) RETURNS anyelement LANGUAGE sql STABLE AS $$
    SELECT of[1 + pick(cardinality(of), VARIADIC what)]
$$;
-- Three in five never end, one has ended, one will.
CREATE FUNCTION pick_end(VARIADIC what text[]) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT pick_of(ARRAY[NULL, NULL, NULL, now() - interval '1 day', now() + interval '1 day'], VARIADIC what)
$$;
-- n of all numbers up to "of", for each thing; some may be the same.
CREATE FUNCTION picks(n integer, "of" integer, VARIADIC what text[]) RETURNS SETOF integer LANGUAGE sql STABLE AS $$
    SELECT DISTINCT 1 + pick("of", VARIADIC what || i::text) FROM generate_series(1, n) AS i
$$;
