import { describe, expect, test } from 'vitest'
import { seqSchema, type TurnId } from '../../protocol/ids.ts'
import { hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { assertOneTurnAtATime } from './log-check.ts'
import type { StartTurn } from './turn-command.ts'
import { type ScenarioOptions, type SessionScene, TurnScenario, turnOfTheLoop, until } from './turn-scenario.ts'

async function scenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

/** Sends a message that must be queued; answers with the id that its turn will have. */
async function queue(session: SessionScene, message: string, command: Partial<StartTurn> = {}): Promise<TurnId> {
  const result = await session.start(message, { onBusy: 'queue', ...command })
  if (result.status !== 'queued') throw new Error(`"${message}" was not queued but ${result.status}`)
  return result.turnId
}

/** The messages of the users, in order, with how the answers to them ended. */
async function said(session: SessionScene): Promise<string> {
  return (await session.history()).join(' | ')
}

describe('waiting', () => {
  test('what waits is answered in order, one turn each, by one runner', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    const ids = [await queue(session, 'b'), await queue(session, 'c')]
    expect(s.engine.activeTurn(session.id, null)?.queue_length).toBe(2)
    expect(await session.start('d')).toMatchObject({ status: 'turn_active', activeTurn: { queue_length: 2 } })
    await first.completes('A')
    for (const id of ids) (await s.answerOf(id)).completes(`answer to ${id}`)
    await until(() => s.engine.activeTurns(null).length === 0)
    const [b, c] = ids
    expect(await said(session)).toBe(
      `user: a | assistant: A (completed) | user: b | assistant: answer to ${b} (completed) | user: c | assistant: answer to ${c} (completed)`,
    )
    assertOneTurnAtATime(await logOf(session))
    expect([s.line.used, s.engine.queues.all()]).toEqual([0, []])
  })

  test('in a session that is free a send with `queue` starts at once', async () => {
    await using s = await scenario()
    const session = await s.session()
    expect(await session.start('a', { onBusy: 'queue' })).toMatchObject({ status: 'accepted' })
  })

  test('I1, I4: whoever sees the end of a turn is refused for the one that was waiting', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 0 })
    const session = await s.session()
    const first = await session.send('a')
    const next = await queue(session, 'b')
    const foreign = Promise.withResolvers<unknown>()
    s.onTurnChange = (change) => {
      if (change.type === 'ended') foreign.resolve(session.start('not mine'))
    }
    ;(await first.answer()).completes('A')
    expect(await foreign.promise).toMatchObject({ status: 'turn_active', activeTurn: { turn_id: next } })
    expect(JSON.stringify(await s.database.tables())).not.toContain('not mine')
    s.onTurnChange = () => undefined
  })

  test('F7: what waits takes no place in the line, and its turn takes over that of the turn before', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 1 })
    const [session, other] = [await s.session(), await s.session()]
    const first = await session.send('a')
    const next = await queue(session, 'b')
    const waiting = await other.send('x') // in the line, behind the one slot
    expect([s.line.used, s.line.waiting]).toEqual([1, 1])
    ;(await first.answer()).completes('A')
    await s.answerOf(next) // at work, before the other session's turn
    expect([s.line.used, s.line.waiting, s.engine.activeTurn(other.id, null)?.phase]).toEqual([
      1,
      1,
      'waiting_for_slot',
    ])
    ;(await s.answerOf(next)).completes('B')
    expect(await waiting.completes('X')).toEqual({ status: 'completed' })
  })

  test('I12: the same key is the same send, sent twenty times at once, while it waits, runs, and has ended', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    const idempotency = { key: 'k', fingerprint: 'b' }
    const send = () => session.start('b', { onBusy: 'queue', idempotency })
    const copies = await Promise.all(Array.from({ length: 20 }, send))
    const [one] = copies
    if (one?.status !== 'queued') throw new Error(one?.status)
    const same = { status: 'queued', turnId: one.turnId, position: 1 }
    for (const copy of copies) expect(copy).toMatchObject(same)
    expect(copies.filter((copy) => copy.status === 'queued' && !copy.repeated)).toHaveLength(1)
    expect(await session.start('b', { onBusy: 'queue', idempotency: { key: 'k', fingerprint: 'c' } })).toEqual({
      status: 'key_reused',
    })
    await first.completes('A')
    const running = await s.answerOf(one.turnId)
    expect(await send()).toMatchObject({ status: 'accepted', repeated: true, turn: { turn_id: one.turnId } })
    running.completes('B')
    await until(() => s.engine.activeTurns(null).length === 0)
    expect(await send()).toMatchObject({ status: 'accepted', repeated: true, turn: { turn_id: one.turnId } })
  })
})

