import type { Socket } from 'node:net'
import type { Browser, BrowserContext } from 'playwright-core'
import { expect } from 'vitest'
import type { Question } from '../conch-app.ts'
import { ConchProcess, TestDataDir } from '../conch-process.ts'
import { finished, words } from '../model-script.ts'
import { startScriptedModel } from '../scripted-model.ts'
import { ChatPage, type Screen } from './chromium.ts'
import { test } from './screen-test.ts'

const TABS = 12
const SESSIONS = 3

/** What readers hold at the server now, by its own figures. */
async function held(screen: Screen): Promise<{ readonly streams: number; readonly channels: number }> {
  const { text } = await screen.conch.ownerClient().request('GET', '/metrics')
  const figure = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
  return { streams: figure('conch_streams_open'), channels: figure('conch_channels_open') }
}

/** Sockets on which an answer is being written, and which therefore nobody else can use. */
function watchBusySockets(screen: Screen): () => number {
  const busy = new Set<Socket>()
  screen.conch.app.server.server.prependListener('request', ({ socket }, response) => {
    busy.add(socket)
    response.once('close', () => busy.delete(socket))
  })
  return () => busy.size
}

/** Twelve tabs of one browser, each at one of the sessions, with a turn running in each session. */
async function openTabs(
  screen: Screen,
): Promise<{ readonly tabs: readonly ChatPage[]; readonly questions: Question[] }> {
  const first = await screen.person()
  const tabs = [first]
  const questions: Question[] = []
  for (let n = 0; n < SESSIONS; n += 1) {
    const tab = tabs[n] ?? (await screen.tab(first))
    if (n > 0) {
      tabs.push(tab)
      await tab.page.goto(screen.conch.url)
    }
    await tab.send(`question ${n}`)
    questions.push(await screen.conch.model.asked())
    await tab.sessionId()
  }
  while (tabs.length < TABS) tabs.push(await screen.tab(tabs[tabs.length - SESSIONS] ?? first))
  return { tabs, questions }
}

test('R15, I2: twelve tabs of one browser hold two sockets at most, and each shows its answer as it is written', async ({
  screen,
}) => {
  const busySockets = watchBusySockets(screen)
  const { tabs, questions } = await openTabs(screen)
  for (const [n, question] of questions.entries()) await question.say(`one${n} `)
  for (const [n, tab] of tabs.entries()) await tab.answers.getByText(`one${n % SESSIONS}`).waitFor()
  expect(await held(screen)).toEqual({ streams: 1, channels: 2 * TABS })
  expect(busySockets()).toBeLessThanOrEqual(2)
  // the tab that opened first, and with it the hub, is closed while all of them stream
  await tabs[0]?.page.close()
  for (const [n, question] of questions.entries()) await question.say(`two${n} `)
  for (const [n, tab] of tabs.entries()) if (n > 0) await tab.answers.getByText(`two${n % SESSIONS}`).waitFor()
  await expect.poll(() => held(screen)).toEqual({ streams: 1, channels: 2 * (TABS - 1) })
  // the network breaks everything at once
  screen.conch.app.server.server.closeAllConnections()
  for (const [n, question] of questions.entries()) await question.say(`three${n}`)
  for (const [n, { answers }] of tabs.entries()) {
    const s = n % SESSIONS
    if (n > 0) await expect.poll(() => answers.locator('p').allInnerTexts()).toEqual([`one${s} two${s} three${s}`])
  }
  // a tab that can stream can also send: what is sent needs a socket that no stream holds
  await tabs[7]?.send('queued by the eighth')
  await tabs[7]?.holderCard.waitFor()
  await tabs[7]?.page.keyboard.press('1') // let it wait
  for (const tab of [tabs[4], tabs[7], tabs[10]]) await tab?.queued.getByText('queued by the eighth').waitFor()
  for (const question of questions) question.finish()
  const next = await screen.conch.model.asked()
  await next.say('four')
  for (const tab of [tabs[1], tabs[4], tabs[7], tabs[10]]) await tab?.answers.last().getByText('four').waitFor()
  next.finish()
  const isBreak = (complaint: string) => complaint.includes('ERR_') // Chromium writes it down
  expect(screen.complaints.filter((complaint) => !isBreak(complaint))).toEqual([])
}, 240_000)

