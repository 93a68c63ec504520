import { expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { runAgent } from './loop.ts'
import type { ModelEventSink, ModelReply, ModelRequest } from './model.ts'

const FINISHED: ModelReply = {
  status: 'finished',
  finishReason: 'stop',
  toolCalls: [],
  usage: { inputTokens: 10, outputTokens: 21 },
}

type Act = (say: ModelEventSink, signal: AbortSignal) => Promise<ModelReply> | ModelReply

/** A run of one step, and what was noted of how much its model has read. */
function start(act: Act, clock = new ManualClock()) {
  const stop = new AbortController()
  const events: SessionEvent[] = []
  const requests: ModelRequest[] = []
  const noted: (number | null)[] = []
  const result = runAgent({
    history: [{ role: 'user', content: 'Hello' }],
    progress: null,
    tools: [],
    model: {
      name: 'fake',
      reply: async (request, say, signal) => {
        requests.push(request)
        return act(say, signal)
      },
    },
    limits: { firstByteTimeoutMs: 600_000, idleTimeoutMs: 90_000, maxSteps: 50 },
    clock,
    signal: stop.signal,
    emit: (event) => void events.push(event),
    committed: async () => undefined,
    wantsProgress: true,
    notePromptProgress: (progress) => noted.push(progress?.processed ?? null),
  })
  return { result, stop, events, requests, noted }
}

test('D7: what the model reads of its prompt is noted, not logged, and no part of the times of its answer', async () => {
  const clock = new ManualClock()
  const run = start((say) => {
    for (const processed of [0, 1, 2]) {
      clock.advance(1_000)
      void say({ type: 'prompt_progress', progress: { processed, total: 2 } })
    }
    clock.advance(300)
    void say({ type: 'text', text: 'a' })
    expect(run.noted.at(-1)).toBeNull()
    clock.advance(2_000)
    void say({ type: 'text', text: 'b' })
    return FINISHED
  }, clock)
  expect(await run.result).toEqual({ status: 'completed' })
  expect(run.noted.slice(0, 4)).toEqual([0, 1, 2, null])
  expect(run.events.map(({ type }) => type)).toEqual(['step.started', 'text.delta', 'text.delta', 'step.finished'])
  expect(run.events.at(-1)?.data).toMatchObject({
    usage: { time_to_first_token_ms: 3_300, tokens_per_second: 10 },
  })
  expect(run.requests[0]?.wantsProgress).toBe(true)
})

test.each<[string, Act]>([
  ['has nothing to say', () => FINISHED],
  ['fails', () => ({ status: 'failed', reason: 'backend_error', message: 'out of memory' })],
  [
    'is stopped',
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ],
])('a model that reads, and then %s, reads no more', async (what, act) => {
  const begun = Promise.withResolvers<void>()
  const run = start((say, signal) => {
    void say({ type: 'prompt_progress', progress: { processed: 1, total: 2 } })
    begun.resolve()
    return act(say, signal)
  })
  await begun.promise
  if (what === 'is stopped') run.stop.abort(new Error('the person pressed Stop'))
  await Promise.allSettled([run.result])
  expect(run.noted).toEqual([1, null])
})
