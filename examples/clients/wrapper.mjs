// Node's pg and a wrapper of twelve lines that makes an HTTP status of what the database decides; named prepared statements.
// The connection is taken from PGHOST, PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import pg from 'pg'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const pool = new pg.Pool({ max: 4 })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// query is what pg takes; where it answers with no row, of [kind, id] is asked whether the person may at least see it.
async function answer(token, query, object) {
  const client = await pool.connect()
  const run = (text, values) => client.query(text, values).then(result => result.rows)
  try {
    await run('BEGIN')
    if (token) await run('SELECT kroles_login($1)', [token])
    const rows = await run(query)
    const [seen] = object && !rows.length ? await run("SELECT kroles_can('view', $1, $2) AS yes", object) : []
    await run('COMMIT')
    return { status: seen ? (seen.yes ? 403 : 404) : 200, rows }
  } catch (error) {
    await run('ROLLBACK').catch(() => {})
    return { status: { 28000: 401, 42501: 403 }[error.code] ?? 500, error }
  } finally { client.release() }
}

// A named statement is prepared once a connection, and serves everybody.
const films = { name: 'films', text: 'SELECT name FROM kroles.media ORDER BY id' }
const rename = (id, name) => ({
  name: 'rename', text: 'UPDATE kroles.media SET name = $2 WHERE id = $1 RETURNING name', values: [id, name],
})
const named = ({ status, rows }) => [status, rows?.map(row => row.name)]
const of = ({ status, error }) => [status, error?.code]

check('anna reads hers', named(await answer(anna, films)), [200, ['Sorting in practice', 'Campus tour']])
check('ben reads his', named(await answer(ben, films)), [200, ['Field notes', 'Campus tour']])
check('anonymous', named(await answer(undefined, films)), [200, ['Campus tour']])

// The same UPDATE: a row, one that the person sees and may not change, one that is hidden from them, one that is nowhere.
check('hers', named(await answer(anna, rename(301, 'Sorting'), ['media', 301])), [200, ['Sorting']])
check('seen, and not his', of(await answer(ben, rename(303, 'Mine'), ['media', 303])), [403, undefined])
check('hidden', of(await answer(ben, rename(301, 'Mine'), ['media', 301])), [404, undefined])
check('nowhere', of(await answer(ben, rename(999, 'Mine'), ['media', 999])), [404, undefined])

check('expired', of(await answer(expired, films)), [401, '28000'])
check('another person', of(await answer(ben, "INSERT INTO kroles.media (name, owner_id) VALUES ('x', 101)")), [403, '42501'])
check('twice', of(await answer(ben, "INSERT INTO kroles.media (name, external_id) VALUES ('x', 'one'), ('y', 'one')")), [500, '23505'])
check('nobody', of(await answer(anna, 'INSERT INTO kroles.space_members (space_id, user_id) VALUES (201, 999)')), [500, '23503'])
check('blank', of(await answer(ben, "INSERT INTO kroles.media (name) VALUES (' ')")), [500, '23514'])

// A media with its publication, and the same grant twice, each in one statement.
check('nested insert', (await answer(anna, `
  WITH made AS (INSERT INTO kroles.media (name) VALUES ('Recursion') RETURNING id)
  INSERT INTO kroles.publications (media_id, space_id) SELECT id, 201 FROM made RETURNING status`)).rows, [{ status: 'approved' }])
const grant = role => answer(anna, { text: `INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (201, 102, $1)
  ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id, role`, values: [role] })
const [member] = (await grant('member')).rows
const [contributor] = (await grant('contributor')).rows
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// Arrays of enums come as text, so ask for text[].
check('rights', (await answer(anna, "SELECT kroles_rights('media', 301)::text[] AS rights")).rows[0].rights.includes('edit'), true)

// What fails behind a savepoint is undone alone, and the person stays.
const client = await pool.connect()
await client.query('BEGIN')
await client.query('SELECT kroles_login($1)', [ben])
await client.query("INSERT INTO kroles.media (name) VALUES ('Kept'); SAVEPOINT before")
const error = await errorOf(client.query("INSERT INTO kroles.media (name, owner_id) VALUES ('Not his', 101)"))
check('savepoint: error', error?.code, '42501')
await client.query('ROLLBACK TO before')
check('savepoint: still ben', (await client.query('SELECT kroles_current_user() AS person')).rows, [{ person: '102' }])
await client.query('COMMIT')
client.release()
check('savepoint: kept', (await answer(ben, films)).rows.map(row => row.name).includes('Kept'), true)

// Many at once over four connections, of three people: each gets what they got alone, and 401 where the token has expired.
const tokens = [anna, ben, undefined, expired]
const alone = []
for (const token of tokens) alone.push(named(await answer(token, films)))
const many = await Promise.all(Array.from({ length: 200 }, (_, i) => answer(tokens[i % 4], films)))
check('at once', many.map(named), Array.from({ length: 200 }, (_, i) => alone[i % 4]))

check('the error prints the token', prints((await answer(expired, films)).error, expired), false)
check('afterwards', (await pool.query(films)).rows.map(row => row.name), ['Campus tour'])
await pool.end()
done("Node's pg")
