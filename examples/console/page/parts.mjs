// Parts that several views use: menus, windows, choosing people, and a list of permissions to tick.
import { avatar, fill, get, guarded, h, icon, paused } from './lib.mjs'

// ---- Menus ----

let open
// A button that opens a menu of [label, action] pairs; arrows, Home, End, Escape and a click elsewhere do what they do in menus.
export function menuButton(attributes, content, items) {
  const menu = h('div', { class: 'menu', role: 'menu', hidden: true, 'aria-label': attributes['aria-label'] ?? attributes.name })
  const button = h('button', { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', ...attributes }, content)
  const close = focus => {
    menu.hidden = true
    button.setAttribute('aria-expanded', 'false')
    open = undefined
    if (focus) button.focus()
  }
  const show = last => {
    open?.()
    menu.hidden = false
    button.setAttribute('aria-expanded', 'true')
    open = close
    const entries = [...menu.children]
    entries.at(last ? -1 : 0)?.focus()
  }
  menu.append(
    ...items.map(([label, action, style]) =>
      h(
        'button',
        {
          type: 'button',
          role: 'menuitem',
          tabindex: '-1',
          class: style,
          onclick: () => {
            close(true)
            action(button)
          },
        },
        label
      )
    )
  )
  button.addEventListener('click', () => (menu.hidden ? show() : close(true)))
  button.addEventListener('keydown', event => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    show(event.key === 'ArrowUp')
  })
  menu.addEventListener('keydown', event => {
    const entries = [...menu.children]
    const at = entries.indexOf(document.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
    if (next !== undefined) {
      event.preventDefault()
      entries.at(next % entries.length).focus()
    } else if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      close(true)
    } else if (event.key === 'Tab') close()
  })
  return h('div', { class: 'has-menu' }, button, menu)
}

document.addEventListener('pointerdown', event => {
  if (open && !event.target.closest('.has-menu')) open()
})

// ---- Windows ----

let windows = 0
// A window over the page. action() is run by the button named label; when it ends well the window closes. Escape and Cancel close it, too.
// preview(), where it is given, answers elements that say what the action will do; they stand until something is changed in the window.
// The browser keeps the focus inside, and it returns to where it was.
export function openWindow({ title, body, action, label, style = 'primary', cancel = 'Cancel', wide = false, preview, closed = () => {} }) {
  const id = `window-${++windows}`
  const before = document.activeElement
  const dialog = h('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': id })
  const go = action && h('button', { type: 'submit', class: style }, label)
  const foreseen = h('div', { role: 'status' })
  let edits = 0
  const foresee = async () => {
    const before = edits
    const told = await guarded(form, preview)
    if (before === edits) fill(foreseen, told)
  }
  const form = h(
    'form',
    {
      novalidate: true,
      onsubmit: async event => {
        event.preventDefault()
        if (!action || go.disabled) return
        go.disabled = true
        const done = await guarded(form, async () => {
          await action()
          return true
        })
        go.disabled = false
        if (done) dialog.close()
      },
    },
    h(
      'header',
      {},
      h('h2', { id }, title),
      h('button', { type: 'button', class: 'quiet square', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('x'))
    ),
    h('div', { class: 'body' }, body, foreseen),
    h(
      'footer',
      {},
      preview && h('button', { type: 'button', class: 'quiet', onclick: foresee }, 'What will it do?'),
      h('button', { type: 'button', onclick: () => dialog.close() }, cancel),
      go
    )
  )
  form.addEventListener('input', () => {
    edits++
    fill(foreseen)
  })
  dialog.append(form)
  dialog.addEventListener('close', () => {
    dialog.remove()
    closed()
    focusAgain(before)
  })
  document.body.append(dialog)
  dialog.showModal()
  dialog.querySelector('[data-first]')?.focus()
  return { dialog, go }
}

// Returns the focus to the element that opened a window, or, if it was redrawn meanwhile, to the one with the same name.
function focusAgain(element) {
  const name = element?.getAttribute('aria-label')
  const now = element?.isConnected ? element : name && document.querySelector(`main [aria-label="${CSS.escape(name)}"]`)
  const target = now || document.querySelector('main')
  target.focus()
}

// ---- Choosing people ----

let lists = 0
// A field that suggests people and groups while one types (kroles_find_users). With many, those chosen stand above the field and
// can be taken out; else the choice is told to chosen() and the field is empty again. kinds limits what is suggested.
export function peoplePicker({ label, many = true, kinds = ['user', 'group'], chosen = () => {}, without = () => [] }) {
  const id = `people-${++lists}`
  const picked = []
  const chips = h('ul', { class: 'chips', 'aria-label': 'Chosen' })
  const list = h('ul', { class: 'suggestions', role: 'listbox', id: `${id}-list`, 'aria-label': 'Suggestions', hidden: true })
  const told = h('p', { class: 'aloud', role: 'status' })
  const input = h('input', {
    id,
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'Search by name, email or ID',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': `${id}-list`,
    'data-first': true,
  })
  const key = person => `${person.kind}-${person.id}`
  let shown = []
  let shownFor // the word for which they are suggested

  const hide = () => {
    list.hidden = true
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
    shown = []
  }
  const mark = at => {
    ;[...list.children].forEach((option, i) => option.setAttribute('aria-selected', i === at))
    if (shown[at]) input.setAttribute('aria-activedescendant', `${id}-${at}`)
    list.children[at]?.scrollIntoView({ block: 'nearest' })
  }
  const marked = () => [...list.children].findIndex(option => option.getAttribute('aria-selected') === 'true')
  const drawChips = () => {
    fill(
      chips,
      ...picked.map(person =>
        h(
          'li',
          {},
          avatar(person),
          person.name,
          h(
            'button',
            {
              type: 'button',
              class: 'quiet',
              'aria-label': `Take out ${person.name}`,
              onclick: () => {
                picked.splice(picked.indexOf(person), 1)
                drawChips()
                input.focus()
                chosen(picked)
              },
            },
            icon('x')
          )
        )
      )
    )
  }
  const choose = person => {
    input.value = ''
    hide()
    if (many) {
      picked.push(person)
      drawChips()
      told.textContent = `${person.name} is chosen`
    }
    chosen(many ? picked : person)
    input.focus()
  }
  const suggest = paused(async isLatest => {
    const word = input.value.trim()
    if (!word) return hide()
    const answer = await get('read/find-users', { search: word }).catch(error => ({ error }))
    if (!isLatest() || document.activeElement !== input || input.value.trim() !== word) return undefined
    shownFor = word
    const used = new Set([...picked, ...without()].map(key))
    const fits = person => kinds.includes(person.kind) && !used.has(key(person))
    shown = answer.error ? [] : answer.users.rows.filter(fits).slice(0, 8)
    fill(
      list,
      ...shown.map((person, i) =>
        h(
          'li',
          {
            role: 'option',
            id: `${id}-${i}`,
            'aria-selected': 'false',
            onpointerdown: event => {
              event.preventDefault()
              choose(person)
            },
            onpointermove: () => mark(i),
          },
          avatar(person),
          h('span', {}, person.name),
          h('span', { class: 'faint' }, person.kind === 'group' ? 'Group' : person.identifier)
        )
      )
    )
    if (!shown.length) fill(list, h('li', { class: 'faint' }, answer.error ? answer.error.message : 'Nobody is found'))
    list.hidden = false
    input.setAttribute('aria-expanded', 'true')
    told.textContent = shown.length ? `${shown.length} found` : 'Nobody is found'
    return mark(0)
  }, 150)

  input.addEventListener('input', suggest)
  input.addEventListener('blur', hide)
  input.addEventListener('keydown', event => {
    if (event.key === 'Backspace' && !input.value && many && picked.length) {
      picked.pop()
      drawChips()
      chosen(picked)
    }
    if (event.key === 'Enter') event.preventDefault() // (chooses, and does not send the window's form)
    if (list.hidden) return
    const n = shown.length
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      mark((marked() + 1) % n)
    }
    if (event.key === 'ArrowUp') {
      event.preventDefault()
      mark((marked() + n - 1) % n)
    }
    // (not from suggestions for a word that was not yet complete)
    if (event.key === 'Enter' && shown[marked()] && shownFor === input.value.trim()) choose(shown[marked()])
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      hide()
    }
  })
  return {
    element: h(
      'div',
      { class: 'field people' },
      h('label', { for: id }, label),
      many && chips,
      h('div', { class: 'suggesting' }, input, list),
      told
    ),
    picked,
    ids: kind => picked.filter(person => person.kind === kind).map(person => person.id),
  }
}

