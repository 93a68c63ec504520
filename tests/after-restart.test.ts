import { expect, test } from 'vitest'
import type { SessionId, TurnId } from '../protocol/ids.ts'
import { queuedSchema } from '../protocol/queue.ts'
import type { ServeConfig } from '../server/config/serve-config.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { allAt } from './model-servers/discovery-scenario.ts'
import { findClosedPort, type ScriptedServer } from './model-servers/scripted-server.ts'
import { CHAT, chatsOf, startSeeingServer } from './seeing-model.ts'
import { smallPng } from './small-images.ts'

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
  async endWithOneWaiting(conch: ConchApp, images: readonly string[] = [], session?: SessionId) {
    const client = conch.client()
    const sessionId = session ?? (await client.createSession())
    const { asked, release } = this.holdBack((path) => path === CHAT)
    const path = `/api/sessions/${sessionId}/turns`
    const [first, second] = images.map((image) => ({ images: [image] }))
    await client.request('POST', path, { body: { message: 'first', ...first } })
    await asked
    const answer = await client.request('POST', path, { body: { message: 'second', on_busy: 'queue', ...second } })
    const over = conch.app.engine.shutDown(60_000)
    release()
    await over
    await conch.close()
    return { session: sessionId, turnId: queuedSchema.parse(answer.json).turn_id }
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

async function give(url: string, session: SessionId, png: Buffer): Promise<string> {
  const headers = { 'content-type': 'image/png', 'x-gaia-ui': '1' }
  const body = new Uint8Array(png)
  const answer = await fetch(`${url}/api/sessions/${session}/images`, { method: 'POST', headers, body })
  return ((await answer.json()) as { image_id: string }).image_id
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

test('D18: an image that is sent before the first look is through is shown, and not refused for a model that nobody has asked', async () => {
  await using scene = await Scene.open()
  const { asked, release } = scene.holdBack((path) => path !== CHAT)
  await using conch = await scene.start(scene.named)
  await asked
  const session = await conch.client().createSession()
  const images = [await give(conch.url, session, smallPng())]
  const sent = conch.client().request('POST', `/api/sessions/${session}/turns`, { body: { images } })
  release()
  expect(await sent).toMatchObject({ status: 201 })
  await conch.app.engine.idle(session)
  expect(JSON.stringify(chatsOf(scene.model))).toContain(smallPng().toString('base64'))
})

test('D15, D18: what waits over a restart shows the model its own image and those before it', async () => {
  await using scene = await Scene.open()
  const first = await scene.start(scene.named)
  await first.client().request('POST', '/api/models/probe')
  const session = await first.client().createSession()
  const pngs = [smallPng(1), smallPng(2)]
  const images = await Promise.all(pngs.map((png) => give(first.url, session, png)))
  const { turnId } = await scene.endWithOneWaiting(first, images, session)
  await using second = await scene.start(scene.named)
  await answerOf(second.client(), session, turnId)
  const told = JSON.stringify(chatsOf(scene.model).at(-1))
  for (const png of pngs) expect(told).toContain(png.toString('base64'))
})

test('D6, D18: a turn that goes on after kill -9 shows the model its image again', async () => {
  await using scene = await Scene.open()
  const flags = ['--no-auth', '--model-url', `${scene.model.origin}/v1`, '--model', MODEL]
  const first = await ConchProcess.start(scene.dataDir.path, flags)
  await first.client.request('POST', '/api/models/probe')
  const session = await first.client.createSession()
  const image = await give(first.url, session, smallPng())
  const { asked, release } = scene.holdBack((path) => path === CHAT)
  const body = { message: 'What is this?', images: [image] }
  const answer = await first.client.request('POST', `/api/sessions/${session}/turns`, { body })
  expect(answer.status).toBe(201)
  await asked
  await first.end('SIGKILL')
  release()
  await using second = await ConchProcess.start(scene.dataDir.path, flags)
  await answerOf(second.client, session, (answer.json as { turn_id: TurnId }).turn_id)
  const [before, after] = chatsOf(scene.model)
  expect(JSON.stringify(before)).toContain(smallPng().toString('base64'))
  expect(after).toEqual(before)
}, 60_000)
