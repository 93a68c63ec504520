import { describe, expect, test } from 'vitest'
import { epochSchema, type SessionId, START_OF_LOG, seqSchema } from '../../protocol/ids.ts'
import type { Fence } from '../turns/fence.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted } from '../turns/scripted-events.ts'
import type { StoredEntry } from '../turns/stored-entry.ts'
import type { ClaimResult } from '../turns/turn-store.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  newSessionId,
  newTurnId,
  type OpenedStores,
  type OpenStores,
  takenOver,
} from './store-scenario.ts'

/** What every `TurnStore` must do about claims, appends and reads; how turns end stands in `turn-ending.contract.ts`. */
export function testTurnStore(open: OpenStores): void {
  describe('claim', () => testClaim(open))
  describe('append', () => testAppend(open))
  describe('a stale fence', () => testStaleFence(open))
  describe('reading', () => testReading(open))
}

function testClaim(open: OpenStores): void {
  test('I1, I4: of 200 claims at once one gets the session, the others are told by whom and leave no trace', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const before = await stores.tables()
    const claims = Array.from({ length: 200 }, (_, n) => claimOf(sessionId, { message: `question ${n}` }))
    const results = await Promise.all(claims.map((claim) => stores.turns.claimTurn(claim)))
    const winners = turnsOf(results, 'claimed')
    expect(winners).toMatchObject([{ epoch: 1, sessionId }])
    expect(turnsOf(results, 'turn_active')).toEqual(Array.from({ length: 199 }, () => winners[0]))
    const after = await stores.tables()
    expect(addedRows(before, after)).toEqual({ turn: 1, message: 1, entry: 1 })
    const winner = claims.findIndex((claim) => claim.turnId === winners[0]?.turnId)
    expect(new Set(JSON.stringify(after).match(/question \d+/g))).toEqual(new Set([`question ${winner}`]))
  })

  test('I4: a refused claim changes no row', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const turn = await claimed(stores, claimOf(sessionId))
    const before = await stores.tables()
    expect(await stores.turns.claimTurn(claimOf(sessionId))).toMatchObject({ status: 'turn_active', turn })
    expect(await stores.turns.claimTurn(claimOf(newSessionId()))).toMatchObject({ status: 'session_not_found' })
    expect(await stores.tables()).toEqual(before)
  })

  test('I12: one key starts one turn in its session, whether that runs or has ended', async () => {
    await using stores = await open()
    const [sessionId, other] = [await stores.addSession(), await stores.addSession()]
    const idempotency = { key: 'send-1', fingerprint: 'of the body' }
    const claims = Array.from({ length: 20 }, () => claimOf(sessionId, { idempotency }))
    const results = await Promise.all(claims.map((claim) => stores.turns.claimTurn(claim)))
    const [turn] = turnsOf(results, 'claimed')
    if (!turn) throw new Error('no claim was accepted')
    expect(turn.idempotency).toEqual(idempotency)
    const repeats = results.filter((result) => result.status === 'repeated')
    const repeat = { status: 'repeated', earlier: { status: 'started', turn } }
    expect(repeats).toMatchObject(Array.from({ length: 19 }, () => repeat))
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    const ended = await stores.turns.readTurn(turn.turnId)
    expect(await stores.turns.readSend(sessionId, 'send-1')).toEqual({ status: 'started', turn: ended })
    const before = await stores.tables()
    const changed = { ...idempotency, fingerprint: 'of another body' }
    for (const again of [idempotency, changed]) {
      const claim = claimOf(sessionId, { idempotency: again })
      expect(await stores.turns.claimTurn(claim)).toMatchObject({ earlier: { status: 'started', turn: ended } })
    }
    expect(await stores.tables()).toEqual(before)
    expect(await claimed(stores, claimOf(other, { idempotency }))).toMatchObject({ epoch: 1 })
    expect(await stores.turns.readSend(other, 'send-2')).toBeUndefined()
  })

  test('writes the turn, the message and the first entry together', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    stores.clock.advance(1_234)
    const holder = { kind: 'browser', label: 'Firefox' } as const
    const turn = await claimed(stores, claimOf(sessionId, { message: 'why?', holder, clientId: 'tab-1' }))
    expect(turn).toMatchObject({
      holder,
      clientId: 'tab-1',
      firstSeq: 1,
      startedAt: stores.clock.nowMs(),
      outcome: null,
    })
    expect(await stores.turns.readTurn(turn.turnId)).toEqual(turn)
    const { messages } = await stores.sessions.listMessages(sessionId, { limit: 10, offset: 0 })
    expect(messages).toMatchObject([
      { message_id: turn.userMessageId, role: 'user', content: 'why?', turn_id: turn.turnId },
    ])
    const entries = await stores.log(sessionId)
    expect(entries).toMatchObject([{ seq: 1, epoch: 1, turnId: turn.turnId, type: 'turn.started', at: turn.startedAt }])
    expect(JSON.parse(entries[0]?.data ?? '')).toEqual({
      user_message_id: turn.userMessageId,
      assistant_message_id: turn.assistantMessageId,
      message: 'why?',
      holder,
    })
  })

  test('I1: epochs only grow, and so do message ids over all sessions', async () => {
    await using stores = await open()
    const sessionIds = [await stores.addSession(), await stores.addSession()]
    const turns = []
    for (let round = 0; round < 4; round += 1) {
      for (const sessionId of sessionIds) {
        const turn = await claimed(stores, claimOf(sessionId))
        await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
        turns.push(turn)
      }
    }
    expect(turns.map((turn) => turn.epoch)).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
    const ids = turns.flatMap((turn) => [turn.userMessageId, turn.assistantMessageId])
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(new Set(ids).size).toBe(16)
  })
}

