import { ArrowDown } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type CustomContainerComponentProps, Virtualizer, type VirtualizerHandle } from 'virtua'
import type { OpenSession } from '../client/open-sessions.ts'
import type { ReadySession } from '../client/session-feed.ts'
import { Button } from '../ui/button.tsx'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { createDiagramHeights, DiagramHeightsContext } from './diagram-heights.ts'
import { MessageRow } from './message-row.tsx'
import { messageOnItsWay, SendingGhost } from './sending-ghost.tsx'
import { SessionContext } from './session-context.ts'
import type { BottomAnchor } from './stick-to-bottom.ts'
import { ThreadFind } from './thread-find.tsx'
import { createRowsOf, type TranscriptRow } from './transcript-rows.ts'
import { useShowMessage } from './use-show-message.ts'

/*
 * The conversation, of which only what is near the screen stands in the page: ten thousand messages cost no more than ten.
 * Earlier pages are fetched when the reader comes near the top, and stand before what is read without moving it.
 */

interface TranscriptProps {
  readonly session: OpenSession
  readonly anchor: BottomAnchor
}

/** The conversation: what is settled, and the turn that is running. It is drawn again with each batch of entries. */
export function Transcript({ session, anchor }: TranscriptProps) {
  const ready = useSelected(session.feed.state, (state) => (state.status === 'ready' ? state : null))
  const place = useMemo(() => ({ session, showEnd: anchor.stick }), [session, anchor.stick])
  const [diagramHeights] = useState(createDiagramHeights)
  if (ready === null) return null
  return (
    <SessionContext value={place}>
      <DiagramHeightsContext value={diagramHeights}>
        <ReadyTranscript session={session} ready={ready} anchor={anchor} />
      </DiagramHeightsContext>
    </SessionContext>
  )
}

interface ReadyTranscriptProps extends TranscriptProps {
  readonly ready: ReadySession
}

/** Nearer to the top than this, the page before is fetched. */
const NEAR_TOP_PX = 1_200

function ReadyTranscript({ session, ready, anchor }: ReadyTranscriptProps) {
  const { view } = ready
  const [rowsOf] = useState(createRowsOf)
  const rows = rowsOf(view)
  const listRef = useRef<VirtualizerHandle | null>(null)
  const onItsWay = useSelected(session.sender.state, (state) => messageOnItsWay(state, view))
  // it would lie over the editor's own buttons
  const isEditing = useSelected(session.changes.edit, (edit) => edit !== null)
  useEarlierPages(session, ready, anchor.scrollerRef)
  useShowMessage({ session, ready, rows, listRef, anchor })
  return (
    <div
      ref={showInPage}
      className="relative low:min-h-[64dvh] min-h-0 flex-1 low:shrink-0 low:scroll-mb-[60dvh] [container-type:size]"
    >
      <div
        ref={anchor.attach}
        role="log"
        aria-label={words.chat.transcriptLabel}
        aria-live="off"
        aria-busy={view.live !== null}
        {...SCROLLED_BY_KEYBOARD}
        className="h-full overflow-y-auto overscroll-contain low:overscroll-auto outline-offset-[-2px]"
      >
        <div className="min-h-full">
          <EarlierMessages session={session} ready={ready} />
          {rows.length === 0 && onItsWay === null && !view.hasEarlier && <EmptyConversation />}
          <MessageList rows={rows} listRef={listRef} scrollerRef={anchor.scrollerRef} session={session} />
          <div className={COLUMN}>
            <SendingGhost session={session} view={view} />
          </div>
        </div>
      </div>
      <ThreadFind session={session} ready={ready} rows={rows} listRef={listRef} anchor={anchor} />
      {!anchor.isStuck && !isEditing && (
        <Button
          onClick={anchor.stick}
          className="absolute inset-x-0 bottom-3 mx-auto w-fit animate-rise rounded-large shadow-card"
        >
          <ArrowDown className="size-4" aria-hidden="true" />
          {words.chat.jumpToLatest}
        </Button>
      )}
    </div>
  )
}

/** Where the page scrolls as a whole, a session opens at its newest words, and not at what stands above it. */
function showInPage(transcript: HTMLElement | null): void {
  transcript?.scrollIntoView({ block: 'end' })
}

