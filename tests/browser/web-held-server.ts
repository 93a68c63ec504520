import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a test answers by hand. */
export interface HeldRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly answer: (status: number, body: unknown) => void
  /** Begins an event stream. */
  readonly startStream: () => void
  readonly write: (text: string | Uint8Array) => void
  /** Cuts the connection as a network does. */
  readonly cut: () => void
  /** Resolves when the client has gone or the answer is over. */
  readonly closed: Promise<void>
}

/** A real HTTP server whose requests are handed to the test one after the other. */
export interface HeldServer extends AsyncDisposable {
  readonly origin: string
  readonly nextRequest: () => Promise<HeldRequest>
}

export async function startHeldServer(): Promise<HeldServer> {
  const arrived: HeldRequest[] = []
  const waiting: ((request: HeldRequest) => void)[] = []
  const server = createServer(async (request, response) => {
    const held = await hold(request, response)
    const taker = waiting.shift()
    if (taker) taker(held)
    else arrived.push(held)
  })
  await listen(server)
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nextRequest: () => {
      const first = arrived.shift()
      if (first) return Promise.resolve(first)
      const { promise, resolve } = Promise.withResolvers<HeldRequest>()
      waiting.push(resolve)
      return promise
    },
    [Symbol.asyncDispose]: () => close(server),
  }
}

async function hold(request: IncomingMessage, response: ServerResponse): Promise<HeldRequest> {
  const closed = Promise.withResolvers<void>()
  response.on('close', () => closed.resolve())
  let body = ''
  for await (const piece of request) body += piece
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body,
    answer: (status, content) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
    },
    startStream: () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    },
    write: (text) => response.write(text),
    cut: () => response.destroy(),
    closed: closed.promise,
  }
}

function listen(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  return promise
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}
