import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { runAgent } from './loop.ts'
import type { ChatModel, ModelEvent, ModelReply, ModelRequest, ModelToolCall } from './model.ts'
import type { AgentRun } from './run-agent.ts'
import type { Tool, ToolResult } from './tool.ts'
import { MAX_RESULT_BYTES } from './tool-calls.ts'

const LIMITS = { firstByteTimeoutMs: 600_000, idleTimeoutMs: 120_000, maxSteps: 50 }

/** What a fake model does for one step. */
type Act = (
  say: (event: ModelEvent) => Promise<void> | undefined,
  signal: AbortSignal,
) => Promise<ModelReply> | ModelReply

/** A run with a fake model, in which everything that happens goes into one list. */
class Bench {
  readonly clock = new ManualClock()
  readonly stop = new AbortController()
  readonly requests: ModelRequest[] = []
  readonly happened: (SessionEvent | 'committed' | `ran ${string}`)[] = []
  emit: AgentRun['emit'] = () => undefined
  committed: AgentRun['committed'] = async () => undefined
  maxSteps = LIMITS.maxSteps
  progress: AgentRun['progress'] = null
  readonly #acts: readonly Act[]

  constructor(...acts: readonly Act[]) {
    this.#acts = acts
  }

  run(tools: readonly Tool[] = []) {
    return runAgent({
      history: [{ role: 'user', content: 'Hello' }],
      progress: this.progress,
      tools,
      model: this.#model(),
      limits: { ...LIMITS, maxSteps: this.maxSteps },
      clock: this.clock,
      signal: this.stop.signal,
      emit: (event) => {
        this.happened.push(event)
        return this.emit(event)
      },
      committed: async () => {
        this.happened.push('committed')
        await this.committed()
      },
    })
  }

  /** A tool that says what it was given, or does what `execute` does. */
  tool(name: string, execute?: (signal: AbortSignal) => Promise<ToolResult>): Tool {
    return {
      definition: { name, description: '', parameters: {} },
      parse: (json) => (json.startsWith('{') ? { ok: true, value: json } : { ok: false, problem: 'no object' }),
      execute: async (value, signal) => {
        this.happened.push(`ran ${name} ${value}`)
        return execute ? execute(signal) : { status: 'ok', result: `${name} got ${value}` }
      },
    }
  }

  /** The events, each as its type. */
  get outline(): string[] {
    return this.happened.map((item) => (typeof item === 'string' ? item : item.type))
  }

  of<Type extends SessionEvent['type']>(type: Type): Extract<SessionEvent, { type: Type }>['data'][] {
    return this.happened.flatMap((item) => (typeof item !== 'string' && item.type === type ? [item.data] : [])) as never
  }

  #model(): ChatModel {
    return {
      name: 'fake',
      reply: async (request, onEvent, signal) => {
        this.requests.push(request)
        const act = this.#acts[this.requests.length - 1]
        if (!act) throw new Error('the model was asked once too often')
        return act(onEvent, signal)
      },
    }
  }
}

