import { expect, test } from 'vitest'
import { messageIdSchema, START_OF_LOG, type TurnId } from '../../protocol/ids.ts'
import type { LiveTurn, MessageView, SessionView } from '../client/session-view.ts'
import { createRowsOf } from './transcript-rows.ts'

function message(id: number, alternatives: readonly number[] = []): MessageView {
  return {
    messageId: messageIdSchema.parse(id),
    turnId: `turn ${Math.ceil(id / 2)}` as TurnId,
    role: id % 2 === 0 ? 'assistant' : 'user',
    content: '',
    images: [],
    steps: [],
    outcome: null,
    usage: null,
    createdAt: 0,
    alternatives: alternatives.map((one) => messageIdSchema.parse(one)),
  }
}

function view(settled: readonly MessageView[], live: LiveTurn | null = null): SessionView {
  return { settled, live, cursor: START_OF_LOG, hasEarlier: false }
}

const keys = (rows: ReturnType<ReturnType<typeof createRowsOf>>) => rows.map(({ key }) => key)

test('a turn keeps its rows’ keys when it settles', () => {
  const rowsOf = createRowsOf()
  const live: LiveTurn = {
    turnId: 'turn 2' as TurnId,
    holder: { kind: 'browser', label: '' },
    phase: 'running',
    startedAt: 0,
    user: message(3),
    assistant: message(4),
  }
  const running = keys(rowsOf(view([message(1), message(2)], live)))
  expect(keys(rowsOf(view([message(1), message(2), message(3), message(4)])))).toEqual(running)
})

test('another alternative stands in the same rows', () => {
  const rowsOf = createRowsOf()
  const first = keys(rowsOf(view([message(1, [1, 5]), message(2)])))
  expect(keys(rowsOf(view([message(5, [1, 5]), message(6)])))).toEqual(first)
})

test('settled rows are the same ones while another answer is written', () => {
  const rowsOf = createRowsOf()
  const settled = [message(1), message(2)]
  expect(rowsOf(view(settled))).toBe(rowsOf(view(settled)))
})

test('an answer whose question was deleted has none, and its key is its own', () => {
  const rowsOf = createRowsOf()
  const rows = rowsOf(view([message(1), message(4)]))
  expect(rows[1]).toMatchObject({ key: 'answer 4', question: null })
})
