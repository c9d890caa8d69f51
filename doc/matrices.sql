-- Prints the three matrices as model.md shows them.  psql -XAtf doc/matrices.sql
\qecho '**Without any grant** (`kroles.baseline_rights`)'
\qecho
\qecho '| kind | type | anonymous | viewer | private_only | admin | unmoderated_admin |'
\qecho '|---|---|---|---|---|---|---|'
SELECT '| ' || kind || ' | ' || type || ' | ' || string_agg(actions, ' | ' ORDER BY applicative_role) || ' |'
FROM (
    SELECT kind, type, applicative_role,
           coalesce(string_agg(action, ', ' ORDER BY action::kroles.action) FILTER (WHERE allowed), '') AS actions
    FROM kroles.baseline_rights GROUP BY kind, type, applicative_role) AS cell
GROUP BY kind, type
ORDER BY kind::kroles.object_kind, array_position(enum_range(NULL::kroles.space_type)::text[], type);

\qecho
\qecho '**By role in a space** (`kroles.role_rights`)'
\qecho
\qecho '| right | member | contributor | moderator | manager |'
\qecho '|---|---|---|---|---|'
SELECT '| ' || action || ' | ' || string_agg(cell, ' | ' ORDER BY role::kroles.contextual_role) || ' |'
FROM (
    SELECT action, role,
           CASE WHEN bool_and(allowed) AND count(*) = 2 THEN 'x'
                WHEN bool_or(allowed) AND bool_or(kind = 'channel' AND allowed) THEN 'channel'
                WHEN bool_or(allowed) THEN 'gallery'
                ELSE '' END AS cell
    FROM kroles.role_rights WHERE kind IN ('channel', 'gallery') GROUP BY action, role) AS c
GROUP BY action ORDER BY action::kroles.action;

\qecho
\qecho '**By role on a media** (`kroles.role_rights`)'
\qecho
\qecho '| right | owner | editor | publisher | viewer | chat_moderator | room_moderator | speaker |'
\qecho '|---|---|---|---|---|---|---|---|'
SELECT '| ' || action || ' | ' || string_agg(CASE WHEN allowed THEN 'x' ELSE '' END, ' | ' ORDER BY
    array_position('{owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker}', role)) || ' |'
FROM kroles.role_rights WHERE kind = 'media' GROUP BY action ORDER BY action::kroles.action;

\qecho
\qecho '**By role in a room** (`kroles.role_rights`)'
\qecho
\qecho '| right | host | room_moderator | chat_moderator | advanced_speaker | simple_speaker | participant |'
\qecho '|---|---|---|---|---|---|---|'
SELECT '| ' || action || ' | ' || string_agg(CASE WHEN allowed THEN 'x' ELSE '' END, ' | ' ORDER BY
    array_position('{host, room_moderator, chat_moderator, advanced_speaker, simple_speaker, participant}', role)) || ' |'
FROM kroles.role_rights WHERE kind = 'room' GROUP BY action ORDER BY action::kroles.action;

\qecho
\qecho '**By role in an event** (`kroles.role_rights`)'
\qecho
\qecho '| right | organizer | speaker | moderator | attendee |'
\qecho '|---|---|---|---|---|'
SELECT '| ' || action || ' | ' || string_agg(CASE WHEN allowed THEN 'x' ELSE '' END, ' | ' ORDER BY role::kroles.event_role) || ' |'
FROM kroles.role_rights WHERE kind = 'event' GROUP BY action ORDER BY action::kroles.action;

\qecho
\qecho '**Never, whatever is granted** (`kroles.ceiling_rights`)'
\qecho
\qecho '| applicative role | kind | never |'
\qecho '|---|---|---|'
SELECT '| ' || applicative_role || ' | ' || kind || ' | ' ||
    string_agg(action, ', ' ORDER BY action::kroles.action) || ' |'
FROM kroles.ceiling_rights WHERE NOT allowed
GROUP BY applicative_role, kind ORDER BY applicative_role, kind::kroles.object_kind;
