-- Row-level security: on for every table, for its owner too, each with a policy; and views that do not go round it.
\ir lib/begin.psql

CREATE TEMP VIEW relations AS
    SELECT oid, relname::text AS name, relkind, relrowsecurity, relforcerowsecurity, reloptions
    FROM pg_class WHERE relnamespace = 'kroles'::regnamespace AND relkind NOT IN ('i', 'S', 'c');
SELECT set_eq('SELECT DISTINCT relkind FROM relations', '{r, v}'::"char"[], 'tables and views, and nothing that policies do not reach');
SELECT ok(relrowsecurity, name || ': row-level security is enabled') FROM relations WHERE relkind = 'r' ORDER BY name;
SELECT ok(relforcerowsecurity, name || ': and forced') FROM relations WHERE relkind = 'r' ORDER BY name;
SELECT isnt((SELECT count(*) FROM pg_policy WHERE polrelid = r.oid), 0::bigint, name || ': there is a policy')
FROM relations r WHERE relkind = 'r' AND name NOT IN ('secret', 'heartbeat', 'replica') ORDER BY name;
-- (the owner's own reading goes by no policy)
SELECT is((SELECT count(*) FROM pg_policy WHERE polrelid = ('kroles.' || name)::regclass), 0::bigint, name || ': there is no policy, so nobody reads it')
FROM unnest('{secret, heartbeat, replica}'::text[]) AS name;
SELECT ok(reloptions @> '{security_invoker=true}', name || ': the view reads in the name of whoever asks')
FROM relations WHERE relkind = 'v' AND name <> 'people' ORDER BY name;
-- (names are shown to more than may read the rows of users: the view says to whom)
SELECT is(reloptions, '{security_barrier=true,security_invoker=false}', 'people: the view reads as its owner, behind a barrier') FROM relations WHERE name = 'people';
SELECT ok(r.rolsuper, 'people: and its owner is a superuser') FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = 'kroles.people'::regclass;

CREATE TEMP VIEW policies AS
    SELECT r.name AS tab, y.polcmd, y.polroles, y.polpermissive FROM pg_policy y JOIN relations r ON r.oid = y.polrelid;
SELECT is_empty($$SELECT tab FROM policies WHERE polcmd = '*' OR polroles <> '{0}' OR NOT polpermissive$$,
    'each policy is for one command, and for everybody');
SELECT is_empty('SELECT tab, polcmd FROM policies GROUP BY tab, polcmd HAVING count(*) > 1', 'no table has two for one command');
-- A command without a policy is refused to whomever row-level security holds for. a INSERT,
-- d DELETE, r SELECT, w UPDATE
SELECT set_eq($$SELECT tab || ' ' || string_agg(polcmd::text, '' ORDER BY polcmd::text COLLATE "C") FROM policies GROUP BY tab$$, $$
    SELECT tab || ' adrw' FROM unnest('{users, groups, group_members, spaces, space_members, media, publications, media_collaborators,
        media_moderators, media_speakers, join_requests, playlists, playlist_items, events, event_participants, event_sessions, room_participants}'::text[]) AS tab
    UNION ALL SELECT tab || ' rw' FROM unnest('{settings, baseline_rights, role_rights, ceiling_rights, role_labels}'::text[]) AS tab
    UNION ALL SELECT tab || ' r' FROM unnest('{user_blocks, rights, gateways, signing_keys, retired_external_ids, audit_log}'::text[]) AS tab
    UNION ALL SELECT 'access_changes dr'$$,
    'settings, matrices and labels are changed but not added or removed; blocks, rights, gateways, keys and the log are read only; changes of rights are read and removed');

-- The owner of a table is held by its policies too.
INSERT INTO kroles.users (id, login) VALUES (901, 'alice');
CREATE ROLE kroles_keeper;
ALTER TABLE kroles.users OWNER TO kroles_keeper;
SET LOCAL SESSION AUTHORIZATION kroles_keeper;
SELECT count(*) AS seen FROM kroles.users \gset
RESET SESSION AUTHORIZATION;
SELECT is(:'seen'::text, '0', 'an owner of the table who is nobody sees no row of it');

SELECT * FROM finish();
ROLLBACK;
