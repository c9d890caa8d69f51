-- Identity of the current user: tokens, and gateways that are trusted to state it.

CREATE FUNCTION @extschema@.kroles_login(token text) RETURNS bigint
    LANGUAGE c AS 'MODULE_PATHNAME', 'kroles_login';
COMMENT ON FUNCTION @extschema@.kroles_login(text) IS
    'Verifies a signed token (JWT), sets kroles.token to it for this transaction, and returns the id of the user. Pass it as a bound parameter, and keep parameters out of logs (log_parameter_max_length = 0). Error 28000 for a token that is invalid, empty or NULL';

CREATE FUNCTION @extschema@.kroles_trust_gateway(role name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = role) THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    IF to_regclass('kroles.auditors') IS NOT NULL THEN     -- (tables of an earlier version lack it)
        IF EXISTS (SELECT FROM kroles.auditors AS a WHERE a.role = $1) THEN
            RAISE EXCEPTION 'role "%" is an auditor, which must not act as users', role USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Name another role, or call kroles_revoke_audit() first.';
        END IF;
    END IF;
    INSERT INTO kroles.gateways AS g (role) VALUES ($1)
    ON CONFLICT ON CONSTRAINT gateways_role_is_trusted_once DO NOTHING;
END $$;
COMMENT ON FUNCTION @extschema@.kroles_trust_gateway(name) IS
    'Allows sessions of that login role to state the current user, in the setting kroles.user or in PostgREST''s request.jwt.claims. A client that can log in as the role can act as any user: name only roles of servers that you run. Error 55000 for an auditor';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_trust_gateway(name) FROM PUBLIC;

CREATE FUNCTION @extschema@.kroles_distrust_gateway(role name) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM kroles.gateways AS g WHERE g.role = $1
$$;
COMMENT ON FUNCTION @extschema@.kroles_distrust_gateway(name) IS
    'Revokes the trust in a gateway, from the next statement on in all sessions';
REVOKE EXECUTE ON FUNCTION @extschema@.kroles_distrust_gateway(name) FROM PUBLIC;
