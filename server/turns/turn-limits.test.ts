import { describe, expect, test } from 'vitest'
import { SqliteScenario } from '../store/store-scenario.ts'
import { type ScenarioOptions, TurnScenario, turnOfTheLoop } from './turn-scenario.ts'

const MINUTE_MS = 60_000

async function scenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open(), options)
}

describe('the line for the model', () => {
  test('F7: turns wait in the order they came, and say how many stand before them', async () => {
    await using s = await scenario({ slots: 1 })
    const sessions = [await s.session(), await s.session(), await s.session()]
    const turns = []
    for (const session of sessions) turns.push(await session.send('hello'))
    const [first, second, third] = turns
    const places = () => s.engine.activeTurns(null).map(({ active_turn: turn }) => [turn.phase, turn.turns_ahead])
    expect(places()).toEqual([
      ['running', null],
      ['waiting_for_slot', 0],
      ['waiting_for_slot', 1],
    ])
    await first?.completes('one')
    await second?.answer()
    await turnOfTheLoop()
    expect(s.liveAnswers.map((answer) => answer.work.turn.turnId)).toEqual([second?.id])
    await second?.completes('two')
    await third?.completes('three')
    expect([s.line.used, s.line.waiting]).toEqual([0, 0])
    const phases = (await sessions[2]?.log())?.filter((entry) => entry.type === 'turn.phase_changed').map((e) => e.data)
    expect(phases).toEqual(['{"phase":"waiting_for_slot"}', '{"phase":"running"}'])
  })

  test('I4, F7: a full line is refused before the claim and nothing is written', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 1 })
    const sessions = [await s.session(), await s.session(), await s.session()]
    const [first, second, third] = sessions
    const running = await first?.send('one')
    await second?.send('two')
    await second?.follow().untilType('turn.phase_changed')
    const claims = countCalls(s, 'claimTurn')
    const before = await s.database.tables()
    expect(await third?.start('three')).toEqual({ status: 'server_busy' })
    expect(await first?.start('me too')).toMatchObject({ status: 'turn_active' }) // 409 goes before 429
    expect([await s.database.tables(), claims.count]).toEqual([before, 0])
    await running?.completes('done')
    expect((await third?.start('three'))?.status).toBe('accepted')
  })

  test('a turn that is stopped in the line leaves it, and those behind move up', async () => {
    await using s = await scenario({ slots: 1 })
    const sessions = [await s.session(), await s.session(), await s.session()]
    const turns = []
    for (const session of sessions) turns.push(await session.send('hello'))
    const [first, second, third] = turns
    await second?.cancel()
    expect(await second?.outcome()).toEqual({ status: 'cancelled' })
    expect(await third?.read()).toMatchObject({ phase: 'waiting_for_slot' })
    await first?.completes('one')
    expect(await third?.completes('three')).toEqual({ status: 'completed' })
    expect(s.liveAnswers).toEqual([])
  })

  test('D4: who interrupts a turn in the line takes its place there', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 2 })
    const [first, second, third] = [await s.session(), await s.session(), await s.session()]
    const running = await first.send('one')
    const waiting = await second.send('two')
    const last = await third.send('three')
    const next = await second.send('two, better', { onBusy: 'interrupt' })
    expect(await waiting.outcome()).toEqual({ status: 'cancelled' })
    expect(s.engine.activeTurn(second.id, null)).toMatchObject({ phase: 'waiting_for_slot', turns_ahead: 0 })
    expect(s.engine.activeTurn(third.id, null)).toMatchObject({ turns_ahead: 1 })
    await running.completes('1')
    await next.completes('2')
    await last.completes('3')
    expect(await second.history()).toEqual([
      'user: two',
      'assistant:  (cancelled)',
      'user: two, better',
      'assistant: 2 (completed)',
    ])
  })

  test('F7: 60 turns for 3 slots: never more than 3 at once, all complete, no slot is lost', async () => {
    await using s = await scenario({ slots: 3 })
    const sessions = await Promise.all(Array.from({ length: 60 }, () => s.session()))
    const turns = await Promise.all(sessions.map((session) => session.send('hello')))
    let most = 0
    const outcomes = turns.map(async (turn) => {
      const answer = await turn.answer()
      most = Math.max(most, s.liveAnswers.length)
      await turnOfTheLoop()
      answer.completes('hi')
      return (await turn.outcome()).status
    })
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['completed']))
    expect([most, s.line.used, s.line.waiting]).toEqual([3, 0, 0])
  })
})

describe('limits', () => {
  test('a turn that waits too long for its slot ends, its message kept', async () => {
    await using s = await scenario({ slots: 1, limits: { slotWaitMs: 10 * MINUTE_MS } })
    const [first, second] = [await s.session(), await s.session()]
    const running = await first.send('long')
    const waiting = await second.send('me too')
    await turnOfTheLoop()
    s.clock.advance(10 * MINUTE_MS - 1)
    await turnOfTheLoop()
    expect((await waiting.read())?.phase).toBe('waiting_for_slot')
    s.clock.advance(1)
    expect(await waiting.outcome()).toMatchObject({
      status: 'failed',
      reason: 'slot_wait_timeout',
      message: expect.stringContaining('10 minutes'),
    })
    expect(await second.history()).toEqual(['user: me too', 'assistant:  (failed)'])
    expect((await running.answer()).isLive).toBe(true)
    expect(s.line.waiting).toBe(0)
  })

  test('a turn that answers too long ends, with what it had said', async () => {
    await using s = await scenario({ limits: { turnTimeoutMs: 30 * MINUTE_MS } })
    const session = await s.session()
    const turn = await session.send('long')
    await turn.says('so f')
    s.clock.advance(30 * MINUTE_MS - 1)
    await turnOfTheLoop()
    expect((await turn.answer()).isLive).toBe(true)
    s.clock.advance(1)
    expect(await turn.outcome()).toMatchObject({ status: 'failed', reason: 'turn_timeout' })
    expect(await session.history()).toEqual(['user: long', 'assistant: so f (failed)'])
  })

  test('waiting for a slot does not count as answering', async () => {
    await using s = await scenario({ slots: 1, limits: { turnTimeoutMs: 30 * MINUTE_MS, slotWaitMs: 60 * MINUTE_MS } })
    const [first, second] = [await s.session(), await s.session()]
    const running = await first.send('long')
    const waiting = await second.send('me too')
    await running.answer()
    s.clock.advance(29 * MINUTE_MS)
    await running.completes('done')
    await waiting.answer()
    s.clock.advance(29 * MINUTE_MS)
    await turnOfTheLoop()
    expect((await waiting.answer()).isLive).toBe(true)
    s.clock.advance(MINUTE_MS)
    expect(await waiting.outcome()).toMatchObject({ reason: 'turn_timeout' })
  })

  test('I9: a session is free after a turn that a limit has ended', async () => {
    await using s = await scenario({ limits: { turnTimeoutMs: 1_000 } })
    const session = await s.session()
    const turn = await session.send('long')
    await turn.answer()
    s.clock.advance(1_000)
    await turn.outcome()
    expect(await (await session.send('again')).completes('ok')).toEqual({ status: 'completed' })
  })
})

function countCalls(s: TurnScenario, method: string): { count: number } {
  const calls = { count: 0 }
  s.store.intercept = (called, call) => {
    if (called === method) calls.count += 1
    return call()
  }
  return calls
}
