import type { StreamNotice } from '../../protocol/entry.ts'
import { type Seq, type SessionId, START_OF_LOG } from '../../protocol/ids.ts'
import type { FeedEnd, PageSize, SessionFeeds, TakeEntries } from './session-feed.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { TurnStore } from './turn-store.ts'

const PAGE: PageSize = { limit: 500, maxBytes: 1024 * 1024 }

export type FollowItem =
  | { readonly kind: 'entries'; readonly entries: readonly StoredEntry[] }
  | { readonly kind: 'notice'; readonly notice: StreamNotice }

export interface FollowRequest {
  readonly sessionId: SessionId
  /** Seq of the last entry the reader has applied; reading starts after it. */
  readonly cursor: Seq
  readonly signal: AbortSignal
  /** Takes what is committed while the reader is up to date; only the rest is then yielded. */
  readonly live?: TakeEntries
  /** For a reader among many that share a connection: a smaller one. */
  readonly page?: PageSize
}

/**
 * A session's log after a cursor: first what is stored, then what is committed from now on, without a hole between (I2).
 *
 * It pulls: while its reader is slow it holds one page and no more, and goes on from its own cursor later (F9). Ends when
 * `signal` aborts, the session is deleted, or its turn has another owner (F20). A cursor ahead of the log gets a `reset` notice and the log from its start (F3).
 */
export async function* follow(
  parts: { readonly store: TurnStore; readonly feeds: SessionFeeds },
  { sessionId, cursor: start, signal, live, page = PAGE }: FollowRequest,
): AsyncGenerator<FollowItem, void, undefined> {
  const feed = parts.feeds.join(sessionId)
  try {
    let cursor = start
    const lastSeq = feed.lastSeq ?? (await parts.store.readLastSeq(sessionId))
    if (lastSeq === undefined) {
      yield { kind: 'notice', notice: { type: 'session_deleted' } } // since the reader asked for it
      return
    }
    if (cursor > lastSeq) {
      yield { kind: 'notice', notice: { type: 'reset', code: 'cursor_ahead', last_seq: lastSeq } }
      cursor = START_OF_LOG
    }
    while (!signal.aborted) {
      const { version, base } = feed
      const range = { sessionId, cursor, upTo: base, ...page }
      // Never past the place where the feed's tail begins: beyond it deltas stand that this read does not see.
      const entries = feed.after(cursor, page) ?? (await parts.store.readEntries(range))
      if (feed.base !== base) continue // the tail began or moved meanwhile: what was read does not meet it any more
      const last = entries.at(-1)
      if (last) {
        yield { kind: 'entries', entries }
        cursor = last.seq
      } else if (feed.end) {
        yield { kind: 'notice', notice: noticeOf(feed.end, feed.lastSeq ?? cursor) }
        return
      } else if (base !== undefined && cursor < base) {
        cursor = base // what lay between were deltas that a finished step has replaced
      } else if (live) {
        cursor = await feed.passOn(live, cursor, signal)
      } else {
        await feed.changed(version, signal)
      }
    }
  } finally {
    parts.feeds.leave(sessionId, feed)
  }
}

function noticeOf(end: FeedEnd, lastSeq: Seq): StreamNotice {
  return end === 'deleted' ? { type: 'session_deleted' } : { type: 'reset', code: 'owner_changed', last_seq: lastSeq }
}
