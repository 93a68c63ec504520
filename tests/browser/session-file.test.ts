import { readFileSync } from 'node:fs'
import { expect, vi } from 'vitest'
import type { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

vi.setConfig({ testTimeout: 120_000 })

async function openMenu({ page }: ChatPage): Promise<void> {
  await page.getByTestId('session-row').first().hover()
  await page
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click()
}

async function save(page: ChatPage, item: string): Promise<{ name: string; path: string }> {
  await openMenu(page)
  const download = page.page.waitForEvent('download')
  await page.page.getByRole('menuitem', { name: item }).click()
  const file = await download
  return { name: file.suggestedFilename(), path: await file.path() }
}

test('a session is saved as Markdown and as JSON, and the JSON comes back as a session', async ({ screen }) => {
  const page = await screen.person()
  await page.send('why twice a day?')
  const question = await screen.conch.model.asked()
  await question.say('The moon, **mostly**.')
  question.finish()
  await page.answers.getByText('The moon').waitFor()
  await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')

  const markdown = await save(page, 'Save as Markdown')
  expect(markdown.name).toBe('why-twice-a-day.md')
  expect(readFileSync(markdown.path, 'utf8')).toContain('The moon, **mostly**.')
  const json = await save(page, 'Save as JSON')
  const source = await page.sessionId()

  const input = page.page.locator('input[type=file]')
  await input.setInputFiles(json.path)
  await expect.poll(() => page.sessionId()).not.toBe(source)
  await page.answers.getByText('The moon, mostly.').waitFor()
  await page.questions.getByText('why twice a day?').waitFor()

  await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"format":"json"') })
  await page.page.getByText('Nothing was added.').waitFor()
  expect((await screen.conch.ownerClient().request('GET', '/api/sessions')).json).toMatchObject({ total: 2 })
  expect(screen.complaints.filter((text) => !text.includes('422'))).toEqual([])
})

test('an image that the file of a session names without its bytes is said to be missing, in words', async ({
  screen,
}) => {
  const page = await screen.person()
  const image = { image_id: 'a'.repeat(64), media_type: 'image/png' }
  const asked = { role: 'user', content: 'What is on it?', created_at: '2026-05-01T10:00:00Z', images: [image] }
  const file = JSON.stringify({ format: 'json', session: { title: 'From elsewhere' }, messages: [asked] })
  const input = page.page.locator('input[type=file]').first()
  await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(file) })
  await page.questions.getByText('What is on it?').waitFor()
  await page.questions.getByText('Image of this message: not here, or it could not be loaded.').waitFor()
  expect(await page.questions.getByRole('img').count()).toBe(0)
  expect(screen.complaints.filter((text) => !text.includes('404'))).toEqual([])
})

test('a private session is marked where it is listed, and the mark is said as well as shown', async ({ screen }) => {
  await screen.conch.ownerClient().createSession('Diary')
  const page = await screen.person()
  await openMenu(page)
  const item = page.page.getByRole('menuitem', { name: 'Mark as private' })
  expect(await item.innerText()).toContain('No search')
  await item.click()
  const row = page.page.getByTestId('session-row')
  await row.getByText('Private', { exact: true }).waitFor()
  await openMenu(page)
  await page.page.getByRole('menuitem', { name: 'No longer private' }).click()
  await row.getByText('Private', { exact: true }).waitFor({ state: 'detached' })
})
