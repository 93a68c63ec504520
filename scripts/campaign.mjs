// `npm run campaign`: see proof/README.md.
import { join } from 'node:path'
import { bundledNode, root, runInPlace, runScript } from './run.mjs'
import { setUp } from './set-up.mjs'

await runScript(async () => {
  await setUp()
  return runInPlace(bundledNode, [join(root, 'proof', 'campaign.ts'), ...process.argv.slice(2)])
})
