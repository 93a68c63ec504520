import { type MessageId, type Seq, type SessionId, START_OF_LOG, type TurnId } from '../../protocol/ids.ts'
import type { ActiveTurn, Holder, Turn, TurnOutcome } from '../../protocol/turn.ts'
import { STOPPED } from './outcome.ts'
import { describeActiveTurn, RunningTurn } from './running-turn.ts'
import type { SessionFeeds } from './session-feed.ts'
import type { SlotLine, SlotPlace } from './slot-line.ts'
import { parseEntry, type StoredEntry } from './stored-entry.ts'
import type { ClaimResult, Idempotency, TurnClaim, TurnRecord } from './turn-store.ts'
import { endTurn, type TurnWorkerParts, workTurn } from './turn-worker.ts'

export interface StartTurn {
  readonly sessionId: SessionId
  /** Null: what the message that is replaced asked. */
  readonly message: string | null
  /** A message whose turn is put aside with all below it, in the transaction that starts this one. */
  readonly replaces?: MessageId | undefined
  readonly holder: Holder
  readonly clientId: string | null
  /** `interrupt`: end the active turn as `cancelled` and start this one, in one transaction (D4). */
  readonly onBusy: 'reject' | 'interrupt'
  /** Makes a repeated send answer with the turn that it has started before, however often and late it comes (I12). */
  readonly idempotency?: Idempotency | undefined
}

export type StartResult =
  | { readonly status: 'accepted'; readonly turn: Turn; readonly repeated: boolean }
  /** The idempotency key was used in this session for another body. Nothing was written. */
  | { readonly status: 'key_reused' }
  | { readonly status: 'turn_active'; readonly activeTurn: ActiveTurn }
  | { readonly status: 'session_not_found' }
  | { readonly status: 'message_not_found' }
  /** The line for the model is full. Nothing was written. */
  | { readonly status: 'server_busy' }
  | { readonly status: 'shutting_down' }

/** A start that knows what is asked, and which question it replaces. */
interface AskedTurn extends StartTurn {
  readonly message: string
}

/** What happened to a session's turn, told after its commit. */
export type TurnChange =
  | { readonly type: 'started' | 'changed'; readonly sessionId: SessionId; readonly activeTurn: ActiveTurn }
  | { readonly type: 'ended'; readonly sessionId: SessionId; readonly outcome: TurnOutcome }

export interface TurnEngineParts extends TurnWorkerParts {
  readonly feeds: SessionFeeds
  readonly line: SlotLine
  readonly workerId: string
  readonly newTurnId: () => TurnId
  readonly onTurnChange: (change: TurnChange) => void
}

/**
 * Starts, stops and lists this worker's turns.
 *
 * A session has at most one active turn (I1). The database decides that, in the one statement of `claimTurn`. The maps
 * here only spare it the question while the answer is known: `#running` holds turns whose claim is committed, and
 * `#claiming` makes later sends wait for the outcome of the claim before them, because a refusal may not name a turn that
 * a crash could still take back (D2). A turn leaves `#running` when its end is committed and before anybody is shown that
 * end, so that whoever sees it may send at once.
 */
export class TurnEngine {
  readonly #parts: TurnEngineParts
  readonly #running = new Map<SessionId, RunningTurn>()
  readonly #claiming = new Map<SessionId, Promise<void>>()
  #shuttingDown = false

