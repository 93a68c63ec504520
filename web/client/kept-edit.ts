import type { z } from 'zod'
import type { Drafts } from './drafts.ts'
import { parseJson } from './json-text.ts'
import { createStore, type Store } from './store.ts'

interface KeptEditOptions<Edit> {
  readonly drafts: Drafts
  /** Under which name it is kept, beside the drafts of the boxes. */
  readonly key: string
  readonly schema: z.ZodType<Edit>
  /** Whether the message of an edit that was kept is still there. Asked once. */
  readonly isThere: (edit: Edit) => Promise<boolean>
}

/**
 * The edit of a message, with its words so far: null where none is. It is kept like a draft, so that it is open again when the
 * page is loaded again (ui.md §3.3 rule 1), and forgotten when it is over, or its message gone. One that has begun meanwhile
 * is not replaced.
 */
export function createKeptEdit<Edit>({ drafts, key, schema, isThere }: KeptEditOptions<Edit>): Store<Edit | null> {
  const edit = createStore<Edit | null>(null)
  const stored = drafts.of(key)
  edit.subscribe(() => {
    const current = edit.get()
    drafts.set(key, current === null ? '' : JSON.stringify(current))
  })

  async function restore(): Promise<void> {
    await drafts.restored(key)
    const kept = schema.safeParse(parseJson(stored.get()))
    if (!kept.success) return
    edit.set(kept.data)
    if (!(await isThere(kept.data)) && edit.get() === kept.data) edit.set(null)
  }

  void restore()
  return edit
}
