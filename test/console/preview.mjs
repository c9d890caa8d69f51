// Preview in a browser: what the page says a change would do is what it does, by brute force over all people, rights and objects; and
// nothing is changed until one says so.
import { becomes, done, is, ok } from './lib/tap.mjs'
import { idOf, psql, userId } from './lib/server.mjs'
import { overflows, picture, signIn, signOut, start, step } from './lib/browser.mjs'

const gallery = idOf('spaces', 'public-health')
const iva = userId('iva.petrova')
const browser = await start()
const { page, problems } = browser
const select = (name, option) => page.getByRole('combobox', { name }).selectOption(option)

// Every right that somebody has, a line each: name, right, kind and object.
const everything = `SELECT coalesce(u.name, 'Not signed in') || '|' || replace(r.action::text, '_', ' ') || '|' ||
    CASE r.kind WHEN 'site' THEN 'the site' ELSE o.name || ' (' || r.kind || ')' END AS line
  FROM (SELECT id, name FROM kroles.users UNION ALL SELECT NULL, NULL) u CROSS JOIN
    (SELECT kind::text, id, name FROM kroles.spaces UNION ALL SELECT 'media', id, name FROM kroles.media
     UNION ALL SELECT 'site', NULL, '' UNION ALL SELECT 'room', id, name FROM kroles.media WHERE type IN ('room', 'live')) o
    JOIN kroles.rights r ON r.kind = o.kind WHERE kroles_can(u.id, r.action::kroles.action, o.kind::kroles.object_kind, o.id)`
const bruteForce = change =>
  psql(`BEGIN; CREATE TEMP TABLE before_it AS ${everything}; ${change}; CREATE TEMP TABLE after_it AS ${everything};
  SELECT 'gains|' || line FROM (TABLE after_it EXCEPT TABLE before_it) a
  UNION ALL SELECT 'loses|' || line FROM (TABLE before_it EXCEPT TABLE after_it) b; ROLLBACK`)
    .filter(line => /^(gains|loses)/.test(line))
    .sort()

const differences = () =>
  page.locator('table.differences tbody tr').evaluateAll(rows =>
    rows
      .map(row => {
        const [person, effect, right, object] = [...row.children].map(cell => cell.textContent)
        return `${effect}|${person}|${right}|${object}`
      })
      .sort()
  )
const counted = () =>
  page
    .locator('table.counts tbody tr')
    .evaluateAll(rows =>
      rows.reduce(
        ([gained, lost], { children }) => [gained + Number(children[2].textContent), lost + Number(children[3].textContent)],
        [0, 0]
      )
    )
const of = lines => ['gains', 'loses'].map(effect => lines.filter(line => line.startsWith(effect)).length)
const person = async (text, name) => {
  await page.getByRole('combobox', { name: /^Person/ }).fill('')
  await page.getByRole('combobox', { name: /^Person/ }).pressSequentially(text)
  await page.getByRole('option', { name }).first().click()
}
const ask = () => page.getByRole('button', { name: 'Preview', exact: true }).click()
const members = () => psql(`SELECT role FROM kroles.space_members WHERE space_id = ${gallery} AND user_id = ${iva}`)
const giving = `INSERT INTO kroles.space_members (space_id, user_id, role) VALUES (${gallery}, ${iva}, 'contributor')`

await step(page, 'another change while the answer is on its way', async () => {
  await signIn(browser, 'Ingrid Solberg')
  await page.goto(`${browser.address}#/preview`)
  const late = []
  await page.route('**/api/try/**', route => late.push(route))
  await select('Change', 'block')
  await person('iva', /Iva Petrova/)
  await ask()
  await becomes(() => late.length, 1, 'a preview is asked for')
  await select('Change', 'site-role')
  const answered = page.waitForResponse('**/api/try/block')
  await late[0].continue()
  await (await answered).finished()
  await page.getByRole('combobox', { name: /^Person/ }).pressSequentially('iva')
  await page.getByRole('option', { name: /Iva Petrova/ }).waitFor()
  is(await page.locator('.verdict').count(), 0, 'the answer to the one before is not shown beside the next')
  await page.unroute('**/api/try/**')
  await page.reload()
  await signOut(page, 'Ingrid Solberg')
})

