import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startScriptedModel } from './scripted-model.ts'

/**
 * A scripted model as a process of its own: `node tests/scripted-model-process.ts --port 0 --models echo,slow`.
 * Prints its base URL as one line on stdout and ends on SIGTERM or SIGINT.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, models: { type: 'string', default: 'echo' } },
})
const server = await startScriptedModel({ port: Number(values.port), models: values.models.split(',') })
process.stdout.write(`${server.baseUrl}\n`)
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
await server.close()
