// `npm run bench`: makes ready what is missing, then measures. `npm run bench -- --help` tells the flags.
import { join } from 'node:path'
import { bundledNode, root, runInPlace, runScript } from './run.mjs'
import { setUp } from './set-up.mjs'

await runScript(async () => {
  await setUp()
  return runInPlace(bundledNode, [join(root, 'bench', 'main.ts'), ...process.argv.slice(2)])
})
