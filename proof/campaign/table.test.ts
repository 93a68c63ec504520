import { expect, test } from 'vitest'
import { type CampaignFigures, NoPlaceError, withFigures } from './table.ts'

const FIGURES: CampaignFigures = {
  ...{
    commit: 'abc1234',
    date: '2026-01-01',
    minutes: 3,
    firstSeed: 1,
    schedules: 1000,
    crashPoints: 50,
    faultPoints: 30,
  },
  ...{ crashStates: 200, diskErrors: 9, modelStates: null, skipped: ['no strace'], violations: [], mutants: null },
}

test('new figures take the place of the last ones, and the rest of the page stays', () => {
  const page = 'before\n<!-- campaign: begin -->\nold\n<!-- campaign: end -->\nafter\n'
  const written = withFigures(page, FIGURES)
  expect(written).toMatch(/^before\n<!-- campaign: begin -->\n\| \| \|.*abc1234.*<!-- campaign: end -->\nafter\n$/s)
  expect(written).toContain('| skipped | no strace |')
  expect(written).not.toContain('old')
  expect(withFigures(written, FIGURES)).toBe(written)
})

test('what did not hold is told, and never left out', () => {
  const page = '<!-- campaign: begin -->\n<!-- campaign: end -->\n'
  expect(withFigures(page, { ...FIGURES, violations: ['I2 at seed 7'] })).toContain(
    '| open violations | I2 at seed 7 |',
  )
})

test('a page without a place for them is an error, not a page without them', () => {
  expect(() => withFigures('nothing', FIGURES)).toThrow(NoPlaceError)
})
