import type { SessionEvent } from '../../protocol/entry.ts'
import type { Capability } from '../../protocol/model-server.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import type { Clock } from '../lib/clock.ts'
import type { Fence } from './fence.ts'
import { type OpenStep, type Orphan, openStepOf, readOrphan, type WholeOrphan } from './orphan.ts'
import { STOPPED } from './outcome.ts'
import { decideRecovery, UNREADABLE } from './recovery-decision.ts'
import type { AdoptedTurn } from './running-turn.ts'
import type { SessionFeeds } from './session-feed.ts'
import type { TurnFold } from './turn-fold.ts'
import { StorageError, type TurnEnd, type TurnStore } from './turn-store.ts'
import type { TurnJournal } from './turn-worker.ts'
import type { UnrecoveredSessions } from './unrecovered-sessions.ts'

export interface TurnRecoveryParts {
  readonly store: TurnStore
  readonly feeds: SessionFeeds
  readonly clock: Clock
  readonly journal: TurnJournal
  readonly workerId: string
  /** False where resuming is switched off: what was cut off then ends `interrupted`. */
  readonly mayResume: boolean
  /** Whether the model goes on in a text that it has begun. Makes it write nothing. Rejects with `signal.reason` only. */
  readonly continuesMessage: (signal: AbortSignal) => Promise<Capability>
  /** Goes on with a turn that was taken over. */
  readonly adopt: (turn: AdoptedTurn) => void
  /** Kept here; the engine refuses sends by it. */
  readonly unrecovered: UnrecoveredSessions
}

/** What became of the turns that nobody had. `left`: for later, or for somebody to look at. */
export type RecoveryReport = Readonly<Record<Recovered, number>>

/** `gone`: it ended, or somebody else took it, while it was looked at. */
type Recovered = 'resumed' | 'ended' | 'gone' | 'left'

/** The start of the server waits for it. */
const LOOK_LIMIT_MS = 1_000
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000

/**
 * Sees to the turns that no living worker has (R9, D6): each is taken over under a new epoch, and goes on from its last
 * finished step or ends. What a take-over decides is written in its own transaction, so that a crash at any moment leaves
 * the turn whole for the next start (F27). A turn that cannot be read or written does not keep the others, nor the server.
 */
export class TurnRecovery {
  readonly #parts: TurnRecoveryParts
  #continuesMessage: Promise<Capability> | null = null

  constructor(parts: TurnRecoveryParts) {
    this.#parts = parts
  }

  /** Tries each orphan once. Before the server listens; called again, it finds those that were left. */
  async recoverAll(): Promise<RecoveryReport> {
    const report = { resumed: 0, ended: 0, gone: 0, left: 0 }
    this.#continuesMessage = null
    for (const fence of await this.#parts.store.readOrphans(this.#parts.workerId)) {
      report[await this.#recover(fence)] += 1
    }
    return report
  }

  /** Tries again what the disk has refused, until nothing is left or `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let delayMs = FIRST_RETRY_MS
    while (!signal.aborted && this.#parts.unrecovered.areWorthRetrying) {
      await this.#pause(delayMs, signal)
      if (!signal.aborted) await this.recoverAll()
      delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)
    }
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>()
    const cancelTimer = this.#parts.clock.after(delayMs, over.resolve)
    signal.addEventListener('abort', () => over.resolve(), { once: true })
    await over.promise
    cancelTimer()
  }

  async #recover(fence: Fence): Promise<Recovered> {
    const { store, feeds, unrecovered, journal } = this.#parts
    const { sessionId, turnId } = fence
    try {
      const orphan = await readOrphan(store, fence)
      const openStep = openStepOf(orphan)
      if (openStep) feeds.seed(sessionId, openStep.entries)
      const recovered = orphan.isWhole ? await this.#settle(orphan, openStep) : await this.#endDamaged(orphan)
      unrecovered.delete(sessionId)
      return recovered
    } catch (error) {
      journal.error({ turnId, sessionId, error }, 'a turn could not be recovered: its session takes no messages')
      unrecovered.add(sessionId, error instanceof StorageError ? error : new StorageError('storage_failed', UNUSABLE))
      return 'left'
    }
  }

  async #settle(orphan: WholeOrphan, openStep: OpenStep | null): Promise<Recovered> {
    const { attempts, record } = orphan
    const decision = decideRecovery({ attempts, stopRequested: record.stopRequested }, this.#parts.mayResume)
    if (decision.action === 'end') return await this.#end(orphan, decision.outcome)
    const { store, workerId, adopt } = this.#parts
    const voidAfter = openStep && !(await this.#mayContinue(openStep)) ? openStep.startsAfter : null
    const resumed: SessionEvent = { type: 'turn.resumed', data: { attempt: decision.attempt, void_after: voidAfter } }
    const events = [resumed, ...orphan.fold.unknownCalls()]
    const result = await store.takeOverTurn(orphan.fence, { workerId, events })
    if (result.status === 'stale') return 'gone'
    const { fence, stopRequested } = result
    adopt({
      record: { ...record, epoch: fence.epoch, stopRequested },
      message: orphan.message,
      past: [...orphan.events, ...events],
    })
    return 'resumed'
  }

  /** A text that cannot go on begins anew, and so does a step that was cut while the model still reasoned. */
  async #mayContinue({ text }: OpenStep): Promise<boolean> {
    if (text === '') return false
    this.#continuesMessage ??= this.#look()
    return (await this.#continuesMessage) !== 'no'
  }

  async #look(): Promise<Capability> {
    const { clock, continuesMessage } = this.#parts
    const limit = new AbortController()
    const tooLong = Promise.withResolvers<Capability>()
    const cancelTimer = clock.after(LOOK_LIMIT_MS, () => {
      tooLong.resolve('unknown')
      limit.abort()
    })
    const unknownOnceAborted = (error: unknown): Capability => {
      if (limit.signal.aborted) return 'unknown'
      throw error
    }
    try {
      return await Promise.race([continuesMessage(limit.signal).catch(unknownOnceAborted), tooLong.promise])
    } finally {
      cancelTimer()
    }
  }

  async #endDamaged(orphan: Extract<Orphan, { isWhole: false }>): Promise<Recovered> {
    const { sessionId, turnId } = orphan.fence
    this.#parts.journal.error({ turnId, sessionId, error: orphan.damage }, 'the log of a turn is damaged: it is ended')
    return await this.#end(orphan, UNREADABLE)
  }

  async #end({ fence, fold }: Orphan, wanted: TurnOutcome): Promise<Recovered> {
    const { store } = this.#parts
    const endWith = closeFold(fold)
    let result = await store.endOrphan(fence, endWith(wanted))
    // A stop that was recorded after the turn was read, or that cannot be read: it is kept all the same (I11).
    if (result.status === 'stop_requested') result = await store.endOrphan(fence, endWith(STOPPED))
    return result.status === 'stale' ? 'gone' : 'ended'
  }
}

const UNUSABLE = 'The last turn of this session cannot be brought to its end. The server log has the details.'

/** Closes what is open; answers with the end for any outcome. */
function closeFold(fold: TurnFold): (outcome: TurnOutcome) => TurnEnd {
  const closing = fold.closingEvents()
  for (const event of closing) fold.apply(event)
  const { content, usage } = fold
  const steps = fold.steps()
  return (outcome) => {
    const ended: SessionEvent = { type: 'turn.ended', data: { outcome, content, usage } }
    return { outcome, content, usage, steps, events: [...closing, ended] }
  }
}
