import type { SessionEvent } from '../../protocol/entry.ts'
import type { PromptProgress, TurnOutcome } from '../../protocol/turn.ts'
import type { Clock } from '../lib/clock.ts'
import { type AnswerResult, decideOutcome, TurnAbortedError, type WorkEnd } from './outcome.ts'
import type { RunningTurn } from './running-turn.ts'
import type { TurnProgress } from './turn-fold.ts'
import { type StartedTurn, StorageError, type TurnRecord, type TurnStore } from './turn-store.ts'

/** What the function that answers a turn is given. It knows no storage, HTTP or screen. */
export interface TurnWork {
  readonly turn: TurnRecord
  readonly message: string
  /** How far the turn had come when its worker died, and goes on from (D6); null for one that begins. */
  readonly progress: TurnProgress | null
  /** Aborted when the turn must end; everything the work awaits listens to it. */
  readonly signal: AbortSignal
  /** Appends to the log. Answers with a promise when the log is behind: wait for it before emitting more. */
  emit(event: SessionEvent): Promise<void> | undefined
  /** Resolves once everything emitted so far is committed (R3). */
  committed(): Promise<void>
  /** Hears how much of the prompt the model has read; null when it reads no more. Told to others and never stored. */
  notePromptProgress(progress: PromptProgress | null): void
}

/** Answers a turn. Rejects with `signal.reason` when aborted; any other rejection is a bug and ends the turn `failed(internal)`. */
export type AnswerTurn = (work: TurnWork) => Promise<AnswerResult>

export interface TurnLimits {
  readonly turnTimeoutMs: number
  readonly slotWaitMs: number
}

/** Hears of what an operator must know. Never given what people or models wrote. */
export interface TurnJournal {
  error(facts: { readonly turnId: string; readonly sessionId: string; readonly error: unknown }, message: string): void
}

export interface TurnWorkerParts {
  readonly store: TurnStore
  readonly clock: Clock
  readonly answer: AnswerTurn
  readonly limits: TurnLimits
  readonly journal: TurnJournal
}

const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 10_000

/** Does a claimed turn's work, whatever happens, and answers with the end that is to be written. Never rejects. */
export async function workTurn(
  parts: TurnWorkerParts,
  turn: RunningTurn,
  message: string,
): Promise<ReturnType<typeof decideOutcome>> {
  const end = await doWork(parts, turn, message)
  return decideOutcome(end, turn.stopRequested)
}

async function doWork(parts: TurnWorkerParts, turn: RunningTurn, message: string): Promise<WorkEnd> {
  try {
    await waitForSlot(parts, turn)
    return { kind: 'answered', result: await answerWithinLimit(parts, turn, message) }
  } catch (error) {
    if (error instanceof TurnAbortedError) return { kind: 'aborted', cause: error.abort }
    const { turnId, sessionId } = turn.record
    parts.journal.error({ turnId, sessionId, error }, 'a turn failed inside the server')
    return { kind: 'threw', storage: error instanceof StorageError }
  }
}

async function waitForSlot({ clock, limits }: TurnWorkerParts, turn: RunningTurn): Promise<void> {
  if (turn.phase !== 'waiting_for_slot') return
  await turn.emit({ type: 'turn.phase_changed', data: { phase: 'waiting_for_slot' } })
  const cancelTimer = clock.after(limits.slotWaitMs, () =>
    turn.abort({
      kind: 'limit',
      reason: 'slot_wait_timeout',
      message: `The model was busy with other sessions for ${inMinutes(limits.slotWaitMs)}. Your message is kept: send it again when there is room.`,
    }),
  )
  try {
    await turn.slotReady()
  } finally {
    cancelTimer()
  }
  await turn.emit({ type: 'turn.phase_changed', data: { phase: 'running' } })
}

/** The turn's own clock runs only while it has its slot (DESIGN: `--turn-timeout`). */
async function answerWithinLimit(
  { clock, limits, answer }: TurnWorkerParts,
  turn: RunningTurn,
  message: string,
): Promise<AnswerResult> {
  const cancelTimer = clock.after(limits.turnTimeoutMs, () =>
    turn.abort({
      kind: 'limit',
      reason: 'turn_timeout',
      message: `The answer took longer than ${inMinutes(limits.turnTimeoutMs)} and was ended. What it had written is kept.`,
    }),
  )
  try {
    return await answer({
      turn: turn.record,
      message,
      progress: turn.progress,
      signal: turn.signal,
      emit: (event) => turn.emit(event),
      committed: () => turn.log.committed(),
      notePromptProgress: (progress) => turn.promptReading.note(progress),
    })
  } finally {
    cancelTimer()
  }
}

function inMinutes(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes >= 1) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  return `${Math.max(1, Math.round(ms / 1000))} s`
}

/** What a turn ends with, and as which worker its session goes on with what waits: null where it is not to. */
export interface Ending {
  readonly outcome: TurnOutcome
  readonly goOnAs: () => string | null
}

/**
 * Writes the turn's end, again and again while the disk refuses: an ending that is not written is a session that nobody
 * can use (I9). After a failure that only a restart heals, recovery ends the turn at the next start. Answers with the turn
 * that a queued message has started in the same transaction. Never rejects.
 */
export async function endTurn(
  parts: TurnWorkerParts,
  turn: RunningTurn,
  { outcome: wanted, goOnAs }: Ending,
): Promise<StartedTurn | null> {
  let outcome = wanted
  let retryMs = FIRST_RETRY_MS
  for (;;) {
    try {
      const decided = outcome
      const result = await parts.store.endTurn(turn.fence, () => turn.endWith(decided), goOnAs)
      if (result.status === 'ended') return result.next
      if (result.status === 'stale') return null
      outcome = { status: 'cancelled' }
    } catch (error) {
      const { turnId, sessionId } = turn.record
      parts.journal.error({ turnId, sessionId, error }, 'the end of a turn could not be written')
      if (error instanceof StorageError && !error.retryable) return null
      await new Promise<void>((resolve) => parts.clock.after(retryMs, resolve))
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    }
  }
}
