import { describe, expect, test } from 'vitest'
import { accessTokenOf } from './access/access-token.ts'
import { admissionPolicies } from './access/admission-policy.ts'
import { newBrowserId } from './access/browser-cookie.ts'
import { type Admission, decideAdmission, isApiTarget, type RequestFacts } from './guard.ts'

const token = accessTokenOf('t'.repeat(43))
const withAuth = admissionPolicies({ token, bindAddress: '127.0.0.1' })(4200)
const withoutAuth = admissionPolicies({ token, bindAddress: '127.0.0.1', noAuth: true })(4200)
const wide = admissionPolicies({
  token,
  bindAddress: '0.0.0.0',
  ownAddresses: ['192.168.1.7', 'fd00::7'],
  names: ['Conch.lan'],
})(4200)

const browserId = newBrowserId()
const goodCookie = withAuth.cookie.issue(browserId).split(';', 1)[0] ?? ''
const bearer = `Bearer ${token.secret}`

/** An API read by a program that knows the token. */
const READ: RequestFacts = {
  method: 'GET',
  target: '/api/sessions',
  headerCount: 3,
  hosts: ['127.0.0.1:4200'],
  origins: [],
  fetchSites: [],
  authorizations: [bearer],
  cookies: '',
  uiHeaders: [],
  hasBody: false,
  contentTypes: [],
  hasContentEncoding: false,
  asksForUpgrade: false,
}
/** A change made by the web app in a browser that was let in. */
const CHANGE: RequestFacts = {
  ...READ,
  method: 'POST',
  origins: ['http://127.0.0.1:4200'],
  fetchSites: ['same-origin'],
  authorizations: [],
  cookies: goodCookie,
  uiHeaders: ['1'],
  hasBody: true,
  contentTypes: ['application/json'],
}
/** The same with nothing that proves who sends it, as GAIA's clients do. */
const BARE_CHANGE: RequestFacts = { ...CHANGE, origins: [], fetchSites: [], cookies: '', uiHeaders: [] }
/** Somebody opens the web app. */
const PAGE: RequestFacts = { ...READ, target: '/sessions/1', authorizations: [] }

type Expected = number | 'program' | 'browser' | 'anonymous' | 'code_presented'
type Row = readonly [what: string, facts: RequestFacts, expected: Expected]

function summaryOf(admission: Admission): Expected {
  switch (admission.status) {
    case 'refused':
      return admission.httpStatus
    case 'admitted':
      return admission.client.kind
    case 'code_presented':
      return admission.status
  }
}

