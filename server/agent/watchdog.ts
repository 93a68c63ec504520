import type { CancelTimer, Clock } from '../lib/clock.ts'
import type { AnswerEvent, ChatModel, ModelEvent, ModelEventSink, ModelReply, ModelRequest } from './model.ts'
import type { AgentLimits } from './run-agent.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * The limits around one reply of a model. Only a ModelEvent counts as a sign of life: comments that keep a connection
 * open never reach this place, so they prolong nothing (F49). A model that reads on in a long prompt is alive, and has the
 * longer time from then on: its answer has not begun. While our own side is behind, the model's silence is our doing and
 * does not count either.
 *
 * A token only stores the time. The one timer looks at that when it fires and arms itself for what is left: resetting
 * a timer per token would cost more than everything else here.
 */

/** A timer that is later than this was not only behind other work. */
const STOOD_STILL_MS = 500

/** The most that all replies of one turn may hold (F54). */
const MAX_TURN_CHARACTERS = 4 * 1024 * 1024
const MAX_TURN_PIECES = 200_000

/** What a turn has used of its limits of size; one for all of its steps. */
export interface TurnSize {
  characters: number
  pieces: number
}

export interface GuardedReply {
  readonly model: ChatModel
  readonly request: ModelRequest
  readonly limits: AgentLimits
  readonly size: TurnSize
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onEvent: ModelEventSink
}

export interface LimitPassed {
  readonly status: 'failed'
  readonly reason: 'first_byte_timeout' | 'idle_timeout' | 'limit'
  readonly message: string
}

/** Asks the model. A limit that is passed stops the model and is the outcome. Rejects as `ChatModel.reply` does. */
export async function replyWithinLimits(guarded: GuardedReply): Promise<ModelReply | LimitPassed> {
  const { model, request, signal } = guarded
  signal.throwIfAborted()
  const watchdog = new Watchdog(guarded)
  const onAbort = () => watchdog.stop(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await untilAborted(
      model.reply(request, (event) => watchdog.take(event), watchdog.signal),
      watchdog.signal,
    )
  } catch (error) {
    if (watchdog.passed) return watchdog.passed
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    watchdog.stop(null)
  }
}

class Watchdog {
  passed: LimitPassed | null = null
  readonly #guarded: GuardedReply
  readonly #stopped = new AbortController()
  #cancelTimer: CancelTimer
  #lastSignOfLifeMs: number
  #hasBegun = false
  #sinkIsBehind = false

  constructor(guarded: GuardedReply) {
    this.#guarded = guarded
    this.#lastSignOfLifeMs = guarded.clock.monotonicMs()
    this.#cancelTimer = this.#arm(guarded.limits.firstByteTimeoutMs)
  }

  get signal(): AbortSignal {
    return this.#stopped.signal
  }

  take(event: ModelEvent): Promise<void> | undefined {
    // A model may be slow to notice that it was stopped; what it still says belongs to nobody.
    if (this.#stopped.signal.aborted) return undefined
    this.#lastSignOfLifeMs = this.#guarded.clock.monotonicMs()
    if (event.type === 'prompt_progress') return this.#guarded.onEvent(event)
    if (!this.#hasBegun) this.#begin()
    if (this.#isTooMuch(event)) {
      this.#pass({ status: 'failed', reason: 'limit', message: TOO_LONG })
      return undefined
    }
    const behind = this.#guarded.onEvent(event)
    return behind ? this.#waitFor(behind) : undefined
  }

  /** Stops the model and the timer. Idempotent: the first reason is kept. */
  stop(reason: unknown): void {
    this.#cancelTimer()
    this.#stopped.abort(reason)
  }

  #begin(): void {
    this.#hasBegun = true
    this.#cancelTimer()
    this.#cancelTimer = this.#arm(this.#guarded.limits.idleTimeoutMs)
  }

  async #waitFor(behind: Promise<void>): Promise<void> {
    this.#sinkIsBehind = true
    await behind
    this.#sinkIsBehind = false
    this.#lastSignOfLifeMs = this.#guarded.clock.monotonicMs()
  }

  #arm(delayMs: number): CancelTimer {
    const { clock } = this.#guarded
    const dueMs = clock.monotonicMs() + Math.ceil(delayMs)
    return clock.after(Math.ceil(delayMs), () => this.#look(clock.monotonicMs() - dueMs))
  }

  /** A timer that fires late says that this process stood still: what came meanwhile is not read yet (D5, F31). */
  #look(lateMs: number): void {
    const { limits, clock } = this.#guarded
    if (lateMs > STOOD_STILL_MS) this.#lastSignOfLifeMs = clock.monotonicMs()
    const limitMs = this.#hasBegun ? limits.idleTimeoutMs : limits.firstByteTimeoutMs
    const leftMs = this.#sinkIsBehind ? limitMs : this.#lastSignOfLifeMs + limitMs - clock.monotonicMs()
    if (leftMs > 0) this.#cancelTimer = this.#arm(leftMs)
    else this.#pass(describeSilence(this.#hasBegun, limitMs))
  }

  #isTooMuch(event: AnswerEvent): boolean {
    const { size } = this.#guarded
    size.pieces += 1
    if (event.type !== 'progress') size.characters += event.text.length
    return size.pieces > MAX_TURN_PIECES || size.characters > MAX_TURN_CHARACTERS
  }

  #pass(limit: LimitPassed): void {
    this.passed = limit
    this.stop(new Error(limit.message))
  }
}

const TOO_LONG =
  'The answer grew past the limit for one turn and was stopped. What arrived until then is kept. Ask for a shorter answer.'

function describeSilence(hasBegun: boolean, limitMs: number): LimitPassed {
  if (hasBegun) {
    return {
      status: 'failed',
      reason: 'idle_timeout',
      message: `The model stopped in the middle of its answer and was silent for ${inWords(limitMs)}. Send the message again, or look at the model server.`,
    }
  }
  return {
    status: 'failed',
    reason: 'first_byte_timeout',
    message: `The model did not begin to answer within ${inWords(limitMs)}. It may still be loading, or be too large for this machine. Send the message again, or look at the model server.`,
  }
}

function inWords(durationMs: number): string {
  const isMinutes = durationMs >= 120_000 && durationMs % 60_000 === 0
  const count = isMinutes ? durationMs / 60_000 : durationMs / 1000
  return `${count} ${isMinutes ? 'minute' : 'second'}${count === 1 ? '' : 's'}`
}
