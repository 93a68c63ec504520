import { describe, expect, test } from 'vitest'
import { MadeUpRun, quietRun } from './made-up-run.ts'
import { tellViolation } from './violation.ts'

/** The rules about traces, history, tools and clients, each broken once by hand. */

describe('traces', () => {
  const refused = {
    do: 'send',
    sessionId: 's1',
    message: '<no> hello',
    key: null,
    onBusy: 'reject',
    isLast: false,
  } as const

  test('I4: what was refused is found in the database, on a screen, in a prompt', () => {
    const stored = quietRun()
    stored.refused('bob', refused)
    stored.moreText.push('message {"content":"<no> hello"}')
    expect(stored.broken()).toEqual(['I4'])
    const shown = quietRun()
    shown.refused('bob', refused)
    shown.watches('gone', { entries: [{ ...shown.entry('s1', 0), data: '{"message":"<no> hello"}' }] })
    expect(shown.broken()).toEqual(['I4'])
    const asked = quietRun()
    asked.refused('bob', refused)
    asked.modelReplies.push({ prompt: 'before <no> hello', message: 'x', ending: 'finished' })
    expect(asked.broken()).toEqual(['I4'])
  })

  test('I4: a send that was refused and then accepted may be found', () => {
    const run = quietRun()
    run.refused('ann', { ...refused, sessionId: 's2' })
    run.turn('s2', 'u2', { message: refused.message })
    expect(run.check()).toEqual([])
  })

  test('I4: a turn that nobody has asked for', () => {
    const run = quietRun()
    const at = run.history.findIndex((event) => event.kind === 'invoke' && event.call.do === 'send')
    run.history.splice(at, 2)
    expect(run.broken()).toContain('I4')
  })

  test('I6: an acknowledged session is not there', () => {
    const run = quietRun()
    run.does('ann', { do: 'create' }, { to: 'create', sessionId: 's9' })
    expect(run.broken()).toEqual(['I6'])
  })

  test('I6: an acknowledged title is lost; a later one without an answer may stand', () => {
    const run = quietRun()
    run.does('ann', { do: 'rename', sessionId: 's1', title: 'first' }, { to: 'rename' })
    expect(run.broken()).toEqual(['I6'])
    run.calls('ann', { do: 'rename', sessionId: 's1', title: 'second' })
    run.of('s1').title = 'second'
    expect(run.check()).toEqual([])
  })

  test('I10: a deleted session is there, is shown, or has left rows behind', () => {
    const there = quietRun()
    there.does('ann', { do: 'delete', sessionId: 's2' }, { to: 'delete' })
    expect(there.broken()).toEqual(['I10'])
    const gone = quietRun()
    const { log } = gone.of('s2')
    gone.forgets('s2')
    expect(gone.check()).toEqual([])
    gone.moreText.push('entry {"data":"<u1> canary-s2 hello"}')
    expect(gone.broken()).toEqual(['I10'])
    const shown = quietRun()
    shown.forgets('s2')
    shown.watches('s2', { entries: log.slice(0, 1) })
    expect(shown.broken()).toEqual(['I10'])
    const rows = quietRun()
    rows.ownerless.push('entry {"session":7}')
    expect(rows.broken()).toEqual(['I10'])
  })

  test('I20: the database moves although everything is at rest', () => {
    const run = quietRun()
    run.moreTextLater.push('entry {"seq":99}')
    expect(run.broken()).toEqual(['I20'])
  })
})

describe('history', () => {
  test('I5: a message that says something else, one that is missing, one too many', () => {
    const other = quietRun()
    const [, answer] = other.messages
    if (answer) answer.content = 'Holla'
    expect(other.broken()).toEqual(['I5'])
    const missing = quietRun()
    missing.messages.splice(1, 1)
    expect(missing.broken()).toEqual(['I5'])
    const extra = quietRun()
    extra.messages.push(...extra.messages.slice(0, 1).map((message) => ({ ...message, id: 99 })))
    expect(extra.broken()).toEqual(['I5'])
  })

  test('I16: a turn says that it used other than its steps did', () => {
    const run = quietRun()
    run.change('s1', ['step.finished', 0], { data: '{"step":1,"text":"Hello","usage":{"output_tokens":7}}' })
    expect(run.broken()).toEqual(['I16'])
  })
})

