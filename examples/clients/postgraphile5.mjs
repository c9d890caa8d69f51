// PostGraphile 5 over the schema api, each request as the person whose token it brings.
// DATABASE_URL says where the database is.
//
//   node postgraphile5.mjs PORT-OR-SOCKET
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { defaultMaskError } from 'postgraphile/grafserv'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['api'] })],
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
