import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ToolCallId, TurnId } from '../../protocol/ids.ts'
import { type Message, messageSchema, type Step, type ToolCall } from '../../protocol/message.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { buildHistory } from './history.ts'
import type { ModelMessage } from './model.ts'

let lastId = 0

function message(fields: Partial<Message> & Pick<Message, 'role'>): Message {
  lastId += 1
  return {
    ...messageSchema.parse({ ...EMPTY, message_id: lastId, role: fields.role }),
    ...fields,
  }
}

const EMPTY = {
  turn_id: 'turn-1',
  content: '',
  steps: [],
  outcome: null,
  usage: null,
  created_at: '2026-01-01T00:00:00Z',
}

interface Answer {
  readonly steps: readonly Partial<Step>[]
  readonly outcome?: TurnOutcome
}

/** A settled turn: what was asked and the steps of the answer. */
function turn(id: string, asked: string, { steps, outcome = { status: 'completed' } }: Answer): Message[] {
  const turnId = id as TurnId
  return [
    message({ role: 'user', content: asked, turn_id: turnId }),
    message({
      role: 'assistant',
      turn_id: turnId,
      content: steps.map((step) => step.text ?? '').join('\n\n'),
      steps: steps.map((step, index) => ({ step: index + 1, text: '', reasoning: '', tool_calls: [], ...step })),
      outcome,
    }),
  ]
}

function called(id: string, fields: Partial<ToolCall> = {}): ToolCall {
  return {
    call_id: id as ToolCallId,
    tool: 'time',
    arguments: '{}',
    status: 'ok',
    result: 'noon',
    duration_ms: 1,
    ...fields,
  }
}

function build(messages: readonly Message[], budgetCharacters?: number): ModelMessage[] {
  const source = { messages, systemPrompt: null, userMessage: 'And now?' }
  return buildHistory(budgetCharacters === undefined ? source : { ...source, budgetCharacters })
}

const said = (content: string): ModelMessage => ({ role: 'assistant', content, toolCalls: [] })
const asked = (content: string): ModelMessage => ({ role: 'user', content })
const NEW = asked('And now?')

describe('the history of a session', () => {
  test('begins with the system prompt, where there is one, and ends with the new message', () => {
    const source = { messages: turn('1', 'Hi', { steps: [{ text: 'Hello' }] }), userMessage: 'And now?' }
    expect(buildHistory({ ...source, systemPrompt: 'Be brief.' })).toEqual([
      { role: 'system', content: 'Be brief.' },
      ...[asked('Hi'), said('Hello'), NEW],
    ])
    expect(buildHistory({ ...source, systemPrompt: ' ' })).toHaveLength(3)
  })

  test('tells a tool call as call, answer and what was said next', () => {
    const steps = [
      { text: 'Let me see.', tool_calls: [called('a'), called('b', { result: 'one' })] },
      { text: 'Noon.' },
    ]
    expect(build(turn('1', 'When?', { steps }))).toEqual([
      asked('When?'),
      {
        role: 'assistant',
        content: 'Let me see.',
        toolCalls: [
          { callId: 'a', tool: 'time', arguments: '{}' },
          { callId: 'b', tool: 'time', arguments: '{}' },
        ],
      },
      { role: 'tool', callId: 'a', content: 'noon' },
      { role: 'tool', callId: 'b', content: 'one' },
      said('Noon.'),
      NEW,
    ])
  })

  test('D6: says of a tool that it is not known whether it took effect', () => {
    const steps = [{ tool_calls: [called('a', { status: 'unknown', result: '' })] }, { text: 'Hm.' }]
    expect(build(turn('1', 'Go', { steps }))[2]).toEqual({
      role: 'tool',
      callId: 'a',
      content: expect.stringContaining('not known whether this tool took effect'),
    })
  })

  test('joins a step that was cut and the one that came after it', () => {
    expect(build(turn('1', 'Hi', { steps: [{ text: 'I beg' }, { text: 'I begin.' }] }))[1]).toEqual(
      said('I beg\n\nI begin.'),
    )
  })

  test('takes the content of a message that has no steps', () => {
    const [question, answer] = turn('1', 'Hi', { steps: [] })
    expect(build([question, answer && { ...answer, content: 'Hello' }].filter((some) => some !== undefined))).toEqual([
      ...[asked('Hi'), said('Hello'), NEW],
    ])
  })
})

