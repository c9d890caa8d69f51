// What the programs beside this file check themselves with. A check that fails is printed and makes the exit status 1.
import { inspect, isDeepStrictEqual } from 'node:util'

let checks = 0
let failures = 0

export function check(what, actual, expected) {
  checks++
  if (isDeepStrictEqual(actual, expected)) return
  failures++
  console.log(`not ok: ${what}\n  is       ${JSON.stringify(actual)}\n  expected ${JSON.stringify(expected)}`)
}

// The error that a promise ends with; undefined if it ends well.
export const errorOf = promise => promise.then(() => undefined, error => error)

// Whether a log tells a secret when the error is printed: by console.log, as JSON, or its message alone.
export const prints = (error, secret) =>
  [inspect(error, { depth: 9, maxStringLength: null }), JSON.stringify(error), error.message].some(text => text.includes(secret))

export function done(client) {
  console.log(failures ? `${client}: ${failures} of ${checks} checks failed` : `${client}: ok, ${checks} checks`)
  process.exitCode = failures ? 1 : 0
}
