import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Entry } from '../protocol/entry.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { SessionFollower } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

const ANSWER = Array.from({ length: 400 }, (_, index) => `word${index} `).join('')

/** How many deltas the client has seen when the server is killed: at once, early, in full flow. */
for (const seen of [0, 1, 7, 60]) {
  test(`F19: kill -9 after ${seen} deltas, resuming switched off: the turn is interrupted, what was seen is stored, the session goes on`, async () => {
    using dataDir = new TestDataDir()
    await using model = await startScriptedModel({ script: () => [words(ANSWER, 3), ...finished()] })
    const flags = ['--model-url', model.baseUrl, '--model', 'words', '--no-resume']
    const { session, follower } = await killedAfter(seen, dataDir, flags)
    expect(missingFrom(dataDir.path, follower.entries)).toEqual([])

    await using server = await ConchProcess.start(dataDir.path, flags)
    const { client } = server
    const { messages, cursor } = await client.transcript(session)
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(messages[1]?.outcome).toMatchObject({ status: 'interrupted', reason: 'restart' })
    expect(messages[1]?.content.startsWith(follower.text)).toBe(true)
    expect(ANSWER.startsWith(messages[1]?.content ?? '-')).toBe(true)

    await using again = client.follow(session, follower.entries.at(-1)?.seq)
    const end = await again.entryOfType('turn.ended')
    expect(end.seq).toBe(cursor)
    expect(lasting(follower.entries).every((entry) => entry.seq < end.seq)).toBe(true)

    const next = await client.start(session, 'once more')
    await client.cancel(next.turn_id)
    const entries = await client.entriesUntilEnd(session, next.turn_id)
    expect(lasting(entries)).toEqual(expect.arrayContaining(lasting(follower.entries)))
    expect(entries.map(({ epoch }) => epoch)).toEqual(entries.map(({ epoch }) => epoch).sort((a, b) => a - b))
  })
}

test('F26: a second server on the same data directory refuses with one clear line and leaves the first alone', async () => {
  using dataDir = new TestDataDir()
  await using first = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  const second = ConchProcess.start(dataDir.path, ['--model', 'practice'])
  await expect(second).rejects.toThrow(/ended with 1 .*is in use by the Conch at http:.*--data-dir/s)
  expect((await first.client.request('GET', '/api/health')).status).toBe(200)
})

test('a start that fails ends the process and gives the data directory back', async () => {
  using dataDir = new TestDataDir()
  using other = new TestDataDir()
  await using first = await ConchProcess.start(other.path, ['--model', 'practice'])
  const taken = new URL(first.url).port
  const second = ConchProcess.start(dataDir.path, ['--model', 'practice', '--port', taken])
  await expect(second).rejects.toThrow(/ended with 1 .*EADDRINUSE.*choose another with --port/s)
  await using third = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  expect((await third.client.request('GET', '/api/health')).status).toBe(200)
})

test('F18: SIGTERM records what could not end in time, and the server exits with 0', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({ script: () => [words(ANSWER, 20), ...finished()] })
  const flags = ['--model-url', model.baseUrl, '--model', 'words', '--grace', '200ms']
  const server = await ConchProcess.start(dataDir.path, flags)
  const session = await server.client.createSession()
  await server.client.start(session, 'go on')
  await using follower = server.client.follow(session)
  await follower.entryOfType('text.delta')
  expect(await server.end('SIGTERM')).toBe(0)

  await using restarted = await ConchProcess.start(dataDir.path, flags)
  const { messages } = await restarted.client.transcript(session)
  expect(messages[1]?.outcome).toMatchObject({ status: 'interrupted', reason: 'shutdown' })
  expect(messages[1]?.content.startsWith(follower.text)).toBe(true)
})

/** A session whose turn was cut off by a kill, and the follower that had seen so many deltas. */
async function killedAfter(
  seen: number,
  dataDir: TestDataDir,
  flags: readonly string[],
): Promise<{ session: SessionId; follower: SessionFollower }> {
  await using server = await ConchProcess.start(dataDir.path, flags)
  const session = await server.client.createSession()
  await server.client.start(session, 'go on')
  const follower = server.client.follow(session)
  await follower.entry(() => follower.entries.filter(({ type }) => type === 'text.delta').length >= seen)
  await server.end('SIGKILL')
  await follower.ended
  return { session, follower }
}

function lasting(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ type }) => type !== 'text.delta' && type !== 'reasoning.delta')
}

/** Entries that a client saw and the files of the killed server do not hold, byte for byte (I2). */
function missingFrom(dataDir: string, entries: readonly Entry[]): Entry[] {
  const database = new DatabaseSync(join(dataDir, 'conch.db'))
  try {
    const rows = database.prepare(
      'SELECT seq, epoch, at, type, data FROM entry UNION ALL SELECT seq, epoch, at, type, data FROM live',
    )
    const stored = new Set(rows.all().map((row) => JSON.stringify([row.seq, row.epoch, row.at, row.type, row.data])))
    return entries.filter(
      ({ seq, epoch, at, type, data }) => !stored.has(JSON.stringify([seq, epoch, at, type, JSON.stringify(data)])),
    )
  } finally {
    database.close()
  }
}