test('a hub that is killed is replaced by another, which the tabs share as they did the first', async ({
  browser,
  screen,
}) => {
  const first = await screen.person()
  await first.send('hello')
  const question = await screen.conch.model.asked()
  await first.sessionId()
  const second = await screen.tab(first)
  await question.say('one ')
  for (const tab of [first, second]) await tab.answers.getByText('one').waitFor()
  await using devtools = await openDevtools(browser)
  expect(await devtools.killHub()).toBe(true)
  await question.say('two')
  for (const { answers } of [first, second])
    await expect.poll(() => answers.locator('p').allInnerTexts()).toEqual(['one two'])
  await expect.poll(() => held(screen)).toEqual({ streams: 1, channels: 4 })
  question.finish()
}, 120_000)

async function openDevtools(browser: Browser) {
  const session = await browser.newBrowserCDPSession()
  return {
    killHub: async () => {
      const { targetInfos } = await session.send('Target.getTargets')
      const hub = targetInfos.find(({ type }) => type === 'shared_worker')
      if (!hub) return false
      const { success } = await session.send('Target.closeTarget', { targetId: hub.targetId })
      return success
    },
    [Symbol.asyncDispose]: () => session.detach(),
  }
}

const ANSWER = Array.from({ length: 120 }, (_, index) => `word${index}`).join(' ')

test('F2, F19, I2: after a kill -9 every tab shows the whole answer untouched, and so does one that slept through it', async ({
  browser,
}) => {
  using dataDir = new TestDataDir()
  await using endpoint = await startScriptedModel({
    continues: true,
    script: ({ messages }) => {
      const last = messages.at(-1)
      const begun = last?.role === 'assistant' ? (last.content ?? '') : ''
      return [words(ANSWER.slice(begun.length), 20), ...finished()]
    },
  })
  const flags = ['--model-url', endpoint.baseUrl, '--model', 'm']
  await using first = await ConchProcess.start(dataDir.path, flags)
  const context = await browser.newContext()
  try {
    const tabs: ChatPage[] = []
    for (const address of [first.link, first.url]) {
      const tab = new ChatPage(await context.newPage())
      await tab.page.goto(address)
      await tab.send('go on')
      await tab.answers.getByText('word3').waitFor()
      tabs.push(tab)
    }
    const sleeper = new ChatPage(await context.newPage())
    await sleeper.page.goto(tabs[0]?.page.url() ?? '')
    await sleeper.answers.getByText('word3').waitFor()
    const lifecycle = await context.newCDPSession(sleeper.page)
    await lifecycle.send('Page.setWebLifecycleState', { state: 'frozen' })
    await first.end('SIGKILL')
    await using _second = await ConchProcess.start(dataDir.path, [...flags, '--port', new URL(first.url).port])
    for (const tab of tabs) await expectWholeAnswer(tab)
    await lifecycle.send('Page.setWebLifecycleState', { state: 'active' })
    await expectWholeAnswer(sleeper)
  } finally {
    await context.close()
  }
}, 120_000)

async function expectWholeAnswer({ answers, page }: ChatPage): Promise<void> {
  await answers.getByText('word119').waitFor({ timeout: 60_000 })
  expect(await answers.locator('p').allInnerTexts()).toEqual([ANSWER])
  expect(await page.getByTestId('outcome').count()).toBe(0)
}

for (const [without, prepare] of [
  [
    'shared workers',
    (context: BrowserContext) => context.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker')),
  ],
  ['the file of the worker', (context: BrowserContext) => context.route(/stream-hub-worker/, (route) => route.abort())],
] as const) {
  test(`a browser without ${without} has streams of its own in each tab, and shows the answer all the same`, async ({
    screen,
  }) => {
    const first = await screen.person()
    await prepare(first.page.context())
    await first.page.reload()
    await first.send('hello')
    const question = await screen.conch.model.asked()
    await first.sessionId()
    const second = await screen.tab(first)
    await question.say('one ')
    for (const tab of [first, second]) await tab.answers.getByText('one').waitFor()
    await expect.poll(() => held(screen)).toEqual({ streams: 4, channels: 0 })
    question.finish()
  }, 120_000)
}
