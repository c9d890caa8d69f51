-- kroles_approve_many() and kroles_reject_many(): a row an answer, and one refusal loses none of the others.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, applicative_role) VALUES
    (901, 'owner', 'admin'), (902, 'moderator', 'viewer'), (903, 'author', 'private_only'), (904, 'blocked', 'admin');
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES
    (901, 'channel', 'restricted', 'Lectures', 901, true), (902, 'channel', 'restricted', 'Seminars', 901, true), (903, 'channel', 'private', 'Hidden', 901, true);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 902, 'moderator'), (902, 902, 'member'), (901, 904, 'manager');
INSERT INTO kroles.media (id, name, owner_id) SELECT i, 'm' || i, 903 FROM generate_series(901, 906) AS i;
ALTER TABLE kroles.publications DISABLE TRIGGER guard;
INSERT INTO kroles.publications (media_id, space_id, status, published_by) VALUES
    (901, 901, 'pending', 903), (902, 901, 'pending', 903), (903, 901, 'approved', 903), (904, 901, 'rejected', 903),
    (905, 902, 'pending', 903), (906, 903, 'pending', 903), (906, 901, 'pending', 903);
ALTER TABLE kroles.publications ENABLE TRIGGER guard;
UPDATE kroles.users SET blocked = true WHERE id = 904;
CREATE ROLE many_app LOGIN;
SELECT FROM kroles_grant_access('many_app'), kroles_trust_gateway('many_app');

-- What a query says to a person, a row a line; or the SQLSTATE.
CREATE FUNCTION pg_temp.says(who text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('kroles.user', coalesce(who, ''), true);
    SET LOCAL SESSION AUTHORIZATION many_app;
    BEGIN
        EXECUTE format('SELECT string_agg(concat_ws('' '', t.media_id, t.space_id, t.status, t."sqlstate"), E''\n'') FROM (%s) AS t', query) INTO answer;
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    PERFORM set_config('kroles.user', '', true);
    RETURN answer;
END $$;

-- for a trigger of the site's own
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on Sundays' USING ERRCODE = TG_ARGV[0], HINT = 'Wait.'; END $$;

SAVEPOINT as_it_was;
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{902,903,904,905,906,999,NULL,901}', '{901,901,901,902,903,901,901,901}')$$),
    E'902 901 approved\n903 901 55000\n904 901 55000\n905 902 42704\n906 903 42704\n999 901 42704\n901 42704\n901 901 approved',
    'each is answered as by kroles_approve(), in the order of the arrays');
SELECT results_eq('SELECT media_id, moderated_by FROM kroles.publications WHERE space_id = 901 AND moderated_by IS NOT NULL ORDER BY 1', 'VALUES (901::bigint, 902::bigint), (902, 902)',
    'what could be approved is');
ROLLBACK TO as_it_was;
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{901,902}', '{901}')$$), E'901 901 approved\n902 901 approved', 'one space for all');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{901,901}', '{901}')$$), E'901 901 55000\n901 901 55000', 'once approved, it is not pending');
ROLLBACK TO as_it_was;
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{901,901}', '{901}')$$), E'901 901 approved\n901 901 55000', 'named twice, it is approved once');
ROLLBACK TO as_it_was;
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_reject_many('{901,903}', '{901,901}', 'dark')$$), E'901 901 rejected\n903 901 55000', 'rejecting');
SELECT results_eq('SELECT status::text, reason FROM kroles.publications WHERE (media_id, space_id) = (901, 901)', $$VALUES ('rejected', 'dark')$$, 'with the reason');
ROLLBACK TO as_it_was;
SELECT is(pg_temp.says('moderator', $$SELECT d.* FROM kroles.moderation_queue q CROSS JOIN LATERAL kroles_approve_many(ARRAY[q.media_id], ARRAY[q.space_id]) AS d ORDER BY 1$$),
    E'901 901 approved\n902 901 approved\n906 901 approved', 'a query: the whole queue');
SELECT is((SELECT count(*) FROM kroles.publications WHERE space_id = 901 AND status = 'pending'), 0::bigint, 'which is empty then');
ROLLBACK TO as_it_was;
SELECT is(pg_temp.says('author', $$SELECT * FROM kroles_approve_many('{901}', '{901}')$$), '901 901 42501', 'who published and does not moderate is told so, in the row');
SELECT is(pg_temp.says('blocked', $$SELECT * FROM kroles_approve_many('{901}', '{901}')$$), '901 901 42704', 'a blocked user moderates nothing');
SELECT is(pg_temp.says(NULL, $$SELECT * FROM kroles_approve_many('{901}', '{901}')$$), '28000', 'nobody is logged in');
SELECT is(pg_temp.says(NULL, $$SELECT * FROM kroles_approve_many('{}', '{}')$$), '28000', 'whatever is asked');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{}', '{}')$$), NULL, 'empty arrays: no row');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{}', '{901}')$$), NULL, 'no media in a space: no row');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many(NULL, '{901}')$$), NULL, 'no array: no row');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{901,902,906}', '{901,901}')$$), '22023', 'arrays of different lengths');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('[0:1]={901,902}', '[5:5]={901}')$$), E'901 901 approved\n902 901 approved', 'arrays that begin elsewhere');
ROLLBACK TO as_it_was;

-- What a trigger of the site refuses is in the row; what ends the statement or the transaction ends it.
CREATE TRIGGER site BEFORE UPDATE ON kroles.publications FOR EACH ROW WHEN (OLD.media_id = 902) EXECUTE FUNCTION pg_temp.refuse('P0001');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{902,901}', '{901}')$$), E'902 901 P0001\n901 901 approved', 'a trigger of the site refuses one');
ROLLBACK TO as_it_was;
CREATE TRIGGER site BEFORE UPDATE ON kroles.publications FOR EACH ROW WHEN (OLD.media_id = 902) EXECUTE FUNCTION pg_temp.refuse('40001');
SELECT is(pg_temp.says('moderator', $$SELECT * FROM kroles_approve_many('{902,901}', '{901}')$$), '40001', 'a serialization failure is one of the whole');
SELECT is((SELECT status::text FROM kroles.publications WHERE (media_id, space_id) = (901, 901)), 'pending', 'and nothing is approved');
ROLLBACK TO as_it_was;
SELECT set_config('kroles.user', 'author', true) AS who \gset
SET LOCAL SESSION AUTHORIZATION many_app;
SELECT results_eq($$SELECT message, hint FROM kroles_approve_many('{901}', '{901}')$$, $$VALUES ('you may not moderate this space', 'It takes "moderate" on the space.')$$, 'with message and hint');

SELECT * FROM finish();
ROLLBACK;
