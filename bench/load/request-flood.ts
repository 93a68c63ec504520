import { connect, type Socket } from 'node:net'
import { monotonicUs } from '../harness/monotonic.ts'
import type { SampleWindow } from './sample-window.ts'

export interface FloodWanted {
  readonly url: string
  readonly body: object
  readonly connections: number
  /** Every answer must have it. */
  readonly status: number
}

/**
 * The same POST over and over on kept connections, the next one as soon as the last is answered. On bare sockets, because
 * an HTTP client takes about as long as the server that it is to measure.
 */
export class RequestFlood {
  readonly #sockets: readonly Socket[]
  #wrong = 0

  constructor({ url, body, connections, status }: FloodWanted, samples: SampleWindow) {
    const { hostname, port } = new URL(url)
    const request = requestBytes(url, JSON.stringify(body))
    this.#sockets = Array.from({ length: connections }, () => {
      const socket = connect(Number(port), hostname)
      socket.setNoDelay(true)
      let sentUs = monotonicUs()
      const send = () => {
        sentUs = monotonicUs()
        socket.write(request)
      }
      const take = answerReader((answered) => {
        if (answered !== status) this.#wrong += 1
        samples.add(monotonicUs() - sentUs)
        send()
      })
      socket.once('connect', send)
      socket.setEncoding('latin1').on('data', take)
      return socket
    })
  }

  /** Breaks the connections. Answers with how many answers were not the expected one. */
  stop(): number {
    for (const socket of this.#sockets) socket.destroy()
    return this.#wrong
  }
}

function requestBytes(url: string, body: string): Buffer {
  const { pathname, host } = new URL(url)
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    'x-gaia-ui: 1',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Calls back with the status of each whole answer. Answers here have a content-length. */
function answerReader(onAnswer: (status: number) => void): (text: string) => void {
  let received = ''
  return (text) => {
    received += text
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = received.slice(0, headEnd)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (length === undefined) throw new Error(`an answer without content-length: ${head}`)
    if (received.length < headEnd + 4 + Number(length)) return
    received = ''
    onAnswer(Number(head.slice(9, 12)))
  }
}
