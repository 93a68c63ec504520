import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TurnId } from '../../protocol/ids.ts'
import type { PauseReason, Queue } from '../../protocol/queue.ts'
import type { ReadySession, SessionFeedState } from '../client/session-feed.ts'
import { SESSION_ID, scriptedLogs } from '../client/session-log.scenario.ts'
import { applyEntry, type SessionView, viewOfTranscript } from '../client/session-view.ts'
import { announcementBetween, announceQueue } from './announcer.tsx'

function ready(view: SessionView, connection: ReadySession['connection'] = 'live'): ReadySession {
  return { status: 'ready', view, connection, earlier: 'idle', ownTurnIds: new Set() }
}

describe('what is said to those who hear the page', () => {
  test('each boundary of a turn is said once, and nothing in between', () => {
    fc.assert(
      fc.property(scriptedLogs, (log) => {
        let view = viewOfTranscript(log.transcriptAt(0))
        const said: string[] = []
        for (const entry of log.entries) {
          const next = applyEntry(view, entry)
          const news = announcementBetween(ready(view), ready(next))
          if (news !== null) said.push(news)
          view = next
        }
        const boundaries = log.entries.filter((entry) =>
          ['turn.started', 'tool.finished', 'turn.ended'].includes(entry.type),
        )
        expect(said).toHaveLength(boundaries.length)
      }),
    )
  })

  test('a connection that is lost and found is said', () => {
    const view: SessionView = { settled: [], live: null, cursor: 0 as SessionView['cursor'], hasEarlier: false }
    expect(announcementBetween(ready(view), ready(view, 'reconnecting'))).toBe('Reconnecting')
    expect(announcementBetween(ready(view, 'reconnecting'), ready(view))).toBe('Reconnected')
    const loading: SessionFeedState = { status: 'loading' }
    expect(announcementBetween(loading, ready(view))).toBeNull()
  })
})

test('a queue is spoken of when more waits in it, and when it stops going on', () => {
  const queue = (count: number, reason: PauseReason | null = null): Queue => ({
    session_id: SESSION_ID,
    revision: 1,
    paused: reason && { reason, at: '2026-01-01T00:00:00Z' },
    messages: Array.from({ length: count }, (_, n) => ({
      turn_id: `turn-${n}` as TurnId,
      message: 'next',
      holder: { kind: 'browser', label: '', same_client: true },
      queued_at: '2026-01-01T00:00:00Z',
      after_stop: false,
    })),
  })
  expect(announceQueue(undefined, queue(1))).toBe('Queued, 1 waiting')
  expect(announceQueue(queue(1), queue(2))).toBe('Queued, 2 waiting')
  expect(announceQueue(queue(2), queue(1))).toBeNull()
  expect(announceQueue(queue(2), queue(2, 'stopped'))).toBe('Paused: the last answer was stopped')
  expect(announceQueue(queue(2, 'stopped'), queue(2))).toBeNull()
})
