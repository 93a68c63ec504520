import { Client } from 'undici'
import { z } from 'zod'
import { toStorableText } from '../agent/storable-text.ts'
import type { Clock } from '../lib/clock.ts'
import { describeConnectionFailure, describeRefusal } from './backend-problem.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { type ModelEndpoint, parseModelEndpoint } from './model-endpoint.ts'
import { parseJson } from './parse-json.ts'

export interface ListModelsOptions {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly apiKey?: string | undefined
  readonly clock: Clock
  readonly timeoutMs?: number
}

/** `message` is a sentence for the person: what happened and what to do. */
export type ModelList =
  | { readonly status: 'listed'; readonly names: readonly [string, ...string[]] }
  | { readonly status: 'none'; readonly message: string }
  | { readonly status: 'needs_key'; readonly message: string }
  | { readonly status: 'unreachable'; readonly message: string }

const DEFAULT_TIMEOUT_MS = 3_000
const MAX_BODY_BYTES = 1024 * 1024
const MAX_NAMES = 1_000

const modelListSchema = z.object({ data: z.array(z.object({ id: z.string().min(1).max(512) })).max(MAX_NAMES) })

/** Asks a server which models it has, those that can chat first. Never rejects for what the server does. */
export async function listModels(options: ListModelsOptions): Promise<ModelList> {
  const endpoint = parseModelEndpoint(options.baseUrl, options.apiKey || null)
  const limit = new AbortController()
  const cancelTimer = options.clock.after(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => limit.abort())
  try {
    const answer = await fetchList(endpoint, limit.signal)
    return readAnswer(answer, endpoint)
  } catch (error) {
    if (!limit.signal.aborted) {
      return { status: 'unreachable', message: describeConnectionFailure(error, endpoint).message }
    }
    const message = `The model server at ${endpoint.shownUrl} took too long to say which models it has. Check that it runs.`
    return { status: 'unreachable', message }
  } finally {
    cancelTimer()
    limit.abort()
  }
}

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

async function fetchList(endpoint: ModelEndpoint, signal: AbortSignal): Promise<Answer> {
  const client = new Client(endpoint.origin, {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_BODY_BYTES,
    connect: { signal, lookup: guardedLookup() },
  })
  const headers = { ...endpoint.headers, accept: 'application/json' }
  const response = await client.request({ path: endpoint.pathOf('/models'), method: 'GET', headers, signal })
  const contentType = response.headers['content-type']
  return { status: response.statusCode, contentType: String(contentType ?? ''), body: await response.body.text() }
}

function readAnswer(answer: Answer, endpoint: ModelEndpoint): ModelList {
  const { status, body } = answer
  const refused = { ...answer, body: body.slice(0, 2048), model: '', retryAfterMs: null }
  if (status === 401 || status === 403) {
    return { status: 'needs_key', message: describeRefusal(refused, endpoint).message }
  }
  if (status >= 500) return { status: 'unreachable', message: describeRefusal(refused, endpoint).message }
  const names = status === 200 ? readNames(body) : []
  if (!names) {
    const message = `What answers at ${endpoint.shownUrl} cannot be understood. Check the address: that of most model servers ends in /v1.`
    return { status: 'unreachable', message }
  }
  const [first, ...others] = names.sort((a, b) => Number(isNoChatModel(a)) - Number(isNoChatModel(b)))
  if (first !== undefined) return { status: 'listed', names: [first, ...others] }
  const message = `The model server at ${endpoint.shownUrl} lists no model. Load one there, or name it with --model.`
  return { status: 'none', message }
}

/** Null where it is no list of models. */
function readNames(body: string): string[] | null {
  const list = modelListSchema.safeParse(parseJson(body))
  return list.success ? list.data.data.map((model) => toStorableText(model.id)) : null
}

/** By the name, because the list says no more: these sort last, so that the first is one to talk to. */
function isNoChatModel(name: string): boolean {
  return /embed|rerank|whisper|tts|stable-diffusion/i.test(name)
}
