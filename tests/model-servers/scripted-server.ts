import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'

/** A question that a scripted server was asked. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly authorization: string | null
  readonly body: string
}

export interface Reply {
  /** 200 unless given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
}

/** `hang`: never answers. `hang_up`: closes the connection instead. */
export type Respond = (request: SeenRequest) => Reply | 'hang' | 'hang_up'

/**
 * A server on a real socket that answers as a script says and keeps what it was asked.
 *
 *     await using server = await startScriptedServer(imitateOllama('found'))
 *     …look for it at server.port…
 *     expect(server.requests[0]?.authorization).toBeNull()
 */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number
  readonly origin: string
  readonly requests: readonly SeenRequest[]
  /** Connections that are open now. */
  readonly openConnections: number
  /** Resolves with the first question. */
  readonly asked: Promise<void>
  /** What it answers from now on. */
  respond: Respond
  /** What an answer waits for; nothing unless set. */
  hold: (request: SeenRequest) => Promise<void>
}

export interface ListenOptions {
  /** 0, a free one, unless given. */
  readonly port?: number
  /** 127.0.0.1 unless given. */
  readonly host?: string
}

export async function startScriptedServer(respond: Respond, options: ListenOptions = {}): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  const asked = Promise.withResolvers<void>()
  const script = { respond, hold: async (_request: SeenRequest) => {} }
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming)
    requests.push(request)
    asked.resolve()
    await script.hold(request)
    const reply = script.respond(request)
    if (reply === 'hang') return
    if (reply === 'hang_up') {
      response.destroy()
      return
    }
    const { status = 200, headers = {}, json, text } = reply
    const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(json === undefined ? text : JSON.stringify(json))
  })
  const listening = await listen(server, options)
  return {
    ...listening,
    requests,
    asked: asked.promise,
    get openConnections() {
      return listening.openConnections
    },
    get respond() {
      return script.respond
    },
    set respond(next) {
      script.respond = next
    },
    get hold() {
      return script.hold
    },
    set hold(next) {
      script.hold = next
    },
  }
}

/**
 * A server that does not speak HTTP as it should: it answers the first bytes with `bytes`, and then closes the connection
 * or leaves it open. Without `bytes` it accepts connections and stays silent.
 */
export function startRawServer(bytes: string | null, then: 'close' | 'stall' = 'close') {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.resume()
    if (bytes !== null) socket.once('data', () => (then === 'close' ? socket.end(bytes) : socket.write(bytes)))
  })
  return listen(server, {})
}

/** A port on 127.0.0.1 that nothing listens on. */
export async function findClosedPort(): Promise<number> {
  await using server = await startRawServer(null)
  return server.port
}

async function listen(server: Server, { port = 0, host = '127.0.0.1' }: ListenOptions) {
  const sockets = new Set<Socket>()
  const connected = Promise.withResolvers<void>()
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    connected.resolve()
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const listeningPort = typeof address === 'object' && address ? address.port : 0
  return {
    port: listeningPort,
    origin: `http://127.0.0.1:${listeningPort}`,
    /** Resolves with the first connection. */
    connected: connected.promise,
    /** So far. */
    get connections() {
      return connections
    },
    get openConnections() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      if (server.listening || sockets.size > 0) await once(server, 'close')
    },
  }
}

async function read(incoming: IncomingMessage): Promise<SeenRequest> {
  const [path = '', query = ''] = (incoming.url ?? '').split('?')
  const authorization = incoming.headers.authorization ?? null
  return { method: incoming.method ?? '', path, query, authorization, body: await readText(incoming) }
}
