import { expect, vi } from 'vitest'
import { expectAccessible } from './accessible.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'
import { addLongSession, addManySessions, questionAt, sessionTitleAt } from './session-rows.ts'

/** Finding a session again: by what was said, by its pin, by the mark of a new answer, among ten thousand. */

// thousands of rows each, also on a machine that is busy
vi.setConfig({ testTimeout: 120_000 })

async function ask(screen: Screen, page: ChatPage, [text, answer]: readonly [string, string]): Promise<void> {
  await page.send(text)
  const question = await screen.conch.model.asked()
  await question.say(answer)
  question.finish()
  await page.answers.getByText(answer).waitFor()
  await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
}

function box({ page }: ChatPage) {
  return page.getByRole('combobox', { name: 'Search messages, sessions and commands' })
}

function rows({ page }: ChatPage) {
  return page.getByTestId('session-row')
}

function nodeCount({ page }: ChatPage): Promise<number> {
  return page.evaluate(() => document.querySelectorAll('*').length)
}

async function act({ page }: ChatPage, title: string, action: string): Promise<void> {
  await page.getByTestId('session-row').filter({ hasText: title }).hover()
  await page.getByRole('button', { name: `Actions for ${title}` }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

test('what was said is found by Ctrl+K and the keys alone, and opens at its message', async ({ screen }) => {
  await addLongSession(screen.conch, 2_000)
  const page = await screen.person()
  await page.composer.waitFor()
  await page.page.keyboard.press('Control+k')
  await box(page).fill('"place: 1717?')
  const hit = page.page.getByTestId('search-message')
  await hit.waitFor()
  expect(await hit.locator('mark').allInnerTexts()).toEqual(['place', '1717'])
  await box(page).fill('17 place')
  // the last word may go on: only the first is the whole word 17
  await expect.poll(() => hit.allInnerTexts()).toEqual([expect.stringContaining('What is at place 17?')])
  await page.page.keyboard.press('Enter')
  const found = page.questions.getByText(questionAt(17), { exact: true })
  await expect.poll(() => found.isVisible(), { timeout: 30_000 }).toBe(true)
  await expect.poll(() => new URL(page.page.url()).search).toBe('')
  await expect.poll(() => isInSight(page, questionAt(17))).toBe(true)
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  expect(screen.complaints).toEqual([])
})

function isInSight({ page }: ChatPage, text: string): Promise<boolean> {
  return page.getByRole('log').evaluate((log, wanted) => {
    const frame = log.getBoundingClientRect()
    const row = [...log.querySelectorAll('[data-message-id]')].find((one) => one.textContent?.includes(wanted))
    const place = row?.getBoundingClientRect()
    return place !== undefined && place.top >= frame.top - 1 && place.top < frame.bottom
  }, text)
}

test('arrow keys and Enter choose a session by its title; Escape gives the focus back; nothing typed is markup', async ({
  screen,
}) => {
  const page = await screen.person()
  await ask(screen, page, ['<img src=x onerror="document.title=1"> kelp', 'an answer about kelp'])
  await page.button('New session').click()
  await ask(screen, page, ['another thing', 'another answer'])
  await page.composer.focus()
  await page.page.keyboard.press('Control+k')
  await box(page).waitFor()
  await page.page.keyboard.press('Escape')
  await box(page).waitFor({ state: 'detached' })
  await expect.poll(() => page.composer.evaluate((input) => input === document.activeElement)).toBe(true)
  await page.page.keyboard.press('Control+k')
  await box(page).pressSequentially('kelp', { delay: 10 })
  await page.page.getByTestId('search-message').first().waitFor()
  expect(await page.page.getByRole('listbox').locator('img').count()).toBe(0)
  const chosen = page.page.getByRole('option', { selected: true })
  expect(await chosen.getAttribute('data-testid')).toBe('search-session')
  await page.page.keyboard.press('ArrowDown')
  expect(await chosen.getAttribute('data-testid')).toBe('search-message')
  await page.page.keyboard.press('ArrowUp')
  await page.page.keyboard.press('Enter')
  await page.answers.getByText('an answer about kelp').waitFor()
  await page.page.keyboard.press('Control+k')
  await box(page).fill('***')
  await page.page.getByText('Nothing was found').waitFor()
  expect(screen.complaints).toEqual([])
})

test('a pin is at once on top in every tab, and is kept', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['first', 'first answer'])
  await page.button('New session').click()
  await ask(screen, page, ['second', 'second answer'])
  const other = await screen.tab(page)
  await expect.poll(() => rows(other).allInnerTexts()).toEqual(['second', 'first'])
  await act(page, 'first', 'Pin to the top')
  for (const tab of [page, other]) {
    await expect.poll(() => rows(tab).allInnerTexts()).toEqual(['first', 'second'])
    await tab.page.getByRole('heading', { name: 'Pinned' }).waitFor()
  }
  await other.page.reload()
  await expect.poll(() => rows(other).allInnerTexts()).toEqual(['first', 'second'])
  await act(other, 'first', 'Unpin')
  await expect.poll(() => rows(page).allInnerTexts()).toEqual(['second', 'first'])
  expect(screen.complaints).toEqual([])
})

