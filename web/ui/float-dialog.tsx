import { Dialog } from 'radix-ui'
import { type ReactNode, type RefObject, useRef } from 'react'
import { isComposing } from './is-composing.ts'

interface FloatDialogProps {
  /** Said to those who hear the page; `children` show their own. */
  readonly title: string
  readonly className: string
  readonly onClose: () => void
  /** What has the focus at first; without it, the first thing that can. */
  readonly firstFocus?: RefObject<HTMLElement | null>
  readonly children: ReactNode
}

/** A dialog over the page. Escape and a press beside it close it, and the focus goes back to where it was. */
export function FloatDialog({ title, className, onClose, firstFocus, children }: FloatDialogProps) {
  const before = useRef<Element | null>(null)
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            before.current = document.activeElement
            if (firstFocus?.current == null) return
            event.preventDefault()
            firstFocus.current.focus()
          }}
          // The tip of a button would take the first Escape for itself; here it closes both.
          onEscapeKeyDown={(event) => event.preventDefault()}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && !isComposing(event.nativeEvent)) onClose()
          }}
          // By itself it would give the focus to a button that opens it, and there is none. Who took it meanwhile keeps it.
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            const isFree = document.activeElement === document.body
            if (isFree && before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
          }}
          className={`fixed z-30 animate-rise rounded-large border border-line bg-raised shadow-float ${className}`}
        >
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
