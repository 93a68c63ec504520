import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CancelTimer, Clock } from '../lib/clock.ts'

/** A reader that takes nothing for this long is let go; it comes back by its cursor (F9). */
const STALL_LIMIT_MS = 30_000

/** A comment at least this often, so that proxies and sleeping laptops notice a dead connection. Spread by up to a third (F10). */
const HEARTBEAT_MS = 15_000

/** A reader is told to wait for a time between these before it comes back, so that after a restart not all knock at once (F11). */
const SHORTEST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 5_000

export interface SseOptions {
  readonly clock: Clock
  /** From 0 up to, and without, 1. Spreads what many streams would else do at the same moment. */
  readonly random: () => number
  readonly headers?: Readonly<Record<string, string>>
  /** The comment that keeps the connection alive. */
  readonly heartbeat?: string
  /** Begins the stream with how long to wait before coming back (F11). Off for the compatible API, which knows no such line. */
  readonly tellsRetry?: boolean
}

/**
 * One SSE answer. Writing never queues without bound: `write` tells when the socket is full, and its caller, which reads
 * from the log by cursor, simply waits (R15).
 */
export class SseStream {
  readonly #reply: FastifyReply
  readonly #clock: Clock
  readonly #random: () => number
  readonly #heartbeat: string
  readonly #gone = new AbortController()
  #cancelHeartbeat: CancelTimer
  /** While the socket is full: what all who write to it wait for. */
  #draining: Promise<void> | undefined

  /** Takes the response over from Fastify and sends its headers. */
  constructor(request: FastifyRequest, reply: FastifyReply, options: SseOptions) {
    this.#reply = reply
    this.#clock = options.clock
    this.#random = options.random
    this.#heartbeat = options.heartbeat ?? ': keepalive\n\n'
    reply.hijack()
    const response = reply.raw
    response.on('close', () => this.#gone.abort())
    if (response.destroyed) this.#gone.abort() // it left while its request was being looked at, and will not close again
    response.on('error', (error) => request.log.debug({ err: error }, 'an event stream broke'))
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
      ...options.headers,
    })
    response.flushHeaders()
    if (options.tellsRetry) response.write(retryFrame(this.#random()))
    this.#cancelHeartbeat = this.#scheduleHeartbeat()
    this.signal.addEventListener('abort', () => this.#cancelHeartbeat(), { once: true })
    if (this.signal.aborted) this.#cancelHeartbeat()
  }

  /** Aborts when the client has gone, or was let go. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Sends whole frames. Answers with a promise when the socket is full; wait for it before writing more. */
  write(frames: string): Promise<void> | undefined {
    if (this.signal.aborted) return undefined
    if (this.#reply.raw.write(frames)) return undefined
    this.#draining ??= this.#drained()
    return this.#draining
  }

  /** Ends the answer. A reader that does not take the rest is cut like any other that stalls. */
  end(): void {
    this.#cancelHeartbeat()
    const response = this.#reply.raw
    response.end()
    const cancelTimer = this.#clock.after(STALL_LIMIT_MS, () => response.destroy())
    response.once('close', cancelTimer)
    if (response.closed) cancelTimer()
  }

  /** Drained, gone, or stalled for too long and therefore cut: always settles, because a peer may close without a word. */
  async #drained(): Promise<void> {
    const response = this.#reply.raw
    const settled = Promise.withResolvers<void>()
    const cancelTimer = this.#clock.after(STALL_LIMIT_MS, () => response.destroy())
    response.once('drain', settled.resolve)
    response.once('close', settled.resolve)
    await settled.promise
    cancelTimer()
    response.off('drain', settled.resolve)
    response.off('close', settled.resolve)
    this.#draining = undefined
  }

  #scheduleHeartbeat(): CancelTimer {
    const spreadMs = (HEARTBEAT_MS / 3) * this.#random()
    return this.#clock.after(HEARTBEAT_MS - spreadMs, () => {
      if (!this.#reply.raw.writableNeedDrain) this.#reply.raw.write(this.#heartbeat)
      this.#cancelHeartbeat = this.#scheduleHeartbeat()
    })
  }
}

function retryFrame(random: number): string {
  return `retry: ${SHORTEST_RETRY_MS + Math.floor((LONGEST_RETRY_MS - SHORTEST_RETRY_MS) * random)}\n\n`
}

/** The cursor that a client names by `Last-Event-ID` or `?after=`. What is no seq counts as absent (F3). */
export function cursorOf(lastEventId: string | string[] | undefined, after: number | undefined): number {
  if (typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId)) return Number(lastEventId)
  return after ?? 0
}
