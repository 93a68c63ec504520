import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What a process has used since it began, as Linux counts it. */
export interface ProcessUsage {
  /** All threads together. */
  readonly cpuUs: number
  /** Given to the disk, whole pages of 4 KB. Nothing is counted on a file system in memory. */
  readonly writtenBytes: number
  readonly rssBytes: number
}

/** Figures that this machine does not give. */
export class NotMeasurableError extends Error {
  override readonly name = 'NotMeasurableError'
  readonly code = 'not_measurable'
}

/** Throws `NotMeasurableError` away from Linux. */
export function requireProc(): void {
  if (existsSync('/proc/self/schedstat')) return
  throw new NotMeasurableError('the bench reads CPU, memory and disk of other processes in /proc, as Linux has it')
}

export function readUsage(pid: number): ProcessUsage {
  return { cpuUs: readCpuUs(pid), writtenBytes: readWrittenBytes(pid), rssBytes: readRssBytes(pid) }
}

/** From each thread's own account, in nanoseconds: the ticks of 10 ms in `stat` are too coarse for a quiet server. */
export function readCpuUs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const spentNs = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return spentNs.reduce((sum, ns) => sum + ns, 0) / 1000
}

export function readRssBytes(pid: number): number {
  return numberAfter(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/m) * 1024
}

function readWrittenBytes(pid: number): number {
  return numberAfter(`/proc/${pid}/io`, /^write_bytes: (\d+)$/m)
}

function numberAfter(path: string, pattern: RegExp): number {
  const found = pattern.exec(readFileSync(path, 'utf8'))?.[1]
  if (found === undefined) throw new NotMeasurableError(`${path} has no line like ${pattern.source}`)
  return Number(found)
}

const TICK_US = 10_000

/** Time that all cores together have been busy, what a hypervisor gave to others included. */
export function readBusyUs(): number {
  const [, user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9).map(Number)
  return [user, nice, system, irq, softIrq, steal].reduce((sum: number, ticks) => sum + (ticks ?? 0), 0) * TICK_US
}
