import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { callTool, finished, type ModelScript, text, toBody, words } from '../../tests/model-script.ts'
import { type ScriptedModel, startScriptedModel } from '../../tests/scripted-model.ts'
import type { ModelEvent, ModelEventSink, ModelReply, ModelRequest } from '../agent/model.ts'
import { systemClock } from '../lib/clock.ts'
import { createOpenAiCompatibleModel, type OpenAiCompatibleOptions } from './openai-compatible.ts'

const HELLO: ModelRequest = { messages: [{ role: 'user', content: 'Hello' }], tools: [] }
const neverAborted = new AbortController().signal

/** Asks a model at `server` and gathers what it says. */
function ask(server: ScriptedModel, how: Partial<Ask> = {}) {
  const model = createOpenAiCompatibleModel({
    baseUrl: server.baseUrl,
    model: 'm',
    clock: systemClock,
    ...how.options,
  })
  const events: ModelEvent[] = []
  const keep: ModelEventSink = (event) => {
    events.push(event)
    return how.sink?.(event)
  }
  const reply = model.reply(how.request ?? HELLO, keep, how.signal ?? neverAborted)
  return { reply, events, said: () => textOf(events) }
}

interface Ask {
  readonly options: Partial<OpenAiCompatibleOptions>
  readonly request: ModelRequest
  readonly sink: ModelEventSink
  readonly signal: AbortSignal
}

function serve(script: ModelScript): Promise<ScriptedModel> {
  return startScriptedModel({ script: () => script })
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}

describe('a reply', () => {
  test('is asked for and read as a streamed chat completion', async () => {
    await using server = await serve([{ do: 'reasoning', text: 'hm' }, text('Hello '), text('you'), ...finished()])
    const asked = ask(server, { options: { apiKey: 'sk-1' } })
    expect(await asked.reply).toEqual<ModelReply>({
      status: 'finished',
      finishReason: 'stop',
      toolCalls: [],
      usage: { inputTokens: 11, outputTokens: 7 },
    })
    expect(asked.events).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Hello ' },
      { type: 'text', text: 'you' },
    ])
    const { body, headers } = await server.request(1)
    expect(headers.authorization).toBe('Bearer sk-1')
    expect(body).toEqual({
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  test('carries tools and past tool calls in the shape of the API', async () => {
    await using server = await serve(callTool('time', '{"timezone":"UTC"}', 'call_z'))
    const asked = ask(server, {
      request: {
        tools: [{ name: 'time', description: 'Tells the time.', parameters: { type: 'object' } }],
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'When?' },
          { role: 'assistant', content: '', toolCalls: [{ callId: 'a', tool: 'ti me', arguments: '{"half' }] },
          { role: 'tool', callId: 'a', content: 'not understood' },
        ],
      },
    })
    expect(await asked.reply).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ callId: 'call_z', tool: 'time', arguments: '{"timezone":"UTC"}' }],
    })
    expect(asked.events).toEqual([{ type: 'progress' }])
    expect((await server.request(1)).body).toMatchObject({
      tools: [
        {
          type: 'function',
          function: { name: 'time', description: 'Tells the time.', parameters: { type: 'object' } },
        },
      ],
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'When?' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'ti_me', arguments: '{"invalid_arguments":"{\\"half"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'not understood' },
      ],
    })
  })

  test('F48: ends at [DONE], although the server leaves the connection open, which is then closed', async () => {
    await using server = await serve([text('Hi'), ...finished(), { do: 'hang' }])
    const asked = ask(server)
    expect(await asked.reply).toMatchObject({ status: 'finished' })
    expect(await (await server.request(1)).closed).toBe('client')
  })

  test('F49: comments that keep the connection open are no events', async () => {
    await using server = await serve([{ do: 'comment', text: 'still here' }, text('Hi'), ...finished()])
    const asked = ask(server)
    await asked.reply
    expect(asked.events).toEqual([{ type: 'text', text: 'Hi' }])
  })

  test('F54: past a limit it fails, and the connection is closed', async () => {
    await using server = await serve([words('word '.repeat(100), 0), { do: 'hang' }])
    const asked = ask(server, { options: { limits: { maxDeltas: 10 } } })
    expect(await asked.reply).toMatchObject({ status: 'failed', reason: 'limit' })
    expect(asked.said()).toBe('word '.repeat(10))
    expect(await (await server.request(1)).closed).toBe('client')
  })
})

