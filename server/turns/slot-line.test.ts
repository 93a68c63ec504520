import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlotLine, type SlotPlace } from './slot-line.ts'

const NEVER = new AbortController().signal

describe('the line', () => {
  test('gives slots while there are some, then places in the order of coming, then nothing', () => {
    const line = new SlotLine({ slots: 2, maxWaiting: 2 })
    const places = [line.take(), line.take(), line.take(), line.take()]
    expect(line.take()).toBeUndefined()
    expect(places.map((place) => place?.hasSlot)).toEqual([true, true, false, false])
    expect(places.map((place) => place?.turnsAhead)).toEqual([0, 0, 0, 1])
    places[0]?.release()
    expect(places.map((place) => place?.hasSlot)).toEqual([false, true, true, false])
    expect([line.used, line.waiting]).toEqual([2, 1])
  })

  test('a line without waiting places takes only as many as there are slots', () => {
    const line = new SlotLine({ slots: 1, maxWaiting: 0 })
    const place = line.take()
    expect(line.take()).toBeUndefined()
    place?.release()
    expect(line.take()?.hasSlot).toBe(true)
  })

  test('who leaves while waiting makes room and gets no slot', () => {
    const line = new SlotLine({ slots: 1, maxWaiting: 2 })
    const [first, second, third] = [line.take(), line.take(), line.take()]
    second?.release()
    expect(third?.turnsAhead).toBe(0)
    expect(line.take()).toBeDefined()
    first?.release()
    expect([second?.hasSlot, third?.hasSlot]).toEqual([false, true])
  })

  test('a second release takes nobody’s slot away', () => {
    const line = new SlotLine({ slots: 1, maxWaiting: 1 })
    const [first, second] = [line.take(), line.take()]
    first?.release()
    first?.release()
    expect([line.used, second?.hasSlot]).toEqual([1, true])
    second?.release()
    second?.release()
    expect([line.used, line.waiting]).toEqual([0, 0])
  })
})

describe('waiting', () => {
  test('ends when the slot is ours, or at once where it is already', async () => {
    const line = new SlotLine({ slots: 1, maxWaiting: 1 })
    const [first, second] = [line.take(), line.take()]
    await first?.ready(NEVER)
    const ready = second?.ready(NEVER)
    first?.release()
    await ready
    expect(second?.hasSlot).toBe(true)
  })

  test('rejects with the reason of the abort; the place is still held until it is released', async () => {
    const line = new SlotLine({ slots: 1, maxWaiting: 1 })
    const [, second] = [line.take(), line.take()]
    const controller = new AbortController()
    const ready = second?.ready(controller.signal)
    controller.abort('enough')
    await expect(ready).rejects.toBe('enough')
    await expect(second?.ready(controller.signal)).rejects.toBe('enough')
    expect(line.waiting).toBe(1)
    second?.release()
    expect(line.waiting).toBe(0)
  })
})

test('I14: under any order of coming and leaving nobody overtakes, nobody is forgotten, no slot is lost', () => {
  const limits = fc.record({ slots: fc.integer({ min: 1, max: 4 }), maxWaiting: fc.nat(5) })
  const acts = fc.array(fc.oneof(fc.constant('take' as const), fc.nat(20)), { maxLength: 80 })
  fc.assert(
    fc.property(limits, acts, ({ slots, maxWaiting }, script) => {
      const line = new SlotLine({ slots, maxWaiting })
      const present: SlotPlace[] = [] // in the order in which they came
      for (const act of script) {
        if (act === 'take') {
          const place = line.take()
          expect(place === undefined).toBe(present.length >= slots + maxWaiting)
          if (place) present.push(place)
        } else {
          const [leaving] = present.splice(act % Math.max(present.length, 1), 1)
          leaving?.release()
        }
        const withSlot = present.filter((place) => place.hasSlot)
        expect(withSlot).toEqual(present.slice(0, Math.min(slots, present.length)))
        expect([line.used, line.waiting]).toEqual([withSlot.length, present.length - withSlot.length])
      }
    }),
  )
})
