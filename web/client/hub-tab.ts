import type { StreamFrame } from './event-frames.ts'
import type { HubMessage } from './hub-messages.ts'

/** A tab that has taken nothing for so long sleeps or is gone: the server's signs of life come far more often. */
const UNTAKEN_LIMIT_MS = 60_000
/** What may wait for one tab, in characters. */
const UNTAKEN_LIMIT_SIZE = 8 * 1024 * 1024

interface Untaken {
  readonly at: number
  readonly size: number
}

/** One tab as the hub sees it: where to post, and what it has not taken yet (R15). */
export class HubTab {
  readonly #port: MessagePort
  readonly #untaken: Untaken[] = []
  #untakenSize = 0

  constructor(port: MessagePort) {
    this.#port = port
  }

  post(message: HubMessage): void {
    this.#port.postMessage(message)
  }

  postFrames(channel: number, frames: readonly StreamFrame[], now: number): void {
    const size = frames.reduce((sum, { data }) => sum + data.length, 0)
    this.#untaken.push({ at: now, size })
    this.#untakenSize += size
    this.post({ type: 'frames', channel, frames })
  }

  noteTaken(): void {
    this.#untakenSize -= this.#untaken.shift()?.size ?? 0
  }

  /** True where nothing more should be sent: it comes back by its cursors when it wakes. */
  isLost(now: number): boolean {
    const [first] = this.#untaken
    return first !== undefined && (now - first.at > UNTAKEN_LIMIT_MS || this.#untakenSize > UNTAKEN_LIMIT_SIZE)
  }
}
