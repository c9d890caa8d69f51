-- AuthZEN 1.0: requests of the specification's shapes, what they are answered, and who may ask.
\ir lib/begin.psql

INSERT INTO kroles.users (id, login, name, applicative_role, administrator) VALUES (901, 'olga@x.example', 'Olga', 'admin', false), (902, 'max', 'Max', 'private_only', false),
    (903, 'mia', 'Mia', 'viewer', false), (904, 'ada', 'Ada', 'viewer', true), (905, 'bob', 'Bob', 'viewer', false), (906, 'Vic', 'Vic', 'viewer', false);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, external_id) VALUES (901, 'channel', 'private', 'Board', 901, 'board'), (902, 'channel', 'open', 'Commons', 901, '901'),
    (903, 'gallery', 'private', 'Arts', 902, 'arts'), (904, 'channel', 'public_open', 'Plaza', 901, NULL);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (901, 902, 'contributor'), (901, 903, 'member'), (903, 903, 'moderator'), (901, 905, 'member');
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES (911, 'live', 'Seminar', 902, '0_abc'), (912, 'video', 'Film', 901, NULL), (913, 'video', 'Clip', 902, NULL);
INSERT INTO kroles.publications (media_id, space_id) VALUES (911, 901), (912, 902);
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (921, 'Day', 901, 'day');
UPDATE kroles.users SET blocked = true WHERE id = 905;
\ir lib/says.psql

