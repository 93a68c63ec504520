import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FramedAction, finished, text, toBody } from '../../tests/model-script.ts'
import type { ModelEvent, ModelReply } from '../agent/model.ts'
import { ChatStream, DEFAULT_STREAM_LIMITS, type StreamLimits } from './chat-stream.ts'
import { parseModelEndpoint } from './model-endpoint.ts'

const endpoint = parseModelEndpoint('http://127.0.0.1:1/v1', null)

interface Read {
  readonly text: string
  readonly reasoning: string
  readonly progress: number
  readonly reply: ModelReply
}

/** Feeds a body cut at `cuts`, then ends it, and joins what came out. */
function read(body: Uint8Array | string, cuts: readonly number[] = [], limits: Partial<StreamLimits> = {}): Read {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const events: ModelEvent[] = []
  const stream = new ChatStream({
    limits: { ...DEFAULT_STREAM_LIMITS, ...limits },
    endpoint,
    deliver: (event) => events.push(event),
  })
  const borders = [0, ...cuts, bytes.length]
  for (const [index, start] of borders.slice(0, -1).entries()) stream.feed(bytes.subarray(start, borders[index + 1]))
  return { ...join(events), reply: stream.end() }
}

function join(events: readonly ModelEvent[]): Omit<Read, 'reply'> {
  let [textSoFar, reasoning, progress] = ['', '', 0]
  for (const event of events) {
    if (event.type === 'text') textSoFar += event.text
    else if (event.type === 'reasoning') reasoning += event.text
    else progress += 1
  }
  return { text: textSoFar, reasoning, progress }
}

function raw(data: string): FramedAction {
  return { do: 'raw', data }
}

