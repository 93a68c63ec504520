import { test as vitestTest } from 'vitest'
import { launchChromium, Screen } from './chromium.ts'

/** Tests before a real browser: one Chromium for all of a file, and for each test that wants one a Conch of its own. */
export const test = vitestTest
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what the fixture needs
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await launchChromium()
    onCleanup(() => browser.close())
    return browser
  })
  .extend('screen', async ({ browser }, { onCleanup }) => {
    const screen = await Screen.open(browser)
    onCleanup(() => screen[Symbol.asyncDispose]())
    return screen
  })
