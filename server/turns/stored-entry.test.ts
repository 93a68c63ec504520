import fc from 'fast-check'
import { expect, test } from 'vitest'
import { epochSchema, seqSchema, turnIdSchema } from '../../protocol/ids.ts'
import { says } from './scripted-events.ts'
import { entryJson, parseEntry, type StoredEntry } from './stored-entry.ts'

const place = { seq: seqSchema.parse(7), epoch: epochSchema.parse(2), at: 1_700_000_000_000 }

test('I2: what is sent is one line of JSON that reads as what is stored', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, ofTurn) => {
      const event = says(text)
      const turnId = ofTurn ? turnIdSchema.parse('turn-1') : null
      const entry: StoredEntry = { ...place, turnId, type: event.type, data: JSON.stringify(event.data) }
      const line = entryJson(entry)
      expect(line).not.toContain('\n')
      expect(JSON.parse(line)).toEqual({ ...place, turn_id: turnId, ...event })
      expect(parseEntry(entry)).toEqual(JSON.parse(line))
    }),
  )
})

test('a stored text that does not fit the schema is refused, not guessed at', () => {
  const entry: StoredEntry = { ...place, turnId: null, type: 'text.delta', data: '{"step":0,"text":"x"}' }
  expect(() => parseEntry(entry)).toThrow()
  expect(() => parseEntry({ ...entry, data: '{"step":1' })).toThrow()
})
