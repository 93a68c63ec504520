import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Seq } from '../../protocol/ids.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { createDrafts } from './drafts.ts'
import { createSendLine } from './send-line.ts'
import { SESSION_ID } from './session-log.scenario.ts'
import { createTurnSender } from './turn-sender.ts'

let server: HeldServer
beforeEach(async () => {
  server = await startHeldServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

function openTab() {
  const stored = new Map<string, string>()
  const drafts = createDrafts(
    {
      read: async (key) => stored.get(key),
      write: async (key, text) => void stored.set(key, text),
      remove: async (key) => void stored.delete(key),
    },
    (error) => {
      throw error
    },
  )
  const identity = { clientId: 'tab', label: 'Firefox on Linux' }
  let keys = 0
  const sender = createTurnSender({
    api: createApiClient(createApiTransport({ origin: server.origin, identity, onUnauthorized: () => undefined })),
    sessionId: SESSION_ID,
    drafts,
    images: { given: () => null, take: () => [], drop: () => undefined, keep: () => undefined },
    newKey: () => `key-${++keys}`,
    onAccepted: () => undefined,
    onQueue: () => undefined,
    shownSeq: () => 6 as Seq,
    onStaleView: () => undefined,
    told: { session: () => ({ status: 'loading' }), queue: () => undefined },
    lostSends: { read: () => null, write: () => undefined },
  })
  const draft = drafts.of(SESSION_ID)
  return { sender, drafts, draft, stored, type: (text: string) => drafts.set(SESSION_ID, text) }
}

/** `one` is under way, `two` and `three` wait behind it, and `four` stands in the box. */
async function threeInLine() {
  const tab = openTab()
  tab.type('one')
  const sent = tab.sender.send('reject')
  const first = await server.nextRequest()
  tab.type('one two')
  await tab.sender.send('reject')
  tab.type('three')
  await tab.sender.send('reject')
  tab.type('four')
  return { ...tab, first, sent }
}

const said = (body: string): unknown => {
  const { message, on_busy } = JSON.parse(body)
  return [message, on_busy]
}

const turn = (name: string, firstSeq: number) => ({
  turn_id: name,
  session_id: SESSION_ID,
  user_message_id: 1,
  assistant_message_id: 2,
  phase: 'running',
  outcome: null,
  started_at: '2026-01-01T00:00:00Z',
  ended_at: null,
  first_seq: firstSeq,
})

const queued = (name: string) => ({
  turn_id: name,
  position: 1,
  queue: { session_id: SESSION_ID, revision: 1, paused: null, messages: [] },
})

test('what is sent while a send is under way is sent after it, in order, each as a message of its own', async () => {
  const { sender, draft, first, sent } = await threeInLine()
  expect(draft.get()).toBe('four')
  expect(sender.state.get()).toEqual({ status: 'sending', message: 'one', isInBox: false, waiting: ['two', 'three'] })
  expect(said(first.body)).toEqual(['one', 'reject'])
  first.answer(201, turn('turn-1', 7))
  const second = await server.nextRequest()
  expect(said(second.body)).toEqual(['two', 'queue'])
  second.answer(202, queued('turn-2'))
  const third = await server.nextRequest()
  expect(said(third.body)).toEqual(['three', 'queue'])
  expect(new Set([first, second, third].map(({ headers }) => headers['idempotency-key'])).size).toBe(3)
  expect(draft.get()).toBe('four')
  third.answer(202, queued('turn-3'))
  await sent
  expect([draft.get(), sender.state.get()]).toEqual(['four', { status: 'queued' }])
})

test.each([
  { status: 409, body: { code: 'stale_view', last_seq: 9, missed: [], reload: true }, reason: 'stale_view' },
  { status: 429, body: { code: 'server_busy', detail: 'busy' }, reason: 'line_full' },
  { status: null, body: null, reason: 'unreachable' },
])('after $reason all words are in the box again, in their order, and nothing more is sent', async (refusal) => {
  const { sender, draft, first, sent, stored, drafts } = await threeInLine()
  if (refusal.status === null) first.cut()
  else
    first.answer(refusal.status, {
      type: 'about:blank',
      title: '',
      detail: '',
      status: refusal.status,
      ...refusal.body,
    })
  await sent
  expect(draft.get()).toBe('one\n\ntwo\n\nthree\n\nfour')
  expect(sender.state.get()).toMatchObject({ status: 'refused', reason: refusal.reason })
  await drafts.settled()
  expect(stored.get(SESSION_ID)).toBe('one\n\ntwo\n\nthree\n\nfour')
})

test('a refusal in the middle brings back what was not said, and nothing that was', async () => {
  const { draft, first, sent } = await threeInLine()
  first.answer(201, turn('turn-1', 7))
  ;(await server.nextRequest()).answer(429, { code: 'queue_full', detail: 'full' })
  await sent
  expect(draft.get()).toBe('two\n\nthree\n\nfour')
})

test('I12: words that come back joined to some whose answer was lost are not said twice', async () => {
  const { sender, draft, first, sent } = await threeInLine()
  first.cut()
  await sent
  const again = sender.send('reject')
  const request = await server.nextRequest()
  expect(request.headers['idempotency-key']).toBe(first.headers['idempotency-key'])
  request.answer(422, { code: 'idempotency_mismatch', detail: 'another body' })
  await again
  expect(draft.get()).toBe('two\n\nthree\n\nfour')
  expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'said_before' })
})

test('a tab that ends while words wait has them all in its box when it is opened again', async () => {
  const { first, sent, stored, drafts } = await threeInLine()
  await drafts.settled()
  expect(stored.get(SESSION_ID)).toBe('one\n\ntwo\n\nthree\n\nfour')
  first.answer(201, turn('turn-1', 7))
  const second = await server.nextRequest()
  await drafts.settled()
  expect(stored.get(SESSION_ID)).toBe('two\n\nthree\n\nfour')
  second.answer(429, { code: 'queue_full', detail: 'full' })
  await sent
})

test('words that begin like those under way are not taken for them', async () => {
  const { draft, first, sent, type } = await threeInLine()
  type('one more thing')
  first.answer(201, turn('turn-1', 7))
  ;(await server.nextRequest()).answer(202, queued('turn-2'))
  ;(await server.nextRequest()).answer(202, queued('turn-3'))
  await sent
  expect(draft.get()).toBe('one more thing')
})

test('what waits for a session that is being made is said there, in order', async () => {
  const { sender, drafts, draft } = openTab()
  const before = createSendLine(drafts, 'new')
  drafts.set('new', 'one')
  before.add('reject')
  drafts.set('new', 'one two')
  before.add('reject')
  drafts.set('new', 'half a th')
  const sent = sender.sendAll(before)
  expect([drafts.of('new').get(), before.first(), draft.get()]).toEqual(['', undefined, 'half a th'])
  const first = await server.nextRequest()
  expect(said(first.body)).toEqual(['one', 'reject'])
  first.answer(201, turn('turn-1', 7))
  const second = await server.nextRequest()
  expect(said(second.body)).toEqual(['two', 'queue'])
  second.answer(202, queued('turn-2'))
  await sent
  expect(draft.get()).toBe('half a th')
})
