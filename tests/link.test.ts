import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DataDir } from '../server/store/data-dir.ts'
import { ConchProcess, serverEnvironment, TestDataDir } from './conch-process.ts'

/** How browsers are let in, and how they are shut out again (S4, D10). */

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))

/** `npm start -- link`, as it ends up being run. */
async function askForLink(dataDir: string) {
  const args = [MAIN, 'link', '--data-dir', dataDir]
  const child = spawn(process.execPath, args, { env: serverEnvironment({}), stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([readText(child.stdout), readText(child.stderr)])
  const [exitCode] = await exited
  return { exitCode, stdout, stderr }
}

/** What the browser that opens `link` is given; null where it is given nothing. */
async function openLink(link: string): Promise<string | null> {
  const answer = await fetch(link, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? null
}

async function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  return (await fetch(`${url}/api/sessions`, { headers })).status
}

test('S4: `npm start -- link` prints a link that lets one browser in, once; the ready line is such a link too', async () => {
  using dataDir = new TestDataDir()
  await using server = await ConchProcess.start(dataDir.path)
  const { exitCode, stdout, stderr } = await askForLink(dataDir.path)
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(`^${server.url}/\\?code=[\\w-]{20,}\n$`))
  for (const link of [stdout.trim(), server.link]) {
    const cookie = await openLink(link)
    expect(await statusFor(server.url, { cookie: cookie ?? '' })).toBe(200)
    expect(await openLink(link)).toBeNull()
  }
})

test('S4: without a running server a link is refused with one line that says what to do', async () => {
  using dataDir = new TestDataDir()
  const { exitCode, stdout, stderr } = await askForLink(dataDir.path)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^No Conch is running on .*Start it with `npm start`\.\n$/)
})

test('S4: after kill -9 nothing is sent to whoever listens at the address that the server had', async () => {
  using dataDir = new TestDataDir()
  const server = await ConchProcess.start(dataDir.path)
  await server.end('SIGKILL')
  const asked: (string | undefined)[] = []
  await using other = createServer(({ url }, response) => {
    asked.push(url)
    response.end(JSON.stringify({ service: 'gaia-agent-ui', code: 'c'.repeat(22) }))
  }).listen(Number(new URL(server.url).port), '127.0.0.1')
  await once(other, 'listening')
  const { exitCode, stdout, stderr } = await askForLink(dataDir.path)
  expect(asked).toEqual([])
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^No Conch is running on /)
})

test('S4: a Conch that does not answer yet is told apart from none', async () => {
  using temp = new TestDataDir()
  using _starting = DataDir.open(temp.path)
  const { exitCode, stdout, stderr } = await askForLink(temp.path)
  expect([exitCode, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^The Conch that runs on .* does not answer\. Wait until it has started.*\n$/)
})

test('S4: row 10: token and cookies last over a restart, and are worth nothing once the token is deleted', async () => {
  using dataDir = new TestDataDir()
  let cookie = ''
  let authorization = ''
  const statuses = async ({ url }: ConchProcess) => {
    const ofThisPort = cookie.replace(/^conch_\d+/, `conch_${new URL(url).port}`)
    return [await statusFor(url, { cookie: ofThisPort }), await statusFor(url, { authorization })]
  }
  {
    await using server = await ConchProcess.start(dataDir.path)
    cookie = (await openLink(server.link)) ?? ''
    authorization = `Bearer ${server.client.token}`
    expect(await statuses(server)).toEqual([200, 200])
  }
  {
    await using server = await ConchProcess.start(dataDir.path)
    expect(await statuses(server)).toEqual([200, 200])
  }
  rmSync(join(dataDir.path, 'token'))
  await using server = await ConchProcess.start(dataDir.path)
  expect(await statuses(server)).toEqual([401, 401])
})
