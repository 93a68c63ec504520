import { ArrowDown } from 'lucide-react'
import { useLayoutEffect, useRef } from 'react'
import type { TurnPhase } from '../../protocol/turn.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import type { ReadySession } from '../client/session-feed.ts'
import type { MessageView, SessionView } from '../client/session-view.ts'
import { Button } from '../ui/button.tsx'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { MessageRow } from './message-row.tsx'
import { SendingGhost } from './sending-ghost.tsx'
import type { BottomAnchor } from './stick-to-bottom.ts'

interface TranscriptProps {
  readonly session: OpenSession
  readonly anchor: BottomAnchor
}

/** The conversation: what is settled, and the turn that is running. It is drawn again with each batch of entries. */
export function Transcript({ session, anchor }: TranscriptProps) {
  const ready = useSelected(session.feed.state, (state) => (state.status === 'ready' ? state : null))
  return ready === null ? null : <ReadyTranscript session={session} ready={ready} anchor={anchor} />
}

interface ReadyTranscriptProps extends TranscriptProps {
  readonly ready: ReadySession
}

function ReadyTranscript({ session, ready, anchor }: ReadyTranscriptProps) {
  const { view } = ready
  const rows = rowsOf(view)
  const ghost = useSelected(session.sender.state, (state) => (state.status === 'sending' ? state.message : null))
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={anchor.attach}
        role="log"
        aria-label={words.chat.transcriptLabel}
        aria-live="off"
        aria-busy={view.live !== null}
        {...SCROLLED_BY_KEYBOARD}
        className="h-full overflow-y-auto overscroll-contain outline-offset-[-2px]"
      >
        <div className="mx-auto flex max-w-measure flex-col gap-4 px-4 pt-6 pb-6 sm:px-6">
          <EarlierMessages session={session} ready={ready} anchor={anchor} />
          {rows.length === 0 && ghost === null && <EmptyConversation />}
          {rows.map((row) => (
            <MessageRow key={row.message.messageId} message={row.message} phase={row.phase} />
          ))}
          <SendingGhost session={session} view={view} />
        </div>
      </div>
      {!anchor.isStuck && (
        <Button
          onClick={anchor.stick}
          className="-translate-x-1/2 absolute bottom-3 left-1/2 animate-rise rounded-large shadow-card"
        >
          <ArrowDown className="size-4" aria-hidden="true" />
          {words.chat.jumpToLatest}
        </Button>
      )}
    </div>
  )
}

interface Row {
  readonly message: MessageView
  readonly phase: TurnPhase | null
}

/** A turn keeps its rows when it settles: their keys are the ids that its start has given them. */
function rowsOf({ settled, live }: SessionView): readonly Row[] {
  const rows = settled.map((message): Row => ({ message, phase: null }))
  if (live === null) return rows
  return [...rows, { message: live.user, phase: null }, { message: live.assistant, phase: live.phase }]
}

function EmptyConversation() {
  return (
    <div className="flex flex-col items-center gap-1 py-24 text-center">
      <p className="font-serif text-lead">{words.chat.emptyTitle}</p>
      <p className="text-small text-soft">{words.chat.emptyBody}</p>
    </div>
  )
}

/** Loads what came before, and keeps what is being read where it is. */
function EarlierMessages({ session, ready, anchor }: ReadyTranscriptProps) {
  const distanceToEnd = useRef<number | null>(null)
  const first = ready.view.settled.at(0)?.messageId
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when a page was put before the first message
  useLayoutEffect(() => {
    const scroller = anchor.scrollerRef.current
    if (scroller === null || distanceToEnd.current === null) return
    scroller.scrollTop = scroller.scrollHeight - distanceToEnd.current
    distanceToEnd.current = null
  }, [first])
  if (!ready.view.hasEarlier) return null
  async function load(): Promise<void> {
    await session.feed.loadEarlier()
  }
  function loadAndStay(): void {
    const scroller = anchor.scrollerRef.current
    if (scroller !== null) distanceToEnd.current = scroller.scrollHeight - scroller.scrollTop
    void load()
  }
  const label = {
    idle: words.chat.loadEarlier,
    loading: words.chat.loadingEarlier,
    failed: words.chat.loadEarlierFailed,
  }[ready.earlier]
  return (
    <Button tone="plain" className="self-center" disabled={ready.earlier === 'loading'} onClick={loadAndStay}>
      {label}
    </Button>
  )
}
