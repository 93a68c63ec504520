import type { Page } from 'playwright-core'
import { describe, expect, vi } from 'vitest'
import { english } from '../../web/words/english/english.ts'
import { german } from '../../web/words/german/german.ts'
import { ConchApp } from '../conch-app.ts'
import { allAt } from '../model-servers/discovery-scenario.ts'
import { findClosedPort } from '../model-servers/scripted-server.ts'
import { expectAccessible } from './accessible.ts'
import { Screen } from './chromium.ts'
import { clippedText, smallTargets } from './drawn-page.ts'
import { SCENES } from './scenes.ts'
import { test } from './screen-test.ts'
import { Stage } from './stage.ts'

vi.setConfig({ testTimeout: 120_000 })

const FINGER_PX = 44

/** In which language the page says that it is, and which way it runs. */
function languageOf(page: Page): Promise<readonly [string, string]> {
  return page.evaluate(() => [document.documentElement.lang, document.documentElement.dir] as const)
}

function textsIn(words: unknown): readonly string[] {
  if (typeof words === 'string') return [words]
  return typeof words === 'object' && words !== null ? Object.values(words).flatMap(textsIn) : []
}

const inGerman = new Set(textsIn(german))
const ENGLISH_ONLY = new Set(textsIn(english).filter((text) => !inGerman.has(text)))

/** What the page shows or tells in English words of ours, outside of what people and models wrote. */
async function leftInEnglish(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate(() => {
    const isOurs = (element: Element | null) =>
      element?.closest('.prose, [lang=en], [data-testid=message-user]') === null
    const found: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (isOurs(node.parentElement)) found.push(node.textContent ?? '')
    for (const element of document.querySelectorAll('*'))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        if (isOurs(element)) found.push(element.getAttribute(name) ?? '')
    return found.map((text) => text.trim())
  })
  return texts.filter((text) => ENGLISH_ONLY.has(text))
}

test('ui.md §3.3 rule 1: the language that is chosen is the whole page’s from the next load on, and what was typed is still there', async ({
  screen,
}) => {
  const chat = await screen.person()
  const { page } = chat
  await chat.composer.fill('half a thought')
  const other = await screen.tab(chat)
  await page.getByRole('button', { name: 'Settings' }).click()
  const choice = page.getByRole('radio', { name: 'Same as the browser (English)' })
  expect(await choice.isChecked()).toBe(true)
  expect(await languageOf(page)).toEqual(['en', 'ltr'])

  await choice.focus()
  await page.keyboard.press('ArrowDown')
  expect(await page.getByRole('button', { name: 'Show in English' }).count()).toBe(0)
  await page.keyboard.press('ArrowDown')
  expect(await page.getByRole('radio', { name: 'Deutsch' }).isChecked()).toBe(true)
  expect(await page.getByText('Deutsch', { exact: true }).getAttribute('lang')).toBe('de')
  await page.getByRole('button', { name: 'Auf Deutsch zeigen' }).click()

  await page.getByRole('heading', { name: 'Aussehen und Sprache' }).waitFor()
  expect(await languageOf(page)).toEqual(['de', 'ltr'])
  expect(await page.title()).toBe('Einstellungen · Conch')
  expect(await leftInEnglish(page)).toEqual([])
  await page.getByRole('button', { name: 'Neues Gespräch' }).click()
  await chat.composer.waitFor()
  expect(await chat.composer.inputValue()).toBe('half a thought')
  expect(await leftInEnglish(page)).toEqual([])

  expect(await languageOf(other.page)).toEqual(['en', 'ltr'])
  await other.page.reload()
  await other.page.getByRole('button', { name: 'Neues Gespräch' }).waitFor()

  await page.getByRole('button', { name: 'Einstellungen' }).click()
  await page.getByRole('radio', { name: 'English', exact: true }).click()
  await page.getByRole('button', { name: 'Show in English' }).click()
  await page.getByRole('heading', { name: 'Appearance and language' }).waitFor()
  expect(await languageOf(page)).toEqual(['en', 'ltr'])
  expect(screen.complaints).toEqual([])
})

test('ui.md §3.3 rule 1: where an address is half typed, the browser asks before the page is loaded in another language', async ({
  browser,
}) => {
  const ports = allAt(await findClosedPort())
  await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
  const { page } = await screen.person()
  await page.goto(`${screen.conch.url}/settings`)
  const address = page.getByRole('textbox', { name: 'Another address' })
  await address.pressSequentially('http://192.168.')
  await page.getByRole('radio', { name: 'Deutsch' }).click()
  const asked = page.waitForEvent('dialog')
  const pressed = page.getByRole('button', { name: 'Auf Deutsch zeigen' }).click()
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await pressed
  expect(await address.inputValue()).toBe('http://192.168.')
})

test('a browser that is set to a language of ours is met in it, and any other in English', async ({ screen }) => {
  const { page } = await screen.person({ locale: 'de-AT' })
  await page.getByRole('heading', { name: 'Wer die Muschel hält, hat das Wort.' }).waitFor()
  expect(await languageOf(page)).toEqual(['de', 'ltr'])
  const { page: elsewhere } = await screen.person({ locale: 'fi-FI' })
  await elsewhere.getByRole('heading', { name: 'Whoever holds the conch may speak.' }).waitFor()
  expect(await languageOf(elsewhere)).toEqual(['en', 'ltr'])
  expect(screen.complaints).toEqual([])
})

test('where the words of a language do not come, the app speaks English and works', async ({ screen }) => {
  const chat = await screen.person({ locale: 'de-DE' })
  await chat.page.route('**/assets/german-*.js', (route) => route.abort())
  await chat.page.reload()
  await chat.page.getByRole('heading', { name: 'Whoever holds the conch may speak.' }).waitFor()
  expect(await languageOf(chat.page)).toEqual(['en', 'ltr'])
  await chat.send('why twice?')
  const question = await screen.conch.model.asked()
  await question.say('The moon.')
  question.finish()
  await chat.answers.getByText('The moon.').waitFor()
})

describe('in German on a phone', () => {
  test.for(Object.entries(SCENES))(
    '%s: nothing is English, nothing is clipped, axe finds nothing',
    async ([_name, play], { browser }) => {
      await using stage = new Stage(browser, 'phone', 'de-DE')
      const { page } = await play(stage)
      expect(await languageOf(page)).toEqual(['de', 'ltr'])
      await expectAccessible({ page })
      expect(await leftInEnglish(page)).toEqual([])
      expect(await clippedText(page)).toEqual([])
      expect(await smallTargets(page, FINGER_PX)).toEqual([])
    },
  )
})
