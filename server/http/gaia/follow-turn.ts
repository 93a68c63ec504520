import type { Entry } from '../../../protocol/entry.ts'
import { type SessionId, seqSchema, type TurnId } from '../../../protocol/ids.ts'
import { follow } from '../../turns/follow.ts'
import { parseEntry } from '../../turns/stored-entry.ts'
import type { HttpParts } from '../http-parts.ts'

/** A turn and where in its session's log it begins. The API's `Turn` is one. */
export interface TurnPlace {
  readonly session_id: SessionId
  readonly turn_id: TurnId
  readonly first_seq: number
}

/** A stretch of the turn's entries, or the news that the session is gone and nothing will follow. */
export type TurnItem =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'session_deleted' }
  /** The turn goes on under another owner: whoever attaches anew finds it there. */
  | { readonly kind: 'owner_changed' }

/** One turn from its first entry to its last, whether it runs or has ended. Ends with it, with its session, or when `signal` aborts. */
export async function* followTurn(
  { turnStore, feeds }: Pick<HttpParts, 'turnStore' | 'feeds'>,
  turn: TurnPlace,
  signal: AbortSignal,
): AsyncGenerator<TurnItem, void, undefined> {
  const cursor = seqSchema.parse(turn.first_seq - 1)
  for await (const item of follow({ store: turnStore, feeds }, { sessionId: turn.session_id, cursor, signal })) {
    if (item.kind === 'notice') {
      // Also where it is `reset`: a log that ends before its own turn begins is gone.
      const isOwner = item.notice.type === 'reset' && item.notice.code === 'owner_changed'
      yield { kind: isOwner ? 'owner_changed' : 'session_deleted' }
      return
    }
    const entries = item.entries.filter((entry) => entry.turnId === turn.turn_id).map(parseEntry)
    if (entries.length > 0) yield { kind: 'entries', entries }
    if (entries.at(-1)?.type === 'turn.ended') return
  }
}
