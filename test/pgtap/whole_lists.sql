-- A list is judged as a whole: through a view the same thing twice is found however far apart it stands, and lines that belong
-- together are one row; rows about the importer's own rights are applied together or not at all.
\ir lib/begin.psql

CREATE ROLE whole_lists_app LOGIN;
SELECT FROM kroles_grant_access('whole_lists_app'), kroles_trust_gateway('whole_lists_app');
INSERT INTO kroles.users (id, login) VALUES (901, 'whole mia'), (902, 'whole noa'), (903, 'whole other');
INSERT INTO kroles.groups (id, name) VALUES (901, 'whole group');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (901, 901);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) SELECT 900 + n, 'channel', 'private', 'whole ' || n, 902, 'w' || n FROM generate_series(1, 3) AS n;
INSERT INTO kroles.space_members (space_id, user_id, role) SELECT 900 + n, 901, 'manager' FROM generate_series(1, 3) AS n;
INSERT INTO kroles.space_members (space_id, group_id, role) VALUES (901, 901, 'manager');

-- ---- Through a view, far apart ----
-- What the statement says: the detail of its error, or that it is in.
CREATE FUNCTION pg_temp.says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'in';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ': ' || coalesce(nullif(detail, ''), SQLERRM);
END $$;
-- A list of 12,000 users with one more row at its beginning and one at its end.
CREATE FUNCTION pg_temp.users(first text, last text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.says(format($f$INSERT INTO kroles.user_import (action, login, name, groups)
        (VALUES %s) UNION ALL SELECT '6', 'whole ' || n, NULL, NULL FROM generate_series(1, 12000) AS n UNION ALL (VALUES %s)$f$, first, last)) $$;
SELECT is(pg_temp.users($$('add', 'whole a', 'A', NULL)$$, $$('upsert', 'whole a', NULL, NULL)$$), '23505: row 12002, column "login", "whole a": duplicate of line 1',
    'a user again, 12,000 rows later');
SELECT is(pg_temp.users($$('upsert', 'whole a', 'A', NULL)$$, $$('delete', E'whole a\u00a0', NULL, NULL)$$), '23505: row 12002, column "login", "whole a": duplicate of line 1',
    'and deleted, with another blank');
SELECT is(pg_temp.users($$('upsert', 'whole a', 'A', NULL)$$, $$('upsert', 'whole a', 'B', 'whole group')$$), '23505: row 12002, column "name", "B": line 1 says something else of this user',
    'or contradicted');
SELECT is(count(*), 0::bigint, 'and nothing of these is in') FROM kroles.users WHERE login IN ('whole a', 'whole 1', 'whole 12000');
SELECT is(pg_temp.users($$('add', 'whole a', 'A', 'whole group')$$, $$('update', 'whole a', NULL, 'whole late')$$), 'in', 'a line that adds a group is of the same row, as in a file');
SELECT is(array_agg(g.name ORDER BY g.name), '{whole group,whole late}', 'and the user is in both groups')
FROM kroles.users u JOIN kroles.group_members m ON m.user_id = u.id JOIN kroles.groups g ON g.id = m.group_id WHERE u.login = 'whole a';
SELECT is(pg_temp.users($$('add', 'whole b', 'B', NULL)$$, $$('add', 'whole c', 'C', NULL)$$), 'in', 'two users are two');

SELECT is(pg_temp.says($$INSERT INTO kroles.group_member_import (action, group_name, login) SELECT '1', 'whole late', 'whole ' || n FROM generate_series(1, 12000) AS n
    UNION ALL VALUES (NULL, '-whole late', ' whole 5')$$), '23505: row 12001, "whole 5": duplicate of line 5', 'a member of a group again');
SELECT is(pg_temp.says($$INSERT INTO kroles.group_member_import (group_name, login) SELECT 'whole late', 'whole ' || n FROM generate_series(1, 12000) AS n
    UNION ALL VALUES ('whole group', 'whole 5')$$), 'in', 'but not of another one');
SELECT is(pg_temp.says($$INSERT INTO kroles.space_member_import (space_id, external_id, login, role) SELECT '901', NULL, 'whole ' || n, NULL FROM generate_series(1, 12000) AS n
    UNION ALL VALUES (NULL, 'w1', 'whole 7', 'manager')$$), '23505: row 12001, "whole 7": duplicate of line 7', 'a member of a space again, by its external id');
SELECT is(pg_temp.says($$INSERT INTO kroles.space_member_import (space_id, external_id, login, role) SELECT '901', NULL, 'whole ' || n, NULL FROM generate_series(1, 12000) AS n
    UNION ALL VALUES (NULL, 'w2', 'whole 7', 'manager')$$), 'in', 'but not of another one');
SELECT is(pg_temp.says($$INSERT INTO kroles.user_import (login, name) SELECT 'whole none', 'x' WHERE false$$), 'in', 'no row is no error');

-- ---- The importer's own rows ----
-- A rule of the site's, which no check before knows.
ALTER TABLE kroles.space_members ADD CONSTRAINT whole_lists_nothing_forever CHECK (expires_at < '2100-01-01');
CREATE TABLE public.results (list text, line bigint, column_name text, code text, message text);
GRANT ALL ON public.results TO whole_lists_app;
CREATE FUNCTION public.import(list text, csv text, on_error text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.results SELECT list, e.line, e.column_name, e.code, e.message FROM kroles_import_space_members(csv, on_error) AS e $$;
SET SESSION AUTHORIZATION whole_lists_app;
SET LOCAL kroles."user" = 'whole mia';
SELECT FROM public.import('wrong', E'action,space_id,login,group_name,role,expires_at\n3,901,whole mia,,,\n6,902,whole mia,,member,2200-01-01\n6,901,whole other,,member,\n3,901,,whole group,,\n6,903,whole mia,,nonsense,', 'report');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT array_agg(concat_ws(' ', line, code) ORDER BY line) FROM public.results WHERE list = 'wrong'), '{2 23514,3 23514,5 23514,6 22P02}', 'of four own rows, one breaks a rule: none is imported, and each says so');
SELECT is((SELECT array_agg(message ORDER BY line) FROM public.results WHERE list = 'wrong' AND line IN (2, 5)),
    array_fill('not imported, as line 3 is not: rows about one''s own rights are imported together'::text, '{2}'), 'with the line that is why');
