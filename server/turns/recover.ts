import type { TurnOutcome } from '../../protocol/turn.ts'
import { STOPPED } from './outcome.ts'
import { parseEntry } from './stored-entry.ts'
import { TurnFold } from './turn-fold.ts'
import type { OrphanTurn, TurnEnd, TurnStore } from './turn-store.ts'

const RESTART: TurnOutcome = {
  status: 'interrupted',
  reason: 'restart',
  message: 'The server was restarted while it answered. What it had written is kept.',
}

/** What becomes of a turn whose worker is dead. Here resuming (D6) will have its place. */
export type RecoveryDecision = { readonly action: 'end'; readonly outcome: TurnOutcome }

/** A stop that was accepted is kept (I11); everything else that was cut off says so. */
export function decideRecovery(orphan: OrphanTurn): RecoveryDecision {
  return { action: 'end', outcome: orphan.turn.stopRequested ? STOPPED : RESTART }
}

/**
 * Ends every turn that no living worker owns, before the server listens (R9). Each ends in a transaction of its own and
 * under a new epoch, so that a crash in the middle only leaves the rest for the next start (F27). Returns how many.
 */
export async function recoverTurns(store: TurnStore, workerId: string): Promise<number> {
  const orphans = await store.readOrphanTurns(workerId)
  let recovered = 0
  for (const orphan of orphans) {
    const fence = await store.takeOverTurn(orphan, workerId)
    if (!fence) continue
    const { outcome } = decideRecovery(orphan)
    await store.endTurn(fence, () => endOf(orphan, outcome))
    recovered += 1
  }
  return recovered
}

function endOf(orphan: OrphanTurn, outcome: TurnOutcome): TurnEnd {
  const fold = new TurnFold()
  for (const entry of orphan.entries) fold.apply(parseEntry(entry))
  const closing = fold.closingEvents()
  for (const event of closing) fold.apply(event)
  const { content, usage } = fold
  return {
    outcome,
    content,
    usage,
    steps: fold.steps(),
    events: [...closing, { type: 'turn.ended', data: { outcome, content, usage } }],
  }
}
