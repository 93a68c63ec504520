import type { ChatModel, ModelReply } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import { composePracticeReply, type PracticeReply } from './practice-reply.ts'
import { waitMs } from './wait.ts'

export interface PracticeModelOptions {
  readonly clock: Clock
  /** Between two words. 0: all at once. */
  readonly wordDelayMs?: number
}

/** The built-in model: needs nothing, thinks nothing and says so. It makes the first minute, tests and demos work. */
export function createPracticeModel({ clock, wordDelayMs = 25 }: PracticeModelOptions): ChatModel {
  return {
    name: 'practice',
    async reply(request, onEvent, signal) {
      signal.throwIfAborted()
      const reply = composePracticeReply(request)
      const words = splitWords(reply.text)
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

/** Words, each with the space after it: joined again they are the text. */
export function splitWords(text: string): string[] {
  return text.match(/\s*\S+\s*/g) ?? []
}

function finish({ toolCalls }: PracticeReply, words: number): ModelReply {
  return {
    status: 'finished',
    finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
    toolCalls,
    usage: { inputTokens: null, outputTokens: words },
  }
}
