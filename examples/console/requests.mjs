// What the page may ask for and do. A request names one of these; each gets ask() of database.mjs and the parameters of the
// request, and returns rows with the SQL that made them. Rights are not checked here: the database decides.

// No row means that the object is hidden or does not exist: kroles_require raises the database's own error for it.
async function needed(ask, kind, id, answer) {
  if (!answer.rowCount) await ask('require', 'view', kind, id)
  return answer
}

// Where policies hide the row, an UPDATE or DELETE affects no row, without an error. kroles_require then raises the database's own
// error; if the user has the right, the row no longer exists.
async function changed(ask, action, kind, id, answer) {
  if (answer.rowCount) return answer
  await ask('require', action, kind, id)
  throw Object.assign(new Error('nothing was changed: the row is not there any more'), { status: 409 })
}

// A list of ids from a request's body.
const list = value => (Array.isArray(value) ? value.map(String) : [])
const one = value => (value === undefined || value === null || value === '' ? null : String(value))

export const reads = {
  async me(ask) {
    return { me: await ask('me'), settings: await ask('settings'), preview: await ask('has_preview') }
  },
  async 'my-media'(ask, p) {
    return { media: await ask('my_media', p.search ?? '') }
  },
  async media(ask, p) {
    return {
      media: await needed(ask, 'media', p.media, await ask('media', p.media)),
      published: await ask('published', p.media),
      history: await ask('history', p.media),
    }
  },
  async 'media-users'(ask, p) {
    return {
      media: await needed(ask, 'media', p.media, await ask('media', p.media)),
      users: await ask('media_users', p.media, one(p.search), one(p.permission), one(p.skip) ?? 0),
      total: await ask('media_users_total', p.media),
    }
  },
  async 'find-users'(ask, p) {
    return { users: await ask('find_users', p.search ?? '') }
  },
  async speakers(ask, p) {
    return { speakers: await ask('speakers', p.media) }
  },
  async managed(ask) {
    return { objects: await ask('managed') }
  },
  async grid(ask, p) {
    return {
      actions: await ask('actions', p.kind),
      people: await ask('grid', p.kind, p.id, p.search ?? ''),
      anonymous: await ask('grid_anonymous', p.kind, p.id),
    }
  },
  async 'grid-self'(ask, p) {
    return {
      object: await needed(ask, p.kind, p.id, await ask('object_name', p.kind, p.id)),
      actions: await ask('actions', p.kind),
      people: await ask('grid_self', p.kind, p.id),
    }
  },
  async explain(ask, p) {
    return { reasons: await ask('explain', one(p.user), p.action, p.kind, p.id) }
  },
  async spaces(ask) {
    return { spaces: await ask('spaces') }
  },
}

// The list of "See as"; the server runs it twice, as each of two users.
export const seen = async (ask, p) => ({ media: one(p.space) ? await ask('seen_in_space', p.space) : await ask('seen_anywhere') })

// Runs on the connection that may execute kroles_doctor(), after a check that the user administers the site.
export async function health(ask) {
  await ask('require', 'administer', 'site', null)
  return { doctor: await ask('doctor') }
}

// former, where it is given, are the permissions that the page shows: if others have changed them since, what they did is not undone
// unseen.
async function setPermissions(ask, p) {
  const who = [one(p.user), one(p.group)]
  if (p.former) {
    const { rows } = await ask('permissions_now', p.media, ...who, who[0] ? 'user' : 'group')
    const settable = names => list(names).filter(name => name !== 'speaker').sort().join()
    if (settable(rows[0]?.permissions) !== settable(p.former)) {
      throw Object.assign(new Error('these permissions have been changed since they were shown'), { status: 409 })
    }
  }
  return ask('set_permissions', p.media, ...who, list(p.permissions))
}

export const writes = {
  'add-collaborators': (ask, p) => ask('add_collaborators', p.media, list(p.users), list(p.groups), list(p.permissions)),
  'add-moderators': (ask, p) => ask('add_moderators', p.media, list(p.users), list(p.groups), list(p.permissions)),
  'add-speaker': (ask, p) => ask('add_speaker', p.media, p.user),
  'move-speaker': (ask, p) => ask('move_speaker', p.media, p.user, p.position),
  'speaker-type': async (ask, p) => changed(ask, 'manage_speakers', 'media', p.media, await ask('speaker_type', p.media, p.user, p.type)),
  'speaker-visible': async (ask, p) =>
    changed(ask, 'manage_speakers', 'media', p.media, await ask('speaker_visible', p.media, p.user, p.visible)),
  'remove-speaker': async (ask, p) => changed(ask, 'manage_speakers', 'media', p.media, await ask('remove_speaker', p.media, p.user)),
  'set-permissions': setPermissions,
  'remove-user': (ask, p) => ask('remove_user', p.media, p.user),
  'remove-group': (ask, p) => ask('remove_group', p.media, p.group),
  'transfer-ownership': (ask, p) => ask('transfer_ownership', p.media, p.user, Boolean(p.keep)),
  'give-role': (ask, p) => ask('give_role', p.space, one(p.user), one(p.group), p.role),
  'take-role': async (ask, p) =>
    changed(ask, 'manage_members', p.kind, p.space, await ask('take_role', p.space, one(p.user), one(p.group))),
  'space-type': async (ask, p) => changed(ask, 'manage', p.kind, p.space, await ask('space_type', p.space, p.type)),
  'site-role': async (ask, p) => changed(ask, 'administer', 'site', null, await ask('site_role', p.user, p.role)),
  block: (ask, p) => ask('block', p.user),
  publish: (ask, p) => ask('publish', p.media, p.space),
  'take-down': (ask, p) => ask('take_down', p.media, p.space),
}

// Makes a change and returns what it would do; the caller rolls the transaction back.
export async function tried(ask, change, p) {
  const made = await writes[change](ask, p)
  const kinds = p.kinds?.length ? list(p.kinds) : null
  const actions = p.actions?.length ? list(p.actions) : null
  return {
    change: made,
    counts: await ask('preview_counts', kinds, actions),
    differences: await ask('preview', kinds, actions, 100, Number(p.skip) || 0),
  }
}
