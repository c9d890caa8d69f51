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

// The objects that the person manages, to choose from, by kind.
export function objectSelect(objects, chosen, attributes) {
  const kinds = [...new Set(objects.map(object => object.kind))]
  return h('select', attributes, kinds.map(kind => h('optgroup', { label: words(kind) }, objects.filter(object => object.kind === kind)
    .map(object => h('option', { value: `${kind}/${object.id}`, selected: `${kind}/${object.id}` === chosen }, object.name)))))
}

export async function whyView(main, kind, id) {
  const { objects } = await get('read/managed')
  const title = h('h1', {}, 'Why')
  const lead = h('p', { class: 'lead' }, 'Who may do what, and why. You may ask about others on what you manage. A cell opens the reasons.')
  if (!objects.rows.length) {
    fill(main, title, lead, h('p', { class: 'empty' }, 'You manage no media, channel, gallery or event.'), sql(objects))
    return
  }
  const first = objects.rows[0]
  const chosen = kind && id ? `${kind}/${id}` : `${first.kind}/${first.id}`
  const select = objectSelect(objects.rows, chosen, { id: 'object' })
  select.addEventListener('change', () => { location.hash = `#/why/${select.value}` })
  const search = h('input', { type: 'search', id: 'grid-search', placeholder: 'Find a person' })
  const results = h('div', {})
  const [theKind, theId] = chosen.split('/')
  const draw = () => guarded(results, async () => {
    const answer = await get('read/grid', { kind: theKind, id: theId, search: search.value.trim() || null })
    const name = objects.rows.find(object => object.kind === theKind && object.id === theId)?.name ?? `${theKind} ${theId}`
    fill(results, grid(answer, theKind, theId, name), sql(answer.actions, answer.people, answer.anonymous))
  })
  search.addEventListener('input', paused(draw))
  fill(main, title, lead, h('div', { class: 'bar' }, h('label', { for: 'object' }, 'Object'), select,
    h('label', { for: 'grid-search', class: 'aloud' }, 'Find a person'), search), results, sql(objects))
  await draw()
}

// One stop for the Tab key; arrows, Home and End go from cell to cell.
function grid({ actions, people, anonymous }, kind, id, name) {
  const rows = [...people.rows, { id: null, name: 'Not signed in', initials: '–', rights: anonymous.rows[0]?.rights ?? [] }]
  const cells = rows.map(person => actions.rows.map(({ action }) => {
    const may = person.rights.includes(action)
    return h('button', {
      type: 'button', class: `cell ${may ? 'yes' : 'no'}`, tabindex: '-1', 'data-action': action, 'data-user': person.id ?? 'anonymous',
      'aria-label': `${person.name}: ${action.replaceAll('_', ' ')}, ${may ? 'yes' : 'no'}. Why?`,
      onclick: () => reasons(person, action, kind, id, name),
    }, icon(may ? 'check' : 'minus'))
  }))
  const table = h('table', { class: 'grid', role: 'grid', 'aria-label': `Rights on ${name}` },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Person'), actions.rows.map(({ action, description }) =>
      h('th', { scope: 'col', title: description }, h('span', {}, action.replaceAll('_', ' ')))))),
    h('tbody', {}, rows.map((person, r) => h('tr', {}, h('th', { scope: 'row' }, h('span', { class: 'who' }, avatar(person),
      h('span', {}, h('span', { class: 'name' }, person.name), person.title && h('span', { class: 'faint block' }, person.title)))),
    cells[r].map(cell => h('td', { role: 'gridcell' }, cell))))))
  if (cells[0]?.[0]) cells[0][0].tabIndex = 0
  table.addEventListener('keydown', event => {
    const r = cells.findIndex(row => row.includes(event.target))
    if (r < 0) return
    const c = cells[r].indexOf(event.target)
    const to = { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], Home: [r, 0], End: [r, cells[r].length - 1] }[event.key]
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
      h('p', { class: 'verdict' }, h('span', { class: `badge ${allowed ? 'approved' : 'rejected'}` }, allowed ? 'Yes' : 'No'), ' ',
        h('strong', {}, person.name), ` may ${allowed ? '' : 'not '}${action.replaceAll('_', ' ')} `, h('em', {}, name)),
      h('ul', { class: 'reasons' }, answer.rows.map(row => h('li', { class: row.effect },
        h('span', { class: 'badge', title: effects[row.effect]?.[1] }, effects[row.effect]?.[0] ?? row.effect), h('span', { class: 'grow' }, row.reason,
          row.until && h('span', { class: 'faint block' }, `until ${time(row.until)}`))))),
      h('p', { class: 'faint' }, [...new Set(answer.rows.map(row => row.effect))].map(effect => `${effects[effect]?.[0]}: ${effects[effect]?.[1]}`).join('; '), '.'),
      sql(answer))
  } catch (error) {
    body.append(problem(error))
  }
}
