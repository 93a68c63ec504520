import { type RefObject, useEffect } from 'react'

/**
 * A box that has just opened, or is `begun` once more, takes the focus, its caret at the end and in sight. It leaves it to one
 * in which somebody writes.
 */
export function useFocusAtEnd(inputRef: RefObject<HTMLTextAreaElement | null>, begun = 0): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once more where it was begun once more
  useEffect(() => {
    const input = inputRef.current
    const focused = document.activeElement
    if (focused instanceof HTMLTextAreaElement && focused.value !== '') return
    if (input === null) return
    input.focus()
    input.setSelectionRange(input.value.length, input.value.length)
    input.scrollTop = input.scrollHeight
  }, [inputRef, begun])
}
