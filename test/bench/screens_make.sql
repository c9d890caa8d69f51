-- A function for each screen and variant, which asks it so many times, and what times it.

-- Parameters are variables of PL/pgSQL. Prepared: it keeps the plan. Unprepared: parsed and planned each time, with the values.
CREATE PROCEDURE screens.make(s screens.screens, how text, body text)
LANGUAGE plpgsql AS $$
DECLARE
    names text[] := ARRAY(SELECT attname FROM pg_attribute
                          WHERE attrelid = 'screens.scene'::regclass AND attname LIKE 'v\_%' AND NOT attisdropped ORDER BY attnum);
    declared text := (SELECT string_agg(format('%I %s;', attname, format_type(atttypid, atttypmod)), ' ')
                      FROM pg_attribute WHERE attrelid = 'screens.scene'::regclass AND attname = ANY (names));
    wanted text := CASE WHEN s.screen LIKE '%1\% range' THEN 'start' WHEN body LIKE '%v_wanted%' THEN 'id' ELSE 'none' END;
    asked text := 'PERFORM ' || body;
    numbered text := body;
BEGIN
    wanted := CASE wanted WHEN 'id' THEN '1 + i * 7919::bigint % v_media' WHEN 'start' THEN '1 + i * 7919::bigint % (v_media - v_media / 100)'
                          ELSE '0' END;
    IF NOT s.prepared THEN
        FOR n IN 1 .. cardinality(names) LOOP
            numbered := regexp_replace(numbered, format('\m%s\M', names[n]), '$' || n, 'g');
        END LOOP;
        numbered := replace(numbered, 'v_wanted', '$' || cardinality(names) + 1);
        asked := format('EXECUTE %L USING %s, v_wanted', 'SELECT ' || numbered, array_to_string(names, ', '));
    END IF;
    EXECUTE format($f$
        CREATE FUNCTION screens.ask_%1$s_%2$s(loops integer, OUT seconds float8, OUT answer text) LANGUAGE plpgsql AS $ask$
        DECLARE
            %3$s
            v_wanted bigint := 1;
            started timestamptz;
        BEGIN
            SELECT %8$s INTO %4$s FROM screens.scene AS s WHERE s.subject = current_setting('bench.subject');
            IF loops = 0 THEN
                SELECT format('%%s rows, %%s', count(*), sum(hashtextextended(x::text, 0))) INTO answer FROM (SELECT %5$s) AS x;
                RETURN;
            END IF;
            started := clock_timestamp();
            FOR i IN 1 .. loops LOOP
                v_wanted := %6$s;
                %7$s;
            END LOOP;
            seconds := bench.seconds_since(started) / loops;
        END $ask$ $f$, s.n, how, declared, array_to_string(names, ', '), body, wanted, asked,
        's.' || array_to_string(names, ', s.'));
END $$;

DO $$
DECLARE
    s screens.screens;
BEGIN
    FOR s IN SELECT * FROM screens.screens WHERE NOT by_hand LOOP
        CALL screens.make(s, 'kroles', s.body);
        CALL screens.make(s, 'none', coalesce(s.none, s.body));
        IF coalesce(s.plain, s.none, s.body) <> '' THEN
            CALL screens.make(s, 'plain', coalesce(s.plain, s.none, s.body));
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION screens.ask(n integer, how text, loops integer, OUT seconds float8, OUT answer text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT * FROM screens.ask_%s_%s($1)', n, how) INTO seconds, answer USING loops;
END $$;

-- One run, as whoever the session is: the quickest of up to fifty times 3 ms, since other work on the machine only adds. The first
-- run notes the answer too. What takes a second is asked once in all (once more, in case the disk was read, unless the policy is a
-- plain one); where statement_timeout ends it, the time until then is noted. For a prepared statement the plan is made once: left to
-- itself PostgreSQL plans some of them again each time, for their parameters, with a policy or without, and then that is measured.
CREATE PROCEDURE screens.measure(n integer, how text, as_screen text DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
    s screens.screens;
    who text := current_setting('bench.subject');
    took float8;
    text_of_it text;
    started timestamptz := clock_timestamp();
    timed_out boolean := false;
BEGIN
    SELECT * INTO s FROM screens.screens AS x WHERE x.n = measure.n;
    s.screen := coalesce(as_screen, s.screen);
    IF EXISTS (SELECT FROM screens.results AS r WHERE (r.screen, r.subject, r.variant) = (s.screen, who, how) AND r.seconds >= 1) THEN
        RETURN;
    END IF;
    PERFORM set_config('plan_cache_mode', CASE WHEN s.prepared THEN 'force_generic_plan' ELSE 'auto' END, true);
    BEGIN
        SELECT seconds INTO took FROM screens.ask(n, how, 1);
        IF took >= 1 AND how <> 'plain' THEN
            took := (SELECT seconds FROM screens.ask(n, how, 1));
        END IF;
        IF took < 1 THEN
            IF as_screen IS NULL AND NOT EXISTS (SELECT FROM screens.answers AS a WHERE (a.n, a.subject, a.variant) = (s.n, who, how)) THEN
                SELECT answer INTO text_of_it FROM screens.ask(n, how, 0);
                INSERT INTO screens.answers VALUES (s.n, who, how, text_of_it);
            END IF;
            IF took < 0.3 THEN
                took := (SELECT seconds FROM screens.ask(n, how, 1));
            END IF;
            took := (SELECT min((screens.ask(n, how, greatest(1, least(2000, (0.003 / took)::integer)))).seconds)
                     FROM generate_series(1, greatest(1, least(50, (0.15 / took)::integer))));
        END IF;
    EXCEPTION WHEN query_canceled THEN
        timed_out := true;
        took := extract(epoch FROM clock_timestamp() - started);
    END;
    INSERT INTO screens.results (screen, subject, variant, seconds, timed_out) VALUES (s.screen, who, how, took, timed_out);
END $$;
