import { type Entry, entrySchema, type SessionEventType } from '../../protocol/entry.ts'
import type { Epoch, Seq, TurnId } from '../../protocol/ids.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'

/** An entry as the store keeps it. `data` stays JSON text, so that what is stored is, byte for byte, what is sent (I2). */
export interface StoredEntry {
  readonly seq: Seq
  readonly turnId: TurnId | null
  readonly epoch: Epoch
  /** Milliseconds since 1970, UTC. */
  readonly at: number
  readonly type: SessionEventType
  readonly data: string
}

/** The entry as one line of JSON, as it stands in an SSE frame. Built by hand because this runs once per token. */
export function entryJson(entry: StoredEntry): string {
  const turnId = entry.turnId === null ? 'null' : `"${entry.turnId}"`
  return `{"seq":${entry.seq},"turn_id":${turnId},"epoch":${entry.epoch},"at":${entry.at},"type":"${entry.type}","data":${entry.data}}`
}

/** The entry with its data parsed. Throws where the stored text does not fit the schema: the log is then damaged. */
export function parseEntry(entry: StoredEntry): Entry {
  return entrySchema.parse({
    seq: entry.seq,
    turn_id: entry.turnId,
    epoch: entry.epoch,
    at: entry.at,
    type: entry.type,
    data: JSON.parse(entry.data),
  })
}

/** How the turn ended, by its last entry; undefined for any other. */
export function outcomeOfEnd(entry: StoredEntry): TurnOutcome | undefined {
  const parsed = parseEntry(entry)
  return parsed.type === 'turn.ended' ? parsed.data.outcome : undefined
}
