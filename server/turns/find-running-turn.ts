import type { TurnId } from '../../protocol/ids.ts'
import type { RunningTurn } from './running-turn.ts'
import type { RunningTurns } from './running-turns.ts'
import type { SessionGate } from './session-gate.ts'
import type { TurnStore } from './turn-store.ts'

/**
 * This worker's turn with that id. Also one whose claim is committed and not yet answered: who has repeated its send may know
 * its id already.
 */
export async function findRunningTurn(
  parts: { readonly store: TurnStore; readonly gate: SessionGate; readonly running: RunningTurns },
  turnId: TurnId,
): Promise<RunningTurn | undefined> {
  const { store, gate, running } = parts
  const found = running.find(turnId)
  if (found) return found
  const record = await store.readTurn(turnId)
  if (record && !record.outcome) await gate.decided(record.sessionId)
  return running.find(turnId)
}
