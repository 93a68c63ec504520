import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import type { Entry } from '../protocol/entry.ts'
import type { SessionId } from '../protocol/ids.ts'
import { problemSchema } from '../protocol/problem.ts'
import { turnSchema } from '../protocol/turn.ts'
import type { ConchClient } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { FaultInjection, holdDatabase, SmallDisk, smallDiskRefusal, straceRefusal } from './fault-tools.ts'
import { finished, text, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))
const noSmallDisk = smallDiskRefusal()
const noStrace = straceRefusal()
const MANY_WORDS = Array.from({ length: 20_000 }, (_, index) => `word${index} `).join('')

test.skipIf(noSmallDisk)(
  `F32, row 52: a full disk refuses sends before anything is visible, ends turns with their text, and goes on once there is room ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=32m')
    await using model = await startScriptedModel({
      script: ({ messages }) =>
        messages.at(-1)?.content === 'long' ? [words(MANY_WORDS, 2), ...finished()] : [text('short'), ...finished()],
    })
    const dataDir = disk.file('data')
    await using server = await ConchProcess.start(dataDir, ['--model-url', model.baseUrl, '--model', 'words'])
    const { client } = server
    const [busy, idle, old] = [await client.createSession(), await client.createSession(), await client.createSession()]
    const turn = await client.start(busy, 'long')
    await using follower = client.follow(busy)
    await follower.entryOfType('text.delta')
    disk.fill()
    const end = await follower.entryOfType('turn.ended')
    expect(end.data).toMatchObject({ outcome: { status: 'failed', reason: 'storage' } })
    const { messages } = await client.transcript(busy)
    expect(messages[1]?.content).toBe(follower.text)
    expect(follower.text.length).toBeGreaterThan(0)
    expect(MANY_WORDS.startsWith(follower.text)).toBe(true)

    const before = await client.request('GET', '/api/sessions')
    const refused = await client.send(idle, 'refused-canary', { idempotencyKey: 'k' })
    expect([refused.status, problemSchema.parse(refused.json).code]).toEqual([507, 'storage_unavailable'])
    expect((await client.request('POST', '/api/sessions', { body: {} })).status).toBe(507)
    expect((await client.request('GET', '/api/ready')).status).toBe(507)
    expect((await client.request('GET', '/api/health')).status).toBe(200)
    expect((await client.request('GET', '/api/sessions')).json).toEqual(before.json)
    expect(JSON.stringify(await client.transcript(idle))).not.toContain('refused-canary')
    expect((await client.request('DELETE', `/api/sessions/${old}`)).status).toBe(200)
    expect(existsSync(join(dataDir, 'ballast'))).toBe(false)

    disk.empty()
    expect((await client.request('GET', '/api/ready')).status).toBe(200)
    const accepted = await client.send(idle, 'now', { idempotencyKey: 'k' })
    expect(accepted.status).toBe(201)
    await client.entriesUntilEnd(idle, turnSchema.parse(accepted.json).turn_id)
    expect(statSync(join(dataDir, 'ballast')).size).toBe(8 * 1024 * 1024)
    expect(await server.end('SIGKILL')).toBe('SIGKILL')

    await using next = await ConchProcess.start(dataDir, ['--model', 'practice'])
    expect((await next.client.transcript(idle)).messages.map(({ content }) => content)).toEqual(['now', 'short'])
    expect((await next.client.transcript(busy)).messages[1]?.content).toBe(follower.text)
    expect((await next.client.entriesUntilEnd(busy, turn.turn_id)).at(-1)).toEqual(end)
    expect((await next.client.request('GET', `/api/sessions/${old}/transcript`)).status).toBe(404)
  },
)

/** Which flush or write of the database fails; each that follows would seem to work. */
const FAILING_CALLS = [
  'fsync:error=EIO:when=1',
  'fsync:error=EIO:when=3',
  'pwrite64:error=EIO:when=2',
  'pwrite64:error=EROFS:when=1', // as a disk that becomes read-only
]

test.skipIf(noStrace).for(FAILING_CALLS)(
  `F33, F34: after one %s nothing is written any more and everything is read; the next start has a whole log ${noStrace ?? ''}`,
  async (injection) => {
    using dataDir = new TestDataDir()
    await using model = await startScriptedModel({ script: () => [words(MANY_WORDS, 2), ...finished()] })
    const flags = ['--model-url', model.baseUrl, '--model', 'words']
    let seen: readonly Entry[] = []
    let session: SessionId
    {
      await using server = await ConchProcess.start(dataDir.path, flags)
      const { client } = server
      session = await client.createSession()
      const other = await client.createSession()
      await client.start(session, 'long')
      await using follower = client.follow(session)
      await follower.entryOfType('text.delta')
      await using _fault = await FaultInjection.into(server.child.pid, injection)
      await expect.poll(async () => (await client.request('GET', '/api/health')).status).toBe(503)
      for (const attempt of ['one', 'two']) {
        const refused = await client.send(other, attempt)
        expect([refused.status, problemSchema.parse(refused.json).code]).toEqual([503, 'storage_unavailable'])
        expect(refused.headers.get('retry-after')).toBeNull()
      }
      expect((await client.request('GET', '/api/ready')).status).toBe(503)
      expect((await client.request('GET', '/api/health')).json).toMatchObject({ status: 'degraded' })
      expect((await client.request('GET', '/api/sessions')).json).toMatchObject({ total: 2 })
      expect((await client.transcript(other)).messages).toEqual([])
      expect(server.log).toContain('nothing more is written')
      seen = [...follower.entries]
    }
    await using next = await ConchProcess.start(dataDir.path, [...flags, '--no-resume'])
    const { messages } = await next.client.transcript(session)
    expect(messages[1]?.outcome).toMatchObject({ status: 'interrupted', reason: 'restart' })
    const shown = seen.map(({ data }) => ('text' in data ? data.text : '')).join('')
    expect(messages[1]?.content.startsWith(shown)).toBe(true)
    expect(MANY_WORDS.startsWith(messages[1]?.content ?? '-')).toBe(true)
    expect((await next.client.request('GET', '/api/health')).status).toBe(200)
    const again = await next.client.start(session, 'again')
    await next.client.cancel(again.turn_id)
    await next.client.entriesUntilEnd(session, again.turn_id)
  },
)

test('F36: while a stopped program holds the database sends are 503 with Retry-After, reading goes on, and a running turn survives', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({ script: () => [words(MANY_WORDS, 2), ...finished()] })
  await using server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'words'])
  const { client } = server
  const [busy, other] = [await client.createSession(), await client.createSession()]
  const turn = await client.start(busy, 'hello')
  await using follower = client.follow(busy)
  await follower.entryOfType('text.delta')
  let reads = 0
  {
    await using _lock = await holdDatabase(join(dataDir.path, 'conch.db'))
    let isWaiting = true
    const refused = client.send(other, 'hello').finally(() => {
      isWaiting = false
    })
    while (isWaiting) {
      expect((await client.request('GET', '/api/sessions')).status).toBe(200)
      reads += 1
    }
    const { status, headers, json } = await refused
    expect([status, problemSchema.parse(json).code]).toEqual([503, 'storage_unavailable'])
    expect(headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await client.transcript(other)).messages).toEqual([])
  }
  expect(reads).toBeGreaterThan(20)
  const seen = follower.entries.length
  const next = await follower.entry((entry) => entry.seq > seen)
  expect(next.type).toBe('text.delta')
  expect((await client.cancel(turn.turn_id)).status).toBe(200)
  const end = await follower.entryOfType('turn.ended')
  expect(end.data).toMatchObject({ outcome: { status: 'cancelled' } }) // not failed: it was alive to be stopped
  expect(MANY_WORDS.startsWith(follower.text)).toBe(true)
  expect((await client.send(other, 'hello')).status).toBe(201)
  expect((await client.request('GET', '/api/ready')).status).toBe(200)
})

test.skipIf(noStrace)(
  `F37: where every flush takes half a second text comes in larger pieces, in order, and memory stays where it was ${noStrace ?? ''}`,
  async () => {
    using dataDir = new TestDataDir()
    const pieces = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(1_000)} `)
    await using model = await startScriptedModel({
      script: () => [...pieces.map((piece) => text(piece)), ...finished()],
    })
    await using server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'words'])
    const { client } = server
    const session = await client.createSession()
    await using _fault = await FaultInjection.into(server.child.pid, 'fsync:delay_enter=500ms')
    const before = await residentBytes(client)
    const turn = await client.start(session, 'hello')
    await using follower = client.follow(session)
    const end = await follower.entry((entry) => entry.type === 'turn.ended' && entry.turn_id === turn.turn_id)
    expect(end.data).toMatchObject({ outcome: { status: 'completed' } })
    expect(follower.text === pieces.join('')).toBe(true)
    const deltas = follower.entries.flatMap(({ type, data }) => (type === 'text.delta' ? [data.text] : []))
    expect(deltas.length).toBeGreaterThan(0)
    expect(deltas.length).toBeLessThan(pieces.length / 10)
    const places = deltas.map((delta) => pieces.join('').indexOf(delta))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(await residentBytes(client)).toBeLessThan(before + 150 * 1024 * 1024)
  },
)

test('F38: a damaged database is not started on: it is named, kept, and the doctor says the same', async () => {
  using dataDir = new TestDataDir()
  {
    await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
    await server.client.createSession()
  }
  const database = join(dataDir.path, 'conch.db')
  rmSync(database)
  await expect(ConchProcess.start(dataDir.path, ['--model', 'practice'])).rejects.toThrow(
    /ended with 1 .*conch\.db is missing or empty, but its journal .* is not\. Nothing was changed\. Put a backup/s,
  )
  expect(existsSync(database)).toBe(false)
  expect(statSync(`${database}-wal`).size).toBeGreaterThan(0)
  const args = [MAIN, 'doctor', '--data-dir', dataDir.path, '--port', '0']
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stdout).toMatch(/problem +database +.*conch\.db is missing or empty, but its journal/)
  expect(status).toBe(1)
})

async function residentBytes(client: ConchClient): Promise<number> {
  const { text: figures } = await client.request('GET', '/metrics')
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(figures)?.[1])
}
