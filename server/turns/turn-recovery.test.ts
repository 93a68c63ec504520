import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import { claimed, claimOf, fenceOf, hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { InterceptedStore } from './intercepted-store.ts'
import { says, stepStarted, toolCalled, toolFinished, toolStarted } from './scripted-events.ts'
import { SessionFeeds } from './session-feed.ts'
import { type RecoveryReport, TurnRecovery } from './turn-recovery.ts'
import { type ScenarioOptions, type SessionScene, TurnScenario } from './turn-scenario.ts'
import type { TurnStore } from './turn-store.ts'
import { UnrecoveredSessions } from './unrecovered-sessions.ts'

const RESTART = { status: 'interrupted', reason: 'restart' }
const SWITCHED_OFF = { mayResume: false } satisfies ScenarioOptions

async function scenario(options: ScenarioOptions = {}): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

/** The log without deltas: type and epoch of each entry. */
async function lastingLog(session: SessionScene): Promise<(string | number)[][]> {
  const log = (await session.log()).filter((entry) => !entry.type.endsWith('.delta'))
  return log.map((entry) => [entry.type, entry.epoch])
}

describe('a turn that a crash has cut off', () => {
  test('D6, I9: goes on under a new epoch and completes, and then the session takes the next message', async () => {
    await using s = await scenario()
    const session = await s.cutOff('Once upon ')
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ resumed: 1, ended: 0, left: 0 })
    const [active] = next.engine.activeTurns(null)
    expect(active).toMatchObject({ session_id: session.id, active_turn: { phase: 'running' } })
    const answer = await next.answerAt(0)
    answer.completes('Once upon a time')
    await next.engine.idle(session.id)
    expect(await next.scene(session.id).history()).toEqual([
      'user: say Once upon ',
      'assistant: Once upon a time (completed)',
    ])
    expect(await lastingLog(next.scene(session.id))).toEqual([
      ['turn.started', 1],
      ['step.started', 1],
      ['turn.resumed', 2],
      ['step.started', 2],
      ['step.finished', 2],
      ['turn.ended', 2],
    ])
    expect(await (await next.scene(session.id).send('go on')).completes('yes')).toEqual({ status: 'completed' })
  })

  test('D6: finished steps are history, and the work is told of them', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('do it')
    const answering = await turn.answer()
    answering.says('Well')
    answering.finishesStep()
    answering.emits(toolCalled('done'), toolCalled('half'), toolCalled('never'))
    answering.emits(toolStarted('done'), toolFinished('done'), toolStarted('half'))
    await answering.work.committed()
    await using next = await s.crash()
    await next.recover()
    const { progress } = (await next.answerOf(turn.id)).work
    expect(progress).toMatchObject({ steps: [{ step: 1, text: 'Well', finishReason: 'stop' }], openStep: null })
    const calls = progress?.steps[0]?.toolCalls.map(({ callId, started, finished }) => [
      callId,
      started,
      finished?.status ?? null,
    ])
    expect(calls).toEqual([
      ['done', true, 'ok'],
      ['half', true, 'unknown'],
      ['never', false, null],
    ])
    const events = (await session.log()).filter((entry) => entry.epoch === 2).map(({ type, data }) => [type, data])
    expect(events).toMatchObject([
      ['turn.resumed', '{"attempt":2,"void_after":null}'],
      ['tool.finished', expect.stringMatching(/"call_id":"half","status":"unknown"/)],
    ])
  })

  test('I7, R10: where resuming is switched off a started tool is unknown, one that had not started was not run', async () => {
    await using s = await scenario(SWITCHED_OFF)
    const session = await s.session()
    const turn = await session.send('do it')
    await turn.says('Well')
    const answering = await turn.answer()
    answering.emits(toolCalled('done'), toolCalled('half'), toolCalled('never'))
    answering.emits(toolStarted('done'), toolFinished('done'), toolStarted('half'))
    await answering.work.committed()
    await using next = await s.crash()
    await next.recover()
    const [, answer] = await next.database.history(session.id)
    expect(answer?.steps[0]?.tool_calls.map((call) => [call.call_id, call.status])).toEqual([
      ['done', 'ok'],
      ['half', 'unknown'],
      ['never', 'error'],
    ])
    expect(next.liveAnswers).toEqual([])
  })

  test('F19, I6: where resuming is switched off it is interrupted with everything anybody saw', async () => {
    await using s = await scenario(SWITCHED_OFF)
    const session = await s.session()
    const reader = session.follow()
    const turn = await session.send('tell me')
    await turn.says('Once upon ')
    await turn.says('a time')
    await reader.until((entry) => entry.data.includes('a time'))
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ resumed: 0, ended: 1 })
    expect(await next.engine.readTurn(turn.id)).toMatchObject({ phase: null, outcome: RESTART })
    const [, answer] = await next.database.history(session.id)
    expect(answer).toMatchObject({
      content: reader.text,
      outcome: RESTART,
      steps: [{ step: 1, text: 'Once upon a time' }],
    })
    expect(await lastingLog(session)).toEqual([
      ['turn.started', 1],
      ['step.started', 1],
      ['step.finished', 2],
      ['turn.ended', 2],
    ])
    const again = await next.scene(session.id).send('go on')
    expect(await again.completes('…there was')).toEqual({ status: 'completed' })
  })

  test('D6: that was begun three times is interrupted, with the text it has', async () => {
    await using s = await scenario({ continuesMessage: 'yes' })
    const session = await s.cutOff('one ')
    await using second = await s.crash()
    await second.recover()
    await goesOn(second, 'two ')
    await using third = await second.crash()
    await third.recover()
    await goesOn(third, 'three')
    await using fourth = await third.crash()
    expect(await fourth.recover()).toMatchObject({ resumed: 0, ended: 1 })
    expect(await fourth.scene(session.id).history()).toEqual([
      'user: say one ',
      'assistant: one two three (interrupted)',
    ])
    const [, answer] = await fourth.database.history(session.id)
    expect(answer?.outcome).toMatchObject(RESTART)
  })

  test('I11: keeps a stop that was acknowledged', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('count')
    await turn.answer()
    s.store.intercept = (method, call) => (method === 'endTurn' ? new Promise(() => undefined) : call())
    expect(await turn.cancel()).toMatchObject({ phase: 'stopping' })
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ ended: 1 })
    expect(await next.engine.readTurn(turn.id)).toMatchObject({ outcome: { status: 'cancelled' } })
  })

  test('I11: can be stopped like any other when it goes on', async () => {
    await using s = await scenario({ continuesMessage: 'yes' })
    const session = await s.cutOff('on and on')
    await using next = await s.crash()
    await next.recover()
    const [active] = next.engine.activeTurns(null)
    if (!active) throw new Error('the turn does not go on')
    await next.answerOf(active.active_turn.turn_id)
    await next.engine.cancel(active.active_turn.turn_id)
    await next.engine.idle(session.id)
    expect(await next.scene(session.id).history()).toEqual(['user: say on and on', 'assistant: on and on (cancelled)'])
  })

  test('I1: refuses a second send and names its holder', async () => {
    await using s = await scenario()
    const session = await s.cutOff('mine')
    await using next = await s.crash()
    await next.recover()
    const refused = await next.scene(session.id).start('me too')
    expect(refused).toMatchObject({ status: 'turn_active', activeTurn: { phase: 'running', holder: { kind: 'api' } } })
  })

  test('F18: is interrupted by a deliberate stop of the server', async () => {
    await using s = await scenario()
    const session = await s.cutOff('half ')
    await using next = await s.crash()
    await next.recover()
    await next.engine.shutDown(0)
    const [, answer] = await next.database.history(session.id)
    expect(answer?.outcome).toMatchObject({ status: 'interrupted', reason: 'shutdown' })
  })
})

