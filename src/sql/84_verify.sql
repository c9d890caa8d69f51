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
DO $$
DECLARE
    beside text;
BEGIN
    FOREACH beside IN ARRAY '{publications, media_collaborators, media_moderators, media_speakers, event_sessions}'::text[] LOOP
        EXECUTE format('CREATE TRIGGER "!audience_truncate" AFTER TRUNCATE ON kroles.%I
            FOR EACH STATEMENT EXECUTE FUNCTION kroles.amend_all_audiences()', beside);
    END LOOP;
END $$;
