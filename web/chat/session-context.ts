import { createContext, useContext } from 'react'
import type { OpenSession } from '../client/open-sessions.ts'

/** The session whose messages are drawn, for what can be done with one of them. */
export interface SessionPlace {
  readonly session: OpenSession
  /** Goes to the end of the conversation, where the next answer is written. */
  readonly showEnd: () => void
}

export const SessionContext = createContext<SessionPlace | null>(null)

export function useSessionPlace(): SessionPlace {
  const place = useContext(SessionContext)
  if (place === null) throw new Error('a message stands outside of <SessionContext>')
  return place
}
