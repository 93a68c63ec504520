import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { newRequestId } from './admitted-request.ts'
import { MAX_TARGET_LENGTH, type Refusal } from './guard.ts'
import { refusalMessage } from './refusal.ts'
import { API_HEADERS } from './security-headers.ts'

/** A client that is still sending would lose the answer if its connection were reset at once. */
const LINGER_MS = 500

/** What Node's parser found wrong, as far as it tells. */
export interface ParseFailure {
  readonly code: string
  /** The bytes it stumbled over; not from the start of the request when that came in pieces. */
  readonly packet: string
}

export function parseFailureOf(error: Error): ParseFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : ''
  return { code, packet }
}

/** Pure: the answer to bytes that are no HTTP request. */
export function decideMalformed({ code, packet }: ParseFailure): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse(408, 'the request took too long to arrive')
  if (code === 'HPE_HEADER_OVERFLOW' && hasLongTarget(packet)) {
    return refuse(414, `the URL is longer than ${MAX_TARGET_LENGTH} bytes`)
  }
  if (code === 'HPE_HEADER_OVERFLOW') return refuse(431, 'the header fields are too large')
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return refuse(413, 'the chunk extensions are too large')
  if (code === 'HPE_INVALID_METHOD' && /^[A-Z]{1,32} \/\S* HTTP\/1\.[01]\r\n/.test(packet)) {
    return { ...refuse(405, 'Method Not Allowed'), code: 'method_not_allowed' }
  }
  return refuse(400, 'the request is not valid HTTP')
}

function refuse(httpStatus: number, detail: string): Refusal {
  return { status: 'refused', httpStatus, code: 'invalid_request', detail }
}

function hasLongTarget(packet: string): boolean {
  const lineEnd = packet.indexOf('\r\n')
  const requestLine = lineEnd < 0 ? packet : packet.slice(0, lineEnd)
  return /^[A-Z]+ \//.test(requestLine) && requestLine.length > MAX_TARGET_LENGTH
}

/** Answers on a connection that has no response object, and closes it. */
export function answerAndClose(socket: Duplex, refusal: Refusal): void {
  const { headers, body } = refusalMessage(refusal, newRequestId())
  const lines = Object.entries({ ...API_HEADERS, ...headers, connection: 'close' }).map(
    ([name, text]) => `${name}: ${text}`,
  )
  const statusLine = `HTTP/1.1 ${refusal.httpStatus} ${STATUS_CODES[refusal.httpStatus] ?? ''}`
  socket.on('error', () => socket.destroy()) // a CONNECT's socket has no other listener: a reset would end the process
  socket.end([statusLine, ...lines, '', body].join('\r\n'))
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}
