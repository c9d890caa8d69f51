// The window "Add & manage speakers". What is done in it applies at once.
import { avatar, fill, get, guarded, h, icon, post, say, sql } from './lib.mjs'
import { openWindow, peoplePicker } from './parts.mjs'

export async function speakersWindow(tab) {
  let speakers = []
  let made = false // whether a change was made, and the list behind the window is an older one
  const list = h('ol', { class: 'speakers', 'aria-label': 'Speakers, in order' })
  const below = h('div', {})
  const told = h('p', { class: 'aloud', role: 'status' })
  const body = h('div', {})

  // Reads the speakers again. focus is a selector in the list; if nothing matches, the field gets the focus.
  const draw = async focus => {
    const answer = await get('read/speakers', { media: tab.id })
    speakers = answer.speakers.rows
    fill(list, ...speakers.map(row))
    fill(below, ...(speakers.length ? [] : [h('p', { class: 'empty' }, 'No speakers yet.')]), sql(answer.speakers))
    if (focus) (list.querySelector(focus) ?? body.querySelector('input')).focus()
  }
  // Changes run one after another: each starts when the list shows the result of the one before. values may be a function that is
  // called then, and returns nothing if there is nothing to do.
  let before = Promise.resolve()
  const change = (name, values, text, focus) => {
    list.setAttribute('aria-busy', 'true')
    const mine = before
      .then(() =>
        guarded(body, async () => {
          try {
            const sent = typeof values === 'function' ? values() : values
            if (!sent) return
            made = true
            tab.last = (await post(`write/${name}`, { media: tab.id, ...sent })).change
            say(text(sent))
            told.textContent = text(sent)
          } finally {
            await draw(focus)
          }
        })
      )
      .finally(() => {
        if (before === mine) list.setAttribute('aria-busy', 'false')
      })
    before = mine
    return mine
  }
  // Moves a speaker; to() computes the new position from the present one.
  const move = (speaker, to) =>
    change(
      'move-speaker',
      () => {
        const now = speakers.findIndex(one => one.id === speaker.id) + 1
        const position = to(now)
        return position !== now && position >= 1 && position <= speakers.length && { user: speaker.id, position }
      },
      ({ position }) => `${speaker.name} is at position ${position} of ${speakers.length}.`,
      `[data-speaker="${speaker.id}"] .grip`
    )

  const row = (speaker, i) => {
    const mark = `[data-speaker="${speaker.id}"]`
    const grip = h(
      'button',
      {
        type: 'button',
        class: 'quiet square grip',
        'aria-label': `Reorder ${speaker.name}, position ${i + 1} of ${speakers.length}: arrow up or down`,
        onkeydown: event => {
          const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
          if (!step) return
          event.preventDefault()
          move(speaker, position => position + step)
        },
        onpointerdown: event => drag(event, list, position => move(speaker, () => position)),
      },
      icon('grip')
    )
    return h(
      'li',
      { 'data-speaker': speaker.id, class: speaker.visible ? '' : 'unseen' },
      grip,
      avatar(speaker),
      h(
        'span',
        { class: 'grow' },
        h('span', { class: 'name' }, speaker.name),
        speaker.title && h('span', { class: 'faint block' }, speaker.title)
      ),
      h(
        'select',
        {
          'aria-label': `Type of ${speaker.name}`,
          onchange: event =>
            change(
              'speaker-type',
              { user: speaker.id, type: event.target.value },
              ({ type }) => `${speaker.name} is ${type === 'advanced' ? 'an advanced' : 'a simple'} speaker.`,
              `${mark} select`
            ),
        },
        ['simple', 'advanced'].map(type =>
          h('option', { value: type, selected: type === speaker.type }, type === 'simple' ? 'Simple speaker' : 'Advanced speaker')
        )
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet square eye',
          'aria-pressed': String(speaker.visible),
          'aria-label': `Show ${speaker.name} on the event site`,
          title: speaker.visible ? 'Shown on the event site' : 'Hidden on the event site',
          onclick: () =>
            change(
              'speaker-visible',
              { user: speaker.id, visible: !speaker.visible },
              ({ visible }) => `${speaker.name} is ${visible ? 'shown' : 'hidden'} on the event site.`,
              `${mark} .eye`
            ),
        },
        icon(speaker.visible ? 'eye' : 'eye-off')
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet square',
          'aria-label': `Remove the speaker ${speaker.name}`,
          onclick: () => change('remove-speaker', { user: speaker.id }, () => `${speaker.name} is no longer a speaker.`, 'none'),
        },
        icon('x')
      )
    )
  }

  const people = peoplePicker({
    label: 'Select users',
    many: false,
    kinds: ['user'],
    without: () => speakers.map(speaker => ({ kind: 'user', id: speaker.id })),
    chosen: person => change('add-speaker', { user: person.id }, () => `${person.name} is a speaker.`),
  })
  body.append(people.element, list, below, told)
  openWindow({ title: 'Add & manage speakers', body, cancel: 'Done', wide: true, closed: () => made && tab.refresh() })
  await guarded(body, () => draw())
}

// Drags a row by its grip: it changes places with a row when the pointer passes the middle of that row. dropped() gets its final
// position. Escape, or a drag that the system cancels, restores the order.
function drag(down, list, dropped) {
  if (down.button !== 0) return
  const grip = down.currentTarget
  const row = grip.closest('li')
  const former = [...list.children]
  // Moves the other rows around this one: a row that is reinserted would lose the pointer capture.
  const moved = event => {
    for (let next; (next = row.nextElementSibling) && middle(next) < event.clientY;) list.insertBefore(next, row)
    for (let before; (before = row.previousElementSibling) && middle(before) > event.clientY;)
      list.insertBefore(before, row.nextElementSibling)
  }
  const end = done => {
    grip.removeEventListener('pointermove', moved)
    grip.removeEventListener('pointerup', up)
    grip.removeEventListener('pointercancel', stop)
    document.removeEventListener('keydown', escape, true)
    row.classList.remove('dragged')
    if (done) dropped([...list.children].indexOf(row) + 1)
    else fill(list, ...former)
  }
  const up = () => end(true)
  const stop = () => end(false)
  const escape = event => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    end(false)
  }
  grip.setPointerCapture(down.pointerId)
  row.classList.add('dragged')
  grip.addEventListener('pointermove', moved)
  grip.addEventListener('pointerup', up)
  grip.addEventListener('pointercancel', stop)
  document.addEventListener('keydown', escape, true)
}

const middle = element => {
  const { top, height } = element.getBoundingClientRect()
  return top + height / 2
}
