import { afterEach, beforeEach, expect, test } from 'vitest'
import { queuedTurn, SendingTab, startedTurn } from '../../tests/browser/web-sending-tab.ts'
import { createSendLine } from './send-line.ts'
import { SESSION_ID } from './session-log.scenario.ts'

let tab: SendingTab
beforeEach(async () => {
  tab = await SendingTab.open()
})
afterEach(async () => {
  await tab[Symbol.asyncDispose]()
})

/** `one` is under way, `two` and `three` wait behind it, and `four` stands in the box. */
async function threeInLine() {
  const page = tab.load()
  page.type('one')
  const sent = page.sender.send('reject')
  const first = await tab.server.nextRequest()
  page.type('one two')
  await page.sender.send('reject')
  page.type('three')
  await page.sender.send('reject')
  page.type('four')
  return { ...page, first, sent }
}

const said = (body: string): unknown => {
  const { message, on_busy } = JSON.parse(body)
  return [message, on_busy]
}

test('what is sent while a send is under way is sent after it, in order, each as a message of its own', async () => {
  const { sender, draft, first, sent } = await threeInLine()
  expect(draft.get()).toBe('four')
  expect(sender.state.get()).toEqual({ status: 'sending', message: 'one', isInBox: false, waiting: ['two', 'three'] })
  expect(said(first.body)).toEqual(['one', 'reject'])
  first.answer(201, startedTurn('turn-1', 7))
  const second = await tab.server.nextRequest()
  expect(said(second.body)).toEqual(['two', 'queue'])
  second.answer(202, queuedTurn('turn-2'))
  const third = await tab.server.nextRequest()
  expect(said(third.body)).toEqual(['three', 'queue'])
  expect(new Set([first, second, third].map(({ headers }) => headers['idempotency-key'])).size).toBe(3)
  expect(draft.get()).toBe('four')
  third.answer(202, queuedTurn('turn-3'))
  await sent
  expect([draft.get(), sender.state.get()]).toEqual(['four', { status: 'queued' }])
})

test.each([
  { status: 409, body: { code: 'stale_view', last_seq: 9, missed: [], reload: true }, reason: 'stale_view' },
  { status: 429, body: { code: 'server_busy', detail: 'busy' }, reason: 'line_full' },
  { status: null, body: null, reason: 'unreachable' },
])('after $reason all words are in the box again, in their order, and nothing more is sent', async (refusal) => {
  const { sender, draft, first, sent, drafts } = await threeInLine()
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
  expect(tab.stored.get(SESSION_ID)).toBe('one\n\ntwo\n\nthree\n\nfour')
})

test('a refusal in the middle brings back what was not said, and nothing that was', async () => {
  const { draft, first, sent } = await threeInLine()
  first.answer(201, startedTurn('turn-1', 7))
  ;(await tab.server.nextRequest()).answer(429, { code: 'queue_full', detail: 'full' })
  await sent
  expect(draft.get()).toBe('two\n\nthree\n\nfour')
})

test('I12: words that come back joined to some whose answer was lost are not said twice', async () => {
  const { sender, draft, first, sent } = await threeInLine()
  first.cut()
  await sent
  const again = sender.send('reject')
  const request = await tab.server.nextRequest()
  expect(request.headers['idempotency-key']).toBe(first.headers['idempotency-key'])
  request.answer(422, { code: 'idempotency_mismatch', detail: 'another body' })
  await again
  expect(draft.get()).toBe('two\n\nthree\n\nfour')
  expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'said_before' })
})

test('a tab that ends while words wait has them all in its box when it is opened again', async () => {
  const { first, sent, drafts } = await threeInLine()
  await drafts.settled()
  expect(tab.stored.get(SESSION_ID)).toBe('one\n\ntwo\n\nthree\n\nfour')
  first.answer(201, startedTurn('turn-1', 7))
  const second = await tab.server.nextRequest()
  await drafts.settled()
  expect(tab.stored.get(SESSION_ID)).toBe('two\n\nthree\n\nfour')
  second.answer(429, { code: 'queue_full', detail: 'full' })
  await sent
})

test('words that begin like those under way are not taken for them', async () => {
  const { draft, first, sent, type } = await threeInLine()
  type('one more thing')
  first.answer(201, startedTurn('turn-1', 7))
  ;(await tab.server.nextRequest()).answer(202, queuedTurn('turn-2'))
  ;(await tab.server.nextRequest()).answer(202, queuedTurn('turn-3'))
  await sent
  expect(draft.get()).toBe('one more thing')
})

test('what waits for a session that is being made is said there, in order', async () => {
  const { sender, drafts, draft } = tab.load()
  const before = createSendLine(drafts, 'new')
  drafts.set('new', 'one')
  before.add('reject', () => [])
  drafts.set('new', 'one two')
  before.add('reject', () => [])
  drafts.set('new', 'half a th')
  const sent = sender.sendAll(before)
  expect([drafts.of('new').get(), before.first(), draft.get()]).toEqual(['', undefined, 'half a th'])
  const first = await tab.server.nextRequest()
  expect(said(first.body)).toEqual(['one', 'reject'])
  first.answer(201, startedTurn('turn-1', 7))
  const second = await tab.server.nextRequest()
  expect(said(second.body)).toEqual(['two', 'queue'])
  second.answer(202, queuedTurn('turn-2'))
  await sent
  expect(draft.get()).toBe('half a th')
})
