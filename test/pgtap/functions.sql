-- The functions that applications call: names, arguments, answers, and labels that are true.
\ir lib/begin.psql

CREATE TEMP TABLE wanted (call text, answer text, volatility "char", parallel "char", for_everybody boolean) ON COMMIT DROP;
INSERT INTO wanted VALUES
    ('kroles_can(kroles.action, kroles.object_kind, bigint)', 'boolean', 's', 's', true),
    ('kroles_can(bigint, kroles.action, kroles.object_kind, bigint)', 'boolean', 's', 's', true),
    ('kroles_can_publish(bigint, bigint)', 'boolean', 's', 's', true),
    ('kroles_can_publish(bigint, bigint, bigint)', 'boolean', 's', 's', true),
    ('kroles_publication_status(bigint, bigint)', 'kroles.publication_status', 's', 's', true),
    ('kroles_rights(kroles.object_kind, bigint)', 'text[]', 's', 's', true),
    ('kroles_rights(kroles.object_kind, bigint, bigint)', 'text[]', 's', 's', true),
    ('kroles_role(kroles.object_kind, bigint)', 'text', 's', 's', true),
    ('kroles_role(kroles.object_kind, bigint, bigint)', 'text', 's', 's', true),
    ('kroles_contextual_role(bigint)', 'kroles.contextual_role', 's', 's', true),
    ('kroles_contextual_role(bigint, bigint)', 'kroles.contextual_role', 's', 's', true),
    ('kroles_require(kroles.action, kroles.object_kind, bigint)', 'void', 's', 'u', true),
    ('kroles_space_counts(bigint[])', 'record', 's', 'u', true),
    ('kroles_room_users(bigint, text, integer, integer)', 'record', 's', 'u', true),
    ('kroles_publisher_name(bigint, bigint)', 'text', 's', 'u', true),
    ('kroles_can_many(kroles.action, kroles.object_kind, bigint[])', 'record', 's', 's', true),
    ('kroles_list(kroles.action, kroles.object_kind)', 'bigint', 's', 'u', true),
    ('kroles_list(kroles.action, kroles.object_kind, bigint, integer)', 'bigint', 's', 'u', true),
    ('kroles_list(kroles.action, kroles.object_kind, bigint, bigint, integer)', 'bigint', 's', 'u', true),
    ('kroles_who_can(kroles.action, kroles.object_kind, bigint, bigint, integer)', 'record', 's', 'u', true),
    ('kroles_explain(bigint, kroles.action, kroles.object_kind, bigint)', 'record', 's', 'u', true),
    ('kroles_preview(kroles.object_kind[], kroles.action[], integer, integer)', 'record', 'v', 'u', true),
    ('kroles_preview_counts(kroles.object_kind[], kroles.action[])', 'record', 'v', 'u', true),
    ('kroles_current_user()', 'bigint', 's', 's', true),
    ('kroles_cache_stats()', 'record', 'v', 'u', false),
    ('kroles_verify(boolean)', 'record', 'v', 'u', false),
    ('kroles_install(boolean)', 'text', 'v', 'u', false),
    ('kroles_publish(bigint, bigint)', 'kroles.publication_status', 'v', 'u', true),
    ('kroles_approve(bigint, bigint)', 'kroles.publication_status', 'v', 'u', true),
    ('kroles_reject(bigint, bigint, text)', 'kroles.publication_status', 'v', 'u', true),
    ('kroles_take_down(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_approve_many(bigint[], bigint[])', 'record', 'v', 'u', true),
    ('kroles_reject_many(bigint[], bigint[], text)', 'record', 'v', 'u', true),
    ('kroles_my_playlists(integer, integer)', 'record', 's', 'u', true),
    ('kroles_joinable(text, integer, integer)', 'record', 's', 'u', true),
    ('kroles_request_to_join(bigint, text)', 'text', 'v', 'u', true),
    ('kroles_answer_request(bigint, boolean, kroles.contextual_role, timestamptz, timestamptz, text)', 'kroles.join_status', 'v', 'u', true),
    ('kroles_join_requests(bigint, kroles.join_status, integer, integer)', 'record', 's', 'u', true),
    ('kroles_media_users(bigint, text, text, integer, integer)', 'record', 's', 'u', true),
    ('kroles_space_users(bigint, text, integer, integer)', 'record', 's', 'u', true),
    ('kroles_event_users(bigint, text, integer, integer)', 'record', 's', 'u', true),
    ('kroles_speakers(bigint)', 'record', 's', 'u', true),
    ('kroles_set_permissions(bigint, bigint, bigint, text[], timestamptz, timestamptz)', 'void', 'v', 'u', true),
    ('kroles_remove_user(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_remove_group(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_transfer_ownership(bigint, bigint, boolean)', 'void', 'v', 'u', true),
    ('kroles_hand_over(bigint, bigint)', 'bigint', 'v', 'u', true),
    ('kroles_end_sessions(bigint)', 'integer', 'v', 'u', true),
    ('kroles_block(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_unblock(bigint)', 'void', 'v', 'u', true),
    ('kroles_move_speaker(bigint, bigint, integer)', 'integer', 'v', 'u', true),
    ('kroles_move_item(bigint, bigint, integer)', 'integer', 'v', 'u', true),
    ('kroles_move_session(bigint, bigint, integer)', 'integer', 'v', 'u', true),
    ('kroles_remove_session(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_room_join(bigint)', 'text[]', 'v', 'u', true),
    ('kroles_room_leave(bigint)', 'void', 'v', 'u', true),
    ('kroles_room_remove(bigint, bigint)', 'void', 'v', 'u', true),
    ('kroles_find_users(text, integer)', 'record', 's', 'u', true),
    ('kroles_id(kroles.object_kind, text)', 'bigint', 's', 'u', true),
    ('kroles_role_label(kroles.applicative_role)', 'text', 's', 's', true),
    ('kroles_history(text, bigint, bigint, integer)', 'record', 's', 'u', true),
    ('kroles_login(text)', 'bigint', 'v', 'u', true),
    ('kroles_grant_access(name)', 'void', 'v', 'u', false),
    ('kroles_revoke_access(name)', 'void', 'v', 'u', false),
    ('kroles_protect(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean)',
        'void', 'v', 'u', true),
    ('kroles_unprotect(regclass)', 'void', 'v', 'u', true),
    ('kroles_doctor()', 'kroles.weakness', 's', 'u', false),
    ('kroles_import_users(text, text, text[])', 'kroles.list_error', 'v', 'u', true),
    ('kroles_import_group_members(text, text, text[])', 'kroles.list_error', 'v', 'u', true),
    ('kroles_import_space_members(text, text, text[])', 'kroles.list_error', 'v', 'u', true),
    ('kroles_trust_gateway(name)', 'void', 'v', 'u', false),
    ('kroles_distrust_gateway(name)', 'void', 'v', 'u', false),
    ('kroles_position()', 'pg_lsn', 'v', 'u', true),
    ('kroles_wait(pg_lsn, interval)', 'boolean', 'v', 'u', true),
    ('kroles_heartbeat()', 'timestamp with time zone', 'v', 'u', false),
    ('kroles_publish_entitlements(name)', 'void', 'v', 'u', false),
    ('kroles_subscribe(text, name, name, name)', 'void', 'v', 'u', false);

