-- Upkeep and verification of audiences. The audience of new media contains its owner; after every statement on a table that
-- audiences are derived from, those concerned are derived anew. (The name of the BEFORE trigger sorts just before that of the
-- cache's.)
CREATE FUNCTION kroles.maintain_audience() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_maintain_audience';
COMMENT ON FUNCTION kroles.maintain_audience() IS 'Trigger: sets the audience of a media, whatever the client supplies';
REVOKE EXECUTE ON FUNCTION kroles.maintain_audience() FROM PUBLIC;

CREATE FUNCTION kroles.maintain_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_maintain_audiences';
COMMENT ON FUNCTION kroles.maintain_audiences() IS
    'Trigger: derives anew the audiences of media whose people, publications or events a statement changed';
REVOKE EXECUTE ON FUNCTION kroles.maintain_audiences() FROM PUBLIC;

-- ---- Verification ----

CREATE FUNCTION kroles.recomputed_audience(media_id bigint, owner_id bigint, type kroles.media_type, available_from timestamptz, available_until timestamptz,
                                           audience kroles.audience) RETURNS kroles.audience
    LANGUAGE c STABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'kroles_recomputed_audience';
COMMENT ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.media_type, timestamptz, timestamptz, kroles.audience) IS
    'For kroles_verify: the correct audience of the media; NULL where the stored one is correct';
REVOKE EXECUTE ON FUNCTION kroles.recomputed_audience(bigint, bigint, kroles.media_type, timestamptz, timestamptz, kroles.audience) FROM PUBLIC;

CREATE FUNCTION kroles.recompute_audiences(media_ids bigint[]) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_recompute_audiences';
COMMENT ON FUNCTION kroles.recompute_audiences(bigint[]) IS 'For kroles_verify: corrects the audiences of those media';
REVOKE EXECUTE ON FUNCTION kroles.recompute_audiences(bigint[]) FROM PUBLIC;

-- After TRUNCATE the audiences of all media are derived anew.
CREATE FUNCTION kroles.recompute_all_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_recompute_all_audiences';
COMMENT ON FUNCTION kroles.recompute_all_audiences() IS
    'Trigger: corrects the audiences of all media after TRUNCATE of a table that they are derived from';
REVOKE EXECUTE ON FUNCTION kroles.recompute_all_audiences() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_verify(repair boolean DEFAULT false, OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text)
    RETURNS SETOF record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF repair THEN
        -- no concurrent publication, because an audience derived before it would be written after it
        EXECUTE (SELECT format('LOCK TABLE kroles.media, %s IN SHARE ROW EXCLUSIVE MODE', string_agg(format('kroles.%I', r.name), ', '))
                 FROM kroles.relations() r WHERE 'audience' = ANY (r.traits));
    END IF;
    RETURN QUERY
        SELECT 'kroles.media'::regclass, m.id, m.audience::text, a::text
        FROM kroles.media m, LATERAL kroles.recomputed_audience(m.id, m.owner_id, m.type, m.available_from, m.available_until, m.audience) AS a
        WHERE a IS NOT NULL;
    IF repair THEN
        PERFORM kroles.recompute_audiences(ARRAY(
            SELECT m.id FROM kroles.media m WHERE kroles.recomputed_audience(m.id, m.owner_id, m.type, m.available_from, m.available_until, m.audience) IS NOT NULL));
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_verify(boolean) IS
    'Derives anew all derived data (the audiences of media), and returns the differences by the id of the media; no row where all are correct. With repair => true it corrects them, and prevents concurrent publications meanwhile. For superusers';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_verify(boolean) FROM PUBLIC;
