import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * Where the process begins. Node keeps what it has compiled, so that the next start neither waits for its compiler of
 * TypeScript nor holds it in memory; therefore everything else is imported only now. Where the folder cannot be written,
 * Node does without.
 */
const folder = fileURLToPath(new URL('../node_modules/.cache/conch', import.meta.url))
enableCompileCache(folder)
process.env.NODE_COMPILE_CACHE ??= folder // for the writer's thread, which is asked in no other way
await import('./commands.ts')
