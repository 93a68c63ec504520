import type { MessageId, Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import type { Message } from '../../protocol/message.ts'
import type { AllSessions } from '../../protocol/session.ts'

/** A session as its row has it. Times are milliseconds since 1970, UTC. */
export interface SessionRecord {
  readonly id: SessionId
  readonly title: string
  readonly titleIsCustom: boolean
  readonly createdAt: number
  readonly updatedAt: number
  readonly model: string
  readonly systemPrompt: string | null
  readonly messageCount: number
  /** Stands above the others in lists. */
  readonly pinned: boolean
  readonly private: boolean
  readonly agentType: string
  readonly device: string
  readonly mailProvider: 'google' | 'microsoft' | null
}

export type SessionFields = Omit<SessionRecord, 'id' | 'createdAt' | 'updatedAt' | 'messageCount' | 'pinned'>

export type UpdateResult =
  | { readonly status: 'updated'; readonly session: SessionRecord }
  | { readonly status: 'session_not_found' }
  /** Its settings are no longer those that the writer has seen. Nothing was written. */
  | { readonly status: 'changed_meanwhile' }

/** A message that comes from elsewhere. An answer counts as completed. */
export interface NewMessage {
  readonly role: 'user' | 'assistant'
  readonly content: string
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number
  /** Of a user's message. */
  readonly images?: readonly MessageImage[] | undefined
}

export interface Page {
  readonly limit: number
  readonly offset: number
}

/** The newest settled messages before `before`, oldest first, with the cursor that continues them. */
export interface TranscriptPage {
  readonly messages: readonly Message[]
  readonly hasMore: boolean
  /** Just before the active turn's first entry, or the end of the log. */
  readonly cursor: Seq
  readonly activeTurnId: TurnId | null
}

export type RemoveResult =
  | { readonly status: 'removed'; readonly messageIds: readonly MessageId[] }
  /** History may not change under a running turn (F14). */
  | { readonly status: 'turn_active' }
  | { readonly status: 'session_not_found' }
  | { readonly status: 'message_not_found' }

export type DeleteAllResult =
  | { readonly status: 'deleted'; readonly ids: readonly SessionId[] }
  /** Nobody's answer is taken away. */
  | { readonly status: 'turn_active' }
  /** There is not what was seen. Nothing was deleted. */
  | { readonly status: 'changed_meanwhile' }

export interface MessageRemoval {
  readonly sessionId: SessionId
  readonly messageId: MessageId
  /** Also every message with a greater id. */
  readonly andBelow: boolean
}

/** What the sessions' part of the server needs of a database. Writes resolve after their commit; all may throw `StorageError`. */
export interface SessionStore {
  /** With `messages` its log begins with them, under ids of their own. */
  createSession(id: SessionId, fields: SessionFields, messages?: readonly NewMessage[]): Promise<SessionRecord>
  /** Also touches `updatedAt`. With `seen`, only where the session's settings are still these: asked in the writing transaction. */
  updateSession(id: SessionId, changes: Partial<SessionFields>, seen?: SessionFields): Promise<UpdateResult>
  /** Undefined for an unknown session. */
  pinSession(id: SessionId, isPinned: boolean): Promise<SessionRecord | undefined>
  /** Removes the session with all it owns, its fence included (F13, I10). False for an unknown session. */
  deleteSession(id: SessionId): Promise<boolean>
  /** Removes every session as `deleteSession` does, in one transaction, where no turn is active and there is what was seen. */
  deleteAllSessions(seen: AllSessions): Promise<DeleteAllResult>
  /** A new session with copies of the settled messages of another, up to and with `upTo`. Undefined where `from` is unknown. */
  branchSession(branch: {
    readonly id: SessionId
    readonly from: SessionId
    readonly upTo: MessageId | undefined
    readonly title: string
  }): Promise<SessionRecord | undefined>
  removeMessages(removal: MessageRemoval): Promise<RemoveResult>

  readSession(id: SessionId): Promise<SessionRecord | undefined>
  /** What is pinned first, and then newest first by `updatedAt`. */
  listSessions(page: Page): Promise<{ readonly sessions: readonly SessionRecord[]; readonly total: number }>
  /** Every message with a row, the active turn's user message included; oldest first. `maxBytes` as for a transcript. */
  listMessages(
    id: SessionId,
    page: Page & { readonly maxBytes?: number },
  ): Promise<{ readonly messages: readonly Message[]; readonly total: number }>
  readTranscript(query: {
    readonly sessionId: SessionId
    readonly limit: number
    readonly before: MessageId | undefined
    /** Fewer messages where they are longer than this, and at least one (R15). Without it only `limit` counts. */
    readonly maxBytes?: number
  }): Promise<TranscriptPage | undefined>
  /** The images of a message, also of one whose turn is active. */
  readMessageImages(id: MessageId): Promise<readonly MessageImage[]>
  /** Every image that a message of this session has, shown, put aside or waiting. */
  readSessionImages(id: SessionId): Promise<readonly MessageImage[]>
  countRows(): Promise<AllSessions>
}
