import { expect, test } from 'vitest'
import { messageIdSchema, START_OF_LOG } from '../../protocol/ids.ts'
import type { MessageView, SessionView } from './session-view.ts'
import { findMessages } from './thread-find.ts'

function message(id: number, content: string): MessageView {
  const nothing = { images: [], steps: [], outcome: null, usage: null, alternatives: [], turnId: null, createdAt: 0 }
  return { ...nothing, messageId: messageIdSchema.parse(id), role: id % 2 === 0 ? 'assistant' : 'user', content }
}

const VIEW: SessionView = {
  settled: [message(1, 'Where do SHELLS come from?'), message(2, 'From snails.\nA shell grows.'), message(3, 'Écume')],
  live: null,
  cursor: START_OF_LOG,
  hasEarlier: false,
}

test('finds words whatever their case, oldest first', () => {
  expect(findMessages(VIEW, 'shell')).toEqual([1, 2])
  expect(findMessages(VIEW, 'Shell GROWS')).toEqual([2])
  expect(findMessages(VIEW, 'écume')).toEqual([3])
  expect(findMessages(VIEW, 'tide')).toEqual([])
})

test('nothing is no query, and no pattern either', () => {
  expect([findMessages(VIEW, ''), findMessages(VIEW, '  '), findMessages(VIEW, '.*')]).toEqual([[], [], []])
})

test('the answer that is being written is looked through as it grows', () => {
  const writing = (text: string): SessionView => ({
    ...VIEW,
    live: {
      turnId: 't' as never,
      holder: { kind: 'browser', label: '' },
      phase: 'running',
      startedAt: 0,
      user: message(5, 'and?'),
      assistant: {
        ...message(6, ''),
        steps: [{ step: 1, text, reasoning: '', reasoningMs: null, isWriting: true, toolCalls: [] }],
      },
    },
  })
  expect(findMessages(writing('the ti'), 'tide')).toEqual([])
  expect(findMessages(writing('the tide'), 'tide')).toEqual([6])
})
