const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of `90s`, `10m`, `1h` or `500ms`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text.trim())
  const unit = match?.[2]
  if (!match || !isUnit(unit)) return undefined
  return Number(match[1]) * UNITS_MS[unit]
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS_MS {
  return unit !== undefined && unit in UNITS_MS
}