describe('what is missing is said, so that roles alternate', () => {
  test.each<[string, TurnOutcome]>([
    ['the model said nothing', { status: 'completed' }],
    ['the user stopped it', { status: 'cancelled' }],
    ['it was interrupted', { status: 'interrupted', reason: 'restart', message: '' }],
    ['it failed', { status: 'failed', reason: 'backend_error', message: 'secret details' }],
  ])('no text: (no answer: %s)', (words, outcome) => {
    const silent = turn('1', 'Hi', { steps: [{ text: ' \n' }], outcome })
    expect(build(silent)).toEqual([asked('Hi'), said(`(no answer: ${words})`), NEW])
    const afterTool = turn('1', 'Hi', { steps: [{ tool_calls: [called('a')] }], outcome })
    expect(build(afterTool).slice(-3)).toEqual([
      { role: 'tool', callId: 'a', content: 'noon' },
      said(`(no answer: ${words})`),
      NEW,
    ])
  })

  test('a message that somebody deleted', () => {
    const [question, answer] = turn('1', 'Hi', { steps: [{ text: 'Hello' }] })
    if (!question || !answer) throw new Error('a turn has two messages')
    expect(build([question])).toEqual([asked('Hi'), said('(no answer: it was deleted)'), NEW])
    expect(build([answer])).toEqual([asked('(this message is missing)'), said('Hello'), NEW])
  })

  test('whatever was deleted, roles alternate and every tool call has its answer', () => {
    const step = fc.record({
      text: fc.constantFrom('', 'text'),
      tool_calls: fc.constantFrom<ToolCall[]>([], [called('a')], [called('b'), called('c')]),
    })
    const turns = fc.array(fc.record({ steps: fc.array(step, { maxLength: 3 }), kept: fc.constantFrom(3, 2, 1, 0) }))
    fc.assert(
      fc.property(turns, (some) => {
        const messages = some.flatMap(({ steps, kept }, index) =>
          turn(`turn-${index}`, 'Hi', { steps }).filter((_, position) => (kept >> position) & 1),
        )
        const roles = build(messages)
          .map(({ role, ...rest }) =>
            'toolCalls' in rest && rest.toolCalls.length > 0 ? `calls${rest.toolCalls.length}` : role,
          )
          .join(' ')
        expect(roles).toMatch(/^(user (calls1 tool |calls2 tool tool )*assistant )*user$/)
      }),
    )
  })
})

describe('F56: the budget', () => {
  const turns = ['1', '2', '3'].flatMap((id) => turn(id, id.repeat(10), { steps: [{ text: id.repeat(90) }] }))

  test('keeps the newest turns, whole ones only', () => {
    const fits = 'And now?'.length + 200
    expect(build(turns, fits).map(({ content }) => content[0])).toEqual(['2', '2', '3', '3', 'A'])
    expect(build(turns, fits - 1).map(({ content }) => content[0])).toEqual(['3', '3', 'A'])
  })

  test('leaves no gap: what is older than a turn that does not fit is left out too', () => {
    const uneven = [
      ...turn('1', 'a', { steps: [{ text: 'b' }] }),
      ...turn('2', 'x'.repeat(500), { steps: [{ text: 'y' }] }),
    ]
    expect(build([...uneven, ...turn('3', 'c', { steps: [{ text: 'd' }] })], 100)).toEqual([asked('c'), said('d'), NEW])
  })

  test('counts calls and answers of tools', () => {
    const withTool = turn('1', 'a', {
      steps: [{ tool_calls: [called('c', { result: 'x'.repeat(200) })] }, { text: 'b' }],
    })
    expect(build(withTool, 100)).toEqual([NEW])
  })

  test('never cuts the new message, which may be longer than all of it', () => {
    const userMessage = 'x'.repeat(100_000)
    const history = buildHistory({ messages: turns, systemPrompt: 'Be brief.', userMessage })
    expect(history).toEqual([{ role: 'system', content: 'Be brief.' }, asked(userMessage)])
  })
})
