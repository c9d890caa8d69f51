-- Whom media is for. A new media has its owner; after every statement on a table beside it the audiences concerned are worked
-- out anew. (A name that comes right before the trackers': BEFORE triggers fire in the order of their names.)
CREATE FUNCTION kroles.keep_audience() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_keep_audience';
COMMENT ON FUNCTION kroles.keep_audience() IS 'Trigger: the audience of a media is what the database says';
REVOKE EXECUTE ON FUNCTION kroles.keep_audience() FROM PUBLIC;
CREATE TRIGGER "~audience" BEFORE INSERT OR UPDATE ON kroles.media FOR EACH ROW EXECUTE FUNCTION kroles.keep_audience();

CREATE FUNCTION kroles.keep_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_keep_audiences';
COMMENT ON FUNCTION kroles.keep_audiences() IS
    'Trigger: works out anew the audiences of media whose people or publications a statement changed';
REVOKE EXECUTE ON FUNCTION kroles.keep_audiences() FROM PUBLIC;

-- What is derived, worked out anew.

CREATE FUNCTION kroles.audience_amendment(media_id bigint, owner_id bigint, audience kroles.audience) RETURNS kroles.audience
    LANGUAGE c STABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'kroles_audience_amendment';
COMMENT ON FUNCTION kroles.audience_amendment(bigint, bigint, kroles.audience) IS
    'For kroles_verify: what the audience of that media should be; NULL where it is that';
REVOKE EXECUTE ON FUNCTION kroles.audience_amendment(bigint, bigint, kroles.audience) FROM PUBLIC;

CREATE FUNCTION kroles.amend_audiences(media_ids bigint[]) RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_amend_audiences';
COMMENT ON FUNCTION kroles.amend_audiences(bigint[]) IS 'For kroles_verify: puts the audiences of those media right';
REVOKE EXECUTE ON FUNCTION kroles.amend_audiences(bigint[]) FROM PUBLIC;

-- What is derived from a table that was emptied is worked out anew for all.
CREATE FUNCTION kroles.amend_all_audiences() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_amend_all_audiences';
COMMENT ON FUNCTION kroles.amend_all_audiences() IS
    'Trigger: puts the audiences of all media right when a table that they are derived from was emptied';
REVOKE EXECUTE ON FUNCTION kroles.amend_all_audiences() FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_verify(repair boolean DEFAULT false, OUT relation regclass, OUT id bigint, OUT stored text, OUT computed text)
    RETURNS SETOF record
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF repair THEN
        -- nobody publishes meanwhile, or what was worked out before would be written after
        EXECUTE (SELECT format('LOCK TABLE kroles.media, %s IN SHARE ROW EXCLUSIVE MODE', string_agg(format('kroles.%I', r.name), ', '))
                 FROM kroles.relations() r WHERE 'audience' = ANY (r.traits));
    END IF;
    RETURN QUERY
        SELECT 'kroles.media'::regclass, m.id, m.audience::text, a::text
        FROM kroles.media m, LATERAL kroles.audience_amendment(m.id, m.owner_id, m.audience) AS a
        WHERE a IS NOT NULL;
    IF repair THEN
        PERFORM kroles.amend_audiences(ARRAY(
            SELECT m.id FROM kroles.media m WHERE kroles.audience_amendment(m.id, m.owner_id, m.audience) IS NOT NULL));
    END IF;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_verify(boolean) IS
    'Works out anew all that is derived (the audiences of media), and returns what differs, by the media''s id: no row when sound. With repair => true it also puts that right, and keeps others from publishing meanwhile. For superusers';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_verify(boolean) FROM PUBLIC;
