import { describe, expect, test } from 'vitest'
import { type SessionId, seqSchema } from '../../protocol/ids.ts'
import { imageIdSchema } from '../../protocol/image.ts'
import { MAX_QUEUED_MESSAGES } from '../../protocol/queue.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { COMPLETED, endOf } from '../turns/scripted-events.ts'
import { MAX_CANCELLED_SENDS, type TurnClaim } from '../turns/turn-store.ts'
import { endAndGoOn, queued, runningTurn, textsOf } from './queue-scenario.ts'
import { claimed, claimOf, fenceOf, newSessionId, type OpenStores } from './store-scenario.ts'

const CANCELLED: TurnOutcome = { status: 'cancelled' }
const FAILED: TurnOutcome = { status: 'failed', reason: 'internal', message: 'scripted' }

/** What every `TurnStore` must do about messages that wait, sends that are cancelled, and views that are stale. */
export function testQueue(open: OpenStores): void {
  describe('queue', () => testQueueing(open))
  describe('changes of a queue', () => testChanges(open))
  describe('cancelled sends', () => testCancelledSends(open))
  describe('stale views', () => testStaleViews(open))
}

function testQueueing(open: OpenStores): void {
  test('what waits is stored in order, and is neither a turn, nor a message, nor an entry', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    const before = await stores.tables()
    const first = await queued(stores, sessionId, {
      message: 'first',
      clientId: 'tab',
      holder: { kind: 'cli', label: 'sh' },
    })
    const second = await queued(stores, sessionId, 'second')
    expect(await stores.turns.readQueue(sessionId)).toMatchObject({
      revision: 2,
      paused: null,
      messages: [
        { turnId: first, message: 'first', clientId: 'tab', holder: { kind: 'cli', label: 'sh' }, afterStop: false },
        { turnId: second, message: 'second' },
      ],
    })
    const after = await stores.tables()
    for (const table of ['turn', 'message', 'entry', 'head']) expect(after[table]).toEqual(before[table])
    expect(await stores.turns.readTurn(first)).toBeUndefined()
  })

  test('I6: what waits is there after a restart, with its order and its pause', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    for (const message of ['a', 'b', 'c']) await queued(stores, turn.sessionId, message)
    await stores.turns.recordStop(turn)
    const queue = await stores.turns.readQueue(turn.sessionId)
    await stores.reopen()
    expect(await stores.turns.readQueue(turn.sessionId)).toEqual(queue)
    expect(await stores.turns.readQueues()).toEqual([queue])
    expect([queue.paused?.reason, textsOf(queue)]).toEqual(['stopped', ['a', 'b', 'c']])
  })

  test('D18: a message that waits keeps its images, over a restart too, and begins its turn with them', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const images = [{ image_id: imageIdSchema.parse('a'.repeat(64)), media_type: 'image/png' }] as const
    await queued(stores, turn.sessionId, { message: 'what is it?', images })
    await stores.reopen()
    expect((await stores.turns.readQueue(turn.sessionId)).messages).toMatchObject([{ message: 'what is it?', images }])
    expect(await stores.sessions.readSessionImages(turn.sessionId)).toEqual(images)
    const started = await endAndGoOn(stores, turn, COMPLETED)
    if (!started) throw new Error('the message that waits has started no turn')
    expect(await stores.sessions.readMessageImages(started.userMessageId)).toEqual(images)
    await stores.turns.endTurn(fenceOf(started), () => endOf(COMPLETED))
    expect((await stores.history(turn.sessionId)).at(-2)).toMatchObject({ content: 'what is it?', images })
  })

  test('in a session that is free nothing waits, and in none at all neither', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const before = await stores.tables()
    expect(await stores.turns.queueTurn(claimOf(sessionId))).toEqual({ status: 'not_active' })
    expect(await stores.turns.queueTurn(claimOf(newSessionId()))).toEqual({ status: 'session_not_found' })
    expect(await stores.tables()).toEqual(before)
  })

  test('R15, I4: a full queue takes no more and stores nothing of it', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    for (let n = 0; n < MAX_QUEUED_MESSAGES; n += 1) await queued(stores, sessionId, `message ${n}`)
    expect(await stores.turns.queueTurn(claimOf(sessionId, { message: 'too many' }))).toEqual({ status: 'queue_full' })
    expect(JSON.stringify(await stores.tables())).not.toContain('too many')
  })

  test('R15: the text of all messages together has a limit, counted in characters', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    const shells = '\u{1f41a}'.repeat(100_000)
    await queued(stores, sessionId, shells)
    const last = await queued(stores, sessionId, shells)
    expect(await stores.turns.queueTurn(claimOf(sessionId, { message: 'x' }))).toEqual({ status: 'queue_full' })
    const longer = { type: 'edit', turnId: last, message: `${shells}x` } as const
    expect(await stores.turns.changeQueue(sessionId, longer)).toEqual({ status: 'queue_full' })
  })

  test('I12: one key waits once, and is the same send when it has started and when it has ended', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const idempotency = { key: 'send-1', fingerprint: 'of the body' }
    const claims = Array.from({ length: 20 }, () => claimOf(turn.sessionId, { idempotency, message: 'once' }))
    const results = await Promise.all(claims.map((claim) => stores.turns.queueTurn(claim)))
    expect(results.filter((result) => result.status === 'queued')).toHaveLength(1)
    const queue = await stores.turns.readQueue(turn.sessionId)
    expect(textsOf(queue)).toEqual(['once'])
    const repeat = { status: 'repeated', earlier: { status: 'queued', message: queue.messages[0] } }
    expect(results.filter((result) => result.status === 'repeated')).toMatchObject(
      Array.from({ length: 19 }, () => repeat),
    )
    expect(await stores.turns.claimTurn(claimOf(turn.sessionId, { idempotency }))).toMatchObject(repeat)
    await stores.reopen()
    expect(await stores.turns.readSend(turn.sessionId, 'send-1')).toEqual(repeat.earlier)
    const next = await endAndGoOn(stores, turn, COMPLETED)
    const started = { status: 'repeated', earlier: { status: 'started', turn: next } }
    expect(await stores.turns.queueTurn(claimOf(turn.sessionId, { idempotency }))).toMatchObject(started)
    expect(next?.turnId).toBe(queue.messages[0]?.turnId)
  })

  test('I10: a deleted session takes what waits along, and its cancelled keys', async () => {
    await using stores = await open()
    const before = await stores.tables()
    const { sessionId } = await runningTurn(stores)
    await queued(stores, sessionId, 'ghost')
    await stores.turns.cancelSend(sessionId, 'ghost key')
    await stores.sessions.deleteSession(sessionId)
    const after = await stores.tables()
    for (const table of ['queue', 'queued_message', 'cancelled_send']) expect(after[table]).toEqual(before[table])
    expect(await stores.turns.readQueues()).toEqual([])
  })

  test('a branch leaves what waits where it is', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    await queued(stores, sessionId, 'mine')
    const id = newSessionId()
    await stores.sessions.branchSession({ id, from: sessionId, upTo: undefined, title: 'branch' })
    expect(await stores.turns.readQueue(id)).toEqual({ sessionId: id, revision: 0, paused: null, messages: [] })
  })
}

