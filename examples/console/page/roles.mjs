// The Roles & permissions tab of a media: who has access, and what each may do. All changes apply at once; there is no Save button.
import { avatar, count, fill, get, guarded, h, icon, paused, post, say, sql, time, words } from './lib.mjs'
import { collaborators, menuButton, moderators, openWindow, peoplePicker, permissionBoxes, permissions } from './parts.mjs'
import { foreseen } from './preview.mjs'
import { speakersWindow } from './speakers.mjs'

const filters = [
  ['', 'All permissions'],
  ['owner', 'Owner'],
  ['collaborator', 'All collaborators'],
  ['editor', 'Editor'],
  ['publisher', 'Publisher'],
  ['viewer', 'Viewer'],
  ['moderator', 'All moderators'],
  ['chat_moderator', 'Chat moderator'],
  ['room_moderator', 'Room moderator'],
  ['speaker', 'Speaker'],
]

// Draws the tab into panel; after each change the list is read again.
export async function rolesTab(panel, id) {
  const tab = { id, asked: 0, skip: 0, rights: [], last: undefined }
  const search = h('input', { type: 'search', id: 'people-search', placeholder: 'Search by name, email or ID' })
  const filter = h(
    'select',
    { id: 'people-filter' },
    filters.map(([value, label]) => h('option', { value }, label))
  )
  const add = h('div', {})
  const total = h('p', { class: 'total', role: 'status' })
  const results = h('div', {})

  tab.refresh = () =>
    guarded(results, async () => {
      const mine = ++tab.asked
      const [answer, { settings, preview }] = await Promise.all([
        get('read/media-users', { media: id, search: search.value.trim() || null, permission: filter.value || null, skip: tab.skip }),
        get('read/me'),
      ])
      if (mine !== tab.asked) return undefined // (a later search has been sent)
      tab.rights = answer.media.rows[0].rights
      tab.previews = preview.rows[0].there
      tab.moderation = settings.rows[0].chat_and_collaboration
      const rows = answer.users.rows
      if (!rows.length && tab.skip > 0) {
        tab.skip = 0 // (that page is no more)
        return tab.refresh()
      }
      const all = Number(answer.total.rows[0]?.total ?? 0)
      const found = Number(rows[0]?.found ?? 0)
      const offered = `${tab.rights} ${tab.moderation}`
      if (tab.offered !== offered) fill(add, ...addMenu(tab)) // (else it stays, as it may be open)
      tab.offered = offered
      fill(total, h('strong', {}, all), ` with access${search.value.trim() || filter.value ? `, ${found} shown by search and filter` : ''}`)
      fill(
        results,
        rows.length
          ? table(tab, rows, settings.rows[0].show_identifier)
          : h('p', { class: 'empty' }, 'Nobody matches the search and the filter.'),
        pages(tab, rows.length, found),
        sql(answer.users, answer.total),
        tab.last && h('div', { class: 'last' }, h('p', { class: 'faint' }, 'Your last change:'), sql(tab.last))
      )
      return undefined
    })
  tab.change = async (name, body, text) => {
    try {
      tab.last = (await post(`write/${name}`, { media: id, ...body })).change
    } catch (error) {
      await tab.refresh() // (what is shown may be an older state)
      throw error
    }
    say(text)
    await tab.refresh()
  }

  const again = () => {
    tab.skip = 0
    return tab.refresh()
  }
  search.addEventListener('input', paused(again))
  filter.addEventListener('change', again)
  fill(
    panel,
    h('div', { class: 'head' }, h('h2', { id: 'tab-title' }, 'Roles & permissions'), add),
    h('p', { class: 'faint' }, 'Who has access to this media, and what each may do. Changes apply immediately.'),
    h(
      'div',
      { class: 'bar' },
      h('label', { for: 'people-search', class: 'aloud' }, 'Search users'),
      search,
      h('label', { for: 'people-filter', class: 'aloud' }, 'Filter by permission'),
      filter,
      total
    ),
    results
  )
  await tab.refresh()
}

// Buttons to page through a long list.
function pages(tab, rows, found) {
  if (found <= 50) return null
  const to = step => {
    tab.skip += step
    tab.refresh()
  }
  return h(
    'div',
    { class: 'pages' },
    h('button', { type: 'button', disabled: tab.skip === 0, onclick: () => to(-50) }, 'Previous'),
    h('span', {}, `${tab.skip + 1} to ${tab.skip + rows} of ${found}`),
    h('button', { type: 'button', disabled: tab.skip + rows >= found, onclick: () => to(50) }, 'Next')
  )
}

