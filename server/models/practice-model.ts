import type { ChatModel, ModelReply } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import { composePracticeReply, type PracticeReply } from './practice-reply.ts'
import { waitMs } from './wait.ts'

export interface PracticeModelOptions {
  readonly clock: Clock
  /** Between two words. 0: all at once. */
  readonly wordDelayMs?: number
  /** Whether it goes on in a text that it has begun, as some endpoints do; true unless given. */
  readonly continuesMessage?: boolean
}

/** The built-in model: needs nothing, thinks nothing and says so. It makes the first minute, tests and demos work. */
export function createPracticeModel(options: PracticeModelOptions): ChatModel {
  const { clock, wordDelayMs = 25, continuesMessage = true } = options
  return {
    name: 'practice',
    continuesMessage: async () => (continuesMessage ? 'yes' : 'no'),
    async reply(request, onEvent, signal) {
      signal.throwIfAborted()
      const reply = composePracticeReply(request)
      const words = splitWords(restOf(reply.text, request.begunText ?? ''))
      for (const text of words) {
        if (wordDelayMs > 0) await waitMs(clock, wordDelayMs, signal)
        const behind = onEvent({ type: 'text', text })
        if (behind) await behind
        signal.throwIfAborted()
      }
      return finish(reply, words.length)
    },
  }
}

/** What follows `begun`; all of it where it was begun with another text. */
function restOf(text: string, begun: string): string {
  return text.startsWith(begun) ? text.slice(begun.length) : `\n\n${text}`
}

/** Words, each with the space after it: joined again they are the text. */
export function splitWords(text: string): string[] {
  return text.match(/(?:^\s+)?\S+\s*/g) ?? []
}

function finish({ toolCalls }: PracticeReply, words: number): ModelReply {
  return {
    status: 'finished',
    finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
    toolCalls,
    usage: { inputTokens: null, outputTokens: words },
  }
}
