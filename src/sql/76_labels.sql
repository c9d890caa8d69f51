-- The labels of the applicative roles are rows that are there for good, like the matrices': a dump brings back what was
-- changed in them.

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
