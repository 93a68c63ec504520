import type { IncomingMessage } from 'node:http'
import type { ProblemCode } from '../../protocol/problem.ts'
import type { AdmissionPolicy } from './access/admission-policy.ts'
import type { BrowserId } from './access/browser-cookie.ts'

/**
 * Decides whether a request may reach the router at all: nothing here is per route, so a route that forgets
 * about security is as safe as one that does not (S1–S4). Two things must always hold:
 *
 * - Everything is refused unless a rule lets it through. What needs no credentials is listed, not what needs them.
 * - The guard reads a path no more narrowly than the router does. It decodes all of it and ignores case, so that no spelling
 *   of `/api/…` which a router could match passes for a page of the web app.
 */

export type Client =
  | { readonly kind: 'browser'; readonly browserId: BrowserId }
  | { readonly kind: 'program' }
  | { readonly kind: 'anonymous' }

export interface Refusal {
  readonly status: 'refused'
  readonly httpStatus: number
  readonly code: ProblemCode
  readonly detail: string
}

export type Admission =
  | { readonly status: 'admitted'; readonly client: Client }
  /** A browser opened the link with a one-time code; whether the code is good is for the carrier to find out. */
  | { readonly status: 'code_presented'; readonly code: string }
  | Refusal

/** All that the decision rests on. Lists hold every value sent: a header sent twice must not be judged by one of them. */
export interface RequestFacts {
  readonly method: string
  /** The request target as it stood on the wire. */
  readonly target: string
  readonly headerCount: number
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
  readonly fetchSites: readonly string[]
  readonly authorizations: readonly string[]
  readonly cookies: string
  readonly uiHeaders: readonly string[]
  readonly hasBody: boolean
  readonly contentTypes: readonly string[]
  readonly hasContentEncoding: boolean
  readonly asksForUpgrade: boolean
}

const MAX_HEADER_COUNT = 100
export const MAX_TARGET_LENGTH = 8 * 1024
export const ALLOWED_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export function factsOf(request: IncomingMessage): RequestFacts {
  const { rawHeaders } = request
  const headers = new HeaderValues()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.add(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headerCount: rawHeaders.length / 2,
    hosts: headers.hosts,
    origins: headers.origins,
    fetchSites: headers.fetchSites,
    authorizations: headers.authorizations,
    cookies: headers.cookies.join(';'),
    uiHeaders: headers.uiHeaders,
    hasBody: headers.hasBody,
    contentTypes: headers.contentTypes,
    hasContentEncoding: headers.hasContentEncoding,
    asksForUpgrade: headers.asksForUpgrade,
  }
}

/** What the guard reads of the headers, by name and not by a table of all of them: every request pays for this. */
class HeaderValues {
  readonly hosts: string[] = []
  readonly origins: string[] = []
  readonly fetchSites: string[] = []
  readonly authorizations: string[] = []
  readonly cookies: string[] = []
  readonly uiHeaders: string[] = []
  readonly contentTypes: string[] = []
  hasBody = false
  hasContentEncoding = false
  asksForUpgrade = false

  add(name: string, value: string): void {
    switch (name.toLowerCase()) {
      case 'host':
        this.hosts.push(value)
        break
      case 'origin':
        this.origins.push(value)
        break
      case 'sec-fetch-site':
        this.fetchSites.push(value)
        break
      case 'authorization':
        this.authorizations.push(value)
        break
      case 'cookie':
        this.cookies.push(value)
        break
      case 'x-gaia-ui':
        this.uiHeaders.push(value)
        break
      case 'content-type':
        this.contentTypes.push(value)
        break
      case 'transfer-encoding':
        this.hasBody = true
        break
      case 'content-length':
        this.hasBody ||= !/^0+$/.test(value)
        break
      case 'content-encoding':
        this.hasContentEncoding = true
        break
      case 'upgrade':
        this.asksForUpgrade = true
        break
    }
  }
}

/** Pure. The first rule that objects decides. */
export function decideAdmission(facts: RequestFacts, policy: AdmissionPolicy): Admission {
  const { path, query, decodedPath, isApi } = readTarget(facts.target)
  const request = { ...facts, path, query, decodedPath, isApi }
  for (const rule of RULES) {
    const refusal = rule(request, policy)
    if (refusal) return refusal
  }
  const code = presentedCode(request)
  if (code !== undefined) return { status: 'code_presented', code }
  return admit(request, policy)
}

