import { expect, test, vi } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import { type Turn, turnSchema } from '../protocol/turn.ts'
import type { SessionFollower } from './conch-client.ts'
import { type ConchProcess, TestDataDir } from './conch-process.ts'
import { callTool, finished, text } from './model-script.ts'
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'
import { readLedger, startLedgerServer } from './start-ledger-server.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

/** `hello` is answered with `hi`; any other message has the tool `patient` called with it, which ends when it is told to. */
function startModel(): Promise<ScriptedModel> {
  return startScriptedModel({
    script: ({ messages }) => {
      const message = messages.at(-1)?.content ?? ''
      if (message === 'hello') return [text('hi'), ...finished()]
      return [text('I will. '), ...callTool('patient', JSON.stringify({ mark: message }))]
    },
  })
}

interface WorkingTool extends AsyncDisposable {
  readonly session: SessionId
  readonly turn: Turn
  readonly follower: SessionFollower
}

/** A session whose turn has a tool at work. */
async function startTool({ client }: ConchProcess, dataDir: TestDataDir, mark: string): Promise<WorkingTool> {
  const session = await client.createSession()
  const turn = await client.start(session, mark)
  const follower = client.follow(session)
  await follower.entryOfType('tool.started')
  await expect.poll(() => readLedger(dataDir)).toContain(mark)
  return { session, turn, follower, [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() }
}

const toldOf = (mark: string) => [mark, `${mark} was told to end`]

async function expectFree({ client }: ConchProcess, session: SessionId): Promise<void> {
  const { turn_id } = await client.start(session, 'hello')
  const entries = await client.entriesUntilEnd(session, turn_id)
  expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'hi' })
}

test('F16, I3, I11: a stop tells the running tool, and says so twice; what the tool did is unknown, and the session is free', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model })
  const { client } = server
  await using neighbour = await startTool(server, dataDir, 'neighbour')
  await using working = await startTool(server, dataDir, 'stopped')
  const { session, turn, follower } = working
  const answers = await Promise.all([client.cancel(turn.turn_id), client.cancel(turn.turn_id)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  await follower.entryOfType('turn.ended')
  expect(follower.entries.slice(-2)).toMatchObject([
    { type: 'tool.finished', data: { status: 'unknown' } },
    { type: 'turn.ended', data: { outcome: { status: 'cancelled' }, content: 'I will. ' } },
  ])
  expect(readLedger(dataDir)).toEqual(['neighbour', ...toldOf('stopped')])
  expect(turnSchema.parse((await client.cancel(turn.turn_id)).json).outcome).toEqual({ status: 'cancelled' })
  await expectFree(server, session)
  expect((await client.request('GET', `/api/turns/${neighbour.turn.turn_id}`)).json).toMatchObject({ outcome: null })
})

test('D4, F20, I8: an interrupt raises the epoch: the running tool is told, and its turn ends before the next one begins', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model })
  await using working = await startTool(server, dataDir, 'interrupted')
  const { session, turn, follower } = working
  const answer = await server.client.send(session, 'hello', { onBusy: 'interrupt' })
  const next = turnSchema.parse(answer.json)
  expect(readLedger(dataDir)).toEqual(toldOf('interrupted'))
  const end = await follower.entry(({ type, turn_id }) => type === 'turn.ended' && turn_id === next.turn_id)
  expect(end).toMatchObject({ epoch: 2, data: { outcome: { status: 'completed' }, content: 'hi' } })
  const first = follower.entries.filter(({ turn_id }) => turn_id === turn.turn_id)
  expect(first.at(-1)).toMatchObject({ type: 'turn.ended', epoch: 1, data: { outcome: { status: 'cancelled' } } })
  expect(first.find(({ type }) => type === 'tool.finished')?.data).toMatchObject({ status: 'unknown' })
  expect(first.every(({ seq }) => seq < next.first_seq)).toBe(true)
})

test('F13, I8, I10: a delete tells the running tool, and nothing of its turn is left', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model, flags: ['--slots', '1'] })
  const { client } = server
  await using working = await startTool(server, dataDir, 'deleted')
  const { session, turn, follower } = working
  expect((await client.request('DELETE', `/api/sessions/${session}`)).status).toBe(200)
  await follower.ended
  expect(follower.notices).toEqual(['session_deleted'])
  expect(readLedger(dataDir)).toEqual(toldOf('deleted'))
  expect((await client.request('GET', `/api/turns/${turn.turn_id}`)).status).toBe(404)
  await expectFree(server, await client.createSession()) // the only slot has come back
  expect(server.log).not.toContain(turn.turn_id)
})

test('F18, I3: SIGTERM leaves a running tool the grace period: a stop still reaches it, and the exit code is 0', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model, flags: ['--grace', '10m'] })
  await using working = await startTool(server, dataDir, 'graced')
  const { session, turn } = working
  server.child.kill('SIGTERM')
  await expect.poll(async () => (await server.client.request('GET', '/api/ready')).status).toBe(503)
  expect((await server.client.send(await server.client.createSession(), 'hello')).status).toBe(503)
  expect(readLedger(dataDir)).toEqual(['graced'])
  expect((await server.client.cancel(turn.turn_id)).status).toBe(200)
  await server.exited
  expect(server.child.exitCode).toBe(0)
  expect(readLedger(dataDir)).toEqual(toldOf('graced'))
  await using next = await startLedgerServer({ dataDir, model })
  expect((await next.client.transcript(session)).messages[1]?.outcome).toEqual({ status: 'cancelled' })
})

test('F18, I3, I7: past the grace period running tools are told, their turns end interrupted, and no start runs them again', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  const marks = ['first', 'second', 'third']
  const sessions: SessionId[] = []
  {
    await using server = await startLedgerServer({ dataDir, model, flags: ['--grace', '100ms'] })
    for (const mark of marks) {
      await using working = await startTool(server, dataDir, mark)
      sessions.push(working.session)
    }
    expect(await server.end('SIGTERM')).toBe(0)
  }
  expect(readLedger(dataDir).toSorted()).toEqual(marks.flatMap(toldOf).toSorted())
  await using next = await startLedgerServer({ dataDir, model })
  for (const session of sessions) {
    const { messages } = await next.client.transcript(session)
    expect(messages[1]).toMatchObject({ content: 'I will. ', outcome: { status: 'interrupted', reason: 'shutdown' } })
    await expectFree(next, session)
  }
  expect(readLedger(dataDir)).toHaveLength(2 * marks.length)
})

test('I3, F57: the limit of a turn tells the running tool, and the turn fails by the limit’s name', async () => {
  using dataDir = new TestDataDir()
  await using model = await startModel()
  await using server = await startLedgerServer({ dataDir, model, flags: ['--turn-timeout', '1s'] })
  const session = await server.client.createSession()
  const turn = await server.client.start(session, 'late')
  const entries = await server.client.entriesUntilEnd(session, turn.turn_id)
  expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'failed', reason: 'turn_timeout' } })
  expect(readLedger(dataDir)).toEqual(toldOf('late'))
})
