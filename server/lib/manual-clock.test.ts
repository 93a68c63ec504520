import { expect, test } from 'vitest'
import { ManualClock } from './manual-clock.ts'

test('stands still until it is moved', () => {
  const clock = new ManualClock(1_000)
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0])
  clock.advance(25)
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_025, 25])
})

test('fires what falls due, the earliest first, each at its own time', () => {
  const clock = new ManualClock(0)
  const fired: string[] = []
  for (const ms of [30, 10, 20, 99]) clock.after(ms, () => fired.push(`${ms} at ${clock.monotonicMs()}`))
  clock.advance(30)
  expect(fired).toEqual(['10 at 10', '20 at 20', '30 at 30'])
  expect(clock.monotonicMs()).toBe(30)
})

test('timers that are set while it moves are fired on the way', () => {
  const clock = new ManualClock(0)
  const fired: number[] = []
  clock.after(10, () => {
    fired.push(clock.monotonicMs())
    clock.after(10, () => fired.push(clock.monotonicMs()))
    clock.after(100, () => fired.push(clock.monotonicMs()))
  })
  clock.advance(50)
  expect(fired).toEqual([10, 20])
})

test('a cancelled timer does not fire, also when another timer cancels it', () => {
  const clock = new ManualClock(0)
  const fired: string[] = []
  const cancel = clock.after(20, () => fired.push('cancelled'))
  clock.after(10, cancel)
  clock.after(30, () => fired.push('kept'))
  clock.advance(100)
  cancel()
  expect(fired).toEqual(['kept'])
})
