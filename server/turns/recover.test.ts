import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import { claimed, claimOf, fenceOf, hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { InterceptedStore } from './intercepted-store.ts'
import { decideRecovery, recoverTurns } from './recover.ts'
import { says, stepStarted, toolCalled, toolFinished, toolStarted } from './scripted-events.ts'
import { type SessionScene, TurnScenario } from './turn-scenario.ts'
import { StorageError, type TurnStore } from './turn-store.ts'

const RESTART = { status: 'interrupted', reason: 'restart' }

async function scenario(): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }))
}

/** A session whose turn has said something when the server dies. */
async function cutOff(s: TurnScenario, text: string): Promise<SessionScene> {
  const session = await s.session()
  await (await session.send(`say ${text}`)).says(text)
  return session
}

describe('after a crash', () => {
  test('F19, I6: the turn is ended as interrupted with everything anybody saw, and the session is free', async () => {
    await using s = await scenario()
    const session = await s.session()
    const reader = session.follow()
    const turn = await session.send('tell me')
    await turn.says('Once upon ')
    await turn.says('a time')
    await reader.until((entry) => entry.data.includes('a time'))
    await using next = await s.crash()
    expect(await next.recover()).toBe(1)
    expect(await next.engine.readTurn(turn.id)).toMatchObject({ phase: null, outcome: RESTART })
    const [, answer] = await next.database.history(session.id)
    expect(answer).toMatchObject({
      content: reader.text,
      outcome: RESTART,
      steps: [{ step: 1, text: 'Once upon a time' }],
    })
    const log = await session.log()
    expect(log.filter((entry) => entry.type !== 'text.delta').map((entry) => [entry.type, entry.epoch])).toEqual([
      ['turn.started', 1],
      ['step.started', 1],
      ['step.finished', 2],
      ['turn.ended', 2],
    ])
    const again = await next.scene(session.id).send('go on')
    expect(await again.completes('…there was')).toEqual({ status: 'completed' })
    expect(again.turn.first_seq).toBe(log.length + 1)
  })

  test('I7: a tool that had started is unknown, one that had not says that it was not run', async () => {
    await using s = await scenario()
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

  test('I11: a stop that was acknowledged is kept', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('count')
    await turn.answer()
    s.store.intercept = (method, call) => (method === 'endTurn' ? new Promise(() => undefined) : call())
    expect(await turn.cancel()).toMatchObject({ phase: 'stopping' })
    await using next = await s.crash()
    await next.recover()
    expect(await next.engine.readTurn(turn.id)).toMatchObject({ outcome: { status: 'cancelled' } })
  })

  test('a turn that had not said anything is ended, too', async () => {
    await using s = await scenario()
    const session = await s.session()
    await session.send('hello')
    await using next = await s.crash()
    expect(await next.recover()).toBe(1)
    expect(await next.scene(session.id).history()).toEqual(['user: hello', 'assistant:  (interrupted)'])
  })
})

describe('recovery', () => {
  test('F27: a second one finds nothing and changes nothing', async () => {
    await using s = await scenario()
    for (const text of ['a', 'b', 'c']) await cutOff(s, text)
    await using next = await s.crash()
    expect(await next.recover()).toBe(3)
    const before = await next.database.tables()
    expect(await next.recover()).toBe(0)
    expect(await next.database.tables()).toEqual(before)
  })

  test('F27: killed before or after any of its calls, it is finished by the next one, and nothing is ended twice', async () => {
    await using stores = await SqliteScenario.open({ pace: hurriedClock() })
    for (let moment = 0; ; moment += 1) {
      const sessionIds = [await leaveTurn(stores, 'a'), await leaveTurn(stores, 'b')]
      const killed = await recoverUntil(stores.turns, moment)
      const left = await recoverTurns(stores.turns, `next start ${moment}`)
      for (const sessionId of sessionIds) {
        const ends = (await stores.log(sessionId)).filter((entry) => entry.type === 'turn.ended')
        expect(ends, `killed at moment ${moment}`).toHaveLength(1)
        const content = expect.stringMatching(/^[ab]$/)
        expect(await stores.history(sessionId)).toMatchObject([{ role: 'user' }, { content, outcome: RESTART }])
      }
      if (killed) continue
      expect([moment, left]).toEqual([10, 0]) // five calls, each with a before and an after
      break
    }
  })

  test('leaves alone what a living worker owns', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    const [orphan] = await s.database.turns.readOrphanTurns('somebody else')
    if (!orphan) throw new Error('the turn is nobody’s')
    const before = await s.database.tables()
    expect(await recoverTurns(s.database.turns, s.workerId)).toBe(0)
    expect(await s.database.tables()).toEqual(before)
    expect(decideRecovery(orphan).outcome).toMatchObject(RESTART)
    expect(decideRecovery({ ...orphan, turn: { ...orphan.turn, stopRequested: true } }).outcome.status).toBe(
      'cancelled',
    )
    await turn.completes('hi')
  })

  test('I8: the worker that was thought dead and wakes up again writes nothing more', async () => {
    await using s = await scenario()
    const session = await cutOff(s, 'mine')
    expect(await s.recover()).toBe(1)
    const before = await s.database.tables()
    const [answer] = s.liveAnswers
    answer?.says('zombie')
    answer?.completes()
    await s.engine.idle(session.id)
    expect(await s.database.tables()).toEqual(before)
    expect(await session.history()).toEqual(['user: say mine', 'assistant: mine (interrupted)'])
  })
})

/** A session whose turn has said something, and whose worker is gone. */
async function leaveTurn(stores: SqliteScenario, text: string): Promise<SessionId> {
  const sessionId = await stores.addSession()
  const turn = await claimed(stores, claimOf(sessionId, { workerId: 'gone' }))
  await stores.turns.append(fenceOf(turn), () => [stepStarted(), says(text)])
  return sessionId
}

/** Recovers in a process that is killed before (even moments) or after (odd ones) a call of the store. True where it was. */
async function recoverUntil(turns: TurnStore, moment: number): Promise<boolean> {
  const store = new InterceptedStore(turns)
  let calls = 0
  store.intercept = async (_method, call) => {
    if (calls * 2 === moment) throw new StorageError('storage_failed', 'killed')
    const answer = await call()
    if (calls * 2 + 1 === moment) throw new StorageError('storage_failed', 'killed')
    calls += 1
    return answer
  }
  const [result] = await Promise.allSettled([recoverTurns(store, `killed start ${moment}`)])
  return result.status === 'rejected'
}
