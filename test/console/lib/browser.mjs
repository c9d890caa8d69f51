// A browser on the console, and what people do in it.
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { part } from './tap.mjs'
import { startServer } from './server.mjs'

const made = new URL('../made/', import.meta.url)

// The server, a browser, and a page of it. problems are what the browser complained of: errors in scripts, and what the page's own
// security policy refused.
export async function start({ width = 1280, height = 860, dark = false } = {}) {
  const { address, stop } = await startServer()
  // (without a sandbox, as containers have none; the browser sees this one page, and is not root)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-dev-shm-usage'],
  })
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10000)
  const problems = []
  page.on('pageerror', error => problems.push(error.message))
  page.on('console', message => {
    // (a refusal of the database has its HTTP status, of which the browser tells)
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text())
  })
  return {
    address,
    page,
    context,
    problems,
    stop: async () => {
      await browser.close()
      await stop()
    },
  }
}

export async function signIn({ page, address }, name) {
  await page.goto(address)
  const choice = page.getByRole('combobox', { name: 'Person' })
  const login = await choice.locator('option', { hasText: `${name}, ` }).getAttribute('value')
  await choice.selectOption(login)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: `User menu of ${name}` }).waitFor()
}

export async function signOut(page, name) {
  await page.getByRole('button', { name: `User menu of ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}

// Goes to a view, and waits until it stands.
export async function goTo({ page, address }, view) {
  await page.goto(`${address}#/${view}`)
  await page.locator(`main[data-view="#/${view}"]`).waitFor()
}

// A part of a test; where it fails, what the page looks like is kept.
export const step = (page, name, work) =>
  part(name, work, failed => {
    mkdirSync(made, { recursive: true })
    return page.screenshot({ path: new URL(`failed-${failed.replace(/\W+/g, '-')}.png`, made).pathname }).catch(() => {})
  })

// A picture for the documents, of the window, or of as much height.
export async function picture(page, name, height) {
  if (!process.env.CONSOLE_PICTURES) return
  mkdirSync(made, { recursive: true })
  const size = page.viewportSize()
  if (height) await page.setViewportSize({ ...size, height })
  await page.mouse.move(2, 400)
  await page.screenshot({ path: new URL(`console-${name}.png`, made).pathname })
  await page.setViewportSize(size)
}

// Whether the page is wider than its window.
export const overflows = page => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
