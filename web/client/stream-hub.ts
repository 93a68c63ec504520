import { requestOf } from '../../client/request.ts'
import { type ChannelBody, openedStreamSchema } from '../../protocol/shared-stream.ts'
import { type ApiFailure, failureOf } from './api-result.ts'
import type { ApiTransport } from './api-transport.ts'
import type { Attention } from './attention.ts'
import { followStream } from './event-follower.ts'
import type { StreamFrame } from './event-frames.ts'
import type { TabMessage } from './hub-messages.ts'
import { HubTab } from './hub-tab.ts'
import { parseJson } from './json-text.ts'
import { openStream, type StreamOpening } from './stream-opening.ts'
import type { Timers } from './timers.ts'

/*
 * Holds the one event stream of a browser for all of its tabs (D16). It lives in a shared worker, knows no session and keeps no
 * cursor: a tab asks for a channel from its own cursor, and takes it for a stream.
 *
 *   waiting ──► adding ──► open ──► ended        waiting: there is no stream yet, or it is being opened again
 *
 * When the stream breaks, all channels that were added end, and their tabs ask for them again, which is all there is to
 * coming back. When the last channel is closed, so is the stream.
 */

export interface StreamHubOptions {
  readonly transport: ApiTransport
  readonly timers: Timers
  /** Name of a lock that is held for as long as the hub lives; null where there are no locks. */
  readonly life: string | null
  readonly reportFailure: (error: unknown) => void
}

interface HubChannel {
  /** As the server knows it. Never used twice, so that a late frame finds nobody. */
  readonly name: string
  readonly tab: HubTab
  /** As the tab knows it. */
  readonly number: number
  readonly follows: ChannelBody
  readonly clientId: string
  isWaiting: boolean
}

/** Tabs take a stream without a sign of life for dead after a multiple of this. */
const PULSE_INTERVAL_MS = 10_000

export class StreamHub {
  readonly #options: StreamHubOptions
  readonly #channels = new Map<string, HubChannel>()
  readonly #lookers = new Set<() => void>()
  #following: AbortController | null = null
  /** Null while there is no stream. */
  #streamId: string | null = null
  #channelsNamed = 0
  #pulsedAt = 0

  constructor(options: StreamHubOptions) {
    this.#options = options
  }

