import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionId } from '../../protocol/ids.ts'
import { type ImageId, type ImageType, imageIdSchema, type MessageImage } from '../../protocol/image.ts'
import { codeOf } from '../lib/error-code.ts'
import type { ImageFiles } from '../sessions/session-images.ts'
import { StorageError } from '../turns/turn-store.ts'

const ENDINGS: Readonly<Record<ImageType, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
}

/** Ids as this server gives them. */
const FOLDER_NAME = /^[0-9a-f-]{36}$/

/**
 * A folder per session in the data directory, a file per image, named by its hash and its kind: no name that anybody sends
 * becomes a path (S18, S20). Folders of sessions that are gone are removed at the start.
 */
export class FolderOfImages implements ImageFiles {
  readonly #folder: string
  #drafts = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Written aside, flushed and renamed: a crash leaves a whole file, or none. */
  async keep(sessionId: SessionId, image: MessageImage, bytes: Buffer): Promise<void> {
    const folder = this.#folderOf(sessionId)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#drafts += 1
    const draft = join(folder, `${process.pid}-${this.#drafts}.draft`)
    try {
      await using file = await open(draft, 'wx', 0o600)
      await file.writeFile(bytes)
      await file.sync()
    } catch (error) {
      await rm(draft, { force: true })
      throw isFull(error)
        ? new StorageError('storage_full', 'The disk is full: the image was not kept.', { cause: error })
        : error
    }
    await rename(draft, join(folder, nameOf(image)))
    await using entries = await open(folder, 'r')
    await entries.sync()
  }

  async find(sessionId: SessionId, imageId: ImageId): Promise<MessageImage | undefined> {
    const names = new Set(await this.#namesOf(sessionId))
    for (const media_type of Object.keys(ENDINGS) as ImageType[]) {
      const image = { image_id: imageId, media_type }
      if (names.has(nameOf(image))) return image
    }
    return undefined
  }

  async read(sessionId: SessionId, image: MessageImage): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#folderOf(sessionId), nameOf(image)))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async count(sessionId: SessionId): Promise<number> {
    return (await this.#namesOf(sessionId)).length
  }

  async delete(sessionId: SessionId, image: MessageImage): Promise<void> {
    await rm(join(this.#folderOf(sessionId), nameOf(image)), { force: true })
  }

  /** The files are shared by both folders, each of which may go by itself. */
  async copyAll(from: SessionId, to: SessionId): Promise<void> {
    const names = await this.#namesOf(from)
    if (names.length === 0) return
    await mkdir(this.#folderOf(to), { recursive: true, mode: 0o700 })
    for (const name of names) await link(join(this.#folderOf(from), name), join(this.#folderOf(to), name))
  }

  async deleteAll(sessionId: SessionId): Promise<void> {
    await rm(this.#folderOf(sessionId), { recursive: true, force: true })
  }

  /** Removes the folders of sessions that do not exist: a crash may have come between a deletion and its files. */
  async deleteOrphans(exists: (sessionId: SessionId) => Promise<boolean>): Promise<void> {
    for (const name of await namesIn(this.#folder)) {
      if (FOLDER_NAME.test(name) && !(await exists(name as SessionId))) await this.deleteAll(name as SessionId)
    }
  }

  async #namesOf(sessionId: SessionId): Promise<string[]> {
    if (!FOLDER_NAME.test(sessionId)) return []
    const names = await namesIn(this.#folderOf(sessionId))
    return names.filter((name) => !name.endsWith('.draft'))
  }

  #folderOf(sessionId: SessionId): string {
    if (!FOLDER_NAME.test(sessionId))
      throw new Error(`a session whose id is ${JSON.stringify(sessionId)} has no folder`)
    return join(this.#folder, sessionId)
  }
}

function nameOf({ image_id, media_type }: MessageImage): string {
  return `${imageIdSchema.parse(image_id)}.${ENDINGS[media_type]}`
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')
}
