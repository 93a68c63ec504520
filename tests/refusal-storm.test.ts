import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { turnActiveProblemSchema } from '../protocol/problem.ts'
import type { Answer, ConchClient } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, text, words } from './model-script.ts'
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'

const CROWD = 1_000

/** A model that holds the floor in the session that asks for it and answers everybody else at once. */
function startModel(): Promise<ScriptedModel> {
  return startScriptedModel({
    script: ({ messages }) =>
      messages.at(-1)?.content?.startsWith('hold') ? [text('holding'), { do: 'hang' }] : [text('yes'), ...finished()],
  })
}

async function startServer(dataDir: TestDataDir, model: ScriptedModel): Promise<ConchProcess> {
  const flags = ['--model-url', model.baseUrl, '--model', 'crowd', '--slots', '3000', '--max-waiting', '3000']
  return await ConchProcess.start(dataDir.path, flags)
}

test('I1, I4, F6: of 1,000 sends at once one is accepted, and the 999 leave no trace anywhere', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startServer(dataDir, model)
  const { client } = server
  const session = await client.createSession()
  const tokens = Array.from({ length: CROWD }, () => `trace-${crypto.randomUUID()}`)

  const answers = await Promise.all(tokens.map((token) => client.send(session, `hold ${token}`)))
  const accepted = answers.flatMap(({ status }, index) => (status === 201 ? [index] : []))
  const refused = answers.filter(({ status }) => status === 409)
  expect(accepted).toHaveLength(1)
  expect(refused).toHaveLength(CROWD - 1)

  const problems = refused.map(({ json }) => turnActiveProblemSchema.parse(json))
  const named = new Set(problems.map(({ active_turn }) => JSON.stringify([active_turn.turn_id, active_turn.holder])))
  expect(named.size).toBe(1)
  expect(problems[0]?.active_turn.turn_id).toBe(turnIdOf(answers[accepted[0] ?? -1]))

  await model.request(1)
  const traces = tokens.filter((token) => tracesOf(token, { dataDir: dataDir.path, server, model }).length > 0)
  expect(traces).toEqual([tokens[accepted[0] ?? -1]])
})

test('F6: 1,000 other sessions are answered as fast during the storm as without it', { timeout: 240_000 }, async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startServer(dataDir, model)
  const { client } = server
  const hot = await client.createSession()
  await client.start(hot, 'hold the floor')
  const sessions = await Promise.all(Array.from({ length: CROWD }, () => client.createSession()))
  await answerTimes(client, sessions) // warms both sides up

  const calm: number[][] = []
  const stormy: number[][] = []
  for (let round = 0; round < 5; round += 1) {
    calm.push(await answerTimes(client, sessions))
    const storm = Promise.all(Array.from({ length: CROWD }, () => client.send(hot, 'me too')))
    stormy.push(await answerTimes(client, sessions))
    expect((await storm).every(({ status }) => status === 409)).toBe(true)
  }
  const slowdown = [0.5, 0.95, 1].map((share) => quantile(median(stormy), share) / quantile(median(calm), share))
  process.stdout.write(
    `others during the storm: ${slowdown.map((ratio) => ratio.toFixed(2)).join(', ')} × their time\n`,
  )
  expect(Math.max(...slowdown)).toBeLessThan(1.5)
})

test('a refusal comes at once, whatever the active turn is doing: no slower than 10 times a 404', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    script: ({ messages }) =>
      messages.at(-1)?.content === 'speak' ? [words('word '.repeat(5_000), 2), ...finished()] : [{ do: 'hang' }],
  })
  const flags = ['--model-url', model.baseUrl, '--model', 'slow', '--slots', '2']
  await using server = await ConchProcess.start(dataDir.path, flags)
  const { client } = server
  const sessions = { speaking: 'speak', silent: 'think', waiting: 'wait' }
  for (const [state, message] of Object.entries(sessions)) {
    const session = await client.createSession(state)
    await client.start(session, message)
    const refusals: number[] = []
    const notFound: number[] = []
    for (let n = 0; n < 150; n += 1) {
      refusals.push(await timed(() => client.send(session, 'again'), 409))
      notFound.push(await timed(() => client.send('no-such-session' as typeof session, 'again'), 404))
    }
    const ratio = quantile(refusals, 0.5) / quantile(notFound, 0.5)
    process.stdout.write(`a refusal while ${state}: ${ratio.toFixed(2)} × a 404\n`)
    expect(ratio, state).toBeLessThan(10)
  }
})

/** Milliseconds from send to answer for each session, all at once, shortest first. */
async function answerTimes(
  client: ConchClient,
  sessions: readonly Parameters<ConchClient['send']>[0][],
): Promise<number[]> {
  const times = await Promise.all(
    sessions.map(async (session_id) => {
      const startedMs = performance.now()
      const body = { session_id, message: 'hello', stream: false }
      const { status, json } = await client.request('POST', '/api/chat/send', { body })
      expect({ status, json }).toMatchObject({ status: 200, json: { content: 'yes' } })
      return performance.now() - startedMs
    }),
  )
  return times.sort((a, b) => a - b)
}

async function timed(send: () => Promise<Answer>, expected: number): Promise<number> {
  const startedMs = performance.now()
  const { status } = await send()
  const ms = performance.now() - startedMs
  expect(status).toBe(expected)
  return ms
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Of several sorted rounds the middle one, place by place. */
function median(rounds: readonly number[][]): number[] {
  const [first = []] = rounds
  return first.map((_, index) =>
    quantile(
      rounds.map((round) => round[index] ?? Number.NaN),
      0.5,
    ),
  )
}

function turnIdOf(answer: Answer | undefined): unknown {
  return typeof answer?.json === 'object' && answer.json !== null && 'turn_id' in answer.json
    ? answer.json.turn_id
    : undefined
}

/** Where `token` stands: files of the data directory, the server's log, the prompts that the model was given. */
function tracesOf(token: string, places: { dataDir: string; server: ConchProcess; model: ScriptedModel }): string[] {
  const files = readdirSync(places.dataDir).filter((name) => readFileSync(join(places.dataDir, name)).includes(token))
  const inLog = places.server.log.includes(token) ? ['the log'] : []
  const inPrompts = places.model.requests.some(({ body }) => JSON.stringify(body).includes(token)) ? ['a prompt'] : []
  return [...files, ...inLog, ...inPrompts]
}
