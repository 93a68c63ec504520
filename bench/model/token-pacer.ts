import type { ServerResponse } from 'node:http'
import { finishReply, writeToken } from './reply-frames.ts'

interface PacedReply {
  readonly response: ServerResponse
  readonly name: string
  tokens: number
}

const GRAIN_MS = 0.25

/**
 * Writes tokens into open replies, each at its own times: the period of a token is cut into pieces of 0.25 ms, and each
 * reply has one of them. Written all in one callback they would share reads, writes and commits, which hides what a token
 * costs. Timers are no finer than 1 ms; so the loop sleeps in `Atomics.wait`, and lets requests in between two sleeps.
 */
export class TokenPacer {
  readonly #places: Set<PacedReply>[]
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4))
  readonly #originMs = performance.now()
  #added = 0
  #open = 0
  #tick = 0
  #written: Record<string, number> = {}

  constructor(tokensPerSecond: number) {
    const places = Math.max(1, Math.round(1000 / tokensPerSecond / GRAIN_MS))
    this.#places = Array.from({ length: places }, () => new Set())
  }

  /** The first token is written at the reply's own next time. `name` is the reply's key in what `finishAll` answers. */
  add(name: string, response: ServerResponse): void {
    const place = this.#placeOf(this.#added)
    const reply: PacedReply = { response, name, tokens: 0 }
    this.#added += 1
    this.#open += 1
    place.add(reply)
    response.socket?.setNoDelay(true)
    response.once('close', () => {
      if (place.delete(reply)) this.#open -= 1
    })
    if (this.#open > 1) return
    this.#tick = this.#currentTick()
    setImmediate(() => this.#run())
  }

  finishAll(): Record<string, number> {
    for (const place of this.#places) {
      for (const reply of place) {
        this.#written[reply.name] = reply.tokens
        finishReply(reply.response)
      }
      place.clear()
    }
    this.#open = 0
    const written = this.#written
    this.#written = {}
    return written
  }

  /** Spread evenly however many there will be: each next one falls into the widest gap, by the golden ratio. */
  #placeOf(n: number): Set<PacedReply> {
    const share = (n * 0.618_033_988_75) % 1
    return this.#places[Math.floor(share * this.#places.length)] ?? new Set()
  }

  #run(): void {
    const untilNextMs = (this.#tick + 1) * GRAIN_MS - (performance.now() - this.#originMs)
    if (untilNextMs > 0) Atomics.wait(this.#sleeper, 0, 0, untilNextMs)
    const now = this.#currentTick()
    for (; this.#tick < now; this.#tick += 1) this.#writePlace(this.#places[this.#tick % this.#places.length])
    if (this.#open > 0) setImmediate(() => this.#run())
  }

  #writePlace(place: Set<PacedReply> | undefined): void {
    for (const reply of place ?? []) {
      writeToken(reply.response, reply.tokens)
      reply.tokens += 1
    }
  }

  #currentTick(): number {
    return Math.floor((performance.now() - this.#originMs) / GRAIN_MS)
  }
}
