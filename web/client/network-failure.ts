/** True for what `fetch` and its body reject with when a connection fails, times out or is aborted; false for our bugs. */
export function isNetworkFailure(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException
}
