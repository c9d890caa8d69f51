-- The same portal without kroles: the same columns, rows and indexes in the schema "plain", for policies as people write
-- them. Two columns more on spaces spare those policies the climb through galleries, which is in their favour.

CREATE SCHEMA plain;

-- The indexes of a table of kroles, but for those that only kroles asks for.
CREATE PROCEDURE bench.copy_indexes(name text, target text)
LANGUAGE plpgsql AS $$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i
        WHERE i.indrelid = ('kroles.' || name)::regclass
          AND pg_get_indexdef(i.indexrelid) !~ '\maudience\M'      -- in a column, an expression or a predicate
    LOOP
        EXECUTE replace(definition, format(' ON kroles.%s ', name), format(' ON %s ', target));
    END LOOP;
END $$;

SELECT clock_timestamp() AS started \gset
CREATE TABLE plain.media AS SELECT id, owner_id, created_at, type, external_id, name, tags, attributes, shown, available_from, available_until
FROM kroles.media ORDER BY id;
ALTER TABLE plain.media ALTER id SET NOT NULL, ALTER type SET NOT NULL, ALTER name SET NOT NULL, ALTER owner_id SET NOT NULL,
    ALTER created_at SET NOT NULL,
    ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED;
CALL bench.copy_indexes('media', 'plain.media');
SELECT bench.loaded('plain.media', (SELECT count(*) FROM plain.media), :'started');

SELECT clock_timestamp() AS started \gset
SELECT format('CREATE TABLE plain.%1$I (LIKE kroles.%1$I INCLUDING ALL EXCLUDING INDEXES)', name),
       format('INSERT INTO plain.%1$I SELECT * FROM kroles.%1$I', name),
       format('CALL bench.copy_indexes(%1$L, ''plain.%1$I'')', name)
FROM unnest('{users,groups,group_members,spaces,space_members,publications,media_collaborators,media_moderators,media_speakers,events,
            event_participants,event_sessions,room_participants}'::text[]) AS name
\gexec
SELECT bench.loaded('plain, the rest', (SELECT count(*) FROM plain.publications), :'started');

-- The space whose members count, and that one's owner.
ALTER TABLE plain.spaces ADD COLUMN grants_from bigint, ADD COLUMN grants_owner bigint;
WITH RECURSIVE climbed AS (
    SELECT id, id AS above FROM plain.spaces WHERE NOT inherits_members OR parent_id IS NULL
    UNION ALL
    SELECT s.id, c.above FROM plain.spaces AS s JOIN climbed AS c ON c.id = s.parent_id WHERE s.inherits_members
)
UPDATE plain.spaces AS s SET grants_from = c.above, grants_owner = o.owner_id
FROM climbed AS c JOIN plain.spaces AS o ON o.id = c.above WHERE c.id = s.id;

-- Of the application's tables: captions of every second media, under the usual policies here, ...
CREATE TABLE plain.captions (id bigint NOT NULL, media_id bigint NOT NULL, language text NOT NULL, body text NOT NULL);
INSERT INTO plain.captions
SELECT id, id * 2, 'en', 'Captions of media ' || id * 2 FROM generate_series(1, (SELECT count(*) / 2 FROM plain.media)) AS id;
CREATE UNIQUE INDEX captions_id ON plain.captions (id);
CREATE INDEX captions_media ON plain.captions (media_id);
-- ... and the same tags and attributes as in the columns of media, in a table of their own.
CREATE TABLE plain.details AS SELECT id AS media_id, tags, attributes, shown FROM plain.media WHERE tags IS NOT NULL ORDER BY id;
ALTER TABLE plain.details ADD PRIMARY KEY (media_id);
CREATE INDEX details_tags ON plain.details USING gin (tags);
CREATE INDEX details_attributes ON plain.details USING gin (attributes jsonb_path_ops);

-- ... and under kroles_protect.
CREATE SCHEMA application;
CREATE TABLE application.captions (LIKE plain.captions INCLUDING ALL);
INSERT INTO application.captions SELECT * FROM plain.captions;
SELECT kroles_protect('application.captions', 'media', 'media_id') \g /dev/null
CREATE TABLE application.details (LIKE plain.details INCLUDING ALL);
INSERT INTO application.details SELECT * FROM plain.details;
SELECT kroles_protect('application.details', 'media', 'media_id') \g /dev/null
GRANT USAGE ON SCHEMA application TO :app;
GRANT SELECT ON application.captions, application.details TO :app;
