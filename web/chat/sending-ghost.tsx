import type { OpenSession } from '../client/open-sessions.ts'
import type { SessionView } from '../client/session-view.ts'
import type { SendState } from '../client/turn-sender.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

interface SendingGhostProps {
  readonly session: OpenSession
  readonly view: SessionView
}

/** What is on its way, and what waits behind it. It is not part of the conversation until the log says so, and looks like it. */
export function SendingGhost({ session, view }: SendingGhostProps) {
  const state = useStore(session.sender.state)
  const message = messageOnItsWay(state, view)
  return (
    <GhostMessages
      message={message}
      note={state.status === 'sending' ? words.composer.sending : words.composer.sent}
      waiting={state.status === 'sending' ? state.waiting : []}
    />
  )
}

/** What is said and not shown yet; null where nothing is. */
export function messageOnItsWay(state: SendState, { live, cursor }: SessionView): string | null {
  if (state.status === 'sending') return live?.user.content === state.message ? null : state.message
  return state.status === 'accepted' && cursor < state.firstSeq ? state.message : null
}

interface GhostMessagesProps {
  /** The one that is under way; null where it is shown already. */
  readonly message: string | null
  readonly note: string
  readonly waiting: readonly string[]
}

export function GhostMessages({ message, note, waiting }: GhostMessagesProps) {
  return (
    <>
      {message !== null && <Ghost testId="sending" message={message} note={note} />}
      {waiting.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: only the first ever leaves the line, and nothing in a row has a state
        <Ghost key={index} testId="waiting-send" message={text} note={words.composer.waiting} />
      ))}
    </>
  )
}

function Ghost({ testId, message, note }: { testId: string; message: string; note: string }) {
  return (
    <div data-testid={testId} className="flex animate-soon flex-col items-end gap-1 pb-2">
      <div
        dir="auto"
        className="max-h-40 max-w-[88%] overflow-hidden whitespace-pre-wrap rounded-large rounded-ee-small border border-edge border-dashed px-4 py-2.5 text-body text-soft [overflow-wrap:anywhere]"
      >
        {message || words.images.withoutWords}
      </div>
      <span className="text-note text-soft">{note}</span>
    </div>
  )
}
