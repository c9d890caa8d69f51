// Why: who may do what with an object, a row a person and a column a right. Each cell opens the reasons (kroles_explain).
import { avatar, fill, get, guarded, h, icon, paused, problem, sql, time, words } from './lib.mjs'
import { openWindow } from './parts.mjs'

const effects = {
  allows: ['Allows', 'would be sufficient alone'],
  denies: ['Denies', 'holds whatever other reasons there are'],
  ignored: ['Ignored', 'exists and is not in force'],
  lacks: ['Lacks', 'exists and does not give this right'],
  needs: ['Needed', 'does not exist, and would give it'],
}

// Offers the objects that the user manages, and other channels and galleries that the user sees.
function objectSelect(managed, spaces, chosen) {
  const option = object => h('option', { value: keyOf(object), selected: keyOf(object) === chosen }, object.name)
  const kinds = [...new Set(managed.map(object => object.kind))]
  const others = spaces.filter(space => !managed.some(object => keyOf(object) === keyOf(space)))
  return h(
    'select',
    { id: 'object' },
    kinds.map(kind => h('optgroup', { label: words(kind) }, managed.filter(object => object.kind === kind).map(option))),
    others.length > 0 && h('optgroup', { label: 'About yourself, in' }, others.map(option))
  )
}

const keyOf = object => `${object.kind}/${object.id}`

export async function whyView(main, kind, id) {
  const [{ objects }, { spaces }] = await Promise.all([get('read/managed'), get('read/spaces')])
  const first = objects.rows[0] ?? spaces.rows[0]
  const title = h('h1', {}, 'Why')
  const lead = h(
    'p',
    { class: 'lead' },
    'Who may do what, and why: a cell opens the reasons. You may ask about others on what you manage, and about yourself everywhere.'
  )
  if (!first && !id) {
    fill(main, title, lead, h('p', { class: 'empty' }, 'There is no channel, gallery or media that you see.'))
    return
  }
  const [theKind, theId] = id ? [kind, id] : [first.kind, first.id]
  const manages = objects.rows.find(object => keyOf(object) === `${theKind}/${theId}`)
  const select = objectSelect(objects.rows, spaces.rows, `${theKind}/${theId}`)
  const search = h('input', { type: 'search', id: 'grid-search', placeholder: 'Find a person' })
  const results = h('div', {})
  const draw = (isLatest = () => true) =>
    guarded(results, async () => {
      const answer = await get(manages ? 'read/grid' : 'read/grid-self', { kind: theKind, id: theId, search: search.value.trim() || null })
      if (!isLatest()) return
      const name = manages?.name ?? answer.object.rows[0].name
      if (!select.value || select.value !== `${theKind}/${theId}`) {
        select.prepend(h('option', { value: `${theKind}/${theId}`, selected: true }, name))
      }
      fill(
        results,
        grid(answer, theKind, theId, name),
        answer.people.rows.length === 50 && h('p', { class: 'faint' }, 'The first 50 people; find others by name.'),
        sql(answer.actions, answer.people, answer.anonymous)
      )
    })
  select.addEventListener('change', () => {
    location.hash = `#/why/${select.value}`
  })
  search.addEventListener('input', paused(draw))
  fill(
    main,
    title,
    lead,
    h(
      'div',
      { class: 'bar' },
      h('label', { for: 'object' }, 'Object'),
      select,
      manages && [h('label', { for: 'grid-search', class: 'aloud' }, 'Find a person'), search]
    ),
    results,
    sql(objects, spaces)
  )
  await draw()
}

// One stop for the Tab key; arrows, Home and End go from cell to cell.
function grid({ actions, people, anonymous }, kind, id, name) {
  const rows = [
    ...people.rows,
    ...(anonymous ? [{ id: null, name: 'Not signed in', initials: '–', rights: anonymous.rows[0].rights }] : []),
  ]
  const cells = rows.map(person =>
    actions.rows.map(({ action }) => {
      const may = person.rights.includes(action)
      return h(
        'button',
        {
          type: 'button',
          class: `cell ${may ? 'yes' : 'no'}`,
          tabindex: '-1',
          'data-action': action,
          'data-user': person.id ?? 'anonymous',
          'aria-label': `${person.name}: ${action.replaceAll('_', ' ')}, ${may ? 'yes' : 'no'}. Why?`,
          onclick: () => reasons(person, action, kind, id, name),
        },
        icon(may ? 'check' : 'minus')
      )
    })
  )
  const table = h(
    'table',
    { class: 'grid', role: 'grid', 'aria-label': `Rights on ${name}` },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Person'),
        actions.rows.map(({ action, description }) =>
          h('th', { scope: 'col', title: description }, h('span', {}, action.replaceAll('_', ' ')))
        )
      )
    ),
    h(
      'tbody',
      {},
      rows.map((person, r) =>
        h(
          'tr',
          {},
          h(
            'th',
            { scope: 'row' },
            h(
              'span',
              { class: 'who' },
              avatar(person),
              h('span', {}, h('span', { class: 'name' }, person.name), person.title && h('span', { class: 'faint block' }, person.title))
            )
          ),
          cells[r].map(cell => h('td', { role: 'gridcell' }, cell))
        )
      )
    )
  )
  if (cells[0]?.[0]) cells[0][0].tabIndex = 0
  table.addEventListener('keydown', event => {
    const r = cells.findIndex(row => row.includes(event.target))
    if (r < 0) return
    const c = cells[r].indexOf(event.target)
    const to = {
      ArrowUp: [r - 1, c],
      ArrowDown: [r + 1, c],
      ArrowLeft: [r, c - 1],
      ArrowRight: [r, c + 1],
      Home: [r, 0],
      End: [r, cells[r].length - 1],
    }[event.key]
    const next = to && cells[to[0]]?.[to[1]]
    if (!next) return
    event.preventDefault()
    event.target.tabIndex = -1
    next.tabIndex = 0
    next.focus()
  })
  return h('div', { class: 'scroll' }, table)
}

async function reasons(person, action, kind, id, name) {
  const body = h('div', {})
  openWindow({ title: `${person.name}: ${action.replaceAll('_', ' ')}`, body, cancel: 'Close', wide: true })
  try {
    const { reasons: answer } = await get('read/explain', { user: person.id, action, kind, id })
    const { allowed } = answer.rows[0] ?? { allowed: false }
    body.append(
      h(
        'p',
        { class: 'verdict' },
        h('span', { class: `badge ${allowed ? 'approved' : 'rejected'}` }, allowed ? 'Yes' : 'No'),
        ' ',
        h('strong', {}, person.name),
        ` may ${allowed ? '' : 'not '}${action.replaceAll('_', ' ')} `,
        h('em', {}, name)
      ),
      h(
        'ul',
        { class: 'reasons' },
        answer.rows.map(row =>
          h(
            'li',
            { class: row.effect },
            h('span', { class: 'badge', title: effects[row.effect]?.[1] }, effects[row.effect]?.[0] ?? row.effect),
            h('span', { class: 'grow' }, row.reason, row.until && h('span', { class: 'faint block' }, `until ${time(row.until)}`))
          )
        )
      ),
      h(
        'p',
        { class: 'faint' },
        [...new Set(answer.rows.map(row => row.effect))].map(effect => `${effects[effect]?.[0]}: ${effects[effect]?.[1]}`).join('; '),
        '.'
      ),
      sql(answer)
    )
  } catch (error) {
    body.append(problem(error))
  }
}
