
-- New rows: the policy is evaluated before a wait for a transaction that deletes a row with the same key, and not again. So a
-- trigger checks each row again when it is inserted, and refuses it where the right was revoked. (Rows of ordered lists wait
-- before the policy is evaluated: see the piece on order. Roles that bypass row-level security are not checked.)
CREATE FUNCTION kroles.publication_status(media_id bigint, space_id bigint) RETURNS kroles.publication_status
    LANGUAGE c STABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'kroles_publication_status';
COMMENT ON FUNCTION kroles.publication_status(bigint, bigint) IS 'kroles_publication_status(), for guards';
