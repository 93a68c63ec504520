import type { SessionEvent } from '../../protocol/entry.ts'
import type { ToolCallId } from '../../protocol/ids.ts'
import type { Step, ToolCall } from '../../protocol/message.ts'
import type { TurnUsage } from '../../protocol/turn.ts'

interface OpenCall {
  readonly callId: ToolCallId
  readonly tool: string
  readonly arguments: string
  started: boolean
  finished: Pick<ToolCall, 'status' | 'result' | 'duration_ms'> | null
}

/** How far a turn has come. */
export interface TurnProgress {
  /** Finished steps, in their order. Calls of the last one may not have run. */
  readonly steps: readonly {
    readonly step: number
    readonly text: string
    readonly finishReason: FinishReason
    readonly toolCalls: readonly Readonly<OpenCall>[]
  }[]
  /** The unfinished step and what it has written; null where there is none. */
  readonly openStep: { readonly step: number; readonly text: string; readonly reasoning: string } | null
}

type FinishReason = Extract<SessionEvent, { type: 'step.finished' }>['data']['finish_reason']

interface FoldedStep {
  readonly step: number
  text: string
  reasoning: string
  reasoningMs?: number | undefined
  /** Null while the step is unfinished. */
  finishReason: FinishReason | null
  calls: OpenCall[]
}

/**
 * A turn as its events have built it so far: its steps, what is still open, and what it would take to close it.
 *
 * The owner folds as it emits and recovery folds what the log holds; both close an unfinished turn by the same rule, so
 * that a crash and a click on Stop leave the same kind of history.
 */
export class TurnFold {
  readonly #steps: FoldedStep[] = []
  #usage: TurnUsage | null = null

  apply(event: SessionEvent): void {
    switch (event.type) {
      case 'step.started':
        if (this.#openStep?.step === event.data.step) this.#steps.pop() // it begins anew
        this.#steps.push({ step: event.data.step, text: '', reasoning: '', finishReason: null, calls: [] })
        return
      case 'text.delta': {
        const step = this.#stepOf(event.data.step)
        step.text += event.data.text
        return
      }
      case 'reasoning.delta': {
        const step = this.#stepOf(event.data.step)
        step.reasoning += event.data.text
        return
      }
      case 'step.finished': {
        const step = this.#stepOf(event.data.step)
        step.text = event.data.text
        step.reasoning = event.data.reasoning
        step.reasoningMs = event.data.reasoning_ms
        step.finishReason = event.data.finish_reason
        this.#usage = addUsage(this.#usage, event.data.usage)
        return
      }
      case 'tool.called': {
        const { step, call_id, tool, arguments: argumentsJson } = event.data
        this.#stepOf(step).calls.push({
          callId: call_id,
          tool,
          arguments: argumentsJson,
          started: false,
          finished: null,
        })
        return
      }
      case 'tool.started':
        this.#callOf(event.data.call_id).started = true
        return
      case 'tool.finished': {
        const { call_id, status, result, duration_ms } = event.data
        this.#callOf(call_id).finished = { status, result, duration_ms }
        return
      }
      case 'turn.resumed':
        if (event.data.void_after !== null && this.#openStep) this.#steps.pop()
        return
      case 'turn.started':
      case 'turn.phase_changed':
      case 'turn.ended':
      case 'messages.copied':
      case 'messages.removed':
      case 'messages.restored':
        return
    }
  }

  /** The step at work, from 1; 0 before the first. */
  get currentStep(): number {
    return this.#steps.at(-1)?.step ?? 0
  }

  /** The tool that has started and not finished. */
  get runningTool(): string | null {
    return this.#steps.flatMap((step) => step.calls).find((call) => call.started && !call.finished)?.tool ?? null
  }

  get usage(): TurnUsage | null {
    return this.#usage
  }

  /** The assistant's message: the texts of all steps that wrote any. */
  get content(): string {
    return this.#steps
      .map((step) => step.text)
      .filter((text) => text !== '')
      .join('\n\n')
  }

  steps(): Step[] {
    return this.#steps.map(({ step, text, reasoning, reasoningMs, calls }) => ({
      step,
      text,
      reasoning,
      ...(reasoningMs !== undefined && { reasoning_ms: reasoningMs }),
      tool_calls: calls.map((call) => ({
        call_id: call.callId,
        tool: call.tool,
        arguments: call.arguments,
        ...(call.finished ?? { status: 'unknown' as const, result: '', duration_ms: null }),
      })),
    }))
  }

  /** What a worker needs that goes on where this one stopped (D6). */
  progress(): TurnProgress {
    const open = this.#openStep
    return {
      steps: this.#steps.flatMap(({ step, text, finishReason, calls }) =>
        finishReason === null ? [] : [{ step, text, finishReason, toolCalls: calls.map((call) => ({ ...call })) }],
      ),
      openStep: open ? { step: open.step, text: open.text, reasoning: open.reasoning } : null,
    }
  }

  /** Closes the tools that had started: whoever goes on with the turn must not run them again (R10). */
  unknownCalls(): SessionEvent[] {
    const calls = this.#steps.flatMap((step) => step.calls)
    return calls.filter((call) => call.started && !call.finished).map((call) => closeCall(call, CUT_BY_RESTART))
  }

  /**
   * The events that close what is open: the unfinished step keeps its text so far, a tool that never started is told so,
   * and one that started without finishing is `unknown`, because nobody can say whether it took effect (R10).
   */
  closingEvents(): SessionEvent[] {
    const events: SessionEvent[] = []
    for (const step of this.#steps) {
      if (step.finishReason === null) {
        const { text, reasoning } = step
        events.push({
          type: 'step.finished',
          data: { step: step.step, text, reasoning, finish_reason: 'cut', usage: null },
        })
      }
      for (const call of step.calls) {
        if (!call.finished) events.push(closeCall(call, call.started ? CUT_BY_END : NOT_RUN))
      }
    }
    return events
  }

  get #openStep(): FoldedStep | undefined {
    const last = this.#steps.at(-1)
    return last?.finishReason === null ? last : undefined
  }

  #stepOf(number: number): FoldedStep {
    const step = this.#steps.findLast((candidate) => candidate.step === number)
    if (!step) throw new Error(`an event names step ${number}, which has not started`)
    return step
  }

  #callOf(callId: ToolCallId): OpenCall {
    const call = this.#steps.flatMap((step) => step.calls).findLast((candidate) => candidate.callId === callId)
    if (!call) throw new Error(`an event names tool call ${callId}, which was not made`)
    return call
  }
}

const CUT_BY_END = 'The turn ended while this ran: it may or may not have taken effect.'
const CUT_BY_RESTART =
  'The server was restarted while this ran: it may or may not have taken effect. It was not run again.'
const NOT_RUN = 'Not run: the turn ended first.'

function closeCall({ callId, started }: OpenCall, result: string): SessionEvent {
  const status = started ? 'unknown' : 'error'
  return { type: 'tool.finished', data: { call_id: callId, status, result, duration_ms: null } }
}

/** Tokens add up over the steps; the first token is the first step's, the speed the last step's. */
function addUsage(total: TurnUsage | null, step: TurnUsage | null): TurnUsage | null {
  if (!total || !step) return total ?? step
  return {
    input_tokens: addTokens(total.input_tokens, step.input_tokens),
    output_tokens: addTokens(total.output_tokens, step.output_tokens),
    time_to_first_token_ms: total.time_to_first_token_ms,
    tokens_per_second: step.tokens_per_second,
  }
}

function addTokens(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b
}