interface TargetParts {
  readonly path: string
  readonly query: string
  /** Undefined when the percent-encoding is not valid UTF-8. */
  readonly decodedPath: string | undefined
  readonly isApi: boolean
}

type ReadRequest = RequestFacts & TargetParts
type Rule = (request: ReadRequest, policy: AdmissionPolicy) => Refusal | undefined

function readTarget(target: string): TargetParts {
  const queryAt = target.indexOf('?')
  const path = queryAt < 0 ? target : target.slice(0, queryAt)
  const query = queryAt < 0 ? '' : target.slice(queryAt + 1)
  const decodedPath = decodePath(path)
  return { path, query, decodedPath, isApi: isApiPath(decodedPath ?? path) }
}

function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Whether a request for `target` counts as one to the API, by the guard's wide reading. */
export function isApiTarget(target: string): boolean {
  return readTarget(target).isApi
}

/** Too wide on purpose: `//API`, `/\api` and `/apis` count as well. A page must not be named like that. */
function isApiPath(decodedPath: string): boolean {
  return /^[/\\]+api/i.test(decodedPath)
}

/** In order: is it a request to us, may its sender reach us, is it well formed, may it change things. */
const RULES: readonly Rule[] = [
  refuseManyHeaders,
  refuseUnclearHost,
  refuseOtherTargetForms,
  refuseLongTarget,
  refuseForeignHost,
  refuseForeignOrigin,
  refuseForeignSite,
  refuseUnsafePath,
  refuseUpgrade,
  refuseUnknownMethod,
  refuseForgedChange,
  refuseBodyType,
]

function refuse(httpStatus: number, code: ProblemCode, detail: string): Refusal {
  return { status: 'refused', httpStatus, code, detail }
}

function refuseManyHeaders({ headerCount }: ReadRequest): Refusal | undefined {
  if (headerCount <= MAX_HEADER_COUNT) return undefined
  return refuse(431, 'invalid_request', `more than ${MAX_HEADER_COUNT} header fields`)
}

function refuseUnclearHost({ hosts }: ReadRequest): Refusal | undefined {
  // Node takes the first of two; a proxy or a cache in between may have judged the other one (E18).
  return hosts.length === 1 ? undefined : refuse(400, 'invalid_request', 'exactly one Host header is required')
}

function refuseOtherTargetForms({ method, target }: ReadRequest): Refusal | undefined {
  const isOriginForm = target.startsWith('/') && !target.includes('#')
  if (isOriginForm || (target === '*' && method === 'OPTIONS')) return undefined
  return refuse(400, 'invalid_request', 'the request target must be a path')
}

function refuseLongTarget({ target }: ReadRequest): Refusal | undefined {
  if (target.length <= MAX_TARGET_LENGTH) return undefined
  return refuse(414, 'invalid_request', `the URL is longer than ${MAX_TARGET_LENGTH} bytes`)
}

function refuseForeignHost({ hosts }: ReadRequest, { hosts: ownHosts }: AdmissionPolicy): Refusal | undefined {
  // After DNS rebinding a page's requests carry no Origin and come from loopback: the Host alone tells (S1).
  if (hosts.every((host) => ownHosts.has(host.toLowerCase()))) return undefined
  return refuse(403, 'forbidden', 'this Host is not served here')
}

function refuseForeignOrigin({ origins }: ReadRequest, { origins: ownOrigins }: AdmissionPolicy): Refusal | undefined {
  if (origins.every((origin) => ownOrigins.has(origin))) return undefined
  return refuse(403, 'forbidden', 'requests from other origins are not allowed')
}

function refuseForeignSite({ method, isApi, fetchSites }: ReadRequest): Refusal | undefined {
  const isPageLoad = !isApi && isRead(method) // a link to the app on another site may be followed
  if (isPageLoad || fetchSites.every((site) => site === 'same-origin' || site === 'none')) return undefined
  return refuse(403, 'forbidden', 'requests from other sites are not allowed')
}

