import { BlockList, isIP, isIPv6 } from 'node:net'
import { withoutTrailingSlashes } from '../lib/trailing-slashes.ts'

/**
 * Which addresses may be a model server's. This machine and its network may: that is where model servers are, and a person
 * has named this one. What may not is where a request does harm or means something else: cloud metadata and the rest of the
 * link-local network, "any address", multicast, and the forms of IPv6 that hide an IPv4 address.
 */

export type AddressReading =
  | {
      readonly status: 'ok'
      /** Without a slash at its end. */
      readonly baseUrl: string
      readonly origin: string
    }
  /** `message` says what is wrong with the address, for the person who typed it. */
  | { readonly status: 'refused'; readonly message: string }

/** Reads what a person typed as the address of a model server. A bare host gets the `/v1` that nearly all have. */
export function readModelAddress(text: string): AddressReading {
  const trimmed = text.trim()
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null
  if (!url || !/^https?:$/.test(url.protocol)) return refuse('must begin with http:// or https://')
  if (url.username || url.password) return refuse('must not contain a name or a password: a key is entered on its own')
  if (url.search || url.hash) return refuse('must end with its path, such as /v1')
  if (isForbiddenHost(url.hostname)) return refuse('is an address that no model server has')
  const path = withoutTrailingSlashes(url.pathname).replace(/\/(chat\/completions|models)$/, '')
  return { status: 'ok', baseUrl: url.origin + (path || '/v1'), origin: url.origin }
}

/** A base URL as people may see it: without the credentials and the query that the command line's may hold. */
export function shownUrl(baseUrl: string): string {
  const url = new URL(baseUrl)
  return url.origin + withoutTrailingSlashes(url.pathname)
}

/** `hostname` as URLs have it: numbers in all their spellings are one by then, and IPv6 stands in brackets. */
function isForbiddenHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(host) !== 0 && isForbiddenAddress(host)
}

/** Judged by the bytes of the address, never by how it is spelled. */
export function isForbiddenAddress(ip: string): boolean {
  return isIPv6(ip) ? FORBIDDEN_IPV6.check(ip, 'ipv6') : FORBIDDEN_IPV4.check(ip, 'ipv4')
}

/** `link-local` includes the metadata service of most clouds; the last two are those of others. */
const FORBIDDEN_IPV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
])

/** Two lists: in one, the prefix of mapped addresses would also hold every IPv4 address. */
const FORBIDDEN_IPV6 = blockList('ipv6', [
  ['::', 128],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
])

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family)
  return list
}

function refuse(message: string): AddressReading {
  return { status: 'refused', message }
}
