import { type Seq, type SessionId, START_OF_LOG, type TurnId } from '../../protocol/ids.ts'
import type { ActiveTurn, Turn, TurnOutcome } from '../../protocol/turn.ts'
import { type AskedTurn, readAskedTurn } from './asked-turn.ts'
import { findRunningTurn } from './find-running-turn.ts'
import type { MessageQueue, QueueChange } from './message-queue.ts'
import { MessageQueues, type QueueAnswer } from './message-queues.ts'
import { STOPPED } from './outcome.ts'
import { PromptReading } from './prompt-reading.ts'
import { QueueStarter } from './queue-starter.ts'
import { type AdoptedTurn, describeTurn, RunningTurn } from './running-turn.ts'
import { RunningTurns } from './running-turns.ts'
import { SendAnswers } from './send-answers.ts'
import type { SessionFeeds } from './session-feed.ts'
import { SessionGate } from './session-gate.ts'
import type { SlotLine, SlotPlace } from './slot-line.ts'
import { readStaleView } from './stale-view.ts'
import { outcomeOfEnd, type StoredEntry } from './stored-entry.ts'
import type { CancelSendAnswer, SendNowResult, StartResult, StartTurn, TurnChange } from './turn-command.ts'
import type {
  ClaimResult,
  QueuedClaim,
  ReplaceResult,
  StartedTurn,
  TurnClaim,
  TurnRecord,
  TurnRef,
} from './turn-store.ts'
import { endTurn, type TurnWorkerParts, workTurn } from './turn-worker.ts'
import type { UnrecoveredSessions } from './unrecovered-sessions.ts'

export interface TurnEngineParts extends TurnWorkerParts {
  readonly feeds: SessionFeeds
  readonly line: SlotLine
  readonly workerId: string
  readonly newTurnId: () => TurnId
  readonly onTurnChange: (change: TurnChange) => void
  /** Told after the commit. */
  readonly onQueueChange: (queue: MessageQueue) => void
  /** Sessions that start nothing, because their turn is nobody's and could not be recovered yet. */
  readonly unrecovered: UnrecoveredSessions
}

/**
 * Starts, stops and lists this worker's turns, and goes on with what waits for them.
 *
 * A session has at most one active turn (I1). The database decides that, in the one statement of `claimTurn`. The maps
 * here only spare it the question while the answer is known: `#running` holds turns whose claim is committed, and
 * `#gate` makes later sends wait for the outcome of the claim, the end or the change of the queue before them, because
 * a refusal may not name a turn that a crash could still take back (D2), and a turn is not told to stop for a send that
 * cannot be taken. A turn leaves `#running` when its end is committed and before anybody is shown that end, so that
 * whoever sees it may send at once.
 *
 * What waits starts in the transaction that ends the turn before it, and takes over its place in the line. Where there is
 * no such end, after a restart or a resume, it starts as soon as the line has a place, as `QueueStarter` sees to.
 */
export class TurnEngine {
  readonly queues: MessageQueues
  readonly answers: SendAnswers
  readonly #parts: TurnEngineParts
  readonly #running: RunningTurns
  readonly #gate = new SessionGate()
  readonly #starter: QueueStarter
  #shuttingDown = false