// ---- The list ----

function table(tab, rows, identifier) {
  return h(
    'table',
    { class: 'people', role: 'table' },
    h('caption', { class: 'aloud' }, 'Users with access to this media'),
    h(
      'thead',
      { role: 'rowgroup' },
      h(
        'tr',
        { role: 'row' },
        ['User', identifier === 'email' ? 'Email' : 'User ID', 'Permissions', 'Actions'].map((name, i) =>
          h('th', { role: 'columnheader', scope: 'col' }, i === 3 ? h('span', { class: 'aloud' }, name) : name)
        )
      )
    ),
    h(
      'tbody',
      { role: 'rowgroup' },
      rows.map(person =>
        h(
          'tr',
          { role: 'row', 'data-person': `${person.kind}-${person.id}` },
          h(
            'td',
            { role: 'cell' },
            h(
              'span',
              { class: 'who' },
              avatar(person),
              h(
                'span',
                { class: 'labels' },
                h('span', { class: 'name' }, person.name ?? person.identifier),
                person.owner && h('span', { class: 'badge owner' }, 'Owner'),
                person.you && h('span', { class: 'badge you' }, 'You'),
                person.kind === 'group' && h('span', { class: 'badge' }, 'Group')
              )
            )
          ),
          h('td', { role: 'cell', class: 'faint identifier' }, person.kind === 'group' ? '' : person.identifier),
          h('td', { role: 'cell' }, permissionList(person)),
          h('td', { role: 'cell', class: 'actions' }, rowMenu(tab, person))
        )
      )
    )
  )
}

// A permission as the list names it, with the time for which it is given.
function named(person, i) {
  const from = person.starts_at[i]
  const until = person.expires_at[i]
  const name = permissions[person.permissions[i]]?.[0] ?? words(person.permissions[i])
  return [name, from && `from ${time(from)}`, until && `until ${time(until)}`].filter(Boolean).join(', ')
}

let tips = 0
// The first permission, and how many more; all of them on hover and on focus.
function permissionList(person) {
  const all = person.permissions.map((_, i) => named(person, i))
  const first = h('span', { class: 'badge permission' }, permissions[person.permissions[0]]?.[0] ?? words(person.permissions[0]))
  if (all.length === 1 && !person.starts_at[0] && !person.expires_at[0]) return first
  const id = `all-permissions-${++tips}`
  const tip = h(
    'ul',
    { class: 'tip', role: 'tooltip', id },
    all.map(text => h('li', {}, text))
  )
  const holder = h(
    'span',
    { class: 'has-tip', tabindex: '0', role: 'group', 'aria-label': `Permissions of ${person.name}`, 'aria-describedby': id },
    first,
    all.length > 1 ? h('span', { class: 'badge more' }, `+${all.length - 1}`) : h('span', { class: 'badge more' }, 'for a time'),
    tip
  )
  holder.addEventListener('keydown', event => holder.classList.toggle('closed', event.key === 'Escape'))
  holder.addEventListener('blur', () => holder.classList.remove('closed'))
  return holder
}

// The three-dot menu of a row. It offers what the user's rights allow; the database would refuse the rest.
function rowMenu(tab, person) {
  const may = right => tab.rights.includes(right)
  const has = names => person.permissions.some(permission => names.includes(permission))
  if (person.owner) return null
  const removable =
    person.you ||
    ((may('manage_collaborators') || !has(collaborators)) &&
      (may('manage_moderators') || !has(moderators)) &&
      (may('manage_speakers') || !has(['speaker'])))
  const items = [
    (may('manage_collaborators') || may('manage_moderators')) && ['Edit user permissions', () => editWindow(tab, person)],
    may('manage_speakers') && has(['speaker']) && ['Manage speakers', () => speakersWindow(tab)],
    may('transfer_ownership') && person.kind === 'user' && ['Set as media owner', () => ownerWindow(tab, person)],
    removable && [person.kind === 'group' ? 'Remove group' : 'Remove user', () => removeWindow(tab, person), 'danger'],
  ].filter(Boolean)
  return items.length
    ? menuButton({ class: 'quiet square', 'aria-label': `Actions for ${person.name ?? person.identifier}` }, icon('dots'), items)
    : null
}

// ---- Adding ----

