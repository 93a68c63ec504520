import { expect, vi } from 'vitest'
import type { Question } from '../conch-app.ts'
import type { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

/**
 * What the page may cost while an answer arrives, on a processor that is four times slower than the one on which the budgets
 * of ui.md were found: there an idle page then answers a key within 30 ms. Times of a shared machine are noise: what is
 * asserted compares the page with itself while nothing arrives, in the same run.
 */

vi.setConfig({ testTimeout: 180_000 })

const SLOWER = 4
/** By this a machine that is slow itself is known, and slowed down no further. */
const IDLE_DELAY_MS = 30
const TOKENS_PER_SECOND = 100
const KEYS = 60
/** About as much text as thirty screens. */
const SECTIONS_BEFORE = 25

/** Paragraphs, lists, a table and code, as answers have them. */
const SECTION = [
  '## Why the tide comes twice\n\nThe moon pulls at **the near side** more than at the far one, and `both` bulge.',
  '- the near side\n- the far side\n  - by inertia',
  '| side | why |\n| --- | --- |\n| near | pull |\n| far | inertia |',
  `\`\`\`ts\n${Array.from({ length: 12 }, (_, at) => `const tide${at} = moon.pull(${at}) + sea.follow()`).join('\n')}\n\`\`\``,
].join('\n\n')

/** Speaks at the pace of a fast model until the returned function is called. */
function keepSpeaking(question: Question): () => Promise<void> {
  const tokens = SECTION.match(/\s*\S{1,5}/g) ?? []
  let at = 0
  let isOver = false
  async function speak(): Promise<void> {
    while (!isOver) {
      await question.say(tokens[at % tokens.length] ?? '')
      at += 1
      if (at % tokens.length === 0) await question.say('\n\n')
      await new Promise((resolve) => setTimeout(resolve, 1_000 / TOKENS_PER_SECOND))
    }
  }
  const spoken = speak()
  return async () => {
    isOver = true
    await spoken
  }
}

interface Measured {
  /** From each key to the frame that shows it, in the order of their size. */
  readonly delaysMs: readonly number[]
  /** The part of the time that tasks longer than 50 ms took. */
  readonly longShare: number
}

interface Counted {
  readonly delaysMs: number[]
  longMs: number
  readonly startedAt: number
}

/** Types, and measures the page meanwhile. */
async function typeAndMeasure({ page, composer }: ChatPage): Promise<Measured> {
  await composer.fill('')
  await composer.focus()
  const counting = await page.evaluateHandle(() => {
    const counted: Counted = { delaysMs: [], longMs: 0, startedAt: performance.now() }
    const stop = new AbortController()
    const onKey = ({ timeStamp }: KeyboardEvent) =>
      requestAnimationFrame(() => setTimeout(() => counted.delaysMs.push(performance.now() - timeStamp)))
    addEventListener('keydown', onKey, { signal: stop.signal })
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) counted.longMs += duration
    })
    observer.observe({ type: 'longtask' })
    stop.signal.addEventListener('abort', () => observer.disconnect())
    return { counted, stop }
  })
  for (let pressed = 0; pressed < KEYS; pressed += 1) await page.keyboard.press('a', { delay: 40 })
  await page.waitForFunction(([{ counted }, keys]) => counted.delaysMs.length === keys, [counting, KEYS] as const)
  return await counting.evaluate(({ counted, stop }) => {
    stop.abort()
    const longShare = counted.longMs / (performance.now() - counted.startedAt)
    return { delaysMs: counted.delaysMs.sort((a, b) => a - b), longShare }
  })
}

/** Makes the page as slow as on the processor that the budgets are for. */
async function slowDown(chat: ChatPage): Promise<void> {
  const session = await chat.page.context().newCDPSession(chat.page)
  for (let rate = SLOWER; rate > 1; rate -= 0.5) {
    await session.send('Emulation.setCPUThrottlingRate', { rate })
    const { delaysMs } = await typeAndMeasure(chat)
    if ((delaysMs[KEYS / 2] ?? 0) <= IDLE_DELAY_MS) return
  }
}

/** Noise only ever makes it slower, so one round of these within the budgets shows that the page is. */
const ROUNDS = 3

/** 100 ms where an idle page answers within 30, and as much more where a busy machine makes that slower. */
const MAX_TIMES_IDLE = 3.3
const MAX_LONG_SHARE = 0.05

test('beside a long answer that arrives, typing stays quick and hardly any task is long', async ({ screen }) => {
  const chat = await screen.person()
  await chat.send('why twice?')
  const question = await screen.conch.model.asked()
  for (let section = 0; section < SECTIONS_BEFORE; section += 1) await question.say(`${SECTION}\n\n`)
  await question.say('And so on.\n\n')
  await chat.answers.getByText('And so on.').waitFor()
  await slowDown(chat)
  const rounds: Verdict[] = []
  while (rounds.length < ROUNDS && !rounds.some(isWithin)) rounds.push(await compare(chat, question))
  question.finish()
  expect(rounds.filter(isWithin), JSON.stringify(rounds)).toHaveLength(1)
  expect(screen.complaints).toEqual([])
})

interface Verdict {
  readonly timesIdle: number
  readonly moreLongTasks: number
}

async function compare(chat: ChatPage, question: Question): Promise<Verdict> {
  const idle = await typeAndMeasure(chat)
  const stopSpeaking = keepSpeaking(question)
  const streaming = await typeAndMeasure(chat)
  await stopSpeaking()
  return { timesIdle: p95(streaming) / p95(idle), moreLongTasks: streaming.longShare - idle.longShare }
}

function isWithin({ timesIdle, moreLongTasks }: Verdict): boolean {
  return timesIdle <= MAX_TIMES_IDLE && moreLongTasks <= MAX_LONG_SHARE
}

/** Of all keys that were pressed: one that was never shown has no delay, and the list would be short. */
function p95({ delaysMs }: Measured): number {
  expect(delaysMs).toHaveLength(KEYS)
  return delaysMs[Math.ceil(delaysMs.length * 0.95) - 1] ?? Number.NaN
}
