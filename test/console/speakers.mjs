// The window "Add & manage speakers" in a browser: what is done there, with the mouse and with the keyboard, applies at once.
import { becomes, done, is, ok } from './lib/tap.mjs'
import { idOf, psql } from './lib/server.mjs'
import { signIn, start, step } from './lib/browser.mjs'

const debate = idOf('media', 'energy-debate')
const browser = await start()
const { page, problems } = browser
const dialog = page.getByRole('dialog')
const shown = () => dialog.locator('.speakers .name').allTextContents()
const stored = (columns = 'u.name') =>
  psql(
    `SELECT ${columns} FROM kroles.media_speakers s JOIN kroles.users u ON u.id = s.user_id WHERE media_id = ${debate} ORDER BY position`
  )
const grip = name => dialog.getByRole('button', { name: new RegExp(`^Reorder ${name}`) })
const order = (...names) => [names, names]
const both = async () => [await shown(), stored()]

// Drags a speaker's six dots to the height of another's; with Escape, lets go of it in vain.
async function drag(name, onto, escape = false) {
  await dialog.locator('.speakers[aria-busy=false]').waitFor()
  const from = await grip(name).boundingBox()
  const to = await grip(onto).boundingBox()
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  const down = to.y > from.y
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2 + (down ? 12 : -12), { steps: 12 })
  if (escape) await page.keyboard.press('Escape')
  await page.mouse.up()
}

await step(page, 'the window', async () => {
  await signIn(browser, 'Marcus Adeyemi')
  await page.goto(`${browser.address}#/media/${debate}/roles`)
  await page.getByRole('button', { name: 'Add users' }).click()
  await page.getByRole('menuitem', { name: 'Speakers' }).click()
  await dialog.getByRole('heading', { name: 'Add & manage speakers' }).waitFor()
  await becomes(shown, ['Rajiv Menon', 'Leila Farahani', 'Ruth Feldman'], 'it lists the speakers in their order')
  is(await dialog.getByRole('button', { name: /^(Save|Add|Update)$/ }).count(), 0, 'without a button to apply')
})

await step(page, 'adding', async () => {
  await dialog.getByRole('combobox', { name: 'Select users' }).pressSequentially('anna')
  await dialog.getByRole('option', { name: /Anna Kowalczyk/ }).click()
  await becomes(both, order('Rajiv Menon', 'Leila Farahani', 'Ruth Feldman', 'Anna Kowalczyk'), 'a speaker is added, at the end, at once')
  is(stored('s.type, s.visible').at(-1), 'simple|t', 'as a simple speaker who is shown')
  await dialog.getByRole('combobox', { name: 'Select users' }).pressSequentially('anna')
  await dialog.getByText('Nobody is found').first().waitFor()
  ok(true, 'who speaks already is not suggested again')
  await dialog.getByRole('combobox', { name: 'Select users' }).fill('teaching st')
  await becomes(() => dialog.getByRole('listbox').getByRole('option').count(), 0, 'nor is a group: speakers are people')
  await dialog.getByRole('combobox', { name: 'Select users' }).fill('')
})

await step(page, 'dragging', async () => {
  await drag('Rajiv Menon', 'Ruth Feldman')
  await becomes(both, order('Leila Farahani', 'Ruth Feldman', 'Rajiv Menon', 'Anna Kowalczyk'), 'a speaker is dragged down')
  await drag('Anna Kowalczyk', 'Leila Farahani')
  await becomes(both, order('Anna Kowalczyk', 'Leila Farahani', 'Ruth Feldman', 'Rajiv Menon'), 'and up, to the first position')
  await drag('Anna Kowalczyk', 'Rajiv Menon', true)
  await becomes(both, order('Anna Kowalczyk', 'Leila Farahani', 'Ruth Feldman', 'Rajiv Menon'), 'Escape leaves the order as it was')
  ok(await dialog.isVisible(), 'and the window open')
  const moves = []
  page.on('request', request => request.url().endsWith('/move-speaker') && moves.push(request.url()))
  await grip('Anna Kowalczyk').click()
  await dialog.locator('.speakers[aria-busy=false]').waitFor()
  is(moves, [], 'who is let go of in the same place is not moved')
})

