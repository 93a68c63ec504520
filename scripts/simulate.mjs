// `npm run simulate -- --seeds N`: random schedules of the turn engine on a simulated disk, clock and model.
import { join } from 'node:path'
import { bundledNode, root, runInPlace, runScript } from './run.mjs'
import { setUp } from './set-up.mjs'

await runScript(async () => {
  await setUp()
  return runInPlace(bundledNode, [join(root, 'proof', 'simulate.ts'), ...process.argv.slice(2)])
})
