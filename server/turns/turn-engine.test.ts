import { describe, expect, test } from 'vitest'
import { START_OF_LOG, turnIdSchema } from '../../protocol/ids.ts'
import { hurriedClock, newSessionId, SqliteScenario } from '../store/store-scenario.ts'
import { follow } from './follow.ts'
import { toolCalled, toolStarted } from './scripted-events.ts'
import type { StartResult } from './turn-command.ts'
import { type ScenarioOptions, TurnScenario, turnOfTheLoop } from './turn-scenario.ts'

async function scenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open(), options)
}

/** Over a store whose commits follow each other without a gap. */
async function hurriedScenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

describe('one turn at a time', () => {
  test('I1, F6: of 1,000 sends at once one is accepted, the others hear which turn and whose', async () => {
    await using s = await scenario()
    const session = await s.session()
    const sends = Array.from({ length: 1_000 }, (_, n) =>
      session.start(`question <${n}>`, { clientId: `tab ${n}`, holder: { kind: 'browser', label: `Tab ${n}` } }),
    )
    const results = await Promise.all(sends)
    const winner = results.findIndex((result) => result.status === 'accepted')
    const turn = acceptedTurn(results[winner])
    const named = { turn_id: turn.turn_id, phase: 'running', holder: { kind: 'browser', label: `Tab ${winner}` } }
    const refused = results.filter((_, n) => n !== winner)
    expect(refused).toHaveLength(999)
    for (const result of refused) expect(result).toMatchObject({ status: 'turn_active', activeTurn: named })
    const tokens = new Set(JSON.stringify(await s.database.tables()).match(/question <\d+>/g))
    expect([...tokens]).toEqual([`question <${winner}>`]) // I4: no trace of the others
    expect(s.line.used).toBe(1)
  })

  test('I1: sends to different sessions do not get in each other’s way', async () => {
    await using s = await scenario({ slots: 50 })
    const sessions = await Promise.all(Array.from({ length: 50 }, () => s.session()))
    const results = await Promise.all(sessions.map((session) => session.start('hello')))
    expect(results.every((result) => result.status === 'accepted')).toBe(true)
    expect(new Set(results.map((result) => acceptedTurn(result).turn_id)).size).toBe(50)
    expect(s.engine.activeTurns(null)).toHaveLength(50)
  })

  test('a refusal says who speaks, since when, and how far it is', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('look it up', { clientId: 'tab-1', holder: { kind: 'browser', label: 'Firefox' } })
    await turn.says('Let me see.')
    const answer = await turn.answer()
    answer.emits(toolCalled('call-1'), toolStarted('call-1'))
    await answer.work.committed()
    s.clock.advance(60_000)
    const activeTurn = {
      turn_id: turn.id,
      phase: 'running',
      started_at: turn.turn.started_at,
      last_seq: 5,
      holder: { kind: 'browser', label: 'Firefox', same_client: false },
      queue_length: 0,
      step: 1,
      tool: 'tool of call-1',
      turns_ahead: null,
      prompt_progress: null,
    }
    expect(await session.start('me too', { clientId: 'tab-2' })).toEqual({ status: 'turn_active', activeTurn })
    const mine = { ...activeTurn, holder: { ...activeTurn.holder, same_client: true } }
    expect(await session.start('me again', { clientId: 'tab-1' })).toEqual({ status: 'turn_active', activeTurn: mine })
    expect(s.engine.activeTurn(session.id, null)).toEqual(activeTurn)
  })

  test('I4: a running turn is refused to others without a look at the disk', async () => {
    await using s = await scenario()
    const session = await s.session()
    await session.send('hello')
    s.store.intercept = () => new Promise(() => undefined)
    expect(await session.start('me too')).toMatchObject({ status: 'turn_active' })
  })

  test('I1: a slow model is not a stuck one: 5, 10 and 60 s later sends are refused and nothing is released', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('think')
    await turn.says('Hm')
    const before = await s.database.tables()
    for (const seconds of [5, 10, 60]) {
      s.clock.advance(seconds * 1_000)
      expect(await session.start('me too')).toMatchObject({ status: 'turn_active', activeTurn: { turn_id: turn.id } })
    }
    expect(await s.database.tables()).toEqual(before)
    expect((await turn.answer()).isLive).toBe(true)
    expect(await turn.completes('!')).toEqual({ status: 'completed' })
  })

  test('I1: a model that is silent for an hour, with limits that allow it, keeps its turn', async () => {
    await using s = await scenario({ limits: { turnTimeoutMs: 2 * 3_600_000 } })
    const session = await s.session()
    const turn = await session.send('think hard')
    for (let minute = 0; minute < 60; minute += 1) {
      s.clock.advance(60_000)
      expect((await session.start('me too')).status).toBe('turn_active')
    }
    expect(await turn.completes('42')).toEqual({ status: 'completed' })
    expect(await session.history()).toEqual(['user: think hard', 'assistant: 42 (completed)'])
  })
})