-- A call in a person's session: the answer, or the error's SQLSTATE.
CREATE FUNCTION pg_temp.asks(who text, call text, request jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text := pg_temp.says(who, format('SELECT kroles_authzen_%s(%L)::text AS a', call, request));
BEGIN
    RETURN CASE WHEN said LIKE '(%' THEN btrim(replace(replace(substr(said, 2, length(said) - 2), '""', '"'), E'\\\\', E'\\'), '"') ELSE said END;
END $$;
CREATE FUNCTION pg_temp.may(who text, subject text, action text, kind text, id text, properties jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(a::jsonb ->> 'decision', a) || coalesce(': ' || (a::jsonb #>> '{context, reason}'), '')
    FROM pg_temp.asks(who, 'evaluation', jsonb_build_object('subject', jsonb_build_object('type', 'user', 'id', subject), 'action', jsonb_build_object('name', action),
        'resource', jsonb_strip_nulls(jsonb_build_object('type', kind, 'id', id, 'properties', properties)))) AS a
$$;
\set denied '\'false: denied, or unknown to the asker\''

-- ---- Evaluation ----
SELECT is(pg_temp.asks('mia', 'evaluation', '{"subject": {"type": "user", "id": "mia"}, "resource": {"type": "channel", "id": "901"}, "action": {"name": "view"}, "context": {"time": "1985-10-26T01:22-07:00"}}'),
    '{"decision": true}', 'the request of the specification');
SELECT is(pg_temp.asks('mia', 'evaluation', '{"subject": {"type": "user", "id": "mia", "properties": {"department": "Sales"}}, "resource": {"type": "channel", "id": "901", "properties": {}}, "action": {"name": "view", "properties": {"method": "GET"}}}'),
    '{"decision": true}', 'with properties');
SELECT is(pg_temp.may('mia', 'mia', action, kind, id), CASE WHEN yes THEN 'true' ELSE :denied END, format('about oneself: %s %s %s', action, kind, id))
FROM (VALUES ('view', 'channel', '901', true), ('contribute', 'channel', '901', false), ('view', 'channel', 'board', true), ('view', 'channel', 'absent', false), ('view', 'channel', '999', false),
    ('moderate', 'gallery', 'arts', true), ('view', 'gallery', 'board', false), ('view', 'gallery', '901', false), ('view', 'media', '0_abc', true), ('view', 'room', '0_abc', true),
    ('join_room', 'room', '911', true), ('edit', 'media', '911', false), ('view', 'event', 'day', false), ('view', 'media', '913', false), ('upload', 'site', 'any', false)) AS t (action, kind, id, yes);
SELECT is(pg_temp.may('max', 'max', 'upload', 'site', 'site'), 'true', 'the site has any id');
-- 902 has the external id 901
SELECT is(pg_temp.may('olga@x.example', 'max', 'contribute', 'channel', '901'), 'true', 'a number is an id');
SELECT is(pg_temp.may('olga@x.example', 'max', 'contribute', 'channel', '901', '{"id_type": "external"}'), :denied, 'unless it says that it is external');
SELECT is(pg_temp.may('olga@x.example', 'max', 'view', 'channel', '901', '{"id_type": "external"}'), 'true', 'then it is that of another system');
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES (-9223372036854775807, 'video', 'first', 902, '9223372036854775808'), (9223372036854775806, 'video', 'last', 902, '-9');
SELECT is(pg_temp.may('ada', 'ada', 'view', 'media', id), CASE WHEN yes THEN 'true' ELSE :denied END, 'the number ' || id)
FROM (VALUES ('-9223372036854775807', true), ('9223372036854775806', true), ('9223372036854775805', false), ('9223372036854775808', true), ('-9', false), ('-9223372036854775809', false)) AS t (id, yes);
SELECT is(pg_temp.may('ada', 'ada', 'view', 'media', '-9', '{"id_type": "external"}'), 'true', 'or an external one that is a number');
-- what a search finds can be asked about
SELECT is(pg_temp.may('ada', 'ada', 'view', 'media', r ->> 'id'), 'true', 'found: ' || (r ->> 'id'))
FROM jsonb_array_elements((pg_temp.asks('ada', 'search_resource', '{"subject": {"type": "user", "id": "ada"}, "action": {"name": "view"}, "resource": {"type": "media"}}')::jsonb) -> 'results') AS r;
DELETE FROM kroles.media WHERE name IN ('first', 'last');
SELECT is(pg_temp.may('ada', 'max', 'view', 'channel', id), :denied, 'no id: ' || id) FROM unnest('{-1, 99999999999999999999, 9223372036854775807, " 901", 901.0, 0x385}'::text[]) AS id;
SELECT is(pg_temp.may('ada', 'max', action, kind, '901'), 'false: unknown ' || what, format('unknown %s', what))
FROM (VALUES ('fly', 'channel', 'action'), ('join_room', 'media', 'action'), ('view', 'site', 'action'), ('view', 'document', 'resource type'), ('view', 'CHANNEL', 'resource type')) AS t (action, kind, what);
SELECT is(pg_temp.asks('ada', 'evaluation', '{"subject": {"type": "robot", "id": "r2"}, "resource": {"type": "channel", "id": "901"}, "action": {"name": "view"}}'),
    '{"context": {"reason": "unknown subject type"}, "decision": false}', 'robots are no subjects');

-- about others: administrators, and those who manage the object
SELECT is(pg_temp.may(who, subject, 'view', kind, id), CASE WHEN yes THEN 'true' ELSE :denied END, format('%s about %s on %s %s', coalesce(who, 'nobody'), subject, kind, id))
FROM (VALUES ('ada', 'mia', 'channel', '901', true), ('ada', 'bob', 'channel', '901', false), ('ada', 'absent', 'channel', '901', false), ('ada', 'Mia', 'channel', '901', false),
    ('olga@x.example', 'mia', 'channel', '901', true), ('olga@x.example', 'bob', 'channel', '901', false), ('olga@x.example', 'mia', 'gallery', '903', false),
    ('max', 'mia', 'gallery', '903', true), ('max', 'mia', 'channel', '901', false), ('max', 'mia', 'media', '911', true), ('max', 'absent', 'media', '911', false),
    ('mia', 'max', 'channel', '901', false), ('bob', 'bob', 'channel', '901', false), ('bob', 'mia', 'channel', '901', false),
    (NULL, 'mia', 'channel', '901', false), (NULL, 'absent', 'channel', '902', false)) AS t (who, subject, kind, id, yes);
SELECT is(pg_temp.may('max', 'mia', 'upload', 'site', 'site'), :denied, 'about others on the site, administrators alone');
SELECT is(pg_temp.may('ada', 'max', 'upload', 'site', 'site'), 'true', 'who may');
UPDATE kroles.users SET login = 'vic' WHERE id = 906;
UPDATE kroles.settings SET case_insensitive_logins = true;
SELECT is(pg_temp.may('ada', 'MIA', 'view', 'channel', '901'), 'true', 'where case does not matter in logins, it does not here');
UPDATE kroles.settings SET case_insensitive_logins = false;

-- anonymous
CREATE FUNCTION pg_temp.anonymous_may(who text, id text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.asks(who, 'evaluation', jsonb_build_object('subject', '{"type": "anonymous", "id": "-"}'::jsonb, 'action', '{"name": "view"}'::jsonb, 'resource', jsonb_build_object('type', 'channel', 'id', id)))::jsonb ->> 'decision'
$$;
SELECT is(pg_temp.anonymous_may(NULL, '904'), 'false', 'anonymous may not, where the site is closed');
UPDATE kroles.settings SET allow_anonymous = true;
SELECT is(pg_temp.anonymous_may(who, id), answer, format('%s asks about anonymous and %s', coalesce(who, 'nobody'), id))
FROM (VALUES (NULL, '904', 'true'), (NULL, '902', 'false'), ('ada', '904', 'true'), ('olga@x.example', '904', 'true'), ('mia', '904', 'false')) AS t (who, id, answer);

-- malformed
SELECT is(pg_temp.asks('ada', 'evaluation', request), '22023', 'malformed: ' || request::text) FROM unnest(ARRAY[
    '[]', '"x"', 'null', '1', '{}', '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}}', '{"subject": {"type": "user", "id": "mia"}, "resource": {"type": "channel", "id": "901"}}',
    '{"action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}', '{"subject": "mia", "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}',
    '{"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}', '{"subject": {"id": "mia"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}',
    '{"subject": {"type": "user", "id": 903}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}', '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": 901}}',
    '{"subject": {"type": "user", "id": ""}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}', '{"subject": {"type": "user", "id": "mia"}, "action": {}, "resource": {"type": "channel", "id": "901"}}',
    '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {"type": "channel"}}', '{"subject": {"type": "user", "id": null}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}',
    '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}, "context": []}']::jsonb[]) AS request;
SELECT is(pg_temp.asks('ada', 'evaluation', NULL), '22023', 'malformed: NULL');
SELECT throws_like($$SELECT kroles_authzen_evaluation('{"subject": {"type": "user", "id": 1}}')$$, 'malformed AuthZEN request: "subject.id" must be a string', 'which the message says');

-- ---- Evaluations ----
CREATE FUNCTION pg_temp.several(options text, items text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.asks('mia', 'evaluations', format('{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, %s "evaluations": [%s]}', $1, $2)::jsonb)
$$;
\set three '\'{"resource": {"type": "channel", "id": "901"}}, {"resource": {"type": "channel", "id": "999"}}, {"resource": {"type": "gallery", "id": "arts"}, "action": {"name": "moderate"}}\''
\set yes '{"decision": true}'
\set no '{"context": {"reason": "denied, or unknown to the asker"}, "decision": false}'
SELECT is(pg_temp.several('', :three), format('{"evaluations": [%s, %s, %s]}', :'yes', :'no', :'yes'), 'several, with defaults, one of them overridden');
SELECT is(pg_temp.several('"options": {"evaluations_semantic": "execute_all"},', :three), format('{"evaluations": [%s, %s, %s]}', :'yes', :'no', :'yes'), 'execute_all');
SELECT is(pg_temp.several('"options": {"evaluations_semantic": "deny_on_first_deny", "other": 1},', :three), format('{"evaluations": [%s, %s]}', :'yes', :'no'), 'deny_on_first_deny');
SELECT is(pg_temp.several('"options": {"evaluations_semantic": "permit_on_first_permit"},', :three), format('{"evaluations": [%s]}', :'yes'), 'permit_on_first_permit');
SELECT is((SELECT string_agg(e.a ->> 'decision', ' ' ORDER BY e.n) FROM jsonb_array_elements(pg_temp.asks('mia', 'evaluations', (SELECT jsonb_build_object('subject', '{"type": "user", "id": "mia"}'::jsonb, 'action', '{"name": "view"}'::jsonb,
    'evaluations', jsonb_agg(jsonb_build_object('resource', jsonb_build_object('type', 'channel', 'id', (900 + n % 2)::text)) ORDER BY n)) FROM generate_series(1, 600) AS n))::jsonb -> 'evaluations') WITH ORDINALITY AS e (a, n)),
    repeat('true false ', 299) || 'true false', 'six hundred, in their order');
SELECT is(pg_temp.several('"options": {"evaluations_semantic": "permit_on_first_permit"},', '{"resource": {"type": "channel", "id": "999"}}'), format('{"evaluations": [%s]}', :'no'), 'permit_on_first_permit, with none');
SELECT is(pg_temp.several('', '{"resource": {"type": "channel", "id": "901"}}, {"resource": {"type": "channel"}}, {"subject": {"type": "user", "id": "max"}, "resource": {"type": "channel", "id": "901"}}, 7'),
    format('{"evaluations": [%s, {"context": {"error": {"status": 400, "message": "\"resource.id\" must be a string"}}, "decision": false}, %s, {"context": {"error": {"status": 400, "message": "the request must be an object"}}, "decision": false}]}', :'yes', :'no'),
    'an error of one is in its answer');
SELECT is(pg_temp.several('"options": {"evaluations_semantic": "deny_on_first_deny"},', '{"resource": {}}, {"resource": {"type": "channel", "id": "901"}}') ~ '^{"evaluations": \[[^]]*"status": 400[^]]*\]}$', true, 'and is a denial');
SELECT is(pg_temp.several('"resource": {"type": "channel", "id": "901"},', ''), :'yes', 'none is a single one');
SELECT is(pg_temp.asks('mia', 'evaluations', '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}'), :'yes', 'so is a request without the array');
SELECT is(pg_temp.asks('mia', 'evaluations', request), '22023', 'malformed: ' || request::text) FROM unnest(ARRAY['{}', '[]', '{"evaluations": {}}', '{"evaluations": []}', '{"evaluations": [{}], "options": []}',
    '{"evaluations": [{}], "options": {"evaluations_semantic": "some"}}', '{"evaluations": [{}], "options": {"evaluations_semantic": 1}}']::jsonb[]) AS request;

-- ---- Searches ----
CREATE FUNCTION pg_temp.finds(who text, what text, request text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text := pg_temp.asks(who, 'search_' || what, request::jsonb);
BEGIN
    RETURN CASE WHEN said !~ '^{' THEN said ELSE (SELECT concat_ws(' ', string_agg(coalesce(r ->> 'id', r ->> 'name'), ' ' ORDER BY n), '(' || (said::jsonb #>> '{page, count}') || ')', nullif(said::jsonb #>> '{page, next_token}', ''))
        FROM jsonb_array_elements(said::jsonb -> 'results') WITH ORDINALITY AS e (r, n)) END;
END $$;
SELECT is(pg_temp.asks('ada', 'search_subject', '{"subject": {"type": "user"}, "action": {"name": "contribute"}, "resource": {"type": "channel", "id": "901"}, "context": {"time": "2024-10-26T01:22-07:00"}}'),
    '{"page": {"count": 3, "next_token": ""}, "results": [{"id": "olga@x.example", "type": "user"}, {"id": "max", "type": "user"}, {"id": "ada", "type": "user"}]}', 'who may, in the specification''s form');
SELECT is(pg_temp.finds(who, 'subject', format('{"subject": {"type": "user", "id": "ignored"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "%s"}}', id)), answer, format('%s searches subjects on %s', coalesce(who, 'nobody'), id))
FROM (VALUES ('olga@x.example', '901', 'olga@x.example max mia ada (4)'), ('mia', '901', 'mia (1)'), ('max', 'board', 'max (1)'), ('vic', '901', '(0)'), ('vic', '999', '(0)'), ('bob', '901', '(0)'), (NULL, '901', '(0)'), ('ada', '999', '(0)')) AS t (who, id, answer);
SELECT is(pg_temp.finds('ada', 'subject', request), '(0)', 'nobody: ' || request) FROM unnest(ARRAY['{"subject": {"type": "robot"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}',
    '{"subject": {"type": "user"}, "action": {"name": "fly"}, "resource": {"type": "channel", "id": "901"}}', '{"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "document", "id": "901"}}',
    '{"subject": {"type": "anonymous"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "904"}}']) AS request;
-- each that is found is allowed
SELECT is(pg_temp.may('ada', r ->> 'id', 'view', 'channel', '901'), 'true', 'found: ' || (r ->> 'id'))
FROM jsonb_array_elements(pg_temp.asks('ada', 'search_subject', '{"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}')::jsonb -> 'results') AS r;

SELECT is(pg_temp.asks('mia', 'search_resource', '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {"type": "media"}}'),
    '{"page": {"count": 2, "next_token": ""}, "results": [{"id": "911", "type": "media"}, {"id": "912", "type": "media"}]}', 'what one may, in the specification''s form');
SELECT is(pg_temp.finds(who, 'resource', format('{"subject": {"type": "user", "id": "%s"}, "action": {"name": "%s"}, "resource": {"type": "%s", "id": "ignored"}}', subject, action, kind)), answer, format('%s searches: %s %s %s', coalesce(who, 'nobody'), subject, action, kind))
FROM (VALUES ('mia', 'mia', 'view', 'channel', '901 902 904 (3)'), ('ada', 'mia', 'view', 'channel', '901 902 904 (3)'), ('olga@x.example', 'mia', 'view', 'channel', '901 902 904 (3)'), ('max', 'mia', 'view', 'channel', '(0)'),
    ('max', 'mia', 'view', 'gallery', '903 (1)'), ('max', 'mia', 'view', 'media', '911 (1)'), ('olga@x.example', 'mia', 'view', 'media', '912 (1)'), ('vic', 'mia', 'view', 'channel', '(0)'),
    ('max', 'max', 'join_room', 'room', '911 (1)'), ('max', 'max', 'upload', 'site', 'site (1)'), ('mia', 'mia', 'upload', 'site', '(0)'), ('max', 'olga@x.example', 'upload', 'site', '(0)'), ('ada', 'max', 'upload', 'site', 'site (1)'),
    ('ada', 'absent', 'view', 'channel', '(0)'), ('bob', 'bob', 'view', 'channel', '(0)'), ('ada', 'bob', 'view', 'channel', '(0)'), (NULL, 'mia', 'view', 'channel', '(0)'), ('mia', 'mia', 'fly', 'channel', '(0)'), ('mia', 'mia', 'view', 'document', '(0)')) AS t (who, subject, action, kind, answer);
SELECT is(pg_temp.finds(NULL, 'resource', '{"subject": {"type": "anonymous", "id": "-"}, "action": {"name": "view"}, "resource": {"type": "channel"}}'), '904 (1)', 'what anonymous may');

SELECT is(pg_temp.asks('mia', 'search_action', '{"subject": {"type": "user", "id": "mia"}, "resource": {"type": "channel", "id": "901"}}'),
    '{"page": {"count": 2, "next_token": ""}, "results": [{"name": "view"}, {"name": "join_room"}]}', 'all rights, in the specification''s form');
SELECT is(pg_temp.finds(who, 'action', format('{"subject": {"type": "user", "id": "%s"}, "resource": {"type": "channel", "id": "%s"}, "action": {"name": "ignored"}}', subject, id)), answer, format('%s searches actions of %s on %s', coalesce(who, 'nobody'), subject, id))
FROM (VALUES ('olga@x.example', 'mia', '901', 'view join_room (2)'), ('ada', 'max', '901', 'view contribute join_room (3)'), ('ada', 'bob', '901', '(0)'), ('ada', 'absent', '901', '(0)'), ('max', 'mia', '901', '(0)'), ('vic', 'vic', '901', '(0)'), ('vic', 'vic', '999', '(0)'), (NULL, 'mia', '902', '(0)')) AS t (who, subject, id, answer);

-- ---- Pages ----
CREATE FUNCTION pg_temp.page(who text, what text, page text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.finds($1, $2, format('{"subject": {"type": "user", "id": "olga@x.example"}, "action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}, "page": %s}', $3))
$$;
SELECT is(pg_temp.page('olga@x.example', what, page), answer, format('%s, page %s', what, page)) FROM (VALUES
    ('subject', '{"limit": 2}', 'olga@x.example max (2) 902'), ('subject', '{"limit": 2, "token": "902"}', 'mia ada (2)'), ('subject', '{"limit": 2, "next_token": "902"}', 'mia ada (2)'), ('subject', '{"limit": 4}', 'olga@x.example max mia ada (4)'),
    ('subject', '{"limit": 0}', '(0) n9223372036854775808'), ('subject', '{"limit": 0, "token": "902"}', '(0) 902'), ('subject', '{"limit": 0, "token": "904"}', '(0)'), ('subject', '{"limit": 1, "token": "n9223372036854775808"}', 'olga@x.example (1) 901'),
    ('subject', '{"token": ""}', 'olga@x.example max mia ada (4)'), ('subject', '{"token": "9223372036854775807"}', '(0)'),
    ('resource', '{"limit": 1}', '901 (1) 901'), ('resource', '{"limit": 1, "token": "901"}', '902 (1) 902'), ('resource', '{"limit": 5, "token": "902"}', '904 (1)'),
    ('action', '{"limit": 2}', 'view contribute (2) 2'), ('action', '{"limit": 100, "token": "9"}', 'join_room start_room (2)'), ('action', '{"limit": 1, "token": "11"}', '(0)')) AS t (what, page, answer);
SELECT is(pg_temp.page('mia', what, format('{"token": "%s"}', token)), answer, format('a token of another gives no more: %s %s', what, token))
FROM (VALUES ('subject', '901', 'mia (1)'), ('subject', '902', 'mia (1)'), ('subject', '903', '(0)'), ('subject', 'n5', 'mia (1)'), ('resource', '901', '(0)'), ('action', '0', '(0)')) AS t (what, token, answer);
SELECT is(pg_temp.page('ada', what, page), '22023', format('malformed: %s %s', what, page)) FROM unnest('{subject, resource, action}'::text[]) AS what,
    unnest('{"{\"limit\": -1}", "{\"limit\": 1.5}", "{\"limit\": \"2\"}", "{\"limit\": 99999999999}", "{\"token\": 5}", "{\"token\": \"x\"}", "{\"token\": \"9223372036854775808\"}", "{\"token\": \"n9223372036854775809\"}", "{\"token\": \"1; SELECT 1\"}", "[]", "5"}'::text[]) AS page;
SELECT is(pg_temp.finds('ada', what, request), '22023', format('malformed: %s %s', what, request)) FROM (VALUES
    ('subject', '{"action": {"name": "view"}, "resource": {"type": "channel", "id": "901"}}'), ('subject', '{"subject": {"type": "user"}, "resource": {"type": "channel", "id": "901"}}'), ('subject', '{"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "channel"}}'),
    ('resource', '{"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "channel"}}'), ('resource', '{"subject": {"type": "user", "id": "mia"}, "action": {"name": "view"}, "resource": {}}'),
    ('action', '{"subject": {"type": "user", "id": "mia"}, "resource": {"type": "channel"}}'), ('action', '{"subject": {"type": "user"}, "resource": {"type": "channel", "id": "901"}}'), ('action', '[]')) AS t (what, request);

SELECT * FROM finish();
ROLLBACK;
