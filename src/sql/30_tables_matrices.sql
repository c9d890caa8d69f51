-- The rights that exist, and the three matrices of the formula
--     allowed = (baseline + grants) within the ceiling.
-- Role and right names are text, checked against look-ups, so that an upgrade can add an enum value and its rows in
-- one transaction. Every cell has a row: an administrator changes "allowed", and only changed rows are dumped.

CREATE TABLE kroles.rights (
    kind                text NOT NULL,
    action              text NOT NULL,
    summary             boolean NOT NULL DEFAULT false,
    description         text NOT NULL,
    CONSTRAINT rights_one_row_a_kind_and_action PRIMARY KEY (kind, action)
);
COMMENT ON TABLE kroles.rights IS 'Which action exists for which kind of object. Asking for another pair is an error';
COMMENT ON COLUMN kroles.rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.rights.action IS 'A value of kroles.action';
COMMENT ON COLUMN kroles.rights.summary IS 'Whether it holds when one of its parts holds, and so has no row in the matrices';
COMMENT ON COLUMN kroles.rights.description IS 'What it allows';

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
COMMENT ON TABLE kroles.baseline_rights IS 'What an applicative role may do on an object of that type without any grant';
COMMENT ON COLUMN kroles.baseline_rights.kind IS 'site, channel or gallery';
COMMENT ON COLUMN kroles.baseline_rights.type IS 'The space''s type; site for the site itself';
COMMENT ON COLUMN kroles.baseline_rights.applicative_role IS 'Whose baseline it is';
COMMENT ON COLUMN kroles.baseline_rights.action IS 'The right';
COMMENT ON COLUMN kroles.baseline_rights.allowed IS 'Whether it is allowed: the column an administrator changes';
COMMENT ON COLUMN kroles.baseline_rights.shipped IS 'What the extension shipped; only rows that differ from it are dumped';

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
COMMENT ON TABLE kroles.role_rights IS 'What a role held on the object itself grants: the contextual roles in a space, the roles on a media, in a room and in an event';
COMMENT ON COLUMN kroles.role_rights.kind IS 'channel, gallery, media, room or event';
COMMENT ON COLUMN kroles.role_rights.role IS 'The role: a value of kroles.contextual_role in a space; owner, editor, publisher, viewer, chat_moderator, room_moderator or speaker on media; host, room_moderator, chat_moderator, advanced_speaker, simple_speaker or participant in a room, which follow from the roles on its media, in its events and channels; a value of kroles.event_role in an event';
COMMENT ON COLUMN kroles.role_rights.action IS 'The right';
COMMENT ON COLUMN kroles.role_rights.allowed IS 'Whether the role grants it: the column an administrator changes. share holds in shared repositories only, whatever stands here';
COMMENT ON COLUMN kroles.role_rights.shipped IS 'What the extension shipped; only rows that differ from it are dumped';

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
COMMENT ON TABLE kroles.ceiling_rights IS 'What an applicative role can ever have: where allowed is false, neither baseline nor grant gives it';
COMMENT ON COLUMN kroles.ceiling_rights.applicative_role IS 'Whose ceiling it is';
COMMENT ON COLUMN kroles.ceiling_rights.kind IS 'A value of kroles.object_kind';
COMMENT ON COLUMN kroles.ceiling_rights.action IS 'The right';
COMMENT ON COLUMN kroles.ceiling_rights.allowed IS 'False: the role never has it. The column an administrator changes';
COMMENT ON COLUMN kroles.ceiling_rights.shipped IS 'What the extension shipped; only rows that differ from it are dumped';