function testAppend(open: OpenStores): void {
  test('I2: entries get gap-free seqs in the order they were handed over, deltas among them', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
    const shown = listen(stores, sessionId)
    await Promise.all([
      stores.turns.append(fence, () => [stepStarted(), says('a'), says('b')]),
      stores.turns.append(fence, () => [says('c')]),
      stores.turns.append(fence, () => []),
      stores.turns.append(fence, () => [says('d'), stepFinished('abcd')]),
    ])
    expect(shown.map((entry) => `${entry.seq} ${entry.type}`)).toEqual([
      '2 step.started',
      '3 text.delta',
      '4 text.delta',
      '5 text.delta',
      '6 text.delta',
      '7 step.finished',
    ])
    expect(await stores.turns.readLastSeq(sessionId)).toBe(7)
    expect((await stores.log(sessionId)).slice(1)).toEqual(shown)
  })

  test('D3: what is gathered until the commit begins goes with it, and it is asked for once', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
    const gathered = [stepStarted()]
    let asked = 0
    const appended = stores.turns.append(fence, () => {
      asked += 1
      return gathered
    })
    gathered.push(says('late'))
    expect(asked).toBe(0)
    await appended
    expect(asked).toBe(1)
    expect((await stores.log(sessionId)).map((entry) => entry.type)).toEqual([
      'turn.started',
      'step.started',
      'text.delta',
    ])
  })

  test('R3: a commit is told, session by session in the order of the seqs, before its writers go on', async () => {
    await using stores = await open()
    const sessionIds = await Promise.all(Array.from({ length: 5 }, () => stores.addSession()))
    const told: { sessionId: SessionId; seqs: number[] }[] = []
    const order: string[] = []
    stores.turns.onCommitted((sessionId, entries) => {
      told.push({ sessionId, seqs: entries.map((entry) => entry.seq) })
      order.push(`told ${sessionId}`)
    })
    const writes = sessionIds.map(async (sessionId) => {
      const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
      order.push(`answered ${sessionId}`)
      for (let n = 0; n < 10; n += 1) await stores.turns.append(fence, () => [stepStarted(), stepFinished('')])
    })
    await Promise.all(writes)
    for (const sessionId of sessionIds) {
      const seqs = told.filter((one) => one.sessionId === sessionId).flatMap((one) => one.seqs)
      expect(seqs).toEqual(Array.from({ length: 21 }, (_, n) => n + 1))
      expect(order.indexOf(`told ${sessionId}`)).toBeLessThan(order.indexOf(`answered ${sessionId}`))
    }
  })
}

type StaleCase =
  | 'an older epoch'
  | 'a newer epoch'
  | 'another turn'
  | 'an ended turn'
  | 'a deleted session'
  | 'no such session'

const staleFences: Record<StaleCase, (stores: OpenedStores, fence: Fence) => Promise<Fence>> = {
  'an older epoch': async (stores, fence) => {
    await takenOver(stores, 'another worker')
    return fence
  },
  'a newer epoch': async (_stores, fence) => ({ ...fence, epoch: epochSchema.parse(fence.epoch + 1) }),
  'another turn': async (_stores, fence) => ({ ...fence, turnId: newTurnId() }),
  'an ended turn': async (stores, fence) => {
    await stores.turns.endTurn(fence, () => endOf(COMPLETED))
    return fence
  },
  'a deleted session': async (stores, fence) => {
    await stores.sessions.deleteSession(fence.sessionId)
    return fence
  },
  'no such session': async (_stores, fence) => ({ ...fence, sessionId: newSessionId() }),
}

