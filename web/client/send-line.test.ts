import { afterEach, beforeEach, expect, test } from 'vitest'
import { imageIdSchema, type MessageImage } from '../../protocol/image.ts'
import { queuedTurn, SendingTab, startedTurn } from '../../tests/browser/web-sending-tab.ts'
import type { ApiResult } from './api-result.ts'
import { createAttachments } from './attachments.ts'
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

/** A page whose images get to the server when the test says so: with an id, or not at all. */
function pageWithImages() {
  const gifts: ((id: string | null) => void)[] = []
  let keys = 0
  const tray = createAttachments({
    newKey: () => `image ${++keys}`,
    give: () =>
      new Promise((resolve) => gifts.push((id) => resolve(id === null ? { status: 'unreachable' } : given(id)))),
    urls: URL,
  })
  return { ...tab.load(tray), tray, gifts, attach: () => tray.add([new File(['shell'], 'shell.png')]) }
}

function given(id: string): ApiResult<MessageImage> {
  return { status: 'ok', value: { image_id: imageId(id), media_type: 'image/png' } }
}

const imageId = (letter: string) => imageIdSchema.parse(letter.repeat(64))

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
  before.add('reject', null)
  drafts.set('new', 'one two')
  before.add('reject', null)
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

test('ui.md §3.3 rule 1: the words go as they were when they were sent, though their image is still on its way', async () => {
  const { sender, draft, type, tray, gifts, attach } = pageWithImages()
  attach()
  type('what is this')
  const sent = sender.send('reject')
  expect(sender.state.get()).toMatchObject({ status: 'sending', message: 'what is this', isInBox: true })
  type('what is this and th')
  attach()
  gifts[1]?.('b')
  gifts[0]?.('a')
  const request = await tab.server.nextRequest()
  expect(JSON.parse(request.body)).toMatchObject({ message: 'what is this', images: [imageId('a')] })
  request.answer(201, startedTurn('turn-1', 7))
  await sent
  expect([draft.get(), tray.state.get().map(({ image }) => image?.image_id)]).toEqual(['and th', [imageId('b')]])
})

test('an image that does not get to the server leaves all words in the box, what was typed after them, too', async () => {
  const { sender, draft, type, tray, gifts, attach } = pageWithImages()
  attach()
  type('what is this')
  const sent = sender.send('reject')
  type('what is this and th')
  gifts[0]?.(null)
  await sent
  expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'image_failed' })
  expect([draft.get(), tray.state.get().length]).toEqual(['what is this and th', 1])
  const again = sender.send('reject')
  gifts[1]?.('a')
  const request = await tab.server.nextRequest()
  expect(JSON.parse(request.body)).toMatchObject({ message: 'what is this and th', images: [imageId('a')] })
  request.answer(201, startedTurn('turn-1', 7))
  await again
})

test.each([
  { arrives: 'a', left: 'thr' },
  { arrives: null, left: 'two\n\nthr' },
])('what waits in the line has its own image, or comes back for want of it ($arrives)', async ({ arrives, left }) => {
  const { sender, draft, type, gifts, attach } = pageWithImages()
  type('one')
  const sent = sender.send('reject')
  const first = await tab.server.nextRequest()
  attach()
  type('one two')
  await sender.send('reject')
  expect([draft.get(), sender.state.get()]).toMatchObject(['', { message: 'one', waiting: ['two'] }])
  type('thr')
  first.answer(201, startedTurn('turn-1', 7))
  gifts[0]?.(arrives)
  if (arrives !== null) {
    const second = await tab.server.nextRequest()
    expect(JSON.parse(second.body)).toMatchObject({ message: 'two', images: [imageId(arrives)] })
    second.answer(202, queuedTurn('turn-2'))
  }
  await sent
  expect(draft.get()).toBe(left)
})
