// All the SQL of the console, by name. Values are bound parameters; no statement is put together from parts.
// Enums and arrays of enums are answered as text, which every client knows.

// ---- Who is asking ----

const me = `
SELECT u.id, u.login, p.name, p.initials, p.avatar_url, l.label AS role, u.administrator
FROM kroles.users u
LEFT JOIN kroles.people p ON p.id = u.id
LEFT JOIN kroles.role_labels l USING (applicative_role)
WHERE u.id = kroles_current_user()`

const settings = `
SELECT show_identifier::text, chat_and_collaboration FROM kroles.settings`

// ---- Media, and the Roles & permissions tab ----

const my_media = `
SELECT m.id, m.name, m.type::text, p.name AS owner, coalesce(m.owner_id = kroles_current_user(), false) AS mine
FROM kroles.media m
LEFT JOIN kroles.people p ON p.id = m.owner_id
WHERE m.id IN (SELECT kroles_list('manage', 'media')) AND strpos(lower(m.name), lower($1)) > 0
ORDER BY mine DESC, m.name, m.id
LIMIT 200`

const media = `
SELECT m.id, m.name, m.type::text, p.name AS owner, m.created_at, m.available_from, m.available_until,
       kroles_rights('media', m.id) AS rights
FROM kroles.media m
LEFT JOIN kroles.people p ON p.id = m.owner_id
WHERE m.id = $1`

const published = `
SELECT s.name, s.kind::text, s.type::text, p.status::text
FROM kroles.publications p
JOIN kroles.spaces s ON s.id = p.space_id
WHERE p.media_id = $1
ORDER BY s.name, s.id`

const history = `
SELECT at, who, what FROM kroles_history('media', $1, max_rows => 8)`

const media_users = `
SELECT kind, id, name, initials, avatar_url, identifier, permissions, starts_at, expires_at, owner, you, found
FROM kroles_media_users($1, $2, $3, max_rows => 50, skip => $4)`

const media_users_total = `
SELECT total FROM kroles_media_users($1, max_rows => 1)`

const find_users = `
SELECT kind, id, name, initials, avatar_url, identifier FROM kroles_find_users($1, 100)`

const speakers = `
SELECT position, user_id AS id, name, initials, avatar_url, title, type::text, visible FROM kroles_speakers($1)`

// The given users and groups with each of the given permissions; what they have already stays.
const add_collaborators = `
INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
SELECT $1, w.user_id, w.group_id, p
FROM (SELECT u, NULL FROM unnest($2::bigint[]) AS u UNION ALL SELECT NULL, g FROM unnest($3::bigint[]) AS g) AS w (user_id, group_id),
     unnest($4::kroles.collaborator_permission[]) AS p
ON CONFLICT DO NOTHING`

const add_moderators = `
INSERT INTO kroles.media_moderators (media_id, user_id, group_id, permission)
SELECT $1, w.user_id, w.group_id, p
FROM (SELECT u, NULL FROM unnest($2::bigint[]) AS u UNION ALL SELECT NULL, g FROM unnest($3::bigint[]) AS g) AS w (user_id, group_id),
     unnest($4::kroles.moderator_permission[]) AS p
ON CONFLICT DO NOTHING`

const add_speaker = `
INSERT INTO kroles.media_speakers (media_id, user_id) VALUES ($1, $2) ON CONFLICT (media_id, user_id) DO NOTHING`

const move_speaker = `
SELECT kroles_move_speaker($1, $2, $3)`

const speaker_type = `
UPDATE kroles.media_speakers SET type = $3 WHERE media_id = $1 AND user_id = $2 RETURNING position`

const speaker_visible = `
UPDATE kroles.media_speakers SET visible = $3 WHERE media_id = $1 AND user_id = $2 RETURNING position`

const remove_speaker = `
DELETE FROM kroles.media_speakers WHERE media_id = $1 AND user_id = $2 RETURNING position`

const set_permissions = `
SELECT kroles_set_permissions($1, $2, $3, $4)`

const permissions_now = `
SELECT permissions FROM kroles_media_users($1, coalesce($2::text, $3::text)) WHERE kind = $4 AND id = coalesce($2::bigint, $3::bigint)`

const remove_user = `
SELECT kroles_remove_user($1, $2)`

const remove_group = `
SELECT kroles_remove_group($1, $2)`

const transfer_ownership = `
SELECT kroles_transfer_ownership($1, $2, keep_as_collaborator => $3)`

// ---- Why ----

// The objects about which the person may ask for others.
const managed = `
SELECT 'media' AS kind, m.id, m.name FROM kroles.media m WHERE m.id IN (SELECT kroles_list('manage', 'media'))
UNION ALL
SELECT 'room', m.id, m.name FROM kroles.media m WHERE m.id IN (SELECT kroles_list('manage', 'room'))
UNION ALL
SELECT s.kind::text, s.id, s.name FROM kroles.spaces s
WHERE s.id IN (SELECT kroles_list('manage', 'channel') UNION ALL SELECT kroles_list('manage', 'gallery'))
UNION ALL
SELECT 'event', e.id, e.name FROM kroles.events e WHERE e.id IN (SELECT kroles_list('manage', 'event'))
ORDER BY kind, name, id`

