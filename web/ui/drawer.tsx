import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'

interface DrawerProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly label: string
  /** The commands that it offers, with spaces between: their keys do something while it is open, too. */
  readonly offers: string
  readonly children: ReactNode
}

/** A panel from the side that lies over the page of a small screen. */
export function Drawer({ isOpen, onOpenChange, label, offers, children }: DrawerProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-20 bg-scrim" />
        <Dialog.Content
          aria-describedby={undefined}
          data-offers={offers}
          onEscapeKeyDown={keepForInput}
          className="fixed inset-y-0 start-0 z-20 flex w-[min(20rem,88vw)] animate-rise flex-col bg-sunken shadow-float"
        >
          <Dialog.Title className="sr-only">{label}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Escape in a box to write in belongs to that box. */
function keepForInput(event: KeyboardEvent): void {
  if (event.target instanceof HTMLInputElement) event.preventDefault()
}
