import { eventSchema, isProvisional, type SessionEvent } from '../../protocol/entry.ts'
import type { Seq } from '../../protocol/ids.ts'
import type { ActiveTurn, Turn, TurnOutcome, TurnPhase } from '../../protocol/turn.ts'
import type { Fence } from './fence.ts'
import { type AbortCause, TurnAbortedError } from './outcome.ts'
import type { PromptReading } from './prompt-reading.ts'
import type { SlotPlace } from './slot-line.ts'
import { parseEntry, type StoredEntry } from './stored-entry.ts'
import { TurnFold, type TurnProgress } from './turn-fold.ts'
import { TurnLog } from './turn-log.ts'
import type { TurnEnd, TurnRecord, TurnStore } from './turn-store.ts'

/** A turn of a dead worker that this one has taken over. */
export interface AdoptedTurn {
  readonly record: TurnRecord
  /** What the person said. */
  readonly message: string
  /** All that its log says, the take-over's events included. */
  readonly past: readonly SessionEvent[]
}

interface RunningTurnParts {
  readonly store: TurnStore
  readonly record: TurnRecord
  readonly place: SlotPlace | null
  readonly promptReading: PromptReading
  readonly past?: readonly SessionEvent[]
}

/**
 * An active turn of this worker, in memory: its fence, its log, its abort signal and what a holder card says of it.
 *
 * Two folds on purpose. `#written` is ahead: what the work has emitted, needed to close the turn. `#shown` follows the
 * commits: what others may be told, because nobody is shown a thing that a crash could take back (D2).
 */
export class RunningTurn {
  readonly record: TurnRecord
  readonly fence: Fence
  readonly log: TurnLog
  /** How far the turn had come when this worker took it over; null for one that was started here. */
  readonly progress: TurnProgress | null
  readonly promptReading: PromptReading
  #place: SlotPlace | null
  #phase: TurnPhase
  #stopRequested = false
  #ending = false
  #closing: readonly SessionEvent[] | null = null
  readonly #written = new TurnFold()
  readonly #shown = new TurnFold()
  readonly #controller = new AbortController()
  readonly #ended = Promise.withResolvers<void>()

