// The Roles & permissions tab in a browser, as the help page describes it: each action as a person does it, seen on the page and in the
// database.
import { becomes, done, is, ok } from './lib/tap.mjs'
import { idOf, psql, userId } from './lib/server.mjs'
import { goTo, overflows, signIn, signOut, start, step } from './lib/browser.mjs'

const debate = idOf('media', 'energy-debate') // of Marcus Adeyemi, with two moderators and three speakers
const browser = await start()
const { page, problems } = browser

const row = name => page.getByRole('row').filter({ has: page.locator('.name', { hasText: new RegExp(`^${name}$`) }) })
const names = () => page.locator('tbody .name').allTextContents()
const dialog = page.getByRole('dialog')
const total = () => page.locator('.total strong').textContent()
const menu = async (name, item) => {
  await page.getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}
// Chooses somebody in the open window by typing the beginning of a name.
const choose = async (text, name) => {
  await dialog.getByRole('combobox', { name: 'Select users' }).pressSequentially(text)
  await dialog.getByRole('option', { name }).click()
}
const tick = name => dialog.getByRole('checkbox', { name, exact: true })
const permissions = login =>
  psql(`SELECT permission::text FROM kroles.media_collaborators WHERE media_id = ${debate} AND user_id = ${userId(login)}
  UNION ALL SELECT permission::text FROM kroles.media_moderators WHERE media_id = ${debate} AND user_id = ${userId(login)} ORDER BY 1`)

await step(page, 'the way to the tab', async () => {
  await signIn(browser, 'Marcus Adeyemi')
  await goTo(browser, 'see')
  await page.getByRole('button', { name: 'User menu of Marcus Adeyemi' }).click()
  await page.getByRole('menuitem', { name: 'My Media' }).click()
  await page.getByRole('heading', { name: 'My Media' }).waitFor()
  await menu('Open lecture, live: Energy after coal', 'Edit')
  await page.getByRole('heading', { name: 'Details' }).waitFor()
  is(
    await page.getByRole('navigation', { name: 'Edit media' }).getByRole('link').allTextContents(),
    ['Details', 'Roles & permissions'],
    'the edit page opens on Details, with a navigation at the left'
  )
  await page.getByRole('link', { name: 'Roles & permissions' }).click()
  await page.getByRole('heading', { name: 'Roles & permissions' }).waitFor()
  is(await page.getByRole('button', { name: /save/i }).count(), 0, 'there is no Save button')
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Media' }).click()
  await page.getByRole('link', { name: 'Open lecture, live: Energy after coal' }).click()
  await becomes(
    () => page.getByRole('heading', { level: 1 }).textContent(),
    'Open lecture, live: Energy after coal',
    'the media has a page'
  )
  await menu('Open lecture, live: Energy after coal', 'Edit')
  await page.getByRole('link', { name: 'Roles & permissions' }).click()
  await page.getByRole('heading', { name: 'Roles & permissions' }).waitFor()
  ok(true, 'from which the three dots lead to the edit page, too')
})

await step(page, 'the list', async () => {
  await becomes(
    names,
    ['Marcus Adeyemi', 'Hye-jin Park', 'Kwame Boateng', 'Leila Farahani', 'Rajiv Menon', 'Ruth Feldman'],
    'all users of the media are listed, the owner first'
  )
  is(await total(), '6', 'their number is shown')
  is(await row('Marcus Adeyemi').locator('.badge').allTextContents(), ['Owner', 'You', 'Owner'], 'the owner and oneself are marked')
  is(await row('Kwame Boateng').locator('.avatar').textContent(), 'KB', 'who has no picture has initials')
  is(await row('Kwame Boateng').locator('.permission').textContent(), 'Room moderator', 'permissions are shown')
  is(await row('Kwame Boateng').locator('.identifier').textContent(), 'kwame.boateng@campus.example', 'emails, as the setting says')
  is(
    await page.getByRole('button', { name: 'Actions for Marcus Adeyemi' }).count(),
    0,
    'the owner has no menu: only a transfer ends ownership'
  )
  psql("UPDATE kroles.settings SET show_identifier = 'login'")
  psql(`UPDATE kroles.users SET avatar_url = 'https://pictures.example/k.png' WHERE login = 'kwame.boateng'`)
  await page.route('https://pictures.example/**', route =>
    route.fulfill({
      contentType: 'image/png',
      body: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64'),
    })
  )
  await page.reload()
  await becomes(() => row('Kwame Boateng').locator('.identifier').textContent(), 'kwame.boateng', 'user ids, where the setting is changed')
  is(await page.getByRole('columnheader').allTextContents(), ['User', 'User ID', 'Permissions', 'Actions'], 'and the column says so')
  is(await row('Kwame Boateng').locator('img.avatar').count(), 1, 'who has a picture is shown with it')
  psql("UPDATE kroles.settings SET show_identifier = 'email'")
  psql(`UPDATE kroles.users SET avatar_url = NULL WHERE login = 'kwame.boateng'`)
})

