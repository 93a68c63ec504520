import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text as readText } from 'node:stream/consumers'

export interface JsonRequest {
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly body?: object
  readonly agent?: Agent
}

export interface TextAnswer {
  readonly status: number
  readonly text: string
}

/** Sends a request and answers once the response's head is here. Its body must be read or destroyed. */
export function openRequest({ method, url, body, agent }: JsonRequest): Promise<IncomingMessage> {
  const bytes = body && Buffer.from(JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(url, {
      method: method ?? (body ? 'POST' : 'GET'),
      ...(bytes && {
        headers: { 'content-type': 'application/json', 'content-length': bytes.length, 'x-gaia-ui': '1' },
      }),
      ...(agent && { agent }),
    })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end(bytes)
  })
}

export async function sendRequest(wanted: JsonRequest): Promise<TextAnswer> {
  const response = await openRequest(wanted)
  return { status: response.statusCode ?? 0, text: await readText(response) }
}

/** The body of a request that must be answered with `status`. */
export async function expectAnswer(wanted: JsonRequest, status: number): Promise<string> {
  const answer = await sendRequest(wanted)
  if (answer.status !== status) throw new Error(`${wanted.url} answered ${answer.status}: ${answer.text.slice(0, 300)}`)
  return answer.text
}
