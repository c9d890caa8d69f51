-- Privilege escalation through people: groups of others, one's own user, the people on media, ownership of media.
\set name kroles_escalate_people
\ir lib/campus.psql
SELECT * FROM no_plan();

-- ---- Adding oneself to a group ----
SELECT campus.tries_insert(who, '42501', 'joins Bosses', 'kroles.group_members', 'group_id, user_id', '2, ' || id)
FROM (VALUES ('owner', 2), ('manager', 3), ('grouped', 7), ('stranger', 18), ('viewer', 15), ('trusted', 16), ('blocked', 17), (NULL, 18)) AS t (who, id);
SELECT campus.tries_insert('boss', '42501', 'takes a friend into their own group', 'kroles.group_members', 'group_id, user_id', '2, 18');
SELECT campus.tries_insert('boss', '42501', 'joins their own group again', 'kroles.group_members', 'group_id, user_id', '2, 23');
SELECT campus.tries_insert('stranger', '42501', 'joins a group that does not exist', 'kroles.group_members', 'group_id, user_id', '99, 18');
SELECT campus.tries_update('grouped', 'no row', 'changes from Staff to Bosses', 'kroles.group_members', 'group_id = 2', 'true', false,
    '(group_id, user_id) VALUES (1, 7) ON CONFLICT (user_id, group_id)');
SELECT campus.tries_update('boss', 'no row', 'puts a friend in their own place', 'kroles.group_members', 'user_id = 18', 'true');
SELECT campus.tries_update('stranger', 'no row', 'takes a boss''s place', 'kroles.group_members', 'user_id = 18', 't.user_id = 23', true,
    '(group_id, user_id) VALUES (2, 23) ON CONFLICT (user_id, group_id)');
SELECT campus.tries_delete('boss', 'no row', 'throws another out of the own group', 'kroles.group_members', '(t.group_id, t.user_id) = (2, 21)', true);
SELECT campus.tries_delete('boss', 'no row', 'leaves their group', 'kroles.group_members', 'true');
SELECT campus.tries_delete('blocked', 'no row', 'leaves all groups', 'kroles.group_members', 't.user_id = 17', true);
SELECT campus.tries_insert('owner', '42501', 'makes a group', 'kroles.groups', 'name', '''Friends''');
SELECT campus.tries_update('grouped', 'no row', 'renames their group', 'kroles.groups', 'name = ''Bosses of Staff''', 't.id = 1', false,
    '(id, name) VALUES (1, ''Staff'') ON CONFLICT (id)');
SELECT campus.tries_update('stranger', 'no row', 'renames another group', 'kroles.groups', 'name = ''x''', 't.id = 1', true,
    '(id, name) VALUES (1, ''Staff'') ON CONFLICT (id)');
SELECT campus.tries_delete('boss', 'no row', 'deletes their group', 'kroles.groups', 't.id = 2');
SELECT campus.tries_delete('stranger', 'no row', 'deletes another group', 'kroles.groups', 't.id = 2', true);
SELECT campus.may('administrator', '1 row', 'puts a stranger in Bosses', 'INSERT INTO kroles.group_members (group_id, user_id) VALUES (2, 18)');
SELECT campus.may('administrator', '1 row', 'makes a group', 'INSERT INTO kroles.groups (name) VALUES (''New'')');
SELECT campus.may('administrator', '3 rows', 'empties Bosses', 'DELETE FROM kroles.group_members WHERE group_id = 2');

-- ---- The own user ----
SELECT campus.tries_update(who, '42501', 'changes their own ' || column_name, 'kroles.users', column_name || ' = ' || value, 't.login = ''' || who || '''')
FROM unnest('{viewer, manager, owner, trusted}'::text[]) AS who,
     (VALUES ('applicative_role', 'CASE t.applicative_role WHEN ''admin'' THEN ''unmoderated_admin'' ELSE ''admin'' END::kroles.applicative_role'), ('administrator', 'true'), ('login', '''administrator2'''), ('blocked', 'true'),
             ('db_role', '''postgres'''), ('tokens_valid_after', 'now()'), ('created_at', '''-infinity''')) AS c (column_name, value);
SELECT campus.tries('viewer', '42501', 'hides a change of role among others',
    'UPDATE kroles.users SET name = ''V'', (applicative_role, administrator) = (''admin'', true), bio = ''b''');
