// What "prisma db pull" reads of schema kroles, without the engine that Prisma fetches from a host of its own: the same engine as
// WebAssembly (@prisma/schema-engine-wasm), over the driver adapter. The connection is taken from PGHOST, PGPORT, PGDATABASE and
// PGUSER, which is the owner. What the engine warns of goes to standard error.
//
//   node prisma-pull.mjs BEFORE.prisma >AFTER.prisma
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: message => console.error(message) }
const wasm = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm')
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { './schema_engine_bg.js': engine })
engine.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

// adapter-pg 7.10 does not know the type "char", which catalogs have and the engine asks for.
let chars = []
class Pool extends pg.Pool {
  async query(...args) {
    const result = await super.query(...args)
    chars = result.fields.map(field => field.dataTypeID === pg.types.builtins.CHAR)
    for (const [i, field] of result.fields.entries()) if (chars[i]) field.dataTypeID = pg.types.builtins.TEXT
    return result
  }
}
class Adapter extends PrismaPg {
  async connect() {
    const connection = await super.connect()
    const queryRaw = connection.queryRaw.bind(connection)
    connection.queryRaw = async query => {
      const result = await queryRaw(query)
      return { ...result, columnTypes: result.columnTypes.map((type, i) => chars[i] ? ColumnTypeEnum.Character : type) }
    }
    return connection
  }
}

const content = readFileSync(process.argv[2], 'utf8')
const pull = await engine.SchemaEngine.new({ datamodels: [['schema.prisma', content]] }, () => {},
  bindMigrationAwareSqlAdapterFactory(new Adapter(new Pool())))
const { schema, warnings } = await pull.introspect({
  schema: { files: [{ path: 'schema.prisma', content }] }, baseDirectoryPath: process.cwd(),
  force: true, compositeTypeDepth: -1, namespaces: ['kroles'],
})
console.error(warnings ?? '')
process.stdout.write(schema.files.map(file => file.content).join(''), () => process.exit())
