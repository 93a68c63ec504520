import { withoutTrailingSlashes } from '../lib/trailing-slashes.ts'

/** Where an OpenAI-compatible server is and how to speak to it. */
export interface ModelEndpoint {
  readonly origin: string
  /** The base URL as people may see it: without credentials and without a query, which may hold a key. */
  readonly shownUrl: string
  readonly hostname: string
  /** Never shown and never logged. */
  readonly apiKey: string | null
  readonly headers: Readonly<Record<string, string>>
  pathOf(resource: '/chat/completions' | '/models'): string
}

/**
 * Reads a base URL that ends in `/v1`. The key comes from `apiKey`, or else from `user:password@` in the URL.
 * Throws where the URL is none or the key cannot stand in a header.
 */
export function parseModelEndpoint(baseUrl: string, apiKey: string | null): ModelEndpoint {
  const url = new URL(baseUrl)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('The address of a model server begins with http:// or https://.')
  }
  if (apiKey && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('The API key of the model server has characters that no key has. Enter it again.')
  }
  const basePath = withoutTrailingSlashes(url.pathname)
  const authorization = apiKey ? `Bearer ${apiKey}` : basicAuthorization(url)
  return {
    origin: url.origin,
    shownUrl: url.origin + basePath,
    hostname: url.hostname,
    apiKey: apiKey || decodeURIComponent(url.password) || null,
    headers: authorization ? { authorization } : {},
    pathOf: (resource) => basePath + resource + url.search,
  }
}

function basicAuthorization(url: URL): string | null {
  if (!url.username && !url.password) return null
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
