import { z } from 'zod'
import { StorageError } from '../turns/turn-store.ts'
import type { ConchServer } from './http-parts.ts'
import { type ProblemFacts, problemOf, SHUTTING_DOWN, sendProblem } from './problem.ts'

/** Whether the server can take messages: it is told what happens to it, and asks nobody. */
export class Readiness {
  #stopping = false
  #storageFailure: StorageError | null = null

  beginStopping(): void {
    this.#stopping = true
  }

  /** `error`: why nothing of a commit was written. The next commit that succeeds takes it back. */
  noteCommit(error: Error | undefined): void {
    const isLasting = error instanceof StorageError && !error.retryable
    if (isLasting) this.#storageFailure = error
    else if (!error) this.#storageFailure = null
  }

  /** Undefined where all is well. */
  get problem(): ProblemFacts | undefined {
    if (this.#stopping) return SHUTTING_DOWN
    return this.#storageFailure ? problemOf(this.#storageFailure) : undefined
  }
}

/** `GET /api/ready`, for whoever restarts or routes. */
export function readinessRoutes(server: ConchServer, readiness: Readiness): void {
  server.get(
    '/api/ready',
    { schema: { response: { 200: z.object({ status: z.literal('ready') }) } } },
    async (_request, reply) =>
      readiness.problem ? sendProblem(reply, readiness.problem) : { status: 'ready' as const },
  )
}
