import { expect, test } from 'vitest'
import { SeededRandom } from '../server/lib/seeded-random.ts'
import { textOfTurn } from '../server/turns/log-check.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { KillRun } from './kill-run.ts'
import { finished, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

/** `CONCH_SEED=7` runs that seed, `CONCH_KILLS=500` kills more often. */
const SEED = Number(process.env.CONCH_SEED ?? 20_261_124)
const KILLS = Number(process.env.CONCH_KILLS ?? 50)

for (const continues of [true, false]) {
  const model = continues ? 'goes on in its text' : 'begins its text anew'
  test.concurrent(`I2, I3, I6, I7, I9, F19, F27, D6: ${KILLS / 2} kills at random moments, and a model that ${model}: every turn completes, no tool runs twice`, async () => {
    try {
      await using run = await KillRun.open(new SeededRandom(SEED + Number(continues)), continues)
      const report = await run.run(KILLS / 2)
      expect(report.resumed).toBeGreaterThan(KILLS / 4)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`seed ${SEED}: ${why}\nrerun it with CONCH_SEED=${SEED} npm test -- tests/resume.test.ts`, {
        cause,
      })
    }
  }, 600_000)
}

const ANSWER = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')

/** How much of the answer a follower has seen when the server is killed. */
for (const seen of [1, 9, 30]) {
  test(`I2, D6: killed after ${seen} words, a model that can goes on: a follower with Last-Event-ID never sees a word taken back`, async () => {
    const { shown, texts, requests } = await followOverKill(true, seen)
    for (const [index, text] of texts.entries()) expect(text.startsWith(texts[index - 1] ?? '')).toBe(true)
    expect(shown.filter(({ type }) => type === 'step.started')).toHaveLength(1)
    expect(shown.find(({ type }) => type === 'turn.resumed')?.data).toEqual({ attempt: 2, void_after: null })
    expect(requests).toMatchObject([{}, { continue_final_message: true }])
    expect(texts.at(-1)).toBe(ANSWER)
  })

  test(`D6: killed after ${seen} words, a model that cannot begins anew: the follower drops what is void and ends with the stored text`, async () => {
    const { shown, texts, requests } = await followOverKill(false, seen)
    const resumed = shown.findIndex(({ type }) => type === 'turn.resumed')
    expect(textOfTurn(shown.slice(0, resumed))).not.toBe('')
    expect(textOfTurn(shown.slice(0, resumed + 1))).toBe('')
    expect(requests).toHaveLength(2)
    expect(requests[1]).not.toHaveProperty('continue_final_message')
    expect(texts.at(-1)).toBe(ANSWER)
  })
}

/** A turn that is killed in the middle of its answer, as one follower sees it over both servers: every text that it had. */
async function followOverKill(continues: boolean, seen: number) {
  using dataDir = new TestDataDir()
  const heldBack = Promise.withResolvers<void>()
  await using model = await startScriptedModel({
    continues,
    script: ({ n, messages }) => {
      const last = messages.at(-1)
      const begun = last?.role === 'assistant' ? (last.content ?? '') : ''
      if (n === 2) heldBack.resolve()
      return [words(ANSWER.slice(begun.length), n === 1 ? 10 : 0), ...finished()]
    },
  })
  const flags = ['--model-url', model.baseUrl, '--model', 'm']
  const first = await ConchProcess.start(dataDir.path, flags)
  const session = await first.client.createSession()
  await first.client.start(session, 'go on')
  const before = first.client.follow(session)
  await before.entry(() => before.entries.filter(({ type }) => type === 'text.delta').length >= seen)
  await first.end('SIGKILL')
  await before.ended
  await using second = await ConchProcess.start(dataDir.path, flags)
  await heldBack.promise
  await using after = second.client.follow(session, before.entries.at(-1)?.seq)
  await after.entryOfType('turn.ended')
  const shown = [...before.entries, ...after.entries]
  const { messages } = await second.client.transcript(session)
  expect(messages.at(-1)).toMatchObject({ content: ANSWER, outcome: { status: 'completed' } })
  const texts = shown.map((_, index) => textOfTurn(shown.slice(0, index + 1)))
  return { shown, texts, requests: model.requests.map(({ body }) => body) }
}
