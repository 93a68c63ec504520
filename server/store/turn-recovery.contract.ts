import { describe, expect, test } from 'vitest'
import { epochSchema } from '../../protocol/ids.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { COMPLETED, endOf, resumed, says, stepFinished, stepStarted, toolFinished } from '../turns/scripted-events.ts'
import type { StoredEntry } from '../turns/stored-entry.ts'
import { claimed, claimOf, fenceOf, type OpenStores, runningTurn } from './store-scenario.ts'

const CANCELLED: TurnOutcome = { status: 'cancelled' }
const INTERRUPTED: TurnOutcome = { status: 'interrupted', reason: 'restart', message: 'cut off' }

/** What every `TurnStore` must do about turns whose worker is dead. */
export function testTurnRecovery(open: OpenStores): void {
  describe('an orphan', () => testOrphan(open))
  describe('take over', () => testTakeOver(open))
}

function testOrphan(open: OpenStores): void {
  test('R9: names what no given worker owns, oldest first', async () => {
    await using stores = await open()
    const mine = await claimed(stores, claimOf(await stores.addSession(), { workerId: 'living' }))
    const ended = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(ended), () => endOf(COMPLETED))
    stores.clock.advance(1_000)
    const lost = [await runningTurn(stores)]
    stores.clock.advance(1_000)
    lost.push(await runningTurn(stores))
    expect(await stores.turns.readOrphans('living')).toEqual(lost.map(fenceOf))
    expect(await stores.turns.readOrphans('worker')).toEqual([fenceOf(mine)])
  })

  test('D6: reads all that a turn has logged, its live deltas too, in the order of the seqs, and nothing of other turns', async () => {
    await using stores = await open()
    const first = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(first), () => endOf(CANCELLED, '', [stepFinished('old')]))
    const turn = await claimed(stores, claimOf(first.sessionId))
    await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('new')])
    await stores.turns.append(fenceOf(turn), () => [stepFinished('new'), stepStarted(2), says('and', 2)])
    await stores.turns.append(fenceOf(turn), () => [says(' on', 2)])
    const entries = await stores.turns.readTurnEntries(turn)
    expect(entries).toEqual((await stores.log(turn.sessionId)).filter((entry) => entry.turnId === turn.turnId))
    expect(typesOf(entries).slice(-4)).toEqual(['step.finished', 'step.started', 'text.delta', 'text.delta'])
    expect(entries.every((entry) => entry.turnId === turn.turnId)).toBe(true)
  })

  test('R9: an orphan ends under a new epoch, and its session is free', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const end = endOf(INTERRUPTED, 'so f', [stepFinished('so f')])
    expect(await stores.turns.endOrphan(fenceOf(turn), end)).toEqual({ status: 'ended', next: null })
    const log = await stores.log(turn.sessionId)
    expect(log.slice(-2).map(({ seq, epoch, type }) => `${seq} e${epoch} ${type}`)).toEqual([
      '4 e2 step.finished',
      '5 e2 turn.ended',
    ])
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ outcome: INTERRUPTED, epoch: 2 })
    expect((await stores.history(turn.sessionId))[1]).toMatchObject({ content: 'so f', outcome: INTERRUPTED })
    expect(await claimed(stores, claimOf(turn.sessionId))).toMatchObject({ epoch: 3 })
  })

  test('I11: an orphan that somebody has stopped ends cancelled and no other way', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.recordStop(turn)
    const before = await stores.tables()
    expect(await stores.turns.endOrphan(fenceOf(turn), endOf(INTERRUPTED))).toEqual({ status: 'stop_requested' })
    expect(await stores.tables()).toEqual(before)
    expect(await stores.turns.endOrphan(fenceOf(turn), endOf(CANCELLED))).toEqual({ status: 'ended', next: null })
  })
}

function testTakeOver(open: OpenStores): void {
  test('I1: of two who take over at once one gets the turn, under a new epoch', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const results = await Promise.all([
      stores.turns.takeOverTurn(fenceOf(turn), { workerId: 'next start', events: [resumed(2)] }),
      stores.turns.takeOverTurn(fenceOf(turn), { workerId: 'another start', events: [resumed(9)] }),
    ])
    const fence = { ...fenceOf(turn), epoch: epochSchema.parse(2) }
    expect(results).toEqual([{ status: 'taken_over', fence, stopRequested: false }, { status: 'stale' }])
    expect(await stores.turns.readOrphans('next start')).toEqual([])
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ epoch: 2 })
    expect(await stores.turns.append(fenceOf(turn), () => [says('stray')])).toEqual({ status: 'stale' })
    expect(await stores.turns.append(fence, () => [])).toEqual({ status: 'appended' })
    const [last] = (await stores.log(turn.sessionId)).slice(-1)
    expect(last).toMatchObject({ seq: 4, epoch: 2, turnId: turn.turnId, data: JSON.stringify(resumed(2).data) })
  })

  test('D6: the events of a take-over are written with it, told once, and go with the deltas that stand before', async () => {
    await using stores = await open()
    const told: StoredEntry[] = []
    stores.turns.onCommitted((_, entries) => told.push(...entries))
    const turn = await runningTurn(stores)
    const events = [resumed(2), toolFinished('a')]
    await stores.turns.takeOverTurn(fenceOf(turn), { workerId: 'next start', events })
    const entries = await stores.turns.readTurnEntries(turn)
    expect(typesOf(entries)).toEqual(['turn.started', 'step.started', 'text.delta', 'turn.resumed', 'tool.finished'])
    expect(entries.map((entry) => [entry.seq, entry.epoch])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
    ])
    expect(told).toEqual(entries)
  })

  test('I8, F27: a take-over with a stale fence, or of an ended turn, writes nothing', async () => {
    await using stores = await open()
    const [turn, ended] = [await runningTurn(stores), await runningTurn(stores)]
    await stores.turns.endTurn(fenceOf(ended), () => endOf(COMPLETED))
    const before = await stores.tables()
    const takeOver = { workerId: 'next start', events: [resumed(2)] }
    const stale = { ...fenceOf(turn), epoch: epochSchema.parse(turn.epoch + 1) }
    expect(await stores.turns.takeOverTurn(stale, takeOver)).toEqual({ status: 'stale' })
    expect(await stores.turns.takeOverTurn(fenceOf(ended), takeOver)).toEqual({ status: 'stale' })
    expect(await stores.turns.endOrphan(stale, endOf(CANCELLED))).toEqual({ status: 'stale' })
    expect(await stores.turns.endOrphan(fenceOf(ended), endOf(CANCELLED))).toEqual({ status: 'stale' })
    expect(await stores.tables()).toEqual(before)
  })

  test('I11: a stop that names the owner before a take-over is not recorded, one that names the new one is', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const takeOver = { workerId: 'next start', events: [resumed(2)] }
    const result = await stores.turns.takeOverTurn(fenceOf(turn), takeOver)
    const before = await stores.tables()
    expect(await stores.turns.recordStop(turn)).toEqual({ status: 'not_active' })
    expect(await stores.tables()).toEqual(before)
    if (result.status !== 'taken_over') throw new Error('the turn was not taken over')
    expect(await stores.turns.recordStop(result.fence)).toEqual({ status: 'recorded' })
  })

  test('I11: a take-over tells of a stop that was recorded since', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.recordStop(turn)
    const takeOver = { workerId: 'next start', events: [] }
    expect(await stores.turns.takeOverTurn(fenceOf(turn), takeOver)).toMatchObject({ stopRequested: true })
  })
}

function typesOf(entries: readonly StoredEntry[]): string[] {
  return entries.map((entry) => entry.type)
}
