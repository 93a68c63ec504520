import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { partResultSchema } from './part-result.ts'

/** Each part as it was last measured: a run of some parts leaves the others as they were. */
export const measuredPartSchema = z.object({
  part: z.string(),
  takenAt: z.string(),
  command: z.string(),
  machine: z.string(),
  /** Load average of one minute when the part began, and when it ended. */
  loadBefore: z.number(),
  loadAfter: z.number(),
  /** Median time of a flush of 4 KB to the disk that the databases lay on. */
  diskFlushMs: z.number(),
  result: partResultSchema,
})
export type MeasuredPart = z.infer<typeof measuredPartSchema>

const resultsSchema = z.object({ parts: z.array(measuredPartSchema) })

export function readResults(path: string): readonly MeasuredPart[] {
  return existsSync(path) ? resultsSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).parts : []
}

const BIOME = fileURLToPath(new URL('../../node_modules/@biomejs/biome/bin/biome', import.meta.url))

/** Writes it as the formatter wants it: the file is a part of the repository, and `check` looks at it. */
export function writeResults(path: string, parts: readonly MeasuredPart[]): void {
  writeFileSync(path, `${JSON.stringify({ parts }, null, 2)}\n`)
  spawnSync(process.execPath, [BIOME, 'format', '--write', path], { stdio: ['ignore', 'ignore', 'inherit'] })
}
