import { expect, test } from 'vitest'
import { STOPPED } from './outcome.ts'
import {
  decideRecovery,
  MAX_ATTEMPTS,
  type OrphanFacts,
  RESTARTED,
  RESTARTED_TOO_OFTEN,
  type RecoveryDecision,
} from './recovery-decision.ts'

type Stop = 'not stopped' | 'stopped'
type Switch = 'may resume' | 'switched off'
type Attempts = 1 | 2 | 3 | 4

const end = (outcome: Extract<RecoveryDecision, { action: 'end' }>['outcome']): RecoveryDecision => ({
  action: 'end',
  outcome,
})
const resume = (attempt: number): RecoveryDecision => ({ action: 'resume', attempt })

const DECISIONS: Record<Stop, Record<Switch, Record<Attempts, RecoveryDecision>>> = {
  'not stopped': {
    'may resume': { 1: resume(2), 2: resume(3), 3: end(RESTARTED_TOO_OFTEN), 4: end(RESTARTED_TOO_OFTEN) },
    'switched off': { 1: end(RESTARTED), 2: end(RESTARTED), 3: end(RESTARTED), 4: end(RESTARTED) },
  },
  stopped: {
    'may resume': { 1: end(STOPPED), 2: end(STOPPED), 3: end(STOPPED), 4: end(STOPPED) },
    'switched off': { 1: end(STOPPED), 2: end(STOPPED), 3: end(STOPPED), 4: end(STOPPED) },
  },
}

for (const [stop, switches] of Object.entries(DECISIONS)) {
  for (const [mayResume, decisions] of Object.entries(switches)) {
    for (const [attempts, decision] of Object.entries(decisions)) {
      test(`D6: after ${attempts} attempts, ${stop}, ${mayResume}: ${describe(decision)}`, () => {
        const facts: OrphanFacts = { stopRequested: stop === 'stopped', attempts: Number(attempts) }
        expect(decideRecovery(facts, mayResume === 'may resume')).toEqual(decision)
      })
    }
  }
}

test('D6: three attempts in all', () => {
  expect(MAX_ATTEMPTS).toBe(3)
})

function describe(decision: RecoveryDecision): string {
  return decision.action === 'resume' ? `attempt ${decision.attempt}` : `ends ${decision.outcome.status}`
}
