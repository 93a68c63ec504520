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
  // Node looks here before it loads its compiler of TypeScript, even for the first file. server/main.ts fills the folder.
  const compiled = join(root, 'node_modules', '.cache', 'conch')
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env }
  return runInPlace(bundledNode, [join(root, 'server', 'main.ts'), ...command], { env })
})