describe('what holds a queue back', () => {
  test.for(['failed', 'stopped'] as const)('a turn that %s starts nothing; resume starts the head', async (how) => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    const next = await queue(session, 'b')
    if (how === 'failed') (await first.answer()).fails('backend_error', 'scripted')
    else await first.cancel()
    await first.outcome()
    const paused = await s.engine.queues.read(session.id)
    expect([paused?.paused?.reason, s.engine.activeTurns(null)]).toEqual([how, []])
    const between = await session.send('a send into a free session starts as ever')
    await between.completes('yes')
    expect(s.engine.activeTurns(null)).toEqual([])
    const { revision = 0 } = (await s.engine.queues.read(session.id)) ?? {}
    expect((await s.engine.changeQueue(session.id, { type: 'resume', revision })).status).toBe('changed')
    ;(await s.answerOf(next)).completes('B')
    await until(() => s.engine.activeTurns(null).length === 0)
    expect(await said(session)).toContain('user: b | assistant: B (completed)')
  })

  test('what is sent after Stop goes first; what was queued before waits for a person', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    await queue(session, 'before')
    const stopped = first.cancel()
    const after = session.start('after', { onBusy: 'queue' })
    await Promise.all([stopped, after])
    await first.outcome()
    await until(() => s.liveAnswers.length === 1)
    expect(s.liveAnswers[0]?.work.message).toBe('after')
    s.liveAnswers[0]?.completes('A')
    await until(() => s.engine.activeTurns(null).length === 0)
    expect((await s.engine.queues.read(session.id))?.messages.map(({ message }) => message)).toEqual(['before'])
  })

  test('after a restart what waits and is not paused goes on, once; what was interrupted holds it back', async () => {
    await using s = await scenario({ mayResume: false })
    const [free, interrupted] = [await s.session(), await s.session()]
    const first = await free.send('a')
    const next = await queue(free, 'b')
    await interrupted.send('x')
    await queue(interrupted, 'y')
    void s.engine.shutDown(60_000) // from now on nothing is started
    await first.completes('A')
    const again = await s.crash()
    await again.recover()
    await again.engine.goOnAfterStart()
    ;(await again.answerOf(next)).completes('B')
    await until(() => again.engine.activeTurns(null).length === 0)
    expect(await said(again.scene(free.id))).toContain('user: b | assistant: B (completed)')
    const held = await again.engine.queues.read(interrupted.id)
    expect([held?.paused?.reason, held?.messages.length]).toEqual(['interrupted', 1])
    await again[Symbol.asyncDispose]()
  })

  test('a queue that may go on and finds the line full goes on when there is a place', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 0 })
    const [session, other] = [await s.session(), await s.session()]
    const first = await session.send('a')
    const next = await queue(session, 'b')
    await first.cancel()
    await first.outcome()
    const taken = await other.send('x')
    const { revision = 0 } = (await s.engine.queues.read(session.id)) ?? {}
    await s.engine.changeQueue(session.id, { type: 'resume', revision })
    expect(s.engine.activeTurn(session.id, null)).toBeUndefined()
    await taken.completes('X')
    ;(await s.answerOf(next)).completes('B')
  })

  test('F32, I9: what the disk did not let start is tried again by itself, though nobody else writes', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    const next = await queue(session, 'b')
    await first.cancel()
    await first.outcome()
    s.fillDisk({ method: 'claimQueued', times: 2 })
    const { revision = 0 } = (await s.engine.queues.read(session.id)) ?? {}
    await s.engine.changeQueue(session.id, { type: 'resume', revision })
    expect(s.journal.map(({ message }) => message)).toEqual(['a queued message could not be started'])
    s.clock.advance(1_000)
    await until(() => s.journal.length === 2)
    s.clock.advance(2_000)
    ;(await s.answerOf(next)).completes('B')
  })

  test('F13, I10: a deleted session starts nothing that waited in it', async () => {
    await using s = await scenario()
    for (let n = 0; n < 20; n += 1) {
      const session = await s.session()
      const first = await session.send('a')
      await queue(session, 'ghost')
      ;(await first.answer()).completes('A')
      if (n % 2 === 0) await turnOfTheLoop()
      await session.delete()
      await until(() => s.engine.activeTurns(null).length === 0)
      expect([s.line.used, s.engine.queues.all(), await session.log()]).toEqual([0, [], []])
    }
  })
})

