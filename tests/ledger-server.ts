import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { z } from 'zod'
import type { Tool } from '../server/agent/tool.ts'
import { createApp } from '../server/app.ts'
import { parseCommandLine, processEnvironment } from '../server/config/command-line.ts'

/**
 * The whole server, with one tool more: `ledger` appends the mark of its arguments to the file `LEDGER`, outside the data
 * directory. What stands there has happened, whoever died afterwards.
 */

const argumentsSchema = z.object({ mark: z.string() })
/** Between the effect and the answer, so that a kill finds tools at work. */
const ANSWER_AFTER_MS = 15

const ledger: Tool = {
  definition: { name: 'ledger', description: 'Writes a mark down.', parameters: { type: 'object' } },
  parse: (json) => ({ ok: true, value: argumentsSchema.parse(JSON.parse(json)) }),
  async execute(value) {
    const file = openSync(process.env.LEDGER ?? '', constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
    writeSync(file, `${argumentsSchema.parse(value).mark}\n`)
    closeSync(file)
    await delay(ANSWER_AFTER_MS)
    return { status: 'ok', result: 'written down' }
  },
}

const parsed = parseCommandLine(processEnvironment())
if (parsed.command !== 'serve') throw new Error('this program only serves')
const log = pino(pino.destination({ dest: 2, sync: true }))
const app = await createApp({ config: parsed.config, version: '0.0.0', log, tools: [ledger] })
const { link } = await app.listen()
process.stdout.write(`Conch is ready at ${link}\n`)
