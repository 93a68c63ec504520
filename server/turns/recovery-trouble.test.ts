import { describe, expect, test } from 'vitest'
import { hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { textOf } from './log-check.ts'
import { type ScenarioOptions, TurnScenario, until } from './turn-scenario.ts'
import { StorageError } from './turn-store.ts'

const RESTART = { status: 'interrupted', reason: 'restart' }

async function scenario(options: ScenarioOptions = {}): Promise<TurnScenario> {
  return new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), options)
}

describe('trouble at the start', () => {
  test('F38, I9: a log that does not parse ends its own turn as interrupted and keeps no other one', async () => {
    const database = await SqliteScenario.open({ pace: hurriedClock() })
    const s = new TurnScenario(database)
    const [broken, fine] = [await s.cutOff('this can be read'), await s.cutOff('all well')]
    database.beside((db) => {
      db.prepare(`UPDATE live SET data = '{"step":' WHERE session = (SELECT key FROM session WHERE id = ?)`).run(
        broken.id,
      )
    })
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ resumed: 1, ended: 1, left: 0 })
    expect(next.journal.map(({ message }) => message)).toEqual([expect.stringMatching(/damaged/)])
    const [, answer] = await database.history(broken.id)
    expect(answer).toMatchObject({ outcome: RESTART })
    expect(await (await next.scene(broken.id).send('again')).completes('well')).toEqual({ status: 'completed' })
    expect(next.engine.activeTurn(fine.id, null)).toBeDefined()
  })

  test('a turn that cannot even be ended is named in the log, its session refuses, and the others recover', async () => {
    const database = await SqliteScenario.open({ pace: hurriedClock() })
    const s = new TurnScenario(database)
    const [lost, fine] = [await s.cutOff('lost'), await s.cutOff('fine')]
    database.beside((db) => {
      db.prepare('DELETE FROM turn WHERE session = (SELECT key FROM session WHERE id = ?)').run(lost.id)
    })
    await using next = await s.crash()
    expect(await next.recover()).toMatchObject({ resumed: 1, left: 1 })
    expect(next.journal.at(-1)?.message).toMatch(/could not be recovered/)
    await expect(next.scene(lost.id).start('hello?')).rejects.toMatchObject({ code: 'storage_failed' })
    expect(next.engine.activeTurn(fine.id, null)).toBeDefined()
    await next.scene(lost.id).delete()
    expect(next.unrecovered.size).toBe(0)
  })

  test('F32: a full disk keeps nobody from reading; the turns go on when there is room', async () => {
    await using s = await scenario({ continuesMessage: 'yes' })
    const session = await s.cutOff('Once upon ')
    await using next = await s.crash()
    next.store.intercept = async (method, call) => {
      if (method === 'takeOverTurn') throw new StorageError('storage_full', 'refused by the test')
      return await call()
    }
    expect(await next.recover()).toMatchObject({ resumed: 0, left: 1 })
    const reader = next.follow(session.id)
    await reader.until((entry) => entry.type === 'text.delta')
    await expect(next.scene(session.id).start('hello?')).rejects.toMatchObject({ code: 'storage_full' })
    const stop = new AbortController()
    const running = next.recovery.run(stop.signal)
    next.store.intercept = (_method, call) => call()
    next.clock.advance(1_000)
    await running // nothing is left, so it is over
    await reader.untilType('turn.resumed')
    const answer = await next.answerAt(0)
    answer.completes('a time')
    await reader.untilType('turn.ended')
    expect(textOf(reader.entries)).toBe('Once upon a time')
    expect(await next.scene(session.id).history()).toEqual([
      'user: say Once upon ',
      'assistant: Once upon a time (completed)',
    ])
  })

  test('F32: it is tried again and again while the disk is full, and not after the server was told to stop', async () => {
    await using s = await scenario()
    await s.cutOff('x')
    await using next = await s.crash()
    let tries = 0
    next.store.intercept = async (method, call) => {
      if (method !== 'takeOverTurn') return await call()
      tries += 1
      throw new StorageError('storage_full', 'refused by the test')
    }
    await next.recover()
    const stop = new AbortController()
    const running = next.recovery.run(stop.signal)
    for (const waitMs of [1_000, 2_000, 4_000]) {
      const before = tries
      next.clock.advance(waitMs)
      await until(() => tries > before)
    }
    expect(tries).toBe(4)
    stop.abort()
    await running
    await next.crash()
  })

  test('I4, I11: a stop of a turn that waits to be recovered is refused without a trace; of one that goes on it is kept', async () => {
    await using s = await scenario()
    const session = await s.session()
    const turn = await session.send('hello')
    await turn.says('so')
    await using next = await s.crash({ continuesMessage: 'yes' })
    next.fillDisk({ method: 'takeOverTurn', times: 1 })
    await next.recover()
    const before = await next.database.tables()
    await expect(next.engine.cancel(turn.id)).rejects.toMatchObject({ code: 'storage_full' })
    expect(await next.database.tables()).toEqual(before)
    expect(await next.recover()).toMatchObject({ resumed: 1 })
    expect(await next.engine.cancel(turn.id)).toMatchObject({ turn_id: turn.id })
    await next.engine.idle(session.id)
    expect(await next.scene(session.id).history()).toEqual(['user: hello', 'assistant: so (cancelled)'])
  })
})
