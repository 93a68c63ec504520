import { type RefObject, useEffect, useRef } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { OpenSession } from '../client/open-sessions.ts'
import type { ReadySession } from '../client/session-feed.ts'
import { useServices } from '../services.ts'
import { useStore } from '../use-store.ts'
import type { BottomAnchor } from './stick-to-bottom.ts'
import type { TranscriptRow } from './transcript-rows.ts'

interface ShownTranscript {
  readonly session: OpenSession
  readonly ready: ReadySession
  readonly rows: readonly TranscriptRow[]
  readonly listRef: RefObject<VirtualizerHandle | null>
  readonly anchor: BottomAnchor
}

/** As large as a page may be. */
const PAGE = 500
const MARK_CLASS = 'came-for'
/** Rows above take their real heights as they are drawn: after this many frames the message stands where it stays. */
const SETTLING_FRAMES = 12

/** Brings the message that the address names into sight, and fetches the pages before it until it is there. */
export function useShowMessage({ session, ready, rows, listRef, anchor }: ShownTranscript): void {
  const { location } = useServices()
  const wanted = useStore(location.message)
  const index = wanted === null ? -1 : rows.findIndex((row) => row.message.messageId === wanted)
  // an earlier page may come while the row is being brought into sight: it stands further down then
  const indexRef = useRef(index)
  indexRef.current = index
  const mayLoad = wanted !== null && index < 0 && ready.view.hasEarlier && ready.earlier === 'idle'
  const isNowhere = wanted !== null && index < 0 && !ready.view.hasEarlier
  useEffect(() => {
    if (mayLoad) void session.feed.loadEarlier(PAGE)
  }, [session, mayLoad])
  useEffect(() => {
    if (isNowhere) location.messageShown()
  }, [isNowhere, location])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message, wherever its row is meanwhile
  useEffect(() => {
    if (wanted === null || index < 0) return
    anchor.letGo()
    let framesLeft = SETTLING_FRAMES
    let frame = requestAnimationFrame(show)
    function show(): void {
      listRef.current?.scrollToIndex(indexRef.current, { align: 'start', offset: -80 })
      framesLeft -= 1
      if (framesLeft > 0) frame = requestAnimationFrame(show)
      else arrive()
    }
    function arrive(): void {
      const row = anchor.scrollerRef.current?.querySelector<HTMLElement>(`[data-message-id="${wanted}"]`)
      row?.classList.add(MARK_CLASS)
      row?.addEventListener('animationend', () => row.classList.remove(MARK_CLASS), { once: true })
      location.messageShown()
    }
    return () => cancelAnimationFrame(frame)
  }, [wanted, index >= 0])
}