  constructor(parts: TurnEngineParts) {
    this.#parts = parts
    parts.store.onCommitted((sessionId, entries) => this.#onCommitted(sessionId, entries))
  }

  /** Resolves once the turn is committed, or refused with nothing written (I4). Throws `StorageError`. */
  async start(command: StartTurn): Promise<StartResult> {
    const { sessionId } = command
    if (this.#shuttingDown) return { status: 'shutting_down' }
    if (!this.#running.has(sessionId) && !(await this.#parts.store.sessionExists(sessionId))) {
      return { status: 'session_not_found' }
    }
    // read before the key: a question that a first send of this key has just replaced is then told as the repeat it is
    const asked = await this.#readAsked(command)
    const earlier = command.idempotency && (await this.#parts.store.readTurnByKey(sessionId, command.idempotency.key))
    if (earlier) return this.#answerRepeat(earlier, command)
    return asked ? await this.#startAsked(asked) : { status: 'message_not_found' }
  }

  async #readAsked(command: StartTurn): Promise<AskedTurn | undefined> {
    const { sessionId, replaces } = command
    const question = replaces && (await this.#parts.store.readQuestion(sessionId, replaces))
    const message = command.message ?? question?.content
    if (message === undefined || (replaces && !question)) return undefined
    return { ...command, message, replaces: question?.messageId }
  }

  async #startAsked(command: AskedTurn): Promise<StartResult> {
    const { sessionId } = command
    for (;;) {
      if (this.#shuttingDown) return { status: 'shutting_down' } // it may have begun while this send waited
      const running = this.#running.get(sessionId)
      const claiming = this.#claiming.get(sessionId)
      if (running && isRepeat(running.record, command)) return this.#answerRepeat(running.record, command)
      if (running && command.onBusy === 'reject') return this.#refuse(running, command.clientId)
      if (claiming) {
        await claiming
      } else if (running) {
        const result = await this.#replace(running, command)
        if (result) return result
      } else {
        return await this.#claim(command)
      }
    }
  }

  /**
   * Stops a turn by its own id, never by its session's, so that a late click cannot hit the next turn. The model's socket
   * is closed before this returns; the answer is the turn as it stands once the stop is committed. Undefined for an
   * unknown turn; a turn that has ended is answered as it ended (F15, F16).
   */
  async cancel(turnId: TurnId): Promise<Turn | undefined> {
    const running = this.#runningTurn(turnId) ?? (await this.#turnBeingClaimed(turnId))
    if (!running) return this.readTurn(turnId)
    running.requestStop()
    await this.#parts.store.recordStop(running.record)
    return this.readTurn(turnId)
  }

  async readTurn(turnId: TurnId): Promise<Turn | undefined> {
    const record = await this.#parts.store.readTurn(turnId)
    return record && this.#describeTurn(record)
  }

  activeTurn(sessionId: SessionId, askedBy: string | null): ActiveTurn | undefined {
    const running = this.#running.get(sessionId)
    return running && this.#describe(running, askedBy)
  }

  activeTurns(askedBy: string | null): { session_id: SessionId; active_turn: ActiveTurn }[] {
    return [...this.#running].map(([session_id, running]) => ({
      session_id,
      active_turn: this.#describe(running, askedBy),
    }))
  }

  /** The turn that a write was refused for, whoever holds it. */
  describeHolder(record: TurnRecord, askedBy: string | null): ActiveTurn {
    const running = this.#runningTurn(record.turnId)
    return running
      ? this.#describe(running, askedBy)
      : describeActiveTurn(record, { lastSeq: this.#lastSeq(record), askedBy })
  }

  /** Resolves when the session's active turn, if it has one here, has ended. */
  async idle(sessionId: SessionId): Promise<void> {
    await this.#running.get(sessionId)?.ended
  }

  /** The session is deleted, and with it the fence: its turn writes nothing more, its followers are told (F13). */
  dropSession(sessionId: SessionId): void {
    const running = this.#running.get(sessionId)
    this.#running.delete(sessionId)
    running?.abort({ kind: 'fenced' })
    running?.leave()
    this.#parts.feeds.close(sessionId)
  }

  /** Takes no more turns, lets the running ones end within `graceMs`, records the rest as `interrupted` (F18). */
  async shutDown(graceMs: number): Promise<void> {
    this.#shuttingDown = true
    await Promise.all(this.#claiming.values())
    const running = [...this.#running.values()]
    const allEnded = Promise.all(running.map((turn) => turn.ended))
    if (graceMs > 0) {
      const graceOver = Promise.withResolvers<void>()
      const cancelTimer = this.#parts.clock.after(graceMs, graceOver.resolve)
      await Promise.race([allEnded, graceOver.promise])
      cancelTimer()
    }
    for (const turn of running) turn.abort({ kind: 'shutdown' })
    await allEnded
  }

  async #claim(command: AskedTurn): Promise<StartResult> {
    const place = this.#parts.line.take()
    if (!place) return { status: 'server_busy' }
    return await this.#whileClaiming(command.sessionId, async () => {
      try {
        // I1: this one statement is both the check and the act. There is no moment between them for a second send.
        const result = await this.#parts.store.claimTurn(this.#claimOf(command))
        if (result.status !== 'claimed') place.release()
        return this.#answerClaim(result, command, place)
      } catch (error) {
        place.release()
        throw error
      }
    })
  }

  /** Undefined where the running turn ended by itself meanwhile: the caller looks again. */
  async #replace(running: RunningTurn, command: AskedTurn): Promise<StartResult | undefined> {
    if (!running.beginEnding()) {
      await running.ended
      return undefined
    }
    const place = running.handOverPlace()
    running.requestStop()
    return await this.#whileClaiming(command.sessionId, async () => {
      try {
        const end = () => running.endWith(STOPPED)
        const result = await this.#parts.store.replaceTurn(running.fence, end, this.#claimOf(command))
        if (result.status === 'repeated' || result.status === 'message_not_found')
          void endTurn(this.#parts, running, STOPPED)
        else running.leave()
        if (result.status !== 'claimed') place?.release()
        return result.status === 'stale' ? undefined : this.#answerClaim(result, command, place)
      } catch (error) {
        place?.release()
        void endTurn(this.#parts, running, STOPPED)
        throw error
      }
    })
  }

  async #whileClaiming<T>(sessionId: SessionId, claim: () => Promise<T>): Promise<T> {
    const settled = Promise.withResolvers<void>()
    this.#claiming.set(sessionId, settled.promise)
    try {
      return await claim()
    } finally {
      this.#claiming.delete(sessionId)
      settled.resolve()
    }
  }

