import { z } from 'zod'
import { imageIdSchema } from '../../protocol/image.ts'
import { onBusySchema } from '../../protocol/requests.ts'
import type { StartTurnResult } from './api-client.ts'
import { arrivalMarkSchema } from './arrivals.ts'
import { parseJson } from './json-text.ts'
import type { Send } from './send-line.ts'

/*
 * Which key a send has (I12). As long as an answer is lost, whatever is sent next has the key of the lost one: so either that
 * one has arrived, and the server refuses other words under its key, or it has not, and never can any more. Words are never
 * said twice, whether they are sent again, changed, or joined with others, or after the page was loaded again.
 */
export interface SendAttempts {
  /** Answers the key that `attempt` goes under. */
  readonly begin: (attempt: SendAttempt) => string
  /**
   * Tells how the send went. Answers the messages of which one has arrived in its place, where the server says so; null in
   * all other cases.
   */
  readonly note: (send: Send, result: StartTurnResult) => readonly string[] | null
  /** The send whose answer was lost and that `hasArrived` knows to have arrived; from then on it is lost no more. */
  readonly takeArrived: (hasArrived: (attempt: SendAttempt) => boolean) => Send | null
}

const attemptSchema = z.object({
  send: z.object({ message: z.string(), images: z.array(imageIdSchema).readonly(), onBusy: onBusySchema }),
  /** What there was before it. */
  since: arrivalMarkSchema.nullable(),
})
export type SendAttempt = z.infer<typeof attemptSchema>

const lostSendsSchema = z.object({ key: z.string(), tried: z.array(attemptSchema).readonly() })
type LostSends = z.infer<typeof lostSendsSchema>

/** Where the sends without an answer are kept, for a page that is loaded again. */
export interface LostSendStorage {
  readonly read: () => string | null
  /** Null: there are none. */
  readonly write: (text: string | null) => void
}

export function createSendAttempts(newKey: () => string, storage: LostSendStorage): SendAttempts {
  /** Set while an answer is lost. One that had not come when the page was left counts as lost. */
  let lost = readLost(storage)
  let current: LostSends = lost ?? { key: '', tried: [] }

  function settleAs(next: LostSends | null): void {
    lost = next
    keep(storage, next)
  }

  return {
    begin: (attempt) => {
      current = { key: lost?.key ?? newKey(), tried: [...(lost?.tried ?? []), attempt] }
      keep(storage, current)
      return current.key
    },
    note: (send, result) => {
      const before = lost
      const isTaken = result.status === 'accepted' || result.status === 'queued'
      const isSettled = isTaken || (before !== null && isMismatch(result))
      if (isSettled) settleAs(null)
      else settleAs(isLost(result) ? current : before)
      if (before === null || !isMismatch(result)) return null
      const tried = before.tried.map((attempt) => attempt.send)
      const others = tried.filter(({ message, onBusy }) => message !== send.message || onBusy !== send.onBusy)
      return [...new Set(others.map(({ message }) => message))]
    },
    takeArrived: (hasArrived) => {
      const arrived = lost?.tried.find(hasArrived)
      if (arrived === undefined) return null
      settleAs(null)
      return arrived.send
    },
  }
}

function readLost(storage: LostSendStorage): LostSends | null {
  const text = storage.read()
  return text === null ? null : (lostSendsSchema.safeParse(parseJson(text)).data ?? null)
}

function keep(storage: LostSendStorage, lost: LostSends | null): void {
  storage.write(lost && JSON.stringify(lost))
}

/** Nobody knows whether the message has arrived. */
function isLost(result: StartTurnResult): boolean {
  if (result.status === 'refused') return result.httpStatus >= 500
  return result.status === 'unreachable' || result.status === 'unreadable'
}

function isMismatch(result: StartTurnResult): boolean {
  return result.status === 'refused' && result.problem.code === 'idempotency_mismatch'
}
