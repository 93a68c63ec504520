import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../lib/seeded-random.ts'
import { hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { endOf, says, toolCalled, toolStarted } from './scripted-events.ts'
import {
  type ScenarioOptions,
  type SessionScene,
  TurnScenario,
  type TurnScene,
  turnOfTheLoop,
} from './turn-scenario.ts'

async function scenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

describe('stop', () => {
  test('F16: ends a silent model’s turn at once, and keeps what it had said', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('count')
    await turn.says('1 2 ')
    expect(await turn.cancel()).toMatchObject({ turn_id: turn.id })
    expect(await turn.outcome()).toEqual({ status: 'cancelled' })
    expect((await turn.answer()).aborted).toBe(true)
    expect(await session.history()).toEqual(['user: count', 'assistant: 1 2  (cancelled)'])
    const types = (await session.log()).map((entry) => entry.type).filter((type) => type !== 'text.delta')
    expect(types).toEqual(['turn.started', 'step.started', 'turn.phase_changed', 'step.finished', 'turn.ended'])
  })

  test('shows that the turn is stopping while the end is not yet stored', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('count')
    await turn.answer()
    const disk = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      if (method === 'endTurn') await disk.promise
      return await call()
    }
    expect(await turn.cancel()).toMatchObject({ turn_id: turn.id, phase: 'stopping', outcome: null })
    expect(s.engine.activeTurn(session.id, null)).toMatchObject({ phase: 'stopping' })
    expect(await session.start('next')).toMatchObject({ status: 'turn_active', activeTurn: { phase: 'stopping' } })
    disk.resolve()
    expect(await turn.outcome()).toEqual({ status: 'cancelled' })
  })

  test('F16: twice is the same as once; after the end it tells the end and changes nothing', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('count')
    const answers = await Promise.all([turn.cancel(), turn.cancel(), turn.cancel()])
    for (const answer of answers) expect(answer).toMatchObject({ turn_id: turn.id })
    expect(await turn.outcome()).toEqual({ status: 'cancelled' })
    expect((await session.log()).filter((entry) => entry.type === 'turn.phase_changed')).toHaveLength(1)
    const done = await session.send('again')
    await done.completes('one')
    const before = await s.database.tables()
    expect(await done.cancel()).toMatchObject({ phase: null, outcome: { status: 'completed' } })
    expect(await turn.cancel()).toMatchObject({ phase: null, outcome: { status: 'cancelled' } })
    expect(await s.database.tables()).toEqual(before)
  })

  test('a late click never hits the next turn', async () => {
    await using s = await scenario()
    const session = await s.session()
    const first = await session.send('first')
    await first.completes('done')
    const second = await session.send('second')
    await first.cancel()
    expect((await second.answer()).isLive).toBe(true)
    expect(await second.completes('done')).toEqual({ status: 'completed' })
  })

  test('I11, F15: stop and finish race 200 times; one outcome each time, and the stop’s answer agrees', async () => {
    await using s = await scenario()
    const session = await s.session()
    const seen = new Set<string>()
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = new SeededRandom(seed)
      const turn = await session.send(`race ${seed}`)
      await turn.says('so f')
      const answer = await turn.answer()
      const finish = async () => {
        await hops(random)
        answer.completes('ar')
      }
      const stop = async () => {
        await hops(random)
        return await turn.cancel()
      }
      const [, stopped] = await Promise.all([finish(), stop()])
      const outcome = await turn.outcome()
      const ends = (await session.log()).filter((entry) => entry.type === 'turn.ended' && entry.turnId === turn.id)
      expect(ends, `seed ${seed}`).toHaveLength(1)
      expect(JSON.parse(ends[0]?.data ?? '').outcome).toEqual(outcome)
      expect(outcome, `seed ${seed}`).toEqual(stopped?.outcome ?? { status: 'cancelled' })
      seen.add(outcome.status)
    }
    expect([...seen].sort()).toEqual(['cancelled', 'completed'])
  })
})

