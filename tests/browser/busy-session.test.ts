import { expect } from 'vitest'
import { openBusyTabs } from './busy-tabs.ts'
import type { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

/** The screen that this product exists for: what a person sees who sends into a session that is answering. */

async function refusedSend(page: ChatPage, text: string): Promise<void> {
  await page.send(text)
  await page.holderCard.waitFor()
}

test('a send into a busy session shows who is speaking; text, caret and selection stay', async ({ screen }) => {
  const { second, question } = await openBusyTabs(screen)
  await second.composer.fill('what about my question?')
  await second.composer.evaluate((element) => {
    if (element instanceof HTMLTextAreaElement) element.setSelectionRange(5, 10)
  })
  await second.composer.press('Enter')
  await second.holderCard.waitFor()

  const card = await second.holderCard.innerText()
  expect(card).toContain('Answering in another tab')
  expect(card).toMatch(/\d:\d\d/)
  expect(await second.composer.inputValue()).toBe('what about my question?')
  const kept = await second.composer.evaluate((element) =>
    element instanceof HTMLTextAreaElement
      ? [element.selectionStart, element.selectionEnd, document.activeElement === element]
      : [],
  )
  expect(kept).toEqual([5, 10, true])
  const screenText = await second.page.locator('body').innerText()
  for (const raw of ['409', 'detail', '{"', 'Error', 'already in progress']) expect(screenText).not.toContain(raw)
  expect(await second.questions.count()).toBe(1) // no bubble before acceptance
  expect(question.signal.aborted).toBe(false)
  expect(screen.complaints).toEqual([])
  question.finish()
})

test('Watch live closes the card, keeps the text and shows the running answer', async ({ screen }) => {
  const { second, question } = await openBusyTabs(screen)
  await refusedSend(second, 'mine')
  await second.button('Watch live').click()
  await second.holderCard.waitFor({ state: 'hidden' })
  expect(await second.composer.inputValue()).toBe('mine')
  await question.say(' and speaking')
  await second.answers.getByText('I am thinking and speaking').waitFor()
  expect(question.signal.aborted).toBe(false)
  question.finish()
})

test('Stop and send ends the running turn, keeps what it wrote, and asks mine', async ({ screen }) => {
  const { first, second, question } = await openBusyTabs(screen)
  await refusedSend(second, 'mine instead')
  await second.button('Stop and send').click()
  const mine = await screen.conch.model.asked()
  expect(question.signal.aborted).toBe(true)
  expect(mine.message).toBe('mine instead')
  await mine.say('here you are')
  mine.finish()
  for (const page of [first, second]) {
    await page.answers.getByText('here you are').waitFor()
    await page.answers.getByText('I am thinking').waitFor()
    await page.answers.getByText('Stopped. What was written is kept.').waitFor()
  }
  expect(await second.composer.inputValue()).toBe('')
})

test('Branch leaves the running turn alone and asks mine in a session of its own', async ({ screen }) => {
  const { first, second, question } = await openBusyTabs(screen)
  const origin = await first.sessionId()
  await refusedSend(second, 'mine elsewhere')
  await second.button('Branch').click()
  const mine = await screen.conch.model.asked()
  expect(question.signal.aborted).toBe(false)
  await mine.say('from the branch')
  mine.finish()
  await second.answers.getByText('from the branch').waitFor()
  expect(await second.sessionId()).not.toBe(origin)
  expect(await second.said()).not.toContain('I am thinking')
  expect(await first.said()).not.toContain('mine elsewhere')
  question.finish()
})

test('keys: numbers and arrows choose, Esc puts the card away and keeps the text', async ({ screen }) => {
  const { second, question } = await openBusyTabs(screen)
  await refusedSend(second, 'mine')
  await second.page.keyboard.press('Escape')
  await second.holderCard.waitFor({ state: 'hidden' })
  expect(await second.composer.inputValue()).toBe('mine')
  expect(question.signal.aborted).toBe(false)

  await second.page.keyboard.press('Enter')
  await second.holderCard.waitFor()
  await second.page.keyboard.press('3')
  const mine = await screen.conch.model.asked()
  expect(mine.message).toBe('mine')
  mine.finish()
})

test('ui.md §3.6: with the keys off, numbers and arrows belong to the text, and the card speaks of none', async ({
  screen,
}) => {
  const { second, question } = await openBusyTabs(screen)
  await second.page.evaluate(() => localStorage.setItem('conch.keys-off', 'yes'))
  await second.page.reload()
  await second.answers.getByText('I am thinking').waitFor()
  await refusedSend(second, 'mine')
  expect(await second.holderCard.innerText()).not.toMatch(/numbers|\n[1-4]/)
  await second.page.keyboard.press('ArrowLeft')
  await second.page.keyboard.press('3')
  expect(await second.composer.inputValue()).toBe('min3e')
  expect(question.signal.aborted).toBe(false)
  await second.page.keyboard.press('Escape')
  await second.holderCard.waitFor({ state: 'hidden' })
})

test('when the turn ends while the card is open, the card offers to send; nothing is sent by itself', async ({
  screen,
}) => {
  const { second, question } = await openBusyTabs(screen)
  await refusedSend(second, 'mine, when you are done')
  question.finish()
  await second.holderCard.getByText('Ready: send your message').waitFor()
  expect(screen.conch.model.untaken).toBe(0)
  await second.button('Send now').click()
  const mine = await screen.conch.model.asked()
  expect(mine.message).toBe('mine, when you are done')
  mine.finish()
})

test('a turn that a program holds is told as such', async ({ screen }) => {
  const page = await screen.person()
  await page.send('hello')
  ;(await screen.conch.model.asked()).finish()
  const sessionId = await page.sessionId()
  await screen.conch.app.engine.idle(sessionId)
  await screen.conch.ownerClient().send(sessionId, 'from a script')
  const question = await screen.conch.model.asked()
  await refusedSend(page, 'and mine?')
  expect(await page.holderCard.innerText()).toContain('Held by a program')

  // ui.md §3.5: it is stopped for nobody who has not read what that does
  await page.button('Stop and send').click()
  const dialog = page.page.getByRole('alertdialog', { name: 'Stop this answer?' })
  await dialog.getByText('whoever asked for it is told that it was stopped').waitFor()
  await page.page.keyboard.press('Enter') // lets it finish
  await dialog.waitFor({ state: 'detached' })
  expect(question.signal.aborted).toBe(false)
  await page.button('Stop and send').click()
  await dialog.getByRole('button', { name: 'Stop it' }).click()
  const mine = await screen.conch.model.asked()
  expect([mine.message, question.signal.aborted]).toEqual(['and mine?', true])
  mine.finish()
})

test('the card appears at once: within three frames of the refusal', async ({ screen }) => {
  const { second, question } = await openBusyTabs(screen)
  await second.composer.fill('mine')
  const measured = await second.page.evaluate(async () => {
    const frames: number[] = []
    const countFrame = (at: number) => {
      frames.push(at)
      requestAnimationFrame(countFrame)
    }
    requestAnimationFrame(countFrame)
    const shown = new Promise<number>((resolve) => {
      new MutationObserver((_changes, observer) => {
        if (!document.querySelector('[data-testid="holder-card"]')) return
        observer.disconnect()
        resolve(performance.now())
      }).observe(document.body, { childList: true, subtree: true })
    })
    const startedMs = performance.now()
    const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    document.querySelector('textarea')?.dispatchEvent(enter)
    const shownMs = await shown
    const answer = performance.getEntriesByType('resource').findLast(({ name }) => name.endsWith('/turns'))
    const answeredMs = (answer?.startTime ?? 0) + (answer?.duration ?? 0)
    const framesBetween = frames.filter((at) => at > answeredMs && at < shownMs).length
    return { framesBetween, totalMs: shownMs - startedMs }
  })
  process.stdout.write(`the holder card came ${measured.totalMs.toFixed(0)} ms after Enter\n`)
  expect(measured.framesBetween).toBeLessThanOrEqual(3)
  expect(await second.composer.inputValue()).toBe('mine')
  question.finish()
})
