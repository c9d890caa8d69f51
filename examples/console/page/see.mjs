// See as: the same statement as two people, side by side. Nothing in it says who may see what.
import { count, fill, get, guarded, h, sql, words } from './lib.mjs'

const select = (id, label, options, chosen) => [h('label', { for: id }, label),
  h('select', { id }, options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)))]

export async function seeView(main, me, door, space = '') {
  const { spaces } = await get('read/spaces')
  const title = [h('h1', {}, 'See as'), h('p', { class: 'lead' }, 'One list, asked for twice with the same SQL: what each of two people sees.')]
  if (!door.demo) {
    fill(main, ...title, h('p', { class: 'empty' }, 'This server signs no tokens, so it can ask as yourself only.'))
    return
  }
  const somebody = [...door.people.map(person => [person.login, person.name]), ['', 'Not signed in']]
  const people = side => select(side, side === 'left' ? 'As' : 'and as', somebody, side === 'left' ? me.login : 'iva.petrova')
  const places = h('select', { id: 'space' }, h('option', { value: '' }, 'All media'), ['channel', 'gallery'].map(kind =>
    h('optgroup', { label: words(kind) }, spaces.rows.filter(row => row.kind === kind)
      .map(row => h('option', { value: row.id, selected: row.id === space }, `${row.name} (${words(row.type).toLowerCase()})`)))))
  const results = h('div', {})
  const bar = h('div', { class: 'bar' }, h('label', { for: 'space' }, 'Media of'), places, people('left'), people('right'))
  const draw = () => guarded(results, async () => {
    const [left, right] = ['left', 'right'].map(side => bar.querySelector(`#${side}`))
    const answer = await get('see', { space: places.value, left: left.value, right: right.value })
    const column = (side, rows, others) => h('section', { class: 'panel', 'aria-label': `As ${side.selectedOptions[0].text}` },
      h('h2', {}, side.selectedOptions[0].text), h('p', { class: 'total' }, h('strong', {}, rows.length), ' seen'),
      rows.length ? h('ul', { class: 'plain seen' }, rows.map(row => h('li', { class: others.has(row.id) ? '' : 'alone' },
        h('span', { class: 'grow' }, row.name), row.status && row.status !== 'approved' && h('span', { class: `badge ${row.status}` }, row.status),
        !others.has(row.id) && h('span', { class: 'badge you' }, 'Only here')))) : h('p', { class: 'empty' }, 'Nothing.'))
    const [l, r] = [answer.left.media.rows, answer.right.media.rows]
    const [lIds, rIds] = [l, r].map(rows => new Set(rows.map(row => row.id)))
    const apart = l.filter(row => !rIds.has(row.id)).length + r.filter(row => !lIds.has(row.id)).length
    fill(results, h('p', { role: 'status', class: 'faint' }, apart ? `${count(apart, 'media', 'media')} only one of them sees.` : 'Both see the same.'),
      h('div', { class: 'two' }, column(left, l, rIds), column(right, r, lIds)), sql(answer.left.media))
  })
  bar.addEventListener('change', draw)
  fill(main, ...title, bar, results)
  await draw()
}
