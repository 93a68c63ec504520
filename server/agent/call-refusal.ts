import type { AgentResult } from './run-agent.ts'

/** A model that asks for more tools than this at once has lost its way (F55). */
const MAX_CALLS_PER_STEP = 64

export type CallRefusal = Extract<AgentResult, { status: 'failed' }>

interface AskedCalls {
  readonly count: number
  readonly finishReason: 'stop' | 'tool_calls' | 'length'
  readonly step: number
  readonly maxSteps: number
}

/** Why the calls of a step are not run, where they are not. Nothing of them is logged or started. */
export function refuseCalls({ count, finishReason, step, maxSteps }: AskedCalls): CallRefusal | null {
  if (count === 0) return null
  if (finishReason === 'length') {
    return refusal(
      'limit',
      'The model reached its limit of output in the middle of asking for a tool. Raise that limit at the model server, or ask for less at once.',
    )
  }
  if (count > MAX_CALLS_PER_STEP) {
    return refusal(
      'tool_protocol',
      `The model asked for ${count} tools at once; ${MAX_CALLS_PER_STEP} is the most. Send the message again.`,
    )
  }
  // Tools whose answers no step will read are not run.
  if (step >= maxSteps) {
    return refusal(
      'limit',
      `The model wanted to go on after ${maxSteps} steps, which is the limit for one turn. Send a message to let it continue.`,
    )
  }
  return null
}

/** A step whose log says that tools were asked for and names none was refused them, right before its server died. */
export function refusedBefore(): CallRefusal {
  return refusal('limit', 'The model asked for more tools than one turn may use. Send a message to let it continue.')
}

function refusal(reason: 'limit' | 'tool_protocol', message: string): CallRefusal {
  return { status: 'failed', reason, message }
}
