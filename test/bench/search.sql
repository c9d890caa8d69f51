-- What a search page needs on kroles.media: words in a tsvector, and trigrams where pg_trgm is there.

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams \gset
SELECT clock_timestamp() AS started \gset
-- rewrites the table, which also brings its rows back in order after what kroles_verify has changed
ALTER TABLE kroles.media ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED;
CREATE INDEX media_search ON kroles.media USING gin (search);
\if :trigrams
    CREATE EXTENSION pg_trgm;
    CREATE INDEX media_name_trigrams ON kroles.media USING gin (name gin_trgm_ops);
\endif
CALL bench.bring_back(true);
SELECT bench.loaded('media, its indexes', (SELECT count(*) FROM kroles.media), :'started');
