import type { SessionId } from '../../../protocol/ids.ts'
import type { Message, Step } from '../../../protocol/message.ts'
import type { TurnOutcome, TurnUsage } from '../../../protocol/turn.ts'
import type { AgentStep, GaiaMessage, GaiaStats } from './gaia-schemas.ts'
import { gaiaTime } from './gaia-time.ts'
import { summarize } from './tool-summary.ts'

/** A settled message as GAIA's clients read it: what was done on the way to an answer stands in `agent_steps`. */
export function describeGaiaMessage(message: Message, sessionId: SessionId): GaiaMessage {
  const steps = describeSteps(message)
  return {
    id: message.message_id,
    session_id: sessionId,
    role: message.role,
    content: message.content,
    created_at: gaiaTime(message.created_at),
    rag_sources: null,
    agent_steps: steps.length > 0 ? steps : null,
    stats: message.usage && describeUsage(message.usage),
  }
}

/** Usage in GAIA's units, where 0 means that it is not known. */
export function describeUsage(usage: TurnUsage): GaiaStats {
  return {
    tokens_per_second: usage.tokens_per_second ?? 0,
    time_to_first_token: (usage.time_to_first_token_ms ?? 0) / 1000,
    input_tokens: usage.input_tokens ?? 0,
    output_tokens: usage.output_tokens ?? 0,
  }
}

type StepContent = Omit<AgentStep, 'id' | 'active' | 'timestamp'>

function describeSteps(message: Message): AgentStep[] {
  const timestamp = Date.parse(message.created_at)
  const contents = [...message.steps.flatMap(contentsOfStep), ...contentsOfOutcome(message.outcome)]
  return contents.map((content, index) => ({ id: index + 1, ...content, active: false, timestamp }))
}

function contentsOfStep(step: Step): StepContent[] {
  const thinking: StepContent[] =
    step.reasoning === '' ? [] : [{ type: 'thinking', label: 'Thinking', detail: step.reasoning }]
  const tools = step.tool_calls.map(
    (call): StepContent => ({
      type: 'tool',
      label: call.tool,
      tool: call.tool,
      detail: summarize(call.arguments),
      result: summarize(call.result),
      success: call.status === 'ok',
      ...(call.duration_ms !== null && { latencyMs: call.duration_ms }),
    }),
  )
  return [...thinking, ...tools]
}

/** A partial answer must not pass for a whole one: without this a client could not tell them apart. */
function contentsOfOutcome(outcome: TurnOutcome | null): StepContent[] {
  switch (outcome?.status) {
    case 'failed':
    case 'interrupted':
      return [{ type: 'error', label: 'Error', detail: outcome.message, success: false }]
    case 'cancelled':
      return [{ type: 'status', label: 'Cancelled', success: false }]
    case 'completed':
    case undefined:
      return []
  }
}
