import workerUrl from './stream-hub-worker.ts?sharedworker&url'

/** As much of the browser's trusted types as a worker's address needs. */
interface ScriptUrls {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => string }
}
declare const trustedTypes: ScriptUrls | undefined

/** A port to the hub, which is started where no tab has done so yet; null where the browser has no shared workers. */
export function connectHub(onFailed: () => void): MessagePort | null {
  if (!('SharedWorker' in globalThis)) return null
  const worker = new SharedWorker(trustedUrl(), { type: 'module', name: 'conch-streams' })
  worker.addEventListener('error', onFailed)
  return worker.port
}

/** The content security policy lets no plain text become a script (S6); this address is a constant of the build. */
function trustedUrl(): string {
  if (typeof trustedTypes === 'undefined') return workerUrl
  return trustedTypes.createPolicy('conch-streams', { createScriptURL: () => workerUrl }).createScriptURL('')
}
