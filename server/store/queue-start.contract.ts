import { describe, expect, test } from 'vitest'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { COMPLETED, endOf } from '../turns/scripted-events.ts'
import { endAndGoOn, queued, runningTurn, textsOf } from './queue-scenario.ts'
import { claimed, claimOf, fenceOf, newTurnId, type OpenStores } from './store-scenario.ts'

const CANCELLED: TurnOutcome = { status: 'cancelled' }
const FAILED: TurnOutcome = { status: 'failed', reason: 'internal', message: 'scripted' }
const INTERRUPTED: TurnOutcome = { status: 'interrupted', reason: 'restart', message: 'scripted' }

/** What every `TurnStore` must do about starting what waits: at the end of a turn, and on demand. */
export function testQueueStart(open: OpenStores): void {
  describe('the end of a turn', () => testGoingOn(open))
  describe('send now', () => testSendNow(open))
}

function testGoingOn(open: OpenStores): void {
  test('the end and the claim of what waits are one piece of the log, under a new epoch', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const waiting = await queued(stores, turn.sessionId, { message: 'next', clientId: 'tab' })
    await queued(stores, turn.sessionId, 'after that')
    const told: string[] = []
    stores.turns.onQueueChanged((queue) => told.push(textsOf(queue).join()))
    stores.turns.onCommitted((_sessionId, entries) => told.push(...entries.map(({ type }) => type)))
    const next = await endAndGoOn(stores, turn, COMPLETED)
    expect(next).toMatchObject({ turnId: waiting, epoch: 2, clientId: 'tab', outcome: null })
    expect(told).toEqual(['after that', 'turn.ended', 'turn.started'])
    const entries = (await stores.log(turn.sessionId)).slice(-2)
    expect(entries.map(({ seq, epoch, type }) => `${seq} e${epoch} ${type}`)).toEqual([
      '4 e1 turn.ended',
      '5 e2 turn.started',
    ])
    expect((await stores.history(turn.sessionId)).map(({ content }) => content)).toEqual(['hello', ''])
    expect(textsOf(await stores.turns.readQueue(turn.sessionId))).toEqual(['after that'])
  })

  test('I1: a foreign send beside that end is refused for the turn that it has started', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const waiting = await queued(stores, turn.sessionId, 'next')
    const [next, foreign] = await Promise.all([
      endAndGoOn(stores, turn, COMPLETED),
      stores.turns.claimTurn(claimOf(turn.sessionId)),
    ])
    expect([next?.turnId, foreign]).toMatchObject([waiting, { status: 'turn_active', turn: { turnId: waiting } }])
  })

  test('where what waits cannot start, the turn does not end', async () => {
    await using stores = await open()
    const [turn, other] = [await runningTurn(stores), await runningTurn(stores)]
    await queued(stores, turn.sessionId, { message: 'next', turnId: other.turnId }) // taken: the database refuses the row
    const before = await stores.tables()
    await expect(endAndGoOn(stores, turn, COMPLETED)).rejects.toThrow()
    expect(await stores.tables()).toEqual(before)
  })

  test('an end that nobody goes on from leaves what waits for later, and it is not paused', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const waiting = await queued(stores, turn.sessionId, 'next')
    expect(await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))).toEqual({
      status: 'ended',
      next: null,
    })
    const claim = { sessionId: turn.sessionId, workerId: 'next start' }
    const result = await stores.turns.claimQueued(claim)
    expect(result).toMatchObject({ status: 'started', started: { turn: { turnId: waiting }, message: 'next' } })
    expect(await stores.turns.claimQueued(claim)).toEqual({ status: 'not_queued' })
  })

  test.for([
    [FAILED, 'failed'],
    [INTERRUPTED, 'interrupted'],
    [CANCELLED, 'stopped'],
  ] as const)('a turn that ends %o pauses what waits, and starts none of it', async ([outcome, reason]) => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await queued(stores, turn.sessionId, 'next')
    stores.clock.advance(5_000)
    expect(await endAndGoOn(stores, turn, outcome)).toBeUndefined()
    const paused = { reason, at: stores.clock.nowMs() }
    expect(await stores.turns.readQueue(turn.sessionId)).toMatchObject({ paused, messages: [{ message: 'next' }] })
    expect(await stores.turns.claimQueued({ sessionId: turn.sessionId, workerId: 'worker' })).toEqual({
      status: 'not_queued',
    })
    expect(await claimed(stores, claimOf(turn.sessionId))).toMatchObject({ epoch: 2 }) // the session itself is free
  })

  test('an empty queue is not paused by anything', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.recordStop(turn)
    await endAndGoOn(stores, turn, CANCELLED)
    expect(await stores.turns.readQueue(turn.sessionId)).toMatchObject({ revision: 0, paused: null })
  })

  test('a stop holds back what waits at once; what is sent after it goes first, and only that goes on by itself', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await queued(stores, turn.sessionId, 'before')
    await stores.turns.recordStop(turn)
    expect((await stores.turns.readQueue(turn.sessionId)).paused).toMatchObject({ reason: 'stopped' })
    const [first, second] = [
      await queued(stores, turn.sessionId, 'new intent'),
      await queued(stores, turn.sessionId, 'and more'),
    ]
    expect(textsOf(await stores.turns.readQueue(turn.sessionId))).toEqual(['new intent', 'and more', 'before'])
    const next = await endAndGoOn(stores, turn, CANCELLED)
    expect(next?.turnId).toBe(first)
    const afterThat = next && (await endAndGoOn(stores, next, COMPLETED))
    expect(afterThat?.turnId).toBe(second)
    expect(afterThat && (await endAndGoOn(stores, afterThat, COMPLETED))).toBeUndefined()
    const queue = await stores.turns.readQueue(turn.sessionId)
    expect([textsOf(queue), queue.paused?.reason]).toEqual([['before'], 'stopped'])
  })

  test('a second stop holds back what was sent after the first', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.recordStop(turn)
    await queued(stores, turn.sessionId, 'one')
    await queued(stores, turn.sessionId, 'two')
    const next = await endAndGoOn(stores, turn, CANCELLED)
    if (!next) throw new Error('nothing was started')
    await stores.turns.recordStop(next)
    expect(await endAndGoOn(stores, next, CANCELLED)).toBeUndefined()
    const queue = await stores.turns.readQueue(turn.sessionId)
    expect([textsOf(queue), queue.paused?.reason]).toEqual([['two'], 'stopped'])
  })

  test('an interrupt leaves the queue as it is: it goes on after the turn that interrupted', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const waiting = await queued(stores, turn.sessionId, 'next')
    const claim = claimOf(turn.sessionId, { message: 'first this' })
    const replaced = await stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED), claim)
    if (replaced.status !== 'started') throw new Error(replaced.status)
    expect((await stores.turns.readQueue(turn.sessionId)).paused).toBeNull()
    expect((await endAndGoOn(stores, replaced.started.turn, COMPLETED))?.turnId).toBe(waiting)
  })
}

