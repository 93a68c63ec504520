import type { Locator, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { expectAccessible } from './accessible.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/** Everything by keys alone, and the keys as a person wants them. No test here uses the mouse. */

vi.setConfig({ testTimeout: 120_000 })

function keysDialog(page: Page) {
  return page.getByRole('dialog', { name: 'Keys' })
}

function searchBox(page: Page) {
  return page.getByRole('combobox', { name: 'Search messages, sessions and commands' })
}

function hasFocus({ composer }: ChatPage): Promise<boolean> {
  return composer.evaluate((input) => input === document.activeElement)
}

/** Moves the focus by Tab alone to the button with this name. */
function tabTo(page: Page, name: string): Promise<void> {
  return tabToElement(page, page.getByRole('button', { name, exact: true }))
}

async function tabToElement(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${wanted}`)
}

/** Opens the keys, and gives the command the chord. */
async function rebind(chat: ChatPage, command: string, chord: string): Promise<void> {
  const { page } = chat
  if (!(await keysDialog(page).isVisible())) await page.keyboard.press('Control+/')
  await keysDialog(page).waitFor()
  await tabTo(page, `Change the keys of “${command}”`)
  await page.keyboard.press('Enter')
  await page.getByText('Press the new keys.').waitFor()
  await page.keyboard.press(chord)
  await page.getByText('Press the new keys.').waitFor({ state: 'detached' })
}

/** The key as Safari tells of it: the composition is over, and only the code says that the input method has it. */
async function confirmWriting(page: Page, key: string): Promise<void> {
  await page.evaluate((name) => {
    const options = { key: name, keyCode: 229, bubbles: true, cancelable: true }
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', options))
  }, key)
}

async function startedPage(screen: Screen): Promise<ChatPage> {
  const chat = await screen.person()
  await expect.poll(() => hasFocus(chat)).toBe(true)
  return chat
}

test('the keys are shown by Ctrl+/ and outside of a box by ?; the first Escape closes them, and the focus is back', async ({
  screen,
}) => {
  const chat = await startedPage(screen)
  const { page } = chat
  await page.keyboard.press('?')
  expect(await chat.composer.inputValue()).toBe('?')
  await page.keyboard.press('Control+/')
  await keysDialog(page).waitFor()
  const text = await keysDialog(page).innerText()
  for (const command of [
    'Search, go to, do',
    'New session',
    'Find in this session',
    'Send, or queue',
    'Stop the answer',
  ])
    expect(text).toContain(command)
  for (const keys of ['Ctrl+K', 'Ctrl+Shift+O', 'Ctrl+F', 'Enter', 'Esc']) expect(text).toContain(keys)
  // also where the tip of a button is open
  await tabTo(page, 'Close')
  await page.getByText('Close', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await expect.poll(() => hasFocus(chat)).toBe(true)

  await page.keyboard.press('Shift+Tab')
  expect(await hasFocus(chat)).toBe(false)
  await page.keyboard.press('?')
  await keysDialog(page).waitFor()
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.keyboard.press('Alt+m')
  expect(await hasFocus(chat)).toBe(true)
  expect(screen.complaints).toEqual([])
})

test('a command is given other keys, by keys; they are kept, and the old ones do nothing any more', async ({
  screen,
}) => {
  const chat = await startedPage(screen)
  const { page } = chat
  await rebind(chat, 'Search, go to, do', 'Control+j')
  await expect.poll(() => page.locator('[data-command=search]').innerText()).toContain('Ctrl+J')
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.reload()
  await expect.poll(() => hasFocus(chat)).toBe(true)
  await page.keyboard.press('Control+k')
  await page.keyboard.press('Control+j')
  await searchBox(page).waitFor()
  await searchBox(page).pressSequentially('show all')
  await expect.poll(() => page.getByRole('option', { selected: true }).innerText()).toContain('Show all keys')
  await page.keyboard.press('Enter')
  await keysDialog(page).waitFor()
  await tabTo(page, 'Reset all')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+j')
  await page.keyboard.press('Control+k')
  await searchBox(page).waitFor()
})

test('keys that belong to another command are told, and taken over only when that is wanted', async ({ screen }) => {
  const chat = await startedPage(screen)
  const { page } = chat
  const settings = page.locator('[data-command=settings]')
  await rebind(chat, 'Settings', 'Control+f')
  expect(await settings.innerText()).toContain('Ctrl+F belongs to “Find in this session”.')
  await tabTo(page, 'Leave it')
  await page.keyboard.press('Enter')
  expect(await settings.innerText()).toContain('Ctrl+,')
  await rebind(chat, 'Settings', 'Control+c')
  expect(await settings.innerText()).toContain('Ctrl+C is needed by the page or the browser.')
  await rebind(chat, 'Settings', 'Control+f')
  await tabTo(page, 'Use them here')
  await page.keyboard.press('Enter')
  expect(await settings.innerText()).toContain('Ctrl+F')
  expect(await page.locator('[data-command=find]').innerText()).toContain('no keys')
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+f')
  await page.getByTestId('settings').waitFor()
})

test('Escape while keys are awaited leaves them as they are, and closes nothing', async ({ screen }) => {
  const chat = await startedPage(screen)
  const { page } = chat
  await page.keyboard.press('Control+/')
  await tabTo(page, 'Change the keys of “Settings”')
  await page.keyboard.press('Enter')
  await page.getByText('Press the new keys.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('Press the new keys.').waitFor({ state: 'detached' })
  expect(await page.locator('[data-command=settings]').innerText()).toContain('Ctrl+,')
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
})

test('behind a dialog the keys of the page do nothing, until it is closed', async ({ screen }) => {
  await screen.conch.ownerClient().createSession('Kept')
  const chat = await startedPage(screen)
  const { page } = chat
  await page.keyboard.press('Control+,')
  await page.getByTestId('settings').waitFor()
  await tabTo(page, 'Delete all sessions…')
  await page.keyboard.press('Enter')
  const question = page.getByRole('alertdialog')
  await question.waitFor()
  const { href } = new URL(page.url())
  for (const keys of ['Control+Shift+O', 'Alt+Shift+ArrowDown', 'Control+k', 'Control+/', '?'])
    await page.keyboard.press(keys)
  expect(page.url()).toBe(href)
  await page.keyboard.press('Escape')
  await question.waitFor({ state: 'detached' })
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.keyboard.press('Control+k')
  await searchBox(page).waitFor()
  await page.keyboard.press('Control+Shift+O')
  expect(page.url()).toBe(href)
  await page.keyboard.press('Escape')
  await searchBox(page).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+Shift+O')
  await page.getByTestId('settings').waitFor({ state: 'detached' })
})

test('the keys of what the drawer has in it do that, and close it', async ({ screen }) => {
  const { page } = await screen.person({ viewport: { width: 390, height: 844 } })
  const drawer = page.getByRole('dialog', { name: 'Sessions' })
  for (const [keys, place] of [
    ['Control+k', searchBox(page)],
    ['Control+,', page.getByTestId('settings')],
  ] as const) {
    await tabTo(page, 'Show sessions')
    await page.keyboard.press('Enter')
    await drawer.waitFor()
    await page.keyboard.press('Alt+m')
    await page.keyboard.press('Control+/')
    await page.keyboard.press(keys)
    await place.waitFor()
    await drawer.waitFor({ state: 'detached' })
    expect(await keysDialog(page).count()).toBe(0)
    await page.keyboard.press('Escape')
    await searchBox(page).waitFor({ state: 'detached' })
  }
})

test('on a phone the keys of a command stand below its name, and the button that changes them beside both', async ({
  screen,
}) => {
  const { page } = await screen.person({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.keyboard.press('Control+/')
  await keysDialog(page).waitFor()
  const rows = await page.locator('[data-command]').evaluateAll((items) =>
    items.map((item) => {
      const rectOf = (part: Element | null) => part?.getBoundingClientRect() ?? new DOMRect()
      const name = rectOf(item.querySelector('span span'))
      const keys = rectOf(item.querySelector('kbd'))
      const button = rectOf(item.lastElementChild)
      const isBeside = button.left > name.right && button.top < keys.bottom && name.top < button.bottom
      const isLow = item.clientHeight <= Math.max(44, name.height + keys.height) + 4
      return { command: item.textContent, isBeside, isLow }
    }),
  )
  expect(rows.filter(({ isBeside, isLow }) => !isBeside || !isLow)).toEqual([])
  expect(rows.length).toBeGreaterThan(8)
})

test('a message is sent by the keys that were chosen; Enter is a new line then', async ({ screen }) => {
  const chat = await startedPage(screen)
  await rebind(chat, 'Send, or queue beside an answer', 'Control+Enter')
  await chat.page.keyboard.press('Escape')
  await expect.poll(() => hasFocus(chat)).toBe(true)
  await chat.page.keyboard.type('one')
  await chat.page.keyboard.press('Enter')
  await chat.page.keyboard.type('two')
  expect(await chat.composer.inputValue()).toBe('one\ntwo')
  await chat.page.keyboard.press('Control+Enter')
  const question = await screen.conch.model.asked()
  expect(question.message).toBe('one\ntwo')
  await question.say('Three')

  // what can be done now is in the search, too
  await chat.answers.getByText('Three').waitFor()
  await chat.page.keyboard.press('Control+k')
  await searchBox(chat.page).pressSequentially('stop the')
  await chat.page.keyboard.press('Enter')
  await chat.answers.getByText('Stopped.').waitFor()
  expect(question.signal.aborted).toBe(true)
})

test('Safari: a key that confirms what an input method writes neither sends, saves, chooses nor closes anything', async ({
  screen,
}) => {
  const chat = await startedPage(screen)
  const { page } = chat
  await page.keyboard.type('こん')
  await confirmWriting(page, 'Enter')
  await page.keyboard.type('にちは')
  await page.keyboard.press('Enter')
  const question = await screen.conch.model.asked()
  expect(question.message).toBe('こんにちは')
  question.finish()
  await chat.questions.getByText('こんにちは').waitFor()
  await chat.button('Send').waitFor()

  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find in this session' }).waitFor()
  await confirmWriting(page, 'Escape')
  expect(await page.getByRole('textbox', { name: 'Find in this session' }).count()).toBe(1)
  await page.keyboard.press('Escape')

  await page.keyboard.press('Control+k')
  await searchBox(page).waitFor()
  for (const key of ['Enter', 'Escape']) await confirmWriting(page, key)
  expect(await searchBox(page).count()).toBe(1)
  await page.keyboard.press('Escape')

  await tabTo(page, 'Edit')
  await page.keyboard.press('Enter')
  const edit = page.getByRole('textbox', { name: 'Edit your message' })
  await edit.waitFor()
  for (const key of ['Enter', 'Escape']) await confirmWriting(page, key)
  expect(await edit.count()).toBe(1)
  await page.keyboard.press('Escape')

  await chat.page.getByRole('button', { name: 'Actions for' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Rename' }).focus()
  await page.keyboard.press('Enter')
  const title = page.getByRole('textbox', { name: 'Title of the session' })
  await title.waitFor()
  for (const key of ['Enter', 'Escape']) await confirmWriting(page, key)
  expect(await title.count()).toBe(1)
})

test('ui.md §3.6: one switch turns the keys off, and their hints; sending stays, and by Tab they are on again', async ({
  screen,
}) => {
  const chat = await startedPage(screen)
  const { page } = chat
  const keysSwitch = page.getByRole('switch', { name: 'Use these keys' })
  await page.keyboard.press('Control+/')
  await keysDialog(page).waitFor()
  await tabToElement(page, keysSwitch)
  await page.keyboard.press('Space')
  expect(await keysSwitch.isChecked()).toBe(false)
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.reload()
  await expect.poll(() => hasFocus(chat)).toBe(true)
  for (const chord of ['Control+/', 'Control+,', 'Alt+Shift+ArrowDown']) await page.keyboard.press(chord)
  await page.keyboard.type('still sent by Enter')
  await page.keyboard.press('Enter')
  expect(await page.getByRole('dialog').count()).toBe(0)
  const question = await screen.conch.model.asked()
  await question.say('Indeed')
  await chat.answers.getByText('Indeed').waitFor()
  expect(await chat.button('Stop').getAttribute('title')).toBe('Stop the answer')
  await page.keyboard.press('Escape')
  question.finish()
  await chat.button('Send').waitFor()
  expect(await chat.answers.getByText('Stopped.').count()).toBe(0)

  await tabTo(page, 'Search')
  await page.keyboard.press('Enter')
  await searchBox(page).pressSequentially('show all')
  await expect.poll(() => page.getByRole('option', { selected: true }).innerText()).toBe('Show all keys')
  await page.keyboard.press('Enter')
  await keysDialog(page).waitFor()
  await tabToElement(page, keysSwitch)
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await keysDialog(page).waitFor({ state: 'detached' })
  await page.keyboard.press('Control+k')
  await searchBox(page).waitFor()
  expect(screen.complaints).toEqual([])
})

test.for([
  { name: 'light and wide', options: { colorScheme: 'light', viewport: { width: 1280, height: 800 } } },
  { name: 'dark on a phone', options: { colorScheme: 'dark', viewport: { width: 360, height: 640 } } },
] as const)('axe finds nothing in the keys: $name', async ({ options }, { screen }) => {
  const { page } = await screen.person({ ...options, reducedMotion: 'reduce' })
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.keyboard.press('Control+/')
  await keysDialog(page).waitFor()
  await expectAccessible({ page })
  await tabTo(page, 'Change the keys of “Settings”')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+f')
  await page.getByText('belongs to “Find').waitFor()
  await expectAccessible({ page })
})