const actions = `
SELECT action::text, description FROM kroles.rights WHERE kind = $1 ORDER BY action::kroles.action`

const grid = `
SELECT p.id, p.name, p.initials, p.avatar_url, p.title, kroles_rights($1, $2, p.id) AS rights
FROM kroles.people p
WHERE strpos(lower(p.name), lower($3)) > 0
ORDER BY p.name, p.id
LIMIT 50`

// Every user may ask about themselves.
const grid_self = `
SELECT p.id, p.name, p.initials, p.avatar_url, p.title, kroles_rights($1, $2) AS rights
FROM kroles.people p
WHERE p.id = kroles_current_user()`

const object_name = `
SELECT name FROM kroles.media WHERE $1 IN ('media', 'room') AND id = $2
UNION ALL
SELECT name FROM kroles.spaces WHERE $1 = kind::text AND id = $2
UNION ALL
SELECT name FROM kroles.events WHERE $1 = 'event' AND id = $2`

const grid_anonymous = `
SELECT kroles_rights($1, $2, NULL) AS rights`

const explain = `
SELECT allowed, effect, reason, role, until FROM kroles_explain($1, $2, $3, $4)`

// ---- See as ----

const spaces = `
SELECT id, kind::text, type::text, name FROM kroles.spaces ORDER BY kind, name, id`

const seen_in_space = `
SELECT m.id, m.name, m.type::text, p.status::text
FROM kroles.publications p
JOIN kroles.media m ON m.id = p.media_id
WHERE p.space_id = $1
ORDER BY m.name, m.id`

const seen_anywhere = `
SELECT m.id, m.name, m.type::text FROM kroles.media m ORDER BY m.name, m.id LIMIT 200`

// ---- Preview: changes that are tried and taken back ----

const give_role = `
INSERT INTO kroles.space_members (space_id, user_id, group_id, role) VALUES ($1, $2, $3, $4)
ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING role`

const take_role = `
DELETE FROM kroles.space_members
WHERE space_id = $1 AND user_id IS NOT DISTINCT FROM $2 AND group_id IS NOT DISTINCT FROM $3 RETURNING role`

const space_type = `
UPDATE kroles.spaces SET type = $2 WHERE id = $1 RETURNING type`

const site_role = `
UPDATE kroles.users SET applicative_role = $2 WHERE id = $1 RETURNING id`

const block = `
SELECT kroles_block($1)`

const publish = `
SELECT kroles_publish($1, $2)`

const take_down = `
SELECT kroles_take_down($1, $2)`

const has_preview = `
SELECT count(*) > 0 AS there FROM pg_proc WHERE proname = 'kroles_preview_counts'`

const preview_counts = `
SELECT kind::text, action::text, gained, lost, users, objects FROM kroles_preview_counts($1, $2)`

const preview = `
SELECT p.user_id, p.name, p.action::text, p.kind::text, p.id, coalesce(m.name, s.name, e.name) AS object, p.before, p.after, p.why, p.total
FROM kroles_preview($1, $2, $3, $4) p
LEFT JOIN kroles.media m ON p.kind IN ('media', 'room') AND m.id = p.id
LEFT JOIN kroles.spaces s ON p.kind IN ('channel', 'gallery') AND s.id = p.id
LEFT JOIN kroles.events e ON p.kind = 'event' AND e.id = p.id
ORDER BY p.kind, p.id, p.user_id, p.action`

// ---- Health ----

const doctor = `
SELECT severity, finding, subject, weakness, remedy FROM kroles_doctor()`

// ---- For everything: identity, and the error where a statement changed no row ----

const login = `
SELECT kroles_login($1) AS id`

const require = `
SELECT kroles_require($1, $2, $3)`

export const statements = Object.fromEntries(
  Object.entries({
    me,
    settings,
    my_media,
    media,
    published,
    history,
    media_users,
    media_users_total,
    find_users,
    speakers,
    add_collaborators,
    add_moderators,
    add_speaker,
    move_speaker,
    speaker_type,
    speaker_visible,
    remove_speaker,
    set_permissions,
    permissions_now,
    remove_user,
    remove_group,
    transfer_ownership,
    managed,
    actions,
    grid,
    grid_self,
    object_name,
    grid_anonymous,
    explain,
    spaces,
    seen_in_space,
    seen_anywhere,
    give_role,
    take_role,
    space_type,
    site_role,
    block,
    publish,
    take_down,
    has_preview,
    preview_counts,
    preview,
    doctor,
    login,
    require,
  }).map(([name, text]) => [name, text.trim()])
)
