// Makes a token as the portal's login page would, once it knows who somebody is; needs nothing but Node.
//
//   node token.mjs LOGIN [SECONDS [KID ALGORITHM KEYFILE]]
//
// SECONDS is for how long it is good. Without the last three it signs with the secret in $KEYS/hs256.secret, named web-1.
import { createHmac, createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const signers = {
  HS256: (data, key) => createHmac('sha256', key.trim()).update(data).digest(),
  RS256: (data, key) => sign('sha256', data, createPrivateKey(key)),
  // a JWT has the two halves of an ECDSA signature as they are, without DER around them
  ES256: (data, key) => sign('sha256', data, { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' }),
  EdDSA: (data, key) => sign(null, data, createPrivateKey(key)),
}

export function makeToken(login, seconds = 900, kid = 'web-1', algorithm = 'HS256',
  keyFile = `${process.env.KEYS}/hs256.secret`) {
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: algorithm, typ: 'JWT', kid }
  const claims = { iss: 'https://login.campus.example', aud: 'portal', sub: login, iat: now, exp: now + Number(seconds),
    role: 'web_person' } // the role is for PostgREST alone
  const data = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = signers[algorithm](Buffer.from(data), readFileSync(keyFile, 'utf8'))
  return `${data}.${signature.toString('base64url')}`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(makeToken(...process.argv.slice(2)))
