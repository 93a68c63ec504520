import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../../turns/turn-store.ts'
import { type PackedReply, packBatch, unpackReply } from './packed-batch.ts'
import { type BatchReply, primaryCode, type WriteBatch, type WriteFailure } from './write-op.ts'

const SQLITE_FULL = 13
/** Busy, locked, no memory, read-only, cannot be opened: what heals without a restart (F34, F36). */
const PASSING_CODES = [5, 6, 7, 8, 14]

/** The main thread's end of the writer: one batch in flight, its answer or a `StorageError`. */
export class WriterThread {
  readonly #worker: Worker
  #inFlight: PromiseWithResolvers<BatchReply> | null = null
  #dead: StorageError | null = null

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (reply: PackedReply) => this.#take()?.resolve(unpackReply(reply)))
    worker.on('error', (error) => this.#die(error))
    worker.on('exit', () => this.#die(new Error('the writer thread ended')))
  }

  /** Starts the thread on the database at `path`. Rejects where it cannot be opened. */
  static async start(path: string): Promise<WriterThread> {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: path })
    await once(worker, 'message') // 'ready'; an error while opening rejects this
    return new WriterThread(worker)
  }

  async commit(batch: WriteBatch): Promise<BatchReply> {
    if (this.#dead) throw this.#dead
    if (this.#inFlight) throw new Error('the writer takes one batch at a time')
    this.#worker.postMessage(packBatch(batch))
    this.#inFlight = Promise.withResolvers()
    return await this.#inFlight.promise
  }

  async close(): Promise<void> {
    if (this.#dead) return
    const exited = once(this.#worker, 'exit')
    this.#worker.postMessage('close')
    await exited
  }

  #take(): PromiseWithResolvers<BatchReply> | null {
    const inFlight = this.#inFlight
    this.#inFlight = null
    return inFlight
  }

  #die(cause: unknown): void {
    this.#dead ??= new StorageError('storage_failed', 'The database writer has stopped. Restart Conch.', { cause })
    this.#take()?.reject(this.#dead)
  }
}

/** What a failed write means to those who asked for it: try again, make room, or restart (R16). */
export function storageErrorOf(failure: WriteFailure): Error {
  const { errcode, message } = failure
  if (errcode === null) return new Error(message)
  if (primaryCode(errcode) === SQLITE_FULL) {
    return new StorageError('storage_full', 'The disk is full. Make room, then try again.')
  }
  if (PASSING_CODES.includes(primaryCode(errcode))) {
    const cause = new Error(message)
    return new StorageError('storage_busy', 'The database cannot be written right now. Try again in a moment.', {
      cause,
    })
  }
  return new StorageError('storage_failed', `The database cannot be written (${message}).`)
}
