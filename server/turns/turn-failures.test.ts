import { describe, expect, test } from 'vitest'
import { hurriedClock, SqliteScenario, takenOver } from '../store/store-scenario.ts'
import { endOf, says, stepFinished, stepStarted } from './scripted-events.ts'
import { type ScenarioOptions, TurnScenario, turnOfTheLoop, until } from './turn-scenario.ts'
import { StorageError } from './turn-store.ts'

async function scenario(options?: ScenarioOptions): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

describe('a turn whose end could not be written', () => {
  test('F33, I11: nobody is told that it stops, where no stop can be written either', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    s.store.intercept = async (method, call) => {
      if (method.startsWith('read') || method === 'sessionExists') return await call()
      throw new StorageError('storage_failed', 'refused by the test')
    }
    ;(await turn.answer()).completes('hi')
    await until(() => s.engine.activeTurn(session.id, null) === undefined)
    await expect(turn.cancel()).rejects.toMatchObject({ code: 'storage_failed' })
    s.store.intercept = (_method, call) => call()
    expect((await turn.cancel())?.outcome).toBeNull()
    await using next = await s.crash()
    await next.recover()
    expect(await session.history()).toEqual(['user: hello', 'assistant:  (cancelled)'])
  })
})

describe('an answer that fails', () => {
  test('is the end that it names, with what was said, and the session is free', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.says('so f')
    ;(await turn.answer()).fails('backend_error', 'The model answered with 500.')
    const outcome = { status: 'failed', reason: 'backend_error', message: 'The model answered with 500.' }
    expect(await turn.outcome()).toEqual(outcome)
    expect(await session.history()).toEqual(['user: hello', 'assistant: so f (failed)'])
    expect(await (await session.send('again')).completes('hi')).toEqual({ status: 'completed' })
  })

  test('F25: one that throws fails its turn alone, and the operator is told', async () => {
    await using s = await scenario()
    const [session, other] = [await s.session(), await s.session()]
    const [turn, neighbour] = [await session.send('hello'), await other.send('hello')]
    const bug = new TypeError('x is not a function')
    ;(await turn.answer()).throws(bug)
    expect(await turn.outcome()).toMatchObject({ status: 'failed', reason: 'internal' })
    expect(s.journal).toEqual([{ error: bug, message: 'a turn failed inside the server' }])
    expect(await neighbour.completes('hi')).toEqual({ status: 'completed' })
    expect(await (await session.send('again')).completes('hi')).toEqual({ status: 'completed' })
  })

  test('F25: an event that no reader could parse, or that no step owns, is not logged', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    const { work } = await turn.answer()
    expect(() => work.emit(stepStarted(0))).toThrow()
    expect(() => work.emit(says('no such step', 7))).toThrow()
    expect(await turn.completes('hi')).toEqual({ status: 'completed' })
    const types = (await session.log()).filter((entry) => entry.type !== 'text.delta').map((entry) => entry.type)
    expect(types).toEqual(['turn.started', 'step.started', 'step.finished', 'turn.ended'])
  })

  test('I5: what a straggler says after the answer is over stands in neither log nor message', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    const disk = Promise.withResolvers<void>()
    s.store.intercept = async (method, call) => {
      if (method === 'endTurn') await disk.promise
      return await call()
    }
    const answer = await turn.answer()
    answer.completes('hi')
    await turnOfTheLoop()
    answer.emits(says('stray'), stepFinished('stray'))
    disk.resolve()
    await turn.outcome()
    expect(await session.history()).toEqual(['user: hello', 'assistant: hi (completed)'])
    expect(JSON.stringify(await s.database.tables())).not.toContain('stray')
  })
})

