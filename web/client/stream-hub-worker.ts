import './zod-without-eval.ts'

import { createApiTransport } from './api-transport.ts'
import { randomId } from './random-id.ts'
import { StreamHub } from './stream-hub.ts'
import { systemTimers } from './timers.ts'

/*
 * The shared worker of all tabs of this browser. Its file is named after its content, so that pages of another build, from
 * before or after an update, have a hub of their own that speaks as they do.
 */

const locks: LockManager | undefined = navigator.locks // plain http on a local network has none
const life = locks === undefined ? null : `conch-hub-${randomId()}`

const hub = new StreamHub({
  transport: createApiTransport({
    origin: '',
    identity: { clientId: randomId(), label: '' },
    onUnauthorized: () => undefined, // each tab learns it from its own channel
  }),
  timers: systemTimers,
  life,
  reportFailure,
})

/** Tabs are told of the lock when it is held, and not before. */
const alive = Promise.withResolvers<void>()
if (life === null) alive.resolve()
else {
  const holdForEver = () => {
    alive.resolve()
    return Promise.withResolvers<void>().promise
  }
  locks?.request(life, holdForEver).catch(reportFailure)
}

globalThis.addEventListener('connect', (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined
  if (port) alive.promise.then(() => hub.connect(port)).catch(reportFailure)
})
globalThis.addEventListener('online', () => hub.look())

function reportFailure(error: unknown): void {
  console.error(error)
}
