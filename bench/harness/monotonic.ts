const originUs = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000

/**
 * Microseconds on a clock that all processes of this machine share and that no time service moves: Linux counts from the
 * start of the machine. A stamp from one process may be compared with the time in another.
 */
export function monotonicUs(): number {
  return originUs + performance.now() * 1000
}