await step(page, 'search and filter', async () => {
  const search = page.getByRole('searchbox', { name: 'Search users' })
  const filter = page.getByRole('combobox', { name: 'Filter by permission' })
  for (const [what, text] of [
    ['a name', 'bOaT'],
    ['an email', 'kwame.boateng@'],
    ['an ID', userId('kwame.boateng')],
  ]) {
    await search.fill(text)
    await becomes(names, ['Kwame Boateng'], `${what} is searched for`)
  }
  ok(/^6 with access, 1 shown/.test(await page.locator('.total').textContent()), 'the total stays that of the media')
  await search.fill('nobody of that name')
  await page.getByText('Nobody matches').waitFor()
  is(await total(), '6', 'also where nobody is found')
  await search.fill('')
  await filter.selectOption('Chat moderator')
  await becomes(names, ['Hye-jin Park'], 'one permission is filtered for')
  await filter.selectOption('Speaker')
  await becomes(names, ['Leila Farahani', 'Rajiv Menon', 'Ruth Feldman'], 'and another')
  await search.fill('ra')
  await becomes(names, ['Leila Farahani', 'Rajiv Menon'], 'search and filter together')
  await search.fill('')
  await filter.selectOption('All permissions')
  await becomes(async () => (await names()).length, 6, 'and all again')
})

await step(page, 'add collaborators', async () => {
  await page.getByRole('button', { name: 'Add users' }).click()
  is(await page.getByRole('menuitem').allTextContents(), ['Collaborators', 'Moderators', 'Speakers'], 'users are added as one of three')
  await page.getByRole('menuitem', { name: 'Collaborators' }).click()
  await dialog.getByRole('heading', { name: 'Add collaborators' }).waitFor()
  is(
    await dialog.getByRole('checkbox').evaluateAll(boxes => boxes.map(box => box.value)),
    ['editor', 'publisher', 'viewer'],
    'the window has the three permissions'
  )
  const add = dialog.getByRole('button', { name: 'Add', exact: true })
  await choose('iva', /Iva Petrova/)
  ok(await add.isDisabled(), 'a user without a permission cannot be added')
  await tick('Viewer').check()
  ok(await add.isEnabled(), 'with one it can')
  await tick('Viewer').uncheck()
  ok(await add.isDisabled(), 'at least one must be chosen')
  await tick('Viewer').check()
  await tick('Publisher').check()
  await dialog.getByRole('combobox').pressSequentially('ben.carter@')
  await dialog.getByRole('option').waitFor()
  await page.keyboard.press('Enter')
  await becomes(() => dialog.locator('.chips li').count(), 2, 'several users are chosen, by the keyboard, too')
  const late = []
  await page.route(/find-users\?search=kwam/, route => late.push(route))
  await dialog.getByRole('combobox').pressSequentially('kwa')
  await dialog.getByRole('option').first().waitFor()
  await dialog.getByRole('combobox').pressSequentially('m')
  await page.keyboard.press('Enter')
  is(await dialog.locator('.chips li').count(), 2, 'Enter chooses nobody from suggestions for less than what is typed')
  await becomes(() => late.length, 1, 'the others are on their way')
  await page.keyboard.press('Tab')
  await late[0].fulfill({ json: { users: { rows: [{ kind: 'user', id: '1', name: 'Kwam' }], sql: {} } } })
  await page.unroute(/find-users/)
  await dialog.getByRole('combobox').fill('')
  is(await dialog.getByRole('option').count(), 0, 'and are not shown when the field was left')
  await choose('student u', /Student union/)
  await add.click()
  await becomes(
    async () => (await names()).filter(name => /Iva|Ben|union/.test(name)),
    ['Ben Carter', 'Iva Petrova', 'Student union'],
    'they are in the list at once'
  )
  is(await total(), '9', 'and counted')
  is(
    [permissions('iva.petrova'), permissions('ben.carter')],
    [
      ['publisher', 'viewer'],
      ['publisher', 'viewer'],
    ],
    'and in the database, with each permission'
  )
  is(await row('Student union').locator('.badge').first().textContent(), 'Group', 'a group is one row')
  await becomes(() => page.getByRole('status').filter({ hasText: 'added' }).count(), 1, 'what was done is said')
})

