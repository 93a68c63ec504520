import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkNode } from '../server/doctor/node-check.ts'
import { ConchProcess, serverEnvironment, TestDataDir, withModel } from './conch-process.ts'
import { LoggedServer } from './logged-server.ts'
import { allAt } from './model-servers/discovery-scenario.ts'
import { startScriptedModel } from './scripted-model.ts'

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))
const API_KEY = 'canary-api-key-e4da3b7f'

interface Report {
  readonly exitCode: number | null
  readonly text: string
  /** What was found about a subject, and where it is a problem, what to do. */
  about(subject: string): string | undefined
}

/** `npm start -- doctor`, as it ends up being run. */
function runDoctor(dataDir: string, flags: readonly string[] = []): Promise<Report> {
  return runDoctorWith(dataDir, withModel(flags))
}

async function runDoctorWith(dataDir: string, flags: readonly string[]): Promise<Report> {
  const args = [MAIN, 'doctor', '--data-dir', dataDir, ...flags]
  const env = serverEnvironment({ CONCH_MODEL_API_KEY: API_KEY })
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [text, complaints] = await Promise.all([readText(child.stdout), readText(child.stderr)])
  const [exitCode] = await exited
  expect(complaints).toBe('')
  const findings = text.split(/\n(?=ok|problem)/)
  const about = (subject: string) =>
    findings.find((finding) => new RegExp(`^\\w+ +${subject}  `).test(finding))?.replace(/\s+/g, ' ')
  return { exitCode, text, about }
}

/** A program of somebody else's on a port of its own. */
async function startProgram(answer: RequestListener): Promise<AsyncDisposable & { readonly port: number }> {
  const program = createServer(answer)
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve))
  const { port } = program.address() as AddressInfo
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      program.closeAllConnections()
      program.close()
    },
  }
}

test('before the first start all is well, and looking at it makes nothing', async () => {
  using dataDir = new TestDataDir()
  const path = join(dataDir.path, 'not', 'yet')
  const report = await runDoctor(path, ['--port', '0'])
  expect(report.text).toContain('All is well.')
  expect(report.exitCode).toBe(0)
  expect(report.about('data directory')).toContain('the first start makes it')
  expect(report.about('model')).toContain('the practice model')
  expect(existsSync(join(dataDir.path, 'not'))).toBe(false)
})

test('a running server is recognized, its database read beside it, and its port is ours', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({ models: ['words:latest', 'other'] })
  await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  const session = await server.client.createSession()
  const { port } = new URL(server.url)
  const report = await runDoctor(dataDir.path, ['--port', port, '--model-url', model.baseUrl, '--model', 'words'])
  expect(report.text).toContain('All is well.')
  expect(report.exitCode).toBe(0)
  expect(report.about('server')).toContain(`running at ${server.url}, process ${server.child.pid}`)
  expect(report.about('port')).toContain('used by this Conch')
  expect(report.about('database')).toMatch(/whole, schema \d+$/)
  expect(report.about('model')).toContain('answers and has words')
  expect(report.text).not.toContain(readFileSync(join(dataDir.path, 'token'), 'utf8').trim())
  expect(report.text).not.toContain(API_KEY)
  expect((await server.client.send(session, 'hello')).status).toBe(201)
})

test('after kill -9 all is well, and the next start finds everything as it was', async () => {
  using dataDir = new TestDataDir()
  {
    await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
    await server.client.createSession()
  }
  const report = await runDoctor(dataDir.path, ['--port', '0'])
  expect(report.text).toContain('All is well.')
  expect(report.about('server')).toContain('none is running')
  await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  expect((await server.client.request('GET', '/api/sessions')).json).toMatchObject({ total: 1 })
})

test('a server that hangs is a problem', async () => {
  using dataDir = new TestDataDir()
  await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  server.child.kill('SIGSTOP')
  const report = await runDoctor(dataDir.path, ['--port', '0'])
  expect(report.about('server')).toMatch(/^problem .* does not answer .*stop it/)
  expect(report.exitCode).toBe(1)
})

test('each problem is named, with what to do about it', async () => {
  using dataDir = new TestDataDir()
  const path = join(dataDir.path, 'data')
  mkdirSync(path, { mode: 0o755 })
  writeFileSync(join(path, 'conch.db'), 'this is no database at all, but long enough to be looked at'.repeat(20))
  writeFileSync(join(path, 'token'), `${'t'.repeat(43)}\n`, { mode: 0o644 })
  await using program = await startProgram((_request, response) => response.end('hello'))
  const flags = [
    '--port',
    String(program.port),
    '--model-url',
    'http://person:canary-password@127.0.0.1:9/v1?key=canary',
  ]
  const report = await runDoctor(path, flags)
  expect(report.exitCode).toBe(1)
  expect(report.about('data directory')).toMatch(/^problem .*others .* can look into .*chmod 700/)
  expect(report.about('port')).toMatch(/^problem .* used by another program .*--port/)
  expect(report.about('database')).toMatch(/^problem .* cannot be read: file is not a database .*backup/)
  expect(report.about('access token')).toMatch(/^problem .* can be used by others \(mode 644\)/)
  expect(report.about('model')).toMatch(/^problem .*http:\/\/127\.0\.0\.1:9\/v1: unreachable .*Start the model server/)
  expect(report.text).toContain('5 problems.')
  expect(report.text).not.toMatch(/canary|t{43}/)
  expect(readdirSync(path).sort()).toEqual(['conch.db', 'token'])
})