function delta(fields: object, finishReason: string | null = null): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: fields, finish_reason: finishReason }] })}\n\n`
}

/** Everything a body may hold that does not change what it says. */
const EVERYTHING = toBody([
  raw('\uFEFF: a comment\r\n\r\n'),
  { do: 'reasoning', text: 'Ich überlege … 思考' },
  text('Grüße, 世界 '),
  raw('data: {"choices":[{"index":0,\r\ndata: "delta":{"content":"in two lines"}}]}\r\n\r\n'),
  // One character in two escaped halves, in two deltas.
  raw('data: {"choices":[{"delta":{"content":"half \\ud83d"}}]}\n\n'),
  raw('id: 7\nevent: message\nretry: 10\ndata:{"choices":[{"delta":{"content":"\\ude00 whole"}}]}\n\n'),
  { do: 'comment', text: 'x'.repeat(300) },
  { do: 'tool_call', index: 0, id: 'call_x', name: 'time', arguments: '{"time' },
  { do: 'tool_call', index: 0, arguments: 'zone":"Europe/Zürich"}' },
  ...finished('tool_calls'),
])

const EVERYTHING_READ: Read = {
  text: 'Grüße, 世界 in two lineshalf 😀 whole',
  reasoning: 'Ich überlege … 思考',
  progress: 2,
  reply: {
    status: 'finished',
    finishReason: 'tool_calls',
    toolCalls: [{ callId: 'call_x', tool: 'time', arguments: '{"timezone":"Europe/Zürich"}' }],
    usage: { inputTokens: 11, outputTokens: 7 },
  },
}

describe('F51, F53: where the chunks of the body are cut makes no difference', () => {
  test('cut once, at every byte', () => {
    for (let cut = 0; cut <= EVERYTHING.length; cut += 1) {
      expect(read(EVERYTHING, [cut]), `cut at ${cut}`).toEqual(EVERYTHING_READ)
    }
  })

  test('every byte a chunk of its own', () => {
    const everywhere = Array.from({ length: EVERYTHING.length - 1 }, (_, index) => index + 1)
    expect(read(EVERYTHING, everywhere)).toEqual(EVERYTHING_READ)
  })

  test('cut anywhere, any number of times', () => {
    const cuts = fc
      .uniqueArray(fc.integer({ min: 0, max: EVERYTHING.length }))
      .map((some) => some.sort((a, b) => a - b))
    fc.assert(
      fc.property(cuts, (some) => {
        expect(read(EVERYTHING, some)).toEqual(EVERYTHING_READ)
      }),
    )
  })

  test('line ends of every kind', () => {
    const body = Buffer.from(EVERYTHING).toString().replaceAll('\r\n', '\n')
    expect(read(body.replaceAll('\n', '\r\n'))).toEqual(EVERYTHING_READ)
    expect(read(body.replaceAll('\n', '\r'))).toEqual(EVERYTHING_READ)
  })
})

describe('F52: a reply without a finish_reason is never whole', () => {
  const body = toBody([text('I begin'), text(' and go on'), { do: 'finish', reason: 'stop' }])

  test('broken off at any byte it is truncated, with a prefix of the text', () => {
    const wholeFrom = body.length
    for (let end = 0; end < wholeFrom; end += 1) {
      const broken = read(body.subarray(0, end))
      expect(broken.reply.status, `cut at ${end}`).toBe('truncated')
      expect('I begin and go on'.startsWith(broken.text)).toBe(true)
    }
    expect(read(body)).toMatchObject({ text: 'I begin and go on', reply: { status: 'finished', finishReason: 'stop' } })
  })

  test('[DONE] alone does not make it whole', () => {
    expect(read(toBody([text('I begin'), { do: 'done' }])).reply.status).toBe('truncated')
  })

  test.each(['abort', 'error'])('nor does the finish_reason %s', (reason) => {
    expect(read(toBody([text('I begin'), { do: 'finish', reason }, { do: 'done' }])).reply.status).toBe('truncated')
  })

  test('nor does an empty finish_reason, as LocalAI has it in every chunk', () => {
    expect(read(delta({ content: 'I begin' }, '')).reply.status).toBe('truncated')
  })

  test('an empty finish_reason takes none back', () => {
    const body = delta({ content: 'I begin' }, 'length') + delta({}, '')
    expect(read(body).reply).toMatchObject({ status: 'finished', finishReason: 'length' })
  })

  test('an empty body is truncated', () => {
    expect(read('').reply.status).toBe('truncated')
  })

  test('tool calls of a truncated reply are not given out', () => {
    const cut = read(toBody([{ do: 'tool_call', index: 0, id: 'a', name: 'time', arguments: '{}' }]))
    expect(cut.reply).toEqual({ status: 'truncated', message: expect.stringContaining('http://127.0.0.1:1/v1') })
  })
})

describe('what ends a reply', () => {
  test('F48: nothing after [DONE] is looked at', () => {
    const body = toBody([text('Hi'), { do: 'finish', reason: 'stop' }, { do: 'done' }, text(' more'), raw('garbage')])
    expect(read(body)).toMatchObject({ text: 'Hi', reply: { status: 'finished' } })
  })

  test('usage comes in a chunk of its own, after the finish_reason', () => {
    const body = toBody([text('Hi'), { do: 'finish', reason: 'stop' }, { do: 'usage', input: 3, output: 5 }])
    expect(read(body).reply).toMatchObject({ usage: { inputTokens: 3, outputTokens: 5 } })
  })

  test.each([
    ['stop', 'stop'],
    ['eos_token', 'stop'],
    ['content_filter', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['function_call', 'tool_calls'],
  ])('the finish_reason %s means %s', (reason, meaning) => {
    expect(read(toBody([{ do: 'finish', reason }])).reply).toMatchObject({ status: 'finished', finishReason: meaning })
  })

  test('an error in the stream fails the reply, quotes the server and keeps the text', () => {
    const body = toBody([text('I begin'), { do: 'error', message: 'the GPU is\non fire' }, text(' again')])
    expect(read(body)).toMatchObject({
      text: 'I begin',
      reply: { status: 'failed', reason: 'backend_error', message: expect.stringContaining('“the GPU is on fire”') },
    })
  })
})

describe('F51: garbage fails the reply and keeps the text before it', () => {
  test.each([
    ['no JSON', 'data: {"choices":[{]]]\n\n'],
    ['two JSON texts in a line', `${delta({ content: 'a' }).trim()}{"choices":[]}\n\n`],
    ['a number', 'data: 5\n\n'],
    ['null', 'data: null\n\n'],
    ['a list', 'data: [1]\n\n'],
    ['choices that are no list', 'data: {"choices":{}}\n\n'],
    ['a choice that is no object', 'data: {"choices":["x"]}\n\n'],
    ['a delta that is no object', 'data: {"choices":[{"delta":"x"}]}\n\n'],
    ['content that is no text', delta({ content: [{ type: 'text', text: 'x' }] })],
    ['a finish_reason that is no text', 'data: {"choices":[{"delta":{},"finish_reason":1}]}\n\n'],
    ['tool calls that are no list', delta({ tool_calls: {} })],
    ['a tool call that is no object', delta({ tool_calls: ['x'] })],
  ])('%s', (_, garbage) => {
    const body = toBody([text('I begin'), raw(garbage), text(' again'), { do: 'finish', reason: 'stop' }])
    expect(read(body)).toMatchObject({ text: 'I begin', reply: { status: 'failed', reason: 'protocol' } })
  })

  test.each([
    ['a chunk without choices', 'data: {"object":"ping"}\n\n'],
    ['an empty event', 'data:\n\n'],
    ['a role and no content', delta({ role: 'assistant', content: null })],
    ['a choice without a delta', 'data: {"choices":[{"index":0}]}\n\n'],
    ['lines that are no fields', '<p>hello</p>\nwhat: ever\n\n'],
    ['a long comment', `:${'x'.repeat(64 * 1024)}\n\n`],
  ])('what is only unusual is passed over: %s', (_, unusual) => {
    const body = toBody([text('a'), raw(unusual), text('b'), { do: 'finish', reason: 'stop' }])
    expect(read(body)).toMatchObject({ text: 'ab', reply: { status: 'finished' } })
  })
})

describe('F53: what every store can keep', () => {
  test.each([
    ['NUL', '"a\\u0000b"', 'a\uFFFDb'],
    ['a lone second half', '"a\\ude00b"', 'a\uFFFDb'],
    ['a lone first half', '"a\\ud83db"', 'a\uFFFDb'],
    ['a first half at the end', '"a\\ud83d"', 'a\uFFFD'],
    ['bidi and ANSI controls, which the screen must stand', '"\\u202e\\u001b[31m"', '\u202e\u001b[31m'],
  ])('%s', (_, json, kept) => {
    const body = `data: {"choices":[{"delta":{"content":${json}}}]}\n\n${delta({}, 'stop')}data: [DONE]\n\n`
    expect(read(body).text).toBe(kept)
  })

  test('invalid UTF-8 becomes U+FFFD', () => {
    const bytes = Buffer.concat([
      Buffer.from('data: {"choices":[{"delta":{"content":"a'),
      Buffer.of(0xff),
      Buffer.from('b"}}]}\n\n'),
    ])
    expect(read(bytes).text).toBe('a\uFFFDb')
  })

  test('a name of a tool and its arguments are storable too', () => {
    const piece =
      'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"\\u0000","function":{"name":"\\ud800","arguments":"\\u0000"}}]}}]}\n\n'
    expect(read(piece + delta({}, 'tool_calls')).reply).toMatchObject({
      toolCalls: [{ callId: '\uFFFD', tool: '\uFFFD', arguments: '\uFFFD' }],
    })
  })
})

describe('reasoning', () => {
  test.each([
    ['reasoning_content', { reasoning_content: 'hm' }],
    ['reasoning', { reasoning: 'hm' }],
    ['both, which are the same', { reasoning_content: 'hm', reasoning: 'hm' }],
  ])('comes under the name %s', (_, fields) => {
    expect(read(delta(fields) + delta({ content: 'ok' }, 'stop'))).toMatchObject({ reasoning: 'hm', text: 'ok' })
  })
})

describe('F54: limits of size', () => {
  const LIMIT = { status: 'failed', reason: 'limit' }

  test('an event of exactly the limit passes, one byte more does not', () => {
    const body = (length: number) => delta({ content: 'x'.repeat(length) }) + delta({}, 'stop')
    const frame = delta({ content: '' }).length - 'data: \n\n'.length
    const limits = { maxEventBytes: 1000 }
    expect(read(body(1000 - frame), [], limits).reply.status).toBe('finished')
    expect(read(body(1001 - frame), [], limits).reply).toMatchObject(LIMIT)
  })

  test('the limit of an event counts bytes, not characters', () => {
    expect(read(delta({ content: '世'.repeat(400) }), [], { maxEventBytes: 1000 }).reply).toMatchObject(LIMIT)
  })

  test('an event that never ends is not gathered without end', () => {
    const stream = new ChatStream({ limits: DEFAULT_STREAM_LIMITS, endpoint, deliver: () => undefined })
    stream.feed(Buffer.from('data: {"choices":[{"delta":{"content":"'))
    const piece = Buffer.alloc(64 * 1024, 'x')
    let chunks = 0
    while (!stream.feed(piece)) chunks += 1
    expect(chunks).toBeLessThanOrEqual(4)
    expect(stream.end()).toMatchObject(LIMIT)
  })

  test('more empty deltas than the limit', () => {
    expect(read(delta({ content: '' }).repeat(11), [], { maxDeltas: 10 }).reply).toMatchObject(LIMIT)
    expect(read(delta({ content: '' }).repeat(10), [], { maxDeltas: 10 }).reply.status).toBe('truncated')
  })

  test('text, reasoning and arguments count together', () => {
    const pieces = [
      { content: 'xxxx' },
      { reasoning: 'xxxx' },
      { tool_calls: [{ index: 0, function: { arguments: 'xxx' } }] },
    ]
    const body = pieces.map((piece) => delta(piece)).join('')
    expect(read(body, [], { maxReplyCharacters: 10 })).toMatchObject({ text: 'xxxx', reasoning: 'xxxx', reply: LIMIT })
    expect(read(body, [], { maxReplyCharacters: 11 }).reply.status).toBe('truncated')
  })
})
