// postgres.js: each request as the person whose token it brings, in a transaction of sql.begin(). The connection is taken from
// PGHOST, PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import postgres from 'postgres'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const sql = postgres({ max: 4, onnotice: () => {} })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// Runs work(sql) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => sql.begin(async sql => {
  if (token) await sql`SELECT kroles_login(${token})`
  return work(sql)
})

const names = sql => sql`SELECT name FROM kroles.media ORDER BY id`.then(rows => rows.map(row => row.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media and its publication, in one statement and in two.
const [first] = await asPerson(anna, sql => sql`
  WITH made AS (INSERT INTO kroles.media ${sql({ name: 'Recursion' })} RETURNING id)
  INSERT INTO kroles.publications (media_id, space_id) SELECT id, 201 FROM made RETURNING status`)
check('nested insert, one statement', first.status, 'approved')
const second = await asPerson(anna, async sql => {
  const [media] = await sql`INSERT INTO kroles.media ${sql({ name: 'Induction', type: 'audio' })} RETURNING id, type`
  const [publication] = await sql`
    INSERT INTO kroles.publications ${sql({ media_id: media.id, space_id: 201 })} RETURNING media_id = ${media.id} AS same`
  return { type: media.type, same: publication.same, id: typeof media.id }
})
check('nested insert, two statements; a bigint is a string', second, { type: 'audio', same: true, id: 'string' })

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, async sql => (await sql`
  INSERT INTO kroles.space_members ${sql({ space_id: 201, user_id: 102, role })}
  ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id, role`)[0])
const member = await grant('member')
const contributor = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// What fails in a savepoint is undone alone, and the person stays.
await asPerson(ben, async sql => {
  await sql`INSERT INTO kroles.media (name) VALUES ('Kept')`
  const error = await errorOf(sql.savepoint(sql => sql`INSERT INTO kroles.media (name, owner_id) VALUES ('Not his', 101)`))
  check('savepoint: error', error?.code, '42501')
  const [{ person }] = await sql`SELECT kroles_current_user() AS person`
  check('savepoint: still ben', person, '102')
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in code.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => error?.code)
check('expired', await codeOf(expired, names), '28000')
check('another person', await codeOf(ben, sql => sql`INSERT INTO kroles.media (name, owner_id) VALUES ('x', 101)`), '42501')
check('twice', await codeOf(ben, sql => sql`
  INSERT INTO kroles.media (name, external_id) VALUES ('x', 'one'), ('y', 'one')`), '23505')
check('nobody', await codeOf(anna, sql => sql`INSERT INTO kroles.space_members (space_id, user_id) VALUES (201, 999)`), '23503')
check('blank', await codeOf(ben, sql => sql`INSERT INTO kroles.media (name) VALUES (' ')`), '23514')
check('no such type', await codeOf(ben, sql => sql`INSERT INTO kroles.media ${sql({ name: 'x', type: 'film' })}`), '22P02')

// A row that the person may not change is no error: nothing is changed.
const changed = await asPerson(ben, sql => sql`UPDATE kroles.media SET name = 'Mine' WHERE id = 301`)
check('not his: rows', changed.count, 0)

// Arrays of enums arrive as text, a single enum as a string.
const [rights] = await asPerson(anna, sql => sql`SELECT kroles_rights('media', 301)::text[] AS rights`)
check('rights', rights.rights.includes('edit'), true)

check('the error prints the token', prints(await errorOf(asPerson(expired, names)), expired), false)
check('afterwards', await names(sql), ['Campus tour'])
await sql.end()
done('postgres.js')
