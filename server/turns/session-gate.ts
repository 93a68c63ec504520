import type { SessionId } from '../../protocol/ids.ts'

/**
 * What is being decided about a session right now: a claim, the end of a turn, a change of its queue. Whoever needs to know
 * the outcome waits for it, and then looks again.
 */
export class SessionGate {
  readonly #deciding = new Map<SessionId, Promise<void>>()

  /** Resolves when what is being decided now is decided; undefined where nothing is. Never rejects. */
  decided(sessionId: SessionId): Promise<void> | undefined {
    return this.#deciding.get(sessionId)
  }

  /** Resolves when nothing that was begun before is being decided any more. */
  async allDecided(): Promise<void> {
    await Promise.all(this.#deciding.values())
  }

  /** Resolves when nothing is being decided about the session. What its caller begins without waiting comes next. */
  async free(sessionId: SessionId): Promise<void> {
    for (let decided = this.decided(sessionId); decided; decided = this.decided(sessionId)) await decided
  }

  async whileDeciding<T>(sessionId: SessionId, decide: () => Promise<T>): Promise<T> {
    const settled = Promise.withResolvers<void>()
    this.#deciding.set(sessionId, settled.promise)
    try {
      return await decide()
    } finally {
      // The end of a turn does not wait for what was begun before it, and takes its place.
      if (this.#deciding.get(sessionId) === settled.promise) this.#deciding.delete(sessionId)
      settled.resolve()
    }
  }
}
