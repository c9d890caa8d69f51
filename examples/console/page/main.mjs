// The frame of the console: signing in, the head of the page, and which view the address asks for.
import { avatar, Failure, fill, get, guarded, h, post, problem, session } from './lib.mjs'
import { menuButton } from './parts.mjs'
import { editMedia, mediaPage, myMedia } from './media.mjs'
import { whyView } from './why.mjs'
import { seeView } from './see.mjs'
import { previewView } from './preview.mjs'
import { healthView } from './health.mjs'

const top = document.getElementById('top')
const main = document.getElementById('main')
const views = [
  ['media', 'Media'],
  ['why', 'Why'],
  ['see', 'See as'],
  ['preview', 'Preview'],
  ['health', 'Health'],
]
let door, me, previewThere

// ---- Signing in ----

function head() {
  const current = location.hash.split('/')[1] ?? 'media'
  fill(
    top,
    h('a', { class: 'brand', href: '#/media' }, h('img', { src: 'mark.svg', alt: '', width: '26', height: '26' }), 'kroles console')
  )
  if (!me) return
  top.append(
    h(
      'nav',
      { 'aria-label': 'Views' },
      views.map(([name, label]) => h('a', { href: `#/${name}`, 'aria-current': name === current ? 'page' : null }, label))
    ),
    menuButton(
      { class: 'quiet who', 'aria-label': `User menu of ${me.name ?? me.login}` },
      [
        avatar(me),
        h('span', { class: 'name' }, me.name ?? me.login),
        h('span', { class: 'faint role' }, me.administrator ? 'Administrator' : me.role),
      ],
      [
        [
          'My Media',
          () => {
            location.hash = '#/media'
          },
        ],
        ['Sign out', signOut],
      ]
    )
  )
}

async function signOut() {
  await post('sign-out').catch(() => {})
  me = session.person = undefined
  location.hash = ''
  showDoor()
}

// The sign-in page: in the demo as one of its users, without a password; else with a token of the portal's login page.
function showDoor(failure) {
  head()
  const enter = body =>
    guarded(panel, async () => {
      welcome(await post('sign-in', body))
      await show()
    })
  const who = h(
    'select',
    { id: 'login' },
    door.people.map(person => h('option', { value: person.login }, `${person.name}, ${person.title}`))
  )
  const token = h('textarea', { id: 'token', rows: '4', spellcheck: 'false', autocomplete: 'off' })
  const panel = h(
    'section',
    { class: 'panel door' },
    h('h1', {}, 'Sign in'),
    door.demo
      ? h(
          'form',
          {
            onsubmit: event => {
              event.preventDefault()
              enter({ login: who.value })
            },
          },
          h(
            'p',
            { class: 'lead' },
            'As one of the people of the demo portal. The server signs a token for them; what they may do, the database decides.'
          ),
          h('div', { class: 'field' }, h('label', { for: 'login' }, 'Person'), who),
          h('button', { type: 'submit', class: 'primary' }, 'Sign in')
        )
      : null,
    h(
      'details',
      { open: !door.demo },
      h('summary', {}, 'With a token'),
      h(
        'form',
        {
          onsubmit: event => {
            event.preventDefault()
            enter({ token: token.value.trim() })
          },
        },
        h('div', { class: 'field' }, h('label', { for: 'token' }, 'JWT of the portal’s login page'), token),
        h('button', { type: 'submit' }, 'Sign in with the token')
      )
    )
  )
  if (failure) panel.prepend(problem(failure))
  fill(main, panel)
  document.title = 'Sign in · kroles console'
}

// Remembers the signed-in user, and whether the database has kroles_preview.
function welcome(answer) {
  ;[me] = answer.me.rows
  session.person = me?.id
  previewThere = answer.preview.rows[0].there
}

session.ended = failure => {
  if (!me) return
  me = session.person = undefined
  document.querySelectorAll('dialog').forEach(dialog => dialog.close())
  showDoor(failure)
}

// ---- Views ----

let drawn = 0
async function show() {
  if (!me) return showDoor()
  const mine = ++drawn
  const [, view = 'media', first, second] = location.hash.split('/')
  head()
  document.querySelectorAll('dialog').forEach(dialog => dialog.close())
  // A view is built outside the document, and shown only if no other was requested meanwhile.
  const page = h('div', { class: 'page' })
  try {
    if (view === 'media' && second) await editMedia(page, first, second === 'roles' ? 'roles' : 'details')
    else if (view === 'media' && first) await mediaPage(page, first)
    else if (view === 'why') await whyView(page, first, second)
    else if (view === 'see') await seeView(page, me, door, first)
    else if (view === 'preview') await previewView(page, previewThere)
    else if (view === 'health') await healthView(page)
    else await myMedia(page)
  } catch (error) {
    if (error instanceof Failure && error.status === 401) return undefined
    fill(page, h('h1', {}, 'Not shown'), problem(error))
  }
  if (mine !== drawn || !me) return undefined
  fill(main, page)
  main.dataset.view = `#/${[view, first, second].filter(Boolean).join('/')}`
  document.title = `${page.querySelector('h1')?.textContent ?? ''} · kroles console`
  return undefined
}

window.addEventListener('hashchange', async () => {
  await show()
  main.focus({ preventScroll: true })
  window.scrollTo(0, 0)
})

document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault()
  main.focus()
})

try {
  door = await get('door')
  welcome(
    await get('read/me').catch(async error => {
      if (error.code !== '28000') throw error
      await post('sign-out') // (a token that has expired meanwhile)
      return get('read/me')
    })
  )
  await show()
} catch (error) {
  fill(main, problem(error))
}