function testChanges(open: OpenStores): void {
  test('edit, move and remove hit the named message and no other', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    const [a, b, c] = [
      await queued(stores, sessionId, 'a'),
      await queued(stores, sessionId, 'b'),
      await queued(stores, sessionId, 'c'),
    ]
    const change = async (wanted: Parameters<typeof stores.turns.changeQueue>[1]) => {
      const result = await stores.turns.changeQueue(sessionId, wanted)
      if (result.status !== 'decided') throw new Error(result.status)
      expect(await stores.turns.readQueue(sessionId)).toEqual(result.queue)
      return textsOf(result.queue)
    }
    expect(await change({ type: 'edit', turnId: c, before: a })).toEqual(['c', 'a', 'b'])
    expect(await change({ type: 'edit', turnId: c, before: null })).toEqual(['a', 'b', 'c'])
    expect(await change({ type: 'edit', turnId: b, message: 'B' })).toEqual(['a', 'B', 'c'])
    expect(await change({ type: 'edit', turnId: a, message: 'A', before: c })).toEqual(['B', 'A', 'c'])
    expect(await change({ type: 'remove', turnId: b })).toEqual(['A', 'c'])
    const before = await stores.tables()
    for (const gone of [
      { type: 'remove', turnId: b },
      { type: 'edit', turnId: b, message: 'x' },
    ] as const) {
      expect(await stores.turns.changeQueue(sessionId, gone)).toEqual({ status: 'not_queued', turnId: b })
    }
    expect(await stores.turns.changeQueue(sessionId, { type: 'edit', turnId: a, before: b })).toMatchObject({
      turnId: b,
    })
    expect(await stores.tables()).toEqual(before)
  })

  test('what is done to the whole queue needs its revision, so that it hits nothing it has not seen', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    await queued(stores, sessionId, 'seen')
    const { revision } = await stores.turns.readQueue(sessionId)
    await queued(stores, sessionId, 'not seen')
    for (const type of ['clear', 'pause', 'resume'] as const) {
      expect(await stores.turns.changeQueue(sessionId, { type, revision })).toEqual({ status: 'revision_changed' })
    }
    expect(textsOf(await stores.turns.readQueue(sessionId))).toEqual(['seen', 'not seen'])
    const pause = await stores.turns.changeQueue(sessionId, { type: 'pause', revision: revision + 1 })
    expect(pause).toMatchObject({ status: 'decided', queue: { paused: { reason: 'person' }, revision: revision + 2 } })
    const resume = await stores.turns.changeQueue(sessionId, { type: 'resume', revision: revision + 2 })
    expect(resume).toMatchObject({ status: 'decided', queue: { paused: null } })
    const clear = await stores.turns.changeQueue(sessionId, { type: 'clear', revision: revision + 3 })
    expect(clear).toMatchObject({ status: 'decided', queue: { messages: [], paused: null } })
    expect(await stores.turns.changeQueue(newSessionId(), { type: 'clear', revision: 0 })).toEqual({
      status: 'session_not_found',
    })
  })

  test('a pause ends with the last message that it holds back', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const only = await queued(stores, turn.sessionId, 'only')
    await endAndGoOn(stores, turn, FAILED)
    await stores.turns.changeQueue(turn.sessionId, { type: 'remove', turnId: only })
    expect(await stores.turns.readQueue(turn.sessionId)).toMatchObject({ paused: null, messages: [] })
  })
}

