import { expect, test } from 'vitest'
import { startTurnBodySchema } from '../../protocol/requests.ts'
import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { writeMessage } from './messages.ts'

const MORE_THAN_A_SOCKET_TAKES = 65_536

test('M11: no message is too long to be sent, and some bring more than a socket takes at once', () => {
  const random = new SeededRandom(1)
  const messages = Array.from({ length: 100 }, (_, n) => writeMessage(random, { mark: `m${n}`, sessionId: 's' }))
  for (const message of messages) expect(startTurnBodySchema.safeParse({ message }).success).toBe(true)
  expect(messages.some(({ length }) => length > MORE_THAN_A_SOCKET_TAKES)).toBe(true)
})
