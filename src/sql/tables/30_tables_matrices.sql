CREATE TABLE kroles.baseline_rights (
    kind                text NOT NULL,
    type                text NOT NULL,
    applicative_role    kroles.applicative_role NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT baseline_rights_one_row_a_cell PRIMARY KEY (kind, type, applicative_role, action),
    CONSTRAINT baseline_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX baseline_rights_right ON kroles.baseline_rights (kind, action);
COMMENT ON TABLE kroles.baseline_rights IS 'The rights that an applicative role has on objects of a type without a grant';
COMMENT ON COLUMN kroles.baseline_rights.kind IS 'The kind of object: site, channel or gallery';
COMMENT ON COLUMN kroles.baseline_rights.type IS 'The type of the space; site for the site itself';
COMMENT ON COLUMN kroles.baseline_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.baseline_rights.action IS 'The right';
COMMENT ON COLUMN kroles.baseline_rights.allowed IS 'Whether the role has the right; administrators change this column';
COMMENT ON COLUMN kroles.baseline_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.role_rights (
    kind                text NOT NULL,
    role                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT role_rights_one_row_a_cell PRIMARY KEY (kind, role, action),
    CONSTRAINT role_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX role_rights_right ON kroles.role_rights (kind, action);
COMMENT ON TABLE kroles.role_rights IS 'The rights that a role on an object grants: contextual roles in spaces, and the roles on other kinds of objects';
COMMENT ON COLUMN kroles.role_rights.kind IS 'The kind of object: a value of kroles.object_kind other than site';
COMMENT ON COLUMN kroles.role_rights.role IS 'The role: a value of kroles.contextual_role in a space; owner, editor, publisher, viewer, chat_moderator, room_moderator or speaker on media; host, room_moderator, chat_moderator, advanced_speaker, simple_speaker or participant in a room, derived from the roles on its media and in its events and channels; a value of kroles.event_role in an event';
COMMENT ON COLUMN kroles.role_rights.action IS 'The right';
COMMENT ON COLUMN kroles.role_rights.allowed IS 'Whether the role grants the right; administrators change this column. share is in force in shared repositories only, whatever the value';
COMMENT ON COLUMN kroles.role_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';

CREATE TABLE kroles.ceiling_rights (
    applicative_role    kroles.applicative_role NOT NULL,
    kind                text NOT NULL,
    action              text NOT NULL,
    allowed             boolean NOT NULL,
    shipped             boolean NOT NULL,
    CONSTRAINT ceiling_rights_one_row_a_cell PRIMARY KEY (applicative_role, kind, action),
    CONSTRAINT ceiling_rights_right_must_exist FOREIGN KEY (kind, action) REFERENCES kroles.rights
);
CREATE INDEX ceiling_rights_right ON kroles.ceiling_rights (kind, action);
COMMENT ON TABLE kroles.ceiling_rights IS 'The limits of applicative roles: where allowed is false, neither baseline nor grant gives the right';
COMMENT ON COLUMN kroles.ceiling_rights.applicative_role IS 'The applicative role';
COMMENT ON COLUMN kroles.ceiling_rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.ceiling_rights.action IS 'The right';
COMMENT ON COLUMN kroles.ceiling_rights.allowed IS 'Whether the role can have the right; administrators change this column';
COMMENT ON COLUMN kroles.ceiling_rights.shipped IS 'The value that the extension ships; kroles_install() gives it to rows of which the site did not change the other one';
