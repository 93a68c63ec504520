import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { SmallDisk, smallDiskRefusal } from './fault-tools.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const noSmallDisk = smallDiskRefusal()
const FLAGS = ['--model', 'practice']

/** A data directory with one answered message, whose server has stopped. */
async function leftBehind(dataDir: string): Promise<{ session: SessionId; messages: unknown }> {
  await using server = await ConchProcess.start(dataDir, FLAGS)
  const session = await server.client.createSession()
  const turn = await server.client.start(session, 'hello')
  await server.client.entriesUntilEnd(session, turn.turn_id)
  const { messages } = await server.client.transcript(session)
  expect(await server.end('SIGTERM')).toBe(0)
  return { session, messages }
}

/** The one line that a start has ended with. */
async function refusedStart(dataDir: string): Promise<string> {
  const started = ConchProcess.start(dataDir, FLAGS)
  const error = await started.then(
    async (server) => {
      await server.end('SIGKILL')
      return new Error('it has started')
    },
    (refusal: unknown) => refusal,
  )
  const [, line = String(error)] =
    /^Error: the server ended with 1 before it was ready: (.*)\n$/s.exec(String(error)) ?? []
  expect(line).not.toMatch(/\n|\bat \S+ \(/)
  return line
}

test.skipIf(noSmallDisk)(
  `F34: a start on a disk that is read-only says so in one line and changes nothing; once it may be written all is there ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=32m')
    const dataDir = disk.file('data')
    const { session, messages } = await leftBehind(dataDir)
    disk.remount('ro')
    for (let n = 1; n <= 2; n += 1)
      expect(await refusedStart(dataDir)).toMatch(/conch\.db cannot be .*Look whether its disk may be written/)
    disk.remount('rw')
    await using server = await ConchProcess.start(dataDir, FLAGS)
    expect((await server.client.transcript(session)).messages).toEqual(messages)
  },
)

test.skipIf(noSmallDisk)(
  `F34, I6: without room for new files a running server answers on, a start says what is missing, and once there is room all is there ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=32m,nr_inodes=40')
    const dataDir = disk.file('data')
    const { session, messages } = await leftBehind(dataDir)
    {
      await using server = await ConchProcess.start(dataDir, FLAGS)
      disk.fillWithFiles()
      const turn = await server.client.start(session, 'again')
      const entries = await server.client.entriesUntilEnd(session, turn.turn_id)
      expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' } })
      expect((await server.client.request('GET', '/api/ready')).status).toBe(200)
      expect(await server.end('SIGTERM')).toBe(0)
    }
    rmSync(disk.file('files'), { recursive: true })
    disk.fillWithFiles()
    const files = readdirSync(dataDir)
    expect(await refusedStart(dataDir)).toMatch(/conch\.db cannot be opened for writing: .*room, also for new files/)
    expect(readdirSync(dataDir)).toEqual(files)
    rmSync(disk.file('files'), { recursive: true })
    await using server = await ConchProcess.start(dataDir, FLAGS)
    expect((await server.client.transcript(session)).messages.slice(0, 2)).toEqual(messages)
    expect((await server.client.transcript(session)).messages).toHaveLength(4)
  },
)

test.each<[string, (database: string) => void]>([
  ['cut in the middle', (database) => truncateSync(database, Math.floor(statSync(database).size / 2))],
  ['cut to nothing', (database) => truncateSync(database, 0)],
  ['overwritten in the middle', (database) => scribble(database)],
])(
  'F38, I6: a database that was %s is named and kept byte for byte: no start puts an empty one in its place',
  async (_what, damage) => {
    using dataDir = new TestDataDir()
    await leftBehind(dataDir.path)
    const database = join(dataDir.path, 'conch.db')
    expect(existsSync(`${database}-wal`)).toBe(false)
    const whole = readFileSync(database)
    damage(database)
    const damaged = readFileSync(database)
    for (let n = 1; n <= 2; n += 1)
      expect(await refusedStart(dataDir.path)).toMatch(/conch\.db .*Put a backup in its place/)
    expect(readFileSync(database).equals(damaged)).toBe(true)
    writeFileSync(database, whole)
    await using server = await ConchProcess.start(dataDir.path, FLAGS)
    expect((await server.client.request('GET', '/api/sessions')).json).toMatchObject({ total: 1 })
  },
)

/** Noise over the second half of a page that is in use. */
function scribble(database: string): void {
  const bytes = readFileSync(database)
  bytes.fill(0xff, 4096, 3 * 4096)
  writeFileSync(database, bytes)
}
