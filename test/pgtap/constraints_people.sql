-- Users and groups: every constraint, the bad row just outside it and the good row just inside.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, db_role) VALUES (901, 'alice', 'alice_role'), (902, 'bob', NULL);
INSERT INTO kroles.groups (id, name) VALUES (901, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 901);
SELECT pg_temp.fingerprint() AS before \gset

-- the login
\set login_rule users_login_has_no_space_around_it_and_is_not_empty
SELECT pg_temp.refused('INSERT INTO kroles.users (login) VALUES (NULL)', '23502', '', 'a user has a login');
SELECT pg_temp.refused(format('INSERT INTO kroles.users (login) VALUES (%L)', login), '23514', :'login_rule', what)
FROM (VALUES
    ('', 'an empty login'),
    (' ', 'a login of a space'),
    (' carol', 'a login with a space before it'),
    ('carol ', 'a login with a space behind it'),
    (E'carol\t', 'a login with a tab behind it'),
    (E'carol\n', 'a login with a new line behind it'),
    (E'ca\nrol', 'a login with a new line in it'),
    (E'ca\x01rol', 'a login with a control character in it'),
    (repeat('x', 257), 'a login of 257 characters')) AS bad (login, what);
SELECT pg_temp.refused($$INSERT INTO kroles.users (login) VALUES ('alice')$$, '23505', 'users_login_is_unique',
    'a login that somebody has');
SELECT pg_temp.refused($$UPDATE kroles.users SET login = 'alice' WHERE id = 902$$, '23505', 'users_login_is_unique',
    'a login changed to one that somebody has');
SELECT pg_temp.refused($$UPDATE kroles.users SET login = 'bob ' WHERE id = 902$$, '23514', :'login_rule',
    'a login changed to one with a space behind it');

-- what is not seen: Unicode's white space and zero-width characters, around a login and in it, whatever the locale
SELECT pg_temp.refused(format('INSERT INTO kroles.users (login) VALUES (%L)', login), '23514', 'users_login_has_only_visible_characters', what)
FROM (VALUES
    (U&'alice\00A0', 'a login with a no-break space behind it'),
    (U&'\200Balice', 'a login with a zero-width space before it'),
    (U&'alice\2060', 'a login with a word joiner behind it'),
    (U&'\FEFFalice', 'a login with a byte order mark before it'),
    (U&'alice\3000', 'a login with an ideographic space behind it'),
    (U&'al\200Dice', 'a login with a joiner in it'),
    (U&'al\00ADice', 'a login with a soft hyphen in it'),
    (U&'alice\FE0F', 'a login with a variation selector behind it'),
    (U&'Alice\00A0Lee', 'a login with a no-break space in it')) AS bad (login, what);
SELECT pg_temp.refused($$UPDATE kroles.users SET login = U&'alice\200E' WHERE id = 902$$, '23514', 'users_login_has_only_visible_characters',
    'a login changed to one with a direction mark behind it');

-- the role
SELECT pg_temp.refused($$INSERT INTO kroles.users (login, applicative_role) VALUES ('carol', 'anonymous')$$, '23514',
    'users_applicative_role_is_never_anonymous', 'a user with the role anonymous');
SELECT pg_temp.refused($$UPDATE kroles.users SET applicative_role = 'anonymous' WHERE id = 902$$, '23514',
    'users_applicative_role_is_never_anonymous', 'a user made anonymous');
SELECT pg_temp.refused($$INSERT INTO kroles.users (login, applicative_role) VALUES ('carol', NULL)$$, '23502', '',
    'a user has an applicative role');
SELECT pg_temp.refused($$INSERT INTO kroles.users (login, blocked) VALUES ('carol', NULL)$$, '23502', '',
    'blocked is yes or no');
SELECT pg_temp.refused($$INSERT INTO kroles.users (login, administrator) VALUES ('carol', NULL)$$, '23502', '',
    'administrator is yes or no');

-- the database role and the id
SELECT pg_temp.refused($$UPDATE kroles.users SET db_role = 'alice_role' WHERE id = 902$$, '23505',
    'users_db_role_belongs_to_one_user', 'a database role that is somebody already');
SELECT pg_temp.refused($$UPDATE kroles.users SET db_role = '' WHERE id = 902$$, '23514',
    'users_db_role_is_not_empty', 'an empty database role');
