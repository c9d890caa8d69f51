-- Who may do what: every user and anonymous, every object, every right, asked one by one. Only rights are kept that are allowed.
CREATE TABLE side (user_id bigint, kind text, id bigint, action text, UNIQUE NULLS NOT DISTINCT (user_id, kind, id, action));
CREATE TABLE before (LIKE side);
CREATE TABLE after (LIKE side);
CREATE TABLE existed (kind text, id bigint);
CREATE VIEW object AS
    SELECT 'site' AS kind, NULL::bigint AS id UNION ALL SELECT kind::text, id FROM kroles.spaces
    UNION ALL SELECT 'media', id FROM kroles.media UNION ALL SELECT 'room', id FROM kroles.media WHERE type IN ('live', 'room')
    UNION ALL SELECT 'event', id FROM kroles.events;
CREATE VIEW every_right AS
    SELECT u.id AS user_id, o.kind, o.id, r AS action
    FROM (SELECT id FROM kroles.users UNION ALL SELECT NULL) AS u, object AS o, LATERAL unnest(kroles_rights(o.kind::kroles.object_kind, o.id, u.id)) AS r;

-- What is found for, and how many of it is wrong.
CREATE TABLE tally (part text, steps integer, changes bigint, rows bigint, wrong bigint);
CREATE TABLE difference (part text, statements text, problem text);
CREATE TABLE all_differences (LIKE difference);

-- The differences that there are, and those that a preview shows: of all, and to one person who asks.
CREATE VIEW expected AS
    (SELECT user_id, kind, id, action, true AS before, false AS after FROM (TABLE before EXCEPT TABLE after) AS lost)
    UNION ALL
    (SELECT user_id, kind, id, action, false, true FROM (TABLE after EXCEPT TABLE before) AS gained);
CREATE TABLE shown (LIKE expected, why text, total bigint);
CREATE TABLE counted (kind text, action text, gained bigint, lost bigint, users bigint, objects bigint);

CREATE FUNCTION shown_to(person bigint) RETURNS SETOF expected LANGUAGE sql AS $$
    SELECT e.* FROM expected AS e
    WHERE e.user_id = person
       OR EXISTS (SELECT FROM before WHERE (user_id, kind, action) = (person, 'site', 'administer'))
       OR EXISTS (SELECT FROM after WHERE (user_id, kind, action) = (person, 'site', 'administer'))
       OR CASE WHEN EXISTS (SELECT FROM existed AS x WHERE (x.kind, x.id) = (e.kind, e.id))
               THEN EXISTS (SELECT FROM before AS b WHERE (b.user_id, b.kind, b.id, b.action) = (person, e.kind, e.id, 'manage'))
               ELSE EXISTS (SELECT FROM after AS a WHERE (a.user_id, a.kind, a.id, a.action) = (person, e.kind, e.id, 'manage')) END
$$;