await step(page, 'the keyboard', async () => {
  await grip('Ruth Feldman').focus()
  await page.keyboard.press('ArrowUp')
  await becomes(both, order('Anna Kowalczyk', 'Ruth Feldman', 'Leila Farahani', 'Rajiv Menon'), 'an arrow moves a speaker up')
  is(
    await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    'Reorder Ruth Feldman, position 2 of 4: arrow up or down',
    'the focus stays on the speaker'
  )
  await becomes(() => dialog.getByRole('status').filter({ hasText: 'position 2 of 4' }).count(), 1, 'and the position is said')
  await page.keyboard.press('ArrowDown')
  await becomes(both, order('Anna Kowalczyk', 'Leila Farahani', 'Ruth Feldman', 'Rajiv Menon'), 'another moves it down')
  await grip('Leila Farahani').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await becomes(both, order('Anna Kowalczyk', 'Ruth Feldman', 'Rajiv Menon', 'Leila Farahani'), 'two in quick succession move by two')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await becomes(both, order('Anna Kowalczyk', 'Leila Farahani', 'Ruth Feldman', 'Rajiv Menon'), 'also upwards')
  await grip('Anna Kowalczyk').focus()
  await page.keyboard.press('ArrowUp')
  await becomes(both, order('Anna Kowalczyk', 'Leila Farahani', 'Ruth Feldman', 'Rajiv Menon'), 'nobody is moved beyond the first')
})

await step(page, 'type, eye and x', async () => {
  const type = dialog.getByRole('combobox', { name: 'Type of Anna Kowalczyk' })
  is(await type.evaluate(select => select.selectedOptions[0].text), 'Simple speaker', 'a new speaker is simple')
  await type.selectOption('Advanced speaker')
  await becomes(() => stored('s.type')[0], 'advanced', 'the type is changed')
  const eye = () => dialog.getByRole('button', { name: 'Show Anna Kowalczyk on the event site' })
  is(await eye().getAttribute('aria-pressed'), 'true', 'the eye says that she is shown')
  await eye().click()
  await becomes(() => stored('s.visible')[0], 'f', 'it hides her')
  await becomes(() => eye().getAttribute('aria-pressed'), 'false', 'and says so')
  await eye().click()
  await becomes(() => stored('s.visible')[0], 't', 'and shows her again')
  await dialog.getByRole('button', { name: 'Remove the speaker Leila Farahani' }).click()
  await becomes(both, order('Anna Kowalczyk', 'Ruth Feldman', 'Rajiv Menon'), 'the x removes a speaker')
  is(stored('s.position'), ['1', '2', '3'], 'and the others move up')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await becomes(
    () => page.locator('tbody .name').allTextContents(),
    ['Marcus Adeyemi', 'Anna Kowalczyk', 'Hye-jin Park', 'Kwame Boateng', 'Rajiv Menon', 'Ruth Feldman'],
    'the list behind the window has it all'
  )
})

await step(page, 'many of a name', async () => {
  psql("INSERT INTO kroles.users (login, name) SELECT 'zed' || i, 'Zed ' || i FROM generate_series(1, 9) i")
  psql(`INSERT INTO kroles.media_speakers (media_id, user_id) SELECT ${debate}, id FROM kroles.users WHERE login BETWEEN 'zed1' AND 'zed8'`)
  await page.getByRole('button', { name: 'Add users' }).click()
  await page.getByRole('menuitem', { name: 'Speakers' }).click()
  await becomes(async () => (await shown()).length, 11, 'eight of them speak')
  await dialog.getByRole('combobox', { name: 'Select users' }).fill('zed')
  await becomes(
    () => dialog.getByRole('option').locator('span:nth-child(2)').allTextContents(),
    ['Zed 9'],
    'the ninth, who does not yet, is suggested'
  )
  await dialog.getByRole('button', { name: 'Done' }).click()
  psql("DELETE FROM kroles.users WHERE login LIKE 'zed%'")
})

await step(page, 'an error', async () => {
  await page.getByRole('button', { name: 'Add users' }).click()
  await page.getByRole('menuitem', { name: 'Speakers' }).click()
  await becomes(async () => (await shown()).length, 3, 'the window is open')
  psql(
    `DELETE FROM kroles.media_speakers WHERE media_id = ${debate} AND user_id = (SELECT id FROM kroles.users WHERE login = 'ruth.feldman')`
  )
  await dialog.getByRole('button', { name: 'Remove the speaker Ruth Feldman' }).click()
  await dialog.getByRole('alert').waitFor()
  ok(/not there any more/.test(await dialog.getByRole('alert').textContent()), 'what somebody else did meanwhile is said')
  await becomes(shown, ['Anna Kowalczyk', 'Rajiv Menon'], 'and the list is as it is now')
})

is(problems, [], 'the browser found nothing wrong')
await browser.stop()
done()
