import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import {
  type AppState,
  applyAppEvent,
  INITIAL_APP_STATE,
  withAnsweredPage,
  withAskedPage,
  withUnansweredPage,
} from './app-state.ts'

function session(id: string, day: number): Session {
  const at = `2026-01-0${day}T00:00:00Z`
  return {
    id: id as SessionId,
    title: id,
    title_is_custom: false,
    created_at: at,
    updated_at: at,
    model: 'practice',
    system_prompt: null,
    message_count: 0,
    document_ids: [],
    private: false,
    pinned: false,
    agent_type: 'chat',
    device: 'cpu',
    mail_provider: null,
  }
}

const ACTIVE: ActiveTurn = {
  turn_id: 'turn' as ActiveTurn['turn_id'],
  phase: 'running',
  started_at: '2026-01-01T00:00:00Z',
  last_seq: 1 as ActiveTurn['last_seq'],
  holder: { kind: 'cli', label: '', same_client: false },
  queue_length: 0,
  step: 0,
  tool: null,
  turns_ahead: null,
  prompt_progress: null,
}

function listed(...sessions: readonly Session[]): AppState {
  return { ...INITIAL_APP_STATE, sessions: { status: 'ready', sessions, total: sessions.length } }
}

const idsOf = ({ sessions }: AppState) => (sessions.status === 'ready' ? sessions.sessions.map((one) => one.id) : [])

describe('what the whole app knows', () => {
  test('a changed session moves to its place, a new one is added and counted', () => {
    const before = listed(session('a', 3), session('b', 2))
    expect(idsOf(applyAppEvent(before, { type: 'session.changed', session: session('b', 4) }))).toEqual(['b', 'a'])
    const added = applyAppEvent(before, { type: 'session.changed', session: session('c', 1) })
    expect(idsOf(added)).toEqual(['a', 'b', 'c'])
    expect(added.sessions).toMatchObject({ total: 3 })
  })

  test('a deleted session is gone with its turn', () => {
    const running = applyAppEvent(listed(session('a', 1)), {
      type: 'turn.changed',
      session_id: 'a' as SessionId,
      active_turn: ACTIVE,
    })
    expect(running.activeTurns.size).toBe(1)
    const after = applyAppEvent(running, { type: 'session.deleted', session_id: 'a' as SessionId })
    expect([idsOf(after), after.activeTurns.size]).toEqual([[], 0])
    expect(after.sessions).toMatchObject({ total: 0 })
  })

  test('a snapshot replaces what was known of running turns, and an end removes one', () => {
    const stale = applyAppEvent(listed(), { type: 'turn.changed', session_id: 'old' as SessionId, active_turn: ACTIVE })
    const fresh = applyAppEvent(stale, {
      type: 'snapshot',
      queues: [],
      active: [{ session_id: 'new' as SessionId, active_turn: ACTIVE }],
    })
    expect([...fresh.activeTurns.keys()]).toEqual(['new'])
    const ended = applyAppEvent(fresh, {
      type: 'turn.ended',
      session_id: 'new' as SessionId,
      outcome: { status: 'completed' },
    })
    expect(ended.activeTurns.size).toBe(0)
  })

  test('a page replaces what the list has in its place, and a later one is added without doubles', () => {
    const first = withPages(INITIAL_APP_STATE, [[session('a', 5), session('b', 4)], 0, 3])
    const both = withPages(first, [[session('b', 4), session('c', 3)], 2, 3])
    expect([idsOf(both), totalOf(both)]).toEqual([['a', 'b', 'c'], 3])
    expect(idsOf(withPages(both, [[session('d', 6)], 0, 1]))).toEqual(['d'])
  })

  test('a list that was read far down keeps its length when its pages are read again, without what is gone', () => {
    const before = listed(session('a', 6), session('b', 5), session('gone', 4), session('c', 3), session('d', 2))
    const again = withPages(before, [[session('new', 7), session('a', 6)], 0, 5])
    expect(idsOf(again)).toEqual(['new', 'a', 'b', 'gone', 'c', 'd'])
    const further = withPages(again, [[session('a', 6), session('b', 5), session('c', 3)], 1, 5])
    expect(idsOf(further)).toEqual(['new', 'a', 'b', 'c', 'd'])
    expect(totalOf(further)).toBe(5)
    // a session at the border of two pages goes as well
    const border = withPages(
      before,
      [[session('a', 6), session('b', 5)], 0, 4],
      [[session('b', 5), session('c', 3)], 1, 4],
    )
    expect(idsOf(border)).toEqual(['a', 'b', 'c', 'd'])
    expect(idsOf(withPages(before, [[session('a', 6), session('b', 5), session('c', 3)], 0, 3]))).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  test('what is told while a page is on its way is newer than the page', () => {
    const before = listed(session('a', 5), session('b', 4), session('c', 3))
    const asked = { limit: 3, offset: 0 }
    const waiting = withAskedPage(before, asked)
    const renamed = applyAppEvent(waiting, { type: 'session.changed', session: { ...session('b', 4), title: 'new' } })
    const told = applyAppEvent(renamed, { type: 'session.deleted', session_id: 'c' as SessionId })
    const late = { sessions: [session('a', 5), session('b', 4), session('c', 3)], total: 4 }
    const after = withAnsweredPage(told, asked, late)
    expect(after.sessions).toMatchObject({ sessions: [{ title: 'a' }, { title: 'new' }], total: 3 })
    // and older than the next one
    expect(withPages(after, [late.sessions, 0, 3]).sessions).toMatchObject({
      sessions: [{}, { title: 'b' }, { id: 'c' }],
    })
  })

  test('what is told before there is a list stands in it', () => {
    const asked = { limit: 3, offset: 0 }
    const waiting = withAskedPage(INITIAL_APP_STATE, asked)
    const told = applyAppEvent(waiting, { type: 'session.changed', session: session('new', 7) })
    const after = withAnsweredPage(told, asked, { sessions: [session('a', 5)], total: 1 })
    expect([idsOf(after), totalOf(after)]).toEqual([['new', 'a'], 2])
  })

  test('a page that does not come leaves the list as it is', () => {
    const asked = { limit: 3, offset: 0 }
    const before = listed(session('a', 5))
    expect(withUnansweredPage(withAskedPage(before, asked), asked)).toEqual(before)
    const none = withUnansweredPage(withAskedPage(INITIAL_APP_STATE, asked), asked)
    expect(none.sessions).toEqual({ status: 'unavailable' })
  })
})

type Answer = readonly [sessions: readonly Session[], offset: number, total: number]

/** Each page is asked for and answered, one after the other. */
function withPages(state: AppState, ...answers: readonly Answer[]): AppState {
  return answers.reduce((now, [sessions, offset, total]) => {
    const asked = { limit: sessions.length, offset }
    return withAnsweredPage(withAskedPage(now, asked), asked, { sessions: [...sessions], total })
  }, state)
}

function totalOf({ sessions }: AppState): number | null {
  return sessions.status === 'ready' ? sessions.total : null
}