describe('tools', () => {
  test('I7: a tool ran twice', () => {
    const run = quietRun()
    run.toolRuns.push({ mark: 'mark-1' })
    expect(run.broken()).toEqual(['I7'])
  })

  test('I7: a tool ran that had not started, and one is said to have run that has not', () => {
    const early = quietRun()
    early.change('s1', ['tool.started', 0], { type: 'turn.phase_changed', data: '{}' })
    expect(early.broken()).toEqual(['I7'])
    const never = quietRun()
    never.toolRuns.length = 0
    expect(never.broken()).toEqual(['I7'])
  })

  test('I7: nobody can say whether it ran: both are fine', () => {
    const run = quietRun()
    run.change('s1', ['tool.finished', 0], { data: '{"call_id":"call of t1","status":"unknown"}' })
    expect(run.check()).toEqual([])
    run.toolRuns.length = 0
    expect(run.check()).toEqual([])
  })

  test('I7: it is said not to have run, and has', () => {
    const run = quietRun()
    run.change('s1', ['tool.finished', 0], { data: '{"call_id":"call of t1","status":"error"}' })
    expect(run.broken()).toEqual(['I7'])
  })
})

describe('clients', () => {
  test('I9: a session that does not complete a turn after the last fault', () => {
    const run = new MadeUpRun()
    run.session('s1')
    run.turn('s1', 't1')
    expect(run.broken()).toEqual(['I9'])
  })

  test('I9: a send was refused for a turn that had been seen to end', () => {
    const run = quietRun()
    const call = { do: 'send', sessionId: 's1', message: '<no>', key: null, onBusy: 'reject', isLast: false } as const
    run.refused('bob', call, { activeTurnId: 't3' })
    expect(run.broken()).toEqual(['I9'])
  })

  test('I12: one key was accepted for two messages, and has started two turns', () => {
    const run = quietRun()
    run.turn('s2', 'u2', { key: 'k2' })
    expect(run.broken()).toEqual(['I12'])
    const same = quietRun()
    const call = {
      do: 'send',
      sessionId: 's1',
      message: '<other>',
      key: 'k1',
      onBusy: 'reject',
      isLast: false,
    } as const
    same.does('ann', call, { to: 'send', turnId: 't1', firstSeq: 1, repeated: true })
    expect(same.broken()).toEqual(['I12', 'I3'])
  })

  test('I13: a read that went back, and one that does not see what its client has written', () => {
    const back = quietRun()
    const read = (cursor: number) => ({ to: 'read', cursor, messageIds: [], activeTurnId: null }) as const
    back.does('bob', { do: 'read', sessionId: 's1' }, read(9))
    back.does('bob', { do: 'read', sessionId: 's1' }, read(5))
    expect(back.broken()).toEqual(['I13'])
    const blind = quietRun()
    blind.does('ann', { do: 'read', sessionId: 's2' }, read(0))
    expect(blind.broken()).toEqual(['I13'])
  })

  test('I14: something is left over', () => {
    const run = quietRun()
    run.leftOver.timers = 2
    expect(run.broken()).toEqual(['I14'])
  })

  test('I17: the word of one session shows up in the log, on a screen and in a prompt of another', () => {
    const logged = quietRun()
    logged.turn('s2', 'u2', { pieces: ['canary-s1'] })
    expect(logged.broken()).toEqual(['I17'])
    const asked = quietRun()
    asked.modelReplies.push({ prompt: 'canary-s1 and canary-s2', message: 'canary-s2', ending: 'finished' })
    expect(asked.broken()).toEqual(['I17'])
    const shown = quietRun()
    shown.watches('gone', { entries: [shown.entry('s1', 0)] })
    expect(shown.broken()).toEqual(['I17'])
  })

  test('I17: a branch has the words of what it was made of', () => {
    const run = quietRun()
    run.session('s3')
    run.does('ann', { do: 'branch', sessionId: 's1' }, { to: 'branch', sessionId: 's3' })
    const messages = run.messages.filter(({ sessionId }) => sessionId === 's2').map((message) => ({ ...message }))
    run.log('s3', { turnId: null, type: 'messages.copied', data: { from_session_id: 's1', messages: [] } })
    run.turn('s3', 'v1', { pieces: ['canary-s1'], isLast: true })
    expect(run.check()).toEqual([])
    expect(messages).toHaveLength(2)
  })
})

test('a violation is told in the fewest events that contradict each other', () => {
  const run = quietRun()
  run.does('ann', { do: 'cancel', sessionId: 's1', turnId: 't1' }, { to: 'cancel', outcome: null })
  const [violation] = run.check()
  expect(violation && tellViolation(violation).split('\n')).toEqual([
    'I11: a stop was acknowledged with "cancelled" and the turn ended completed',
    expect.stringMatching(/#8 ann: cancel {"sessionId":"s1","turnId":"t1"}$/),
    expect.stringMatching(/#8 ok: {"outcome":null}$/),
    expect.stringMatching(/stored: seq 9, epoch 1, turn t1, turn.ended/),
  ])
})
