-- External ids. A former external id is not reused: data that refers to one object by it would then belong to another.

CREATE TABLE kroles.retired_external_ids (
    relation            text NOT NULL,
    external_id         text NOT NULL,
    object_id           bigint NOT NULL,
    CONSTRAINT retired_external_ids_are_kept_once PRIMARY KEY (relation, external_id, object_id)
);
COMMENT ON TABLE kroles.retired_external_ids IS
    'Former external ids of spaces, media and events, recorded by triggers: only administrators may assign them to another object; and former logins of users, so that old tokens are refused where a login is given again. Visible to administrators';
COMMENT ON COLUMN kroles.retired_external_ids.relation IS 'The table: spaces, media, events or users; "deleted users" for logins of users who no longer exist';
COMMENT ON COLUMN kroles.retired_external_ids.external_id IS 'The external id; of a user the login, in lower case';
COMMENT ON COLUMN kroles.retired_external_ids.object_id IS 'The id of the object or user that had it';
