-- Questions whose answers have many rows: many objects at once, lists, users who can, explanations. They use the same rules and
-- cache entries as the questions about one object.

CREATE FUNCTION @extschema@.kroles_can_many(action kroles.action, kind kroles.object_kind, ids bigint[])
    RETURNS TABLE (id bigint, allowed boolean)
    LANGUAGE c STABLE PARALLEL SAFE COST 2000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_can_many';
COMMENT ON FUNCTION @extschema@.kroles_can_many(kroles.action, kroles.object_kind, bigint[]) IS
    'Whether the current subject has the right on each of the objects: one row for each element, in the order of the array, with the answer of kroles_can(): false for an object that is hidden or does not exist, and for NULL (the site has no id: every element stands for it). No row where the array is NULL. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind) IS
    'The ids of all objects of the kind on which the current subject has the right, in ascending order; the id of a room is that of its media. For the site, which has no id, one NULL where the subject has the right. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, after bigint, max_rows integer)
    RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, integer) IS
    'A page of that list: at most max_rows ids (NULL: all) that follow the id after (NULL: from the first). Call it with named arguments, after => and max_rows =>. Error 22023 for a negative number of rows';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, user_id bigint, after bigint DEFAULT NULL,
                                        max_rows integer DEFAULT NULL) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list_user';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'The same for that user (NULL: anonymous). Allowed to administrators, to auditors, and to every user about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_who_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL,
                                           after bigint DEFAULT NULL, max_rows integer DEFAULT NULL)
    RETURNS TABLE (user_id bigint, login text, via text, name text)
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_who_can';
COMMENT ON FUNCTION @extschema@.kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'All users who have the right on the object, by ascending id, with the sufficient grants as text (via) and the display name (NULL where it is empty). after, max_rows: a page of the users that follow that id. Allowed to administrators, to auditors, and to users with manage on the object; else error 42501, also where the object is hidden or does not exist';

CREATE FUNCTION @extschema@.kroles_explain(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint, until timestamptz)
    LANGUAGE c STABLE COST 2000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_explain';
COMMENT ON FUNCTION @extschema@.kroles_explain(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Why that user (NULL: anonymous) has the right or not: one row for each reason, each with the answer of kroles_can(). effect: allows (sufficient alone), denies (overrides every grant), ignored (exists and is not in force), lacks (exists and does not give the right), needs (would give it). Further columns: the reason as text, the role, the group through which it applies, its space or event, and its expiry. For a user who has joined a room, the rights that were read on joining allow or deny, and those that joining again would give are ignored. Allowed to the same users as kroles_can(); reasons in other spaces, and in events that a media is a session of, are included only where the current user may ask about those objects too. For a user who asks about themselves, a hidden object is one that does not exist';
