// Starts the console's server, and looks into the database beside it as a superuser.
import { execFileSync, spawn } from 'node:child_process'

// The server on a port of its own; its address, and a function that ends it.
export function startServer(environment = {}) {
  const server = spawn('node', ['server.mjs'], { cwd: new URL('../../console/', import.meta.url), env: { ...process.env, ...environment } })
  server.stderr.pipe(process.stderr)
  return new Promise((resolve, reject) => {
    let told = ''
    server.stdout.setEncoding('utf8').on('data', text => {
      told += text
      const [address] = told.match(/http:\S+/) ?? []
      if (address) resolve({ address, stop: () => new Promise(ended => server.once('exit', ended).kill()) })
    })
    server.once('exit', code => reject(new Error(`the console's server ended (${code})`)))
  })
}

// Rows of a statement, each a line with | between its columns.
export const psql = statement =>
  execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], { encoding: 'utf8' }).trimEnd().split('\n').filter(Boolean)

export const idOf = (table, externalId) => psql(`SELECT id FROM kroles.${table} WHERE external_id = '${externalId}'`)[0]
export const userId = login => psql(`SELECT id FROM kroles.users WHERE login = '${login}'`)[0]
