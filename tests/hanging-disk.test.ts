import { expect, test, vi } from 'vitest'
import { turnSchema } from '../protocol/turn.ts'
import type { Answer } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { FaultInjection, straceRefusal } from './fault-tools.ts'
import { finished, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 120_000 }) // starts of a whole server, on whatever machine this is

const noStrace = straceRefusal()

test.skipIf(noStrace)(
  `F24, R4: while the disk of the database hangs only what writes waits; pages, reading and streams do not ${noStrace ?? ''}`,
  async () => {
    using dataDir = new TestDataDir()
    await using model = await startScriptedModel({ script: () => [text('hi'), ...finished()] })
    await using server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'm'])
    const { client } = server
    const session = await client.createSession()
    const before = await client.start(session, 'hello')
    await client.entriesUntilEnd(session, before.turn_id)
    let reads = 0
    let isWaiting = true
    let taken: Answer
    {
      await using _hang = await FaultInjection.into(server.child.pid, 'fsync:delay_enter=10s')
      const sent = client.send(session, 'again').finally(() => {
        isWaiting = false
      })
      while (isWaiting) {
        const paths = ['/api/health', '/api/sessions', `/api/sessions/${session}/transcript`, '/metrics', '/']
        const answers = await Promise.all(paths.map((path) => client.request('GET', path)))
        expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
        await using follower = client.follow(session)
        await follower.entry(({ type, turn_id }) => type === 'turn.ended' && turn_id === before.turn_id)
        if (isWaiting) reads += 1
      }
      taken = await sent
    }
    expect(reads).toBeGreaterThan(10)
    expect(taken.status).toBe(201)
    const entries = await client.entriesUntilEnd(session, turnSchema.parse(taken.json).turn_id)
    expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'hi' })
  },
)
