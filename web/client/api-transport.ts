import type { PlainRequest } from '../../client/request.ts'
import { parseJson } from './json-text.ts'
import { isNetworkFailure } from './network-failure.ts'
import type { TabIdentity } from './tab-identity.ts'

export interface ApiTransportOptions {
  /** Where the API is: the empty string is the page's own origin. */
  readonly origin: string
  readonly identity: TabIdentity
  /** Called at each 401: this browser has no cookie, or one that is no longer good. */
  readonly onUnauthorized: () => void
}

export interface ApiCall extends PlainRequest {
  /** Sent as it is, in place of a body of JSON. */
  readonly file?: Blob
  readonly signal?: AbortSignal
}

export interface ApiAnswer {
  readonly response: Response
  /** `undefined` where the body is not JSON. */
  readonly body: unknown
}

/** One request and what came back; null where no answer arrived. */
export interface ApiTransport {
  readonly request: (call: ApiCall) => Promise<ApiAnswer | null>
  /** Resolves with the answer's head; its body is still to be read. */
  readonly open: (call: ApiCall) => Promise<Response | null>
}

/** A request that hangs holds one of the six connections a browser grants, so none may hang for ever. */
const REQUEST_TIMEOUT_MS = 30_000

export function createApiTransport(options: ApiTransportOptions): ApiTransport {
  const { clientId, label } = options.identity
  const ownHeaders = { 'X-Gaia-UI': '1', 'X-Client-Id': clientId, 'X-Client-Label': label }

  async function open(call: ApiCall): Promise<Response | null> {
    const { body, type } = contentOf(call)
    const init: RequestInit = {
      method: call.method,
      headers: { ...ownHeaders, ...(body === null ? {} : { 'Content-Type': type }), ...call.headers },
      cache: 'no-store',
      signal: call.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      body,
    }
    const response = await orNullOnNetworkFailure(fetch(`${options.origin}${call.path}`, init))
    if (response?.status === 401) options.onUnauthorized()
    return response
  }

  async function request(call: ApiCall): Promise<ApiAnswer | null> {
    const response = await open(call)
    return response === null ? null : readAnswer(response)
  }

  return { open, request }
}

function contentOf({ file, body }: ApiCall): { readonly body: Blob | string | null; readonly type: string } {
  if (file !== undefined) return { body: file, type: file.type }
  return { body: body === undefined ? null : JSON.stringify(body), type: 'application/json' }
}

/** Null when the connection broke before the body was whole. */
export async function readAnswer(response: Response): Promise<ApiAnswer | null> {
  const text = await orNullOnNetworkFailure(response.text())
  return text === null ? null : { response, body: parseJson(text) }
}

async function orNullOnNetworkFailure<Value>(promise: Promise<Value>): Promise<Value | null> {
  try {
    return await promise
  } catch (error) {
    if (isNetworkFailure(error)) return null
    throw error
  }
}
