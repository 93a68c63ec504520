import { expect, test } from 'vitest'
import { createDrawingPace } from './drawing-pace.ts'
import { ManualTimers } from './manual-timers.scenario.ts'

/** A screen on which a drawing takes as long as the test says. */
function openScreen({ isHidden = false } = {}) {
  const timers = new ManualTimers()
  const failures: unknown[] = []
  const drawn: string[] = []
  let paint: () => void = () => undefined
  const { beforeDrawing, afterDrawing } = createDrawingPace({
    timers,
    isHidden: () => isHidden,
    painted: () => new Promise((resolve) => (paint = resolve)),
    reportFailure: (error) => failures.push(error),
  })
  return {
    drawn,
    failures,
    beforeDrawing,
    afterDrawing,
    tell: (...news: readonly string[]) => {
      for (const one of news) beforeDrawing(() => drawn.push(one))
    },
    /** Lets the time pass that the next drawing is put off by, and answers with it. */
    draw: async () => {
      const waitMs = await timers.untilWaitOf(() => true)
      timers.advance(waitMs)
      await Promise.resolve()
      await Promise.resolve()
      return waitMs
    },
    paintAfter: (durationMs: number) => {
      timers.advance(durationMs)
      paint()
    },
  }
}

test('what comes together is drawn together, at once where nothing was drawn lately', async () => {
  const { tell, draw, drawn } = openScreen()
  tell('a', 'b')
  expect(drawn).toEqual([])
  expect(await draw()).toBe(0)
  expect(drawn).toEqual(['a', 'b'])
})

for (const { tookMs, putOffMs } of [
  { tookMs: 5, putOffMs: 55 },
  { tookMs: 50, putOffMs: 100 },
  { tookMs: 300, putOffMs: 100 },
  { tookMs: 600, putOffMs: -200 },
]) {
  test(`a drawing that took ${tookMs} ms is followed by the next after ${Math.max(putOffMs, 0)} ms`, async () => {
    const { tell, draw, drawn, paintAfter } = openScreen()
    tell('a')
    await draw()
    tell('b')
    paintAfter(tookMs)
    expect(await draw()).toBe(putOffMs)
    expect(drawn).toEqual(['a', 'b'])
  })
}

test('more is asked for when the drawing was painted and the next is due, and that is drawn at once', async () => {
  const { tell, afterDrawing, draw, drawn, paintAfter } = openScreen()
  afterDrawing(() => tell('b'))
  tell('a')
  await draw()
  paintAfter(20)
  expect(await draw()).toBe(40)
  expect(drawn).toEqual(['a'])
  expect(await draw()).toBe(0)
  expect(drawn).toEqual(['a', 'b'])
})

test('a hidden tab takes what comes as it comes', async () => {
  const { tell, drawn } = openScreen({ isHidden: true })
  tell('a')
  await Promise.resolve()
  tell('b')
  await Promise.resolve()
  expect(drawn).toEqual(['a', 'b'])
})

test('news that cannot be drawn are told of, and later ones are drawn', async () => {
  const { tell, beforeDrawing, draw, drawn, failures, paintAfter } = openScreen()
  const failure = new Error('cannot be drawn')
  beforeDrawing(() => {
    throw failure
  })
  await draw()
  await expect.poll(() => failures).toEqual([failure])
  tell('b')
  paintAfter(5)
  await draw()
  expect(drawn).toEqual(['b'])
})
