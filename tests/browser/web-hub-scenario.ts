import { randomUUID } from 'node:crypto'
import type { Seq, SessionId } from '../../protocol/ids.ts'
import type { ChannelBody } from '../../protocol/shared-stream.ts'
import { createApiTransport } from '../../web/client/api-transport.ts'
import type { StreamFrame } from '../../web/client/event-frames.ts'
import { HubLink, type HubLinkOptions } from '../../web/client/hub-link.ts'
import { ManualTimers } from '../../web/client/manual-timers.scenario.ts'
import { StreamHub } from '../../web/client/stream-hub.ts'
import { type HeldRequest, type HeldServer, startHeldServer } from './web-held-server.ts'

/** For tests: the hub before a real server whose answers the test gives by hand, and tabs on real message ports. */
export class HubScenario implements AsyncDisposable {
  readonly server: HeldServer
  readonly hub: StreamHub
  readonly timers = new ManualTimers()
  readonly failures: unknown[] = []
  readonly #ports: MessagePort[] = []
  readonly #life = Promise.withResolvers<void>()
  #released: Promise<void> = Promise.resolve()

  private constructor(server: HeldServer, life: string) {
    this.server = server
    const identity = { clientId: 'hub', label: '' }
    this.hub = new StreamHub({
      transport: createApiTransport({ origin: server.origin, identity, onUnauthorized: () => undefined }),
      timers: this.timers,
      life,
      reportFailure: (error) => this.failures.push(error),
    })
  }

  static async start(): Promise<HubScenario> {
    const life = `hub-${randomUUID()}`
    const scenario = new HubScenario(await startHeldServer(), life)
    const held = Promise.withResolvers<void>()
    scenario.#released = navigator.locks.request(life, () => {
      held.resolve()
      return scenario.#life.promise
    })
    await held.promise
    return scenario
  }

  /** The tab's end of a port to the hub. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#ports.push(port1, port2)
    this.hub.connect(port2)
    return port1
  }

  /** What a tab's link needs, but for who it is. */
  get linkOptions(): Omit<HubLinkOptions, 'clientId'> {
    return {
      timers: this.timers,
      locks: navigator.locks,
      afterDrawing: (callback) => callback(),
      reportFailure: (error) => this.failures.push(error),
    }
  }

  tab(clientId: string): HubLink {
    return new HubLink(this.port(), { ...this.linkOptions, clientId })
  }

  /** Answers the request for the stream, and its first frame. */
  async beginStream(id: string): Promise<HeldRequest> {
    const stream = await this.server.nextRequest()
    if (stream.path !== '/api/streams') throw new Error(`asked for ${stream.path} and not for a stream`)
    stream.startStream()
    stream.write(`event: stream\ndata: {"stream":"${id}"}\n\n`)
    return stream
  }

  /** Takes the next channel that is added, and answers with its name. */
  async addChannel(): Promise<string> {
    const request = await this.server.nextRequest()
    request.answer(204, undefined)
    return nameOf(request)
  }

  /** As when the browser kills the worker: its lock is given back, and nothing is said. */
  async killHub(): Promise<void> {
    this.#life.resolve()
    await this.#released
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killHub()
    for (const port of this.#ports) port.close()
    await this.server[Symbol.asyncDispose]()
  }
}

export const APP: ChannelBody = { follows: 'app' }

export function logAfter(after: number): ChannelBody {
  return { follows: 'session', session_id: 'session-1' as SessionId, after: after as Seq }
}

/** The channel that a request is about. */
export function nameOf({ path }: HeldRequest): string {
  return path.split('/').at(-1) ?? ''
}

export function frameFor(channel: string, data: string, kind = 'channel'): string {
  return `event: ${kind}.${channel}\ndata: ${data}\n\n`
}

/** Reads an open channel as its follower does, without the signs of life. */
export class ChannelReader {
  readonly closing = new AbortController()
  readonly received: StreamFrame[] = []
  /** Resolves with `ended`, or with why the channel was refused. */
  readonly over: Promise<unknown>
  readonly #waiting = new Set<() => void>()

  constructor(tab: HubLink, follows: ChannelBody) {
    this.over = this.#read(tab, follows)
  }

  async until(count: number): Promise<readonly string[]> {
    while (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.add(resolve))
    return this.received.map(({ data }) => data)
  }

  async #read(tab: HubLink, follows: ChannelBody): Promise<unknown> {
    const opening = await tab.open(follows, this.closing.signal)
    if (opening.status !== 'open') return opening
    for await (const frames of opening.frames) {
      this.received.push(...frames)
      for (const wake of this.#waiting) wake()
    }
    return 'ended'
  }
}
