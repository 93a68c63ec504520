import { type SessionId, seqSchema } from '../../protocol/ids.ts'
import { type FollowItem, follow } from './follow.ts'
import type { InterceptedStore } from './intercepted-store.ts'
import { assertFaithful } from './log-check.ts'
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
    }
    reader.pull ??= read()
    return reader.pull
  }

  async readAll(): Promise<void> {
    const { full } = this.#scene
    const last = full.at(-1)?.seq ?? 0
    for (const [index, reader] of this.#readers.entries()) {
      while ((reader.shown.at(-1)?.seq ?? reader.cursor) < last) await this.pull(index)
      assertFaithful(reader.shown, reader.cursor, full)
    }
    this.#controller.abort()
    await Promise.all(this.#readers.map((reader) => reader.pull))
    await Promise.all(this.#readers.map((reader) => reader.items.return(undefined)))
  }
}

/** The database answers some reads only after a few more acts: it looked before them, as one across a network does. */
export class LateAnswers {
  readonly #delays: readonly number[]
  #waiting: { acts: number; readonly answer: () => void }[] = []
  #calls = 0
  #punctual = false

  constructor(store: InterceptedStore, delays: readonly number[]) {
    this.#delays = delays
    store.intercept = async (_method, call) => {
      const answer = await call()
      this.#calls += 1
      const acts = this.#delays[this.#calls % Math.max(this.#delays.length, 1)] ?? 0
      if (acts > 0 && !this.#punctual)
        await new Promise<void>((resolve) => this.#waiting.push({ acts, answer: resolve }))
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

  #answerThose(due: (one: { acts: number }) => boolean): void {
    for (const one of this.#waiting) if (due(one)) one.answer()
    this.#waiting = this.#waiting.filter((one) => !due(one))
  }
}

/** What one pull has brought. */
export function entriesOf(result: IteratorResult<FollowItem, unknown>): readonly StoredEntry[] {
  return !result.done && result.value.kind === 'entries' ? result.value.entries : []
}
