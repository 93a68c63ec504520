import { BlockList, isIP } from 'node:net'
import type { AccessToken } from './access-token.ts'
import { BrowserCookie } from './browser-cookie.ts'

type Scheme = 'http' | 'https'

/** What the guard holds a request against; fixed once the port is known. */
export interface AdmissionPolicy {
  /** Every `Host` that is ours, lower case, with its port where a browser would send it (S1). */
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
  /** Requests need no credentials; everything else about them is still checked (D10). */
  readonly noAuth: boolean
  readonly token: AccessToken
  readonly cookie: BrowserCookie
}

export interface PolicyOptions {
  readonly token: AccessToken
  /** The address the server binds, as configured: `127.0.0.1`, `localhost`, `192.168.1.7`, `0.0.0.0` … */
  readonly bindAddress: string
  /** Names under which people reach this server, each with an optional port. Never patterns (S2). */
  readonly names?: readonly string[]
  /** This machine's addresses; used only when `bindAddress` stands for all of them. */
  readonly ownAddresses?: readonly string[]
  /** How browsers reach the server: https when something in front of it ends TLS. */
  readonly scheme?: Scheme
  readonly noAuth?: boolean
}

/** `--no-auth` was asked for on an address that other machines can reach (S4). */
export class NoAuthBeyondLoopbackError extends Error {
  override readonly name = 'NoAuthBeyondLoopbackError'
  readonly code = 'no_auth_beyond_loopback'
  readonly bindAddress: string
  constructor(bindAddress: string) {
    super(
      `--no-auth works on a loopback address only, not on ${bindAddress}. Remove --no-auth or use --host 127.0.0.1.`,
    )
    this.bindAddress = bindAddress
  }
}

/** The policy for each port, since `--port 0` is known only when the server listens. Throws NoAuthBeyondLoopbackError. */
export function admissionPolicies(options: PolicyOptions): (port: number) => AdmissionPolicy {
  const { token, bindAddress, noAuth = false, scheme = 'http' } = options
  if (noAuth && !isLoopback(bindAddress)) throw new NoAuthBeyondLoopbackError(bindAddress)
  return (port) => {
    const hosts = new Set(hostNames(options).flatMap((name) => hostForms(name, port, scheme)))
    return {
      hosts,
      origins: new Set([...hosts].map((host) => `${scheme}://${host}`)),
      noAuth,
      token,
      cookie: new BrowserCookie({ token, port, secure: scheme === 'https' }),
    }
  }
}

const LOOPBACK_NAMES = ['127.0.0.1', '[::1]', 'localhost']
const DEFAULT_PORTS: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }

/** Whether only this machine can reach a server bound to `address`. */
export function isLoopback(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return address.toLowerCase() === 'localhost'
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function hostNames(options: PolicyOptions): readonly string[] {
  const { bindAddress, names = [], ownAddresses = [] } = options
  // An IP literal cannot be rebound to another machine by DNS, so our own ones are safe; a name must be listed.
  // `0.0.0.0` and `[::]` are where the server listens, never a name for it: browsers once let pages reach us by them.
  if (isEveryAddress(bindAddress)) return [...LOOPBACK_NAMES, ...ownAddresses.map(literalOf), ...names]
  if (LOOPBACK_NAMES.includes(literalOf(bindAddress))) return [...LOOPBACK_NAMES, ...names]
  return [literalOf(bindAddress), ...names]
}

function isEveryAddress(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::'
}

function literalOf(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address
}

/** A browser leaves the scheme's own port out of `Host` and `Origin`; other clients may write it. */
function hostForms(name: string, actualPort: number, scheme: Scheme): readonly string[] {
  const ownPort = /^(.+?):(\d+)$/.exec(name.replace(/^\[.*\]$/, ''))
  const host = (ownPort?.[1] ?? name).toLowerCase()
  const port = ownPort?.[2] === undefined ? actualPort : Number(ownPort[2])
  return port === DEFAULT_PORTS[scheme] ? [`${host}:${port}`, host] : [`${host}:${port}`]
}
