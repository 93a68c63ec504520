import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import { type AppState, applyAppEvent, INITIAL_APP_STATE, withPage } from './app-state.ts'

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

  test('the first page replaces the list, a later one is added without doubles', () => {
    const first = withPage({ status: 'loading' }, { sessions: [session('a', 3), session('b', 2)], total: 3 }, 0)
    const both = withPage(first, { sessions: [session('b', 2), session('c', 1)], total: 3 }, 2)
    expect(both).toMatchObject({ total: 3, sessions: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })
    expect(withPage(both, { sessions: [session('d', 4)], total: 1 }, 0)).toMatchObject({ sessions: [{ id: 'd' }] })
  })
})
