import { describe, expect, test } from 'vitest'
import { watchAttention } from './attention.ts'
import { ManualTimers } from './manual-timers.scenario.ts'

class FakePage extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible'

  turn(state: DocumentVisibilityState): void {
    this.visibilityState = state
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

function openTab({ isCrowded }: { isCrowded: boolean }) {
  const page = new FakePage()
  const frame = new EventTarget()
  const timers = new ManualTimers()
  const crowd: { isCrowded: boolean; opened: () => void } = { isCrowded, opened: () => undefined }
  const attention = watchAttention({
    page,
    frame,
    timers,
    crowd: {
      isCrowded: async () => crowd.isCrowded,
      subscribe: (listener) => {
        crowd.opened = listener
      },
    },
  })
  let told = 0
  attention.subscribe(() => {
    told += 1
  })
  /** The time after which a hidden tab leaves, and what is decided then. */
  async function timePasses(): Promise<void> {
    timers.advance(await timers.untilWaitOf(() => true))
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { page, frame, timers, crowd, attention, timePasses, told: () => told }
}

describe('a tab that nobody looks at', () => {
  test('lets go of its streams where tabs are crowded, and takes them up when it is seen', async () => {
    const { page, attention, timePasses, told } = openTab({ isCrowded: true })
    page.turn('hidden')
    expect(attention.isAway()).toBe(false)
    await timePasses()
    expect([attention.isAway(), told()]).toEqual([true, 1])
    page.turn('visible')
    expect([attention.isAway(), told()]).toEqual([false, 2])
  })

  test('keeps them while there is room, until one tab more opens', async () => {
    const { page, crowd, attention, timePasses } = openTab({ isCrowded: false })
    page.turn('hidden')
    await timePasses()
    expect(attention.isAway()).toBe(false)
    crowd.isCrowded = true
    crowd.opened()
    await timePasses()
    expect(attention.isAway()).toBe(true)
  })

  test('does not leave when it was hidden for a moment only', async () => {
    const { page, timers, attention } = openTab({ isCrowded: true })
    page.turn('hidden')
    await timers.untilWaitOf(() => true)
    page.turn('visible')
    timers.advance(60_000)
    expect(attention.isAway()).toBe(false)
  })

  test('a network that is back is told', () => {
    const { frame, told } = openTab({ isCrowded: false })
    frame.dispatchEvent(new Event('online'))
    expect(told()).toBe(1)
  })
})
