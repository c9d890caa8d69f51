-- The institution's labels of the applicative roles. Like those of the matrices, the rows are fixed.

CREATE TABLE kroles.role_labels (
    applicative_role    kroles.applicative_role CONSTRAINT role_labels_one_row_a_role PRIMARY KEY,
    label               text NOT NULL CONSTRAINT role_labels_label_is_not_blank CHECK (label ~ '[^[:space:]]'),
    shipped             text NOT NULL
);
COMMENT ON TABLE kroles.role_labels IS 'The institution''s labels of the applicative roles: all roles read them, administrators change label';
COMMENT ON COLUMN kroles.role_labels.applicative_role IS 'The role';
COMMENT ON COLUMN kroles.role_labels.label IS 'The label that users see; administrators change this column';
COMMENT ON COLUMN kroles.role_labels.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE POLICY read ON kroles.role_labels FOR SELECT USING (true);
CREATE POLICY change ON kroles.role_labels FOR UPDATE USING (kroles.can('administer', 'site'));

CREATE TRIGGER guard_rows BEFORE INSERT ON kroles.role_labels
    FOR EACH ROW
    EXECUTE FUNCTION kroles.refuse('every applicative role already has a label', '42501', 'Change "label" with UPDATE.');
CREATE TRIGGER guard_delete BEFORE DELETE OR TRUNCATE ON kroles.role_labels
    FOR EACH STATEMENT
    EXECUTE FUNCTION kroles.refuse('labels of applicative roles cannot be deleted', '42501', 'Set "label" to the value of "shipped" with UPDATE.');
CREATE TRIGGER guard_keys BEFORE UPDATE ON kroles.role_labels
    FOR EACH ROW WHEN ((OLD.applicative_role, OLD.shipped) IS DISTINCT FROM (NEW.applicative_role, NEW.shipped))
    EXECUTE FUNCTION kroles.refuse('only column "label" can be changed', '42501', 'The roles are fixed; only their labels can be changed.');
