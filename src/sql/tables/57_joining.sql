-- Requests to join a space. kroles_request_to_join() and kroles_answer_request() write them; the asker withdraws a pending one, and
-- managers delete any, by DELETE.

CREATE TABLE kroles.join_requests (
    id                  bigint DEFAULT kroles.next_id('kroles.join_requests_id_seq') CONSTRAINT join_requests_id_is_unique PRIMARY KEY,
    space_id            bigint NOT NULL
        CONSTRAINT join_requests_space_must_exist REFERENCES kroles.spaces ON DELETE CASCADE,
    user_id             bigint NOT NULL
        CONSTRAINT join_requests_user_must_exist REFERENCES kroles.users ON DELETE CASCADE,
    message             text
        CONSTRAINT join_requests_message_is_short CHECK (length(message) <= 2000),
    status              kroles.join_status NOT NULL DEFAULT 'pending',
    requested_at        timestamptz NOT NULL DEFAULT now(),
    answered_by         bigint
        CONSTRAINT join_requests_answerer_must_be_a_user REFERENCES kroles.users ON DELETE SET NULL,
    answered_at         timestamptz,
    reason              text,
    CONSTRAINT join_requests_one_a_user_and_space UNIQUE (user_id, space_id)
);
-- The page of a space's managers: the pending ones, the oldest first.
CREATE INDEX join_requests_space ON kroles.join_requests (space_id, status, requested_at, id);
CREATE INDEX join_requests_answerer ON kroles.join_requests (answered_by);
COMMENT ON TABLE kroles.join_requests IS
    'Requests to join a channel or gallery, one for each user and space; visible to the asker and to users with manage_members there. kroles_request_to_join() makes them, kroles_answer_request() answers them. DELETE withdraws one''s own while it is pending; users with manage_members delete any';
COMMENT ON COLUMN kroles.join_requests.id IS 'The id of the request';
COMMENT ON COLUMN kroles.join_requests.space_id IS 'The channel or gallery';
COMMENT ON COLUMN kroles.join_requests.user_id IS 'The user who asks';
COMMENT ON COLUMN kroles.join_requests.message IS 'What the user says to those who answer; up to 2,000 characters';
COMMENT ON COLUMN kroles.join_requests.status IS 'pending until it is answered. A rejected one remains, and the user cannot ask again, until a user with manage_members deletes it; an approved one is replaced if the user asks again, without a grant';
COMMENT ON COLUMN kroles.join_requests.requested_at IS 'When the user asked';
COMMENT ON COLUMN kroles.join_requests.answered_by IS 'The user who answered; NULL for a session without a user, and when the user is deleted';
COMMENT ON COLUMN kroles.join_requests.answered_at IS 'When it was answered; NULL until then';
COMMENT ON COLUMN kroles.join_requests.reason IS 'The reason for the answer';

CREATE POLICY read ON kroles.join_requests FOR SELECT
    USING (kroles.holds(user_id, NULL) OR kroles.space_can('manage_members', space_id) OR kroles.is_auditor());
CREATE POLICY add ON kroles.join_requests FOR INSERT
    WITH CHECK (kroles.can('administer', 'site'));
CREATE POLICY change ON kroles.join_requests FOR UPDATE
    USING (kroles.can('administer', 'site'));
CREATE POLICY remove ON kroles.join_requests FOR DELETE
    USING ((kroles.holds(user_id, NULL) AND status = 'pending') OR kroles.space_can('manage_members', space_id));
