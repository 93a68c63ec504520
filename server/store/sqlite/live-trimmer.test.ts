import { expect, test } from 'vitest'
import { says, stepFinished, stepStarted } from '../../turns/scripted-events.ts'
import { claimed, claimOf, fenceOf, hurriedClock, runningTurn, SqliteScenario } from '../store-scenario.ts'
import { WORTH_SWEEPING } from './live-trimmer.ts'

const BATCH = 512

function rowsOf(stores: SqliteScenario): number {
  const row = stores.beside((database) => database.prepare('SELECT count(*) AS count FROM live').get())
  return Number(row?.count)
}

/** Step after step of one turn, each with a batch of deltas, until there have been `rows` of them. */
async function writeSteps(stores: SqliteScenario, rows: number): Promise<number> {
  const turn = await claimed(stores, claimOf(await stores.addSession()))
  let most = 0
  for (let step = 1; step * BATCH <= rows; step += 1) {
    const deltas = Array.from({ length: BATCH }, () => says('word ', step))
    await stores.turns.append(fenceOf(turn), () => [stepStarted(step), ...deltas, stepFinished('whole', step)])
    most = Math.max(most, rowsOf(stores))
  }
  return most
}

test('D7: a step that takes long pins its own deltas and nobody else’s, over a restart too', async () => {
  await using stores = await SqliteScenario.open({ pace: hurriedClock() })
  const long = await runningTurn(stores)
  const own = (await stores.log(long.sessionId)).filter(({ type }) => type === 'text.delta')
  expect(own.length).toBeGreaterThan(0)
  expect(await writeSteps(stores, 3 * WORTH_SWEEPING)).toBeLessThan(WORTH_SWEEPING + 2 * BATCH)
  await stores.reopen()
  expect(await writeSteps(stores, 3 * WORTH_SWEEPING)).toBeLessThan(2 * (WORTH_SWEEPING + BATCH))
  expect((await stores.log(long.sessionId)).filter(({ type }) => type === 'text.delta')).toEqual(own)
  await stores.turns.append(fenceOf(long), () => [says('goes on')])
  expect((await stores.turns.readTurnEntries(long)).map(({ data }) => data).join()).toContain('goes on')
})

test('D7: of many long steps none loses a delta while others finish', async () => {
  await using stores = await SqliteScenario.open({ pace: hurriedClock() })
  const turns = [await runningTurn(stores), await runningTurn(stores), await runningTurn(stores)]
  for (const turn of turns) await stores.turns.append(fenceOf(turn), () => [says('more '), says('and more')])
  const deltasOf = async () => {
    const logs = await Promise.all(turns.map(({ sessionId }) => stores.log(sessionId)))
    return logs.map((log) => log.filter(({ type }) => type === 'text.delta'))
  }
  const before = await deltasOf()
  await writeSteps(stores, 2 * WORTH_SWEEPING)
  expect(await deltasOf()).toEqual(before)
  expect(before.map(({ length }) => length)).toEqual([3, 3, 3])
})
