import { createParser } from 'eventsource-parser'
import { Client } from 'undici'
import { z } from 'zod'
import { toStorableText } from '../agent/storable-text.ts'
import type { HostProgress, ModelHost } from '../settings/model-loads.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { parseModelEndpoint } from './model-endpoint.ts'
import { parseJson } from './parse-json.ts'

const MAX_PROBLEM_LENGTH = 300
const BROKE_OFF = 'The download broke off. Start it again: what arrived is kept by Lemonade.'
const MAX_EVENT_BYTES = 64 * 1024
const count = z.number().nonnegative().catch(0)
const progressSchema = z.object({
  percent: count,
  file: z.string().max(1_000).catch(''),
  file_index: count,
  total_files: count,
  bytes_downloaded: count,
  bytes_total: count,
})
const errorSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })
const answerSchema = z.object({ status: z.string().optional(), message: z.string().optional() })

/** Lemonade's own routes beside OpenAI's: it brings models into memory and onto the disk. The key goes to its origin alone (S16). */
export function lemonadeHost(baseUrl: string, apiKey: string | null): ModelHost {
  const endpoint = parseModelEndpoint(baseUrl, apiKey)
  const path = endpoint.shownUrl.slice(endpoint.origin.length)
  const headers = { ...endpoint.headers, 'content-type': 'application/json' }

  /** What went wrong, or null. `read` takes the body of a 200. Never rejects for what the server does. */
  async function ask(
    route: string,
    { body, signal }: { body: object; signal: AbortSignal },
    read: (body: AsyncIterable<Uint8Array>) => Promise<string | null>,
  ): Promise<string | null> {
    const connect = { lookup: guardedLookup() }
    const client = new Client(endpoint.origin, { allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect })
    try {
      const response = await client.request({
        path: path + route,
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal,
      })
      if (response.statusCode === 200) return await read(response.body)
      return problemOf(await readStart(response.body), apiKey) ?? `Lemonade answered ${response.statusCode}.`
    } catch (error) {
      if (signal.aborted) return 'Conch was stopped.'
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      return `Lemonade could not be reached${code}. See that it runs.`
    } finally {
      await client.destroy()
    }
  }

  return {
    load: (model, contextSize, signal) =>
      ask(
        '/load',
        { body: { model_name: model, ...(contextSize === null ? {} : { ctx_size: contextSize }) }, signal },
        async (body) => problemOf(await readStart(body), apiKey),
      ),
    download: (model, onProgress, signal) =>
      ask('/pull', { body: { model_name: model, stream: true }, signal }, (body) =>
        readDownload(body, onProgress, apiKey),
      ),
  }
}

/** A download is whole only where the server says so. */
async function readDownload(
  body: AsyncIterable<Uint8Array>,
  onProgress: (progress: HostProgress) => void,
  apiKey: string | null,
): Promise<string | null> {
  let problem: string | null = BROKE_OFF
  const parser = createParser({
    maxBufferSize: MAX_EVENT_BYTES,
    onEvent: ({ event, data }) => {
      const json = parseJson(data)
      const progress = progressSchema.safeParse(json)
      if (event === 'complete') problem = null
      else if (event === 'error') problem = problemOf(data, apiKey) ?? 'Lemonade could not download it.'
      else if (event === 'progress' && progress.success) onProgress(toProgress(progress.data))
    },
  })
  const decoder = new TextDecoder()
  for await (const bytes of body) parser.feed(decoder.decode(bytes, { stream: true }))
  return problem
}

function toProgress(told: z.infer<typeof progressSchema>): HostProgress {
  return {
    percent: Math.min(told.percent, 100),
    file: toStorableText(told.file),
    fileIndex: Math.round(told.file_index),
    totalFiles: Math.round(told.total_files),
    downloadedBytes: Math.round(told.bytes_downloaded),
    totalBytes: Math.round(told.bytes_total),
  }
}

/** The server's words, where the text says that something went wrong; without the key, should it repeat that. */
function problemOf(text: string, apiKey: string | null): string | null {
  const json = parseJson(text)
  const stated = errorSchema.safeParse(json)
  const answer = answerSchema.safeParse(json)
  const words = stated.success
    ? typeof stated.data.error === 'string'
      ? stated.data.error
      : stated.data.error.message
    : answer.success && answer.data.status === 'error'
      ? (answer.data.message ?? 'Lemonade could not do it.')
      : null
  if (words === null) return null
  const safe = apiKey ? words.replaceAll(apiKey, '…') : words
  return toStorableText(safe.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()).slice(0, MAX_PROBLEM_LENGTH)
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const bytes of body) {
    text += Buffer.from(bytes).toString('utf8')
    if (text.length > MAX_EVENT_BYTES) break
  }
  return text
}
