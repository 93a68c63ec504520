import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import { toolCallIdSchema } from '../../protocol/ids.ts'
import type { Capability } from '../../protocol/model-server.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { runAgent } from './loop.ts'
import type { ModelEventSink, ModelReply, ModelRequest } from './model.ts'
import type { AgentProgress, PastCall } from './run-agent.ts'

const FINISHED: ModelReply = { status: 'finished', finishReason: 'stop', toolCalls: [], usage: null }
const REFUSED: ModelReply = { status: 'failed', reason: 'backend_error', message: 'no prefill here' }

interface Resumed {
  readonly progress: AgentProgress
  readonly continues?: Capability
  /** One answer for each time the model is asked. */
  readonly replies?: readonly ((say: ModelEventSink) => ModelReply)[]
}

/** Goes on with a turn; answers with what was logged, asked and run. */
async function resume({ progress, continues, replies = [] }: Resumed) {
  const events: SessionEvent[] = []
  const requests: ModelRequest[] = []
  const ran: unknown[] = []
  const result = await runAgent({
    history: [{ role: 'user', content: 'do it' }],
    progress,
    tools: [
      {
        definition: { name: 'note', description: '', parameters: {} },
        parse: (json) => ({ ok: true, value: json }),
        execute: async (value) => {
          ran.push(value)
          return { status: 'ok', result: `noted ${value}` }
        },
      },
    ],
    model: {
      name: 'fake',
      ...(continues && { continuesMessage: async () => continues }),
      reply: async (request, say) => {
        requests.push(request)
        const reply = replies[requests.length - 1]
        if (!reply) throw new Error('the model was asked once too often')
        return reply(say)
      },
    },
    limits: { firstByteTimeoutMs: 1_000, idleTimeoutMs: 1_000, maxSteps: 50 },
    clock: new ManualClock(),
    signal: new AbortController().signal,
    emit: (event) => void events.push(event),
    committed: async () => undefined,
  })
  return { result, events, requests, ran, types: events.map(({ type }) => type) }
}

function saying(text: string, reply = FINISHED) {
  return (say: ModelEventSink) => {
    void say({ type: 'text', text })
    return reply
  }
}

function call(id: string, state: Partial<PastCall> = {}): PastCall {
  const callId = toolCallIdSchema.parse(id)
  return { callId, tool: 'note', arguments: `{"of":"${id}"}`, started: false, finished: null, ...state }
}

const DONE = { started: true, finished: { status: 'ok', result: 'noted before' } } as const
const UNKNOWN = { started: true, finished: { status: 'unknown', result: 'nobody can say' } } as const

function step(number: number, text: string, ...toolCalls: PastCall[]): AgentProgress['steps'][number] {
  return { step: number, text, finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop', toolCalls }
}

const open = (text: string, reasoning = '') => ({ step: 1, text, reasoning })

describe('finished steps', () => {
  test('I7, D6: results are used again, an unknown one is told, and what never started runs now', async () => {
    const calls = [call('a', DONE), call('b', UNKNOWN), call('c')]
    const progress = { steps: [step(1, 'Well', ...calls)], openStep: null }
    const { result, requests, ran, types } = await resume({ progress, replies: [saying('done')] })
    expect(result).toEqual({ status: 'completed' })
    expect(ran).toEqual(['{"of":"c"}'])
    expect(requests[0]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Well', toolCalls: calls },
      { role: 'tool', callId: 'a', content: 'noted before' },
      { role: 'tool', callId: 'b', content: 'nobody can say' },
      { role: 'tool', callId: 'c', content: 'noted {"of":"c"}' },
    ])
    expect(types).toEqual(['tool.started', 'tool.finished', 'step.started', 'text.delta', 'step.finished'])
  })

  test('D6: a turn that had said its last is completed without asking the model again', async () => {
    const { result, requests, events } = await resume({ progress: { steps: [step(1, 'all said')], openStep: null } })
    expect([result, requests, events]).toEqual([{ status: 'completed' }, [], []])
  })

  test('a step whose calls were refused before the crash is still refused', async () => {
    const refused = { ...step(1, ''), finishReason: 'tool_calls' } as const
    const { result } = await resume({ progress: { steps: [refused], openStep: null } })
    expect(result).toMatchObject({ status: 'failed', reason: 'limit' })
  })

  test('F55: bad calls of earlier attempts count, and ids that are taken stay taken', async () => {
    const bad = (id: string) => call(id, { finished: { status: 'error', result: 'no such tool' } })
    const three = [bad('a'), bad('b'), bad('c')]
    const again: ModelReply = {
      status: 'finished',
      finishReason: 'tool_calls',
      toolCalls: [{ callId: 'a', tool: 'nothing', arguments: '{}' }],
      usage: null,
    }
    const { result, events } = await resume({
      progress: { steps: [step(1, '', ...three)], openStep: null },
      replies: [() => again],
    })
    expect(result).toMatchObject({ status: 'failed', reason: 'tool_protocol' })
    expect(events.find(({ type }) => type === 'tool.called')?.data).toMatchObject({ step: 2, call_id: 'a-2' })
  })

  test('I7: a call that had started and was not closed is never run', async () => {
    const progress = { steps: [step(1, '', call('a', { started: true }))], openStep: null }
    await expect(resume({ progress })).rejects.toThrow(/must not run again/)
  })
})

