const FIRST_DELAY_MS = 400
const LONGEST_DELAY_MS = 15_000

/**
 * How long to wait before the `attempt`th try (from 1): doubling, bounded, and spread over its upper half, so that many
 * tabs do not come back to a restarted server in the same instant.
 */
export function backoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1))
  return ceilingMs / 2 + (ceilingMs / 2) * random
}