const DECISIONS: readonly Row[] = [
  ['a read with a bearer token', READ, 'program'],
  ['a change by the web app', CHANGE, 'browser'],
  ['a change by a program', { ...BARE_CHANGE, authorizations: [bearer] }, 'program'],
  ['the page', PAGE, 'anonymous'],
  ['the page for a known browser', { ...PAGE, cookies: goodCookie }, 'browser'],
  ['the page, followed from a link on another site', { ...PAGE, fetchSites: ['cross-site'] }, 'anonymous'],
  ['a HEAD of the page', { ...PAGE, method: 'HEAD' }, 'anonymous'],

  ['S1: 101 header fields', { ...READ, headerCount: 101 }, 431],
  ['S1: 100 header fields', { ...READ, headerCount: 100 }, 'program'],
  ['S1: no Host', { ...READ, hosts: [] }, 400],
  ['S1: two Hosts, both ours', { ...READ, hosts: ['127.0.0.1:4200', '127.0.0.1:4200'] }, 400],
  ['S1: localhost', { ...READ, hosts: ['localhost:4200'] }, 'program'],
  ['S1: a Host in capitals', { ...READ, hosts: ['LOCALHOST:4200'] }, 'program'],
  ['S1: [::1]', { ...READ, hosts: ['[::1]:4200'] }, 'program'],
  ['S1: a Host without the port', { ...READ, hosts: ['127.0.0.1'] }, 403],
  ['S1: our Host with another port', { ...READ, hosts: ['127.0.0.1:4201'] }, 403],
  ['S1: a foreign Host on the page', { ...PAGE, hosts: ['evil.com'] }, 403],
  ['S1: absolute form', { ...READ, target: 'http://127.0.0.1:4200/api/sessions' }, 400],
  ['S1: a star', { ...READ, target: '*' }, 400],
  ['S1: OPTIONS of a star', { ...READ, method: 'OPTIONS', target: '*' }, 'program'],
  ['S1: a fragment in the target', { ...READ, target: '/api/health#/../sessions' }, 400],
  ['S23: a target of 8 KB', { ...READ, target: `/api/${'a'.repeat(8 * 1024 - 5)}` }, 'program'],
  ['S23: a target of 8 KB and one byte', { ...READ, target: `/api/${'a'.repeat(8 * 1024 - 4)}` }, 414],

  ['S2: our own Origin', { ...READ, origins: ['http://localhost:4200'] }, 'program'],
  ['S2: Origin null', { ...READ, origins: ['null'] }, 403],
  ['S2: our Host by https', { ...READ, origins: ['https://127.0.0.1:4200'] }, 403],
  ['S2: another port of this host', { ...READ, origins: ['http://localhost:9999'] }, 403],
  ['S2: a name that starts like ours', { ...READ, origins: ['http://127.0.0.1:4200.evil.com'] }, 403],
  ['S2: two Origins, one ours', { ...READ, origins: ['http://localhost:4200', 'http://evil.com'] }, 403],
  ['S2: a foreign Origin on the page', { ...PAGE, origins: ['http://evil.com'] }, 403],
  ['S2: an empty Origin', { ...READ, origins: [''] }, 403],
  ['S2: a foreign preflight', { ...READ, method: 'OPTIONS', origins: ['http://evil.com'] }, 403],
  ['S2: typed into the address bar', { ...READ, fetchSites: ['none'] }, 'program'],
  ['S2: another site', { ...READ, fetchSites: ['cross-site'] }, 403],
  ['S2: another port, which browsers call the same site', { ...READ, fetchSites: ['same-site'] }, 403],
  ['S2: two Sec-Fetch-Site', { ...READ, fetchSites: ['same-origin', 'cross-site'] }, 403],
  ['S2: a change outside /api from another site', { ...CHANGE, target: '/x', fetchSites: ['cross-site'] }, 403],

  ['S3: no X-Gaia-UI', { ...CHANGE, uiHeaders: [] }, 403],
  ['S3: X-Gaia-UI that is not 1', { ...CHANGE, uiHeaders: ['0'] }, 403],
  ['S3: no X-Gaia-UI outside /api', { ...CHANGE, target: '/x', uiHeaders: [] }, 403],
  ['S3: Basic credentials in place of X-Gaia-UI', { ...CHANGE, uiHeaders: [], authorizations: ['Basic eDp5'] }, 403],
  ['S3: PUT', { ...CHANGE, method: 'PUT', uiHeaders: [] }, 403],
  ['S3: PATCH', { ...CHANGE, method: 'PATCH', uiHeaders: [] }, 403],
  ['S3: DELETE without a body', { ...CHANGE, method: 'DELETE', uiHeaders: [], hasBody: false }, 403],
  ['S3: text/plain', { ...CHANGE, contentTypes: ['text/plain'] }, 415],
  ['S3: a form', { ...CHANGE, contentTypes: ['application/x-www-form-urlencoded'] }, 415],
  ['S3: a body without a type', { ...CHANGE, contentTypes: [] }, 415],
  ['S3: two types', { ...CHANGE, contentTypes: ['application/json', 'text/plain'] }, 415],
  ['S3: a type that starts like JSON', { ...CHANGE, contentTypes: ['application/jsonp'] }, 415],
  ['S3: JSON hidden in a parameter', { ...CHANGE, contentTypes: ['text/plain; application/json'] }, 415],
  ['S3: JSON in latin-1', { ...CHANGE, contentTypes: ['application/json; charset=latin1'] }, 415],
  ['S3: JSON in UTF-8', { ...CHANGE, contentTypes: ['Application/JSON;charset="UTF-8"'] }, 'browser'],
  ['S3: multipart', { ...CHANGE, contentTypes: ['multipart/form-data; boundary=x'] }, 'browser'],
  ['S3: a change without a body or type', { ...CHANGE, hasBody: false, contentTypes: [] }, 'browser'],
  ['S23: a compressed body', { ...CHANGE, hasContentEncoding: true }, 415],
  ['S3: a typeless body on a GET', { ...READ, hasBody: true }, 415],

  ['S4: no credentials', { ...READ, authorizations: [] }, 401],
  ['S4: a HEAD without credentials', { ...READ, method: 'HEAD', authorizations: [] }, 401],
  ['S4: OPTIONS without credentials', { ...READ, method: 'OPTIONS', authorizations: [] }, 401],
  ['S4: a change outside /api without credentials', { ...CHANGE, target: '/x', cookies: '' }, 401],
  ['S4: the scheme in capitals', { ...READ, authorizations: [`BEARER ${token.secret}`] }, 'program'],
  ['S4: a wrong token', { ...READ, authorizations: [`Bearer ${'x'.repeat(43)}`] }, 401],
  ['S4: a part of the token', { ...READ, authorizations: [bearer.slice(0, -1)] }, 401],
  ['S4: an empty token', { ...READ, authorizations: ['Bearer '] }, 401],
  ['S4: another scheme', { ...READ, authorizations: [`Basic ${token.secret}`] }, 401],
  ['S4: a bad token beside a good cookie', { ...READ, authorizations: ['Bearer x'], cookies: goodCookie }, 401],
  ['S4: Basic beside a good cookie', { ...READ, authorizations: ['Basic x'], cookies: goodCookie }, 401],
  ['S4: two tokens that disagree', { ...READ, authorizations: [bearer, 'Bearer x'] }, 401],
  ['S4: a good cookie', { ...READ, authorizations: [], cookies: `a=b; ${goodCookie}; c=d` }, 'browser'],
  ['S4: a cookie with a wrong mac', { ...READ, authorizations: [], cookies: `${goodCookie.slice(0, -2)}AA` }, 401],
  ['S4: the token in the query', { ...READ, target: `/api/sessions?token=${token.secret}`, authorizations: [] }, 401],
  ['S4: the sign of life', { ...READ, target: '/api/health', authorizations: [] }, 'anonymous'],
  ['S4: the sign of life with a query', { ...READ, target: '/api/health?x=1', authorizations: [] }, 'anonymous'],
  ['S4: a change of the sign of life', { ...CHANGE, target: '/api/health', cookies: '' }, 401],
  ['S4: below the sign of life', { ...READ, target: '/api/health/x', authorizations: [] }, 401],
  ['S4: up from the sign of life', { ...READ, target: '/api/health/../sessions', authorizations: [] }, 401],
  ['S4: encoded, as the router would decode it', { ...READ, target: '/%61pi/sessions', authorizations: [] }, 401],
  ['S4: in capitals', { ...READ, target: '/API/sessions', authorizations: [] }, 401],
  ['S4: two slashes', { ...READ, target: '//api/sessions', authorizations: [] }, 401],
  ['S4: an encoded slash', { ...READ, target: '/%2Fapi/sessions', authorizations: [] }, 401],

  ['invalid percent-encoding', { ...READ, target: '/api/%ZZ' }, 400],
  ['overlong UTF-8', { ...READ, target: '/api/%c0%ae' }, 400],
  ['invalid percent-encoding of a page', { ...PAGE, target: '/%ZZ' }, 400],
  ['an encoded NUL', { ...READ, target: '/api/a%00b' }, 400],
  ['an encoded line break', { ...READ, target: '/api/a%0d%0ab' }, 400],
  ['a file with an encoded NUL', { ...PAGE, target: '/index.html%00.png' }, 404],
  ['an upgrade', { ...READ, asksForUpgrade: true }, 400],
  ['TRACE', { ...READ, method: 'TRACE' }, 405],
  ['PROPFIND', { ...READ, method: 'PROPFIND' }, 405],

  ['D10: the link with a code', { ...PAGE, target: '/?code=abc' }, 'code_presented'],
  ['D10: an empty code', { ...PAGE, target: '/?code=' }, 'code_presented'],
  ['D10: a HEAD of the link, as link previews do', { ...PAGE, method: 'HEAD', target: '/?code=abc' }, 'anonymous'],
  ['D10: a code elsewhere', { ...PAGE, target: '/sessions?code=abc' }, 'anonymous'],
  ['D10: a code for the API', { ...READ, target: '/api/sessions?code=abc', authorizations: [] }, 401],
  ['D10: the link under a foreign Host', { ...PAGE, target: '/?code=abc', hosts: ['evil.com'] }, 403],
]