describe('the unfinished step', () => {
  test('I2, D6: a model that can goes on right behind its text, which is not begun again', async () => {
    const progress = { steps: [], openStep: open('Once upon ', 'a tale') }
    const { requests, events } = await resume({ progress, continues: 'yes', replies: [saying('a time')] })
    expect(requests[0]).toMatchObject({ begunText: 'Once upon ', messages: [{ role: 'user' }] })
    expect(events).toMatchObject([
      { type: 'text.delta', data: { step: 1, text: 'a time' } },
      { type: 'step.finished', data: { step: 1, text: 'Once upon a time', reasoning: 'a tale' } },
    ])
  })

  for (const continues of ['no', 'unknown'] as const) {
    test(`D6: where it cannot (${continues}) the step begins anew, with the first piece and not before`, async () => {
      const progress = { steps: [], openStep: open('Once upon ') }
      const { requests, events } = await resume({ progress, continues, replies: [saying('Anew')] })
      expect(requests[0]?.begunText).toBeUndefined()
      expect(events).toMatchObject([
        { type: 'step.started', data: { step: 1 } },
        { type: 'text.delta', data: { step: 1, text: 'Anew' } },
        { type: 'step.finished', data: { text: 'Anew', reasoning: '' } },
      ])
    })
  }

  test('D6: a server that refuses to go on after all is asked for a new answer', async () => {
    const progress = { steps: [], openStep: open('Once upon ') }
    const { requests, types } = await resume({ progress, continues: 'yes', replies: [() => REFUSED, saying('Anew')] })
    expect(requests.map(({ begunText }) => begunText)).toEqual(['Once upon ', undefined])
    expect(types).toEqual(['step.started', 'text.delta', 'step.finished'])
  })

  test('I6: where the model fails at once, nothing takes the text back', async () => {
    const unreachable: ModelReply = { status: 'failed', reason: 'backend_unreachable', message: 'not there' }
    const progress = { steps: [], openStep: open('Once upon ') }
    const { result, events } = await resume({ progress, continues: 'no', replies: [() => unreachable] })
    expect(result).toMatchObject({ status: 'failed', reason: 'backend_unreachable' })
    expect(events).toEqual([])
  })
})

test('D6: the text of a step and what it asks for are emitted together', async () => {
  const asking: ModelReply = {
    status: 'finished',
    finishReason: 'tool_calls',
    toolCalls: [{ callId: 'a', tool: 'note', arguments: '{}' }],
    usage: null,
  }
  const { types } = await resume({ progress: { steps: [], openStep: null }, replies: [() => asking, saying('done')] })
  expect(types.slice(0, 4)).toEqual(['step.started', 'step.finished', 'tool.called', 'tool.started'])
})
