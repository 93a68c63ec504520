import { Tooltip } from 'radix-ui'
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Its name: for those who hear the page, and as the tip of those who see it. */
  readonly label: string
  readonly children: ReactNode
  readonly ref?: Ref<HTMLButtonElement>
}

const SHAPE =
  'inline-flex size-9 shrink-0 items-center justify-center rounded-medium text-soft transition-colors ' +
  'enabled:hover:bg-ink/7 enabled:hover:text-ink data-[state=open]:bg-ink/7 data-[state=open]:text-ink ' +
  'disabled:opacity-55 touch:size-11'

export function IconButton({ label, className = '', type = 'button', children, ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type={type}
          aria-label={label}
          aria-describedby={undefined}
          className={`${SHAPE} ${className}`}
          {...rest}
        >
          {children}
        </button>
      </Tooltip.Trigger>
      <Tip>{label}</Tip>
    </Tooltip.Root>
  )
}

/** What a tooltip says. The name of its button says the same to those who hear the page, so it is hidden from them. */
function Tip({ children }: { children: ReactNode }) {
  return (
    <Tooltip.Portal>
      <Tooltip.Content
        sideOffset={6}
        collisionPadding={8}
        aria-hidden="true"
        className="z-40 animate-rise rounded-small bg-ink px-2 py-1 text-note text-paper touch:hidden"
      >
        {children}
      </Tooltip.Content>
    </Tooltip.Portal>
  )
}
