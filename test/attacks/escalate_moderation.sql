-- Privilege escalation in publishing and moderation: approving without moderating the space, or after that has ended;
-- publishing without the right on the media or the space; writing columns that the database records.
\set name kroles_escalate_moderation
\ir lib/campus.psql
SELECT * FROM no_plan();

-- ---- Approving and rejecting ----
-- film 4 is pending in Lectures, 8 in Arts; 6 was rejected in Lectures
SELECT campus.tries_update('retired', 'no row', 'approves where they are no longer moderator', 'kroles.publications', 'status = ''approved''', '(t.media_id, t.space_id) = (4, 1)', true,
    '(media_id, space_id) VALUES (4, 1) ON CONFLICT (media_id, space_id)');
SELECT campus.tries_update('retired', 'no row', 'rejects where they are no longer moderator', 'kroles.publications', 'status = ''rejected''', '(t.media_id, t.space_id) = (4, 1)', true);
SELECT campus.tries_update(who, 'no row', 'approves', 'kroles.publications', 'status = ''approved''', '(t.media_id, t.space_id) = (4, 1)', true,
    '(media_id, space_id) VALUES (4, 1) ON CONFLICT (media_id, space_id)')
FROM unnest('{member, grouped, lowered, blocked, stranger, rival, trusted, viewer, editor, NULL}'::text[]) AS who;
SELECT campus.tries_update('contributor', '42501', 'approves their own', 'kroles.publications', 'status = ''approved''', '(t.media_id, t.space_id) = (4, 1)', false,
    '(media_id, space_id) VALUES (4, 1) ON CONFLICT (media_id, space_id)');
SELECT campus.tries_update('contributor', '42501', 'rejects their own', 'kroles.publications', 'status = ''rejected''', '(t.media_id, t.space_id) = (4, 1)');
SELECT campus.tries_update('contributor', '55000', 'approves what was rejected', 'kroles.publications', 'status = ''approved''', '(t.media_id, t.space_id) = (6, 1)', false,
    '(media_id, space_id) VALUES (6, 1) ON CONFLICT (media_id, space_id)');
