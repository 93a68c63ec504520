import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FramedAction, finished, readPrompt, text, toBody } from '../../tests/model-script.ts'
import type { ModelEvent } from '../agent/model.ts'
import { toChatRequest } from './chat-request.ts'
import { ChatStream, DEFAULT_STREAM_LIMITS } from './chat-stream.ts'
import { parseModelEndpoint } from './model-endpoint.ts'

const endpoint = parseModelEndpoint('http://127.0.0.1:1/v1', null)
const ANSWER = [text('Hello'), ...finished()]

/** What one streamed reply says, in the order in which it says it. */
function hear(script: readonly FramedAction[]) {
  const events: ModelEvent[] = []
  const stream = new ChatStream({ limits: DEFAULT_STREAM_LIMITS, endpoint, deliver: (event) => events.push(event) })
  stream.feed(toBody(script))
  return { events, reply: stream.end() }
}

/** How much of the prompt was read, each time that it was told. */
function readOf(script: readonly FramedAction[]) {
  const { events, reply } = hear([...script, ...ANSWER])
  expect(reply).toMatchObject({ status: 'finished', finishReason: 'stop' })
  expect(events.at(-1)).toEqual({ type: 'text', text: 'Hello' })
  return events.flatMap((event) => (event.type === 'prompt_progress' ? [event.progress] : []))
}

/** A chunk with anything for its progress. */
function chunk(progress: unknown): FramedAction {
  const choices = [{ index: 0, delta: { role: 'assistant', content: null }, finish_reason: null }]
  return { do: 'raw', data: `data: ${JSON.stringify({ choices, prompt_progress: progress })}\n\n` }
}

describe('how much of the prompt a server says it has read', () => {
  test('is an event of its own before the first token', () => {
    expect(hear([readPrompt(0, 237), readPrompt(128, 237), readPrompt(237, 237), ...ANSWER]).events).toEqual([
      { type: 'prompt_progress', progress: { processed: 0, total: 237 } },
      { type: 'prompt_progress', progress: { processed: 128, total: 237 } },
      { type: 'prompt_progress', progress: { processed: 237, total: 237 } },
      { type: 'text', text: 'Hello' },
    ])
  })

  test('is counted without what the server still had in memory, which took no time', () => {
    expect(readOf([readPrompt(900, 1_000, 900), readPrompt(940, 1_000, 900), readPrompt(1_000, 1_000, 900)])).toEqual([
      { processed: 0, total: 100 },
      { processed: 40, total: 100 },
      { processed: 100, total: 100 },
    ])
    expect(readOf([readPrompt(237, 237, 237)])).toEqual([]) // nothing is left to read
    expect(readOf([chunk({ total: 10, processed: 4 })])).toEqual([{ processed: 4, total: 10 }])
  })

  test('only grows: a place that is told again, or an earlier one, is not heard', () => {
    const told = [100, 100, 400, 300, 0, 400, 410].map((processed) => readPrompt(processed, 1_000))
    expect(readOf(told).map(({ processed }) => processed)).toEqual([100, 400, 410])
  })

  test('says nothing once the answer has begun', () => {
    const { events } = hear([readPrompt(1, 9), text('Hello'), readPrompt(5, 9), ...finished()])
    expect(events).toEqual([
      { type: 'prompt_progress', progress: { processed: 1, total: 9 } },
      { type: 'text', text: 'Hello' },
    ])
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 40],
    ['a text', '40 %'],
    ['a list', [1, 2]],
    ['nothing', {}],
    ['no total', { processed: 1 }],
    ['no place', { total: 9 }],
    ['a total of none', { total: 0, cache: 0, processed: 0 }],
    ['more than all', { total: 9, cache: 0, processed: 10 }],
    ['less than nothing', { total: 9, cache: 0, processed: -1 }],
    ['a total below nothing', { total: -9, cache: 0, processed: -9 }],
    ['half a token', { total: 9, cache: 0, processed: 0.5 }],
    ['texts for numbers', { total: '9', cache: '0', processed: '1' }],
    ['more than a number holds', { total: 1e300, cache: 0, processed: 1e299 }],
    ['a memory larger than the prompt', { total: 9, cache: 10, processed: 9 }],
    ['a memory that is none', { total: 9, cache: 'x', processed: 3 }],
  ])('F51: %s is no error, and is not heard', (_, progress) => {
    expect(readOf([chunk(progress), readPrompt(2, 4)])).toEqual([{ processed: 2, total: 4 }])
  })

  test('F51: whatever stands there, what is heard is a growing part of a whole, and the answer is as it was', () => {
    const number = fc.oneof(fc.integer({ min: -2, max: 50 }), fc.double(), fc.constant(null), fc.string())
    const progress = fc.oneof(fc.record({ total: number, cache: number, processed: number }), fc.jsonValue())
    fc.assert(
      fc.property(fc.array(progress), (told) => {
        const parts = readOf(told.map(chunk)).map(({ processed, total }) => processed / total)
        for (const [index, part] of parts.entries()) expect(part).toBeGreaterThan(parts[index - 1] ?? -1)
        expect(parts.every((part) => part >= 0 && part <= 1)).toBe(true)
      }),
    )
  })
})

test('it is asked for only where that is said', () => {
  const request = { messages: [], tools: [] }
  expect(toChatRequest('m', request)).not.toHaveProperty('return_progress')
  expect(toChatRequest('m', { ...request, wantsProgress: false })).not.toHaveProperty('return_progress')
  expect(toChatRequest('m', { ...request, wantsProgress: true })).toHaveProperty('return_progress', true)
})