await step(page, 'add to those who are there', async () => {
  await page.getByRole('button', { name: 'Add users' }).click()
  await page.getByRole('menuitem', { name: 'Collaborators' }).click()
  await choose('hye', /Hye-jin Park/)
  await tick('Editor').check()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await becomes(() => permissions('hye-jin.park'), ['chat_moderator', 'editor'], 'permissions are added to those that a user has')
  const badges = page.getByRole('group', { name: 'Permissions of Hye-jin Park' })
  await becomes(() => badges.locator('.badge').allTextContents(), ['Editor', '+1'], 'the row shows one, and how many more')
  const tip = badges.locator('[role=tooltip]')
  ok(!(await tip.isVisible()), 'the others are hidden')
  await badges.hover()
  is([await tip.isVisible(), await tip.locator('li').allTextContents()], [true, ['Editor', 'Chat moderator']], 'until one hovers')
  await page.mouse.move(1, 1)
  await badges.focus()
  ok(await tip.isVisible(), 'or goes there by the keyboard')
  await page.keyboard.press('Escape')
  ok(!(await tip.isVisible()), 'Escape hides them')
})

await step(page, 'permissions for a time', async () => {
  psql(
    `UPDATE kroles.media_collaborators SET starts_at = '2026-01-01 UTC', expires_at = '2099-04-01 UTC'
     WHERE media_id = ${debate} AND user_id = ${userId('hye-jin.park')}`
  )
  await page.reload()
  const badges = page.getByRole('group', { name: 'Permissions of Hye-jin Park' })
  await badges.hover()
  is(
    await badges.locator('[role=tooltip] li').first().textContent(),
    'Editor, from 1 Jan 2026, 00:00, until 1 Apr 2099, 00:00',
    'say for which'
  )
})

await step(page, 'without chat and rooms', async () => {
  psql('UPDATE kroles.settings SET chat_and_collaboration = false')
  await page.reload()
  await page.getByRole('button', { name: 'Add users' }).click()
  is(await page.getByRole('menuitem').allTextContents(), ['Collaborators', 'Speakers'], 'nobody is added as a moderator')
  psql('UPDATE kroles.settings SET chat_and_collaboration = true')
  await page.reload()
})

