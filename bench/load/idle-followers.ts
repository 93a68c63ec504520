import { Agent, type IncomingMessage } from 'node:http'
import { openRequest } from '../harness/json-request.ts'

export interface FollowersWanted {
  readonly url: string
  /** One follower each. */
  readonly sessionIds: readonly string[]
}

const OPENED_AT_ONCE = 64

/** Readers of sessions in which nothing happens. */
export class IdleFollowers {
  readonly #streams: readonly IncomingMessage[]
  #received = 0

  private constructor(streams: readonly IncomingMessage[]) {
    this.#streams = streams
    for (const stream of streams) {
      stream.on('data', (bytes: Buffer) => {
        this.#received += bytes.length
      })
    }
  }

  static async open({ url, sessionIds }: FollowersWanted): Promise<IdleFollowers> {
    const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
    const streams: IncomingMessage[] = []
    for (let start = 0; start < sessionIds.length; start += OPENED_AT_ONCE) {
      const batch = sessionIds.slice(start, start + OPENED_AT_ONCE)
      streams.push(...(await Promise.all(batch.map((id) => openFollower(`${url}/api/sessions/${id}/events`, agent)))))
    }
    return new IdleFollowers(streams)
  }

  /** Bytes received so far: what keeps the connections alive. */
  get received(): number {
    return this.#received
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy()
  }
}

async function openFollower(url: string, agent: Agent): Promise<IncomingMessage> {
  const stream = await openRequest({ url, agent })
  if (stream.statusCode !== 200) throw new Error(`${url} answered ${stream.statusCode}`)
  return stream
}
