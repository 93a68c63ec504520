import { describe, expect, test } from 'vitest'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { type AbortCause, type AnswerResult, decideOutcome, type WorkEnd } from './outcome.ts'

type EndName = `answered ${AnswerResult['status']}` | `aborted by ${AbortCause['kind']}` | 'threw' | 'threw for storage'
type Ending = TurnOutcome['status'] | 'fenced'

const ends: Record<EndName, WorkEnd> = {
  'answered completed': { kind: 'answered', result: { status: 'completed' } },
  'answered failed': { kind: 'answered', result: { status: 'failed', reason: 'backend_error', message: 'why' } },
  'answered interrupted': { kind: 'answered', result: { status: 'interrupted', reason: 'truncated', message: 'why' } },
  'aborted by stop_requested': { kind: 'aborted', cause: { kind: 'stop_requested' } },
  'aborted by limit': { kind: 'aborted', cause: { kind: 'limit', reason: 'turn_timeout', message: 'why' } },
  'aborted by shutdown': { kind: 'aborted', cause: { kind: 'shutdown' } },
  'aborted by fenced': { kind: 'aborted', cause: { kind: 'fenced' } },
  threw: { kind: 'threw', storage: false },
  'threw for storage': { kind: 'threw', storage: true },
}

const expected: Record<EndName, Record<'asked to stop' | 'not asked to stop', Ending>> = {
  'answered completed': { 'not asked to stop': 'completed', 'asked to stop': 'cancelled' },
  'answered failed': { 'not asked to stop': 'failed', 'asked to stop': 'cancelled' },
  'answered interrupted': { 'not asked to stop': 'interrupted', 'asked to stop': 'cancelled' },
  'aborted by stop_requested': { 'not asked to stop': 'cancelled', 'asked to stop': 'cancelled' },
  'aborted by limit': { 'not asked to stop': 'failed', 'asked to stop': 'cancelled' },
  'aborted by shutdown': { 'not asked to stop': 'interrupted', 'asked to stop': 'cancelled' },
  'aborted by fenced': { 'not asked to stop': 'fenced', 'asked to stop': 'fenced' },
  threw: { 'not asked to stop': 'failed', 'asked to stop': 'cancelled' },
  'threw for storage': { 'not asked to stop': 'failed', 'asked to stop': 'cancelled' },
}

const names = Object.keys(ends) as EndName[]

describe('I3, I11: the outcome of work that', () => {
  test.for(names)('%s', (name) => {
    expect(decideOutcome(ends[name], false).status).toBe(expected[name]['not asked to stop'])
    expect(decideOutcome(ends[name], true).status).toBe(expected[name]['asked to stop'])
  })
})

test('the reason and the words of an answer or a limit are kept', () => {
  const failed = { status: 'failed', reason: 'backend_error', message: 'why' }
  expect(decideOutcome(ends['answered failed'], false)).toEqual(failed)
  expect(decideOutcome(ends['aborted by limit'], false)).toEqual({ ...failed, reason: 'turn_timeout' })
  expect(decideOutcome(ends['answered interrupted'], false)).toMatchObject({ reason: 'truncated', message: 'why' })
  expect(decideOutcome(ends['aborted by shutdown'], false)).toMatchObject({ reason: 'shutdown' })
  expect(decideOutcome(ends['threw for storage'], false)).toMatchObject({ reason: 'storage' })
  expect(decideOutcome(ends.threw, false)).toMatchObject({ reason: 'internal' })
})
