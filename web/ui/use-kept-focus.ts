import { type RefCallback, type RefObject, useCallback } from 'react'
import { isTouch } from './is-touch.ts'

/**
 * Keeps the keyboard's place in an area whose buttons come and go: where the one that has the focus is moved, it has it again;
 * where it is gone, or can be pressed no more, the fallback has it. Who has turned to something else is left alone.
 */
export function useKeptFocus(fallbackRef: RefObject<HTMLElement | null>): RefCallback<HTMLElement> {
  return useCallback(
    (area: HTMLElement | null) => {
      if (area === null) return undefined
      let last: HTMLElement | null = null
      const leaving = new AbortController()
      const { signal } = leaving
      const noteFocus = ({ target }: FocusEvent) => {
        last = target instanceof HTMLElement && area.contains(target) ? target : null
      }
      const notePointer = ({ target }: PointerEvent) => {
        if (target instanceof Node && !last?.contains(target)) last = null
      }
      const giveBack = () => {
        if (last === null || document.activeElement !== document.body) return
        const canHaveIt = last.isConnected && !last.matches(':disabled')
        if (canHaveIt) last.focus({ preventScroll: true })
        else if (!isTouch()) fallbackRef.current?.focus({ preventScroll: true })
      }
      // a button that is disabled keeps the focus until the next frame
      const changes = new MutationObserver(() => requestAnimationFrame(giveBack))
      changes.observe(area, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] })
      document.addEventListener('focusin', noteFocus, { signal })
      document.addEventListener('pointerdown', notePointer, { signal, capture: true })
      return () => {
        changes.disconnect()
        leaving.abort()
      }
    },
    [fallbackRef],
  )
}
