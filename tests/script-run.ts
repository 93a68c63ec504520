import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type ModelScript, type ScriptAction, toFrame } from './model-script.ts'

/** Plays one script into one response. */
export class ScriptRun {
  /** Bytes of the body written so far. */
  bytesWritten = 0
  /** Who ended the exchange, and when by `performance.now()`; null while it goes on. */
  closedBy: 'client' | 'server' | null = null
  closedAtMs: number | null = null
  readonly closed: Promise<'client' | 'server'>
  readonly #response: ServerResponse
  readonly #gone = new AbortController()
  #hold = Promise.withResolvers<void>()
  #bytesLeft = Number.POSITIVE_INFINITY
  #isEnding = false

  constructor(response: ServerResponse) {
    this.#response = response
    const { promise, resolve } = Promise.withResolvers<'client' | 'server'>()
    this.closed = promise
    response.once('close', () => {
      const closedBy = this.#isEnding ? 'server' : 'client'
      this.closedBy = closedBy
      this.closedAtMs = performance.now()
      this.#gone.abort()
      resolve(closedBy)
    })
  }

  goOn(): void {
    this.#hold.resolve()
  }

  /** Resolves when the script is over, or when the client is gone. */
  async play(script: ModelScript): Promise<void> {
    try {
      for (const action of script) await this.#do(action)
      this.#isEnding = true
      this.#response.end()
    } catch (error) {
      // The client went away while the script waited: that is what many a test wants.
      if (!this.#gone.signal.aborted) throw error
    }
  }

  async #do(action: ScriptAction): Promise<void> {
    this.#gone.signal.throwIfAborted()
    switch (action.do) {
      case 'wait':
        await delay(action.ms, undefined, { signal: this.#gone.signal })
        return
      case 'hold':
        await Promise.race([this.#hold.promise, this.closed])
        this.#hold = Promise.withResolvers<void>()
        return this.#gone.signal.throwIfAborted()
      case 'hang':
        await once(this.#gone.signal, 'abort')
        return this.#gone.signal.throwIfAborted()
      case 'head':
        this.#response.writeHead(action.status, action.headers)
        this.#response.flushHeaders()
        return
      case 'cut_after':
        this.#bytesLeft = action.bytes
        return
      case 'reset':
        this.#isEnding = true
        this.#response.socket?.resetAndDestroy()
        return this.#waitUntilGone()
      case 'hang_up':
        this.#isEnding = true
        this.#response.socket?.destroy()
        return this.#waitUntilGone()
      case 'words':
        return this.#say(action.text, action.delay_ms)
      default:
        return this.#write(toFrame(action))
    }
  }

  async #say(content: string, delayMs: number): Promise<void> {
    for (const word of content.match(/\s*\S+\s*/g) ?? []) {
      if (delayMs > 0) await this.#do({ do: 'wait', ms: delayMs })
      await this.#do({ do: 'text', text: word })
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const response = this.#response
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    }
    const kept = bytes.subarray(0, this.#bytesLeft)
    this.#bytesLeft -= kept.length
    this.bytesWritten += kept.length
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const hasRoom = response.write(kept, () => resolve())
    if (kept.length < bytes.length) {
      await written
      return this.#do({ do: 'hang_up' })
    }
    if (!hasRoom) await once(response, 'drain', { signal: this.#gone.signal })
  }

  async #waitUntilGone(): Promise<void> {
    await this.closed
    this.#gone.signal.throwIfAborted()
  }
}
