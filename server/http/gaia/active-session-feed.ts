import type { SessionId } from '../../../protocol/ids.ts'
import type { SseStream } from '../sse.ts'

/**
 * Tells GAIA's clients which session somebody has made the active one. A client that is behind gets the newest choice when
 * it has caught up, because the ones before it no longer matter: its queue never holds more than one (R15).
 */
export class ActiveSessionFeed {
  readonly #listeners = new Set<(sessionId: SessionId) => void>()

  announce(sessionId: SessionId): void {
    for (const listener of this.#listeners) listener(sessionId)
  }

  /** Until the stream is gone. */
  addStream(stream: SseStream): void {
    let isBehind = false
    let newest: SessionId | null = null
    const send = async (frame: string): Promise<void> => {
      const drained = stream.write(frame)
      if (!drained) return
      isBehind = true
      await drained
      isBehind = false
      if (newest !== null) listener(newest)
    }
    const listener = (sessionId: SessionId): void => {
      newest = isBehind ? sessionId : null
      if (!isBehind) void send(`data: ${JSON.stringify({ type: 'set_active_session', session_id: sessionId })}\n\n`)
    }
    this.#listeners.add(listener)
    stream.signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
    void send(': keepalive\n\n')
  }
}
