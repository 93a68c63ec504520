import { type ImageId, MAX_IMAGE_BYTES, MAX_IMAGES_PER_MESSAGE, type MessageImage } from '../../protocol/image.ts'
import type { ApiFailure, ApiResult } from './api-result.ts'
import { createStore, type ReadableStore } from './store.ts'

/*
 * The images beside a box: each is given to the server as soon as it is there and there is a session for it, and leaves when
 * the server has the message that names it and not before. A refused send leaves them where they are.
 */

export type AttachmentProblem = 'too_large' | 'not_an_image' | 'failed'

export interface Attachment {
  readonly key: string
  readonly file: File
  /** Of the bytes in this tab. */
  readonly previewUrl: string
  /** Null until the server has it. */
  readonly image: MessageImage | null
  readonly problem: AttachmentProblem | null
  readonly isOnItsWay: boolean
  /** Part of a send that is under way, whether the server has it yet or not. */
  readonly isLeaving: boolean
}

/**
 * The images of one send, as soon as the server has them all. Null where one of them did not get there: no words go without the
 * picture that stood beside them.
 */
export type TakenImages = Promise<readonly ImageId[] | null>

/** What a sender does with them. */
export interface SentImages {
  /** Those beside the box now, for one message. Gives what did not get to the server once more. Null where there are none. */
  readonly take: () => TakenImages | null
  /** The server has the message that names them. */
  readonly drop: (ids: readonly ImageId[]) => void
  /** The send was refused. */
  readonly keep: () => void
}

export interface Attachments extends SentImages {
  readonly state: ReadableStore<readonly Attachment[]>
  /** False where they will not be there when the page is loaded again. */
  readonly isKept: ReadableStore<boolean>
  /** True where more were added than a message can have, until the tray changes. */
  readonly hasLeftOut: ReadableStore<boolean>
  readonly add: (files: readonly File[]) => void
  readonly remove: (key: string) => void
  /** For a branch, which has the images of its source, and for a session that begins with what stood on the start screen. */
  readonly takeOver: (other: Pick<Attachments, 'giveUp'>) => void
  readonly giveUp: () => readonly Attachment[]
}

export interface AttachmentsOptions {
  readonly newKey: () => string
  /** Null where there is no session yet. */
  readonly give: ((file: File) => Promise<ApiResult<MessageImage>>) | null
  readonly urls: Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>
}

export function createAttachments({ newKey, give, urls }: AttachmentsOptions): Omit<Attachments, 'isKept'> {
  const state = createStore<readonly Attachment[]>([])
  const hasLeftOut = createStore(false)
  const giving = createGiving(give, change)

  function change(key: string, changes: Partial<Attachment>): void {
    state.update((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one)))
  }

  function add(file: File): void {
    const problem = file.size > MAX_IMAGE_BYTES ? 'too_large' : null
    const previewUrl = urls.createObjectURL(file)
    const added = {
      key: newKey(),
      file,
      previewUrl,
      image: null,
      problem,
      isOnItsWay: false,
      isLeaving: false,
    } as const
    state.update((all) => [...all, added])
    if (problem === null) giving.begin(added)
  }

  async function idsOf(keys: readonly string[]): TakenImages {
    await giving.settled(keys)
    const ids = state.get().flatMap(({ key, image }) => (keys.includes(key) && image ? [image.image_id] : []))
    return ids.length === keys.length ? ids : null
  }

  function leave(isGone: (one: Attachment) => boolean): void {
    for (const one of state.get()) if (isGone(one)) urls.revokeObjectURL(one.previewUrl)
    state.update((all) => all.filter((one) => !isGone(one)))
    hasLeftOut.set(false)
  }

  return {
    state,
    hasLeftOut,
    add: (files) => {
      const room = MAX_IMAGES_PER_MESSAGE - state.get().length
      for (const file of files.slice(0, Math.max(room, 0))) add(file)
      hasLeftOut.set(files.length > room)
    },
    remove: (key) => leave((one) => one.key === key && !one.isLeaving),
    take: () => {
      const leaving = state.get().filter(isSendable)
      for (const one of leaving) {
        change(one.key, { isLeaving: true })
        if (one.problem === 'failed') giving.begin(one)
      }
      return leaving.length === 0 ? null : idsOf(leaving.map(({ key }) => key))
    },
    drop: (ids) => leave((one) => one.image !== null && ids.includes(one.image.image_id)),
    keep: () => state.update((all) => all.map((one) => ({ ...one, isLeaving: false }))),
    takeOver: (other) => {
      const taken = other.giveUp().map((one) => (give === null ? asNew(one) : one))
      state.update((all) => [...all, ...taken])
      for (const one of taken) if (one.image === null && one.problem === null) giving.begin(one)
    },
    giveUp: () => {
      const all = state.get()
      state.set([])
      hasLeftOut.set(false)
      return all
    },
  }
}

interface Giving {
  readonly begin: (one: Attachment) => void
  /** Resolves when none of these is under way. */
  readonly settled: (keys: readonly string[]) => Promise<unknown>
}

function createGiving(
  give: AttachmentsOptions['give'],
  change: (key: string, changes: Partial<Attachment>) => void,
): Giving {
  const underWay = new Map<string, Promise<void>>()

  async function settle(key: string, answer: Promise<ApiResult<MessageImage>>): Promise<void> {
    change(key, { isOnItsWay: true, problem: null })
    const result = await answer
    const settled = result.status === 'ok' ? { image: result.value } : { problem: problemOf(result) }
    change(key, { ...settled, isOnItsWay: false })
    underWay.delete(key)
  }

  return {
    begin: ({ key, file }) => {
      if (give !== null) underWay.set(key, settle(key, give(file)))
    },
    settled: (keys) => Promise.all(keys.map((key) => underWay.get(key))),
  }
}

/** Where there is no session, no server has it. */
function asNew(one: Attachment): Attachment {
  return { ...one, image: null, problem: one.problem === 'failed' ? null : one.problem, isOnItsWay: false }
}

/** Whether one of them can be sent, once the server has it. */
export function hasSendable(all: readonly Attachment[]): boolean {
  return all.some(isSendable)
}

/**
 * The images that a paste is about. Cells of a spreadsheet, or text of a word processor, come with a picture of themselves: there
 * the text is meant. A copied file may come with its own name or path as text.
 */
export function pastedImages(clipboard: Pasted): readonly File[] {
  const files = [...clipboard.files]
  const names = new Set(files.map(({ name }) => name))
  const lines = clipboard.getData('text/plain').split(/[\r\n]+/)
  return lines.every((line) => line.trim() === '' || names.has(line.split(/[/\\]/).at(-1) ?? '')) ? files : []
}

/** What a `DataTransfer` has, as far as it counts here. */
interface Pasted {
  readonly files: Iterable<File>
  readonly getData: (type: 'text/plain') => string
}

function isSendable({ problem, isLeaving }: Attachment): boolean {
  return !isLeaving && (problem === null || problem === 'failed')
}

function problemOf(failure: ApiFailure): AttachmentProblem {
  return failure.status === 'refused' && failure.httpStatus === 415 ? 'not_an_image' : 'failed'
}
