/** 128 random bits in hex. `crypto.randomUUID` would do, but browsers keep it from plain http on a local network. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