// ---- Permissions ----

// The permissions of the tab, with the descriptions that its windows show.
export const permissions = {
  editor: ['Editor', 'Can edit details and metadata, trim, replace, and edit captions, chapters and slides. Cannot delete the media.'],
  publisher: ['Publisher', 'Can publish the media to channels and galleries to which they may contribute.'],
  viewer: ['Viewer', 'Can only view the media.'],
  chat_moderator: ['Chat moderator', 'Can moderate messages, questions and answers, and polls. Cannot edit the media.'],
  room_moderator: ['Room moderator', 'Can moderate participants, and who speaks or presents in the room. Cannot edit the media.'],
}
export const collaborators = ['editor', 'publisher', 'viewer']
export const moderators = ['chat_moderator', 'room_moderator']

let groups = 0
// Boxes to tick. changed() is called with those that are ticked.
export function permissionBoxes(legend, names, { ticked = [], disabled = false, changed = () => {} } = {}) {
  const group = ++groups
  const boxes = names.map(name =>
    h('input', {
      type: 'checkbox',
      id: `permission-${group}-${name}`,
      value: name,
      checked: ticked.includes(name),
      disabled,
      'aria-describedby': `permission-${group}-${name}-text`,
      onchange: () => changed(),
    })
  )
  return {
    element: h(
      'fieldset',
      {},
      h('legend', {}, legend),
      boxes.map((box, i) =>
        h(
          'div',
          { class: 'tick' },
          box,
          h('label', { for: box.id }, permissions[names[i]][0]),
          h('p', { id: `${box.id}-text`, class: 'faint' }, permissions[names[i]][1])
        )
      )
    ),
    ticked: () => boxes.filter(box => box.checked).map(box => box.value),
  }
}