describe('F52: a stream that breaks off', () => {
  const script = [text('Hello '), text('you'), { do: 'finish', reason: 'stop' }] satisfies ModelScript

  test.each([1, 40, 130, 145, 200, 290, 330, 420])('after byte %i is truncated, and asked for once', async (bytes) => {
    await using server = await serve([{ do: 'cut_after', bytes }, ...script])
    const asked = ask(server)
    expect(await asked.reply).toMatchObject({ status: 'truncated', message: expect.stringContaining(server.baseUrl) })
    expect('Hello you'.startsWith(asked.said())).toBe(true)
    expect(server.requests).toHaveLength(1)
  })

  test('by its ordinary end, without a finish_reason, is truncated', async () => {
    await using server = await serve([text('Hello')])
    expect(await ask(server).reply).toMatchObject({ status: 'truncated' })
  })

  test('by a reset after text is truncated, and never asked for again (F47)', async () => {
    await using server = await serve([text('Hello'), { do: 'wait', ms: 20 }, { do: 'reset' }])
    const asked = ask(server)
    expect(await asked.reply).toMatchObject({ status: 'truncated' })
    expect(asked.said()).toBe('Hello')
    expect(server.requests).toHaveLength(1)
  })

  test('after the finish_reason is whole: some servers send no [DONE]', async () => {
    await using server = await serve([...script, { do: 'wait', ms: 20 }, { do: 'reset' }])
    const asked = ask(server)
    expect(await asked.reply).toMatchObject({ status: 'finished', finishReason: 'stop' })
    expect(asked.said()).toBe('Hello you')
  })
})

describe('F16: an abort closes the connection at once and rejects with its reason', () => {
  const reason = new Error('the person pressed Stop')

  test('before the request', async () => {
    await using server = await serve([])
    await expect(ask(server, { signal: AbortSignal.abort(reason) }).reply).rejects.toBe(reason)
    expect(server.requests).toHaveLength(0)
  })

  test('while it connects', async () => {
    // TLS never begins here, so that the connection is not made.
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const stop = new AbortController()
    const model = createOpenAiCompatibleModel({
      baseUrl: `https://127.0.0.1:${port}/v1`,
      model: 'm',
      clock: systemClock,
    })
    const reply = model.reply(HELLO, () => undefined, stop.signal)
    const [socket]: Socket[] = await once(silent, 'connection')
    stop.abort(reason)
    await expect(reply).rejects.toBe(reason)
    if (socket && !socket.destroyed) {
      socket.resume()
      await once(socket, 'close')
    }
    silent.close()
  })

  test.each<[string, ModelScript]>([
    ['before the first byte', [{ do: 'hang' }]],
    ['in the middle of the answer', [text('Hello'), { do: 'hang' }]],
    ['while it streams without end', [words('word '.repeat(100_000), 0)]],
  ])('%s', async (_, script) => {
    await using server = await serve(script)
    const stop = new AbortController()
    const begun = Promise.withResolvers<void>()
    const asked = ask(server, { signal: stop.signal, sink: () => void begun.resolve() })
    const request = await server.request(1)
    if (script[0]?.do !== 'hang') await begun.promise
    stop.abort(reason)
    const heard = asked.events.length
    await expect(asked.reply).rejects.toBe(reason)
    expect(await request.closed).toBe('client')
    expect(asked.events).toHaveLength(heard)
  })

  test('while the reader is behind', async () => {
    await using server = await serve([text('a'), text('b'), { do: 'hang' }])
    const stop = new AbortController()
    const begun = Promise.withResolvers<void>()
    const asked = ask(server, {
      signal: stop.signal,
      sink: () => {
        begun.resolve()
        return new Promise(() => undefined)
      },
    })
    await begun.promise
    stop.abort(reason)
    await expect(asked.reply).rejects.toBe(reason)
    expect(await (await server.request(1)).closed).toBe('client')
    expect(asked.events).toHaveLength(1)
  })
})

