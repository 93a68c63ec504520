import type { ModelMessage } from './model.ts'
import { fitsPrompt, PROMPT_TOO_LARGE } from './prompt-size.ts'
import { resumeSteps } from './resumed-steps.ts'
import type { AgentResult, AgentRun } from './run-agent.ts'
import { runStep } from './step.ts'
import { TOO_MANY_BAD_CALLS, TurnToolCalls } from './tool-calls.ts'

/**
 * One turn: step after step until the model asks for no more tools. What a step writes:
 *
 *     step.started · text.delta, reasoning.delta … · step.finished · tool.called … · (tool.started · tool.finished) …
 *
 * `step.finished` stands before the tools, so that a tool that takes long or waits for a person pins no deltas (D7), and is
 * emitted together with all its `tool.called`, so that the commit which makes the text durable also says what was asked for
 * (D6). A step that fails, is truncated or aborted writes no `step.finished`: the engine closes it with what was emitted, as
 * cut. The end of the turn is the engine's to write as well.
 *
 * A turn that goes on after a crash takes its finished steps as they are, runs the tools that were asked for and never
 * started, and then is a turn like any other.
 */

/** Runs one turn. Rejects at once with `signal.reason` when the run is aborted, and with an Error for a bug of ours. */
export async function runAgent(run: AgentRun): Promise<AgentResult> {
  const messages = [...run.history]
  const tools = run.tools.map((tool) => tool.definition)
  const toolCalls = new TurnToolCalls(run)
  const size = { characters: 0, pieces: 0 }
  const resumed = await resumeSteps(run.progress, toolCalls)
  if (resumed.status === 'ended') return resumed.result
  messages.push(...resumed.messages)
  for (let step = resumed.nextStep; ; step += 1) {
    if (!fitsPrompt(messages)) return PROMPT_TOO_LARGE
    const begun = step === resumed.nextStep ? resumed.openStep : null
    const end = await runStep({ run, step, begun, request: { messages: [...messages], tools }, size, toolCalls })
    if (end.status === 'ended') return end.result
    if (end.calls.length === 0) return { status: 'completed' }
    const answers: ModelMessage[] = await toolCalls.runAll(end.calls)
    if (toolCalls.hasTooManyBadCalls) return TOO_MANY_BAD_CALLS
    messages.push({ role: 'assistant', content: end.text, toolCalls: end.calls }, ...answers)
  }
}
