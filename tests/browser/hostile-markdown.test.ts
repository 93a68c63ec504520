import { expect } from 'vitest'
import { activeContent } from './active-content.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { HOSTILE_MARKDOWN, isDiagram } from './hostile-payloads.ts'
import { test } from './screen-test.ts'

/** What a hostile model may write (rows 111 and 112): drawn as text, the same while it streams and once it is stored. */

/** diagrams.test.ts tries the diagrams. */
const PAYLOADS = HOSTILE_MARKDOWN.filter((payload) => !isDiagram(payload))
const BATCH = 54
const BATCHES = Array.from({ length: Math.ceil(PAYLOADS.length / BATCH) }, (_, at) =>
  PAYLOADS.slice(at * BATCH, (at + 1) * BATCH),
)

test('S9, S10, rows 111 and 112: hostile markdown is inert, streamed and stored, with the same DOM', async ({
  screen,
}) => {
  const page = await screen.person()
  const dialogs: string[] = []
  page.page.on('dialog', async (dialog) => {
    dialogs.push(dialog.message())
    await dialog.dismiss()
  })
  for (const [number, batch] of BATCHES.entries()) {
    await streamInPieces(screen, page, [...batch, `The end of ${number}.`].join('\n\n'))
    await page.answers.getByText(`The end of ${number}.`).waitFor()
    const streamed = await drawn(page)
    expect(await activeContent(page.answers.last())).toEqual([])
    await page.page.reload()
    await page.answers.getByText(`The end of ${number}.`).waitFor()
    expect(await drawn(page)).toEqual(streamed)
    expect(await activeContent(page.answers.last())).toEqual([])
    await screen.conch.ownerClient().request('DELETE', `/api/sessions/${await page.sessionId()}`)
    await page.page.goto(screen.conch.url)
  }
  expect(dialogs).toEqual([])
  expect(await page.page.title()).not.toContain('owned')
  // requests that left the origin, and whatever the content security policy had to stop
  expect(screen.complaints).toEqual([])
}, 300_000)

test('row 111: shapes that hold up a parser are shown as plain text, and the page goes on', async ({ screen }) => {
  const page = await screen.person()
  const shapes = ['>'.repeat(100_000), '*'.repeat(100_000), `| a |\n|---|\n${'| x |\n'.repeat(170_000)}`]
  for (const [number, shape] of shapes.entries()) {
    await page.send(`shape ${number}`)
    const question = await screen.conch.model.asked()
    await question.say(`${shape}\n\nThe end of **${number}**.`)
    question.finish()
    await page.answers.getByText(`The end of ${number}.`).waitFor()
    expect(await page.answers.last().locator('table, em, strong').count()).toBe(1)
    expect(await page.answers.last().locator('pre').count()).toBe(1)
  }
  expect(screen.complaints).toEqual([])
}, 120_000)

async function streamInPieces(screen: Screen, page: ChatPage, text: string): Promise<void> {
  await page.send('be hostile')
  const question = await screen.conch.model.asked()
  for (let at = 0; at < text.length; at += 37) await question.say(text.slice(at, at + 37))
  question.finish()
  await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
}

/** The answer's own elements; the colours of code come when there is time for them. */
async function drawn(page: ChatPage): Promise<readonly string[]> {
  await expect.poll(() => page.page.locator('[data-math=waiting]').count()).toBe(0)
  const parts = await page.answers.last().locator('.prose').all()
  const html = await Promise.all(parts.map((part) => part.innerHTML()))
  return html.map((part) => part.replace(/<span class="(block|token-[a-z]+)">|<\/span>/g, ''))
}

test('entities are read without asking the browser: one that was took the screen down', async ({ screen }) => {
  const page = await screen.person()
  await page.send('compare')
  const question = await screen.conch.model.asked()
  await question.say('a &lt; b &amp;&amp; c &copy; &nosuchentity; done')
  question.finish()
  await page.answers.getByText('a < b && c © &nosuchentity; done').waitFor()
  expect(screen.complaints).toEqual([])
})