SELECT ok(message LIKE '%whole_lists_nothing_forever%', 'which has the error itself') FROM public.results WHERE list = 'wrong' AND line = 3;
SELECT is((SELECT array_agg(concat_ws(' ', m.space_id, coalesce(u.login, g.name), m.role, m.expires_at) ORDER BY m.space_id, u.login) FROM kroles.space_members m
    LEFT JOIN kroles.users u ON u.id = m.user_id LEFT JOIN kroles.groups g ON g.id = m.group_id WHERE u.id IN (901, 903) OR g.id = 901),
    '{901 whole mia manager,901 whole other member,901 whole group manager,902 whole mia manager,903 whole mia manager}', 'and the rows are as before, but for the one about another user');
SET SESSION AUTHORIZATION whole_lists_app;
SELECT FROM public.import('right', E'action,space_id,login,group_name,role,expires_at\n3,901,whole mia,,,\n6,902,whole mia,,member,2050-01-01\n3,901,,whole group,,\n6,903,whole mia,,nonsense,\n3,901,whole other,,,', 'report');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT array_agg(concat_ws(' ', line, code) ORDER BY line) FROM public.results WHERE list = 'right'), '{5 22P02}', 'without it, all are that have no error of their own');
SELECT is((SELECT array_agg(concat_ws(' ', m.space_id, m.user_id, m.group_id, m.role) ORDER BY m.space_id) FROM kroles.space_members m WHERE m.user_id IN (901, 903) OR m.group_id = 901),
    '{902 901 member,903 901 manager}', 'as the importer meant');
SELECT * FROM finish();
ROLLBACK;