function testStaleFence(open: OpenStores): void {
  test.for(Object.entries(staleFences))('I8: a write with %s changes nothing', async ([, makeStale]) => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const owner = fenceOf(await claimed(stores, claimOf(sessionId)))
    await stores.turns.append(owner, () => [stepStarted(), says('mine')])
    const fence = await makeStale(stores, owner)
    const before = await stores.tables()
    const { turns } = stores
    const claim = claimOf(fence.sessionId)
    expect(await turns.append(fence, () => [says('stray')])).toEqual({ status: 'stale' })
    expect(await turns.endTurn(fence, () => endOf(COMPLETED, 'stray'))).toEqual({ status: 'stale' })
    expect(await turns.replaceTurn(fence, () => endOf({ status: 'cancelled' }), claim)).toEqual({ status: 'stale' })
    expect(await stores.tables()).toEqual(before)
    expect(await turns.readTurn(claim.turnId)).toBeUndefined()
  })

  test('I8: the write that was under way when the session was deleted leaves no row', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const before = await stores.tables()
    const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
    const [deleted, appended, ended] = await Promise.all([
      stores.sessions.deleteSession(sessionId),
      stores.turns.append(fence, () => [stepStarted(), says('ghost')]),
      stores.turns.endTurn(fence, () => endOf(COMPLETED, 'ghost')),
    ])
    expect([deleted, appended.status, ended.status]).toEqual([true, 'stale', 'stale'])
    expect(JSON.stringify(await stores.tables())).not.toContain('ghost')
    expect(addedRows(await stores.tables(), before)).toEqual({ session: 1, head: 1 }) // the session itself is gone
  })
}

function testReading(open: OpenStores): void {
  test('reads lasting entries after the cursor, up to a seq, and no more than asked for', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
    await stores.turns.append(fence, () => [stepStarted(), says('a'), stepFinished('a'), stepStarted(2), says('b', 2)])
    const seqs = async (cursor: number, upTo: number | undefined, limit = 100) => {
      const range = {
        sessionId,
        cursor: seqSchema.parse(cursor),
        upTo: upTo === undefined ? upTo : seqSchema.parse(upTo),
      }
      return (await stores.turns.readEntries({ ...range, limit })).map((entry) => entry.seq)
    }
    expect(await seqs(0, undefined)).toEqual([1, 2, 4, 5])
    expect(await seqs(1, undefined)).toEqual([2, 4, 5])
    expect(await seqs(2, 4)).toEqual([4])
    expect(await seqs(4, 4)).toEqual([])
    expect(await seqs(0, undefined, 2)).toEqual([1, 2])
    expect(await seqs(99, undefined)).toEqual([])
  })

  test('R15: a page of entries ends where its bytes are full, never before its first entry, and the next goes on behind it', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const fence = fenceOf(await claimed(stores, claimOf(sessionId)))
    const long = 'ä'.repeat(1_000)
    await stores.turns.append(fence, () => [stepStarted(), stepFinished(long), stepStarted(2), stepFinished(long, 2)])
    const seqs = async (cursor: number, maxBytes: number) => {
      const range = { sessionId, cursor: seqSchema.parse(cursor), upTo: undefined, limit: 100, maxBytes }
      return (await stores.turns.readEntries(range)).map((entry) => entry.seq)
    }
    expect(await seqs(0, 1_000_000)).toEqual([1, 2, 3, 4, 5])
    expect(await seqs(0, 3_000)).toEqual([1, 2, 3, 4])
    expect(await seqs(2, 1_500)).toEqual([3])
    expect(await seqs(3, 1_500)).toEqual([4])
    expect(await seqs(4, 1_500)).toEqual([5])
    expect(await seqs(5, 1_500)).toEqual([])
  })

  test('an unknown session or turn reads as nothing', async () => {
    await using stores = await open()
    const sessionId = newSessionId()
    expect(await stores.turns.sessionExists(sessionId)).toBe(false)
    expect(await stores.turns.readLastSeq(sessionId)).toBeUndefined()
    expect(await stores.turns.readTurn(newTurnId())).toBeUndefined()
    const range = { sessionId, cursor: START_OF_LOG, upTo: undefined, limit: 10 }
    expect(await stores.turns.readEntries(range)).toEqual([])
    const known = await stores.addSession()
    expect(await stores.turns.sessionExists(known)).toBe(true)
    expect(await stores.turns.readLastSeq(known)).toBe(START_OF_LOG)
  })

  test('I6: everything that was answered is there after a restart', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession({ title: 'Kept' })
    const turn = await claimed(stores, claimOf(sessionId))
    await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('kept')])
    await stores.turns.recordStop(turn)
    const before = await stores.tables()
    await stores.reopen()
    expect(await stores.tables()).toEqual(before)
    expect(await stores.turns.append(fenceOf(turn), () => [says(' too')])).toEqual({ status: 'appended' })
    expect((await stores.log(sessionId)).map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5])
  })
}

function turnsOf(results: readonly ClaimResult[], status: 'claimed' | 'turn_active') {
  return results.flatMap((result) => (result.status === status ? [result.turn] : []))
}

/** How many rows more each table has; tables without a difference are left out. */
function addedRows(before: Awaited<ReturnType<OpenedStores['tables']>>, after: typeof before): Record<string, number> {
  const added = Object.entries(after).map(([name, rows]) => [name, rows.length - (before[name]?.length ?? 0)] as const)
  return Object.fromEntries(added.filter(([, count]) => count !== 0))
}

function listen(stores: OpenedStores, sessionId: SessionId): StoredEntry[] {
  const shown: StoredEntry[] = []
  stores.turns.onCommitted((of, entries) => {
    if (of === sessionId) shown.push(...entries)
  })
  return shown
}
