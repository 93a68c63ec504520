import type { SessionId, TurnId } from '../../protocol/ids.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import type { MessageQueue } from '../turns/message-queue.ts'
import { endOf, says, stepStarted } from '../turns/scripted-events.ts'
import type { TurnClaim, TurnRecord } from '../turns/turn-store.ts'
import { claimed, claimOf, fenceOf, type OpenedStores } from './store-scenario.ts'

/* For tests: turns with messages that wait for their end. */

/** A turn with an open step, whose log has three entries. */
export async function runningTurn(stores: OpenedStores, sessionId?: SessionId): Promise<TurnRecord> {
  const turn = await claimed(stores, claimOf(sessionId ?? (await stores.addSession())))
  await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('so f')])
  return turn
}

/** Lets a message wait; answers with the id that its turn will have. */
export async function queued(
  stores: OpenedStores,
  sessionId: SessionId,
  wanted: string | (Partial<TurnClaim> & { readonly message: string }),
): Promise<TurnId> {
  const claim = typeof wanted === 'string' ? { message: wanted } : wanted
  const result = await stores.turns.queueTurn(claimOf(sessionId, claim))
  if (result.status !== 'queued') throw new Error(`"${claim.message}" was not queued but ${result.status}`)
  return result.message.turnId
}

/** Ends the turn and answers with the one that the same transaction has started. */
export async function endAndGoOn(
  stores: OpenedStores,
  turn: TurnRecord,
  outcome: TurnOutcome,
): Promise<TurnRecord | undefined> {
  const result = await stores.turns.endTurn(
    fenceOf(turn),
    () => endOf(outcome),
    () => 'worker',
  )
  if (result.status !== 'ended') throw new Error(`the turn was not ended but ${result.status}`)
  return result.next?.turn
}

export function textsOf(queue: MessageQueue): string[] {
  return queue.messages.map(({ message }) => message)
}
