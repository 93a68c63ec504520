// `npm start`: makes ready what is missing, then runs the server in place. `npm start -- link` runs another command.
import { join } from 'node:path'
import { buildWeb } from './build-web.mjs'
import { bundledNode, root, runInPlace, runScript } from './run.mjs'
import { setUp } from './set-up.mjs'

await runScript(async () => {
  await setUp()
  await buildWeb()
  const args = process.argv.slice(2)
  const isCommand = args.length > 0 && !args[0].startsWith('-')
  const command = isCommand ? args : ['serve', ...args]
  return runInPlace(bundledNode, [join(root, 'server', 'main.ts'), ...command])
})
