import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { problemSchema } from '../protocol/problem.ts'
import { turnSchema } from '../protocol/turn.ts'
import type { ConchClient } from './conch-client.ts'
import { ConchProcess } from './conch-process.ts'
import { SmallDisk, smallDiskRefusal } from './fault-tools.ts'
import { finished, type ModelScript, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const noSmallDisk = smallDiskRefusal()
const MIB = 1024 * 1024
/** Longer than what a file has left of its last block. */
const ANSWER = 'word '.repeat(20_000)

const statusOf = async (client: ConchClient, path: string) => (await client.request('GET', path)).status
const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0)

test.skipIf(noSmallDisk)(
  `F32, R16, D6: a start on a full disk gives the reserve back, serves readers, says so, and goes on with its turns once there is room ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=32m')
    const dataDir = disk.file('data')
    await using model = await startScriptedModel({
      continues: true,
      script: ({ n }) => (n === 1 ? [text('one '), { do: 'hang' }] : [text('two'), ...finished()]),
    })
    const flags = ['--model-url', model.baseUrl, '--model', 'm']
    const first = await ConchProcess.start(dataDir, flags)
    const [busy, idle] = [await first.client.createSession(), await first.client.createSession()]
    const turn = await first.client.start(busy, 'hello')
    await using before = first.client.follow(busy)
    await before.entryOfType('text.delta')
    await first.end('SIGKILL')
    disk.fill()

    await using server = await ConchProcess.start(dataDir, flags)
    const { client } = server
    expect(existsSync(join(dataDir, 'ballast'))).toBe(false)
    expect(server.log).toContain('no message can be taken, reading works: The disk is full')
    expect([await statusOf(client, '/api/ready'), await statusOf(client, '/api/health')]).toEqual([507, 200])
    for (const session of [busy, idle]) {
      const refused = await client.send(session, 'canary')
      expect([refused.status, problemSchema.parse(refused.json).code]).toEqual([507, 'storage_unavailable'])
      expect(JSON.stringify(await client.transcript(session))).not.toContain('canary')
    }
    expect((await client.request('DELETE', `/api/sessions/${idle}`)).status).toBe(200)
    expect(await statusOf(client, '/api/ready')).toBe(507) // what may use the reserve does not say that there is room
    expect(model.requests).toHaveLength(1)

    disk.empty()
    const entries = await client.entriesUntilEnd(busy, turn.turn_id)
    expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'one two' })
    expect(entries.filter(({ type }) => type === 'turn.resumed')).toMatchObject([{ data: { attempt: 2 } }])
    expect(await statusOf(client, '/api/ready')).toBe(200)
    expect(sizeOf(join(dataDir, 'ballast'))).toBe(8 * MIB)
  },
)

test.skipIf(noSmallDisk)(
  `F32, I9: where the disk is full of the server’s own journal it is emptied, and messages are taken again by itself ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=44m')
    const dataDir = disk.file('data')
    const long = Array.from({ length: 30 }, () => text('x'.repeat(100_000)))
    const script = ({ n }: { n: number }) => (n === 1 ? [...long, ...finished()] : [text(ANSWER), ...finished()])
    await using model = await startScriptedModel({ script })
    await using server = await ConchProcess.start(dataDir, ['--model-url', model.baseUrl, '--model', 'm'])
    const { client } = server
    const session = await client.createSession()
    const journal = join(dataDir, 'conch.db-wal')
    const turn = await client.start(session, 'much')
    await client.entriesUntilEnd(session, turn.turn_id)
    const longest = sizeOf(journal)
    expect(longest).toBeGreaterThan(12 * MIB)
    disk.fill()
    while (sizeOf(journal) === longest) {
      const next = await client.start(session, 'a little') // never refused: there is room in the journal until it is emptied
      const entries = await client.entriesUntilEnd(session, next.turn_id)
      expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' } })
    }
    await expect.poll(() => statusOf(client, '/api/ready')).toBe(200)
    expect(sizeOf(join(dataDir, 'ballast'))).toBe(8 * MIB)
    expect((await client.send(session, 'a little')).status).toBe(201)
  },
)

test.skipIf(noSmallDisk)(
  `F32, I3, I4: a disk that fills up just when turns start refuses them without a trace, or ends them failed with what was said ${noSmallDisk ?? ''}`,
  async () => {
    using disk = new SmallDisk('size=32m')
    let fillWhenAsked = true
    const script = (): ModelScript => {
      if (!fillWhenAsked) return [text(ANSWER), ...finished()]
      disk.fill() // the claim is committed, and nothing is said yet
      return [text(ANSWER), { do: 'hang' }]
    }
    await using model = await startScriptedModel({ script })
    await using server = await ConchProcess.start(disk.file('data'), ['--model-url', model.baseUrl, '--model', 'm'])
    const { client } = server
    const session = await client.createSession()
    const turn = await client.start(session, 'hello')
    const entries = await client.entriesUntilEnd(session, turn.turn_id)
    expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'failed', reason: 'storage' }, content: ANSWER })
    fillWhenAsked = false
    disk.empty()
    await expect.poll(() => statusOf(client, '/api/ready')).toBe(200)
    for (let afterMs = 0; afterMs < 8; afterMs += 1) {
      const raced = await client.createSession()
      const sent = client.send(raced, 'hello')
      await delay(afterMs)
      disk.fill()
      const { status, json } = await sent
      expect([201, 507]).toContain(status)
      if (status === 201) await client.entriesUntilEnd(raced, turnSchema.parse(json).turn_id)
      disk.empty()
      await expect.poll(() => statusOf(client, '/api/ready')).toBe(200)
      const { messages } = await client.transcript(raced)
      expect(messages.map(({ role }) => role)).toEqual(status === 201 ? ['user', 'assistant'] : [])
      const next = await client.start(raced, 'again')
      const end = (await client.entriesUntilEnd(raced, next.turn_id)).at(-1)
      expect(end?.data).toMatchObject({ outcome: { status: 'completed' }, content: ANSWER })
    }
  },
)
