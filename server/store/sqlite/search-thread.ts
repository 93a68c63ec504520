import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SearchPage } from '../../../protocol/search.ts'
import type { SearchQuery, SessionSearch } from '../../sessions/session-search.ts'
import { storageErrorOf } from './sqlite-failure.ts'
import type { WriteFailure } from './write-op.ts'

export type SearchReply =
  | { readonly ok: true; readonly page: SearchPage }
  | { readonly ok: false; readonly failure: WriteFailure }

/** So many searches wait at most, the one that is being answered included. */
const MAX_WAITING = 8

type Waiting = PromiseWithResolvers<SearchPage>

/**
 * Searches the database at a path in a thread of its own, with a connection of its own. The thread starts with the first
 * search, and again after one that has ended it.
 */
export class SearchThread implements SessionSearch, AsyncDisposable {
  readonly #path: string
  #worker: Worker | null = null
  /** In the order in which the thread answers. */
  #waiting: Waiting[] = []

  constructor(path: string) {
    this.#path = path
  }

  async find(query: SearchQuery): Promise<SearchPage | 'busy'> {
    if (this.#waiting.length >= MAX_WAITING) return 'busy'
    const waiting = Promise.withResolvers<SearchPage>()
    this.#waiting.push(waiting)
    this.#worker ??= this.#start()
    this.#worker.postMessage(query)
    return await waiting.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const exited = once(worker, 'exit')
    worker.postMessage('close')
    await exited
  }

  #start(): Worker {
    const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { workerData: this.#path })
    worker.unref()
    worker.on('message', (reply: SearchReply) => {
      const waiting = this.#waiting.shift()
      if (reply.ok) waiting?.resolve(reply.page)
      else waiting?.reject(storageErrorOf(reply.failure))
    })
    worker.on('error', (error) => this.#end(worker, error))
    worker.on('exit', () => this.#end(worker, new Error('the search thread ended')))
    return worker
  }

  #end(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) one.reject(cause)
  }
}
