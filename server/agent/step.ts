import type { SessionEvent } from '../../protocol/entry.ts'
import type { ModelEvent, ModelReply, ModelRequest, ModelToolCall } from './model.ts'
import type { AgentResult, AgentRun } from './run-agent.ts'
import { toStorableText } from './storable-text.ts'
import { untilAborted } from './until-aborted.ts'
import { measureReply } from './usage.ts'
import { replyWithinLimits, type TurnSize } from './watchdog.ts'

export interface StepRun {
  readonly run: AgentRun
  readonly step: number
  readonly request: ModelRequest
  readonly size: TurnSize
}

/** How a step ended. Only `finished` has written its `step.finished`; else the engine closes the step as cut. */
export type StepEnd =
  | {
      readonly status: 'finished'
      readonly text: string
      readonly finishReason: 'stop' | 'tool_calls' | 'length'
      readonly toolCalls: readonly ModelToolCall[]
    }
  | { readonly status: 'ended'; readonly result: Exclude<AgentResult, { status: 'completed' }> }

/** Asks the model once and logs what it says. Rejects with `signal.reason` when the run is aborted. */
export async function runStep({ run, step, request, size }: StepRun): Promise<StepEnd> {
  const { clock, model } = run
  await appendEvent(run, { type: 'step.started', data: { step, model: model.name } })
  const startedMs = clock.monotonicMs()
  const heard = new StepListener(run, step)
  const { limits, signal } = run
  const reply = await replyWithinLimits({
    model,
    request,
    limits,
    size,
    clock,
    signal,
    onEvent: (event) => heard.take(event),
  })
  if (reply.status === 'failed') return { status: 'ended', result: reply }
  if (reply.status === 'truncated') {
    return { status: 'ended', result: { status: 'interrupted', reason: 'truncated', message: reply.message } }
  }
  const usage = measureReply(reply.usage, {
    startedMs,
    firstPieceMs: heard.firstPieceMs,
    endedMs: clock.monotonicMs(),
  })
  const { text, reasoning } = heard
  const finishReason = trueFinishReason(reply)
  await appendEvent(run, {
    type: 'step.finished',
    data: { step, text, reasoning, finish_reason: finishReason, usage },
  })
  return { status: 'finished', text, finishReason, toolCalls: reply.toolCalls }
}

/** Appends to the turn's log and waits where the log is behind. Nothing is appended once the run is aborted. */
export async function appendEvent(run: AgentRun, event: SessionEvent): Promise<void> {
  run.signal.throwIfAborted()
  const behind = run.emit(event)
  if (behind) await untilAborted(behind, run.signal)
}

class StepListener {
  text = ''
  reasoning = ''
  firstPieceMs: number | null = null
  readonly #run: AgentRun
  readonly #step: number

  constructor(run: AgentRun, step: number) {
    this.#run = run
    this.#step = step
  }

  take(event: ModelEvent): Promise<void> | undefined {
    this.firstPieceMs ??= this.#run.clock.monotonicMs()
    if (event.type === 'progress') return undefined
    const text = toStorableText(event.text)
    if (text === '') return undefined
    if (event.type === 'text') {
      this.text += text
      return this.#run.emit({ type: 'text.delta', data: { step: this.#step, text } })
    }
    this.reasoning += text
    return this.#run.emit({ type: 'reasoning.delta', data: { step: this.#step, text } })
  }
}

/** Some servers say `stop` although they ask for tools, and some say `tool_calls` without any. */
function trueFinishReason(reply: Extract<ModelReply, { status: 'finished' }>): 'stop' | 'tool_calls' | 'length' {
  if (reply.finishReason === 'length') return 'length'
  return reply.toolCalls.length > 0 ? 'tool_calls' : 'stop'
}
