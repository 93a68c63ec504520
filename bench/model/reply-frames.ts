import type { ServerResponse } from 'node:http'
import { monotonicUs } from '../harness/monotonic.ts'
import { TOKEN_LENGTH, tokenText } from '../harness/token-text.ts'

const BEFORE_TEXT =
  'data: {"id":"chatcmpl-bench-0001","object":"chat.completion.chunk","created":1795000000,"model":"bench","choices":[{"index":0,"delta":{"content":"'
const AFTER_TEXT = '"},"finish_reason":null}]}\n\n'
const LENGTH = BEFORE_TEXT.length + TOKEN_LENGTH + AFTER_TEXT.length
/** A frame as one chunk of HTTP. All are of one length, so the two ends around the text are always the same. */
const CHUNK_HEAD = `${LENGTH.toString(16)}\r\n${BEFORE_TEXT}`
const CHUNK_TAIL = `${AFTER_TEXT}\r\n`

const FINISH =
  'data: {"id":"chatcmpl-bench-0001","object":"chat.completion.chunk","created":1795000000,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

export function writeHead(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
}

/** Straight to the socket: the model should take as little as possible of the machine that it shares with what is measured. */
export function writeToken(response: ServerResponse, number: number): void {
  response.socket?.write(`${CHUNK_HEAD}${tokenText(number, monotonicUs())}${CHUNK_TAIL}`, 'latin1')
}

export function finishReply(response: ServerResponse): void {
  response.end(FINISH)
}