describe('a disk that fails', () => {
  test('F32: the end is tried again until it is written, less and less often', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    s.fillDisk({ method: 'endTurn', times: 4 })
    const answer = await turn.answer()
    answer.completes('hi')
    for (const waitMs of [200, 400, 800, 1_600]) {
      const told = s.journal.length
      await until(() => s.journal.length > told)
      expect(await session.start('me too')).toMatchObject({ status: 'turn_active' })
      s.clock.advance(waitMs - 1)
      await turnOfTheLoop()
      expect(s.journal).toHaveLength(told + 1)
      s.clock.advance(1)
    }
    expect(await turn.outcome()).toEqual({ status: 'completed' })
    expect(await session.history()).toEqual(['user: hello', 'assistant: hi (completed)'])
  })

  test('F32: what could not be written while it ran is in its end, once', async () => {
    await using s = await scenario()
    const session = await s.session()
    const reader = session.follow()
    const turn = await session.send('hello')
    await turn.says('one ')
    s.fillDisk({ method: 'append', times: 1 })
    const answer = await turn.answer()
    answer.says('two ')
    await expect(answer.work.committed()).rejects.toThrow(StorageError)
    expect(await turn.outcome()).toMatchObject({ status: 'failed', reason: 'storage' })
    expect(await session.history()).toEqual(['user: hello', 'assistant: one two  (failed)'])
    await reader.untilType('turn.ended')
    expect(reader.text).toBe('one two ')
    expect(reader.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a stop is kept while its turn’s end cannot be written', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.answer()
    s.fillDisk({ method: 'endTurn', times: 1 })
    await turn.cancel()
    await until(() => s.journal.length === 1)
    s.clock.advance(200)
    expect(await turn.outcome()).toEqual({ status: 'cancelled' })
  })

  test('D4: an interrupt that cannot be written starts nothing; the turn it stopped ends later', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.says('so f')
    s.fillDisk({ method: 'replaceTurn', times: 1 })
    await expect(session.start('better', { onBusy: 'interrupt' })).rejects.toThrow(StorageError)
    expect(await turn.outcome()).toEqual({ status: 'cancelled' })
    expect(await session.history()).toEqual(['user: hello', 'assistant: so f (cancelled)'])
    expect(s.line.used).toBe(0)
    expect(await (await session.send('better')).completes('hi')).toEqual({ status: 'completed' })
  })

  test('F33: an end that only a restart can write holds no slot and no shutdown, and is written then', async () => {
    const s = await scenario({ slots: 1 })
    const [session, other] = [await s.session(), await s.session()]
    const turn = await session.send('hello')
    await turn.says('so f')
    s.store.intercept = (method, call) =>
      method === 'endTurn' ? Promise.reject(new StorageError('storage_failed', 'refused by the test')) : call()
    ;(await turn.answer()).fails('backend_error', 'gone')
    await until(() => s.journal.length === 1)
    await turnOfTheLoop()
    expect(s.line.used).toBe(0)
    expect(await session.start('me too')).toMatchObject({ status: 'turn_active', activeTurn: { turn_id: turn.id } })
    expect(await session.start('me too', { onBusy: 'interrupt' })).toMatchObject({ status: 'turn_active' })
    expect((await other.start('hello')).status).toBe('accepted')
    s.store.intercept = (_method, call) => call()
    await s.engine.shutDown(0)
    await using next = await s.crash({ mayResume: false })
    expect(await next.recover()).toMatchObject({ ended: 1 })
    expect(await next.engine.readTurn(turn.id)).toMatchObject({ outcome: { status: 'interrupted', reason: 'restart' } })
  })
})

describe('a turn that another worker has taken over', () => {
  test('F20, I8: its old owner stops at once, writes nothing more, and refuses nobody on its own account', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.says('mine ')
    const fence = await takenOver(s.database, 'another worker')
    const answer = await turn.answer()
    answer.says('stray')
    await until(() => answer.aborted)
    await until(() => s.engine.activeTurns(null).length === 0)
    expect(s.line.used).toBe(0)
    expect(JSON.stringify(await s.database.tables())).not.toContain('stray')
    const named = { status: 'turn_active', activeTurn: { turn_id: turn.id } }
    expect(await session.start('me too')).toMatchObject(named)
    expect(await session.start('me too', { onBusy: 'interrupt' })).toMatchObject(named)
    await s.database.turns.endTurn(fence, () => endOf({ status: 'completed' }, 'theirs'))
    expect(await (await session.send('next')).completes('ok')).toEqual({ status: 'completed' })
  })
})
