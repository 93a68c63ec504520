import type { MessageId, SessionId } from '../../protocol/ids.ts'
import type { ImageId, MessageImage } from '../../protocol/image.ts'
import type { AllSessions, Session } from '../../protocol/session.ts'
import type { ImageFiles, KeptImage } from './session-images.ts'
import type {
  DeleteAllResult,
  NewMessage,
  RemoveResult,
  SessionFields,
  SessionRecord,
  SessionStore,
  UpdateResult,
} from './session-store.ts'
import { isPlaceholderTitle } from './session-title.ts'

export type SessionChange =
  | { readonly type: 'changed'; readonly session: Session }
  | { readonly type: 'deleted'; readonly sessionId: SessionId }

export interface SessionsParts {
  readonly store: SessionStore
  readonly newSessionId: () => SessionId
  /** The model that a new session names when its creator names none. */
  readonly defaultModel: () => string
  readonly images: Pick<ImageFiles, 'keep' | 'delete' | 'copyAll' | 'deleteAll'>
  /** Told after the commit. */
  readonly onChange: (change: SessionChange) => void
  /** The session is gone: whoever holds its turn must stop (F13). Called before `onChange`. */
  readonly onDeleted: (sessionId: SessionId) => void
}

export interface NewSession {
  readonly title?: string | undefined
  readonly model?: string | undefined
  readonly systemPrompt?: string | null | undefined
  readonly private?: boolean | undefined
  readonly agentType?: string | undefined
  readonly device?: string | undefined
  readonly mailProvider?: SessionRecord['mailProvider'] | undefined
}

const DEFAULT_TITLE = 'New Chat'

/** Creates, changes and removes sessions, and tells the rest of the server what changed. All methods may throw `StorageError`. */
export class Sessions {
  readonly #parts: SessionsParts
  /** The images that were given since a message named them last. A restart forgets them. */
  readonly #unsentImages = new Map<SessionId, Set<ImageId>>()

  constructor(parts: SessionsParts) {
    this.#parts = parts
  }

  /** With `messages` the session begins with what was said elsewhere, and with the bytes of the images of these. */
  async create(
    wanted: NewSession,
    messages: readonly NewMessage[] = [],
    images: readonly KeptImage[] = [],
  ): Promise<SessionRecord> {
    const { store, newSessionId, defaultModel } = this.#parts
    const title = wanted.title ?? DEFAULT_TITLE
    const fields: SessionFields = {
      title,
      titleIsCustom: !isPlaceholderTitle(title),
      model: wanted.model ?? defaultModel(),
      systemPrompt: wanted.systemPrompt ?? null,
      private: wanted.private ?? false,
      agentType: wanted.agentType ?? 'chat',
      device: wanted.device ?? 'gpu',
      mailProvider: wanted.mailProvider ?? null,
    }
    const id = newSessionId()
    try {
      for (const { image, bytes } of images) await this.#parts.images.keep(id, image, bytes)
      return this.#told(await store.createSession(id, fields, messages))
    } catch (error) {
      if (images.length > 0) await this.#parts.images.deleteAll(id)
      throw error
    }
  }

  /** An empty `changes` only touches `updatedAt`. With `seen`, nothing is written unless the settings are still these. */
  async update(id: SessionId, changes: Partial<SessionFields>, seen?: SessionFields): Promise<UpdateResult> {
    const result = await this.#parts.store.updateSession(id, changes, seen)
    if (result.status === 'updated') this.#told(result.session)
    return result
  }

  /** Undefined for an unknown session. */
  async pin(id: SessionId, isPinned: boolean): Promise<SessionRecord | undefined> {
    const record = await this.#parts.store.pinSession(id, isPinned)
    return record && this.#told(record)
  }

  /** False for an unknown session. */
  async delete(id: SessionId): Promise<boolean> {
    const deleted = await this.#parts.store.deleteSession(id)
    if (!deleted) return false
    this.#tellDeleted(id)
    await this.#parts.images.deleteAll(id)
    return true
  }

  /** Deletes every session, or nothing. */
  async deleteAll(seen: AllSessions): Promise<DeleteAllResult> {
    const result = await this.#parts.store.deleteAllSessions(seen)
    if (result.status !== 'deleted') return result
    for (const id of result.ids) this.#tellDeleted(id)
    for (const id of result.ids) await this.#parts.images.deleteAll(id)
    return result
  }

  /** A new session that begins with the settled messages of another. Undefined for an unknown session. */
  async branch(from: SessionId, upTo: MessageId | undefined): Promise<SessionRecord | undefined> {
    const source = await this.#parts.store.readSession(from)
    if (!source) return undefined
    const title = `${source.title} (branch)`
    const id = this.#parts.newSessionId()
    await this.#parts.images.copyAll(from, id) // before its messages, so that none names a file that is not there
    const record = await this.#parts.store.branchSession({ id, from, upTo, title })
    return record && this.#told(record)
  }

  async removeMessages(removal: {
    readonly sessionId: SessionId
    readonly messageId: MessageId
    readonly andBelow: boolean
  }): Promise<RemoveResult> {
    const { store, images } = this.#parts
    const { sessionId } = removal
    const before = await store.readSessionImages(sessionId)
    const result = await store.removeMessages(removal)
    if (result.status !== 'removed') return result
    await this.tellChanged(sessionId)
    // what was given and not yet sent stays, also where a message that is gone had it before
    const left = new Set((await store.readSessionImages(sessionId)).map((image) => image.image_id))
    for (const image of before) {
      const isUnsent = this.#unsentImages.get(sessionId)?.has(image.image_id)
      if (!isUnsent && !left.has(image.image_id)) await images.delete(sessionId, image)
    }
    return result
  }

  /** To be called before the image is kept, so that no removal comes between. */
  noteGivenImage(id: SessionId, { image_id }: MessageImage): void {
    this.#unsentImages.set(id, (this.#unsentImages.get(id) ?? new Set()).add(image_id))
  }

  /** A message has these images by now, or waits with them. */
  noteSentImages(id: SessionId, images: readonly MessageImage[]): void {
    const unsent = this.#unsentImages.get(id)
    for (const { image_id } of images) unsent?.delete(image_id)
    if (unsent?.size === 0) this.#unsentImages.delete(id)
  }

  /** Tells the session's present state: called after a turn has changed its message count and time. */
  async tellChanged(id: SessionId): Promise<void> {
    const record = await this.#parts.store.readSession(id)
    if (record) this.#told(record)
  }

  #tellDeleted(id: SessionId): void {
    this.#unsentImages.delete(id)
    this.#parts.onDeleted(id)
    this.#parts.onChange({ type: 'deleted', sessionId: id })
  }

  #told(record: SessionRecord): SessionRecord {
    this.#parts.onChange({ type: 'changed', session: describeSession(record) })
    return record
  }
}

/** The session as the wire has it. */
export function describeSession(record: SessionRecord): Session {
  return {
    id: record.id,
    title: record.title,
    title_is_custom: record.titleIsCustom,
    created_at: new Date(record.createdAt).toISOString(),
    updated_at: new Date(record.updatedAt).toISOString(),
    model: record.model,
    system_prompt: record.systemPrompt,
    message_count: record.messageCount,
    document_ids: [],
    private: record.private,
    pinned: record.pinned,
    agent_type: record.agentType,
    device: record.device,
    mail_provider: record.mailProvider,
  }
}
