import { AsyncLocalStorage } from 'node:async_hooks'
import type { AnswerTurn } from './turn-worker.ts'

/** One turn's work, as what strays from it finds it. */
interface GuardedWork {
  readonly turnId: string
  readonly sessionId: string
  readonly stray: AbortController
  isOver: boolean
}

/** What a failure that nobody caught has done. */
export type StrayFailure =
  | { readonly status: 'fails_turn' | 'too_late'; readonly turnId: string; readonly sessionId: string }
  | { readonly status: 'of_no_turn' }

/**
 * Failures that nobody waits for: a promise that a tool lets float and that is rejected, a timer or a listener that throws.
 * Node would end the process for one, and with it the turns of everybody else (F25): here it fails the turn in whose work
 * it came about, as what that work throws does. What all turns share, such as a commit, belongs to none of them.
 */
export class StrayFailures {
  readonly #work = new AsyncLocalStorage<GuardedWork>()

  /** Answers as `answer` does, and rejects with what strays from it meanwhile. */
  guard(answer: AnswerTurn): AnswerTurn {
    return async (work) => {
      const { turnId, sessionId } = work.turn
      const guarded = { turnId, sessionId, stray: new AbortController(), isOver: false }
      const signal = AbortSignal.any([work.signal, guarded.stray.signal])
      try {
        return await this.#work.run(guarded, () => answer({ ...work, signal }))
      } finally {
        guarded.isOver = true
      }
    }
  }

  /** To be called where the failure is told of, by `unhandledRejection` or `uncaughtException`: there Node still knows whose work it was. */
  note(error: unknown): StrayFailure {
    const work = this.#work.getStore()
    if (!work) return { status: 'of_no_turn' }
    const { turnId, sessionId, isOver } = work
    work.stray.abort(error)
    return { status: isOver ? 'too_late' : 'fails_turn', turnId, sessionId }
  }
}
