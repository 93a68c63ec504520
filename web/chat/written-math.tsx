export interface MathProps {
  readonly tex: string
  readonly isDisplay: boolean
}

/** `waiting`: for what draws it. `plain`: it cannot be drawn and stays as it was written. */
export type MathState = 'waiting' | 'drawn' | 'plain'

export function mathClass(isDisplay: boolean): string {
  return isDisplay ? 'block overflow-x-auto overflow-y-hidden py-1 text-center' : ''
}

/** A formula as it was written. */
export function WrittenMath({ tex, isDisplay, state }: MathProps & { readonly state: MathState }) {
  return (
    <span data-math={state} className={mathClass(isDisplay)}>
      <code>{tex}</code>
    </span>
  )
}
