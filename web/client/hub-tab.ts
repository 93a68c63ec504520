import type { StreamFrame } from './event-frames.ts'
import type { HubMessage } from './hub-messages.ts'

/** A tab that has taken nothing for so long sleeps or is gone: the server's signs of life come far more often. */
const UNTAKEN_LIMIT_MS = 60_000
/** What may wait for one tab, in characters. */
const UNTAKEN_LIMIT_SIZE = 8 * 1024 * 1024

/**
 * One tab as the hub sees it: where to post, and what it has not taken yet (R15). While something is untaken, frames are
 * gathered: however fast a model writes, a tab is interrupted no oftener than it draws.
 */
export class HubTab {
  readonly #port: MessagePort
  readonly #now: () => number
  /** Frames that are not posted yet, by the tab's channels. */
  readonly #gathered = new Map<number, StreamFrame[]>()
  #gatheredSize = 0
  /** Messages that are posted and not taken. */
  #untaken = 0
  #untakenSize = 0
  #untakenSince = 0

  constructor(port: MessagePort, now: () => number) {
    this.#port = port
    this.#now = now
  }

  /** What was gathered goes before it. */
  post(message: HubMessage): void {
    this.#postGathered()
    this.#port.postMessage(message)
  }

  /** Without a frame it is a sign of life. */
  postFrames(channel: number, frames: readonly StreamFrame[]): void {
    const gathered = this.#gathered.get(channel) ?? []
    for (const frame of frames) {
      gathered.push(frame)
      this.#gatheredSize += frame.data.length
    }
    this.#gathered.set(channel, gathered)
    if (this.#untaken === 0) this.#postGathered()
  }

  noteTaken(): void {
    this.#untaken -= 1
    if (this.#untaken > 0) return
    this.#untakenSize = 0
    this.#postGathered()
  }

  /** True where nothing more should be sent: it comes back by its cursors when it wakes. */
  isLost(): boolean {
    if (this.#untaken === 0) return false
    const waitsMs = this.#now() - this.#untakenSince
    return waitsMs > UNTAKEN_LIMIT_MS || this.#untakenSize + this.#gatheredSize > UNTAKEN_LIMIT_SIZE
  }

  #postGathered(): void {
    if (this.#untaken === 0) this.#untakenSince = this.#now()
    for (const [channel, frames] of this.#gathered)
      this.#port.postMessage({ type: 'frames', channel, frames } satisfies HubMessage)
    this.#untaken += this.#gathered.size
    this.#untakenSize += this.#gatheredSize
    this.#gathered.clear()
    this.#gatheredSize = 0
  }
}