function refuseUnsafePath({ decodedPath, isApi }: ReadRequest): Refusal | undefined {
  if (decodedPath === undefined) return refuse(400, 'invalid_request', 'the path is not valid percent-encoded UTF-8')
  if (!hasControlCharacter(decodedPath)) return undefined
  if (isApi) return refuse(400, 'invalid_request', 'the path contains a control character')
  return refuse(404, 'not_found', 'Not Found') // no file has such a name
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

function refuseUpgrade({ asksForUpgrade }: ReadRequest): Refusal | undefined {
  return asksForUpgrade ? refuse(400, 'invalid_request', 'protocol upgrades are not supported') : undefined
}

function refuseUnknownMethod({ method }: ReadRequest): Refusal | undefined {
  return ALLOWED_METHODS.includes(method) ? undefined : refuse(405, 'method_not_allowed', 'Method Not Allowed')
}

/** S3: a page of another site can send a form, but neither our header nor a bearer token without asking first. */
function refuseForgedChange(request: ReadRequest, { noAuth }: AdmissionPolicy): Refusal | undefined {
  const { method, uiHeaders, authorizations } = request
  if (isRead(method) || method === 'OPTIONS' || uiHeaders.includes('1')) return undefined
  if (authorizations.some((value) => bearerTokenOf(value) !== undefined)) return undefined
  if (noAuth && isOwnPageOrProgram(request)) return undefined
  return refuse(403, 'forbidden', 'missing X-Gaia-UI header')
}

/** D10. Foreign origins and sites have been refused, so that what is sent here is our own. */
function isOwnPageOrProgram({ origins, fetchSites }: ReadRequest): boolean {
  const isOwnPage = origins.length > 0 || fetchSites.includes('same-origin')
  const isProgram = origins.length === 0 && fetchSites.length === 0
  return isOwnPage || isProgram
}

const BODY_TYPES = [
  /^application\/json\s*(?:;\s*charset=(?:utf-8|"utf-8")\s*)?$/i,
  /^multipart\/form-data\s*(?:;.*)?$/i,
  // like JSON, no form of another site can send it
  /^image\/(?:png|jpeg|webp|gif)$/i,
]

function refuseBodyType(request: ReadRequest): Refusal | undefined {
  const { hasBody, contentTypes, hasContentEncoding } = request
  if (hasContentEncoding) return refuse(415, 'unsupported_media_type', 'Content-Encoding is not supported')
  if (!hasBody) return undefined
  const [contentType] = contentTypes
  const isKnown = contentType !== undefined && BODY_TYPES.some((form) => form.test(contentType))
  if (contentTypes.length === 1 && isKnown) return undefined
  return refuse(
    415,
    'unsupported_media_type',
    'the body must be application/json (UTF-8), multipart/form-data or an image',
  )
}

function presentedCode({ method, path, query }: ReadRequest): string | undefined {
  // Not on HEAD: a link preview must not use the code up.
  if (method !== 'GET' || path !== '/') return undefined
  return new URLSearchParams(query).get('code') ?? undefined
}

function admit(request: ReadRequest, policy: AdmissionPolicy): Admission {
  const client = identify(request, policy)
  if (client) return { status: 'admitted', client }
  if (policy.noAuth || isOpenToAll(request)) return { status: 'admitted', client: { kind: 'anonymous' } }
  const isWrong = request.authorizations.some((value) => bearerTokenOf(value) !== undefined)
  return refuse(401, 'unauthorized', isWrong ? 'Invalid access token' : 'Missing or invalid Authorization header')
}

/** The one place that reads credentials. An Authorization header decides alone: no good cookie rescues a bad one. */
function identify({ authorizations, cookies }: ReadRequest, policy: AdmissionPolicy): Client | undefined {
  if (authorizations.length > 0) {
    const isOwner = authorizations.every((value) => policy.token.matches(bearerTokenOf(value) ?? ''))
    return isOwner ? { kind: 'program' } : undefined
  }
  const browserId = policy.cookie.verify(cookies)
  return browserId && { kind: 'browser', browserId }
}

function bearerTokenOf(authorization: string): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1]
}

/** The web app itself, which then tells the person how to get in, and the sign of life. Never a decoded path: see above. */
function isOpenToAll({ method, path, isApi }: ReadRequest): boolean {
  return isRead(method) && (!isApi || path === '/api/health')
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
