// PostGraphile 4 over the schema api, each request as the person whose token it brings.
// The connection is taken from PGHOST, PGPORT, PGDATABASE and PGUSER; SCHEMAS names other schemas than api.
//
//   node postgraphile4.mjs PORT-OR-SOCKET
import { createServer } from 'node:http'
import pg from 'pg'
import { postgraphile } from 'postgraphile'

const handler = postgraphile(new pg.Pool(), (process.env.SCHEMAS ?? 'api').split(','), {
  // Whatever comes in Authorization goes to the database, which refuses all but a valid token.
  pgSettings: request => {
    const token = request.headers.authorization?.replace(/^Bearer +/i, '')
    return token ? { 'kroles.token': token } : {}
  },
  ignoreRBAC: false,
  extendedErrors: ['errcode', 'detail', 'hint'],
  disableQueryLog: true,
})

createServer(handler).listen(process.argv[2])
