// My Media, the page of a media, and its edit page with the tab Details; the other tab is roles.mjs.
import { avatar, fill, get, guarded, h, icon, paused, sql, time, words } from './lib.mjs'
import { menuButton } from './parts.mjs'
import { rolesTab } from './roles.mjs'

// Media that the person owns or helps to manage; the three dots lead to its edit page.
export async function myMedia(main) {
  const results = h('div', {})
  const draw = async (search, isLatest = () => true) => {
    const { media } = await get('read/my-media', { search })
    if (!isLatest()) return
    const list = h(
      'ul',
      { class: 'cards' },
      media.rows.map(item =>
        h(
          'li',
          { class: 'card' },
          h('span', { class: `kind ${item.type}`, 'aria-hidden': 'true' }, item.type.slice(0, 1).toUpperCase()),
          h(
            'div',
            { class: 'grow' },
            h('a', { href: `#/media/${item.id}` }, item.name),
            h('p', { class: 'faint' }, words(item.type), ' · ', item.mine ? 'yours' : `of ${item.owner ?? 'somebody'}`)
          ),
          menuButton({ class: 'quiet square', 'aria-label': `Actions for ${item.name}` }, icon('dots'), [
            [
              'Edit',
              () => {
                location.hash = `#/media/${item.id}/details`
              },
            ],
          ])
        )
      )
    )
    fill(
      results,
      media.rows.length
        ? list
        : h('p', { class: 'empty' }, search ? 'No media matches.' : 'You manage no media: you own none, and are an editor of none.'),
      media.rows.length === 200 && h('p', { class: 'faint' }, 'The first 200 media; find others by name.'),
      sql(media)
    )
  }
  const search = h('input', { type: 'search', id: 'media-search', placeholder: 'Search My Media' })
  search.addEventListener(
    'input',
    paused(isLatest => guarded(results, () => draw(search.value.trim(), isLatest)))
  )
  fill(
    main,
    h('h1', {}, 'My Media'),
    h('p', { class: 'lead' }, 'Media that you own, and media on which you manage others.'),
    h('div', { class: 'bar' }, h('label', { for: 'media-search', class: 'aloud' }, 'Search My Media'), search),
    results
  )
  await guarded(results, () => draw(''))
}

// The page of a media for its viewers. Its three-dot menu has Edit for users who may change something.
export async function mediaPage(main, id) {
  const [{ media, published }, { speakers }] = await Promise.all([get('read/media', { media: id }), get('read/speakers', { media: id })])
  const [item] = media.rows
  const changes = item.rights.some(right => right === 'edit' || right === 'manage')
  fill(
    main,
    h('p', {}, h('a', { href: '#/media', class: 'back' }, icon('back'), 'My Media')),
    h('div', { class: 'screen', 'aria-hidden': 'true' }, words(item.type)),
    h(
      'div',
      { class: 'head' },
      h('h1', {}, item.name),
      changes &&
        menuButton({ class: 'quiet square', 'aria-label': `Actions for ${item.name}` }, icon('dots'), [
          [
            'Edit',
            () => {
              location.hash = `#/media/${id}/details`
            },
          ],
        ])
    ),
    h(
      'p',
      { class: 'lead' },
      item.owner,
      published.rows.length > 0 && ` · in ${published.rows.map(row => row.name).join(', ')}`,
      ' · ',
      h('a', { href: `#/why/media/${id}` }, 'Who may do what here?')
    ),
    speakers.rows.length > 0 && [
      h('h2', {}, 'Speakers'),
      h(
        'ul',
        { class: 'plain' },
        speakers.rows.map(person =>
          h(
            'li',
            { class: 'who' },
            avatar(person),
            h('span', {}, h('span', { class: 'name' }, person.name), person.title && h('span', { class: 'faint block' }, person.title))
          )
        )
      ),
    ],
    sql(media, published, speakers)
  )
}

// The edit page: a navigation at the left, and the tab beside it.
export async function editMedia(main, id, tab) {
  const { media, published, history } = await get('read/media', { media: id })
  const [item] = media.rows
  const link = (name, label) => h('a', { href: `#/media/${id}/${name}`, 'aria-current': name === tab ? 'page' : null }, label)
  const panel = h('section', { class: 'panel grow', 'aria-labelledby': 'tab-title' })
  fill(
    main,
    h('p', {}, h('a', { href: `#/media/${id}`, class: 'back' }, icon('back'), 'The media')),
    h('h1', {}, item.name),
    h(
      'div',
      { class: 'edit' },
      h('nav', { class: 'side', 'aria-label': 'Edit media' }, link('details', 'Details'), link('roles', 'Roles & permissions')),
      panel
    )
  )
  if (tab === 'roles') await rolesTab(panel, id)
  else fill(panel, ...details(item, media, published, history))
}

function details(item, media, published, history) {
  const fact = (name, value) => value && [h('dt', {}, name), h('dd', {}, value)]
  return [
    h('h2', { id: 'tab-title' }, 'Details'),
    h(
      'dl',
      {},
      fact('Type', words(item.type)),
      fact('Owner', item.owner),
      fact('Created', time(item.created_at)),
      fact('Available from', time(item.available_from)),
      fact('Available until', time(item.available_until)),
      fact('You may', item.rights.map(right => right.replaceAll('_', ' ')).join(', ')),
      fact(
        'Published in',
        published.rows.length
          ? h(
              'ul',
              { class: 'plain' },
              published.rows.map(p => h('li', {}, p.name, ' ', h('span', { class: `badge ${p.status}` }, p.status)))
            )
          : 'nothing: only its people see it'
      )
    ),
    sql(media, published),
    h('h3', {}, 'Latest changes'),
    history.rows.length
      ? h(
          'ol',
          { class: 'history' },
          history.rows.map(row =>
            h(
              'li',
              {},
              h('time', { datetime: row.at, class: 'faint' }, time(row.at)),
              h('span', {}, h('strong', {}, row.who ?? 'The database'), ' ', row.what)
            )
          )
        )
      : h('p', { class: 'empty' }, 'None that you may see.'),
    sql(history),
  ]
}
