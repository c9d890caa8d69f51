-- The questions whose answers have many rows: a page of questions, lists, who can, and why. What is asked one by one in 40
-- is answered alike here, from the same entries by the same rules.

CREATE FUNCTION @extschema@.kroles_can_many(action kroles.action, kind kroles.object_kind, ids bigint[])
    RETURNS TABLE (id bigint, allowed boolean)
    LANGUAGE c STABLE PARALLEL SAFE COST 2000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_can_many';
COMMENT ON FUNCTION @extschema@.kroles_can_many(kroles.action, kroles.object_kind, bigint[]) IS
    'May the current subject, on each of these objects? A row an element, in the order of the array, as kroles_can() answers: false for what is hidden or does not exist, and for NULL (the site has no id: any element asks about it). No row for NULL in place of the array. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind) IS
    'Every object of the kind on which the current subject has the right, by ascending id; rooms by the id of their media. For the site, which has no id, a NULL where the answer is yes. Error 22023 for an action that the kind does not have';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, after bigint, max_rows integer)
    RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_list';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, integer) IS
    'A page of that: what comes after that id (NULL: from the first), so many rows at most (NULL: all). Write the names, after => and max_rows =>. Error 22023 for a negative number of rows';

CREATE FUNCTION @extschema@.kroles_list(action kroles.action, kind kroles.object_kind, user_id bigint, after bigint DEFAULT NULL,
                                        max_rows integer DEFAULT NULL) RETURNS SETOF bigint
    LANGUAGE c STABLE COST 10000 ROWS 1000 AS 'MODULE_PATHNAME', 'kroles_list_user';
COMMENT ON FUNCTION @extschema@.kroles_list(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'The same for that user (NULL: anonymous). Asked by administrators, and by everyone about themselves; else error 42501';

CREATE FUNCTION @extschema@.kroles_who_can(action kroles.action, kind kroles.object_kind, id bigint DEFAULT NULL,
                                           after bigint DEFAULT NULL, max_rows integer DEFAULT NULL)
    RETURNS TABLE (user_id bigint, login text, via text)
    LANGUAGE c STABLE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'kroles_who_can';
COMMENT ON FUNCTION @extschema@.kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer) IS
    'Every user who has the right on the object, by ascending id, and by what: all that would be enough alone, in words. after, max_rows: a page, what comes after that user. Asked by administrators and by whoever has manage on the object; else error 42501, also where it is hidden or does not exist';

CREATE FUNCTION @extschema@.kroles_explain(user_id bigint, action kroles.action, kind kroles.object_kind, id bigint)
    RETURNS TABLE (allowed boolean, effect text, reason text, role text, group_id bigint, space_id bigint, event_id bigint, until timestamptz)
    LANGUAGE c STABLE COST 2000 ROWS 5 AS 'MODULE_PATHNAME', 'kroles_explain';
COMMENT ON FUNCTION @extschema@.kroles_explain(bigint, kroles.action, kroles.object_kind, bigint) IS
    'Why that user (NULL: anonymous) may, or may not: a row a reason, and in each the verdict, which is that of kroles_can(). effect: allows (enough alone), denies (whatever else there is), ignored (is there and does not count), lacks (is there and does not give it), needs (what would have to be). Beside the words, the role, the group it is by, the space or event it is about, and until when it counts. Whoever has joined a room has what was read then (allows or denies), and what joining again would give is ignored until they do. Who may ask is as for kroles_can(); of other spaces, and of events that a media is a session of, only what the asker could ask there as well is told. To whoever asks about themselves, what is hidden is what does not exist';
