import type { ChannelBody } from '../../protocol/shared-stream.ts'
import type { ApiFailure } from './api-result.ts'
import type { DrawingPace } from './drawing-pace.ts'
import type { StreamFrame } from './event-frames.ts'
import type { HubMessage, TabMessage } from './hub-messages.ts'
import type { StreamOpening } from './stream-opening.ts'
import type { Timers } from './timers.ts'

/** The hub answers at once, on a busy machine within a second or two. */
const HEARING_LIMIT_MS = 10_000

export interface HubLinkOptions {
  readonly clientId: string
  readonly timers: Timers
  readonly locks: LockManager | undefined
  /** No more is taken before what came is drawn. */
  readonly afterDrawing: DrawingPace['afterDrawing']
  readonly reportFailure: (error: unknown) => void
}

/** A tab's connection to the hub. A channel of it looks like a stream on a connection of its own. */
export class HubLink {
  readonly #port: MessagePort
  readonly #options: HubLinkOptions
  readonly #channels = new Map<number, LinkChannel>()
  #channelsNumbered = 0
  #isDead = false
  #isWatching = false

  constructor(port: MessagePort, options: HubLinkOptions) {
    this.#port = port
    this.#options = options
    port.onmessage = ({ data }: MessageEvent<HubMessage>) => this.#hear(data)
  }

  /** The hub has died: nothing will come of this link any more. */
  get isDead(): boolean {
    return this.#isDead
  }

  /** `silent`: there is no hub that answers. */
  async open(follows: ChannelBody, signal: AbortSignal): Promise<StreamOpening | { readonly status: 'silent' }> {
    if (signal.aborted) return { status: 'unreachable' }
    this.#channelsNumbered += 1
    const number = this.#channelsNumbered
    const channel = new LinkChannel()
    this.#channels.set(number, channel)
    const close = () => {
      if (this.#channels.delete(number)) this.#post({ type: 'close', channel: number })
      channel.close()
    }
    signal.addEventListener('abort', close, { once: true })
    this.#post({ type: 'open', channel: number, follows, clientId: this.#options.clientId })
    if (!(await this.#isHeard(channel))) {
      close()
      return { status: 'silent' }
    }
    const refusal = await channel.opened
    return refusal ?? { status: 'open', frames: channel }
  }

  look(): void {
    this.#post({ type: 'look' })
  }

  /** The page is being left, and may be taken up again. */
  leave(): void {
    this.#post({ type: 'leave' })
    this.endAll()
  }

  /** Ends what is open, as a broken connection does. */
  endAll(): void {
    for (const channel of this.#channels.values()) channel.end()
    this.#channels.clear()
  }

  async #isHeard(channel: LinkChannel): Promise<boolean> {
    const answered = new AbortController()
    let isHeard = false
    const hearing = channel.heard.then(() => {
      isHeard = true
    })
    await Promise.race([hearing, this.#options.timers.wait(HEARING_LIMIT_MS, answered.signal)])
    answered.abort()
    return isHeard
  }

  #hear(message: HubMessage): void {
    if (message.type === 'frames') this.#options.afterDrawing(() => this.#post({ type: 'taken' }))
    if (message.type === 'heard' && message.life !== null) this.#watchLife(message.life)
    const channel = this.#channels.get(message.channel)
    if (channel === undefined) return
    channel.hear(message)
    const isOver = message.type === 'ended' || (message.type === 'opened' && message.refusal !== null)
    if (isOver) this.#channels.delete(message.channel)
  }

  /** No message tells that a worker was killed; its lock does, because the browser then gives it to the next who waits. */
  #watchLife(life: string): void {
    if (this.#isWatching) return
    this.#isWatching = true
    const mourn = () => {
      this.#isDead = true
      this.endAll()
    }
    this.#options.locks?.request(life, { mode: 'shared' }, mourn).catch(this.#options.reportFailure)
  }

  #post(message: TabMessage): void {
    this.#port.postMessage(message)
  }
}

/** What one channel has been told, for its reader. */
class LinkChannel implements AsyncIterable<readonly StreamFrame[]> {
  readonly #heard = Promise.withResolvers<void>()
  readonly #opened = Promise.withResolvers<ApiFailure | null>()
  #arrived: (readonly StreamFrame[])[] = []
  #isOver = false
  #wake: () => void = () => undefined

  get heard(): Promise<void> {
    return this.#heard.promise
  }

  /** The refusal, or null. */
  get opened(): Promise<ApiFailure | null> {
    return this.#opened.promise
  }

  hear(message: HubMessage): void {
    this.#heard.resolve()
    if (message.type === 'opened') this.#opened.resolve(message.refusal)
    else if (message.type === 'ended') this.end()
    else if (message.type === 'frames') this.#arrived.push(message.frames)
    this.#wake()
  }

  /** What has arrived is still read. */
  end(): void {
    this.#isOver = true
    this.#heard.resolve()
    this.#opened.resolve({ status: 'unreachable' })
    this.#wake()
  }

  /** The reader wants no more. */
  close(): void {
    this.#arrived = []
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly StreamFrame[]> {
    for (;;) {
      const frames = this.#arrived.shift()
      if (frames !== undefined) yield frames
      else if (this.#isOver) return
      else await this.#change()
    }
  }

  #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    return promise
  }
}
