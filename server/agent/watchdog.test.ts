import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import type { CancelTimer } from '../lib/clock.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { runAgent } from './loop.ts'
import type { ModelEvent, ModelReply } from './model.ts'
import type { AgentRun } from './run-agent.ts'
import type { Tool } from './tool.ts'

const FINISHED: ModelReply = { status: 'finished', finishReason: 'stop', toolCalls: [], usage: null }

/** Counts the timers that are armed and not yet fired or cancelled. */
class CountingClock extends ManualClock {
  armed = 0
  armedInAll = 0
  override after(delayMs: number, fire: () => void): CancelTimer {
    this.armed += 1
    this.armedInAll += 1
    let isOver = false
    const over = () => {
      if (!isOver) this.armed -= 1
      isOver = true
    }
    const cancel = super.after(delayMs, () => {
      over()
      fire()
    })
    return () => {
      over()
      cancel()
    }
  }
}

/** A turn whose model does nothing by itself: the test speaks for it. */
function start(overrides: Partial<AgentRun> = {}) {
  const clock = new CountingClock()
  const stop = new AbortController()
  const events: SessionEvent[] = []
  const asked = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<ModelReply>()
  let say: (event: ModelEvent) => Promise<void> | undefined = () => undefined
  let modelSignal = stop.signal
  const result = runAgent({
    history: [{ role: 'user', content: 'Hello' }],
    progress: null,
    tools: [],
    limits: { firstByteTimeoutMs: 600_000, idleTimeoutMs: 90_000, maxSteps: 50 },
    clock,
    signal: stop.signal,
    emit: (event) => {
      events.push(event)
      return undefined
    },
    committed: async () => undefined,
    model: {
      name: 'fake',
      // It ignores its signal: the limits must hold all the same.
      reply: (_, onEvent, signal) => {
        say = onEvent
        modelSignal = signal
        asked.resolve()
        return answered.promise
      },
    },
    ...overrides,
  })
  return {
    result,
    clock,
    stop,
    events,
    asked: asked.promise,
    answer: answered.resolve,
    say: (text: string) => say({ type: 'text', text }),
    read: (processed: number) => say({ type: 'prompt_progress', progress: { processed, total: 1_000_000 } }),
    isModelStopped: () => modelSignal.aborted,
  }
}

describe('F48: a model that is silent', () => {
  test('before its first piece is stopped at the one limit', async () => {
    const turn = start()
    await turn.asked
    turn.clock.advance(599_999)
    expect(turn.isModelStopped()).toBe(false)
    turn.clock.advance(1)
    expect(turn.isModelStopped()).toBe(true)
    expect(await turn.result).toEqual({
      status: 'failed',
      reason: 'first_byte_timeout',
      message: expect.stringContaining('did not begin to answer within 10 minutes'),
    })
    expect(turn.events.map((event) => event.type)).toEqual(['step.started'])
  })

  test('after a piece is stopped at the other', async () => {
    const turn = start()
    await turn.asked
    turn.clock.advance(500_000)
    turn.say('Hello')
    turn.clock.advance(89_999)
    turn.say(' you')
    turn.clock.advance(89_999)
    expect(turn.isModelStopped()).toBe(false)
    turn.clock.advance(1)
    expect(await turn.result).toMatchObject({
      status: 'failed',
      reason: 'idle_timeout',
      message: expect.stringContaining('silent for 90 seconds'),
    })
    expect(turn.events.map((event) => event.type)).toEqual(['step.started', 'text.delta', 'text.delta'])
  })

  test('and speaks again after it was stopped is not heard', async () => {
    const turn = start()
    await turn.asked
    turn.clock.advance(600_000)
    await turn.result
    turn.say('too late')
    turn.answer(FINISHED)
    expect(turn.events).toHaveLength(1)
  })
})

test('F49: a slow model goes on for as long as pieces come', async () => {
  const turn = start()
  await turn.asked
  for (let minutes = 0; minutes < 120; minutes += 1) {
    turn.say('.')
    turn.clock.advance(60_000)
  }
  turn.answer(FINISHED)
  expect(await turn.result).toMatchObject({ status: 'completed' })
})

describe('F49, slow is not stuck: a model that reads on in a long prompt', () => {
  test('is alive, has the longer time after each piece that it has read, and the shorter one after its first word', async () => {
    const turn = start()
    await turn.asked
    for (let part = 0; part < 20; part += 1) {
      turn.read(part)
      turn.clock.advance(599_999)
    }
    expect(turn.isModelStopped()).toBe(false)
    turn.say('Hello')
    turn.clock.advance(89_999)
    expect(turn.isModelStopped()).toBe(false)
    turn.clock.advance(1)
    expect(await turn.result).toMatchObject({ reason: 'idle_timeout' })
  })

  test('and stops reading has not begun to answer', async () => {
    const turn = start()
    await turn.asked
    turn.clock.advance(300_000)
    turn.read(1)
    turn.clock.advance(599_999)
    expect(turn.isModelStopped()).toBe(false)
    turn.clock.advance(1)
    expect(await turn.result).toMatchObject({ reason: 'first_byte_timeout' })
  })

  test('arms no timer for it, and it is no piece of the answer (F54)', async () => {
    const turn = start()
    await turn.asked
    for (let part = 0; part <= 200_000; part += 1) turn.read(part)
    expect(turn.isModelStopped()).toBe(false)
    expect(turn.clock.armedInAll).toBe(1)
    turn.answer(FINISHED)
    await turn.result
    expect(turn.events.map(({ type }) => type)).toEqual(['step.started', 'step.finished'])
  })
})

