// The console's way to the database. It connects as two login roles: one for all that people ask, and one that may execute
// kroles_doctor(). Neither has rights of its own: every request is a transaction that begins with the token of a person.
import pg from 'pg'
import { statements } from './statements.mjs'

const limits = { statement_timeout: 15000, idle_in_transaction_session_timeout: 15000, connectionTimeoutMillis: 5000 }
const pools = {
  web: new pg.Pool({ user: process.env.CONSOLE_ROLE ?? 'campus_console', max: 8, ...limits }),
  monitor: new pg.Pool({ user: process.env.CONSOLE_MONITOR ?? 'campus_monitor', max: 1, ...limits }),
}
// (an idle connection that PostgreSQL ends is replaced by the pool; without a listener the process would end)
for (const pool of Object.values(pools)) pool.on('error', () => {})

// Runs work(ask) in a transaction as the user of the token, without a token as anonymous, and returns its result. how is 'read'
// (READ ONLY), 'write', or 'try' (always rolled back). Where shown is given, it is the id of the user as whom the page is signed in, ''
// for anonymous: if that is not the user of the token, nothing is run.
export async function asPerson(token, how, work, { shown, role = 'web' } = {}) {
  const client = await pools[role].connect()
  // (the same for a connection in use; a broken one is not given back to the pool)
  let broken
  const ended = error => {
    broken = error
  }
  client.on('error', ended)
  try {
    await client.query(how === 'read' ? 'BEGIN READ ONLY' : 'BEGIN')
    const login = token && (await client.query(statements.login, [token]))
    if (shown !== undefined && shown !== (login ? login.rows[0].id : '')) {
      const message = 'the session has ended, or somebody else has signed in with this browser'
      throw Object.assign(new Error(message), { status: 401 })
    }
    const result = await work(asker(client))
    await client.query(how === 'try' ? 'ROLLBACK' : 'COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(ended)
    throw error
  } finally {
    // (the listener of a broken one stays: its error may come later)
    if (!broken) client.off('error', ended)
    client.release(broken)
  }
}

// Returns ask(name, ...values), which runs a statement of statements.mjs. The result has the rows, and the SQL for the page to show.
function asker(client) {
  return async (name, ...values) => {
    const text = statements[name]
    const { rows, rowCount } = await client.query(text, values)
    return { rows, rowCount, sql: { text, values } }
  }
}

// Whether an error was raised by PostgreSQL, rather than by the connection or by this program.
export const isAnswer = error => error instanceof pg.DatabaseError

export const close = () => Promise.all(Object.values(pools).map(pool => pool.end()))
