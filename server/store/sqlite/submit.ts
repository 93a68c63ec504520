import type { SessionId } from '../../../protocol/ids.ts'
import type { MessageQueue } from '../../turns/message-queue.ts'
import type { StoredEntry } from '../../turns/stored-entry.ts'
import type { WriteOp, WriteResult } from './write-op.ts'

/** Sends one op with the next commit. `prepare` is called when that commit begins. */
export type Submit = (prepare: () => WriteOp) => Promise<WriteResult>

/** Hears of each commit's entries before the promises of their writers resolve. */
export type CommitListener = (sessionId: SessionId, entries: readonly StoredEntry[]) => void

/** Hears of each queue that a commit has changed, before the entries of the same write are told. */
export type QueueListener = (queue: MessageQueue) => void

/** The writer gave an answer that its op cannot have: a bug of the store. */
export function unexpectedResult(result: WriteResult): never {
  throw new Error(`the writer answered ${JSON.stringify(result)}, which this write cannot have`)
}
