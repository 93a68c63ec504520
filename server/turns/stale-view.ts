import type { Seq, SessionId } from '../../protocol/ids.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { TurnStore } from './turn-store.ts'

/** A refusal carries no more of what was missed than this (R15): past it the transcript is the shorter way. */
const MAX_ENTRIES = 100
const MAX_LENGTH = 262_144

export interface StaleView {
  readonly status: 'stale_view'
  readonly lastSeq: Seq
  readonly missed: readonly StoredEntry[]
  /** There is more than `missed` holds. */
  readonly reload: boolean
}

/** What a client with the cursor `seen` has missed of what had settled by `settledSeq`. */
export async function readStaleView(
  store: TurnStore,
  view: { readonly sessionId: SessionId; readonly seen: Seq; readonly settledSeq: Seq },
): Promise<StaleView> {
  const { sessionId, seen, settledSeq: lastSeq } = view
  const range = { sessionId, cursor: seen, upTo: lastSeq, limit: MAX_ENTRIES + 1 }
  const entries = await store.readEntries(range)
  let length = 0
  for (const { data } of entries) length += data.length
  const reload = entries.length > MAX_ENTRIES || length > MAX_LENGTH
  return { status: 'stale_view', lastSeq, missed: reload ? [] : entries, reload }
}
