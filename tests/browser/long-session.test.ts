import { expect, vi } from 'vitest'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'
import { addLongSession, questionAt } from './session-rows.ts'

/** A session of ten thousand messages is drawn, scrolled and searched like one of ten. */

// many turns each, also on a machine that is busy
vi.setConfig({ testTimeout: 120_000 })

const TURNS = 5_000
const LAST = TURNS - 1

async function openLong(screen: Screen): Promise<ChatPage> {
  const sessionId = await addLongSession(screen.conch, TURNS)
  const page = await screen.person()
  await page.page.goto(`${screen.conch.url}/s/${sessionId}`)
  await page.questions.getByText(questionAt(LAST)).waitFor()
  return page
}

function nodeCount({ page }: ChatPage): Promise<number> {
  return page.evaluate(() => document.querySelectorAll('*').length)
}

function distanceToEnd({ page }: ChatPage): Promise<number> {
  return page.getByRole('log').evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop)
}

/** The turn of the first question that stands in the page. */
async function firstTurn(page: ChatPage): Promise<number> {
  const text = await page.questions.first().innerText()
  return Number(/\d+/.exec(text)?.[0])
}

test('ten thousand messages open at the end, with one page fetched and few nodes', async ({ screen }) => {
  const pages: string[] = []
  const sessionId = await addLongSession(screen.conch, TURNS)
  const page = await screen.person()
  page.page.on('request', (request) => {
    if (request.url().includes('/transcript?')) pages.push(request.url())
  })
  await page.page.goto(`${screen.conch.url}/s/${sessionId}`)
  await page.questions.getByText(questionAt(LAST)).waitFor()
  await expect.poll(() => distanceToEnd(page)).toBeLessThan(2)
  expect(pages).toHaveLength(1)
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  expect(screen.complaints).toEqual([])
})

test('earlier pages come as one scrolls up, and what is read stays where it is', async ({ screen }) => {
  const page = await openLong(screen)
  const log = page.page.getByRole('log')
  await log.hover()
  // past the first page of fifty turns, and on
  await expect
    .poll(
      async () => {
        await page.page.mouse.wheel(0, -1_500)
        return await firstTurn(page)
      },
      { timeout: 60_000 },
    )
    .toBeLessThan(LAST - 120)
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  await page.page.getByRole('button', { name: 'Jump to latest' }).click()
  await page.questions.getByText(questionAt(LAST), { exact: true }).waitFor()
  await expect.poll(() => distanceToEnd(page)).toBeLessThan(2)
})

test('the message that the address names is shown, also where the page before it comes meanwhile', async ({
  screen,
}) => {
  const sessionId = await addLongSession(screen.conch, 200)
  const { messages } = await screen.conch.ownerClient().transcript(sessionId)
  const wanted = messages[2] // near the top of the first page, so that the one before is fetched at once
  const page = await screen.person()
  await page.page.goto(`${screen.conch.url}/s/${sessionId}?message=${wanted?.message_id}`)
  const shown = page.page.locator('[data-message-id].came-for')
  await expect.poll(() => shown.count()).toBe(1)
  expect(await shown.innerText()).toContain(wanted?.content)
})

test('Ctrl+F finds what the page does not hold, and shows it', async ({ screen }) => {
  const page = await openLong(screen)
  await page.page.keyboard.press('Control+f')
  const box = page.page.getByRole('textbox', { name: 'Find in this session' })
  await box.fill(questionAt(17))
  const found = page.questions.getByText(questionAt(17), { exact: true })
  await found.waitFor()
  await page.page.getByText('1 of 1', { exact: true }).waitFor()
  await expect.poll(() => found.isVisible()).toBe(true)
  await expect.poll(() => page.page.evaluate(() => CSS.highlights.get('found-current')?.size ?? 0)).toBe(1)
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  await box.press('Escape')
  expect(await page.page.evaluate(() => CSS.highlights.size)).toBe(0)
  expect(await page.composer.evaluate((input) => input === document.activeElement)).toBe(true)
  expect(screen.complaints).toEqual([])
})

test('an answer grows below a reader who has scrolled up, and what they read does not move', async ({ screen }) => {
  const page = await openLong(screen)
  await page.send('go on')
  const question = await screen.conch.model.asked()
  await question.say('The first line.\n\n')
  await page.answers.getByText('The first line.').waitFor()
  await expect.poll(() => distanceToEnd(page)).toBeLessThan(2)
  await page.page.getByRole('log').hover()
  await page.page.mouse.wheel(0, -150)
  await page.page.getByRole('button', { name: 'Jump to latest' }).waitFor()
  await expect.poll(() => distanceToEnd(page)).toBe(150)
  const read = questionAt(await firstTurn(page))
  const place = async () => (await page.questions.getByText(read, { exact: true }).boundingBox())?.y
  const before = await place()
  await question.say(`${'A line more.\n\n'.repeat(60)}The last line.`)
  await expect.poll(() => distanceToEnd(page)).toBeGreaterThan(1_000)
  expect(await place()).toBe(before)
  question.finish()
})

test('what is said so far can be pointed at while more is written below it', async ({ screen }) => {
  const page = await openLong(screen)
  await page.send('go on')
  const question = await screen.conch.model.asked()
  await question.say(`${'A line.\n\n'.repeat(40)}The last line so far.\n\n`)
  await page.answers.getByText('The last line so far.').waitFor()
  const pointedAt = await page.page.getByRole('log').evaluateHandle((log) => {
    const found: boolean[] = []
    const { left, right, top, bottom } = log.getBoundingClientRect()
    log.addEventListener('scroll', () => {
      const element = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      found.push(element?.closest('[data-testid=message-assistant]') != null)
    })
    return found
  })
  for (let line = 0; line < 10; line += 1) {
    await question.say(`Line ${line} more.\n\n`)
    await page.answers.getByText(`Line ${line} more.`).waitFor()
  }
  await expect.poll(() => pointedAt.evaluate((found) => found.length)).toBeGreaterThan(5)
  expect(await pointedAt.evaluate((found) => found.every(Boolean))).toBe(true)
  question.finish()
})
