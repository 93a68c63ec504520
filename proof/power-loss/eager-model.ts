import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { ChatModel, ModelEventSink, ModelReply, ModelRequest } from '../../server/agent/model.ts'
import type { Tool } from '../../server/agent/tool.ts'
import type { ModelReply as ReplyEvidence } from '../evidence/history.ts'

/**
 * A model that answers by itself, at once and always the same; it notes something first where it is asked to. `onReply` hears
 * of each reply that it has spoken to the end.
 */
export class EagerModel implements ChatModel {
  readonly name = 'eager'
  readonly #onReply: (reply: ReplyEvidence) => void

  constructor(onReply: (reply: ReplyEvidence) => void) {
    this.#onReply = onReply
  }

  async reply({ messages }: ModelRequest, sink: ModelEventSink, signal: AbortSignal): Promise<ModelReply> {
    const asked = messages.findLast(({ role }) => role === 'user')?.content ?? ''
    const isFirstStep = messages.at(-1)?.role === 'user'
    for (const text of ['I ', 'have ', 'heard ', 'you.']) {
      await turnOfTheLoop()
      signal.throwIfAborted()
      await sink({ type: 'text', text })
    }
    const mark = isFirstStep ? /note:([\w-]+)/.exec(asked)?.[1] : undefined
    const toolCalls = mark ? [{ callId: mark, tool: 'note', arguments: JSON.stringify({ mark }) }] : []
    this.#onReply({ prompt: JSON.stringify(messages), message: asked, ending: 'finished' })
    return { status: 'finished', finishReason: mark ? 'tool_calls' : 'stop', toolCalls, usage: null }
  }
}

/** A tool whose runs `onRun` hears of. */
export function noteTool(onRun: (mark: string) => void): Tool {
  return {
    definition: { name: 'note', description: 'Writes a mark down.', parameters: { type: 'object' } },
    parse: (argumentsJson) => ({ ok: true, value: String(JSON.parse(argumentsJson).mark) }),
    execute: async (mark) => {
      onRun(String(mark))
      return { status: 'ok', result: 'noted' }
    },
  }
}
