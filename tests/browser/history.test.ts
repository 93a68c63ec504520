import type { Locator } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/** What can be done with what was said: change it, have it written again, page through versions, branch, delete. */

// many turns each, also on a machine that is busy
vi.setConfig({ testTimeout: 120_000 })

async function ask(screen: Screen, page: ChatPage, [text, answer]: readonly [string, string]): Promise<void> {
  await page.send(text)
  await answerNext(screen, page, answer)
}

async function answerNext(screen: Screen, page: ChatPage, answer: string): Promise<void> {
  const question = await screen.conch.model.asked()
  await question.say(answer)
  question.finish()
  await page.answers.getByText(answer).waitFor()
  await settled(page)
}

async function settled({ page }: ChatPage): Promise<void> {
  await expect.poll(() => page.getByRole('log').getAttribute('aria-busy')).toBe('false')
}

function actions({ page }: ChatPage, name: string) {
  return page.getByRole('log').getByRole('button', { name })
}

async function conversation(page: ChatPage): Promise<readonly string[]> {
  const texts = await page.page
    .getByRole('log')
    .locator('[data-message-id] p, [data-testid=message-user] > div:first-child')
    .allInnerTexts()
  return texts.map((text) => text.trim()).filter((text) => text !== '')
}

test('an answer is written again, and one pages between the two with what followed each', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['one', 'first answer'])
  await ask(screen, page, ['two', 'second answer'])
  await actions(page, 'Write again').first().click()
  await answerNext(screen, page, 'another first answer')
  expect(await conversation(page)).toEqual(['one', 'another first answer'])
  await page.page.getByRole('group', { name: 'Version 2 of 2' }).waitFor()

  const previous = actions(page, 'Previous version')
  await previous.focus()
  await page.page.keyboard.press('Enter')
  await page.answers.getByText('second answer').waitFor()
  expect(await conversation(page)).toEqual(['one', 'first answer', 'two', 'second answer'])
  await page.page.getByRole('group', { name: 'Version 1 of 2' }).waitFor()
  expect(await previous.evaluate((button) => button === document.activeElement)).toBe(true)

  const other = await screen.tab(page)
  await other.answers.getByText('second answer').waitFor()
  await actions(page, 'Next version').click()
  await expect.poll(() => conversation(other)).toEqual(['one', 'another first answer'])
  expect(screen.complaints).toEqual([])
})

test('a message is edited by the keyboard alone; Escape leaves it as it was', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['plan a weke', 'a weke?'])
  const edit = actions(page, 'Edit')
  await edit.focus()
  await expect
    .poll(() => edit.evaluate((button) => getComputedStyle(button.closest('footer') ?? button).opacity))
    .toBe('1')
  await page.page.keyboard.press('Enter')
  const box = page.page.getByRole('textbox', { name: 'Edit your message' })
  await box.fill('something else')
  await box.press('Escape')
  await page.questions.getByText('plan a weke').waitFor()
  expect(await edit.evaluate((button) => button === document.activeElement)).toBe(true)

  await page.page.keyboard.press('Enter')
  await box.fill('plan a week')
  await box.press('Enter')
  await answerNext(screen, page, 'gladly')
  expect(await conversation(page)).toEqual(['plan a week', 'gladly'])
  expect(screen.complaints).toEqual([])
})

test('ui.md §3.3 rule 1: a message is still being edited after a reload, and not after it was sent', async ({
  screen,
}) => {
  const page = await screen.person()
  await ask(screen, page, ['plan a weke', 'a weke?'])
  await ask(screen, page, ['and then?', 'nothing'])
  await actions(page, 'Edit').first().click()
  const box = page.page.getByRole('textbox', { name: 'Edit your message' })
  await box.fill('plan a wee')
  await page.kept('plan a wee')
  await page.page.reload()
  await box.waitFor()
  expect(await box.inputValue()).toBe('plan a wee')
  await box.press('k') // the caret is at the end
  await box.press('Enter')
  await answerNext(screen, page, 'gladly')
  await page.page.reload()
  await page.answers.getByText('gladly').waitFor()
  expect(await conversation(page)).toEqual(['plan a week', 'gladly'])
  expect(await box.count()).toBe(0)
  expect(screen.complaints).toEqual([])
})

test('ui.md §3.3 rule 1: the words of an edit are in the box when its question is asked again', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['plan a weke', 'a weke?'])
  await actions(page, 'Edit').click()
  await page.page.getByRole('textbox', { name: 'Edit your message' }).fill('plan a week')
  await actions(page, 'Write again').click()
  await expect.poll(() => page.composer.inputValue()).toBe('plan a week')
  await answerNext(screen, page, 'what is a weke?')
  expect(await conversation(page)).toEqual(['plan a weke', 'what is a weke?'])
  expect(screen.complaints).toEqual([])
})

