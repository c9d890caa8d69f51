// The console's server, spoken to directly: whom it answers, what its answers carry, and that the database decides.
import { request } from 'node:http'
import { createHmac } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:net'
import { becomes, done, is, ok, part } from './lib/tap.mjs'
import { idOf, psql, startServer, userId } from './lib/server.mjs'
import { makeToken } from '../clients/token.mjs'

const { address, stop } = await startServer()
const { host, port } = new URL(address)

// One request, with exactly these headers.
const send = (method, path, { headers = {}, body } = {}) =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { Host: host, ...headers } }, response => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('data', part => {
          text += part
        })
        .on('end', () => {
          let json
          try {
            json = JSON.parse(text)
          } catch {
            /* no JSON */
          }
          resolve({ status: response.statusCode, headers: response.headers, text, json })
        })
    })
    sent.on('error', reject)
    sent.end(body)
  })
const here = { Origin: `http://${host}`, 'Content-Type': 'application/json' }
const cookie = token => ({ Cookie: `kroles_console=${token}` })
const as = (login, ...rest) => cookie(makeToken(login, ...rest))
const read = (login, path) => send('GET', path, { headers: as(login) })
const write = (login, path, body, headers = {}) =>
  send('POST', path, { headers: { ...here, ...as(login), ...headers }, body: JSON.stringify(body) })

const debate = idOf('media', 'energy-debate')
const iva = userId('iva.petrova')
const viewer = { media: debate, users: [iva], groups: [], permissions: ['viewer'] }
const given = () => psql(`SELECT permission FROM kroles.media_collaborators WHERE media_id = ${debate} AND user_id = ${iva}`)

await part('headers', async () => {
  const page = await send('GET', '/')
  is(page.status, 200, 'the page is there')
  const policy = page.headers['content-security-policy']
  ok(
    /default-src 'none'/.test(policy) && !/unsafe|\*/.test(policy),
    'its security policy allows nothing inline, and no place for scripts but its own'
  )
  ok(/frame-ancestors 'none'/.test(policy), 'and no frame around it')
  for (const [path, type] of [
    ['/main.mjs', 'text/javascript'],
    ['/console.css', 'text/css'],
    ['/api/door', 'application/json'],
  ]) {
    const reply = await send('GET', path)
    ok(
      reply.headers['content-type'].startsWith(type) && reply.headers['x-content-type-options'] === 'nosniff',
      `${path} is ${type}, and nothing else`
    )
    is(
      Object.keys(reply.headers).filter(name => name.startsWith('access-control')),
      [],
      `${path} is for no other origin`
    )
  }
  is((await send('GET', '/../server.mjs')).status, 404, "no path leads out of the page's files")
  is((await send('GET', '/%2e%2e/server.mjs')).status, 404, 'nor an encoded one')
  is([(await send('GET', '//')).status, (await send('GET', '@evil.example/')).status], [404, 400], 'what is no path is refused')
})

