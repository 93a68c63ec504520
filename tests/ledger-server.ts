import { once } from 'node:events'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { z } from 'zod'
import type { Tool } from '../server/agent/tool.ts'
import { createApp } from '../server/app.ts'
import { parseCommandLine, processEnvironment } from '../server/config/command-line.ts'
import { hearStrayFailures } from '../server/hear-stray-failures.ts'
import { StrayFailures } from '../server/turns/stray-failures.ts'

/**
 * The whole server, with tools more. `ledger` appends the mark of its arguments to the file `LEDGER`, outside the data
 * directory: what stands there has happened, whoever died afterwards. `patient` writes its mark down and works until it is
 * told to end, which it writes down too. `greedy` takes memory until there is none. `floats` lets a promise go that is then rejected, `throws` sets a timer that throws;
 * both work on. SIGUSR2 makes the server itself throw, where no turn is concerned.
 */

const argumentsSchema = z.object({ mark: z.string() })
/** Between the effect and the answer, so that a kill finds tools at work. */
const ANSWER_AFTER_MS = 15

function writeDown(line: string): void {
  const file = openSync(process.env.LEDGER ?? '', constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
  writeSync(file, `${line}\n`)
  closeSync(file)
}

function markTool(name: string, work: (mark: string, signal: AbortSignal) => Promise<void>): Tool {
  return {
    definition: { name, description: 'Writes a mark down.', parameters: { type: 'object' } },
    parse: (json) => ({ ok: true, value: argumentsSchema.parse(JSON.parse(json)) }),
    async execute(value, signal) {
      await work(argumentsSchema.parse(value).mark, signal)
      return { status: 'ok', result: 'written down' }
    },
  }
}

async function told(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

const tools = [
  markTool('ledger', async (mark) => {
    writeDown(mark)
    await delay(ANSWER_AFTER_MS)
  }),
  markTool('patient', async (mark, signal) => {
    writeDown(mark)
    await told(signal)
    writeDown(`${mark} was told to end`)
  }),
  markTool('greedy', async (mark) => {
    writeDown(mark)
    const held: number[][] = []
    for (;;) held.push(Array.from({ length: 100_000 }, Math.random))
  }),
  markTool('floats', async (mark, signal) => {
    void delay(1).then(() => Promise.reject(new Error(`nobody waits for ${mark}`)))
    await told(signal)
  }),
  markTool('throws', async (mark, signal) => {
    setTimeout(() => {
      throw new Error(`nobody catches ${mark}`)
    }, 1)
    await told(signal)
  }),
]

const parsed = parseCommandLine(processEnvironment())
if (parsed.command !== 'serve') throw new Error('this program only serves')
const log = pino(pino.destination({ dest: 2, sync: true }))
const strays = new StrayFailures()
hearStrayFailures(strays, log)
process.on('SIGUSR2', () => {
  throw new Error('this is nobody’s turn')
})
const app = await createApp({ config: parsed.config, version: '0.0.0', log, tools, strays })
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)))
const { link } = await app.listen()
process.stdout.write(`Conch is ready at ${link}\n`)