describe('interrupt', () => {
  test('D4: ends the running turn and starts the next with nothing between them', async () => {
    await using s = await scenario()
    const session = await s.session()
    const old = await session.send('long story')
    await old.says('Once upon')
    const reader = session.follow()
    const next = await session.send('no, short', { onBusy: 'interrupt' })
    expect((await old.answer()).aborted).toBe(true)
    await next.completes('The end.')
    await reader.until((entry) => entry.type === 'turn.ended' && entry.turnId === next.id)
    expect(await session.history()).toEqual([
      'user: long story',
      'assistant: Once upon (cancelled)',
      'user: no, short',
      'assistant: The end. (completed)',
    ])
    expect(reader.entries.map((entry) => entry.epoch)).toEqual([...reader.entries.map((entry) => entry.epoch)].sort())
  })

  test('I1, I5: 20 interrupts one after the other: question, answer, question …, and one runner lives', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turns: TurnScene[] = []
    for (let n = 0; n < 20; n += 1) {
      const turn = await session.send(`${n}`, { onBusy: 'interrupt' })
      ;(await turn.answer()).says(`${n}!`)
      turns.push(turn)
    }
    expect(s.liveAnswers.map((answer) => answer.work.turn.turnId)).toEqual([turns.at(-1)?.id])
    expect(s.line.used).toBe(1)
    await expectPairs(session, turns)
  })

  test('I1, I5: 20 interrupts at once are all accepted, each in its turn', async () => {
    await using s = await scenario()
    const session = await s.session()
    const numbers = Array.from({ length: 20 }, (_, n) => n)
    const turns = await Promise.all(numbers.map((n) => session.send(`${n}`, { onBusy: 'interrupt' })))
    expect(new Set(turns.map((turn) => turn.id)).size).toBe(20)
    const live = s.liveAnswers
    expect(live).toHaveLength(1)
    live[0]?.completes('last word')
    await s.engine.idle(session.id)
    await expectPairs(session, turns)
    expect(s.line.used).toBe(0)
  })

  test('I8: the runner that was interrupted writes nothing more, by its answer or by its fence', async () => {
    await using s = await scenario()
    const session = await s.session()
    const old = await session.send('old')
    await old.says('mine')
    const next = await session.send('new', { onBusy: 'interrupt' })
    const before = await s.database.tables()
    const answer = await old.answer()
    answer.says('stray')
    await turnOfTheLoop()
    const fence = { sessionId: session.id, turnId: old.id, epoch: answer.work.turn.epoch }
    expect(await s.database.turns.append(fence, () => [says('stray')])).toEqual({ status: 'stale' })
    expect(await s.database.turns.endTurn(fence, () => endOf({ status: 'completed' }, 'stray'))).toEqual({
      status: 'stale',
    })
    expect(await s.database.tables()).toEqual(before)
    expect(await next.completes('ok')).toEqual({ status: 'completed' })
  })

  test('a turn that ends by itself just then is left as it ended', async () => {
    await using s = await scenario()
    const session = await s.session()
    const seen = new Set<string>()
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = new SeededRandom(seed)
      const old = await session.send('old')
      const answer = await old.answer()
      const finish = async () => {
        await hops(random)
        answer.completes('done')
      }
      const interrupt = async () => {
        await hops(random)
        return await session.send('new', { onBusy: 'interrupt' })
      }
      const [, next] = await Promise.all([finish(), interrupt()])
      seen.add((await old.outcome()).status)
      expect(await next.completes('done'), `seed ${seed}`).toEqual({ status: 'completed' })
    }
    expect([...seen].sort()).toEqual(['cancelled', 'completed'])
  })
})

describe('delete', () => {
  test('F13, I10: the turn stops, its readers are told, nothing is left', async () => {
    await using s = await scenario()
    const before = (await s.database.tables()).session
    const session = await s.session()
    const turn = await session.send('canary')
    await turn.says('canary')
    const reader = session.follow()
    await reader.untilType('text.delta')
    await session.delete()
    await reader.ended
    expect(reader.notices).toEqual([{ type: 'session_deleted' }])
    const answer = await turn.answer()
    expect(answer.aborted).toBe(true)
    answer.says('canary') // a runner that does not listen
    await turnOfTheLoop()
    expect((await s.database.tables()).session).toEqual(before)
    expect(JSON.stringify(await s.database.tables())).not.toContain('canary')
    expect([s.line.used, s.feeds.size, s.engine.activeTurns(null)]).toEqual([0, 0, []])
  })

  test('F13: meets stop, finish and interrupt 90 times, and nothing is left each time', async () => {
    await using s = await scenario()
    for (let seed = 1; seed <= 90; seed += 1) {
      const random = new SeededRandom(seed)
      const session = await s.session()
      const turn = await session.send('old')
      const answer = await turn.answer()
      const meets = [
        async () => void (await turn.cancel()),
        async () => answer.completes('done'),
        async () => void (await session.start('new', { onBusy: 'interrupt' })),
      ]
      const other = random.pick(meets)
      const later = async (act: () => Promise<void>) => {
        await hops(random)
        await act()
      }
      await Promise.all([later(other), later(() => session.delete())])
      for (let n = 0; n < 3; n += 1) await turnOfTheLoop()
      expect(s.engine.activeTurns(null), `seed ${seed}`).toEqual([])
      expect([s.line.used, s.feeds.size, await session.log()], `seed ${seed}`).toEqual([0, 0, []])
    }
  })
})

