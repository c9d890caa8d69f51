// What every view is made of: elements, requests to the server, the SQL beside each list, and messages.
// Text reaches the page as text only: nothing here or elsewhere writes HTML.

// An element: h('p', { class: 'note', onclick: f }, 'text', another). Attributes that are false or null are left out.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'value' || name === 'checked') element[name] = value
    else element.setAttribute(name, value === true ? '' : value)
  }
  return fill(element, ...children)
}

// Replaces the children of an element; null, undefined and false are left out, arrays are flattened.
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false))
  return element
}

// Icons of buttons; the button has an accessible name of its own.
const paths = {
  dots: 'M12 6v.01M12 12v.01M12 18v.01',
  grip: 'M9 6v.01M9 12v.01M9 18v.01M15 6v.01M15 12v.01M15 18v.01',
  eye: 'M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12ZM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z',
  'eye-off':
    'M4 4l16 16M9.5 5.9A9.6 9.6 0 0 1 12 5.5c6.4 0 10 6.5 10 6.5a17 17 0 0 1-3 3.7M6.3 7.5A16.5 16.5 0 0 0 2 12s3.6 6.5 10 6.5c1.6 0 3-.4 4.2-1',
  x: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  minus: 'M6 12h12',
  down: 'M6 9l6 6 6-6',
  back: 'M15 6l-6 6 6 6',
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', `icon ${name}`)
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', paths[name])
  svg.append(path)
  return svg
}

// ---- Requests ----

// An error of the server, in the words of the database: message, detail, hint and code.
export class Failure extends Error {
  constructor(status, error) {
    super(error.message)
    Object.assign(this, { status, detail: error.detail, hint: error.hint, code: error.code })
  }
}

// person is the id of the user as whom the page is signed in ('' for anonymous), which each request names: with another tab the cookie
// may be another's meanwhile. ended() is called when the server refuses the token, or that it is this user's.
export const session = { person: undefined, ended: () => {} }

async function ask(path, options) {
  let response, body
  try {
    const person = session.person === undefined ? {} : { 'Kroles-Person': session.person }
    response = await fetch(path, { ...options, headers: { ...options?.headers, ...person } })
    body = await response.json()
  } catch {
    throw new Failure(0, { message: 'the server of this page does not answer' })
  }
  if (response.ok) return body
  const failure = new Failure(response.status, body.error)
  if (failure.status === 401) session.ended(failure)
  throw failure
}

// GET /api/PATH with parameters; those that are null or undefined are left out.
export const get = (path, parameters = {}) =>
  ask(`/api/${path}?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined))}`)

export const post = (path, body = {}) =>
  ask(`/api/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

// ---- The SQL of what is shown ----

const literal = value =>
  value === null || value === undefined
    ? 'NULL'
    : Array.isArray(value)
      ? `'{${value.join(', ')}}'`
      : `'${String(value).replaceAll("'", "''")}'`

// A statement as it was run, with its values.
const shown = ({ text, values }) => `${text};${values.map((value, i) => `\n-- $${i + 1} = ${literal(value)}`).join('')}`

// "SQL", to be opened: the statements that made what stands above.
export function sql(...answers) {
  const statements = answers.filter(Boolean).map(answer => shown(answer.sql))
  return h(
    'details',
    { class: 'sql' },
    h('summary', {}, 'SQL'),
    h(
      'pre',
      { tabindex: '0', 'aria-label': 'The SQL of this list' },
      ['BEGIN;', 'SELECT kroles_login($1);  -- the token of who is asking', ...statements, 'COMMIT;'].join('\n\n')
    )
  )
}

// ---- Messages ----

let quiet
// Says that something was done: shown for some seconds, and read aloud.
export function say(text) {
  const said = document.getElementById('said')
  said.textContent = text
  clearTimeout(quiet)
  quiet = setTimeout(() => {
    said.textContent = ''
  }, 6000)
}

// An error as the database words it.
export function problem(error) {
  if (!(error instanceof Failure)) console.error(error)
  return h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', {}, h('strong', {}, sentence(error.message))),
    error.detail && h('p', {}, error.detail),
    error.hint && h('p', {}, error.hint),
    error.code && h('p', { class: 'faint' }, `SQLSTATE ${error.code}`)
  )
}

const sentence = text => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')

// Runs work and returns its result; an error is shown at the top of the element, or said if that was closed meanwhile.
export async function guarded(element, work) {
  element.querySelector(':scope > .problem')?.remove()
  try {
    return await work()
  } catch (error) {
    element.prepend(problem(error))
    if (!element.isConnected && error.status !== 401 && element.tagName === 'FORM') say(sentence(error.message))
    return undefined
  }
}

// ---- Words and faces ----

// 'chat_moderator' as people read it.
export const words = name => {
  const text = String(name).replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const time = at => (at ? new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) : '')

export const count = (n, one, many = `${one}s`) => `${n} ${Number(n) === 1 ? one : many}`

// A user's picture or initials. Hidden from screen readers: the name stands beside it.
export function avatar(person) {
  const tone = [...String(person.name ?? person.id)].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6
  if (person.avatar_url) {
    const picture = h('img', { class: 'avatar', src: person.avatar_url, alt: '', referrerpolicy: 'no-referrer' })
    picture.addEventListener('error', () => picture.replaceWith(avatar({ ...person, avatar_url: null })))
    return picture
  }
  return h(
    'span',
    { class: `avatar tone-${tone}${person.kind === 'group' ? ' group' : ''}`, 'aria-hidden': 'true' },
    person.initials ?? '?'
  )
}

// Delays calls until none has come for a while. work gets a function that tells whether its call is still the latest.
export function paused(work, wait = 200) {
  let timer,
    latest = 0
  return (...values) => {
    const mine = ++latest
    clearTimeout(timer)
    timer = setTimeout(() => work(() => mine === latest, ...values), wait)
  }
}
