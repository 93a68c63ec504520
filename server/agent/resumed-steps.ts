import { refusedBefore } from './call-refusal.ts'
import type { ModelMessage } from './model.ts'
import type { AgentProgress, AgentResult, OpenStep } from './run-agent.ts'
import { TOO_MANY_BAD_CALLS, type TurnToolCalls } from './tool-calls.ts'

export type ResumedSteps =
  /** What the finished steps have said and heard, and the step to go on with. */
  | {
      readonly status: 'running'
      readonly messages: readonly ModelMessage[]
      readonly nextStep: number
      readonly openStep: OpenStep | null
    }
  /** Nothing but the end was left to write. */
  | { readonly status: 'ended'; readonly result: AgentResult }

/**
 * Takes up a turn where its log stops: steps that have finished are history, results that are there are used again, and
 * a tool that was asked for and never started runs now. One that had started has been closed as `unknown` before; it is
 * told so to the model and not run again (R10).
 */
export async function resumeSteps(progress: AgentProgress | null, toolCalls: TurnToolCalls): Promise<ResumedSteps> {
  const steps = progress?.steps ?? []
  const messages: ModelMessage[] = []
  for (const { text, toolCalls: calls } of steps) {
    if (calls.length === 0) continue
    const answers = await toolCalls.takeUp(calls)
    messages.push({ role: 'assistant', content: text, toolCalls: calls }, ...answers)
  }
  if (toolCalls.hasTooManyBadCalls) return { status: 'ended', result: TOO_MANY_BAD_CALLS }
  const openStep = progress?.openStep ?? null
  const last = steps.at(-1)
  if (!openStep && last?.toolCalls.length === 0) {
    return { status: 'ended', result: last.finishReason === 'tool_calls' ? refusedBefore() : { status: 'completed' } }
  }
  return { status: 'running', messages, nextStep: openStep?.step ?? (last?.step ?? 0) + 1, openStep }
}
