-- What is a header, a comment or a row of a file, in places where it is not plain: no mark of the format becomes a user, and no row
-- that seems to be a header does, either.
\ir lib/begin.psql
SET LOCAL client_min_messages = error;

INSERT INTO kroles.users (id, login) VALUES (901, 'headers a'), (902, 'headers b');
INSERT INTO kroles.groups (id, name) VALUES (901, 'headers');
INSERT INTO kroles.spaces (id, kind, type, name, external_id, owner_id) VALUES (901, 'channel', 'private', 'headers', 'headers', 901);

-- What a file says, in a way that shows what it would do: the logins of its rows in order, or the code of the error.
CREATE FUNCTION pg_temp.rows(list text, csv text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    read record;
BEGIN
    SELECT * INTO read FROM kroles.read_list(list, csv, '{}');
    RETURN concat_ws(' ', (SELECT string_agg(r.cells[array_position(kroles.list_fields(list), 'login')], ' ' ORDER BY r.line) FROM unnest(read.rows) AS r),
        (SELECT string_agg(format('%s:%s', e.line, e.code), ' ' ORDER BY e.line) FROM unnest(read.errors) AS e));
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT is(pg_temp.rows(list, csv), rows, list || ': ' || what) FROM (VALUES
    ('users', 'a comment with an open quote', E'# he said "hello\nlogin,name\na,A\n# and "left\nb,B\n', 'a b'),
    ('users', 'comments behind blanks of any kind', E'login,name\n  # c, d\n\t# e\n\u00a0#f,F\n\u200b#g,G\na,A\n', 'a'),
    ('users', 'a byte-order mark before a comment', E'\ufeff# c\n*userId,firstName\na,A\n', 'a'),
    ('users', 'a comment at the end without a line end', E'login,name\na,A\n#b,B', 'a'),
    ('users', 'a mark within a cell of several lines', E'login,bio\na,"x\n#not a comment\n*nor a header"\nb,\n', 'a b'),
    ('users', 'a header behind a blank', E' * userId , firstName\na,A\n', 'a'),
    ('users', 'a header in quotes', E'"*userId","firstName"\na,A\n', 'a'),
    ('users', 'the header again', E'login,name\na,A\nlogin,name\nb,B\n', 'a b'),
    ('users', 'the header again in another order and case', E'login,name\na,A\nNAME,User_Id\nB,b\n', 'a b'),
    ('users', 'the header again, with one heading misspelt', E'login,name\na,A\nlogin,nmae\nb,B\n', 'a b 3:22P04'),
    ('users', 'a header again that is of another system', E'name,login\nA,a\nfull name,userId\nB,b\n', 'a b 3:22P04'),
    ('users', 'the header again with a blank for a heading', E'login,name\na,A\nlogin,\nb,B\n', 'a b 3:22P04'),
    ('users', 'a single heading again', E'login\na\nlogin\nb\nUserId\nc\n', 'a b c'),
    ('users', 'a single heading that is no login''s is a login', E'login\nemail\ntitle\n', 'email title'),
    ('users', 'a row that begins with *', E'login,name\na,A\n*b,B\n', '42703'),
    ('users', 'a header that was made a comment', E'#login,name\na,A\n', '42703'),
    ('group_members', 'comments and headers', E'#\n*group,userId\nheaders,a\n#headers,b\ngroup,userId\nheaders,c\n#', 'a c'),
    ('group_members', 'the header again, with one heading misspelt', E'group,userId\nheaders,a\ngruop,userId\nheaders,b\n', 'a b 3:22P04'),
    ('space_members', 'comments and headers', E'#\n*categoryId,userId\nheaders,a\n#headers,b\n*userId,categoryId\nc,headers\n#', 'a c'),
    ('space_members', 'the header again, with one heading misspelt', E'categoryId,userId\nheaders,a\ncategory,userId\nheaders,b\n', 'a b 3:22P04')
) AS f (list, what, csv, rows);

-- Through a view no row is a header, and such a one is an error.
SELECT pg_temp.refused(statement, '22P04', '', statement) FROM unnest(ARRAY[
    $$INSERT INTO kroles.user_import (login) VALUES ('a'), ('login')$$,
    $$INSERT INTO kroles.user_import (login, name) VALUES ('login', 'nmae')$$,
    $$INSERT INTO kroles.user_import (login) VALUES (E'\ufeffUser_Id')$$,
    $$INSERT INTO kroles.group_member_import (group_name, login) VALUES ('gruop', 'login')$$,
    $$INSERT INTO kroles.space_member_import (external_id, login) VALUES ('category', 'userId')$$]) AS statement;
SELECT is(count(*), 0::bigint, 'and there is no such user') FROM kroles.users WHERE lower(login) IN ('login', 'userid', 'a');
SELECT * FROM finish();
ROLLBACK;