const DECISIONS_WITHOUT_AUTH: readonly Row[] = [
  ['a read', { ...READ, authorizations: [] }, 'anonymous'],
  ['a read with a wrong token', { ...READ, authorizations: ['Bearer x'] }, 'anonymous'],
  ['a read with the token', READ, 'program'],
  ['a change by a program', BARE_CHANGE, 'anonymous'],
  ['a change by our page, seen by its Origin', { ...BARE_CHANGE, origins: ['http://127.0.0.1:4200'] }, 'anonymous'],
  ['a change by our page, seen by Sec-Fetch-Site', { ...BARE_CHANGE, fetchSites: ['same-origin'] }, 'anonymous'],
  ['a change that a browser sends for no page', { ...BARE_CHANGE, fetchSites: ['none'] }, 403],
  ['the same with X-Gaia-UI', { ...BARE_CHANGE, fetchSites: ['none'], uiHeaders: ['1'] }, 'anonymous'],
  ['S1 holds', { ...BARE_CHANGE, hosts: ['evil.com'] }, 403],
  ['S2 holds for Origin', { ...BARE_CHANGE, origins: ['http://evil.com'] }, 403],
  ['S2 holds for a form post without Origin', { ...BARE_CHANGE, fetchSites: ['cross-site'] }, 403],
  ['S2 holds with X-Gaia-UI', { ...BARE_CHANGE, origins: ['http://evil.com'], uiHeaders: ['1'] }, 403],
  ['S3 holds for the content type', { ...BARE_CHANGE, contentTypes: ['text/plain'] }, 415],
]

