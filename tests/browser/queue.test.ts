import { expect } from 'vitest'
import { openBusyTabs } from './busy-tabs.ts'
import type { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

/** What people see and do about messages that wait, in several tabs at once. */

/** The messages that wait, once the page shows as many. */
async function waiting(page: ChatPage, count: number): Promise<string[]> {
  await expect.poll(() => page.queued.count()).toBe(count)
  const texts = await page.queued.locator('p').allInnerTexts()
  return texts.map((text) => text.split(' · ')[0] ?? '')
}

test('while this tab’s turn runs the button says Queue, Enter queues, and every tab shows what waits', async ({
  screen,
}) => {
  const { first, second, question } = await openBusyTabs(screen)
  await first.composer.fill('and then this')
  expect(await first.composer.getAttribute('placeholder')).toBe('Queue a follow-up')
  await first.page.getByRole('button', { name: 'Queue', exact: true }).waitFor()
  await first.composer.press('Enter')
  for (const page of [first, second]) expect(await waiting(page, 1)).toEqual(['and then this'])
  expect(await first.composer.inputValue()).toBe('')
  await expect.poll(() => first.page.getByTestId('announcer').innerText()).toBe('Queued, 1 waiting')
  question.finish()
  const next = await screen.conch.model.asked()
  expect(next.message).toBe('and then this')
  for (const page of [first, second]) expect(await waiting(page, 0)).toEqual([])
  await first.button('Stop').waitFor() // it is this tab's own again
  next.finish()
  expect(screen.complaints).toEqual([])
})

test('ui.md §3.5: beside a text, this tab’s turn can be stopped, and stopped for the text, without a key', async ({
  screen,
}) => {
  const { first, question } = await openBusyTabs(screen)
  const line = first.page.getByTestId('turn-line')
  expect(await line.getByRole('button').count()).toBe(0) // the button beside the empty box stops
  await first.composer.fill('this instead')
  await line.getByRole('button', { name: 'Stop and send' }).click()
  const mine = await screen.conch.model.asked()
  expect([mine.message, question.signal.aborted]).toEqual(['this instead', true])
  await mine.say('So be it')
  await first.composer.fill('kept')
  await line.getByRole('button', { name: 'Stop', exact: true }).click()
  await first.answers.getByText('Stopped.').last().waitFor()
  expect([await first.composer.inputValue(), mine.signal.aborted]).toEqual(['kept', true])
})

test('Queue my message is the first choice of the holder card, and sends by itself in its turn', async ({ screen }) => {
  const { first, second, question } = await openBusyTabs(screen)
  await second.send('mine, after yours')
  await second.holderCard.waitFor()
  expect(await second.holderCard.getByRole('button').first().innerText()).toContain('Queue my message')
  await second.page.keyboard.press('1')
  await second.holderCard.waitFor({ state: 'hidden' })
  for (const page of [first, second]) expect(await waiting(page, 1)).toEqual(['mine, after yours'])
  expect(await second.composer.inputValue()).toBe('')
  question.finish()
  const mine = await screen.conch.model.asked()
  expect(mine.message).toBe('mine, after yours')
  mine.finish()
})

test('edit, move, remove and send now, in whichever tab', async ({ screen }) => {
  const { first, second, question } = await openBusyTabs(screen)
  for (const [n, text] of ['one', 'two', 'three'].entries()) {
    await first.send(text)
    await waiting(first, n + 1) // while one is on its way the box sends no other
  }
  expect(await waiting(second, 3)).toEqual(['one', 'two', 'three'])
  await second.queued.nth(2).getByRole('button', { name: 'Move up' }).click()
  await expect.poll(async () => await waiting(first, 3)).toEqual(['one', 'three', 'two'])
  await first.queued.nth(0).getByRole('button', { name: 'Remove' }).click()
  expect(await waiting(second, 2)).toEqual(['three', 'two'])

  await first.composer.press('ArrowUp') // edits the last one
  const editor = first.page.getByRole('textbox', { name: 'Queued message' })
  await editor.fill('two, in other words')
  await editor.press('Enter')
  await expect.poll(async () => await waiting(second, 2)).toEqual(['three', 'two, in other words'])

  await second.queued.nth(1).getByRole('button', { name: 'Send now' }).click()
  const now = await screen.conch.model.asked()
  expect([now.message, question.signal.aborted]).toEqual(['two, in other words', true])
  expect(await waiting(first, 1)).toEqual(['three'])
  now.finish()
  const last = await screen.conch.model.asked()
  expect(last.message).toBe('three')
  last.finish()
})

test('Stop only stops: what waits is paused and says why; Resume goes on, Clear removes', async ({ screen }) => {
  const { first, second } = await openBusyTabs(screen)
  await first.send('held back')
  expect(await waiting(second, 1)).toEqual(['held back'])
  await first.composer.press('Escape')
  await second.page.getByTestId('queue').getByText('Paused: the last answer was stopped').waitFor()
  expect(screen.conch.model.untaken).toBe(0)
  await second.button('Resume').click()
  const next = await screen.conch.model.asked()
  expect(next.message).toBe('held back')
  await first.button('Stop').waitFor()
  await first.send('not to be said')
  expect(await waiting(second, 1)).toEqual(['not to be said'])
  next.fail('the model has had enough')
  await first.page.getByTestId('queue').getByText('Paused: the last answer failed').waitFor()
  await first.button('Clear').click()
  expect(await waiting(second, 0)).toEqual([])
})

test('ui.md §3.3 rule 1: a message that waits is still being edited after a reload', async ({ screen }) => {
  const { first, second, question } = await openBusyTabs(screen)
  await first.send('as it was')
  await waiting(first, 1)
  await first.composer.press('ArrowUp')
  const editor = first.page.getByRole('textbox', { name: 'Queued message' })
  await editor.fill('as it should be')
  await first.kept('as it should be')
  await first.composer.fill('the next one')
  await first.kept('the next one')
  await first.page.reload()
  await editor.waitFor()
  expect(await editor.inputValue()).toBe('as it should be')
  await first.page.keyboard.type('!') // the keyboard stays with the box, in which there are words
  expect(await first.composer.inputValue()).toContain('!')
  await editor.press('Enter')
  await expect.poll(() => waiting(second, 1)).toEqual(['as it should be'])
  await first.page.reload()
  expect(await waiting(first, 1)).toEqual(['as it should be'])
  expect(await editor.count()).toBe(0)
  question.finish()
  const next = await screen.conch.model.asked()
  expect(next.message).toBe('as it should be')
  next.finish()
})

test('ui.md §3.3 rule 1: an edit that was left is gone back to; that of another message puts its words into the box', async ({
  screen,
}) => {
  const { first, question } = await openBusyTabs(screen)
  for (const [n, text] of ['one', 'two'].entries()) {
    await first.send(text)
    await waiting(first, n + 1)
  }
  await first.queued.nth(0).getByRole('button', { name: 'Edit' }).click()
  const editor = first.page.getByRole('textbox', { name: 'Queued message' })
  await editor.fill('one, in other')
  await first.composer.click()
  await first.composer.press('ArrowUp')
  await first.page.keyboard.type(' words')
  expect(await editor.inputValue()).toBe('one, in other words')
  await first.queued.getByRole('button', { name: 'Edit' }).click()
  await expect.poll(() => editor.inputValue()).toBe('two')
  expect(await first.composer.inputValue()).toBe('one, in other words')
  await first.page.keyboard.type('!')
  expect(await editor.inputValue()).toBe('two!')
  question.finish()
})

test('a message that starts while it is edited keeps the new words, in the box', async ({ screen }) => {
  const { first, question } = await openBusyTabs(screen)
  await first.send('as it was')
  await waiting(first, 1)
  await first.composer.press('ArrowUp')
  await first.page.getByRole('textbox', { name: 'Queued message' }).fill('as it should be')
  question.finish()
  const next = await screen.conch.model.asked()
  expect(next.message).toBe('as it was')
  await expect.poll(() => first.composer.inputValue()).toBe('as it should be')
  await first.page.keyboard.type(', and so on') // the keyboard goes on where the words are
  expect(await first.composer.inputValue()).toBe('as it should be, and so on')
  next.finish()
})

test('who works by keyboard has a place on the page after each button above the box, also where the button is gone', async ({
  screen,
}) => {
  const { first } = await openBusyTabs(screen)
  for (const text of ['one', 'two', 'three']) await first.send(text)
  expect(await waiting(first, 3)).toEqual(['one', 'two', 'three'])
  const press = (row: number, name: string) => first.queued.nth(row).getByRole('button', { name }).press('Enter')
  const focused = () => first.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await press(0, 'Move down')
  await expect.poll(() => waiting(first, 3)).toEqual(['two', 'one', 'three'])
  expect(await focused()).toBe('Move down')
  await first.page.keyboard.press('Enter')
  await expect.poll(() => waiting(first, 3)).toEqual(['two', 'three', 'one'])
  expect(await focused()).toBe('Move down') // which can do nothing more
  await press(0, 'Remove')
  await expect.poll(() => waiting(first, 2)).toEqual(['three', 'one'])
  await expect.poll(focused).toBe('Message')
  await first.button('Stop').press('Enter')
  await first.answers.getByText('Stopped.').waitFor()
  await expect.poll(focused).toBe('Message')
  expect(screen.complaints).toEqual([])
})

test('what happens twice is said twice to those who hear the page', async ({ screen }) => {
  const { first } = await openBusyTabs(screen)
  const announcer = first.page.getByTestId('announcer')
  await first.send('and then this')
  await expect.poll(() => announcer.innerText()).toBe('Queued, 1 waiting')
  const said = await announcer.locator('span').elementHandle()
  await first.queued.getByRole('button', { name: 'Remove' }).click()
  expect(await waiting(first, 0)).toEqual([])
  await first.send('or rather this')
  expect(await waiting(first, 1)).toEqual(['or rather this'])
  await expect.poll(() => said?.evaluate((element) => element.isConnected)).toBe(false)
  expect(await announcer.innerText()).toBe('Queued, 1 waiting')
})
