import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

/**
 * Where the process begins, with what must be set before anything else is loaded.
 *
 * V8 may decide that what one place in the code makes lives long, and make it among the old objects from then on. What a
 * token makes then stays until the next full collection, with all that it points at: twice the pauses, some of 30 ms.
 *
 * Node keeps what it has compiled, so that the next start neither waits for its compiler of TypeScript nor holds it in
 * memory; therefore everything else is imported only now. Where the folder cannot be written, Node does without.
 */
setFlagsFromString('--no-allocation-site-pretenuring')
const folder = fileURLToPath(new URL('../node_modules/.cache/conch', import.meta.url))
enableCompileCache(folder)
process.env.NODE_COMPILE_CACHE ??= folder // for the writer's thread, which is asked in no other way
await import('./commands.ts')
