import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ModelEvent } from '../agent/model.ts'
import { toChatRequest } from './chat-request.ts'
import { continueText } from './continued-text.ts'

function joined(text: string, pieces: readonly string[]): string {
  let heard = text
  const continued = continueText(text, (event: ModelEvent) => {
    if (event.type === 'text') heard += event.text
    return undefined
  })
  for (const piece of pieces) void continued.sink({ type: 'text', text: piece })
  return heard
}

test('D6: the space that a template trims and a model writes again is there once', () => {
  expect(continueText('Once upon \n', () => undefined).begun).toBe('Once upon')
  expect(joined('Once upon ', [' a', ' time'])).toBe('Once upon a time')
  expect(joined('Once upon ', ['a time'])).toBe('Once upon a time')
  expect(joined('Once upon\n\n', ['\n', '\n', '- a'])).toBe('Once upon\n\n- a')
  expect(joined('Once up', ['on a time'])).toBe('Once upon a time')
})

test('I2: wherever a text is cut and however the rest comes, both together are the text', () => {
  const cut = fc.record({ text: fc.string(), at: fc.nat(), sizes: fc.array(fc.integer({ min: 1, max: 3 })) })
  fc.assert(
    fc.property(cut, ({ text, at, sizes }) => {
      const begun = text.slice(0, at % (text.length + 1))
      // The model goes on behind what its server was given.
      let rest = text.slice(begun.trimEnd().length)
      const pieces: string[] = []
      for (const size of sizes) {
        pieces.push(rest.slice(0, size))
        rest = rest.slice(size)
      }
      expect(joined(begun, [...pieces, rest])).toBe(text)
    }),
  )
})

test('D6: the request says that its last message is to be gone on with', () => {
  const request = toChatRequest('m', { messages: [{ role: 'user', content: 'hi' }], tools: [] }, 'Once')
  expect(request).toMatchObject({
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'Once' },
    ],
    continue_final_message: true,
    add_generation_prompt: false,
  })
})
