import { type SessionId, seqSchema } from '../../protocol/ids.ts'
import { type FollowItem, follow } from './follow.ts'
import type { InterceptedStore } from './intercepted-store.ts'
import { assertFaithful, assertUpToDate } from './log-check.ts'
import type { SessionFeeds } from './session-feed.ts'
import type { StoredEntry } from './stored-entry.ts'

/** For tests: a session that readers follow, with every entry it was ever given. */
interface FollowedSession {
  readonly store: InterceptedStore
  readonly feeds: SessionFeeds
  readonly sessionId: SessionId
  readonly full: readonly StoredEntry[]
}

/** Readers that pull when they are told to, over a database whose answers come late. */
export class SlowReaders {
  readonly #scene: FollowedSession
  readonly #controller = new AbortController()
  readonly #failures: unknown[] = []
  readonly #readers: {
    readonly cursor: number
    readonly items: AsyncGenerator<FollowItem>
    shown: StoredEntry[]
    pull: Promise<void> | null
  }[] = []

  constructor(scene: FollowedSession) {
    this.#scene = scene
  }

  join(cursor: number): void {
    const request = {
      sessionId: this.#scene.sessionId,
      cursor: seqSchema.parse(cursor),
      signal: this.#controller.signal,
    }
    const items = follow({ store: this.#scene.store, feeds: this.#scene.feeds }, request)
    this.#readers.push({ cursor, items, shown: [], pull: null })
  }

  pull(index: number): Promise<void> | undefined {
    const reader = this.#readers[index]
    if (!reader) return undefined
    const read = async () => {
      reader.shown.push(...entriesOf(await reader.items.next()))
      reader.pull = null
      this.#noteFailure(() => assertUpToDate(reader.shown, reader.cursor, this.#scene.full))
    }
    reader.pull ??= read()
    return reader.pull
  }

  /** Kept until `readAll`: nobody waits for a pull. */
  #noteFailure(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.#failures.push(error)
    }
  }

  /** Reads to the end of the log. Throws where a reader was shown anything else. */
  async readAll(): Promise<void> {
    const { full } = this.#scene
    const last = full.at(-1)?.seq ?? 0
    for (const [index, reader] of this.#readers.entries()) {
      while ((reader.shown.at(-1)?.seq ?? reader.cursor) < last) await this.pull(index)
      assertFaithful(reader.shown, reader.cursor, full)
    }
    if (this.#failures.length > 0) throw this.#failures[0]
    this.#controller.abort()
    await Promise.all(this.#readers.map((reader) => reader.pull))
    await Promise.all(this.#readers.map((reader) => reader.items.return(undefined)))
  }
}

/**
 * The database answers some reads only after a few more acts, as one across a network does: for a positive delay it has
 * looked before them, for a negative one after them.
 */
export class LateAnswers {
  readonly #delays: readonly number[]
  #waiting: { acts: number; readonly answer: () => void }[] = []
  #calls = 0
  #punctual = false

  constructor(store: InterceptedStore, delays: readonly number[]) {
    this.#delays = delays
    store.intercept = async (_method, call) => {
      this.#calls += 1
      const acts = this.#delays[this.#calls % Math.max(this.#delays.length, 1)] ?? 0
      await this.#delay(-acts)
      const answer = await call()
      await this.#delay(acts)
      return answer
    }
  }

  actDone(): void {
    for (const one of this.#waiting) one.acts -= 1
    this.#answerThose((one) => one.acts <= 0)
  }

  bePunctual(): void {
    this.#punctual = true
    this.#answerThose(() => true)
  }

  async #delay(acts: number): Promise<void> {
    if (acts <= 0 || this.#punctual) return
    await new Promise<void>((resolve) => this.#waiting.push({ acts, answer: resolve }))
  }

  #answerThose(due: (one: { acts: number }) => boolean): void {
    for (const one of this.#waiting) if (due(one)) one.answer()
    this.#waiting = this.#waiting.filter((one) => !due(one))
  }
}

/** What one pull has brought. */
export function entriesOf(result: IteratorResult<FollowItem, unknown>): readonly StoredEntry[] {
  return !result.done && result.value.kind === 'entries' ? result.value.entries : []
}
