import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { ConchApp } from '../conch-app.ts'
import { allAt, changed, imitationOf } from '../model-servers/discovery-scenario.ts'
import { findClosedPort, startScriptedServer } from '../model-servers/scripted-server.ts'
import { expectAccessible } from './accessible.ts'
import { Screen } from './chromium.ts'
import { test } from './screen-test.ts'

vi.setConfig({ testTimeout: 120_000 })

async function openSettings(screen: Screen): Promise<Page> {
  const { page } = await screen.person()
  await page.goto(`${screen.conch.url}/settings`)
  return page
}

test('all sessions are saved as one file', async ({ screen }) => {
  await screen.conch.ownerClient().createSession('Tides')
  const page = await openSettings(screen)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Save all as a file' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe('conch-sessions.json')
  expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toMatchObject({
    format: 'json',
    sessions: [{ session: { title: 'Tides' } }],
  })
})

test('deleting everything says what will be gone, takes away no answer, and asks again where there is more than was shown', async ({
  screen,
}) => {
  const owner = screen.conch.ownerClient()
  const session = await owner.createSession('Tides')
  const page = await openSettings(screen)
  const ask = page.getByRole('button', { name: 'Delete all sessions…' })
  const dialog = page.getByRole('alertdialog')
  const confirm = dialog.getByRole('button', { name: 'Delete all' })

  await owner.start(session, 'why twice?')
  const question = await screen.conch.model.asked()
  await ask.click()
  await dialog.getByText('1 session with 1 message will be gone').waitFor()
  await confirm.click()
  await dialog.getByText('An answer is being written. Nothing was deleted').waitFor()
  await question.say('The moon.')
  question.finish()
  await screen.conch.app.engine.idle(session)
  await confirm.click()
  await dialog.getByText('Nothing was deleted: read above').waitFor()
  await dialog.getByText('1 session with 2 messages will be gone').waitFor()
  expect((await owner.transcript(session)).messages).toHaveLength(2)
  await dialog.getByRole('button', { name: 'Keep them' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect((await owner.transcript(session)).messages).toHaveLength(2)

  await ask.click()
  await confirm.click()
  await page.getByText('All sessions are deleted.').waitFor()
  await page.getByText('Nothing here yet.').waitFor()
  expect((await owner.request('GET', '/api/sessions')).json).toMatchObject({ total: 0 })
  await ask.click()
  await page.getByText('There are no sessions to delete.').waitFor()
  expect(screen.complaints).toEqual([])
})

test('the room for the conversation is kept, and is what Lemonade is asked for when the model is loaded again', async ({
  browser,
}) => {
  const loaded = { json: { status: 'success' } }
  await using lemonade = await startScriptedServer(changed(imitationOf('lemonade', 'found'), '/api/v1/load', loaded))
  const ports = allAt(await findClosedPort(), { lemonade: [lemonade.port] })
  await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
  const page = await openSettings(screen)
  const room = page.getByRole('radio', { name: '65,536 tokens' })
  await room.click()
  await expect.poll(() => room.isChecked()).toBe(true) // once it is stored
  await page.getByRole('button', { name: 'Load Qwen3-4B-GGUF again with this' }).click()
  await page.getByText('Qwen3-4B-GGUF is being loaded.').waitFor()
  const loads = () =>
    lemonade.requests.filter(({ path }) => path === '/api/v1/load').map(({ body }) => JSON.parse(body))
  await expect.poll(loads).toEqual([{ model_name: 'Qwen3-4B-GGUF', ctx_size: 65_536 }])
  await page.reload()
  await room.waitFor()
  expect(await room.isChecked()).toBe(true)
})

test('what a server does not say of its model can be tried, and is then said', async ({ browser }) => {
  await using lemonade = await startScriptedServer(imitationOf('lemonade', 'found'))
  const ports = allAt(await findClosedPort(), { lemonade: [lemonade.port] })
  await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
  const page = await openSettings(screen)
  const abilities = page.getByTestId('model-abilities')
  await abilities.getByText('Remembers about 16,384 tokens at once.').waitFor()
  await abilities.getByText('Tells how much it has read before it answers.', { exact: true }).waitFor()
  await abilities.getByText('Not known yet: whether it can go on').waitFor()
  await page.getByRole('button', { name: 'Try it' }).click()
  await abilities.getByText('Goes on where a crash broke it off.').waitFor()
  expect(await page.getByRole('button', { name: 'Try it' }).count()).toBe(0)
})

for (const [name, look] of [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 1400 } }],
  ['dark on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 1600 } }],
] as const) {
  test(`axe finds nothing in the settings and in the question before everything is deleted: ${name}`, async ({
    browser,
  }) => {
    await using lemonade = await startScriptedServer(imitationOf('lemonade', 'found'))
    const ports = allAt(await findClosedPort(), { lemonade: [lemonade.port] })
    await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
    await screen.conch.ownerClient().createSession('Tides')
    const { page } = await screen.person({ ...look, reducedMotion: 'reduce' })
    await page.goto(`${screen.conch.url}/settings`)
    await page.getByTestId('model-abilities').waitFor()
    await page.getByRole('radio', { name: '65,536 tokens' }).waitFor()
    await expectAccessible({ page })
    await page.getByRole('button', { name: 'Delete all sessions…' }).click()
    await page.getByRole('alertdialog').waitFor()
    await expectAccessible({ page })
    expect(screen.complaints).toEqual([])
  })
}
