// Whether everybody can use the page: names for screen readers, contrast in both colour schemes, and a focus that is seen.
import { done, is, ok } from './lib/tap.mjs'
import { idOf } from './lib/server.mjs'
import { goTo, signIn, start, step } from './lib/browser.mjs'

const debate = idOf('media', 'energy-debate')
const browser = await start()
const { page, problems } = browser

// What is wrong in the page as it stands. (Runs in the browser.)
const faults = () => {
  const found = []
  const top = document.querySelector('dialog[open]') ?? document
  const visible = element => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1
  for (const element of top.querySelectorAll('button, a, summary, [role=menuitem]')) {
    if (visible(element) && !(element.getAttribute('aria-label') || element.textContent.trim()))
      found.push(`no name: ${element.outerHTML.slice(0, 80)}`)
  }
  for (const element of top.querySelectorAll('input, select, textarea')) {
    if (visible(element) && !element.labels?.length && !element.getAttribute('aria-label'))
      found.push(`no label: ${element.outerHTML.slice(0, 80)}`)
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id)
  found.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map(id => `twice: #${id}`))
  for (const element of document.querySelectorAll('[aria-controls], [aria-describedby], [aria-labelledby]')) {
    for (const name of ['aria-controls', 'aria-describedby', 'aria-labelledby']) {
      for (const id of (element.getAttribute(name) ?? '').split(' ').filter(Boolean))
        if (!ids.includes(id)) found.push(`${name} of nothing: ${id}`)
    }
  }
  if (document.querySelectorAll('main h1').length !== 1) found.push('not one h1')

  // Contrast of text, as WCAG 2 counts it: 4.5, or 3 for large text.
  const colour = text => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number)
    return { r, g, b, a }
  }
  const light = ({ r, g, b }) =>
    [r, g, b]
      .map(c => c / 255)
      .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const mix = (over, under) => Object.fromEntries(['r', 'g', 'b'].map(c => [c, over[c] * over.a + under[c] * (1 - over.a)]))
  for (const element of top.querySelectorAll('*')) {
    const text = [...element.childNodes]
      .filter(node => node.nodeType === 3)
      .map(node => node.textContent.trim())
      .join('')
    if (!text || !visible(element) || element.closest(':disabled, svg, option, .aloud, .unseen')) continue
    const style = getComputedStyle(element)
    let under
    for (let holder = element; holder; holder = holder.parentElement) {
      const back = colour(getComputedStyle(holder).backgroundColor)
      if (back.a === 1) {
        under = back
        break
      }
    }
    const [one, other] = [light(mix(colour(style.color), under)), light(under)].sort((a, b) => b - a)
    const ratio = (one + 0.05) / (other + 0.05)
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700)
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 40)}`)
  }
  return [...new Set(found)]
}

async function sound(name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    is(await page.evaluate(faults), [], `${name}, ${colorScheme}`)
  }
}

await step(page, 'the check itself', async () => {
  await page.goto(browser.address)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.evaluate(() => {
    const bad = document.createElement('div')
    bad.id = 'main'
    bad.append(document.createElement('button'), document.createElement('input'), 'pale')
    bad.style.color = '#999'
    document.querySelector('main').append(bad)
  })
  const found = await page.evaluate(faults)
  ok(
    ['no name', 'no label', 'twice: #main', 'contrast'].every(fault => found.some(text => text.startsWith(fault))),
    'it finds what is wrong',
    found
  )
})

await step(page, 'views', async () => {
  await page.goto(browser.address)
  await page.reload()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.getByText('With a token').click()
  await sound('the door')
  await signIn(browser, 'Ingrid Solberg')
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
    await page
      .locator('.sql summary')
      .first()
      .click()
      .catch(() => {})
    await sound(view.replace(/\d+/, 'ID'))
  }
})

await step(page, 'windows and messages', async () => {
  await goTo(browser, `media/${debate}/roles`)
  const dialog = page.getByRole('dialog')
  const open = async (button, item) => {
    await page.getByRole('button', { name: button }).click()
    await sound(`the menu ${button}`)
    await page.getByRole('menuitem', { name: item }).click()
    await dialog.waitFor()
  }
  await open('Add users', 'Collaborators')
  await dialog.getByRole('combobox').pressSequentially('iva')
  await dialog.getByRole('option').first().waitFor()
  await sound('suggestions')
  await page.keyboard.press('Enter')
  await dialog.getByRole('combobox').fill('nobody of that name')
  await dialog.getByText('Nobody is found').first().waitFor()
  await sound('Add collaborators')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await open('Add users', 'Speakers')
  await dialog.locator('.speakers li').first().waitFor()
  await sound('speakers')
  await page.keyboard.press('Escape')
  for (const item of ['Edit user permissions', 'Set as media owner', 'Remove user']) {
    await open('Actions for Kwame Boateng', item)
    await sound(item)
    await page.keyboard.press('Escape')
  }
  await goTo(browser, 'media/999999/roles')
  await page.getByRole('alert').waitFor()
  await sound('an error')
})

await step(page, 'the focus', async () => {
  await goTo(browser, `media/${debate}/roles`)
  await page.reload()
  await page.getByRole('button', { name: 'Actions for Hye-jin Park' }).waitFor()
  const stops = []
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab')
    stops.push(
      await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
        return document.activeElement === document.body
          ? null
          : [
              document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim().slice(0, 30),
              outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
            ]
      })
    )
  }
  const reached = stops.filter(Boolean)
  is(
    reached.filter(([, seen]) => !seen),
    [],
    'wherever the focus goes by Tab, it is seen'
  )
  const names = reached.map(([name]) => name)
  const order = [
    'Skip to the content',
    'Media',
    'User menu of Ingrid Solberg',
    'Roles & permissions',
    'Add users',
    'Actions for Hye-jin Park',
    'SQL',
  ].map(name => names.indexOf(name))
  ok(
    order.every((at, i) => at >= 0 && (i === 0 || at > order[i - 1])),
    'it goes down the page in the order in which one reads',
    names.join('; ')
  )
})

is(problems, [], 'the browser found nothing wrong')
await browser.stop()
done()