function finish(...toolCalls: ModelToolCall[]): ModelReply {
  return { status: 'finished', finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop', toolCalls, usage: null }
}

function call(tool: string, callId = 'c', argumentsJson = '{}'): ModelToolCall {
  return { callId, tool, arguments: argumentsJson }
}

function saying(text: string, reply: ModelReply = finish()): Act {
  return (say) => {
    say({ type: 'text', text })
    return reply
  }
}

const asking = (...calls: ModelToolCall[]): Act => saying('', finish(...calls))

describe('a step', () => {
  test('logs its pieces and then its whole text', async () => {
    const bench = new Bench((say) => {
      say({ type: 'reasoning', text: 'hm' })
      say({ type: 'text', text: 'Hello ' })
      say({ type: 'text', text: 'you' })
      return finish()
    })
    expect(await bench.run()).toMatchObject({ status: 'completed' })
    expect(bench.happened).toEqual([
      { type: 'step.started', data: { step: 1, model: 'fake' } },
      { type: 'reasoning.delta', data: { step: 1, text: 'hm' } },
      { type: 'text.delta', data: { step: 1, text: 'Hello ' } },
      { type: 'text.delta', data: { step: 1, text: 'you' } },
      {
        type: 'step.finished',
        data: {
          step: 1,
          text: 'Hello you',
          reasoning: 'hm',
          reasoning_ms: 0,
          finish_reason: 'stop',
          usage: { input_tokens: null, output_tokens: null, time_to_first_token_ms: 0, tokens_per_second: null },
        },
      },
    ])
  })

  test('says how long the model thought: until it said something else', async () => {
    const bench = new Bench((say) => {
      bench.clock.advance(300)
      for (const text of ['hm', ' so', ' what']) {
        say({ type: 'reasoning', text })
        bench.clock.advance(1_000)
      }
      say({ type: 'progress' })
      bench.clock.advance(5_000)
      say({ type: 'text', text: 'Hello' })
      say({ type: 'reasoning', text: 'or not' })
      return finish()
    })
    await bench.run()
    expect(bench.happened.at(-1)).toMatchObject({ type: 'step.finished', data: { reasoning_ms: 3_000 } })
  })

  test('says nothing of a time where nothing was thought', async () => {
    const bench = new Bench(saying('Hello'))
    await bench.run()
    expect(bench.happened.at(-1)).toMatchObject({ type: 'step.finished' })
    expect(bench.happened.at(-1)).not.toHaveProperty('data.reasoning_ms')
  })

  test('is measured by the clock', async () => {
    const bench = new Bench(
      (say) => {
        bench.clock.advance(300)
        say({ type: 'text', text: 'a' })
        bench.clock.advance(2000)
        return { ...finish(call('t')), usage: { inputTokens: 10, outputTokens: 21 } } as ModelReply
      },
      (say) => {
        bench.clock.advance(100)
        say({ type: 'text', text: 'b' })
        bench.clock.advance(1000)
        return { ...finish(), usage: { inputTokens: 20, outputTokens: 41 } } as ModelReply
      },
    )
    await bench.run([bench.tool('t')])
    expect(bench.of('step.finished').map(({ usage }) => usage)).toEqual([
      { input_tokens: 10, output_tokens: 21, time_to_first_token_ms: 300, tokens_per_second: 10 },
      { input_tokens: 20, output_tokens: 41, time_to_first_token_ms: 100, tokens_per_second: 40 },
    ])
  })

  test('waits for a log that is behind (F37)', async () => {
    const order: string[] = []
    const bench = new Bench(async (say) => {
      await say({ type: 'text', text: 'a' })
      order.push('the model goes on')
      return finish()
    })
    bench.emit = async (event) => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${event.type} is taken`)
    }
    await bench.run()
    expect(order).toEqual([
      'step.started is taken',
      'text.delta is taken',
      'the model goes on',
      'step.finished is taken',
    ])
  })

  test('R18: what a model says is made storable', async () => {
    const bench = new Bench(saying('a\0b\ud800', finish()))
    await bench.run()
    expect(bench.of('text.delta')).toEqual([{ step: 1, text: 'a\uFFFDb\uFFFD' }])
  })

  test.each<[string, ModelReply, object]>([
    [
      'fails',
      { status: 'failed', reason: 'backend_error', message: 'no' },
      { status: 'failed', reason: 'backend_error' },
    ],
    ['F52: is truncated', { status: 'truncated', message: 'no' }, { status: 'interrupted', reason: 'truncated' }],
  ])('that %s is left open for the engine to close', async (_, reply, expected) => {
    const bench = new Bench(saying('I begin', reply))
    expect(await bench.run()).toEqual({ ...expected, message: 'no' })
    expect(bench.outline).toEqual(['step.started', 'text.delta'])
  })
})

describe('a tool call', () => {
  test('R3: runs after its start is committed, and its answer goes to the model', async () => {
    const bench = new Bench(saying('Let me see.', finish(call('look', 'c1', '{"x":1}'))), saying('Done.'))
    expect(await bench.run([bench.tool('look')])).toMatchObject({ status: 'completed' })
    expect(bench.outline).toEqual([
      ...['step.started', 'text.delta', 'step.finished', 'tool.called'],
      ...['committed', 'tool.started', 'committed', 'ran look {"x":1}', 'tool.finished'],
      ...['step.started', 'text.delta', 'step.finished'],
    ])
    expect(bench.of('step.finished').map((step) => step.finish_reason)).toEqual(['tool_calls', 'stop'])
    expect(bench.of('tool.called')).toEqual([{ step: 1, call_id: 'c1', tool: 'look', arguments: '{"x":1}' }])
    expect(bench.of('tool.finished')).toEqual([
      { call_id: 'c1', status: 'ok', result: 'look got {"x":1}', duration_ms: 0 },
    ])
    expect(bench.requests[1]?.messages).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Let me see.', toolCalls: [{ callId: 'c1', tool: 'look', arguments: '{"x":1}' }] },
      { role: 'tool', callId: 'c1', content: 'look got {"x":1}' },
    ])
  })

  test('R3: does not run where the commit fails', async () => {
    const bench = new Bench(asking(call('look')))
    bench.committed = async () => {
      throw new Error('the turn is not ours')
    }
    await expect(bench.run([bench.tool('look')])).rejects.toThrow('the turn is not ours')
    expect(bench.outline).not.toContain('tool.started')
  })

  test('D6: all calls of a step are logged with it, before the first of them runs', async () => {
    const bench = new Bench(asking(call('look', 'a'), call('look', 'b')), saying('Done.'))
    await bench.run([bench.tool('look')])
    expect(bench.outline.slice(1, 5)).toEqual(['step.finished', 'tool.called', 'tool.called', 'committed'])
  })

  test('F55: ids that a turn has used are made unique', async () => {
    const bench = new Bench(
      asking(call('t', 'a'), call('t', 'a')),
      asking(call('t', 'a'), call('t', '')),
      saying('Done.'),
    )
    await bench.run([bench.tool('t')])
    expect(bench.of('tool.called').map((data) => data.call_id)).toEqual(['a', 'a-2', 'a-3', 'call'])
    expect(bench.requests[2]?.messages.slice(-3)).toMatchObject([
      { toolCalls: [{ callId: 'a-3' }, { callId: 'call' }] },
      { callId: 'a-3' },
      { callId: 'call' },
    ])
  })

  test('F55: an id or a name without end is shortened', async () => {
    const bench = new Bench(asking(call('n'.repeat(10_000), 'i'.repeat(10_000))), saying('Done.'))
    await bench.run()
    const [called] = bench.of('tool.called')
    expect(called?.call_id).toHaveLength(100)
    expect(called?.tool).toHaveLength(128)
  })

  test('an error of the tool is an answer like any other', async () => {
    const bench = new Bench(asking(call('t')), saying('Sorry.'))
    const tool = bench.tool('t', async () => ({ status: 'error', result: 'no such zone' }))
    expect(await bench.run([tool])).toMatchObject({ status: 'completed' })
    expect(bench.of('tool.finished')).toMatchObject([{ status: 'error', result: 'no such zone' }])
  })

  test('F25: a tool that breaks down leaves its effect unknown, and the turn fails by the error', async () => {
    const bench = new Bench(asking(call('t')))
    const tool = bench.tool('t', async () => {
      throw new Error('a bug')
    })
    await expect(bench.run([tool])).rejects.toThrow('a bug')
    expect(bench.of('tool.finished')).toMatchObject([{ status: 'unknown' }])
  })

  test('its result is kept up to 1 MB of whole, storable characters (F58, R15, R18)', async () => {
    const bench = new Bench(asking(call('t')), saying('Done.'))
    await bench.run([bench.tool('t', async () => ({ status: 'ok', result: `a\0${'世'.repeat(500_000)}` }))])
    const result = bench.of('tool.finished')[0]?.result ?? ''
    expect(Buffer.byteLength(result)).toBeLessThanOrEqual(MAX_RESULT_BYTES)
    expect(Buffer.byteLength(result)).toBeGreaterThan(MAX_RESULT_BYTES - 8)
    expect(result).toMatch(/^a\uFFFD世+\n\[cut here: the result had 1500004 bytes\]$/)
  })

  test.each([
    [0, 'completed'],
    [1, 'failed'],
  ])('R15: 16 MB and %i bytes of results in one request to the model: the turn is %s', async (over, status) => {
    const calls = Array.from({ length: 16 }, (_, n) => call('t', `c${n}`))
    const beside = Buffer.byteLength('Hello') + calls.length * Buffer.byteLength('{}')
    const sizes = [...Array.from({ length: 15 }, () => MAX_RESULT_BYTES), MAX_RESULT_BYTES - beside + over]
    const bench = new Bench(asking(...calls), saying('Done.'))
    const results = sizes.map((size) => 'x'.repeat(size))
    const tool = bench.tool('t', async () => ({ status: 'ok', result: results.pop() ?? '' }))
    expect(await bench.run([tool])).toMatchObject(over ? { status, reason: 'limit' } : { status })
    expect(bench.requests).toHaveLength(over ? 1 : 2)
    expect(bench.of('tool.finished')).toHaveLength(16)
  })
})

describe('F55: a call that cannot be run', () => {
  test.each<[string, ModelToolCall, string]>([
    ['an unknown tool', call('fly'), 'There is no tool named "fly". The tools are: t.'],
    ['arguments that do not parse', call('t', 'c', '["half'), 'no object'],
    ['arguments without end', call('t', 'c', `{${' '.repeat(300_000)}`), 'The arguments are too long.'],
    ['arguments nested without end', call('t', 'c', '{"a":'.repeat(100_000)), 'The arguments are too long.'],
    // 200,000 characters in which each quotation mark could begin a string: a search that tries them all takes minutes
    ['a string without end', call('t', 'c', `["${'\\"'.repeat(100_000)}`), 'no object'],
    ['arguments nested too deep', call('t', 'c', `{"a":${'['.repeat(64)}`), 'The arguments are nested more than 64'],
  ])('%s: is answered to the model and never started', async (_, bad, problem) => {
    const bench = new Bench(asking(bad), saying('I see.'))
    expect(await bench.run([bench.tool('t')])).toMatchObject({ status: 'completed' })
    expect(bench.outline).toEqual([
      ...['step.started', 'step.finished', 'tool.called', 'tool.finished'],
      ...['step.started', 'text.delta', 'step.finished'],
    ])
    expect(bench.of('tool.finished')).toMatchObject([{ status: 'error', duration_ms: null }])
    expect(bench.requests[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringContaining(problem),
    })
  })

  test('brackets inside of strings do not count as depth', async () => {
    const bench = new Bench(asking(call('t', 'c', `{"a":"${'[{\\"'.repeat(100)}"}`)), saying('Done.'))
    await bench.run([bench.tool('t')])
    expect(bench.of('tool.finished')).toMatchObject([{ status: 'ok' }])
  })

  test('three in a turn are forgiven, the fourth ends it', async () => {
    const bad = asking(call('fly'))
    const forgiven = new Bench(bad, bad, bad, saying('At last.'))
    expect(await forgiven.run()).toMatchObject({ status: 'completed' })
    const ended = new Bench(bad, bad, bad, bad)
    expect(await ended.run()).toMatchObject({ status: 'failed', reason: 'tool_protocol' })
    expect(ended.requests).toHaveLength(4)
  })

  test('after the fourth no further call of the step runs', async () => {
    const calls = ['a', 'b', 'c', 'd'].map((id) => call('fly', id))
    const bench = new Bench(asking(...calls, call('t', 'e')))
    expect(await bench.run([bench.tool('t')])).toMatchObject({ status: 'failed', reason: 'tool_protocol' })
    expect(bench.outline).not.toContain('tool.started')
    expect(bench.of('tool.finished')).toHaveLength(5)
  })

  test('ten thousand at once end the turn, and none runs', async () => {
    const bench = new Bench(asking(...Array.from({ length: 10_000 }, () => call('t'))))
    expect(await bench.run([bench.tool('t')])).toMatchObject({ status: 'failed', reason: 'tool_protocol' })
    expect(bench.outline).toEqual(['step.started', 'step.finished'])
  })

  test('one that the limit of output cut off is not run', async () => {
    const bench = new Bench(
      saying('', { status: 'finished', finishReason: 'length', toolCalls: [call('t')], usage: null }),
    )
    expect(await bench.run([bench.tool('t')])).toMatchObject({ status: 'failed', reason: 'limit' })
    expect(bench.outline).toEqual(['step.started', 'step.finished'])
    expect(bench.of('step.finished')).toMatchObject([{ finish_reason: 'length' }])
  })
})

test('F55: a turn ends after its last step, and runs no tool whose answer nobody would read', async () => {
  const bench = new Bench(asking(call('t')), asking(call('t')))
  bench.maxSteps = 2
  expect(await bench.run([bench.tool('t')])).toMatchObject({ status: 'failed', reason: 'limit' })
  expect(bench.happened.filter((item) => item === 'ran t {}')).toHaveLength(1)
  expect(bench.outline.at(-1)).toBe('step.finished')
})