describe('send now and interrupt', () => {
  test('send now stops the running turn and starts exactly that message; a second click is the same', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    await first.says('so f')
    await queue(session, 'b')
    const wanted = await queue(session, 'c')
    const target = { sessionId: session.id, turnId: wanted }
    const results = await Promise.all([s.engine.sendNow(target), s.engine.sendNow(target)])
    for (const result of results) expect(result).toMatchObject({ status: 'accepted', turn: { turn_id: wanted } })
    expect(await first.outcome()).toEqual({ status: 'cancelled' })
    expect(await s.engine.sendNow({ ...target, turnId: 'nobody' as TurnId })).toMatchObject({ status: 'not_queued' })
    expect((await s.answerOf(wanted)).isLive).toBe(true)
  })

  test('I1, I5: of twenty interrupts as fast as possible one is alive at a time, and history is question, answer', async () => {
    await using s = await scenario({ slots: 4 })
    const session = await s.session()
    await session.send('question 0')
    let most = 0
    s.onTurnChange = () => {
      most = Math.max(most, s.liveAnswers.length)
    }
    const sends = Array.from({ length: 20 }, (_, n) => session.start(`question ${n + 1}`, { onBusy: 'interrupt' }))
    const results = await Promise.all(sends)
    expect(results.every((result) => result.status === 'accepted')).toBe(true)
    await until(() => s.liveAnswers.length === 1)
    expect([most <= 1, s.line.used]).toEqual([true, 1])
    s.liveAnswers[0]?.completes('the end')
    await until(() => s.engine.activeTurns(null).length === 0)
    const history = await session.history()
    expect(history.map((line) => line.split(':')[0])).toEqual(
      Array.from({ length: 21 }, () => ['user', 'assistant']).flat(),
    )
    expect(history.filter((line) => line.endsWith('(cancelled)'))).toHaveLength(20)
    assertOneTurnAtATime(await logOf(session))
  })
})

describe('sends that are cancelled, and views that are stale', () => {
  const idempotency = { key: 'k', fingerprint: 'late' }

  test('I4: a send that was cancelled before it came is refused, and an interrupt stops nothing', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('a')
    expect(await s.engine.cancelSend(session.id, 'k')).toEqual({ status: 'cancelled', turn: null })
    for (const onBusy of ['reject', 'queue', 'interrupt'] as const) {
      expect(await session.start('late', { onBusy, idempotency })).toEqual({ status: 'send_cancelled' })
    }
    expect((await first.answer()).isLive).toBe(true)
    expect(JSON.stringify(await s.database.tables())).not.toContain('late')
  })

  test('F15, F16: a cancel that races its send leaves no turn that goes on, 60 times', async () => {
    await using s = await scenario()
    for (let n = 0; n < 60; n += 1) {
      const session = await s.session()
      const sent = session.start('late', { idempotency })
      for (let pass = 0; pass < n % 6; pass += 1) await turnOfTheLoop()
      const [result, cancelled] = await Promise.all([sent, s.engine.cancelSend(session.id, 'k')])
      if (cancelled.status !== 'cancelled') throw new Error(cancelled.status)
      if (cancelled.turn === null) expect(result).toEqual({ status: 'send_cancelled' })
      else expect(result).toMatchObject({ status: 'accepted', turn: { turn_id: cancelled.turn.turn_id } })
      await until(() => s.engine.activeTurns(null).length === 0)
      expect((await session.history()).at(-1) ?? '(cancelled)').toContain('(cancelled)')
    }
  })

  test('I4: a send from a view that is behind is told what it missed, and one that is not is taken', async () => {
    await using s = await scenario()
    const session = await s.session()
    await (await session.send('a')).completes('A')
    const stale = await session.start('b', { expectedSeq: seqSchema.parse(1) })
    if (stale.status !== 'stale_view') throw new Error(stale.status)
    const lasting = (await session.log()).filter(({ type }) => !type.endsWith('.delta'))
    expect(stale.missed).toEqual(lasting.slice(1))
    expect([stale.lastSeq, stale.reload]).toEqual([lasting.at(-1)?.seq, false])
    expect(await session.start('b', { expectedSeq: stale.lastSeq })).toMatchObject({ status: 'accepted' })
    expect(await session.start('c', { onBusy: 'interrupt', expectedSeq: seqSchema.parse(1) })).toMatchObject({
      status: 'stale_view',
    })
    expect(s.engine.activeTurns(null)).toHaveLength(1) // and it goes on
  })
})

/** The log with places for the deltas that were trimmed, as `assertOneTurnAtATime` wants it: none of these has any. */
async function logOf(session: SessionScene) {
  const log = await session.log()
  return log.map((entry, index) => ({ ...entry, seq: seqSchema.parse(index + 1) }))
}
