import './zod-without-eval.ts'

import { createApiTransport } from './api-transport.ts'
import { randomId } from './random-id.ts'
import { StreamHub } from './stream-hub.ts'
import { systemTimers } from './timers.ts'

/*
 * The shared worker of all tabs of this browser. Its file is named after its content, so that pages of another build, from
 * before or after an update, have a hub of their own that speaks as they do.
 */

const hub = new StreamHub({
  transport: createApiTransport({
    origin: '',
    identity: { clientId: randomId(), label: '' },
    onUnauthorized: () => undefined, // each tab learns it from its own channel
  }),
  timers: systemTimers,
  reportFailure: (error) => console.error(error),
})

globalThis.addEventListener('connect', (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined
  if (port) hub.connect(port)
})
globalThis.addEventListener('online', () => hub.look())
