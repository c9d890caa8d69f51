// Knex: each request as the person whose token it brings, in knex.transaction(). The connection is taken from PGHOST, PGPORT,
// PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import createKnex from 'knex'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const knex = createKnex({ client: 'pg', connection: { host: process.env.PGHOST }, pool: { min: 0, max: 4 }, searchPath: ['kroles', 'public'] })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// Runs work(trx) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => knex.transaction(async trx => {
  if (token) await trx.raw('SELECT kroles_login(?)', [token])
  return work(trx)
})

const names = trx => trx('media').orderBy('id').pluck('name')

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media and its publication, in two statements and in one.
const published = await asPerson(anna, async trx => {
  const [{ id }] = await trx('media').insert({ name: 'Recursion' }).returning('id')
  return trx('publications').insert({ media_id: id, space_id: 201 }).returning('status')
})
check('nested insert, two statements', published, [{ status: 'approved' }])
const [second] = await asPerson(anna, trx => trx
  .with('made', trx('media').insert({ name: 'Induction', type: 'audio' }).returning('id'))
  .insert(trx.select('id', 201).from('made')).into(trx.raw('kroles.publications (media_id, space_id)')).returning('status'))
check('nested insert, one statement', second, { status: 'approved' })

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, trx => trx('space_members').insert({ space_id: 201, user_id: 102, role })
  .onConflict(['space_id', 'user_id', 'group_id']).merge(['role']).returning(['id', 'role']))
const [member] = await grant('member')
const [contributor] = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// Positions are unique by a constraint that can be deferred: ON CONFLICT must name the key, as that one cannot decide it.
const speak = (...key) => asPerson(anna, trx => trx('media_speakers').insert({ media_id: 301, user_id: 102 }).onConflict(...key).ignore())
check('without a key', (await errorOf(speak()))?.code, '55000')
await speak(['media_id', 'user_id'])
await speak(['media_id', 'user_id'])
check('with a key', await asPerson(anna, trx => trx('media_speakers').where({ media_id: 301 }).pluck('position')), [1])

// A transaction in a transaction is a savepoint: what fails in it is undone alone, and the person stays.
await asPerson(ben, async trx => {
  await trx('media').insert({ name: 'Kept' })
  const error = await errorOf(trx.transaction(trx => trx('media').insert({ name: 'Not his', owner_id: 101 })))
  check('savepoint: error', error?.code, '42501')
  check('savepoint: still ben', (await trx.raw('SELECT kroles_current_user() AS person')).rows, [{ person: '102' }])
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in code.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => error?.code)
check('expired', await codeOf(expired, names), '28000')
check('another person', await codeOf(ben, trx => trx('media').insert({ name: 'x', owner_id: 101 })), '42501')
check('twice', await codeOf(ben, trx => trx('media').insert(['x', 'y'].map(name => ({ name, external_id: 'one' })))), '23505')
check('nobody', await codeOf(anna, trx => trx('space_members').insert({ space_id: 201, user_id: 999 })), '23503')
check('blank', await codeOf(ben, trx => trx('media').insert({ name: ' ' })), '23514')
check('no such type', await codeOf(ben, trx => trx('media').insert({ name: 'x', type: 'film' })), '22P02')

// A row that the person may not change is no error: nothing is changed.
check('not his: update', await asPerson(ben, trx => trx('media').where({ id: 301 }).update({ name: 'Mine' })), 0)
check('not his: delete', await asPerson(ben, trx => trx('media').where({ id: 301 }).delete()), 0)

// What it reads of the columns of a table.
const columns = await knex('media').columnInfo()
check('columns', [columns.id.type, columns.type.type, columns.name.nullable], ['bigint', 'USER-DEFINED', false])

check('the error prints the token', prints(await errorOf(asPerson(expired, names)), expired), false)
check('afterwards', await names(knex), ['Campus tour'])
await knex.destroy()
done('Knex')
