import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseTrace, STRACE_WORDS, type TraceEvent } from './trace.ts'

const WORKLOAD = fileURLToPath(new URL('./workload-process.ts', import.meta.url))
/** A workload that hangs is a finding of its own. */
const LONGEST_MS = 120_000

/** Why there is no strace to use here; undefined where there is. */
export function whyNoStrace(): string | undefined {
  const result = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (result.error) return 'strace is not installed'
  return result.status === 0 ? undefined : `strace cannot trace here: ${result.stderr.trim().split('\n')[0]}`
}

/** A folder that is removed in the end, with a database's place in it. */
export class ScratchFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'conch-proof-'))

  get database(): string {
    return join(this.path, 'conch.db')
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

interface TracedRun {
  readonly exitCode: number | null
  readonly events: readonly TraceEvent[]
  /** All that was told on stdout. */
  readonly told: string
  readonly stderr: string
}

/** Runs the workload on the database of `folder`, under strace. `inject`: words that make its system calls fail. */
export function traceWorkload(folder: ScratchFolder, seed: number, inject: readonly string[] = []): TracedRun {
  const trace = join(folder.path, 'trace')
  const program = [process.execPath, WORKLOAD, folder.database, String(seed)]
  const stdout = join(folder.path, 'stdout')
  const shell = ['sh', '-c', 'out=$1; shift; exec "$@" > "$out"', 'sh', stdout, ...program]
  const words = inject.length > 0 ? ['-f', '-o', trace, ...inject] : ['-o', trace, ...STRACE_WORDS]
  const result = spawnSync('strace', [...words, ...shell], { encoding: 'utf8', timeout: LONGEST_MS })
  const names = { files: folder.database, stdout }
  return {
    exitCode: result.status,
    events: inject.length > 0 ? [] : parseTrace(readFileSync(trace, 'latin1'), names),
    told: readFileSync(stdout, 'utf8'),
    stderr: result.stderr,
  }
}
