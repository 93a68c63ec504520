import type { SessionEvent } from '../../protocol/entry.ts'
import { type Seq, seqSchema } from '../../protocol/ids.ts'
import type { Fence } from './fence.ts'
import { parseEntry, type StoredEntry } from './stored-entry.ts'
import { TurnFold } from './turn-fold.ts'
import type { TurnRecord, TurnStore } from './turn-store.ts'

/** What the log of a turn says whose worker is dead; of a damaged log, what stands before the damage. */
interface OrphanLog {
  readonly fence: Fence
  readonly entries: readonly StoredEntry[]
  readonly events: readonly SessionEvent[]
  readonly fold: TurnFold
}

export interface WholeOrphan extends OrphanLog {
  readonly isWhole: true
  readonly record: TurnRecord
  /** What the person said. */
  readonly message: string
  /** How many attempts at it have begun so far, from 1. */
  readonly attempts: number
}

export type Orphan = WholeOrphan | (OrphanLog & { readonly isWhole: false; readonly damage: unknown })

/** Reads a turn for recovery. A log that does not parse is no reason to reject: then the turn is not whole. */
export async function readOrphan(store: TurnStore, fence: Fence): Promise<Orphan> {
  const entries: StoredEntry[] = []
  const events: SessionEvent[] = []
  const log = { fence, entries, events, fold: new TurnFold() }
  try {
    const record = await store.readTurn(fence.turnId)
    for (const stored of await store.readTurnEntries(fence)) {
      const entry = parseEntry(stored)
      log.fold.apply(entry)
      entries.push(stored)
      events.push(entry)
    }
    const [start] = events
    if (!record || start?.type !== 'turn.started') throw new Error(`turn ${fence.turnId} has no beginning`)
    const attempts = 1 + events.filter((event) => event.type === 'turn.resumed').length
    return { ...log, isWhole: true, record, message: start.data.message, attempts }
  } catch (damage) {
    return { ...log, isWhole: false, damage }
  }
}

/** A step that has started and not finished: the seq before its start, what it has written, and its entries after the start. */
export interface OpenStep {
  readonly startsAfter: Seq
  readonly text: string
  readonly entries: readonly StoredEntry[]
}

export function openStepOf({ entries, fold }: Orphan): OpenStep | null {
  const open = fold.progress().openStep
  const start = entries.findLastIndex((entry) => entry.type === 'step.started')
  const started = entries[start]
  if (!open || !started) return null
  return { startsAfter: seqSchema.parse(started.seq - 1), text: open.text, entries: entries.slice(start + 1) }
}