describe('the line for the model', () => {
  test('D6: turns that were admitted get their place again, in their order, however long the line is', async () => {
    await using s = await scenario({ slots: 2, maxWaiting: 2 })
    const sessions: SessionScene[] = []
    for (let n = 0; n < 4; n += 1) {
      const session = await s.session()
      await session.send(`question ${n}`)
      sessions.push(session)
      s.clock.advance(1_000)
    }
    await using next = await s.crash({ slots: 1, maxWaiting: 0 })
    expect(await next.recover()).toMatchObject({ resumed: 4 })
    expect([next.line.used, next.line.waiting]).toEqual([1, 3])
    const phases = sessions.map(({ id }) => {
      const active = next.engine.activeTurn(id, null)
      return [active?.phase, active?.turns_ahead]
    })
    expect(phases).toEqual([
      ['running', null],
      ['waiting_for_slot', 0],
      ['waiting_for_slot', 1],
      ['waiting_for_slot', 2],
    ])
    expect(await (await next.session()).start('one more')).toEqual({ status: 'server_busy' })
    for (const [n, { id }] of sessions.entries()) {
      ;(await next.answerAt(n)).completes(`answer ${n}`)
      await next.engine.idle(id)
      expect(await next.scene(id).history()).toEqual([`user: question ${n}`, `assistant: answer ${n} (completed)`])
    }
  })
})

