import type { Locator, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/**
 * Twice as large, and on a window of 320 CSS pixels (WCAG 1.4.4, 1.4.10), nothing is cut off and nothing is read by moving it
 * both ways; and all of it also runs from right to left.
 */

vi.setConfig({ testTimeout: 120_000 })

const LONG = 'w'.repeat(120)
const QUESTION = `How long is ${LONG}?`
const ANSWER = [
  `As long as https://example.org/${LONG}, and **${LONG}**.`,
  '- one\n- two\n  - three\n    - four',
  `| a | b | c | d | e | f |\n| - | - | - | - | - | - |\n| ${LONG} | 2 | 3 | 4 | 5 | 6 |`,
  `\`\`\`ts\nconst long = '${LONG}'\n\`\`\``,
  'שלום עולם, this is said in two directions.',
].join('\n\n')

/** What cannot be read or reached without moving the page sideways. */
function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const name = (element: Element) =>
      `${element.tagName} ${element.textContent?.trim().slice(0, 30)} ${element.className}`
    const isSeen = (element: Element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    /** Code, formulas and tables may be wider than the page: they move by themselves. */
    const movesByItself = (element: Element) => element.closest('pre, [data-math], .prose div:has(> table)') !== null
    const isForEarsOnly = (element: Element) => element.closest('.sr-only') !== null
    const elements = [...document.body.querySelectorAll('*')].filter(
      (element) => isSeen(element) && !movesByItself(element) && !isForEarsOnly(element),
    )
    const outside = elements.filter((element) => {
      const { left, right, width: own } = element.getBoundingClientRect()
      return own > 0 && (left < -1 || right > width + 1)
    })
    const clipped = elements.filter((element) => {
      const { overflowX, textOverflow } = getComputedStyle(element)
      const isShort = textOverflow === 'ellipsis' || element.tagName === 'TEXTAREA' || element.tagName === 'INPUT'
      return overflowX !== 'visible' && !isShort && element.scrollWidth > element.clientWidth + 1
    })
    return [
      ...outside.map((element) => `outside: ${name(element)}`),
      ...clipped.map((element) => `clipped: ${name(element)}`),
    ]
  })
}

/** A session with an answer that has everything wide in it, and a turn that runs beside a message that waits. */
async function fillSession(screen: Screen, chat: ChatPage): Promise<void> {
  await chat.send(QUESTION)
  const first = await screen.conch.model.asked()
  await first.think('It depends on the letters.')
  await first.say(ANSWER)
  first.finish()
  await screen.conch.app.engine.idle(await chat.sessionId())
  await chat.button('Write again').first().waitFor()
}

async function walk(screen: Screen, chat: ChatPage, look: (where: string) => Promise<void>): Promise<void> {
  const { page } = chat
  await look('start')
  await fillSession(screen, chat)
  await look('an answer')
  await chat.send(`And ${LONG}?`)
  const second = await screen.conch.model.asked()
  await second.say('It is')
  await chat.send(`Then ${LONG}`)
  await chat.queued.waitFor()
  await look('a message that waits')
  second.finish()
  const third = await screen.conch.model.asked()
  third.finish()
  await screen.conch.app.engine.idle(await chat.sessionId())
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('as long as')
  await page.getByTestId('search-message').first().waitFor()
  await look('search')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Control+/')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await look('keys')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Control+,')
  await page.getByTestId('settings').waitFor()
  await look('settings')
  await page.getByRole('button', { name: 'Delete all sessions…' }).click()
  await page.getByRole('alertdialog').waitFor()
  await look('a question')
}

test.for([
  ['twice as large on a common screen', { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 }],
  ['on 320 by 256 pixels', { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }],
  ['on 320 pixels', { viewport: { width: 320, height: 480 }, deviceScaleFactor: 1 }],
] as const)('nothing is cut off %s', async ([_name, options], { screen }) => {
  const chat = await screen.person({ ...options, reducedMotion: 'reduce' })
  await chat.composer.waitFor()
  await walk(screen, chat, async (where) => {
    expect([where, await cutOff(chat.page)]).toEqual([where, []])
  })
  expect(screen.complaints).toEqual([])
})

