// Drizzle: each request as the person whose token it brings, in db.transaction(), with the schema that drizzle-kit read
// (drizzle-pull). The connection is taken from PGHOST, PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import { asc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { getTableConfig, getViewConfig } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { check, done, errorOf, prints } from './check.mjs'
import * as pulled from './pulled-by-postgres/schema.mjs'
import * as relations from './pulled-by-postgres/relations.mjs'
import * as pulledByWeb from './pulled-by-web/schema.mjs'
import { makeToken } from './token.mjs'

const { mediaInKroles: media, publicationsInKroles: publications, spaceMembersInKroles: members } = pulled
const pool = new pg.Pool({ max: 4 })
const db = drizzle(pool, { schema: { ...pulled, ...relations } })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// Runs work(tx) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => db.transaction(async tx => {
  if (token) await tx.execute(sql`SELECT kroles_login(${token})`)
  return work(tx)
})

const names = tx => tx.select({ name: media.name }).from(media).orderBy(asc(media.id)).then(rows => rows.map(row => row.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media and its publication; what is not given has DEFAULT.
const published = await asPerson(anna, async tx => {
  const [{ id }] = await tx.insert(media).values({ name: 'Recursion', type: 'audio' }).returning({ id: media.id })
  return tx.insert(publications).values({ mediaId: id, spaceId: 201 }).returning({ status: publications.status })
})
check('nested insert', published, [{ status: 'approved' }])
const nested = await asPerson(anna, tx => tx.query.mediaInKroles.findMany({
  columns: { name: true }, where: eq(media.name, 'Recursion'), with: { publicationsInKroles: { columns: { spaceId: true, status: true } } },
}))
check('nested read', nested, [{ name: 'Recursion', publicationsInKroles: [{ spaceId: 201, status: 'approved' }] }])

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, tx => tx.insert(members).values({ spaceId: 201, userId: 102, role })
  .onConflictDoUpdate({ target: [members.spaceId, members.userId, members.groupId], set: { role } })
  .returning({ id: members.id, role: members.role }))
const [member] = await grant('member')
const [contributor] = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// A transaction in a transaction is a savepoint: what fails in it is undone alone, and the person stays.
await asPerson(ben, async tx => {
  await tx.insert(media).values({ name: 'Kept' })
  const error = await errorOf(tx.transaction(tx => tx.insert(media).values({ name: 'Not his', ownerId: 101 })))
  check('savepoint: error', error?.cause?.code, '42501')
  check('savepoint: still ben', (await tx.execute(sql`SELECT kroles_current_user() AS person`)).rows, [{ person: '102' }])
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in cause.code.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => error?.cause?.code)
const insert = values => tx => tx.insert(media).values(values)
check('expired', await codeOf(expired, names), '28000')
check('another person', await codeOf(ben, insert({ name: 'x', ownerId: 101 })), '42501')
check('twice', await codeOf(ben, insert(['x', 'y'].map(name => ({ name, externalId: 'one' })))), '23505')
check('nobody', await codeOf(anna, tx => tx.insert(members).values({ spaceId: 201, userId: 999 })), '23503')
check('blank', await codeOf(ben, insert({ name: ' ' })), '23514')
check('no such type', await codeOf(ben, insert({ name: 'x', type: 'film' })), '22P02')

// A row that the person may not change is no error: nothing is changed.
const notHis = eq(media.id, 301)
check('not his: update', (await asPerson(ben, tx => tx.update(media).set({ name: 'Mine' }).where(notHis))).rowCount, 0)
check('not his: delete', (await asPerson(ben, tx => tx.delete(media).where(notHis))).rowCount, 0)

// What drizzle-kit reads as the owner, and as the application's role: no primary keys.
const primaryKey = table => getTableConfig(table).columns.filter(column => column.primary).map(column => column.name)
const defaults = table => getTableConfig(table).columns.filter(column => column.hasDefault).map(column => column.name).sort()
check('enums', pulled.contextualRoleInKroles.enumValues, ['member', 'contributor', 'moderator', 'manager'])
check('identity', pulled.usersInKroles.id.generatedIdentity?.type, 'byDefault')
check('primary key', primaryKey(media), ['id'])
check('defaults', defaults(media), ['created_at', 'id', 'owner_id', 'type'])
check('views', getViewConfig(pulled.channelsInKroles).name, 'channels')
check('as web: primary key', primaryKey(pulledByWeb.mediaInKroles), [])

const error = await errorOf(asPerson(expired, names))
check('the error prints the token', prints(error, expired), true)
check('its cause does not', prints(error.cause, expired), false)
check('afterwards', await names(db), ['Campus tour'])
await pool.end()
done('Drizzle')
