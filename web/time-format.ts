import { regionalTag } from './client/languages.ts'
import { words } from './words.ts'

/** "14:02", or "2:02 PM" where that is how it is written. */
export const formatClock = dateFormatter({ hour: '2-digit', minute: '2-digit' })

export const formatFullTime = dateFormatter({ dateStyle: 'full', timeStyle: 'short' })

/** "12/31/2026". */
export const formatDay = dateFormatter({ day: 'numeric', month: 'numeric', year: 'numeric' })

/** In the language of the words, as it is written where the person lives. Made when first used: until then it is not known. */
function dateFormatter(options: Intl.DateTimeFormatOptions): (at: number) => string {
  let format: Intl.DateTimeFormat | undefined
  return (at) => {
    format ??= new Intl.DateTimeFormat(regionalTag(words.language, navigator.languages), options)
    return format.format(at)
  }
}

/** "0:42", "12:05", "1:02:33". */
export function formatElapsed(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3600)
  if (hours > 0) return [hours, ...parts].join(':')
  return parts.join(':').replace(/^0/, '')
}
