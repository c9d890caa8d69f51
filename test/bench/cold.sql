-- A session that bypasses row security asks about users and objects it has never met; its catalogs are warm.
-- :question is asked of rows of bench.cold, another slice in each run.

SELECT user_id, space_id, kind, media_id FROM bench.cast WHERE subject = 'typical' \gset
SELECT least(:calls / 500, (SELECT count(*) FROM bench.cold) / :runs) AS slice \gset
SELECT kroles_can(:user_id, 'view', :'kind', :space_id), kroles_can(:user_id, 'view', 'media', :media_id),
       kroles_can_publish(:media_id, :space_id, :user_id) \g /dev/null

CALL bench.ask('cold', :'what', :'subject', :slice, :'question', :'id',
    format('bench.cold WHERE n > %1$s * ($1 - 1) AND n <= %1$s * $1', :slice), :runs, :goal);
CALL bench.note_memory(format('cold, %s: %s calls', :'what', :runs * :slice));
