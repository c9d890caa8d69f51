-- Privilege escalation in channels and galleries: giving grants, taking ownership or creating spaces without the right.
\set name kroles_escalate_spaces
\ir lib/campus.psql
SELECT * FROM no_plan();

-- ---- Granting oneself or another more than one may grant ----
SELECT campus.tries_insert(who, '42501', 'makes themselves manager of Lectures', 'kroles.space_members', 'space_id, user_id, role',
    format('1, %s, ''manager''', (SELECT id FROM kroles.users WHERE login = who)))
FROM unnest('{moderator, contributor, member, grouped, retired, lowered, blocked, stranger, viewer, trusted, rival}'::text[]) AS who;
SELECT campus.tries_insert(NULL, '42501', 'makes a stranger manager of Lectures', 'kroles.space_members', 'space_id, user_id, role', '1, 18, ''manager''');
SELECT campus.tries_insert('moderator', '42501', 'invites a plain member to Lectures', 'kroles.space_members', 'space_id, user_id, role', '1, 18, ''member''');
SELECT campus.tries_insert('moderator', '42501', 'makes Outsiders managers of Lectures', 'kroles.space_members', 'space_id, group_id, role', '1, 3, ''manager''');
SELECT campus.tries_insert('grouped', '42501', 'makes the own group managers of Lectures', 'kroles.space_members', 'space_id, group_id, role', '1, 1, ''manager''');
SELECT campus.tries_insert('stranger', '42501', 'joins a private channel', 'kroles.space_members', 'space_id, user_id', '2, 18');
SELECT campus.tries_insert('stranger', '42501', 'joins an open channel', 'kroles.space_members', 'space_id, user_id', '3, 18');

-- in a space one does not manage
SELECT campus.tries_insert('manager', '42501', 'makes themselves manager of someone else''s channel', 'kroles.space_members', 'space_id, user_id, role', '2, 3, ''manager''');
SELECT campus.tries_insert('manager', '42501', 'makes themselves member of someone else''s gallery', 'kroles.space_members', 'space_id, user_id', '12, 3');
SELECT campus.tries_insert('manager', '42501', 'grants in a channel that does not exist', 'kroles.space_members', 'space_id, user_id', '99, 3');
SELECT campus.tries_insert('manager', '42501', 'grants in no channel', 'kroles.space_members', 'space_id, user_id', 'NULL, 3');
SELECT campus.tries('owner', '42501', 'grants in several channels at once, one not the own',
    'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 18, ''member''), (10, 18, ''member''), (2, 2, ''manager'')');
SELECT campus.may('owner', '2 rows', 'grants in several channels at once, all the own',
    'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 18, ''member''), (10, 18, ''member'')');
