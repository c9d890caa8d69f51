-- The biggest channel changes its type, and a person's role in it changes: neither writes a row of media.

SET client_min_messages = warning;
SELECT space_id AS channel, count(*) AS media FROM plain.publications AS p JOIN plain.spaces AS s ON s.id = space_id
WHERE s.kind = 'channel' AND p.status = 'approved' GROUP BY space_id ORDER BY count(*) DESC LIMIT 1 \gset
SELECT type AS type FROM kroles.spaces WHERE id = :channel \gset

CREATE TABLE IF NOT EXISTS bench.changes (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    change      text NOT NULL,
    variant     text NOT NULL,
    seconds     float8 NOT NULL,
    wal         bigint NOT NULL,
    media       bigint NOT NULL     -- rows of media that the statement wrote
);
TRUNCATE bench.changes RESTART IDENTITY;
GRANT SELECT, INSERT ON bench.changes TO :app;

CREATE OR REPLACE PROCEDURE bench.change(what text, how text, statement text)
LANGUAGE plpgsql AS $$
DECLARE
    wal pg_lsn := pg_current_wal_insert_lsn();
    started timestamptz := clock_timestamp();
    took float8;
    written bigint;
BEGIN
    EXECUTE statement;
    written := pg_stat_get_xact_tuples_updated('kroles.media'::regclass);
    COMMIT;
    took := bench.seconds_since(started);
    INSERT INTO bench.changes (change, variant, seconds, wal, media)
    VALUES (what, how, took, pg_current_wal_insert_lsn() - wal, written);
    COMMIT;
END $$;

CREATE OR REPLACE PROCEDURE bench.change_channel(channel bigint, media bigint, runs integer)
LANGUAGE plpgsql AS $$
DECLARE
    a_type text;
    a_role text;
    a_place text;
BEGIN
    FOR run IN 1 .. runs LOOP
        a_type := (ARRAY['private', 'restricted'])[1 + run % 2];
        a_role := (ARRAY['member', 'contributor'])[1 + run % 2];
        FOREACH a_place IN ARRAY '{plain,kroles}'::text[] LOOP
            CALL bench.change(format('type of a channel with %s media', media), a_place,
                format('UPDATE %I.spaces SET type = %L WHERE id = %s', a_place, a_type, channel));
            CALL bench.change('role of its first direct member', a_place, format(
                'UPDATE %1$I.space_members SET role = %2$L
                 WHERE id = (SELECT min(id) FROM %1$I.space_members WHERE space_id = %3$s AND user_id IS NOT NULL)',
                a_place, a_role, channel));
        END LOOP;
    END LOOP;
END $$;

-- the first changes are not measured: they find the catalogs cold
CALL bench.become('administrator');
SET SESSION AUTHORIZATION :app;
CALL bench.change_channel(:channel, :media, 2);
RESET SESSION AUTHORIZATION;
TRUNCATE bench.changes;
SET SESSION AUTHORIZATION :app;
CALL bench.change_channel(:channel, :media, :runs);
RESET SESSION AUTHORIZATION;
SELECT set_config('kroles.user', '', false) \g /dev/null
UPDATE kroles.spaces SET type = :'type' WHERE id = :channel;
UPDATE plain.spaces SET type = :'type' WHERE id = :channel;

INSERT INTO bench.results (question, subject, variant, seconds)
SELECT change, 'administrator', CASE variant WHEN 'plain' THEN 'none' ELSE variant END, seconds FROM bench.changes ORDER BY id;
