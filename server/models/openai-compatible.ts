import type { ChatModel } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import { toChatRequest } from './chat-request.ts'
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './chat-stream.ts'
import { continueText } from './continued-text.ts'
import { parseModelEndpoint } from './model-endpoint.ts'
import { attemptReply } from './reply-attempt.ts'
import { waitMs } from './wait.ts'

export interface OpenAiCompatibleOptions {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly model: string
  readonly apiKey?: string | undefined
  readonly clock: Clock
  readonly limits?: Partial<StreamLimits>
}

/** How often a request is sent again that was not answered, or answered with "later" (F47, F50). */
const MAX_RETRIES = 2

/** A model behind an OpenAI-compatible server. Throws where the address or the key cannot be one. */
export function createOpenAiCompatibleModel(options: OpenAiCompatibleOptions): ChatModel {
  const { baseUrl, model, clock } = options
  const endpoint = parseModelEndpoint(baseUrl, options.apiKey || null)
  const limits = { ...DEFAULT_STREAM_LIMITS, ...options.limits }
  return {
    name: model,
    async reply(request, onEvent, signal) {
      const continued = request.begunText === undefined ? null : continueText(request.begunText, onEvent)
      const body = JSON.stringify(toChatRequest(model, request, continued?.begun))
      const attempt = { endpoint, model, body, limits, clock, onEvent: continued?.sink ?? onEvent }
      for (let retries = 0; ; retries += 1) {
        const { reply, retryAfterMs } = await attemptReply(attempt, signal)
        if (retryAfterMs === null || retries === MAX_RETRIES) return reply
        await waitMs(clock, retryAfterMs, signal)
      }
    },
  }
}