test('D5, F31: a process that stood still does not blame the model for it, and waits once more for as long', async () => {
  const turn = start()
  await turn.asked
  turn.say('Hello')
  turn.clock.standStill(3_600_000)
  expect(turn.isModelStopped()).toBe(false)
  turn.clock.advance(89_999)
  expect(turn.isModelStopped()).toBe(false)
  turn.clock.advance(1)
  expect(await turn.result).toMatchObject({ status: 'failed', reason: 'idle_timeout' })
})

test('a token arms no timer, and a reply that ends leaves none', async () => {
  const turn = start()
  await turn.asked
  for (let n = 0; n < 1000; n += 1) turn.say('word ')
  expect(turn.clock.armed).toBe(1)
  expect(turn.clock.armedInAll).toBe(2)
  turn.answer(FINISHED)
  await turn.result
  expect(turn.clock.armed).toBe(0)
})

test('F37: while our own log is behind, the silence is not the model’s', async () => {
  const behind = Promise.withResolvers<void>()
  const turn = start({ emit: (event) => (event.type === 'text.delta' ? behind.promise : undefined) })
  await turn.asked
  const taken = turn.say('Hello')
  turn.clock.advance(1_000_000)
  expect(turn.isModelStopped()).toBe(false)
  behind.resolve()
  await taken
  turn.clock.advance(89_999)
  expect(turn.isModelStopped()).toBe(false)
  turn.clock.advance(1)
  expect(await turn.result).toMatchObject({ reason: 'idle_timeout' })
})

describe('F54: a turn that grows past its limits', () => {
  test('by its characters', async () => {
    const turn = start()
    await turn.asked
    const piece = 'x'.repeat(1024 * 1024)
    for (let n = 0; n < 4; n += 1) turn.say(piece)
    expect(turn.isModelStopped()).toBe(false)
    turn.say('x')
    expect(await turn.result).toMatchObject({ status: 'failed', reason: 'limit' })
    expect(turn.events).toHaveLength(5)
  })

  test('by its pieces', async () => {
    const turn = start()
    await turn.asked
    for (let n = 0; n < 200_000; n += 1) turn.say('')
    expect(turn.isModelStopped()).toBe(false)
    turn.say('')
    expect(await turn.result).toMatchObject({ status: 'failed', reason: 'limit' })
  })
})

describe('F16: an abort ends the run at once with its reason', () => {
  const reason = new Error('the person pressed Stop')

  test('before it begins', async () => {
    const turn = start({ signal: AbortSignal.abort(reason) })
    await expect(turn.result).rejects.toBe(reason)
    expect(turn.events).toEqual([])
  })

  test('while a model that does not listen is silent', async () => {
    const turn = start()
    await turn.asked
    turn.say('Hello')
    turn.stop.abort(reason)
    await expect(turn.result).rejects.toBe(reason)
    turn.say('too late')
    turn.answer(FINISHED)
    expect(turn.events.map((event) => event.type)).toEqual(['step.started', 'text.delta'])
    expect(turn.isModelStopped()).toBe(true)
    expect(turn.clock.armed).toBe(0)
  })

  test('while the log is behind', async () => {
    const turn = start({ emit: () => new Promise(() => undefined) })
    turn.stop.abort(reason)
    await expect(turn.result).rejects.toBe(reason)
  })

  test.each(['the commit', 'the tool'])('while %s takes long (F57)', async (what) => {
    const reached = Promise.withResolvers<void>()
    const never = () => {
      reached.resolve()
      return new Promise<never>(() => undefined)
    }
    const tool: Tool = {
      definition: { name: 't', description: '', parameters: {} },
      parse: () => ({ ok: true, value: null }),
      execute: never,
    }
    const turn = start({ tools: [tool], ...(what === 'the commit' ? { committed: never } : {}) })
    await turn.asked
    turn.answer({ ...FINISHED, toolCalls: [{ callId: 'c', tool: 't', arguments: '{}' }] })
    await reached.promise
    turn.stop.abort(reason)
    await expect(turn.result).rejects.toBe(reason)
    expect(turn.events.at(-1)?.type).toBe(what === 'the commit' ? 'tool.called' : 'tool.started')
  })
})
