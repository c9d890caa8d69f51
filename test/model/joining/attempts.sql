-- Asking to be let in, answering, and personal playlists: each act is undone before the next, and what came of it compared with
-- the rules. A reference of several words takes any of them ("42501|42704"): where the rules do not say which.
CREATE TABLE attempt (me bigint, act text, a bigint, b bigint, reference text, kroles text);

-- what became of it, whoever may see that
CREATE FUNCTION grant_of(u bigint, space bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce((SELECT concat_ws(' ', role, 'from', coalesce(starts_at::text, 'ever'), 'to', coalesce(expires_at::text, 'ever'))
                     FROM kroles.space_members WHERE (user_id, space_id) = (u, space)), 'no grant')
$$;
CREATE FUNCTION request_of(u bigint, space bigint) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce((SELECT concat_ws(' ', status, 'by ' || answered_by, reason) FROM kroles.join_requests WHERE (user_id, space_id) = (u, space)), 'no request')
$$;
-- The window of every other grant that is given on approval.
CREATE FUNCTION approval(request bigint, OUT role kroles.contextual_role, OUT starts timestamptz, OUT ends timestamptz) LANGUAGE sql STABLE AS $$
    SELECT pick_of(enum_range(NULL::kroles.contextual_role), 'approval', request::text), CASE WHEN request % 2 = 0 THEN timestamptz '2001-01-01 00:00+00' END,
           CASE WHEN request % 4 = 0 THEN timestamptz '2101-01-01 00:00+00' END
$$;
CREATE FUNCTION granted_by(request bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(' ', role, 'from', coalesce(starts::text, 'ever'), 'to', coalesce(ends::text, 'ever')) FROM approval(request)
$$;

CREATE FUNCTION carry_out(act text, me bigint, a bigint, b bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    n bigint;
BEGIN
    CASE act
        WHEN 'ask' THEN
            answer := kroles_request_to_join(a)::text;
            -- (what becomes of a request when the space is open is not asked)
            answer := concat_ws(', ', answer, grant_of(me, a), CASE answer WHEN 'pending' THEN request_of(me, a) END);
        WHEN 'approve' THEN
            PERFORM kroles_answer_request(a, true, role => p.role, starts_at => p.starts, expires_at => p.ends) FROM approval(a) AS p;
            answer := (SELECT concat_ws(', ', grant_of(user_id, space_id), request_of(user_id, space_id)) FROM kroles.join_requests WHERE id = a);
        WHEN 'reject' THEN
            PERFORM kroles_answer_request(a, false, reason => 'because');
            answer := (SELECT concat_ws(', ', grant_of(user_id, space_id), request_of(user_id, space_id)) FROM kroles.join_requests WHERE id = a);
        WHEN 'withdraw and ask' THEN
            DELETE FROM kroles.join_requests WHERE id = a;
            GET DIAGNOSTICS n = ROW_COUNT;
            answer := n || ', ' || kroles_request_to_join(b)::text;
        WHEN 'make list' THEN
            INSERT INTO kroles.playlists (owner_id, name) VALUES (a, 'mine');
            answer := 'made';
        WHEN 'make list in a space' THEN
            INSERT INTO kroles.playlists (owner_id, space_id, name) VALUES (a, b, 'ours');
            answer := 'made';
        WHEN 'add to list' THEN
            INSERT INTO kroles.playlist_items (playlist_id, media_id) VALUES (a, b);
            answer := 'added';
    END CASE;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0', MESSAGE = answer;
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN RETURN SQLERRM;
    WHEN undefined_function OR undefined_table OR undefined_column OR syntax_error THEN RAISE;
    WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
CREATE FUNCTION carry_out_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who record;
BEGIN
    FOR who IN SELECT * FROM person ORDER BY id LOOP
        PERFORM set_config('kroles.user', who.login, false);
        UPDATE attempt SET kroles = carry_out(act, me, a, b) WHERE me = who.id;
    END LOOP;
    PERFORM set_config('kroles.user', '', false);
END $$;

CREATE FUNCTION compare_joining(part text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO difference
    SELECT part, concat_ws(' ', me, act, a, b), reference, kroles FROM attempt
    WHERE kroles IS NULL OR kroles <> ALL (string_to_array(reference, '|'));
    SELECT count_up(part, 'acts', (SELECT count(*) FROM attempt));
$$;
