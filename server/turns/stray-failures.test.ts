import { expect, test } from 'vitest'
import { hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { StrayFailures } from './stray-failures.ts'
import { TurnScenario } from './turn-scenario.ts'
import type { TurnWork } from './turn-worker.ts'

/** The work of one real turn, and what guards it. */
async function guardedWork() {
  const scenario = new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }))
  const turn = await (await scenario.session()).send('hello')
  const { work } = await turn.answer()
  return { scenario, work, strays: new StrayFailures() }
}

test('F25: what strays from a turn aborts the signal of its work with that failure, and of no other work', async () => {
  const { scenario, work, strays } = await guardedWork()
  await using _ = scenario
  const bug = new TypeError('x is not a function')
  const signals: AbortSignal[] = []
  const answer = strays.guard(async ({ signal, message }) => {
    signals.push(signal)
    if (message === 'strays') setImmediate(() => strays.note(bug))
    else await new Promise(setImmediate).then(() => new Promise(setImmediate))
    if (message !== 'strays') return { status: 'completed' }
    return await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const [straying, other] = await Promise.allSettled([
    answer({ ...work, message: 'strays' }),
    answer({ ...work, message: 'other' }),
  ])
  expect(straying).toEqual({ status: 'rejected', reason: bug })
  expect(other).toEqual({ status: 'fulfilled', value: { status: 'completed' } })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
})

test('F25: what a turn leaves behind when it is over is told by its name, and what belongs to none by none', async () => {
  const { scenario, work, strays } = await guardedWork()
  await using _ = scenario
  const told = Promise.withResolvers<ReturnType<StrayFailures['note']>>()
  const answer = strays.guard(async () => {
    setImmediate(() => setImmediate(() => told.resolve(strays.note(new Error('late')))))
    return { status: 'completed' }
  })
  await answer(work)
  const { turnId, sessionId } = work.turn
  expect(await told.promise).toEqual({ status: 'too_late', turnId, sessionId })
  expect(strays.note(new Error('of nobody'))).toEqual({ status: 'of_no_turn' })
})

test('F25: what a turn has waiting is committed as nobody’s work, since it carries what others wait for', async () => {
  const { scenario, work, strays } = await guardedWork()
  await using _ = scenario
  const told: string[] = []
  scenario.onTurnChange = () => told.push(strays.note(new Error('from a commit')).status)
  const answer = strays.guard(async ({ emit, committed }: TurnWork) => {
    void emit({ type: 'step.started', data: { step: 1, model: 'm' } })
    await committed()
    return { status: 'completed' }
  })
  await answer(work)
  expect(told).toEqual(['of_no_turn'])
})
