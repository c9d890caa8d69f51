-- Who reads and writes which table, once more and in plain SQL: "can" holds what kroles_can answers about each person in
-- the sample (0: not logged in) and each object; the rest is read from the tables.
CREATE TABLE sample (me bigint PRIMARY KEY, login text, administrator boolean, blocked boolean);
CREATE TABLE can (me bigint, kind text, id bigint, action text);
CREATE INDEX ON can (kind, id, action);
CREATE TABLE wanted (me bigint, relation text, command text, key text);

-- n people and one not logged in. An administrator reaches everything, which takes its time: one will do.
CREATE FUNCTION choose_sample(n bigint) RETURNS void LANGUAGE sql AS $$
    TRUNCATE sample;
    INSERT INTO sample VALUES (0, '', false, false);
    INSERT INTO sample SELECT id, login, administrator, blocked FROM kroles.users WHERE administrator AND NOT blocked ORDER BY id LIMIT 1;
    INSERT INTO sample SELECT id, login, administrator, blocked FROM kroles.users WHERE blocked ORDER BY administrator DESC, id LIMIT 2;
    -- owners of galleries with galleries below, and of repositories
    INSERT INTO sample SELECT DISTINCT u.id, login, administrator, blocked FROM kroles.users AS u JOIN kroles.spaces AS s ON s.owner_id = u.id
        WHERE NOT administrator AND (s.id IN (SELECT parent_id FROM kroles.spaces) OR type = 'shared_repository') ORDER BY u.id LIMIT 5 ON CONFLICT DO NOTHING;
    INSERT INTO sample SELECT id, login, administrator, blocked FROM kroles.users
        WHERE NOT administrator AND id NOT IN (SELECT me FROM sample) ORDER BY pick(1000000, 'sample', id::text), id LIMIT n - 8;
$$;

CREATE FUNCTION ask_everything() RETURNS void LANGUAGE sql AS $$
    TRUNCATE can;
    INSERT INTO can
    SELECT me, 'space', s.id, action
    FROM sample, kroles.spaces AS s,
         unnest('{view, contribute, moderate, delete_contributions, manage, manage_members, delete, share}'::text[]) AS action
    WHERE kroles_can(nullif(me, 0), action::kroles.action, s.kind::text::kroles.object_kind, s.id)
    UNION ALL
    SELECT me, 'space', id, 'organize' FROM sample, kroles.spaces WHERE kind = 'channel' AND kroles_can(nullif(me, 0), 'organize', 'channel', id)
    UNION ALL
    SELECT me, 'media', m.id, action
    FROM sample, kroles.media AS m,
         unnest('{view, edit, delete, publish, manage, moderate, manage_collaborators, manage_moderators, manage_speakers}'::text[]) AS action
    WHERE kroles_can(nullif(me, 0), action::kroles.action, 'media', m.id);
    ANALYZE can;
$$;

-- Rows in somebody's own name, whatever their windows, or that of a group where they are now; nothing is a blocked person's.
CREATE VIEW own AS SELECT me, me AS user_id, NULL::bigint AS group_id FROM sample WHERE NOT blocked
    UNION ALL SELECT me, NULL, g.group_id FROM sample JOIN membership AS g ON g.user_id = me WHERE NOT blocked;
CREATE VIEW own_playlist AS
    SELECT me, p.id FROM kroles.playlists AS p JOIN sample ON p.owner_id = me OR (administrator AND p.owner_id IS NOT NULL) WHERE NOT blocked;
CREATE VIEW runs_the_site AS SELECT me FROM sample WHERE administrator AND NOT blocked;

-- What a publication is to each person.
CREATE VIEW publication AS
    SELECT me, p.media_id || '/' || p.space_id AS key, p.status, s.kind,
           p.published_by = me AND NOT blocked AS published_it,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('space', p.space_id, 'moderate')) AS moderates,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('space', p.space_id, 'delete_contributions')) AS clears,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('space', p.space_id, 'contribute')) AS contributes,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('space', p.space_id, 'view')) AS views_space,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('media', p.media_id, 'view')) AS views_media,
           EXISTS (SELECT FROM can AS c WHERE c.me = sample.me AND (kind, id, action) = ('media', p.media_id, 'publish')) AS publishes,
           EXISTS (SELECT FROM can AS c JOIN kroles.publications AS r ON (r.media_id, r.status) = (p.media_id, 'approved') AND r.space_id = c.id
                   WHERE c.me = sample.me AND (c.kind, c.action) = ('space', 'share')) AS shares
    FROM kroles.publications AS p JOIN kroles.spaces AS s ON s.id = p.space_id, sample;

CREATE TABLE pub AS TABLE publication WITH NO DATA;

