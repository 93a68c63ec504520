import { expect, test } from 'vitest'
import type { MessageId } from '../../../protocol/ids.ts'
import { newSessionId, SESSION_FIELDS, SqliteScenario } from '../store-scenario.ts'

test('R15: a page ends where its bytes are full, never without a message, and says that there is more', async () => {
  await using stores = await SqliteScenario.open()
  const letters = ['a', 'b', 'c', 'd']
  const messages = letters.map((letter) => ({ role: 'user' as const, content: letter.repeat(10_000), createdAt: 1 }))
  const { id: sessionId } = await stores.sessions.createSession(newSessionId(), SESSION_FIELDS, messages)
  const seen: (string | undefined)[] = []
  let before: MessageId | undefined
  for (let hasMore = true; hasMore; ) {
    const page = await stores.sessions.readTranscript({ sessionId, limit: 100, before, maxBytes: 12_000 })
    expect(page?.messages).toHaveLength(1)
    seen.unshift(page?.messages[0]?.content[0])
    before = page?.messages[0]?.message_id
    hasMore = page?.hasMore ?? false
  }
  expect(seen).toEqual(letters)
  const whole = await stores.sessions.readTranscript({ sessionId, limit: 4, before: undefined, maxBytes: 1_000_000 })
  expect([whole?.messages.length, whole?.hasMore]).toEqual([4, false])
})