const COLUMN = 'mx-auto max-w-measure px-4 pb-2 sm:px-6'

/** Height of what stands above the list; the list is told, because it counts from there. */
const ABOVE_LIST_PX = 56

interface MessageListProps {
  readonly session: OpenSession
  readonly rows: readonly TranscriptRow[]
  readonly listRef: RefObject<VirtualizerHandle | null>
  readonly scrollerRef: RefObject<HTMLElement | null>
}

function MessageList({ session, rows, listRef, scrollerRef }: MessageListProps) {
  const editing = useSelected(session.changes.edit, (edit) => edit?.messageId ?? null)
  // an edit that is scrolled out of sight keeps its focus and its caret
  const kept = editing === null ? -1 : rows.findIndex((row) => row.message.messageId === editing)
  const last = rows.at(-1)
  return (
    <Virtualizer
      ref={listRef}
      as={ListBox}
      data={rows}
      scrollRef={scrollerRef}
      startMargin={ABOVE_LIST_PX}
      shift={usePrepended(rows)}
      {...(kept >= 0 && { keepMounted: [kept] })}
    >
      {(row) => (
        <div key={row.key} data-message-id={row.message.messageId} className={COLUMN}>
          <MessageRow message={row.message} phase={row.phase} question={row.question} isLast={row === last} />
        </div>
      )}
    </Virtualizer>
  )
}

/**
 * The list would let no pointer in while it scrolls, which it does with each word at the end: no link could be followed while
 * an answer grows, and because that is inherited, all of a long answer would be styled anew each time.
 */
function ListBox({ ref, style, children }: CustomContainerComponentProps) {
  return (
    <div ref={ref} style={{ ...style, pointerEvents: undefined }}>
      {children}
    </div>
  )
}

/** True for the drawing in which a page was put before the first row. */
function usePrepended(rows: readonly TranscriptRow[]): boolean {
  const drawnFirst = useRef<string | undefined>(undefined)
  const first = rows.at(0)?.key
  const before = drawnFirst.current
  const isPrepended = before !== undefined && before !== first && rows.some((row) => row.key === before)
  useLayoutEffect(() => {
    drawnFirst.current = first
  }, [first])
  return isPrepended
}

function EmptyConversation() {
  return (
    <div className="flex flex-col items-center gap-1 py-24 text-center">
      <p className="font-serif text-lead">{words.chat.emptyTitle}</p>
      <p className="text-small text-soft">{words.chat.emptyBody}</p>
    </div>
  )
}

/** Fetches the page before when the reader comes near the top; the button is for when that has failed, and for the keyboard. */
function useEarlierPages(session: OpenSession, ready: ReadySession, scrollerRef: RefObject<HTMLElement | null>): void {
  const { hasEarlier } = ready.view
  const mayLoad = hasEarlier && ready.earlier === 'idle'
  const count = ready.view.settled.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again when there are other messages
  useEffect(() => {
    const scroller = scrollerRef.current
    if (scroller === null || !mayLoad) return
    function loadWhenNear(): void {
      if (scroller !== null && scroller.scrollTop < NEAR_TOP_PX) void session.feed.loadEarlier()
    }
    // after the list has been put to its place
    const frame = requestAnimationFrame(() => requestAnimationFrame(loadWhenNear))
    scroller.addEventListener('scroll', loadWhenNear, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      scroller.removeEventListener('scroll', loadWhenNear)
    }
  }, [session, mayLoad, count, scrollerRef])
}

function EarlierMessages({ session, ready }: Pick<ReadyTranscriptProps, 'session' | 'ready'>) {
  const label = {
    idle: words.chat.loadEarlier,
    loading: words.chat.loadingEarlier,
    failed: words.chat.loadEarlierFailed,
  }[ready.earlier]
  return (
    <div className="flex h-14 items-center justify-center">
      {ready.view.hasEarlier && (
        <Button tone="plain" disabled={ready.earlier === 'loading'} onClick={() => void session.feed.loadEarlier()}>
          {label}
        </Button>
      )}
    </div>
  )
}
