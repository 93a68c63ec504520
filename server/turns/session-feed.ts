import { isProvisional } from '../../protocol/entry.ts'
import type { Seq, SessionId } from '../../protocol/ids.ts'
import { parseEntry, type StoredEntry } from './stored-entry.ts'

/** Takes entries as they are committed. Answers with a promise when it is behind: it is given nothing more until it asks. */
export type TakeEntries = (entries: readonly StoredEntry[]) => Promise<void> | undefined

/** What one read takes and one write sends: large entries make a page shorter, and the next one begins behind it (R15). */
export interface PageSize {
  readonly limit: number
  readonly maxBytes: number
}

/** The session is gone, or its turn has another owner, of whose commits this process hears nothing. */
export type FeedEnd = 'deleted' | 'owner_changed'

/** A follower that has seen everything: each publish calls it, which costs no promise per token. */
interface LiveFollower {
  readonly take: TakeEntries
  readonly settled: PromiseWithResolvers<Seq>
  cursor: Seq
}

/**
 * The committed tail of one session's log, in memory: from just before its active turn to the last commit (D7).
 *
 * The log in the database is the truth. The feed exists so that a follower of a running turn need not read it for every
 * commit, and because the deltas of an unfinished step are to be had nowhere else without a scan. Deltas that a
 * `step.finished` has replaced are dropped at the commit after it, when those who were awake have read them.
 */
export class SessionFeed {
  #tail: StoredEntry[] = []
  #base: Seq | undefined
  #end: FeedEnd | null = null
  /** The last publish finished a step: at the next one its deltas go. */
  #stepFinished = false
  #version = 0
  readonly #waiting = new Set<() => void>()
  readonly #live = new Set<LiveFollower>()
  followers = 0

  /** Seq before the first entry that is kept; a cursor below it must read the database up to here. */
  get base(): Seq | undefined {
    return this.#base
  }

  get lastSeq(): Seq | undefined {
    return this.#tail.at(-1)?.seq ?? this.#base
  }

  /** Why nothing will follow; null while something may. */
  get end(): FeedEnd | null {
    return this.#end
  }

