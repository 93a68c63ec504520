import { Check } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode
  readonly children: ReactNode
  /** Which edge of the trigger it keeps to. */
  readonly align?: 'start' | 'end'
  readonly onCloseAutoFocus?: (event: Event) => void
}

const ITEM =
  'flex min-h-9 items-center gap-2.5 rounded-small px-3 text-small outline-none select-none ' +
  'data-highlighted:bg-ink/8 touch:min-h-11'

export function Menu({ trigger, children, align = 'end', onCloseAutoFocus }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(onCloseAutoFocus ? { onCloseAutoFocus } : {})}
          className="z-30 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 animate-rise overflow-y-auto rounded-medium border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

interface MenuItemProps {
  readonly icon: ReactNode
  readonly children: ReactNode
  /** What it means, in a smaller line. */
  readonly hint?: string
  readonly onSelect: () => void
}

export function MenuItem({ icon, children, hint, onSelect }: MenuItemProps) {
  return (
    <DropdownMenu.Item className={ITEM} onSelect={onSelect}>
      {icon}
      {hint === undefined ? (
        children
      ) : (
        <span className="flex max-w-60 flex-col py-1.5">
          <span>{children}</span>
          <span className="text-note text-soft">{hint}</span>
        </span>
      )}
    </DropdownMenu.Item>
  )
}

interface MenuChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly icon: ReactNode }[]
  readonly onChoose: (value: Value) => void
}

export function MenuChoice<Value extends string>({ label, value, choices, onChoose }: MenuChoiceProps<Value>) {
  return (
    <DropdownMenu.RadioGroup value={value} aria-label={label}>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem
          key={choice.value}
          value={choice.value}
          className={ITEM}
          onSelect={() => onChoose(choice.value)}
        >
          {choice.icon}
          <span className="flex-1">{choice.label}</span>
          <DropdownMenu.ItemIndicator>
            <Check className="size-4 text-accent" aria-hidden="true" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}
