import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../server/lib/clock.ts'
import { SqliteStore } from '../server/store/sqlite/sqlite-store.ts'
import { newSessionId, SESSION_FIELDS, takenOver } from '../server/store/store-scenario.ts'
import { endOf, says } from '../server/turns/scripted-events.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, text, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const WORKER = fileURLToPath(new URL('./fenced-worker-process.ts', import.meta.url))

const reportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entry'), seq: z.number(), epoch: z.number(), type: z.string(), data: z.string() }),
  z.object({ kind: z.literal('notice'), notice: z.unknown() }),
  z.object({ kind: z.literal('over'), active: z.number() }),
  z.object({ kind: z.literal('error'), message: z.string(), error: z.string() }),
])

test('F20, I8, R2: a worker that was stopped while another took its turn over writes nothing more, closes its model and sends its followers on', async () => {
  using dataDir = new TestDataDir()
  const path = join(dataDir.path, 'conch.db')
  const stray = Array.from({ length: 5_000 }, (_, index) => `stray${index} `).join('')
  await using model = await startScriptedModel({ script: () => [text('mine '), words(stray, 2), ...finished()] })
  const session = await addSession(path)
  const worker = fork(WORKER, [path, session.id, model.baseUrl])
  const reports: z.infer<typeof reportSchema>[] = []
  const isOver = Promise.withResolvers<void>()
  const isStreaming = Promise.withResolvers<void>()
  worker.on('message', (message) => {
    const report = reportSchema.parse(message)
    reports.push(report)
    if (report.kind === 'entry' && report.type === 'text.delta') isStreaming.resolve()
    if (report.kind === 'over') isOver.resolve()
  })
  try {
    await isStreaming.promise
    worker.kill('SIGSTOP')
    await using store = await openStore(path)
    const [orphan] = await store.turns.readOrphans('second')
    if (!orphan) throw new Error('the turn is not there')
    const fence = await takenOver(store, 'second')
    expect(fence.epoch).toBe(orphan.epoch + 1)
    await store.turns.append(fence, () => [says('theirs')])
    const lastSeq = await store.turns.readLastSeq(session.id)
    worker.kill('SIGCONT')
    await isOver.promise

    expect(await (await model.request(1)).closed).toBe('client')
    expect(model.requests).toHaveLength(1)
    expect(await store.turns.readLastSeq(session.id)).toBe(lastSeq)
    expect(reports.at(-2)).toMatchObject({ kind: 'notice', notice: { type: 'reset', code: 'owner_changed' } })
    expect(reports.at(-1)).toEqual({ kind: 'over', active: 0 })
    const afterwards = await store.turns.readTurnEntries(orphan)
    const stored = afterwards.map(({ seq, epoch, type, data }) => ({ kind: 'entry', seq, epoch, type, data }))
    expect(stored).toEqual(expect.arrayContaining(reports.filter(({ kind }) => kind === 'entry')))
    const epochs = stored.map(({ epoch }) => epoch)
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
    const end = endOf({ status: 'completed' }, 'theirs')
    expect(await store.turns.endTurn(fence, () => end)).toMatchObject({ status: 'ended' })
  } finally {
    const exited = once(worker, 'exit')
    worker.kill('SIGKILL')
    await exited
  }
})

function openStore(path: string): Promise<SqliteStore> {
  return SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
}

async function addSession(path: string) {
  await using store = await openStore(path)
  return await store.sessions.createSession(newSessionId(), SESSION_FIELDS)
}

test('D5, F21, F31: a lone server that was stopped for longer than its model may be silent still owns its turn when it wakes', async () => {
  using dataDir = new TestDataDir()
  const content = 'These words come one after the other. '.repeat(10)
  await using model = await startScriptedModel({ script: () => [words(content, 5), ...finished()] })
  const flags = ['--model-url', model.baseUrl, '--model', 'm', '--idle-timeout', '2s']
  await using server = await ConchProcess.start(dataDir.path, flags)
  const session = await server.client.createSession()
  const turn = await server.client.start(session, 'hello')
  await using follower = server.client.follow(session)
  await follower.entryOfType('text.delta')
  server.child.kill('SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 5_000)) // the fault itself: time goes by without it
  server.child.kill('SIGCONT')
  const end = await follower.entry(({ type, turn_id }) => type === 'turn.ended' && turn_id === turn.turn_id)
  expect(end).toMatchObject({ epoch: 1, data: { outcome: { status: 'completed' }, content } })
  expect(follower.text).toBe(content)
})
