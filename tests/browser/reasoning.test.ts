import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, Screen } from './chromium.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
})

test('it is said for how long the model has thought, the same after a reload', async () => {
  await using screen = await Screen.open(browser)
  const chat = await screen.person()
  await chat.send('why twice?')
  const question = await screen.conch.model.asked()
  await question.think('The moon, and')
  const reasoning = chat.page.getByTestId('reasoning')
  await reasoning.getByText('Thinking…').waitFor()
  screen.conch.clock.advance(12_000)
  await question.think(' the far side.')
  await question.say('Because of the moon.')
  screen.conch.clock.advance(30_000)
  await question.say(' And inertia.')
  question.finish()
  await reasoning.getByText('Thought for 12 s').waitFor()
  await screen.conch.app.engine.idle(await chat.sessionId())
  await chat.page.reload()
  await reasoning.getByText('Thought for 12 s').waitFor()
  await reasoning.locator('summary').press('Enter')
  await reasoning.getByText('The moon, and the far side.').waitFor()
  expect(screen.complaints).toEqual([])
})
