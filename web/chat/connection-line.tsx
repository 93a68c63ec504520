import { Unplug } from 'lucide-react'
import type { OpenSession } from '../client/open-sessions.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'

/** Says that the live view has stopped, when that lasts longer than a blink. */
export function ConnectionLine({ session }: { session: OpenSession }) {
  const isLost = useSelected(
    session.feed.state,
    (state) => state.status === 'ready' && state.connection === 'reconnecting',
  )
  if (!isLost) return null
  return (
    <p
      data-testid="connection-line"
      className="mx-auto flex w-full max-w-measure animate-late items-center gap-2.5 px-5 py-1 text-note text-soft sm:px-7"
    >
      <Unplug className="size-4 shrink-0 animate-breathe" aria-hidden="true" />
      {words.chat.reconnecting}
    </p>
  )
}