describe('recovery', () => {
  test('F27: a second one finds nothing and changes nothing', async () => {
    await using s = await scenario()
    for (const text of ['a', 'b', 'c']) await s.cutOff(text)
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ resumed: 3 })
    const before = await next.database.tables()
    expect(await next.recover()).toEqual({ resumed: 0, ended: 0, gone: 0, left: 0 })
    expect(await next.database.tables()).toEqual(before)
  })

  for (const mayResume of [true, false]) {
    test(`F27: killed before or after any of its calls (${mayResume ? 'resuming' : 'ending'}), it is finished by the next one`, async () => {
      await using stores = await SqliteScenario.open({ pace: hurriedClock() })
      for (let moment = 0; ; moment += 1) {
        const sessionIds = [await leaveTurn(stores, 'a'), await leaveTurn(stores, 'b')]
        const killed = await recoverUntil(stores.turns, { moment, mayResume })
        const last = await recoverIn(stores.turns, { workerId: `next start ${moment}`, mayResume: false })
        expect(last.resumed + last.left, `killed at moment ${moment}`).toBe(0)
        for (const sessionId of sessionIds) {
          const types = (await stores.log(sessionId)).map((entry) => entry.type)
          expect(
            types.filter((type) => type === 'turn.ended'),
            `killed at moment ${moment}`,
          ).toHaveLength(1)
          expect(types.filter((type) => type === 'turn.resumed').length).toBeLessThanOrEqual(1)
          const content = expect.stringMatching(/^[ab]$/)
          expect(await stores.history(sessionId)).toMatchObject([{ role: 'user' }, { content, outcome: RESTART }])
        }
        if (killed) continue
        expect(moment).toBe(14) // seven calls, each with a before and an after
        break
      }
    })
  }

  test('leaves alone what a living worker owns', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    const before = await s.database.tables()
    expect(await s.recover()).toEqual({ resumed: 0, ended: 0, gone: 0, left: 0 })
    expect(await s.database.tables()).toEqual(before)
    await turn.completes('hi')
  })

  test('I8: the worker that was thought dead and wakes up again writes nothing more', async () => {
    await using s = await scenario()
    const session = await s.cutOff('mine')
    await recoverIn(s.database.turns, { workerId: 'another', mayResume: false })
    const before = await s.database.tables()
    const [answer] = s.liveAnswers
    answer?.says('zombie')
    answer?.completes()
    await s.engine.idle(session.id)
    expect(await s.database.tables()).toEqual(before)
    expect(await session.history()).toEqual(['user: say mine', 'assistant: mine (interrupted)'])
  })
})

/** The answer that goes on says something, and it is stored. */
async function goesOn(s: TurnScenario, text: string): Promise<void> {
  const answer = await s.answerAt(0)
  answer.says(text)
  await answer.work.committed()
}

/** A session whose turn has said something, and whose worker is gone. */
async function leaveTurn(stores: SqliteScenario, text: string): Promise<SessionId> {
  const sessionId = await stores.addSession()
  const turn = await claimed(stores, claimOf(sessionId, { workerId: 'gone' }))
  await stores.turns.append(fenceOf(turn), () => [stepStarted(), says(text)])
  return sessionId
}

/** Recovery in a process that takes turns over and does nothing with them. */
function recoverIn(
  store: TurnStore,
  { workerId, mayResume }: { workerId: string; mayResume: boolean },
): Promise<RecoveryReport> {
  const recovery = new TurnRecovery({
    store,
    feeds: new SessionFeeds(),
    clock: hurriedClock(),
    journal: {
      error: ({ error }) => {
        throw error // a kill is no failure that recovery may live through
      },
    },
    workerId,
    mayResume,
    continuesMessage: async () => 'yes',
    adopt: () => undefined,
    unrecovered: new UnrecoveredSessions(),
  })
  return recovery.recoverAll()
}

/** Recovers in a process that is killed before (even moments) or after (odd ones) a call of the store. True where it was. */
async function recoverUntil(
  turns: TurnStore,
  { moment, mayResume }: { moment: number; mayResume: boolean },
): Promise<boolean> {
  const store = new InterceptedStore(turns)
  let calls = 0
  store.intercept = async (_method, call) => {
    if (calls * 2 === moment) throw new Error('killed')
    const answer = await call()
    if (calls * 2 + 1 === moment) throw new Error('killed')
    calls += 1
    return answer
  }
  const [result] = await Promise.allSettled([recoverIn(store, { workerId: `killed start ${moment}`, mayResume })])
  return result.status === 'rejected'
}
