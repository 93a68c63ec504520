import { describe, expect, test } from 'vitest'
import { MadeUpRun } from './made-up-run.ts'

const FAILED = { status: 'failed', reason: 'backend_error', message: 'no' }
const GIVEN_UP = { status: 'interrupted', reason: 'restart', message: 'three times' }
const REVISION = { revision: 1 }

function newRun(): MadeUpRun {
  const run = new MadeUpRun()
  run.session('s1')
  return run
}

/** What is broken once the session has completed one more turn. */
function brokenAtRest(run: MadeUpRun): string[] {
  run.turn('s1', 'last', { isLast: true })
  run.rests()
  return run.broken()
}

/** Two messages that wait while a turn runs that ends in `outcome`. */
function runWithQueue(outcome: object = { status: 'completed' }): MadeUpRun {
  const run = newRun()
  run.queues('s1', 'q1', 'key-q1')
  run.queues('s1', 'q2')
  run.waits()
  run.turn('s1', 'before', { outcome, ending: outcome === FAILED ? 'failed' : 'finished' })
  return run
}

describe('what was told to wait', () => {
  test('I3: becomes its turn, in its order', () => {
    const run = runWithQueue()
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual([])
  })

  test('I6: and is gone', () => {
    const run = runWithQueue()
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    expect(brokenAtRest(run)).toEqual(['I6'])
  })

  test('I6: was taken back by its id or by its key, and is gone for that', () => {
    const run = runWithQueue()
    run.does('bob', { do: 'unqueue', sessionId: 's1', turnId: 'q2' }, { to: 'unqueue' })
    const cancelled = { to: 'cancel-send', turnId: null, outcome: null } as const
    run.does('bob', { do: 'cancel-send', sessionId: 's1', key: 'key-q1' }, cancelled)
    expect(brokenAtRest(run)).toEqual([])
  })

  test('I6: was taken back, and starts', () => {
    const run = runWithQueue()
    run.does('bob', { do: 'unqueue', sessionId: 's1', turnId: 'q2' }, { to: 'unqueue' })
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual(['I6'])
  })

  test('I12: was cancelled by its key, and starts', () => {
    const run = runWithQueue()
    const cancelled = { to: 'cancel-send', turnId: null, outcome: null } as const
    run.does('bob', { do: 'cancel-send', sessionId: 's1', key: 'key-q1' }, cancelled)
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual(['I12'])
  })

  test('I3: has started, and waits all the same', () => {
    const run = runWithQueue()
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    run.keeps('s1', 'q2')
    expect(brokenAtRest(run)).toEqual(['I3'])
  })

  test('I3: is answered as another message', () => {
    const run = runWithQueue()
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    const message = '<t1> canary-s1 hello'
    run.turn('s1', 'q2', { hasWaited: true, message })
    expect(brokenAtRest(run)).toContain('I3')
  })

  test('I9: waits at rest with nothing in its way', () => {
    const run = runWithQueue()
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.keeps('s1', 'q2', { isPaused: false })
    expect(brokenAtRest(run)).toEqual(['I9'])
  })

  test('D15: is overtaken by one that came later', () => {
    const run = runWithQueue()
    run.turn('s1', 'q2', { hasWaited: true })
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    expect(brokenAtRest(run)).toEqual(['D15'])
  })

  test('D15: lets one go first that somebody sends now', () => {
    const run = runWithQueue()
    run.does('bob', { do: 'send-now', sessionId: 's1', turnId: 'q2' }, { to: 'send-now', turnId: 'q2' })
    run.turn('s1', 'q2', { hasWaited: true })
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    expect(brokenAtRest(run)).toEqual([])
  })
})

describe('behind a turn that failed', () => {
  test('D15: what waits starts by itself', () => {
    const run = runWithQueue(FAILED)
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual(['D15'])
  })

  test('D15: what waits starts when somebody resumes it', () => {
    const run = runWithQueue(FAILED)
    run.does('bob', { do: 'change-queue', sessionId: 's1', change: 'resume', ...REVISION }, { to: 'change-queue' })
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual([])
  })

  test('D15: a resume that was refused resumes nothing', () => {
    const run = runWithQueue(FAILED)
    run.refused('bob', { do: 'change-queue', sessionId: 's1', change: 'resume', ...REVISION })
    run.turn('s1', 'q1', { hasWaited: true, key: 'key-q1' })
    run.turn('s1', 'q2', { hasWaited: true })
    expect(brokenAtRest(run)).toEqual(['D15'])
  })
})

describe('a turn that was cut off', () => {
  test('D6: goes on twice, and then is given up', () => {
    const run = newRun()
    run.turn('s1', 'often', { resumed: 2, outcome: GIVEN_UP })
    run.happens('kill')
    expect(brokenAtRest(run)).toEqual([])
  })

  test('D6: is given up before that', () => {
    const run = newRun()
    run.turn('s1', 'once', { resumed: 1, outcome: GIVEN_UP })
    run.happens('kill')
    expect(brokenAtRest(run)).toEqual(['D6'])
  })

  test('D6: goes on more often', () => {
    const run = newRun()
    run.turn('s1', 'often', { resumed: 3 })
    expect(brokenAtRest(run)).toEqual(['D6'])
  })

  test('I8: goes on under the epoch that it had', () => {
    const run = newRun()
    run.turn('s1', 'often', { resumed: 1 })
    run.change('s1', ['turn.resumed', 0], { epoch: run.entry('s1', 0).epoch })
    expect(brokenAtRest(run)).toEqual(['I8'])
  })
})