SELECT campus.tries_update('viewer', '23514', 'becomes another user by id', 'kroles.users', 'id = 1000', 't.login = ''viewer''');
SELECT campus.tries_insert('viewer', '42501', 'signs up as administrator', 'kroles.users', 'login, administrator', '''viewer2'', true');
SELECT campus.tries_insert('viewer', '42501', 'signs up a plain user', 'kroles.users', 'login', '''viewer2''');
SELECT campus.tries_insert(NULL, '42501', 'signs up', 'kroles.users', 'login', '''newcomer''');
SELECT campus.tries('viewer', '42501', 'changes the own role by ON CONFLICT',
    'INSERT INTO kroles.users (id, login) VALUES (15, ''viewer'') ON CONFLICT (login) DO UPDATE SET administrator = true');
SELECT campus.tries_update('viewer', 'no row', 'makes another administrator', 'kroles.users', 'administrator = true', 't.id = 18', true,
    '(id, login) VALUES (18, ''stranger'') ON CONFLICT (id)');
SELECT campus.tries_update('viewer', 'no row', 'renames another', 'kroles.users', 'name = ''x''', 't.id = 18', true);
SELECT campus.tries_update('blocked', 'no row', 'unblocks themselves', 'kroles.users', 'blocked = false', 't.id = 17', true,
    '(id, login) VALUES (17, ''blocked'') ON CONFLICT (id)');
SELECT campus.tries_update('blocked', 'no row', 'renames themselves', 'kroles.users', 'name = ''x''', 't.id = 17', true);
SELECT campus.tries_update(NULL, 'no row', 'makes a stranger administrator', 'kroles.users', 'administrator = true', 't.id = 18', true);
SELECT campus.tries_delete('viewer', 'no row', 'deletes themselves', 'kroles.users', 't.id = 15');
SELECT campus.tries_delete('viewer', 'no row', 'deletes another', 'kroles.users', 't.id = 18', true);
SELECT campus.may(who, '1 row', 'describes themselves',
    'UPDATE kroles.users SET (name, email, avatar_url, title, bio) = (''N'', ''n@example.org'', ''https://example.org/n'', ''Dr'', ''b'')')
FROM unnest('{viewer, manager}'::text[]) AS who;
SELECT campus.may('viewer', '1 row', 'sets what is set already', 'UPDATE kroles.users SET applicative_role = ''viewer'', administrator = false, blocked = false, db_role = NULL');
SELECT campus.may('administrator', '1 row', 'makes another administrator', 'UPDATE kroles.users SET administrator = true WHERE id = 18');
SELECT campus.tries('administrator', '23514', 'makes somebody anonymous', 'UPDATE kroles.users SET applicative_role = ''anonymous'' WHERE id = 18');

-- ---- Making oneself owner of media ----
SELECT campus.tries_update(who, '42501', 'makes themselves owner', 'kroles.media', 'owner_id = ' || id, 't.id = 1', false,
    format('(id, name, owner_id) VALUES (1, ''x'', %s) ON CONFLICT (id)', id))
FROM (VALUES ('editor', 8), ('moderator', 4)) AS t (who, id);         -- who may edit it, the moderator as moderator of Lectures
SELECT campus.tries_update('editor', '42501', 'makes a friend owner', 'kroles.media', 'owner_id = 18', 't.id = 1');
SELECT campus.tries_update(who, 'no row', 'makes themselves owner', 'kroles.media', 'owner_id = ' || id, 't.id = 1', false,
    format('(id, name, owner_id) VALUES (1, ''x'', %s) ON CONFLICT (id)', id))
FROM (VALUES ('manager', 3), ('publisher', 9), ('watcher', 10), ('chatter', 11), ('host', 12), ('speaker', 13), ('member', 6), ('viewer', 15)) AS t (who, id);
SELECT campus.tries_update(who, 'no row', 'makes themselves owner of a private film', 'kroles.media', 'owner_id = 8', 't.id = 2', true,
    '(id, name, owner_id) VALUES (2, ''x'', 8) ON CONFLICT (id)')
