import { expect, test } from 'vitest'
import type { MessageId, SessionId } from '../../protocol/ids.ts'
import { imageIdSchema } from '../../protocol/image.ts'
import type { Message } from '../../protocol/message.ts'
import type { Session } from '../../protocol/session.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { exportMarkdown } from './export.ts'

const SESSION: Session = {
  id: 's' as SessionId,
  title: 'Capitals',
  title_is_custom: true,
  created_at: '2026-01-01T00:00:00.000000+00:00',
  updated_at: '2026-01-02T00:00:00.000000+00:00',
  model: 'Gemma',
  system_prompt: null,
  message_count: 2,
  document_ids: [],
  private: false,
  pinned: false,
  agent_type: 'chat',
  device: 'gpu',
  mail_provider: null,
}

function message(role: Message['role'], content: string, outcome: TurnOutcome | null = null): Message {
  const rest = { turn_id: null, steps: [], usage: null, created_at: '2026-01-01T00:00:00.000Z' }
  return { message_id: 1 as MessageId, role, content, outcome, ...rest }
}

test('contract 1.2: the title, when and with what it began, then who said what', () => {
  const markdown = exportMarkdown(SESSION, [
    message('user', 'Of France?'),
    message('assistant', 'Paris.\n\n- not Lyon', { status: 'completed' }),
  ])
  expect(markdown).toBe(`# Capitals

*Created: 2026-01-01T00:00:00.000000+00:00*

*Model: Gemma*

---

**User:**

Of France?

---

**Assistant:**

Paris.

- not Lyon

---
`)
})

test('D18: the text names each image as a picture, and says that it is not in the file', () => {
  const image = { image_id: imageIdSchema.parse('a'.repeat(64)), media_type: 'image/png' } as const
  const text = exportMarkdown(SESSION, [{ ...message('user', 'What is it?'), images: [image, image] }])
  expect(text).toContain(
    `What is it?\n\n![Image 1 of 2, which is not in this file](${image.image_id})\n\n![Image 2 of 2`,
  )
})

test('a title stays one line', () => {
  expect(exportMarkdown({ ...SESSION, title: 'a\n# b' }, [])).toMatch(/^# a # b\n\n\*Created/)
})

test.each([
  [{ status: 'cancelled' } as const, 'stopped before it was finished'],
  [{ status: 'failed', reason: 'backend_error', message: 'It broke.' } as const, 'It broke.'],
  [{ status: 'interrupted', reason: 'truncated', message: 'It broke off.' } as const, 'It broke off.'],
])('an answer that was not finished says so: $status', (outcome, note) => {
  const markdown = exportMarkdown(SESSION, [message('assistant', 'Par', outcome), message('assistant', '', outcome)])
  expect(markdown.split(`*(${note})*`)).toHaveLength(3)
  expect(markdown).toContain(`**Assistant:**\n\nPar\n\n*(${note})*\n\n---\n\n**Assistant:**\n\n*(${note})*`)
})
