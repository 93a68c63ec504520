import { type RefObject, useEffect, useRef } from 'react'

/** For what began something: it has the focus when that is over, unless somebody else has taken it meanwhile. */
export function useFocusAfter<Kind extends HTMLElement>(isBusy: boolean): RefObject<Kind | null> {
  const ref = useRef<Kind | null>(null)
  const wasBusy = useRef(false)
  useEffect(() => {
    const isFree = document.activeElement === document.body
    if (wasBusy.current && !isBusy && isFree) ref.current?.focus({ preventScroll: true })
    wasBusy.current = isBusy
  }, [isBusy])
  return ref
}
