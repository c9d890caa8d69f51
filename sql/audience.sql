-- The audience of media: nobody reads or writes the column, triggers keep it equal to the rows it is made of, and plans find
-- media by it.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS kroles CASCADE;
CREATE EXTENSION kroles;
RESET client_min_messages;
\set VERBOSITY terse
\set SHOW_CONTEXT never

INSERT INTO kroles.users (id, login, applicative_role, administrator) VALUES
    (1, 'olga', 'admin', false), (2, 'mia', 'private_only', false), (3, 'stan', 'private_only', false), (5, 'ada', 'viewer', true);
INSERT INTO kroles.groups (id, name) VALUES (7, 'Biology');
INSERT INTO kroles.group_members (group_id, user_id) VALUES (7, 2);
INSERT INTO kroles.spaces (id, kind, type, name, owner_id, moderated) VALUES
    (1, 'channel', 'private', 'plain', 1, false), (2, 'channel', 'private', 'moderated', 1, true);
INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (1, 3, 'member'), (2, 3, 'contributor');
INSERT INTO kroles.media (id, name, owner_id) VALUES (10, 'ten', 3), (11, 'eleven', 1);
SELECT setval('kroles.media_id_seq', 11);
CREATE ROLE regress_kroles_portal;
SELECT kroles_trust_gateway('regress_kroles_portal'), kroles_grant_access('regress_kroles_portal');

-- ---- It follows what it is made of, each change within its statement ----
CREATE FUNCTION audience(media bigint) RETURNS text LANGUAGE sql AS 'SELECT audience::text FROM kroles.media WHERE id = $1';
SELECT audience(10);
INSERT INTO kroles.publications (media_id, space_id) VALUES (10, 1), (11, 1);
SELECT audience(10), audience(11);
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission) VALUES (10, 2, NULL, 'editor'), (10, 2, NULL, 'viewer'), (10, NULL, 7, 'publisher');
INSERT INTO kroles.media_moderators (media_id, user_id, permission) VALUES (10, 1, 'chat_moderator');
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (10, 3);
SELECT audience(10);
UPDATE kroles.media_collaborators SET permission = 'publisher' WHERE user_id = 2 AND permission = 'viewer';
UPDATE kroles.media_speakers SET visible = false;       -- is nobody else
SELECT audience(10);
DELETE FROM kroles.media_collaborators WHERE media_id = 10;
DELETE FROM kroles.media_moderators;
DELETE FROM kroles.media_speakers;
SELECT audience(10);
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'stan';
SELECT kroles_publish(10, 2);
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT audience(10) AS pending;
UPDATE kroles.publications SET status = 'rejected', reason = 'dull' WHERE space_id = 2;
SELECT audience(10) AS rejected_is_nowhere;
BEGIN;
DELETE FROM kroles.spaces WHERE id = 1;
SELECT audience(10) AS gone_with_the_space, audience(11);
ROLLBACK;
SELECT audience(10) AS as_before;
BEGIN;
TRUNCATE kroles.publications;
SELECT audience(10) AS emptied;
ROLLBACK;
BEGIN;                                                  -- taken down and published in one statement
WITH gone AS (DELETE FROM kroles.publications WHERE media_id = 10 AND space_id = 1 RETURNING media_id)
INSERT INTO kroles.publications (media_id, space_id) SELECT media_id, 1 FROM gone;
SELECT audience(10) AS still_there;
ROLLBACK;
-- a type, a member, a group and the switch of the module rewrite no media
CREATE TEMP TABLE was AS SELECT id, ctid AS place, xmin::text AS made_by FROM kroles.media;
UPDATE kroles.spaces SET type = 'open', moderated = true WHERE id = 1;
UPDATE kroles.space_members SET role = 'manager';
DELETE FROM kroles.group_members;
UPDATE kroles.settings SET chat_and_collaboration = false;
SELECT count(*) AS rewritten FROM kroles.media m JOIN was w USING (id) WHERE (m.ctid, m.xmin::text) IS DISTINCT FROM (w.place, w.made_by);
UPDATE kroles.settings SET chat_and_collaboration = true;
UPDATE kroles.spaces SET type = 'private', moderated = false WHERE id = 1;
UPDATE kroles.space_members SET role = CASE space_id WHEN 1 THEN 'member' ELSE 'contributor' END::kroles.contextual_role;
INSERT INTO kroles.group_members (group_id, user_id) VALUES (7, 2);