  publish(entries: readonly StoredEntry[]): void {
    const first = entries[0]
    if (!first) return
    if (this.#stepFinished) this.#dropReplacedDeltas()
    this.#stepFinished = entries.some((entry) => entry.type === 'step.finished')
    this.#base ??= (first.seq - 1) as Seq
    if (first.type === 'turn.resumed') this.#dropVoidDeltas(first)
    this.#tail.push(...entries)
    for (const follower of this.#live) this.#give(follower, entries)
    this.#wake()
  }

  /** After a restart: the log's last entries, the deltas of the unfinished step among them, which the database does not hand out. */
  seed(entries: readonly StoredEntry[]): void {
    if (this.#base === undefined) this.publish(entries)
  }

  /** The page after `cursor`, at least one entry where there is one; undefined where the tail begins later than that. */
  after(cursor: Seq, { limit, maxBytes }: PageSize): readonly StoredEntry[] | undefined {
    if (this.#base === undefined || cursor < this.#base) return undefined
    const last = this.#tail.at(-1)
    if (!last || last.seq <= cursor) return NOTHING
    const first = firstAfter(this.#tail, cursor)
    let bytes = 0
    const found = this.#tail.slice(first, first + limit)
    const tooMuch = found.findIndex(({ data }) => {
      bytes += Buffer.byteLength(data)
      return bytes > maxBytes
    })
    return tooMuch < 0 ? found : found.slice(0, Math.max(1, tooMuch))
  }

  /** Forgets entries up to `seq`: the database has all that lasts of them. */
  forgetUpTo(seq: Seq): void {
    this.#tail = this.#tail.slice(firstAfter(this.#tail, seq))
    if (this.#base !== undefined && seq > this.#base) this.#base = seq
  }

  close(end: FeedEnd): void {
    this.#end = end
    for (const follower of this.#live) this.#letGo(follower)
    this.#wake()
  }

  /** Grows with every publish and with the close. Note it before reading, so that nothing slips between (see `changed`). */
  get version(): number {
    return this.#version
  }

  /** Resolves as soon as `version` is not `seen` any more, or when `signal` aborts. */
  changed(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== seen || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  /**
   * Gives `take` what is published from now on, as long as it goes on right after `cursor`. Resolves with the seq of the
   * last entry taken: when `take` is ready again after it was behind, when the session is deleted, when `signal` aborts, or
   * where something else must be read first. Rejects with what `take` threw.
   */
  async passOn(take: TakeEntries, cursor: Seq, signal: AbortSignal): Promise<Seq> {
    if (this.#end || signal.aborted) return cursor
    const follower: LiveFollower = { take, cursor, settled: Promise.withResolvers() }
    const letGo = () => this.#letGo(follower)
    this.#live.add(follower)
    signal.addEventListener('abort', letGo)
    try {
      return await follower.settled.promise
    } finally {
      signal.removeEventListener('abort', letGo)
    }
  }

  /**
   * What is published may be known to a follower already, from a read of the database that came between the commit and its
   * publishing: it then looks for its place by itself. A follower that fails ends alone: the commit is others' too.
   */
  #give(follower: LiveFollower, entries: readonly StoredEntry[]): void {
    if (entries[0]?.seq !== follower.cursor + 1) {
      this.#letGo(follower)
      return
    }
    try {
      const behind = follower.take(entries)
      follower.cursor = entries.at(-1)?.seq ?? follower.cursor
      if (behind) this.#letGo(follower, behind)
    } catch (error) {
      this.#live.delete(follower)
      follower.settled.reject(error)
    }
  }

  #letGo(follower: LiveFollower, behind?: Promise<void>): void {
    this.#live.delete(follower)
    follower.settled.resolve(behind ? behind.then(() => follower.cursor) : follower.cursor)
  }

  #wake(): void {
    this.#version += 1
    for (const wake of this.#waiting) wake()
  }

  /** Nobody who comes later needs them; whoever has read them is told by `resumed` that they are void. */
  #dropVoidDeltas(resumed: StoredEntry): void {
    const entry = parseEntry(resumed)
    const voidAfter = entry.type === 'turn.resumed' ? entry.data.void_after : null
    if (voidAfter === null) return
    this.#tail = this.#tail.filter(({ seq, type }) => seq <= voidAfter || !isProvisional(type))
  }

  #dropReplacedDeltas(): void {
    const finished = this.#tail.findLastIndex((entry) => entry.type === 'step.finished')
    if (finished <= 0) return
    const lasting = this.#tail.filter((entry, index) => index > finished || !isProvisional(entry.type))
    if (lasting.length < this.#tail.length) this.#tail = lasting
  }
}

const NOTHING: readonly StoredEntry[] = []

/** Index of the first entry with a seq past `cursor`: binary search, because a long answer's tail is long. */
function firstAfter(entries: readonly StoredEntry[], cursor: Seq): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = entries[middle]
    if (entry && entry.seq <= cursor) low = middle + 1
    else high = middle
  }
  return low
}

/** The feeds of all sessions that have an active turn or a follower; others cost nothing. */
export class SessionFeeds {
  readonly #feeds = new Map<SessionId, SessionFeed>()

  publish(sessionId: SessionId, entries: readonly StoredEntry[]): void {
    const last = entries.at(-1)
    if (!last) return
    const feed = this.#feedOf(sessionId)
    feed.publish(entries)
    if (last.type === 'turn.ended' || last.turnId === null) setImmediate(() => this.#settle(sessionId, feed, last.seq))
  }

  /** See `SessionFeed.seed`. Done before the take-over is published; twice is once. */
  seed(sessionId: SessionId, entries: readonly StoredEntry[]): void {
    if (entries.length > 0) this.#feedOf(sessionId).seed(entries)
  }

  /** The feed of a session, for one follower, until `leave`. */
  join(sessionId: SessionId): SessionFeed {
    const feed = this.#feedOf(sessionId)
    feed.followers += 1
    return feed
  }

  leave(sessionId: SessionId, feed: SessionFeed): void {
    feed.followers -= 1
    this.#forgetIfIdle(sessionId, feed)
  }

  /** Nothing will follow here: the followers are told and end. */
  close(sessionId: SessionId, end: FeedEnd): void {
    this.#feeds.get(sessionId)?.close(end)
    this.#feeds.delete(sessionId)
  }

  lastSeq(sessionId: SessionId): Seq | undefined {
    return this.#feeds.get(sessionId)?.lastSeq
  }

  /** Sessions held in memory now (I14). */
  get size(): number {
    return this.#feeds.size
  }

  #feedOf(sessionId: SessionId): SessionFeed {
    let feed = this.#feeds.get(sessionId)
    if (!feed) {
      feed = new SessionFeed()
      this.#feeds.set(sessionId, feed)
    }
    return feed
  }

  /** After the followers that were awake have read: a settled turn is read from the database. */
  #settle(sessionId: SessionId, feed: SessionFeed, seq: Seq): void {
    if (feed.lastSeq !== seq) return
    feed.forgetUpTo(seq)
    this.#forgetIfIdle(sessionId, feed)
  }

  #forgetIfIdle(sessionId: SessionId, feed: SessionFeed): void {
    const settled = feed.lastSeq === feed.base
    if (feed.followers === 0 && settled && this.#feeds.get(sessionId) === feed) this.#feeds.delete(sessionId)
  }
}
