import { registerHooks } from 'node:module'

/**
 * Preloaded into the server of the kill loop, which is otherwise the real one: its store is looked at from outside, and its
 * one tool keeps a ledger. Both stand where `server/app.ts` connects the parts. Should it connect them otherwise one day, no
 * server dies at a fault point any more and the kill loop fails for that.
 */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['./store/sqlite/sqlite-store.ts', './store-with-fault-points.ts'],
  ['./tools/time/time-tool.ts', './tool-with-ledger.ts'],
])

registerHooks({
  resolve(specifier, context, nextResolve) {
    const instead = context.parentURL?.endsWith('/server/app.ts') ? INSTEAD.get(specifier) : undefined
    return nextResolve(instead === undefined ? specifier : new URL(instead, import.meta.url).href, context)
  },
})
