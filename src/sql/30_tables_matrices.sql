-- The rights that exist, and the three matrices of the formula
--     allowed = (baseline + grants) within the ceiling.
-- Names of roles and rights are text with foreign keys, not enums, so that an upgrade can add an enum value and its rows in one
-- transaction. Every cell has a row: administrators change "allowed", and only changed rows are dumped.

CREATE TABLE kroles.rights (
    kind                text NOT NULL,
    action              text NOT NULL,
    summary             boolean NOT NULL DEFAULT false,
    description         text NOT NULL,
    CONSTRAINT rights_one_row_a_kind_and_action PRIMARY KEY (kind, action)
);
COMMENT ON TABLE kroles.rights IS 'The actions that exist for each kind of object. A question about any other pair is an error';
COMMENT ON COLUMN kroles.rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.rights.action IS 'A value of kroles.action';
COMMENT ON COLUMN kroles.rights.summary IS 'Whether the right follows from other rights, and so has no rows in the matrices';
COMMENT ON COLUMN kroles.rights.description IS 'What the right allows';
