// Sequelize: each request as the person whose token it brings, in sequelize.transaction(). The connection is taken from PGHOST,
// PGPORT, PGDATABASE and PGUSER. It checks what it does, and prints "ok".
import { DataTypes, Sequelize } from 'sequelize'
import { check, done, errorOf, prints } from './check.mjs'
import { makeToken } from './token.mjs'

const { PGHOST: host, PGPORT: port, PGDATABASE: database, PGUSER: username, PGPASSWORD: password } = process.env
const sequelize = new Sequelize({ dialect: 'postgres', host, port, database, username, password, logging: false, pool: { max: 4 } })
const anna = makeToken('anna')
const ben = makeToken('ben')
const expired = makeToken('anna', -60)

// id and owner_id are left out of an INSERT (autoIncrement) or get DEFAULT (defaultValue): the database assigns them.
const options = { schema: 'kroles', timestamps: false, underscored: true }
const Media = sequelize.define('media', {
  id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
  name: DataTypes.TEXT,
  type: DataTypes.TEXT,
  externalId: DataTypes.TEXT,
  ownerId: DataTypes.BIGINT,
}, { ...options, tableName: 'media' })
const Publication = sequelize.define('publication', {
  mediaId: { type: DataTypes.BIGINT, primaryKey: true },
  spaceId: { type: DataTypes.BIGINT, primaryKey: true },
  status: DataTypes.TEXT,
}, { ...options, tableName: 'publications' })
const Member = sequelize.define('member', {
  id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
  spaceId: DataTypes.BIGINT,
  userId: DataTypes.BIGINT,
  groupId: DataTypes.BIGINT,
  role: DataTypes.TEXT,
}, { ...options, tableName: 'space_members' })
Media.hasMany(Publication, { foreignKey: 'mediaId' })

// Runs work(transaction) in a transaction as the token's person; without a token, as somebody who is not logged in.
const asPerson = (token, work) => sequelize.transaction(async transaction => {
  if (token) await sequelize.query('SELECT kroles_login($1)', { bind: [token], transaction })
  return work(transaction)
})

const names = transaction => Media.findAll({ attributes: ['name'], order: ['id'], transaction }).then(all => all.map(one => one.name))

check('anna reads hers', await asPerson(anna, names), ['Sorting in practice', 'Campus tour'])
check('ben reads his', await asPerson(ben, names), ['Field notes', 'Campus tour'])
check('anonymous', await asPerson(undefined, names), ['Campus tour'])

// A media with its publication, from one object.
const recursion = await asPerson(anna, transaction =>
  Media.create({ name: 'Recursion', publications: [{ spaceId: 201 }] }, { include: Publication, transaction }))
check('nested insert', [recursion.type, recursion.publications[0].status], ['video', 'approved'])
const read = await asPerson(anna, transaction => Media.findByPk(recursion.id, { include: Publication, transaction }))
check('nested read', [read.name, read.publications.length], ['Recursion', 1])
read.name = 'Recursion, again'
await asPerson(anna, transaction => read.save({ transaction }))
check('save', (await asPerson(anna, names)).includes('Recursion, again'), true)

// The same grant twice: the second changes the first.
const grant = role => asPerson(anna, async transaction => (await Member.upsert({ spaceId: 201, userId: 102, role },
  { conflictFields: ['space_id', 'user_id', 'group_id'], transaction }))[0])
const member = await grant('member')
const contributor = await grant('contributor')
check('upsert', [contributor.role, contributor.id === member.id], ['contributor', true])

// A transaction in a transaction is a savepoint: what fails in it is undone alone, and the person stays.
await asPerson(ben, async transaction => {
  await Media.create({ name: 'Kept' }, { transaction })
  const error = await errorOf(sequelize.transaction({ transaction }, transaction =>
    Media.create({ name: 'Not his', ownerId: 101 }, { transaction })))
  check('savepoint: error', error?.parent?.code, '42501')
  const [[{ person }]] = await sequelize.query('SELECT kroles_current_user() AS person', { transaction })
  check('savepoint: still ben', person, '102')
})
check('savepoint: kept', (await asPerson(ben, names)).includes('Kept'), true)

// Errors have the SQLSTATE in parent.code; the class says which of the constraints it was.
const codeOf = (token, work) => errorOf(asPerson(token, work)).then(error => `${error?.name} ${error?.parent?.code}`)
const insert = values => transaction => Media.bulkCreate([values].flat(), { transaction })
check('expired', await codeOf(expired, names), 'SequelizeDatabaseError 28000')
check('another person', await codeOf(ben, insert({ name: 'x', ownerId: 101 })), 'SequelizeDatabaseError 42501')
check('twice', await codeOf(ben, insert(['x', 'y'].map(name => ({ name, externalId: 'one' })))), 'SequelizeUniqueConstraintError 23505')
check('nobody', await codeOf(anna, transaction => Member.create({ spaceId: 201, userId: 999 }, { transaction })),
  'SequelizeForeignKeyConstraintError 23503')
check('blank', await codeOf(ben, insert({ name: ' ' })), 'SequelizeDatabaseError 23514')
check('no such type', await codeOf(ben, insert({ name: 'x', type: 'film' })), 'SequelizeDatabaseError 22P02')

// save() and destroy() of a row that the person sees and may not change end without an error, and change nothing.
await asPerson(ben, async transaction => {
  const tour = await Media.findByPk(303, { transaction })
  tour.name = 'Mine'
  await tour.save({ transaction })
  await tour.destroy({ transaction })
})
check('not his', await asPerson(ben, transaction => Media.count({ where: { name: 'Campus tour' }, transaction })), 1)

// What it reads of a table: of a type of ours only that it is one.
const columns = await sequelize.getQueryInterface().describeTable({ tableName: 'media', schema: 'kroles' })
check('columns', [columns.id.type, columns.id.primaryKey, columns.type.type, columns.name.allowNull],
  ['BIGINT', true, 'USER-DEFINED', false])

const error = await errorOf(asPerson(expired, names))
check('the error prints the token', prints(error, expired), true)
check('afterwards', await names(), ['Campus tour'])
await sequelize.close()
done('Sequelize')
