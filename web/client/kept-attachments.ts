import { type Attachments, type AttachmentsOptions, createAttachments } from './attachments.ts'
import { createStore } from './store.ts'
import type { TrayStorage } from './tray-storage.ts'

interface KeptAttachmentsOptions extends AttachmentsOptions {
  readonly trays: TrayStorage
  /** Names the box, as its draft is named. */
  readonly box: string
  readonly reportFailure: (error: unknown) => void
}

/**
 * Images beside a box that are there again when the page is loaded again. What the screen has is the truth; storage follows it,
 * one write at a time, and where it cannot, `isKept` says so and nothing on the page is lost.
 */
export function createKeptAttachments({ trays, box, reportFailure, ...options }: KeptAttachmentsOptions): Attachments {
  const attachments = createAttachments(options)
  const isKept = createStore(true)
  let shown: readonly File[] = []
  let stored: readonly File[] = []
  let storing: Promise<void> = restore().catch(fail)

  async function restore(): Promise<void> {
    const files = await trays.read(box)
    if (files.length > 0) attachments.add(files)
  }

  /** What has changed while a write was under way is written once. */
  async function store(): Promise<void> {
    const files = shown
    if (files === stored) return
    await trays.write(box, files)
    stored = files
    isKept.set(true)
  }

  function fail(error: unknown): void {
    isKept.set(shown.length === 0)
    reportFailure(error)
  }

  attachments.state.subscribe(() => {
    const files = attachments.state.get().map(({ file }) => file)
    if (files.length === shown.length && files.every((file, at) => file === shown[at])) return
    shown = files
    storing = storing.then(store).catch(fail)
  })
  return { ...attachments, isKept }
}
