import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReadySession, SessionFeedState } from '../client/session-feed.ts'
import { scriptedLogs } from '../client/session-log.scenario.ts'
import { applyEntry, type SessionView, viewOfTranscript } from '../client/session-view.ts'
import { announcementBetween } from './announcer.tsx'

function ready(view: SessionView, connection: ReadySession['connection'] = 'live'): ReadySession {
  return { status: 'ready', view, connection, earlier: 'idle', ownTurnId: null }
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
