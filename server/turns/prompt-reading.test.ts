import { beforeEach, describe, expect, test } from 'vitest'
import type { PromptProgress } from '../../protocol/turn.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { PromptReading } from './prompt-reading.ts'

let clock: ManualClock
let told: (PromptProgress | null)[]
let reading: PromptReading

beforeEach(() => {
  clock = new ManualClock()
  told = []
  reading = new PromptReading(clock, () => told.push(reading.shown))
})

function read(processed: number, total = 1_000): PromptProgress {
  const progress = { processed, total }
  reading.note(progress)
  return progress
}

describe('what a model has read of its prompt', () => {
  test('is told at most four times a second, the newest each time', () => {
    for (let processed = 0; processed < 1_000; processed += 1) {
      read(processed)
      clock.advance(10)
    }
    expect(told.length).toBeGreaterThan(30)
    expect(told.length).toBeLessThanOrEqual(40)
    expect(told[0]).toEqual({ processed: 24, total: 1_000 })
  })

  test('is told only where the whole percent is another', () => {
    const first = read(100)
    clock.advance(250)
    for (let processed = 101; processed < 110; processed += 1) {
      read(processed)
      clock.advance(250)
    }
    expect([told, clock.pendingTimers]).toEqual([[first], 0])
    const next = read(110)
    clock.advance(250)
    expect(told).toEqual([first, next])
  })

  test('is not told at all where it takes no time', () => {
    read(0)
    clock.advance(249)
    read(1_000)
    reading.note(null)
    clock.advance(1_000)
    expect([told, reading.shown, clock.pendingTimers]).toEqual([[], null, 0])
  })

  test('is over at once when the model reads no more, and that is told once', () => {
    read(400)
    clock.advance(250)
    read(500)
    reading.note(null)
    reading.note(null)
    clock.advance(1_000)
    expect(told.at(-1)).toBeNull()
    expect([told.length, reading.shown, clock.pendingTimers]).toEqual([2, null, 0])
  })
})
