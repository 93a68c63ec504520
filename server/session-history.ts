import type { SessionId } from '../protocol/ids.ts'
import { buildHistory } from './agent/history.ts'
import type { ModelMessage } from './agent/model.ts'
import type { SessionStore } from './sessions/session-store.ts'

const HISTORY_MESSAGES = 400
/** Far more than any model takes in, so that what is left out is not missed, and 400 messages of many megabytes fill no memory (R15). */
export const HISTORY_BYTES = 16 * 1024 * 1024

/** What the model is told of a session, up to and with a new message. Where it is too much, the oldest turns are left out whole. */
export async function readHistory(
  store: Pick<SessionStore, 'readTranscript'>,
  turn: { readonly sessionId: SessionId; readonly systemPrompt: string | null; readonly userMessage: string },
): Promise<ModelMessage[]> {
  const { sessionId, systemPrompt, userMessage } = turn
  const bounds = { limit: HISTORY_MESSAGES, before: undefined, maxBytes: HISTORY_BYTES }
  const page = await store.readTranscript({ sessionId, ...bounds })
  const { messages = [], hasMore: hasOlder = false } = page ?? {}
  return buildHistory({ messages, hasOlder, systemPrompt, userMessage })
}
