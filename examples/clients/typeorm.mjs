// TypeORM: each request as the person whose token it brings, in dataSource.transaction(). The connection is taken from PGHOST,
// PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import { DataSource, EntitySchema } from 'typeorm'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const { PGHOST: host, PGPORT: port, PGDATABASE: database, PGUSER: username, PGPASSWORD: password } = process.env
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// A column with default: true or generated is left to the database, and read back.
const text = (name, more) => ({ type: 'text', name, ...more })
const bigint = (name, more) => ({ type: 'bigint', name, ...more })
const Media = new EntitySchema({
  name: 'Media', tableName: 'media', schema: 'kroles',
  columns: {
    id: bigint('id', { primary: true, generated: 'increment' }),
    name: text('name'),
    type: text('type', { default: 'video' }),
    externalId: text('external_id', { nullable: true }),
    ownerId: bigint('owner_id', { default: () => 'kroles.asker()' }),
  },
  relations: { publications: { type: 'one-to-many', target: 'Publication', inverseSide: 'media', cascade: ['insert'] } },
})
const Publication = new EntitySchema({
  name: 'Publication', tableName: 'publications', schema: 'kroles',
  columns: {
    mediaId: bigint('media_id', { primary: true }),
    spaceId: bigint('space_id', { primary: true }),
    status: text('status', { default: 'pending' }),
  },
  relations: { media: { type: 'many-to-one', target: 'Media', inverseSide: 'publications', joinColumn: { name: 'media_id' } } },
})
const Member = new EntitySchema({
  name: 'Member', tableName: 'space_members', schema: 'kroles',
  columns: {
    id: bigint('id', { primary: true, generated: 'increment' }),
    spaceId: bigint('space_id'),
    userId: bigint('user_id', { nullable: true }),
    groupId: bigint('group_id', { nullable: true }),
    role: text('role', { default: 'member' }),
  },
})

// Never synchronize: the tables are not TypeORM's to alter.
const dataSource = new DataSource({ type: 'postgres', host, port, database, username, password, entities: [Media, Publication, Member],
  synchronize: false, installExtensions: false, extra: { max: 4 } })
await dataSource.initialize()

// Runs work(manager) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => dataSource.transaction(async manager => {
  if (token) await manager.query('SELECT kroles_login($1)', [token])
  return work(manager)
})

const names = manager => manager.find('Media', { select: { name: true }, order: { id: 'ASC' } }).then(all => all.map(one => one.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media with its publication, from one object; the id is the media's.
const recursion = await asPerson(anna, manager => manager.save('Media', { name: 'Recursion', publications: [{ spaceId: 201 }] }))
check('nested insert', [recursion.type, recursion.ownerId, recursion.publications[0].status], ['video', '101', 'approved'])
const read = await asPerson(anna, manager => manager.findOne('Media', { where: { id: recursion.id }, relations: { publications: true } }))
check('nested read', [read.name, read.publications.length], ['Recursion', 1])
await asPerson(anna, manager => manager.save('Media', { ...read, name: 'Recursion, again' }))
check('save', (await asPerson(anna, names)).includes('Recursion, again'), true)

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, manager => manager.upsert('Member', { spaceId: 201, userId: 102, role },
  ['spaceId', 'userId', 'groupId']).then(result => result.generatedMaps[0]))
const member = await grant('member')
const contributor = await grant('contributor')
check('upsert', contributor.id === member.id, true)

// A transaction in a transaction is a savepoint: what fails in it is undone alone, and the person stays.
await asPerson(ben, async manager => {
  await manager.save('Media', { name: 'Kept' })
  const error = await errorOf(manager.transaction(manager => manager.save('Media', { name: 'Not his', ownerId: '101' })))
  check('savepoint: error', error?.code, '42501')
  check('savepoint: still ben', await manager.query('SELECT kroles_current_user() AS person'), [{ person: '102' }])
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in code, copied from driverError.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => `${error?.name} ${error?.code}`)
const insert = values => manager => manager.insert('Media', values)
check('expired', await codeOf(expired, names), 'QueryFailedError 28000')
check('another person', await codeOf(ben, insert({ name: 'x', ownerId: '101' })), 'QueryFailedError 42501')
check('twice', await codeOf(ben, insert(['x', 'y'].map(name => ({ name, externalId: 'one' })))), 'QueryFailedError 23505')
check('nobody', await codeOf(anna, manager => manager.insert('Member', { spaceId: 201, userId: 999 })), 'QueryFailedError 23503')
check('blank', await codeOf(ben, insert({ name: ' ' })), 'QueryFailedError 23514')
check('no such type', await codeOf(ben, insert({ name: 'x', type: 'film' })), 'QueryFailedError 22P02')

// save() and remove() of a row that the person sees and may not change end without an error, and change nothing.
await asPerson(ben, async manager => {
  const tour = await manager.findOneBy('Media', { id: 303 })
  await manager.save('Media', { ...tour, name: 'Mine' })
  await manager.remove('Media', tour)
})
check('not his', await asPerson(ben, manager => manager.countBy('Media', { name: 'Campus tour' })), 1)

// What it reads of a table.
const runner = dataSource.createQueryRunner()
const table = await runner.getTable('kroles.media')
const column = name => table.columns.find(column => column.name === name)
check('columns', [column('id').isPrimary, column('type').type, column('type').enum?.[0], column('name').isNullable], [true, 'enum', 'video', false])
check('foreign keys', table.foreignKeys.map(key => key.referencedTableName), ['kroles.users'])
check('views', (await runner.getView('kroles.channels'))?.name, undefined)
await runner.release()

const error = await errorOf(asPerson(expired, names))
check('the error prints the token', prints(error, expired), true)
check('afterwards', await names(dataSource.manager), ['Campus tour'])
await dataSource.destroy()
done('TypeORM')