/** How many pixels of it are on the screen, and nothing lies over its middle. */
function seenHeight(locator: Locator): Promise<number> {
  return locator.evaluate((element) => {
    const { top, bottom, left, width } = element.getBoundingClientRect()
    const [from, to] = [Math.max(top, 0), Math.min(bottom, innerHeight)]
    const atItsMiddle = document.elementFromPoint(left + width / 2, (from + to) / 2)
    return element.contains(atItsMiddle) ? to - from : 0
  })
}

async function moveTo(locator: Locator): Promise<Locator> {
  await locator.evaluate((element) => element.scrollIntoView({ block: 'nearest' }))
  return locator
}

test('on 320 by 256 pixels (WCAG 1.4.10) an answer is read, a long text written, and a refusal answered', async ({
  screen,
}) => {
  const chat = await screen.person({ viewport: { width: 320, height: 256 }, reducedMotion: 'reduce' })
  const { page } = chat
  await chat.composer.waitFor()
  expect(await seenHeight(await moveTo(page.getByRole('heading', { level: 2 })))).toBeGreaterThan(20)
  await fillSession(screen, chat)
  await expect.poll(() => seenHeight(page.getByRole('log'))).toBeGreaterThan(128)
  await chat.composer.fill('one line\n'.repeat(30))
  await expect.poll(() => seenHeight(chat.button('Send'))).toBeGreaterThan(23)
  expect(await seenHeight(chat.composer)).toBeLessThan(128)
  await chat.composer.fill('')

  const other = await screen.tab(chat)
  await other.send('Who holds it?')
  const asked = await screen.conch.model.asked()
  await asked.say('This one.')
  await chat.answers.getByText('This one.').waitFor()
  await chat.send('And I?')
  await expect.poll(() => seenHeight(chat.holderCard)).toBeGreaterThan(60)
  expect(await seenHeight(chat.composer)).toBeGreaterThan(23)
  await chat.holderCard.getByRole('button', { name: 'Queue my message' }).click()
  await chat.queued.waitFor()
  expect(await seenHeight(await moveTo(page.getByRole('heading', { level: 1 })))).toBeGreaterThan(20)
  asked.finish()
})

/** The page as it is where the words are in a language that runs from right to left: the catalogue's own name of it is enough. */
async function turnAround({ page }: ChatPage): Promise<void> {
  await page.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'script') return route.continue()
    const response = await route.fetch()
    const body = (await response.text()).replace(/language:([`'"])en\1/, "language:'ar'")
    await route.fulfill({ response, body })
  })
  await page.reload()
}

test.for([
  ['wide', { viewport: { width: 1280, height: 800 } }],
  ['on a phone', { viewport: { width: 360, height: 640 } }],
] as const)('from right to left nothing is cut off: %s', async ([_name, options], { screen }) => {
  const chat = await screen.person({ ...options, reducedMotion: 'reduce' })
  await turnAround(chat)
  await chat.composer.waitFor()
  await walk(screen, chat, async (where) => {
    expect([where, await cutOff(chat.page)]).toEqual([where, []])
  })
})

test('from right to left the page is turned around, and each text runs as its own letters do', async ({ screen }) => {
  const chat = await screen.person({ reducedMotion: 'reduce' })
  await turnAround(chat)
  await fillSession(screen, chat)
  const { page } = chat
  expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
    'ar',
    'rtl',
  ])
  const side = await page.locator('aside').first().boundingBox()
  const main = await page.getByRole('main').boundingBox()
  expect(side?.x).toBeGreaterThan(main?.x ?? Number.NaN)

  const directionOf = (text: string) =>
    page
      .getByRole('log')
      .getByText(text)
      .evaluate((element) => {
        const range = document.createRange()
        range.selectNodeContents(element)
        const { left, right } = range.getBoundingClientRect()
        const box = element.getBoundingClientRect()
        return { direction: getComputedStyle(element).direction, startsLeft: left - box.left <= box.right - right }
      })
  expect(await directionOf('How long is')).toMatchObject({ direction: 'ltr' })
  expect(await directionOf('שלום')).toMatchObject({ startsLeft: false })
  expect(await directionOf('As long as')).toMatchObject({ startsLeft: true })
  expect(await page.locator('pre').evaluate((code) => getComputedStyle(code).direction)).toBe('ltr')
  await chat.composer.fill('שלום')
  expect(await chat.composer.evaluate((box) => getComputedStyle(box).direction)).toBe('rtl')
})
