-- One subject, as a gateway says who it is, asking with everything in memory.

SELECT format('%s + i * 0', space_id) AS space, format('%s + i * 0', media_id) AS media,
       format('%s + i * 0', hidden_id) AS hidden, kind, user_id, space_id, media_id, hidden_id,
       format('generate_series(1::bigint, %s) AS i', :calls) AS often,
       format('generate_series(1, %s) AS i, bench.some_media', :calls / 1000) AS media_in_turn,
       format('generate_series(1, %s) AS i, bench.some_spaces', :calls / 1000) AS spaces_in_turn,
       (SELECT count(*) FROM bench.all_spaces) AS nspaces, (SELECT count(*) FROM bench.all_media) AS nmedia
FROM bench.cast WHERE subject = :'subject' \gset
SELECT greatest(:calls / :nspaces, 1) AS rounds \gset

SET SESSION AUTHORIZATION :app;
SET kroles."user" = :'login';
SELECT kroles_can('view', :'kind', :space_id) AND kroles_can('view', 'media', :media_id)
       AND NOT kroles_can('view', 'media', :hidden_id) AS as_cast \gset
\if :as_cast
\else
    \warn kroles bench: the answers for :subject are wrong, the figures mean nothing
\endif

CALL bench.ask('warm', 'kroles_can, the same space', :'subject', :calls,
    format('kroles_can(''view'', %L, %%s)', :'kind'), :'space', :'often', :runs, 0.2);
CALL bench.note_memory('warm, one space, ' || :'subject');
CALL bench.ask('warm', 'kroles_can, the same media', :'subject', :calls,
    $q$kroles_can('view', 'media', %s)$q$, :'media', :'often', :runs, 0.4);
CALL bench.ask('warm', 'kroles_can, the same hidden media', :'subject', :calls,
    $q$kroles_can('view', 'media', %s)$q$, :'hidden', :'often', :runs, 0.4);
CALL bench.ask('warm', 'kroles_can of oneself by id, media', :'subject', :calls,
    format('kroles_can(%s, ''view'', ''media'', %%s)', :user_id), :'media', :'often', :runs, 1);
CALL bench.ask('warm', 'kroles_can_publish', :'subject', :calls,
    format('kroles_can_publish(%%s, %s)', :space_id), :'media', :'often', :runs, 1);
CALL bench.ask('warm', 'kroles_role, media', :'subject', :calls / 10,
    $q$kroles_role('media', %s) IS NULL$q$, :'media', format('generate_series(1::bigint, %s) AS i', :calls / 10), :runs);
CALL bench.ask('warm', 'kroles_rights, space', :'subject', :calls / 10,
    format('kroles_rights(%L, %%s) IS NULL', :'kind'), :'space', format('generate_series(1::bigint, %s) AS i', :calls / 10), :runs);
CALL bench.ask('warm', 'kroles_rights, media', :'subject', :calls / 10,
    $q$kroles_rights('media', %s) IS NULL$q$, :'media', format('generate_series(1::bigint, %s) AS i', :calls / 10), :runs);

CALL bench.ask('many objects', '1,000 spaces in turn', :'subject', :calls,
    $q$kroles_can('view', kind, %s)$q$, 'id', :'spaces_in_turn', :runs, 0.5);
CALL bench.ask('many objects', '1,000 media in turn', :'subject', :calls,
    $q$kroles_can('view', 'media', %s)$q$, 'id', :'media_in_turn', :runs, 0.5);
CALL bench.ask('many objects', 'every space in turn', :'subject', :rounds * :nspaces,
    $q$kroles_can('view', kind, %s)$q$, 'id', format('generate_series(1, %s) AS i, bench.all_spaces', :rounds), :runs, 0.5);
CALL bench.ask('many objects', 'every media once', :'subject', :nmedia,
    $q$kroles_can('view', 'media', %s)$q$, 'id', 'bench.all_media WHERE $1 > 0', :runs, 2);
RESET SESSION AUTHORIZATION;
CALL bench.note_memory('all spaces and all media, ' || :'subject');
