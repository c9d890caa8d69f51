// Why, See as and Health in a browser; and the SQL that every list shows, run again, gives what the list shows.
import { becomes, done, is, ok } from './lib/tap.mjs'
import { idOf, psql, userId } from './lib/server.mjs'
import { goTo, overflows, picture, signIn, signOut, start, step } from './lib/browser.mjs'

const film = idOf('media', 'algorithms-1')
const debate = idOf('media', 'energy-debate')
const browser = await start()
const { page, problems } = browser
const dialog = page.getByRole('dialog')
const nav = name => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name })

// Runs statements as a person, beside the console: the portal's gateway states who asks.
const as = (login, statement) =>
  psql(`BEGIN; SET LOCAL SESSION AUTHORIZATION campus_portal; SET LOCAL kroles."user" = '${login}'; ${statement}`)

await step(page, 'signing in', async () => {
  await page.goto(browser.address)
  await becomes(
    () => page.getByRole('combobox', { name: 'Person' }).locator('option').count(),
    32,
    'the people of the demo stand at the door'
  )
  await page.keyboard.press('Tab')
  is(
    await page.evaluate(() => document.activeElement.textContent),
    'Skip to the content',
    'the first stop of the keyboard leads to the content'
  )
  await page.keyboard.press('Enter')
  is(await page.evaluate(() => document.activeElement.id), 'main', 'where it goes')
  await signIn(browser, 'Anna Kowalczyk')
  is(await page.evaluate(() => document.cookie), '', 'no script can read the token')
})

