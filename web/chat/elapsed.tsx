import { useEffect, useState } from 'react'
import { formatElapsed } from '../time-format.ts'

/** A running clock. Those who hear the page are told the start once instead of every second. */
export function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <span aria-hidden="true" className="tabular-nums">
      {formatElapsed(now - since)}
    </span>
  )
}
