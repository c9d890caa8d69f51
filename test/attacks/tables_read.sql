-- Who reads which table: every person of the campus, every table, cell by cell.
\set name kroles_tables_read
\ir lib/campus.psql
\ir lib/cells.psql
SELECT * FROM no_plan();
INSERT INTO kroles.signing_keys (kid, algorithm, key) VALUES ('one', 'HS256', repeat('secret', 8));

-- users: oneself
SELECT campus.tries(login, CASE login WHEN 'blocked' THEN 'no row' WHEN 'administrator' THEN '23' ELSE id::text END, 'reads kroles.users',
    CASE login WHEN 'administrator' THEN 'SELECT count(*) FROM kroles.users' ELSE 'SELECT id FROM kroles.users' END)
FROM kroles.users ORDER BY id;
SELECT campus.tries(NULL, 'no row', 'reads kroles.users', 'SELECT id FROM kroles.users');

-- groups one is in; in group_members the own rows
SELECT campus.reads('kroles.groups', 'id', 'no row', '
    administrator: 1 2 3
    grouped: 1
    lowered, boss: 2
    stranger: 3');
SELECT campus.reads('kroles.group_members', 'group_id || ''/'' || user_id', 'no row', '
    administrator: 1/17 1/7 2/17 2/21 2/23 3/18
    grouped: 1/7
    lowered: 2/21
    boss: 2/23
    stranger: 3/18');

-- spaces: view. Open, restricted and public ones for all who are logged in; members see theirs, in Arts/Film those of Arts
SELECT campus.reads('kroles.spaces', 'id', '1 3 5 6 7 10 13', '
    administrator: 1 2 3 4 5 6 7 10 11 12 13
    owner, manager, moderator, contributor, visiting manager: 1 3 5 6 7 10 11 13
    member: 1 2 3 5 6 7 10 11 13
    rival: 1 2 3 4 5 6 7 10 12 13');
SELECT campus.reads('kroles.channels', 'id', '1 3 5 6 7', '
    administrator: 1 2 3 4 5 6 7
    member: 1 2 3 5 6 7
    rival: 1 2 3 4 5 6 7');
SELECT campus.reads('kroles.galleries', 'id', '10 13', '
    administrator: 10 11 12 13
    owner, manager, moderator, contributor, member, visiting manager: 10 11 13
    rival: 10 12 13');

-- space_members: own and groups' rows; all for manage_members or moderate
SELECT campus.reads('kroles.space_members', 'id', 'no row', '
    administrator: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
    owner, manager, moderator, visiting manager: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    boss: 1 2 3 4 5 6 7 8 9 10
    contributor: 3 13
    member: 4 14 16
    grouped: 5
    retired: 8
    lowered: 6 9
    rival: 16');

-- media: view. 4 and 8 are pending, 6 was rejected, 2 is nowhere
SELECT campus.reads('kroles.media', 'id', '1 3 5 7', '
    administrator: 1 2 3 4 5 6 7 8
    owner, manager, moderator, visiting manager: 1 3 4 5 7 8
    boss: 1 3 4 5 7
    contributor: 1 3 4 5 6 7 8
    stranger: 1 2 3 5 7');

-- publications: in every state whoever may take it down or moderate it; once approved whoever sees both
SELECT campus.reads('kroles.publications', 'media_id || ''/'' || space_id', '1/1 3/5 5/1 7/10', '
    administrator: 1/1 3/2 3/4 3/5 4/1 5/1 6/1 7/10 8/10
    owner, manager, moderator, contributor, visiting manager: 1/1 3/5 4/1 5/1 6/1 7/10 8/10
    boss: 1/1 3/5 4/1 5/1 6/1 7/10
    member: 1/1 3/2 3/5 5/1 7/10
    rival: 1/1 3/2 3/4 3/5 5/1 7/10');
SELECT campus.reads('kroles.moderation_queue', 'media_id', 'no row', '
    administrator, owner, manager, moderator, visiting manager: 4 8
    boss: 4');

-- people on media: own and groups' rows; all for manage
SELECT campus.reads('kroles.media_collaborators', 'id', 'no row', '
    administrator: 1 2 3 4 5 6
    owner: 1 2 3 4 5
    editor: 1 2 3 4
    publisher: 2
    watcher: 3
    grouped: 5
    viewer, rival: 6');
SELECT campus.reads('kroles.media_moderators', 'id', 'no row', '
    administrator, owner: 1 2 3
    editor: 1 2
    chatter: 1
    host: 2
    grouped: 3');
SELECT campus.reads('kroles.media_speakers', 'user_id', '13', '
    administrator, owner, editor, hidden speaker: 13 14');

-- playlists: view on the channel; what is in them: view on the media too
SELECT campus.reads('kroles.playlists', 'id', '1 3', '
    administrator, member, rival: 1 2 3');
SELECT campus.reads('kroles.playlist_items', 'playlist_id || ''/'' || media_id', '1/1 1/7 3/3', '
    administrator: 1/1 1/4 1/7 2/3 3/3
    owner, manager, moderator, contributor, visiting manager, boss: 1/1 1/4 1/7 3/3
    member, rival: 1/1 1/7 2/3 3/3');

-- the site's own: the rules are everyone's; keys and gateways the administrators', the log also theirs whom it is about
SELECT campus.may(login, '1', 'reads kroles.settings', 'SELECT count(*) FROM kroles.settings') FROM campus.everybody;
SELECT campus.may(login, 'true', 'reads ' || target, format('SELECT count(*) > 0 FROM %s', target))
FROM campus.everybody, unnest('{kroles.rights, kroles.baseline_rights, kroles.role_rights, kroles.ceiling_rights}'::regclass[]) AS target;
SELECT campus.reads('kroles.gateways', 'role', 'no row', 'administrator: campus_gateway');
SELECT campus.reads('kroles.signing_keys', 'kid', 'no row', 'administrator: one');
SELECT campus.reads('kroles.audit_log', 'DISTINCT format(''%s/%s'', object_kind, object_id)', 'no row', format('
    administrator: %s
    owner, manager, moderator, visiting manager: channel/1 gallery/10 gallery/11 media/1 media/4 media/5 media/7 media/8
    boss: channel/1 media/1 media/4 media/5
    contributor: media/4 media/6 media/8
    editor, chatter, host: media/1
    viewer: media/3
    grouped: media/7
    stranger: media/2
    rival: channel/2 channel/3 channel/4 channel/5 channel/6 gallery/12 gallery/13 media/3',
    (SELECT string_agg(DISTINCT format('%s/%s', object_kind, object_id), ' ' ORDER BY format('%s/%s', object_kind, object_id)) FROM kroles.audit_log)));
SELECT campus.may('administrator', 'true', 'reads of users, groups and the site in the log',
    'SELECT array_agg(DISTINCT object_kind) @> ''{user, group, site, channel, gallery, media}'' FROM kroles.audit_log');

-- ---- The site lets anonymous browse: what is public, and what is approved there ----
UPDATE kroles.settings SET allow_anonymous = true;
SELECT campus.tries(NULL, answer, 'reads ' || target || ', browsing being allowed', format('SELECT %s FROM %s ORDER BY 1', key, target))
FROM (VALUES
    ('kroles.spaces'::regclass, 'id', '5 6 13'), ('kroles.channels', 'id', '5 6'), ('kroles.galleries', 'id', '13'), ('kroles.media', 'id', '3'),
    ('kroles.publications', 'media_id || ''/'' || space_id', '3/5'), ('kroles.users', 'id', 'no row'), ('kroles.groups', 'id', 'no row'),
    ('kroles.group_members', 'user_id', 'no row'), ('kroles.space_members', 'id', 'no row'), ('kroles.media_collaborators', 'id', 'no row'),
    ('kroles.playlists', 'id', '3'), ('kroles.playlist_items', 'playlist_id || ''/'' || media_id', '3/3'),
    ('kroles.media_moderators', 'id', 'no row'), ('kroles.media_speakers', 'user_id', 'no row'), ('kroles.moderation_queue', 'media_id', 'no row'),
    ('kroles.audit_log', 'id', 'no row'), ('kroles.gateways', 'role', 'no row'), ('kroles.signing_keys', 'kid', 'no row')) AS t (target, key, answer);
SELECT campus.tries('blocked', 'no row', 'reads ' || target || ', browsing being allowed', format('SELECT 1 FROM %s', target))
FROM unnest('{kroles.spaces, kroles.media, kroles.publications, kroles.playlists, kroles.playlist_items}'::regclass[]) AS target;
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads kroles.media, browsing being allowed', 'SELECT id FROM kroles.media ORDER BY id');
INSERT INTO kroles.media_speakers (media_id, user_id, visible) VALUES (3, 13, true), (3, 14, false);
SELECT campus.tries(NULL, '13', 'reads the speakers of what is public, browsing being allowed', 'SELECT user_id FROM kroles.media_speakers');

SELECT * FROM finish();
