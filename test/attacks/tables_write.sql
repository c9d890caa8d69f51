-- Who writes which table: every person of the campus, every table, cell by cell. UPDATE and DELETE are of everything, and
-- must reach the rows named here and no other.
\set name kroles_tables_write
\ir lib/campus.psql
\ir lib/cells.psql
SELECT * FROM no_plan();

-- ---- UPDATE ----
SELECT campus.tries(login, CASE login WHEN 'blocked' THEN 'no row' ELSE id::text END, 'changes kroles.users',
    'WITH w AS (UPDATE kroles.users SET name = ''x'' RETURNING id) SELECT id FROM w') FROM kroles.users WHERE login <> 'administrator' ORDER BY id;
SELECT campus.may('administrator', '23 rows', 'changes kroles.users', 'UPDATE kroles.users SET name = ''x''');
SELECT campus.tries(NULL, 'no row', 'changes kroles.users', 'UPDATE kroles.users SET name = ''x''');
SELECT campus.changes('kroles.groups', 'id', 'name = name', 'no row', 'administrator: 1 2 3');
SELECT campus.changes('kroles.group_members', 'group_id', 'group_id = group_id', 'no row', 'administrator: 1 1 2 2 2 3');
SELECT campus.changes('kroles.spaces', 'id', 'name = ''x''', 'no row', '
    administrator: 1 2 3 4 5 6 7 10 11 12 13
    owner, manager, visiting manager: 1 10 11
    boss: 1
    rival: 2 3 4 5 6 12 13');
SELECT campus.changes('kroles.channels', 'id', 'moderated = NOT moderated', 'no row', '
    administrator: 1 2 3 4 5 6 7
    owner, manager, visiting manager, boss: 1
    rival: 2 3 4 5 6');
SELECT campus.changes('kroles.galleries', 'id', 'inherits_members = NOT inherits_members', 'no row', '
    administrator: 10 11 12 13
    owner, manager, visiting manager: 10 11
    rival: 12 13');
SELECT campus.changes('kroles.space_members', 'id', 'role = ''member''', 'no row', '
    administrator: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
    owner, manager, visiting manager: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    boss: 1 2 3 4 5 6 7 8 9 10
    rival: 16');
-- media: edit. A channel's moderator edits what is approved or pending in it; the viewer''s ceiling takes an editor''s right
SELECT campus.changes('kroles.media', 'id', 'name = ''x''', 'no row', '
    administrator: 1 2 3 4 5 6 7 8
    owner: 1 7
    moderator: 1 4 5
    contributor: 4 6 8
    grouped: 7
    editor: 1
    stranger: 2
    rival: 3');
-- publications: whoever moderates the space or may publish there
SELECT campus.changes('kroles.publications', 'media_id || ''/'' || space_id', 'status = status', 'no row', '
    administrator: 1/1 3/2 3/4 3/5 4/1 5/1 6/1 7/10 8/10
    owner, manager, moderator, visiting manager: 1/1 4/1 5/1 6/1 7/10 8/10
    boss: 1/1 4/1 5/1 6/1
    contributor: 4/1 6/1 8/10
    rival: 3/2 3/4 3/5');
SELECT campus.changes('kroles.moderation_queue', 'media_id', 'status = ''rejected''', 'no row', '
    administrator, owner, manager, moderator, visiting manager: 4 8
    boss: 4');
SELECT campus.changes('kroles.media_collaborators', 'id', 'permission = permission', 'no row', '
    administrator: 1 2 3 4 5 6
    owner: 1 2 3 4 5
    rival: 6');
SELECT campus.changes('kroles.media_moderators', 'id', 'permission = permission', 'no row', '
    administrator, owner: 1 2 3
    editor: 1 2
    grouped: 3');
SELECT campus.changes('kroles.media_speakers', 'user_id', 'type = ''advanced''', 'no row', 'administrator, owner, editor: 13 14');
-- playlists and what is in them: organize, which is the manager's
SELECT campus.changes('kroles.playlists', 'id', 'name = ''x''', 'no row', '
    administrator: 1 2 3
    owner, manager, visiting manager, boss: 1
    rival: 2 3');
SELECT campus.changes('kroles.playlist_items', 'playlist_id || ''/'' || media_id', 'position = position', 'no row', '
    administrator: 1/1 1/4 1/7 2/3 3/3
    owner, manager, visiting manager, boss: 1/1 1/4 1/7
    rival: 2/3 3/3');
SELECT campus.changes('kroles.settings', '1', 'allow_anonymous = true', 'no row', 'administrator: 1');
SELECT campus.tries(login, CASE login WHEN 'administrator' THEN 'true' ELSE 'false' END, 'changes ' || target,
    format('WITH w AS (UPDATE %s SET allowed = allowed RETURNING 1) SELECT count(*) > 0 FROM w', target))
FROM kroles.users, unnest('{kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights}'::regclass[]) AS target ORDER BY id;

-- ---- DELETE ----
SELECT campus.removes('kroles.groups', 'id', 'no row', 'administrator: 1 2 3');
SELECT campus.removes('kroles.group_members', 'group_id || ''/'' || user_id', 'no row', 'administrator: 1/17 1/7 2/17 2/21 2/23 3/18');
SELECT campus.tries(login, 'no row', 'deletes from kroles.users', 'DELETE FROM kroles.users') FROM campus.everybody WHERE login IS DISTINCT FROM 'administrator';
SELECT campus.may('administrator', '10 rows', 'deletes those of kroles.users who own nothing', 'DELETE FROM kroles.users WHERE id BETWEEN 6 AND 15');
SELECT campus.removes('kroles.spaces', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 7 10 11 12 13
    owner, manager, visiting manager: 1 10 11
    boss: 1
    rival: 2 3 4 5 6 12 13');
SELECT campus.removes('kroles.channels', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 7
    owner, manager, visiting manager, boss: 1
    rival: 2 3 4 5 6');
SELECT campus.removes('kroles.galleries', 'id', 'no row', '
    administrator: 10 11 12 13
    owner, manager, visiting manager: 10 11
    rival: 12 13');
-- the own direct row besides
SELECT campus.removes('kroles.space_members', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
    owner, manager, visiting manager: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    boss: 1 2 3 4 5 6 7 8 9 10
    moderator: 2 12
    contributor: 3 13
    member: 4 14 16
    retired: 8
    lowered: 9
    rival: 16');
SELECT campus.removes('kroles.media', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 7 8
    owner: 1 7
    contributor: 4 6 8
    stranger: 2
    rival: 3');
-- whoever may publish the media, published it, or has delete_contributions: managers, and a channel's moderators
SELECT campus.removes('kroles.publications', 'media_id || ''/'' || space_id', 'no row', '
    administrator: 1/1 3/2 3/4 3/5 4/1 5/1 6/1 7/10 8/10
    owner, manager, visiting manager: 1/1 4/1 5/1 6/1 7/10 8/10
    moderator, boss: 1/1 4/1 5/1 6/1
    contributor: 4/1 6/1 8/10
    publisher: 1/1
    rival: 3/2 3/4 3/5');
SELECT campus.removes('kroles.media_collaborators', 'id', 'no row', '
    administrator: 1 2 3 4 5 6
    owner: 1 2 3 4 5
    editor: 1
    publisher: 2
    watcher: 3
    viewer, rival: 6');
SELECT campus.removes('kroles.media_moderators', 'id', 'no row', '
    administrator, owner: 1 2 3
    editor: 1 2
    chatter: 1
    host: 2
    grouped: 3');
SELECT campus.removes('kroles.media_speakers', 'user_id', 'no row', '
    administrator, owner, editor: 13 14
    speaker: 13
    hidden speaker: 14');
SELECT campus.removes('kroles.playlists', 'id', 'no row', '
    administrator: 1 2 3
    owner, manager, visiting manager, boss: 1
    rival: 2 3');
SELECT campus.removes('kroles.playlist_items', 'playlist_id || ''/'' || media_id', 'no row', '
    administrator: 1/1 1/4 1/7 2/3 3/3
    owner, manager, visiting manager, boss: 1/1 1/4 1/7
    rival: 2/3 3/3');
SELECT campus.tries(login, '42501', 'deletes from ' || target, format('DELETE FROM %s', target))
FROM campus.everybody, unnest('{kroles.settings, kroles.rights, kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights, kroles.signing_keys, kroles.gateways, kroles.audit_log}'::regclass[]) AS target;

-- ---- INSERT ----
SELECT campus.adds('a user', 'INSERT INTO kroles.users (login) VALUES (''new'')', 'administrator');
SELECT campus.adds('a group', 'INSERT INTO kroles.groups (name) VALUES (''new'')', 'administrator');
SELECT campus.adds('a member to a group', 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (1, 2)', 'administrator');
SELECT campus.adds('a channel of their own', 'INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''channel'', ''private'', ''new'', %1$s)', 'administrator, owner, trusted, rival');
SELECT campus.adds('a channel of another', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''new'', 20)', 'administrator') AS t;
SELECT campus.adds('a gallery of their own', 'INSERT INTO kroles.galleries (type, name, owner_id) VALUES (''private'', ''new'', %1$s)', 'administrator');
SELECT campus.adds('a sub-gallery to Arts', 'INSERT INTO kroles.galleries (type, name, owner_id, parent_id) VALUES (''private'', ''new'', %1$s, 10)', 'administrator, owner, manager');
SELECT campus.adds('a sub-gallery to Arts/Film', 'INSERT INTO kroles.galleries (type, name, owner_id, parent_id) VALUES (''private'', ''new'', %1$s, 11)', 'administrator, owner, manager');
SELECT campus.adds('a sub-gallery to the Attic', 'INSERT INTO kroles.galleries (type, name, owner_id, parent_id) VALUES (''private'', ''new'', %1$s, 12)', 'administrator, rival');
SELECT campus.adds('a member to Lectures', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 18)', 'administrator, owner, manager, visiting manager, boss');
SELECT campus.adds('a group to Arts', 'INSERT INTO kroles.space_members (space_id, group_id) VALUES (10, 3)', 'administrator, owner, manager, visiting manager');
SELECT campus.adds('a member to Arts/Film', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (11, 18)', 'administrator, owner, manager, visiting manager');
SELECT campus.adds('a member to the Seminar', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (2, 18)', 'administrator, rival');
SELECT campus.adds('a film of their own', 'INSERT INTO kroles.media (name, owner_id) VALUES (''new'', %1$s)',
    'administrator, owner, manager, moderator, contributor, member, grouped, editor, publisher, watcher, chatter, host, speaker, hidden speaker, trusted, stranger, rival, retired, lowered, boss');
SELECT campus.adds('film 7 to Lectures', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (7, 1)', 'administrator, owner');
SELECT campus.adds('film 1 to the Commons', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 3)', 'administrator, owner');
SELECT campus.adds('film 3 to the Commons', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (3, 3)', 'administrator, rival');
SELECT campus.adds('film 8 to Lectures', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (8, 1)', 'administrator, contributor');
SELECT campus.adds('a collaborator to film 1', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 18, ''viewer'')', 'administrator, owner');
SELECT campus.adds('a collaborator to film 7', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (7, 18, ''viewer'')', 'administrator, owner');
SELECT campus.adds('a moderator to film 1', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 18, ''room_moderator'')', 'administrator, owner, editor');
SELECT campus.adds('a speaker to film 7', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (7, 18)', 'administrator, owner, grouped');
SELECT campus.adds('a playlist to Lectures', 'INSERT INTO kroles.playlists (space_id, name) VALUES (1, ''new'')', 'administrator, owner, manager, visiting manager, boss');
SELECT campus.adds('a playlist to the Commons', 'INSERT INTO kroles.playlists (space_id, name) VALUES (3, ''new'')', 'administrator, rival');
SELECT campus.adds('a playlist to Arts, a gallery', 'INSERT INTO kroles.playlists (space_id, name) VALUES (10, ''new'')', '');
SELECT campus.adds('film 3, which all see, to a playlist of Lectures', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 3)', 'administrator, owner, manager, visiting manager, boss');
SELECT campus.adds('film 8, which some see, to a playlist of Lectures', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 8)', 'administrator, owner, manager, visiting manager');
SELECT campus.adds('film 2, which its owner sees, to a playlist of Lectures', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (1, 2)', 'administrator');
SELECT campus.adds('film 7 to a playlist of the Seminar', 'INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (2, 7)', 'administrator, rival');
SELECT campus.adds('settings', 'INSERT INTO kroles.settings (allow_anonymous) VALUES (true)', '');
SELECT campus.adds('a right', 'INSERT INTO kroles.rights (kind, action, description) VALUES (''site'', ''view'', ''x'')', '');
SELECT campus.adds('a key', 'INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES (''x'', ''HS256'', repeat(''x'', 32))', '');
SELECT campus.adds('a gateway', 'INSERT INTO kroles.gateways (role) VALUES (''x'')', '');
SELECT campus.adds('a row to the log', 'INSERT INTO kroles.audit_log (db_role, operation, relation, object_kind) VALUES (''x'', ''x'', ''x'', ''x'')', '');

-- nothing more where anonymous may browse
UPDATE kroles.settings SET allow_anonymous = true;
SELECT campus.tries(NULL, 'no row', 'deletes from ' || target || ', browsing being allowed', format('DELETE FROM %s', target))
FROM unnest('{kroles.users, kroles.groups, kroles.group_members, kroles.spaces, kroles.channels, kroles.galleries, kroles.space_members, kroles.media, kroles.publications,
    kroles.media_collaborators, kroles.media_moderators, kroles.media_speakers, kroles.playlists, kroles.playlist_items}'::regclass[]) AS target;
SELECT campus.tries(NULL, 'no row', 'changes ' || target || ', browsing being allowed', format('UPDATE %s SET name = ''x''', target))
FROM unnest('{kroles.users, kroles.groups, kroles.spaces, kroles.channels, kroles.galleries, kroles.media, kroles.playlists}'::regclass[]) AS target;
SELECT campus.tries(NULL, '42501', 'publishes, browsing being allowed', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (3, 6)');

SELECT * FROM finish();