  #claimOf({ sessionId, message, holder, clientId, idempotency, replaces }: AskedTurn): TurnClaim {
    const { newTurnId, workerId } = this.#parts
    return { sessionId, turnId: newTurnId(), workerId, message, holder, clientId, idempotency, replaces }
  }

  #answerRepeat(earlier: TurnRecord, { idempotency }: StartTurn): StartResult {
    if (earlier.idempotency?.fingerprint !== idempotency?.fingerprint) return { status: 'key_reused' }
    return { status: 'accepted', turn: this.#describeTurn(earlier), repeated: true }
  }

  #answerClaim(result: ClaimResult, command: AskedTurn, place: SlotPlace | null): StartResult {
    if (result.status === 'session_not_found' || result.status === 'message_not_found') return result
    if (result.status === 'repeated') return this.#answerRepeat(result.turn, command)
    if (result.status === 'turn_active') return this.#refuse(result.turn, command.clientId)
    const running = new RunningTurn({ store: this.#parts.store, record: result.turn, place })
    this.#running.set(command.sessionId, running)
    this.#tell(running, 'started')
    void this.#work(running, command.message)
    return { status: 'accepted', turn: this.#describeTurn(result.turn), repeated: false }
  }

  /** A turn whose end was not ours to write, or could not be written, leaves too: nobody is refused on its account (I9). */
  async #work(running: RunningTurn, message: string): Promise<void> {
    await workTurn(this.#parts, running, message)
    const { sessionId } = running.record
    if (this.#running.get(sessionId) === running) this.#running.delete(sessionId)
  }

  #refuse(holder: RunningTurn | TurnRecord, askedBy: string | null): StartResult {
    const activeTurn =
      holder instanceof RunningTurn ? this.#describe(holder, askedBy) : this.describeHolder(holder, askedBy)
    return { status: 'turn_active', activeTurn }
  }

  /** Runs once per commit and session, before any writer's promise resolves. */
  #onCommitted(sessionId: SessionId, entries: readonly StoredEntry[]): void {
    const running = this.#running.get(sessionId)
    let outcome: TurnOutcome | undefined
    let changed = false
    for (const entry of entries) {
      if (!running || entry.turnId !== running.record.turnId) continue
      if (entry.type === 'turn.ended') outcome = outcomeOf(entry)
      else if (running.noteCommitted(entry)) changed = true
    }
    if (running && outcome) {
      this.#running.delete(sessionId)
      running.leave()
    }
    this.#parts.feeds.publish(sessionId, entries)
    if (running && outcome) this.#tellEnd(sessionId, outcome)
    else if (running && changed) this.#tell(running, 'changed')
  }

  #tellEnd(sessionId: SessionId, outcome: TurnOutcome): void {
    this.#parts.onTurnChange({ type: 'ended', sessionId, outcome })
    for (const other of this.#running.values()) {
      if (other.phase === 'waiting_for_slot') this.#tell(other, 'changed')
    }
  }

  #tell(running: RunningTurn, type: 'started' | 'changed'): void {
    const { sessionId } = running.record
    this.#parts.onTurnChange({ type, sessionId, activeTurn: this.#describe(running, null) })
  }

  #describe(running: RunningTurn, askedBy: string | null): ActiveTurn {
    return running.describe({ lastSeq: this.#lastSeq(running.record), askedBy })
  }

  #lastSeq(record: TurnRecord): Seq {
    return this.#parts.feeds.lastSeq(record.sessionId) ?? record.firstSeq ?? START_OF_LOG
  }

  #describeTurn(record: TurnRecord): Turn {
    const running = this.#running.get(record.sessionId)
    const phase = record.stopRequested ? 'stopping' : (running?.phase ?? 'running')
    return {
      turn_id: record.turnId,
      session_id: record.sessionId,
      user_message_id: record.userMessageId,
      assistant_message_id: record.assistantMessageId,
      phase: record.outcome ? null : phase,
      outcome: record.outcome,
      started_at: new Date(record.startedAt).toISOString(),
      ended_at: record.endedAt === null ? null : new Date(record.endedAt).toISOString(),
      first_seq: record.firstSeq,
    }
  }

  /** A turn whose claim is committed and not yet answered: who has repeated its send may know its id already. */
  async #turnBeingClaimed(turnId: TurnId): Promise<RunningTurn | undefined> {
    const record = await this.#parts.store.readTurn(turnId)
    if (record && !record.outcome) await this.#claiming.get(record.sessionId)
    return this.#runningTurn(turnId)
  }

  #runningTurn(turnId: TurnId): RunningTurn | undefined {
    for (const running of this.#running.values()) {
      if (running.record.turnId === turnId) return running
    }
    return undefined
  }
}

function isRepeat(record: TurnRecord, { idempotency }: StartTurn): boolean {
  return idempotency !== undefined && record.idempotency?.key === idempotency.key
}

function outcomeOf(entry: StoredEntry): TurnOutcome | undefined {
  const parsed = parseEntry(entry)
  return parsed.type === 'turn.ended' ? parsed.data.outcome : undefined
}
