import type { Frame } from 'playwright-core'
import { expect, vi } from 'vitest'
import { startScriptedServer } from '../model-servers/scripted-server.ts'
import { expectAccessible } from './accessible.ts'
import { activeContent } from './active-content.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { HOSTILE_MARKDOWN, isDiagram } from './hostile-payloads.ts'
import { test } from './screen-test.ts'

/** Diagrams are drawn in frames that have no origin, no network and no way out (S10, D17). */

// each diagram is a page of its own, also on a machine that is busy
vi.setConfig({ testTimeout: 120_000 })

/** Hostile ones in one answer. */
const BATCH = 12
const TIDES = 'flowchart LR\n  Moon[The moon] -->|pulls| Sea\n  Sun -->|pulls less| Sea'

async function answer(screen: Screen, page: ChatPage, text: string): Promise<void> {
  await page.send('draw it')
  const question = await screen.conch.model.asked()
  await question.say(text)
  question.finish()
  await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
}

function diagrams({ page }: ChatPage, state: 'waiting' | 'drawn' | 'plain') {
  return page.locator(`[data-diagram=${state}]`)
}

function frames({ page }: ChatPage): Frame[] {
  return page.frames().filter((frame) => new URL(frame.url()).pathname === '/diagram.html')
}

async function onlyFrame(page: ChatPage): Promise<Frame> {
  await expect.poll(() => frames(page).length).toBe(1)
  const [frame] = frames(page)
  if (frame === undefined) throw new Error('the frame has gone')
  return frame
}

test('a diagram is drawn once its fence is closed, and not before; its text is one click away', async ({ screen }) => {
  const page = await screen.person()
  const fetched: string[] = []
  page.page.on('request', (request) => fetched.push(new URL(request.url()).pathname))
  await page.send('draw it')
  const question = await screen.conch.model.asked()
  await question.say(`Here:\n\n\`\`\`mermaid\n${TIDES}\n`)
  await page.answers.getByText('pulls less').waitFor()
  expect(frames(page)).toEqual([])
  expect(fetched).not.toContain('/diagram.html')
  await question.say('```\n\nThat is all.')
  await diagrams(page, 'drawn').waitFor()
  const frame = await onlyFrame(page)
  expect(await frame.locator('svg').textContent()).toContain('The moon')
  const drawing = await frame.locator('svg').boundingBox()
  const room = await page.page.locator('iframe').boundingBox()
  expect(drawing?.height).toBeGreaterThan(20)
  expect(room?.height).toBeCloseTo(drawing?.height ?? 0, -0.5)
  question.finish()
  await page.button('Show text').click()
  await page.answers.getByText('pulls less').waitFor()
  await page.button('Show drawing').click()
  await page.button('Show text').waitFor()
  await expectAccessible(page)
  expect(screen.complaints).toEqual([])
})

test('the drawing follows the theme', async ({ screen }) => {
  const page = await screen.person({ colorScheme: 'light' })
  await answer(screen, page, `\`\`\`mermaid\n${TIDES}\n\`\`\``)
  await diagrams(page, 'drawn').waitFor()
  const frame = await onlyFrame(page)
  const ink = () =>
    frame
      .locator('.nodeLabel, .label text')
      .first()
      .evaluate((label) => getComputedStyle(label).fill)
  const byDay = await ink()
  await page.page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(ink).not.toBe(byDay)
  await page.button('Settings').click()
  await page.page.getByRole('radio', { name: 'Light' }).click()
  await page.page.goBack()
  await diagrams(page, 'drawn').waitFor()
  await expect.poll(async () => await (await onlyFrame(page)).evaluate(() => location.hash)).toBe('#light')
})

test('what is no diagram, and what is too long for one, stays text and says so', async ({ screen }) => {
  const page = await screen.person()
  const long = `flowchart LR\n${'  A --> B\n'.repeat(3_000)}`
  await answer(screen, page, `\`\`\`mermaid\n${long}\`\`\`\n\n\`\`\`mermaid\nthis is none\n\`\`\``)
  await expect.poll(() => diagrams(page, 'plain').count()).toBe(2)
  await diagrams(page, 'plain').getByText('This could not be drawn. Here is its text.').first().waitFor()
  await page.answers.getByText('this is none').waitFor()
  expect(frames(page)).toEqual([])
  expect(screen.complaints).toEqual([])
})

test('S10, row 112: hostile diagrams run nothing, fetch nothing, lead nowhere, and know nothing of the page', async ({
  screen,
}) => {
  await using elsewhere = await startScriptedServer(() => ({ text: 'it got through' }))
  // so high that all diagrams of an answer are on it
  const page = await screen.person({ viewport: { width: 1_000, height: 8_000 } })
  const seen = { drawn: 0, plain: 0 }
  const payloads = HOSTILE_MARKDOWN.filter(isDiagram)
  for (let at = 0; at < payloads.length; at += BATCH) {
    const batch = payloads
      .slice(at, at + BATCH)
      .join('\n\n')
      .replaceAll('https://evil.example', elsewhere.origin)
    await answer(screen, page, `${batch}\n\nThe end.`)
    await expect.poll(() => page.page.locator('[data-diagram]').count()).toBe(Math.min(BATCH, payloads.length - at))
    await expect.poll(() => diagrams(page, 'waiting').count(), { timeout: 60_000 }).toBe(0)
    expect(await activeContent(page.answers)).toEqual([])
    for (const frame of frames(page)) expect(await frame.evaluate(findActive), batch).toEqual([])
    seen.drawn += frames(page).length
    seen.plain += await diagrams(page, 'plain').count()
    await screen.conch.ownerClient().request('DELETE', `/api/sessions/${await page.sessionId()}`)
    await page.page.goto(screen.conch.url)
  }
  // both happen: what can be drawn is drawn without its sting
  expect(seen.drawn).toBeGreaterThan(5)
  expect(seen.plain).toBeGreaterThan(0)
  expect(elsewhere.requests).toEqual([])
  expect(await page.page.title()).not.toContain('owned')
  // the library does try some of it while it measures; the frame's policy refuses
  const isRefused = (text: string) => text.includes('Content Security Policy') || text.includes(elsewhere.origin)
  expect(screen.complaints.filter((complaint) => !isRefused(complaint))).toEqual([])
}, 300_000)

/** Runs in the frame: what in it could run, fetch or lead away, and what it could reach. */
function findActive(): string[] {
  const found = document.title === 'Diagram' ? [] : [`title ${document.title}`]
  if (window.origin !== 'null') found.push(`origin ${window.origin}`)
  for (const element of document.body.querySelectorAll('*')) {
    if (/^(script|iframe|foreignobject|image|img|object|embed|a:.*)$/i.test(element.tagName))
      found.push(element.tagName)
    for (const { name, value } of element.attributes) {
      const isPointer = /href$|^src$/.test(name) && !value.startsWith('#')
      if (name.startsWith('on') || isPointer || /url\((?!["']?#)/.test(value)) found.push(`${name}=${value}`)
    }
  }
  try {
    found.push(`cookie ${document.cookie}`)
  } catch (error) {
    // a page without an origin may not even ask
    if (!(error instanceof DOMException)) throw error
  }
  return found
}
