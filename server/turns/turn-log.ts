import { isProvisional, type SessionEvent } from '../../protocol/entry.ts'
import type { Fence } from './fence.ts'
import { type AppendResult, StorageError, type TurnStore } from './turn-store.ts'

/** No event is larger than 256 KB (R15). Counted in UTF-16 units, which take up to 6 bytes each where JSON escapes them. */
const MAX_DELTA_LENGTH = 40_960

/** Past this much text that no commit has taken yet, `emit` asks its caller to wait (F37). */
const HIGH_WATER_LENGTH = 262_144

/** So often a write is tried that meets a busy database. Each try waits there for some seconds (F36). */
const MAX_TRIES = 6

export type LogLoss =
  | { readonly kind: 'fenced'; readonly error: StaleFenceError }
  | { readonly kind: 'failed'; readonly error: unknown }

export class StaleFenceError extends Error {
  override readonly name = 'StaleFenceError'
  readonly code = 'stale_fence'
  readonly fence: Fence

  constructor(fence: Fence) {
    super(`turn ${fence.turnId} no longer owns session ${fence.sessionId} at epoch ${fence.epoch}`)
    this.fence = fence
  }
}

/**
 * The owner's pen: appends a turn's events under its fence, in order, in as few writes as the disk's pace allows.
 *
 * What is emitted while a commit is under way gathers here, pieces of one text joined into one event, and goes with the
 * next (D3). `onLost` hears once of the first write that failed, or of a fence that has become stale; after that nothing
 * more is written (I8).
 */
export class TurnLog {
  readonly #store: TurnStore
  readonly #fence: Fence
  readonly #onLost: (loss: LogLoss) => void
  #gathering: SessionEvent[] = []
  #gatheringLength = 0
  /** The write that no commit has taken yet: what is emitted now still goes with it. */
  #nextWrite: Promise<void> | null = null
  #lastWrite: Promise<void> = Promise.resolve()
  #loss: LogLoss | null = null
  #sealed = false
  #unwritten: SessionEvent[] = []
  #busyTries = 0

  constructor(parts: { store: TurnStore; fence: Fence; onLost: (loss: LogLoss) => void }) {
    this.#store = parts.store
    this.#fence = parts.fence
    this.#onLost = parts.onLost
  }

  /** Takes an event. Answers with a promise when the store is behind: a caller that does not wait only costs memory. */
  emit(event: SessionEvent): Promise<void> | undefined {
    if (this.#sealed) return undefined
    this.#gather(event)
    this.#nextWrite ??= this.#startWrite()
    return this.#gatheringLength > HIGH_WATER_LENGTH ? this.#nextWrite : undefined
  }

  /** Resolves when everything emitted so far is committed. Rejects where it was not and will not be. */
  async committed(): Promise<void> {
    await this.#lastWrite
    if (this.#loss) throw this.#loss.error
  }

  /** From here on `emit` does nothing. What was emitted before is still written, ahead of any later write of this turn. */
  seal(): void {
    this.#sealed = true
  }

  #gather(event: SessionEvent): void {
    if (!isDelta(event)) {
      this.#gathering.push(event)
      return
    }
    this.#gatheringLength += event.data.text.length
    for (const piece of splitDelta(event)) {
      const last = this.#gathering.at(-1)
      const joined = last && joinDeltas(last, piece)
      if (joined) this.#gathering[this.#gathering.length - 1] = joined
      else this.#gathering.push(piece)
    }
  }

  /** Emitted events that no write has carried, after a write has failed: the turn's ending must carry them. */
  get unwritten(): readonly SessionEvent[] {
    return this.#loss || this.#busyTries > 0 ? [...this.#unwritten, ...this.#gathering] : []
  }

  #startWrite(): Promise<void> {
    let taken: SessionEvent[] | null = null
    const result = this.#store.append(this.#fence, () => {
      if (this.#loss) return [] // a later write must not overtake one that failed
      taken = this.#takeGathered()
      return taken
    })
    this.#lastWrite = this.#settle(result, () => taken ?? this.#takeGathered())
    return this.#lastWrite
  }

  #takeGathered(): SessionEvent[] {
    const taken = this.#gathering
    this.#gathering = []
    this.#gatheringLength = 0
    this.#nextWrite = null
    return taken
  }

  /** Never rejects: a loss is handed to `onLost`, which ends the turn, and to those who ask `committed`. */
  async #settle(result: Promise<AppendResult>, takeBack: () => readonly SessionEvent[]): Promise<void> {
    try {
      const { status } = await result
      this.#busyTries = 0
      if (status === 'stale') this.#lose({ kind: 'fenced', error: new StaleFenceError(this.#fence) })
    } catch (error) {
      if (this.#mayTryAgain(error)) return await this.#writeAgain(takeBack())
      if (!this.#loss) this.#unwritten.push(...takeBack())
      this.#lose({ kind: 'failed', error })
    }
  }

  #mayTryAgain(error: unknown): boolean {
    if (this.#loss || !(error instanceof StorageError) || error.code !== 'storage_busy') return false
    this.#busyTries += 1
    return this.#busyTries < MAX_TRIES
  }

  /** Puts the events back before those that came after them, so that the next write carries all in their order. */
  #writeAgain(events: readonly SessionEvent[]): Promise<void> {
    this.#gathering.unshift(...events)
    for (const event of events) if (isDelta(event)) this.#gatheringLength += event.data.text.length
    this.#nextWrite ??= this.#startWrite()
    return this.#nextWrite
  }

  #lose(loss: LogLoss): void {
    this.#sealed = true
    if (this.#loss) return
    this.#loss = loss
    this.#onLost(loss)
  }
}

type DeltaEvent = Extract<SessionEvent, { type: 'text.delta' | 'reasoning.delta' }>

function isDelta(event: SessionEvent): event is DeltaEvent {
  return isProvisional(event.type)
}

/** One event for two pieces of the same text, or undefined where they must stay apart. */
function joinDeltas(last: SessionEvent, next: DeltaEvent): DeltaEvent | undefined {
  if (!isDelta(last) || last.type !== next.type || last.data.step !== next.data.step) return undefined
  if (last.data.text.length + next.data.text.length > MAX_DELTA_LENGTH) return undefined
  return { type: next.type, data: { step: next.data.step, text: last.data.text + next.data.text } }
}

function* splitDelta(event: DeltaEvent): Generator<DeltaEvent> {
  const { step, text } = event.data
  let start = 0
  while (text.length - start > MAX_DELTA_LENGTH) {
    const end = splitPoint(text, start + MAX_DELTA_LENGTH)
    yield { type: event.type, data: { step, text: text.slice(start, end) } }
    start = end
  }
  yield start === 0 ? event : { type: event.type, data: { step, text: text.slice(start) } }
}

/** A place at or before `index` that does not cut a surrogate pair in two (R18). */
function splitPoint(text: string, index: number): number {
  const unit = text.charCodeAt(index - 1)
  return unit >= 0xd800 && unit <= 0xdbff ? index - 1 : index
}
