-- Personal playlists: whose they are, who sees them, what is shown in them.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (901, 'owner', 'admin', false), (902, 'viewer', 'viewer', false), (903, 'other', 'admin', false), (904, 'ada', 'viewer', true), (905, 'blocked', 'admin', false);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (901, 'channel', 'public_open', 'Lectures', 901);
INSERT INTO kroles.media (id, name, owner_id) SELECT i, 'm' || i, 901 FROM generate_series(901, 904) AS i;
INSERT INTO kroles.publications (media_id, space_id) VALUES (901, 901), (902, 901), (903, 901);
UPDATE kroles.users SET blocked = true WHERE id = 905;
\ir lib/says.psql
CREATE FUNCTION pg_temp.list(name text) RETURNS bigint LANGUAGE sql AS $$ SELECT id FROM kroles.playlists p WHERE p.name = $1 $$;

SELECT is(pg_temp.says('viewer', $$INSERT INTO kroles.playlists (name) VALUES ('Later')$$), '1 rows', 'a viewer makes a playlist by naming it');
SELECT is(pg_temp.says('viewer', $$INSERT INTO kroles.playlists (name, owner_id) VALUES ('Again', 902)$$), '1 rows', 'or by saying whose it is');
SELECT is(pg_temp.says('viewer', $$INSERT INTO kroles.my_playlists (name) VALUES ('By the view')$$), '1 rows', 'or by the view');
SELECT results_eq('SELECT name, space_id, owner_id FROM kroles.playlists ORDER BY id', $$VALUES ('Later', NULL::bigint, 902::bigint), ('Again', NULL, 902), ('By the view', NULL, 902)$$, 'they are theirs');
SELECT is(pg_temp.says('viewer', $$INSERT INTO kroles.playlists (name, owner_id) VALUES ('For another', 903)$$), '42501', 'none for another');
SELECT is(pg_temp.says(NULL, $$INSERT INTO kroles.playlists (name) VALUES ('x')$$), '42501', 'none for nobody');
SELECT is(pg_temp.says('ada', $$INSERT INTO kroles.playlists (name, owner_id) VALUES ('A gift', 903)$$), '1 rows', 'an administrator makes one for another');
SELECT is(pg_temp.says('viewer', format('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%1$s, 901), (%1$s, 902), (%1$s, 903)', pg_temp.list('Later'))), '3 rows', 'puts media in');
SELECT is(pg_temp.says('viewer', format('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 904)', pg_temp.list('Later'))), '42501', 'but none that is hidden');
SELECT is(pg_temp.says('viewer', format('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 999)', pg_temp.list('Later'))), '42501', 'nor one that is not there');
SELECT is(pg_temp.says('viewer', format('SELECT kroles_move_item(%s, 903, 1)', pg_temp.list('Later'))), '(1)', 'puts one first');
SELECT is(pg_temp.says('viewer', 'SELECT media_id, position FROM kroles.playlist_items ORDER BY position'), E'(903,1)\n(901,2)\n(902,3)', 'and it is');
SELECT is(pg_temp.says('viewer', format('UPDATE kroles.playlist_items SET position = 4 - position WHERE playlist_id = %s', pg_temp.list('Later'))), '3 rows', 'turns the order round');
SELECT is(pg_temp.says('viewer', 'SELECT media_id, position FROM kroles.playlist_items ORDER BY position'), E'(902,1)\n(901,2)\n(903,3)', 'and it is');

-- who else
SELECT t FROM unnest('{owner, other, blocked, NULL}'::text[]) AS who, unnest(ARRAY[
       is(pg_temp.says(who, 'SELECT name FROM kroles.playlists WHERE owner_id = 902'), NULL, coalesce(who, 'nobody') || ' sees none of them'),
       is(pg_temp.says(who, 'SELECT media_id FROM kroles.playlist_items'), NULL, coalesce(who, 'nobody') || ' sees nothing in them'),
       is(pg_temp.says(who, 'DELETE FROM kroles.playlist_items'), '0 rows', coalesce(who, 'nobody') || ' empties none'),
       is(pg_temp.says(who, 'UPDATE kroles.playlists SET name = ''x'''), CASE who WHEN 'other' THEN '1 rows' ELSE '0 rows' END, coalesce(who, 'nobody') || ' renames none but their own'),
       is(pg_temp.says(who, format('SELECT kroles_move_item(%s, 901, 1)', pg_temp.list('Later'))), CASE WHEN who IS NULL THEN '28000' ELSE '42704' END, coalesce(who, 'nobody') || ' moves nothing'),
       is(pg_temp.says(who, format('INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (%s, 901)', pg_temp.list('By the view'))), '42501', coalesce(who, 'nobody') || ' puts nothing in')]) AS t;