describe('claims under way', () => {
  test('D2: a send waits for the claim before it, and is never told of a turn that is not committed', async () => {
    await using s = await scenario()
    const session = await s.session()
    const disk = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      if (method === 'claimTurn') await disk.promise
      return await call()
    }
    const settled: string[] = []
    const first = session.start('first').finally(() => settled.push('first'))
    const second = session.start('second').finally(() => settled.push('second'))
    for (let n = 0; n < 20; n += 1) await turnOfTheLoop()
    expect(settled).toEqual([])
    expect(s.engine.activeTurn(session.id, null)).toBeUndefined()
    disk.resolve()
    const { turn_id } = acceptedTurn(await first)
    expect(await second).toMatchObject({ status: 'turn_active', activeTurn: { turn_id } })
    expect(await s.database.turns.readTurn(turn_id)).toBeDefined()
  })

  test('F32: when a claim fails, the next who waits gets its chance', async () => {
    await using s = await scenario({ slots: 1, maxWaiting: 0 })
    const session = await s.session()
    s.fillDisk({ method: 'claimTurn', times: 2 })
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((message) => session.start(message)))
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value.status : result.reason.code))).toEqual(
      ['storage_full', 'storage_full', 'accepted', 'turn_active'],
    )
    expect(s.line.used).toBe(1)
  })

  test('an unknown session is told apart from a busy one', async () => {
    await using s = await scenario()
    const holder = { kind: 'api', label: '' } as const
    const command = { sessionId: newSessionId(), message: 'hello', holder, clientId: null, onBusy: 'reject' } as const
    expect(await s.engine.start(command)).toEqual({ status: 'session_not_found' })
    expect(await s.engine.start({ ...command, onBusy: 'interrupt' })).toEqual({ status: 'session_not_found' })
    expect(await s.engine.cancel(turnIdSchema.parse('no such turn'))).toBeUndefined()
  })

  test('F13: a send that meets a delete is accepted or not found, and holds nothing afterwards', async () => {
    await using s = await hurriedScenario()
    for (let n = 0; n < 40; n += 1) {
      const session = await s.session()
      const [first, second] =
        n % 2 === 0 ? [session.start('hello'), session.delete()] : [session.delete(), session.start('hello')]
      const results = await Promise.all([first, second])
      const started = results.find((result) => result !== undefined)
      expect(['accepted', 'session_not_found']).toContain(started?.status)
      expect(s.engine.activeTurn(session.id, null)).toBeUndefined()
      await turnOfTheLoop()
      expect([s.line.used, s.feeds.size, await session.log()]).toEqual([0, 0, []])
    }
  })
})

describe('repeated sends', () => {
  const idempotency = { key: 'send-1', fingerprint: 'of the body' }

  test('I12, F4: the same key gives the same turn, while it runs, after it ended, and while it is claimed', async () => {
    await using s = await scenario()
    const session = await s.session()
    const copies = await Promise.all(Array.from({ length: 20 }, () => session.start('hello', { idempotency })))
    const { turn_id } = acceptedTurn(copies[0])
    for (const copy of copies) expect(acceptedTurn(copy).turn_id).toBe(turn_id)
    expect(copies.filter((copy) => copy.status === 'accepted' && !copy.repeated)).toHaveLength(1)
    expect(acceptedTurn(await session.start('hello', { idempotency, onBusy: 'interrupt' })).turn_id).toBe(turn_id)
    ;(await s.answerOf(turn_id)).completes('hi')
    await s.engine.idle(session.id)
    const before = await s.database.tables()
    const late = await session.start('hello', { idempotency })
    expect(late).toMatchObject({
      status: 'accepted',
      repeated: true,
      turn: { turn_id, outcome: { status: 'completed' } },
    })
    expect(await s.database.tables()).toEqual(before)
    expect([s.line.used, await session.history()]).toEqual([0, ['user: hello', 'assistant: hi (completed)']])
  })

  test('I12: the same key for another body is refused, and another session’s key is another key', async () => {
    await using s = await scenario()
    const [session, other] = [await s.session(), await s.session()]
    const turn = await session.send('hello', { idempotency })
    const changed = { ...idempotency, fingerprint: 'of another body' }
    expect(await session.start('bye', { idempotency: changed })).toEqual({ status: 'key_reused' })
    expect((await other.send('hello', { idempotency })).id).not.toBe(turn.id)
  })
})

