import type { SessionEvent } from '../../../protocol/entry.ts'
import type { ToolCallId } from '../../../protocol/ids.ts'
import type { TurnUsage } from '../../../protocol/turn.ts'
import type { AnswerResult } from '../../turns/outcome.ts'
import type { TurnWork } from '../../turns/turn-worker.ts'

/** For tests: one turn whose work the test does in the model's place. */
export class PlayedTurn {
  readonly work: TurnWork
  readonly #result = Promise.withResolvers<AnswerResult>()
  #step = 0
  #text = ''
  #reasoning = ''

  constructor(work: TurnWork) {
    this.work = work
    work.signal.addEventListener('abort', () => this.#result.reject(work.signal.reason), { once: true })
  }

  get result(): Promise<AnswerResult> {
    return this.#result.promise
  }

  beginStep(model = 'hand'): this {
    this.#step += 1
    this.#text = ''
    this.#reasoning = ''
    return this.#emit({ type: 'step.started', data: { step: this.#step, model } })
  }

  say(text: string): this {
    this.#text += text
    return this.#emit({ type: 'text.delta', data: { step: this.#step, text } })
  }

  think(text: string): this {
    this.#reasoning += text
    return this.#emit({ type: 'reasoning.delta', data: { step: this.#step, text } })
  }

  endStep(usage: TurnUsage | null = null): this {
    const data = {
      step: this.#step,
      text: this.#text,
      reasoning: this.#reasoning,
      finish_reason: 'stop' as const,
      usage,
    }
    return this.#emit({ type: 'step.finished', data })
  }

  callTool(callId: string, tool: string, args: string): this {
    const data = { step: this.#step, call_id: callId as ToolCallId, tool, arguments: args }
    return this.#emit({ type: 'tool.called', data })
  }

  startTool(callId: string): this {
    return this.#emit({ type: 'tool.started', data: { call_id: callId as ToolCallId } })
  }

  finishTool(callId: string, result: string, status: 'ok' | 'error' = 'ok'): this {
    const data = { call_id: callId as ToolCallId, status, result, duration_ms: 12.5 }
    return this.#emit({ type: 'tool.finished', data })
  }

  /** Everything so far is stored and shown. */
  committed(): Promise<void> {
    return this.work.committed()
  }

  end(result: AnswerResult = { status: 'completed' }): void {
    this.#result.resolve(result)
  }

  /** A whole answer of one step. */
  answer(text: string): void {
    this.beginStep().say(text).endStep().end()
  }

  #emit(event: SessionEvent): this {
    void this.work.emit(event)
    return this
  }
}

/** The model's part in a test: turns wait here until the test plays them. */
export class Stage {
  readonly #waitingTurns: PlayedTurn[] = []
  readonly #takers: ((turn: PlayedTurn) => void)[] = []

  answer(work: TurnWork): Promise<AnswerResult> {
    const turn = new PlayedTurn(work)
    const taker = this.#takers.shift()
    if (taker) taker(turn)
    else this.#waitingTurns.push(turn)
    return turn.result
  }

  async next(): Promise<PlayedTurn> {
    return this.#waitingTurns.shift() ?? (await new Promise((resolve) => this.#takers.push(resolve)))
  }
}