-- By oid, so that a wrong signature shows as a missing function.
CREATE TEMP VIEW found AS
    SELECT w.*, to_regprocedure(w.call) AS fn FROM wanted w;

SELECT isnt(fn, NULL, call) FROM found ORDER BY call;
SELECT is(format_type(prorettype, NULL), answer, call || ' answers ' || answer)
FROM found JOIN pg_proc p ON p.oid = fn ORDER BY call;
SELECT is(provolatile, volatility, call || CASE volatility WHEN 's' THEN ' is stable' ELSE ' is volatile' END)
FROM found JOIN pg_proc p ON p.oid = fn ORDER BY call;
SELECT is(proparallel, parallel, call || CASE parallel WHEN 's' THEN ' is parallel safe' ELSE ' is parallel unsafe' END)
FROM found JOIN pg_proc p ON p.oid = fn ORDER BY call;
SELECT is(EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
                  WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'),
          for_everybody, call || CASE WHEN for_everybody THEN ' is for everybody' ELSE ' is not for everybody' END)
FROM found JOIN pg_proc p ON p.oid = fn ORDER BY call;

CREATE TEMP VIEW members AS
    SELECT p.* FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
    WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles');

-- NULL has an answer or an error of its own, and an error tells about its arguments: neither strict nor leakproof. Only what
-- is asked of an audience raises no error because of it.
SELECT is_empty($$SELECT oid::regprocedure FROM members WHERE proleakproof
    AND proname !~ '^audience_(can|overlaps|lt|le|eq|ne|ge|gt|cmp|hash|hash_extended)$'$$, 'no function but those on audiences claims to be leakproof');