await step(page, 'a role for a person', async () => {
  await signIn(browser, 'Ingrid Solberg')
  await page.goto(`${browser.address}#/preview`)
  ok(await page.getByRole('button', { name: 'Preview', exact: true }).isDisabled(), 'a change without a person is no change')
  await select('Channel or gallery', { label: 'Public Health (gallery)' })
  await select('Role', 'contributor')
  await person('iva', /Iva Petrova/)
  await ask()
  const expected = bruteForce(giving)
  ok(expected.length > 2, 'control: the change has an effect')
  await becomes(differences, expected, 'the differences are those of brute force')
  is(await counted(), of(expected), 'so are the counts')
  ok(
    (await page.locator('table.differences tbody tr td:last-child').allTextContents()).every(why => why.includes('Public Health')),
    'each says why'
  )
  is(members(), [], 'nothing is changed')
  await page.getByText('SQL', { exact: true }).click()
  ok(
    /INSERT INTO kroles\.space_members[\s\S]*kroles_preview_counts\(\$1, \$2\)[\s\S]*kroles_preview\(\$1, \$2, \$3, \$4\)[\s\S]*ROLLBACK;$/.test(
      await page.locator('.sql pre').textContent()
    ),
    'the SQL is shown: the change, both questions, ROLLBACK'
  )
})

await step(page, 'another type', async () => {
  await select('Change', 'space-type')
  await select('Channel or gallery', { label: 'Campus Voices (channel)' })
  await select('New type', 'private')
  await ask()
  const expected = bruteForce(`UPDATE kroles.spaces SET type = 'private' WHERE external_id = 'campus-voices'`)
  ok(
    expected.some(line => line.startsWith('loses|Not signed in|')),
    'control: who is not signed in loses something, too'
  )
  await becomes(counted, of(expected), 'a public channel that becomes private: the counts are those of brute force')
  await becomes(async () => (await differences()).filter(line => !expected.includes(line)), [], 'and the differences among them')
  await picture(page, 'preview', 1060)
})

await step(page, 'blocking', async () => {
  await select('Change', 'block')
  await person('oliver', /Oliver Brandt/)
  await ask()
  const expected = bruteForce(`UPDATE kroles.users SET blocked = true WHERE login = 'oliver.brandt'`)
  await becomes(counted, of(expected), 'who is blocked loses everything')
  is(psql(`SELECT blocked FROM kroles.users WHERE login = 'oliver.brandt'`), ['f'], 'and is not blocked')
  await signOut(page, 'Ingrid Solberg')
})

await step(page, 'what one may know', async () => {
  await signIn(browser, 'Leila Farahani')
  await page.goto(`${browser.address}#/preview`)
  await select('Channel or gallery', { label: 'Public Health (gallery)' })
  await select('Role', 'contributor')
  await person('iva', /Iva Petrova/)
  await ask()
  const all = bruteForce(giving)
  const hers = all.filter(line => /\(gallery\)$|Case study/.test(line))
  ok(hers.length < all.length, 'control: an administrator sees more')
  await becomes(differences, hers, 'who manages the gallery sees what changes there, and on her own media')
})

await step(page, 'making it', async () => {
  await page.getByRole('button', { name: 'Make this change' }).click()
  await becomes(members, ['contributor'], 'the button makes the change')
  await page.locator('.verdict').getByText('The change is made.').waitFor()
  await ask()
  await page.getByText('Nobody of whom you may know gains or loses anything.').waitFor()
  ok(true, 'and the same change again would do nothing')
})

await step(page, 'a refusal', async () => {
  await select('Change', 'site-role')
  await person('iva', /Iva Petrova/)
  await select('Role on the site', 'admin')
  await ask()
  await page.getByRole('alert').waitFor()
  ok(/SQLSTATE 42501/.test(await page.getByRole('alert').textContent()), 'a change that she may not make is refused in a preview, too')
})

await step(page, 'a small screen', async () => {
  await page.setViewportSize({ width: 400, height: 800 })
  await select('Change', 'take-role')
  await person('iva', /Iva Petrova/)
  await ask()
  await page.locator('table.differences').waitFor()
  await becomes(() => overflows(page), false, 'nothing is wider than 400 pixels')
  await becomes(async () => (await page.locator('.badge.rejected').count()) > 0, true, 'and what is lost is shown')
})

is(problems, [], 'the browser found nothing wrong')
await browser.stop()
done()
