import type { OpenSession } from '../client/open-sessions.ts'
import type { SessionView } from '../client/session-view.ts'
import type { SendState } from '../client/turn-sender.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

interface SendingGhostProps {
  readonly session: OpenSession
  readonly view: SessionView
}

/** What is on its way. It is not part of the conversation until the log says so, and it looks like it. */
export function SendingGhost({ session, view }: SendingGhostProps) {
  const state = useStore(session.sender.state)
  const message = messageOnItsWay(state, view)
  if (message === null) return null
  return (
    <div data-testid="sending" className="flex animate-soon flex-col items-end gap-1">
      <div className="max-h-40 max-w-[88%] overflow-hidden whitespace-pre-wrap rounded-large rounded-ee-small border border-edge border-dashed px-4 py-2.5 text-body text-soft [overflow-wrap:anywhere]">
        {message}
      </div>
      <span className="text-note text-soft">
        {state.status === 'sending' ? words.composer.sending : words.composer.sent}
      </span>
    </div>
  )
}

function messageOnItsWay(state: SendState, { live, cursor }: SessionView): string | null {
  if (state.status === 'sending') return live?.user.content === state.message ? null : state.message
  return state.status === 'accepted' && cursor < state.firstSeq ? state.message : null
}
