import type { FailureReason, TurnOutcome } from '../../protocol/turn.ts'

/** How the function that answers a turn ended, when it ended by itself. */
export type AnswerResult =
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly reason: FailureReason; readonly message: string }
  | { readonly status: 'interrupted'; readonly reason: 'truncated'; readonly message: string }

/** Why a turn's work was aborted: the reason its `AbortSignal` carries. */
export type AbortCause =
  | { readonly kind: 'stop_requested' }
  | { readonly kind: 'limit'; readonly reason: 'slot_wait_timeout' | 'turn_timeout'; readonly message: string }
  | { readonly kind: 'shutdown' }
  /** The session has another owner now, or is gone: this worker may write nothing more about the turn (I8). */
  | { readonly kind: 'fenced' }

export class TurnAbortedError extends Error {
  override readonly name = 'TurnAbortedError'
  readonly code = 'turn_aborted'
  readonly abort: AbortCause

  constructor(abort: AbortCause) {
    super(`the turn was aborted: ${abort.kind}`)
    this.abort = abort
  }
}

/** What is known when a turn's work is over. */
export type WorkEnd =
  | { readonly kind: 'answered'; readonly result: AnswerResult }
  | { readonly kind: 'aborted'; readonly cause: AbortCause }
  | { readonly kind: 'threw'; readonly storage: boolean }

export const STOPPED: TurnOutcome = { status: 'cancelled' }

const SHUTDOWN_MESSAGE = 'The server was stopped while it answered. What it had written is kept.'
const INTERNAL_MESSAGE = 'Something went wrong inside Conch. Your message is kept; the server log has the details.'
const STORAGE_MESSAGE = 'The answer could not be saved. Check that the disk has room, then try again.'

/**
 * The one final outcome of a turn (I3), or `fenced` where it is not ours to end. A requested stop wins over whatever the
 * work answered meanwhile (I11).
 */
export function decideOutcome(end: WorkEnd, stopRequested: boolean): TurnOutcome | { readonly status: 'fenced' } {
  const outcome = outcomeOf(end)
  return stopRequested && outcome.status !== 'fenced' ? STOPPED : outcome
}

function outcomeOf(end: WorkEnd): TurnOutcome | { readonly status: 'fenced' } {
  switch (end.kind) {
    case 'answered':
      return end.result
    case 'threw':
      return end.storage
        ? { status: 'failed', reason: 'storage', message: STORAGE_MESSAGE }
        : { status: 'failed', reason: 'internal', message: INTERNAL_MESSAGE }
    case 'aborted':
      return outcomeOfAbort(end.cause)
  }
}

function outcomeOfAbort(cause: AbortCause): TurnOutcome | { readonly status: 'fenced' } {
  switch (cause.kind) {
    case 'stop_requested':
      return STOPPED
    case 'limit':
      return { status: 'failed', reason: cause.reason, message: cause.message }
    case 'shutdown':
      return { status: 'interrupted', reason: 'shutdown', message: SHUTDOWN_MESSAGE }
    case 'fenced':
      return { status: 'fenced' }
  }
}