  /** Serves one tab for as long as its port lives. */
  connect(port: MessagePort): void {
    const tab = new HubTab(port, this.#options.timers.now)
    port.onmessage = ({ data }: MessageEvent<TabMessage>) => this.#hear(tab, data)
    port.addEventListener('close', () => this.#letGo(tab)) // the tab has died without a word, where browsers tell that
  }

  /** Does not trust a stream that has been silent, and does not wait before the next try. */
  look(): void {
    for (const looker of [...this.#lookers]) looker()
  }

  #hear(tab: HubTab, message: TabMessage): void {
    switch (message.type) {
      case 'open':
        this.#open(tab, message)
        break
      case 'close':
        this.#closeEach((channel) => channel.tab === tab && channel.number === message.channel)
        break
      case 'taken':
        tab.noteTaken()
        break
      case 'look':
        this.look()
        break
      case 'leave':
        this.#letGo(tab)
        break
    }
  }

  #open(tab: HubTab, { channel: number, follows, clientId }: Extract<TabMessage, { type: 'open' }>): void {
    this.#channelsNamed += 1
    const name = `c${this.#channelsNamed}`
    const channel: HubChannel = { name, tab, number, follows, clientId, isWaiting: true }
    this.#channels.set(name, channel)
    tab.post({ type: 'heard', channel: number, life: this.#options.life })
    if (this.#streamId !== null) this.#add(channel, this.#streamId).catch(this.#options.reportFailure)
    else if (this.#following === null) this.#follow()
  }

  #letGo(tab: HubTab): void {
    this.#closeEach((channel) => channel.tab === tab)
  }

  /** Tells the tab too: one that was asleep asks again. */
  #closeEach(isMeant: (channel: HubChannel) => boolean): void {
    for (const channel of [...this.#channels.values()].filter(isMeant)) {
      this.#end(channel)
      if (this.#streamId !== null && !channel.isWaiting) this.#remove(channel, this.#streamId)
    }
    if (this.#channels.size === 0) this.#stop()
  }

  #end(channel: HubChannel): void {
    this.#channels.delete(channel.name)
    channel.tab.post({ type: 'ended', channel: channel.number })
  }

  #refuse(channel: HubChannel, refusal: ApiFailure): void {
    this.#channels.delete(channel.name)
    channel.tab.post({ type: 'opened', channel: channel.number, refusal })
  }

  #stop(): void {
    this.#following?.abort()
    this.#following = null
    this.#streamId = null
  }

  #follow(): void {
    const following = new AbortController()
    this.#following = following
    this.#keepStream(following).catch(this.#options.reportFailure)
  }

  /** However it ends, whoever asks next finds a beginning. */
  async #keepStream(following: AbortController): Promise<void> {
    let refusal: ApiFailure = { status: 'unreachable' }
    try {
      const end = await followStream({
        open: (signal) => this.#openStream(signal),
        onFrames: (frames) => {
          this.#take(frames)
          return 'continue'
        },
        onConnection: (connection) => {
          if (connection === 'reconnecting') this.#loseStream()
        },
        attention: this.#attention(),
        timers: this.#options.timers,
        signal: following.signal,
      })
      if (end === 'unauthorized') refusal = { status: end }
    } finally {
      if (this.#following === following) this.#giveUp(refusal)
    }
  }

  #giveUp(refusal: ApiFailure): void {
    this.#stop()
    for (const channel of [...this.#channels.values()]) this.#refuse(channel, refusal)
  }

  /** A worker is never looked at; it hears of those who are. */
  #attention(): Attention {
    return {
      isAway: () => false,
      subscribe: (listener) => {
        this.#lookers.add(listener)
        return () => this.#lookers.delete(listener)
      },
    }
  }

  async #openStream(signal: AbortSignal): Promise<StreamOpening> {
    const opening = await openStream(this.#options.transport, requestOf('GET /api/streams'), signal)
    return opening.status === 'open' ? { status: 'open', frames: this.#passPulse(opening.frames) } : opening
  }

  /** Whatever arrives shows every tab that the server lives. */
  async *#passPulse(arriving: AsyncIterable<readonly StreamFrame[]>): AsyncGenerator<readonly StreamFrame[]> {
    for await (const frames of arriving) {
      yield frames
      const now = this.#options.timers.now()
      if (now - this.#pulsedAt < PULSE_INTERVAL_MS) continue
      this.#pulsedAt = now
      for (const channel of [...this.#channels.values()]) if (!channel.isWaiting) this.#pass(channel, [])
    }
  }

  #loseStream(): void {
    this.#streamId = null
    for (const channel of [...this.#channels.values()]) if (!channel.isWaiting) this.#end(channel)
  }

  #take(frames: readonly StreamFrame[]): void {
    const perChannel = new Map<HubChannel, StreamFrame[]>()
    const over: HubChannel[] = []
    for (const { event = '', data } of frames) {
      if (event === 'stream') this.#beginStream(data)
      const dot = event.indexOf('.')
      const channel = this.#channels.get(event.slice(dot + 1))
      if (channel === undefined) continue
      const kind = event.slice(0, dot)
      if (kind === 'end') over.push(channel)
      const own = perChannel.get(channel) ?? []
      if (kind !== 'end') own.push({ id: undefined, event: kind === 'notice' ? kind : undefined, data })
      perChannel.set(channel, own)
    }
    for (const [channel, own] of perChannel) this.#pass(channel, own)
    for (const channel of over) this.#end(channel)
  }

  #pass(channel: HubChannel, frames: readonly StreamFrame[]): void {
    if (channel.tab.isLost()) this.#letGo(channel.tab)
    else channel.tab.postFrames(channel.number, frames)
  }

  #beginStream(data: string): void {
    const { stream } = openedStreamSchema.parse(parseJson(data))
    this.#streamId = stream
    for (const channel of this.#channels.values()) this.#add(channel, stream).catch(this.#options.reportFailure)
  }

  async #add(channel: HubChannel, stream: string): Promise<void> {
    channel.isWaiting = false
    const path = { stream, channel: channel.name }
    const headers = { 'X-Client-Id': channel.clientId }
    const answer = await this.#options.transport.request(
      requestOf('PUT /api/streams/{stream}/channels/{channel}', { path, headers, body: channel.follows }),
    )
    const isWanted = this.#channels.get(channel.name) === channel
    const isAdded = answer?.response.ok === true
    // it was closed meanwhile, or nobody knows whether it was added
    if (answer === null || (isAdded && !isWanted)) this.#remove(channel, stream)
    if (!isWanted) return
    if (isAdded) channel.tab.post({ type: 'opened', channel: channel.number, refusal: null })
    else this.#refuseAdding(channel, answer && failureOf(answer.response, answer.body))
  }

  #refuseAdding(channel: HubChannel, refusal: ApiFailure | null): void {
    const isStreamGone = refusal?.status === 'refused' && refusal.problem.code === 'stream_not_found'
    if (isStreamGone) this.#dropStream()
    else this.#refuse(channel, refusal ?? { status: 'unreachable' })
  }

  /** The server knows nothing of the stream that we read: it has let us go, and the news has not come. */
  #dropStream(): void {
    this.#stop()
    this.#loseStream()
  }

  #remove(channel: HubChannel, stream: string): void {
    const path = { stream, channel: channel.name }
    const request = requestOf('DELETE /api/streams/{stream}/channels/{channel}', { path })
    this.#options.transport.request(request).catch(this.#options.reportFailure)
  }
}