describe('shut down', () => {
  test('F18: turns may end within the grace time; new sends are refused', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('quick')
    const down = s.engine.shutDown(10_000)
    expect(await session.start('another')).toEqual({ status: 'shutting_down' })
    expect(await turn.completes('done')).toEqual({ status: 'completed' })
    await down
  })

  test('F18: after the grace time the rest is recorded as interrupted, with what it had said', async () => {
    await using s = await scenario({ slots: 1 })
    const [speaking, waiting] = [await s.session(), await s.session()]
    const turn = await speaking.send('slow')
    await turn.says('so f')
    const answer = await turn.answer()
    answer.emits(toolCalled('call-1'), toolStarted('call-1'))
    const queued = await waiting.send('later')
    const down = s.engine.shutDown(10_000)
    await turnOfTheLoop()
    s.clock.advance(9_999)
    expect((await turn.answer()).aborted).toBe(false)
    s.clock.advance(1)
    await down
    for (const one of [turn, queued]) {
      expect(await one.outcome()).toMatchObject({ status: 'interrupted', reason: 'shutdown' })
    }
    expect(await speaking.history()).toEqual(['user: slow', 'assistant: so f (interrupted)'])
    const finished = (await speaking.log()).find((entry) => entry.type === 'tool.finished')
    expect(JSON.parse(finished?.data ?? '')).toMatchObject({ call_id: 'call-1', status: 'unknown' })
  })

  test('F18: a send that was under way when it began starts no turn after it', async () => {
    await using s = await scenario()
    const session = await s.session()
    const disk = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      if (method === 'sessionExists') await disk.promise
      return await call()
    }
    const send = session.start('late')
    await s.engine.shutDown(0)
    disk.resolve()
    expect(await send).toEqual({ status: 'shutting_down' })
    expect(await session.log()).toEqual([])
  })

  test('F18: an interrupt that waits for the turn before it starts no turn after it', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('first')
    const disk = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      if (method === 'endTurn') await disk.promise
      return await call()
    }
    ;(await turn.answer()).completes('done')
    await turnOfTheLoop()
    const interrupt = session.start('second', { onBusy: 'interrupt' })
    const down = s.engine.shutDown(0)
    disk.resolve()
    expect(await interrupt).toEqual({ status: 'shutting_down' })
    await down
    expect(await session.history()).toEqual(['user: first', 'assistant: done (completed)'])
  })
})

/** Lets a few microtasks and turns of the loop pass, as many as `random` says. */
async function hops(random: SeededRandom): Promise<void> {
  for (let n = random.below(8); n > 0; n -= 1) await Promise.resolve()
  for (let n = random.below(4); n > 0; n -= 1) await new Promise(setImmediate)
}

/** The history must be question and answer in the order in which the turns started. */
async function expectPairs(session: SessionScene, turns: readonly TurnScene[]): Promise<void> {
  const inOrder = [...turns].sort((a, b) => a.turn.first_seq - b.turn.first_seq)
  const last = inOrder.at(-1)
  if (last && (await last.read())?.outcome === null) await last.completes('')
  const settled = await Promise.all(inOrder.map((turn) => turn.read()))
  const log = await session.log()
  const started = log.filter((entry) => entry.type === 'turn.started').map((entry) => entry.turnId)
  const ended = log.filter((entry) => entry.type === 'turn.ended').map((entry) => entry.turnId)
  expect(started).toEqual(inOrder.map((turn) => turn.id))
  expect(ended).toEqual(started)
  const ids = settled.flatMap((turn) => (turn ? [turn.user_message_id, turn.assistant_message_id] : []))
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  const roles = (await session.history()).map((message) => message.split(':')[0])
  expect(roles).toEqual(settled.flatMap(() => ['user', 'assistant']))
}
