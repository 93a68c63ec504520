import { type ImageId, MAX_IMAGE_BYTES, MAX_IMAGES_PER_MESSAGE, type MessageImage } from '../../protocol/image.ts'
import type { ApiResult } from './api-result.ts'
import { createStore, type ReadableStore } from './store.ts'

/*
 * The images beside the box of a session: each is given to the server as soon as it is there, and leaves when the server has
 * the message that names it and not before. A refused send leaves them where they are.
 */

export type AttachmentProblem = 'too_large' | 'not_an_image' | 'failed'

export interface Attachment {
  readonly key: string
  readonly name: string
  /** Of the bytes in this tab. */
  readonly previewUrl: string
  /** Null until the server has it. */
  readonly image: MessageImage | null
  readonly problem: AttachmentProblem | null
  /** Part of a send that is under way. */
  readonly isLeaving: boolean
}

/** What a sender does with them. */
export interface SentImages {
  /** Settles when the server has all of them, or will not have them; null where none is under way. */
  readonly given: () => Promise<unknown> | null
  /** Those that can go with a message now, which then has them. */
  readonly take: () => readonly ImageId[]
  /** The server has the message that names them. */
  readonly drop: (ids: readonly ImageId[]) => void
  /** The send was refused. */
  readonly keep: () => void
}

export interface Attachments extends SentImages {
  readonly state: ReadableStore<readonly Attachment[]>
  readonly add: (files: readonly File[]) => void
  readonly remove: (key: string) => void
  /** For a branch, which has the images of its source. */
  readonly takeOver: (other: Attachments) => void
  readonly giveUp: () => readonly Attachment[]
}

export interface AttachmentsOptions {
  readonly newKey: () => string
  readonly give: (file: File) => Promise<ApiResult<MessageImage>>
  readonly urls: Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>
}

export function createAttachments({ newKey, give, urls }: AttachmentsOptions): Attachments {
  const state = createStore<readonly Attachment[]>([])
  const underWay = new Set<Promise<void>>()

  function change(key: string, changes: Partial<Attachment>): void {
    state.update((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one)))
  }

  async function begin(file: File): Promise<void> {
    const key = newKey()
    const problem = file.size > MAX_IMAGE_BYTES ? 'too_large' : null
    const previewUrl = urls.createObjectURL(file)
    state.update((all) => [...all, { key, name: file.name, previewUrl, image: null, problem, isLeaving: false }])
    if (problem !== null) return
    const result = await give(file)
    if (result.status === 'ok') change(key, { image: result.value })
    else change(key, { problem: result.status === 'refused' && result.httpStatus === 415 ? 'not_an_image' : 'failed' })
  }

  function leave(isGone: (one: Attachment) => boolean): void {
    for (const one of state.get()) if (isGone(one)) urls.revokeObjectURL(one.previewUrl)
    state.update((all) => all.filter((one) => !isGone(one)))
  }

  return {
    state,
    add: (files) => {
      const room = MAX_IMAGES_PER_MESSAGE - state.get().length
      for (const file of files.slice(0, Math.max(room, 0))) {
        const giving = begin(file).finally(() => underWay.delete(giving))
        underWay.add(giving)
      }
    },
    remove: (key) => leave((one) => one.key === key && !one.isLeaving),
    given: () => (underWay.size === 0 ? null : Promise.all(underWay)),
    take: () => {
      const ready = state.get().filter((one) => one.image !== null && !one.isLeaving)
      for (const { key } of ready) change(key, { isLeaving: true })
      return ready.flatMap(({ image }) => image?.image_id ?? [])
    },
    drop: (ids) => leave((one) => one.isLeaving && one.image !== null && ids.includes(one.image.image_id)),
    keep: () => state.update((all) => all.map((one) => ({ ...one, isLeaving: false }))),
    takeOver: (other) => state.set(other.giveUp()),
    giveUp: () => {
      const all = state.get()
      state.set([])
      return all
    },
  }
}