CREATE FUNCTION want(relation text, command text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO wanted SELECT DISTINCT me, %L, %L, key::text FROM (%s) AS q', relation, command, query);
END $$;

CREATE FUNCTION want_everything() RETURNS void LANGUAGE sql AS $$
    TRUNCATE wanted;
    TRUNCATE pub;
    INSERT INTO pub TABLE publication;
    SELECT want('users', c, 'SELECT me, id AS key FROM kroles.users, sample WHERE id = me AND NOT sample.blocked
        UNION SELECT me, id FROM kroles.users, runs_the_site') FROM unnest('{read, change}'::text[]) AS c;
    SELECT want('groups', 'read', 'SELECT me, group_id AS key FROM own WHERE group_id IS NOT NULL UNION SELECT me, id FROM kroles.groups, runs_the_site');
    SELECT want('group_members', 'read', 'SELECT me, g.group_id || ''/'' || g.user_id AS key FROM kroles.group_members AS g JOIN own ON own.user_id = g.user_id
        UNION SELECT me, group_id || ''/'' || user_id FROM kroles.group_members, runs_the_site');
    SELECT want('groups', c, 'SELECT me, id AS key FROM kroles.groups, runs_the_site') FROM unnest('{change, delete}'::text[]) AS c;
    SELECT want('group_members', c, 'SELECT me, group_id || ''/'' || user_id AS key FROM kroles.group_members, runs_the_site') FROM unnest('{change, delete}'::text[]) AS c;

    SELECT want(relation, c, format('SELECT me, id AS key FROM can JOIN kroles.spaces AS s USING (id) WHERE can.kind = ''space'' AND action = %L AND s.kind IN (%s)', action, kinds))
    FROM (VALUES ('spaces', '''channel'', ''gallery'''), ('channels', '''channel'''), ('galleries', '''gallery''')) AS r (relation, kinds),
         (VALUES ('read', 'view'), ('change', 'manage')) AS a (c, action);
    -- leaves only: one with sub-galleries can't be deleted
    SELECT want('spaces', 'delete', 'SELECT me, id AS key FROM can WHERE (kind, action) = (''space'', ''delete'') AND id NOT IN (SELECT parent_id FROM kroles.spaces WHERE parent_id IS NOT NULL)');
    SELECT want('space_members', 'read', 'SELECT me, m.id AS key FROM kroles.space_members AS m JOIN can ON (can.kind, can.id) = (''space'', space_id) AND action IN (''manage_members'', ''moderate'')
        UNION SELECT me, m.id FROM kroles.space_members AS m JOIN own ON own.user_id = m.user_id OR own.group_id = m.group_id');
    SELECT want('space_members', c, 'SELECT me, m.id AS key FROM kroles.space_members AS m JOIN can ON (can.kind, can.id, action) = (''space'', space_id, ''manage_members'')' ||
        CASE c WHEN 'delete' THEN ' UNION SELECT me, m.id FROM kroles.space_members AS m JOIN own ON own.user_id = m.user_id' ELSE '' END) FROM unnest('{change, delete}'::text[]) AS c;

    SELECT want('media', c, format('SELECT me, id AS key FROM can WHERE (kind, action) = (''media'', %L)', action))
    FROM (VALUES ('read', 'view'), ('change', 'edit'), ('delete', 'delete')) AS a (c, action);
    SELECT want('publications', 'read', 'SELECT me, key FROM pub WHERE publishes OR published_it OR clears OR moderates OR status = ''approved'' AND views_media AND views_space');
    -- of what one sees: whoever moderates it or may publish it there
    SELECT want('publications', 'change', 'SELECT me, key FROM pub WHERE moderates OR contributes AND (publishes OR kind = ''channel'' AND shares)
        AND (publishes OR published_it OR clears OR status = ''approved'' AND views_media AND views_space)');
    SELECT want('publications', 'delete', 'SELECT me, key FROM pub WHERE publishes OR published_it OR clears');
    SELECT want('moderation_queue', 'read', 'SELECT me, key FROM pub WHERE status = ''pending'' AND moderates');
    SELECT want(relation, 'read', format('SELECT me, p.id AS key FROM kroles.%1$s AS p JOIN can ON (kind, can.id, action) = (''media'', media_id, ''manage'')
        UNION SELECT me, p.id FROM kroles.%1$s AS p JOIN own ON own.user_id = p.user_id OR own.group_id = p.group_id', relation)) FROM unnest('{media_collaborators, media_moderators}'::text[]) AS relation;
    SELECT want(relation, c, format('SELECT me, p.id AS key FROM kroles.%1$s AS p JOIN can ON (kind, can.id, action) = (''media'', media_id, ''manage_%2$s'')', relation, substr(relation, 7)) ||
        CASE c WHEN 'delete' THEN format(' UNION SELECT me, p.id FROM kroles.%1$s AS p JOIN own ON own.user_id = p.user_id', relation) ELSE '' END)
    FROM unnest('{media_collaborators, media_moderators}'::text[]) AS relation, unnest('{change, delete}'::text[]) AS c;
    SELECT want('media_speakers', c, 'SELECT me, media_id || ''/'' || p.user_id AS key FROM kroles.media_speakers AS p JOIN can ON (kind, can.id) = (''media'', media_id)
        AND (action = ''manage_speakers''' || CASE c WHEN 'read' THEN ' OR visible AND action = ''view''' ELSE '' END || ')' ||
        CASE c WHEN 'change' THEN '' ELSE ' UNION SELECT me, media_id || ''/'' || p.user_id FROM kroles.media_speakers AS p JOIN own ON own.user_id = p.user_id' END)
    FROM unnest('{read, change, delete}'::text[]) AS c;

    SELECT want('playlists', c, format('SELECT me, l.id AS key FROM kroles.playlists AS l JOIN can ON (kind, can.id, action) = (''space'', space_id, %L)', action))
    FROM (VALUES ('read', 'view'), ('change', 'organize'), ('delete', 'organize')) AS a (c, action);
    SELECT want('playlist_items', c, format('SELECT s.me, i.playlist_id || ''/'' || i.media_id AS key FROM kroles.playlist_items AS i JOIN can AS s ON (s.kind, s.id, s.action) = (''space'', i.space_id, %L)', action) ||
        CASE c WHEN 'delete blindly' THEN '' ELSE ' JOIN can AS m ON (m.me, m.kind, m.id, m.action) = (s.me, ''media'', i.media_id, ''view'')' END)
    FROM (VALUES ('read', 'view'), ('change', 'organize'), ('delete', 'organize'), ('delete blindly', 'organize')) AS a (c, action);
    -- a person's own: theirs and the administrators'
    SELECT want('playlists', c, 'SELECT me, id AS key FROM own_playlist') FROM unnest('{read, change, delete}'::text[]) AS c;
    SELECT want('playlist_items', c, 'SELECT l.me, i.playlist_id || ''/'' || i.media_id AS key FROM kroles.playlist_items AS i JOIN own_playlist AS l ON l.id = i.playlist_id' ||
        CASE c WHEN 'delete blindly' THEN '' ELSE ' JOIN can AS m ON (m.me, m.kind, m.id, m.action) = (l.me, ''media'', i.media_id, ''view'')' END)
    FROM unnest('{read, change, delete, delete blindly}'::text[]) AS c;
    SELECT want('my_playlists', 'read', 'SELECT me, p.id AS key FROM kroles.playlists AS p JOIN sample ON p.owner_id = me WHERE NOT blocked');

    -- requests: the asker's and those of spaces where one manages members; the asker withdraws what is pending
    SELECT want('join_requests', c, 'SELECT me, r.id AS key FROM kroles.join_requests AS r JOIN can ON (can.kind, can.id, action) = (''space'', space_id, ''manage_members'')
        UNION SELECT me, r.id FROM kroles.join_requests AS r JOIN own ON own.user_id = r.user_id' || CASE c WHEN 'delete' THEN ' WHERE status = ''pending''' ELSE '' END)
    FROM unnest('{read, delete}'::text[]) AS c;
    -- names of people: their own to them, everybody's to administrators, and to whom the site shows them
    SELECT want('people', 'read', 'SELECT me, u.id AS key FROM kroles.users AS u, sample AS s WHERE NOT s.blocked AND NOT u.blocked
        AND (s.me = u.id OR s.administrator OR CASE (SELECT people_shown_to FROM kroles.settings) WHEN ''nobody'' THEN false WHEN ''logged_in'' THEN me <> 0
             ELSE me <> 0 OR (SELECT allow_anonymous FROM kroles.settings) END)');

    SELECT want('settings', 'read', 'SELECT me, 1 AS key FROM sample');
    SELECT want('settings', 'change', 'SELECT me, 1 AS key FROM runs_the_site');
    SELECT want('audit_log', 'read', 'SELECT me, a.id AS key FROM kroles.audit_log AS a JOIN can ON can.kind = CASE WHEN object_kind IN (''channel'', ''gallery'') THEN ''space'' ELSE object_kind END
            AND can.id = object_id AND CASE relation WHEN ''kroles.join_requests'' THEN action = ''manage_members'' ELSE action IN (''manage'', ''moderate'') END
        UNION SELECT me, a.id FROM kroles.audit_log AS a JOIN can ON (can.kind, can.id) = (''space'', space_id) AND action IN (''manage'', ''moderate'') AND relation <> ''kroles.join_requests''
        UNION SELECT me, id FROM kroles.audit_log, runs_the_site');
$$;