await part('origin', async () => {
  is((await send('GET', '/api/door', { headers: { Host: `portal.example:${port}` } })).status, 421, "another host's name is refused")
  is((await send('GET', '/api/door', { headers: { Host: '127.0.0.1' } })).status, 421, 'so is another port')
  is((await send('GET', '/api/door', { headers: { Host: `localhost:${port}` } })).status, 200, 'localhost is this server')
  const path = '/api/write/add-collaborators'
  is((await write('marcus.adeyemi', path, viewer, { Origin: 'http://evil.example' })).status, 403, 'a write from another origin is refused')
  is((await write('marcus.adeyemi', path, viewer, { Origin: 'null' })).status, 403, 'so is one from nowhere')
  const { Origin, ...without } = here
  is(
    (await send('POST', path, { headers: { ...without, ...as('marcus.adeyemi') }, body: '{}' })).status,
    403,
    'so is one that does not say where it comes from'
  )
  is((await write('marcus.adeyemi', path, viewer, { 'Content-Type': 'text/plain' })).status, 415, 'so is what a form can send')
  is(given(), [], 'none of them wrote')
  is((await write('marcus.adeyemi', path, viewer)).status, 200, 'control: the same from the page itself is accepted')
  is(given(), ['viewer'], 'and written')
  is(
    (await send('OPTIONS', path, { headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' } })).status,
    403,
    'a preflight is refused'
  )
  is((await write('marcus.adeyemi', path, { ...viewer, filler: 'x'.repeat(70000) })).status, 413, 'a long body is refused')
  is((await send('POST', path, { headers: { ...here, ...as('marcus.adeyemi') }, body: '[1' })).status, 400, 'so is what is no JSON')
  is((await write('marcus.adeyemi', path, { ...viewer, users: [{ toString: 1 }] })).status, 400, 'and an object where a value is expected')
  is((await write('marcus.adeyemi', path, { ...viewer, media: { toString: 1 } })).status, 400, 'here, too')
})

await part('session', async () => {
  const signIn = body => send('POST', '/api/sign-in', { headers: here, body: JSON.stringify(body) })
  const good = await signIn({ login: 'anna.kowalczyk' })
  is([good.status, good.json.me.rows[0].login], [200, 'anna.kowalczyk'], 'a person of the demo signs in')
  ok(
    /^kroles_console=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=3600$/.test(good.headers['set-cookie'][0]),
    'the token is in a cookie for no script and no other site'
  )
  ok(!good.text.includes(good.headers['set-cookie'][0].split(/[=;]/)[1]), 'and not in the answer')
  const nobody = await signIn({ login: 'no.body' })
  is(
    [nobody.status, nobody.json.error.code, nobody.headers['set-cookie']],
    [401, '28000', undefined],
    'who is not there does not, as the database says'
  )
  is((await signIn({})).status, 401, 'nor who says no name')
  const own = await signIn({ token: makeToken('ben.carter') })
  is(own.json.me.rows[0].login, 'ben.carter', "a token of the portal's own is taken")
  is((await signIn({ token: 'a; Domain=evil.example' })).status, 400, 'what is no token does not reach the cookie')

  const forged = makeToken('ingrid.solberg').split('.')
  forged[2] = createHmac('sha256', 'a guess of the key, 32 bytes long').update(`${forged[0]}.${forged[1]}`).digest('base64url')
  const reply = await send('GET', '/api/read/me', { headers: cookie(forged.join('.')) })
  is(
    [reply.status, reply.json.error.message, reply.json.error.detail],
    [401, 'the token is not valid', 'Its signature or algorithm is not that of the signing key.'],
    'a forged token is refused by the database, in its words'
  )
  is(
    (await send('GET', '/api/read/me', { headers: as('anna.kowalczyk', -60) })).json.error.detail,
    'It has expired.',
    'so is one that has expired'
  )
  is((await send('GET', '/api/read/me')).json.me.rows, [], 'without a token nobody is signed in')
  for (const body of [{ token: null }, { token: '' }, { token: {} }, { login: '' }]) {
    const answer = await signIn(body)
    is([answer.status, answer.headers['set-cookie']], [400, undefined], `${JSON.stringify(body)} signs in nobody, and sets no cookie`)
  }
  const out = await send('POST', '/api/sign-out', { headers: here, body: '{}' })
  ok(/^kroles_console=; .*Max-Age=0$/.test(out.headers['set-cookie'][0]), 'signing out takes the cookie away')
})

await part('as whom the page is signed in', async () => {
  const marcus = { 'Kroles-Person': userId('marcus.adeyemi') }
  const before = given()
  const add = (headers, cookies) =>
    send('POST', '/api/write/add-collaborators', {
      headers: { ...here, ...cookies, ...headers },
      body: JSON.stringify({ ...viewer, permissions: ['publisher'] }),
    })
  is((await add(marcus, as('ingrid.solberg'))).status, 401, 'a write of a page of another user than that of the cookie is refused')
  is((await add(marcus, {})).status, 401, 'so is one where the cookie is there no more')
  is((await send('GET', '/api/read/my-media', { headers: { ...marcus, ...as('ingrid.solberg') } })).status, 401, 'so is reading')
  is(
    (await send('POST', '/api/try/add-collaborators', { headers: { ...here, ...marcus, ...as('anna.kowalczyk') }, body: '{}' })).status,
    401,
    'and trying'
  )
  is((await send('GET', '/api/health', { headers: { ...marcus, ...as('ingrid.solberg') } })).status, 401, 'and the health report')
  is(given(), before, 'nothing is written')
  is((await add(marcus, as('marcus.adeyemi'))).status, 200, 'control: with the cookie of that user it is done')
  is(given().length, before.length + 1, 'and written')
  psql(`DELETE FROM kroles.media_collaborators WHERE media_id = ${debate} AND user_id = ${iva} AND permission = 'publisher'`)
})

await part('permissions that others have changed', async () => {
  const set = (permissions, former) => write('marcus.adeyemi', '/api/write/set-permissions', { media: debate, user: iva, permissions, former })
  is(
    [(await set(['publisher'], ['editor'])).status, given()],
    [409, ['viewer']],
    'are not set by a window that shows others than there are'
  )
  is((await set(['publisher'], [])).status, 409, 'nor by one that shows none')
  is([(await set(['publisher'], ['viewer'])).status, given()], [200, ['publisher']], 'control: by one that shows them they are')
  is((await set(['viewer'], ['publisher', 'speaker'])).status, 200, 'what is no matter of the window does not count')
  const group = psql(`SELECT id FROM kroles.groups ORDER BY id LIMIT 1`)[0]
  const of = (former, permissions) => write('marcus.adeyemi', '/api/write/set-permissions', { media: debate, group, permissions, former })
  is([(await of(['editor'], ['viewer'])).status, (await of([], ['viewer'])).status], [409, 200], "so it is with a group's")
  psql(`DELETE FROM kroles.media_collaborators WHERE media_id = ${debate} AND group_id = ${group}`)
})

await part('the database decides', async () => {
  const refused = await write('iva.petrova', '/api/write/add-collaborators', { ...viewer, permissions: ['editor'] })
  is([refused.status, refused.json.error.code], [403, '42501'], "a viewer adds nobody, and the page hears the database's refusal")
  is(given(), ['viewer'], 'nothing is written')
  is(
    (await write('iva.petrova', '/api/write/transfer-ownership', { media: debate, user: iva })).json.error.code,
    '42501',
    'nor gives the media away'
  )
  const secret = idOf('media', 'lecture-plan')
  const [hidden, absent] = [
    await read('iva.petrova', `/api/read/media?media=${secret}`),
    await read('iva.petrova', '/api/read/media?media=999999'),
  ]
  is([hidden.status, hidden.json.error], [404, { ...absent.json.error }], 'hidden media answers as media that is not there')
  is(
    (await read('iva.petrova', `/api/read/grid?kind=media&id=${debate}`)).json.error.code,
    '42501',
    'who does not manage it does not ask about others'
  )
  is((await read('iva.petrova', '/api/health')).json.error.code, '42501', 'the health report is not for everyone')
  is((await send('GET', '/api/health')).json.error.code, '42501', 'nor for nobody')
  is((await read('ingrid.solberg', '/api/health')).status, 200, 'control: administrators read it')
  const hide = await write('iva.petrova', '/api/write/speaker-visible', { media: debate, user: userId('rajiv.menon'), visible: false })
  is([hide.status, hide.json.error.code], [403, '42501'], 'an UPDATE that leaves no row is an error, too')
  const gone = await write('marcus.adeyemi', '/api/write/remove-speaker', { media: debate, user: iva })
  is(
    [gone.status, gone.json.error.message],
    [409, 'nothing was changed: the row is not there any more'],
    'and says so where the row is not there'
  )
  is((await read('derek.holt', '/api/read/my-media')).json.media.rows, [], 'a blocked person manages nothing')
  is(
    psql(`SELECT count(*) FROM pg_roles r WHERE rolname LIKE 'campus\\_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR
      (rolname <> 'campus_portal' AND EXISTS (SELECT FROM kroles.gateways g WHERE to_jsonb(g)::text LIKE '%' || rolname || '%')))`),
    ['0'],
    "the console's roles bypass nothing, and are no gateways"
  )
})

await part('statements', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'login', 'nothing']) {
    is((await write('marcus.adeyemi', `/api/write/${name}`, {})).status, 404, `there is nothing to do named ${name}`)
  }
  is((await read('marcus.adeyemi', '/api/read/hasOwnProperty')).status, 404, 'nor to read')
  const quote = "'; DELETE FROM kroles.media; --"
  const found = await read('marcus.adeyemi', `/api/read/media-users?media=${debate}&search=${encodeURIComponent(quote)}`)
  is(
    [found.status, found.json.users.rows, found.json.users.sql.values[1]],
    [200, [], quote],
    'what is searched for is a bound value, in the SQL that is shown, too'
  )
  is((await read('marcus.adeyemi', '/api/read/media?media=1%20OR%201')).json.error.code, '22P02', 'an id is an id')
  is(
    (await read('marcus.adeyemi', `/api/read/media-users?media=${debate}&permission=emperor`)).json.error,
    {
      message: 'permission "emperor" does not exist',
      hint: 'Permissions are owner, editor, publisher, viewer, chat_moderator, room_moderator, speaker; collaborator and moderator stand for several.',
      code: '22023',
    },
    'an error has message, hint and code as the database words them'
  )
  is(
    (await write('marcus.adeyemi', '/api/write/add-collaborators', { ...viewer, permissions: ['viewer', 'emperor'] })).status,
    422,
    'a permission that does not exist is refused'
  )
})

