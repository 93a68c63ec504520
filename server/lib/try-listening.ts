import { once } from 'node:events'
import { createServer } from 'node:net'

/** Listens there for a moment. Rejects with the error of `listen` where the port is taken, not ours, or the address is none of ours. */
export async function tryListening({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer()
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
