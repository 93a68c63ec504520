import { errors } from 'undici'
import type { ModelReply } from '../agent/model.ts'
import { toStorableText } from '../agent/storable-text.ts'
import type { ModelEndpoint } from './model-endpoint.ts'
import { parseJson } from './parse-json.ts'

/**
 * What goes wrong at a model server, as a sentence for the person: what happened, at which address, what to do. What the
 * server itself said is quoted in short, as text and never as markup (F50), and never with the key in it.
 */

export type BackendFailure = Extract<ModelReply, { status: 'failed' }>

const MAX_QUOTE_CODE_POINTS = 300

/** No answer came at all: refused, not found, not trusted, reset (F47). */
export function describeConnectionFailure(error: unknown, endpoint: ModelEndpoint): BackendFailure {
  const code = errorCode(error)
  const { shownUrl, hostname } = endpoint
  if (error instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return failed('protocol', `What answers at ${shownUrl} does not speak proper HTTP. Check the address.`)
  }
  return failed('backend_unreachable', describeUnreachable(code, shownUrl, hostname))
}

function describeUnreachable(code: string, shownUrl: string, hostname: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${shownUrl}. Start the model server, or check its address.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${hostname} cannot be found, so ${shownUrl} cannot be reached. Check the address and the network.`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `The model server at ${shownUrl} closed the connection before it answered. It may have crashed or run out of memory: look at its log, then send the message again.`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `The machine of the model server at ${shownUrl} does not answer. Check that it is on and that the network reaches it.`
  }
  if (/CERT|TLS|SSL|EPROTO|UNABLE_TO|SELF_SIGNED/.test(code)) {
    return `The model server at ${shownUrl} offers no secure connection that can be trusted (${code}). Check its certificate, or whether the address should begin with http://.`
  }
  return `The model server at ${shownUrl} cannot be reached (${code || 'unknown error'}). Check that it runs, and its address.`
}

export interface RefusedRequest {
  readonly status: number
  readonly contentType: string
  /** The beginning of the body. */
  readonly body: string
  readonly model: string
  readonly retryAfterMs: number | null
}

/** The server answered, but not with a reply (F50). */
export function describeRefusal(refused: RefusedRequest, endpoint: ModelEndpoint): BackendFailure {
  const { status, contentType } = refused
  const said = readSaid(refused)
  const quoted = quote(said.text, endpoint)
  const server = `The model server at ${endpoint.shownUrl}`
  if (status >= 300) return failed('backend_error', `${server} ${problemOf(refused)}${quoted}`)
  if (said.isError) return failed('backend_error', `${server} reported an error.${quoted}`)
  return failed(
    'protocol',
    `${server} answered with ${contentType || 'no type'} instead of a stream. Check that the address ends in /v1 and belongs to an OpenAI-compatible server.`,
  )
}

function problemOf(refused: RefusedRequest): string {
  const { status, body, model, retryAfterMs } = refused
  const later = retryAfterMs === null ? 'in a moment' : `in ${Math.ceil(retryAfterMs / 1000)} seconds`
  if (status >= 300 && status < 400) {
    return `sends to another address (${status}), which is not followed. Enter the address that it really has.`
  }
  switch (status) {
    case 401:
    case 403:
      return `does not accept the API key (${status}). Enter its key on the settings page or in CONCH_MODEL_API_KEY.`
    case 404:
      return `does not know the model ${model}, or has no /chat/completions there (404). Check the model's name, and that the address ends in /v1.`
    case 429:
      return `has too many requests now (429). Send the message again ${later}.`
    case 503:
      return `is not ready (503): it may still be loading the model. Send the message again ${later}.`
  }
  if (status < 500 && /context|too long|too many tokens|max(imum)?[ _](model[ _])?(length|tokens)/i.test(body)) {
    return `cannot take so much text (${status}). Shorten the message, begin a new session, or load the model with a larger context.`
  }
  if (status < 500) return `refused the request (${status}).`
  return `failed (${status}). Look at its log, then send the message again.`
}

/** The server reported an error in the middle of its stream. */
export function describeStreamError(error: unknown, endpoint: ModelEndpoint): string {
  const said = quote(messageOf(error), endpoint)
  return `The model server at ${endpoint.shownUrl} failed in the middle of the answer. What arrived until then is kept.${said}`
}

/** How long the server asks to wait, or null where it does not say. An HTTP date counts from `nowMs`. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (!value) return null
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  if (!/^[A-Z][a-z]{2}/.test(value)) return null
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs)
}

/** What the body says to a person: its error message, or the body where that is plain text. Of a web page, nothing. */
function readSaid({ contentType, body }: RefusedRequest): { readonly text: string; readonly isError: boolean } {
  if (/html/i.test(contentType) || /^\s*</.test(body)) return { text: '', isError: false }
  const value = parseJson(body)
  if (value === undefined) return { text: body, isError: false }
  if (typeof value !== 'object' || value === null) return { text: '', isError: false }
  if ('error' in value) return { text: messageOf(value.error), isError: true }
  if ('message' in value) return { text: messageOf(value.message), isError: true }
  return 'detail' in value ? { text: messageOf(value.detail), isError: true } : { text: '', isError: false }
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') {
    return error.message
  }
  return error === undefined || error === null ? '' : JSON.stringify(error).slice(0, 2 * MAX_QUOTE_CODE_POINTS)
}

function quote(text: string, { apiKey }: ModelEndpoint): string {
  // The key goes first: after shortening, a part of it could be left.
  const safe = apiKey ? text.replaceAll(apiKey, '…') : text
  const line = toStorableText(safe.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim())
  if (!line) return ''
  const points = Array.from(line)
  const shown = points.length > MAX_QUOTE_CODE_POINTS ? `${points.slice(0, MAX_QUOTE_CODE_POINTS).join('')}…` : line
  return ` It said: “${shown}”`
}

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? errorCode(error.cause) : ''
}

function failed(reason: BackendFailure['reason'], message: string): BackendFailure {
  return { status: 'failed', reason, message }
}
