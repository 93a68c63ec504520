import { lookup as systemLookup } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../lib/clock.ts'

/** A host to look for servers on: the name that people see, and the address that is dialled. */
export interface SearchHost {
  readonly name: string
  readonly ip: string
}

export interface HostFinder {
  readonly clock: Clock
  /** Rejects where the name cannot be found. */
  readonly lookup?: (name: string) => Promise<readonly string[]>
  readonly ownAddresses?: () => readonly string[]
}

/** First, because a name may lead to ::1, where a server on 127.0.0.1 does not listen. */
export const LOOPBACK: SearchHost = { name: '127.0.0.1', ip: '127.0.0.1' }

const DOCKER_BRIDGE = '172.17.0.1'
const LOOKUP_LIMIT_MS = 2_000

/**
 * Where else this machine's servers may be, in order of preference: on ::1 only, or outside the container that Conch runs
 * in. Docker's bridge is left out where this machine has no part in its network: 172.17.0.1 is then a stranger. Each name
 * is looked up once, not once for each port, because the system has few threads for it and a slow resolver would take all.
 */
export async function findOtherHosts(finder: HostFinder): Promise<readonly SearchHost[]> {
  const { lookup = lookUp, ownAddresses = listOwnAddresses } = finder
  const names = ['localhost', 'host.docker.internal']
  const found = await Promise.all(names.map((name) => resolveWithin(finder.clock, () => lookup(name))))
  const hosts = names.flatMap((name, index) => found[index]?.map((ip) => ({ name, ip })) ?? [])
  const onBridge = ownAddresses().some((address) => address.startsWith('172.17.'))
  if (onBridge) hosts.push({ name: DOCKER_BRIDGE, ip: DOCKER_BRIDGE })
  const seen = new Set([LOOPBACK.ip])
  return hosts.filter(({ ip }) => isPrivate(ip) && !seen.has(ip) && seen.add(ip))
}

/** The addresses, or none where the name is unknown or the resolver too slow. */
function resolveWithin(clock: Clock, lookup: () => Promise<readonly string[]>): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const cancelTimer = clock.after(LOOKUP_LIMIT_MS, () => resolve([]))
    const finish = (addresses: readonly string[]) => {
      cancelTimer()
      resolve(addresses)
    }
    lookup().then(finish, () => finish([]))
  })
}

/** A resolver may answer with any address; what is not this machine or a network of its own is not looked at. */
function isPrivate(ip: string): boolean {
  if (isIPv6(ip)) return ip === '::1' || /^f[cd]/i.test(ip)
  return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(ip)
}

async function lookUp(name: string): Promise<readonly string[]> {
  return (await systemLookup(name, { all: true })).map(({ address }) => address)
}

function listOwnAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])
}
