import type { FastifyInstance } from 'fastify'

/** Far more than any request here has: what is past these limits is meant to hurt. */
const MAX_DEPTH = 64
const MAX_KEYS = 10_000
/** For a route that takes whole sessions. */
export const MANY_JSON_KEYS = 400_000
const MAX_KEY_LENGTH = 1_024

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How many keys a JSON body of this route may have. */
    readonly maxJsonKeys?: number
  }
}

/** A body that is no JSON text to work with. It is the sender's mistake, and says nothing about us. */
export class JsonBodyError extends Error {
  override readonly name = 'JsonBodyError'
  readonly code: 'not_utf8' | 'not_json' | 'too_complex'

  constructor(code: JsonBodyError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Reads JSON bodies strictly: UTF-8 without a byte order mark, and within limits that keep every later walk over the value
 * short. An empty body is none, because many clients name a content type where they send nothing. Of a key that comes
 * twice the last one counts, as `JSON.parse` has it.
 */
export function readJsonStrictly(
  server: Pick<FastifyInstance, 'getDefaultJsonParser' | 'removeContentTypeParser' | 'addContentTypeParser'>,
): void {
  const parseJson = server.getDefaultJsonParser('remove', 'remove')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (body: Buffer): string => {
    try {
      return decoder.decode(body)
    } catch (error) {
      if (error instanceof TypeError) throw new JsonBodyError('not_utf8', 'There was an error parsing the body')
      throw error
    }
  }
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined)
      return
    }
    const text = decode(body)
    // The parser itself would drop the mark.
    if (text.startsWith('\ufeff')) throw new JsonBodyError('not_json', 'JSON decode error')
    const excess = findExcess(text, request.routeOptions.config.maxJsonKeys ?? MAX_KEYS)
    if (excess !== undefined) throw new JsonBodyError('too_complex', excess)
    return parseJson(request, text, done)
  })
}

/** What of a JSON text is past the limits, in words. Looks at the text alone, so that nesting cannot exhaust the stack. */
function findExcess(text: string, maxKeys: number): string | undefined {
  let depth = 0
  let keys = 0
  let stringLength = 0
  for (let index = 0; index < text.length; index += 1) {
    switch (text[index]) {
      case '"': {
        const end = endOfString(text, index)
        stringLength = end - index - 1
        index = end
        break
      }
      case ':':
        keys += 1
        if (keys > maxKeys) return `has more than ${maxKeys} keys`
        if (stringLength > MAX_KEY_LENGTH) return `has a key of more than ${MAX_KEY_LENGTH} characters`
        break
      case '[':
      case '{':
        depth += 1
        if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} levels deep`
        break
      case ']':
      case '}':
        depth -= 1
    }
  }
  return undefined
}

/** Index of the quotation mark that closes the string which opens at `start`; the text's end where none does. */
function endOfString(text: string, start: number): number {
  let index = start + 1
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1
  return index
}
