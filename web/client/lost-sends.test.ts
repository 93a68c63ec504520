import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MessageId, Seq, TurnId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import { SendingTab } from '../../tests/browser/web-sending-tab.ts'
import type { ReadySession } from './session-feed.ts'
import { SESSION_ID } from './session-log.scenario.ts'
import type { MessageView } from './session-view.ts'

/** A send whose answer is lost, and what the streams tell of it later. */

let tab: SendingTab
beforeEach(async () => {
  tab = await SendingTab.open()
})
afterEach(async () => {
  await tab[Symbol.asyncDispose]()
})

function question(messageId: number, content: string): MessageView {
  return {
    messageId: messageId as MessageId,
    turnId: `turn-${messageId}` as TurnId,
    role: 'user',
    content,
    images: [],
    steps: [],
    outcome: null,
    usage: null,
    createdAt: 0,
    alternatives: [],
  }
}

function sessionWith(settled: readonly MessageView[]): ReadySession {
  const view = { settled, live: null, cursor: 6 as Seq, hasEarlier: false }
  return { status: 'ready', view, connection: 'live', earlier: 'idle', ownTurnIds: new Set() }
}

function queueWith(...messages: readonly string[]): Queue {
  return {
    session_id: SESSION_ID,
    revision: 1,
    paused: null,
    messages: messages.map((message, index) => ({
      turn_id: `waiting-${index}` as TurnId,
      message,
      holder: { kind: 'browser', label: 'Firefox on Linux', same_client: true },
      queued_at: '2026-01-01T00:00:00Z',
      after_stop: false,
    })),
  }
}

/** Says `hello`, as somebody has before; the answer is cut off. */
async function loseHello() {
  tab.session = sessionWith([question(1, 'hello')])
  const page = tab.load()
  page.type('hello')
  const sent = page.sender.send('reject')
  ;(await tab.server.nextRequest()).cut()
  await sent
  await page.drafts.settled()
  expect([page.draft.get(), page.sender.state.get().status]).toEqual(['hello', 'refused'])
  return page
}

const ARRIVALS: readonly { readonly as: string; readonly arrive: (tab: SendingTab) => void }[] = [
  { as: 'said', arrive: (tab) => (tab.session = sessionWith([question(1, 'hello'), question(5, 'hello')])) },
  { as: 'waiting', arrive: (tab) => (tab.queue = queueWith('hello')) },
]

for (const { as, arrive } of ARRIVALS) {
  test(`I12: words that the streams tell as ${as} leave the box, and the next ones have a key of their own`, async () => {
    const { sender, type, draft } = await loseHello()
    sender.lookForLost() // what was said before the send is not the send
    expect(draft.get()).toBe('hello')
    arrive(tab)
    sender.lookForLost()
    expect([draft.get(), sender.state.get()]).toEqual(['', { status: 'idle' }])
    type('next')
    const sent = sender.send('reject')
    const request = await tab.server.nextRequest()
    expect(request.headers['idempotency-key']).toBe('key-2')
    request.cut()
    await sent
  })

  test(`I12: the same on a page that was loaded again meanwhile: ${as}`, async () => {
    await loseHello()
    arrive(tab)
    const { sender, draft } = tab.load()
    sender.lookForLost()
    await expect.poll(() => tab.stored.get(SESSION_ID)).toBe(undefined)
    expect(draft.get()).toBe('')
  })
}

test('I12: a page that is loaded again sends under the key whose answer was lost, even while it was still awaited', async () => {
  const page = tab.load()
  page.type('hello')
  const sent = page.sender.send('reject')
  const first = await tab.server.nextRequest()
  await page.drafts.settled()
  const again = tab.load()
  await expect.poll(() => again.draft.get()).toBe('hello')
  const sentAgain = again.sender.send('reject')
  const second = await tab.server.nextRequest()
  expect(second.headers['idempotency-key']).toBe(first.headers['idempotency-key'])
  for (const request of [first, second]) request.cut()
  await Promise.all([sent, sentAgain])
})

test('a send that was answered leaves nothing behind', async () => {
  const { sender, type } = tab.load()
  type('hello')
  const sent = sender.send('reject')
  ;(await tab.server.nextRequest()).answer(404, {
    title: 'Not Found',
    status: 404,
    detail: '',
    code: 'session_not_found',
  })
  await sent
  expect(tab.lostSends).toBe(null)
})