SELECT campus.tries_update('moderator', '42501', 'approves what was rejected', 'kroles.publications', 'status = ''approved''', '(t.media_id, t.space_id) = (6, 1)');
SELECT campus.tries_update('moderator', '55000', 'sends back what is approved', 'kroles.publications', 'status = ''pending''', '(t.media_id, t.space_id) = (1, 1)');
SELECT campus.tries_update('moderator', '55000', 'rejects what is approved', 'kroles.publications', 'status = ''rejected''', '(t.media_id, t.space_id) = (1, 1)');
SELECT campus.tries_update('member', 'no row', 'rejects what is approved', 'kroles.publications', 'status = ''rejected''', '(t.media_id, t.space_id) = (1, 1)');
SELECT campus.tries_update('owner', 'no row', 'rejects in a channel of someone else', 'kroles.publications', 'status = ''rejected''', '(t.media_id, t.space_id) = (3, 5)');
SELECT campus.tries_update(who, 'no row', 'approves through the queue', 'kroles.moderation_queue', 'status = ''approved''', 't.media_id = 4', true)
FROM unnest('{contributor, member, retired, lowered, blocked, rival, NULL}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'approves by function', 'SELECT kroles_approve(4, 1)')
FROM unnest('{retired, lowered, member, blocked, stranger, rival}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'rejects by function', 'SELECT kroles_reject(4, 1)')
FROM unnest('{retired, lowered, member, blocked, stranger, rival}'::text[]) AS who;
SELECT campus.tries('contributor', '42501', 'approves their own by function', 'SELECT kroles_approve(4, 1)');
SELECT campus.tries('contributor', '42501', 'rejects their own by function', 'SELECT kroles_reject(4, 1)');
SELECT campus.tries('contributor', '42501', 'approves all that is pending', 'UPDATE kroles.publications SET status = ''approved'' WHERE status = ''pending''');
SELECT campus.tries('rival', 'no row', 'approves all that is pending', 'UPDATE kroles.publications SET status = ''approved'' WHERE status = ''pending''');
SELECT campus.may(who, '2 rows', 'approves all that is pending', 'UPDATE kroles.publications SET status = ''approved'' WHERE status = ''pending''')
FROM unnest('{moderator, manager, visiting manager, owner, administrator}'::text[]) AS who;
SELECT campus.may('moderator', '2 rows', 'approves the queue', 'UPDATE kroles.moderation_queue SET status = ''approved''');
SELECT campus.may('boss', '1 row', 'rejects the queue with a reason', 'UPDATE kroles.moderation_queue SET status = ''rejected'', reason = ''dull''');

-- ---- Granting and approving in one statement: what one gives oneself in it counts for nothing in it ----
SELECT campus.tries('member', '42501', 'makes themselves moderator and approves in one statement',
    'WITH g AS (INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 6, ''moderator'') RETURNING space_id)
     UPDATE kroles.publications SET status = ''approved'' FROM g WHERE publications.space_id = g.space_id');
SELECT campus.tries('contributor', '42501', 'switches moderation off and approves in one statement',
    'WITH s AS (UPDATE kroles.spaces SET moderated = false WHERE id = 1 RETURNING id)
     UPDATE kroles.publications SET status = ''approved'' WHERE media_id = 4 AND (SELECT count(*) FROM s) = 0');

-- ---- What the database records ----
SELECT campus.tries_update(who, '42501', 'changes ' || column_name, 'kroles.publications', column_name || ' = ' || value, '(t.media_id, t.space_id) = (4, 1)', false,
    '(media_id, space_id) VALUES (4, 1) ON CONFLICT (media_id, space_id)')
FROM unnest('{contributor, administrator}'::text[]) AS who,
     (VALUES ('published_by', '18'), ('published_by', 'NULL'), ('published_at', '''-infinity'''), ('moderated_by', '4'), ('moderated_at', 'now()'),
             ('media_id', '8'), ('space_id', '5'), ('reason', '''because''')) AS c (column_name, value);
SELECT campus.tries_update('moderator', '42501', 'approves in another''s name', 'kroles.publications', 'status = ''approved'', moderated_by = 3', '(t.media_id, t.space_id) = (4, 1)');
SELECT campus.tries_update('moderator', '42501', 'approves and takes over', 'kroles.publications', 'status = ''approved'', published_by = 4', '(t.media_id, t.space_id) = (4, 1)');
SELECT campus.tries_update('owner', '42501', 'moves a publication to where they may publish nothing', 'kroles.publications', 'space_id = 2', '(t.media_id, t.space_id) = (1, 1)');
SELECT campus.tries_update('owner', '42501', 'moves a publication among their own', 'kroles.publications', 'space_id = 10', '(t.media_id, t.space_id) = (1, 1)');
SELECT campus.tries('contributor', 'pending 5 NULL', 'publishes as approved, by and moderated by others: none of it counts',
    'INSERT INTO kroles.publications (media_id, space_id, status, published_by, published_at, moderated_by, moderated_at, reason)
     VALUES (8, 1, ''approved'', 2, ''-infinity'', 4, now(), ''fine'') RETURNING concat_ws('' '', status, published_by, coalesce(moderated_by::text, reason, ''NULL''))');
SELECT campus.tries('contributor', 'pending', 'publishes as approved what was rejected', 'SELECT kroles_publish(6, 1)');
SELECT campus.tries('moderator', 'approved 4', 'approves: by themselves',
    'UPDATE kroles.publications SET status = ''approved'' WHERE media_id = 4 RETURNING concat_ws('' '', status, moderated_by)');

-- ---- Publishing what or where one may not ----
SELECT campus.tries_insert(who, '42501', what, 'kroles.publications', 'media_id, space_id', media || ', ' || space)
FROM (VALUES
    ('publisher', 'publishes where they contribute nothing', 1, 2), ('publisher', 'publishes in a channel they only see', 1, 10),
    ('editor', 'publishes, being editor', 1, 3), ('watcher', 'publishes, being viewer', 1, 3), ('member', 'publishes, being member', 1, 1),
    ('stranger', 'publishes their own film in an open channel, being private_only', 2, 3), ('stranger', 'publishes their own film in a private channel', 2, 2),
    ('owner', 'publishes another''s private film in their own channel', 2, 1), ('owner', 'publishes what they see elsewhere', 3, 1),
    ('manager', 'publishes what is not theirs in their channel', 3, 1), ('contributor', 'publishes another''s film where they contribute', 2, 1),
    ('visiting manager', 'publishes, being viewer on the site', 1, 1), ('blocked', 'publishes their own film', 5, 7), ('blocked', 'publishes it in the open', 5, 3),
    (NULL, 'publishes', 3, 5), ('trusted', 'publishes what is not theirs in an open channel', 2, 3), ('member', 'republishes from what is no repository', 3, 1),
    ('owner', 'publishes in a channel that does not exist', 1, 99), ('owner', 'publishes what does not exist', 99, 1)) AS t (who, what, media, space);
SELECT campus.tries('stranger', '42704', 'publishes in a private channel by function', 'SELECT kroles_publish(2, 2)');
SELECT campus.tries('stranger', '42501', 'publishes in an open channel by function', 'SELECT kroles_publish(2, 3)');
SELECT campus.tries('owner', '42704', 'publishes a private film by function', 'SELECT kroles_publish(2, 1)');
SELECT campus.tries('owner', '42501', 'publishes several at once, one not theirs', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 10), (7, 1), (3, 1)');
SELECT campus.may('owner', '2 rows', 'publishes several at once', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (1, 10), (7, 1)');
SELECT campus.may('contributor', 'pending', 'publishes', 'SELECT kroles_publish(8, 1)');

-- ---- Taking down ----
SELECT campus.tries_delete(who, 'no row', 'takes the Symposium down', 'kroles.publications', '(t.media_id, t.space_id) = (1, 1)')
FROM unnest('{member, grouped, contributor, editor, watcher, speaker, stranger, viewer, lowered, retired}'::text[]) AS who;
SELECT campus.tries_delete('moderator', 'no row', 'takes down in a gallery, being moderator', 'kroles.publications', '(t.media_id, t.space_id) = (7, 10)');
SELECT campus.tries_delete(who, 'no row', 'takes down what is pending', 'kroles.publications', '(t.media_id, t.space_id) = (4, 1)', true)
FROM unnest('{member, stranger, retired, blocked, rival, NULL}'::text[]) AS who;
SELECT campus.tries_delete('blocked', 'no row', 'takes down what they published', 'kroles.publications', '(t.media_id, t.space_id) = (5, 1)', true);
SELECT campus.tries_delete('contributor', 'no row', 'takes down through the queue', 'kroles.moderation_queue', 't.media_id = 4', true);
SELECT campus.tries(who, '42501', 'takes it down by function', 'SELECT kroles_take_down(1, 1)') FROM unnest('{member, editor, stranger}'::text[]) AS who;
SELECT campus.tries(who, '42704', 'takes down by function what they don''t see', 'SELECT kroles_take_down(4, 1)') FROM unnest('{member, editor, stranger}'::text[]) AS who;
SELECT campus.may('contributor', '2 rows', 'takes down all their own in Lectures', 'DELETE FROM kroles.publications WHERE space_id = 1');
SELECT campus.may('publisher', '1 row', 'takes down what they may publish', 'DELETE FROM kroles.publications');
SELECT campus.may('moderator', '4 rows', 'takes down what is in their channel', 'DELETE FROM kroles.publications');

SELECT * FROM finish();
