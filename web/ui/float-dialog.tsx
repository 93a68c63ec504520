import { Dialog } from 'radix-ui'
import { type ReactNode, useRef } from 'react'

interface FloatDialogProps {
  /** Said to those who hear the page; `children` show their own. */
  readonly title: string
  readonly className: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A dialog over the page. Escape and a press beside it close it, and the focus goes back to where it was. */
export function FloatDialog({ title, className, onClose, children }: FloatDialogProps) {
  const before = useRef<Element | null>(null)
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            before.current = document.activeElement
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
