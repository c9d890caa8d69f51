// PostGraphile 5 over the schema api, each request as the person whose token it brings.
// DATABASE_URL says where the database is; SCHEMAS names other schemas than api.
//
//   node postgraphile5.mjs PORT-OR-SOCKET
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { defaultMaskError } from 'postgraphile/grafserv'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

// PostGraphile 5.1 drops the foreign keys to tables of extensions (kroles.rights), but not from the lists of the tables that have
// them, and fails at the first ("getClass is not a function").
const keysToExtensions = {
  name: 'KeysToExtensionsPlugin',
  gather: {
    hooks: {
      pgIntrospection_introspection: {
        before: ['PgEnumTablesPlugin', 'inferred'],
        callback(_, { introspection }) {
          for (const table of introspection.classes) {
            const constraints = table.getConstraints()
            constraints.splice(0, constraints.length, ...constraints.filter(constraint => constraint.getClass))
          }
        },
      },
    },
  },
}

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [keysToExtensions],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: (process.env.SCHEMAS ?? 'api').split(',') })],
  grafast: {
    // Whatever comes in Authorization goes to the database, which refuses all but a valid token.
    context: ({ node }) => {
      const token = node?.req.headers.authorization?.replace(/^Bearer +/i, '')
      return { pgSettings: token ? { 'kroles.token': token } : {} }
    },
  },
  grafserv: {
    // PostGraphile 5 tells clients no error of the database; these two they should know of.
    maskError: error => ['28000', '42501'].includes(error.originalError?.code) ? error : defaultMaskError(error),
  },
}

const server = createServer()
await postgraphile(preset).createServ(grafserv).addTo(server)
server.listen(process.argv[2])
