import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { Tool } from '../../server/agent/tool.ts'
import { passFaultPoint } from './fault-points.ts'

/**
 * The one tool of the kill loop's server: it writes the mark of its arguments into the file `PROOF_LEDGER`, one line a run.
 * The file is a witness outside the server: what stands there has happened, whoever died afterwards.
 */
export function createTimeTool(): Tool {
  return {
    definition: { name: 'note', description: 'Writes a mark down.', parameters: { type: 'object' } },
    parse(argumentsJson) {
      const value: unknown = JSON.parse(argumentsJson)
      const mark = typeof value === 'object' && value !== null && 'mark' in value ? String(value.mark) : undefined
      return mark === undefined ? { ok: false, problem: 'there is no mark' } : { ok: true, value: mark }
    },
    async execute(mark) {
      passFaultPoint('tool.before')
      writeLine(JSON.stringify({ mark }))
      passFaultPoint('tool.after')
      return { status: 'ok', result: 'noted' }
    },
  }
}

function writeLine(line: string): void {
  const path = process.env.PROOF_LEDGER
  if (path === undefined) throw new Error('PROOF_LEDGER names no file')
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_SYNC, 0o600)
  try {
    writeSync(file, `${line}\n`)
  } finally {
    closeSync(file)
  }
}
