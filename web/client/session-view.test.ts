import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Entry } from '../../protocol/entry.ts'
import type { Seq, TurnId } from '../../protocol/ids.ts'
import { entriesAfter, type ScriptedLog, scriptedLogs } from './session-log.scenario.ts'
import { applyEntry, parseTime, placeOf, runningTool, type SessionView, viewOfTranscript } from './session-view.ts'

/** What a tab shows that was open from the first entry on. */
function viewOfWitness(log: ScriptedLog, length = log.entries.length): SessionView {
  return log.entries.slice(0, length).reduce(applyEntry, viewOfTranscript(log.transcriptAt(0)))
}

const logsWithPlaces = scriptedLogs.chain((log) =>
  fc.record({
    log: fc.constant(log),
    refresh: fc.nat({ max: log.entries.length }),
    now: fc.nat({ max: log.entries.length }),
  }),
)

describe('a session as it is drawn', () => {
  test('a message is gone when it was removed, or put aside for an alternative, and not when it is not loaded yet', () => {
    fc.assert(
      fc.property(scriptedLogs, fc.nat(), (log, at) => {
        const { settled, ...view } = viewOfWitness(log)
        const from = at % (settled.length + 1)
        const loaded = { ...view, settled: settled.slice(from), hasEarlier: from > 0 }
        for (const { messageId } of settled) expect(placeOf(loaded, messageId)).not.toBe('gone')
        const [first, ...others] = settled
        const removed = { ...view, settled: others.slice(0, -1) }
        if (first !== undefined && removed.settled.length > 0) expect(placeOf(removed, first.messageId)).toBe('gone')
      }),
    )
  })

  test('a refresh at any moment, and trimmed deltas, give the same view as never refreshing', () => {
    fc.assert(
      fc.property(logsWithPlaces, ({ log, refresh, now }) => {
        const length = Math.max(refresh, now)
        const transcript = log.transcriptAt(refresh)
        const replayed = entriesAfter(log, transcript.cursor, refresh)
        const live = log.entries.slice(refresh, length)
        const refreshed = [...replayed, ...live].reduce(applyEntry, viewOfTranscript(transcript))
        expect(refreshed).toEqual(viewOfWitness(log, length))
      }),
    )
  })

  test('a reconnect that sends entries again changes nothing', () => {
    fc.assert(
      fc.property(logsWithPlaces, ({ log, refresh, now }) => {
        const [early, late] = [Math.min(refresh, now), Math.max(refresh, now)]
        const first = viewOfWitness(log, late)
        const again = entriesAfter(log, early, log.entries.length).reduce(applyEntry, first)
        expect(again).toEqual(viewOfWitness(log))
      }),
    )
  })

  test('a settled message keeps its identity whatever happens after it', () => {
    fc.assert(
      fc.property(scriptedLogs, (log) => {
        let view = viewOfTranscript(log.transcriptAt(0))
        for (const entry of log.entries) {
          const next = applyEntry(view, entry)
          const kept = next.settled.filter((message) => view.settled.some((old) => old.messageId === message.messageId))
          expect(kept.every((message) => view.settled.includes(message))).toBe(true)
          view = next
        }
      }),
    )
  })

  test('a running turn keeps the identity of its question and of its finished steps', () => {
    const view = viewAfter([started(1), stepStarted(2, 1), finished(3, 1, 'first'), stepStarted(4, 2)])
    const next = applyEntry(view, delta(5, 2, 'second'))
    expect(next.live?.user).toBe(view.live?.user)
    expect(next.live?.assistant.steps[0]).toBe(view.live?.assistant.steps[0])
    expect(next.live?.assistant.steps[1]?.text).toBe('second')
  })

  test('step.finished replaces what its deltas have written', () => {
    const view = viewAfter([
      started(1),
      stepStarted(2, 1),
      delta(3, 1, 'a torn fi'),
      finished(4, 1, 'a whole sentence'),
    ])
    expect(view.live?.assistant.steps).toMatchObject([{ text: 'a whole sentence', isWriting: false }])
  })

  test('a step that is started again loses what the void attempt has written', () => {
    const view = viewAfter([started(1), stepStarted(2, 1), delta(3, 1, 'void'), stepStarted(4, 1), delta(5, 1, 'new')])
    expect(view.live?.assistant.steps).toMatchObject([{ text: 'new' }])
  })

  test('D6: what turn.resumed names as void is dropped and nothing else; the phase is running again', () => {
    const cut = [
      started(1),
      stepStarted(2, 1),
      finished(3, 1, 'kept'),
      stepStarted(4, 2),
      delta(5, 2, 'void'),
      phase(6, 'waiting_for_slot'),
    ]
    const view = viewAfter([...cut, resumed(7, 3)])
    expect(view.live).toMatchObject({ phase: 'running', assistant: { steps: [{ step: 1, text: 'kept' }] } })
    const anew = [stepStarted(8, 2), delta(9, 2, 'new')].reduce(applyEntry, view)
    expect(anew.live?.assistant.steps).toMatchObject([{ text: 'kept' }, { step: 2, text: 'new', isWriting: true }])
  })

  test('I2, D6: where nothing is void the text goes on, and keeps the identity of what was finished', () => {
    const view = viewAfter([started(1), stepStarted(2, 1), finished(3, 1, 'a'), stepStarted(4, 2), delta(5, 2, 'so ')])
    const next = [resumed(6, null), delta(7, 2, 'far')].reduce(applyEntry, view)
    expect(next.live?.assistant.steps).toMatchObject([{ text: 'a' }, { text: 'so far' }])
    expect(next.live?.assistant.steps[0]).toBe(view.live?.assistant.steps[0])
  })

  test('entries of a turn that is shown settled change nothing but the cursor', () => {
    const view = viewAfter([])
    expect(applyEntry(view, delta(9, 1, 'late'))).toEqual({ ...view, cursor: 9 })
  })

  test('removed messages are gone and the others stay', () => {
    const settled = viewAfter([started(1), ended(2)])
    const view = applyEntry(settled, {
      ...place(3, null),
      type: 'messages.removed',
      data: { message_ids: settled.settled.slice(0, 1).map((message) => message.messageId) },
    })
    expect(view.settled.map((message) => message.role)).toEqual(['assistant'])
  })

  test('the running tool is the one that has started and not finished', () => {
    const called = viewAfter([started(1), stepStarted(2, 1), finished(3, 1, ''), toolCalled(4), toolStarted(5)])
    expect(called.live && runningTool(called.live.assistant)).toBe('search_files')
    const unknown = applyEntry(called, toolFinished(6))
    expect(unknown.live && runningTool(unknown.live.assistant)).toBeNull()
    expect(unknown.live?.assistant.steps[0]?.toolCalls[0]).toMatchObject({ state: 'unknown', result: '' })
  })

  test('times without a zone are UTC, wherever the browser is', () => {
    vi.stubEnv('TZ', 'Pacific/Auckland')
    expect(parseTime('2026-01-02T03:04:05')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
    expect(parseTime('2026-01-02T03:04:05.5Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 500))
    expect(parseTime('2026-01-02T05:04:05+02:00')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
    vi.unstubAllEnvs()
  })
})

function viewAfter(entries: readonly Entry[]): SessionView {
  const empty: SessionView = { settled: [], live: null, cursor: 0 as Seq, hasEarlier: false }
  return entries.reduce(applyEntry, empty)
}

function place(seq: number, turnId: string | null = 'turn') {
  return { seq: seq as Seq, turn_id: turnId as TurnId | null, epoch: 1 as Entry['epoch'], at: 1000 + seq }
}

function started(seq: number): Entry {
  const ids = { user_message_id: 1, assistant_message_id: 2 } as Extract<Entry, { type: 'turn.started' }>['data']
  return { ...place(seq), type: 'turn.started', data: { ...ids, message: 'hi', holder: { kind: 'cli', label: '' } } }
}

function stepStarted(seq: number, step: number): Entry {
  return { ...place(seq), type: 'step.started', data: { step, model: 'practice' } }
}

function resumed(seq: number, voidAfter: number | null): Entry {
  return { ...place(seq), type: 'turn.resumed', data: { attempt: 2, void_after: voidAfter as Seq | null } }
}

function phase(seq: number, name: 'waiting_for_slot' | 'running'): Entry {
  return { ...place(seq), type: 'turn.phase_changed', data: { phase: name } }
}

function delta(seq: number, step: number, text: string): Entry {
  return { ...place(seq), type: 'text.delta', data: { step, text } }
}

function finished(seq: number, step: number, text: string): Entry {
  return {
    ...place(seq),
    type: 'step.finished',
    data: { step, text, reasoning: '', finish_reason: 'stop', usage: null },
  }
}

function ended(seq: number): Entry {
  return { ...place(seq), type: 'turn.ended', data: { outcome: { status: 'completed' }, content: '', usage: null } }
}

const CALL_ID = 'call' as Extract<Entry, { type: 'tool.started' }>['data']['call_id']

function toolCalled(seq: number): Entry {
  const data = { step: 1, call_id: CALL_ID, tool: 'search_files', arguments: '{}' }
  return { ...place(seq), type: 'tool.called', data }
}

function toolStarted(seq: number): Entry {
  return { ...place(seq), type: 'tool.started', data: { call_id: CALL_ID } }
}

function toolFinished(seq: number): Entry {
  const data = { call_id: CALL_ID, status: 'unknown', result: '', duration_ms: null } as const
  return { ...place(seq), type: 'tool.finished', data }
}
