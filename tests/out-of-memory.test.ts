import { expect, test, vi } from 'vitest'
import { TestDataDir } from './conch-process.ts'
import { callTool, finished, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'
import { readLedger, startLedgerServer } from './start-ledger-server.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=128' }

test('F22, I3, I7: a tool that takes all memory ends the server; the next start goes on with every turn and does not run it again', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    continues: true,
    script: ({ messages }) => {
      const last = messages.at(-1)
      if (last?.role === 'tool') return [text('It did not go well.'), ...finished()]
      if (last?.role === 'assistant') return [text('and ends'), ...finished()]
      if (last?.content === 'wait') return [text('begins '), { do: 'hang' }]
      return [text('I will. '), ...callTool('greedy', '{"mark":"greedy"}')]
    },
  })
  await using server = await startLedgerServer({ dataDir, model, variables: SMALL_HEAP })
  const [other, greedy] = [await server.client.createSession(), await server.client.createSession()]
  const waiting = await server.client.start(other, 'wait')
  await using follower = server.client.follow(other)
  await follower.entryOfType('text.delta')
  const turn = await server.client.start(greedy, 'take it all')
  await server.exited
  expect(server.child.signalCode ?? server.child.exitCode).not.toBe(0)
  expect(server.log).toContain('heap out of memory')

  await using next = await startLedgerServer({ dataDir, model, variables: SMALL_HEAP })
  const ended = async (session: typeof other, turnId: typeof turn.turn_id) =>
    await next.client.entriesUntilEnd(session, turnId)
  expect((await ended(other, waiting.turn_id)).at(-1)?.data).toMatchObject({ content: 'begins and ends' })
  const entries = await ended(greedy, turn.turn_id)
  expect(entries.find(({ type }) => type === 'tool.finished')?.data).toMatchObject({ status: 'unknown' })
  expect(entries.at(-1)?.data).toMatchObject({
    outcome: { status: 'completed' },
    content: 'I will. \n\nIt did not go well.',
  })
  expect(readLedger(dataDir)).toEqual(['greedy'])
})
