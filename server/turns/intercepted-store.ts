import type { SessionEvent } from '../../protocol/entry.ts'
import type { MessageId, SessionId, TurnId } from '../../protocol/ids.ts'
import type { Fence } from './fence.ts'
import type { MessageQueue, QueueChange } from './message-queue.ts'
import type { StoredEntry } from './stored-entry.ts'
import type {
  DueClaim,
  EntryRange,
  QueuedClaim,
  TakeOver,
  TurnClaim,
  TurnEnd,
  TurnRef,
  TurnStore,
} from './turn-store.ts'

export type StoreMethod = Exclude<keyof TurnStore, 'onCommitted' | 'onQueueChanged'>

type CommitListener = (sessionId: SessionId, entries: readonly StoredEntry[]) => void

/** Does a call of the store: at once, later, instead of it something else, or never. */
export type Intercept = <T>(method: StoreMethod, call: () => Promise<T>) => Promise<T>

/** For tests: a real store behind a disk that is slow, fails or is gone. Without `intercept` it changes nothing. */
export class InterceptedStore implements TurnStore {
  readonly #store: TurnStore
  intercept: Intercept = (_method, call) => call()
  /** Hears of every commit, before the engine does. */
  witness: CommitListener = () => undefined

  constructor(store: TurnStore) {
    this.#store = store
  }

  claimTurn(claim: TurnClaim) {
    return this.intercept('claimTurn', () => this.#store.claimTurn(claim))
  }

  append(fence: Fence, take: () => readonly SessionEvent[]) {
    return this.intercept('append', () => this.#store.append(fence, take))
  }

  recordStop(turn: Fence) {
    return this.intercept('recordStop', () => this.#store.recordStop(turn))
  }

  endTurn(fence: Fence, end: () => TurnEnd, goOnAs?: () => string | null) {
    return this.intercept('endTurn', () => this.#store.endTurn(fence, end, goOnAs))
  }

  replaceTurn(fence: Fence, end: () => TurnEnd, claim: TurnClaim | QueuedClaim) {
    return this.intercept('replaceTurn', () => this.#store.replaceTurn(fence, end, claim))
  }

  showAlternative(choice: { sessionId: SessionId; messageId: MessageId }) {
    return this.intercept('showAlternative', () => this.#store.showAlternative(choice))
  }

  queueTurn(claim: TurnClaim) {
    return this.intercept('queueTurn', () => this.#store.queueTurn(claim))
  }

  claimQueued(claim: DueClaim | QueuedClaim) {
    return this.intercept('claimQueued', () => this.#store.claimQueued(claim))
  }

  changeQueue(sessionId: SessionId, change: QueueChange) {
    return this.intercept('changeQueue', () => this.#store.changeQueue(sessionId, change))
  }

  cancelSend(sessionId: SessionId, key: string) {
    return this.intercept('cancelSend', () => this.#store.cancelSend(sessionId, key))
  }

  takeOverTurn(orphan: Fence, takeOver: TakeOver) {
    return this.intercept('takeOverTurn', () => this.#store.takeOverTurn(orphan, takeOver))
  }

  endOrphan(orphan: Fence, end: TurnEnd) {
    return this.intercept('endOrphan', () => this.#store.endOrphan(orphan, end))
  }

  readOrphans(workerId: string) {
    return this.intercept('readOrphans', () => this.#store.readOrphans(workerId))
  }

  readTurnEntries(turn: TurnRef) {
    return this.intercept('readTurnEntries', () => this.#store.readTurnEntries(turn))
  }

  sessionExists(sessionId: SessionId) {
    return this.intercept('sessionExists', () => this.#store.sessionExists(sessionId))
  }

  readTurn(turnId: TurnId) {
    return this.intercept('readTurn', () => this.#store.readTurn(turnId))
  }

  readSend(sessionId: SessionId, key: string) {
    return this.intercept('readSend', () => this.#store.readSend(sessionId, key))
  }

  readQueue(sessionId: SessionId) {
    return this.intercept('readQueue', () => this.#store.readQueue(sessionId))
  }

  readQueues() {
    return this.intercept('readQueues', () => this.#store.readQueues())
  }

  readQuestion(sessionId: SessionId, messageId: MessageId) {
    return this.intercept('readQuestion', () => this.#store.readQuestion(sessionId, messageId))
  }

  readLastSeq(sessionId: SessionId) {
    return this.intercept('readLastSeq', () => this.#store.readLastSeq(sessionId))
  }

  readEntries(range: EntryRange) {
    return this.intercept('readEntries', () => this.#store.readEntries(range))
  }

  onCommitted(listener: CommitListener): void {
    this.#store.onCommitted((sessionId, entries) => {
      this.witness(sessionId, entries)
      listener(sessionId, entries)
    })
  }

  onQueueChanged(listener: (queue: MessageQueue) => void): void {
    this.#store.onQueueChanged(listener)
  }
}