SELECT pg_temp.refused($$INSERT INTO kroles.users (id, login) VALUES (901, 'carol')$$, '23505',
    'users_id_is_unique', 'an id that somebody has');

-- groups
SELECT pg_temp.refused($$INSERT INTO kroles.groups (name) VALUES (NULL)$$, '23502', '', 'a group has a name');
SELECT pg_temp.refused(format('INSERT INTO kroles.groups (name) VALUES (%L)', name), '23514',
    'groups_name_is_not_blank', what)
FROM (VALUES ('', 'an empty name of a group'), ('  ', 'a name of spaces'), (E'\t\n', 'a name of a tab and a new line'))
    AS bad (name, what);
SELECT pg_temp.refused(format('INSERT INTO kroles.groups (name) VALUES (%L)', name), '23514', 'groups_name_is_trimmed', what)
FROM (VALUES ('Biology ', 'a name with a space behind it'), (U&'\00A0Biology', 'a name with a no-break space before it'),
             (U&'Biology\200B', 'a name with a zero-width space behind it')) AS bad (name, what);
SELECT pg_temp.refused($$INSERT INTO kroles.groups (name) VALUES ('Biology')$$, '23505', 'groups_name_is_unique',
    'a name that a group has');
SELECT pg_temp.refused($$INSERT INTO kroles.groups (id, name) VALUES (901, 'Chemistry')$$, '23505',
    'groups_id_is_unique', 'an id that a group has');
SELECT pg_temp.refused($$INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 901)$$, '23505',
    'group_members_a_user_is_in_a_group_once', 'a user twice in a group');
SELECT pg_temp.refused($$INSERT INTO kroles.group_members (group_id, user_id) VALUES (-1, 902)$$, '23503',
    'group_members_group_must_exist', 'a member of no group');
SELECT pg_temp.refused($$INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, -1)$$, '23503',
    'group_members_user_must_exist', 'no user in a group');
SELECT pg_temp.refused($$INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, NULL)$$, '23502', '',
    'a member is a user');

SELECT is(pg_temp.fingerprint(), :'before', 'nothing that was refused left a trace');

-- Just inside
SELECT lives_ok(format('INSERT INTO kroles.users (login) VALUES (%L)', login), what)
FROM (VALUES
    ('x', 'a login of one letter'),
    (repeat('x', 256), 'a login of 256 characters'),
    ('Carol Jones', 'a login with a space in it'),
    (U&'Zo\00EB \5F20\4F1F', 'a login in other scripts'),
    ('carol@example.org', 'an address as a login'),
    ('ALICE', 'a login that differs from another in case: somebody else'),
    (U&'\0430lice', 'a login with a look-alike letter: somebody else'),
    ('anonymous', 'a login is any word'),
    ('O''Brien "Bo"', 'a login with quotes')) AS good (login, what);
SELECT is((SELECT count(*) FROM kroles.users WHERE login = 'alice'), 1::bigint, 'alice is still one person');
SELECT lives_ok($$INSERT INTO kroles.users (login, db_role) VALUES ('dan', NULL), ('dora', NULL)$$,
    'several users have no database role');
SELECT lives_ok($$UPDATE kroles.users SET login = 'bobby' WHERE id = 902$$, 'a login can be changed');
SELECT lives_ok($$INSERT INTO kroles.groups (name) VALUES ('biology'), ('x  y')$$, 'names of groups differ by case');
SELECT lives_ok($$DELETE FROM kroles.groups WHERE id = 901$$, 'a group with members can be deleted');
SELECT is_empty($$SELECT FROM kroles.group_members WHERE group_id = 901$$, 'and its memberships go with it');
SELECT ok(EXISTS (SELECT FROM kroles.users WHERE id = 901), 'but not its members');
INSERT INTO kroles.groups (id, name) VALUES (903, 'Physics');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (903, 902);
SELECT lives_ok($$DELETE FROM kroles.users WHERE id = 902$$, 'a user who owns nothing can be deleted');
SELECT is_empty($$SELECT FROM kroles.group_members WHERE user_id = 902$$, 'and the memberships go along');

SELECT * FROM finish();
ROLLBACK;
