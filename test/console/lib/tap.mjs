// Prints TAP, and waits for what comes in time.
import { inspect, isDeepStrictEqual } from 'node:util'

let tests = 0
let failures = 0

export function ok(good, name, ...told) {
  tests++
  if (!good) failures++
  console.log(`${good ? 'ok' : 'not ok'} ${tests} - ${name.replaceAll('#', '\\#')}`)
  if (!good) for (const text of told) console.log(String(text).replace(/^/gm, '# '))
  return good
}

export const is = (actual, expected, name) =>
  ok(isDeepStrictEqual(actual, expected), name, `is       ${inspect(actual, { depth: 6 })}`, `expected ${inspect(expected, { depth: 6 })}`)

// Asks until the answer is as expected, ten seconds at most.
export async function becomes(ask, expected, name) {
  let last
  for (const end = Date.now() + 10000; Date.now() < end;) {
    last = await Promise.resolve()
      .then(ask)
      .catch(error => error.message)
    if (isDeepStrictEqual(last, expected)) break
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return is(last, expected, name)
}

// Runs a part of a test: an error in it is a failure, and the next part goes on.
export async function part(name, work, failed = async () => {}) {
  const before = failures
  try {
    await work()
  } catch (error) {
    ok(false, name, error.stack)
  }
  if (failures > before) await failed(name)
}

export function done() {
  console.log(`1..${tests}`)
  process.exitCode = failures ? 1 : 0
}