function testSendNow(open: OpenStores): void {
  test('D4: ends the active turn and starts exactly the named message, in one transaction', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await queued(stores, turn.sessionId, 'first')
    const wanted = await queued(stores, turn.sessionId, 'second')
    const claim = { sessionId: turn.sessionId, turnId: wanted, workerId: 'worker' }
    const result = await stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED, 'so f'), claim)
    expect(result).toMatchObject({
      status: 'started',
      started: { turn: { turnId: wanted, epoch: 2 }, message: 'second' },
    })
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ outcome: CANCELLED })
    expect(textsOf(await stores.turns.readQueue(turn.sessionId))).toEqual(['first'])
    expect((await stores.history(turn.sessionId)).map(({ content }) => content)).toEqual(['hello', 'so f'])
  })

  test('I4: a message that waits no more stops nothing', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await queued(stores, turn.sessionId, 'another')
    const before = await stores.tables()
    const claim = { sessionId: turn.sessionId, turnId: newTurnId(), workerId: 'worker' }
    expect(await stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED), claim)).toEqual({
      status: 'not_queued',
    })
    expect(await stores.turns.claimQueued(claim)).toEqual({ status: 'not_queued' })
    expect(await stores.tables()).toEqual(before)
  })

  test('in a session that is free it starts in spite of a pause, which stays for the rest', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await queued(stores, turn.sessionId, 'first')
    const wanted = await queued(stores, turn.sessionId, 'second')
    await endAndGoOn(stores, turn, FAILED)
    const claim = { sessionId: turn.sessionId, turnId: wanted, workerId: 'worker' }
    expect(await stores.turns.claimQueued(claim)).toMatchObject({ status: 'started', started: { message: 'second' } })
    const queue = await stores.turns.readQueue(turn.sessionId)
    expect([textsOf(queue), queue.paused?.reason]).toEqual([['first'], 'failed'])
  })
}