-- Compares what was shown, to somebody, with what there is for them.
CREATE FUNCTION check_shown(part text, statements text, whom text, wanted expected[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO difference
    SELECT part, statements, format('%s: %s: %s', whom, d.what, d.row)
    FROM (SELECT 'missing' AS what, m::text AS row FROM (SELECT * FROM unnest(wanted) EXCEPT ALL SELECT user_id, kind, id, action, before, after FROM shown) AS m
          UNION ALL
          SELECT 'wrong', m::text FROM (SELECT user_id, kind, id, action, before, after FROM shown EXCEPT ALL SELECT * FROM unnest(wanted)) AS m
          UNION ALL
          SELECT 'total', total::text FROM shown WHERE total <> cardinality(wanted)
          UNION ALL
          SELECT 'why', s::text FROM shown AS s WHERE why IS NULL AND whom = 'all'
          UNION ALL
          SELECT 'counts', c::text FROM (
              SELECT kind, action, count(*) FILTER (WHERE after) AS gained, count(*) FILTER (WHERE before) AS lost,
                     count(DISTINCT coalesce(user_id, 0)) AS users, count(DISTINCT coalesce(id, 0)) AS objects
              FROM unnest(wanted) GROUP BY kind, action) AS c
          WHERE c NOT IN (SELECT (t.kind, t.action, t.gained, t.lost, t.users, t.objects) FROM counted AS t)
          UNION ALL
          SELECT 'more counts', count(*)::text FROM counted HAVING count(*) <> (SELECT count(DISTINCT (kind, action)) FROM unnest(wanted))) AS d;
END $$;

CREATE FUNCTION preview() RETURNS void LANGUAGE sql AS $$
    DELETE FROM shown;
    DELETE FROM counted;
    INSERT INTO shown SELECT user_id, kind, id, action, before, after, why, total FROM kroles_preview(max_rows => NULL);
    INSERT INTO counted SELECT * FROM kroles_preview_counts();
$$;

-- The pages of three rows, one after another, are the whole.
CREATE FUNCTION check_pages(part text, statements text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n integer := (SELECT count(*) FROM shown);
BEGIN
    INSERT INTO difference
    SELECT part, statements, 'pages'
    WHERE ARRAY(SELECT (user_id, kind, id, action) FROM kroles_preview(max_rows => NULL))
       <> ARRAY(SELECT (p.user_id, p.kind, p.id, p.action) FROM generate_series(0, n / 30) AS i, LATERAL kroles_preview(max_rows => 30, skip => 30 * i) AS p);
END $$;

-- As one person sees it, in the application's session.
CREATE FUNCTION preview_as(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('kroles.user', 'user ' || person, true);
    SET LOCAL SESSION AUTHORIZATION regress_kroles_model;
    PERFORM preview();
    RESET SESSION AUTHORIZATION;
    PERFORM set_config('kroles.user', '', true);
END $$;

-- Does the changes of a step, each in a savepoint that is given up if the change is refused or finds no row, and sometimes
-- though it is and does.
CREATE FUNCTION make_change(r text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text := random_change(r);
    found bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found = 0 THEN
        RAISE no_data_found;
    ELSIF pick(6, r, 'undo') = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'KR000';
    END IF;
    RETURN statement;
EXCEPTION
    WHEN SQLSTATE 'KR000' THEN
        RETURN '(' || statement || ')';
    WHEN integrity_constraint_violation OR object_not_in_prerequisite_state OR insufficient_privilege OR invalid_parameter_value OR no_data_found THEN
        RETURN NULL;
END $$;
CREATE FUNCTION make_changes(r text, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    done text[] := '{}';
BEGIN
    FOR i IN 1 .. 20 * n LOOP
        statement := make_change(r || '/' || i);
        IF statement IS NOT NULL THEN
            done := done || statement;
        END IF;
        EXIT WHEN cardinality(done) >= n;
    END LOOP;
    RETURN array_to_string(done, '; ');
END $$;

-- What is recorded of a transaction and should not be, and the other way round.
CREATE FUNCTION recorded_wrong(wanted expected[]) RETURNS SETOF text LANGUAGE sql AS $$
    WITH recorded AS (SELECT user_id, kind::text, object_id, action::text, allowed FROM kroles.access_changes),
         changed AS (SELECT user_id, kind, id, action, after FROM unnest(wanted))
    SELECT 'missing ' || m::text FROM (TABLE changed EXCEPT ALL TABLE recorded) AS m
    UNION ALL
    SELECT 'wrong ' || m::text FROM (TABLE recorded EXCEPT ALL TABLE changed) AS m
$$;

-- A transaction: notes what was, changes, and compares. Every other one is rolled back; the world changes slowly.
CREATE PROCEDURE take_steps(part text, n integer, changes integer) LANGUAGE plpgsql AS $$
DECLARE
    statements text;
    person bigint;
    made bigint := 0;
    rows bigint := 0;
    kept difference[] := '{}';
    wanted expected[];
BEGIN
    FOR i IN 1 .. n LOOP
        DELETE FROM before;
        DELETE FROM after;
        DELETE FROM existed;
        INSERT INTO before SELECT * FROM every_right;
        INSERT INTO existed SELECT * FROM object;
        statements := make_changes(part || i, 1 + pick(changes, part, i::text));
        INSERT INTO after SELECT * FROM every_right;
        PERFORM preview();
        PERFORM check_shown(part, statements, 'all', ARRAY(SELECT e FROM expected AS e));
        PERFORM check_pages(part, statements);
        rows := rows + (SELECT count(*) FROM shown);
        made := made + (SELECT count(*) FROM (SELECT FROM shown LIMIT 1) AS s);
        person := 1 + pick(15, part, i::text, 'asker');
        IF EXISTS (SELECT FROM kroles.users WHERE login = 'user ' || person) THEN
            PERFORM preview_as(person);
            PERFORM check_shown(part, statements, 'user ' || person, ARRAY(SELECT s FROM shown_to(person) AS s));
            rows := rows + (SELECT count(*) FROM shown);
        END IF;
        kept := kept || ARRAY(SELECT d FROM difference AS d);
        DELETE FROM difference;
        wanted := ARRAY(SELECT e FROM expected AS e);
        IF i % 2 = 0 THEN
            COMMIT;
            kept := kept || ARRAY(SELECT ROW (part, statements, 'recorded: ' || r)::difference FROM recorded_wrong(wanted) AS r);
            DELETE FROM kroles.access_changes;
            COMMIT;
        ELSE
            ROLLBACK;
        END IF;
    END LOOP;
    INSERT INTO all_differences SELECT * FROM unnest(kept);
    INSERT INTO tally VALUES (part, n, made, rows, cardinality(kept));
END $$;
