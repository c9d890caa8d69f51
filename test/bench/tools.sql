-- What loading and measuring lean on: deterministic chance, and procedures that time a statement against its floor.

CREATE SCHEMA bench;

-- Chance from a hash: the same number in [0, 1) for the same (i, seed), on every machine.
CREATE FUNCTION bench.u(i bigint, seed integer) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(i, seed) & 9007199254740991) / 9007199254740992.0::float8 $$;

-- A whole number from 1 to n.
CREATE FUNCTION bench.pick(n bigint, i bigint, seed integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 + floor(n * bench.u(i, seed))::bigint $$;

-- The same, skewed: few numbers are drawn often, most of them rarely. The prime scatters the popular ones.
CREATE FUNCTION bench.pick_popular(n bigint, i bigint, seed integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 + (floor(n * power(bench.u(i, seed), 2.5))::bigint * 7919) % n $$;

-- A word is three syllables of a hundred: twenty thousand of them. Few are in many names and most in hardly any: word 20 is in
-- about 1% of them, word 10000 in about 0.01%.
CREATE TABLE bench.words (k bigint PRIMARY KEY, word text NOT NULL);
INSERT INTO bench.words
SELECT k, s[1 + k / 10000] || s[1 + k / 100 % 100] || s[1 + k % 100]
FROM generate_series(0, 19999) AS k, (VALUES ('{ka,to,mi,ren,sul,va,ber,lin,dor,pa,ne,gri,mo,tas,hel,ju,con,si,wer,bo,
    cha,fin,da,lu,ster,ma,ro,ti,van,el,sto,pri,ga,no,ler,bus,fa,ken,ry,do,gan,ze,tur,im,les,hu,par,so,ca,mil,gor,be,tan,
    qui,ra,win,ose,ply,ham,fo,ter,lo,sha,vin,ec,us,cro,ba,len,mu,rid,je,nor,ple,wa,kin,de,gus,tro,al,ven,hi,cor,sa,nu,
    bri,mer,po,dal,ni,gen,sti,lar,ve,chu,or,fre,tal,by,zo}'::text[])) AS syllables (s);

-- Which word comes in which place of a name.
CREATE FUNCTION bench.pick_word(i bigint, seed integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT floor(20000 * power(bench.u(i, seed), 4))::bigint $$;

CREATE TABLE bench.loads (
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    relation    text NOT NULL,
    rows        bigint,
    seconds     float8 NOT NULL
);

CREATE FUNCTION bench.loaded(what text, row_count bigint, started timestamptz) RETURNS text
LANGUAGE sql AS $$
    INSERT INTO bench.loads (relation, rows, seconds)
    VALUES (what, row_count, extract(epoch FROM clock_timestamp() - started))
    RETURNING format('  %-20s %6s s', relation, round(seconds::numeric, 1))
              || CASE WHEN rows IS NULL THEN '' ELSE format('  %9s rows  %8s rows/s', rows, round(rows / greatest(seconds, 0.000001))) END
$$;

-- One line a run. "floor" is what the same takes with something trivial, or plain, in place of what is measured.
CREATE TABLE bench.samples (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    section     text NOT NULL,
    what        text NOT NULL,
    subject     text NOT NULL,
    calls       bigint NOT NULL,
    seconds     float8 NOT NULL,
    floor       float8 NOT NULL,
    goal        float8
);

CREATE TABLE bench.memory (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    session     text NOT NULL,
    bytes       bigint NOT NULL,
    used        bigint NOT NULL
);

CREATE FUNCTION bench.seconds_since(t timestamptz) RETURNS float8
LANGUAGE sql VOLATILE AS $$ SELECT extract(epoch FROM clock_timestamp() - t)::float8 $$;

-- Runs a question over rows, and its floor: the same rows with a built-in function of five arguments that compares two
-- numbers. %s in the question stands for the id, which must depend on the row: else PostgreSQL asks once. Both get the
-- number of the run as $1, so that a question that is to be cold can take objects that no run before has seen. Both are
-- run once before counting, as run 0, for which what is to be cold has no rows.
CREATE PROCEDURE bench.ask(section text, what text, subject text, calls bigint, question text, id text, from_rows text,
                           runs integer, goal float8 DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
    statement CONSTANT text := 'SELECT count(*) FILTER (WHERE %s) FROM %s';
    asking text := format(statement, format(question, id), from_rows);
    idling text := format(statement, format('in_range(%s, 0::bigint, 0::bigint, true, false)', id), from_rows);
    started timestamptz;
    floor_took float8;
    took float8;
    answer bigint;
BEGIN
    EXECUTE idling INTO answer USING 0;
    EXECUTE asking INTO answer USING 0;
    FOR run IN 1 .. runs LOOP
        started := clock_timestamp();
        EXECUTE idling INTO answer USING run;
        floor_took := bench.seconds_since(started);
        started := clock_timestamp();
        EXECUTE asking INTO answer USING run;
        took := bench.seconds_since(started);
        INSERT INTO bench.samples (section, what, subject, calls, seconds, floor, goal)
        VALUES (section, what, subject, calls, took, floor_took, goal);
        COMMIT;
    END LOOP;
END $$;

-- Waits until another session has committed something since the last time.
CREATE FUNCTION bench.await_commit(seen xid8) RETURNS xid8
LANGUAGE plpgsql AS $$
DECLARE
    give_up timestamptz := clock_timestamp() + interval '10 seconds';
BEGIN
    LOOP
        IF pg_snapshot_xmax(pg_current_snapshot()) <> seen THEN
            RETURN pg_snapshot_xmax(pg_current_snapshot());
        ELSIF clock_timestamp() > give_up THEN
            RAISE 'no other session commits anything';
        END IF;
    END LOOP;
END $$;

-- The same question, a statement each; where told so, after another session's next commit.
CREATE PROCEDURE bench.ask_each(what text, subject text, calls integer, kind kroles.object_kind, id bigint,
                                runs integer, after_commits boolean DEFAULT false)
LANGUAGE plpgsql AS $$
DECLARE
    seen xid8 := '0';
    started timestamptz;
    floor_took float8;
    took float8;
BEGIN
    FOR run IN 0 .. runs LOOP
        floor_took := 0;
        took := 0;
        FOR i IN 1 .. calls LOOP
            IF after_commits THEN
                seen := bench.await_commit(seen);
            END IF;
            started := clock_timestamp();
            PERFORM in_range(id, 0::bigint, 0::bigint, true, false);
            floor_took := floor_took + bench.seconds_since(started);
            IF after_commits THEN
                seen := bench.await_commit(seen);
            END IF;
            started := clock_timestamp();
            PERFORM kroles_can('view', kind, id);
            took := took + bench.seconds_since(started);
        END LOOP;
        IF run > 0 THEN
            INSERT INTO bench.samples (section, what, subject, calls, seconds, floor)
            VALUES ('a statement each', what, subject, calls, took, floor_took);
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- What the extension's caches take in this backend now.
CREATE PROCEDURE bench.note_memory(after text)
LANGUAGE sql AS $$
    INSERT INTO bench.memory (session, bytes, used)
    SELECT after, coalesce(sum(total_bytes), 0), coalesce(sum(used_bytes), 0)
    FROM pg_backend_memory_contexts WHERE name LIKE 'kroles%' OR parent LIKE 'kroles%'
$$;