SELECT campus.may('manager', '1 row', 'makes a stranger moderator', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 18, ''moderator'')');
SELECT campus.may('visiting manager', '1 row', 'makes a stranger member', 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (1, 18)');
SELECT campus.may('boss', '1 row', 'being manager through a group, makes themselves manager in person',
    'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 23, ''manager'')');
SELECT campus.may('administrator', '1 row', 'makes a stranger manager', 'INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (2, 18, ''manager'')');

-- the own grant, made more
SELECT campus.tries_update(who, 'no row', 'makes their grant a manager''s', 'kroles.space_members', 'role = ''manager''', 't.id = ' || id, false,
    format('(space_id, user_id, role) VALUES (1, %s, ''manager'') ON CONFLICT ON CONSTRAINT space_members_one_grant_a_user_or_group', user_id))
FROM (VALUES ('moderator', 2, 4), ('contributor', 3, 5), ('member', 4, 6), ('lowered', 9, 21)) AS t (who, id, user_id);
SELECT campus.tries_update('retired', 'no row', 'prolongs their grant', 'kroles.space_members', 'expires_at = NULL', 't.id = 8', false,
    '(id, space_id, user_id) VALUES (8, 1, 20) ON CONFLICT (id)');
SELECT campus.tries_update('blocked', 'no row', 'touches their grant', 'kroles.space_members', 'role = ''manager''', 't.id = 7', true,
    '(id, space_id, user_id) VALUES (7, 1, 17) ON CONFLICT (id)');
SELECT campus.tries_update('grouped', 'no row', 'makes the group''s grant more', 'kroles.space_members', 'role = ''manager''', 't.id = 5', false,
    '(id, space_id, group_id) VALUES (5, 1, 1) ON CONFLICT (id)');
SELECT campus.tries_update('grouped', 'no row', 'makes the group''s grant their own', 'kroles.space_members', 'user_id = 7, group_id = NULL', 't.id = 5');
SELECT campus.tries_update('member', 'no row', 'takes their membership of one channel to another', 'kroles.space_members', 'space_id = 3', 't.id = 16');

-- someone else's
SELECT campus.tries_update('moderator', 'no row', 'makes a contributor moderator', 'kroles.space_members', 'role = ''moderator''', 't.id = 3', false,
    '(id, space_id, user_id) VALUES (3, 1, 5) ON CONFLICT (id)');
SELECT campus.tries_update('member', 'no row', 'takes over the manager''s grant', 'kroles.space_members', 'user_id = 6', 't.id = 1', true,
    '(id, space_id, user_id) VALUES (1, 1, 6) ON CONFLICT (id)');
SELECT campus.tries_update('stranger', 'no row', 'takes over the manager''s grant', 'kroles.space_members', 'user_id = 18', 't.id = 1', true,
    '(id, space_id, user_id) VALUES (1, 1, 18) ON CONFLICT (id)');
SELECT campus.tries_update(NULL, 'no row', 'makes a member manager', 'kroles.space_members', 'role = ''manager''', 't.id = 4', true,
    '(id, space_id, user_id) VALUES (4, 1, 6) ON CONFLICT (id)');
SELECT campus.tries_update('manager', '42501', 'carries their grant into a channel of someone else', 'kroles.space_members', 'space_id = 2', 't.id = 1', false,
    '(id, space_id, user_id) VALUES (1, 1, 3) ON CONFLICT (id)');
SELECT campus.tries_update('rival', '42501', 'carries a member of their own channel into Lectures', 'kroles.space_members', 'space_id = 1', 't.id = 16', false,
    '(id, space_id, user_id) VALUES (16, 2, 6) ON CONFLICT (id)');
SELECT campus.tries_update('rival', '42501', 'carries a member of their own channel into Lectures as themselves', 'kroles.space_members',
    '(space_id, user_id, role) = (1, 19, ''manager'')', 't.id = 16');
SELECT campus.tries('manager', '1 row', 'changes every grant: only where they manage', 'WITH w AS (UPDATE kroles.space_members SET role = ''member'' RETURNING space_id) SELECT CASE WHEN count(*) = 15 THEN ''1 row'' END FROM w WHERE space_id IN (1, 10)');
SELECT campus.may('owner', '1 row', 'makes a member contributor', 'UPDATE kroles.space_members SET role = ''contributor'' WHERE id = 4');

-- taking grants away
SELECT campus.tries_delete(who, 'no row', 'removes the manager', 'kroles.space_members', 't.id = 1', hidden)
FROM (VALUES ('moderator', false), ('contributor', true), ('member', true), ('retired', true), ('lowered', true), ('stranger', true),
             ('rival', true), ('blocked', true), (NULL, true)) AS t (who, hidden);
SELECT campus.tries_delete('grouped', 'no row', 'removes the own group', 'kroles.space_members', 't.id = 5');
SELECT campus.tries_delete('lowered', 'no row', 'removes the own group', 'kroles.space_members', 't.id = 6');
SELECT campus.tries_delete('blocked', 'no row', 'leaves', 'kroles.space_members', 't.id = 7', true);
SELECT campus.may('lowered', '1 row', 'leaves, which brings the group''s grant back', 'DELETE FROM kroles.space_members WHERE id = 9');
SELECT campus.may('member', '2 rows', 'leaves Lectures and Arts by DELETE of everything there', 'DELETE FROM kroles.space_members WHERE space_id IN (1, 10)');
SELECT campus.may('retired', '1 row', 'leaves, having nothing left there', 'DELETE FROM kroles.space_members');
SELECT campus.may('moderator', '2 rows', 'deletes everything: only the own', 'DELETE FROM kroles.space_members');
SELECT campus.may('manager', '1 row', 'removes another manager', 'DELETE FROM kroles.space_members WHERE id = 10');

-- ---- Making oneself owner ----
SELECT campus.tries_update('manager', '42501', 'makes themselves owner of Lectures', 'kroles.spaces', 'owner_id = 3', 't.id = 1', false,
    '(id, kind, type, name, owner_id) VALUES (1, ''channel'', ''open'', ''x'', 3) ON CONFLICT (id)');
SELECT campus.tries_update('manager', '42501', 'makes a friend owner of Lectures', 'kroles.spaces', 'owner_id = 18', 't.id = 1');
SELECT campus.tries_update('manager', '42501', 'makes themselves owner through the view', 'kroles.channels', 'owner_id = 3', 't.id = 1', false,
    '(id, type, name, owner_id) VALUES (1, ''open'', ''x'', 3) ON CONFLICT (id)');
SELECT campus.tries_update('manager', '42501', 'makes themselves owner of a gallery through the view', 'kroles.galleries', 'owner_id = 3', 't.id = 10', false,
    '(id, type, name, owner_id) VALUES (10, ''open'', ''x'', 3) ON CONFLICT (id)');
SELECT campus.tries_update('visiting manager', '42501', 'makes themselves owner', 'kroles.spaces', 'owner_id = 22', 't.id = 1');
SELECT campus.tries_update('boss', '42501', 'makes themselves owner', 'kroles.spaces', 'owner_id = 23', 't.id = 1');
SELECT campus.tries_update(who, 'no row', 'makes themselves owner', 'kroles.spaces', 'owner_id = ' || id, 't.id = 1', false,
    format('(id, kind, type, name, owner_id) VALUES (1, ''channel'', ''open'', ''x'', %s) ON CONFLICT (id)', id))
FROM (VALUES ('moderator', 4), ('contributor', 5), ('member', 6), ('stranger', 18), ('viewer', 15), ('rival', 19)) AS t (who, id);
SELECT campus.tries_update('stranger', 'no row', 'makes themselves owner of what they don''t even see', 'kroles.spaces', 'owner_id = 18', 't.id = 2', true,
    '(id, kind, type, name, owner_id) VALUES (2, ''channel'', ''open'', ''x'', 18) ON CONFLICT (id)');
SELECT campus.tries_update('blocked', 'no row', 'gives their own channel away', 'kroles.spaces', 'owner_id = 18', 't.id = 7', true);
SELECT campus.tries('owner', '55000', 'makes a blocked user owner', 'UPDATE kroles.spaces SET owner_id = 17 WHERE id = 1');
SELECT campus.tries('administrator', '55000', 'makes a blocked user owner', 'UPDATE kroles.spaces SET owner_id = 17 WHERE id = 1');
SELECT campus.tries('owner', '23503', 'makes nobody owner', 'UPDATE kroles.spaces SET owner_id = 99 WHERE id = 1');
SELECT campus.tries('owner', '23502', 'leaves Lectures without owner', 'UPDATE kroles.spaces SET owner_id = NULL WHERE id = 1');
SELECT campus.may('owner', '1 row', 'makes the manager owner', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 1');
SELECT campus.may('administrator', '1 row', 'makes the manager owner', 'UPDATE kroles.spaces SET owner_id = 3 WHERE id = 1');

-- ---- Settings of spaces ----
SELECT campus.tries_update(who, 'no row', 'opens a restricted channel', 'kroles.spaces', 'type = ''open'', moderated = false', 't.id = 1')
FROM unnest('{moderator, contributor, member, lowered, retired, stranger, viewer, rival}'::text[]) AS who;
SELECT campus.tries_update('moderator', 'no row', 'opens it through the view', 'kroles.channels', 'type = ''open''', 't.id = 1');
SELECT campus.tries_update('moderator', 'no row', 'switches on inheritance of a gallery', 'kroles.galleries', 'inherits_members = true', 't.id = 10');
SELECT campus.tries_update(who, 'no row', 'opens a private channel', 'kroles.spaces', 'type = ''open''', 't.id = 2', true)
FROM unnest('{manager, stranger, owner, blocked, trusted, NULL}'::text[]) AS who;
SELECT campus.tries_update('member', 'no row', 'opens a private channel', 'kroles.spaces', 'type = ''open''', 't.id = 2');
SELECT campus.tries_delete(who, 'no row', 'deletes Lectures', 'kroles.spaces', 't.id = 1')
FROM unnest('{moderator, contributor, member, lowered, retired, stranger, viewer, rival}'::text[]) AS who;
SELECT campus.tries_delete('moderator', 'no row', 'deletes it through the view', 'kroles.channels', 't.id = 1');
SELECT campus.tries_delete(who, 'no row', 'deletes a private channel', 'kroles.spaces', 't.id = 2', true)
FROM unnest('{manager, stranger, owner, blocked, trusted, NULL}'::text[]) AS who;
SELECT campus.may('manager', '1 row', 'opens Lectures', 'UPDATE kroles.spaces SET type = ''open'', moderated = false WHERE id = 1');
SELECT campus.may('manager', '1 row', 'deletes Lectures', 'DELETE FROM kroles.spaces WHERE id = 1');
SELECT campus.tries_update('manager', '23514', 'gives a channel another id', 'kroles.spaces', 'id = 50', 't.id = 1');
SELECT campus.tries('manager', '23514', 'makes a gallery of a channel', 'UPDATE kroles.spaces SET kind = ''gallery'' WHERE id = 1');
SELECT campus.tries('manager', '23514', 'makes a gallery of a channel through the view', 'UPDATE kroles.channels SET kind = ''gallery'' WHERE id = 1');

-- ---- Making spaces ----
SELECT campus.tries_insert(who, '42501', 'makes a channel', 'kroles.spaces', 'kind, type, name, owner_id',
    format('''channel'', ''private'', ''x'', %s', id))
FROM (VALUES ('manager', 3), ('contributor', 5), ('viewer', 15), ('visiting manager', 22), ('blocked', 17), (NULL, 18)) AS t (who, id);
SELECT campus.tries_insert('manager', '42501', 'makes a channel through the view', 'kroles.channels', 'type, name, owner_id', '''private'', ''x'', 3');
SELECT campus.tries_insert(who, '42501', 'makes a gallery', 'kroles.spaces', 'kind, type, name, owner_id',
    format('''gallery'', ''private'', ''x'', %s', id))
FROM (VALUES ('owner', 2), ('trusted', 16), ('manager', 3), ('viewer', 15), ('blocked', 17), (NULL, 18)) AS t (who, id);
SELECT campus.tries_insert('owner', '42501', 'makes a gallery through the view', 'kroles.galleries', 'type, name, owner_id', '''private'', ''x'', 2');
SELECT campus.tries_insert('owner', '42501', 'makes a gallery through the view of channels', 'kroles.channels', 'kind, type, name, owner_id', '''gallery'', ''private'', ''x'', 2');
SELECT campus.tries_insert('owner', '42501', 'makes a channel in another''s name', 'kroles.spaces', 'kind, type, name, owner_id', '''channel'', ''private'', ''x'', 3');
SELECT campus.tries_insert('owner', '42501', 'makes a channel in a blocked user''s name', 'kroles.spaces', 'kind, type, name, owner_id', '''channel'', ''private'', ''x'', 17');
SELECT campus.tries_insert(who, '42501', 'makes a sub-gallery in Arts', 'kroles.spaces', 'kind, type, name, owner_id, parent_id',
    format('''gallery'', ''private'', ''x'', %s, 10', id))
FROM (VALUES ('moderator', 4), ('contributor', 5), ('visiting manager', 22), ('rival', 19), ('trusted', 16)) AS t (who, id);
SELECT campus.tries_insert('manager', '42501', 'makes a sub-gallery in someone else''s gallery', 'kroles.spaces', 'kind, type, name, owner_id, parent_id', '''gallery'', ''private'', ''x'', 3, 12');
SELECT campus.tries_insert('manager', '42501', 'makes a sub-gallery in no gallery', 'kroles.spaces', 'kind, type, name, owner_id, parent_id', '''gallery'', ''private'', ''x'', 3, 99');
SELECT campus.tries_insert('manager', '42501', 'makes a channel that says it is inside Arts in another''s name', 'kroles.spaces', 'kind, type, name, owner_id, parent_id', '''channel'', ''private'', ''x'', 2, 10');
SELECT campus.tries('manager', '23514', 'makes a channel inside Arts', 'INSERT INTO kroles.spaces (kind, type, name, owner_id, parent_id) VALUES (''channel'', ''private'', ''x'', 3, 10)');
SELECT campus.may('manager', '1 row', 'makes a sub-gallery in Arts', 'INSERT INTO kroles.galleries (type, name, owner_id, parent_id) VALUES (''private'', ''x'', 3, 10)');
SELECT campus.may('owner', '1 row', 'makes a channel', 'INSERT INTO kroles.spaces (kind, type, name, owner_id) VALUES (''channel'', ''private'', ''x'', 2)');
SELECT campus.may('owner', '1 row', 'makes a channel through the view', 'INSERT INTO kroles.channels (type, name, owner_id) VALUES (''private'', ''x'', 2)');
SELECT campus.may('administrator', '1 row', 'makes a gallery in another''s name', 'INSERT INTO kroles.galleries (type, name, owner_id) VALUES (''private'', ''x'', 3)');

-- ---- Moving galleries ----
SELECT campus.tries_update('manager', '42501', 'moves Arts/Film into someone else''s gallery', 'kroles.spaces', 'parent_id = 12', 't.id = 11', false,
    '(id, kind, type, name, owner_id, parent_id) VALUES (11, ''gallery'', ''private'', ''x'', 3, 10) ON CONFLICT (id)');
SELECT campus.tries_update('manager', '42501', 'moves Arts/Film into an open gallery', 'kroles.galleries', 'parent_id = 13', 't.id = 11');
SELECT campus.tries_update('owner', '42501', 'makes Arts/Film a top-level gallery', 'kroles.spaces', 'parent_id = NULL', 't.id = 11');
SELECT campus.tries_update('owner', '42501', 'moves Arts/Film where nothing is', 'kroles.spaces', 'parent_id = 99', 't.id = 11');
SELECT campus.tries_update('visiting manager', '42501', 'moves Arts/Film about', 'kroles.spaces', 'parent_id = NULL', 't.id = 11');
SELECT campus.tries_update('rival', 'no row', 'pulls Arts into their own gallery', 'kroles.spaces', 'parent_id = 12', 't.id = 10');
SELECT campus.tries_update('moderator', 'no row', 'moves Arts/Film', 'kroles.spaces', 'parent_id = NULL', 't.id = 11');
SELECT campus.may('rival', '1 row', 'moves the Attic into the Square', 'UPDATE kroles.galleries SET parent_id = 13 WHERE id = 12');
SELECT campus.may('administrator', '1 row', 'makes Arts/Film a top-level gallery', 'UPDATE kroles.galleries SET parent_id = NULL WHERE id = 11');
-- pulling a gallery in, inheriting from it, and taking its grants: Attic below Arts would take Arts' managers
SELECT campus.tries_update('manager', 'no row', 'pulls the Attic into Arts', 'kroles.spaces', 'parent_id = 10, inherits_members = true', 't.id = 12', true);

SELECT * FROM finish();
