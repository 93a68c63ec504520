import type { StreamNotice } from '../../protocol/entry.ts'
import type { Seq, SessionId } from '../../protocol/ids.ts'
import { type FollowItem, follow } from './follow.ts'
import type { SessionFeeds } from './session-feed.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { TurnStore } from './turn-store.ts'

/** For tests: a follower that keeps all it was shown and reads on by itself. */
export class SessionReader {
  readonly entries: StoredEntry[] = []
  readonly notices: StreamNotice[] = []
  readonly cursor: Seq
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>
  readonly #controller = new AbortController()
  #onItem: () => void = () => undefined

  constructor(
    parts: { readonly store: TurnStore; readonly feeds: SessionFeeds },
    { sessionId, cursor }: { readonly sessionId: SessionId; readonly cursor: Seq },
  ) {
    this.cursor = cursor
    const live = (entries: readonly StoredEntry[]) => this.#take({ kind: 'entries', entries })
    this.ended = this.#read(follow(parts, { sessionId, cursor, signal: this.#controller.signal, live }))
  }

  /** The text that the deltas spelled. */
  get text(): string {
    const deltas = this.entries.filter((entry) => entry.type === 'text.delta')
    return deltas.map((entry) => JSON.parse(entry.data).text).join('')
  }

  get types(): string[] {
    return this.entries.map((entry) => entry.type)
  }

  /** Resolves with the first entry that `fits`, as soon as it has been shown. */
  async until(fits: (entry: StoredEntry) => boolean): Promise<StoredEntry> {
    for (;;) {
      const found = this.entries.find(fits)
      if (found) return found
      await this.#nextItem()
    }
  }

  untilType(type: StoredEntry['type']): Promise<StoredEntry> {
    return this.until((entry) => entry.type === type)
  }

  /** Hangs up. A second call does nothing. */
  async stop(): Promise<void> {
    this.#controller.abort()
    await this.ended
  }

  async #nextItem(): Promise<void> {
    const next = Promise.withResolvers<void>()
    const before = this.#onItem
    this.#onItem = () => {
      before()
      next.resolve()
    }
    const over = this.ended.then(() => {
      throw new Error(`the stream ended after ${this.types.join(', ')}`)
    })
    await Promise.race([next.promise, over])
  }

  async #read(items: AsyncGenerator<FollowItem, void, undefined>): Promise<void> {
    for await (const item of items) this.#take(item)
  }

  #take(item: FollowItem): undefined {
    if (item.kind === 'entries') this.entries.push(...item.entries)
    else this.notices.push(item.notice)
    const onItem = this.#onItem
    this.#onItem = () => undefined
    onItem()
  }
}