  constructor(parts: RunningTurnParts) {
    const { sessionId, turnId, epoch } = parts.record
    this.record = parts.record
    this.promptReading = parts.promptReading
    for (const event of parts.past ?? []) {
      this.#written.apply(event)
      this.#shown.apply(event)
    }
    this.progress = parts.past ? this.#written.progress() : null
    this.#place = parts.place
    this.#phase = parts.place?.hasSlot === false ? 'waiting_for_slot' : 'running'
    this.fence = { sessionId, turnId, epoch }
    this.log = new TurnLog({
      store: parts.store,
      fence: this.fence,
      onLost: (loss) => {
        if (loss.kind === 'fenced') this.abort({ kind: 'fenced' })
        else this.#controller.abort(loss.error)
      },
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get phase(): TurnPhase {
    return this.#phase
  }

  get stopRequested(): boolean {
    return this.#stopRequested
  }

  /** Resolves when the turn has left this worker: ended, or fenced. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /**
   * Takes an event of the work. What comes when the turn is ending already is dropped: its message is settled. Throws for
   * an event that does not fit the schema, because in the log it would stop every reader, and the next start's recovery.
   */
  emit(event: SessionEvent): Promise<void> | undefined {
    if (this.signal.aborted || this.#ending) return undefined
    if (!isProvisional(event.type)) eventSchema.parse(event)
    this.#written.apply(event)
    return this.log.emit(event)
  }

  /** Ends the work at once: its model's socket closes and its tools are told. The first cause counts. */
  abort(cause: AbortCause): void {
    this.#controller.abort(new TurnAbortedError(cause))
  }

  requestStop(): void {
    this.#stopRequested = true
    this.abort({ kind: 'stop_requested' })
  }

  /**
   * True for the one caller that may end this turn: finish and interrupt race for it and the first wins (R14). The others
   * wait for `ended`. From here on the log takes nothing more.
   */
  beginEnding(): boolean {
    if (this.#ending) return false
    this.#ending = true
    this.log.seal()
    return true
  }

  /** What ending with `outcome` writes: what a failed write has left over, everything open closed, then `turn.ended`. */
  endWith(outcome: TurnOutcome): TurnEnd {
    const closing = this.#closeOpenWork()
    const { content, usage } = this.#written
    return {
      outcome,
      content,
      usage,
      steps: this.#written.steps(),
      events: [...this.log.unwritten, ...closing, { type: 'turn.ended', data: { outcome, content, usage } }],
    }
  }

  #closeOpenWork(): readonly SessionEvent[] {
    if (this.#closing) return this.#closing
    this.#closing = this.#written.closingEvents()
    for (const event of this.#closing) this.#written.apply(event)
    return this.#closing
  }

  /** Resolves when the model is ours to use. Rejects with the signal's reason when the turn is aborted first. */
  async slotReady(): Promise<void> {
    await this.#place?.ready(this.signal)
  }

  /** Gives the place in the line to the turn that takes this one's session: from here on `leave` keeps its hands off it. */
  handOverPlace(): SlotPlace | null {
    const place = this.#place
    this.#place = null
    return place
  }

  /** Called for each committed entry of this turn. True where what a holder card says has changed. */
  noteCommitted(entry: StoredEntry): boolean {
    switch (entry.type) {
      case 'text.delta':
      case 'reasoning.delta':
        return false // once per token, and no card shows it
      case 'turn.phase_changed': {
        const parsed = parseEntry(entry)
        if (parsed.type === 'turn.phase_changed') this.#phase = parsed.data.phase
        return true
      }
      default:
        this.#shown.apply(parseEntry(entry))
        return true
    }
  }

  /** The turn has left this worker: its place is free and who waits for its end goes on. A second call does nothing. */
  leave(): void {
    this.#place?.release()
    this.#ended.resolve()
  }

  describe(asked: AskedTurn): ActiveTurn {
    return describeActiveTurn(this.record, asked, {
      phase: this.#phase,
      step: this.#shown.currentStep,
      tool: this.#shown.runningTool,
      turns_ahead: this.#phase === 'waiting_for_slot' ? (this.#place?.turnsAhead ?? 0) : null,
      prompt_progress: this.#phase === 'running' ? this.promptReading.shown : null,
    })
  }
}

interface AskedTurn {
  readonly lastSeq: Seq
  readonly queueLength: number
  readonly askedBy: string | null
}

type TurnWorkShown = Pick<ActiveTurn, 'phase' | 'step' | 'tool' | 'turns_ahead' | 'prompt_progress'>

/**
 * An active turn as a refusal and the app's stream tell it to the client named `askedBy`; `work` is what its worker says it
 * does, where that is known.
 */
export function describeActiveTurn(
  record: TurnRecord,
  { lastSeq, queueLength, askedBy }: AskedTurn,
  work: TurnWorkShown = {
    phase: record.stopRequested ? 'stopping' : 'running',
    step: 0,
    tool: null,
    turns_ahead: null,
    prompt_progress: null,
  },
): ActiveTurn {
  return {
    turn_id: record.turnId,
    phase: work.phase,
    started_at: new Date(record.startedAt).toISOString(),
    last_seq: lastSeq,
    holder: { ...record.holder, same_client: askedBy !== null && askedBy === record.clientId },
    queue_length: queueLength,
    step: work.step,
    tool: work.tool,
    turns_ahead: work.turns_ahead,
    prompt_progress: work.prompt_progress,
  }
}

/** The turn as its own routes answer it; `phase` is what its worker says it does, while it is active. */
export function describeTurn(record: TurnRecord, phase: TurnPhase): Turn {
  return {
    turn_id: record.turnId,
    session_id: record.sessionId,
    user_message_id: record.userMessageId,
    assistant_message_id: record.assistantMessageId,
    phase: record.outcome ? null : record.stopRequested ? 'stopping' : phase,
    outcome: record.outcome,
    started_at: new Date(record.startedAt).toISOString(),
    ended_at: record.endedAt === null ? null : new Date(record.endedAt).toISOString(),
    first_seq: record.firstSeq,
  }
}
