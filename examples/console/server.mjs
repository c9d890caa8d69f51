// The server of the console: hands out the page's files, keeps a person's token in a cookie that scripts cannot read, and runs
// each request in a transaction as that person. It decides nothing and verifies nothing; the database does both.
//
//   PORT=8321 KEYS=FOLDER PEOPLE=users.csv node server.mjs
//
// With KEYS (the folder of hs256.secret) it is a demo: it signs tokens for any user, without a password, and PEOPLE lists those to choose
// from. Without KEYS it accepts tokens that a portal's login page has signed. It listens on 127.0.0.1 only.
import { createServer } from 'node:http'
import { readFileSync, readdirSync } from 'node:fs'
import { asPerson, close, isAnswer } from './database.mjs'
import { health, reads, seen, tried, writes } from './requests.mjs'
import { makeToken } from '../clients/token.mjs'

const demo = Boolean(process.env.KEYS)
const cookie = 'kroles_console'
const hour = 3600
const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

// The page's files, read once: no request names a path of the file system.
const folder = new URL('page/', import.meta.url)
const files = new Map(
  readdirSync(folder).map(name => [
    name === 'index.html' ? '/' : `/${name}`,
    { type: types[name.split('.').pop()], body: readFileSync(new URL(name, folder)) },
  ])
)

// The users that the sign-in page of the demo offers, from a CSV file whose first columns are login, name and title.
const people =
  demo && process.env.PEOPLE
    ? readFileSync(process.env.PEOPLE, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map(line => {
          const [login, name, title] = line.match(/("[^"]*"|[^,]*)(,|$)/g).map(field => field.replace(/,$/, '').replace(/^"|"$/g, ''))
          return { login, name, title }
        })
    : []

// The page loads and sends only what is this server's, and cannot be framed. Pictures of users may come from elsewhere.
const security = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

class Refused extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

// ---- Requests ----

// Host must be this server's address, so that a foreign name that resolves to 127.0.0.1 (DNS rebinding) is refused. Writes must have
// this page's Origin, and be JSON, which forms cannot send.
function checkOrigin(request) {
  const { host, origin } = request.headers
  const { port } = server.address()
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) throw new Refused(421, 'this server does not have that name')
  if (request.method === 'GET') return
  if (origin !== `http://${host}`) throw new Refused(403, 'the request does not come from this page')
  if (request.headers['content-type'] !== 'application/json') throw new Refused(415, 'the body must be JSON')
}

const isScalar = value => value === null || typeof value !== 'object'

async function bodyOf(request) {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > 65536) throw new Refused(413, 'the body is too long')
  }
  try {
    const body = JSON.parse(text || '{}')
    if (body && typeof body === 'object' && Object.values(body).flat().every(isScalar)) return body
  } catch {
    /* refused below */
  }
  throw new Refused(400, 'the body must be a JSON object of values and lists of values')
}

const tokenOf = request =>
  request.headers.cookie
    ?.split('; ')
    .find(part => part.startsWith(`${cookie}=`))
    ?.slice(cookie.length + 1) || undefined

// A JWT consists of base64url and dots, so it needs no quoting in a cookie; anything else is refused.
function cookieFor(token) {
  if (!/^[\w.-]{0,8192}$/.test(token)) throw new Refused(400, 'that is no token')
  return { 'Set-Cookie': `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${token ? hour : 0}` }
}

// A token for a login of the demo; undefined for an empty login (anonymous).
function signedFor(login) {
  if (!demo) throw new Refused(403, 'this server signs no tokens')
  return login ? makeToken(login, hour) : undefined
}

// ---- Answers ----

const own = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined)

async function answer(request, url) {
  const [, area, name] = url.pathname.match(/^\/api\/([a-z-]+)(?:\/([a-z-]+))?$/) ?? []
  const parameters = Object.fromEntries(url.searchParams)
  const token = tokenOf(request)
  const shown = request.headers['kroles-person']
  if (request.method === 'GET') {
    if (area === 'door') return { body: { demo, people } }
    if (area === 'see') return { body: await asTwo(parameters) }
    if (area === 'health') return { body: await asPerson(token, 'read', health, { shown, role: 'monitor' }) }
    if (area === 'read' && own(reads, name)) return { body: await asPerson(token, 'read', ask => reads[name](ask, parameters), { shown }) }
  } else if (request.method === 'POST') {
    const body = await bodyOf(request)
    if (area === 'sign-in') return signIn(body)
    if (area === 'sign-out') return { body: {}, headers: cookieFor('') }
    if (area === 'write' && own(writes, name))
      return { body: { change: await asPerson(token, 'write', ask => writes[name](ask, body), { shown }) } }
    if (area === 'try' && own(writes, name)) return { body: await asPerson(token, 'try', ask => tried(ask, name, body), { shown }) }
  }
  throw new Refused(404, 'there is no such page')
}

// The cookie is set after the database has accepted the token.
async function signIn({ login, token = signedFor(String(login)) }) {
  if (typeof token !== 'string' || !token) throw new Refused(400, 'that is no token')
  const headers = cookieFor(token)
  return { body: await asPerson(token, 'read', ask => reads.me(ask)), headers }
}

// The same statement as two people, each in a transaction of their own with their own token.
async function asTwo(parameters) {
  const [left, right] = await Promise.all(
    ['left', 'right'].map(side => asPerson(signedFor(parameters[side]), 'read', ask => seen(ask, parameters)))
  )
  return { left, right }
}

// (classes 08, 53 and 57: lost connections, too little of something, somebody's intervention)
const statusOf = error => ({ 28000: 401, 42501: 403, 42704: 404 })[error.code] ?? (/^(08|53|57)/.test(error.code) ? 503 : 422)

// Errors of PostgreSQL are passed on with message, detail, hint and SQLSTATE; others are logged here and not described to the client.
function refusal(error) {
  if (error instanceof Refused || error.status) return { status: error.status, body: { error: { message: error.message } } }
  if (isAnswer(error)) {
    const { message, detail, hint, code } = error
    return { status: statusOf(error), body: { error: { message, detail, hint, code } } }
  }
  console.error(error)
  return { status: 503, body: { error: { message: 'the database cannot be asked now' } } }
}

async function handle(request, response) {
  let reply
  try {
    checkOrigin(request)
    const url = URL.canParse(`http://127.0.0.1${request.url}`) && new URL(`http://127.0.0.1${request.url}`)
    if (!url) throw new Refused(400, 'that is no address')
    const file = request.method === 'GET' && files.get(url.pathname)
    reply = file ? { type: file.type, raw: file.body } : await answer(request, url)
  } catch (error) {
    reply = refusal(error)
  }
  response.writeHead(reply.status ?? 200, { ...security, 'Content-Type': reply.type ?? 'application/json', ...reply.headers })
  response.end(reply.raw ?? JSON.stringify(reply.body))
}

const server = createServer(handle)
server.requestTimeout = 20000
const wanted = Number(process.env.PORT ?? 8321)
// another port, where that one is taken
server.once('error', error =>
  error.code === 'EADDRINUSE' ? server.listen(0, '127.0.0.1') : (console.error(error.message), process.exit(1))
)
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}/`))
server.listen(wanted, '127.0.0.1')

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
    close().finally(() => process.exit(0))
  })
}
