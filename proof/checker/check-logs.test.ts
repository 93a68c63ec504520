import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../evidence/history.ts'
import { MadeUpRun, quietRun } from './made-up-run.ts'

/** The rules about logs, streams and outcomes, each broken once by hand. */

test('a run in which everything held has no violations', () => {
  expect(quietRun().check()).toEqual([])
})

describe('the log', () => {
  test('I1: a turn that starts while another is active', () => {
    const run = quietRun()
    swap(run.of('s1').log, 'turn.ended', 'turn.started') // t1 ends only after t2 has started
    expect(run.broken()).toContain('I1')
  })

  test('I1: a claim that leaves the epoch as it was', () => {
    const run = quietRun()
    run.change('s1', ['turn.started', 1], { epoch: 1 })
    expect(run.broken()).toContain('I1')
  })

  test('I1: a session that names an active turn after its end', () => {
    const run = quietRun()
    run.of('s1').activeTurn = 't3'
    expect(run.broken()).toEqual(['I1'])
  })

  test('I2: a seq that is missing, and one that is there twice', () => {
    const run = quietRun()
    const { log } = run.of('s1')
    log.splice(indexOf(log, 'tool.called'), 1)
    expect(run.broken()).toContain('I2')
    const again = quietRun()
    const second = again.of('s1').log
    second.splice(3, 0, { ...again.entry('s1', 2) })
    expect(again.broken()).toContain('I2')
  })

  test('I2: a delta that is missing is fine where the full text of its step stands behind it', () => {
    const run = quietRun()
    const { log } = run.of('s1')
    log.splice(indexOf(log, 'text.delta'), 1)
    expect(run.check()).toEqual([])
  })

  test('I8: an entry that was written under an epoch that was over', () => {
    const run = quietRun()
    run.change('s1', ['text.delta', 2], { epoch: 1 })
    expect(run.broken()).toContain('I8')
  })

  test('I8: an entry of a turn after its end', () => {
    const run = quietRun()
    run.log('s2', { turnId: 'u1', type: 'text.delta', data: { step: 1, text: 'late' } })
    expect(run.broken()).toContain('I8')
  })

  test('I5: an entry of one turn inside another', () => {
    const run = quietRun()
    run.change('s1', ['step.started', 1], { turnId: 't1' })
    expect(run.broken()).toContain('I5')
  })
})

describe('streams', () => {
  test('I2: something was shown that is not stored', () => {
    const run = quietRun()
    const { log } = run.of('s2')
    const shown = [...log]
    log.splice(indexOf(log, 'turn.ended'), 1)
    run.watches('s2', { entries: shown })
    expect(run.broken()).toContain('I2')
  })

  test('I2: something was shown in other words than it is stored', () => {
    const run = quietRun()
    const entries = run
      .of('s2')
      .log.map((entry) => ({ ...entry, at: entry.at + (entry.type === 'turn.ended' ? 1 : 0) }))
    run.watches('s2', { entries })
    expect(run.broken()).toEqual(['I2'])
  })

  test('I2: two readers were shown different things where nothing is stored any more', () => {
    const run = quietRun()
    const { log } = run.of('s2')
    const [delta] = log.splice(indexOf(log, 'text.delta'), 1)
    if (!delta) throw new Error('there is a delta')
    run.watches('s2', { entries: [delta] })
    run.watches('s2', { entries: [{ ...delta, data: '{"step":1,"text":"Hol"}' }] })
    expect(run.broken()).toEqual(['I2'])
  })

  test('I2: a reader missed an entry, and one was shown the same twice', () => {
    const run = quietRun()
    run.watches('s2', { entries: run.of('s2').log.filter(({ type }) => type !== 'step.started') })
    expect(run.broken()).toEqual(['I2'])
    const again = quietRun()
    again.watches('s2', { entries: [again.entry('s2', 0), again.entry('s2', 1), again.entry('s2', 1)] })
    expect(again.broken()).toEqual(['I2'])
  })

  test('I2: a reader may miss deltas of a step that has begun anew since, and no others', () => {
    const run = new MadeUpRun()
    run.session('s1')
    run.of('s1').epoch = 1
    run.log('s1', { turnId: 't1', type: 'step.started', data: { step: 1 } })
    const kept = run.log('s1', { turnId: 't1', type: 'text.delta', data: { step: 1, text: 'cut off' } })
    const resumed = run.log('s1', {
      turnId: 't1',
      type: 'turn.resumed',
      data: { attempt: 2, void_after: null },
      epoch: 2,
    })
    run.watches('s1', { cursor: 1, entries: [resumed] })
    const missed = expect.stringContaining(`was not shown seq ${kept.seq}`)
    expect(run.check()).toContainEqual(expect.objectContaining({ rule: 'I2', says: missed }))
    run.of('s1').log.push({ ...resumed, seq: resumed.seq + 1, type: 'step.started', data: '{"step":1}' })
    expect(run.check()).not.toContainEqual(expect.objectContaining({ rule: 'I2', says: missed }))
  })

  test('I2: a reader that goes on after its cursor may be shown nothing from before it', () => {
    const run = quietRun()
    run.watches('s2', { cursor: 3, entries: run.of('s2').log.slice(2) })
    expect(run.broken()).toEqual(['I2'])
  })

  test('I2: a reader that was told to begin anew may', () => {
    const run = quietRun()
    run.history.push({ kind: 'connect', at: 900, stream: 90, client: 'bob', sessionId: 's2', cursor: 400 })
    run.history.push({ kind: 'notice', at: 901, stream: 90, notice: 'reset' })
    for (const entry of run.of('s2').log) run.history.push({ kind: 'entry', at: 902, stream: 90, entry })
    expect(run.check()).toEqual([])
  })

  test('I2: a reader that was still there at the end was left behind', () => {
    const run = new MadeUpRun()
    run.session('s1')
    run.turn('s1', 't1', { isLast: true })
    run.watches('s1', { entries: run.of('s1').log.slice(0, 3) })
    run.rests()
    expect(run.broken()).toEqual(['I2'])
  })

  test('I2: deltas that do not spell the text of their step', () => {
    const run = quietRun()
    run.change('s1', ['text.delta', 0], { data: '{"step":1,"text":"Hol"}' })
    expect(run.broken()).toContain('I2')
  })

  test('F9: the server closed a stream and lives on; a kill, a delete and its own end are causes', () => {
    const call = { do: 'rename', sessionId: 's2', title: 'New' } as const
    const run = quietRun()
    run.closes(run.watches('s2'), 'server')
    expect(run.check()).toEqual([])
    run.does('ann', call, { to: 'rename' })
    expect(run.broken()).toEqual(['F9'])
    const killed = quietRun()
    const stream = killed.watches('s2')
    killed.happens('kill')
    killed.closes(stream, 'server')
    killed.does('ann', call, { to: 'rename' })
    expect(killed.check()).toEqual([])
  })
})

