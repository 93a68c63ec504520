import { describe, expect, test } from 'vitest'
import type { ToolCallDelta } from './chat-chunk.ts'
import { ToolCallAssembly } from './tool-call-assembly.ts'

function assemble(...pieces: Partial<ToolCallDelta>[]) {
  const assembly = new ToolCallAssembly()
  for (const piece of pieces) assembly.add({ index: null, id: '', name: '', arguments: '', ...piece })
  return assembly.finish().map((call) => [call.callId, call.tool, call.arguments])
}

describe('F55: tool calls are put together from their pieces', () => {
  test('by index, also where the calls alternate', () => {
    expect(
      assemble(
        { index: 0, id: 'a', name: 'one', arguments: '{"x"' },
        { index: 1, id: 'b', name: 'two', arguments: '{"y"' },
        { index: 0, arguments: ':1}' },
        { index: 1, arguments: ':2}' },
      ),
    ).toEqual([
      ['a', 'one', '{"x":1}'],
      ['b', 'two', '{"y":2}'],
    ])
  })

  test('an id that is repeated in every piece, with the name', () => {
    const piece = { index: 0, id: 'a', name: 'one' }
    expect(assemble({ ...piece, arguments: '{' }, { ...piece, arguments: '}' })).toEqual([['a', 'one', '{}']])
  })

  test('an id that is new in every piece of one call', () => {
    expect(assemble({ index: 0, id: 'a', name: 'one', arguments: '{' }, { index: 0, id: 'b', arguments: '}' })).toEqual(
      [['a', 'one', '{}']],
    )
  })

  test('two whole calls that both have the index 0', () => {
    expect(assemble({ index: 0, id: 'a', name: 'one' }, { index: 0, id: 'b', name: 'one' })).toEqual([
      ['a', 'one', '{}'],
      ['b', 'one', '{}'],
    ])
  })

  test.each([0, null])('two whole calls without ids that both have the index %s', (index) => {
    expect(
      assemble(
        { index, name: 'one', arguments: '{"x":1}' },
        { index, name: 'two', arguments: '{"y":2}' },
        { index, name: 'two', arguments: '{"y":3}' },
      ),
    ).toEqual([
      ['call_1', 'one', '{"x":1}'],
      ['call_2', 'two', '{"y":2}'],
      ['call_3', 'two', '{"y":3}'],
    ])
  })

  test.each(['', 'a'])('a name that is repeated in every piece, with the id "%s" in the first at most', (id) => {
    const piece = { index: 0, name: 'one' }
    expect(
      assemble(
        { ...piece, id, arguments: '{"x":' },
        { ...piece, arguments: '{}' },
        { ...piece, arguments: '}' },
        piece,
      ),
    ).toEqual([[id || 'call_1', 'one', '{"x":{}}']])
  })

  test('no index at all', () => {
    expect(
      assemble(
        { id: 'a', name: 'one', arguments: '{' },
        { arguments: '}' },
        { id: 'b', name: 'two', arguments: '[' },
        { id: 'a', arguments: ' ' },
      ),
    ).toEqual([
      ['a', 'one', '{} '],
      ['b', 'two', '['],
    ])
  })

  test('missing and repeated ids become unique', () => {
    expect(
      assemble(
        { index: 0, name: 'one' },
        { index: 1, id: 'call_1', name: 'two' },
        { index: 2, id: 'call_1', name: 'three' },
      ).map(([id]) => id),
    ).toEqual(['call_1', 'call_2', 'call_3'])
  })

  test('no arguments mean an empty object', () => {
    expect(assemble({ index: 0, id: 'a', name: 'one' })).toEqual([['a', 'one', '{}']])
  })
})
