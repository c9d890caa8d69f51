
CREATE FUNCTION @extschema@.kroles_role_label(role kroles.applicative_role) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT l.label FROM kroles.role_labels l WHERE l.applicative_role = $1), $1::text)
$$;
COMMENT ON FUNCTION @extschema@.kroles_role_label(kroles.applicative_role) IS
    'The institution''s label of an applicative role (kroles.role_labels); the name of the role where there is no label';
