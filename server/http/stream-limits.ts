import type { Client } from './guard.ts'

/** Streams that one browser may hold open at once: its tabs share one HTTP/1.1 connection pool anyway. */
export const MAX_BROWSER_STREAMS = 16

/** Counts open streams, so that no client can hold more than its share (S23). */
export class StreamLimits {
  readonly #maxProgramStreams: number
  readonly #open = new Map<string, number>()
  #channels = 0

  constructor(maxProgramStreams: number) {
    this.#maxProgramStreams = maxProgramStreams
  }

  /** Takes a place for one stream and answers with what gives it back; undefined when the client has all of its share. */
  take(client: Client): (() => void) | undefined {
    const isBrowser = client.kind === 'browser'
    const name = isBrowser ? client.browserId : ''
    const open = this.#open.get(name) ?? 0
    if (open >= (isBrowser ? MAX_BROWSER_STREAMS : this.#maxProgramStreams)) return undefined
    this.#open.set(name, open + 1)
    return () => this.#release(name)
  }

  /**
   * Takes a place for one channel of a shared stream; undefined when all are taken. A channel holds no socket but costs what
   * a program's stream does otherwise: all clients together have as many as programs have streams.
   */
  takeChannel(): (() => void) | undefined {
    if (this.#channels >= this.#maxProgramStreams) return undefined
    this.#channels += 1
    return () => {
      this.#channels -= 1
    }
  }

  get openChannels(): number {
    return this.#channels
  }

  get openStreams(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0)
  }

  #release(name: string): void {
    const open = (this.#open.get(name) ?? 1) - 1
    if (open > 0) this.#open.set(name, open)
    else this.#open.delete(name)
  }
}
