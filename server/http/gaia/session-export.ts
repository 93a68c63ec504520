import type { SessionId } from '../../../protocol/ids.ts'
import type { Message } from '../../../protocol/message.ts'
import type { SessionRecord, SessionStore } from '../../sessions/session-store.ts'
import { describeGaiaMessage } from './gaia-message.ts'
import { describeGaiaSession } from './gaia-session.ts'

const PAGE_SIZE = 1_000

/** A session as a file has it: what `POST /api/sessions/import` takes. */
export async function exportSession(store: SessionStore, record: SessionRecord) {
  const messages = await readMessages(store, record.id)
  return {
    format: 'json' as const,
    session: describeGaiaSession(record),
    messages: messages.map((message) => describeGaiaMessage(message, record.id)),
  }
}

/** All messages, page by page, with room for other requests between the pages. */
export async function readMessages(store: SessionStore, sessionId: SessionId): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const page = await store.listMessages(sessionId, { limit: PAGE_SIZE, offset: messages.length })
    messages.push(...page.messages)
    if (page.messages.length < PAGE_SIZE) return messages
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