test('a link in place of the directory or the token, a newer database and a model server that wants a key are problems', async () => {
  using dataDir = new TestDataDir()
  const path = join(dataDir.path, 'data')
  mkdirSync(path, { mode: 0o700 })
  symlinkSync(path, join(dataDir.path, 'link'))
  symlinkSync('/etc/hostname', join(path, 'token'))
  using database = new DatabaseSync(join(path, 'conch.db'))
  database.exec('PRAGMA user_version = 999')
  await using model = await startProgram((request, response) => {
    response.writeHead(401).end(`the key ${request.headers.authorization} is wrong`)
  })
  const report = await runDoctor(path, ['--port', '0', '--model-url', `http://127.0.0.1:${model.port}/v1`])
  expect(report.about('database')).toMatch(/^problem .* newer Conch \(schema 999, this one knows \d+\) .*Update Conch/)
  expect(report.about('access token')).toMatch(/^problem .* symbolic link/)
  expect(report.about('model')).toMatch(/^problem .* needs_key /)
  expect(report.text).not.toContain(API_KEY)
  expect(report.exitCode).toBe(1)
  const linked = await runDoctor(join(dataDir.path, 'link'), ['--port', '0'])
  expect(linked.about('data directory')).toMatch(/^problem .* symbolic link .*--data-dir/)
})

test('a damaged database is a problem, a database of an earlier schema is none', async () => {
  using dataDir = new TestDataDir()
  chmodSync(dataDir.path, 0o700)
  const path = join(dataDir.path, 'conch.db')
  {
    using database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT, b TEXT); CREATE INDEX t_by_a ON t (a)')
    const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
    database.exec('BEGIN')
    for (let n = 0; n < 500; n += 1) insert.run(`value ${n}`, 'x'.repeat(100))
    database.exec('COMMIT')
  }
  const early = await runDoctor(dataDir.path, ['--port', '0'])
  expect(early.about('database')).toMatch(/^ok .* schema 0; the next start brings it to \d+/)
  expect(readdirSync(dataDir.path)).toEqual(['conch.db'])
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 3 * 4096, 5 * 4096)
  writeFileSync(path, bytes)
  const damaged = await runDoctor(dataDir.path, ['--port', '0'])
  expect(damaged.about('database')).toMatch(/^problem .* (is damaged|cannot be read): .*backup/)
  expect(damaged.exitCode).toBe(1)
})

test('row 117: names that a model server lists cannot steer the terminal; a model that it does not list is a problem', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({ models: ['\u001b[2Jevil\u009b31m', 'kind'] })
  const report = await runDoctor(dataDir.path, ['--port', '0', '--model-url', model.baseUrl, '--model', 'absent'])
  expect(report.about('model')).toMatch(/^problem .* does not list absent .*--model: .*kind/)
  expect(report.text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
})

test('what a person chose in the settings is what the doctor asks for, with the key that is kept for it', async () => {
  using dataDir = new TestDataDir()
  const chosenKey = 'canary-chosen-key-a87ff679'
  await using keyed = await startProgram((request, response) => {
    const isLetIn = request.headers.authorization === `Bearer ${chosenKey}`
    const answer = isLetIn && request.url === '/v1/models' ? { data: [{ id: 'mine' }] } : { error: 'no' }
    response.writeHead(isLetIn ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  const base_url = `http://127.0.0.1:${keyed.port}/v1`
  await using server = await LoggedServer.start({ dataDir, searchPorts: allAt(keyed.port), flags: ['--no-auth'] })
  const put = async (path: string, body: object) =>
    expect((await server.owner().request('PUT', path, { body })).status).toBe(200)
  const look = () => runDoctorWith(dataDir.path, ['--port', '0'])
  await put('/api/models/choice', { kind: 'endpoint', base_url, model: 'mine' })
  expect((await look()).about('model')).toMatch(/^problem .*chosen in the settings: needs_key .*Enter it/)
  await put('/api/models/key', { base_url, api_key: chosenKey })
  const kept = await look()
  expect(kept.about('model')).toMatch(/^ok .*has mine, chosen in the settings/)
  expect(kept.exitCode).toBe(0)
  await put('/api/models/choice', { kind: 'endpoint', base_url, model: 'gone' })
  const gone = await look()
  expect(gone.about('model')).toMatch(/^problem .*does not list gone, chosen in the settings .*It lists: mine/)
  expect(gone.exitCode).toBe(1)
  await put('/api/models/choice', { kind: 'practice' })
  expect((await look()).about('model')).toMatch(/^ok .*the practice model, chosen in the settings/)
  expect(kept.text + gone.text).not.toContain(chosenKey)
})

test('another Conch on the port is told apart from another program', async () => {
  using dataDir = new TestDataDir()
  using other = new TestDataDir()
  await using server = await ConchProcess.start(other.path, ['--model', 'practice'])
  const report = await runDoctor(dataDir.path, ['--port', new URL(server.url).port])
  expect(report.about('port')).toMatch(/^problem .* a Conch with another data directory/)
})

test('the versions of Node that will do are those of package.json', () => {
  const wanted = '>=24.15 <25'
  for (const version of ['24.15.0', '24.21.3']) expect(checkNode(version, wanted).status).toBe('ok')
  for (const version of ['20.20.2', '24.14.9', '25.0.0']) expect(checkNode(version, wanted).status).toBe('problem')
})
