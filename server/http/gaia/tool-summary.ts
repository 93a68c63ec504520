import { z } from 'zod'

/** What GAIA's clients show of a tool's arguments and result; the whole stands in the log. */
const MAX_SUMMARY_LENGTH = 1_000

/** The beginning of a text that may be long, never cut inside a character. */
export function summarize(text: string): string {
  if (text.length <= MAX_SUMMARY_LENGTH) return text
  return `${text.slice(0, MAX_SUMMARY_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`
}

const argumentsSchema = z.record(z.string(), z.unknown())

/** The arguments as an object; an empty one where the model wrote something else, which the summary then shows. */
export function parseArguments(argumentsJson: string): Record<string, unknown> {
  try {
    const parsed = argumentsSchema.safeParse(JSON.parse(argumentsJson))
    JSON.stringify(parsed.data) // a frame must be able to hold it: nesting has a limit there that parsing does not have
    return parsed.data ?? {}
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return {}
    throw error
  }
}
