import { expect, test, vi } from 'vitest'
import { TestDataDir } from './conch-process.ts'
import { callTool, finished, text, words } from './model-script.ts'
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'
import { startLedgerServer } from './start-ledger-server.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const MANY_WORDS = Array.from({ length: 20_000 }, (_, index) => `word${index} `).join('')

/** `long` is answered with words for half a minute; a message that names a tool has it called; anything else gets `hi`. */
function startModel(): Promise<ScriptedModel> {
  return startScriptedModel({
    script: ({ messages }) => {
      const message = messages.at(-1)?.content ?? ''
      if (message === 'long') return [words(MANY_WORDS, 2), ...finished()]
      if (message === 'hello') return [text('hi'), ...finished()]
      return [text('I will. '), ...callTool(message, JSON.stringify({ mark: message }))]
    },
  })
}

test('F25, I3: a tool whose promise is rejected unseen, or whose timer throws, fails its own turn; the others and the process go on', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model })
  const { client } = server
  const other = await client.createSession()
  const turn = await client.start(other, 'long')
  await using neighbour = client.follow(other)
  await neighbour.entryOfType('text.delta')
  for (const tool of ['floats', 'throws']) {
    const session = await client.createSession()
    const failing = await client.start(session, tool)
    const entries = await client.entriesUntilEnd(session, failing.turn_id)
    expect(entries.find(({ type }) => type === 'tool.finished')?.data).toMatchObject({ status: 'unknown' })
    expect(entries.at(-1)?.data).toMatchObject({
      outcome: { status: 'failed', reason: 'internal' },
      content: 'I will. ',
    })
    const next = await client.start(session, 'hello')
    const after = await client.entriesUntilEnd(session, next.turn_id)
    expect(after.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'hi' })
    expect(server.log).toContain(failing.turn_id)
  }
  const seen = neighbour.entries.length
  await neighbour.entry(({ type }) => type === 'text.delta' && neighbour.entries.length > seen)
  expect((await client.cancel(turn.turn_id)).status).toBe(200)
  expect((await neighbour.entryOfType('turn.ended')).data).toMatchObject({ outcome: { status: 'cancelled' } })
  expect(await server.end('SIGTERM')).toBe(0)
})

test('F25, I9: a failure that belongs to no turn ends the process, and the next start goes on with every turn', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    continues: true,
    script: ({ n }) => (n === 1 ? [text('one '), { do: 'hang' }] : [text('two'), ...finished()]),
  })
  await using server = await startLedgerServer({ dataDir, model })
  const session = await server.client.createSession()
  const turn = await server.client.start(session, 'hello')
  await using follower = server.client.follow(session)
  await follower.entryOfType('text.delta')
  expect(await server.end('SIGUSR2')).toBe(1)
  expect(server.log).toContain('belongs to no turn')
  await using next = await startLedgerServer({ dataDir, model })
  const entries = await next.client.entriesUntilEnd(session, turn.turn_id)
  expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'one two' })
})
