import { describe, expect, test } from 'vitest'
import type { ModelServer, ModelServerTable } from '../../../protocol/model-server.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { DiscoveryLoop } from './discovery-loop.ts'

function tableOf(state: ModelServer['state'], probed_at = '2026-01-01T00:00:00.000Z'): ModelServerTable {
  const address = 'http://127.0.0.1:11434'
  const next_step = { text: 'Wait.', command: null }
  return {
    probed_at,
    servers: [
      { kind: 'ollama', name: 'Ollama', state, address, base_url: null, models: [], context_size: null, next_step },
    ],
  }
}

/** A loop whose looks end when the test says so. */
class Scenario {
  readonly clock = new ManualClock()
  readonly changes: string[] = []
  readonly #stop = new AbortController()
  readonly #looks: PromiseWithResolvers<ModelServerTable>[] = []
  readonly loop = new DiscoveryLoop({
    clock: this.clock,
    discover: (signal) => {
      const look = Promise.withResolvers<ModelServerTable>()
      signal.addEventListener('abort', () => look.reject(signal.reason), { once: true })
      this.#looks.push(look)
      return look.promise
    },
    onChange: (table) => this.changes.push(table.servers[0]?.state ?? 'none'),
  })
  readonly running = this.loop.run(this.#stop.signal)

  get looks(): number {
    return this.#looks.length
  }

  /** Ends the look under way, and comes back when the loop has gone on. */
  async see(table: ModelServerTable): Promise<void> {
    this.#looks.at(-1)?.resolve(table)
    await settle()
  }

  async fail(error: Error): Promise<void> {
    this.#looks.at(-1)?.reject(error)
    await settle()
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    await this.running
  }

  /** How long the loop pauses before it looks again. */
  async pauseMs(): Promise<number> {
    const before = this.looks
    for (let ms = 0; ms <= 100_000; ms += 500) {
      if (this.looks > before) return ms
      this.clock.advance(500)
      await settle()
    }
    throw new Error('it does not look again')
  }
}

function settle(): Promise<void> {
  return new Promise(setImmediate)
}

describe('the discovery loop', () => {
  test('looks at once and keeps what it saw', async () => {
    const scenario = new Scenario()
    expect(scenario.looks).toBe(1)
    expect(scenario.loop.table).toBeNull()
    await scenario.see(tableOf('refused'))
    expect(scenario.loop.table).toEqual(tableOf('refused'))
    await scenario.stop()
  })

  test('tells what changed, and only that', async () => {
    const scenario = new Scenario()
    await scenario.see(tableOf('refused'))
    await scenario.pauseMs()
    await scenario.see(tableOf('refused', '2026-01-01T00:00:02.000Z'))
    expect(scenario.changes).toEqual(['refused'])
    expect(scenario.loop.table?.probed_at).toBe('2026-01-01T00:00:02.000Z')
    await scenario.pauseMs()
    await scenario.see(tableOf('found'))
    expect(scenario.changes).toEqual(['refused', 'found'])
    await scenario.stop()
  })

  test('pauses longer and longer while nothing changes, and begins anew when something does', async () => {
    const scenario = new Scenario()
    const pauses: number[] = []
    for (let n = 0; n < 8; n += 1) {
      await scenario.see(tableOf('refused'))
      pauses.push(await scenario.pauseMs())
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    await scenario.see(tableOf('found'))
    expect(await scenario.pauseMs()).toBe(2_000)
    await scenario.stop()
  })

  test('does not pause long while a server loads', async () => {
    const scenario = new Scenario()
    for (let n = 0; n < 5; n += 1) {
      await scenario.see(tableOf('loading'))
      expect(await scenario.pauseMs()).toBeLessThanOrEqual(5_000)
    }
    await scenario.stop()
  })

  test('D14: lets go whoever waits for the first look when it is through, and when there will be none', async () => {
    const scenario = new Scenario()
    const { firstLook } = scenario.loop
    await scenario.see(tableOf('found'))
    await firstLook
    expect(scenario.loop.firstLook).toBeNull()
    await scenario.stop()
    const broken = new Scenario()
    const waiting = broken.loop.firstLook
    await Promise.all([expect(broken.running).rejects.toThrow('a bug'), broken.fail(new Error('a bug'))])
    await waiting
    expect(broken.loop.firstLook).toBeNull()
  })

  test('never looks twice at the same time', async () => {
    const scenario = new Scenario()
    scenario.clock.advance(1_000_000)
    await settle()
    expect(scenario.looks).toBe(1)
    await scenario.stop()
  })
})

describe('a person who asks to try again', () => {
  test('is answered by a look that begins now, the pauses begin anew', async () => {
    const scenario = new Scenario()
    for (let n = 0; n < 4; n += 1) {
      await scenario.see(tableOf('refused'))
      await scenario.pauseMs()
    }
    await scenario.see(tableOf('refused'))
    const asked = scenario.loop.probeNow()
    await settle()
    await scenario.see(tableOf('refused', 'now'))
    expect((await asked).probed_at).toBe('now')
    expect(await scenario.pauseMs()).toBe(2_000)
    await scenario.stop()
  })

  test('is not answered by the look under way, which may have passed the server that was started since', async () => {
    const scenario = new Scenario()
    const asked = scenario.loop.probeNow()
    await scenario.see(tableOf('refused'))
    expect(scenario.looks).toBe(2)
    await scenario.see(tableOf('found'))
    expect((await asked).servers[0]?.state).toBe('found')
    await scenario.stop()
  })

  test('causes one look, however often', async () => {
    const scenario = new Scenario()
    await scenario.see(tableOf('refused'))
    const asked = Array.from({ length: 100 }, () => scenario.loop.probeNow())
    await settle()
    expect(scenario.looks).toBe(2)
    await scenario.see(tableOf('found'))
    expect(new Set(await Promise.all(asked)).size).toBe(1)
    expect(scenario.looks).toBe(2)
    await scenario.stop()
  })
})

describe('the end of the loop', () => {
  test('in a look and in a pause, is at once and leaves no timer', async () => {
    const looking = new Scenario()
    await looking.stop()
    const pausing = new Scenario()
    await pausing.see(tableOf('refused'))
    await pausing.stop()
    pausing.clock.advance(1_000_000)
    await settle()
    expect(pausing.looks).toBe(1)
  })

  test('is told to those who asked, before and after', async () => {
    const scenario = new Scenario()
    const asked = expect(scenario.loop.probeNow()).rejects.toThrow('stopped')
    await scenario.stop()
    await asked
    const unasked = new Scenario()
    await unasked.stop()
    await expect(unasked.loop.probeNow()).rejects.toThrow('stopped')
  })

  test('comes with a bug of ours, and says so', async () => {
    const scenario = new Scenario()
    const ended = expect(scenario.running).rejects.toThrow('bug')
    const asked = expect(scenario.loop.probeNow()).rejects.toThrow('bug')
    await scenario.fail(new Error('bug'))
    await ended
    await asked
  })
})
