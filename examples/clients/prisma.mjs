// Prisma: each request as the person whose token it brings, in prisma.$transaction(), with the schema that prisma-pull.mjs read.
// The connection is taken from PGHOST, PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import { readFileSync } from 'node:fs'
import { PrismaPg } from '@prisma/adapter-pg'
import { check, done, errorOf, prints } from './check.mjs'
import prismaClient from './generated/index.js'
import { makeToken } from './token.mjs'

const prisma = new prismaClient.PrismaClient({ adapter: new PrismaPg({ max: 4 }) })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// Runs work(tx) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => prisma.$transaction(async tx => {
  if (token) await tx.$queryRaw`SELECT kroles_login(${token})`
  return work(tx)
})

const names = tx => tx.media.findMany({ select: { name: true }, orderBy: { id: 'asc' } }).then(all => all.map(one => one.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media with its publication, from one object; ids and owner are the database's.
const recursion = await asPerson(anna, tx => tx.media.create({
  data: { name: 'Recursion', publications: { create: { space_id: 201 } } }, include: { publications: true },
}))
check('nested insert', [recursion.type, recursion.owner_id, recursion.publications[0].status], ['video', 101n, 'approved'])

// The same grant twice: the second changes the first. (upsert() cannot name a unique key in which group_id is NULL.)
const grant = role => asPerson(anna, async tx => {
  const [{ id }] = await tx.$queryRaw`
    INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (201, 102, ${role}::kroles.contextual_role)
    ON CONFLICT (space_id, user_id, group_id) DO UPDATE SET role = excluded.role RETURNING id`
  return tx.space_members.findUnique({ where: { id } })
})
const member = await grant('member')
const contributor = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])
const upserted = await asPerson(anna, tx => tx.media.upsert({
  where: { id: recursion.id }, update: { name: 'Recursion, again' }, create: { name: 'New' },
}))
check('upsert()', [upserted.id === recursion.id, upserted.name], [true, 'Recursion, again'])

// The type of a speaker requires a position: the largest integer is the end, and the database numbers without gaps.
await asPerson(anna, async tx => {
  for (const user_id of [102, 101]) await tx.media_speakers.create({ data: { media_id: 301, user_id, position: 2147483647 } })
})
const speakers = await asPerson(anna, tx => tx.media_speakers.findMany({ where: { media_id: 301 }, orderBy: { position: 'asc' } }))
check('positions', speakers.map(speaker => [speaker.user_id, speaker.position]), [[102n, 1], [101n, 2]])

// Prisma has no savepoints of its own: a savepoint is a statement. What fails behind it is undone alone, and the person stays.
await asPerson(ben, async tx => {
  await tx.media.create({ data: { name: 'Kept' } })
  await tx.$executeRaw`SAVEPOINT before`
  const error = await errorOf(tx.media.create({ data: { name: 'Not his', owner_id: 101 } }))
  check('savepoint: error', stateOf(error), '42501')
  await tx.$executeRaw`ROLLBACK TO before`
  check('savepoint: still ben', await tx.$queryRaw`SELECT kroles_current_user() AS person`, [{ person: 102n }])
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have a code of Prisma's own; the SQLSTATE is deeper.
function stateOf(error) { return error?.meta?.driverAdapterError?.cause?.originalCode ?? error?.cause?.originalCode }
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => `${error?.code} ${stateOf(error)}`)
const insert = data => tx => tx.media.createMany({ data })
check('expired', await codeOf(expired, names), 'P2010 28000')
check('another person', await codeOf(ben, insert({ name: 'x', owner_id: 101 })), 'P2039 42501')
check('twice', await codeOf(ben, insert(['x', 'y'].map(name => ({ name, external_id: 'one' })))), 'P2002 23505')
check('nobody', await codeOf(anna, tx => tx.space_members.create({ data: { space_id: 201, user_id: 999 } })), 'P2003 23503')
check('blank', await codeOf(ben, insert({ name: ' ' })), 'P2039 23514')
check('no such type', (await errorOf(asPerson(ben, insert({ name: 'x', type: 'film' }))))?.name, 'PrismaClientValidationError')

// update() and delete() of a row that the person sees and may not change: no row is an error here.
check('not his: update', await codeOf(ben, tx => tx.media.update({ where: { id: 303 }, data: { name: 'Mine' } })), 'P2025 undefined')
check('not his: delete', await codeOf(ben, tx => tx.media.delete({ where: { id: 303 } })), 'P2025 undefined')
check('not his: updateMany', await asPerson(ben, tx => tx.media.updateMany({ where: { id: 303 }, data: { name: 'Mine' } })), { count: 0 })

// What db pull reads: keys, enums, and which defaults are the database's. What it left out is in comments.
const pulled = readFileSync('pulled.prisma', 'utf8')
check('enum', /enum contextual_role \{\s+member\s+contributor\s+moderator\s+manager\s/.test(pulled), true)
check('identity', /model users \{\s+id +BigInt +@default\(autoincrement\(\)\)/.test(pulled), true)
check('id', /model media \{\s+id +BigInt +@id\(.*\) @default\(dbgenerated\(/.test(pulled), true)
check('views', /^view /m.test(pulled), false)

const error = await errorOf(asPerson(expired, names))
check('the error prints the token', prints(error, expired), false)
check('afterwards', await names(prisma), ['Campus tour'])
await prisma.$disconnect()
done('Prisma')
