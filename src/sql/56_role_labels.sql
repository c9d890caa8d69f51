-- What the institution calls the applicative roles: rows that are there for good, like the matrices'. A dump brings back what was
-- changed in them.

CREATE TABLE kroles.role_labels (
    applicative_role    kroles.applicative_role CONSTRAINT role_labels_one_row_a_role PRIMARY KEY,
    label               text NOT NULL CONSTRAINT role_labels_label_is_not_blank CHECK (label ~ '[^[:space:]]'),
    shipped             text NOT NULL
);
COMMENT ON TABLE kroles.role_labels IS 'The applicative roles in the institution''s own words: everyone reads them, an administrator changes label';
COMMENT ON COLUMN kroles.role_labels.applicative_role IS 'The role';
COMMENT ON COLUMN kroles.role_labels.label IS 'What people are shown for it: the column an administrator changes';
COMMENT ON COLUMN kroles.role_labels.shipped IS 'What the extension shipped; only rows that differ from it are dumped';

INSERT INTO kroles.role_labels (applicative_role, label, shipped)
SELECT w.role::kroles.applicative_role, w.label, w.label
FROM (VALUES ('anonymous', 'Anonymous'), ('viewer', 'Viewer'), ('private_only', 'Private only'), ('admin', 'Admin'),
             ('unmoderated_admin', 'Unmoderated admin')) AS w (role, label);

CREATE POLICY read ON kroles.role_labels FOR SELECT USING (true);
CREATE POLICY change ON kroles.role_labels FOR UPDATE USING (kroles.can('administer', 'site'));

CREATE FUNCTION kroles.restore_label() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE kroles.role_labels AS l SET label = NEW.label WHERE l.applicative_role = NEW.applicative_role;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kroles.restore_label() IS 'Trigger: a label from a dump changes the row that is there';
REVOKE EXECUTE ON FUNCTION kroles.restore_label() FROM PUBLIC;

CREATE TRIGGER guard_rows BEFORE INSERT ON kroles.role_labels
    FOR EACH ROW WHEN (NOT kroles.restoring())
    EXECUTE FUNCTION kroles.refuse('every applicative role has a label already', '42501', 'Change "label" with UPDATE.');
CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.role_labels
    FOR EACH STATEMENT
    EXECUTE FUNCTION kroles.refuse('every applicative role keeps a label', '42501', 'Set "label" to the value of "shipped" with UPDATE.');
CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.role_labels
    FOR EACH ROW WHEN ((OLD.applicative_role, OLD.shipped) IS DISTINCT FROM (NEW.applicative_role, NEW.shipped))
    EXECUTE FUNCTION kroles.refuse('only "label" of a role''s label changes', '42501', 'The roles are fixed; what they are called is not.');
CREATE TRIGGER restore BEFORE INSERT ON kroles.role_labels
    FOR EACH ROW WHEN (kroles.restoring()) EXECUTE FUNCTION kroles.restore_label();

CREATE FUNCTION @extschema@.kroles_role_label(role kroles.applicative_role) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT l.label FROM kroles.role_labels l WHERE l.applicative_role = $1), $1::text)
$$;
COMMENT ON FUNCTION @extschema@.kroles_role_label(kroles.applicative_role) IS
    'What the institution calls an applicative role (kroles.role_labels); the role''s own name where there is no label';
