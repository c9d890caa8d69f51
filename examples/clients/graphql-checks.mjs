// Asks a PostGraphile that shows the schemas api and kroles, and api.notes with a foreign key to kroles.media, what it answers whom.
//
//   node graphql-checks.mjs SOCKET NAME FIELD      FIELD: what it calls the media of a note
import { request } from 'node:http'
import { check, done } from './check.mjs'
import { makeToken } from './token.mjs'

const [socketPath, name, media] = process.argv.slice(2)

const ask = (token, query) => new Promise((resolve, reject) => {
  const headers = { 'Content-Type': 'application/json', ...token && { Authorization: `Bearer ${token}` } }
  request({ socketPath, path: '/graphql', method: 'POST', headers }, async response => {
    let text = ''
    for await (const part of response) text += part
    resolve(JSON.parse(text))
  }).on('error', reject).end(JSON.stringify({ query }))
})
const films = token => ask(token, '{ allFilms { nodes { name owner { login } } } }').then(({ data, errors }) =>
  data?.allFilms?.nodes.map(film => `${film.name} by ${film.owner?.login}`) ?? errors[0].errcode ?? errors[0].extensions?.code ?? errors[0].message)

check('anna', await films(makeToken('anna')), ['Sorting in practice by anna', 'Campus tour by undefined'])
check('ben', await films(makeToken('ben')), ['Field notes by ben', 'Campus tour by undefined'])
check('anonymous', await films(), ['Campus tour by undefined'])
const expired = makeToken('anna', -60)
const refused = await ask(expired, '{ allFilms { nodes { name } } }')
check('expired', refused.errors[0].message, 'the token is not valid')
check('the error tells the token', JSON.stringify(refused).includes(expired), false)

// A media whose owner is somebody else, and one's own.
const insert = (token, owner) => ask(token, `mutation { createFilm(input: { film: { name: "New", ownerId: "${owner}" } }) { film { name } } }`)
check('another person', (await insert(makeToken('ben'), 101)).errors?.[0].message, 'new row violates row-level security policy for table "media"')
check('own', (await insert(makeToken('ben'), 102)).data?.createFilm.film, { name: 'New' })

// From a row of the application's to a media, by the foreign key: a media that is hidden is null.
const notes = async token => (await ask(token, `{ allNotes { nodes { body ${media} { name } } } }`)).data?.allNotes.nodes
  .map(note => [note.body, note[media]?.name])
check('notes of anna', await notes(makeToken('anna')), [['of sorting', 'Sorting in practice'], ['of the tour', 'Campus tour']])
check('notes of nobody', await notes(), [['of sorting', undefined], ['of the tour', 'Campus tour']])
done(name)
