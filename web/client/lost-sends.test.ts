import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MessageId, Seq, TurnId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { createDrafts } from './drafts.ts'
import type { ReadySession, SessionFeedState } from './session-feed.ts'
import { SESSION_ID } from './session-log.scenario.ts'
import type { MessageView } from './session-view.ts'
import { createTurnSender } from './turn-sender.ts'

/** A send whose answer is lost, and what the streams tell of it later. */

let server: HeldServer
beforeEach(async () => {
  server = await startHeldServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
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

/** What a tab keeps when its page is loaded again, and what the server's streams tell it. */
class Tab {
  readonly kept = new Map<string, string>()
  lost: string | null = null
  session: SessionFeedState = sessionWith([question(1, 'hello')])
  queue: Queue | undefined
  keys = 0

  load() {
    const drafts = createDrafts(
      {
        read: async (key) => this.kept.get(key),
        write: async (key, text) => void this.kept.set(key, text),
        remove: async (key) => void this.kept.delete(key),
      },
      (error) => {
        throw error
      },
    )
    const identity = { clientId: 'tab', label: 'Firefox on Linux' }
    const sender = createTurnSender({
      api: createApiClient(createApiTransport({ origin: server.origin, identity, onUnauthorized: () => undefined })),
      sessionId: SESSION_ID,
      drafts,
      images: { given: () => null, take: () => [], drop: () => undefined, keep: () => undefined },
      newKey: () => `key-${++this.keys}`,
      onAccepted: () => undefined,
      onQueue: () => undefined,
      shownSeq: () => 6 as Seq,
      onStaleView: () => undefined,
      told: { session: () => this.session, queue: () => this.queue },
      lostSends: { read: () => this.lost, write: (text) => (this.lost = text) },
    })
    return { sender, drafts, draft: drafts.of(SESSION_ID) }
  }

  /** Says `hello`, as somebody has before; the answer is cut off. */
  async loseHello() {
    const page = this.load()
    page.drafts.set(SESSION_ID, 'hello')
    const sent = page.sender.send('reject')
    ;(await server.nextRequest()).cut()
    await sent
    await page.drafts.settled()
    expect([page.draft.get(), page.sender.state.get().status]).toEqual(['hello', 'refused'])
    return page
  }
}

const ARRIVALS: readonly { readonly as: string; readonly arrive: (tab: Tab) => void }[] = [
  { as: 'said', arrive: (tab) => (tab.session = sessionWith([question(1, 'hello'), question(5, 'hello')])) },
  { as: 'waiting', arrive: (tab) => (tab.queue = queueWith('hello')) },
]

for (const { as, arrive } of ARRIVALS) {
  test(`I12: words that the streams tell as ${as} leave the box, and the next ones have a key of their own`, async () => {
    const tab = new Tab()
    const { sender, drafts, draft } = await tab.loseHello()
    sender.lookForLost() // what was said before the send is not the send
    expect(draft.get()).toBe('hello')
    arrive(tab)
    sender.lookForLost()
    expect([draft.get(), sender.state.get()]).toEqual(['', { status: 'idle' }])
    drafts.set(SESSION_ID, 'next')
    const sent = sender.send('reject')
    const request = await server.nextRequest()
    expect(request.headers['idempotency-key']).toBe('key-2')
    request.cut()
    await sent
  })

  test(`I12: the same on a page that was loaded again meanwhile: ${as}`, async () => {
    const tab = new Tab()
    await tab.loseHello()
    arrive(tab)
    const { sender, draft } = tab.load()
    sender.lookForLost()
    await expect.poll(() => tab.kept.get(SESSION_ID)).toBe(undefined)
    expect(draft.get()).toBe('')
  })
}

test('I12: a page that is loaded again sends under the key whose answer was lost, even while it was still awaited', async () => {
  const tab = new Tab()
  const { sender, drafts } = tab.load()
  drafts.set(SESSION_ID, 'hello')
  const sent = sender.send('reject')
  const first = await server.nextRequest()
  await drafts.settled()
  const again = tab.load()
  await expect.poll(() => again.draft.get()).toBe('hello')
  const sentAgain = again.sender.send('reject')
  const second = await server.nextRequest()
  expect(second.headers['idempotency-key']).toBe(first.headers['idempotency-key'])
  for (const request of [first, second]) request.cut()
  await Promise.all([sent, sentAgain])
})

test('a send that was answered leaves nothing behind', async () => {
  const tab = new Tab()
  const { sender, drafts } = tab.load()
  drafts.set(SESSION_ID, 'hello')
  const sent = sender.send('reject')
  ;(await server.nextRequest()).answer(404, { title: 'Not Found', status: 404, detail: '', code: 'session_not_found' })
  await sent
  expect(tab.lost).toBe(null)
})