await part('at once', async () => {
  const people = ['anna.kowalczyk', 'iva.petrova', 'ingrid.solberg', undefined]
  const counts = people.map(
    login =>
      psql(
        `BEGIN; SET LOCAL SESSION AUTHORIZATION campus_portal; SET LOCAL kroles."user" = '${login ?? ''}'; SELECT count(*) FROM kroles.media`
      )[0]
  )
  const wrong = []
  for (let round = 0; round < 8; round++) {
    wrong.push(
      ...(await Promise.all(
        Array.from({ length: 25 }, async (_, i) => {
          const [left, right] = [(round + i) % people.length, (round + i + 1) % people.length]
          const { json } = await send('GET', `/api/see?left=${people[left] ?? ''}&right=${people[right] ?? ''}`)
          return String(json.left.media.rows.length) !== counts[left] || String(json.right.media.rows.length) !== counts[right]
        })
      ))
    )
  }
  is(wrong.filter(Boolean).length, 0, "of 400 answers to four people, many at once, each is that person's own")
  ok(new Set(counts).size === 4, 'control: the four see different numbers')
})

await part('connections that end', async () => {
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'campus_console'`
  ok(psql(end).includes('t'), 'PostgreSQL ends the connections of the console')
  await becomes(async () => (await read('iva.petrova', '/api/read/me')).json.me?.rows[0].login, 'iva.petrova', 'it makes others')
  is((await send('GET', '/api/read/me')).json.me.rows, [], 'where nobody is left signed in')
  psql(`ALTER ROLE campus_console CONNECTION LIMIT 0`)
  psql(end)
  await becomes(async () => (await send('GET', '/api/read/me')).status, 503, 'where it may not, it says that it cannot ask')
  psql(`ALTER ROLE campus_console CONNECTION LIMIT -1`)
  await becomes(async () => (await send('GET', '/api/read/me')).status, 200, 'and asks again when it may')
})

await part('only here', async () => {
  const elsewhere = Object.values(networkInterfaces())
    .flat()
    .filter(one => !one.internal && one.family === 'IPv4')
    .map(one => one.address)
  for (const other of ['127.0.0.2', ...elsewhere]) {
    const answered = await new Promise(resolve => {
      const socket = connect({ host: other, port }, () => {
        socket.destroy()
        resolve(true)
      })
      socket.setTimeout(2000, () => {
        socket.destroy()
        resolve(false)
      })
      socket.on('error', () => resolve(false))
    })
    ok(!answered, `the server does not listen on ${other === '127.0.0.2' ? other : 'an address of the network'}`)
  }
})

await part('without a key', async () => {
  const other = await startServer({ KEYS: '' })
  const there = new URL(other.address)
  const ask = (method, path, body) =>
    fetch(`${other.address}api/${path}`, {
      method,
      headers: method === 'POST' ? { Origin: there.origin, 'Content-Type': 'application/json' } : {},
      body,
    })
  is(await (await ask('GET', 'door')).json(), { demo: false, people: [] }, 'a server without the key names nobody')
  is((await ask('POST', 'sign-in', '{"login": "ingrid.solberg"}')).status, 403, 'and signs in nobody by name')
  is((await ask('GET', 'see?left=ingrid.solberg&right=')).status, 403, 'nor sees as others')
  is((await ask('POST', 'sign-in', JSON.stringify({ token: makeToken('anna.kowalczyk') }))).status, 200, 'it takes a token of the portal')
  await other.stop()
})

await stop()
done()
