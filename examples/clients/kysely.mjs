// Kysely: each request as the person whose token it brings, in db.transaction(). The connection is taken from PGHOST, PGPORT,
// PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const pool = new pg.Pool({ max: 4 })
const db = new Kysely({ dialect: new PostgresDialect({ pool }) }).withSchema('kroles')
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// Runs work(trx) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => db.transaction().execute(async trx => {
  if (token) await sql`SELECT kroles_login(${token})`.execute(trx)
  return work(trx.withSchema('kroles'))
})

const names = trx => trx.selectFrom('media').select('name').orderBy('id').execute().then(rows => rows.map(row => row.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media and its publication, in one statement.
const published = await asPerson(anna, trx => trx
  .with('made', trx => trx.insertInto('media').values({ name: 'Recursion' }).returning('id'))
  .insertInto('publications').columns(['media_id', 'space_id'])
  .expression(trx => trx.selectFrom('made').select(['id', sql.lit(201).as('space_id')]))
  .returning('status').execute())
check('nested insert', published, [{ status: 'approved' }])

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, trx => trx.insertInto('space_members').values({ space_id: 201, user_id: 102, role })
  .onConflict(conflict => conflict.columns(['space_id', 'user_id', 'group_id']).doUpdateSet({ role }))
  .returning(['id', 'role']).executeTakeFirstOrThrow())
const member = await grant('member')
const contributor = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// What fails behind a savepoint is undone alone, and the person stays.
const controlled = await db.startTransaction().execute()
await sql`SELECT kroles_login(${ben})`.execute(controlled)
await controlled.insertInto('kroles.media').values({ name: 'Kept' }).execute()
const saved = await controlled.savepoint('before').execute()
const error = await errorOf(saved.insertInto('kroles.media').values({ name: 'Not his', owner_id: 101 }).execute())
check('savepoint: error', error?.code, '42501')
await saved.rollbackToSavepoint('before').execute()
check('savepoint: still ben', (await sql`SELECT kroles_current_user() AS person`.execute(controlled)).rows, [{ person: '102' }])
await controlled.commit().execute()
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in code.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => error?.code)
const insert = values => trx => trx.insertInto('media').values(values).execute()
check('expired', await codeOf(expired, names), '28000')
check('another person', await codeOf(ben, insert({ name: 'x', owner_id: 101 })), '42501')
check('twice', await codeOf(ben, insert(['x', 'y'].map(name => ({ name, external_id: 'one' })))), '23505')
check('nobody', await codeOf(anna, trx => trx.insertInto('space_members').values({ space_id: 201, user_id: 999 }).execute()), '23503')
check('blank', await codeOf(ben, insert({ name: ' ' })), '23514')
check('no such type', await codeOf(ben, insert({ name: 'x', type: 'film' })), '22P02')

// A row that the person may not change is no error: nothing is changed.
const changed = await asPerson(ben, trx => trx.updateTable('media').set({ name: 'Mine' }).where('id', '=', 301).executeTakeFirst())
check('not his: rows', changed.numUpdatedRows, 0n)

// What it reads of the schema: tables and views with their columns and comments; a default is marked, and so is an enum.
const tables = (await db.introspection.getTables()).filter(table => table.schema === 'kroles')
const find = name => tables.find(table => table.name === name)
const column = (table, name) => find(table).columns.find(column => column.name === name)
check('tables', [find('media').isView, find('channels').isView], [false, true])
check('media.id', [column('media', 'id').dataType, column('media', 'id').hasDefaultValue], ['int8', true])
check('media.type', [column('media', 'type').dataType, column('media', 'type').dataTypeSchema], ['media_type', 'kroles'])
check('comment', column('media', 'external_id').comment?.length > 0, true)

check('the error prints the token', prints(await errorOf(asPerson(expired, names)), expired), false)
check('afterwards', await names(db), ['Campus tour'])
await db.destroy()
done('Kysely')
