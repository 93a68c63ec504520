import type { TurnOutcome } from '../../protocol/turn.ts'
import { STOPPED } from './outcome.ts'

/** How often a turn is begun or gone on with, all in all (D6): one that takes its server down with it must not do so for ever. */
export const MAX_ATTEMPTS = 3

/** What is known of a turn whose worker is dead and whose log is whole. */
export interface OrphanFacts {
  /** A stop was recorded before the worker died. */
  readonly stopRequested: boolean
  /** How many attempts at it have begun so far, from 1. */
  readonly attempts: number
}

export type RecoveryDecision =
  | { readonly action: 'resume'; readonly attempt: number }
  | { readonly action: 'end'; readonly outcome: TurnOutcome }

/** A stop that was accepted is kept (I11); what can go on goes on; everything else that was cut off says so. */
export function decideRecovery(orphan: OrphanFacts, mayResume: boolean): RecoveryDecision {
  if (orphan.stopRequested) return { action: 'end', outcome: STOPPED }
  if (!mayResume) return { action: 'end', outcome: RESTARTED }
  if (orphan.attempts >= MAX_ATTEMPTS) return { action: 'end', outcome: RESTARTED_TOO_OFTEN }
  return { action: 'resume', attempt: orphan.attempts + 1 }
}

export const RESTARTED = interrupted('The server was restarted while it answered. What it had written is kept.')

export const RESTARTED_TOO_OFTEN = interrupted(
  `The server was restarted ${MAX_ATTEMPTS} times while it answered, and it is not tried again. What it had written is kept.`,
)

/** Nobody can say how far such a turn came, so it cannot go on. */
export const UNREADABLE = interrupted(
  'The server was restarted while it answered, and what is stored of the answer is damaged. What can be read of it is kept.',
)

function interrupted(message: string): TurnOutcome {
  return { status: 'interrupted', reason: 'restart', message }
}
