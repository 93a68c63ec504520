import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SessionId, START_OF_LOG } from '../../protocol/ids.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { parseEntry } from '../../server/turns/stored-entry.ts'
import { seedSessions, sessionId } from './seed.ts'

async function seededStore(): Promise<{ store: SqliteStore; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'conch-seed-'))
  const path = join(folder, 'conch.db')
  const open = () => SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
  const empty = await open()
  await empty[Symbol.asyncDispose]()
  seedSessions(path, { firstSession: 1, sessions: 3, turnsEach: 2 })
  seedSessions(path, { firstSession: 4, sessions: 1, turnsEach: 1 })
  const store = await open()
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('what is seeded reads like what the server wrote itself', async () => {
  await using seeded = await seededStore()
  const id = sessionId(3) as SessionId
  const transcript = await seeded.store.sessions.readTranscript({ sessionId: id, limit: 10, before: undefined })
  expect(transcript?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  expect(transcript?.cursor).toBe(8)
  const entries = await seeded.store.turns.readEntries({
    sessionId: id,
    cursor: START_OF_LOG,
    upTo: undefined,
    limit: 99,
  })
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const ended = entries.map(parseEntry).filter(({ type }) => type === 'turn.ended')
  expect(ended.map(({ data }) => 'content' in data && data.content)).toEqual(
    transcript?.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content),
  )
})

test('a seeded session takes a turn, with message ids that nobody has', async () => {
  await using seeded = await seededStore()
  const { sessions, total } = await seeded.store.sessions.listSessions({ limit: 10, offset: 0 })
  expect([total, sessions.map(({ messageCount }) => messageCount)]).toEqual([4, [2, 4, 4, 4]])
  const claimed = await seeded.store.turns.claimTurn({
    sessionId: sessionId(4) as SessionId,
    turnId: 'a' as never,
    workerId: 'w',
    message: 'Hello',
    holder: { kind: 'api', label: '' },
    clientId: null,
  })
  expect(claimed).toMatchObject({ status: 'claimed', turn: { userMessageId: 15, epoch: 2, firstSeq: 5 } })
})
