-- One subject asking, once a statement and then in one statement, while another session does what :what says.

SELECT space_id, media_id, kind FROM bench.cast WHERE subject = :'subject' \gset
SET SESSION AUTHORIZATION :app;
SET kroles."user" = :'login';
CALL bench.ask_each('a space, ' || :'what', :'subject', :calls / 500, :'kind', :space_id, :runs, :'after_commits');
CALL bench.ask_each('a media, ' || :'what', :'subject', :calls / 500, 'media', :media_id, :runs, :'after_commits');
CALL bench.ask('one statement', 'a media, ' || :'what', :'subject', :calls / 10, $q$kroles_can('view', 'media', %s)$q$,
    format('%s + i * 0', :media_id), format('generate_series(1::bigint, %s) AS i', :calls / 10), :runs);
