-- Bypass through views, materialised views and functions. A view without security_invoker reads as its owner: one whose owner
-- bypasses row security shows everything to each role that may read the view. The guards still check the person.
\set name kroles_bypass_views
\ir lib/campus.psql
SELECT * FROM no_plan();

-- what the stranger may see
SELECT campus.may('stranger', '1 2 3 5 7', 'reads media', 'SELECT id FROM kroles.media ORDER BY id');
SELECT campus.may('stranger', '1 3 5 6 7 10 13', 'reads spaces', 'SELECT id FROM kroles.spaces ORDER BY id');

CREATE SCHEMA views;
GRANT USAGE, CREATE ON SCHEMA views TO campus_gateway;
SELECT 'CREATE ROLE campus_reader' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'campus_reader') \gexec
GRANT CREATE, USAGE ON SCHEMA views TO campus_reader;

-- ---- Invoker views, and views of a role that is held by row security itself ----
CREATE VIEW views.invoker WITH (security_invoker = true) AS TABLE kroles.media;
CREATE VIEW views.invoker_twice WITH (security_invoker = true) AS TABLE views.invoker;
CREATE VIEW views.barrier WITH (security_invoker = true, security_barrier = true) AS TABLE kroles.media;
CREATE VIEW views.spaces WITH (security_invoker = true) AS TABLE kroles.spaces;
GRANT ALL ON ALL TABLES IN SCHEMA views TO campus_gateway;
SET ROLE campus_gateway;
-- (all of media but the audience, which is of a type that nobody else makes anything of)
CREATE VIEW views.of_application AS SELECT id, owner_id, created_at, type, external_id, name FROM kroles.media;
CREATE VIEW views.of_application_over_invoker AS SELECT id, owner_id, created_at, type, external_id, name FROM views.invoker;
CREATE VIEW views.members AS TABLE kroles.space_members;
CREATE VIEW views.publications AS TABLE kroles.publications;
CREATE VIEW views.users AS TABLE kroles.users;
RESET ROLE;
SELECT campus.tries('stranger', '42501', 'makes a view of ' || what || ', audiences and all', format('CREATE VIEW views.all_of_it AS %s', what))
FROM unnest('{TABLE kroles.media, TABLE views.invoker, SELECT audience FROM kroles.media}'::text[]) AS what;
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads ' || v, 'SELECT id FROM views.' || v || ' ORDER BY id')
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries(NULL, 'no row', 'reads ' || v, 'SELECT id FROM views.' || v || ' ORDER BY id')
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('stranger', 'no row', 'renames what they only see through ' || v, format('UPDATE views.%s SET name = ''x'' WHERE id <> 2', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.may('stranger', '1 row', 'renames their own through ' || v, format('UPDATE views.%s SET name = ''x''', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('stranger', 'no row', 'deletes what they only see through ' || v, format('DELETE FROM views.%s WHERE id <> 2', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('stranger', '42501', 'uploads in another''s name through ' || v, format('INSERT INTO views.%s (name, owner_id, type, created_at) VALUES (''x'', 2, ''video'', now())', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('stranger', '42501', 'takes over a hidden film by ON CONFLICT through ' || v,
    format('INSERT INTO views.%s (id, name, owner_id, type, created_at) VALUES (4, ''x'', 18, ''video'', now()) ON CONFLICT (id) DO UPDATE SET owner_id = 18', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('stranger', '42501', 'takes over a film they see by ON CONFLICT through ' || v,
    format('INSERT INTO views.%s (id, name, owner_id, type, created_at) VALUES (1, ''x'', 18, ''video'', now()) ON CONFLICT (id) DO UPDATE SET name = ''mine''', v))
FROM unnest('{invoker, invoker_twice, barrier, of_application, of_application_over_invoker}'::text[]) AS v;
SELECT campus.tries('moderator', '42501', 'makes a friend member through a view of the application', 'INSERT INTO views.members (id, space_id, user_id, role) VALUES (1000, 1, 18, ''member'')');
SELECT campus.tries('contributor', '42501', 'approves their own through a view of the application', 'UPDATE views.publications SET status = ''approved'' WHERE media_id = 4');
SELECT campus.tries('viewer', '42501', 'makes themselves administrator through a view of the application', 'UPDATE views.users SET administrator = true');

-- a view of a role without privileges reads nothing
SET ROLE campus_reader;
CREATE VIEW views.of_reader AS SELECT id, name FROM kroles.media;
GRANT SELECT ON views.of_reader TO campus_gateway;
RESET ROLE;
SELECT campus.tries('owner', '42501', 'reads a view whose owner may not read media', 'SELECT id FROM views.of_reader');
SELECT FROM kroles_grant_access('campus_reader');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads it, its owner having access', 'SELECT id FROM views.of_reader ORDER BY id');

-- ---- kroles's own views ----
SELECT campus.tries('stranger', '1 3 5 6 7', 'reads channels', 'SELECT id FROM kroles.channels ORDER BY id');
SELECT campus.tries('stranger', '10 13', 'reads galleries', 'SELECT id FROM kroles.galleries ORDER BY id');
SELECT campus.tries('contributor', 'no row', 'reads the queue', 'SELECT media_id FROM kroles.moderation_queue');
SELECT campus.tries('moderator', '4 8', 'reads the queue', 'SELECT media_id FROM kroles.moderation_queue ORDER BY media_id');
SELECT campus.tries('manager', '42501', 'takes over a hidden channel by ON CONFLICT through channels',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''open'', ''x'', 3) ON CONFLICT (id) DO UPDATE SET owner_id = 3');
SELECT campus.tries('owner', '42501', 'takes over a hidden channel by ON CONFLICT through channels',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (2, ''open'', ''x'', 2) ON CONFLICT (id) DO UPDATE SET owner_id = 2');
SELECT campus.tries('owner', '42501', 'takes over a hidden gallery by ON CONFLICT through channels',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (12, ''open'', ''x'', 2) ON CONFLICT (id) DO UPDATE SET owner_id = 2');
SELECT campus.tries('administrator', '44000', 'makes a gallery through channels', 'INSERT INTO kroles.channels (kind, type, name, owner_id) VALUES (''gallery'', ''open'', ''x'', 2)');
SELECT campus.tries('owner', 'no row', 'renames a gallery through channels', 'UPDATE kroles.channels SET name = ''x'' WHERE id = 10');
SELECT campus.tries('owner', 'no row', 'deletes a gallery through channels', 'DELETE FROM kroles.channels WHERE id = 11');
SELECT campus.may('owner', '1 row', 'renames Lectures by ON CONFLICT through channels',
    'INSERT INTO kroles.channels (id, type, name, owner_id) VALUES (1, ''open'', ''Lectures 2'', 2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name');
SELECT campus.may('owner', '1 row', 'deletes a sub-gallery through galleries', 'DELETE FROM kroles.galleries WHERE id = 11');
SELECT campus.tries('administrator', expected, what, statement)
FROM (VALUES ('42501', 'drops kroles''s view', 'DROP VIEW kroles.channels'), ('42501', 'replaces kroles''s view', 'CREATE OR REPLACE VIEW kroles.channels AS TABLE kroles.spaces'),
    ('42501', 'takes security_invoker off', 'ALTER VIEW kroles.channels RESET (security_invoker)')) AS t (expected, what, statement);

-- ---- Views of a superuser ----
CREATE VIEW views.definer AS TABLE kroles.media;
CREATE VIEW views.definer_members AS TABLE kroles.space_members;
CREATE VIEW views.definer_publications AS TABLE kroles.publications;
CREATE VIEW views.definer_users AS TABLE kroles.users;
CREATE VIEW views.definer_spaces AS TABLE kroles.spaces;
CREATE VIEW views.invoker_over_definer WITH (security_invoker = true) AS TABLE views.definer;
CREATE VIEW views.definer_over_invoker AS TABLE views.invoker;
GRANT ALL ON ALL TABLES IN SCHEMA views TO campus_gateway;
SELECT campus.left_open('stranger', '1 2 3 4 5 6 7 8', 'reads ' || v, 'SELECT id FROM views.' || v || ' ORDER BY id')
FROM unnest('{definer, invoker_over_definer}'::text[]) AS v;
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads a superuser''s view over an invoker view', 'SELECT id FROM views.definer_over_invoker ORDER BY id');
SELECT campus.left_open('stranger', '8 rows', 'renames all media through a superuser''s view', 'UPDATE views.definer SET name = ''x''');
-- where a guard stands it holds
SELECT campus.tries('moderator', '42501', 'makes a friend manager through a superuser''s view', 'INSERT INTO views.definer_members (id, space_id, user_id, role) VALUES (1000, 1, 18, ''manager'')');
SELECT campus.tries('contributor', '42501', 'approves their own through a superuser''s view', 'UPDATE views.definer_publications SET status = ''approved'' WHERE media_id = 4');
SELECT campus.tries('stranger', '42501', 'approves through a superuser''s view', 'UPDATE views.definer_publications SET status = ''approved'' WHERE media_id = 4');
SELECT campus.tries('stranger', '42501', 'publishes through a superuser''s view', 'INSERT INTO views.definer_publications (media_id, space_id, status, published_at) VALUES (2, 3, ''approved'', now())');
SELECT campus.tries('stranger', '42501', 'takes down through a superuser''s view', 'DELETE FROM views.definer_publications WHERE media_id = 4');
SELECT campus.tries('stranger', '42501', 'makes themselves owner through a superuser''s view', 'UPDATE views.definer SET owner_id = 18');
SELECT campus.tries('manager', '42501', 'makes themselves owner of a channel through a superuser''s view', 'UPDATE views.definer_spaces SET owner_id = 3 WHERE id = 1');
SELECT campus.tries('viewer', '42501', 'makes themselves administrator through a superuser''s view', 'UPDATE views.definer_users SET administrator = true WHERE id = 15');
SELECT campus.tries('blocked', '42501', 'unblocks themselves through a superuser''s view', 'UPDATE views.definer_users SET blocked = false WHERE id = 17');
SELECT campus.tries('manager', '42501', 'moves a gallery through a superuser''s view', 'UPDATE views.definer_spaces SET parent_id = 13 WHERE id = 11');

-- ---- Materialised views: made for nobody, whoever asks for them; a superuser's hold everything ----
SELECT campus.tries('stranger', 'no row', 'reads what the owner materialised through the application', 'SELECT id FROM views.kept ORDER BY id',
    'SET kroles."user" = ''owner''; CREATE MATERIALIZED VIEW views.kept AS SELECT id, name FROM kroles.media; SET kroles."user" = ''stranger''');
SELECT campus.tries('stranger', 'no row', 'reads what the owner refreshed', 'SELECT id FROM views.kept ORDER BY id',
    'CREATE MATERIALIZED VIEW views.kept AS SELECT id, name FROM kroles.media; SET kroles."user" = ''owner''; REFRESH MATERIALIZED VIEW views.kept; SET kroles."user" = ''stranger''');
CREATE MATERIALIZED VIEW views.kept_by_superuser AS TABLE kroles.media;
GRANT SELECT ON views.kept_by_superuser TO campus_gateway;
SELECT campus.left_open('stranger', '1 2 3 4 5 6 7 8', 'reads what a superuser materialised', 'SELECT id FROM views.kept_by_superuser ORDER BY id');

-- ---- Functions ----
CREATE FUNCTION views.invoker() RETURNS SETOF kroles.media STABLE LANGUAGE sql AS 'SELECT * FROM kroles.media ORDER BY id';
CREATE FUNCTION views.rename(film bigint) RETURNS bigint LANGUAGE sql AS 'UPDATE kroles.media SET name = ''x'' WHERE id = $1 RETURNING id';
CREATE FUNCTION views.definer() RETURNS SETOF kroles.media STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT * FROM kroles.media ORDER BY id';
CREATE FUNCTION views.definer_does(statement text) RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS
    'DECLARE n bigint; BEGIN EXECUTE statement; GET DIAGNOSTICS n = ROW_COUNT; RETURN n; END';
GRANT USAGE ON TYPE kroles.media TO campus_reader;
SET ROLE campus_reader;
CREATE FUNCTION views.definer_of_reader() RETURNS SETOF kroles.media STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT * FROM kroles.media ORDER BY id';
RESET ROLE;
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads through an invoker function', 'SELECT id FROM views.invoker()');
SELECT campus.tries('stranger', 'NULL', 'renames through an invoker function', 'SELECT views.rename(1)');
SELECT campus.tries('stranger', '1 2 3 5 7', 'reads through a definer function of a role that bypasses nothing', 'SELECT id FROM views.definer_of_reader()');
SELECT campus.tries('blocked', 'no row', 'reads through a definer function of a role that bypasses nothing', 'SELECT id FROM views.definer_of_reader()');
SELECT campus.left_open('stranger', '1 2 3 4 5 6 7 8', 'reads through a superuser''s definer function', 'SELECT id FROM views.definer()');
SELECT campus.left_open('stranger', '1', 'joins a channel through a superuser''s definer function',
    'SELECT views.definer_does(''INSERT INTO kroles.space_members (space_id, user_id) VALUES (2, 18)'')');
SELECT campus.tries(who, '42501', what || ' through a superuser''s definer function', format('SELECT views.definer_does(%L)', statement))
FROM (VALUES
    ('contributor', 'approves their own', 'UPDATE kroles.publications SET status = ''approved'' WHERE media_id = 4'),
    ('stranger', 'publishes', 'INSERT INTO kroles.publications (media_id, space_id) VALUES (2, 3)'),
    ('stranger', 'takes down', 'DELETE FROM kroles.publications'),
    ('stranger', 'makes themselves owner', 'UPDATE kroles.media SET owner_id = 18'),
    ('viewer', 'makes themselves administrator', 'UPDATE kroles.users SET administrator = true WHERE id = 15'),
    ('blocked', 'unblocks themselves', 'UPDATE kroles.users SET blocked = false WHERE id = 17'),
    ('manager', 'moves a gallery', 'UPDATE kroles.spaces SET parent_id = 13 WHERE id = 11'),
    ('stranger', 'adds a cell', 'INSERT INTO kroles.role_rights (kind, role, action, allowed, shipped) VALUES (''channel'', ''zz'', ''view'', true, true)'),
    ('stranger', 'deletes cells', 'DELETE FROM kroles.role_rights'), ('stranger', 'deletes the settings', 'DELETE FROM kroles.settings')) AS t (who, what, statement);

SELECT * FROM finish();