FROM unnest('{editor, manager, owner, trusted, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_update('blocked', 'no row', 'gives their own film away', 'kroles.media', 'owner_id = 18', 't.id = 5', true);
SELECT campus.tries('owner', '55000', 'makes a blocked user owner', 'UPDATE kroles.media SET owner_id = 17 WHERE id = 1');
SELECT campus.tries('owner', '23502', 'leaves a film without owner', 'UPDATE kroles.media SET owner_id = NULL WHERE id = 1');
SELECT campus.may('owner', '1 row', 'makes the editor owner', 'UPDATE kroles.media SET owner_id = 8 WHERE id = 1');
SELECT campus.may('administrator', '1 row', 'makes the editor owner', 'UPDATE kroles.media SET owner_id = 8 WHERE id = 1');
SELECT campus.tries_update('owner', '23514', 'gives a film another id', 'kroles.media', 'id = 50', 't.id = 1');
SELECT campus.tries_insert(who, '42501', 'uploads', 'kroles.media', 'name, owner_id', '''x'', ' || id)
FROM (VALUES ('viewer', 15), ('visiting manager', 22), ('blocked', 17), (NULL, 18)) AS t (who, id);
SELECT campus.tries_insert('manager', '42501', 'uploads in another''s name', 'kroles.media', 'name, owner_id', '''x'', 2');
SELECT campus.tries_insert('manager', '42501', 'uploads in nobody''s name', 'kroles.media', 'name, owner_id', '''x'', NULL');
SELECT campus.may('manager', '1 row', 'uploads', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 3)');
SELECT campus.may('manager', 'x', 'uploads and sees it', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 3) RETURNING name');
SELECT campus.may('administrator', '1 row', 'uploads in another''s name', 'INSERT INTO kroles.media (name, owner_id) VALUES (''x'', 3)');

-- ---- Editing and deleting media ----
SELECT campus.tries_update(who, 'no row', 'renames the Symposium', 'kroles.media', 'name = ''x''', 't.id = 1')
FROM unnest('{manager, publisher, watcher, chatter, host, speaker, hidden speaker, contributor, member, viewer, stranger, boss}'::text[]) AS who;
SELECT campus.tries_update('viewer', 'no row', 'being an editor above their ceiling, renames a film', 'kroles.media', 'name = ''x''', 't.id = 3');
SELECT campus.tries_update('moderator', 'no row', 'renames what is in their gallery', 'kroles.media', 'name = ''x''', 't.id = 7');
SELECT campus.tries_delete(who, 'no row', 'deletes the Symposium', 'kroles.media', 't.id = 1')
FROM unnest('{editor, moderator, manager, publisher, watcher, speaker, viewer}'::text[]) AS who;
SELECT campus.tries_delete(who, 'no row', 'deletes a private film', 'kroles.media', 't.id = 2', true)
FROM unnest('{owner, editor, trusted, NULL}'::text[]) AS who;
SELECT campus.may('editor', '1 row', 'renames the Symposium', 'UPDATE kroles.media SET name = ''x'' WHERE id = 1');
SELECT campus.may('grouped', '1 row', 'renames what their group edits', 'UPDATE kroles.media SET name = ''x''');
SELECT campus.may('moderator', '3 rows', 'renames all that is approved or pending in their channel', 'UPDATE kroles.media SET name = ''x''');
SELECT campus.may('owner', '1 row', 'deletes the Symposium', 'DELETE FROM kroles.media WHERE id = 1');

-- ---- People on media ----
SELECT campus.tries_insert(who, '42501', 'adds a collaborator', 'kroles.media_collaborators', 'media_id, user_id, permission', '1, 18, ''viewer''')
FROM unnest('{editor, publisher, watcher, chatter, host, speaker, moderator, manager, stranger, viewer, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_insert('editor', '42501', 'makes themselves publisher too', 'kroles.media_collaborators', 'media_id, user_id, permission', '1, 8, ''publisher''');
SELECT campus.tries_insert('grouped', '42501', 'makes the own group publisher too', 'kroles.media_collaborators', 'media_id, group_id, permission', '7, 1, ''publisher''');
SELECT campus.tries_insert('owner', '42501', 'adds themselves to a film of another', 'kroles.media_collaborators', 'media_id, user_id, permission', '2, 2, ''viewer''');
SELECT campus.tries_insert('owner', '42501', 'adds themselves to a film that does not exist', 'kroles.media_collaborators', 'media_id, user_id, permission', '99, 2, ''viewer''');
SELECT campus.tries_insert('owner', '23514', 'makes themselves collaborator of their own film', 'kroles.media_collaborators', 'media_id, user_id, permission', '1, 2, ''viewer''');
SELECT campus.tries_update(who, 'no row', 'makes their permission more', 'kroles.media_collaborators', 'permission = ''publisher''', 't.user_id = ' || id || ' AND media_id = 1', false,
    format('(media_id, user_id, permission) VALUES (1, %s, ''%s'') ON CONFLICT ON CONSTRAINT media_collaborators_a_permission_is_given_once', id, permission))
FROM (VALUES ('editor', 8, 'editor'), ('watcher', 10, 'viewer')) AS t (who, id, permission);
SELECT campus.tries_update('editor', 'no row', 'takes the publisher''s place', 'kroles.media_collaborators', 'user_id = 8', 't.id = 2');
SELECT campus.tries_update('watcher', 'no row', 'takes the editor''s place', 'kroles.media_collaborators', 'user_id = 10', 't.id = 1', true);
SELECT campus.tries_update('watcher', 'no row', 'carries their permission to another film', 'kroles.media_collaborators', 'media_id = 2', 't.id = 3');
SELECT campus.tries_update('owner', '42501', 'carries a collaborator to a film of another', 'kroles.media_collaborators', 'media_id = 2', 't.id = 1');
SELECT campus.tries_update('grouped', 'no row', 'makes the group''s permission their own', 'kroles.media_collaborators', 'user_id = 7, group_id = NULL', 't.id = 5');
SELECT campus.tries_delete('editor', 'no row', 'removes another collaborator', 'kroles.media_collaborators', 't.id = 2');
SELECT campus.tries_delete('publisher', 'no row', 'removes another collaborator', 'kroles.media_collaborators', 't.id = 1', true);
SELECT campus.tries_delete('grouped', 'no row', 'removes the own group', 'kroles.media_collaborators', 't.id = 5');
SELECT campus.may('owner', '1 row', 'adds a collaborator', 'INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (1, 18, ''editor'')');
SELECT campus.may('editor', '1 row', 'removes themselves', 'DELETE FROM kroles.media_collaborators WHERE user_id = 8');

SELECT campus.tries_insert(who, '42501', 'makes a moderator', 'kroles.media_moderators', 'media_id, user_id, permission', '1, 18, ''room_moderator''')
FROM unnest('{publisher, watcher, chatter, host, speaker, moderator, manager, stranger, viewer, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_update('chatter', 'no row', 'becomes room moderator', 'kroles.media_moderators', 'permission = ''room_moderator''', 't.id = 1', false,
    '(media_id, user_id, permission) VALUES (1, 11, ''chat_moderator'') ON CONFLICT ON CONSTRAINT media_moderators_a_permission_is_given_once');
SELECT campus.tries_update('editor', '42501', 'carries a moderator to a film of another', 'kroles.media_moderators', 'media_id = 2', 't.id = 1');
SELECT campus.tries_delete('chatter', 'no row', 'removes the room moderator', 'kroles.media_moderators', 't.id = 2', true);
SELECT campus.tries_delete('grouped', 'no row', 'being an editor through it, leaves a film''s publishers alone', 'kroles.media_collaborators', 't.media_id = 7');
SELECT campus.may('editor', '1 row', 'makes a moderator', 'INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (1, 18, ''room_moderator'')');
SELECT campus.may('host', '1 row', 'steps down', 'DELETE FROM kroles.media_moderators');

SELECT campus.tries_insert(who, '42501', 'makes a speaker', 'kroles.media_speakers', 'media_id, user_id', '1, 18')
FROM unnest('{publisher, watcher, chatter, host, speaker, moderator, manager, stranger, viewer, blocked, NULL}'::text[]) AS who;
SELECT campus.tries_update('speaker', 'no row', 'becomes an advanced speaker', 'kroles.media_speakers', 'type = ''advanced''', 't.user_id = 13', false,
    '(media_id, user_id) VALUES (1, 13) ON CONFLICT (media_id, user_id)');
SELECT campus.tries_update('hidden speaker', 'no row', 'shows themselves', 'kroles.media_speakers', 'visible = true', 't.user_id = 14');
SELECT campus.tries_update('speaker', 'no row', 'takes their place to another film', 'kroles.media_speakers', 'media_id = 2', 't.user_id = 13');
SELECT campus.tries_update('watcher', 'no row', 'takes the speaker''s place', 'kroles.media_speakers', 'user_id = 10', 't.user_id = 13');
SELECT campus.tries_update('watcher', 'no row', 'takes the hidden speaker''s place', 'kroles.media_speakers', 'user_id = 10', 't.user_id = 14', true);
SELECT campus.tries_update('editor', '42501', 'carries a speaker to a film of another', 'kroles.media_speakers', 'media_id = 2', 't.user_id = 13');
SELECT campus.tries_delete('watcher', 'no row', 'removes a speaker', 'kroles.media_speakers', 't.user_id = 13');
SELECT campus.tries_delete('speaker', 'no row', 'removes the hidden speaker', 'kroles.media_speakers', 't.user_id = 14', true);
SELECT campus.may('editor', '1 row', 'makes a speaker, who comes last', 'INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (1, 18)');
SELECT campus.may('hidden speaker', '1 row', 'withdraws', 'DELETE FROM kroles.media_speakers WHERE user_id = 14');

SELECT * FROM finish();
