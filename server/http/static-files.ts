import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type {} from '@fastify/swagger' // for `hide`: a page is no part of the API's description
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { codeOf } from '../lib/error-code.ts'
import { cspNonceOf } from './admitted-request.ts'
import { isApiTarget } from './guard.ts'
import { diagramHeaders } from './security-headers.ts'

export interface WebAppOptions {
  /** Where the built web app lies. Looked at on each request, so that a build made later is served. */
  readonly distDir: string
}

/** Their names carry a hash of their content. */
const ASSET_OPTIONS = { maxAge: '1y', immutable: true, index: false, dotfiles: 'ignore' } as const
/** The other files, such as the icon and the manifest, keep their names: ask again each time. */
const FILE_OPTIONS = { maxAge: 0, index: false, dotfiles: 'ignore' } as const

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  expires: '0',
  'referrer-policy': 'no-referrer',
}

const NONCE_PLACE = '__CSP_NONCE__'

/**
 * Serves the web app: its files, and its page for every other path that is not the API's, since the app does its own
 * routing. What it does not find it hands to the not-found handler.
 */
export async function registerWebApp(app: FastifyInstance, { distDir }: WebAppOptions): Promise<void> {
  const root = resolve(distDir)
  await app.register(fastifyStatic, { serve: false, suppressWarning: true })
  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const target = readStaticTarget(request)
    switch (target.type) {
      case 'none':
        return reply.callNotFound()
      case 'asset':
        return reply.sendFile(target.path, root, ASSET_OPTIONS)
      case 'file':
        return reply.sendFile(target.path, root, FILE_OPTIONS)
      case 'page':
        return sendPage(request, reply, join(root, 'index.html'))
      case 'diagram':
        return sendPage(request, reply.headers(diagramHeaders(cspNonceOf(request.raw))), join(root, 'diagram.html'))
    }
  })
}

type StaticTarget =
  | { readonly type: 'page' | 'diagram' | 'none' }
  | { readonly type: 'asset' | 'file'; readonly path: string }

function readStaticTarget({ raw: { url = '' } }: FastifyRequest): StaticTarget {
  // The guard has seen to it that the path decodes.
  const path = decodeURIComponent(url.split('?', 1)[0] ?? '')
  const segments = path.slice(1).split('/')
  if (isApiTarget(url) || segments.some(isUnsafeSegment) || (path !== '/' && segments.includes(''))) {
    return { type: 'none' }
  }
  if (path === '/diagram.html') return { type: 'diagram' }
  if (segments[0] === 'assets') return { type: 'asset', path }
  // The raw page would lack its nonce. A path that looks like a file is one: no page for a missing icon.
  const isFile = path !== '/index.html' && segments.at(-1)?.includes('.') === true
  return isFile ? { type: 'file', path } : { type: 'page' }
}

/** Going up, hidden, or read as a separator or a stream name on some system; the guard has refused control characters. */
function isUnsafeSegment(segment: string): boolean {
  return segment.startsWith('.') || /[\\:]/.test(segment)
}

async function sendPage(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
  const page = (await readPage(path)) ?? NOT_BUILT_PAGE
  return reply.headers(PAGE_HEADERS).send(page.replaceAll(NONCE_PLACE, cspNonceOf(request.raw)))
}

async function readPage(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

const NOT_BUILT_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conch</title>
<style nonce="${NONCE_PLACE}">
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
</style>
</head>
<body>
<h1>The web app is not built</h1>
<p>The Conch API is running here, but there is no web app beside it yet.</p>
<p>Stop the server and run <code>npm start</code>: it builds the web app and starts the server again.</p>
</body>
</html>
`
