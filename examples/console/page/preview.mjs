// Preview: a change is made in a transaction, the database says who gains or loses what by it, and the transaction is taken back.
import { count, fill, get, guarded, h, post, problem, say, sql, words } from './lib.mjs'
import { collaborators, moderators, peoplePicker, permissionBoxes } from './parts.mjs'

const roles = ['member', 'contributor', 'moderator', 'manager']
const siteRoles = ['viewer', 'private_only', 'admin', 'unmoderated_admin']
const types = {
  channel: ['open', 'restricted', 'private', 'shared_repository', 'public_restricted', 'public_open'],
  gallery: ['open', 'restricted', 'private'],
}

// Each change: its name for the server, what it is called, and its fields.
const changes = [
  ['give-role', 'Give a role in a channel or gallery', ['space', 'person', 'role']],
  ['take-role', 'Take a role in a channel or gallery away', ['space', 'person']],
  ['space-type', 'Change the type of a channel or gallery', ['space', 'type']],
  ['set-permissions', 'Set permissions on a media', ['media', 'person', 'permissions']],
  ['remove-user', 'Remove a user from a media', ['media', 'user']],
  ['transfer-ownership', 'Give a media to another owner', ['media', 'user']],
  ['publish', 'Publish a media', ['media', 'anySpace']],
  ['take-down', 'Take a media down', ['media', 'anySpace']],
  ['site-role', 'Change a person’s role on the site', ['user', 'siteRole']],
  ['block', 'Block a person', ['user']],
]

const options = (rows, value, text) => rows.map(row => h('option', { value: value(row) }, text(row)))
const named = (id, label, control) => {
  control.id = id
  return h('div', { class: 'field' }, h('label', { for: id }, label), control)
}

// Makes a field of the form: its element, the values that it adds to the change, and whether it is complete.
function makeField(name, objects, spaces, ready) {
  const select = (label, rows) => h('select', { onchange: ready }, rows)
  const spaceField = rows => {
    const control = select(
      'space',
      options(
        rows,
        row => `${row.kind}/${row.id}`,
        row => `${row.name} (${row.kind})`
      )
    )
    return {
      element: named('change-space', 'Channel or gallery', control),
      control,
      values: () => {
        const [kind, space] = control.value.split('/')
        return { kind, space }
      },
    }
  }
  const simple = (key, label, rows) => {
    const control = select(label, rows)
    return { element: named(`change-${key}`, label, control), values: () => ({ [key]: control.value }) }
  }
  const personField = kinds => {
    let person
    const shown = h('p', { class: 'picked', role: 'status' })
    const picker = peoplePicker({
      label: kinds.length > 1 ? 'Person or group' : 'Person',
      many: false,
      kinds,
      chosen: one => {
        person = one
        shown.textContent = one.name
        ready()
      },
    })
    return {
      element: h('div', {}, picker.element, shown),
      complete: () => Boolean(person),
      values: () => (person.kind === 'group' ? { group: person.id } : { user: person.id }),
    }
  }
  const ofSpaces = objects.filter(object => object.kind === 'channel' || object.kind === 'gallery')
  const make = {
    space: () => spaceField(ofSpaces),
    anySpace: () => spaceField(spaces),
    media: () =>
      simple(
        'media',
        'Media',
        options(
          objects.filter(object => object.kind === 'media'),
          row => row.id,
          row => row.name
        )
      ),
    role: () =>
      simple(
        'role',
        'Role',
        options(roles, role => role, words)
      ),
    siteRole: () =>
      simple(
        'role',
        'Role on the site',
        options(siteRoles, role => role, words)
      ),
    type: () => simple('type', 'New type', []),
    person: () => personField(['user', 'group']),
    user: () => personField(['user']),
    permissions: () => {
      const boxes = permissionBoxes('Permissions', [...collaborators, ...moderators], { changed: ready })
      return { element: boxes.element, complete: () => boxes.ticked().length > 0, values: () => ({ permissions: boxes.ticked() }) }
    },
  }
  return make[name]()
}

export async function previewView(main, there) {
  const title = [
    h('h1', {}, 'Preview'),
    h(
      'p',
      { class: 'lead' },
      'What a change would do, before it is made: the server makes it in a transaction, asks the database who gains or loses what, and takes it back.'
    ),
  ]
  if (!there) {
    fill(main, ...title, h('p', { class: 'empty' }, 'This database has no kroles_preview(): its kroles is of an earlier version.'))
    return
  }
  const [{ objects }, { spaces }] = await Promise.all([get('read/managed'), get('read/spaces')])
  const which = h(
    'select',
    { id: 'change' },
    changes.map(([name, label]) => h('option', { value: name }, label))
  )
  const holder = h('div', { class: 'fields' })
  const go = h('button', { type: 'submit', class: 'primary' }, 'Preview')
  const results = h('div', { 'aria-live': 'polite' })
  let fields = []
  let edits = 0

  const ready = () => {
    edits++
    go.disabled = fields.some(field => field.complete && !field.complete())
    fill(results)
  }
  const draw = () => {
    const names = changes.find(([name]) => name === which.value)[2]
    fields = names.map(name => makeField(name, objects.rows, spaces.rows, ready))
    fill(holder, ...fields.map(field => field.element))
    const type = holder.querySelector('#change-type')
    const space = fields[0].control
    const retype = () => type && fill(type, ...options(types[space.value.split('/')[0]] ?? [], value => value, words))
    if (type) space.addEventListener('change', retype)
    retype()
    ready()
  }
  const body = () => Object.assign({}, ...fields.map(field => field.values()))
  const form = h(
    'form',
    {
      class: 'panel change',
      'aria-label': 'The change',
      onsubmit: async event => {
        event.preventDefault()
        go.disabled = true
        const values = body()
        const name = which.value
        const before = edits
        try {
          const answer = await post(`try/${name}`, values)
          if (before !== edits) return // (the form is about another change now)
          fill(
            results,
            ...outcome(answer, async button => {
              button.disabled = true
              await guarded(results, async () => {
                await post(`write/${name}`, values)
                say('The change is made.')
                fill(results, h('p', { class: 'verdict' }, h('span', { class: 'badge approved' }, 'Made'), ' The change is made.'))
              })
            })
          )
        } catch (error) {
          if (before === edits) fill(results, problem(error))
        }
        if (before === edits) go.disabled = false
      },
    },
    h('div', { class: 'field' }, h('label', { for: 'change' }, 'Change'), which),
    holder,
    h('div', {}, go)
  )
  which.addEventListener('change', draw)
  fill(main, ...title, form, results)
  draw()
}