describe('followers of the engine', () => {
  test('I9: whoever sees the end of a turn may send at once and is accepted, 500 times', async () => {
    await using s = await hurriedScenario()
    const session = await s.session()
    const controller = new AbortController()
    const results: StartResult[] = []
    const sendAndAnswer = async () => {
      const result = await session.start('next')
      results.push(result)
      if (result.status === 'accepted') (await s.answerOf(result.turn.turn_id)).completes('done')
    }
    await sendAndAnswer()
    const request = { sessionId: session.id, cursor: START_OF_LOG, signal: controller.signal }
    for await (const item of follow({ store: s.store, feeds: s.feeds }, request)) {
      if (item.kind !== 'entries' || !item.entries.some((entry) => entry.type === 'turn.ended')) continue
      if (results.length >= 500) controller.abort()
      else await sendAndAnswer()
    }
    expect(results.every((result) => result.status === 'accepted')).toBe(true)
    expect(results).toHaveLength(500)
  })

  test('I9: whoever is told of the end by the app’s stream may send at once, too', async () => {
    await using s = await hurriedScenario()
    const session = await s.session()
    const starts: Promise<StartResult>[] = []
    s.onTurnChange = (change) => {
      if (change.type === 'ended') starts.push(session.start('next'))
    }
    const first = await session.send('first')
    await first.completes('done')
    expect((await starts[0])?.status).toBe('accepted')
  })

  test('I11: a stop is not lost that comes while the answer to the claim is on its way', async () => {
    await using s = await scenario()
    const session = await s.session()
    const told = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      const result = await call()
      if (method === 'claimTurn') await told.promise
      return result
    }
    const idempotency = { key: 'once', fingerprint: 'the same' }
    const committed = new Promise<void>((resolve) => {
      s.store.witness = () => resolve()
    })
    const first = session.send('count', { idempotency })
    await committed
    const repeated = await session.send('count', { idempotency })
    const stopped = repeated.cancel()
    await turnOfTheLoop()
    told.resolve()
    await first
    expect(await stopped).toMatchObject({ turn_id: repeated.id })
    expect(await repeated.outcome()).toEqual({ status: 'cancelled' })
  })

  test('F16: a reader who stops a turn at its first sign of life is not too early, 100 times', async () => {
    await using s = await hurriedScenario()
    const session = await s.session()
    for (let n = 0; n < 100; n += 1) {
      const reader = session.follow((await s.database.turns.readLastSeq(session.id)) ?? 0)
      const started = session.start('hello')
      const { turnId } = await reader.untilType('turn.started')
      if (turnId) await s.engine.cancel(turnId)
      await started
      const ended = await reader.untilType('turn.ended')
      expect(JSON.parse(ended.data).outcome).toEqual({ status: 'cancelled' })
      await reader.stop()
    }
  })

  test('I2: what is shown is what is stored, to the byte', async () => {
    await using s = await scenario()
    const session = await s.session()
    const reader = session.follow()
    const turn = await session.send('say it')
    for (const word of ['Ä', '\u{1f41a}', '\n"quoted"\u2028']) await turn.says(word)
    const stored = await session.log()
    expect(reader.entries).toEqual(stored)
    await turn.completes('.')
    await reader.untilType('turn.ended')
    const lasting = (await session.log()).filter((entry) => entry.type !== 'text.delta')
    expect(reader.entries.filter((entry) => entry.type !== 'text.delta')).toEqual(lasting)
  })

  test('the app’s stream hears each change once, after its commit', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.completes('hi')
    const heard = s.changes.map((change) => (change.type === 'ended' ? change.outcome.status : change.activeTurn.step))
    expect(heard).toEqual([0, 1, 'completed'])
  })
})

function acceptedTurn(result: StartResult | undefined) {
  if (result?.status !== 'accepted') throw new Error(`the send was answered ${result?.status}`)
  return result.turn
}
