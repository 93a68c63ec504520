import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { MISTAKES } from './mistakes.ts'
import { CannotPlantError, plant } from './plant.ts'
import { lookFor, SIMULATOR, TIER_OF } from './tiers.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('each mistake', () => {
  for (const { number, edits } of MISTAKES) {
    test(`${number} fits the source as it stands, and some tier is there to find it`, () => {
      for (const [file, own] of Map.groupBy(edits, (edit) => edit.file)) {
        const source = readFileSync(ROOT + file, 'utf8')
        expect(plant(source, own)).not.toBe(source)
      }
      expect(TIER_OF.has(number)).toBe(true)
    })
  }
})

test('a mistake whose place in the source is gone fails loudly', () => {
  const edits = [{ file: 'a.ts', text: 'no longer there', instead: '' }]
  expect(() => plant('something else', edits)).toThrow(CannotPlantError)
})

for (const number of ['M2', 'M9', 'M10']) {
  test(`${number}: planted, it is found by the simulator`, { timeout: 300_000 }, () => {
    expect(lookFor(number, SIMULATOR)).toMatchObject({ status: 'found' })
  })
}
