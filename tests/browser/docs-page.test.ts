import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { ConchApp } from '../conch-app.ts'
import { test as browserTest } from './screen-test.ts'

/** Opens the page of the routes at `hash`; what the page says or asks for elsewhere is a complaint. */
const test = browserTest
  .extend('complaints', (): string[] => [])
  .extend('openDocs', async ({ browser, complaints }, { onCleanup }) => {
    const conch = await ConchApp.start()
    const contexts: BrowserContext[] = []
    onCleanup(async () => {
      for (const context of contexts) await context.close()
      await conch[Symbol.asyncDispose]()
    })
    return async (hash: string, options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      contexts.push(context)
      const page = await context.newPage()
      page.on('console', (message) => complaints.push(message.text()))
      page.on('request', (request) => request.url().startsWith(conch.url) || complaints.push(request.url()))
      await page.goto(`${conch.url}/api/docs${hash}`)
      return page
    }
  })

test.for(['light', 'dark'] as const)(
  'S6: the page is styled in %s under its own policy, and readable for all',
  { timeout: 120_000 },
  async (colorScheme, { complaints, openDocs }) => {
    const page = await openDocs('#post_sessions_id_turns', { colorScheme })
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 28)')
    // what is closed is drawn like what is open, and looking at all of it takes long
    const { violations } = await new AxeBuilder({ page }).exclude('.route:not([open])').analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    expect(complaints).toEqual([])
  },
)

test('a link to a route, an error or a schema opens it, and the index leads to every route', async ({ openDocs }) => {
  const page = await openDocs('#post_sessions_id_turns')
  const example = page.getByText('curl -sS -X POST "$CONCH/api/sessions/$ID/turns"')
  await example.waitFor({ state: 'visible' })
  expect(await page.getByText('curl -sS "$CONCH/api/turns/$ID"').isVisible()).toBe(false)
  await page.getByRole('navigation', { name: 'Routes' }).getByRole('link', { name: 'Read a turn', exact: true }).click()
  await page.getByText('curl -sS "$CONCH/api/turns/$ID"').waitFor({ state: 'visible' })
  await page.locator('#post_sessions_id_turns').getByRole('link', { name: 'NotFound', exact: true }).click()
  await page.locator('#error-NotFound').waitFor({ state: 'visible' })
})

test('on a phone nothing has to be moved sideways', async ({ openDocs }) => {
  const page = await openDocs('#post_sessions_id_turns', { viewport: { width: 360, height: 740 } })
  for (const route of await page.locator('details.route').all())
    await route.evaluate((one) => one.setAttribute('open', ''))
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
})
