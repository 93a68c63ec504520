import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type GuardedApp, type RawAnswer, startGuardedApp } from './http-scenario.ts'
import { registerWebApp } from './static-files.ts'

const PAGE = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/app.js"></script>'
const SECRET = 'outside the web app'

let folder = ''
let distDir = ''
let app: GuardedApp

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conch-dist-'))
  distDir = join(folder, 'dist')
  await writeFile(join(folder, 'package.json'), SECRET)
  app = await startGuardedApp({
    routes: async (fastify) => {
      await fastify.register(registerWebApp, { distDir })
      fastify.get('/api/sessions', async () => ({}))
    },
  })
})
afterEach(async () => {
  await app[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function build(): Promise<void> {
  await mkdir(join(distDir, 'assets'), { recursive: true })
  await writeFile(join(distDir, 'index.html'), PAGE)
  await writeFile(join(distDir, 'diagram.html'), '<script nonce="__CSP_NONCE__">draw()</script>')
  await writeFile(join(distDir, 'icon.svg'), '<svg/>')
  await writeFile(join(distDir, '.env'), SECRET)
  await writeFile(join(distDir, 'assets', 'app.js'), 'start()')
  await writeFile(join(distDir, 'assets', '.hidden.js'), SECRET)
  // Plain names here; elsewhere the same path would mean a stream of a file, or a file in a folder.
  await writeFile(join(distDir, 'assets', 'app.js:stream'), SECRET)
  await writeFile(join(distDir, 'assets', 'a\\app.js'), SECRET)
}

test('F24: a file that hangs holds up its own request, and no other file or page', async () => {
  await build()
  const pipe = join(distDir, 'assets', 'hangs.js')
  execFileSync('mkfifo', [pipe]) // whoever opens it to read waits until somebody writes
  let isOver = false
  const hanging = app.send('GET /assets/hangs.js').finally(() => {
    isOver = true
  })
  for (let n = 0; n < 5; n += 1) {
    const answers = await Promise.all(['/assets/app.js', '/', '/icon.svg'].map((path) => app.send(`GET ${path}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  }
  expect(isOver).toBe(false)
  await writeFile(pipe, '')
  await hanging
})

const nonceOf = ({ headers }: RawAnswer) => /'nonce-([\w-]+)'/.exec(headers.get('content-security-policy') ?? '')?.[1]

test.each(['/', '/index.html', '/sessions/0b7c', '/settings?tab=models', '/a%20b'])('%s is the page', async (path) => {
  await build()
  const answer = await app.send(`GET ${path}`)
  expect(answer.status).toBe(200)
  expect(answer.body).toBe(PAGE.replace('__CSP_NONCE__', nonceOf(answer) ?? 'none'))
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
})

test('the page is never kept, and tells no other site where it was', async () => {
  await build()
  const { headers } = await app.send('GET /')
  expect(headers.get('cache-control')).toBe('no-cache, no-store, must-revalidate')
  expect(headers.get('pragma')).toBe('no-cache')
  expect(headers.get('expires')).toBe('0')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('set-cookie')).toBeNull()
})

test('S6: each load of the page has a nonce of its own', async () => {
  await build()
  expect(nonceOf(await app.send('GET /'))).not.toBe(nonceOf(await app.send('GET /')))
})

test('S10, D17: the page that draws diagrams has no origin, loads nothing, and stands in frames of our own alone', async () => {
  await build()
  const answer = await app.send('GET /diagram.html')
  expect([answer.status, answer.body]).toEqual([200, `<script nonce="${nonceOf(answer)}">draw()</script>`])
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(answer.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  const policy = answer.headers.get('content-security-policy')?.split('; ')
  expect(policy).toEqual([
    'sandbox allow-scripts',
    "default-src 'none'",
    `script-src 'nonce-${nonceOf(answer)}'`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ])
})

test('assets are kept for good', async () => {
  await build()
  const answer = await app.send('GET /assets/app.js')
  expect([answer.status, answer.body]).toEqual([200, 'start()'])
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(answer.headers.get('content-type')).toMatch(/\/javascript/)
  expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self'") // a worker obeys its own file's policy
})

test('files beside the page are served and asked for again', async () => {
  await build()
  const answer = await app.send('GET /icon.svg')
  expect([answer.status, answer.body]).toEqual([200, '<svg/>'])
  expect(answer.headers.get('cache-control')).toBe('public, max-age=0')
})

test('a HEAD of the page has its headers and no body', async () => {
  await build()
  const answer = await app.send('HEAD /', ['Connection: close'])
  expect([answer.status, answer.body]).toEqual([200, ''])
})

test.each([
  '/assets/../../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%5c..%5cpackage.json',
  '/assets/..\\..\\package.json',
  '/..%5cpackage.json',
  '/../package.json',
  '/%2e%2e%2fpackage.json',
  '/assets/....//....//package.json',
  '/.env',
  '/%2eenv',
  '/assets/.hidden.js',
  '/index.html%00.png',
  '/assets/app.js%00',
  '/assets//app.js',
  '//package.json',
  '/assets/app.js::$DATA',
  '/assets/app.js:stream',
  '/assets/a%5Capp.js',
  '/C:/package.json',
  '/package.json',
  '/assets',
  '/assets/',
  '/assets/missing.js',
  '/missing.png',
])('row 109: %s is not found', async (path) => {
  await build()
  const answer = await app.send(`GET ${path}`)
  expect(answer.status, answer.body).toBe(404)
  expect(answer.bytes).not.toContain(SECRET)
})

test('what is under /api is never answered with the page', async () => {
  await build()
  for (const path of ['/api/nowhere', '/api', '/API/sessions', '//api/sessions', '/%61pi/nowhere']) {
    const answer = await app.send(`GET ${path}`, [app.bearer()])
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('json')
  }
})

test('without a build the page says so and how to get one, while the API works', async () => {
  const answer = await app.send('GET /sessions/1')
  expect(answer.status).toBe(200)
  expect(answer.body).toContain('Conch API')
  expect(answer.body).toContain('npm start')
  expect(answer.body).toContain(`<style nonce="${nonceOf(answer)}">`)
  expect((await app.send('GET /assets/app.js')).status).toBe(404)
  expect((await app.send('GET /api/sessions', [app.bearer()])).status).toBe(200)
})

test('a build made while the server runs is served at once, and so is its removal', async () => {
  expect((await app.send('GET /')).body).toContain('is not built')
  await build()
  expect((await app.send('GET /')).body).toContain('/assets/app.js')
  expect((await app.send('GET /assets/app.js')).status).toBe(200)
  await rm(distDir, { recursive: true })
  expect((await app.send('GET /')).body).toContain('is not built')
})
