import type { StartTurnResult } from './api-client.ts'
import type { Send } from './send-line.ts'

/*
 * Which key a send has (I12). As long as an answer is lost, whatever is sent next has the key of the lost one: so either that
 * one has arrived, and the server refuses other words under its key, or it has not, and never can any more. Words are never
 * said twice, whether they are sent again, changed, or joined with others.
 */
export interface SendAttempts {
  readonly nextKey: () => string
  /**
   * Tells how the send went. Answers the messages of which one has arrived in its place, where the server says so; null in
   * all other cases.
   */
  readonly note: (send: Send, result: StartTurnResult) => readonly string[] | null
}

export function createSendAttempts(newKey: () => string): SendAttempts {
  /** Set while an answer is lost. */
  let lost: { readonly key: string; readonly tried: readonly Send[] } | null = null
  let current = ''
  return {
    nextKey: () => {
      current = lost?.key ?? newKey()
      return current
    },
    note: (send, result) => {
      if (isLost(result)) lost = { key: current, tried: [...(lost?.tried ?? []), send] }
      if (result.status === 'accepted' || result.status === 'queued') lost = null
      if (lost === null || !isMismatch(result)) return null
      const others = lost.tried.filter(({ message, onBusy }) => message !== send.message || onBusy !== send.onBusy)
      lost = null
      return [...new Set(others.map(({ message }) => message))]
    },
  }
}

/** Nobody knows whether the message has arrived. */
function isLost(result: StartTurnResult): boolean {
  if (result.status === 'refused') return result.httpStatus >= 500
  return result.status === 'unreachable' || result.status === 'unreadable'
}

function isMismatch(result: StartTurnResult): boolean {
  return result.status === 'refused' && result.problem.code === 'idempotency_mismatch'
}