test('an answer that nobody has looked at is marked, also after a reload, until its session is opened', async ({
  screen,
}) => {
  const page = await screen.person()
  await page.send('take your time')
  const question = await screen.conch.model.asked()
  await page.page.getByTestId('session-running').waitFor()
  await page.button('New session').click()
  question.finish()
  const mark = page.page.getByTestId('session-unread')
  await mark.waitFor()
  await page.page.reload()
  await mark.waitFor()
  await rows(page).getByText('take your time').click()
  await mark.waitFor({ state: 'detached' })
  await page.button('New session').click()
  await page.page.getByText('Whoever holds the conch').waitFor()
  expect(await mark.count()).toBe(0)
})

test('ten thousand sessions: few nodes, the keys go through them, and more come as one gets there', async ({
  screen,
}) => {
  addManySessions(screen.conch, 10_000)
  const page = await screen.person()
  await rows(page).getByText(sessionTitleAt(9_999)).waitFor()
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  const focused = () => page.page.evaluate(() => document.activeElement?.textContent ?? '')
  await rows(page).first().getByRole('link').focus()
  await page.page.keyboard.press('ArrowDown')
  await expect.poll(focused).toBe(sessionTitleAt(9_998))
  await page.page.keyboard.press('ArrowUp')
  await expect.poll(focused).toBe(sessionTitleAt(9_999))
  // the end is where the next page begins
  for (let pages = 1; pages <= 3; pages += 1) {
    await expect
      .poll(async () => {
        await page.page.keyboard.press('End')
        await expect.poll(focused).toMatch(/^Session number/)
        return Number(/\d+$/.exec(await focused())?.[0])
      })
      .toBeLessThanOrEqual(10_000 - pages * 200)
  }
  await page.page.keyboard.press('Home')
  await expect.poll(focused).toBe(sessionTitleAt(9_999))
  expect(await nodeCount(page)).toBeLessThanOrEqual(1_500)
  expect(screen.complaints).toEqual([])
})

for (const [name, look] of [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const) {
  test(`axe finds nothing in the search, and nothing is clipped: ${name}`, async ({ screen }) => {
    const page = await screen.person({ ...look, reducedMotion: 'reduce' })
    await ask(screen, page, ['where does kelp grow?', `kelp grows ${'w'.repeat(300)}`])
    await page.page.keyboard.press('Control+k')
    await expectAccessible(page)
    await box(page).fill('kelp')
    await page.page.getByTestId('search-message').first().waitFor()
    await expectAccessible(page)
    expect(screen.complaints).toEqual([])
  })
}
