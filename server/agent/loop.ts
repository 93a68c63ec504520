import type { ModelMessage } from './model.ts'
import type { AgentResult, AgentRun } from './run-agent.ts'
import { runStep, type StepEnd } from './step.ts'
import { MAX_BAD_CALLS, TurnToolCalls } from './tool-calls.ts'

/**
 * One turn: step after step until the model asks for no more tools. What a step writes:
 *
 *     step.started · text.delta, reasoning.delta … · step.finished · tool.called … · (tool.started · tool.finished) …
 *
 * `step.finished` stands before the tools, so that a tool that takes long or waits for a person pins no deltas (D7), and all
 * `tool.called` follow it at once, so that the commit which makes the text durable also says what was asked for (D6).
 * A step that fails, is truncated or aborted writes no `step.finished`: the engine closes it with what was emitted, as cut.
 * The end of the turn is the engine's to write as well.
 */

/** A model that asks for more tools than this at once has lost its way (F55). */
const MAX_CALLS_PER_STEP = 64

type Refusal = { readonly reason: 'limit' | 'tool_protocol'; readonly message: string }

/** Runs one turn. Rejects at once with `signal.reason` when the run is aborted, and with an Error for a bug of ours. */
export async function runAgent(run: AgentRun): Promise<AgentResult> {
  const messages = [...run.history]
  const tools = run.tools.map((tool) => tool.definition)
  const toolCalls = new TurnToolCalls(run)
  const size = { characters: 0, pieces: 0 }
  for (let step = 1; ; step += 1) {
    const end = await runStep({ run, step, request: { messages: [...messages], tools }, size })
    if (end.status === 'ended') return end.result
    const refusal = refuseCalls(end, step, run.limits.maxSteps)
    if (refusal) return { status: 'failed', ...refusal }
    if (end.toolCalls.length === 0) return { status: 'completed' }
    const calls = toolCalls.name(end.toolCalls)
    const answers: ModelMessage[] = await toolCalls.runAll(step, calls)
    if (toolCalls.hasTooManyBadCalls) return { status: 'failed', ...TOO_MANY_BAD_CALLS }
    messages.push({ role: 'assistant', content: end.text, toolCalls: calls }, ...answers)
  }
}

const TOO_MANY_BAD_CALLS: Refusal = {
  reason: 'tool_protocol',
  message: `The model asked for tools in a form that cannot be used more than ${MAX_BAD_CALLS} times. Send the message again, or try a model that is better with tools.`,
}

/** Why the calls of a step are not run, where they are not. Nothing of them has been started. */
function refuseCalls(
  { toolCalls, finishReason }: Extract<StepEnd, { status: 'finished' }>,
  step: number,
  maxSteps: number,
): Refusal | null {
  if (toolCalls.length === 0) return null
  if (finishReason === 'length') {
    return {
      reason: 'limit',
      message:
        'The model reached its limit of output in the middle of asking for a tool. Raise that limit at the model server, or ask for less at once.',
    }
  }
  if (toolCalls.length > MAX_CALLS_PER_STEP) {
    return {
      reason: 'tool_protocol',
      message: `The model asked for ${toolCalls.length} tools at once; ${MAX_CALLS_PER_STEP} is the most. Send the message again.`,
    }
  }
  // Tools whose answers no step will read are not run.
  if (step >= maxSteps) {
    return {
      reason: 'limit',
      message: `The model wanted to go on after ${maxSteps} steps, which is the limit for one turn. Send a message to let it continue.`,
    }
  }
  return null
}