// What a change would do, for a window of the tab: a line for each person and effect.
export function foreseen({ change, counts, differences }) {
  const lines = new Map()
  for (const { user_id: id, name, after, action, kind } of differences.rows) {
    const key = `${id} ${after}`
    if (!lines.has(key)) lines.set(key, { name: id === null ? 'Who is not signed in' : (name ?? id), after, rights: {} })
    ;(lines.get(key).rights[kind] ??= []).push(action.replaceAll('_', ' '))
  }
  const more = Number(differences.rows[0]?.total ?? 0) - differences.rows.length
  return h(
    'div',
    { class: 'foreseen' },
    lines.size === 0 && h('p', {}, 'Nobody gains or loses anything: what they have otherwise is enough.'),
    h(
      'ul',
      {},
      [...lines.values()].map(({ name, after, rights }) =>
        h(
          'li',
          {},
          h('strong', {}, name),
          ' ',
          h('span', { class: `badge ${after ? 'approved' : 'rejected'}` }, after ? 'gains' : 'loses'),
          ' ',
          Object.entries(rights)
            .map(([kind, names]) => `${kind === 'media' ? '' : `in the ${kind}: `}${names.join(', ')}`)
            .join('; ')
        )
      )
    ),
    more > 0 && h('p', {}, `And ${count(more, 'difference')} more.`),
    sqlOfTry(change, counts, differences)
  )
}

// What a change would do: first counts, then each difference; and the button that makes it.
function outcome({ change, counts, differences }, make) {
  const total = Number(differences.rows[0]?.total ?? 0)
  const button = h('button', { type: 'button', onclick: () => make(button) }, 'Make this change')
  const sum = key => counts.rows.reduce((all, row) => all + Number(row[key]), 0)
  if (!counts.rows.length) {
    return [
      h('p', { class: 'verdict' }, 'Nobody of whom you may know gains or loses anything.'),
      button,
      sqlOfTry(change, counts, differences),
    ]
  }
  return [
    h(
      'p',
      { class: 'verdict' },
      h('span', { class: 'badge approved' }, `${sum('gained')} gained`),
      ' ',
      h('span', { class: 'badge rejected' }, `${sum('lost')} lost`),
      ' Nothing is changed yet. ',
      button
    ),
    h(
      'div',
      { class: 'panel scroll outcome' },
      h(
        'table',
        { class: 'counts' },
        h('caption', {}, 'Counts'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['Kind', 'Right', 'Gained', 'Lost', 'People', 'Objects'].map((name, i) =>
              h('th', { scope: 'col', class: i > 1 && 'number' }, name)
            )
          )
        ),
        h(
          'tbody',
          {},
          counts.rows.map(row =>
            h(
              'tr',
              {},
              h('td', {}, words(row.kind)),
              h('td', {}, row.action.replaceAll('_', ' ')),
              ['gained', 'lost', 'users', 'objects'].map(key => h('td', { class: 'number' }, row[key]))
            )
          )
        )
      )
    ),
    h(
      'div',
      { class: 'panel scroll outcome' },
      h(
        'table',
        { class: 'differences' },
        h(
          'caption',
          {},
          total > differences.rows.length ? `The first ${differences.rows.length} of ${total} differences` : count(total, 'difference')
        ),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['Person', '', 'Right', 'Object', 'Why'].map(name => h('th', { scope: 'col' }, name))
          )
        ),
        h(
          'tbody',
          {},
          differences.rows.map(row =>
            h(
              'tr',
              {},
              h('td', {}, row.user_id === null ? 'Not signed in' : (row.name ?? row.user_id)),
              h('td', {}, h('span', { class: `badge ${row.after ? 'approved' : 'rejected'}` }, row.after ? 'gains' : 'loses')),
              h('td', {}, row.action.replaceAll('_', ' ')),
              h('td', {}, row.kind === 'site' ? 'the site' : `${row.object ?? row.id} (${row.kind})`),
              h('td', { class: 'faint' }, row.why)
            )
          )
        )
      )
    ),
    sqlOfTry(change, counts, differences),
  ]
}

const sqlOfTry = (...answers) => {
  const shown = sql(...answers)
  const text = shown.querySelector('pre')
  text.textContent = text.textContent.replace(/COMMIT;$/, 'ROLLBACK;')
  return shown
}
