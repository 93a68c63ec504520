import type { Seq, SessionId } from '../../protocol/ids.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { TurnStore } from './turn-store.ts'

/** A refusal carries no more of what was missed than this (R15): past it the transcript is the shorter way. */
const MAX_ENTRIES = 100
export const MAX_MISSED_BYTES = 256 * 1024
/** What fits is read whole with the names that its rows have beside their data, and what does not is not read to its end. */
const READ_BYTES = 2 * MAX_MISSED_BYTES

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
  const range = { sessionId, cursor: seen, upTo: lastSeq, limit: MAX_ENTRIES, maxBytes: READ_BYTES }
  const entries = await store.readEntries(range)
  let bytes = 0
  for (const { data } of entries) bytes += Buffer.byteLength(data)
  const isWhole = entries.at(-1)?.seq === lastSeq // what has settled ends with an entry that lasts
  const reload = !isWhole || bytes > MAX_MISSED_BYTES
  return { status: 'stale_view', lastSeq, missed: reload ? [] : entries, reload }
}
