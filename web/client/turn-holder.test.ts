import { describe, expect, test } from 'vitest'
import { messageIdSchema, type Seq, type TurnId } from '../../protocol/ids.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { ReadySession } from './session-feed.ts'
import type { LiveTurn } from './session-view.ts'
import { holderAfterRefusal, holderOfLiveTurn, withUnlogged } from './turn-holder.ts'

const REFUSED: ActiveTurn = {
  turn_id: 'held' as TurnId,
  phase: 'running',
  started_at: '2026-01-01T00:00:00Z',
  last_seq: 10 as Seq,
  holder: { kind: 'schedule', label: 'inbox', same_client: false },
  queue_length: 0,
  step: 2,
  tool: 'search_files',
  turns_ahead: null,
  prompt_progress: null,
}

function session(cursor: number, live: LiveTurn | null): ReadySession {
  const view = { settled: [], live, cursor: cursor as Seq, hasEarlier: false }
  return { status: 'ready', view, connection: 'live', earlier: 'idle', ownTurnIds: new Set(['own' as TurnId]) }
}

function live(turnId: string, phase: LiveTurn['phase'] = 'running'): LiveTurn {
  const nothing = { content: '', images: [], steps: [], outcome: null, usage: null, alternatives: [] }
  const message = { ...nothing, turnId: turnId as TurnId, createdAt: 0 }
  return {
    turnId: turnId as TurnId,
    holder: { kind: 'browser', label: 'Firefox on Linux' },
    phase,
    startedAt: 5,
    user: { ...message, messageId: messageIdSchema.parse(1), role: 'user' },
    assistant: { ...message, messageId: messageIdSchema.parse(2), role: 'assistant' },
  }
}

describe('who holds the turn after a refusal', () => {
  test('the refusal is believed while this tab has not seen as much of the log', () => {
    const told = { turnId: 'held', kind: 'schedule', label: 'inbox', step: 2, tool: 'search_files' }
    expect(holderAfterRefusal(REFUSED, { status: 'loading' })).toMatchObject(told)
    expect(holderAfterRefusal(REFUSED, session(9, null))).toMatchObject(told)
    expect(holderAfterRefusal(REFUSED, session(9, live('before it')))).toMatchObject(told)
  })

  test('the log is believed once it tells of the same turn', () => {
    expect(holderAfterRefusal(REFUSED, session(3, live('held', 'stopping')))).toMatchObject({
      phase: 'stopping',
      step: 0,
    })
  })

  test('nobody holds it when the log has gone on and no turn is running', () => {
    expect(holderAfterRefusal(REFUSED, session(12, null))).toBeNull()
  })

  test('whoever came next holds it, this tab too', () => {
    expect(holderAfterRefusal(REFUSED, session(12, live('next')))).toMatchObject({ turnId: 'next', isOwn: false })
    expect(holderAfterRefusal(REFUSED, session(12, live('own')))).toMatchObject({ turnId: 'own', isOwn: true })
  })
})

describe('what the log does not say of a turn', () => {
  const held = holderOfLiveTurn(live('held'), false)
  const reading = { ...REFUSED, prompt_progress: { processed: 409, total: 1_000 } }

  test('is what the app’s stream says of the same turn, in whole percent', () => {
    expect(withUnlogged(held, reading)).toEqual({ ...held, readPercent: 40 })
    expect(withUnlogged(held, { ...REFUSED, turns_ahead: 2 })).toEqual({ ...held, turnsAhead: 2 })
  })

  test('says that it is this tab’s turn, where the page was loaded anew since it was queued', () => {
    const own = { ...REFUSED, holder: { ...REFUSED.holder, same_client: true } }
    expect(withUnlogged(held, own).isOwn).toBe(true)
    expect(withUnlogged({ ...held, isOwn: true }, REFUSED).isOwn).toBe(true)
  })

  test('is nothing where that stream tells of another turn, or of none', () => {
    expect(withUnlogged(holderOfLiveTurn(live('next'), false), reading).readPercent).toBeNull()
    expect(withUnlogged(held, undefined)).toBe(held)
  })
})