await step(page, 'why', async () => {
  await nav('Why').click()
  await page.goto(`${browser.address}#/why/media/${film}`)
  const grid = page.getByRole('grid')
  await grid.waitFor()
  const people = psql('SELECT count(*) FROM kroles.people')[0]
  is(await grid.getByRole('row').count(), Number(people) + 2, 'a row a person, and one for who is not signed in')
  is(
    await grid.getByRole('columnheader').allTextContents(),
    ['Person', ...psql("SELECT replace(action::text, '_', ' ') FROM kroles.rights WHERE kind = 'media' ORDER BY action::kroles.action")],
    'a column a right'
  )
  const yes = await grid.locator('.cell.yes').evaluateAll(cells => cells.map(cell => `${cell.dataset.user}|${cell.dataset.action}`).sort())
  const right = psql(`SELECT u.id || '|' || r.action FROM kroles.users u, kroles.rights r WHERE r.kind = 'media' AND NOT u.blocked
      AND kroles_can(u.id, r.action::kroles.action, 'media', ${film})
    UNION ALL SELECT 'anonymous|' || r.action FROM kroles.rights r WHERE r.kind = 'media'
      AND kroles_can(NULL, r.action::kroles.action, 'media', ${film})`).sort()
  is(yes, right, 'each cell is the answer of kroles_can()')
  await picture(page, 'why-grid')
  const cell = page.getByRole('button', { name: 'Oliver Brandt: view, yes. Why?' })
  await cell.click()
  await dialog.locator('.reasons li').first().waitFor()
  const reasons = as(
    'anna.kowalczyk',
    `SELECT effect || '|' || reason FROM kroles_explain(${userId('oliver.brandt')}, 'view', 'media', ${film})`
  )
  is(
    await dialog
      .locator('.reasons li')
      .evaluateAll(items => items.map(item => `${item.className}|${item.querySelector('.grow').firstChild.textContent}`)),
    reasons,
    'a cell opens the explanation of the database'
  )
  ok(/Oliver Brandt may view/.test(await dialog.locator('.verdict').textContent()), 'with its answer')
  await dialog.getByText('SQL', { exact: true }).click()
  ok(/FROM kroles_explain\(\$1, \$2, \$3, \$4\);\n-- \$1 = '/.test(await dialog.locator('pre').textContent()), 'and the SQL that asked')
  await picture(page, 'why')
  await page.keyboard.press('Escape')
  await becomes(
    () => page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    'Oliver Brandt: view, yes. Why?',
    'Escape leads back to the cell'
  )
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  const [next] = await page.evaluate(() => [document.activeElement.getAttribute('aria-label')])
  ok(/^Pavel Novotný: edit|^\S.*: \S+.*Why\?$/.test(next) && !/Oliver/.test(next), 'arrows go from cell to cell', next)
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('searchbox', { name: 'Find a person' }).fill('iva')
  await becomes(() => grid.locator('tbody .name').allTextContents(), ['Iva Petrova', 'Not signed in'], 'a person is searched for')
  await page.getByRole('combobox', { name: 'Object' }).selectOption({ label: 'Algorithms and Data Structures' })
  await becomes(
    () => page.getByRole('grid').getByRole('columnheader').filter({ hasText: 'create subgallery' }).count(),
    1,
    'another object has the rights of its kind'
  )
})

await step(page, 'why, about oneself', async () => {
  await signOut(page, 'Anna Kowalczyk')
  await signIn(browser, 'Iva Petrova')
  await goTo(browser, `media/${debate}`)
  await page.getByRole('link', { name: 'Who may do what here?' }).click()
  const grid = page.getByRole('grid', { name: 'Rights on Open lecture, live: Energy after coal' })
  await becomes(() => grid.locator('tbody .name').allTextContents(), ['Iva Petrova'], 'who does not manage a media asks about herself')
  is(await grid.locator('.cell.yes').evaluateAll(cells => cells.map(cell => cell.dataset.action)), ['view'], 'a viewer may view it')
  await page.getByRole('button', { name: 'Iva Petrova: edit, no. Why?' }).click()
  await dialog.locator('.reasons li').first().waitFor()
  is(
    await dialog.locator('.reasons li').evaluateAll(items => items.map(item => item.querySelector('.grow').firstChild.textContent)),
    as('iva.petrova', `SELECT reason FROM kroles_explain(${userId('iva.petrova')}, 'edit', 'media', ${debate})`),
    'and reads why no more'
  )
  await page.keyboard.press('Escape')
  await page.goto(`${browser.address}#/why/media/${idOf('media', 'lecture-plan')}`)
  await page.getByRole('alert').waitFor()
  ok(/42704/.test(await page.getByRole('alert').textContent()), 'of hidden media nothing')
  await signOut(page, 'Iva Petrova')
  await signIn(browser, 'Anna Kowalczyk')
})

await step(page, 'see as', async () => {
  await nav('See as').click()
  const side = async name =>
    page
      .getByRole('region', { name: `As ${name}` })
      .locator('li .grow')
      .allTextContents()
  const lists = async (...people) => Promise.all(people.map(side))
  await page.getByRole('combobox', { name: 'Media of' }).selectOption({ label: 'Algorithms and Data Structures (private)' })
  const space = idOf('spaces', 'algorithms')
  const of = login =>
    as(
      login,
      `SELECT m.name FROM kroles.publications p JOIN kroles.media m ON m.id = p.media_id WHERE p.space_id = ${space} ORDER BY m.name, m.id`
    )
  await becomes(
    () => lists('Anna Kowalczyk', 'Iva Petrova'),
    [of('anna.kowalczyk'), []],
    'the media of a private gallery: all for who owns it, nothing for a stranger'
  )
  await page.getByRole('combobox', { name: 'and as' }).selectOption('amina.yusuf')
  const [hers, his] = [of('anna.kowalczyk'), of('amina.yusuf')]
  ok(hers.length > his.length && his.length > 0, 'control: a student sees some of it')
  await becomes(() => lists('Anna Kowalczyk', 'Amina Yusuf'), [hers, his], 'the same list as two people is what each sees')
  is(await page.getByText('Only here').count(), hers.length - his.length, 'what only one of them sees is marked')
  const tops = await page
    .locator('.seen')
    .evaluateAll(lists =>
      lists.map(list =>
        Object.fromEntries(
          [...list.querySelectorAll('li:not(.gap)')].map(line => [line.querySelector('.grow').textContent, line.offsetTop])
        )
      )
    )
  is(
    his.filter(name => tops[0][name] !== tops[1][name]),
    [],
    'and what both see stands side by side'
  )
  await page.getByRole('combobox', { name: 'Media of' }).selectOption({ label: 'All media' })
  await becomes(
    async () => (await side('Anna Kowalczyk')).length,
    Number(as('anna.kowalczyk', 'SELECT count(*) FROM kroles.media')[0]),
    'all media'
  )
  await picture(page, 'see-as')
  await page.getByRole('combobox', { name: 'As', exact: true }).selectOption({ label: 'Not signed in' })
  await becomes(
    async () => (await lists('Not signed in', 'Amina Yusuf')).map(list => list.length),
    ['', 'amina.yusuf'].map(login => Number(as(login, 'SELECT count(*) FROM kroles.media')[0])),
    'also as nobody'
  )
})

await step(page, 'health', async () => {
  await nav('Health').click()
  await page.getByRole('alert').waitFor()
  ok(/42501/.test(await page.getByRole('alert').textContent()), 'who is no administrator is told so by the database')
  await signOut(page, 'Anna Kowalczyk')
  await signIn(browser, 'Ingrid Solberg')
  psql('CREATE ROLE console_careless LOGIN BYPASSRLS')
  psql('GRANT TRUNCATE ON kroles.media TO console_careless')
  try {
    await nav('Health').click()
    await page.locator('.findings li').first().waitFor()
    const found = psql('SELECT severity, subject, finding FROM kroles_doctor()')
    is(
      await page
        .locator('.findings li > p:first-child')
        .evaluateAll(lines => lines.map(line => [...line.children].map(part => part.textContent).join('|'))),
      found,
      'each finding of kroles_doctor() is shown'
    )
    ok(
      found.some(line => line.startsWith('danger')) && found.some(line => line.startsWith('warning|console_careless|')),
      'control: there are some, of more than one kind'
    )
    is(
      await page.locator('.tile.danger strong').textContent(),
      String(found.filter(line => line.startsWith('danger')).length),
      'and counted'
    )
    await picture(page, 'health')
  } finally {
    psql('DROP OWNED BY console_careless')
    psql('DROP ROLE console_careless')
  }
})

await step(page, 'the SQL', async () => {
  await page.goto(`${browser.address}#/media/${debate}/roles`)
  await page.locator('tbody .name').first().waitFor()
  await page.getByText('SQL', { exact: true }).first().click()
  const text = await page.locator('.sql pre').first().textContent()
  // As it is shown, with its values in place of the parameters, it is run again.
  const [, statement, values] = text.match(/kroles_login\(\$1\);.*\n\n([^;]*);\n((?:-- .*\n)+)/)
  const bound = Object.fromEntries([...values.matchAll(/-- (\$\d) = (.*)/g)].map(([, name, value]) => [name, value]))
  const rows = as('ingrid.solberg', `SELECT name FROM (${statement.replace(/\$\d/g, name => bound[name])}) q`)
  is(rows, await page.locator('tbody .name').allTextContents(), 'what the list shows of its SQL gives the list')
})

await step(page, 'pictures', async () => {
  await signOut(page, 'Ingrid Solberg')
  await signIn(browser, 'Marcus Adeyemi')
  psql(`INSERT INTO kroles.media_collaborators (media_id, user_id, group_id, permission)
    SELECT ${debate}, id, NULL::bigint, p::kroles.collaborator_permission
    FROM kroles.users, unnest('{editor,viewer}'::text[]) p WHERE login = 'hye-jin.park'
    UNION ALL SELECT ${debate}, NULL, id, 'viewer' FROM kroles.groups WHERE name = 'Student union'`)
  await page.goto(`${browser.address}#/media/${debate}/roles`)
  await page.getByRole('button', { name: 'Actions for Kwame Boateng' }).click()
  ok(await page.getByRole('menu', { name: 'Actions for Kwame Boateng' }).isVisible(), 'the list with an open menu')
  await picture(page, 'roles')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Actions for Rajiv Menon' }).click()
  await page.getByRole('menuitem', { name: 'Manage speakers' }).click()
  await dialog.locator('.speakers li').first().waitFor()
  await page.emulateMedia({ colorScheme: 'dark' })
  await picture(page, 'speakers-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.keyboard.press('Escape')
})

await step(page, 'small screens', async () => {
  await page.setViewportSize({ width: 400, height: 800 })
  for (const view of ['media', `media/${debate}`, `media/${debate}/details`, `media/${debate}/roles`, 'why', 'see', 'preview', 'health']) {
    await goTo(browser, view)
    await becomes(() => overflows(page), false, `${view}: nothing is wider than 400 pixels`)
    if (view.endsWith('roles')) await picture(page, 'small-roles')
  }
})

await step(page, 'words', async () => {
  for (const view of [
    'media',
    `media/${debate}`,
    `media/${debate}/details`,
    `media/${debate}/roles`,
    `why/media/${debate}`,
    'see',
    'preview',
    'health',
  ]) {
    await goTo(browser, view)
    ok(!/\b(null|undefined|NaN|\[object)\b/.test(await page.locator('body').innerText()), `${view} shows no value that is none`)
  }
})

is(problems, [], 'the browser found nothing wrong')
await browser.stop()
done()
