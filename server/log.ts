import { type DestinationStream, type Logger, pino } from 'pino'

/** Fields that are never written, wherever in a record they stand within three levels (S21). */
const SECRET_FIELDS = ['authorization', 'cookie', '["set-cookie"]', 'token', 'apiKey']

const MAX_CAUSES = 4

/**
 * The server's log: JSON lines for operators, with ids and without what people and models wrote. What it takes from a
 * failure is a closed list, because libraries hang requests, headers and inputs on their errors.
 */
export function createLog(level: 'debug' | 'info', destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      serializers: { err: (error: unknown) => describeError(error, MAX_CAUSES) },
      redact: { paths: ['', '*.', '*.*.'].flatMap((above) => SECRET_FIELDS.map((field) => pathOf(above, field))) },
      hooks: { streamWrite: escapeControls },
    },
    destination,
  )
}

function pathOf(above: string, field: string): string {
  return field.startsWith('[') ? above.replace(/\.$/, '') + field : above + field
}

interface ErrorRecord {
  readonly type: string
  readonly message: string
  readonly code?: string | number
  readonly stack: string
  readonly cause?: ErrorRecord
}

function describeError(error: unknown, causesLeft: number): ErrorRecord {
  if (!(error instanceof Error)) return { type: typeof error, message: 'what was thrown is no error', stack: '' }
  const code = 'code' in error ? error.code : undefined
  return {
    type: error.name,
    message: error instanceof SyntaxError ? 'a text could not be parsed' : error.message, // V8 quotes the text
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: framesOf(error),
    ...(error.cause !== undefined && causesLeft > 0 && { cause: describeError(error.cause, causesLeft - 1) }),
  }
}

/** Where it was thrown, without the message that a stack begins with: it stands in a field of its own. */
function framesOf({ stack = '', message }: Error): string {
  const headEnd = stack.indexOf(message) + message.length
  return stack
    .slice(headEnd)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .join('\n')
}

/** JSON escapes what is below U+0020. A terminal also obeys DEL and the C1 controls, such as CSI in one character. */
function escapeControls(line: string): string {
  return line.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
