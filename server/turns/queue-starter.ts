import type { SessionId } from '../../protocol/ids.ts'
import type { CancelTimer, Clock } from '../lib/clock.ts'
import { nextOf } from './message-queue.ts'
import type { MessageQueues } from './message-queues.ts'
import type { RunningTurns } from './running-turns.ts'
import type { SessionGate } from './session-gate.ts'
import type { SlotLine, SlotPlace } from './slot-line.ts'
import { type DueClaim, type QueuedClaim, type StartedTurn, StorageError, type TurnStore } from './turn-store.ts'
import type { TurnJournal } from './turn-worker.ts'

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 10_000

/**
 * Starts what waits where no turn's end does it: after a restart, a resume, or "send now" in a session that is free. A queue
 * that could go on and has no place in the line is due, and goes on as soon as there is one; one that the disk has refused
 * is tried again after a while, or as soon as it takes another write.
 */
export class QueueStarter {
  readonly #parts: QueueStarterParts
  readonly #due = new Set<SessionId>()
  #ended = false
  #retryMs = FIRST_RETRY_MS
  #cancelRetry: CancelTimer | null = null

  constructor(parts: QueueStarterParts) {
    this.#parts = parts
  }

  /** Goes on with the queue of a session, now or later. Never rejects: what the disk refuses stays due. */
  async goOn(sessionId: SessionId): Promise<void> {
    const { gate, queues, running, workerId, journal } = this.#parts
    this.#due.delete(sessionId)
    await gate.free(sessionId)
    const queue = queues.get(sessionId)
    const next = queue && nextOf(queue)
    if (!next || this.#ended || running.has(sessionId)) return
    try {
      const hasPlace = await this.start({ sessionId, workerId })
      if (!hasPlace) this.#due.add(sessionId)
      this.#retryMs = FIRST_RETRY_MS
    } catch (error) {
      this.#due.add(sessionId)
      journal.error({ turnId: next.turnId, sessionId, error }, 'a queued message could not be started')
      if (!(error instanceof StorageError) || error.retryable) this.#tryLater()
    }
  }

  /** A place may have become free, or the disk take writes again. */
  goOnWhereDue(): void {
    if (this.#due.size === 0) return
    for (const sessionId of [...this.#due]) {
      if (this.#parts.line.isFull) return
      void this.goOn(sessionId)
    }
  }

  /** False where the line is full. Throws `StorageError`. */
  async start(claim: DueClaim | QueuedClaim): Promise<boolean> {
    const { store, line, gate, begin } = this.#parts
    const place = line.take()
    if (!place) return false
    return await gate.whileDeciding(claim.sessionId, async () => {
      try {
        const result = await store.claimQueued(claim)
        if (result.status === 'started') begin(result.started, place)
        else place.release()
        return result.status !== 'turn_active'
      } catch (error) {
        place.release()
        throw error
      }
    })
  }

  drop(sessionId: SessionId): void {
    this.#due.delete(sessionId)
  }

  /** Starts nothing more: what waits is for the next start. */
  end(): void {
    this.#ended = true
    this.#cancelRetry?.()
    this.#due.clear()
  }

  #tryLater(): void {
    if (this.#ended || this.#cancelRetry) return
    this.#cancelRetry = this.#parts.clock.after(this.#retryMs, () => {
      this.#cancelRetry = null
      this.goOnWhereDue()
    })
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }
}

interface QueueStarterParts {
  readonly store: TurnStore
  readonly clock: Clock
  readonly line: SlotLine
  readonly gate: SessionGate
  readonly queues: MessageQueues
  readonly running: RunningTurns
  readonly journal: TurnJournal
  readonly workerId: string
  readonly begin: (started: StartedTurn, place: SlotPlace) => void
}
