import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ConchProcess, serverEnvironment, TestDataDir } from './conch-process.ts'
import { finished, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))

interface Attempt {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `npm start -- FLAGS`, where the start must fail. */
async function attemptStart(flags: readonly string[], variables: Record<string, string> = {}): Promise<Attempt> {
  const env = serverEnvironment(variables)
  const child = spawn(process.execPath, [MAIN, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([readText(child.stdout), readText(child.stderr)])
  const [exitCode] = await exited
  return { exitCode, stdout, stderr }
}

/** One clear line that says what is wrong, no stack, and nothing that looks like a start. */
function expectOneLine({ exitCode, stdout, stderr }: Attempt, status: number, words: RegExp): void {
  expect(stderr).toMatch(words)
  expect(stderr.trimEnd()).not.toContain('\n')
  expect(stderr).not.toMatch(/\bat \S+ \(|node:internal/)
  expect(stdout).toBe('')
  expect(exitCode).toBe(status)
}

test.each([
  ['a port out of range', ['--port', '99999'], /--port/],
  ['a port that is no number', ['--port', 'abc'], /--port/],
  ['--no-auth beyond loopback', ['--host', '0.0.0.0', '--no-auth'], /--no-auth works on a loopback address only/],
  ['an unknown flag', ['--prot', '4200'], /unknown option '--prot'/],
  ['a time without a unit', ['--grace', '10'], /--grace/],
  ['a model without an address', ['--model', 'llama3.2'], /--model-url/],
  ['an address that is none', ['--model-url', 'file:///etc/passwd'], /not an http or https address/],
])('row 115: %s ends the start with one line', async (_what, flags, words) => {
  using dataDir = new TestDataDir()
  const attempt = await attemptStart(['--data-dir', join(dataDir.path, 'data'), '--port', '0', '--no-open', ...flags])
  expectOneLine(attempt, words.source.startsWith('--no-auth') ? 1 : 2, words)
})

test('row 115: a taken port is an error and never another program’s', async () => {
  using dataDir = new TestDataDir()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const attempt = await attemptStart(['--data-dir', dataDir.path, '--no-open', '--port', String(port)])
  other.close()
  expectOneLine(attempt, 1, /EADDRINUSE.*choose another with --port/)
})

test('D6, F27: starts that fail by a taken port or an open token are no attempts at a turn: the next good one goes on with it', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    continues: true,
    script: ({ n }) => (n === 1 ? [text('one '), { do: 'hang' }] : [text('two'), ...finished()]),
  })
  const flags = ['--model-url', model.baseUrl, '--model', 'm']
  const { session, turn, port } = await cutOff(dataDir, flags)
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const attempt = () => attemptStart(['--data-dir', dataDir.path, '--no-open', '--port', String(port), ...flags])
  for (let n = 1; n <= 3; n += 1) expectOneLine(await attempt(), 1, /EADDRINUSE.*choose another with --port/)
  other.close()
  chmodSync(join(dataDir.path, 'token'), 0o644)
  for (let n = 1; n <= 3; n += 1) expectOneLine(await attempt(), 1, /token/)
  chmodSync(join(dataDir.path, 'token'), 0o600)
  await using server = await ConchProcess.start(dataDir.path, flags)
  const entries = await server.client.entriesUntilEnd(session, turn)
  expect(entries.filter(({ type }) => type === 'turn.resumed')).toMatchObject([{ data: { attempt: 2 } }])
  expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' }, content: 'one two' })
  expect(model.requests).toHaveLength(2)
})

/** A turn whose server was killed after a word, and the port that it had. */
async function cutOff(dataDir: TestDataDir, flags: readonly string[]) {
  await using server = await ConchProcess.start(dataDir.path, flags)
  const session = await server.client.createSession()
  const { turn_id: turn } = await server.client.start(session, 'hello')
  await using follower = server.client.follow(session)
  await follower.entryOfType('text.delta')
  await server.end('SIGKILL')
  return { session, turn, port: Number(new URL(server.url).port) }
}

test('rows 114 and 115: a variable that cannot be used ends the start; one that sets nothing is told', async () => {
  using dataDir = new TestDataDir()
  const flags = ['--data-dir', dataDir.path, '--port', '0', '--no-open']
  expectOneLine(await attemptStart(flags, { CONCH_SLOTS: 'many' }), 2, /CONCH_SLOTS=many/)
  await using server = await ConchProcess.start(dataDir.path, [], { CONCH_PROT: '1', CONCH_MODEL_API_KEY: 'k' })
  await expect.poll(() => server.log).toMatch(/CONCH_PROT[^K]*nothing of this name can be set/)
  expect(server.log).not.toContain('CONCH_MODEL_API_KEY')
})

test('S8: row 115: a data directory that is a link, a file or somebody else’s is refused and left as it is', async () => {
  using temp = new TestDataDir()
  const place = (name: string) => join(temp.path, name)
  mkdirSync(place('real'))
  symlinkSync(place('real'), place('link'))
  writeFileSync(place('file'), 'precious')
  const foreign = foreignDirectory(place('foreign'))
  for (const [dir, words] of [
    [place('link'), /is a symbolic link/],
    [place('file'), /cannot be used/],
    [place('file/below'), /cannot be used/],
    [foreign, /belongs to another user/],
  ] as const) {
    expectOneLine(await attemptStart(['--data-dir', dir, '--port', '0', '--no-open']), 1, words)
  }
  expect(readdirSync(place('real'))).toEqual([])
  expect(readFileSync(place('file'), 'utf8')).toBe('precious')
  expect(statSync(place('foreign')).mode & 0o777).toBe(0o755)
})

test('S8: whatever a server makes is its owner’s alone, under a careless umask and in a directory that was open', async () => {
  using temp = new TestDataDir()
  const path = join(temp.path, 'data')
  const earlier = process.umask(0)
  mkdirSync(path, { mode: 0o777 })
  try {
    await using server = await ConchProcess.start(path)
    const session = await server.client.createSession()
    await server.client.start(session, 'hello')
    await server.client.request('POST', '/api/link')
    expect(statSync(path).mode & 0o777).toBe(0o700)
    const files = readdirSync(path, { recursive: true }).map(String)
    expect(files).toEqual(expect.arrayContaining(['conch.db', 'conch.db-wal', 'token', 'lock', 'server.json']))
    const open = files.filter((name) => (statSync(join(path, name)).mode & 0o077) !== 0)
    expect(open).toEqual([])
  } finally {
    process.umask(earlier)
  }
})

test('row 113: a server does not start on somebody else’s database, and that keeps every byte', async () => {
  using dataDir = new TestDataDir()
  const path = join(dataDir.path, 'conch.db')
  writeFileSync(path, 'somebody’s only copy'.repeat(500))
  const attempt = await attemptStart(['--data-dir', dataDir.path, '--port', '0', '--no-open'])
  expectOneLine(attempt, 1, /conch\.db cannot be read: .*Nothing was changed\. Put a backup in its place/)
  expect(readFileSync(path, 'utf8')).toBe('somebody’s only copy'.repeat(500))
})

/** A directory that does not belong to whoever runs the tests. */
function foreignDirectory(path: string): string {
  mkdirSync(path, { mode: 0o755 })
  if (process.getuid?.() !== 0) return '/'
  chownSync(path, 12_345, 12_345)
  return path
}
