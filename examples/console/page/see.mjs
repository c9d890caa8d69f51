// See as: the same statement as two people, side by side. Nothing in it says who may see what.
import { count, fill, get, guarded, h, sql, words } from './lib.mjs'

const select = (id, label, options, chosen) => [
  h('label', { for: id }, label),
  h(
    'select',
    { id },
    options.map(([value, text]) => h('option', { value, selected: value === chosen }, text))
  ),
]

export async function seeView(main, me, door, space = '') {
  const { spaces } = await get('read/spaces')
  const title = [
    h('h1', {}, 'See as'),
    h('p', { class: 'lead' }, 'One list, asked for twice with the same SQL: what each of two people sees.'),
  ]
  if (!door.demo) {
    fill(main, ...title, h('p', { class: 'empty' }, 'This server signs no tokens, so it can ask as yourself only.'))
    return
  }
  const somebody = [...door.people.map(person => [person.login, person.name]), ['', 'Not signed in']]
  const people = side => select(side, side === 'left' ? 'As' : 'and as', somebody, side === 'left' ? me.login : 'iva.petrova')
  const places = h(
    'select',
    { id: 'space' },
    h('option', { value: '' }, 'All media'),
    ['channel', 'gallery'].map(kind =>
      h(
        'optgroup',
        { label: words(kind) },
        spaces.rows
          .filter(row => row.kind === kind)
          .map(row => h('option', { value: row.id, selected: row.id === space }, `${row.name} (${words(row.type).toLowerCase()})`))
      )
    )
  )
  const results = h('div', {})
  let asked = 0
  const bar = h('div', { class: 'bar' }, h('label', { for: 'space' }, 'Media of'), places, people('left'), people('right'))
  const draw = () =>
    guarded(results, async () => {
      const mine = ++asked
      const [left, right] = ['left', 'right'].map(side => bar.querySelector(`#${side}`))
      const answer = await get('see', { space: places.value, left: left.value, right: right.value })
      if (mine !== asked) return
      const line = (row, alone) =>
        row
          ? h(
              'li',
              { class: alone && 'alone' },
              h('span', { class: 'grow' }, row.name),
              row.status && row.status !== 'approved' && h('span', { class: `badge ${row.status}` }, row.status),
              alone && h('span', { class: 'badge you' }, 'Only here')
            )
          : h('li', { class: 'gap', 'aria-hidden': 'true' })
      const column = (side, n, lines) =>
        h(
          'section',
          { class: 'panel', 'aria-label': `As ${side.selectedOptions[0].text}` },
          h('h2', {}, side.selectedOptions[0].text),
          h('p', { class: 'total' }, h('strong', {}, n), ' seen'),
          h('ul', { class: 'plain seen' }, lines),
          n === 0 && h('p', { class: 'empty' }, 'Nothing.')
        )
      const [l, r] = [answer.left.media.rows, answer.right.media.rows]
      const both = sideBySide(l, r)
      const apart = both.filter(([one, other]) => !one || !other).length
      fill(
        results,
        h(
          'p',
          { role: 'status', class: 'faint' },
          apart ? `${count(apart, 'media', 'media')} only one of them sees.` : 'Both see the same.'
        ),
        h(
          'div',
          { class: 'two' },
          column(
            left,
            l.length,
            both.map(([one, other]) => line(one, !other))
          ),
          column(
            right,
            r.length,
            both.map(([one, other]) => line(other, !one))
          )
        ),
        Math.max(l.length, r.length) === 200 &&
          !places.value &&
          h('p', { class: 'faint' }, 'The first 200 media of each are compared: at the end, one may see what is not listed.'),
        sql(answer.left.media)
      )
    })
  bar.addEventListener('change', draw)
  fill(main, ...title, bar, results)
  await draw()
}

// Aligns two lists that have the same order, as both come from one statement. A row that one list lacks is paired with null.
function sideBySide(left, right) {
  const [inLeft, inRight] = [left, right].map(rows => new Set(rows.map(row => row.id)))
  const pairs = []
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const alone = l < left.length && !inRight.has(left[l].id) ? 'left' : r < right.length && !inLeft.has(right[r].id) ? 'right' : null
    pairs.push([alone === 'right' ? null : left[l++], alone === 'left' ? null : right[r++]])
  }
  return pairs
}