function testCancelledSends(open: OpenStores): void {
  const send = (sessionId: SessionId, key: string): TurnClaim =>
    claimOf(sessionId, { message: 'late', idempotency: { key, fingerprint: 'late' } })

  test('I4: a send that was cancelled before it came is refused, however it comes, and leaves nothing', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    expect(await stores.turns.cancelSend(sessionId, 'k')).toEqual({ status: 'cancelled', turn: null })
    expect(await stores.turns.cancelSend(sessionId, 'k')).toEqual({ status: 'cancelled', turn: null })
    await stores.reopen()
    const before = await stores.tables()
    const refused = { status: 'repeated', earlier: { status: 'cancelled' } }
    expect(await stores.turns.claimTurn(send(sessionId, 'k'))).toMatchObject(refused)
    expect(await stores.tables()).toEqual(before)
    const turn = await runningTurn(stores, sessionId)
    expect(await stores.turns.queueTurn(send(sessionId, 'k'))).toMatchObject(refused)
    const replaced = await stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED), send(sessionId, 'k'))
    expect(replaced).toMatchObject(refused)
    expect(JSON.stringify(await stores.tables())).not.toContain('late')
  })

  test('F16: the turn that the send has started is stopped, and a second call answers the same', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const turn = await claimed(stores, send(sessionId, 'k'))
    await queued(stores, sessionId, 'behind it')
    const stopped = { status: 'cancelled', turn: { turnId: turn.turnId, stopRequested: true, outcome: null } }
    expect(await stores.turns.cancelSend(sessionId, 'k')).toMatchObject(stopped)
    expect((await stores.log(sessionId)).at(-1)).toMatchObject({ type: 'turn.phase_changed' })
    expect((await stores.turns.readQueue(sessionId)).paused?.reason).toBe('stopped')
    const before = await stores.tables()
    expect(await stores.turns.cancelSend(sessionId, 'k')).toMatchObject(stopped)
    expect(await stores.tables()).toEqual(before)
  })

  test('F15: a turn that has ended is answered as it ended', async () => {
    await using stores = await open()
    const turn = await claimed(stores, send(await stores.addSession(), 'k'))
    await endAndGoOn(stores, turn, COMPLETED)
    expect(await stores.turns.cancelSend(turn.sessionId, 'k')).toMatchObject({ turn: { outcome: COMPLETED } })
  })

  test('a message that waits is removed, and no repeat of its send brings it back', async () => {
    await using stores = await open()
    const { sessionId } = await runningTurn(stores)
    for (const key of ['k', 'l', 'm']) await stores.turns.queueTurn(send(sessionId, key))
    expect(await stores.turns.cancelSend(sessionId, 'k')).toEqual({ status: 'cancelled', turn: null })
    const { messages, revision } = await stores.turns.readQueue(sessionId)
    expect(messages.map(({ idempotency }) => idempotency?.key)).toEqual(['l', 'm'])
    const [l] = messages
    if (l) await stores.turns.changeQueue(sessionId, { type: 'remove', turnId: l.turnId })
    await stores.turns.changeQueue(sessionId, { type: 'clear', revision: revision + 1 })
    for (const key of ['k', 'l', 'm']) {
      expect(await stores.turns.queueTurn(send(sessionId, key))).toMatchObject({ earlier: { status: 'cancelled' } })
    }
  })

  test('R15: the newest are remembered, and the oldest is forgotten', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const keys = Array.from({ length: MAX_CANCELLED_SENDS + 1 }, (_, n) => `key ${n}`)
    await Promise.all(keys.map((key) => stores.turns.cancelSend(sessionId, key)))
    const remembered = await Promise.all(keys.map((key) => stores.turns.readSend(sessionId, key)))
    expect(remembered.map((send) => send?.status)).toEqual(keys.map((_, n) => (n === 0 ? undefined : 'cancelled')))
    expect(await stores.turns.cancelSend(newSessionId(), 'k')).toEqual({ status: 'session_not_found' })
  })
}

