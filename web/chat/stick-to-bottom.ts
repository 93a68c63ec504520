import { type RefObject, useCallback, useRef, useState } from 'react'

/*
 * Keeps the end of a growing page in sight for a reader who is at the end, and lets go the moment they scroll up. The page
 * lets go only for a movement upwards: growth, a card that opens and a keyboard that slides in move nothing by themselves.
 * A box that somebody writes in stays where it is: what grows around it, or it itself, would push its first lines away.
 */

export interface BottomAnchor {
  /** For the element that scrolls; what grows is its first child. */
  readonly attach: (scroller: HTMLElement | null) => (() => void) | undefined
  readonly scrollerRef: RefObject<HTMLElement | null>
  /** False while the reader is somewhere above. */
  readonly isStuck: boolean
  /** Goes to the end and stays there. */
  readonly stick: () => void
  /** Stays where it is, because something above is to be seen. */
  readonly letGo: () => void
}

/** Within this distance from the end, the reader is at the end. */
const NEAR_END_PX = 48

export function useBottomAnchor(): BottomAnchor {
  const scrollerRef = useRef<HTMLElement | null>(null)
  const stuckRef = useRef(true)
  const [isStuck, setIsStuck] = useState(true)

  const setStuck = useCallback((next: boolean) => {
    stuckRef.current = next
    setIsStuck(next)
  }, [])

  const stick = useCallback(() => {
    setStuck(true)
    scrollToEnd(scrollerRef.current)
  }, [setStuck])

  const letGo = useCallback(() => {
    setStuck(false)
    requestAnimationFrame(() => {
      const scroller = scrollerRef.current
      if (scroller !== null && distanceToEnd(scroller) < NEAR_END_PX) setStuck(true)
    })
  }, [setStuck])

  const attach = useCallback(
    (scroller: HTMLElement | null) => {
      scrollerRef.current = scroller
      const content = scroller?.firstElementChild ?? null
      if (scroller === null || content === null) return undefined
      return anchorToEnd({ scroller, content, isStuck: () => stuckRef.current, setStuck })
    },
    [setStuck],
  )

  return { attach, scrollerRef, isStuck, stick, letGo }
}

interface Anchored {
  readonly scroller: HTMLElement
  readonly content: Element
  readonly isStuck: () => boolean
  readonly setStuck: (isStuck: boolean) => void
}

function anchorToEnd({ scroller, content, isStuck, setStuck }: Anchored): () => void {
  let last = placeOf(scroller)
  function onScroll(): void {
    const now = placeOf(scroller)
    // where there is more room than before, the browser has moved what did not fill it, and nobody has read upwards
    const isMovedByReader = now.top < last.top - 1 && now.room <= last.room
    if (distanceToEnd(scroller) < NEAR_END_PX) setStuck(true)
    else if (isMovedByReader) setStuck(false)
    last = now
  }
  function onWheel(event: WheelEvent): void {
    if (event.deltaY < 0 && scroller.scrollHeight > scroller.clientHeight) setStuck(false)
  }
  // The browser would glide to where the end was when the key was pressed, and the page grows meanwhile.
  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'End') return
    event.preventDefault()
    setStuck(true)
    scrollToEnd(scroller)
  }
  const growth = new ResizeObserver(() => {
    if (isStuck() && hasBoxInSight(scroller)) setStuck(distanceToEnd(scroller) < NEAR_END_PX)
    else if (isStuck()) scrollToEnd(scroller)
    last = placeOf(scroller)
  })
  growth.observe(content)
  growth.observe(scroller)
  scroller.addEventListener('scroll', onScroll, { passive: true })
  scroller.addEventListener('wheel', onWheel, { passive: true })
  scroller.addEventListener('keydown', onKey)
  return () => {
    growth.disconnect()
    scroller.removeEventListener('scroll', onScroll)
    scroller.removeEventListener('wheel', onWheel)
    scroller.removeEventListener('keydown', onKey)
  }
}

function placeOf({ scrollTop, clientHeight }: HTMLElement): { readonly top: number; readonly room: number } {
  return { top: scrollTop, room: clientHeight }
}

function hasBoxInSight(scroller: HTMLElement): boolean {
  const boxes = [...scroller.querySelectorAll('textarea')]
  if (boxes.length === 0) return false // as with nearly every token
  const frame = scroller.getBoundingClientRect()
  return boxes.some((box) => {
    const { top, bottom } = box.getBoundingClientRect()
    return top < frame.bottom && bottom > frame.top
  })
}

function scrollToEnd(scroller: HTMLElement | null): void {
  if (scroller !== null) scroller.scrollTop = scroller.scrollHeight
}

function distanceToEnd(scroller: HTMLElement): number {
  return scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop
}
