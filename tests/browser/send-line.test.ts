import type { Route } from 'playwright-core'
import { expect, vi } from 'vitest'
import { expectAccessible } from './accessible.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/** Sending while a send is still under way: nothing is locked, lost or said twice. */

vi.setConfig({ testTimeout: 120_000 })

/** A session with one answer, and its page. */
async function openedSession(screen: Screen): Promise<ChatPage> {
  const chat = await screen.person()
  await chat.send('zero')
  const question = await screen.conch.model.asked()
  await question.say('Naught.')
  question.finish()
  const session = await chat.sessionId()
  await screen.conch.app.engine.idle(session)
  await chat.button('Write again').waitFor()
  return chat
}

/** The next send of the page, on its way for as long as the test wants. */
async function holdSend(chat: ChatPage): Promise<{ readonly taken: Promise<Route> }> {
  const { promise, resolve } = Promise.withResolvers<Route>()
  await chat.page.route('**/turns', (route) => resolve(route), { times: 1 })
  return { taken: promise }
}

test('what is sent while a send is under way waits behind it, is seen to wait, and is sent in order', async ({
  screen,
}) => {
  const chat = await openedSession(screen)
  const held = await holdSend(chat)
  await chat.send('one')
  const send = await held.taken
  await chat.composer.pressSequentially(' two')
  await chat.composer.press('Enter')
  await chat.send('three')
  const waiting = chat.page.getByTestId('waiting-send')
  await expect.poll(() => waiting.allInnerTexts()).toHaveLength(2)
  expect((await waiting.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual(['two', 'three'])
  expect(await chat.composer.inputValue()).toBe('')
  await expect.poll(() => waiting.last().evaluate((ghost) => getComputedStyle(ghost).opacity)).toBe('1')
  await expectAccessible(chat)

  await send.continue()
  for (const words of ['one', 'two', 'three']) {
    const question = await screen.conch.model.asked()
    expect(question.message).toBe(words)
    await question.say(`Answer to ${words}.`)
    question.finish()
  }
  await chat.answers.getByText('Answer to three.').waitFor()
  expect((await chat.questions.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual([
    'zero',
    'one',
    'two',
    'three',
  ])
  expect(await waiting.count()).toBe(0)
  expect(screen.complaints).toEqual([])
})

test('R20: words that wait when the first is refused are in the box again; one whose answer was lost is not said twice', async ({
  screen,
}) => {
  const chat = await openedSession(screen)
  const held = await holdSend(chat)
  await chat.send('one')
  const send = await held.taken
  await chat.composer.pressSequentially(' two')
  await chat.composer.press('Enter')
  // the server has it, and its answer is lost on the way
  await send.fetch()
  await send.abort()
  const question = await screen.conch.model.asked()
  expect(question.message).toBe('one')
  await chat.page.getByText('had arrived after all').waitFor() // as the log tells
  expect(await chat.composer.inputValue()).toBe('two')
  await question.say('Once.')
  question.finish()
  await screen.conch.app.engine.idle(await chat.sessionId())

  await chat.composer.press('Enter')
  const next = await screen.conch.model.asked()
  expect(next.message).toBe('two')
  await next.say('Twice.')
  next.finish()
  await chat.answers.getByText('Twice.').waitFor()
  expect((await chat.questions.allInnerTexts()).map((text) => text.split('\n')[0])).toEqual(['zero', 'one', 'two'])
})

test('what is sent before the session is there is said in it, in order', async ({ screen }) => {
  const chat = await screen.person()
  const { promise, resolve } = Promise.withResolvers<Route>()
  await chat.page.route('**/api/sessions', (route) => resolve(route), { times: 1 })
  await chat.button('New session').click()
  await chat.send('one')
  const creation = await promise
  await chat.composer.pressSequentially(' two')
  await chat.composer.press('Enter')
  await chat.composer.pressSequentially('half a th')
  await chat.page.getByTestId('waiting-send').waitFor()
  await creation.continue()
  for (const words of ['one', 'two']) {
    const question = await screen.conch.model.asked()
    expect(question.message).toBe(words)
    await question.say('Yes.')
    question.finish()
  }
  expect(await chat.composer.inputValue()).toBe('half a th')
})