SELECT is_empty($$SELECT fn FROM found JOIN pg_proc p ON p.oid = fn WHERE proisstrict$$,
    'no function of the interface is strict');

-- What policies and defaults ask is asked with the privileges of whoever uses the table, conditions of triggers with those of
-- whoever changes the row, kroles_protect works with those of the table's owner, and what is behind kroles_media_users, kroles_room_join and their
-- like with those of the owner of kroles's tables; so these are for everybody. None of them tells more than kroles_can and its
-- like or the catalog do, and none does what its caller could not.
CREATE TEMP TABLE helper (call text, asked_by text) ON COMMIT DROP;
INSERT INTO helper VALUES
    ('kroles.can(kroles.action, kroles.object_kind, bigint)', 'policies'),
    ('kroles.can_publish(bigint, bigint)', 'policies'),
    ('kroles.asker()', 'policies'),
    ('kroles.space_can(kroles.action, bigint)', 'policies'),
    ('kroles.audience_can(kroles.action, kroles.audience)', 'policies'),
    ('kroles.index_keys()', 'indexes'),
    ('kroles.draft_keys(kroles.audience)', 'indexes'),
    ('kroles.audience_overlaps(kroles.audience, kroles.audience)', 'indexes'),
    ('kroles.audience_lt(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_le(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_eq(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_ne(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_ge(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_gt(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_cmp(kroles.audience, kroles.audience)', 'operators'),
    ('kroles.audience_hash(kroles.audience)', 'operators'),
    ('kroles.audience_hash_extended(kroles.audience, bigint)', 'operators'),
    ('kroles.holds(bigint, bigint)', 'policies'),
    ('kroles.may_take_down(bigint, bigint, bigint)', 'policies'),
    ('kroles.may_see_publication(bigint, bigint, kroles.publication_status, bigint)', 'policies'),
    ('kroles.external_can(kroles.action, kroles.object_kind, text)', 'policies'),
    ('kroles.next_id(regclass)', 'defaults'),
    ('kroles.next_log_id()', 'the log'),
    ('kroles.changed_rights(bigint)', 'previews'),
    ('kroles.refuse_revoked(regclass, boolean)', 'triggers'),
    ('kroles.refuse_upsert()', 'triggers'),
    ('kroles.is_upsert(regclass, bigint)', 'triggers'),
    ('kroles.external_id_is_free(regclass, text, bigint)', 'triggers'),
    ('kroles.relations()', 'people'),
    ('kroles.beyond_policies()', 'triggers'),
    ('kroles.is_trimmed(text)', 'constraints'),
    ('kroles.is_visible(text)', 'constraints'),
    ('kroles.publication_status(bigint, bigint)', 'triggers'),
    ('kroles.default_right(kroles.object_kind, text)', 'kroles_protect'),
    ('kroles.qualified_name(regclass)', 'kroles_protect'),
    ('kroles.table_tree(regclass)', 'kroles_protect'),
    ('kroles.base_type(oid)', 'kroles_protect'),
    ('kroles.protection_call(oid, name, kroles.object_kind, kroles.action)', 'kroles_protect'),
    ('kroles.policy_question(pg_node_tree)', 'kroles_protect'),
    ('kroles.protection_policies(regclass)', 'kroles_protect'),
    ('kroles.lock_tree(regclass)', 'kroles_protect'),
    ('kroles.check_policies_are_gone(regclass)', 'kroles_protect'),
    ('kroles.check_security_is_off(regclass)', 'kroles_protect'),
    ('kroles.check_in_force(regclass, kroles.object_kind, name, kroles.action[])', 'kroles_protect'),
    ('kroles.protection_as_json(regclass)', 'kroles_protect'),
    ('kroles.why_not_protectable(regclass, regclass)', 'kroles_protect'),
    ('kroles.check_protectable(regclass)', 'kroles_protect'),
    ('kroles.check_id_column(regclass, kroles.object_kind, name)', 'kroles_protect'),
    ('kroles.check_rights_exist(kroles.object_kind, kroles.action[])', 'kroles_protect'),
    ('kroles.check_other_policies(regclass)', 'kroles_protect'),
    ('kroles.check_protected(regclass)', 'kroles_protect'),
    ('kroles.drop_protection(regclass)', 'kroles_protect'),
    ('kroles.add_policy(regclass, text, kroles.object_kind, name, kroles.action)', 'kroles_protect'),
    ('kroles.protect_table(regclass, kroles.object_kind, name, kroles.action, kroles.action, kroles.action, kroles.action, boolean)',
        'kroles_protect'),
    ('kroles.unprotect_table(regclass)', 'kroles_protect'),
    ('kroles.initials(text)', 'people'),
    ('kroles.shown_as(bigint, bigint)', 'people'),
    ('kroles.is_searched(text[], bigint, text)', 'people'),
    ('kroles.check_logged_in()', 'people'),
    ('kroles.check_media(kroles.action, bigint)', 'people'),
    ('kroles.check_playlist(bigint)', 'people'),
    ('kroles.decide_many(bigint[], bigint[], boolean, text)', 'people'),
    ('kroles.shows_people()', 'people'),
    ('kroles.history_text_request(text, jsonb, jsonb)', 'people'),
    ('kroles.check_page(integer, integer)', 'people'),
    ('kroles.permissions_named(text)', 'people'),
    ('kroles.permissions_split(text[])', 'people'),
    ('kroles.check_one_person(bigint, bigint)', 'people'),
    ('kroles.check_not_owner(bigint, bigint, text, text)', 'people'),
    ('kroles.check_exists(bigint, bigint)', 'people'),
    ('kroles.check_may_remove(bigint, bigint, bigint)', 'people'),
    ('kroles.lock_people(bigint, bigint, bigint)', 'people'),
    ('kroles.all_rights(kroles.object_kind, bigint)', 'rooms'),
    ('kroles.role(kroles.object_kind, bigint)', 'rooms'),
    ('kroles.check_right(kroles.action, kroles.object_kind, bigint)', 'rooms'),
    ('kroles.person_asking()', 'rooms'),
    ('kroles.stay_ends(timestamptz)', 'rooms'),
    ('kroles.stay_ends(bigint, timestamptz, boolean)', 'rooms'),
    ('kroles.rooms_switched()', 'rooms'),
    ('kroles.is_available(bigint)', 'rooms'),
    ('kroles.stay_counts(bigint, timestamptz, timestamptz, integer, boolean)', 'rooms'),
    ('kroles.joining(bigint)', 'joining'),
    ('kroles.grant_on_joining(bigint, bigint, kroles.contextual_role, timestamptz, timestamptz)', 'joining'),
    ('kroles.check_joinable(bigint)', 'joining'),
    ('kroles.check_answers_request(bigint)', 'joining'),
    ('kroles.approve_request(bigint, bigint, kroles.contextual_role, timestamptz, timestamptz)', 'joining'),
    ('kroles.is_walk_short(bigint, bigint)', 'people'),
    ('kroles.first_of_space(bigint, bigint, bigint, bigint)', 'people'),
    ('kroles.first_of_event(bigint, bigint, bigint)', 'people'),
    ('kroles.members_of(bigint)', 'people'),
    ('kroles.is_replica()', 'replicas'),
    ('kroles.lock_stay(bigint, bigint)', 'rooms'),
    ('kroles.rely_on(bigint)', 'people'),
    ('kroles.hold_user(bigint, boolean)', 'people'),
    ('kroles.hold_soon(bigint, boolean, integer)', 'people'),
    ('kroles.hold_standing(bigint)', 'people'),
    ('kroles.end_transactions(bigint, boolean, integer)', 'people'),
    ('kroles.log_ending(bigint, integer)', 'people'),
    ('kroles.check_administrator(bigint)', 'people'),
    ('kroles.check_organizes_alone(bigint)', 'people'),
    ('kroles.check_may_end_stays(bigint)', 'rooms'),
    ('kroles.end_stay(bigint, bigint)', 'rooms'),
    ('kroles.check_event_order(bigint)', 'events'),
    ('kroles.roles_that_add()', 'people'),
    ('kroles.may_add_to_a_media()', 'people'),
    ('kroles.may_add_to_a_space()', 'people'),
    ('kroles.may_add_to_an_event()', 'people'),
    ('kroles.concerns(jsonb)', 'people'),
    ('kroles.only_changed(jsonb, jsonb)', 'people'),
    ('kroles.window_called(jsonb, text, text)', 'people'),
    ('kroles.in_window(timestamptz, timestamptz)', 'people'),
    ('kroles.person_called(bigint, bigint)', 'people'),
    ('kroles.object_called(text, bigint)', 'people'),
    ('kroles.history_text_people(text, text, jsonb, jsonb)', 'people'),
    ('kroles.history_text_publication(text, jsonb, jsonb)', 'people'),
    ('kroles.history_text_session(text, jsonb, jsonb)', 'people'),
    ('kroles.history_text_stay(text, jsonb, jsonb)', 'people'),
    ('kroles.history_text_item(text, jsonb, jsonb)', 'people'),
    ('kroles.history_text_object(text, text, jsonb, jsonb)', 'people'),
    ('kroles.log_shown(text, bigint, bigint)', 'people'),
    ('kroles.log_told(text, bigint, bigint, text, jsonb, jsonb)', 'people'),
    ('kroles.log_about(text, bigint, bigint, integer)', 'people');
