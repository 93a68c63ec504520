const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

/** "14:02". */
export function formatClock(at: number): string {
  return CLOCK.format(at)
}

export function formatFullTime(at: number): string {
  return FULL.format(at)
}

/** "0:42", "12:05", "1:02:33". */
export function formatElapsed(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3600)
  if (hours > 0) return [hours, ...parts].join(':')
  return parts.join(':').replace(/^0/, '')
}

/** "0.4 s", "12 s". */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
}
