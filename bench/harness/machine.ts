import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { cpus, release, type as systemName, totalmem } from 'node:os'
import { join } from 'node:path'
import { quantile } from './statistics.ts'

/** The machine in one line. */
export function describeMachine(): string {
  const [first] = cpus()
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown CPU'}, ${memoryGb} GB, ${systemName()} ${release()}, Node ${process.versions.node}`
}

const FLUSHES = 200
const PAGE_BYTES = 4096

/** How long the disk under `root` takes to make 4 KB durable, in the middle of many times. */
export function measureFlushMs(root: string): number {
  const folder = mkdtempSync(join(root, 'conch-flush-'))
  const file = openSync(join(folder, 'file'), 'w')
  try {
    const page = Buffer.alloc(PAGE_BYTES, 1)
    const tookMs = Array.from({ length: FLUSHES }, () => {
      const startedMs = performance.now()
      writeSync(file, page)
      fdatasyncSync(file)
      return performance.now() - startedMs
    })
    return quantile(
      tookMs.sort((a, b) => a - b),
      0.5,
    )
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true, force: true })
  }
}

const TMPFS_MAGIC = 0x01021994

/** True where nothing written under `root` reaches a disk: flushes are free there, and no bytes are counted. */
export function isInMemory(root: string): boolean {
  return statfsSync(root).type === TMPFS_MAGIC
}