-- ---- The owner; the one who gives it away is judged by what was before ----
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'stan';
UPDATE kroles.media SET owner_id = 2 WHERE id = 10 RETURNING id, owner_id;
SELECT id FROM kroles.media;                            -- as a member of the channel
SET kroles."user" = 'mia';
UPDATE kroles.media SET owner_id = 3, name = 'Ten' WHERE id = 10 AND name = 'ten' RETURNING name;
SELECT id FROM kroles.media;
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT audience(10);

-- ---- Nobody reads it ----
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'stan';
SELECT id, audience, to_jsonb(m) ->> 'audience' AS in_json, format('%s', audience) AS formatted FROM kroles.media m ORDER BY id;
SELECT count(*) FROM (SELECT DISTINCT * FROM kroles.media) AS d;
SELECT a.id, b.id, a.audience OPERATOR(kroles.=) b.audience AS same, a.audience OPERATOR(kroles.&&) b.audience AS overlap
FROM kroles.media a, kroles.media b ORDER BY 1, 2;      -- both are in channel 1
SELECT audience FROM kroles.media WHERE id = 10 \gset
SELECT :'audience'::kroles.audience OPERATOR(kroles.=) audience AS same FROM kroles.media WHERE id = 10;
SELECT kroles.index_keys();
-- ---- Nobody writes it ----
SELECT '10 owner=3 approved=1'::kroles.audience;
INSERT INTO kroles.media (name, audience) SELECT 'mine with theirs', audience FROM kroles.media WHERE id = 11 RETURNING id;
UPDATE kroles.media SET audience = (SELECT audience FROM kroles.media WHERE id = 11) WHERE id = 10;
UPDATE kroles.media SET audience = audience, name = 'Ten!' WHERE id = 10 RETURNING name;     -- as ORMs write back all they read
UPDATE kroles.media SET audience = 'hidden', name = 'Ten' WHERE id = 10 RETURNING name;
INSERT INTO kroles.media AS m (id, name) VALUES (12, 'again')
    ON CONFLICT (id) DO UPDATE SET audience = (SELECT audience FROM kroles.media WHERE id = 11);
RESET SESSION AUTHORIZATION;
RESET kroles."user";
SELECT id, audience FROM kroles.media ORDER BY id;
UPDATE kroles.media SET audience = '10 owner=1' WHERE id = 10;  -- nor does a superuser, but for putting right what is not
SELECT 'nonsense'::kroles.audience;
SELECT '1 stranger=2'::kroles.audience;
SELECT '1 viewer=7 owner=2 viewer=7'::kroles.audience AS in_order_and_once;

-- ---- Working it out anew ----
SELECT * FROM kroles_verify();
ALTER TABLE kroles.media DISABLE TRIGGER "~audience";
UPDATE kroles.media SET audience = '11 owner=1 approved=2 viewer=3' WHERE id = 11;
ALTER TABLE kroles.media ENABLE TRIGGER "~audience";
SELECT * FROM kroles_verify();
SELECT * FROM kroles_verify(repair => true);
SELECT * FROM kroles_verify();
SELECT count(*) AS logged FROM kroles.audit_log WHERE before ? 'audience' OR after ? 'audience';

