import type { SessionEvent } from '../../protocol/entry.ts'
import type { FailureReason } from '../../protocol/turn.ts'
import type { AnswerResult } from './outcome.ts'
import { says, stepFinished, stepStarted } from './scripted-events.ts'
import type { TurnWork } from './turn-worker.ts'

/** For tests: the answer to one turn, as the test gives it, word by word. Ends as every answer must when it is aborted. */
export class ScriptedAnswer {
  readonly work: TurnWork
  readonly #result = Promise.withResolvers<AnswerResult>()
  #settled = false
  #step = 0
  #text: string | null = null

  /** `continuesMessage`: goes on in a step that a crash has cut; otherwise it begins such a step anew. */
  constructor(work: TurnWork, { continuesMessage = false }: { readonly continuesMessage?: boolean } = {}) {
    this.work = work
    const { openStep, steps } = work.progress ?? { openStep: null, steps: [] }
    this.#step = steps.at(-1)?.step ?? 0
    if (openStep && continuesMessage) {
      this.#step = openStep.step
      this.#text = openStep.text
    }
    const onAbort = () => this.#result.reject(work.signal.reason)
    if (work.signal.aborted) onAbort()
    else work.signal.addEventListener('abort', onAbort, { once: true })
  }

  get result(): Promise<AnswerResult> {
    return this.#result.promise
  }

  get aborted(): boolean {
    return this.work.signal.aborted
  }

  /** At work: neither finished nor told to end. */
  get isLive(): boolean {
    return !this.aborted && !this.#settled
  }

  /** Without waiting for the disk. */
  emits(...events: SessionEvent[]): void {
    for (const event of events) void this.work.emit(event)
  }

  says(text: string): void {
    if (this.#text === null) this.#startStep()
    this.#text = `${this.#text ?? ''}${text}`
    this.emits(says(text, this.#step))
  }

  finishesStep(): void {
    if (this.#text === null) this.#startStep()
    this.emits(stepFinished(this.#text ?? '', this.#step))
    this.#text = null
  }

  completes(text?: string): void {
    if (text !== undefined) this.says(text)
    if (this.#text !== null) this.finishesStep()
    this.#settle({ status: 'completed' })
  }

  fails(reason: FailureReason, message: string): void {
    this.#settle({ status: 'failed', reason, message })
  }

  throws(error: unknown): void {
    this.#settled = true
    this.#result.reject(error)
  }

  #settle(result: AnswerResult): void {
    this.#settled = true
    this.#result.resolve(result)
  }

  #startStep(): void {
    this.#step += 1
    this.#text = ''
    this.emits(stepStarted(this.#step))
  }
}
