import { expect, test } from 'vitest'
import type { SessionId, TurnId } from '../protocol/ids.ts'
import { queuedSchema } from '../protocol/queue.ts'
import type { ServeConfig } from '../server/config/serve-config.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'
import { TestDataDir } from './conch-process.ts'
import { allAt } from './model-servers/discovery-scenario.ts'
import { findClosedPort, type ScriptedServer } from './model-servers/scripted-server.ts'
import { CHAT, chatsOf, startSeeingServer } from './seeing-model.ts'

/** What answers the first turns after a start, when no model server has been looked for yet. */

const MODEL = 'ggml-org/gemma-3-4b-it-GGUF'

/** A llama.cpp that outlives the Conches on one data directory, which look for it there. */
class Scene implements AsyncDisposable {
  readonly dataDir = new TestDataDir()
  readonly model: ScriptedServer
  readonly #ports: Parameters<typeof ConchApp.lookingAt>[0]

  private constructor(model: ScriptedServer, ports: Parameters<typeof ConchApp.lookingAt>[0]) {
    this.model = model
    this.#ports = ports
  }

  static async open(): Promise<Scene> {
    const model = await startSeeingServer()
    return new Scene(model, allAt(await findClosedPort(), { llama_cpp: [model.port] }))
  }

  /** What the command line says where it names the server and its model. */
  get named(): Partial<ServeConfig> {
    return { model: { kind: 'endpoint', baseUrl: `${this.model.origin}/v1`, model: MODEL, apiKey: null } }
  }

  /** Its clock stands still, so that no look is over because the machine was slow. */
  start(settings: Partial<ServeConfig> = {}): Promise<ConchApp> {
    return ConchApp.lookingAt(this.#ports, { dataDir: this.dataDir.path, ...settings })
  }

  /** Lets questions at these paths wait for `release`, and tells of the first of them. */
  holdBack(isHeld: (path: string) => boolean): { readonly asked: Promise<void>; readonly release: () => void } {
    const asked = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    this.model.hold = async ({ path }) => {
      if (!isHeld(path)) return
      asked.resolve()
      await released.promise
    }
    return { asked: asked.promise, release: released.resolve }
  }

  /** Ends a server that has let an answer end in its time of grace, and kept the message behind it (F18). */
  async endWithOneWaiting(conch: ConchApp) {
    const client = conch.client()
    const session = await client.createSession()
    const { asked, release } = this.holdBack((path) => path === CHAT)
    await client.start(session, 'first')
    await asked
    const answer = await client.send(session, 'second', { onBusy: 'queue' })
    const over = conch.app.engine.shutDown(60_000)
    release()
    await over
    await conch.close()
    return { session, turnId: queuedSchema.parse(answer.json).turn_id }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model[Symbol.asyncDispose]()
    this.dataDir[Symbol.dispose]()
  }
}

/** The model that a turn was put to, as soon as it is. */
async function modelOf(client: ConchClient, session: SessionId, turnId: TurnId): Promise<string> {
  await using follower = client.follow(session)
  const entry = await follower.entry(({ type, turn_id }) => type === 'step.started' && turn_id === turnId)
  return entry.type === 'step.started' ? entry.data.model : ''
}

async function answerOf(client: ConchClient, session: SessionId, turnId: TurnId) {
  const entries = await client.entriesUntilEnd(session, turnId)
  return entries.findLast(({ type }) => type === 'turn.ended')?.data
}

test.each([
  ['found', null],
  ['named without its server', MODEL],
])(
  'D14, D15: what waits over a restart is answered by the model that was %s, not by the practice model',
  async (_, name) => {
    await using scene = await Scene.open()
    const first = await scene.start()
    await first.client().request('PUT', '/api/settings', { body: { custom_model: name } })
    await first.client().request('POST', '/api/models/probe')
    const { session, turnId } = await scene.endWithOneWaiting(first)
    await using second = await scene.start()
    expect(await modelOf(second.client(), session, turnId)).toBe(MODEL)
    expect(await answerOf(second.client(), session, turnId)).toMatchObject({ content: 'A picture.' })
    expect(chatsOf(scene.model).at(-1)?.at(-1)).toEqual({ role: 'user', content: 'second' })
  },
)

test('D14: what is sent before the first look is through is answered by what it finds', async () => {
  await using scene = await Scene.open()
  const { release } = scene.holdBack((path) => path !== CHAT)
  await using conch = await scene.start()
  const client = conch.client()
  const session = await client.createSession()
  const { turn_id } = await client.start(session, 'hello')
  release()
  expect(await modelOf(client, session, turn_id)).toBe(MODEL)
})

test.each(['practice', 'named'] as const)(
  'row 95: where the command line decides (%s), no turn waits for a look',
  async (kind) => {
    await using scene = await Scene.open()
    const { release } = scene.holdBack((path) => path !== CHAT)
    await using conch = await scene.start(kind === 'named' ? scene.named : { model: { kind } })
    const client = conch.client()
    const session = await client.createSession()
    const { turn_id } = await client.start(session, 'hello')
    expect(await modelOf(client, session, turn_id)).toBe(kind === 'named' ? MODEL : kind)
    expect((await client.request('GET', '/api/models')).json).toMatchObject({ probed_at: null })
    release()
  },
)
