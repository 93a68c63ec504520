import { setTimeout as delay } from 'node:timers/promises'
import type { BrowserContext } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import { ConchProcess, TestDataDir } from '../conch-process.ts'
import { finished, text, words } from '../model-script.ts'
import { type ScriptedModel, startScriptedModel } from '../scripted-model.ts'
import { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

/** Two people who choose on the holder card at the same moment, and a server that dies under them. */

vi.setConfig({ testTimeout: 120_000 }) // several pages and starts of a whole server, on whatever machine this is

const THOUGHTS = Array.from({ length: 5_000 }, (_, index) => `thought${index}`).join(' ')
const QUEUED = 'mine, after yours'
const INSTEAD = 'mine, instead of yours'

function startModel(): Promise<ScriptedModel> {
  return startScriptedModel({
    continues: true,
    script: ({ messages }) => {
      const asked = messages.findLast(({ role }) => role === 'user')?.content ?? ''
      return asked === 'the first question' ? [words(THOUGHTS, 10), ...finished()] : [text('so be it'), ...finished()]
    },
  })
}

/** A session whose answer is being written, and two tabs that have been refused. */
async function refusedTabs(context: BrowserContext, server: ConchProcess) {
  const first = new ChatPage(await context.newPage())
  await first.page.goto(server.link)
  await first.send('the first question')
  await first.answers.getByText('thought3').waitFor()
  const session = await first.sessionId()
  const tabs = await Promise.all([QUEUED, INSTEAD].map((message) => refusedTab(context, first, message)))
  const [queueing, interrupting] = tabs
  if (!queueing || !interrupting) throw new Error('there are two tabs')
  return { session, queueing, interrupting }
}

async function refusedTab(context: BrowserContext, first: ChatPage, message: string): Promise<ChatPage> {
  const tab = new ChatPage(await context.newPage())
  await tab.page.goto(first.page.url())
  await tab.answers.getByText('thought3').waitFor()
  await tab.send(message)
  await tab.holderCard.waitFor()
  return tab
}

/** Where the words of this tab are: said, waiting, or still in its box. */
async function placesOf(tab: ChatPage, message: string): Promise<string[]> {
  const said = await tab.questions.getByText(message, { exact: true }).count()
  const waiting = await tab.queued.getByText(message, { exact: true }).count()
  const isInBox = (await tab.composer.inputValue()) === message
  return [...Array(said).fill('said'), ...Array(waiting).fill('waiting'), ...(isInBox ? ['in the box'] : [])]
}

/** How often the server has it, as a question or one that waits. */
async function countStored({ client }: ConchProcess, session: SessionId, message: string): Promise<number> {
  const { messages, active_turn: active } = await client.transcript(session)
  const entries = active ? JSON.stringify((await client.request('GET', `/api/sessions/${session}/messages`)).json) : ''
  const { text: queue } = await client.request('GET', `/api/sessions/${session}/queue`)
  const isQuestion =
    entries.includes(message) || messages.some(({ role, content }) => role === 'user' && content === message)
  return Number(isQuestion) + queue.split(`"${message}"`).length - 1
}

/** The words come to stand in one place: not in the box, where the server has them once, and there where it has not. */
async function expectOnePlace(tab: ChatPage, message: string, count: () => Promise<number>): Promise<void> {
  const look = async () => {
    const places = await placesOf(tab, message)
    const stored = await count()
    const isOnce = places.length === 1 && stored === Number(places[0] !== 'in the box')
    return isOnce ? 'once' : `stored ${stored} times, shown as ${places.join(', ')}`
  }
  await expect.poll(look, { timeout: 30_000 }).toBe('once')
}

for (const killAfterMs of [0, 15, 60, 1_500]) {
  test(`I2, I12, F19: ${killAfterMs} ms after Queue and Stop are chosen in two tabs at once the server is killed: nothing typed is lost, nothing is sent twice`, async ({
    browser,
  }) => {
    using dataDir = new TestDataDir()
    await using model = await startModel()
    const flags = ['--model-url', model.baseUrl, '--model', 'm']
    const first = await ConchProcess.start(dataDir.path, flags)
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    try {
      const { session, queueing, interrupting } = await refusedTabs(context, first)
      const chosen = Promise.all([
        queueing.page.keyboard.press('1'), // Queue my message, or Send where the way is free by then
        interrupting.page.keyboard.press('3'), // Stop and send
      ])
      await delay(killAfterMs)
      await first.end('SIGKILL')
      await chosen
      await using second = await ConchProcess.start(dataDir.path, [...flags, '--port', new URL(first.url).port])
      for (const [tab, message] of [
        [queueing, QUEUED],
        [interrupting, INSTEAD],
      ] as const) {
        const count = () => countStored(second, session, message)
        await expectOnePlace(tab, message, count)
        await tab.page.reload()
        await expectOnePlace(tab, message, count)
      }
    } finally {
      await context.close()
      await first.end('SIGKILL')
    }
  })
}
