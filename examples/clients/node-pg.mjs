// Node's pg: one login role, a pool, and each request as the person whose token it brings. The connection is taken from
// PGHOST, PGPORT, PGDATABASE and PGUSER, as psql does; with PGHOST and PGPORT of pgbouncer it runs through that.
import pg from 'pg'
import { makeToken } from './token.mjs'

const pool = new pg.Pool()

// Runs work(client) in a transaction as the token's person; without a token, as somebody who is not logged in.
async function asPerson(token, work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    if (token) await client.query('SELECT kroles_login($1)', [token])
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

async function films(client) {
  const { rows } = await client.query('SELECT name FROM kroles.media ORDER BY id')
  return rows.map(row => row.name).join(', ')
}

console.log('anna:      ', await asPerson(makeToken('anna'), films))
console.log('ben:       ', await asPerson(makeToken('ben'), films))
console.log('nobody:    ', await asPerson(undefined, films))
await asPerson(makeToken('anna', -60), films).catch(error => {
  console.log('expired:   ', error.code, error.message, '-', error.detail)
})
await asPerson(makeToken('ben'), client =>
  client.query("INSERT INTO kroles.media (name, owner_id) VALUES ('In the name of anna', 101)")
).catch(error => console.log('no right:  ', error.code, error.message))

// Many requests at once, of three people over the same few connections: each must get their own answer.
const requests = Array.from({ length: 300 }, async (_, i) => {
  const [token, wanted] = [[makeToken('anna'), /^Sorting in practice, Campus/], [makeToken('ben'), /^Field notes, Campus/],
    [undefined, /^Campus/]][i % 3]
  return wanted.test(await asPerson(token, films))
})
console.log('at once:   ', (await Promise.all(requests)).filter(right => right).length, 'of 300 right')
console.log('afterwards:', await films(pool))
await pool.end()