describe('outcomes', () => {
  test('I3: a turn without an end, with two, and with a row that says something else', () => {
    const open = quietRun()
    const { log } = open.of('s2')
    log.pop()
    expect(open.broken()).toContain('I3')
    const twice = quietRun()
    twice.log('s2', { turnId: 'u1', type: 'turn.ended', data: { outcome: { status: 'completed' } } })
    expect(twice.broken()).toContain('I3')
    const row = quietRun()
    const [turn] = row.turns
    if (turn) turn.outcome = '{"status":"failed"}'
    expect(row.broken()).toContain('I3')
  })

  test('I6: an accepted send that has no turn', () => {
    const run = quietRun()
    const call = { do: 'send', sessionId: 's1', message: '<lost>', key: null, onBusy: 'reject', isLast: false } as const
    run.does('ann', call, { to: 'send', turnId: 'lost', firstSeq: 99, repeated: false })
    expect(run.broken()).toEqual(['I6'])
  })

  test('I3: an accepted send that was answered with the turn of another', () => {
    const run = quietRun()
    const call = {
      do: 'send',
      sessionId: 's1',
      message: '<other>',
      key: null,
      onBusy: 'reject',
      isLast: false,
    } as const
    run.does('ann', call, { to: 'send', turnId: 't1', firstSeq: 1, repeated: false })
    expect(run.broken()).toEqual(['I3'])
  })

  test('I3, I12: one message that has started two turns, without a key and with one', () => {
    const run = quietRun()
    run.turn('s1', 't4', { message: '<t2> canary-s1 hello' })
    expect(run.broken()).toContain('I3')
    const keyed = quietRun()
    keyed.turn('s2', 'u2', { message: '<same>', key: 'k' })
    keyed.turn('s2', 'u3', { message: '<same>', key: 'k' })
    expect(keyed.broken()).toEqual(['I12'])
  })

  test('F52: a turn is completed whose model broke off', () => {
    const run = quietRun()
    run.turn('s2', 'u2', { ending: 'broken' })
    expect(run.broken()).toEqual(['F52'])
  })

  for (const outcome of [
    { status: 'cancelled' },
    { status: 'interrupted', reason: 'restart' },
    { status: 'interrupted', reason: 'shutdown' },
    { status: 'interrupted', reason: 'truncated' },
    { status: 'failed', reason: 'storage' },
  ]) {
    test(`I15: a turn is ${JSON.stringify(outcome)} and nobody and nothing has caused it`, () => {
      const run = quietRun()
      run.turn('s2', 'u2', { outcome })
      expect(run.broken()).toContain('I15')
    })
  }

  test('I15: a fault that was over before the send is no cause', () => {
    const run = new MadeUpRun()
    run.session('s1')
    run.happens('kill')
    run.turn('s1', 't1', { outcome: { status: 'interrupted', reason: 'restart' } })
    run.turn('s1', 't2', { isLast: true })
    expect(run.broken()).toContain('I15')
  })

  test('I11: a stop was acknowledged, and the turn ended otherwise', () => {
    const run = quietRun()
    run.does('ann', { do: 'cancel', sessionId: 's1', turnId: 't1' }, { to: 'cancel', outcome: null })
    expect(run.broken()).toEqual(['I11'])
    const told = quietRun()
    told.does('ann', { do: 'cancel', sessionId: 's1', turnId: 't1' }, { to: 'cancel', outcome: 'completed' })
    expect(told.check()).toEqual([])
  })

  test('I11: a tool ran whose start stands after the stop; a start that was written and not made is none', () => {
    const run = quietRun()
    run.change('s1', ['text.delta', 1], { type: 'turn.phase_changed', data: '{"phase":"stopping"}' })
    expect(run.broken()).toContain('I11')
    run.toolRuns.length = 0
    expect(run.broken()).not.toContain('I11')
  })
})

function indexOf(log: readonly LogEntry[], type: string, nth = 0): number {
  const places = log.flatMap((entry, index) => (entry.type === type ? [index] : []))
  return places[nth] ?? -1
}

/** Lets the first entry of one type and the next of another change places, seqs aside. */
function swap(log: LogEntry[], first: string, second: string): void {
  const a = indexOf(log, first)
  const b = log.findIndex((entry, index) => index > a && entry.type === second)
  const [one, other] = [log[a], log[b]]
  if (!one || !other) throw new Error(`there is no ${first} before a ${second}`)
  log[a] = { ...other, seq: one.seq }
  log[b] = { ...one, seq: other.seq }
}