const DECISIONS_BOUND_WIDE: readonly Row[] = [
  ['loopback', READ, 'program'],
  ['an address of this machine', { ...READ, hosts: ['192.168.1.7:4200'] }, 'program'],
  ['an IPv6 address of this machine', { ...READ, hosts: ['[fd00::7]:4200'] }, 'program'],
  ['a configured name', { ...READ, hosts: ['conch.lan:4200'] }, 'program'],
  ['a configured name with a page of its own', { ...READ, origins: ['http://conch.lan:4200'] }, 'program'],
  ['0.0.0.0', { ...READ, hosts: ['0.0.0.0:4200'] }, 403],
  ['[::]', { ...READ, hosts: ['[::]:4200'] }, 403],
  ['an address of another machine', { ...READ, hosts: ['192.168.1.8:4200'] }, 403],
  ['a name that nobody configured', { ...READ, hosts: ['other.lan:4200'] }, 403],
  ['no credentials', { ...READ, authorizations: [] }, 401],
]

describe('the decision', () => {
  test.each(DECISIONS)('%s', (_what, facts, expected) => {
    expect(summaryOf(decideAdmission(facts, withAuth))).toBe(expected)
  })

  test.each(DECISIONS_WITHOUT_AUTH)('D10: without auth: %s', (_what, facts, expected) => {
    expect(summaryOf(decideAdmission(facts, withoutAuth))).toBe(expected)
  })

  test.each(DECISIONS_BOUND_WIDE)('S1, S4: bound wide: %s', (_what, facts, expected) => {
    expect(summaryOf(decideAdmission(facts, wide))).toBe(expected)
  })

  test('a browser is known by the id in its cookie', () => {
    expect(decideAdmission(CHANGE, withAuth)).toEqual({ status: 'admitted', client: { kind: 'browser', browserId } })
  })

  test("S3: the refusal names the missing header as GAIA's does", () => {
    const admission = decideAdmission({ ...CHANGE, uiHeaders: [] }, withAuth)
    expect(admission).toMatchObject({ code: 'forbidden', detail: 'missing X-Gaia-UI header' })
  })
})

test.each(['/api', '/api/x', '/API', '//api', '/%2fapi', '/%41pi', '/\\api', '/%5Capi', '/apis'])(
  '%s counts as the API',
  (target) => {
    expect(isApiTarget(target)).toBe(true)
  },
)

test.each(['/', '/x/api', '/?x=/api', '/assets/api.js'])('%s does not count as the API', (target) => {
  expect(isApiTarget(target)).toBe(false)
})
