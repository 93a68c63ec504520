import type { z } from 'zod'
import type { SessionId } from '../../protocol/ids.ts'
import { type Drafts, joinMessages } from './drafts.ts'
import { parseJson } from './json-text.ts'
import { createStore, type Store } from './store.ts'

interface KeptEditOptions<Edit> {
  readonly drafts: Drafts
  /** Under which name it is kept, beside the drafts of the boxes. */
  readonly key: string
  readonly schema: z.ZodType<Edit>
}

/**
 * The edit of a message, with its words so far: null where none is. It is kept like a draft, so that it is open again when the
 * page is loaded again (ui.md §3.3 rule 1), and forgotten when it is over. One that has begun meanwhile is not replaced.
 */
export function createKeptEdit<Edit>({ drafts, key, schema }: KeptEditOptions<Edit>): Store<Edit | null> {
  const edit = createStore<Edit | null>(null)
  const stored = drafts.of(key)
  edit.subscribe(() => {
    const current = edit.get()
    drafts.set(key, current === null ? '' : JSON.stringify(current))
  })

  async function restore(): Promise<void> {
    await drafts.restored(key)
    const kept = schema.safeParse(parseJson(stored.get()))
    if (kept.success) edit.set(kept.data)
  }

  void restore()
  return edit
}

interface LeftEdit {
  /** As it was said. */
  readonly message: string
  readonly text: string
}

/** The words of an edit that is left are words for the next message (ui.md §3.3 rule 1). False where nothing was changed. */
export function moveToBox(drafts: Drafts, sessionId: SessionId, { message, text }: LeftEdit): boolean {
  if (text.trim() === message.trim()) return false
  const box = drafts.of(sessionId)
  const move = () => drafts.set(sessionId, joinMessages([box.get().trimEnd(), text.trimEnd()]))
  void drafts.restored(sessionId).then(move) // what is not read yet would be lost
  return true
}
