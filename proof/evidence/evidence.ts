import type { HistoryEvent, ModelReply, ToolRun } from './history.ts'
import type { Stored } from './stored.ts'

/** Everything that is known of one run, each part from a witness of its own. */
export interface Evidence {
  /** What clients saw, and what was done to the server. */
  readonly history: readonly HistoryEvent[]
  /** The database at the end. */
  readonly stored: Stored
  /** Every row once more, after a while at rest (I20). */
  readonly storedLater: Pick<Stored, 'text'>
  readonly toolRuns: readonly ToolRun[]
  readonly modelReplies: readonly ModelReply[]
  /** What was in use at the end beyond what was in use at the beginning, by name (I14). */
  readonly leftOver: Readonly<Record<string, number>>
}
