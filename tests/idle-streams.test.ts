import { expect, test, vi } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import type { ConchClient } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { LightReader } from './many-readers.ts'

vi.setConfig({ testTimeout: 180_000 }) // a thousand readers, on whatever machine this is

const FEW = 250
const MANY = 1_000
/** Ten thousand of them are then half a gigabyte. What is measured is about a fifth. */
const MOST_BYTES_EACH = 50 * 1024

async function figure(client: ConchClient, name: string): Promise<number> {
  const { text } = await client.request('GET', '/metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** So many more readers that have seen all there is, each in the session's stream. */
async function join(client: ConchClient, session: SessionId, count: number): Promise<LightReader[]> {
  const readers: LightReader[] = []
  while (readers.length < count) {
    const group = Array.from({ length: Math.min(100, count - readers.length) }, () => new LightReader(client, session))
    await Promise.all(group.map((reader) => reader.reach(1)))
    readers.push(...group)
  }
  return readers
}

async function leave(client: ConchClient, readers: readonly LightReader[]): Promise<void> {
  await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()))
  await expect.poll(() => figure(client, 'conch_streams_open')).toBe(0)
}

test('F10, I14: a thousand idle streams take little memory each, and none of them is left when they have gone', async () => {
  using dataDir = new TestDataDir()
  await using server = await ConchProcess.start(dataDir.path)
  const { client } = server
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  await client.entriesUntilEnd(session, turn.turn_id)
  const memory = () => figure(client, 'process_resident_memory_bytes')
  await leave(client, await join(client, session, FEW)) // what a first stream needs once is there now
  const few = await join(client, session, FEW)
  const before = await memory()
  const many = await join(client, session, MANY)
  const full = await memory()
  expect(await figure(client, 'conch_streams_open')).toBe(FEW + MANY)
  expect((full - before) / MANY).toBeLessThan(MOST_BYTES_EACH)
  await leave(client, [...few, ...many])
})
