import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../../turns/turn-store.ts'
import { type PackedReply, packBatch, unpackReply } from './packed-batch.ts'
import type { BatchReply, WriteBatch } from './write-op.ts'

/** Where the writer works. `ballast`: the file of its reserve; null for none. */
export interface WriterPaths {
  readonly database: string
  readonly ballast: string | null
  /** The start has found the disk full, and given the ballast back. */
  readonly wasFull: boolean
}

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

  /** Starts the thread. Rejects where the database cannot be opened. */
  static async start(paths: WriterPaths): Promise<WriterThread> {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: paths })
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