  constructor(parts: TurnEngineParts) {
    this.#parts = parts
    this.#running = new RunningTurns({
      lastSeq: ({ sessionId, firstSeq }) => parts.feeds.lastSeq(sessionId) ?? firstSeq,
      queueLength: (sessionId) => this.queues.lengthOf(sessionId),
      onChange: parts.onTurnChange,
    })
    this.queues = new MessageQueues({ store: parts.store, onChange: (queue) => this.#onQueueChanged(queue) })
    this.#starter = new QueueStarter({
      ...parts,
      gate: this.#gate,
      queues: this.queues,
      running: this.#running,
      begin: (started, place) => this.#begin(started, place),
    })
    this.answers = new SendAnswers({ store: parts.store, describeTurn: (record) => this.#describeTurn(record) })
    parts.store.onCommitted((sessionId, entries) => this.#onCommitted(sessionId, entries))
  }

  /** Goes on with what waited when the last server ended: call it once, after recovery. */
  async goOnAfterStart(): Promise<void> {
    await this.queues.load()
    for (const { sessionId } of this.queues.all()) await this.#starter.goOn(sessionId)
  }

  /** Resolves once the turn, or the message that waits for it, is committed, or refused with nothing written (I4). Throws `StorageError`. */
  async start(command: StartTurn): Promise<StartResult> {
    const { sessionId, onBusy, clientId } = command
    const refusal = this.#shuttingDown ? ({ status: 'shutting_down' } as const) : this.#running.refusePlain(command)
    if (refusal) return refusal
    if (!this.#running.has(sessionId) && !(await this.#parts.store.sessionExists(sessionId))) {
      return { status: 'session_not_found' }
    }
    for (;;) {
      // read before the key: a question that a first send of this key has just replaced is then told as the repeat it is
      const asked = await readAskedTurn(this.#parts.store, command)
      const repeat = await this.answers.find(command)
      if (repeat) return repeat
      if (!asked) return { status: 'message_not_found' }
      this.#parts.unrecovered.refuse(sessionId)
      if (this.#shuttingDown) return { status: 'shutting_down' } // it may have begun while this send waited
      const running = this.#running.get(sessionId)
      const deciding = this.#gate.decided(sessionId)
      if (running && onBusy === 'reject') return this.#running.refuse(running, clientId)
      if (deciding && !(running && onBusy === 'queue')) {
        await deciding
      } else {
        const result = running ? await this.#startBeside(running, asked) : await this.#claim(asked)
        if (result) return result
      }
    }
  }

  /** Goes on with a turn that recovery has taken over. It was admitted once, so no full line refuses it. */
  adopt({ message, ...adopted }: AdoptedTurn): void {
    const place = this.#parts.line.readmit()
    const running = new RunningTurn({ ...adopted, ...this.#partsFor(adopted.record), place })
    if (adopted.record.stopRequested) running.requestStop()
    this.#run(running, message)
  }

  /**
   * Stops a turn by its own id, so that a late click cannot hit the next turn. The model's socket is closed before this
   * returns; the answer is the turn once the stop is committed, or as it ended; undefined for an unknown one (F15, F16).
   */
  async cancel(turnId: TurnId): Promise<Turn | undefined> {
    const { store } = this.#parts
    const running = await findRunningTurn({ store, gate: this.#gate, running: this.#running }, turnId)
    const record = running?.record ?? (await store.readTurn(turnId))
    if (record?.outcome !== null) return record && this.#describeTurn(record)
    if (!running) this.#parts.unrecovered.refuse(record.sessionId)
    running?.requestStop()
    await store.recordStop(record)
    return this.readTurn(turnId)
  }

  /** Cancels a send by its key, whatever it has come to, and also before it comes. A second call answers the same. */
  async cancelSend(sessionId: SessionId, key: string): Promise<CancelSendAnswer> {
    this.#parts.unrecovered.refuse(sessionId)
    const before = this.#gate.decided(sessionId)
    return await this.#gate.whileDeciding(sessionId, async () => {
      const running = this.#running.get(sessionId)
      if (running?.record.idempotency?.key === key) running.requestStop()
      const result = await this.#parts.store.cancelSend(sessionId, key)
      if (result.status !== 'cancelled') return result
      const { turn } = result
      if (turn?.outcome === null && !this.#running.find(turn.turnId)) await before // its claim is not yet answered
      if (turn?.outcome === null) this.#running.find(turn.turnId)?.requestStop()
      return { status: 'cancelled', turn: turn && this.#describeTurn(turn) }
    })
  }

  /** Throws `StorageError`. A queue that is resumed starts its next message if its session is free. */
  async changeQueue(sessionId: SessionId, change: QueueChange): Promise<QueueAnswer> {
    const answer = await this.#gate.whileDeciding(sessionId, () => this.queues.change(sessionId, change))
    if (answer.status !== 'changed' || change.type !== 'resume') return answer
    if (this.#gate.decided(sessionId))
      void this.#starter.goOn(sessionId) // not to wait for an end that the disk refuses
    else await this.#starter.goOn(sessionId)
    return { status: 'changed', queue: (await this.queues.read(sessionId)) ?? answer.queue }
  }

  /** Starts a message that waits, in one transaction with the end of the active turn. One that has started is answered as it is. */
  async sendNow(target: TurnRef): Promise<SendNowResult> {
    const { sessionId, turnId } = target
    if (!(await this.#parts.store.sessionExists(sessionId))) return { status: 'session_not_found' }
    const claim = { ...target, workerId: this.#parts.workerId }
    for (;;) {
      const started = await this.#parts.store.readTurn(turnId)
      if (started?.sessionId === sessionId) return { status: 'accepted', turn: this.#describeTurn(started) }
      if (this.#shuttingDown) return { status: 'shutting_down' }
      this.#parts.unrecovered.refuse(sessionId)
      const running = this.#running.get(sessionId)
      const deciding = this.#gate.decided(sessionId)
      if (deciding) await deciding
      else if (!this.queues.has(target)) return await this.queues.answerMissing(target)
      else if (running) await this.#replace(running, claim)
      else if (!(await this.#starter.start(claim))) return { status: 'server_busy' }
    }
  }

  async readTurn(turnId: TurnId): Promise<Turn | undefined> {
    const record = await this.#parts.store.readTurn(turnId)
    return record && this.#describeTurn(record)
  }

  activeTurn(sessionId: SessionId, askedBy: string | null): ActiveTurn | undefined {
    const running = this.#running.get(sessionId)
    return running && this.#running.describe(running, askedBy)
  }

  activeTurns(askedBy: string | null): { session_id: SessionId; active_turn: ActiveTurn }[] {
    return this.#running.describeAll(askedBy)
  }

  /** The turn that a write was refused for. */
  describeHolder(record: TurnRecord, askedBy: string | null): ActiveTurn {
    return this.#running.describe(this.#running.find(record.turnId) ?? record, askedBy)
  }

  /** Resolves when the session's active turn, if it has one here, has ended. */
  async idle(sessionId: SessionId): Promise<void> {
    await this.#running.get(sessionId)?.ended
  }

  /** The session is deleted, and with it the fence: its turn writes nothing more, its followers are told (F13). */
  dropSession(sessionId: SessionId): void {
    // What was committed just before the delete may only now be on its way into the maps.
    void this.#gate.decided(sessionId)?.then(() => this.dropSession(sessionId))
    this.#parts.unrecovered.delete(sessionId)
    this.queues.drop(sessionId)
    this.#starter.drop(sessionId)
    const running = this.#running.get(sessionId)
    running?.abort({ kind: 'fenced' })
    if (running) this.#leave(running)
    this.#parts.feeds.close(sessionId, 'deleted')
  }

  /** Takes no more turns, lets the running ones end within `graceMs`, records the rest as `interrupted` (F18). */
  async shutDown(graceMs: number): Promise<void> {
    this.#shuttingDown = true
    this.#starter.end()
    await this.#gate.allDecided()
    const running = this.#running.all()
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

  async #claim(command: AskedTurn): Promise<StartResult | undefined> {
    const place = this.#parts.line.take()
    if (!place) return { status: 'server_busy' }
    const result = await this.#gate.whileDeciding(command.sessionId, async () => {
      try {
        // I1: this one statement is both the check and the act. There is no moment between them for a second send.
        const claimed = await this.#parts.store.claimTurn(this.#claimOf(command))
        if (claimed.status === 'claimed') this.#begin({ turn: claimed.turn, message: command.message }, place)
        else place.release()
        return claimed
      } catch (error) {
        place.release()
        throw error
      }
    })
    return await this.#answerClaim(result, command)
  }

  /** Undefined where the running turn ended by itself meanwhile: the caller looks again. */
  async #startBeside(running: RunningTurn, command: AskedTurn): Promise<StartResult | undefined> {
    if (command.onBusy === 'queue') return await this.#queue(command)
    const settledSeq = (running.record.firstSeq - 1) as Seq
    // Beside an active turn history stays as it is, so that this is as good as asking the database, and nothing is stopped.
    if (command.expectedSeq !== undefined && command.expectedSeq < settledSeq) {
      return await this.#answerClaim({ status: 'stale_view', settledSeq }, command)
    }
    const result = await this.#replace(running, this.#claimOf(command))
    if (!result || result.status === 'stale' || result.status === 'not_queued') return undefined
    const claim: ClaimResult = result.status === 'started' ? { status: 'claimed', turn: result.started.turn } : result
    return await this.#answerClaim(claim, command)
  }

  async #queue(command: AskedTurn): Promise<StartResult | undefined> {
    const result = await this.#parts.store.queueTurn(this.#claimOf(command))
    switch (result.status) {
      case 'queued':
        return await this.answers.queued(command, result.message.turnId, false)
      case 'not_active':
        return undefined
      case 'queue_full':
        return { status: 'queue_full' }
      default:
        return await this.#answerClaim(result, command)
    }
  }

  /** Ends the running turn and starts another in its place. Undefined where it ended by itself meanwhile. */
  async #replace(running: RunningTurn, claim: TurnClaim | QueuedClaim): Promise<ReplaceResult | undefined> {
    if (!running.beginEnding()) {
      await running.ended
      return undefined
    }
    running.requestStop()
    let isOver = false
    try {
      return await this.#gate.whileDeciding(claim.sessionId, async () => {
        const end = () => running.endWith(STOPPED)
        const result = await this.#parts.store.replaceTurn(running.fence, end, claim)
        isOver = result.status === 'started' || result.status === 'stale'
        if (result.status === 'started') this.#begin(result.started, running.handOverPlace())
        return result
      })
    } finally {
      // It has been told to stop, whatever became of the rest.
      if (isOver) this.#leave(running)
      else void this.#end(running, STOPPED)
    }
  }

  #claimOf({ onBusy: _, ...claim }: AskedTurn): TurnClaim {
    const { newTurnId, workerId } = this.#parts
    return { ...claim, turnId: newTurnId(), workerId }
  }

  async #answerClaim(result: ClaimResult, command: AskedTurn): Promise<StartResult | undefined> {
    const { sessionId, expectedSeq = START_OF_LOG } = command
    switch (result.status) {
      case 'claimed':
        return { status: 'accepted', turn: this.#describeTurn(result.turn), repeated: false }
      case 'session_not_found':
      case 'message_not_found':
        return result
      case 'repeated':
        return await this.answers.repeat(result.earlier, command)
      case 'stale_view':
        return await readStaleView(this.#parts.store, { sessionId, seen: expectedSeq, settledSeq: result.settledSeq })
      case 'turn_active': // held by another worker, or by a turn whose end could not be written
        if (command.onBusy === 'queue') return await this.#queue(command)
        return { status: 'turn_active', activeTurn: this.describeHolder(result.turn, command.clientId) }
    }
  }

  #begin({ turn, message }: StartedTurn, place: SlotPlace | null): void {
    this.#run(new RunningTurn({ ...this.#partsFor(turn), record: turn, place }), message)
  }

  #partsFor({ sessionId }: TurnRecord) {
    const { store, clock } = this.#parts
    return { store, promptReading: new PromptReading(clock, () => this.#running.tellChanged(sessionId)) }
  }

  #run(running: RunningTurn, message: string): void {
    this.#running.add(running)
    this.#running.tell(running, 'started')
    void this.#work(running, message)
  }

  /** A turn whose end was not ours to write, or could not be written, leaves too: nobody is refused on its account (I9). */
  async #work(running: RunningTurn, message: string): Promise<void> {
    const outcome = await workTurn(this.#parts, running, message)
    if (outcome.status === 'fenced') this.#leave(running, 'owner_changed')
    else if (running.beginEnding()) await this.#end(running, outcome)
    else await running.ended
    this.#starter.goOnWhereDue()
  }

  #leave(running: RunningTurn, end?: 'owner_changed'): void {
    const wasHere = this.#running.delete(running)
    if (wasHere && end) this.#parts.feeds.close(running.record.sessionId, end) // F20
    running.leave()
  }

  /** Writes the end. What it starts in the same transaction takes over the place in the line. */
  async #end(running: RunningTurn, outcome: TurnOutcome): Promise<void> {
    const goOnAs = () => (this.#shuttingDown ? null : this.#parts.workerId)
    await this.#gate.whileDeciding(running.record.sessionId, async () => {
      const next = await endTurn(this.#parts, running, { outcome, goOnAs })
      if (next) this.#begin(next, running.handOverPlace())
      this.#leave(running)
    })
    this.#running.tellWaiting()
  }

  /** Runs once per commit and session, before any writer's promise resolves. */
  #onCommitted(sessionId: SessionId, entries: readonly StoredEntry[]): void {
    const running = this.#running.get(sessionId)
    let outcome: TurnOutcome | undefined
    let changed = false
    for (const entry of entries) {
      if (!running || entry.turnId !== running.record.turnId) continue
      if (entry.type === 'turn.ended') outcome = outcomeOfEnd(entry)
      else if (running.noteCommitted(entry)) changed = true
    }
    if (running && outcome) this.#running.delete(running)
    this.#parts.feeds.publish(sessionId, entries)
    if (running && outcome) this.#parts.onTurnChange({ type: 'ended', sessionId, outcome })
    else if (running && changed) this.#running.tell(running, 'changed')
    this.#starter.goOnWhereDue() // the disk takes writes again
  }

  #onQueueChanged(queue: MessageQueue): void {
    this.#parts.onQueueChange(queue)
    this.#running.tellChanged(queue.sessionId)
  }

  #describeTurn(record: TurnRecord): Turn {
    return describeTurn(record, this.#running.get(record.sessionId)?.phase ?? 'running')
  }
}