describe('F37: a reader that falls behind', () => {
  const WORDS = 'word '.repeat(60_000)

  test('gets nothing more meanwhile, pauses the server, and then gets everything in order', async () => {
    await using server = await serve([words(WORDS, 0), ...finished()])
    const behind = Promise.withResolvers<void>()
    const stuck = Promise.withResolvers<void>()
    let isBehind = false
    const asked = ask(server, {
      sink: () => {
        expect(isBehind).toBe(false)
        if (asked.events.length !== 100) return undefined
        isBehind = true
        stuck.resolve()
        return behind.promise
      },
    })
    await stuck.promise
    const request = await server.request(1)
    const written = await standstill(() => request.bytesWritten)
    expect(asked.events).toHaveLength(100)
    // Socket buffers on both sides fill; ten million bytes do not fit into them.
    expect(written).toBeLessThan(9_000_000)
    isBehind = false
    behind.resolve()
    expect(await asked.reply).toMatchObject({ status: 'finished' })
    expect(asked.said()).toBe(WORDS)
  })

  test('with every event gets them all, one at a time', async () => {
    await using server = await serve([words('a b c d e f g', 0), ...finished()])
    let underWay = 0
    const asked = ask(server, {
      sink: async () => {
        underWay += 1
        expect(underWay).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        underWay -= 1
      },
    })
    expect(await asked.reply).toMatchObject({ status: 'finished' })
    expect(asked.said()).toBe('a b c d e f g')
  })

  test('gets what came in one piece one after the other, and only then the reply', async () => {
    const piece = toBody([text('a'), text('b'), text('c'), ...finished()])
    await using server = await serve([{ do: 'raw', data: piece }, { do: 'hang' }])
    const behind = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    let isOver = false
    const asked = ask(server, {
      sink: () => {
        begun.resolve()
        return asked.events.length === 1 ? behind.promise : Promise.resolve()
      },
    })
    const over = asked.reply.finally(() => {
      isOver = true
    })
    await begun.promise
    // F48: [DONE] has arrived, so the connection goes, whatever our own side still has to do.
    expect(await (await server.request(1)).closed).toBe('client')
    expect(isOver).toBe(false)
    expect(asked.events).toHaveLength(1)
    behind.resolve()
    expect(await over).toMatchObject({ status: 'finished' })
    expect(asked.said()).toBe('abc')
  })

  test.each<[string, ModelScript]>([
    ['resets', [{ do: 'reset' }]],
    ['hangs up', [{ do: 'hang_up' }]],
  ])('stands a server that %s meanwhile (undici issue 5360)', async (_, end) => {
    const head = {
      do: 'head',
      status: 200,
      headers: { connection: 'close', 'content-type': 'text/event-stream' },
    } as const
    await using server = await serve([head, text('Hello'), { do: 'wait', ms: 20 }, ...end])
    const behind = Promise.withResolvers<void>()
    const asked = ask(server, { sink: () => behind.promise })
    await (await server.request(1)).closed
    await new Promise((resolve) => setTimeout(resolve, 20))
    behind.resolve()
    expect(await asked.reply).toMatchObject({ status: 'truncated' })
    expect(asked.said()).toBe('Hello')
  })

  test.each<[string, ModelEventSink]>([
    ['throws', () => thrown()],
    ['rejects', async () => thrown()],
  ])('and then %s ends the reply with its error and closes the connection', async (_, sink) => {
    await using server = await serve([text('a'), { do: 'wait', ms: 5 }, text('b'), { do: 'hang' }])
    const asked = ask(server, { sink })
    await expect(asked.reply).rejects.toThrow('the log is gone')
    expect(await (await server.request(1)).closed).toBe('client')
    expect(asked.events).toHaveLength(1)
  })
})

function thrown(): never {
  throw new Error('the log is gone')
}

/** The value once it has not changed for a while. */
async function standstill(read: () => number): Promise<number> {
  for (let last = -1; ; ) {
    const now = read()
    if (now === last) return now
    last = now
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
