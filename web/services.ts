import { createContext, useContext } from 'react'
import type { AppFeed } from './client/app-feed.ts'
import type { OfferedCommands } from './client/commands.ts'
import type { DataClient } from './client/data-client.ts'
import type { Drafts } from './client/drafts.ts'
import type { KeyBindings } from './client/key-bindings.ts'
import type { Location } from './client/location.ts'
import type { ModelsFeed } from './client/models-feed.ts'
import type { NewSession } from './client/new-session.ts'
import type { OpenSessions } from './client/open-sessions.ts'
import type { Preferences } from './client/preferences.ts'
import type { SearchBox } from './client/search-box.ts'
import type { TabIdentity } from './client/tab-identity.ts'
import type { UnreadSessions } from './client/unread.ts'

/** Everything the screens are built on. `main.tsx` makes it once. */
export interface Services {
  readonly app: AppFeed
  readonly models: ModelsFeed
  readonly data: DataClient
  readonly sessions: OpenSessions
  readonly newSession: NewSession
  readonly drafts: Drafts
  readonly location: Location
  readonly preferences: Preferences
  readonly keys: KeyBindings
  readonly commands: OfferedCommands
  readonly identity: TabIdentity
  readonly unread: UnreadSessions
  readonly search: SearchBox
  /** Reports what should not have happened, where a developer looks for it. */
  readonly reportFailure: (error: unknown) => void
}

export const ServicesContext = createContext<Services | null>(null)

export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (services === null) throw new Error('the screens stand outside of <ServicesContext>')
  return services
}
