import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkEvidence } from '../checker/check.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { Simulation, traceHash } from './simulation.ts'

const SCHEDULES = 10_000
const SIMULATE = fileURLToPath(new URL('../simulate.ts', import.meta.url))

test('R19: the same seed is the same run, event by event; another seed is another run', async () => {
  const disk = new SimulatedDisk()
  const hashes: string[] = []
  for (const seed of [7, 8, 7]) {
    disk.reset()
    hashes.push(traceHash(await new Simulation(seed, disk).run()))
  }
  hashes.push(traceHash(await new Simulation(7, new SimulatedDisk()).run()))
  expect(hashes[2]).toBe(hashes[0])
  expect(hashes[3]).toBe(hashes[0])
  expect(hashes[1]).not.toBe(hashes[0])
})

test('a row that vanishes behind the server is seen', async () => {
  const disk = new SimulatedDisk()
  const { evidence } = await new Simulation(7, disk).run()
  expect(checkEvidence(evidence)).toEqual([])
  const [session] = evidence.stored.sessions
  const without = { ...evidence.stored, sessions: [{ ...session, log: session?.log.slice(1) ?? [] }] }
  expect(checkEvidence({ ...evidence, stored: without as typeof evidence.stored })).not.toEqual([])
})

/** Each has shown a mistake once, of the product's or of the proof's own. */
const ONCE_FAILED = [1_785, 43_278]

test('seeds that failed once do not any more', async () => {
  const disk = new SimulatedDisk()
  for (const seed of ONCE_FAILED) {
    disk.reset()
    const { evidence } = await new Simulation(seed, disk).run()
    expect(checkEvidence(evidence), `seed ${seed}`).toEqual([])
  }
})

test(`I1 to I17, I20: hold in ${SCHEDULES} schedules, which have seen all that they are there to see`, async () => {
  const child = spawn(process.execPath, [SIMULATE, '--seeds', String(SCHEDULES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const report = JSON.parse((await text(child.stdout)).trim().split('\n').at(-1) ?? '{}')
  expect(report).toMatchObject({ schedules: SCHEDULES, failedSeed: null, unseen: [] })
  expect(report.staleWrites).toBeGreaterThan(0)
}, 600_000)
