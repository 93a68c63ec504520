import type { Session } from '../../../protocol/session.ts'
import type { SessionRecord } from '../../sessions/session-store.ts'
import { describeSession } from '../../sessions/sessions.ts'
import { gaiaTime } from './gaia-time.ts'

/** A session as GAIA's clients read it: ours, with their form of times. */
export function describeGaiaSession(record: SessionRecord): Session {
  return {
    ...describeSession(record),
    created_at: gaiaTime(record.createdAt),
    updated_at: gaiaTime(record.updatedAt),
  }
}
