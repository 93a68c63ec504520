import type { ServerResponse } from 'node:http'

/**
 * Sent with every response, refusals and errors included (S6). They are set before the router runs, so that nothing
 * behind it can forget them; a route that needs less, such as a download, overwrites the one header it means.
 */
const ON_EVERY_RESPONSE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [
    'accelerometer=()',
    'autoplay=()',
    'camera=()',
    'display-capture=()',
    'encrypted-media=()',
    'fullscreen=()',
    'geolocation=()',
    'gyroscope=()',
    'magnetometer=()',
    'microphone=()',
    'midi=()',
    'payment=()',
    'picture-in-picture=()',
    'publickey-credentials-get=()',
    'screen-wake-lock=()',
    'serial=()',
    'usb=()',
    'xr-spatial-tracking=()',
  ].join(', '),
  'x-frame-options': 'DENY',
}

/** API answers are data: even opened as a page they may load nothing and stand in no frame. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  ...ON_EVERY_RESPONSE,
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/**
 * For the web app and its files. Scripts come from our own files only; the nonce lets `<style>` elements in.
 * There is no `trusted-types` list: libraries may name policies, but no string becomes a script without one.
 */
function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    ...ON_EVERY_RESPONSE,
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' blob: data:",
      "font-src 'self'",
      "connect-src 'self'",
      "media-src 'self' blob:",
      "frame-src 'self' blob:",
      "worker-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
  }
}

/**
 * For the page that draws diagrams (S10, D17). It stands in a frame of our own page, without an origin, also where somebody
 * opens it by itself; it has its scripts and styles within it and may load nothing.
 */
export function diagramHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    'x-frame-options': 'SAMEORIGIN',
    'content-security-policy': [
      'sandbox allow-scripts',
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      "style-src 'unsafe-inline'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
    ].join('; '),
  }
}

const API_HEADER_LIST = Object.entries(API_HEADERS)

/** With `nonce` those of a page, without it those of the API. */
export function setSecurityHeaders(response: ServerResponse, nonce: string): void {
  const headers = nonce === '' ? API_HEADER_LIST : Object.entries(pageHeaders(nonce))
  for (const [name, value] of headers) response.setHeader(name, value)
}