-- Lists work with the privileges of whoever brings them in.
INSERT INTO helper SELECT call, 'lists' FROM unnest('{
    "kroles.cell(text)", "kroles.list_action(text)", "kroles.list_flag(text)", "kroles.list_applicative_role(text)",
    "kroles.list_contextual_role(text)", "kroles.list_label(text, text[])", "kroles.list_sentence(text[])", "kroles.list_id(text)", "kroles.list_time(text)", "kroles.list_start(text, timestamptz)", "kroles.list_end(text, timestamptz)", "kroles.window_errors(text, text, timestamptz, timestamptz)", "kroles.shown(text)",
    "kroles.without_blanks(text)", "kroles.edit_distance(text, text)", "kroles.list_word(text)", "kroles.masked(text)",
    "kroles.list_fields(text)", "kroles.list_headings(text)", "kroles.heading(text)", "kroles.known_headings(text, text[])",
    "kroles.check_fields(text, text[])", "kroles.refuse_headings(text, text[])",
    "kroles.list_places(text, text[], text[])", "kroles.csv_rows(text, integer)",
    "kroles.header_places(text, kroles.list_row[])", "kroles.read_list(text, text, text[])",
    "kroles.marked_rows(text, kroles.list_row[])",
    "kroles.named_space(text, text, text)", "kroles.joined_user(kroles.list_row, kroles.list_row)",
    "kroles.joined_users(kroles.list_row[])", "kroles.with_part_of_name(text, text, text)",
    "kroles.without_rows(kroles.list_row[], kroles.list_row[])", "kroles.with_clean_cells(text, kroles.list_row[])",
    "kroles.distinct_rows(text, kroles.list_row[])", "kroles.asker_rows(text, kroles.list_row[])",
    "kroles.tell_similar_logins(kroles.list_row[])",
    "kroles.repeated_rows(text, kroles.list_row[])", "kroles.group_words(text)",
    "kroles.user_rows(kroles.list_row[])", "kroles.user_list_errors(kroles.list_row[])",
    "kroles.apply_users(kroles.list_row[])", "kroles.group_member_rows(kroles.list_row[])",
    "kroles.group_member_list_errors(kroles.list_row[])", "kroles.apply_group_members(kroles.list_row[])",
    "kroles.user_to_add(text, bigint)", "kroles.group_to_add(text, bigint)",
    "kroles.space_member_rows(kroles.list_row[])", "kroles.space_member_list_errors(kroles.list_row[])",
    "kroles.apply_space_members(kroles.list_row[])", "kroles.check_asker(text)",
    "kroles.list_errors(text, kroles.list_row[])", "kroles.apply_list(text, kroles.list_row[])",
    "kroles.column_of(text, text)", "kroles.apply_or_tell(text, kroles.list_row[])",
    "kroles.is_error_of_rows(text)", "kroles.errors_of_applying(text, kroles.list_row[])",
    "kroles.apply_whole(text, kroles.list_row[])", "kroles.add_groups(kroles.list_row[])",
    "kroles.without_errors(kroles.list_row[], kroles.list_error[])", "kroles.import_rows(text, kroles.list_row[])",
    "kroles.refuse_list(text, kroles.list_error[], text)", "kroles.import_list(text, text, text, text[])",
    "kroles.import_copied(text, kroles.list_row[])"}'::text[]) AS call;
