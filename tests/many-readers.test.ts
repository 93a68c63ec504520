import { expect, test, vi } from 'vitest'
import { turnSchema } from '../protocol/turn.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { LightReader } from './many-readers.ts'
import { finished, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 180_000 }) // several starts of a whole server and hundreds of readers, on whatever machine this is

const READERS = 300
/** One reader of so many has lost all, and replays the whole log. */
const REPLAYS = 10
const SENDS = 20
/** Stands in the log twice, as the text of its step and of its turn: each is most of a page. */
const LONG_ANSWER = 'x'.repeat(700_000)

test('F11, I2, I9: three hundred readers come back at once after kill -9: told when to come again at spread times, each gets the rest without a gap, and sends are taken meanwhile', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    continues: true,
    script: ({ messages }) => {
      const last = messages.at(-1)
      if (last?.role === 'assistant') return [text('and ends'), ...finished()]
      if (last?.content === 'cut off') return [text('begins '), { do: 'hang' }]
      return [text(last?.content === 'long' ? LONG_ANSWER : 'hi'), ...finished()]
    },
  })
  const flags = ['--model-url', model.baseUrl, '--model', 'm', '--slots', '64']
  await using first = await ConchProcess.start(dataDir.path, flags)
  const session = await first.client.createSession()
  const long = await first.client.start(session, 'long')
  await first.client.entriesUntilEnd(session, long.turn_id)
  const turn = await first.client.start(session, 'cut off')
  await using one = first.client.follow(session)
  const begun = await one.entry(({ type, turn_id }) => type === 'text.delta' && turn_id === turn.turn_id)
  const before = crowdOf(() => new LightReader(first.client, session, begun.seq - 1))
  await Promise.all(before.map((reader) => reader.reach(begun.seq)))
  await first.end('SIGKILL')
  await Promise.all(before.map(({ over }) => over))

  await using next = await ConchProcess.start(dataDir.path, flags)
  const idle = await Promise.all(Array.from({ length: SENDS }, () => next.client.createSession()))
  const end = (await next.client.entriesUntilEnd(session, turn.turn_id)).at(-1)
  const cursorOf = (n: number) => (n % REPLAYS === 0 ? 0 : begun.seq)
  const after = crowdOf((n) => new LightReader(next.client, session, cursorOf(n)))
  let caughtUp = 0
  const all = after.map(async (reader) => {
    await reader.reach(end?.seq ?? 0)
    caughtUp += 1
  })
  const taken = idle.map(async (id) => {
    const { status, json } = await next.client.send(id, 'short')
    expect(status).toBe(201)
    return { id, turn: turnSchema.parse(json), caughtUp }
  })
  const sends = await Promise.all(taken)
  expect(Math.min(...sends.map((send) => send.caughtUp))).toBeLessThan(READERS)
  for (const send of sends) {
    const last = (await next.client.entriesUntilEnd(send.id, send.turn.turn_id)).at(-1)
    expect(last?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'hi' })
  }
  await Promise.all(all)
  const whole = after[0]?.seqs ?? []
  for (const [n, { seqs }] of after.entries()) expect(seqs).toEqual(whole.filter((seq) => seq > cursorOf(n)))
  const retries = after.map(({ retryMs }) => retryMs ?? 0)
  for (const quarter of [1_000, 2_000, 3_000, 4_000]) {
    expect(retries.some((retryMs) => retryMs >= quarter && retryMs < quarter + 1_000)).toBe(true)
  }
  expect(end?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'begins and ends' })
  for (const reader of after) await reader[Symbol.asyncDispose]()
})

function crowdOf(newReader: (n: number) => LightReader): LightReader[] {
  return Array.from({ length: READERS }, (_, n) => newReader(n))
}
