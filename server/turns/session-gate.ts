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

  /** Does not wait for what is being decided already; whoever waits for the one waits for the other, too. */
  async whileDeciding<T>(sessionId: SessionId, decide: () => Promise<T>): Promise<T> {
    const settled = Promise.withResolvers<void>()
    const before = this.#deciding.get(sessionId)
    const decided = before ? bothOf(before, settled.promise) : settled.promise
    const forget = () => {
      if (this.#deciding.get(sessionId) === decided) this.#deciding.delete(sessionId)
    }
    this.#deciding.set(sessionId, decided)
    if (before) void decided.then(forget)
    try {
      return await decide()
    } finally {
      if (!before) forget()
      settled.resolve()
    }
  }
}

async function bothOf(first: Promise<void>, second: Promise<void>): Promise<void> {
  await first
  await second
}
