
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