function addMenu(tab) {
  const items = [
    tab.rights.includes('manage_collaborators') && ['Collaborators', () => addWindow(tab, 'collaborators')],
    tab.rights.includes('manage_moderators') && tab.moderation && ['Moderators', () => addWindow(tab, 'moderators')],
    tab.rights.includes('manage_speakers') && ['Speakers', () => speakersWindow(tab)],
  ].filter(Boolean)
  return items.length ? [menuButton({ class: 'primary', name: 'Add users' }, [icon('plus'), 'Add users'], items)] : []
}

// "Add collaborators" and "Add moderators": users, and at least one permission.
function addWindow(tab, what) {
  const check = () => {
    view.go.disabled = !people.picked.length || !boxes.ticked().length
  }
  const people = peoplePicker({ label: 'Select users', chosen: check })
  const boxes = permissionBoxes('Select permissions (at least one)', what === 'moderators' ? moderators : collaborators, { changed: check })
  const view = openWindow({
    title: `Add ${what}`,
    label: 'Add',
    body: [people.element, boxes.element],
    action: () =>
      tab.change(
        `add-${what}`,
        { users: people.ids('user'), groups: people.ids('group'), permissions: boxes.ticked() },
        `${people.picked.map(person => person.name).join(', ')}: ${boxes
          .ticked()
          .map(name => permissions[name][0])
          .join(', ')} added.`
      ),
  })
  check()
}

// ---- The three-dot menu ----

// The preview of a window, where the database has kroles_preview; values() returns what is selected when it is requested.
const whatItDoes = (tab, name, values) =>
  tab.previews ? async () => foreseen(await post(`try/${name}`, { media: tab.id, ...values() })) : undefined

const reference = person => (person.kind === 'group' ? { group: person.id } : { user: person.id })

function editWindow(tab, person) {
  const check = () => {
    view.go.disabled = !ticked().length
  }
  const boxes = [
    ['Collaborator', collaborators, 'manage_collaborators'],
    ['Moderator', moderators, 'manage_moderators'],
  ].map(([legend, names, right]) =>
    permissionBoxes(legend, names, { ticked: person.permissions, disabled: !tab.rights.includes(right), changed: check })
  )
  const ticked = () => boxes.flatMap(group => group.ticked())
  const wanted = () => ({ ...reference(person), permissions: ticked(), former: person.permissions })
  const view = openWindow({
    title: person.kind === 'group' ? 'Edit group' : 'Edit user',
    label: 'Update',
    body: [
      h(
        'p',
        { class: 'who' },
        avatar(person),
        h('strong', {}, person.name),
        h('span', { class: 'faint' }, person.kind === 'group' ? '' : person.identifier)
      ),
      boxes.map(group => group.element),
      h('p', { class: 'faint' }, 'At least one permission must be selected.'),
    ],
    preview: whatItDoes(tab, 'set-permissions', wanted),
    action: () => tab.change('set-permissions', wanted(), `The permissions of ${person.name} are updated.`),
  })
  view.dialog.querySelector('input:not(:disabled)')?.focus()
  check()
}

function removeWindow(tab, person) {
  const name = person.kind === 'group' ? 'remove-group' : 'remove-user'
  openWindow({
    title: person.kind === 'group' ? 'Remove group' : 'Remove user',
    label: 'Delete',
    style: 'primary danger',
    body: h(
      'p',
      {},
      'Remove ',
      h('strong', {}, person.name ?? person.identifier),
      ` from this media? ${count(person.permissions.length, 'role')} will be taken away: `,
      person.permissions.map((_, i) => named(person, i)).join('; '),
      '.'
    ),
    preview: whatItDoes(tab, name, () => reference(person)),
    action: () => tab.change(name, reference(person), `${person.name ?? person.identifier} is removed.`),
  })
}

function ownerWindow(tab, person) {
  const keep = h('input', { type: 'checkbox', id: 'keep-me' })
  openWindow({
    title: 'Set as media owner',
    label: 'Transfer ownership',
    body: [
      h(
        'p',
        {},
        'Make ',
        h('strong', {}, person.name),
        ' the owner of this media? Only one owner can exist at a time. After the transfer, permissions are updated accordingly.'
      ),
      h(
        'div',
        { class: 'tick' },
        keep,
        h('label', { for: 'keep-me' }, 'Make myself a collaborator'),
        h('p', { class: 'faint' }, 'You keep access to the media, as editor, publisher and viewer.')
      ),
    ],
    preview: whatItDoes(tab, 'transfer-ownership', () => ({ user: person.id, keep: keep.checked })),
    action: () => tab.change('transfer-ownership', { user: person.id, keep: keep.checked }, `${person.name} is the owner now.`),
  })
}
