import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isForbiddenAddress } from '../settings/model-address.ts'

type Resolve = (
  name: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

/** The name leads where no model server is: see `model-address.ts`. */
class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError'
  readonly code = 'EFORBIDDENADDRESS'
}

/**
 * Finds a model server's address by its name, and leaves out those that may not be one. It runs within the connecting, so that
 * the address that was judged is the one that is dialled: a name cannot lead elsewhere in between (S16, row 93).
 */
export function guardedLookup(resolve: Resolve = resolveName): LookupFunction {
  return (name, { all }, answer) => {
    resolve(name, (error, addresses) => {
      if (error) return answer(error, [])
      const [first, ...others] = addresses.filter(({ address }) => !isForbiddenAddress(address))
      if (!first) return answer(new ForbiddenAddressError(`${name} leads to an address that no model server has`), [])
      return all ? answer(null, [first, ...others]) : answer(null, first.address, first.family)
    })
  }
}

function resolveName(...[name, answer]: Parameters<Resolve>): void {
  systemLookup(name, { all: true }, answer)
}
