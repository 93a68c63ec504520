import type { SessionEvent } from '../../protocol/entry.ts'
import { appendEvent, appendEvents } from './append-event.ts'
import { refuseCalls } from './call-refusal.ts'
import type { ModelEvent, ModelReply, ModelRequest } from './model.ts'
import { ReasoningTime } from './reasoning-time.ts'
import type { AgentResult, AgentRun, OpenStep } from './run-agent.ts'
import { toStorableText } from './storable-text.ts'
import type { NamedCall, TurnToolCalls } from './tool-calls.ts'
import { measureReply } from './usage.ts'
import { type LimitPassed, replyWithinLimits, type TurnSize } from './watchdog.ts'

export interface StepRun {
  readonly run: AgentRun
  readonly step: number
  /** What the step had written when its server died; null for a step that begins. */
  readonly begun: OpenStep | null
  readonly request: ModelRequest
  readonly size: TurnSize
  readonly toolCalls: TurnToolCalls
}

/** How a step ended. Only `finished` has written its `step.finished`; else the engine closes the step as cut. */
export type StepEnd =
  | { readonly status: 'finished'; readonly text: string; readonly calls: readonly NamedCall[] }
  | { readonly status: 'ended'; readonly result: Exclude<AgentResult, { status: 'completed' }> }

/** Asks the model once and logs what it says and asks for. Rejects with `signal.reason` when the run is aborted. */
export async function runStep(stepRun: StepRun): Promise<StepEnd> {
  const { run, step, toolCalls } = stepRun
  const startedMs = run.clock.monotonicMs()
  const heard = new StepListener(stepRun)
  const reply = await hearReply(stepRun, heard)
  if (reply.status === 'failed') return { status: 'ended', result: reply }
  if (reply.status === 'truncated') {
    return { status: 'ended', result: { status: 'interrupted', reason: 'truncated', message: reply.message } }
  }
  heard.begin()
  const endedMs = run.clock.monotonicMs()
  const usage = measureReply(reply.usage, { startedMs, firstPieceMs: heard.firstPieceMs, endedMs })
  const finishReason = trueFinishReason(reply)
  const asked = { count: reply.toolCalls.length, finishReason, step, maxSteps: run.limits.maxSteps }
  const refused = refuseCalls(asked)
  const calls = refused ? [] : toolCalls.name(reply.toolCalls)
  await appendEvents(run, [
    { type: 'step.finished', data: { step, ...heard.written(endedMs), finish_reason: finishReason, usage } },
    ...calls.map((call) => calledEvent(step, call)),
  ])
  return refused ? { status: 'ended', result: refused } : { status: 'finished', text: heard.text, calls }
}

/** Whatever becomes of the reply, nothing of the prompt is being read after it. */
async function hearReply(stepRun: StepRun, heard: StepListener): Promise<ModelReply | LimitPassed> {
  try {
    return stepRun.begun ? await continueReply(stepRun, heard) : await askAnew(stepRun, heard)
  } finally {
    stepRun.run.notePromptProgress?.(null)
  }
}

async function askAnew(stepRun: StepRun, heard: StepListener): Promise<ModelReply | LimitPassed> {
  await heard.started()
  return await ask(stepRun, heard, undefined)
}

/**
 * Has the model go on where the text stops, so that nothing a person has read is taken back (D6). Where it cannot, the step
 * is begun anew, but not before there is something to put in the text's place.
 */
async function continueReply(stepRun: StepRun, heard: StepListener): Promise<ModelReply | LimitPassed> {
  const { run, begun } = stepRun
  if (begun && (await run.model.continuesMessage?.('try', run.signal)) === 'yes') {
    heard.goOn(begun)
    const reply = await ask(stepRun, heard, begun.text)
    const isRefused = reply.status === 'failed' && reply.reason === 'backend_error' && heard.firstPieceMs === null
    if (!isRefused) return reply
  }
  heard.beginWithFirstPiece()
  return await ask(stepRun, heard, undefined)
}

function ask(
  { run, request, size }: StepRun,
  heard: StepListener,
  begunText: string | undefined,
): Promise<ModelReply | LimitPassed> {
  const { model, limits, clock, signal, wantsProgress } = run
  const onEvent = (event: ModelEvent) => heard.take(event)
  const asked = { ...request, begunText, wantsProgress }
  return replyWithinLimits({ model, request: asked, limits, size, clock, signal, onEvent })
}

function calledEvent(step: number, call: NamedCall): SessionEvent {
  return { type: 'tool.called', data: { step, call_id: call.callId, tool: call.tool, arguments: call.arguments } }
}

/** Logs what a model says in one step, and keeps it whole for `step.finished`. */
class StepListener {
  text = ''
  reasoning = ''
  firstPieceMs: number | null = null
  readonly #reasoningTime: ReasoningTime
  readonly #run: AgentRun
  readonly #step: number
  /** `step.started` is still to be written. */
  #mustBegin = false

  constructor({ run, step }: StepRun) {
    this.#run = run
    this.#step = step
    this.#reasoningTime = new ReasoningTime(() => run.clock.monotonicMs())
  }

  /** Begins the step now. */
  async started(): Promise<void> {
    await appendEvent(this.#run, this.#startedEvent())
  }

  goOn({ text, reasoning }: OpenStep): void {
    this.text = text
    this.reasoning = reasoning
    if (reasoning !== '') this.#reasoningTime.giveUp()
  }

  /** All that the step has said, which ended at `endedMs`. */
  written(endedMs: number): { text: string; reasoning: string; reasoning_ms?: number } {
    const reasoningMs = this.#reasoningTime.until(endedMs)
    return {
      text: this.text,
      reasoning: this.reasoning,
      ...(reasoningMs !== null && { reasoning_ms: reasoningMs }),
    }
  }

  /** Begins the step, which was begun before, as soon as there is something to write in it. */
  beginWithFirstPiece(): void {
    this.text = ''
    this.reasoning = ''
    this.#mustBegin = true
  }

  begin(): void {
    if (this.#mustBegin) void this.#run.emit(this.#startedEvent())
    this.#mustBegin = false
  }

  take(event: ModelEvent): Promise<void> | undefined {
    if (event.type === 'prompt_progress') {
      this.#run.notePromptProgress?.(event.progress)
      return undefined
    }
    if (this.firstPieceMs === null) this.#noteFirstPiece()
    this.begin()
    if (event.type === 'progress') {
      this.#reasoningTime.note(event.type)
      return undefined
    }
    const text = toStorableText(event.text)
    if (text === '') return undefined
    this.#reasoningTime.note(event.type)
    if (event.type === 'text') {
      this.text += text
      return this.#run.emit({ type: 'text.delta', data: { step: this.#step, text } })
    }
    this.reasoning += text
    return this.#run.emit({ type: 'reasoning.delta', data: { step: this.#step, text } })
  }

  #noteFirstPiece(): void {
    this.firstPieceMs = this.#run.clock.monotonicMs()
    this.#run.notePromptProgress?.(null)
  }

  #startedEvent(): SessionEvent {
    return { type: 'step.started', data: { step: this.#step, model: this.#run.model.name } }
  }
}

/** Some servers say `stop` although they ask for tools, and some say `tool_calls` without any. */
function trueFinishReason(reply: Extract<ModelReply, { status: 'finished' }>): 'stop' | 'tool_calls' | 'length' {
  if (reply.finishReason === 'length') return 'length'
  return reply.toolCalls.length > 0 ? 'tool_calls' : 'stop'
}