function testStaleViews(open: OpenStores): void {
  test('I4: a claim of somebody who has not seen the last answer is refused, and one that has is not', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await endAndGoOn(stores, turn, COMPLETED)
    const last = (await stores.turns.readLastSeq(turn.sessionId)) ?? seqSchema.parse(0)
    const before = await stores.tables()
    const claim = (expectedSeq: number) => claimOf(turn.sessionId, { expectedSeq: seqSchema.parse(expectedSeq) })
    const stale = { status: 'stale_view', settledSeq: last }
    expect(await stores.turns.claimTurn(claim(last - 1))).toMatchObject(stale)
    expect(await stores.turns.claimTurn(claim(0))).toMatchObject(stale)
    expect(await stores.tables()).toEqual(before)
    expect(await claimed(stores, claim(last))).toMatchObject({ epoch: 2 })
  })

  test('beside an active turn its own entries need not have been seen, and what stands before it must', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await endAndGoOn(stores, turn, COMPLETED)
    const active = await runningTurn(stores, turn.sessionId)
    const settled = active.firstSeq - 1
    const claim = (expectedSeq: number) => claimOf(turn.sessionId, { expectedSeq: seqSchema.parse(expectedSeq) })
    const stale = { status: 'stale_view', settledSeq: settled }
    expect(await stores.turns.queueTurn(claim(settled - 1))).toMatchObject(stale)
    const replace = (expectedSeq: number) =>
      stores.turns.replaceTurn(fenceOf(active), () => endOf(CANCELLED), claim(expectedSeq))
    expect(await replace(settled - 1)).toMatchObject(stale)
    expect(await stores.turns.claimTurn(claim(0))).toMatchObject({ status: 'turn_active' })
    expect(await stores.turns.queueTurn(claim(settled))).toMatchObject({ status: 'queued' })
    expect(await replace(settled)).toMatchObject({ status: 'started' })
  })

  test('I12: a repeat is a repeat, whatever its sender has seen', async () => {
    await using stores = await open()
    const idempotency = { key: 'k', fingerprint: 'of the body' }
    const turn = await claimed(stores, claimOf(await stores.addSession(), { idempotency }))
    await endAndGoOn(stores, turn, COMPLETED)
    const again = claimOf(turn.sessionId, { idempotency, expectedSeq: seqSchema.parse(0) })
    expect(await stores.turns.claimTurn(again)).toMatchObject({ status: 'repeated', earlier: { status: 'started' } })
  })
}