test('I4: on a busy session nothing is changed, the text stays, and the other turn can be stopped for it', async ({
  screen,
}) => {
  const page = await screen.person()
  await ask(screen, page, ['one', 'first answer'])
  await page.send('two')
  const running = await screen.conch.model.asked()
  await running.say('half of')
  await page.answers.getByText('half of').waitFor()
  await actions(page, 'Edit').first().click()
  const box = page.page.getByRole('textbox', { name: 'Edit your message' })
  await box.fill('one, but better')
  await box.press('Enter')
  const notice = page.page.getByTestId('change-notice')
  await notice.getByText('Nothing was changed').waitFor()
  expect(await box.inputValue()).toBe('one, but better')
  expect(running.signal.aborted).toBe(false)
  await notice.getByRole('button', { name: 'Stop it and go on' }).click()
  await answerNext(screen, page, 'better')
  expect(running.signal.aborted).toBe(true)
  expect(await conversation(page)).toEqual(['one, but better', 'better'])
  expect(screen.complaints).toEqual([])
})

test('a branch begins with copies up to the message it was made at', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['one', 'first answer'])
  const source = await page.sessionId()
  await ask(screen, page, ['two', 'second answer'])
  await page.answers.first().hover()
  await page.answers.first().getByRole('button', { name: 'More' }).click()
  const item = page.page.getByRole('menuitem', { name: 'Branch from here' })
  expect(await item.innerText()).toContain('A running answer is left out')
  await item.click()
  await expect.poll(() => page.sessionId()).not.toBe(source)
  await expect.poll(() => conversation(page)).toEqual(['one', 'first answer'])
})

test('deleting from a message on asks first, and Enter keeps them', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['one', 'first answer'])
  await ask(screen, page, ['two', 'second answer'])
  const openDialog = async () => {
    await page.questions.last().hover()
    await page.questions.last().getByRole('button', { name: 'More' }).click()
    await page.page.getByRole('menuitem', { name: 'Delete from here' }).click()
    return page.page.getByRole('alertdialog')
  }
  const kept = await openDialog()
  await page.page.keyboard.press('Enter')
  await kept.waitFor({ state: 'detached' })
  const dialog = await openDialog()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect.poll(() => conversation(page)).toEqual(['one', 'first answer'])
})

test('on a phone every action is in sight and large enough for a finger', async ({ screen }) => {
  const page = await screen.person({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
  await page.composer.fill('one') // Enter is a new line here
  await page.button('Send').tap()
  await answerNext(screen, page, 'first answer')
  await actions(page, 'Write again').tap()
  await answerNext(screen, page, 'another one')
  for (const name of ['Copy message', 'Edit', 'Write again', 'More', 'Previous version', 'Next version']) {
    const box = await actions(page, name).first().boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), name).toBeGreaterThanOrEqual(44)
  }
})

test.for([
  { name: 'that fits', lines: 8 },
  { name: 'that is longer than the screen', lines: 60 },
])(
  'on a phone the editor of a message $name is in sight at the end of a conversation, and stays so while it is written in',
  async ({ lines }, { screen }) => {
    const chat = await screen.person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const texts = ['one\ntwo', Array.from({ length: lines }, (_, at) => `line ${at + 1}`).join('\n')]
    for (const text of texts) {
      await chat.composer.fill(text)
      await chat.button('Send').tap()
      await answerNext(screen, chat, `Beside ${text.length} letters there are others`)
    }
    await actions(chat, 'Edit').last().tap()
    const editor = chat.page.getByTestId('message-editor')
    const box = editor.getByRole('textbox')
    await expect.poll(() => outOfSight(editor)).toBe(0)
    expect(await chat.button('Jump to latest').count()).toBe(0)
    // the caret is at the end of its words
    expect(await box.evaluate((input) => input.scrollHeight - input.clientHeight - input.scrollTop)).toBeLessThan(4)
    for (let at = 0; at < 6; at += 1) await box.press('Enter')
    await expect.poll(() => outOfSight(editor)).toBe(0)
    // the keyboard leaves less than the editor needs: its box is what is seen then
    await chat.page.setViewportSize({ width: 390, height: 480 })
    await expect.poll(() => box.evaluate((input) => input.getBoundingClientRect().bottom)).toBeLessThan(480)
    await expect.poll(() => outOfSight(box)).toBe(0)
    expect(await box.evaluate((input) => input === document.activeElement)).toBe(true)
  },
)

/** How many pixels of it lie above or below what the conversation shows. */
function outOfSight(part: Locator): Promise<number> {
  return part.evaluate((element) => {
    const seen = element.closest('[role=log]')?.getBoundingClientRect() ?? new DOMRect()
    const { top, bottom } = element.getBoundingClientRect()
    return Math.max(0, Math.round(seen.top - top)) + Math.max(0, Math.round(bottom - seen.bottom))
  })
}
