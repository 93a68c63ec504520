import type { InputHTMLAttributes, ReactNode } from 'react'
import { useEffect, useId, useRef } from 'react'

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string
  readonly hint?: string
  /** What is wrong with what stands in it. */
  readonly problem?: string | null
  readonly children?: ReactNode
}

/**
 * A line to write in, with its name above it. `children` stand beside it. What is wrong is moved into sight, and the browser
 * asks before it throws away what stands there.
 */
export function TextField({ label, hint, problem, children, ...rest }: TextFieldProps) {
  const id = useId()
  const note = problem ?? hint
  const noteRef = useRef<HTMLParagraphElement | null>(null)
  useEffect(() => {
    if (problem) noteRef.current?.scrollIntoView({ block: 'nearest' })
  }, [problem])
  useAskBeforeLeaving(Boolean(rest.value))
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-note">
        {label}
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          id={id}
          aria-invalid={problem ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="min-h-9 w-full min-w-0 flex-1 basis-56 rounded-medium border border-edge bg-raised px-3 text-small placeholder:text-soft aria-invalid:border-alarm touch:min-h-11"
          {...rest}
        />
        {children}
      </div>
      {note && (
        <p
          id={`${id}-note`}
          ref={noteRef}
          role={problem ? 'alert' : undefined}
          className={`max-w-line text-pretty text-note scroll-mb-3 ${problem ? 'text-alarm' : 'text-soft'}`}
        >
          {note}
        </p>
      )}
    </div>
  )
}

function useAskBeforeLeaving(hasText: boolean): void {
  useEffect(() => {
    if (!hasText) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [hasText])
}
