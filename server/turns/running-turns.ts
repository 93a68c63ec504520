import type { Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import { describeActiveTurn, RunningTurn } from './running-turn.ts'
import type { StartResult, StartTurn, TurnChange } from './turn-command.ts'
import type { TurnRecord } from './turn-store.ts'

/** This worker's active turns, one of a session, and how they are told to those who ask. */
export class RunningTurns {
  readonly #turns = new Map<SessionId, RunningTurn>()
  readonly #lastSeq: (record: TurnRecord) => Seq
  readonly #queueLength: (sessionId: SessionId) => number
  readonly #onChange: (change: TurnChange) => void

  constructor(parts: {
    readonly lastSeq: (record: TurnRecord) => Seq
    readonly queueLength: (sessionId: SessionId) => number
    readonly onChange: (change: TurnChange) => void
  }) {
    this.#lastSeq = parts.lastSeq
    this.#queueLength = parts.queueLength
    this.#onChange = parts.onChange
  }

  get(sessionId: SessionId): RunningTurn | undefined {
    return this.#turns.get(sessionId)
  }

  find(turnId: TurnId): RunningTurn | undefined {
    for (const running of this.#turns.values()) {
      if (running.record.turnId === turnId) return running
    }
    return undefined
  }

  has(sessionId: SessionId): boolean {
    return this.#turns.has(sessionId)
  }

  all(): RunningTurn[] {
    return [...this.#turns.values()]
  }

  add(running: RunningTurn): void {
    this.#turns.set(running.record.sessionId, running)
  }

  /** The refusal of a plain send into a busy session, of which there may be floods: nothing needs to be read for it. */
  refusePlain({ sessionId, onBusy, replaces, idempotency, clientId }: StartTurn): StartResult | undefined {
    if (onBusy !== 'reject' || replaces || idempotency) return undefined
    const running = this.get(sessionId)
    return running && this.refuse(running, clientId)
  }

  refuse(running: RunningTurn, askedBy: string | null): StartResult {
    return { status: 'turn_active', activeTurn: this.describe(running, askedBy) }
  }

  /** Where another turn has taken the session since, that one stays. False where this one was not here any more. */
  delete(running: RunningTurn): boolean {
    const { sessionId } = running.record
    return this.#turns.get(sessionId) === running && this.#turns.delete(sessionId)
  }

  tell(running: RunningTurn, type: 'started' | 'changed'): void {
    const { sessionId } = running.record
    this.#onChange({ type, sessionId, activeTurn: this.describe(running, null) })
  }

  /** Tells how the session's turn stands now, where it has one. */
  tellChanged(sessionId: SessionId): void {
    const running = this.get(sessionId)
    if (running) this.tell(running, 'changed')
  }

  /** Tells of all that wait for a slot: others have moved before them. */
  tellWaiting(): void {
    for (const running of this.all()) if (running.phase === 'waiting_for_slot') this.tell(running, 'changed')
  }

  describeAll(askedBy: string | null): { session_id: SessionId; active_turn: ActiveTurn }[] {
    return this.all().map((running) => ({
      session_id: running.record.sessionId,
      active_turn: this.describe(running, askedBy),
    }))
  }

  /** `turn` is one of these, or the record of one that another worker holds. */
  describe(turn: RunningTurn | TurnRecord, askedBy: string | null): ActiveTurn {
    const record = turn instanceof RunningTurn ? turn.record : turn
    const asked = { lastSeq: this.#lastSeq(record), queueLength: this.#queueLength(record.sessionId), askedBy }
    return turn instanceof RunningTurn ? turn.describe(asked) : describeActiveTurn(record, asked)
  }
}
