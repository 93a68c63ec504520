import { expect } from 'vitest'
import type { Question } from '../conch-app.ts'
import type { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

/** Everybody who looks at a session sees the same text, whenever they came and however often they reloaded (I2). */

const PIECES = [
  '# Tides\n\nThe moon ',
  'pulls at **the sea',
  '**, and the sea ',
  'follows.\n\n```ts\nconst ',
  'tide = 1\n',
  '```\n\n',
  'That is ',
  'all.',
]

test('I2: two browsers and a program on one session show the same text at all times', async ({ screen }) => {
  const first = await screen.person()
  await first.send('explain the tides')
  const question = await screen.conch.model.asked()
  const session = await first.sessionId()
  const second = await screen.person()
  await second.page.goto(`${screen.conch.url}/s/${session}`)
  await using program = screen.conch.ownerClient().follow(session)
  let text = ''
  for (const piece of PIECES) {
    await question.say(piece)
    text += piece
    await expect.poll(() => program.text).toBe(text)
    await expectSame([first, second])
  }
  question.finish()
  await program.entryOfType('turn.ended')
  await expectSame([first, second])
  expect((await screen.conch.ownerClient().transcript(session)).messages.at(-1)?.content).toBe(text)
  expect(screen.complaints).toEqual([])
})

test('I2: a page refreshed at any moment of the answer shows the same as one that was not', async ({ screen }) => {
  const steady = await screen.person()
  await steady.send('explain the tides')
  const question = await screen.conch.model.asked()
  await steady.sessionId()
  const restless = await screen.tab(steady)
  for (const piece of PIECES) {
    await question.say(piece)
    await restless.page.reload()
    await expectSame([steady, restless])
  }
  question.finish()
  await expect.poll(() => steady.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
  await restless.page.reload()
  await expectSame([steady, restless])
})

test('a page that loses the server says so, keeps the text, and goes on by itself when it is back', async ({
  screen,
}) => {
  const page = await screen.person()
  await page.send('hello')
  const question = await screen.conch.model.asked()
  await question.say('before')
  await page.answers.getByText('before').waitFor()
  await page.composer.fill('a draft')
  await page.page.context().setOffline(true)
  screen.conch.app.server.server.closeAllConnections()
  await page.page
    .getByText(/Reconnecting|not answering/)
    .first()
    .waitFor()
  await question.say(' and after')
  await page.page.context().setOffline(false)
  await page.answers.getByText('before and after').waitFor()
  expect(await page.composer.inputValue()).toBe('a draft')
  question.finish()
})

test('Stop keeps what was written and says so; the next message is answered', async ({ screen }) => {
  const page = await screen.person()
  await page.send('tell me everything')
  const question: Question = await screen.conch.model.asked()
  await question.say('Everything begins')
  await page.answers.getByText('Everything begins').waitFor()
  await page.button('Stop').click()
  await page.answers.getByText('Stopped. What was written is kept.').waitFor()
  expect(question.signal.aborted).toBe(true)
  await page.answers.getByText('Everything begins').waitFor()
  await page.send('go on')
  const next = await screen.conch.model.asked()
  await next.say('with the sea')
  next.finish()
  await page.answers.getByText('with the sea').waitFor()
  expect(screen.complaints).toEqual([])
})

/** The pages come to show the same conversation. */
async function expectSame(pages: readonly ChatPage[]): Promise<void> {
  await expect.poll(async () => new Set(await Promise.all(pages.map((page) => conversation(page)))).size).toBe(1)
}

/** What is said, without the buttons and times that come and go. */
async function conversation(page: ChatPage): Promise<string> {
  const parts = [
    ...(await page.questions.allInnerTexts()),
    ...(await page.answers.locator('p, pre, h1, h2, li').allInnerTexts()),
  ]
  return parts.join('\n')
}
