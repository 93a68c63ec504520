import { once } from 'node:events'
import type { Server } from 'node:http'

/** Listens on a free port, with room for a thousand connections that come at once. Answers with the server's address. */
export async function listenLocally(server: Server): Promise<string> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a TCP port')
  return `http://127.0.0.1:${address.port}`
}
