import { connect } from 'node:net'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { SERVER_KINDS } from '../../server/models/discovery/server-kinds.ts'
import { ConchApp } from '../conch-app.ts'
import { allAt, imitationOf, type Ports } from '../model-servers/discovery-scenario.ts'
import { findClosedPort, startScriptedServer } from '../model-servers/scripted-server.ts'
import { startScriptedModel } from '../scripted-model.ts'
import { SeeingModel } from '../seeing-model.ts'
import { type ChatPage, Screen } from './chromium.ts'
import { scriptFor } from './scene-texts.ts'

/** How large a screen is, and whether it is touched. */
export const SIZES = {
  wide: { viewport: { width: 1200, height: 760 } },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>

export type Size = keyof typeof SIZES

const MODEL_NAME = 'Qwen3-8B'
/** The server's clock stands still; the browsers' is so far ahead of it, so that answers have been running for a while. */
const AHEAD_MS = 42_000

/** Where a scene is played: a server, browsers of one size, and all that has to be put away afterwards. */
export class Stage implements AsyncDisposable {
  readonly #browser: Browser
  readonly #size: Size
  readonly #locale: string
  readonly #props = new AsyncDisposableStack()

  constructor(browser: Browser, size: Size, locale = 'en-US') {
    this.#browser = browser
    this.#size = size
    this.#locale = locale
  }

  /** A server before the scripted model, which answers with the scenes' texts. */
  async server(): Promise<Screen> {
    const endpoint = this.#props.use(
      await startScriptedModel({
        models: [MODEL_NAME],
        script: ({ messages }) => scriptFor(messages.findLast(({ role }) => role !== 'system')),
      }),
    )
    const model = { kind: 'endpoint', baseUrl: endpoint.baseUrl, model: MODEL_NAME, apiKey: null } as const
    const ports = allAt(await findClosedPort())
    return this.#props.use(Screen.over(this.#browser, await ConchApp.lookingAt(ports, { model, noAuth: false })))
  }

  /** A server that looks for models and finds none, or Lemonade and Ollama. */
  async searchingServer(finds: 'nothing' | 'models'): Promise<Screen> {
    const ports = await usualPorts()
    for (const kind of finds === 'models' ? (['lemonade', 'ollama'] as const) : []) {
      this.#props.use(await startScriptedServer(imitationOf(kind, 'found'), { port: ports[kind][0] }))
    }
    return this.#props.use(Screen.over(this.#browser, await ConchApp.lookingAt(ports, { noAuth: false })))
  }

  /** A server before a model that takes images and answers whatever it is asked with `answer`. */
  async seeingServer(answer: string): Promise<Screen> {
    const { conch } = this.#props.use(await SeeingModel.start({}, answer))
    return this.#props.use(Screen.over(this.#browser, conch))
  }

  /** Somebody whom that server lets in, before a screen of this stage's size on which nothing moves. */
  async person(screen: Screen): Promise<ChatPage> {
    const look = { ...SIZES[this.#size], locale: this.#locale, colorScheme: 'light', reducedMotion: 'reduce' } as const
    const person = await screen.person(look)
    await person.page.context().clock.setFixedTime(screen.conch.clock.nowMs() + AHEAD_MS)
    return person
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#props.disposeAsync()
  }
}

/** Where each kind of model server usually listens; where something does so on this machine, another port, at which nothing does. */
async function usualPorts(): Promise<Ports> {
  const ports = allAt(await findClosedPort())
  for (const { kind, ports: usual } of SERVER_KINDS) {
    if (await isClosed(usual[0])) ports[kind] = [usual[0]]
  }
  return ports
}

function isClosed(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ port, host: '127.0.0.1' })
  socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
  return promise.finally(() => socket.destroy())
}
