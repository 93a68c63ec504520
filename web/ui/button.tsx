import type { ButtonHTMLAttributes } from 'react'

type ButtonTone = 'strong' | 'quiet' | 'plain' | 'alarm'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: ButtonTone
}

const SHAPE =
  'inline-flex min-h-9 items-center justify-center gap-2 rounded-medium px-3.5 py-1.5 text-small font-medium ' +
  'transition-colors select-none disabled:opacity-55 touch:min-h-11'

const TONES: Readonly<Record<ButtonTone, string>> = {
  strong: 'bg-accent text-on-accent enabled:hover:bg-accent/88',
  quiet: 'border border-line bg-raised text-ink enabled:hover:border-edge enabled:hover:bg-sunken',
  plain: 'text-ink enabled:hover:bg-ink/7',
  alarm: 'bg-alarm text-paper enabled:hover:bg-alarm/88',
}

export function Button({ tone = 'quiet', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`${SHAPE} ${TONES[tone]} ${className}`} {...rest} />
}
