import type { Spread } from '../harness/statistics.ts'

/** A number as a person reads it: three figures that count, thousands apart. */
export function showNumber(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** The middle of the rounds, then the least and the most. */
export function showSpread({ median, least, most, rounds }: Spread): string {
  return rounds.length === 1 ? showNumber(median) : `${showNumber(median)} (${showNumber(least)}–${showNumber(most)})`
}