SELECT ok(NOT prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE'), call || ' runs as whoever asks and is for everybody')
FROM helper LEFT JOIN pg_proc p ON p.oid = to_regprocedure(call) ORDER BY call;
SELECT is(provolatile, 's'::"char", call || ' is stable')
FROM helper LEFT JOIN pg_proc p ON p.oid = to_regprocedure(call) WHERE asked_by IN ('policies', 'triggers') ORDER BY call;
SELECT is(proparallel, 's'::"char", call || ' is parallel safe, so that a table with policies can be read in parallel')
FROM helper LEFT JOIN pg_proc p ON p.oid = to_regprocedure(call) WHERE asked_by = 'policies' ORDER BY call;
SELECT is_empty($$
    SELECT DISTINCT d.refobjid::regprocedure FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
    JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = y.oid AND d.refclassid = 'pg_proc'::regclass
    WHERE c.relnamespace = 'kroles'::regnamespace
      AND d.refobjid NOT IN (SELECT to_regprocedure(call) FROM helper WHERE asked_by = 'policies')$$,
    'policies ask those and nothing else, for nobody can overload them');

-- Names: helpers live in the schema kroles, everything else begins alike, and nothing else is offered to everybody.
SELECT is_empty($$SELECT oid::regprocedure FROM members WHERE (proname ~ '^kroles_') = (pronamespace = 'kroles'::regnamespace)$$,
    'every function outside the schema kroles is named kroles_*, and none inside it');
SELECT is_empty($$
    SELECT m.oid::regprocedure FROM members m
    WHERE m.oid NOT IN (SELECT fn FROM found WHERE for_everybody)
      AND m.oid NOT IN (SELECT to_regprocedure(call) FROM helper)
      AND EXISTS (SELECT FROM aclexplode(coalesce(m.proacl, acldefault('f', m.proowner))) AS a WHERE a.grantee = 0)$$,
    'no function beside those is for everybody, triggers included');

-- Tables may belong to a role that does not own the extension; functions in SQL and triggers that run as that role call only what it may.
SELECT is_empty($$
    WITH RECURSIVE ours AS (
        SELECT p.oid, p.proname, regexp_replace(p.prosrc, '--[^\n]*', '', 'g') AS body, p.prorettype = 'trigger'::regtype AS is_trigger,
               EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0) AS for_everybody
        FROM pg_proc p WHERE p.pronamespace = 'kroles'::regnamespace AND NOT p.prosecdef
    ), reached AS (
        SELECT * FROM ours WHERE is_trigger OR EXISTS (SELECT FROM members m WHERE m.proname = 'kroles_' || ours.proname AND m.prosrc = 'kroles_as_owner')
        UNION
        SELECT called.* FROM reached JOIN ours AS called ON strpos(reached.body, 'kroles.' || called.proname || '(') > 0
    )
    SELECT called.oid::regprocedure FROM reached JOIN ours AS called ON strpos(reached.body, 'kroles.' || called.proname || '(') > 0
    WHERE NOT called.for_everybody$$,
    'what runs as the owner of the tables calls nothing that is not for everybody');

-- Nothing that a caller's search_path can bend: definer functions pin it, and so does what is not C.
SELECT ok(coalesce(path ~ '^search_path=pg_catalog(,|$)' AND path ~ '(=|, ?)pg_temp$', false),
    fn || ' runs as its owner with a pinned search_path, pg_catalog first and pg_temp last')
FROM (SELECT oid::regprocedure::text AS fn,
             (SELECT setting FROM unnest(proconfig) AS setting WHERE setting ~ '^search_path=') AS path
      FROM members WHERE prosecdef) AS definer ORDER BY fn;
SELECT is_empty($$
    SELECT m.oid::regprocedure FROM members m JOIN pg_language l ON l.oid = m.prolang
    WHERE l.lanname <> 'c' AND m.prosqlbody IS NULL
      -- (pages inline the first, the library reads the second; both qualify all names)
      AND m.oid NOT IN ('kroles.shown_as(bigint, bigint)'::regprocedure, 'kroles.script_version()'::regprocedure)
      AND NOT EXISTS (SELECT FROM unnest(m.proconfig) AS setting WHERE setting ~ '^search_path=pg_catalog')$$,
    'every function that is not C has a pinned search_path or names resolved when it was made');

SELECT * FROM finish();
ROLLBACK;
