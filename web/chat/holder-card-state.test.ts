import { describe, expect, test } from 'vitest'
import type { Seq, TurnId } from '../../protocol/ids.ts'
import type { HeldTurn } from '../client/turn-holder.ts'
import type { BusyState } from '../client/turn-sender.ts'
import { holderCardState, readCardKey } from './holder-card-state.ts'

const BUSY: BusyState = {
  status: 'busy',
  heldBy: {
    turn_id: 'turn' as TurnId,
    phase: 'running',
    started_at: '2026-01-01T00:00:00Z',
    last_seq: 1 as Seq,
    holder: { kind: 'cli', label: '', same_client: false },
    queue_length: 0,
    step: 1,
    tool: null,
    turns_ahead: null,
    prompt_progress: null,
  },
  actions: ['branch', 'queue', 'stop', 'watch'],
  draft: 'hello',
  isBranching: false,
}

const TURN: HeldTurn = {
  turnId: 'turn' as TurnId,
  kind: 'cli',
  label: '',
  isOwn: false,
  phase: 'running',
  startedAt: 0,
  step: 1,
  tool: null,
  turnsAhead: null,
  readPercent: null,
}

describe('the holder card', () => {
  test('offers what the server allows and this version can do, in one order', () => {
    expect(holderCardState(BUSY, TURN, 'hello')).toMatchObject({
      status: 'held',
      choices: ['queue', 'watch', 'stop', 'branch'],
    })
    expect(holderCardState({ ...BUSY, actions: ['watch'] }, TURN, 'hello').choices).toEqual(['watch'])
  })

  test('turns to ready when nobody holds the turn any more, and sends only when asked', () => {
    const card = holderCardState(BUSY, null, 'hello')
    expect(card).toMatchObject({ status: 'ready', choices: ['send'] })
    expect(readCardKey('1', card, null)).toEqual({ type: 'choose', choice: 'send' })
  })

  test('numbers choose, arrows select, Enter takes what is selected, Escape closes', () => {
    const card = holderCardState(BUSY, TURN, 'hello')
    expect(readCardKey('3', card, null)).toEqual({ type: 'choose', choice: 'stop' })
    expect(readCardKey('5', card, null)).toBeNull()
    expect(readCardKey('ArrowDown', card, null)).toEqual({ type: 'select', choice: 'queue' })
    expect(readCardKey('ArrowRight', card, 'watch')).toEqual({ type: 'select', choice: 'stop' })
    expect(readCardKey('ArrowDown', card, 'branch')).toEqual({ type: 'select', choice: 'queue' })
    expect(readCardKey('ArrowUp', card, null)).toEqual({ type: 'select', choice: 'branch' })
    expect(readCardKey('Enter', card, 'branch')).toEqual({ type: 'choose', choice: 'branch' })
    expect(readCardKey('Enter', card, null)).toBeNull()
    expect(readCardKey('Escape', card, null)).toEqual({ type: 'close' })
  })

  test('keys belong to the text again once somebody writes on', () => {
    const card = holderCardState(BUSY, TURN, 'hello 2')
    for (const key of ['1', '2', 'ArrowUp', 'ArrowLeft', 'Enter']) expect(readCardKey(key, card, 'stop')).toBeNull()
    expect(readCardKey('Escape', card, null)).toEqual({ type: 'close' })
  })
})
