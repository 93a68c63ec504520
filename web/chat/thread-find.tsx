import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { MessageId } from '../../protocol/ids.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import type { ReadySession } from '../client/session-feed.ts'
import { findMessages } from '../client/thread-find.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { useOffer } from '../use-commands.ts'
import { words } from '../words.ts'
import { markFound, unmarkFound } from './find-highlights.ts'
import type { BottomAnchor } from './stick-to-bottom.ts'
import type { TranscriptRow } from './transcript-rows.ts'

interface ThreadFindProps {
  readonly session: OpenSession
  readonly ready: ReadySession
  readonly rows: readonly TranscriptRow[]
  readonly listRef: RefObject<VirtualizerHandle | null>
  readonly anchor: BottomAnchor
}

/** The browser's own search sees only what stands in the page; this one sees the whole session. */
export function ThreadFind(props: ThreadFindProps) {
  const [isOpen, setIsOpen] = useState(false)
  const inputRef = useRef<HTMLInputElement | null>(null)
  useOffer('find', () => {
    // asked for once more, the browser's own search opens
    if (document.activeElement === inputRef.current && inputRef.current !== null) return false
    setIsOpen(true)
    inputRef.current?.select()
    return true
  })
  return isOpen ? <FindBar {...props} inputRef={inputRef} onClose={() => setIsOpen(false)} /> : null
}

interface FindBarProps extends ThreadFindProps {
  readonly inputRef: RefObject<HTMLInputElement | null>
  readonly onClose: () => void
}

function FindBar({ inputRef, onClose, ...find }: FindBarProps) {
  const [text, setText] = useState('')
  const query = useDeferredValue(text.trim())
  const found = useMemo(() => findMessages(find.ready.view, query), [find.ready.view, query])
  const [chosen, setChosen] = useState<MessageId | null>(null)
  // the newest match, until another one is chosen
  const current = chosen !== null && found.includes(chosen) ? chosen : (found.at(-1) ?? null)
  const place = current === null ? -1 : found.indexOf(current)
  const isReading = useWholeSession(find, query !== '')
  useShowFound(find, { query, current })
  useReturningFocus(inputRef)
  function step(by: 1 | -1): void {
    if (found.length > 0) setChosen(found[(place + by + found.length) % found.length] ?? null)
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'Escape') onClose()
    if (event.key !== 'Enter') return
    event.preventDefault()
    step(event.shiftKey ? 1 : -1)
  }
  const count = found.length === 0 ? words.find.none : words.find.of(found.length - place, found.length)
  return (
    <search className="absolute end-3 top-2 z-10 flex max-w-[calc(100%-1.5rem)] animate-rise items-center gap-0.5 rounded-medium border border-line bg-raised p-1 ps-3 shadow-float">
      <input
        ref={inputRef}
        type="text"
        aria-label={words.find.label}
        placeholder={words.find.placeholder}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        className="min-h-9 w-44 min-w-0 flex-1 bg-transparent text-small outline-none placeholder:text-soft touch:min-h-11"
      />
      <span role="status" className="whitespace-nowrap px-2 text-note text-soft tabular-nums">
        {query === '' ? '' : isReading ? `${count} · ${words.find.reading}` : count}
      </span>
      <IconButton label={words.find.previous} onClick={() => step(-1)}>
        <ChevronUp className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label={words.find.next} onClick={() => step(1)}>
        <ChevronDown className="size-4" aria-hidden="true" />
      </IconButton>
      <IconButton label={words.find.close} onClick={onClose}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </search>
  )
}

/** As large as a page may be: here all of them are wanted. */
const FIND_PAGE = 500

/** Fetches what is not here yet, page after page, while something is looked for. True until it is all here. */
function useWholeSession({ session, ready }: ThreadFindProps, isWanted: boolean): boolean {
  const { hasEarlier } = ready.view
  const mayLoad = isWanted && hasEarlier && ready.earlier === 'idle'
  useEffect(() => {
    if (mayLoad) void session.feed.loadEarlier(FIND_PAGE)
  }, [session, mayLoad])
  return isWanted && hasEarlier && ready.earlier !== 'failed'
}

/** Goes to the message that was found, and marks the words there for as long as the search is open. */
function useShowFound(
  { rows, listRef, anchor }: ThreadFindProps,
  { query, current }: { query: string; current: MessageId | null },
): void {
  const rowsRef = useRef(rows)
  rowsRef.current = rows
  useEffect(() => {
    const scroller = anchor.scrollerRef.current
    if (scroller === null) return
    let isArriving = current !== null
    const index = rowsRef.current.findIndex((row) => row.message.messageId === current)
    if (index >= 0) {
      anchor.letGo()
      listRef.current?.scrollToIndex(index, { align: 'start', offset: -80 })
    }
    function mark(): void {
      if (scroller === null) return
      const row = current === null ? null : scroller.querySelector(`[data-message-id="${current}"]`)
      const range = markFound(scroller, query, row)
      if (!isArriving || range === null) return
      isArriving = false
      bringIntoSight(scroller, range)
    }
    const frame = requestAnimationFrame(mark)
    const watcher = new MutationObserver(mark)
    watcher.observe(scroller, { childList: true, subtree: true })
    return () => {
      cancelAnimationFrame(frame)
      watcher.disconnect()
      unmarkFound()
    }
  }, [query, current, anchor.letGo, anchor.scrollerRef, listRef])
}

/** A long message is at its place when the words are, not when its beginning is. */
function bringIntoSight(scroller: HTMLElement, range: Range): void {
  const words = range.getBoundingClientRect()
  const frame = scroller.getBoundingClientRect()
  if (words.top >= frame.top + 64 && words.bottom <= frame.bottom - 32) return
  scroller.scrollTop += words.top - frame.top - frame.height / 3
}

/** Takes the focus, and gives it back to where it was. */
function useReturningFocus(inputRef: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const before = document.activeElement
    inputRef.current?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [inputRef])
}
