import { expect, test } from 'vitest'
import { START_OF_LOG } from '../../protocol/ids.ts'
import { claimed, claimOf, fenceOf, SqliteScenario } from '../store/store-scenario.ts'
import { COMPLETED, endOf } from './scripted-events.ts'
import { MAX_MISSED_BYTES, readStaleView } from './stale-view.ts'

/** What somebody has missed who has seen nothing of these answers, and how many bytes its entries have. */
async function missedOf(stores: SqliteScenario, answers: readonly string[]) {
  const sessionId = await stores.addSession()
  for (const answer of answers) {
    const turn = await claimed(stores, claimOf(sessionId))
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, answer))
  }
  const settledSeq = await stores.turns.readLastSeq(sessionId)
  if (settledSeq === undefined) throw new Error('there is no log')
  const view = await readStaleView(stores.turns, { sessionId, seen: START_OF_LOG, settledSeq })
  const bytes = view.missed.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0)
  return { entries: view.missed.length, reload: view.reload, bytes }
}

test('R15: a refusal carries 256 KiB of what was missed, and of a byte more nothing but the word to load it', async () => {
  await using stores = await SqliteScenario.open()
  const used = (await missedOf(stores, ['é', ''])).bytes
  const left = MAX_MISSED_BYTES - used
  const half = 'é'.repeat(Math.floor(left / 4)) // two bytes in each, of which half would fit if characters were counted
  const rest = 'x'.repeat(left - Buffer.byteLength(half))
  expect(await missedOf(stores, [`é${half}`, rest])).toEqual({ entries: 4, reload: false, bytes: MAX_MISSED_BYTES })
  expect(await missedOf(stores, [`é${half}`, `${rest}x`])).toEqual({ entries: 0, reload: true, bytes: 0 })
  expect(await missedOf(stores, ['', 'x'.repeat(4 * MAX_MISSED_BYTES), ''])).toMatchObject({ entries: 0, reload: true })
})

test('R15: a refusal carries a hundred entries, and not one more', async () => {
  await using stores = await SqliteScenario.open()
  const answers = Array.from({ length: 50 }, () => 'a')
  expect(await missedOf(stores, answers)).toMatchObject({ entries: 100, reload: false })
  expect(await missedOf(stores, [...answers, 'b'])).toMatchObject({ entries: 0, reload: true })
})
