import { z } from 'zod'
import type { Tool, ToolResult } from '../../agent/tool.ts'
import type { Clock } from '../../lib/clock.ts'

const argumentsSchema = z.object({
  timezone: z
    .string()
    .max(64)
    .nullish()
    .describe('IANA name of a time zone, such as Europe/Berlin. Left out: the time zone of this machine.'),
})

// Without `$schema`: some servers refuse keywords they do not know.
const { $schema: _, ...PARAMETERS } = z.toJSONSchema(argumentsSchema, { io: 'input' })

export interface TimeToolOptions {
  readonly clock: Clock
  /** Where the machine is; by default what the operating system says. */
  readonly localTimezone?: string
}

/** Tells the time. It reads nothing but the clock and changes nothing. */
export function createTimeTool({ clock, localTimezone }: TimeToolOptions): Tool {
  const here = localTimezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  return {
    definition: {
      name: 'time',
      description: 'Tells the current date, time and day of the week, here or in another time zone.',
      parameters: PARAMETERS,
    },
    parse: parseArguments,
    async execute(value) {
      const { timezone } = argumentsSchema.parse(value)
      return tellTime(clock.nowMs(), timezone || here)
    },
  }
}

function parseArguments(argumentsJson: string): ReturnType<Tool['parse']> {
  let value: unknown
  try {
    value = JSON.parse(argumentsJson)
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: `The arguments are not JSON: ${error.message}` }
    throw error
  }
  const parsed = argumentsSchema.safeParse(value)
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problem: `The arguments do not fit: ${z.prettifyError(parsed.error)}` }
}

function tellTime(nowMs: number, timezone: string): ToolResult {
  let format: Intl.DateTimeFormat
  try {
    format = formatIn(timezone)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return {
      status: 'error',
      result: `There is no time zone named "${timezone}". Use an IANA name such as Europe/Berlin or America/New_York.`,
    }
  }
  const part = Object.fromEntries(format.formatToParts(nowMs).map(({ type, value }) => [type, value]))
  // "GMT+02:00", or only "GMT" where the offset is none.
  const offset = part.timeZoneName?.slice(3) || '+00:00'
  const time = `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}${offset}`
  return { status: 'ok', result: `${time} (${part.weekday}, ${timezone})` }
}

function formatIn(timezone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: timezone,
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
}
