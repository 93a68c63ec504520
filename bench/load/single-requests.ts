import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JsonRequest, sendRequest, type TextAnswer } from '../harness/json-request.ts'
import { monotonicUs } from '../harness/monotonic.ts'
import { type SampleSummary, summarizeSamples } from '../harness/statistics.ts'

export interface SingleRequestsWanted {
  readonly requests: readonly JsonRequest[]
  /** Between an answer and the next request, give or take a half. */
  readonly gapMs: number
  readonly status: number
}

/** One request after the other on a kept connection, in a quiet moment each; how long the answers took. */
export async function timeRequests({ requests, gapMs, status }: SingleRequestsWanted): Promise<SampleSummary> {
  const agent = new Agent({ keepAlive: true })
  const samplesUs: number[] = []
  for (const request of requests) {
    await sleep(gapMs * (0.5 + Math.random()))
    const sentUs = monotonicUs()
    const answer = await sendRequest({ ...request, agent })
    samplesUs.push(monotonicUs() - sentUs)
    if (answer.status !== status)
      throw new Error(`${request.url} answered ${answer.status}: ${answer.text.slice(0, 300)}`)
  }
  agent.destroy()
  return summarizeSamples(samplesUs)
}

/** Messages sent one after the other, again where the turn before has not ended; when each was sent, by its text. */
export async function sendAndNote({
  messages,
  gapMs,
}: {
  readonly messages: readonly { readonly url: string; readonly text: string; readonly body: object }[]
  readonly gapMs: number
}): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true })
  const sentUs: Record<string, number> = {}
  for (const { url, text, body } of messages) {
    await sleep(gapMs * (0.5 + Math.random()))
    let answer: TextAnswer
    do {
      sentUs[text] = monotonicUs()
      answer = await sendRequest({ url, body, agent })
    } while (answer.status === 409)
    if (answer.status >= 300) throw new Error(`${url} answered ${answer.status}: ${answer.text.slice(0, 300)}`)
  }
  agent.destroy()
  return sentUs
}

/** All at once, each on a connection of its own. Answers with how many there were of each status, and how long it took. */
export async function sendAtOnce({
  url,
  body,
  count,
}: {
  readonly url: string
  readonly body: object
  readonly count: number
}): Promise<{ readonly statuses: Record<string, number>; readonly tookMs: number }> {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const startedUs = monotonicUs()
  const answers = await Promise.all(Array.from({ length: count }, () => sendRequest({ url, body, agent })))
  const statuses: Record<string, number> = {}
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
  agent.destroy()
  return { statuses, tookMs: (monotonicUs() - startedUs) / 1000 }
}
