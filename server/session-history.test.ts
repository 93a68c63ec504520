import { expect, test } from 'vitest'
import { messageIdSchema } from '../protocol/ids.ts'
import { HISTORY_BYTES, readHistory } from './session-history.ts'
import { claimed, claimOf, fenceOf, SqliteScenario } from './store/store-scenario.ts'
import { COMPLETED, endOf } from './turns/scripted-events.ts'

/** A session with a turn for each question, answered with `ok` after so many bytes of thoughts, which no model is told again. */
async function sessionWith(stores: SqliteScenario, turns: readonly (readonly [question: string, thoughts: number])[]) {
  const sessionId = await stores.addSession()
  for (const [message, thoughts] of turns) {
    const turn = await claimed(stores, claimOf(sessionId, { message }))
    const steps = [{ step: 1, text: 'ok', reasoning: 'x'.repeat(thoughts), tool_calls: [] }]
    await stores.turns.endTurn(fenceOf(turn), () => ({ ...endOf(COMPLETED, 'ok'), steps }))
  }
  return sessionId
}

test('R15, F56: of more than 16 MB of history the oldest turn is left out whole, and exactly as much is told', async () => {
  await using stores = await SqliteScenario.open()
  const told = async (turns: Parameters<typeof sessionWith>[1]) => {
    const sessionId = await sessionWith(stores, turns)
    const history = await readHistory(
      { sessions: stores.sessions, images: { read: async () => undefined } },
      {
        sessionId,
        systemPrompt: 'Be kind.',
        userMessage: 'now?',
        userMessageId: messageIdSchema.parse(1_000_000),
        takesImages: false,
      },
    )
    return history.map(({ content }) => content)
  }
  const HALF = HISTORY_BYTES / 2
  const used = stores.messageBytes(
    await sessionWith(stores, [
      ['old', 0],
      ['new', HALF],
    ]),
  )
  const left = HISTORY_BYTES - used
  const whole = ['Be kind.', 'old', 'ok', 'new', 'ok', 'now?']
  const newest = ['Be kind.', 'new', 'ok', 'now?']
  expect(
    await told([
      ['old', left],
      ['new', HALF],
    ]),
  ).toEqual(whole)
  expect(
    await told([
      ['old', left + 1],
      ['new', HALF],
    ]),
  ).toEqual(newest)
  expect(
    await told([
      ['old!', left],
      ['new', HALF],
    ]),
  ).toEqual(newest) // its answer was read, and its question was not
  expect(
    await told([
      ['old', 0],
      ['new', HISTORY_BYTES],
    ]),
  ).toEqual(newest.slice(0, 1).concat('now?'))
})