-- ---- Plans find by it, or go through, as suits the person ----
INSERT INTO kroles.spaces (id, kind, type, name, owner_id) VALUES (3, 'channel', 'private', 'everybody''s', 1), (4, 'channel', 'private', 'nearly nobody''s', 1);
INSERT INTO kroles.space_members (space_id, user_id) VALUES (3, 2), (4, 3);
INSERT INTO kroles.media (id, name, owner_id) SELECT 1000 + n, 'film ' || n, 1 FROM generate_series(1, 20000) AS n;
INSERT INTO kroles.publications (media_id, space_id) SELECT 1000 + n, CASE WHEN n % 2477 = 0 THEN 4 ELSE 3 END FROM generate_series(1, 20000) AS n;
VACUUM ANALYZE kroles.media;
CREATE FUNCTION chosen(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
        IF line ~ 'Chosen:|Scan|Limit' THEN RETURN NEXT regexp_replace(line, 'actual |(rows=\d+)(\.00)? loops=1', '\1', 'g'); END IF;
    END LOOP;
END $$;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET max_parallel_workers_per_gather = 0;
SET plan_cache_mode = force_generic_plan;
SET kroles."user" = 'stan';                             -- sees 8 films of 20,000
PREPARE newest AS SELECT id FROM kroles.media ORDER BY id DESC LIMIT 3;
PREPARE number AS SELECT count(*) FROM kroles.media;
SELECT chosen('EXECUTE newest');
SELECT chosen('EXECUTE number');
SET kroles."user" = 'mia';                              -- sees nearly all: the same plans
SELECT chosen('EXECUTE newest');
SELECT chosen('EXECUTE number');
DEALLOCATE ALL;
PREPARE newest AS SELECT id FROM kroles.media ORDER BY id DESC LIMIT 3;
PREPARE number AS SELECT count(*) FROM kroles.media;
EXECUTE newest;
SET kroles."user" = 'stan';                             -- and made for the one who sees nearly all
SELECT chosen('EXECUTE newest');
EXECUTE newest;
EXECUTE number;
SET kroles."user" = 'ada';                              -- an administrator, under plans made for others
EXECUTE number;
SET kroles."user" = '';                                 -- nobody
EXECUTE number;
SET kroles."user" = 'mia';
EXECUTE number;
RESET plan_cache_mode;
-- joins and subqueries under a choice
SELECT count(*) FROM kroles.media m JOIN kroles.publications p ON p.media_id = m.id WHERE p.space_id = 4;
SET kroles."user" = 'stan';
SELECT count(*) FROM kroles.media m JOIN kroles.publications p ON p.media_id = m.id WHERE p.space_id = 4;
SELECT n, (SELECT max(id) FROM kroles.media WHERE id < n) FROM (VALUES (5000), (9000), (4), (100000)) AS v (n);
SELECT count(*) FROM kroles.media a WHERE EXISTS (SELECT FROM kroles.media b WHERE b.id = a.id + 2477);
RESET SESSION AUTHORIZATION;
RESET kroles."user";

-- ---- What the cache holds: a change of a membership concerns whom it is about ----
GRANT EXECUTE ON FUNCTION kroles_cache_stats() TO regress_kroles_portal;
SET SESSION AUTHORIZATION regress_kroles_portal;
SET kroles."user" = 'mia';
SELECT kroles_can('view', 'channel', 3), kroles_can('view', 'channel', 4);
SELECT class, entries > 0 AS some, bytes > 0 AS bytes FROM kroles_cache_stats() WHERE class IN ('site', 'users', 'spaces') ORDER BY class;
RESET SESSION AUTHORIZATION;
RESET kroles."user";
REVOKE EXECUTE ON FUNCTION kroles_cache_stats() FROM regress_kroles_portal;

-- ---- A value in a format of another version has no entries ----
BEGIN;
CREATE CAST (kroles.audience AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS kroles.audience) WITHOUT FUNCTION;
CREATE FUNCTION reads(bytes bytea) RETURNS text LANGUAGE sql AS $$SELECT bytes::kroles.audience::text$$;
SELECT get_byte(audience::bytea, 8) AS version, reads(audience::bytea) = audience::text AS "as it is",
       reads(set_byte(audience::bytea, 8, 3)) AS "of version 3", reads(set_byte(audience::bytea, 8, 0)) AS "of version 0"
FROM kroles.media WHERE id = 10;
ROLLBACK;

SELECT kroles_revoke_access('regress_kroles_portal');
SET client_min_messages = warning;
DROP SCHEMA kroles CASCADE;
DROP FUNCTION audience(bigint), chosen(text);
DROP ROLE regress_kroles_portal;
