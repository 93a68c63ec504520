import { expect } from 'vitest'
import type { Question } from '../conch-app.ts'
import { expectAccessible } from './accessible.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'
import { SIZES } from './stage.ts'

/** A person who waits for the first word sees that the model reads, in every tab. */

const READ_IN_A_MOMENT_MS = 250

/** Has the model read on, for long enough to be told of. */
async function read({ conch }: Screen, question: Question, percent: number): Promise<void> {
  await question.read(percent, 100)
  conch.clock.advance(READ_IN_A_MOMENT_MS)
}

function turnLine({ page }: ChatPage) {
  return page.getByTestId('turn-line')
}

function bar({ page }: ChatPage) {
  return page.getByRole('progressbar', { name: 'Reading the conversation' })
}

for (const [size, colorScheme] of [
  ['wide', 'light'],
  ['phone', 'dark'],
] as const) {
  test(`while the model reads, the turn's line says how far it is, and nothing moves for it: ${size}, ${colorScheme}`, async ({
    screen,
  }) => {
    const chat = await screen.person({ ...SIZES[size], colorScheme, reducedMotion: 'reduce' })
    await chat.composer.fill('a long story')
    await chat.button('Send').click()
    const question = await screen.conch.model.asked()
    await turnLine(chat).getByText('Answering').waitFor()
    const place = await chat.composer.boundingBox()
    const lineBefore = await turnLine(chat).boundingBox()

    await read(screen, question, 40)
    await turnLine(chat).getByText('Reading the conversation: 40 %').waitFor()
    await bar(chat).waitFor()
    expect(await bar(chat).evaluate((element: HTMLProgressElement) => [element.value, element.max])).toEqual([40, 100])
    expect([await chat.composer.boundingBox(), await turnLine(chat).boundingBox()]).toEqual([place, lineBefore])
    await expectAccessible(chat)
    await chat.page.reload()
    await turnLine(chat).getByText('Reading the conversation: 40 %').waitFor()

    await question.say('Once upon a time')
    await chat.answers.getByText('Once upon a time').waitFor()
    await turnLine(chat).getByText('Answering').waitFor()
    expect(await bar(chat).count()).toBe(0)
    expect(await chat.composer.boundingBox()).toEqual(place)
    question.finish()
    expect(screen.complaints).toEqual([])
  })
}

test('another tab is told the same, also in the card of a refused send, and those who hear it are not told each percent', async ({
  screen,
}) => {
  const first = await screen.person()
  await first.send('a long story')
  const question = await screen.conch.model.asked()
  await first.sessionId()
  await read(screen, question, 40)
  const second = await screen.tab(first)
  await turnLine(second).getByText('reading: 40 %').waitFor()
  await second.send('and mine?')
  await second.holderCard.getByText('reading: 40 %').waitFor()
  expect(await bar(second).getAttribute('aria-live')).toBe('off')
  await expectAccessible(second)
  const heard = await second.holderCard.ariaSnapshot()
  const card = await second.holderCard.boundingBox()

  await read(screen, question, 70)
  for (const page of [first, second]) await page.page.getByText('70 %').waitFor()
  expect((await second.holderCard.ariaSnapshot()).replace('70', '40')).toBe(heard)
  expect(heard).not.toContain('40 %')
  await question.say('Once')
  await second.holderCard.getByText('step 1').waitFor()
  await expect.poll(async () => [await bar(first).count(), await bar(second).count()]).toEqual([0, 0])
  expect(await second.holderCard.boundingBox()).toEqual(card)
  question.finish()
  expect(screen.complaints).toEqual([])
})

test('a stop takes it away at once, and the next question begins anew', async ({ screen }) => {
  const chat = await screen.person()
  await chat.send('a long story')
  const question = await screen.conch.model.asked()
  await read(screen, question, 40)
  await bar(chat).waitFor()
  await chat.button('Stop').click()
  await bar(chat).waitFor({ state: 'detached' })
  await chat.answers.getByText('Stopped before the first word.').waitFor()
  await chat.send('a shorter one')
  const next = await screen.conch.model.asked()
  await read(screen, next, 7)
  await turnLine(chat).getByText('Reading the conversation: 7 %').waitFor()
  next.finish()
})
