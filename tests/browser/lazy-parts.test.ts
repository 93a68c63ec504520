import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { test } from './screen-test.ts'

vi.setConfig({ testTimeout: 120_000 })

/** As long as the returned function is not called, the server does not give out scripts with this name. */
async function withhold(page: Page, name: string): Promise<() => Promise<void>> {
  const scripts = `**/assets/${name}-*.js`
  await page.route(scripts, (route) => route.abort())
  return () => page.unroute(scripts)
}

test('a screen whose code does not come says so, and comes when it is tried again', async ({ screen }) => {
  const { page } = await screen.person()
  const giveOut = await withhold(page, 'settings-screen')
  await page.getByRole('button', { name: 'Settings' }).click()
  const failure = page.getByRole('alert')
  await failure.getByText('This part could not be fetched').waitFor()
  await expectAccessible({ page })

  const refused = page.waitForEvent('requestfailed')
  await failure.getByRole('button', { name: 'Try again' }).click()
  await refused
  await failure.getByText('This part could not be fetched').waitFor()
  await giveOut()
  await failure.getByRole('button', { name: 'Try again' }).click()
  await page.getByTestId('settings').waitFor()
  expect(await failure.count()).toBe(0)
})

test('a dialog whose code does not come says so, and Escape leaves it', async ({ screen }) => {
  const { page } = await screen.person()
  const giveOut = await withhold(page, 'search-dialog')
  await page.reload()
  await page.getByRole('button', { name: 'Search' }).waitFor()
  await page.keyboard.press('Control+k')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('This part could not be fetched').first().waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await giveOut()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
})

test('a conversation whose code does not come can still be written in, and is whole when it comes', async ({
  screen,
}) => {
  const owner = screen.conch.ownerClient()
  const session = await owner.createSession('Tides')
  await owner.start(session, 'why twice?')
  const question = await screen.conch.model.asked()
  await question.say('**The moon.**')
  question.finish()
  await screen.conch.app.engine.idle(session)

  const chat = await screen.person()
  const giveOut = await withhold(chat.page, 'transcript')
  await chat.page.goto(`${screen.conch.url}/s/${session}`)
  await chat.page.getByRole('alert').getByText('This part could not be fetched').waitFor()
  await chat.composer.fill('and the sun?')
  await giveOut()
  await chat.button('Try again').click()
  await chat.answers.getByText('The moon.').waitFor()
  expect(await chat.composer.inputValue()).toBe('and the sun?')
})