await step(page, 'add moderators', async () => {
  await page.getByRole('button', { name: 'Add users' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await dialog.getByRole('heading', { name: 'Add moderators' }).waitFor()
  is(
    await dialog.getByRole('checkbox').evaluateAll(boxes => boxes.map(box => box.value)),
    ['chat_moderator', 'room_moderator'],
    'the window has the two roles; it was opened by the keyboard'
  )
  await choose('iva', /Iva Petrova/)
  await tick('Chat moderator').check()
  await tick('Room moderator').check()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await becomes(() => permissions('iva.petrova'), ['chat_moderator', 'publisher', 'room_moderator', 'viewer'], 'both are added')
})

await step(page, 'an error in the words of the database', async () => {
  await page.getByRole('button', { name: 'Add users' }).click()
  await page.getByRole('menuitem', { name: 'Collaborators' }).click()
  await choose('marcus', /Marcus Adeyemi/)
  await tick('Viewer').check()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  const alert = dialog.getByRole('alert')
  await alert.waitFor()
  const [words] =
    psql(`DO $$ BEGIN INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (${debate}, ${userId('marcus.adeyemi')}, 'viewer');
    EXCEPTION WHEN check_violation THEN PERFORM set_config('kroles_test.words', SQLERRM, false); END $$; SELECT current_setting('kroles_test.words')`)
  ok(
    (await alert.textContent()).toLowerCase().includes(words.toLowerCase()),
    `the window stays, and says: ${words}`,
    await alert.textContent()
  )
  await page.keyboard.press('Escape')
  await becomes(() => dialog.count(), 0, 'Escape closes the window')
  is(await page.evaluate(() => document.activeElement.textContent), 'Add users', 'and the focus is back where it was opened')
})

await step(page, 'edit user permissions', async () => {
  await menu('Iva Petrova', 'Edit user permissions')
  await dialog.getByRole('heading', { name: 'Edit user' }).waitFor()
  is(
    await dialog.getByRole('checkbox').evaluateAll(boxes => boxes.filter(box => box.checked).map(box => box.value)),
    ['publisher', 'viewer', 'chat_moderator', 'room_moderator'],
    'the window shows what the user has'
  )
  const update = dialog.getByRole('button', { name: 'Update' })
  for (const name of ['Publisher', 'Viewer', 'Chat moderator', 'Room moderator']) await tick(name).uncheck()
  ok(await update.isDisabled(), 'at least one permission must be selected')
  await tick('Editor').check()
  await tick('Chat moderator').check()
  await update.click()
  await becomes(() => permissions('iva.petrova'), ['chat_moderator', 'editor'], 'the user has exactly those')
  await becomes(
    () => page.getByRole('group', { name: 'Permissions of Iva Petrova' }).locator('.badge').allTextContents(),
    ['Editor', '+1'],
    'and the list shows them at once'
  )
})

await step(page, 'what somebody else changed meanwhile', async () => {
  await menu('Iva Petrova', 'Edit user permissions')
  await dialog.getByRole('heading', { name: 'Edit user' }).waitFor()
  psql(`INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (${debate}, ${userId('iva.petrova')}, 'publisher')`)
  await tick('Chat moderator').uncheck()
  await dialog.getByRole('button', { name: 'Update' }).click()
  await dialog.getByRole('alert').waitFor()
  ok(/have been changed since/.test(await dialog.getByRole('alert').textContent()), 'is not undone unseen: the window says so')
  is(permissions('iva.petrova'), ['chat_moderator', 'editor', 'publisher'], 'and sets nothing')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await menu('Iva Petrova', 'Edit user permissions')
  ok(await tick('Publisher').isChecked(), 'the list is read again, and the next window shows it')
  await tick('Publisher').uncheck()
  await dialog.getByRole('button', { name: 'Update' }).click()
  await becomes(() => permissions('iva.petrova'), ['chat_moderator', 'editor'], 'in which it can be set')
})

await step(page, 'what a change will do', async () => {
  const kwame = userId('kwame.boateng')
  const rights = `SELECT kind || ': ' || replace(action::text, '_', ' ') AS line
    FROM kroles.rights WHERE kind IN ('media', 'room') AND kroles_can(${kwame}, action::kroles.action, kind::kroles.object_kind, ${debate})`
  const lost = psql(`BEGIN; CREATE TEMP TABLE had AS ${rights};
    DELETE FROM kroles.media_moderators WHERE media_id = ${debate} AND user_id = ${kwame}; SELECT line FROM had EXCEPT (${rights}); ROLLBACK`)
  await menu('Kwame Boateng', 'Remove user')
  await dialog.getByRole('button', { name: 'What will it do?' }).click()
  await dialog.locator('.foreseen li').first().waitFor()
  const [line, ...more] = await dialog.locator('.foreseen li').allTextContents()
  ok(lost.length > 1, 'control: who is no room moderator any more loses rights')
  const [media, room] = line.replace(/^Kwame Boateng loses /, '').split('; in the room: ')
  const told = Object.entries({ media, room }).flatMap(([kind, names]) => names.split(', ').map(name => `${kind}: ${name}`))
  is([told.sort(), more], [lost.sort(), []], 'the window tells which, before it is done')
  is(permissions('kwame.boateng'), ['room_moderator'], 'and nothing is done')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await menu('Iva Petrova', 'Edit user permissions')
  await dialog.getByRole('button', { name: 'What will it do?' }).click()
  await dialog.getByText('Nobody gains or loses anything').waitFor()
  await tick('Viewer').check()
  is(await dialog.locator('.foreseen').count(), 0, 'what was told goes when something else is ticked')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
})

await step(page, 'remove users', async () => {
  await menu('Ben Carter', 'Remove user')
  await dialog.getByText('Remove Ben Carter from this media?').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  is(permissions('ben.carter').length, 2, 'a confirmation is asked for; Cancel removes nothing')
  await menu('Ben Carter', 'Remove user')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await becomes(async () => (await names()).includes('Ben Carter'), false, 'Delete removes the user from the list')
  is(permissions('ben.carter'), [], 'and from the database')
  psql(`INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (${debate}, ${userId('leila.farahani')}, 'viewer')`)
  await menu('Leila Farahani', 'Remove user')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await becomes(async () => (await names()).includes('Leila Farahani'), false, 'a speaker is removed')
  is(
    psql(
      `SELECT u.login, s.position FROM kroles.media_speakers s JOIN kroles.users u ON u.id = s.user_id WHERE media_id = ${debate} ORDER BY position`
    ),
    ['rajiv.menon|1', 'ruth.feldman|2'],
    'from all roles, that of a speaker included, and the others move up'
  )
  await menu('Student union', 'Remove group')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await becomes(async () => (await names()).includes('Student union'), false, 'a group is removed, too')
})

await step(page, 'text that looks like HTML', async () => {
  psql(`INSERT INTO kroles.users (login, name) VALUES ('mallory', '<img src=x onerror=document.title=1>')`)
  psql(`INSERT INTO kroles.media_collaborators (media_id, user_id, permission) VALUES (${debate}, ${userId('mallory')}, 'viewer')`)
  await page.reload()
  await becomes(async () => (await names()).includes('<img src=x onerror=document.title=1>'), true, 'is shown as text')
  is(await page.locator('img[src=x]').count(), 0, 'and is no element')
  psql(`DELETE FROM kroles.users WHERE login = 'mallory'`)
})

await step(page, 'a long list', async () => {
  psql("INSERT INTO kroles.users (login, name) SELECT 'guest' || i, 'Guest ' || to_char(i, 'FM000') FROM generate_series(1, 60) i")
  psql(
    `INSERT INTO kroles.media_collaborators (media_id, user_id, permission) SELECT ${debate}, id, 'viewer' FROM kroles.users WHERE login LIKE 'guest%'`
  )
  await page.reload()
  await becomes(async () => (await names()).length, 50, 'has pages of 50')
  is(await total(), '66', 'the total is that of all')
  await page.getByRole('button', { name: 'Next' }).click()
  await becomes(() => page.locator('.pages span').textContent(), '51 to 66 of 66', 'the next page follows')
  is((await names()).length, 16, 'with the others')
  ok(await page.getByRole('button', { name: 'Next' }).isDisabled(), 'and is the last')
  psql("DELETE FROM kroles.users WHERE login LIKE 'guest%' AND name > 'Guest 045'")
  await menu('Ruth Feldman', 'Remove user')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await becomes(async () => (await names()).length, 50, 'where the last page is gone, the first is shown')
  is(await page.locator('.pages').count(), 0, 'which is all')
  psql(`INSERT INTO kroles.media_speakers (media_id, user_id) VALUES (${debate}, ${userId('ruth.feldman')})`)
  await page.getByRole('searchbox', { name: 'Search users' }).fill('kwame')
  await becomes(names, ['Kwame Boateng'], 'a search begins with the first page again')
  psql("DELETE FROM kroles.users WHERE login LIKE 'guest%'")
})

await step(page, 'the keyboard in a window', async () => {
  await page.reload()
  await page.getByRole('button', { name: 'Actions for Rajiv Menon' }).press('ArrowDown')
  is(
    await page.getByRole('menuitem').allTextContents(),
    ['Edit user permissions', 'Manage speakers', 'Set as media owner', 'Remove user'],
    'the three-dot menu of a speaker'
  )
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  const seen = new Set()
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab')
    seen.add(
      await page.evaluate(() =>
        document.activeElement.closest('dialog') ? 'inside' : document.activeElement === document.body ? 'browser' : 'outside'
      )
    )
  }
  ok(!seen.has('outside'), 'Tab never leaves the window for the page below')
  await page.keyboard.press('Escape')
  await becomes(
    () => page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    'Actions for Rajiv Menon',
    'Escape brings the focus back'
  )
})

await step(page, 'set as media owner', async () => {
  await menu('Kwame Boateng', 'Set as media owner')
  const keep = dialog.getByRole('checkbox', { name: 'Make myself a collaborator' })
  ok(!(await keep.isChecked()), 'keeping access is optional')
  await keep.check()
  await dialog.getByRole('button', { name: 'Transfer ownership' }).click()
  await becomes(() => row('Kwame Boateng').locator('.badge').first().textContent(), 'Owner', 'the list has the new owner')
  is(
    psql(`SELECT u.login FROM kroles.media m JOIN kroles.users u ON u.id = m.owner_id WHERE m.id = ${debate}`),
    ['kwame.boateng'],
    'so has the database'
  )
  is(permissions('marcus.adeyemi'), ['editor', 'publisher', 'viewer'], 'and the former owner is a collaborator')
  await page.getByRole('button', { name: 'Add users' }).click()
  is(await page.getByRole('menuitem').allTextContents(), ['Moderators', 'Speakers'], 'as an editor, he adds no collaborators any more')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Actions for Rajiv Menon' }).click()
  is(
    await page.getByRole('menuitem').allTextContents(),
    ['Edit user permissions', 'Manage speakers', 'Remove user'],
    'and gives the media to nobody'
  )
  await page.keyboard.press('Escape')
})

await step(page, 'removing oneself', async () => {
  await menu('Marcus Adeyemi', 'Remove user')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await becomes(() => permissions('marcus.adeyemi'), [], 'everyone may remove themselves')
  await page.getByRole('alert').waitFor()
  ok(/permission|not exist|42/.test(await page.getByRole('alert').textContent()), 'and the list says that it is not for him any more')
})

await step(page, 'signed in as somebody else in another tab', async () => {
  psql(`UPDATE kroles.media SET owner_id = ${userId('marcus.adeyemi')} WHERE id = ${debate}`)
  await page.reload()
  await row('Rajiv Menon').waitFor()
  const other = await browser.context.newPage()
  await other.goto(browser.address)
  await signOut(other, 'Marcus Adeyemi')
  await signIn({ ...browser, page: other }, 'Ingrid Solberg')
  await other.close()
  await menu('Rajiv Menon', 'Remove user')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  ok(/somebody else has signed in/.test(await page.getByRole('alert').textContent()), 'this one does nothing in their name, and says why')
  is(
    psql(`SELECT count(*) FROM kroles.media_speakers WHERE media_id = ${debate} AND user_id = ${userId('rajiv.menon')}`),
    ['1'],
    'nothing is removed'
  )
  await signOut(await browser.context.newPage().then(async tab => (await tab.goto(browser.address), tab)), 'Ingrid Solberg')
  await page.reload()
  await signIn(browser, 'Marcus Adeyemi')
})

await step(page, 'a small screen', async () => {
  psql(`UPDATE kroles.media SET owner_id = ${userId('marcus.adeyemi')} WHERE id = ${debate}`)
  await page.setViewportSize({ width: 400, height: 800 })
  await page.goto(`${browser.address}#/media/${debate}/roles`)
  await page.reload()
  await row('Kwame Boateng')
    .waitFor()
    .catch(() => {})
  await becomes(() => overflows(page), false, 'at 400 pixels nothing is wider than the page')
  await page.getByRole('button', { name: 'Actions for Rajiv Menon' }).click()
  const box = await page.getByRole('menu', { name: 'Actions for Rajiv Menon' }).boundingBox()
  ok(box.x >= 0 && box.x + box.width <= 400, 'the menu is on the screen')
  await page.getByRole('menuitem', { name: 'Edit user permissions' }).click()
  const window = await dialog.boundingBox()
  ok(window.x >= 0 && window.x + window.width <= 400, 'so is a window')
  await page.keyboard.press('Escape')
})

await step(page, 'a session that is ended', async () => {
  psql(`UPDATE kroles.users SET tokens_valid_after = now() + interval '1 minute' WHERE login = 'marcus.adeyemi'`)
  await page.getByRole('combobox', { name: 'Filter by permission' }).selectOption('Speaker')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  ok(
    /The token is not valid/.test(await page.getByRole('alert').textContent()),
    "the page asks to sign in again, and says why in the database's words"
  )
})

is(problems, [], 'the browser found nothing wrong: no error in a script, nothing that the security policy refused')
await browser.stop()
done()
