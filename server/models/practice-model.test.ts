import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ModelEvent, ModelMessage, ToolDefinition } from '../agent/model.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { createPracticeModel, splitWords } from './practice-model.ts'
import { composePracticeReply } from './practice-reply.ts'

const TIME: ToolDefinition = { name: 'time', description: '', parameters: {} }

function answerTo(content: string): string {
  return composePracticeReply({ messages: [{ role: 'user', content }], tools: [] }).text
}

describe('the practice model', () => {
  test('says what it is, how to connect a real one, and repeats what was said', () => {
    const text = answerTo('What is the weather?')
    expect(text).toContain('I am the practice model')
    expect(text).toContain('no thinking')
    expect(text).toContain('--model-url http://127.0.0.1:8000/v1')
    expect(text).toContain('You wrote: “What is the weather?”')
  })

  test('repeats nothing that could become markup or a link', () => {
    const text = answerTo(
      '<img src=x onerror=alert(1)> [a](http://evil.example) www.evil.example `x` **b** | # > _i_ ~s~',
    )
    const echo = text.split('\n\n')[1]
    expect(echo).toMatch(/^You wrote: “[^<>[\]`*|#_~.:/]*…?”$/)
  })

  test.each([
    ['show me code', '```ts'],
    ['a table, please', '| --- | --- |'],
    ['a list', '1. Write a message.'],
  ])('shows what was asked for: %s', (message, sample) => {
    expect(answerTo(message)).toContain(sample)
    expect(answerTo('hello')).not.toContain(sample)
  })

  test.each(['something long', 'go SLOW'])('writes for half a minute at its pace: %s', (message) => {
    const seconds = (splitWords(answerTo(message)).length * 25) / 1000
    expect(seconds).toBeGreaterThan(28)
    expect(seconds).toBeLessThan(40)
  })

  test.each(['What time is it?', 'the DATE', 'clock in Europe/Berlin?'])('asks for the time tool: %s', (content) => {
    const question: ModelMessage = { role: 'user', content }
    const reply = composePracticeReply({ messages: [question], tools: [TIME] })
    const timezone = content.includes('Berlin') ? { timezone: 'Europe/Berlin' } : {}
    expect(reply.toolCalls).toMatchObject([{ tool: 'time', arguments: JSON.stringify(timezone) }])
    const answer: ModelMessage = {
      role: 'tool',
      callId: 'x',
      content: '2026-01-01T10:00:00+01:00 (Thursday, Europe/Berlin)',
    }
    const next = composePracticeReply({ messages: [question, answer], tools: [TIME] })
    expect(next.toolCalls).toEqual([])
    expect(next.text).toContain('The time tool says: 2026-01-01T10:00:00+01:00 (Thursday, Europe/Berlin).')
  })

  test('asks for no tool that it was not offered, and not for words that only look alike', () => {
    const reply = (content: string, tools: ToolDefinition[]) =>
      composePracticeReply({ messages: [{ role: 'user', content }], tools })
    expect(reply('What time is it?', []).toolCalls).toEqual([])
    expect(reply('sometimes, up to date-ish timers', []).toolCalls).toEqual([])
    expect(reply('sometimes', [TIME]).toolCalls).toEqual([])
  })
})

describe('its pace', () => {
  test('is one word at each tick of the clock, and the words make the text', async () => {
    const clock = new ManualClock()
    const model = createPracticeModel({ clock })
    const events: ModelEvent[] = []
    const messages: ModelMessage[] = [{ role: 'user', content: 'Hello' }]
    const reply = model.reply({ messages, tools: [] }, (event) => void events.push(event), new AbortController().signal)
    const words = splitWords(answerTo('Hello'))
    for (let n = 0; n < words.length; n += 1) {
      expect(events).toHaveLength(n)
      clock.advance(25)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await reply).toEqual({
      status: 'finished',
      finishReason: 'stop',
      toolCalls: [],
      usage: { inputTokens: null, outputTokens: words.length },
    })
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe(answerTo('Hello'))
  })

  test('ends at once when it is stopped', async () => {
    const model = createPracticeModel({ clock: new ManualClock() })
    const stop = new AbortController()
    const reason = new Error('the person pressed Stop')
    const reply = model.reply({ messages: [], tools: [] }, () => undefined, stop.signal)
    stop.abort(reason)
    await expect(reply).rejects.toBe(reason)
  })

  test('F37: waits for a reader that is behind', async () => {
    const behind = Promise.withResolvers<void>()
    let heard = 0
    const model = createPracticeModel({ clock: new ManualClock(), wordDelayMs: 0 })
    const sink = () => {
      heard += 1
      return heard === 3 ? behind.promise : undefined
    }
    const reply = model.reply({ messages: [], tools: [] }, sink, new AbortController().signal)
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toBe(3)
    behind.resolve()
    expect(await reply).toMatchObject({ status: 'finished' })
  })
})

test('words joined again are the text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(splitWords(text).join('')).toBe(text.trim() === '' ? '' : text)
    }),
  )
})

describe('D6: a text that was begun', () => {
  async function hear(begunText: string): Promise<string> {
    let heard = ''
    const model = createPracticeModel({ clock: new ManualClock(), wordDelayMs: 0 })
    const request = { messages: [{ role: 'user' as const, content: 'hi' }], tools: [], begunText }
    const listen = (event: ModelEvent) => {
      if (event.type === 'text') heard += event.text
      return undefined
    }
    await model.reply(request, listen, new AbortController().signal)
    return heard
  }

  test('goes on where it was cut, inside a word too', async () => {
    const whole = answerTo('hi')
    for (const at of [1, 7, 40, whole.length]) expect(whole.slice(0, at) + (await hear(whole.slice(0, at)))).toBe(whole)
  })

  test('where it is another text, the answer comes behind it', async () => {
    expect(await hear('Somebody else said this.')).toBe(`\n\n${answerTo('hi')}`)
  })

  test('the model can be one that does not go on', async () => {
    const model = createPracticeModel({ clock: new ManualClock(), continuesMessage: false })
    expect(await model.continuesMessage?.('try', new AbortController().signal)).toBe('no')
  })
})
