import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

test('fires once, not before its time', async () => {
  const startedMs = systemClock.monotonicMs()
  const fired = Promise.withResolvers<number>()
  systemClock.after(5, () => fired.resolve(systemClock.monotonicMs()))
  expect((await fired.promise) - startedMs).toBeGreaterThanOrEqual(4)
})

test('a cancelled timer does not fire; a later one does', async () => {
  const fired: string[] = []
  const cancel = systemClock.after(0, () => fired.push('cancelled'))
  cancel()
  cancel()
  const later = Promise.withResolvers<void>()
  systemClock.after(2, later.resolve)
  await later.promise
  expect(fired).toEqual([])
})

test('a delay past what the system’s timers can hold does not fire at once', async () => {
  const fired: string[] = []
  const cancel = systemClock.after(1e12, () => fired.push('early'))
  const later = Promise.withResolvers<void>()
  systemClock.after(5, later.resolve)
  await later.promise
  cancel()
  expect(fired).toEqual([])
})