SELECT is(pg_temp.says('ada', 'SELECT name FROM kroles.playlists WHERE owner_id = 902 ORDER BY name'), E'(Again)\n("By the view")\n(Later)', 'an administrator sees them');
SELECT is(pg_temp.says('ada', format('SELECT kroles_move_item(%s, 901, 1)', pg_temp.list('Later'))), '(1)', 'and changes them');

-- What is no longer seen keeps its place.
DELETE FROM kroles.publications WHERE media_id = 902;
SELECT is(pg_temp.says('viewer', 'SELECT media_id, position FROM kroles.playlist_items ORDER BY position'), E'(901,1)\n(903,3)', 'media that is taken down is not shown, and keeps its place');
SELECT is(pg_temp.says('viewer', 'SELECT id, name, items, total FROM kroles_my_playlists()'),
    format(E'(%s,Again,0,3)\n(%s,"By the view",0,3)\n(%s,Later,2,3)', pg_temp.list('Again'), pg_temp.list('By the view'), pg_temp.list('Later')), 'the page counts what is shown');
SELECT is(pg_temp.says('viewer', 'SELECT name, total FROM kroles_my_playlists(max_rows => 1, skip => 1)'), '("By the view",3)', 'a page of it');
SELECT is(pg_temp.says('viewer', 'SELECT name FROM kroles_my_playlists(-1)'), '22023', 'of no negative length');
SELECT is(pg_temp.says('viewer', format('SELECT kroles_move_item(%s, 902, 1)', pg_temp.list('Later'))), '42704', 'and is not moved');
INSERT INTO kroles.publications (media_id, space_id) VALUES (902, 901);
SELECT is(pg_temp.says('viewer', 'SELECT media_id, position FROM kroles.playlist_items ORDER BY position'), E'(901,1)\n(902,2)\n(903,3)', 'and is shown again');

-- the page without a user
SELECT is(pg_temp.says(NULL, 'SELECT name FROM kroles_my_playlists()'), '28000', 'the page asks for a login');
SELECT is(pg_temp.says(NULL, 'SELECT name FROM kroles.my_playlists'), NULL, 'the view is empty');
SELECT is(pg_temp.says('ada', 'SELECT name FROM kroles.my_playlists'), NULL, 'an administrator''s own are none of others');
SELECT is(pg_temp.says('blocked', 'SELECT name FROM kroles_my_playlists()'), NULL, 'a blocked user has none');
SELECT is(pg_temp.says('blocked', $$INSERT INTO kroles.playlists (name) VALUES ('x')$$), '42501', 'and makes none');

-- They go with the user, and are handed over to nobody.
SELECT is(pg_temp.says('ada', 'SELECT kroles_hand_over(902, 903)'), '(0)', 'they are not handed over');
SELECT is(pg_temp.says('ada', 'DELETE FROM kroles.users WHERE id = 902'), '1 rows', 'a user who has some can be deleted');
SELECT is_empty('SELECT FROM kroles.playlist_items', 'and all of it is gone');
SELECT results_eq('SELECT name FROM kroles.playlists', $$VALUES ('x')$$, 'but those of others');
-- the log
SELECT results_eq($$SELECT DISTINCT object_kind, object_id FROM kroles.audit_log WHERE relation ~ 'playlist' AND coalesce(after, before) ->> 'owner_id' = '902'$$,
    $$VALUES ('user', 902::bigint)$$, 'they are logged as the user''s');
SELECT ok(h.what ~ '^(made|deleted|changed|added|moved|removed) ', h.what) FROM kroles_history('user', 902) AS h WHERE h.what ~ 'playlist' LIMIT 1;
SELECT is(pg_temp.says('owner', $$SELECT count(*) FROM kroles.audit_log WHERE relation ~ 'playlist'$$), '(0)', 'and shown to administrators alone');

SELECT * FROM finish();
ROLLBACK;
