-- Leaks by answers: every function that everybody may call answers a question about a hidden object, to the word, as one about
-- an absent object.
\set name attack_leak_answers
\ir lib/portal.psql
SELECT * FROM no_plan();

-- A hidden room and a hidden event, of which it is a session, and of which what is eve's is one too.
INSERT INTO kroles.media (id, type, name, owner_id, external_id) VALUES (777142, 'room', 'hidden room', 777001, 'hidden-room');
INSERT INTO kroles.events (id, name, created_by, external_id) VALUES (777180, 'hidden event', 777001, 'hidden-event');
INSERT INTO kroles.event_participants (event_id, user_id, role) VALUES (777180, 2, 'moderator');
INSERT INTO kroles.event_sessions (event_id, media_id) VALUES (777180, 777142), (777180, 41);
INSERT INTO kroles.room_participants (media_id, user_id, rights) VALUES (777142, 2, '{join_room}');

SELECT attack.login('eve', 'attack_app', '-c kroles.token=' || attack.token('eve')),
    attack.login('vera', 'attack_app', '-c kroles.token=' || attack.token('vera')),
       attack.login('bob', 'attack_app', '-c kroles.token=' || attack.token('bob')), attack.login('nobody', 'attack_app');

-- %s is the hidden object, or none; "media", "space" and so on are also hidden.
CREATE TEMP TABLE questions AS SELECT * FROM (VALUES
    ('f', 'f', 'kroles_can(''view'', ''media'', %s)', '777040', '888040'),
    ('f', 'f', 'kroles_can(''edit'', ''media'', %s)', '777040', '888040'),
    ('f', 'f', 'kroles_can(''view'', ''channel'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles_can(''share'', ''channel'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles_can(''view'', ''gallery'', %s)', '777021', '888021'),
    ('f', 'f', 'kroles_can(''view'', ''gallery'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles_can(''view'', ''channel'', %s)', '777021', '888021'),
    ('f', 'f', 'kroles_can(''view'', ''media'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles_can(''view'', ''room'', %s)', '777142', '888142'),
    ('f', 'f', 'kroles_can(''join_room'', ''room'', %s)', '777142', '888142'),
    ('f', 'f', 'kroles_can(''view'', ''room'', %s)', '777040', '888040'),
    ('f', 'f', 'kroles_can(''view'', ''media'', %s)', '777142', '888142'),
    ('f', 'f', 'kroles_can(''view'', ''event'', %s)', '777180', '888180'),
    ('22023', '22023', 'kroles_can(''view'', ''site'', %s)', '777040', '888040'),
    ('22023', '22023', 'kroles_can(''organize'', ''gallery'', %s)', '777021', '888021'),
    ('22023', '22023', 'kroles_can(''join_room'', ''media'', %s)', '777040', '888040'),
    ('42501', '42501', 'kroles_can(1, ''view'', ''media'', %s)', '777040', '888040'),
    ('42501', '42501', 'kroles_can(777001, ''view'', ''media'', %s)', '777040', '888040'),
    ('42501', '42501', 'kroles_can(%s, ''view'', ''media'', 777040)', '777001', '888001'),
    ('42501', '42501', 'kroles_can(%s, ''view'', ''channel'', 20)', '777001', '888001'),
    ('42501', '42501', 'kroles_can(%s, ''upload'', ''site'', NULL)', '777001', '888001'),
    ('42501', '42501', 'kroles_can(2, ''view'', ''channel'', %s)', '777020', '888020'),
    ('{}', '{}', 'kroles_rights(''media'', %s)', '777040', '888040'),
    ('{}', '{}', 'kroles_rights(''channel'', %s)', '777020', '888020'),
    ('{}', '{}', 'kroles_rights(''gallery'', %s)', '777021', '888021'),
    ('{}', '{}', 'kroles_rights(''room'', %s)', '777040', '888040'),
    ('{}', '{}', 'kroles_rights(''room'', %s)', '777142', '888142'),
    ('{}', '{}', 'kroles_rights(''event'', %s)', '777180', '888180'),
    ('42501', '42501', 'kroles_rights(''room'', %s, 1)', '777142', '888142'),
    ('42501', '42501', 'kroles_rights(''event'', %s, 2)', '777180', '888180'),
    ('42501', '42501', 'kroles_rights(''media'', %s, 1)', '777040', '888040'),
    ('42501', '42501', 'kroles_rights(''media'', 777040, %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_rights(''channel'', %s, 777001)', '777020', '888020'),
    ('42501', '42501', 'kroles_rights(''site'', NULL, %s)', '777001', '888001'),
    ('NULL', 'NULL', 'kroles_contextual_role(%s)', '777020', '888020'),
    ('NULL', 'NULL', 'kroles_contextual_role(%s)', '777021', '888021'),
    ('42501', '42501', 'kroles_contextual_role(%s, 777001)', '777020', '888020'),
    ('42501', '42501', 'kroles_contextual_role(777020, %s)', '777001', '888001'),
    ('NULL', 'NULL', 'kroles_publisher_name(%s, 777020)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles_publisher_name(777040, %s)', '777020', '888020'),
    ('42704', '42704', 'kroles_require(''view'', ''media'', %s)', '777040', '888040'),
    ('42704', '42704', 'kroles_require(''manage'', ''channel'', %s)', '777020', '888020'),
    ('NULL', 'NULL', 'kroles_role(''media'', %s)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles_role(''channel'', %s)', '777020', '888020'),
    ('NULL', 'NULL', 'kroles_role(''gallery'', %s)', '777021', '888021'),
    ('NULL', 'NULL', 'kroles_role(''room'', %s)', '777142', '888142'),
    ('NULL', 'NULL', 'kroles_role(''event'', %s)', '777180', '888180'),
    ('42501', '42501', 'kroles_role(''event'', %s, 777001)', '777180', '888180'),
    ('42501', '42501', 'kroles_role(''media'', %s, 1)', '777040', '888040'),
    ('42501', '42501', 'kroles_role(''channel'', 777020, %s)', '777001', '888001'),
    ('f', 'f', 'kroles_can_publish(%s, 20)', '777040', '888040'),
    ('f', 'f', 'kroles_can_publish(%s, 777020)', '777040', '888040'),
    ('f', 'f', 'kroles_can_publish(41, %s)', '777020', '888020'),
    ('f', 'f', 'kroles_can_publish(40, %s)', '777021', '888021'),
    ('42501', '42501', 'kroles_can_publish(%s, 20, 777001)', '777040', '888040'),
    ('42501', '42501', 'kroles_can_publish(40, 20, %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_can_publish(%s, 777020, 2)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles_publication_status(%s, 20)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles_publication_status(41, %s)', '777020', '888020'),
    ('NULL', 'NULL', 'kroles_publication_status(%s, 777020)', '777040', '888040'),
    ('42704', '28000', 'kroles_publish(%s, 20)', '777040', '888040'),
    ('42704', '28000', 'kroles_publish(41, %s)', '777020', '888020'),
    ('42704', '28000', 'kroles_publish(%s, 777020)', '777040', '888040'),
    ('42704', '28000', 'kroles_publish(%s, 21)', '777040', '888040'),
    ('42704', '28000', 'kroles_approve(%s, 777020)', '777040', '888040'),
    ('42704', '28000', 'kroles_approve(%s, 20)', '777040', '888040'),
    ('(...,777020,,42704,"there is no such publication, or you may not see it",)', '28000', 'kroles_approve_many(''{%s}'', ''{777020}'')', '777040', '888040'),
    ('(777040,...,,42704,"there is no such publication, or you may not see it",)', '28000', 'kroles_approve_many(''{777040}'', ''{%s}'')', '777020', '888020'),
    ('(...,777020,,42704,"there is no such publication, or you may not see it",)', '28000', 'kroles_reject_many(''{%s}'', ''{777020}'')', '777040', '888040'),
    ('(...,777020,,42704,"there is no such publication, or you may not see it",)', '28000', 'kroles.decide_many(''{%s}'', ''{777020}'', true, NULL)', '777040', '888040'),
    ('42704', '28000', 'kroles_request_to_join(%s)', '777020', '888020'),
    ('42704', '28000', 'kroles_request_to_join(%s, ''x'')', '777021', '888021'),
    ('42704', '28000', 'kroles_request_to_join(%s, repeat(''x'', 9999))', '777021', '888021'),
    ('42704', '28000', 'kroles_answer_request(%s, true)', '777095', '888095'),
    ('42704', '28000', 'kroles_answer_request(%s, false)', '777095', '888095'),
    ('42704', '28000', 'kroles_answer_request(%s, true, ''manager'', NULL, NULL, NULL)', '777095', '888095'),
    ('42704', '28000', 'kroles_join_requests(%s)', '777020', '888020'),
    ('42704', '28000', 'kroles_join_requests(%s, NULL, 5)', '777021', '888021'),
    ('42704', '28000', 'kroles_move_item(%s, 40, 1)', '777071', '888071'),
    ('42704', '28000', 'kroles_approve(41, %s)', '777020', '888020'),
    ('42704', '28000', 'kroles_approve(%s, 21)', '777040', '888040'),
    ('42704', '28000', 'kroles_reject(%s, 777020)', '777040', '888040'),
    ('42704', '28000', 'kroles_reject(%s, 20, ''x'')', '777040', '888040'),
    ('42704', '28000', 'kroles_reject(41, %s)', '777020', '888020'),
    ('42704', '28000', 'kroles_reject(%s, 21)', '777040', '888040'),
    ('42704', '28000', 'kroles_take_down(%s, 777020)', '777040', '888040'),
    ('42704', '28000', 'kroles_take_down(%s, 20)', '777040', '888040'),
    ('42704', '28000', 'kroles_take_down(41, %s)', '777020', '888020'),
    ('42704', '28000', 'kroles_media_users(%s)', '777040', '888040'),
    ('42704', '28000', 'kroles_media_users(%s, ''a'')', '777040', '888040'),
    ('42704', '28000', 'kroles_set_permissions(%s, 4, NULL, ''{viewer}'')', '777040', '888040'),
    ('42704', '28000', 'kroles_set_permissions(%s, NULL, 777010, ''{viewer}'')', '777040', '888040'),
    ('42704', '28000', 'kroles_set_permissions(777040, %s, NULL, ''{viewer}'')', '777001', '888001'),
    ('42704', '28000', 'kroles_remove_user(%s, 4)', '777040', '888040'),
    ('42704', '28000', 'kroles_remove_user(%s, coalesce(kroles_current_user(), 4))', '777040', '888040'),
    ('42704', '28000', 'kroles_remove_user(777040, %s)', '777001', '888001'),
    ('42704', '28000', 'kroles_remove_group(%s, 777010)', '777040', '888040'),
    ('42704', '28000', 'kroles_remove_group(777040, %s)', '777010', '888010'),
    ('42704', '28000', 'kroles_transfer_ownership(%s, 4)', '777040', '888040'),
    ('42704', '28000', 'kroles_transfer_ownership(%s, 4, true)', '777040', '888040'),
    ('42704', '28000', 'kroles_transfer_ownership(777040, %s)', '777001', '888001'),
    ('42704', '28000', 'kroles_move_speaker(%s, 4, 1)', '777040', '888040'),
    ('42704', '28000', 'kroles_move_speaker(777040, %s, 1)', '777001', '888001'),
    ('42704', '28000', 'kroles_move_item(%s, 40, 1)', '777070', '888070'),
    ('42704', '28000', 'kroles_move_item(%s, 777040, 1)', '777070', '888070'),
    ('42704', '28000', 'kroles_move_item(777070, %s, 1)', '777040', '888040'),
    ('42704', '28000', 'kroles_room_join(%s)', '777142', '888142'),
    ('42704', '28000', 'kroles_room_join(%s)', '777040', '888040'),
    ('', '28000', 'kroles_room_leave(%s)', '777142', '888142'),
    ('42704', '28000', 'kroles_room_remove(%s, 2)', '777142', '888142'),
    ('42704', '28000', 'kroles_room_remove(777142, %s)', '777001', '888001'),
    ('42704', '28000', 'kroles_move_session(%s, 777142, 1)', '777180', '888180'),
    ('42704', '28000', 'kroles_move_session(777180, %s, 1)', '777142', '888142'),
    ('42704', '28000', 'kroles_remove_session(%s, 777142)', '777180', '888180'),
    ('42704', '28000', 'kroles_remove_session(777180, %s)', '777142', '888142'),
    ('42704', '28000', 'kroles_event_users(%s)', '777180', '888180'),
    ('42704', '28000', 'kroles_event_users(%s, ''a'', 5)', '777180', '888180'),
    ('42704', '28000', 'kroles_room_users(%s)', '777040', '888040'),
    ('no row', 'no row', 'kroles_space_counts(ARRAY[%s])', '777020', '888020'),
    ('no row', 'no row', 'kroles_space_counts(ARRAY[%s])', '777021', '888021'),
    ('42704', '28000', 'kroles_space_users(%s)', '777020', '888020'),
    ('42704', '28000', 'kroles_space_users(%s, ''a'', 5)', '777021', '888021'),
    ('no row', 'no row', 'kroles_speakers(%s)', '777040', '888040'),
    ('no row', 'no row', 'kroles.changed_rights(%s)', '1', '888040'),
    ('42501', '28000', 'kroles_hand_over(%s, 4)', '777001', '888001'),
    ('42501', '28000', 'kroles_hand_over(4, %s)', '777001', '888001'),
    ('42501', '28000', 'kroles_end_sessions(%s)', '777001', '888001'),
    ('42501', '28000', 'kroles_block(%s)', '777001', '888001'),
    ('42501', '28000', 'kroles_block(%s, 4)', '777001', '888001'),
    ('42501', '28000', 'kroles_block(4, %s)', '777001', '888001'),
    ('42501', '28000', 'kroles_unblock(%s)', '777001', '888001'),
    ('42501', '28000', 'kroles.check_administrator(%s)', '777001', '888001'),
    ('42501', '42501', 'kroles.check_organizes_alone(%s)', '777001', '888001'),
    ('42501', '42501', 'kroles.rely_on(%s)', '777001', '888001'),
    ('42501', '42501', 'kroles.hold_user(%s, true)', '777001', '888001'),
    ('42501', '42501', 'kroles.hold_soon(%s, false, 0)', '777001', '888001'),
    ('42501', '42501', 'kroles.hold_standing(%s)', '777001', '888001'),
    ('42501', '42501', 'kroles.end_transactions(%s, false, 0)', '777001', '888001'),
    ('42501', '42501', 'kroles.log_ending(%s, 1)', '777001', '888001'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''view'', ''media'', ARRAY[%s])', '777040', '888040'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''manage'', ''channel'', ARRAY[%s])', '777020', '888020'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''view'', ''channel'', ARRAY[%s])', '777021', '888021'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''create_subgallery'', ''gallery'', ARRAY[%s])', '777021', '888021'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''view'', ''event'', ARRAY[%s])', '777180', '888180'),
    ('(...,f)', '(...,f)', 'kroles_can_many(''interact'', ''room'', ARRAY[%s])', '777142', '888142'),
    ('22023', '22023', 'kroles_can_many(''join_room'', ''media'', ARRAY[%s])', '777040', '888040'),
    ('no row', 'no row', 'kroles_list(''view'', ''media'', after => %s - 1, max_rows => 1)', '777040', '888040'),
    ('no row', 'no row', 'kroles_list(''moderate'', ''media'', after => %s - 1, max_rows => NULL)', '777040', '888040'),
    ('no row', 'no row', 'kroles_list(''view'', ''channel'', after => %s - 1, max_rows => 1)', '777020', '888020'),
    ('no row', 'no row', 'kroles_list(''view'', ''gallery'', after => %s - 1, max_rows => NULL)', '777021', '888021'),
    ('no row', 'no row', 'kroles_list(''view'', ''event'', after => %s - 1, max_rows => 1)', '777180', '888180'),
    ('no row', 'no row', 'kroles_list(''view'', ''room'', after => %s - 1, max_rows => 1)', '777142', '888142'),
    ('no row', 'no row', 'kroles_list(''join_room'', ''room'', after => %s - 1, max_rows => NULL)', '777142', '888142'),
    ('42501', '42501', 'kroles_list(''view'', ''event'', user_id => %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_list(''view'', ''media'', user_id => %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_list(''upload'', ''site'', user_id => %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_list(''view'', ''channel'', %s, after => 1, max_rows => 1)', '777001', '888001'),
    ('42501', '42501', 'kroles_who_can(''view'', ''media'', %s)', '777040', '888040'),
    ('42501', '42501', 'kroles_who_can(''view'', ''channel'', %s)', '777020', '888020'),
    ('42501', '42501', 'kroles_who_can(''manage'', ''gallery'', %s)', '777021', '888021'),
    ('42501', '42501', 'kroles_who_can(''view'', ''gallery'', %s, after => 1, max_rows => 1)', '777020', '888020'),
    ('42501', '42501', 'kroles_who_can(''view'', ''event'', %s)', '777180', '888180'),
    ('42501', '42501', 'kroles_who_can(''interact'', ''room'', %s)', '777142', '888142'),
    ('42501', '42501', 'kroles_who_can(''upload'', ''site'', NULL, after => %s)', '777001', '888001'),
    ('42501', '42501', 'kroles_explain(1, ''view'', ''media'', %s)', '777040', '888040'),
    ('42501', '42501', 'kroles_explain(%s, ''view'', ''media'', 777040)', '777001', '888001'),
    ('42501', '42501', 'kroles_explain(%s, ''view'', ''channel'', 20)', '777001', '888001'),
    ('42501', '42501', 'kroles_explain(%s, ''upload'', ''site'', NULL)', '777001', '888001'),
    ('42501', '42501', 'kroles_explain(2, ''moderate'', ''event'', %s)', '777180', '888180'),
    ('42501', '42501', 'kroles_explain(2, ''join_room'', ''room'', %s)', '777142', '888142'),
    ('42501', '42501', 'kroles_explain(%s, ''view'', ''event'', 777180)', '777001', '888001'),
    ('22023', '22023', 'kroles_explain(NULL, ''organize'', ''gallery'', %s)', '777021', '888021'),
    ('NULL', 'NULL', 'kroles_id(''media'', ''%s'')', 'hidden', 'absent'),
    ('NULL', 'NULL', 'kroles_id(''room'', ''%s'')', 'hidden', 'absent'),
    ('NULL', 'NULL', 'kroles_id(''room'', ''%s'')', 'hidden-room', 'absent-room'),
    ('NULL', 'NULL', 'kroles_id(''event'', ''%s'')', 'hidden-event', 'absent-event'),
    ('NULL', 'NULL', 'kroles_id(''channel'', ''%s'')', 'hidden', 'absent'),
    ('NULL', 'NULL', 'kroles_id(''gallery'', ''%s'')', 'hidden-gallery', 'absent-gallery'),
    ('no row', 'no row', 'kroles_history(''media'', %s)', '777040', '888040'),
    ('no row', 'no row', 'kroles_history(''channel'', %s)', '777020', '888020'),
    ('no row', 'no row', 'kroles_history(''gallery'', %s)', '777021', '888021'),
    ('no row', 'no row', 'kroles_history(''event'', %s)', '777180', '888180'),
    ('no row', 'no row', 'kroles_history(''user'', %s)', '777001', '888001'),
    ('no row', 'no row', 'kroles_history(''group'', %s, NULL, 5)', '777010', '888010'),
    -- what is behind these, asked by hand
    ('42704', '42704', 'kroles.check_media(''view'', %s)', '777040', '888040'),
    ('infinity', 'infinity', 'kroles.stay_ends(%s, ''infinity'', true)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles.is_available(%s)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles.stay_counts(%s, now(), NULL, kroles.rooms_switched(), true)', '777040', '888040'),
    ('f', 'f', 'kroles.grant_on_joining(%s, kroles.asker(), ''member'', NULL, NULL)', '777001', '888001'),
    ('42710', '42710', 'kroles.approve_request(%s, kroles.asker(), ''member'', NULL, NULL)', '777001', '888001'),
    ('0', '0', 'kroles.members_of(%s)', '777001', '888001'),
    ('NULL', 'NULL', 'kroles.first_of_space(%s, 1, 100, 10)', '777001', '888001'),
    ('NULL', 'NULL', 'kroles.first_of_event(%s, 100, 10)', '777180', '888180'),
    ('f', 'f', 'kroles.is_walk_short(%s, 0)', '777001', '888001'),
    ('42501', '42501', 'kroles.joining(%s)', '777001', '888001'),
    ('42501', '42501', 'kroles.check_joinable(%s)', '777001', '888001'),
    ('42704', '42704', 'kroles.check_answers_request(%s)', '777001', '888001'),
    ('42704', '42704', 'kroles.check_right(''join_room'', ''room'', %s)', '777142', '888142'),
    ('42704', '42704', 'kroles.check_right(''manage'', ''event'', %s)', '777180', '888180'),
    ('42704', '42704', 'kroles.check_event_order(%s)', '777180', '888180'),
    ('42704', '42704', 'kroles.check_may_end_stays(%s)', '777142', '888142'),
    ('42501', '42501', 'kroles.lock_stay(20, %s)', '777001', '888001'),
    ('42501', '42501', 'kroles.lock_stay(%s, 4)', '777142', '888142'),
    ('NULL', 'NULL', 'kroles.end_stay(%s, 2)', '777142', '888142'),
    ('{}', '{}', 'kroles.all_rights(''room'', %s)', '777142', '888142'),
    ('NULL', 'NULL', 'kroles.role(''event'', %s)', '777180', '888180'),
    ('42704', '42704', 'kroles.check_may_remove(%s, 4, NULL)', '777040', '888040'),
    ('42704', '42704', 'kroles.check_playlist(%s)', '777070', '888070'),
    ('42704', '42704', 'kroles.check_exists(%s, NULL)', '777001', '888001'),
    ('42704', '42704', 'kroles.check_exists(NULL, %s)', '777010', '888010'),
    ('', '', 'kroles.check_one_person(%s, NULL)', '777001', '888001'),
    ('', '', 'kroles.check_not_owner(%s, 4, ''x'', ''x'')', '777001', '888001'),
    ('NULL', 'NULL', 'kroles.lock_people(%s, 777001, NULL)', '777040', '888040'),
    ('user ...', 'user ...', 'kroles.person_called(%s, NULL)', '777001', '888001'),
    ('group ...', 'group ...', 'kroles.person_called(NULL, %s)', '777010', '888010'),
    ('media ...', 'media ...', 'kroles.object_called(''media'', %s)', '777040', '888040'),
    ('space ...', 'space ...', 'kroles.object_called(''space'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles.log_shown(''media'', %s, 777020)', '777040', '888040'),
    ('f', 'f', 'kroles.log_shown(''gallery'', %s, NULL)', '777021', '888021'),
    ('f', 'f', 'kroles.log_told(''media'', %s, NULL, ''DELETE'', NULL, NULL)', '777040', '888040'),
    ('no row', 'no row', 'kroles.log_about(''media'', %s, NULL, NULL)', '777040', '888040'),
    -- what policies ask, asked by hand
    ('f', 'f', 'kroles.can(''view'', ''media'', %s)', '777040', '888040'),
    ('f', 'f', 'kroles.can(''manage'', ''channel'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles.can(''view'', ''event'', %s)', '777180', '888180'),
    ('f', 'f', 'kroles.can(''interact'', ''room'', %s)', '777142', '888142'),
    ('f', 'f', 'kroles.can_publish(%s, 20)', '777040', '888040'),
    ('NULL', 'NULL', 'kroles.publication_status(%s, 20)', '777040', '888040'),
    ('f', 'f', 'kroles.can_publish(41, %s)', '777020', '888020'),
    ('f', 'f', 'kroles.space_can(''view'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles.space_can(''create_subgallery'', %s)', '777021', '888021'),
    ('f', 'f', 'kroles.space_can(NULL, %s)', '777020', '888020'),
    ('f', 'f', 'kroles.holds(%s, NULL)', '777001', '888001'),
    ('f', 'f', 'kroles.holds(NULL, %s)', '777010', '888010'),
    ('f', 'f', 'kroles.holds(%s, 777010)', '777001', '888001'),
    ('f', 'f', 'kroles.may_take_down(%s, 777020, 777001)', '777040', '888040'),
    ('f', 'f', 'kroles.may_take_down(%s, 20, NULL)', '777040', '888040'),
    ('f', 'f', 'kroles.may_take_down(40, %s, 2)', '777020', '888020'),
    ('f', 'f', 'kroles.may_see_publication(%s, 777020, ''approved'', 777001)', '777040', '888040'),
    ('f', 'f', 'kroles.may_see_publication(40, %s, ''approved'', 2)', '777020', '888020'),
    ('NULL', 'NULL', 'kroles.user_to_add(''ada'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles.is_searched(''{a}'', %s, ''b'')', '777001', '888001'),
    ('f', 'f', 'kroles.is_upsert(''kroles.media'', %s)', '777040', '888040'),
    ('t', 't', 'kroles.external_id_is_free(''kroles.media'', ''hidden'', %s)', '777040', '888040'),
    ('(,,,"{NULL,NULL,NULL}")', '(,,,"{NULL,NULL,NULL}")', 'kroles.shown_as(%s, NULL)', '777001', '888001'),
    ('(,,,"{NULL,NULL,NULL}")', '(,,,"{NULL,NULL,NULL}")', 'kroles.shown_as(NULL, %s)', '777010', '888010'),
    ('NULL', 'NULL', 'kroles.group_to_add(''hidden'', %s)', '777020', '888020'),
    ('f', 'f', 'kroles.external_can(''view'', ''media'', ''%s'')', 'hidden', 'absent'),
    ('f', 'f', 'kroles.external_can(''view'', ''channel'', ''%s'')', 'hidden', 'absent'),
    ('f', 'f', 'kroles.external_can(''view'', ''gallery'', ''%s'')', 'hidden-gallery', 'absent-gallery'),
    ('f', 'f', 'kroles.external_can(''view'', ''gallery'', ''%s'')', 'hidden', 'absent'),
    ('f', 'f', 'kroles.external_can(''view'', ''event'', ''%s'')', 'hidden-event', 'absent-event'),
    ('f', 'f', 'kroles.external_can(''join_room'', ''room'', ''%s'')', 'hidden-room', 'absent-room')
) AS q (expected, nobodys, question, hidden, absent);

SELECT attack.attempt(CASE session WHEN 'nobody' THEN nobodys ELSE expected END,
    attack.tells_apart(session, 'SELECT ' || question, hidden, absent), session || ': ' || question)
FROM questions, unnest('{eve, vera, bob, nobody}'::text[]) WITH ORDINALITY AS s (session, n) ORDER BY n, question, hidden;
-- The same while somebody holds all that is hidden.
SELECT attack.control('t', (attack.hold_what_is_hidden('eve', 'vera', 'bob', 'nobody') > 20)::text::char::text, 'somebody holds what is hidden');
SELECT attack.attempt(CASE session WHEN 'nobody' THEN nobodys ELSE expected END,
    attack.tells_apart(session, 'SELECT ' || question, hidden, absent), session || ': ' || question || ', which somebody holds')
FROM questions, unnest('{eve, vera, bob, nobody}'::text[]) WITH ORDINALITY AS s (session, n) ORDER BY n, question, hidden;
-- (a made-up row, of a media that is not in the space: the space alone decides, for every media alike)
SELECT attack.attempt(CASE WHEN session IN ('eve', 'vera') THEN 't' ELSE 'f' END,
    attack.tells_apart(session, 'SELECT kroles.may_see_publication(%s, 20, ''approved'', NULL)', '777040', '888040'),
    session || ': kroles.may_see_publication() of a made-up row')
FROM unnest('{eve, vera, bob, nobody}'::text[]) WITH ORDINALITY AS s (session, n) ORDER BY n;
SELECT attack.says('holder', 'ROLLBACK');

-- Of themselves they are told why not: what is hidden does not exist, and what stands in the way of
-- anything is said of everything alike (bob is blocked, nobody not logged in).
SELECT attack.attempt(CASE session WHEN 'nobody' THEN nobodys WHEN 'bob' THEN blockeds ELSE format(expected, kind) END,
    attack.tells_apart(session, format('SELECT concat_ws('' '', allowed, effect, reason) FROM kroles_explain(kroles_current_user(), %L, %L, %%s)', action, kind),
                       hidden, absent), session || ', why not ' || action || ' ' || kind)
FROM unnest('{eve, vera, bob, nobody}'::text[]) WITH ORDINALITY AS s (session, n),
    (VALUES ('f denies there is no such %s, or it may not be viewed',
             'f denies not logged in, and settings.allow_anonymous is off f needs to log in, or settings.allow_anonymous to be on',
             'f denies blocked: no right on anything f needs users.blocked to be off')) AS e (expected, nobodys, blockeds),
    (VALUES ('view', 'media', '777040', '888040'), ('edit', 'media', '777040', '888040'), ('moderate', 'media', '777040', '888040'),
            ('view', 'channel', '777020', '888020'), ('share', 'channel', '777020', '888020'), ('view', 'gallery', '777021', '888021'),
            ('create_subgallery', 'gallery', '777021', '888021'), ('view', 'gallery', '777020', '888020'),
            ('view', 'event', '777180', '888180'), ('delete', 'event', '777180', '888180'), ('view', 'room', '777142', '888142'),
            ('moderate_chat', 'room', '777142', '888142'), ('view', 'room', '777040', '888040')) AS q (action, kind, hidden, absent)
ORDER BY n, kind, action, hidden;

-- ---- Every function is asked ----
-- No function that everybody may call, and that is told an id, is missing above.
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
    WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
        AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kroles')
      AND has_function_privilege('attack_app', p.oid, 'EXECUTE')
          AND (ARRAY['bigint', 'bigint[]']::regtype[] && p.proargtypes::regtype[] OR p.proname = 'external_can') AND p.proname <> 'audience_hash_extended'
      AND NOT EXISTS (SELECT FROM questions q WHERE q.question LIKE CASE pronamespace WHEN 'kroles'::regnamespace THEN 'kroles.' ELSE '' END || proname || '(%'
                      AND cardinality(string_to_array(q.question, ',')) BETWEEN pronargs - pronargdefaults AND pronargs)$$,
    'control: every function with an id as an argument is tried');

-- ---- Asking about people where one may ask ----
-- Eve manages her channel and her film: there she may ask about everybody. A user that does not exist has no rights, like one
-- who has none.
SELECT attack.attempt(expected, attack.tells_apart('eve', 'SELECT ' || question, '777001', '888001'),
    'eve, who manages it: ' || question)
FROM (VALUES ('f', 'kroles_can(%s, ''view'', ''channel'', 21)'), ('f', 'kroles_can(%s, ''edit'', ''media'', 41)'),
    ('{}', 'kroles_rights(''channel'', 21, %s)'), ('NULL', 'kroles_role(''channel'', 21, %s)'),
             ('f', 'kroles_can_publish(41, 21, %s)'), ('f', 'kroles_can_publish(41, 20, %s)')) AS t (expected, question);
-- The one of these is in her playlist, and hidden from her; the other is in none that she sees.
SELECT attack.attempt('42704', attack.tells_apart('eve', 'SELECT kroles_move_item(70, %s, 1)', hidden, absent), 'eve, who manages the channel: kroles_move_item(70, %s, 1)')
FROM (VALUES ('777041', '888041'), ('777040', '888040')) AS t (hidden, absent);
-- Managing the one of the two does not tell about the other, which one may not see.
SELECT attack.attempt('42501', attack.tells_apart('eve', 'SELECT kroles_can_publish(41, %s, 1)', '777020', '888020'),
    'eve, who manages the media: kroles_can_publish(41, %s, 1), by an administrator, in a hidden space');
SELECT attack.attempt('42501', attack.tells_apart('eve', 'SELECT kroles_can_publish(%s, 21, 1)', '777040', '888040'),
    'eve, who manages the space: kroles_can_publish(%s, 21, 1), by an administrator, of a hidden media');

-- Of the hidden event that her film is a session of, she is told that there is one, and not which, nor who is what there.
SELECT attack.attempt(expected, attack.says('eve', 'SELECT concat_ws('' '', allowed, effect, reason, role, event_id) FROM kroles_explain('
    || question || ')'), 'eve, who manages the film: kroles_explain(' || question || ')')
FROM (VALUES ('t allows in an event of which you may not ask this', '2, ''manage_speakers'', ''media'', 41'),
             ('t allows in an event of which you may not ask this', '777001, ''manage'', ''media'', 41'),
             ('f lacks nothing gives it f needs a role on the media: owner or publisher', '2, ''publish'', ''media'', 41')) AS q (expected, question);

SELECT * FROM finish();
