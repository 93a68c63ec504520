import type { ModelMessage } from './model.ts'
import type { AgentResult } from './run-agent.ts'

/** Far more than any model takes in. A step may bring 64 results of a megabyte, and a turn has many steps (R15). */
const MAX_PROMPT_BYTES = 16 * 1024 * 1024

export const PROMPT_TOO_LARGE: AgentResult = {
  status: 'failed',
  reason: 'limit',
  message: `The tools of this turn brought more than one request to the model may hold, ${MAX_PROMPT_BYTES / 1024 / 1024} MB. What was done is kept. Ask for less at once.`,
}

/** Whether the model may be told all of it. The history is far smaller by its own budget: what grows here is the turn's own. */
export function fitsPrompt(messages: readonly ModelMessage[]): boolean {
  let bytes = 0
  for (const message of messages) {
    bytes += Buffer.byteLength(message.content)
    if (message.role !== 'assistant') continue
    for (const call of message.toolCalls) bytes += Buffer.byteLength(call.arguments)
  }
  return bytes <= MAX_PROMPT_BYTES
}
